"""Pictures from words: the same prompt, seed and size give the same bytes, on any day."""

from __future__ import annotations

import hashlib
import io
import random
import struct
import zlib

from PIL import Image

from sandbox.scenario.art import palettes, scenes
from sandbox.scenario.art.canvas import Canvas, scaled

MOST_PIXELS = 1_100_000
"""Larger pictures are painted at this area and enlarged: paint time stays bounded."""

_PNG_END = b"\x00\x00\x00\x00IEND\xaeB`\x82"


def draw(prompt: str, seed: int, width: int, height: int) -> Image.Image:
    """A scene of this size. The prompt decides subject and colours, the seed the composition."""
    words = " ".join(prompt.split())
    taste = _dice(words)
    palette = palettes.choose(words, taste)
    by_chance = taste.choice(sorted(scenes.SCENES))
    scene = scenes.SCENES[palettes.named(scenes.WORDS, words) or by_chance]
    scale = min(1.0, (MOST_PIXELS / (width * height)) ** 0.5)
    canvas = Canvas(max(1, round(width * scale)), max(1, round(height * scale)))
    scene(canvas, palette, _dice(f"{words}\n{seed}"))
    if scale < 1:
        return scaled(canvas.image, (width, height), Image.Resampling.BICUBIC)
    return canvas.image


def _dice(text: str) -> random.Random:
    return random.Random(
        int.from_bytes(hashlib.sha256(text.encode(errors="surrogatepass")).digest()[:8], "big")
    )


def encode(image: Image.Image, name: str, least_bytes: int = 0) -> bytes:
    """The file in this format, padded without harm to at least so many bytes."""
    out = io.BytesIO()
    if name == "png":
        image.save(out, "png", compress_level=4)
    elif name == "jpeg":
        image.convert("RGB").save(out, "jpeg", quality=88)
    elif name == "webp":
        image.save(out, "webp", quality=85, method=1)
    else:
        image.save(out, name)
    return _padded(out.getvalue(), name, least_bytes)


def _padded(body: bytes, name: str, least_bytes: int) -> bytes:
    missing = least_bytes - len(body)
    if missing <= 0:
        return body
    if name == "png" and body.endswith(_PNG_END):
        # A private chunk that readers skip.
        filler = b"saNd" + bytes(max(0, missing - 12))
        chunk = struct.pack(">I", len(filler) - 4) + filler + struct.pack(">I", zlib.crc32(filler))
        return body[: -len(_PNG_END)] + chunk + _PNG_END
    return body + bytes(missing)


def convert(body: bytes, name: str) -> bytes:
    """A picture in another format."""
    with Image.open(io.BytesIO(body)) as image:
        return encode(image.convert("RGB"), name)


def facts(body: bytes) -> tuple[str, int, int] | None:
    """MIME type, width and height of an image; None when it is none."""
    try:
        with Image.open(io.BytesIO(body)) as image:
            return Image.MIME.get(image.format or "", "image/png"), *image.size
    except (OSError, SyntaxError, ValueError):
        return None
