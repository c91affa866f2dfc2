"""SVG: drawn by resvg, which knows no scripts and asks no network."""

import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

from bot.scenario.api.sniff import sniff
from bot.ui.exhibits.drawing_fonts import Families, families
from bot.ui.exhibits.drawing_text import read_drawing
from bot.ui.exhibits.exhibit import Remark

SIDE: Final = 2048
"""Pixels of the box that a drawing is fitted into: its own sizes may be anything."""
_DPI: Final = 96.0
"""What CSS says of a millimeter or a point. The library's own default is none at all: such a length is then
nothing, and a drawing measured in one is refused."""
_MARKUP: Final = re.compile(rb"\s*<|\xff\xfe|\xfe\xff|\x1f\x8b")
"""How XML begins, in any encoding that we know or packed."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What was drawn, and what of the file was not."""

    image: Image.Image
    remarks: tuple[Remark, ...] = ()


def is_drawing(head: bytes, mime_type: str) -> bool:
    """By the file's beginning; one that begins as any XML does is a drawing where it is said to be one."""
    if (sniff(head) or "").startswith("image/svg"):
        return True
    return mime_type.startswith("image/svg") and _MARKUP.match(head) is not None


def draw(path: Path) -> Drawing:
    """Raises ValueError for a drawing that is damaged, too long, reaches outside, or shows nothing."""
    read = read_drawing(path)
    remarks = read.remarks
    fonts = families() if read.has_words else Families()
    if fonts is None:
        fonts, remarks = Families(), (*remarks, Remark.WORDS)
    import resvg_py  # loaded when the first one comes

    data = resvg_py.svg_to_bytes(
        svg_string=read.text,
        width=SIDE,
        height=SIDE,
        dpi=_DPI,
        serif_family=fonts.serif,
        sans_serif_family=fonts.sans,
        monospace_family=fonts.mono,
    )
    image = Image.open(io.BytesIO(data), formats=("PNG",)).copy()
    if not remarks and image.mode == "RGBA" and image.getchannel("A").getextrema()[1] == 0:
        raise ValueError("nothing is drawn")
    return Drawing(image, remarks)
