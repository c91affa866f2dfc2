"""Files that a test hands over: a job's results, byte by byte, whatever Scenario would say of them."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Any

from sandbox.scenario import pictures
from sandbox.scenario.media import writing
from sandbox.scenario.values import Json, as_list, as_object

KINDS = ("image", "image-hdr", "video", "audio", "3d", "text", "document", "json")
"""What the API calls an asset's kind."""
_KEYS = {"base64", "mime", "kind", "thumbnail"}
_MIME = re.compile(r"[\w.+-]+/[\w.+-]+(; ?[\w.+-]+=[\w.+-]+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Result:
    """One file of a job, and its own thumbnail where it has one."""

    body: bytes
    mime: str
    kind: str
    thumbnail: bytes | None = None

    @property
    def properties(self) -> Json:
        """What an asset says of its file. No decoder reads it: these bytes may be anything."""
        told: Json = {"size": len(self.body)}
        measured = pictures.facts(self.body) if self.kind == "image" else None
        if measured is not None:
            told |= {"width": measured[1], "height": measured[2]}
        if self.kind == "text":
            told |= dict(zip(("preview", "hasFullPreview"), writing.preview(self._words), strict=True))
        return told

    @property
    def _words(self) -> str:
        return self.body.decode(errors="replace")


def read(given: Any) -> list[Result]:
    """The files in order; ValueError tells what is wrong."""
    listed = as_list(given)
    if listed is None:
        raise ValueError("results must be a list")
    return [_result(each) for each in listed]


def _result(given: Any) -> Result:
    each = as_object(given)
    if each is None or not {"base64", "mime", "kind"} <= set(each) <= _KEYS:
        raise ValueError('each of results is {"base64", "mime", "kind"}, with "thumbnail" if it has one')
    mime, kind, thumbnail = each["mime"], each["kind"], each.get("thumbnail")
    if not isinstance(mime, str) or not _MIME.fullmatch(mime):
        raise ValueError("mime of a result must be a MIME type")
    if kind not in KINDS:
        raise ValueError(f"kind of a result must be one of {', '.join(KINDS)}")
    still = None if thumbnail is None else _unpacked("thumbnail", thumbnail)
    return Result(_unpacked("base64", each["base64"]), mime, kind, still)


def _unpacked(key: str, encoded: object) -> bytes:
    try:
        return base64.b64decode(encoded if isinstance(encoded, str) else "?", validate=True)
    except ValueError:
        raise ValueError(f"{key} of a result must be base64") from None
