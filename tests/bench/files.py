"""The files of the scene `renderer`, made on the spot: ordinary drawings from small to large, large pictures,
and the formats that have a decoder of their own."""

import base64
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from PIL import Image

from tests.support.files import MADE, noise

Result = dict[str, str]
"""A result as the control API takes it."""


def drawing(paths: int) -> bytes:
    """As a vectorizer writes them: so many small shapes of few points each, side by side."""
    side = max(1, round(paths**0.5))
    step = 1000 / side
    shapes = "".join(
        f'<path d="M{step * (n % side):.1f} {step * (n // side):.1f}h{step:.1f}c3 5 7 9 1 {step:.1f}z" '
        f'fill="#{n * 7919 % 4096:03x}"/>'
        for n in range(paths)
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 1000">{shapes}</svg>'.encode()


def painted(layers: int) -> bytes:
    """Few shapes and much paint: each covers nearly all that is below it."""
    shapes = "".join(
        f'<circle cx="50" cy="50" r="45" fill="#{n * 7919 % 4096:03x}" fill-opacity="0.5"/>'
        for n in range(layers)
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">{shapes}</svg>'.encode()


def photograph(kind: str, megapixels: float, mode: str = "RGB") -> Callable[[Path], None]:
    """Soft noise, which takes room as a photograph does."""

    def make(path: Path) -> None:
        width = round((megapixels * 1e6 * 1.2) ** 0.5)
        height = int(megapixels * 1e6 / width)
        soft = noise((width // 8, height // 8), mode).resize((width, height), Image.Resampling.BICUBIC)
        options = {"compress_level": 1} if kind == "PNG" else {"quality": 92} if kind == "JPEG" else {}
        soft.save(path, kind, **options)

    return make


def _written(data: bytes) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.write_bytes(data)

    return make


_SVG: Final = "image/svg+xml"
FILES: Final[Mapping[str, tuple[str, Callable[[Path], None]]]] = {
    "a drawing of 100 shapes": (_SVG, _written(drawing(100))),
    "… of 5,000 shapes": (_SVG, _written(drawing(5_000))),
    "… of 60,000 shapes": (_SVG, _written(drawing(60_000))),
    "… of 60 layers of paint": (_SVG, _written(painted(60))),
    "… of 600 layers of paint": (_SVG, _written(painted(600))),
    "a PNG of 1 megapixel": ("image/png", photograph("PNG", 1)),
    "… of 16 megapixels": ("image/png", photograph("PNG", 16)),
    "… of 49.9 megapixels": ("image/png", photograph("PNG", 49.9)),
    "… with transparency": ("image/png", photograph("PNG", 49.9, "RGBA")),
    "a JPEG of 49.9 megapixels": ("image/jpeg", photograph("JPEG", 49.9)),
    "a TIFF of 16 megapixels": ("image/tiff", photograph("TIFF", 16)),
    "a WEBP of 16 megapixels": ("image/webp", photograph("WEBP", 16)),
    "an EXR": (MADE["exr"][1], MADE["exr"][0]),
    "an HDR": (MADE["hdr"][1], MADE["hdr"][0]),
    "a HEIC": (MADE["heic"][1], MADE["heic"][0]),
}


def results(names: tuple[str, ...], folder: Path) -> Iterator[tuple[str, Result]]:
    """One after the other, each made when its turn comes."""
    for name in names:
        mime, make = FILES[name]
        path = folder / "result"
        make(path)
        data = base64.b64encode(path.read_bytes()).decode()
        kind = "image-hdr" if mime in {MADE["exr"][1], MADE["hdr"][1]} else "image"
        yield name, {"base64": data, "mime": mime, "kind": kind}
