"""Uploads in parts: created, sent piece by piece to signed links, completed, then imported as an asset."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Protocol

from sandbox.scenario.assets import Asset, Shelf
from sandbox.scenario.files import stored
from sandbox.scenario.links import Signer
from sandbox.scenario.media import probe
from sandbox.scenario.options import Options
from sandbox.scenario.values import Json, Now, Refusal, as_number, as_object, digits, iso, new_id, texts

KINDS = ("image", "video", "audio", "3d", "text", "asset", "avatar", "model")
MAX_PARTS = 1000
STAGES = (("complete", 0.2), ("validating", 0.4), ("validated", 0.6))
"""What a completed upload is called, and until how many seconds after completion."""
IMPORTED_AFTER = 0.6


class Place(Protocol):
    """What uploads need of the studio."""

    clock: Now
    origin: str
    options: Options
    shelf: Shelf
    signer: Signer


@dataclass
class Upload:
    """One upload and the parts that arrived."""

    id: str
    created: float
    kind: str
    file_name: str
    content_type: str
    file_size: int
    parts_count: int
    asset_options: Json
    parts: dict[int, bytes] = field(default_factory=dict[int, bytes])
    completed: float | None = None
    asset: Asset | None = None
    error: str | None = None

    def status(self, now: float) -> str:
        if self.completed is None:
            return "pending"
        age = now - self.completed
        for word, until in STAGES:
            if age < until:
                return word
        if self.asset is None and self.error is None:
            # The file is still being read.
            return "validating"
        return "failed" if self.error else "imported"


class Uploads:
    """All uploads."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._uploads: dict[str, Upload] = {}

    def get(self, upload_id: str) -> Upload:
        upload = self._uploads.get(upload_id)
        if upload is None:
            raise Refusal(404, f"Upload {upload_id} not found")
        return upload

    def create(self, body: Json) -> Upload:
        """Begin an upload of so many parts; Refusal(400) for a wrong description."""
        if "url" in body:
            raise Refusal(400, "Uploads by url are not offered here")
        kind, name, content_type = body.get("kind"), body.get("fileName"), body.get("contentType")
        if kind not in KINDS:
            raise Refusal(400, f"kind must be one of: {', '.join(KINDS)}")
        if not isinstance(name, str) or not name or not isinstance(content_type, str):
            raise Refusal(400, "fileName and contentType are required")
        upload = Upload(
            id=new_id("upload_"),
            created=self._place.clock.now(),
            kind=kind,
            file_name=name,
            content_type=content_type,
            file_size=_whole(body, "fileSize", 1 << 30),
            parts_count=_whole(body, "parts", MAX_PARTS),
            asset_options=as_object(body.get("assetOptions")) or {},
        )
        self._uploads[upload.id] = upload
        return upload

    def put(self, upload_id: str, number: str, body: bytes) -> None:
        """Keep one part; numbers count from 1."""
        upload = self.get(upload_id)
        at = digits(number)
        if at is None or not 1 <= at <= upload.parts_count:
            raise Refusal(404, "NoSuchUpload")
        if upload.completed is not None:
            raise Refusal(409, "UploadCompleted")
        upload.parts[at] = body

    async def complete(self, upload: Upload) -> None:
        """Join the parts; the asset appears shortly after. A bad file fails then, not now."""
        if upload.completed is not None:
            raise Refusal(400, "Upload is already complete")
        if len(upload.parts) < upload.parts_count:
            raise Refusal(400, "Some parts are missing")
        now = self._place.clock.now()
        upload.completed = now
        body = b"".join(upload.parts[number] for number in sorted(upload.parts))
        upload.parts.clear()
        if len(body) != upload.file_size:
            upload.error = f"File has {len(body)} bytes instead of {upload.file_size}"
            return
        kind = "image" if upload.kind == "avatar" else upload.kind
        if kind == "asset":
            kind = probe.kind_of(upload.content_type, body)
        try:
            asset = await asyncio.to_thread(stored, now + IMPORTED_AFTER, body, upload.content_type, kind)
        except Refusal as refusal:
            upload.error = refusal.reason
            return
        asset.name = upload.file_name
        apply_options(asset, upload.asset_options)
        upload.asset = asset
        self._place.shelf.add(asset)

    def record(self, upload: Upload) -> Json:
        """The upload as the API gives it; part links only while it waits for parts."""
        now = self._place.clock.now()
        status = upload.status(now)
        answer: Json = {
            "id": upload.id,
            "status": status,
            "kind": upload.kind,
            "source": "multipart",
            "fileName": upload.file_name,
            "originalFileName": upload.file_name,
            "contentType": upload.content_type,
            "fileSize": upload.file_size,
            "partsCount": upload.parts_count,
            "assetOptions": upload.asset_options,
            "authorId": "apiu_sandbox",
            "ownerId": "proj_sandbox",
            "createdAt": iso(upload.created),
            "updatedAt": iso(upload.completed or upload.created),
        }
        if status == "pending":
            answer["parts"] = [self._part(upload, number + 1) for number in range(upload.parts_count)]
        if status == "imported" and upload.asset:
            answer["entityId"] = upload.asset.id
        if status == "failed":
            answer["errorMessage"] = upload.error
        return answer

    def _part(self, upload: Upload, number: int) -> Json:
        expires = upload.created + self._place.options.link_seconds
        path = f"/scenario/cdn/uploads/{upload.id}/{number}"
        url = self._place.origin + self._place.signer.sign(path, expires)
        return {"number": number, "url": url, "expires": iso(expires)}


def apply_options(asset: Asset, options: Json) -> None:
    """Set what both ways of uploading may say about the new asset: `hide`, `parentId`, `collectionIds`."""
    asset.hidden = options.get("hide") is True
    parent: Any = options.get("parentId")
    asset.parent_id = parent if isinstance(parent, str) else None
    asset.collection_ids = texts(options.get("collectionIds")) or []


def _whole(body: Json, name: str, most: int) -> int:
    number = as_number(body.get(name))
    if number is None or number != int(number) or not 1 <= number <= most:
        raise Refusal(400, f"{name} must be a whole number from 1 to {most}")
    return int(number)
