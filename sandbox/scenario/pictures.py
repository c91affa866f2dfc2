"""Pictures from words: the same prompt, seed and size give the same bytes, on any day."""

from __future__ import annotations

import hashlib
import io
import random

from PIL import Image

from sandbox.scenario.art import palettes, scenes
from sandbox.scenario.art.canvas import Canvas, scaled
from sandbox.scenario.padding import padded

MOST_PIXELS = 1_100_000
"""Larger pictures are painted at this area and enlarged: paint time stays bounded."""
SMOOTH = 250_000
"""What is painted with fewer pixels is enlarged in blocks: that is quick, and packs small."""
HEIF = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypmsf1")
"""How a file begins, from its fifth byte on, that Pillow reads only with help."""


def draw(prompt: str, seed: int, width: int, height: int, *, most_pixels: int = MOST_PIXELS) -> Image.Image:
    """A scene of this size. The prompt decides subject and colors, the seed the composition."""
    words = " ".join(prompt.split())
    taste = _dice(words)
    palette = palettes.choose(words, taste)
    by_chance = taste.choice(sorted(scenes.SCENES))
    scene = scenes.SCENES[palettes.named(scenes.WORDS, words) or by_chance]
    scale = min(1.0, (most_pixels / (width * height)) ** 0.5)
    canvas = Canvas(max(1, round(width * scale)), max(1, round(height * scale)))
    scene(canvas, palette, _dice(f"{words}\n{seed}"))
    if scale < 1:
        how = Image.Resampling.BICUBIC if most_pixels >= SMOOTH else Image.Resampling.NEAREST
        return scaled(canvas.image, (width, height), how)
    return canvas.image


def _dice(text: str) -> random.Random:
    return random.Random(
        int.from_bytes(hashlib.sha256(text.encode(errors="surrogatepass")).digest()[:8], "big")
    )


def encode(image: Image.Image, name: str, least_bytes: int = 0) -> bytes:
    """The file in this format, padded without harm to at least so many bytes."""
    out = io.BytesIO()
    if name == "png":
        image.save(out, "png", compress_level=1)
    elif name == "jpeg":
        image.convert("RGB").save(out, "jpeg", quality=88)
    elif name == "webp":
        image.save(out, "webp", quality=85, method=1)
    elif name == "avif":
        image.save(out, "avif", quality=70, speed=9, max_threads=1)
    elif name == "heif":
        _know_heif()
        image.save(out, "heif", quality=80)
    else:
        image.save(out, name)
    return padded(out.getvalue(), name, least_bytes)


def convert(body: bytes, name: str) -> bytes:
    """A picture in another format; what is see-through stays so where the format can."""
    image = opened(body)
    through = image.mode in ("RGBA", "LA", "P") and name not in ("jpeg", "gif")
    return encode(image.convert("RGBA" if through else "RGB"), name)


def opened(body: bytes) -> Image.Image:
    """The picture in the file, read whole. OSError when it is none."""
    if body[4:12] in HEIF:
        _know_heif()
    with Image.open(io.BytesIO(body)) as image:
        image.load()
        return image.copy()


def _know_heif() -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()  # pyright: ignore[reportUnknownMemberType]


def facts(body: bytes) -> tuple[str, int, int] | None:
    """MIME type, width and height of an image; None when it is none."""
    if body[4:12] in HEIF:
        _know_heif()
    try:
        with Image.open(io.BytesIO(body)) as image:
            return Image.MIME.get(image.format or "", "image/png"), *image.size
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
