"""What a file really is: its kind, MIME type and properties, read from its bytes."""

from __future__ import annotations

import io
import json
import struct
from dataclasses import dataclass
from typing import Any

from sandbox.scenario import pictures
from sandbox.scenario.media import hdr, writing
from sandbox.scenario.media.heavy import pyav
from sandbox.scenario.values import Json, as_list, as_object

PROBED_CONTAINERS = {
    "video": {"mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm", "matroska": "video/webm"},
    "audio": {
        "mp3": "audio/mpeg",
        "wav": "audio/wav",
        "ogg": "audio/ogg",
        "flac": "audio/flac",
        "mp4": "audio/mp4",
        "mov": "audio/mp4",
        "webm": "audio/webm",
        "matroska": "audio/webm",
        "aac": "audio/aac",
    },
}
"""Kind → a name of a container → MIME type."""


FBX = (b"; FBX ", b"Kaydara FBX Binary")
"""How FBX begins, as text and as binary."""


class Unreadable(Exception):
    """The bytes are not a file of that kind."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What was read. `properties` are the asset's: `size` in bytes, `duration` in seconds, and so on."""

    mime: str
    kind: str
    properties: Json


def read(body: bytes, kind: str, mime: str = "") -> Facts:
    """The facts of a file of this kind; Unreadable when it is none. `mime` is what its owner says."""
    if kind == "image" and body.startswith(hdr.MAGIC):
        kind = "image-hdr"
    found = _READERS[kind](body, mime) if kind in _READERS else None
    if found is None:
        raise Unreadable(f"Invalid {kind}")
    told, properties = found
    return Facts(told, kind, {"size": len(body), **properties})


def kind_of(mime: str, body: bytes) -> str:
    """The kind that a MIME type and the first bytes speak for."""
    if body.startswith(hdr.MAGIC):
        return "image-hdr"
    if body.startswith(b"glTF"):
        return "3d"
    first = mime.partition("/")[0]
    return {"model": "3d", "application": "json"}.get(first, first)


Found = tuple[str, Json] | None


def _image(body: bytes, mime: str) -> Found:
    if mime == "image/svg+xml" and b"<svg" in body[:1000]:
        return mime, {}
    facts = pictures.facts(body)
    return None if facts is None else (facts[0], {"width": facts[1], "height": facts[2]})


def _hdr(body: bytes, _mime: str) -> Found:
    if body.startswith(hdr.MAGIC):
        return "image/x-exr", {}
    return ("image/vnd.radiance", {}) if body.startswith(b"#?RADIANCE") else None


def _video(body: bytes, _mime: str) -> Found:
    return _container(body, "video")


def _audio(body: bytes, _mime: str) -> Found:
    return _container(body, "audio")


def _container(body: bytes, kind: str) -> Found:
    if body[4:8] == b"ftyp" and not _whole(body):
        return None
    av = pyav()
    try:
        with av.open(io.BytesIO(body)) as container:
            streams = container.streams
            track = next(iter(streams.video if kind == "video" else streams.audio), None)
            told = [each for each in container.format.name.split(",") if each in PROBED_CONTAINERS[kind]]
            if track is None or not told:
                return None
            length = container.duration or 0
            seconds = round(length / 1_000_000, 3)
            properties: Json = {
                "duration": seconds,
                "codecName": track.codec_context.name,
                "bitrate": int(container.bit_rate or 0),
                "format": told[-1] if kind == "video" and "mp4" not in told else told[0],
            }
            if kind == "video":
                rate = track.average_rate or track.guessed_rate
                properties |= {
                    "width": track.codec_context.width,
                    "height": track.codec_context.height,
                    "frameRate": float(rate) if rate else 0.0,
                    "nbFrames": int(track.frames),
                }
                if "mp4" in told:
                    properties["format"] = "mp4"
                for sound in streams.audio:
                    properties |= {
                        "sampleRate": sound.codec_context.sample_rate,
                        "channels": sound.codec_context.channels,
                    }
            else:
                properties |= {
                    "sampleRate": track.codec_context.sample_rate,
                    "channels": track.codec_context.channels,
                }
    except (av.error.FFmpegError, ValueError, OSError):
        return None
    name = str(properties["format"])
    return (PROBED_CONTAINERS[kind][name], properties) if seconds > 0 else None


def _whole(body: bytes) -> bool:
    """Whether an MP4 file has all of its last box."""
    at = 0
    while at + 8 <= len(body):
        size = int.from_bytes(body[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(body[at + 8 : at + 16], "big")
        if size == 0:
            return True
        at += max(8, size)
    return at == len(body)


def _solid(body: bytes, mime: str) -> Found:
    if body.startswith(FBX):
        return "model/fbx", {}
    if body.startswith(b"glTF"):
        return _glb(body)
    if mime == "model/obj" or body.startswith((b"v ", b"# ", b"o ", b"mtllib")):
        lines = body.splitlines()
        corners, faces = (sum(line.startswith(word) for line in lines) for word in (b"v ", b"f "))
        return (
            ("model/obj", {"vertexCount": corners, "faceCount": faces, "format": "obj"}) if corners else None
        )
    return None


def _glb(body: bytes) -> Found:
    try:
        version, total, length, kind = struct.unpack_from("<III4s", body, 4)
        scene = as_object(json.loads(body[20 : 20 + length]))
    except (struct.error, ValueError):
        return None
    if scene is None or version != 2 or kind != b"JSON" or total != len(body):
        return None
    accessors = [as_object(each) or {} for each in as_list(scene.get("accessors")) or []]
    corners = faces = 0
    for mesh in as_list(scene.get("meshes")) or []:
        for part in as_list((as_object(mesh) or {}).get("primitives")) or []:
            place = (as_object((as_object(part) or {}).get("attributes")) or {}).get("POSITION")
            corners += _count(accessors, place)
            faces += _count(accessors, (as_object(part) or {}).get("indices")) // 3
    return "model/gltf-binary", {"vertexCount": corners, "faceCount": faces, "format": "glb"}


def _count(accessors: list[Json], at: Any) -> int:
    known = isinstance(at, int) and 0 <= at < len(accessors)
    count = accessors[at].get("count") if known else 0
    return count if isinstance(count, int) else 0


def _text(body: bytes, mime: str) -> Found:
    try:
        whole = body.decode()
    except UnicodeDecodeError:
        return None
    if "\0" in whole:
        return None
    shown, full = writing.preview(whole)
    counts = {"charCount": len(whole), "wordCount": len(whole.split())}
    told = mime if mime.startswith("text/") else "text/plain"
    return told, {"preview": shown, "hasFullPreview": full, **counts}


def _json(body: bytes, _mime: str) -> Found:
    try:
        json.loads(body)
    except ValueError:
        return None
    return "application/json", {}


def _document(body: bytes, _mime: str) -> Found:
    return ("application/pdf", {}) if body.startswith(b"%PDF-") else None


_READERS = {
    "image": _image,
    "image-hdr": _hdr,
    "video": _video,
    "audio": _audio,
    "3d": _solid,
    "text": _text,
    "json": _json,
    "document": _document,
}
