"""One picture as Discord shows it: the file itself, or a copy. What is decoded here may come from anywhere.

A path and limits in, plain facts out: so it can run wherever it does no harm.
"""

import io
import logging
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps

from bot.scenario.api.records import File
from bot.ui.exhibits import pictures
from bot.ui.exhibits.exhibit import Attachment, Remark, Shape
from bot.ui.exhibits.formats import SHOWN
from bot.ui.exhibits.megapixels import MOST_PIXELS, TooManyPixels, require_few
from bot.ui.exhibits.moving import moves, moving_copy
from bot.ui.exhibits.pixels import as_srgb
from bot.ui.exhibits.rendering import Fitted, Undrawn
from bot.ui.exhibits.wholeness import is_cut

log = logging.getLogger(__name__)

_TOO_LARGE: Final = (TooManyPixels, Image.DecompressionBombError)


def fitted(file: File, stem: str, limit: int) -> Fitted:
    """The picture, of at most `limit` bytes if that can be. Never raises over what the file is, but a
    MemoryError where there is not enough for it.

    stem: of the file's name. A copy lies beside the file, under that name.
    """
    try:
        with pictures.opened(file.path, file.mime_type) as opened:
            return _fitted(opened, file, stem, limit)
    except _TOO_LARGE as error:
        log.info("a result is not shown: %s", error)
        return Fitted(remarks=(Remark.PIXELS,))
    except ImportError as error:
        log.info("a result is not shown: %s", error)
        return Fitted(remarks=(Remark.MISSING,))
    except MemoryError:  # a process that has more may have enough
        raise
    except pictures.UNREADABLE as error:
        log.warning("a result is no picture that can be shown: %s", error)
        return Fitted(remarks=(Remark.UNREAD,))


def small(path: Path, side: int, *, clear: bool = False) -> bytes:
    """A JPEG that fits into a square of so many pixels, upright and on white; or `clear`, a PNG of the whole
    square, on nothing. Raises Undrawn, MemoryError."""
    try:
        with pictures.opened(path) as opened:
            image = opened.image
            require_few(image.width, image.height)
            image.draft("RGB", (side, side))
            upright = as_srgb(ImageOps.exif_transpose(image)).convert("RGBA")
            if clear:
                return _clear(upright, side)
            upright.thumbnail((side, side))
            flat = Image.new("RGB", upright.size, "white")
            flat.paste(upright, mask=upright.getchannel("A"))
    except ImportError as error:
        raise Undrawn(Remark.MISSING, str(error)) from error
    except _TOO_LARGE as error:
        raise Undrawn(Remark.PIXELS, str(error)) from error
    except MemoryError:
        raise
    except pictures.UNREADABLE as error:
        raise Undrawn(Remark.UNREAD, str(error) or type(error).__name__) from error
    buffer = io.BytesIO()
    flat.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def _clear(upright: Image.Image, side: int) -> bytes:
    """What is seen of it, as large as the square lets it be."""
    seen = upright.getchannel("A").getbbox()
    shown = ImageOps.contain(upright.crop(seen) if seen else upright, (side, side))
    square = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    square.paste(shown, ((side - shown.width) // 2, (side - shown.height) // 2))
    buffer = io.BytesIO()
    square.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _fitted(opened: pictures.Opened, file: File, stem: str, limit: int) -> Fitted:
    image, form = opened.image, opened.image.format or ""
    fits, shown = file.size <= limit, pictures.is_shown(image)
    if fits and shown:
        return _untouched(image, file, stem)
    require_few(image.width, image.height)
    remarks = opened.remarks
    if moves(image):
        moving = _moving(image, file.path.with_name(stem), limit, fits=fits)
        if moving is not None:
            return moving
        image.seek(0)
        remarks = (*remarks, Remark.STILL)
    # what is already pressed hard grows as a PNG
    many = image.width * image.height > pictures.MANY_PIXELS
    lossless = not shown and (fits or not (form in pictures.PRESSED or many))
    made = pictures.copy(image, file.path.with_name(stem), limit, lossless=lossless)
    if made.smaller and fits and form == "WEBP":  # which Discord shows too, if less surely
        return _untouched(image, file, stem)
    attachment = _attached(made.path, made.ending, made.size, (made.width, made.height))
    return Fitted(
        attachment=attachment, shape=Shape.REDUCED if made.smaller else Shape.CONVERTED, remarks=remarks
    )


def _untouched(image: Image.Image, file: File, stem: str) -> Fitted:
    form = image.format or ""
    name = f"{stem}.{SHOWN.get(form, 'webp')}"
    remarks: list[Remark] = []
    sides = pictures.sides(image)
    if sides[0] * sides[1] > MOST_PIXELS:
        # a file to open, and nothing that every reader's Discord would have to draw
        attachment = Attachment(filename=name, path=file.path, size=file.size)
        remarks.append(Remark.PIXELS)
    else:
        attachment = Attachment(
            filename=name, path=file.path, size=file.size, width=sides[0], height=sides[1]
        )
    if is_cut(file.path, form):
        remarks.append(Remark.CUT)
    return Fitted(attachment=attachment, shape=Shape.WHOLE, remarks=tuple(remarks))


def _moving(image: Image.Image, into: Path, limit: int, *, fits: bool) -> Fitted | None:
    sides = pictures.sides(image)
    made = moving_copy(image, into, limit)
    if made is None:
        return None
    attachment = _attached(made.path, "gif", made.size, sides)
    same = fits and (made.width, made.height) == sides
    return Fitted(attachment=attachment, shape=Shape.CONVERTED if same else Shape.REDUCED)


def _attached(path: Path, ending: str, size: int, sides: tuple[int, int]) -> Attachment:
    """sides: of the picture itself, as it is shown."""
    return Attachment(filename=f"{path.stem}.{ending}", path=path, size=size, width=sides[0], height=sides[1])
