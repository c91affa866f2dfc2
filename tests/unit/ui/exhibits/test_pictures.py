"""Pictures on their way to Discord: copied by what they are, and never breaking a card."""

import random
from pathlib import Path

import pytest
from PIL import Image

from bot.cards.ports import Result
from bot.ui.exhibits import pictures
from bot.ui.exhibits.exhibit import Attachment, Exhibit, Part, Shape
from bot.ui.exhibits.prepare import REQUEST_LIMIT, prepare
from tests.support.files import DRAWING, exr, hdr, made, noise, of_file, raw, saved

MIB = 1024 * 1024


async def one(result: Result, limit: int = 10 * MIB) -> Exhibit:
    (exhibit,) = await prepare([result], stem="imagine-7", limit=limit)
    return exhibit


async def first(result: Result, limit: int = 10 * MIB) -> Attachment:
    return (await one(result, limit)).attachments[0]


def opened(attachment: Attachment) -> Image.Image:
    assert attachment.path is not None
    with Image.open(attachment.path) as image:
        image.load()
        return image


def pixel(image: Image.Image, at: tuple[int, int]) -> tuple[int, ...]:
    found = image.convert("RGB").getpixel(at)
    assert isinstance(found, tuple)
    return tuple(int(value) for value in found)


@pytest.mark.parametrize(("kind", "ending"), [("PNG", "png"), ("JPEG", "jpg"), ("GIF", "gif")])
async def test_what_discord_shows_goes_along_untouched(tmp_path: Path, kind: str, ending: str) -> None:
    result = saved(tmp_path, Image.new("RGB", (64, 32), "teal"), kind)
    exhibit = await one(result)
    (file,) = exhibit.attachments
    assert result.file is not None
    assert (file.filename, file.width, file.height) == (f"imagine-7-1.{ending}", 64, 32)
    assert (file.path, exhibit.shape, file.embeddable) == (result.file.path, Shape.WHOLE, True)


@pytest.mark.parametrize("kind", ["AVIF", "WEBP"])
async def test_what_discord_shows_unsurely_becomes_a_png_whose_source_can_be_asked_for(
    tmp_path: Path, kind: str
) -> None:
    exhibit = await one(saved(tmp_path, Image.new("RGB", (64, 32), "teal"), kind))
    (file,) = exhibit.attachments
    assert (file.filename, exhibit.shape, exhibit.format) == ("imagine-7-1.png", Shape.CONVERTED, kind)
    assert opened(file).size == (64, 32)


@pytest.mark.parametrize("kind", ["TIFF", "BMP"])
async def test_what_discord_does_not_show_becomes_a_png_with_its_source_beside_it(
    tmp_path: Path, kind: str
) -> None:
    exhibit = await one(saved(tmp_path, Image.new("RGB", (64, 32), "teal"), kind))
    shown, source = exhibit.attachments
    assert opened(shown).format == "PNG"
    assert opened(source).format == kind
    assert (source.part, exhibit.shape) == (Part.SOURCE, Shape.WHOLE)
    assert not source.embeddable


@pytest.mark.parametrize(("many", "ending"), [(64 * 32, "png"), (64 * 32 - 1, "jpg")])
async def test_a_picture_of_many_pixels_becomes_no_png_which_would_take_long(
    tmp_path: Path, many: int, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "MANY_PIXELS", many)
    shown = await first(saved(tmp_path, Image.new("RGB", (64, 32), "teal"), "BMP"), limit=4000)
    assert shown.filename == f"imagine-7-1.{ending}"


@pytest.mark.parametrize("form", ["svg", "exr", "hdr", "heic"])
async def test_an_odd_format_is_previewed_as_png_and_stands_beside_it(tmp_path: Path, form: str) -> None:
    result = made(tmp_path, form)
    exhibit = await one(result)
    shown, source = exhibit.attachments
    assert (shown.filename, source.filename) == ("imagine-7-1.png", f"imagine-7-1.{form}")
    image = opened(shown)
    assert image.format == "PNG"
    assert image.width == 2 * image.height
    assert exhibit.width == (None if form == "svg" else image.width)  # a drawing has no pixels of its own
    assert result.file is not None
    assert source.path == result.file.path


