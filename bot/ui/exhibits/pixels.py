"""Pixels of any depth, in any colors, as the eight bits of sRGB that every viewer shows."""

import io
from collections.abc import Callable, Generator
from typing import Any, Final

from PIL import Image, ImageCms, ImageMath

_PLAIN: Final = frozenset({"1", "L", "LA", "P", "RGB", "RGBA"})
"""Modes that a PNG holds and every viewer shows."""
_STRIP: Final = 256
"""Rows that are converted at once: a deep picture is four bytes a pixel, and each step makes another one."""
_ENDLESS: Final = 3.0e38
"""About the greatest value of a pixel."""
_SAMPLE_FORMAT: Final = 339
"""A TIFF's tag for what a pixel's bits are: 1 for a whole number without a sign."""

_reckon: Any = ImageMath.lambda_eval  # these two have no types
_colors: Any = ImageCms


def as_srgb(image: Image.Image) -> Image.Image:
    """The picture in one of the modes that a PNG holds, its profile applied and gone.

    Of sixteen bits the upper eight are kept; whole numbers and floats of 32 bits are shown by their range,
    from the least, black, to the greatest, white. Raises ValueError for pixels that cannot be shown.
    """
    profile = image.info.get("icc_profile")
    if image.mode in {"I", "F"} or image.mode.startswith("I;16"):
        image = _eight_bits(image)
    if isinstance(profile, bytes) and profile:
        image = _by_profile(image, profile)
    elif image.mode == "LAB":
        image = _transformed(image, _colors.createProfile("LAB"))
    if image.mode not in _PLAIN:
        image = image.convert("RGBA" if image.mode in {"PA", "La", "RGBa"} else "RGB")
    if "icc_profile" in image.info:
        image.info = {key: value for key, value in image.info.items() if key != "icc_profile"}
    return image


# -- depth ----------------------------------------------------------------------------------------------


def _eight_bits(image: Image.Image) -> Image.Image:
    read = _reader(image)
    if _is_sixteen(image):
        least, most, step = 0.0, 65535.0, 0.0
    else:
        bounds = [_range(_counted(read(strip))) for _, strip in _strips(image)]
        least, most, step = min(low for low, _ in bounds), max(high for _, high in bounds), 0.5
        if least == most:  # one even field: white from one on
            least, most = min(0.0, least), max(1.0, most)
    scale = 255 / (most - least)
    out = Image.new("L", image.size)
    for top, strip in _strips(image):
        scaled = _within(read(strip), least, most).point(lambda value: value * scale + (step - least * scale))
        out.paste(scaled.convert("L"), (0, top))
    return out


def _is_sixteen(image: Image.Image) -> bool:
    """Also a PGM's, which are brought to sixteen bits when they are read."""
    return image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PPM")


def _strips(image: Image.Image) -> Generator[tuple[int, Image.Image]]:
    """Each with the row that it begins at."""
    width, height = image.size
    for top in range(0, height, _STRIP):
        yield top, image.crop((0, top, width, min(top + _STRIP, height)))


def _reader(image: Image.Image) -> Callable[[Image.Image], Image.Image]:
    """What makes a strip's pixels into numbers that can be reckoned with."""
    tags: Any = getattr(image, "tag_v2", {})
    if image.mode == "I" and tags.get(_SAMPLE_FORMAT) in {1, (1,)}:
        return _unsigned
    # big-endian ones of sixteen bits can be converted to "I" and nothing else
    return lambda strip: strip if strip.mode == "F" else strip.convert("I").convert("F")


def _unsigned(strip: Image.Image) -> Image.Image:
    """The library reads 32 bits without a sign as if they had one."""

    def lifted(names: Any) -> Any:
        return names["float"](names["strip"]) + names["float"](names["strip"] < 0) * float(1 << 32)

    return _reckon(lifted, strip=strip)


def _counted(strip: Image.Image) -> Image.Image:
    """With nothing in the place of what is endless or no number: neither belongs to the range."""

    def counted(names: Any) -> Any:
        bound = names["min"](names["max"](names["strip"], -_ENDLESS), _ENDLESS)
        return bound * names["float"](abs(bound) < _ENDLESS)

    low, high = _range(strip)
    return strip if low > -_ENDLESS and high < _ENDLESS else _reckon(counted, strip=strip)


def _within(strip: Image.Image, least: float, most: float) -> Image.Image:
    """What is no number becomes the least."""

    def within(names: Any) -> Any:
        return names["min"](names["max"](names["strip"], least), most)

    return _reckon(within, strip=strip)


def _range(strip: Image.Image) -> tuple[float, float]:
    extrema: Any = strip.getextrema()
    return float(extrema[0]), float(extrema[1])


# -- colors ---------------------------------------------------------------------------------------------


def _by_profile(image: Image.Image, data: bytes) -> Image.Image:
    """A profile that is damaged, or one of other colors than these, is as good as none."""
    try:
        profile: Any = ImageCms.ImageCmsProfile(io.BytesIO(data))
        name: object = profile.profile.profile_description  # None where it has no name
        return image if str(name or "").casefold().startswith("srgb") else _transformed(image, profile)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image


def _transformed(image: Image.Image, profile: Any) -> Image.Image:
    """Raises PyCMSError where the profile is of other colors."""
    if "transparency" in image.info:
        image = image.convert("RGBA")
    alpha = image.getchannel("A") if image.mode in {"LA", "PA", "RGBA"} else None
    mode = image.mode if image.mode in {"L", "CMYK", "LAB"} else "L" if image.mode in {"1", "LA"} else "RGB"
    base = image if image.mode == mode else image.convert(mode)
    transform = ImageCms.buildTransform(
        profile, _colors.createProfile("sRGB"), mode, "RGB", ImageCms.Intent.RELATIVE_COLORIMETRIC
    )
    out = Image.new("RGB", base.size)
    for top, strip in _strips(base):
        out.paste(_colors.applyTransform(strip, transform), (0, top))
    if alpha is not None:
        out.putalpha(alpha)
    return out
