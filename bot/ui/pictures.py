"""Pictures on their way to Discord: looked at by their bytes, and made to fit the place's file limit."""

import asyncio
import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from bot.generation.ports import Result

log = logging.getLogger(__name__)

SHOWN_BY_DISCORD: Final = {"PNG": "png", "JPEG": "jpg", "GIF": "gif", "WEBP": "webp"}
REQUEST_LIMIT: Final = 24 * 1024 * 1024
"""Bytes of all files of one message: Discord takes 25 MiB a request, and the rest of it needs room."""
_QUALITIES: Final = (92, 85, 75)
_SMALLEST: Final = 256
_MOST_PIXELS: Final = 120_000_000

_UNREADABLE: Final = (
    UnidentifiedImageError,
    OSError,
    Image.DecompressionBombError,
    # what Pillow's decoders raise over damaged files
    RuntimeError,
    SyntaxError,
    ValueError,
)

Image.MAX_IMAGE_PIXELS = _MOST_PIXELS


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One file of a card."""

    filename: str
    width: int | None
    height: int | None
    data: bytes | None = None
    """The bytes of a copy; None: the file at `path` as it is."""
    path: Path | None = None
    reduced: bool = False
    """A smaller copy, because the original is over the limit."""

    @property
    def embeddable(self) -> bool:
        """Whether Discord shows it inside an embed."""
        return self.width is not None


async def prepare(results: Sequence[Result], *, stem: str, limit: int) -> list[Picture]:
    """Pictures that fit: each at most `limit` bytes, all together one request. Runs in a thread.

    stem: the file names are `stem-1.png`, `stem-2.png`, …
    """
    if not results:
        return []
    each = min(limit, REQUEST_LIMIT // len(results))
    return [
        await asyncio.to_thread(_prepare, result, f"{stem}-{number}", each)
        for number, result in enumerate(results, start=1)
    ]


def _prepare(result: Result, stem: str, limit: int) -> Picture:
    path = result.file.path
    try:
        with Image.open(path) as image:
            ending = SHOWN_BY_DISCORD.get(image.format or "")
            if ending is not None and result.file.size <= limit:
                return Picture(filename=f"{stem}.{ending}", width=image.width, height=image.height, path=path)
            return _copy(image, stem, limit, reduced=result.file.size > limit)
    except _UNREADABLE as error:
        log.warning("a result is no picture that can be shown: %s", error)
        return _as_is(result, stem, limit)


def _as_is(result: Result, stem: str, limit: int) -> Picture:
    """A file that is no picture goes along as it is, if it fits."""
    ending = result.file.mime_type.partition("/")[2].partition("+")[0] or "bin"
    if result.file.size > limit:
        return Picture(filename="", width=None, height=None, data=b"", reduced=True)
    return Picture(filename=f"{stem}.{ending}", width=None, height=None, path=result.file.path)


def _copy(image: Image.Image, stem: str, limit: int, *, reduced: bool) -> Picture:
    """A copy that Discord shows and that fits: lossless where that is small enough, else ever smaller."""
    width, height = image.size
    upright = ImageOps.exif_transpose(image)
    if not reduced:
        data = _encode(upright, "PNG")
        if len(data) <= limit:
            return Picture(filename=f"{stem}.png", width=width, height=height, data=data)
    flat = _without_alpha(upright)
    while True:
        for quality in _QUALITIES:
            data = _encode(flat, "JPEG", quality=quality)
            if len(data) <= limit or max(flat.size) <= _SMALLEST:
                return Picture(filename=f"{stem}.jpg", width=width, height=height, data=data, reduced=True)
        flat = ImageOps.contain(flat, (max(1, flat.width * 3 // 4), max(1, flat.height * 3 // 4)))


def _without_alpha(image: Image.Image) -> Image.Image:
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image.convert("RGB")
    rgba = image.convert("RGBA")
    white = Image.new("RGB", rgba.size, "white")
    white.paste(rgba, mask=rgba.getchannel("A"))
    return white


def _encode(image: Image.Image, kind: str, *, quality: int | None = None) -> bytes:
    buffer = io.BytesIO()
    if quality is None:
        image.save(buffer, kind)
    else:
        image.save(buffer, kind, quality=quality, optimize=True)
    return buffer.getvalue()
