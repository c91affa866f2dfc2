"""The renderer's work, as plain functions: they decode, and raise Undrawn and nothing else over a file."""

import io
from collections.abc import Generator
from contextlib import contextmanager

from PIL import Image, ImageOps

from bot.ui.exhibits import pictures
from bot.ui.exhibits.exhibit import Attachment, Remark, Shape
from bot.ui.exhibits.formats import SHOWN
from bot.ui.exhibits.rendering import MOST_PIXELS, Fit, Fitted, Small, Undrawn


def fitted(wanted: Fit) -> Fitted:
    """A picture as Discord shows it, at most `limit` bytes where that can be."""
    with _excused(), pictures.opened(wanted.path, wanted.mime_type) as image:
        _check(image)
        fits, known = wanted.size <= wanted.limit, image.format or ""
        untouched = Attachment(
            filename=f"{wanted.stem}.{SHOWN.get(known, 'webp')}",
            path=wanted.path,
            size=wanted.size,
            width=image.width,
            height=image.height,
        )
        shown = pictures.is_shown(image)
        if fits and shown:
            return Fitted(attachment=untouched, shape=Shape.WHOLE)
        # what is already pressed hard grows as a PNG
        many = image.width * image.height > pictures.MANY_PIXELS
        lossless = not shown and (fits or not (known in pictures.PRESSED or many))
        into = wanted.path.with_name(wanted.stem)
        made = pictures.copy(image, into, wanted.limit, lossless=lossless)
        if made.smaller and fits and known == "WEBP":  # which Discord shows too, if less surely
            return Fitted(attachment=untouched, shape=Shape.WHOLE)
        attachment = Attachment(
            filename=f"{wanted.stem}.{made.ending}",
            path=made.path,
            size=made.size,
            width=made.width,
            height=made.height,
        )
        return Fitted(attachment=attachment, shape=Shape.REDUCED if made.smaller else Shape.CONVERTED)


def small(wanted: Small) -> bytes:
    """A JPEG that fits into a square of `side` pixels, upright and on white."""
    box = (wanted.side, wanted.side)
    with _excused(), pictures.opened(wanted.path) as image:
        _check(image)
        image.draft("RGB", box)
        upright = ImageOps.exif_transpose(image).convert("RGBA")
        upright.thumbnail(box)
        flat = Image.new("RGB", upright.size, "white")
        flat.paste(upright, mask=upright.getchannel("A"))
    buffer = io.BytesIO()
    flat.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


@contextmanager
def _excused() -> Generator[None]:
    """Whatever a decoder raises, as the one exception that a card knows; but no memory is no excuse."""
    try:
        yield
    except ImportError as error:
        raise Undrawn(Remark.MISSING, str(error)) from error
    except MemoryError as error:
        raise Undrawn(Remark.GREEDY) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Undrawn(Remark.PIXELS, str(error)) from error
    except pictures.UNREADABLE as error:
        raise Undrawn(Remark.UNREAD, str(error) or type(error).__name__) from error


def _check(image: Image.Image) -> None:
    if image.width * image.height > MOST_PIXELS:
        raise Undrawn(Remark.PIXELS, f"{image.width} × {image.height}")
