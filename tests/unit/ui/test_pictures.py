"""Pictures on their way to Discord."""

import io
import random
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.generation.ports import Result
from bot.scenario.records import File
from bot.ui.pictures import REQUEST_LIMIT, Picture, prepare

MIB = 1024 * 1024


def noise(size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    """A picture that does not compress."""
    count = size[0] * size[1] * len(Image.new(mode, (1, 1)).getbands())
    return Image.frombytes(mode, size, random.Random(1).randbytes(count))


def saved(folder: Path, image: Image.Image, kind: str, **options: Any) -> Result:
    path = folder / "0"
    image.save(path, kind, **options)
    return of_file(path, f"image/{kind.lower()}")


def of_file(path: Path, mime_type: str) -> Result:
    return Result(file=File(path=path, size=path.stat().st_size, mime_type=mime_type), asset=None)


def raw(folder: Path, data: bytes, mime_type: str) -> Result:
    path = folder / "raw"
    path.write_bytes(data)
    return of_file(path, mime_type)


def opened(picture: Picture) -> Image.Image:
    assert picture.data is not None
    return Image.open(io.BytesIO(picture.data))


async def one(result: Result, limit: int = 10 * MIB) -> Picture:
    (picture,) = await prepare([result], stem="imagine-7", limit=limit)
    return picture


@pytest.mark.parametrize(
    ("kind", "ending"), [("PNG", "png"), ("JPEG", "jpg"), ("GIF", "gif"), ("WEBP", "webp")]
)
async def test_what_discord_shows_goes_along_untouched(tmp_path: Path, kind: str, ending: str) -> None:
    result = saved(tmp_path, Image.new("RGB", (64, 32), "teal"), kind)
    picture = await one(result)
    assert (picture.filename, picture.width, picture.height) == (f"imagine-7-1.{ending}", 64, 32)
    assert (picture.path, picture.data, picture.reduced) == (result.file.path, None, False)
    assert picture.embeddable


@pytest.mark.parametrize("kind", ["AVIF", "TIFF", "BMP"])
async def test_what_discord_does_not_show_becomes_a_png_of_the_same_picture(
    tmp_path: Path, kind: str
) -> None:
    picture = await one(saved(tmp_path, Image.new("RGB", (64, 32), "teal"), kind))
    assert picture.filename == "imagine-7-1.png"
    assert not picture.reduced
    assert opened(picture).size == (64, 32)


async def test_a_file_at_the_limit_is_untouched_and_one_byte_over_it_is_reduced(tmp_path: Path) -> None:
    result = saved(tmp_path, noise((300, 300)), "PNG")
    assert (await one(result, result.file.size)).path is not None
    picture = await one(result, result.file.size - 1)
    assert picture.reduced
    assert picture.data is not None
    assert len(picture.data) < result.file.size
    assert picture.filename == "imagine-7-1.jpg"


@pytest.mark.parametrize("limit", [400_000, 150_000, 60_000])
async def test_a_copy_is_as_small_as_the_limit_asks(tmp_path: Path, limit: int) -> None:
    picture = await one(saved(tmp_path, noise((700, 500)), "PNG"), limit)
    assert picture.data is not None
    assert len(picture.data) <= limit
    width, height = opened(picture).size
    assert width / height == pytest.approx(1.4, rel=0.02)


async def test_a_big_avif_is_reduced_when_its_png_would_not_fit(tmp_path: Path) -> None:
    result = saved(tmp_path, noise((400, 400)), "AVIF", quality=30)
    picture = await one(result, max(result.file.size, 100_000))
    assert picture.data is not None
    assert len(picture.data) <= max(result.file.size, 100_000)
    assert opened(picture).format == "JPEG"


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "I;16", "CMYK", "1"])
async def test_every_kind_of_pixels_can_be_reduced(tmp_path: Path, mode: str) -> None:
    kind = "TIFF" if mode == "CMYK" else "PNG"
    base = noise((400, 400), "RGBA")
    image = Image.new("I;16", (900, 900), 7) if mode == "I;16" else base.convert(mode)
    result = saved(tmp_path, image, kind)
    picture = await one(result, result.file.size - 1)
    assert picture.reduced
    assert opened(picture).mode in {"RGB", "L"}


async def test_a_transparent_picture_is_reduced_onto_white(tmp_path: Path) -> None:
    image = noise((400, 400), "RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 100, 100))
    picture = await one(saved(tmp_path, image, "PNG"), 100_000)
    pixel = opened(picture).convert("RGB").getpixel((5, 5))
    assert isinstance(pixel, tuple)
    assert min(pixel) > 230


async def test_a_turned_picture_is_shown_upright_with_its_sizes_as_shown(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    result = saved(tmp_path, noise((400, 200)), "TIFF", exif=exif)
    picture = await one(result)
    shown = opened(picture)
    assert shown.size == (200, 400)
    assert (picture.width, picture.height) == (200, 400)


@pytest.mark.parametrize(
    ("mime_type", "ending"),
    [
        ("image/svg+xml", "svg"),
        ("application/octet-stream", "octet-stream"),
        ("model/gltf-binary", "gltf-binary"),
        ("", "bin"),
    ],
)
async def test_a_file_that_is_no_picture_goes_along_as_it_is(
    tmp_path: Path, mime_type: str, ending: str
) -> None:
    result = raw(tmp_path, b"<svg/>", mime_type)
    picture = await one(result)
    assert picture.filename == f"imagine-7-1.{ending}"
    assert (picture.path, picture.embeddable) == (result.file.path, False)


async def test_a_file_that_is_no_picture_and_too_large_is_left_out(tmp_path: Path) -> None:
    picture = await one(raw(tmp_path, b"x" * 100, "video/mp4"), 99)
    assert (picture.filename, picture.embeddable, picture.reduced) == ("", False, True)


async def test_several_are_numbered_and_fit_one_request_together(tmp_path: Path) -> None:
    result = saved(tmp_path, noise((64, 64)), "PNG")
    pictures = await prepare([result] * 4, stem="imagine-7", limit=10 * MIB)
    assert [picture.filename for picture in pictures] == [f"imagine-7-{n}.png" for n in range(1, 5)]
    assert REQUEST_LIMIT < 25 * MIB
    heavy = Result(
        file=File(path=result.file.path, size=REQUEST_LIMIT // 4 + 1, mime_type="image/png"), asset=None
    )
    assert all(picture.reduced for picture in await prepare([heavy] * 4, stem="a", limit=10 * MIB))


async def test_nothing_is_nothing() -> None:
    assert await prepare([], stem="a", limit=1) == []


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
async def test_a_broken_picture_never_breaks_the_card(tmp_path: Path, kind: str) -> None:
    # a step that raises comes back for ever, and the card with it
    dice = random.Random(kind)
    whole = saved(tmp_path, noise((64, 64)), kind).file.path.read_bytes()
    for _ in range(40):
        broken = bytearray(whole[: dice.randrange(1, len(whole))] if dice.random() < 0.5 else whole)
        for _ in range(dice.randrange(1, 6)):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        for limit in (10 * MIB, len(broken) - 1):
            picture = await one(raw(tmp_path, bytes(broken), f"image/{kind.lower()}"), limit)
            assert picture.filename or limit < len(broken)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")  # Pillow's word for the first
async def test_a_picture_of_too_many_pixels_never_breaks_the_card(tmp_path: Path) -> None:
    # Pillow warns above one limit and refuses above twice that; both are a picture that somebody paid for
    for side in (11_200, 15_600):
        image = Image.new("1", (side, side))
        result = saved(tmp_path, image, "PNG")
        assert (await one(result)).filename
