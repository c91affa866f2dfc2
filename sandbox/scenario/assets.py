"""Assets: files that jobs made or that were uploaded. Those of jobs are made when first asked for."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sandbox.scenario import formats, pictures
from sandbox.scenario.media import probe
from sandbox.scenario.media.make import Plan, make, raster
from sandbox.scenario.options import Options
from sandbox.scenario.values import Json, iso

KEEP_BYTES = 96 * 1024 * 1024
"""Made files kept in memory; older ones are made again, byte by byte the same."""

SOURCE_WORDS = {"3d-texture": "3d:texture", "texture-normal": "texture:normal"}
"""Where an asset's `source` spells a type differently."""


@dataclass
class Asset:
    """One file. That of a job has `content` None and is made by `plan`."""

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
    """The job's seed plus the index."""
    index: int = 0
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    """Planned length; an uploaded file's own."""
    aspect_ratio: str | None = None
    plan: Plan | None = None
    original: Plan | None = None
    """How the file behind `originalFileUrl` is made."""
    content: bytes | None = None
    properties: Json | None = None
    """What was read from `content`."""
    name: str | None = None
    parent_id: str | None = None
    references: list[str] = field(default_factory=list[str])
    collection_ids: list[str] = field(default_factory=list[str])
    companions: dict[str, str] = field(default_factory=dict[str, str])
    """`thumbnail`, `preview`, `firstFrame`, `lastFrame` → id of the picture."""
    nsfw: list[str] = field(default_factory=list[str])
    """What Scenario says of its content."""
    hidden: bool = False
    public: bool = False
    told_at: float | None = None
    """When its record was first given out."""

    @property
    def extension(self) -> str:
        return formats.extension(self.mime_type)

    @property
    def known_bytes(self) -> int | None:
        """Size of an uploaded file; that of a made one is not known before somebody reads it."""
        return None if self.content is None else len(self.content)


class Shelf:
    """All assets, in the order they were made, and the bytes of those recently read."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._assets: dict[str, Asset] = {}
        self._public: dict[str, Asset] = {}
        self._made: OrderedDict[str, bytes] = OrderedDict()
        self._properties: dict[str, Json] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    def add(self, asset: Asset) -> None:
        (self._public if asset.public else self._assets)[asset.id] = asset

    def find(self, asset_id: str) -> Asset | None:
        return self._assets.get(asset_id) or self._public.get(asset_id)

    def all(self) -> list[Asset]:
        """The account's own assets; the examples of public models are not among them."""
        return list(self._assets.values())

    async def properties(self, asset: Asset) -> Json:
        """`size` in bytes and whatever else is in the file; makes it when nobody has yet."""
        if asset.properties is not None:
            return asset.properties
        if asset.id not in self._properties:
            body = await self.read(asset)
            self._properties[asset.id] = await asyncio.to_thread(_properties, asset, body)
        return self._properties[asset.id]

    async def read(self, asset: Asset) -> bytes:
        """The file. Making happens in a thread, once however many ask."""
        if asset.content is not None or asset.plan is None:
            return asset.content or b""
        return await self._make(asset.id, asset.plan)

    async def read_original(self, asset: Asset) -> bytes:
        """The file behind `originalFileUrl`."""
        if asset.original is None:
            return await self.read(asset)
        return await self._make(f"{asset.id} original", asset.original)

    async def _make(self, key: str, plan: Plan) -> bytes:
        async with self._locks.setdefault(key, asyncio.Lock()):
            body = self._made.get(key)
            if body is None:
                body = await asyncio.to_thread(make, self._told(plan), await self._sources(plan))
                self._keep(key, body)
            self._made.move_to_end(key)
            return body

    def _told(self, plan: Plan) -> Plan:
        return replace(plan, canvas=self._options.canvas)

    async def _sources(self, plan: Plan) -> dict[str, bytes]:
        found = {role: self.find(asset_id) for role, asset_id in plan.uses.items()}
        return {role: await self.read(asset) for role, asset in found.items() if asset}

    def _keep(self, key: str, body: bytes) -> None:
        self._made[key] = body
        while len(self._made) > 1 and sum(map(len, self._made.values())) > KEEP_BYTES:
            self._made.popitem(last=False)

    async def convert(self, asset: Asset, name: str) -> bytes:
        """The picture in another format, a name of `formats.PIXELS`."""
        if asset.mime_type == "image/svg+xml" and asset.plan is not None:
            sources = await self._sources(asset.plan)
            return await asyncio.to_thread(_rastered, self._told(asset.plan), sources, name)
        body = await self.read(asset)
        return await asyncio.to_thread(pictures.convert, body, name)


def _rastered(plan: Plan, sources: dict[str, bytes], name: str) -> bytes:
    return pictures.encode(raster(plan, sources), name)


def _properties(asset: Asset, body: bytes) -> Json:
    if asset.kind in ("image", "image-hdr"):
        return {"size": len(body), "width": asset.width, "height": asset.height}
    return probe.read(body, asset.kind, asset.mime_type).properties


def conversions(asset: Asset) -> tuple[str, ...]:
    """Formats that an asset can be downloaded in."""
    own = formats.named(asset.mime_type)
    if asset.kind in ("image", "image-hdr"):
        return (*formats.PIXELS, *(["svg"] if own == "svg" else []))
    return (own,) if own else ()


Link = Callable[[Asset], str]


def record(asset: Asset, properties: Json, shelf: Shelf, link: Link) -> Json:
    """The asset as `GET /assets/{id}` gives it."""
    when = iso(asset.created)
    answer: Json = {
        "id": asset.id,
        "url": link(asset),
        "mimeType": asset.mime_type,
        "kind": asset.kind,
        "status": "success",
        "privacy": "public" if asset.public else "private",
        "source": SOURCE_WORDS.get(asset.type, asset.type),
        "tags": [],
        "collectionIds": asset.collection_ids,
        "authorId": "apiu_sandbox",
        "ownerId": "proj_sandbox",
        "createdAt": when,
        "updatedAt": when,
        "editCapabilities": ["UPSCALE", "REMOVE_BACKGROUND"] if asset.kind == "image" else [],
        "properties": properties,
        "metadata": _metadata(asset),
        "nsfw": asset.nsfw,
    }
    if asset.hidden:
        answer["isHidden"] = True
    if asset.job_id:
        answer["outputIndex"] = asset.index
    for name, companion_id in asset.companions.items():
        companion = shelf.find(companion_id)
        if companion is not None:
            answer[name] = {"assetId": companion.id, "url": link(companion)}
    return answer


def _metadata(asset: Asset) -> Json:
    facts: Json = {"kind": asset.kind, "type": asset.type}
    if asset.job_id:
        # The API writes seeds as text or as a number; text is the harder case to read.
        facts |= {
            "prompt": asset.prompt,
            "seed": str(asset.seed),
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


def companion(asset: Asset, asset_id: str, plan: Plan) -> Asset:
    """A picture that belongs to an asset: hidden from lists, there as soon as the asset is."""
    mime = formats.FORMATS[plan.format].mime
    return replace(
        asset,
        id=asset_id,
        mime_type=mime,
        kind="image",
        type="unknown",
        width=plan.width,
        height=plan.height,
        plan=plan,
        original=None,
        companions={},
        parent_id=asset.id,
        hidden=True,
    )
