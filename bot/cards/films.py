"""Which films Discord plays: by the container, and in an MP4 or MOV by how its pictures are coded."""

from collections.abc import Generator
from pathlib import Path
from typing import IO, Final

_PLAYED: Final = frozenset({"video/mp4", "video/quicktime", "video/webm"})
_BOXED: Final = frozenset({"video/mp4", "video/quicktime"})
_CODED: Final = frozenset(
    {
        b"avc1",
        b"avc2",
        b"avc3",
        b"avc4",
        b"hvc1",
        b"hev1",
        b"dvh1",
        b"dvhe",
        b"av01",
        b"vp08",
        b"vp09",
        b"encv",
    }
)
"""How pictures may be coded so that most of Discord's clients play them."""
_TO_SAMPLES: Final = (b"mdia", b"minf", b"stbl", b"stsd")
_MOST_BYTES: Final = 32 * 1024 * 1024
"""Of the index of a film: that of an hour has less than a twentieth of it."""


def is_played(path: Path, mime_type: str | None) -> bool:
    """Whether Discord plays it; also True of a film whose index cannot be read."""
    if mime_type not in _PLAYED:
        return False
    if mime_type not in _BOXED:
        return True
    try:
        with path.open("rb") as file:
            codings = list(_codings(_index(file)))
    except OSError:
        return True
    return not codings or any(coding in _CODED for coding in codings)


def _index(file: IO[bytes]) -> bytes:
    """What is in the film's `moov`; nothing where there is none."""
    at = 0
    while len(head := file.read(16)) >= 8:
        size, name = int.from_bytes(head[:4], "big"), head[4:8]
        begin = 8
        if size == 1:
            size, begin = int.from_bytes(head[8:], "big"), 16
        if name == b"moov":
            file.seek(at + begin)
            return file.read(min(size - begin, _MOST_BYTES) if size else _MOST_BYTES)
        if size < begin:
            return b""
        at += size
        file.seek(at)
    return b""


def _boxes(data: bytes) -> Generator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size < 8:
            return
        yield data[at + 4 : at + 8], data[at + 8 : at + size]
        at += size


def _codings(index: bytes) -> Generator[bytes]:
    """Of each track of pictures."""
    for name, track in _boxes(index):
        media = _inside(track, _TO_SAMPLES[:1]) if name == b"trak" else b""
        # a version, flags and an empty word come before who handles the track
        if _inside(media, (b"hdlr",))[8:12] == b"vide":
            coding = _inside(media, _TO_SAMPLES[1:])[12:16]
            if coding:
                yield coding


def _inside(data: bytes, path: tuple[bytes, ...]) -> bytes:
    for name in path:
        data = next((inner for found, inner in _boxes(data) if found == name), b"")
    return data
