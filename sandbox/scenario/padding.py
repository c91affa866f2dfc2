"""Files made larger without harm: filler that readers of the format skip."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

_PNG_END = b"\x00\x00\x00\x00IEND\xaeB`\x82"


def padded(body: bytes, name: str, least_bytes: int) -> bytes:
    """The file in this format with at least so many bytes (a few more where a format counts in fours)."""
    missing = least_bytes - len(body)
    return _WAYS.get(name, _zeros)(body, missing) if missing > 0 else body


def _zeros(body: bytes, missing: int) -> bytes:
    return body + bytes(missing)


def _png(body: bytes, missing: int) -> bytes:
    # A private chunk that readers skip.
    filler = b"saNd" + bytes(max(0, missing - 12))
    chunk = struct.pack(">I", len(filler) - 4) + filler + struct.pack(">I", zlib.crc32(filler))
    return body[: -len(_PNG_END)] + chunk + _PNG_END


def _box(body: bytes, missing: int) -> bytes:
    size = max(8, missing)
    return body + struct.pack(">I4s", size, b"free") + bytes(size - 8)


def _riff(body: bytes, missing: int) -> bytes:
    size = max(8, missing + missing % 2)
    whole = body + struct.pack("<4sI", b"JUNK", size - 8) + bytes(size - 8)
    return whole[:4] + struct.pack("<I", len(whole) - 8) + whole[8:]


def _id3(body: bytes, missing: int) -> bytes:
    size = max(10, missing)
    digits = [(size - 10) >> shift & 0x7F for shift in (21, 14, 7, 0)]
    return b"ID3\x04\x00\x00" + bytes(digits) + bytes(size - 10) + body


def _glb(body: bytes, missing: int) -> bytes:
    more = missing + -missing % 4
    total, length = len(body) + more, struct.unpack_from("<I", body, 12)[0]
    head = struct.pack("<4sIII4s", b"glTF", 2, total, length + more, b"JSON")
    return head + body[20 : 20 + length] + b" " * more + body[20 + length :]


def _svg(body: bytes, missing: int) -> bytes:
    end = b"</svg>"
    return body.removesuffix(end) + b"\n" * missing + end


def _as_it_is(body: bytes, missing: int) -> bytes:
    """Readers of Ogg take anything behind its last page for damage."""
    del missing
    return body


def _text(body: bytes, missing: int) -> bytes:
    return body + b"\n" * missing


_WAYS: dict[str, Callable[[bytes, int], bytes]] = {
    "png": _png,
    "mp4": _box,
    "m4a": _box,
    "opus": _as_it_is,
    "ogg": _as_it_is,
    "fbx": _text,
    "avif": _box,
    "heif": _box,
    "wav": _riff,
    "mp3": _id3,
    "glb": _glb,
    "svg": _svg,
    "txt": _text,
}
