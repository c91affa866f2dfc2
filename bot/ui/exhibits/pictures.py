"""Pictures: opened by their bytes, whatever their format, and copied so that Discord shows them."""

import functools
import importlib
import logging
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PIL import AvifImagePlugin, Image, ImageOps, UnidentifiedImageError

from bot.scenario.api.sniff import ENOUGH
from bot.ui.exhibits.drawings import draw, is_drawing
from bot.ui.exhibits.exhibit import Remark
from bot.ui.exhibits.floats import EXR_MAGIC, HDR_MAGICS, read_exr, read_hdr
from bot.ui.exhibits.formats import SHOWN
from bot.ui.exhibits.megapixels import MOST_PIXELS
from bot.ui.exhibits.pixels import as_srgb

log = logging.getLogger(__name__)

_QUALITIES: Final = (92, 85, 75)
_SMALLEST: Final = 32
"""Pixels of the longer side at which giving up detail ends: any place that takes files takes this."""
_LARGEST: Final = 8192
"""Pixels of a reduced copy's longer side at the most: beyond, trying sizes takes minutes."""
MANY_PIXELS: Final = 24_000_000
"""More are halved before anything else is done to them: each copy of 50 megapixels takes 200 MB."""
_STRIP: Final = 512
_USUAL, _QUICK = 6, 1
"""Levels of a PNG's compression: at the first one 50 megapixels take a quarter of a minute."""
_READ: Final = ("PNG", "JPEG", "GIF", "WEBP", "AVIF", "TIFF", "BMP", "ICO", "JPEG2000", "PPM", "TGA")
"""Pillow's names of the formats that are opened: some of its others start programs."""
_HEIF_BRANDS: Final = frozenset(
    {b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1"}
)
_ORIENTATION: Final = 0x0112
"""EXIF's word for how a picture is turned; from 5 on its sides change places."""

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
# by itself it takes a thread for each core, and the cores are the bot's too
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
# one between once and twice as many is told of on its card
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


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


@dataclass(frozen=True, slots=True)
class Opened:
    """A picture, and what of its file it does not show."""

    image: Image.Image
    remarks: tuple[Remark, ...] = ()


@contextmanager
def opened(path: Path, mime_type: str = "") -> Generator[Opened]:
    """The picture, as yet undecoded where its format allows. Raises one of UNREADABLE."""
    with path.open("rb") as file:
        head = file.read(ENOUGH)
    remarks: tuple[Remark, ...] = ()
    if head.startswith(EXR_MAGIC):
        image = read_exr(path)
    elif head.startswith(HDR_MAGICS):
        image = read_hdr(path)
    elif is_drawing(head, mime_type):
        drawing = draw(path)
        image, remarks = drawing.image, drawing.remarks
    else:
        heif = head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS
        if heif:
            _learn_heif()
        image = Image.open(path, formats=("HEIF", "AVIF") if heif else _READ)
    with image:
        yield Opened(image, remarks)


@functools.cache
def _learn_heif() -> None:
    """Loaded when the first one comes: its decoders take 26 MB."""
    heif: Any = importlib.import_module("pillow_heif")
    heif.register_heif_opener(decode_threads=1)


def is_shown(image: Image.Image) -> bool:
    """Whether Discord shows it as it is. A WEBP that moves stays, since a PNG would stop it."""
    if image.format == "WEBP":
        return bool(getattr(image, "is_animated", False))
    return image.format in SHOWN


def sides(image: Image.Image) -> tuple[int, int]:
    """Width and height as it is shown."""
    if (
        image.format == "PNG" and "exif" not in image.info
    ):  # asked for it, the library decodes the whole picture
        return image.size
    turned = image.getexif().get(_ORIENTATION, 1) in {5, 6, 7, 8}
    return (image.height, image.width) if turned else (image.width, image.height)


def copy(image: Image.Image, into: Path, limit: int, *, lossless: bool) -> Copy:
    """A copy of at most `limit` bytes, if that can be: lossless where that is wanted and small enough, else
    ever smaller. Upright, in sRGB, eight bits a channel.

    image: is turned, and of no other use afterwards: a large one is not kept twice.
    into: the path without an ending.
    """
    whole, many = sides(image), image.width * image.height > MANY_PIXELS
    halves = many and not lossless
    # a decoder of JPEG halves it by itself
    drafted = halves and image.draft(None, (image.width // 2, image.height // 2)) is not None
    ImageOps.exif_transpose(image, in_place=True)
    width, height = whole if drafted else image.size
    if halves and not drafted and not _is_deep(image):
        image = _halved(image)
    plain = as_srgb(image)
    if lossless:
        path = into.with_name(f"{into.name}.png")
        plain.save(path, "PNG", compress_level=_QUICK if many else _USUAL)
        size = path.stat().st_size
        if size <= limit:
            return Copy(path=path, size=size, ending="png", width=width, height=height, smaller=False)
        path.unlink()
    path = into.with_name(f"{into.name}.jpg")
    flat = _without_alpha(plain)
    if max(flat.size) > _LARGEST:
        flat = ImageOps.contain(flat, (_LARGEST, _LARGEST))
    while True:
        for quality in _QUALITIES:
            flat.save(path, "JPEG", quality=quality, optimize=True)
            size = path.stat().st_size
            if size <= limit or max(flat.size) <= _SMALLEST:
                return Copy(path=path, size=size, ending="jpg", width=width, height=height, smaller=True)
        flat = ImageOps.contain(flat, (max(1, flat.width * 3 // 4), max(1, flat.height * 3 // 4)))


def _is_deep(image: Image.Image) -> bool:
    """Whether it is shown by the range of the whole, which no strip knows."""
    return image.mode in {"I", "F"} or image.mode.startswith("I;16")


def _halved(image: Image.Image) -> Image.Image:
    """Half as wide and high, in sRGB and without alpha, strip by strip: there is no second copy of it all."""
    half = Image.new("RGB", ((image.width + 1) // 2, (image.height + 1) // 2))
    for top in range(0, image.height, _STRIP):
        strip = image.crop((0, top, image.width, min(top + _STRIP, image.height)))
        half.paste(_without_alpha(as_srgb(strip)).reduce(2), (0, top // 2))
    return half


def _without_alpha(image: Image.Image) -> Image.Image:
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image if image.mode == "RGB" else image.convert("RGB")
    rgba = image.convert("RGBA")
    white = Image.new("RGB", rgba.size, "white")
    white.paste(rgba, mask=rgba.getchannel("A"))
    return white
