"""SVG: drawn by resvg, which knows no scripts and asks no network."""

import io
import re
from pathlib import Path
from typing import Final

from PIL import Image

SIDE: Final = 2048
"""Pixels of the box that a drawing is fitted into: its own sizes may be anything."""
_MOST_BYTES: Final = 8 * 1024 * 1024
_BEGIN: Final = re.compile(rb"\s*(<\?xml|<!--|<!doctype\s+svg|<svg)", re.IGNORECASE)
_ENTITY: Final = re.compile(r"<!entity", re.IGNORECASE)
_LINK: Final = re.compile(r"""\bhref\s*=\s*(?:"\s*([^"]*)|'\s*([^']*))""", re.IGNORECASE)
_WEB: Final = ("http://", "https://")


def is_drawing(head: bytes, mime_type: str) -> bool:
    """By the file's beginning; one that begins as any XML does is a drawing where it is said to be one."""
    begin = head.removeprefix(b"\xef\xbb\xbf")
    if _BEGIN.match(begin) is None:
        return False
    return b"<svg" in begin.lower() or mime_type.startswith("image/svg")


def draw(path: Path) -> Image.Image:
    """The drawing as pixels. Raises ValueError for a damaged or too long one, or one that reaches outside."""
    if path.stat().st_size > _MOST_BYTES:
        raise ValueError("the drawing is too long")
    text = path.read_text("utf-8", errors="replace").removeprefix("\ufeff")
    if _ENTITY.search(text):
        raise ValueError("the drawing defines entities")
    for match in _LINK.finditer(text):
        # resvg opens files of this machine by their path
        target = (match[1] or match[2] or "").strip().lower()
        if target and not target.startswith(("#", "data:", *_WEB)):
            raise ValueError("the drawing refers to another file")
    import resvg_py  # loaded when the first one comes

    data = resvg_py.svg_to_bytes(svg_string=text, width=SIDE, height=SIDE)
    return Image.open(io.BytesIO(data), formats=("PNG",)).copy()
