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
_MOST_BOXES: Final = 10_000
"""Of a film that are looked at: one has some dozens, and one in pieces a few for each second."""

Span = tuple[int, int]
"""Where a box's content begins and ends in its file."""
_NOWHERE: Final = (0, 0)


def is_played(path: Path, mime_type: str | None) -> bool:
    """Whether Discord plays it; also True of a film whose index cannot be read."""
    if mime_type not in _PLAYED:
        return False
    if mime_type not in _BOXED:
        return True
    try:
        with path.open("rb") as file:
            codings = list(_Film(file, path.stat().st_size).codings())
    except OSError:
        return True
    return not codings or any(coding in _CODED for coding in codings)


class _Film:
    """An open film, of which no more is read than a few bytes of each box: its index may be large."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self._size = size
        self._left = _MOST_BOXES

    def codings(self) -> Generator[bytes]:
        """Of each track of pictures."""
        index = self._inside((0, self._size), (b"moov",))
        for name, track in self._boxes(index):
            media = self._inside(track, _TO_SAMPLES[:1]) if name == b"trak" else _NOWHERE
            # a version, flags and an empty word come before who handles the track
            if self._read(self._inside(media, (b"hdlr",)), 8, 12) == b"vide":
                coding = self._read(self._inside(media, _TO_SAMPLES[1:]), 12, 16)
                if coding:
                    yield coding

    def _boxes(self, within: Span) -> Generator[tuple[bytes, Span]]:
        at, end = within
        while at + 8 <= end and self._left:
            self._left -= 1
            head = self._read((at, end), 0, 16)
            size, name, begin = int.from_bytes(head[:4], "big"), head[4:8], 8
            if size == 1:
                size, begin = int.from_bytes(head[8:], "big"), 16
            if size and size < begin:
                return
            yield name, (at + begin, min(at + size, end) if size else end)
            at = at + size if size else end

    def _inside(self, within: Span, path: tuple[bytes, ...]) -> Span:
        for name in path:
            within = next((inner for found, inner in self._boxes(within) if found == name), _NOWHERE)
        return within

    def _read(self, span: Span, begin: int, end: int) -> bytes:
        """Some of a box's content; less where it has less."""
        first, last = span[0] + begin, min(span[0] + end, span[1])
        if first >= last:
            return b""
        self._file.seek(first)
        return self._file.read(last - first)
