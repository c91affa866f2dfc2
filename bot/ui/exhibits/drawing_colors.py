"""Colors of an SVG that resvg paints black, because it does not know CSS Color 4, which browsers do. Pure."""

import re
from typing import Final

_LONGEST: Final = 200
"""Characters of a value that are looked at."""
_NUMBER: Final = r"[-+]?(?:\d++(?:\.\d*+)?|\.\d++)(?:e[-+]?\d++)?"
_KNOWN: Final = re.compile(
    rf"(?:rgb|hsl)a?\(\s*{_NUMBER}%?[\s,]+{_NUMBER}%?[\s,]+{_NUMBER}%?(?:[\s,]+{_NUMBER})?\s*\)|url\([^)]*\)",
    re.IGNORECASE,
)
"""The functions that are painted: without a slash, a unit, a word, or an opacity in percent."""
_NEWER: Final = re.compile(
    r"(?<![\w-])[\w-]++\(|(?<![\w#-])(?:rebeccapurple|accentcolor|accentcolortext|activetext|button(?:border|face|text)|canvas"
    r"|field|graytext|highlight|highlighttext|linktext|mark|selecteditem|selecteditemtext|visitedtext)(?![\w-])",
    re.IGNORECASE,
)
_PAINT: Final = re.compile(
    r"(?<![\w-])(?:fill|stroke|color|stop-color|flood-color|lighting-color)\s*:([^;}]*)", re.IGNORECASE
)


def is_newer(value: str) -> bool:
    """Whether this value of `fill`, `stroke` and so on is a color that comes out black."""
    return _NEWER.search(_KNOWN.sub("", value[:_LONGEST])) is not None


def newer_in(css: str) -> bool:
    """Whether one of the declarations has such a color."""
    return any(is_newer(match[1]) for match in _PAINT.finditer(css))
