"""Files that a client hands in: asset ids, data URLs, base64 and uploaded bytes."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Protocol

from sandbox.scenario import pictures
from sandbox.scenario.assets import Asset, Shelf
from sandbox.scenario.catalogue import Catalogue
from sandbox.scenario.values import Json, Now, Refusal, as_number, new_id

_DATA_URL = re.compile(r"data:(?:kind,)?([\w.+-]+/[\w.+-]+)?(?:;[\w=-]+)*;base64,(.*)", re.DOTALL)
UPLOADED_TYPES = {"image": "uploaded", "video": "uploaded-video", "audio": "uploaded-audio"}


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

    def model_type(self, model_id: str) -> str | None:
        model = self._place.catalogue.find(model_id)
        return model.type if model else None

    def take_file(self, text: str, rule: Json) -> str:
        """The asset id; a data URL becomes an asset first. Refusal for a wrong kind, size or id."""
        kind = str(rule.get("kind") or "image")
        if text.startswith("data:"):
            mime, body = decode(text)
            asset = stored(self._place.clock.now(), body, mime or "application/octet-stream", kind)
        else:
            asset, body = self._place.find_asset(text), b""
        if asset.kind != kind:
            raise Refusal(400, f"Input {rule['name']} must be of kind {kind}")
        most = as_number(rule.get("maxSize"))
        if most is not None and len(asset.content or body) > most:
            raise Refusal(400, f"Input {rule['name']} must be at most {int(most)} bytes")
        if self._keep and asset.content is not None:
            self._place.shelf.add(asset)
        return asset.id


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
    """An uploaded asset; Refusal(400) when an image cannot be read."""
    asset = Asset(
        id=new_id("asset_"),
        created=now,
        mime_type=mime,
        kind=kind,
        type=UPLOADED_TYPES.get(kind, f"uploaded-{kind}"),
        content=body,
    )
    if kind == "image":
        facts = pictures.facts(body)
        if facts is None:
            raise Refusal(400, "Invalid image")
        asset.mime_type, asset.width, asset.height = facts
    return asset
