"""Whether a picture that goes along untouched ends where it should: without decoding a pixel."""

import mmap
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

_END_OF_JPEG: Final = 0xD9
_SCAN: Final = 0xDA
_LONELY: Final = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers of a JPEG that have no length behind them."""
_MARKER: Final = re.compile(rb"\xff+([^\x00\xff])")
_AFTER_SCAN: Final = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")


def is_cut(path: Path, form: str) -> bool:
    """Whether the file ends too early. form: Pillow's name; of one that is not known here, it does not."""
    check = _CHECKS.get(form)
    if check is None or not path.stat().st_size:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return not check(data)


def _png(data: mmap.mmap) -> bool:
    at = 8
    while at + 12 <= len(data):
        length, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        at += 12 + length
        if name == b"IEND":
            return at <= len(data)
    return False


def _jpeg(data: mmap.mmap) -> bool:
    at, wanted = 2, _MARKER
    while (found := wanted.search(data, at)) is not None:
        marker, at = found[1][0], found.end()
        if marker == _END_OF_JPEG:
            return True
        wanted = _AFTER_SCAN if marker == _SCAN else _MARKER
        if marker not in _LONELY:
            at += int.from_bytes(data[at : at + 2], "big")
    return False


def _gif(data: mmap.mmap) -> bool:
    at = 13 + _palette(data, 10)
    while at < len(data):
        begin = data[at]
        if begin == 0x3B:
            return True
        if begin == 0x21:
            at = _behind_blocks(data, at + 2)
        elif begin == 0x2C:
            at = _behind_blocks(data, at + 11 + _palette(data, at + 9))
        else:
            return True  # viewers end here too
    return False


def _palette(data: mmap.mmap, at: int) -> int:
    """Bytes of the palette that the flags at this place tell of."""
    if at >= len(data) or not data[at] & 0x80:
        return 0
    return int(3 << ((data[at] & 7) + 1))


def _behind_blocks(data: mmap.mmap, at: int) -> int:
    while at < len(data) and data[at]:
        at += 1 + data[at]
    return at + 1


def _webp(data: mmap.mmap) -> bool:
    return 8 + int.from_bytes(data[4:8], "little") <= len(data) + 1  # the last byte may be only padding


_CHECKS: Final[Mapping[str, Callable[[mmap.mmap], bool]]] = MappingProxyType(
    {"PNG": _png, "JPEG": _jpeg, "MPO": _jpeg, "GIF": _gif, "WEBP": _webp}
)