async def test_a_source_that_does_not_fit_is_left_to_be_asked_for(tmp_path: Path) -> None:
    result = saved(tmp_path, Image.new("RGB", (400, 400), "teal"), "TIFF")
    exhibit = await one(result, 100_000)
    assert len(exhibit.attachments) == 1
    assert (exhibit.shape, exhibit.attachments[0].filename) == (Shape.CONVERTED, "imagine-7-1.png")


async def test_a_webp_that_moves_stays_as_it_is(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "blue")]
    result = saved(tmp_path, frames[0], "WEBP", save_all=True, append_images=frames[1:])
    exhibit = await one(result)
    assert (exhibit.attachments[0].filename, exhibit.shape) == ("imagine-7-1.webp", Shape.WHOLE)


async def test_a_webp_stays_one_where_its_png_would_not_fit(tmp_path: Path) -> None:
    result = saved(tmp_path, noise((400, 400)), "WEBP", quality=50)
    assert result.file is not None
    exhibit = await one(result, result.file.size)
    assert (exhibit.attachments[0].filename, exhibit.shape) == ("imagine-7-1.webp", Shape.WHOLE)


async def test_a_picture_of_the_real_file_leaves_the_real_one_to_be_asked_for(tmp_path: Path) -> None:
    jpeg = saved(tmp_path, Image.new("RGB", (64, 32)), "JPEG").file
    assert jpeg is not None
    result = of_file(
        jpeg.path, "image/jpeg", original_url="https://cdn.scenario.com/x", original_mime_type="image/x-exr"
    )
    exhibit = await one(result)
    assert [file.filename for file in exhibit.attachments] == ["imagine-7-1.jpg"]
    assert (exhibit.shape, exhibit.format) == (Shape.CONVERTED, "EXR")


# -- light ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [True, False])
async def test_light_beyond_white_becomes_colors_that_rise(tmp_path: Path, packed: bool) -> None:
    hdr(tmp_path / "h", packed=packed)
    exr(tmp_path / "e")
    for name, mime in (("h", "image/vnd.radiance"), ("e", "application/octet-stream")):
        image = opened(await first(of_file(tmp_path / name, mime, kind="image-hdr")))
        reds = [pixel(image, (x, 5))[0] for x in range(0, 64, 9)]
        assert reds == sorted(reds)
        assert reds[0] < 60 < 200 < reds[-1]
        assert pixel(image, (60, 5))[0] > pixel(image, (60, 5))[1]


async def test_both_formats_of_light_look_alike(tmp_path: Path) -> None:
    shown = [opened(await first(made(tmp_path, form))) for form in ("hdr", "exr")]
    for x in range(0, 64, 7):
        one_, other = (pixel(image, (x, 9)) for image in shown)
        assert max(abs(a - b) for a, b in zip(one_, other, strict=True)) < 12


async def test_light_without_colors_or_without_numbers_is_shown_in_grey(tmp_path: Path) -> None:
    import numpy as np

    depth = np.full((8, 16), 0.5, np.float32)
    depth[0, 0], depth[1, 1] = np.nan, np.inf
    exr(tmp_path / "z", Z=depth)
    image = opened(await first(of_file(tmp_path / "z", "image/x-exr")))
    assert image.size == (16, 8)
    red, green, blue = pixel(image, (8, 4))
    assert red == green == blue > 0


async def test_light_of_too_many_pixels_is_shown_by_its_still(
    tmp_path: Path,
) -> None:
    head = b"#?RADIANCE\n\n-Y 90000 +X 90000\n"
    still = saved(tmp_path, Image.new("RGB", (64, 32)), "PNG").file
    result = raw(tmp_path, head + b"\0" * 4096, "image/vnd.radiance")
    exhibit = await one(Result(file=result.file, still=still))
    assert [file.filename for file in exhibit.attachments] == ["imagine-7-1.hdr", "imagine-7-1-preview.png"]


# -- drawings ---------------------------------------------------------------------------------------------


