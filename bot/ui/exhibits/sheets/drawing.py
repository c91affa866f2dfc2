"""A contact sheet: many small pictures on one, each with its number. Drawn in the renderer's process."""

import io
import math
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from bot.ui.exhibits.exhibit import Remark
from bot.ui.exhibits.pictures import UNREADABLE
from bot.ui.exhibits.rendering import Place, Sheet, Undrawn, columns_of

_GAP: Final = 8
_GROUND: Final = (24, 25, 28)
_EMPTY: Final = (49, 51, 56)
_INK: Final = (255, 255, 255)
_FAINT: Final = (148, 155, 164)
_LABEL: Final = (0, 0, 0, 190)
_QUALITIES: Final = (88, 78, 65, 50)
_SMALLEST: Final = 64
"""Pixels of the longer side below which it is no use."""
_MOST_PLACES: Final = 100
_MOST_SIDE: Final = 1024


def drawn(wanted: Sheet) -> bytes:
    """A JPEG of at most `wanted.limit` bytes. Raises Undrawn where there is none, MemoryError."""
    if not 0 < len(wanted.places) <= _MOST_PLACES or not 0 < wanted.side <= _MOST_SIDE:
        raise Undrawn(Remark.PIXELS, f"{len(wanted.places)} places of {wanted.side}")
    pictures = [_opened(place) for place in wanted.places]
    width, height = _cell(pictures, wanted.side)
    columns = columns_of(len(pictures))
    rows = math.ceil(len(pictures) / columns)
    sheet = Image.new("RGB", (columns * (width + _GAP) + _GAP, rows * (height + _GAP) + _GAP), _GROUND)
    font = ImageFont.load_default(max(14, wanted.side // 7))
    draw = ImageDraw.Draw(sheet, "RGBA")
    for index, (place, picture) in enumerate(zip(wanted.places, pictures, strict=True)):
        left = _GAP + index % columns * (width + _GAP)
        top = _GAP + index // columns * (height + _GAP)
        if picture is None:
            draw.rectangle((left, top, left + width - 1, top + height - 1), fill=_EMPTY)
            middle = (left + width / 2, top + height / 2)
            draw.text(middle, str(place.number), font=font, fill=_FAINT, anchor="mm")
            continue
        picture.thumbnail((width, height))
        at = (left + (width - picture.width) // 2, top + (height - picture.height) // 2)
        sheet.paste(picture, at)
        _number(draw, at, str(place.number), font)
    return _pressed(sheet, wanted.limit)


def _opened(place: Place) -> Image.Image | None:
    if place.picture is None:
        return None
    try:
        with Image.open(io.BytesIO(place.picture), formats=("JPEG",)) as image:
            return image.convert("RGB")
    except MemoryError:
        raise
    except UNREADABLE as error:
        raise Undrawn(Remark.UNREAD, str(error) or type(error).__name__) from error


def _cell(pictures: list[Image.Image | None], side: int) -> tuple[int, int]:
    """As wide and high as the widest and the highest of them: mostly they are of one shape."""
    there = [picture for picture in pictures if picture is not None]
    if not there:
        return side, side
    return max(one.width for one in there), max(one.height for one in there)


def _number(
    draw: ImageDraw.ImageDraw,
    at: tuple[int, int],
    number: str,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> None:
    """In the picture's corner, on a dark ground: it is to be read on any picture."""
    left, top, right, bottom = draw.textbbox((0, 0), number, font=font)
    pad = max(4, round((bottom - top) / 3))
    width, height = right - left + 2 * pad, bottom - top + 2 * pad
    draw.rounded_rectangle(
        (at[0], at[1], at[0] + max(width, height), at[1] + height), radius=pad, fill=_LABEL
    )
    middle = (at[0] + max(width, height) / 2, at[1] + height / 2)
    draw.text(middle, number, font=font, fill=_INK, anchor="mm")


def _pressed(sheet: Image.Image, limit: int) -> bytes:
    while max(sheet.size) >= _SMALLEST:
        for quality in _QUALITIES:
            buffer = io.BytesIO()
            sheet.save(buffer, "JPEG", quality=quality, optimize=True)
            if buffer.tell() <= limit:
                return buffer.getvalue()
        sheet = sheet.resize((max(1, sheet.width * 3 // 4), max(1, sheet.height * 3 // 4)))
    raise Undrawn(Remark.PIXELS, f"no sheet of {limit} bytes")
