"""Aspect ratios as people write them. Pure."""

import re
from math import gcd, log
from typing import Final

COMMON: Final = (
    "1:1",
    "16:9",
    "9:16",
    "4:3",
    "3:4",
    "3:2",
    "2:3",
    "5:4",
    "4:5",
    "21:9",
    "9:21",
    "2:1",
    "1:2",
)
TOLERANCE: Final = 0.03
"""1344×768 is sold as 16:9 and is 1.6 % off; 4:3 and 5:4 are 6 % apart."""
WORDS: Final = {
    "square": ("1:1",),
    "landscape": ("16:9", "3:2", "4:3", "5:4", "2:1", "21:9"),
    "wide": ("16:9", "21:9", "2:1", "3:2"),
    "portrait": ("9:16", "2:3", "3:4", "4:5", "1:2", "9:21"),
    "tall": ("9:16", "9:21", "1:2", "2:3"),
}
"""What a word may stand for, best first."""

_NUMBER: Final = r"(\d{1,5}(?:\.\d{1,4})?)"
_PAIR: Final = re.compile(rf"\s*{_NUMBER}\s*[:x×*/_]\s*{_NUMBER}\s*", re.IGNORECASE)
_LEADING: Final = re.compile(rf"\s*{_NUMBER}\s*[:/]\s*{_NUMBER}(?![\d.:/])")

_UPRIGHT: Final = ("portrait", "tall", "vertical")
_WORDED: Final = re.compile(
    r"(?P<word>square|portrait|tall|vertical|landscape|wide|horizontal)(?:[\s_-]?hd)?"
    r"(?:[\s_-](?P<first>\d{1,5})[\s_:x-](?P<second>\d{1,5}))?",
    re.IGNORECASE,
)


def pair(text: str) -> tuple[float, float] | None:
    """Width and height of "16:9", "16x9", "16 / 9" or "1920*1080"; None for anything else."""
    return _read(_PAIR.fullmatch(text))


def worded(text: str) -> tuple[float, float] | None:
    """The shape of a size that is named in words: "portrait_4_3" is 3:4, "landscape_16_9", "square_hd"."""
    found = _WORDED.fullmatch(text.strip())
    if found is None:
        return None
    word, shape = found["word"].casefold(), _read(found, "first", "second")
    if word == "square":
        return (1.0, 1.0) if shape is None else None
    if shape is None:
        return None
    short, long = sorted(shape)
    return (short, long) if word in _UPRIGHT else (long, short)


def leading(label: str) -> tuple[float, float] | None:
    """The ratio that a preset's label begins with, as in "16:9 (1344x768)"."""
    return _read(_LEADING.match(label))


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """How far two shapes are apart, as a share: 0.03 is 3 %. The same for wide and tall."""
    return abs(log(one[0] / one[1]) - log(other[0] / other[1]))


def same(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return distance(one, other) <= TOLERANCE


def name(shape: tuple[float, float]) -> str:
    """The usual name of a shape, or its sides in lowest terms: (1344, 768) is 16:9."""
    close = min(COMMON, key=lambda common: distance(shape, _common(common)))
    if same(shape, _common(close)):
        return close
    width, height = shape
    if width.is_integer() and height.is_integer():
        by = gcd(int(width), int(height))
        return f"{int(width) // by}:{int(height) // by}"
    return f"{width:g}:{height:g}"


def _common(text: str) -> tuple[float, float]:
    width, _, height = text.partition(":")
    return float(width), float(height)


def _read(
    found: re.Match[str] | None, first: str | int = 1, second: str | int = 2
) -> tuple[float, float] | None:
    if found is None or found[first] is None:
        return None
    width, height = float(found[first]), float(found[second])
    return (width, height) if width > 0 and height > 0 else None