async def test_a_drawing_is_drawn(tmp_path: Path) -> None:
    image = opened(await first(raw(tmp_path, DRAWING, "image/svg+xml")))
    assert image.size == (2048, 1024)
    assert pixel(image, (1000, 500)) == (255, 0, 0)


async def test_a_drawing_never_shows_another_file_of_this_machine(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    Image.new("RGB", (8, 8), "blue").save(secret)
    for link in (f'href="{secret}"', f"xlink:href = 'file://{secret}'", 'href="../secret.png"'):
        hostile = DRAWING.replace(b"<rect", f"<image {link} width='40' height='20'/><rect".encode())
        exhibit = await one(raw(tmp_path, hostile, "image/svg+xml"))
        assert [file.filename for file in exhibit.attachments] == ["imagine-7-1.svg"]


@pytest.mark.parametrize(
    "damaged",
    [
        b'<!DOCTYPE svg [<!entity % a "aaaa">]>' + DRAWING,
        DRAWING.replace(b"<rect", b"<" * 3000),
        b"<svg",
        b"<?xml version='1.0'?><svg/>",  # nothing is in it
        DRAWING.replace(b'viewBox="0 0 40 20"', b'width="1e9" height="1"'),  # less than a pixel high
        DRAWING.ljust(8 * MIB + 1),
    ],
)
async def test_a_drawing_that_is_not_drawn_is_attached_as_it_is(tmp_path: Path, damaged: bytes) -> None:
    result = raw(tmp_path, damaged, "image/svg+xml")
    (file,) = (await one(result)).attachments
    assert result.file is not None
    assert (file.filename, file.path, file.embeddable) == ("imagine-7-1.svg", result.file.path, False)


@pytest.mark.parametrize(
    ("drawing", "size"),
    [
        # what stands for other words is put in its place
        (b'<!DOCTYPE svg [<!ENTITY a "aaaa">]>' + DRAWING, (2048, 1024)),
        (DRAWING.ljust(8 * MIB), (2048, 1024)),
    ],
)
async def test_a_drawing_is_no_larger_than_its_box_whatever_it_says(
    tmp_path: Path, drawing: bytes, size: tuple[int, int]
) -> None:
    shown, source = (await one(raw(tmp_path, drawing, "image/svg+xml"))).attachments
    assert (shown.width, shown.height) == opened(shown).size == size
    assert source.filename == "imagine-7-1.svg"


# -- smaller copies ---------------------------------------------------------------------------------------


async def test_a_file_at_the_limit_is_untouched_and_one_byte_over_it_is_reduced(tmp_path: Path) -> None:
    result = saved(tmp_path, noise((300, 300)), "PNG")
    assert result.file is not None
    assert (await one(result, result.file.size)).shape is Shape.WHOLE
    exhibit = await one(result, result.file.size - 1)
    assert (exhibit.shape, exhibit.over_limit) == (Shape.REDUCED, True)
    assert exhibit.attachments[0].size < result.file.size
    assert exhibit.attachments[0].filename == "imagine-7-1.jpg"
    assert (exhibit.width, exhibit.height) == (300, 300)


@pytest.mark.parametrize("limit", [400_000, 60_000, 4096])
async def test_a_copy_is_as_small_as_the_limit_asks(tmp_path: Path, limit: int) -> None:
    file = await first(saved(tmp_path, noise((700, 500)), "PNG"), limit)
    assert file.path is not None
    assert file.path.stat().st_size == file.size <= limit
    width, height = opened(file).size
    assert width / height == pytest.approx(1.4, rel=0.05)


async def test_a_big_avif_is_reduced_when_its_png_would_not_fit(tmp_path: Path) -> None:
    result = saved(tmp_path, noise((400, 400)), "AVIF", quality=30)
    assert result.file is not None
    exhibit = await one(result, max(result.file.size, 100_000))
    assert (exhibit.shape, exhibit.over_limit) == (Shape.REDUCED, False)
    assert opened(exhibit.attachments[0]).format == "JPEG"


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "I;16", "CMYK", "1"])
async def test_every_kind_of_pixels_can_be_reduced(tmp_path: Path, mode: str) -> None:
    kind = "TIFF" if mode == "CMYK" else "PNG"
    image = Image.new("I;16", (900, 900), 7) if mode == "I;16" else noise((900, 900), "RGBA").convert(mode)
    result = saved(tmp_path, image, kind)
    assert result.file is not None
    exhibit = await one(result, min(result.file.size - 1, 100_000))
    assert exhibit.shape is Shape.REDUCED
    assert opened(exhibit.attachments[0]).mode in {"RGB", "L"}


