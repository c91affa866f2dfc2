"""Which fonts there are for the words in drawings.

resvg takes its serif family for one that it does not find; where that is missing too, it draws no word and
says nothing. By itself it knows that family by one name, which few systems have.
"""

import functools
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image

_NOWHERE: Final = "nowhere"
"""A family that is not there."""
_MAKERS: Final = ("Liberation", "DejaVu", "Noto")
"""Of families that free systems have, the likeliest first."""
_SERIF: Final = "serif"


@dataclass(frozen=True, slots=True, kw_only=True)
class Families:
    """Those that stand for CSS's general ones; None where the library finds one itself, or none is here."""

    serif: str | None = None
    """Also for any family that is not there."""
    sans: str | None = None
    mono: str | None = None


@functools.cache
def families() -> Families | None:
    """None: there is no font that draws a word."""
    sans, mono = _standing("sans-serif", ["Sans"]), _standing("monospace", ["Mono"], ["Sans", "Mono"])
    serif = _standing(_SERIF, ["Serif"])
    if serif is None and not _draws(_SERIF, None):
        serif = sans or mono
        if serif is None and not _draws("sans-serif", _NOWHERE):
            return None
    return Families(serif=serif, sans=sans, mono=mono)


def _standing(general: str, *styles: Sequence[str]) -> str | None:
    """styles: the words by which a maker calls such a family."""
    if _draws(general, None if general == _SERIF else _NOWHERE):
        return None
    names = (" ".join((maker, *style)) for maker in _MAKERS for style in styles)
    return next((name for name in names if _draws(name, _NOWHERE)), None)


def _draws(family: str, serif: str | None) -> bool:
    """Whether a word in this family leaves anything on the paper. serif: what the library then falls back to;
    None, what it would by itself."""
    import resvg_py

    word = f"""<svg
        xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><text
        x="2" y="14" font-size="16" font-family="{family}">H</text></svg>"""
    data = resvg_py.svg_to_bytes(svg_string=word, serif_family=serif)
    with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
        return image.getbbox() is not None
