"""Pixels of every depth and color: what is black, what is white, and what lies between."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from bot.ui.exhibits.pixels import as_srgb
from tests.support.files import inks, tiff

RAMP = np.linspace(0, 65535, 256).round().astype(np.uint16).reshape(16, 16)
COLORS: Any = ImageCms  # it has few types
EVEN = np.arange(256).reshape(16, 16)
"""What a ramp over the whole range looks like."""


def shown(data: bytes) -> Any:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(as_srgb(image).convert("RGB"))


def png(array: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        png(RAMP),
        tiff(RAMP, "<"),
        tiff(RAMP, ">"),
        tiff(RAMP / np.float32(65535), "<"),
        tiff(RAMP / np.float32(65535), ">"),
        tiff(RAMP.astype(np.float32) * 40 - 7000, "<"),
        tiff(RAMP.astype(np.int32) * 30_000, "<"),
        tiff(RAMP.astype(np.int32) * 30_000 - 900_000_000, ">"),
        tiff(RAMP.astype(np.uint32) * 65_000, "<"),  # more than a sign leaves room for
        tiff((RAMP - 32768.0).astype(np.int16), "<"),
        b"P5 16 16 65535\n" + RAMP.astype(">u2").tobytes(),
    ],
)
def test_a_deep_ramp_is_a_ramp(data: bytes) -> None:
    gray = shown(data)
    assert np.abs(gray[..., 0].astype(int) - EVEN).max() <= 1
    assert (gray[..., 0] == gray[..., 2]).all()


def test_sixteen_bits_keep_their_brightness() -> None:
    dim = np.array([[0, 257 * 10], [257 * 100, 257 * 100 + 256]], np.uint16)
    for data in (png(dim), tiff(dim, ">"), b"P5 2 2 65535\n" + dim.astype(">u2").tobytes()):
        assert shown(data)[..., 0].tolist() == [[0, 10], [100, 100]]


@pytest.mark.parametrize(("value", "gray"), [(0.0, 0), (0.5, 128), (1.0, 255), (9.0, 255)])
def test_an_even_field_of_floats_is_as_bright_as_it_says(value: float, gray: int) -> None:
    assert (shown(tiff(np.full((4, 4), value, np.float32), "<")) == gray).all()


def test_what_is_no_number_does_not_darken_the_rest() -> None:
    field = np.array([[np.nan, 0.0, 1.0], [np.inf, 2.0, -np.inf]], np.float32)
    assert shown(tiff(field, "<"))[..., 0].tolist() == [[0, 0, 128], [255, 255, 0]]


def test_a_picture_of_many_strips_is_whole() -> None:
    tall = np.repeat(np.linspace(0, 65535, 700).astype(np.uint16)[:, None], 3, axis=1)
    column = shown(tiff(tall, "<"))[:, 1, 0].astype(int)
    assert (column[0], column[-1]) == (0, 255)
    assert np.diff(column).min() >= 0
    assert np.diff(column).max() <= 1


# -- profiles ---------------------------------------------------------------------------------------------


def swapped() -> bytes:
    """sRGB with red and green in each other's place."""
    data = bytearray(COLORS.ImageCmsProfile(COLORS.createProfile("sRGB")).tobytes())
    red, green = data.index(b"rXYZ"), data.index(b"gXYZ")
    data[red : red + 4], data[green : green + 4] = b"gXYZ", b"rXYZ"
    at = data.index("sRGB".encode("utf-16-be"))
    data[at : at + 8] = "Swap".encode("utf-16-be")
    return bytes(data)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_a_profile_is_applied_and_gone(mode: str) -> None:
    image = Image.new("RGBA", (4, 4), (255, 0, 0, 77)).convert(mode)
    image.info["icc_profile"] = swapped()
    made = as_srgb(image)
    found: Any = made.convert("RGBA").getpixel((1, 1))
    red, green, blue, alpha = found
    assert max(red, blue) < 40
    assert green > 220
    assert alpha == (77 if mode == "RGBA" else 255)
    assert "icc_profile" not in made.info
    assert image.info["icc_profile"]  # what was given is as it was


@pytest.mark.parametrize("profile", [b"nothing", swapped()[:200], b""])
def test_a_profile_that_cannot_be_used_is_as_good_as_none(profile: bytes) -> None:
    for mode in ("RGB", "L", "CMYK"):
        image = Image.new("RGB", (4, 4), (200, 100, 50)).convert(mode)
        plain = as_srgb(image.copy()).convert("RGB")
        image.info["icc_profile"] = profile
        made = as_srgb(image)
        assert "icc_profile" not in made.info
        assert made.convert("RGB").tobytes() == plain.tobytes()


def test_a_profile_of_srgb_changes_nothing() -> None:
    image = Image.effect_noise((16, 16), 90).convert("RGB")
    before = image.tobytes()
    image.info["icc_profile"] = COLORS.ImageCmsProfile(COLORS.createProfile("sRGB")).tobytes()
    assert as_srgb(image).tobytes() == before


def test_inks_are_printed_as_their_profile_says() -> None:
    image = Image.new("CMYK", (4, 4), (255, 0, 0, 0))
    image.info["icc_profile"] = inks()
    made = as_srgb(image)
    assert made.mode == "RGB"
    found: Any = made.getpixel((1, 1))
    red, green, blue = found
    assert red > 220
    assert max(green, blue) < 60


def test_lab_is_shown() -> None:
    white = Image.new("LAB", (2, 2), (255, 128, 128))
    found: Any = as_srgb(white).convert("RGB").getpixel((0, 0))
    assert min(found) > 245