@pytest.mark.parametrize("mode", ["CMYK", "F", "YCbCr", "RGBA", "I;16"])
async def test_every_kind_of_pixels_can_be_converted(tmp_path: Path, mode: str) -> None:
    image = Image.new(mode, (16, 8))
    assert opened((await one(saved(tmp_path, image, "TIFF"))).attachments[0]).format == "PNG"


async def test_a_transparent_picture_is_reduced_onto_white(tmp_path: Path) -> None:
    image = noise((400, 400), "RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 100, 100))
    shown = opened(await first(saved(tmp_path, image, "PNG"), 100_000))
    assert min(pixel(shown, (5, 5))) > 230


@pytest.mark.parametrize(
    ("kind", "limit", "form"),
    [("WEBP", 10 * MIB, "PNG"), ("JPEG", 2000, "JPEG"), ("TIFF", 10 * MIB, "PNG")],
)
async def test_a_turned_picture_is_copied_upright_with_its_sizes_as_shown(
    tmp_path: Path, kind: str, limit: int, form: str
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    wide = Image.new("RGB", (400, 200), "blue")
    wide.paste("red", (0, 0, 200, 200))
    result = saved(tmp_path, wide, kind, exif=exif)
    exhibit = await one(result, limit)
    shown = opened(exhibit.attachments[0])
    assert exhibit.attachments[0].path != (result.file and result.file.path)
    assert (shown.format, shown.size) == (form, (200, 400))
    assert (exhibit.width, exhibit.height) == (200, 400)
    top, bottom = pixel(shown, (100, 50)), pixel(shown, (100, 350))
    assert top[0] > 200 > 100 > top[2]
    assert bottom[2] > 200 > 100 > bottom[0]
    assert 0x0112 not in shown.getexif()  # or it would be turned once more


# -- damage -----------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # Pillow's word for some damage that it reads past
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF", "TIFF", "exr", "hdr", "heic", "svg"])
async def test_a_broken_picture_never_breaks_the_card(tmp_path: Path, kind: str) -> None:
    # a step that raises comes back for ever, and the card with it
    dice = random.Random(kind)
    result = made(tmp_path, kind) if kind.islower() else saved(tmp_path, noise((64, 64)), kind)
    assert result.file is not None
    whole, mime = result.file.path.read_bytes(), result.file.mime_type
    for _ in range(25):
        broken = bytearray(whole[: dice.randrange(1, len(whole))] if dice.random() < 0.5 else whole)
        for _ in range(dice.randrange(1, 6)):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        for limit in (10 * MIB, len(broken) - 1):
            exhibit = await one(raw(tmp_path, bytes(broken), mime), limit)
            assert exhibit.attachments or limit < len(broken)
            assert sum(file.size for file in exhibit.attachments) <= REQUEST_LIMIT


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")  # Pillow's word for the first
async def test_a_picture_of_too_many_pixels_never_breaks_the_card(tmp_path: Path) -> None:
    # Pillow warns above one limit and refuses above twice that; both are a picture that somebody paid for
    for side in (7_100, 15_600):
        result = saved(tmp_path, Image.new("1", (side, side)), "PNG")
        assert result.file is not None
        exhibit = await one(result)
        (file,) = exhibit.attachments
        assert (file.filename, file.path, exhibit.shape) == (
            "imagine-7-1.png",
            result.file.path,
            Shape.WHOLE,
        )
        assert not file.embeddable
    assert (await one(result, result.file.size - 1)).shape is Shape.LEFT_OUT
