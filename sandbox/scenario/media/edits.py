"""Pictures made out of pictures: edited, enlarged, cut out."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFilter

from sandbox.scenario.art.canvas import scaled

STRENGTH = 0.45
"""How much of the new picture an edit shows."""


def edited(source: Image.Image, scene: Image.Image, mask: Image.Image | None) -> Image.Image:
    """The source with the scene over it; with a mask only where the mask is white."""
    below = scaled(source.convert("RGB"), scene.size)
    mixed = Image.blend(below, scene, STRENGTH)
    if mask is None:
        return mixed
    return Image.composite(mixed, below, scaled(mask.convert("L"), scene.size))


def enlarged(source: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The source at another size, sharpened."""
    larger = scaled(source.convert("RGB"), size, Image.Resampling.BICUBIC)
    return larger.filter(ImageFilter.UnsharpMask(2, 60, 2))


def cut_out(source: Image.Image, behind: str = "") -> Image.Image:
    """What stands in the middle, on nothing or on a color such as `#ffffff`."""
    picture = source.convert("RGBA")
    width, height = picture.size
    mask = Image.new("L", picture.size)
    ImageDraw.Draw(mask).ellipse((width * 0.12, height * 0.08, width * 0.88, height * 0.92), fill=255)
    picture.putalpha(mask.filter(ImageFilter.GaussianBlur(max(1, min(width, height) // 200))))
    if not behind:
        return picture
    ground = Image.new("RGBA", picture.size, _color(behind))
    return Image.alpha_composite(ground, picture).convert("RGB")


def _color(text: str) -> tuple[int, int, int, int]:
    try:
        red, green, blue = bytes.fromhex(text.removeprefix("#"))
    except ValueError:
        return 255, 255, 255, 255
    return red, green, blue, 255
