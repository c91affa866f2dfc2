"""What a hostile or a talkative file is kept from. The files here are harmless: what is held is the door."""

import subprocess
from pathlib import Path
from typing import Any, NoReturn

import pytest
from PIL import EpsImagePlugin, Image

from bot.cards.ports import Result
from bot.ui.exhibits import floats, megapixels, pictures, texts
from bot.ui.exhibits.exhibit import Exhibit, Shape
from bot.ui.exhibits.megapixels import MOST_PIXELS
from bot.ui.exhibits.prepare import prepare
from tests.support.files import made, noise, of_file, raw, saved

MIB = 1024 * 1024


async def one(result: Result, limit: int = 10 * MIB) -> Exhibit:
    (exhibit,) = await prepare([result], stem="imagine-7", limit=limit)
    return exhibit


def untouched(exhibit: Exhibit, result: Result) -> bool:
    """Whether the file goes along as it is, and nothing was seen of it."""
    assert result.file is not None
    (file,) = exhibit.attachments
    return file.path == result.file.path and not file.embeddable


@pytest.mark.parametrize(("kind", "mime"), [("EPS", "application/postscript"), ("EPS", "image/png")])
async def test_a_format_that_is_drawn_by_a_program_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, mime: str
) -> None:
    def started(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("a program is started")

    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", started)
    monkeypatch.setattr(subprocess, "Popen", started)
    Image.new("RGB", (16, 8), "teal").save(tmp_path / "x", kind)
    result = of_file(tmp_path / "x", mime)
    assert untouched(await one(result), result)


@pytest.mark.parametrize("kind", ["PDF", "PCX", "SGI", "SPIDER"])
async def test_a_format_that_nobody_needs_is_not_opened(tmp_path: Path, kind: str) -> None:
    Image.new("L", (16, 8)).save(tmp_path / "x", kind)
    result = of_file(tmp_path / "x", "image/png")
    assert untouched(await one(result), result)


@pytest.mark.parametrize(
    "kind", ["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "ICO", "PPM", "TGA", "JPEG2000"]
)
async def test_a_format_that_is_needed_is_seen_whatever_it_is_called(tmp_path: Path, kind: str) -> None:
    Image.new("RGB", (16, 16), "teal").save(tmp_path / "x", kind)
    exhibit = await one(of_file(tmp_path / "x", "application/octet-stream", kind="image"))
    assert exhibit.attachments[0].embeddable
    assert (exhibit.attachments[0].width, exhibit.attachments[0].height) == (16, 16)


# -- too much -----------------------------------------------------------------------------------------


async def test_light_is_decoded_up_to_its_most_bytes_and_not_beyond(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = made(tmp_path, "exr")
    most = 4 * 3 * 64 * 32  # four bytes a value, three values a pixel
    monkeypatch.setattr(floats, "_MOST_BYTES", most)
    assert (await one(result)).attachments[0].embeddable
    monkeypatch.setattr(floats, "_MOST_BYTES", most - 1)
    assert untouched(await one(result), result)


@pytest.mark.parametrize("kind", ["hdr", "webp"])
async def test_a_picture_is_decoded_up_to_its_most_pixels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    assert MOST_PIXELS == 50_000_000
    if kind == "hdr":
        result = made(tmp_path, "hdr")
    else:
        result = saved(tmp_path, Image.new("RGB", (64, 32), "teal"), "WEBP")
    monkeypatch.setattr(megapixels, "MOST_PIXELS", 64 * 32)
    assert (await one(result)).attachments[0].embeddable
    monkeypatch.setattr(megapixels, "MOST_PIXELS", 64 * 32 - 1)
    assert untouched(await one(result), result)


async def test_light_of_no_size_or_without_one_goes_along_as_it_is(tmp_path: Path) -> None:
    for number, head in enumerate((b"#?RADIANCE\n\n-Y 0 +X 5\n", b"#?RADIANCE\n" + b"x\n" * 70)):
        result = raw(tmp_path, head, "image/vnd.radiance", name=str(number))
        assert untouched(await one(result), result)


# -- what a file tells of its maker -------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "limit"), [("WEBP", 10 * MIB), ("TIFF", 10 * MIB), ("JPEG", 20_000)])
async def test_a_copy_tells_nothing_of_where_and_with_what_it_was_made(
    tmp_path: Path, kind: str, limit: int
) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera"
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 30.0)
    result = saved(tmp_path, noise((200, 200)), kind, exif=exif)
    exhibit = await one(result, limit)
    copy = exhibit.attachments[0]
    assert result.file is not None
    assert copy.path is not None
    assert copy.path != result.file.path
    assert b"Secret Camera" in result.file.path.read_bytes()
    assert b"Secret Camera" not in copy.path.read_bytes()
    with Image.open(copy.path) as image:
        assert not image.getexif()


# -- copies at their edges ----------------------------------------------------------------------------


async def test_a_copy_never_has_more_than_its_longest_side_and_stops_at_its_smallest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "_LARGEST", 100)
    result = saved(tmp_path, noise((400, 200)), "PNG")
    exhibit = await one(result, 20_000)
    copy = exhibit.attachments[0]
    assert exhibit.shape is Shape.REDUCED
    assert copy.path is not None
    with Image.open(copy.path) as image:
        assert image.size == (100, 50)
    # the sizes that are told are the picture's own
    assert (exhibit.width, exhibit.height) == (400, 200)
    tiny = await one(result, 300)
    assert tiny.shape is Shape.LEFT_OUT  # at 32 pixels it ends


# -- words --------------------------------------------------------------------------------------------


def test_words_stand_on_a_card_up_to_their_lines_and_their_length() -> None:
    assert texts.fits_card("x\n" * texts.MOST_LINES, texts.SHORT)
    assert not texts.fits_card("x\n" * (texts.MOST_LINES + 1), texts.SHORT)
    assert texts.fits_card("x" * texts.SHORT, texts.SHORT)
    assert not texts.fits_card("x" * (texts.SHORT + 1), texts.SHORT)
    assert not texts.fits_card("*" * texts.SHORT, texts.SHORT)  # twice as long, escaped
    assert not texts.fits_card(" \n ", texts.SHORT)
    assert texts.block("a\n\n*b*") == "> a\n\n> \\*b\\*"


def test_only_a_short_file_of_words_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes("\ufeffhé".encode())
    assert texts.read_short(path, 6000) == "hé"
    assert texts.read_short(path, 6001) is None
    path.write_bytes(b"\xff\xfe")
    assert texts.read_short(path, 2) is None
    assert texts.read_short(tmp_path / "none", 2) is None


# -- light, to the number -----------------------------------------------------------------------------


def flat(red: float, green: float, blue: float) -> tuple[int, ...]:
    """The color that light of one brightness everywhere becomes."""
    import numpy as np

    layers = [np.full((4, 4), one, np.float32) for one in (red, green, blue)]

    def strip(rows: slice) -> tuple[Any, Any, Any]:
        return layers[0][rows], layers[1][rows], layers[2][rows]

    shown = floats._visible(strip, 4, 4)  # pyright: ignore[reportPrivateUsage]
    pixel = shown.getpixel((1, 1))
    assert isinstance(pixel, tuple)
    return tuple(int(one) for one in pixel)


@pytest.mark.parametrize(
    ("light", "seen"),
    [
        # one gray is a middle gray, whatever its brightness
        ((0.01, 0.01, 0.01), (109, 109, 109)),
        ((9, 9, 9), (109, 109, 109)),
        ((1e5, 1e5, 1e5), (109, 109, 109)),
        ((1e-5, 1e-5, 1e-5), (109, 109, 109)),
        ((0, 0, 0), (0, 0, 0)),
        # colors weigh as the eye sees them
        ((1, 0, 0), (185, 0, 0)),
        ((0, 1, 0), (0, 125, 0)),
        ((0, 0, 1), (0, 0, 234)),
        ((4, 1, 0.25), (154, 90, 46)),
    ],
)
def test_light_of_one_color_is_exposed_and_curved(light: tuple[float, ...], seen: tuple[int, ...]) -> None:
    assert flat(*light) == seen
