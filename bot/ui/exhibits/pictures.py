"""Pictures: opened by their bytes, whatever their format, and copied so that Discord shows them."""

import functools
import importlib
import logging
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from bot.ui.exhibits.drawings import draw, is_drawing
from bot.ui.exhibits.floats import EXR_MAGIC, HDR_MAGICS, read_exr, read_hdr
from bot.ui.exhibits.formats import SHOWN
from bot.ui.exhibits.rendering import MOST_PIXELS

log = logging.getLogger(__name__)

_QUALITIES: Final = (92, 85, 75)
_USUAL, _QUICK = 6, 1
"""Levels of a PNG's compression: at the first one 50 megapixels take a quarter of a minute."""
_SMALLEST: Final = 32
"""Pixels of the longer side at which giving up detail ends: any place that takes files takes this."""
_LARGEST: Final = 8192
"""Pixels of a reduced copy's longer side at the most: beyond, trying sizes takes minutes."""
MANY_PIXELS: Final = 24_000_000
"""More are halved before anything else is done to them: each copy of 50 megapixels takes 200 MB."""
_STRIP: Final = 512
_SIDEWAYS: Final = frozenset({5, 6, 7, 8})
"""EXIF's words for pictures that are a quarter turn away from how they are shown."""
_READ: Final = ("PNG", "JPEG", "GIF", "WEBP", "AVIF", "TIFF", "BMP", "ICO", "JPEG2000", "PPM", "TGA")
"""Pillow's names of the formats that are opened: some of its others start programs."""
_HEIF_BRANDS: Final = frozenset(
    {b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1"}
)
_PNG_MODES: Final = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I;16"})
"""Modes of pixels that a PNG holds."""

PRESSED: Final = frozenset({"WEBP", "AVIF", "HEIF", "JPEG2000"})
"""Pillow's names of formats that are much smaller than a PNG."""

UNREADABLE: Final = (
    UnidentifiedImageError,
    OSError,
    Image.DecompressionBombError,
    MemoryError,
    # what the decoders raise over damaged files
    RuntimeError,
    SyntaxError,
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    OverflowError,
    EOFError,
)

Image.MAX_IMAGE_PIXELS = MOST_PIXELS


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A copy on disk."""

    path: Path
    size: int
    ending: str
    width: int
    height: int
    """Of the picture that was copied, upright."""
    smaller: bool
    """Whether detail was given up for the limit."""


@contextmanager
def opened(path: Path, mime_type: str = "") -> Generator[Image.Image]:
    """The picture, as yet undecoded where its format allows. Raises one of UNREADABLE."""
    with path.open("rb") as file:
        head = file.read(512)
    if head.startswith(EXR_MAGIC):
        image = read_exr(path)
    elif head.startswith(HDR_MAGICS):
        image = read_hdr(path)
    elif is_drawing(head, mime_type):
        image = draw(path)
    else:
        heif = head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS
        if heif:
            _learn_heif()
        image = Image.open(path, formats=("HEIF", "AVIF") if heif else _READ)
    with image:
        yield image


@functools.cache
def _learn_heif() -> None:
    """Loaded when the first one comes: its decoders take 26 MB."""
    heif: Any = importlib.import_module("pillow_heif")
    heif.register_heif_opener()


def is_shown(image: Image.Image) -> bool:
    """Whether Discord shows it as it is. A WEBP that moves stays, since a PNG would stop it."""
    if image.format == "WEBP":
        return bool(getattr(image, "is_animated", False))
    return image.format in SHOWN


def copy(image: Image.Image, into: Path, limit: int, *, lossless: bool) -> Copy:
    """A copy of at most `limit` bytes, if that can be: lossless where that is wanted and small enough, else
    ever smaller.

    into: the path without an ending.
    """
    many = image.width * image.height > MANY_PIXELS
    width, height = _loaded(image, halved=many and not lossless)
    if lossless:
        path = into.with_name(f"{into.name}.png")
        plain = image if image.mode in _PNG_MODES else image.convert("RGB")
        plain.save(path, "PNG", compress_level=_QUICK if many else _USUAL)
        size = path.stat().st_size
        if size <= limit:
            return Copy(path=path, size=size, ending="png", width=width, height=height, smaller=False)
        path.unlink()
    path = into.with_name(f"{into.name}.jpg")
    flat = _halved(image) if image.width * image.height > MANY_PIXELS else _without_alpha(image)
    if max(flat.size) > _LARGEST:
        flat = ImageOps.contain(flat, (_LARGEST, _LARGEST))
    while True:
        for quality in _QUALITIES:
            flat.save(path, "JPEG", quality=quality, optimize=True)
            size = path.stat().st_size
            if size <= limit or max(flat.size) <= _SMALLEST:
                return Copy(path=path, size=size, ending="jpg", width=width, height=height, smaller=True)
        flat = ImageOps.contain(flat, (max(1, flat.width * 3 // 4), max(1, flat.height * 3 // 4)))


def _loaded(image: Image.Image, *, halved: bool) -> tuple[int, int]:
    """Decode it, upright. Its sides as they are shown, whole, though a decoder may halve them."""
    width, height = image.size
    half = halved and image.draft(None, (width // 2, height // 2)) is not None
    sideways = image.getexif().get(ExifTags.Base.Orientation) in _SIDEWAYS
    ImageOps.exif_transpose(image, in_place=True)
    if half:
        return (height, width) if sideways else (width, height)
    return image.size


def _halved(image: Image.Image) -> Image.Image:
    """Half as wide and high, without alpha, strip by strip: there is never a second copy of the whole."""
    size = ((image.width + 1) // 2, (image.height + 1) // 2)
    half = Image.new("L" if image.mode == "L" else "RGB", size)
    for top in range(0, image.height, _STRIP):
        strip = image.crop((0, top, image.width, min(top + _STRIP, image.height)))
        half.paste(_without_alpha(strip).reduce(2), (0, top // 2))
    return half


def _without_alpha(image: Image.Image) -> Image.Image:
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image if image.mode in {"RGB", "L"} else image.convert("RGB")
    rgba = image.convert("RGBA")
    white = Image.new("RGB", rgba.size, "white")
    white.paste(rgba, mask=rgba.getchannel("A"))
    return white
