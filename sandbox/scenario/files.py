"""Files that a client hands in: asset ids, data URLs, base64 and uploaded bytes."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Protocol

from sandbox.scenario.assets import Asset, Shelf
from sandbox.scenario.catalogue import Catalogue
from sandbox.scenario.media import probe
from sandbox.scenario.values import Json, Now, Refusal, as_number, new_id, plain

_DATA_URL = re.compile(r"data:(?:kind,)?([\w.+-]+/[\w.+-]+)?(?:;[\w=-]+)*;base64,(.*)", re.DOTALL)
UPLOADED_TYPES = {
    "image": "uploaded",
    "image-hdr": "uploaded",
    "video": "uploaded-video",
    "audio": "uploaded-audio",
    "3d": "uploaded-3d",
    "text": "uploaded-text",
}


class Place(Protocol):
    """What this module needs of the studio."""

    clock: Now
    shelf: Shelf
    catalogue: Catalogue

    def find_asset(self, asset_id: str) -> Asset: ...


class Files:
    """Answers the input check's questions. With `keep` false nothing is stored (a dry run)."""

    def __init__(self, place: Place, *, keep: bool) -> None:
        self._place = place
        self._keep = keep
        self._taken: dict[str, Asset] = {}

    def model_type(self, model_id: str) -> str | None:
        model = self._place.catalogue.find(model_id)
        return model.type if model else None

    def model_problem(self, model_id: str) -> str | None:
        """Why a model that exists cannot be used, None when it can."""
        model = self._place.catalogue.get(model_id)
        if model.record["status"] != "trained":
            return f"Model {model_id} is not trained"
        if model.type.endswith("-composition") and not model.record.get("concepts"):
            return f"Model {model_id} has no concepts"
        return None

    def find(self, asset_id: str) -> Asset | None:
        """A file of the request, or one that was there before."""
        return self._taken.get(asset_id) or self._place.shelf.find(asset_id)

    def take_file(self, text: str, rule: Json) -> str:
        """The asset id; a data URL becomes an asset first. Refusal for a wrong kind, size, length or id."""
        kind = str(rule.get("kind") or "image")
        if text.startswith("data:"):
            mime, body = decode(text)
            if probe.kind_of(mime or "", body) not in (kind, ""):
                raise Refusal(400, f"Input {rule['name']} must be of kind {kind}")
            asset = stored(self._place.clock.now(), body, mime or "application/octet-stream", kind)
        else:
            asset = self._place.find_asset(text)
        if asset.kind != kind:
            raise Refusal(400, f"Input {rule['name']} must be of kind {kind}")
        _check_limits(rule, asset)
        self._taken[asset.id] = asset
        if self._keep and asset.content is not None:
            self._place.shelf.add(asset)
        return asset.id


def _check_limits(rule: Json, asset: Asset) -> None:
    name, size = rule["name"], asset.known_bytes
    largest = as_number(rule.get("maxSize"))
    if largest is not None and size is not None and size > largest:
        raise Refusal(400, f"Input {name} must be at most {int(largest)} bytes")
    if asset.kind not in ("video", "audio"):
        return
    longest, shortest = as_number(rule.get("maxDuration")), as_number(rule.get("minDuration"))
    # A frame more or less is how containers round.
    if longest is not None and asset.seconds > longest + 0.1:
        raise Refusal(400, f"Input {name} must be at most {plain(longest)} seconds long")
    if shortest is not None and asset.seconds < shortest - 0.1:
        raise Refusal(400, f"Input {name} must be at least {plain(shortest)} seconds long")


def decode(text: str) -> tuple[str | None, bytes]:
    """MIME type (when given) and bytes of a data URL or of bare base64; Refusal(400) otherwise."""
    found = _DATA_URL.fullmatch(text)
    if text.startswith("data:") and not found:
        raise Refusal(400, "Invalid data URL")
    mime, encoded = (found[1], found[2]) if found else (None, text)
    try:
        return mime, base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise Refusal(400, "Invalid base64") from None


def stored(now: float, body: bytes, mime: str, kind: str) -> Asset:
    """An uploaded asset with the properties its file really has; Refusal(400) when the file is not what it
    claims to be."""
    try:
        facts = probe.read(body, kind, mime)
    except probe.Unreadable as wrong:
        raise Refusal(400, str(wrong)) from None
    told = facts.properties
    return Asset(
        id=new_id("asset_"),
        created=now,
        mime_type=facts.mime,
        kind=facts.kind,
        type=UPLOADED_TYPES.get(facts.kind, "uploaded"),
        content=body,
        properties=told,
        width=int(told.get("width", 0)),
        height=int(told.get("height", 0)),
        seconds=float(told.get("duration", 0.0)),
    )
