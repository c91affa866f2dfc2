"""Many pictures on one sheet: each in its place with its number, and no file that spoils it."""

import io
from pathlib import Path

import pytest
from PIL import Image

from bot.cards.ports import Result
from bot.renderer.process import Renderer
from bot.scenario.api.records import File
from bot.ui.exhibits.exhibit import Exhibit, Part, Remark, Shape, withheld
from bot.ui.exhibits.here import HERE
from bot.ui.exhibits.rendering import Fit, Fitted, Place, Sheet, Small, Undrawn, columns_of
from bot.ui.exhibits.sheets.drawing import drawn
from bot.ui.exhibits.sheets.sheet import on_sheet

COLORS = ("#ff0000", "#00ff00", "#0000ff")


def small(color: str, size: tuple[int, int] = (120, 80)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, "JPEG")
    return out.getvalue()


def sheet_of(*pictures: bytes | None, side: int = 120, limit: int = 1_000_000) -> Image.Image:
    places = tuple(Place(number=number, picture=one) for number, one in enumerate(pictures, start=1))
    data = drawn(Sheet(places=places, side=side, limit=limit))
    assert len(data) <= limit
    return Image.open(io.BytesIO(data)).convert("RGB")


def result(folder: Path, number: int, color: str = "#808080", form: str = "PNG") -> Result:
    path = folder / f"{number}.{form.lower()}"
    Image.new("RGB", (300, 200), color).save(path, form)
    file = File(path=path, size=path.stat().st_size, mime_type=f"image/{form.lower()}")
    return Result(file=file, number=number)


async def shown(results: list[Result], count: int, limit: int = 1_000_000) -> list[Exhibit] | None:
    return await on_sheet(results, count=count, stem="imagine-7", limit=limit, rendering=HERE)


@pytest.mark.parametrize(
    ("count", "columns"), [(1, 1), (2, 2), (4, 2), (5, 3), (9, 3), (12, 4), (16, 4), (64, 8)]
)
def test_a_sheet_is_about_square(count: int, columns: int) -> None:
    assert columns_of(count) == columns


def test_each_picture_is_in_its_place_and_an_empty_one_is_kept() -> None:
    sheet = sheet_of(small(COLORS[0]), small(COLORS[1]), None, small(COLORS[2]))
    middles = [(8 + 60, 8 + 70), (8 + 120 + 8 + 60, 8 + 70), (8 + 60, 16 + 80 + 70), (136 + 60, 96 + 70)]
    red, green, empty, blue = (sheet.getpixel(place) for place in middles)
    for pixel, most in ((red, 0), (green, 1), (blue, 2)):
        assert isinstance(pixel, tuple)
        assert pixel.index(max(pixel)) == most
        assert max(pixel) > 240
    assert isinstance(empty, tuple)
    assert max(empty) < 90


def test_the_number_is_written_into_the_picture() -> None:
    one, other = sheet_of(small("#808080")), sheet_of(None)
    corner = one.crop((8, 8, 48, 48))
    low, high = corner.convert("L").getextrema()
    assert isinstance(low, int)
    assert isinstance(high, int)
    assert low < 60
    assert high > 200
    assert one.size == (136, 96)
    assert other.size == (136, 136)


@pytest.mark.parametrize("limit", [60_000, 6_000, 1_500])
def test_it_is_pressed_until_it_fits(limit: int) -> None:
    noisy = Image.effect_noise((320, 320), 90).convert("RGB")
    out = io.BytesIO()
    noisy.save(out, "JPEG")
    sheet_of(*[out.getvalue()] * 4, side=320, limit=limit)


@pytest.mark.parametrize(
    "wanted",
    [
        Sheet(places=(Place(number=1, picture=b"no picture"),), side=100, limit=9_999),
        Sheet(places=(Place(number=1, picture=None),), side=100, limit=10),
        Sheet(places=(), side=100, limit=9_999),
        Sheet(places=(Place(number=1, picture=None),) * 101, side=100, limit=9_999),
        Sheet(places=(Place(number=1, picture=None),), side=5000, limit=9_999),
    ],
)
def test_what_cannot_be_drawn_is_said(wanted: Sheet) -> None:
    with pytest.raises(Undrawn):
        drawn(wanted)


async def test_the_results_hang_together_and_each_has_an_original(tmp_path: Path) -> None:
    exhibits = await shown([result(tmp_path, 1), result(tmp_path, 3)], 4)
    assert exhibits is not None
    assert [one.shape for one in exhibits] == [Shape.SHEET] * 2
    (attachment,) = exhibits[0].attachments
    assert exhibits[1].attachments == ()
    assert (attachment.filename, attachment.part) == ("imagine-7-sheet.jpg", Part.SHEET)
    assert attachment.data is not None
    assert attachment.size == len(attachment.data)
    assert attachment.embeddable
    assert {one.shape for one in withheld(exhibits)} == {Shape.WITHHELD}


async def test_a_broken_picture_leaves_its_place_empty(tmp_path: Path) -> None:
    broken = result(tmp_path, 2)
    assert broken.file is not None
    broken.file.path.write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    exhibits = await shown([result(tmp_path, 1), broken], 2)
    assert exhibits is not None
    assert len(exhibits) == 2


@pytest.mark.parametrize("numbers", [(1, 1), (1, 3), (1, None), (0, 1)])
async def test_what_has_no_place_of_its_own_is_shown_without_a_sheet(
    tmp_path: Path, numbers: tuple[int | None, ...]
) -> None:
    some = [Result(file=result(tmp_path, index).file, number=number) for index, number in enumerate(numbers)]
    assert await shown(some, 2) is None


async def test_what_is_no_picture_is_shown_without_a_sheet(tmp_path: Path) -> None:
    assert await shown([result(tmp_path, 1), Result(text="words", number=2)], 2) is None
    assert await shown([], 2) is None


async def test_a_sheet_that_cannot_be_drawn_is_no_end(tmp_path: Path) -> None:
    class Broken:
        async def fit(self, wanted: Fit) -> Fitted:
            raise AssertionError(wanted)

        async def small(self, wanted: Small) -> bytes:
            raise Undrawn(Remark.SLOW, str(wanted.side))

        async def sheet(self, wanted: Sheet) -> bytes:
            raise Undrawn(Remark.BROKEN, str(len(wanted.places)))

    some = [result(tmp_path, 1)]
    assert await on_sheet(some, count=2, stem="x", limit=9_999, rendering=Broken()) is None


async def test_the_renderers_own_process_draws_it(tmp_path: Path) -> None:
    some = [result(tmp_path, number, color) for number, color in enumerate(COLORS, start=1)]
    async with Renderer() as renderer:
        exhibits = await on_sheet(some, count=16, stem="x", limit=9_999_999, rendering=renderer)
    assert exhibits is not None
    data = exhibits[0].attachments[0].data
    assert data is not None
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == "JPEG"
        assert image.width > 1000
