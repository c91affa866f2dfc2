"""Assets: files that jobs made or that were uploaded. Pictures are drawn when first asked for."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from sandbox.scenario import pictures
from sandbox.scenario.values import Json, iso

KEEP_BYTES = 96 * 1024 * 1024
"""Drawn files kept in memory; older ones are drawn again, byte by byte the same."""

MIME_TYPES = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "tiff": "image/tiff",
    "avif": "image/avif",
}
SAME_FORMAT = {"jpg": "jpeg", "tif": "tiff"}
EXTENSIONS = {
    **{mime: name for name, mime in MIME_TYPES.items()},
    "image/jpeg": "jpg",
    "text/plain": "txt",
    "video/mp4": "mp4",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "model/gltf-binary": "glb",
}


@dataclass
class Asset:
    """One file. A drawn one has `content` None and is made from prompt, seed and index."""

    id: str
    created: float
    mime_type: str
    kind: str = "image"
    type: str = "txt2img"
    job_id: str | None = None
    model_id: str | None = None
    model_type: str | None = None
    prompt: str = ""
    negative_prompt: str = ""
    seed: int = 0
    index: int = 0
    width: int = 0
    height: int = 0
    aspect_ratio: str | None = None
    least_bytes: int = 0
    content: bytes | None = None
    name: str | None = None
    parent_id: str | None = None
    references: list[str] = field(default_factory=list[str])
    collection_ids: list[str] = field(default_factory=list[str])
    hidden: bool = False

    @property
    def extension(self) -> str:
        return EXTENSIONS.get(self.mime_type, "bin")


class Shelf:
    """All assets, in the order they were made, and the bytes of those recently read."""

    def __init__(self) -> None:
        self._assets: dict[str, Asset] = {}
        self._drawn: OrderedDict[str, bytes] = OrderedDict()
        self._sizes: dict[str, int] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    def add(self, asset: Asset) -> None:
        self._assets[asset.id] = asset

    def find(self, asset_id: str) -> Asset | None:
        return self._assets.get(asset_id)

    def all(self) -> list[Asset]:
        return list(self._assets.values())

    async def size(self, asset: Asset) -> int:
        """Length of the file in bytes; draws it when nobody has yet."""
        if asset.content is not None:
            return len(asset.content)
        if asset.id not in self._sizes:
            await self.read(asset)
        return self._sizes[asset.id]

    async def read(self, asset: Asset) -> bytes:
        """The file. Drawing happens in a thread, once however many ask."""
        if asset.content is not None:
            return asset.content
        async with self._locks.setdefault(asset.id, asyncio.Lock()):
            body = self._drawn.get(asset.id)
            if body is None:
                body = await asyncio.to_thread(_draw, asset)
                self._keep(asset.id, body)
            self._drawn.move_to_end(asset.id)
            return body

    def _keep(self, asset_id: str, body: bytes) -> None:
        self._drawn[asset_id] = body
        self._sizes[asset_id] = len(body)
        while len(self._drawn) > 1 and sum(map(len, self._drawn.values())) > KEEP_BYTES:
            self._drawn.popitem(last=False)

    async def convert(self, asset: Asset, name: str) -> bytes:
        """The picture in another format (a key of MIME_TYPES)."""
        body = await self.read(asset)
        return await asyncio.to_thread(pictures.convert, body, name)


def _draw(asset: Asset) -> bytes:
    name = next(name for name, mime in MIME_TYPES.items() if mime == asset.mime_type)
    image = pictures.draw(asset.prompt, asset.seed + asset.index, asset.width, asset.height)
    return pictures.encode(image, name, asset.least_bytes)


def record(asset: Asset, size: int, url: str) -> Json:
    """The asset as `GET /assets/{id}` gives it."""
    when = iso(asset.created)
    answer: Json = {
        "id": asset.id,
        "url": url,
        "mimeType": asset.mime_type,
        "kind": asset.kind,
        "status": "success",
        "privacy": "private",
        "source": asset.type,
        "tags": [],
        "collectionIds": asset.collection_ids,
        "authorId": "apiu_sandbox",
        "ownerId": "proj_sandbox",
        "createdAt": when,
        "updatedAt": when,
        "editCapabilities": ["UPSCALE", "REMOVE_BACKGROUND"] if asset.kind == "image" else [],
        "properties": {"size": size},
        "metadata": _metadata(asset),
        "nsfw": [],
    }
    if asset.width:
        answer["properties"] |= {"width": asset.width, "height": asset.height}
    if asset.hidden:
        answer["isHidden"] = True
    if asset.job_id:
        answer["outputIndex"] = asset.index
    return answer


def _metadata(asset: Asset) -> Json:
    facts: Json = {"kind": asset.kind, "type": asset.type}
    if asset.job_id:
        # The API writes seeds as text or as a number; text is the harder case to read.
        facts |= {
            "prompt": asset.prompt,
            "seed": str(asset.seed + asset.index),
            "modelId": asset.model_id,
            "modelType": asset.model_type,
            "inferenceId": asset.job_id,
            "outputIndex": asset.index,
        }
    optional = {
        "negativePrompt": asset.negative_prompt,
        "aspectRatio": asset.aspect_ratio,
        "width": asset.width,
        "height": asset.height,
        "parentId": asset.parent_id,
        "rootParentId": asset.parent_id,
        "referenceImages": asset.references,
        "name": asset.name,
    }
    return {**facts, **{name: value for name, value in optional.items() if value}}
