"""Results of every medium on their way to Discord, within its limits, and none lost without a word."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.cards.ports import Result
from bot.scenario.api.records import Asset, File
from bot.ui.exhibits import pictures as opening
from bot.ui.exhibits.exhibit import Exhibit, Part, Shape
from bot.ui.exhibits.formats import ending_of
from bot.ui.exhibits.prepare import MOST_ATTACHED, REQUEST_LIMIT, allot, prepare
from bot.vocabulary import Medium
from tests.support.files import made, noise, pyav, raw, saved, trimesh

MIB = 1024 * 1024


async def one(result: Result, limit: int = 10 * MIB, **options: Any) -> Exhibit:
    (exhibit,) = await prepare([result], stem="imagine-7", limit=limit, **options)
    return exhibit


def names(*exhibits: Exhibit) -> list[str]:
    return [file.filename for exhibit in exhibits for file in exhibit.attachments]


def heavy(result: Result, size: int) -> Result:
    """The same file, said to weigh so much."""
    assert result.file is not None
    file = File(path=result.file.path, size=size, mime_type=result.file.mime_type)
    return Result(file=file, asset=result.asset, still=result.still)


# -- every medium -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "medium"), [("mp4", Medium.VIDEO), ("wav", Medium.AUDIO), ("glb", Medium.THREE_D)]
)
async def test_what_fits_is_attached_byte_for_byte(tmp_path: Path, form: str, medium: Medium) -> None:
    result = made(tmp_path, form, duration=2.5)
    exhibit = await one(result)
    (file,) = exhibit.attachments
    assert result.file is not None
    assert (file.filename, file.path, file.size) == (
        f"imagine-7-1.{form}",
        result.file.path,
        result.file.size,
    )
    assert (exhibit.medium, exhibit.shape, exhibit.format) == (medium, Shape.WHOLE, form.upper())
    assert (exhibit.duration, file.embeddable) == (2.5, False)


async def test_what_is_attached_still_opens(tmp_path: Path) -> None:
    exhibits = await prepare(
        [made(tmp_path, form) for form in ("mp4", "wav", "glb")], stem="imagine-7", limit=10 * MIB
    )
    video, sound, mesh = (str(exhibit.attachments[0].path) for exhibit in exhibits)
    with pyav().open(video) as container:
        assert len(list(container.decode(video=0))) == 12
    with pyav().open(sound) as container:
        assert sum(frame.samples for frame in container.decode(audio=0)) == 4000
    loaded: Any = trimesh().load(mesh, file_type="glb", force="mesh")
    assert len(loaded.faces) == 12


@pytest.mark.parametrize("form", ["mp4", "wav", "glb"])
async def test_what_does_not_fit_is_left_out_and_a_picture_stands_for_it(tmp_path: Path, form: str) -> None:
    result = made(tmp_path, form)
    assert result.file is not None
    exhibit = await one(result, result.file.size - 1)
    assert (exhibit.shape, exhibit.attachments) == (Shape.LEFT_OUT, ())
    still = saved(tmp_path, Image.new("RGB", (64, 36)), "PNG").file
    exhibit = await one(Result(file=result.file, still=still), result.file.size - 1)
    assert names(exhibit) == ["imagine-7-1-preview.png"]
    assert (exhibit.shape, exhibit.attachments[0].part) == (Shape.LEFT_OUT, Part.PREVIEW)
    assert exhibit.attachments[0].embeddable


async def test_what_was_not_even_fetched_keeps_the_facts_that_scenario_tells(tmp_path: Path) -> None:
    asset = Asset(id="a", url="u", mime_type="video/mp4", width=1920, height=1080, duration=60.0)
    still = saved(tmp_path, Image.new("RGB", (64, 36)), "JPEG").file
    exhibit = await one(Result(asset=asset, still=still))
    assert (exhibit.medium, exhibit.format, exhibit.width) == (Medium.VIDEO, "MP4", 1920)
    assert names(exhibit) == ["imagine-7-1-preview.jpg"]


async def test_a_mesh_has_its_preview_beside_it(tmp_path: Path) -> None:
    still = saved(tmp_path, Image.new("RGB", (64, 64)), "WEBP").file
    exhibit = await one(Result(file=made(tmp_path, "glb").file, still=still))
    assert names(exhibit) == ["imagine-7-1.glb", "imagine-7-1-preview.png"]
    assert (exhibit.shape, exhibit.attachments[1].embeddable) == (Shape.WHOLE, True)


async def test_a_still_that_is_no_picture_takes_no_room(tmp_path: Path) -> None:
    still = raw(tmp_path, b"nothing", "image/png").file
    exhibit = await one(Result(file=made(tmp_path, "glb").file, still=still))
    assert names(exhibit) == ["imagine-7-1.glb"]


async def test_a_file_that_is_no_picture_though_it_is_said_to_be_goes_along_as_it_is(tmp_path: Path) -> None:
    exhibit = await one(raw(tmp_path, b"nothing to see", "image/png"))
    assert names(exhibit) == ["imagine-7-1.png"]
    assert not exhibit.attachments[0].embeddable


@pytest.mark.parametrize(
    ("mime_type", "medium", "ending"),
    [
        ("audio/mpeg", None, "mp3"),
        ("video/quicktime", None, "mov"),
        ("video/mp4; codecs=avc1", None, "mp4"),
        ("text/markdown", None, "md"),
        ("application/octet-stream", None, "bin"),
        ("application/octet-stream", Medium.TEXT, "txt"),
        ("model/fbx", None, "fbx"),
        ("model/x-usd", None, "usd"),
        ("model/../../etc", None, "bin"),
        ("", None, "bin"),
        (None, None, "bin"),
    ],
)
def test_an_ending_follows_from_the_type(mime_type: str | None, medium: Medium | None, ending: str) -> None:
    assert ending_of(mime_type, medium) == ending


async def test_where_bytes_tell_little_scenarios_word_names_the_file(tmp_path: Path) -> None:
    told = raw(tmp_path, b"v 0 0 0\n", "text/plain", kind="3d", mime_type="model/obj")
    exhibit = await one(told)
    assert (exhibit.medium, names(exhibit)) == (Medium.THREE_D, ["imagine-7-1.obj"])
    bare = raw(tmp_path, b"\0\1", "application/octet-stream", mime_type="model/fbx")
    assert names(await one(bare)) == ["imagine-7-1.fbx"]


# -- words ------------------------------------------------------------------------------------------------


async def test_short_words_stand_in_the_card_with_or_without_a_file(tmp_path: Path) -> None:
    for result in (Result(text="three\nlines\nö"), raw(tmp_path, "three\nlines\nö".encode(), "text/plain")):
        exhibit = await one(result)
        assert (exhibit.text, exhibit.attachments, exhibit.shape) == ("three\nlines\nö", (), Shape.WHOLE)


@pytest.mark.parametrize("text", ["x" * 1501, "a\n" * 700, "*" * 1400])
async def test_long_words_stand_in_a_file(tmp_path: Path, text: str) -> None:
    from_job = (await one(Result(text=text))).attachments[0]
    assert (from_job.filename, from_job.data) == ("imagine-7-1.txt", text.encode())
    exhibit = await one(raw(tmp_path, text.encode(), "text/markdown"))
    assert names(exhibit) == ["imagine-7-1.md"]
    assert (exhibit.text, exhibit.shape) == (None, Shape.WHOLE)


async def test_hidden_words_stand_in_a_file_that_can_be_blurred() -> None:
    exhibit = await one(Result(text="the butler"), hidden=True)
    assert exhibit.text is None
    assert exhibit.attachments[0].data == b"the butler"


async def test_several_texts_share_the_room_of_one_card() -> None:
    exhibits = await prepare([Result(text="x" * 900)] * 2, stem="a", limit=MIB)
    assert [exhibit.text is not None for exhibit in exhibits] == [True, False]
    assert names(*exhibits) == ["a-2.txt"]


async def test_what_is_said_to_be_text_and_is_none_is_a_file(tmp_path: Path) -> None:
    assert names(await one(raw(tmp_path, b"\xff\xfe\0", "text/plain"))) == ["imagine-7-1.txt"]


# -- many and large ---------------------------------------------------------------------------------------


async def test_several_are_numbered_and_fit_one_request_together(tmp_path: Path) -> None:
    result = saved(tmp_path, noise((64, 64)), "PNG")
    exhibits = await prepare([result] * 4, stem="imagine-7", limit=10 * MIB)
    assert names(*exhibits) == [f"imagine-7-{n}.png" for n in range(1, 5)]
    assert REQUEST_LIMIT < 25 * MIB
    large = heavy(result, REQUEST_LIMIT // 4 + 1)
    shapes = [exhibit.shape for exhibit in await prepare([large] * 4, stem="a", limit=10 * MIB)]
    assert Shape.REDUCED in shapes
    assert Shape.LEFT_OUT not in shapes


async def test_beyond_ten_files_the_rest_is_left_to_be_asked_for(tmp_path: Path) -> None:
    result = saved(tmp_path, noise((16, 16)), "PNG")
    exhibits = await prepare([result] * 13, stem="a", limit=10 * MIB)
    assert len(names(*exhibits)) == MOST_ATTACHED
    assert [exhibit.shape for exhibit in exhibits[10:]] == [Shape.LEFT_OUT] * 3


async def test_a_source_never_takes_the_place_of_a_result(tmp_path: Path) -> None:
    result = saved(tmp_path, noise((16, 16)), "TIFF")
    exhibits = await prepare([result] * 9, stem="a", limit=10 * MIB)
    assert [exhibit.shape for exhibit in exhibits] == [Shape.WHOLE] + [Shape.CONVERTED] * 8
    assert len(names(*exhibits)) == MOST_ATTACHED


async def test_a_large_mesh_leaves_its_pictures_some_room(tmp_path: Path) -> None:
    mesh = heavy(made(tmp_path, "glb"), REQUEST_LIMIT - MIB)
    pictures = [heavy(saved(tmp_path, noise((90, 90)), "PNG", str(n)), 2 * MIB) for n in range(3)]
    exhibits = await prepare([mesh, *pictures], stem="a", limit=100 * MIB)
    assert [exhibit.shape for exhibit in exhibits] == [Shape.WHOLE] + [Shape.REDUCED] * 3


NEEDS = st.lists(st.tuples(st.integers(0, 40 * MIB), st.booleans()), max_size=20)


@given(NEEDS)
def test_what_is_allotted_never_exceeds_the_request_and_is_never_half_a_file(
    needs: list[tuple[int, bool]],
) -> None:
    allowed = allot(needs, REQUEST_LIMIT)
    assert len(allowed) == len(needs)
    assert sum(allowed) <= REQUEST_LIMIT
    for (need, reducible), bytes_ in zip(needs, allowed, strict=True):
        assert bytes_ >= 0
        assert reducible or bytes_ in {0, need}


@given(NEEDS)
def test_where_everything_fits_everybody_gets_what_it_needs(needs: list[tuple[int, bool]]) -> None:
    reserve = 256 * 1024 * len(needs)
    if sum(need for need, _ in needs) + reserve <= REQUEST_LIMIT:
        allowed = allot(needs, REQUEST_LIMIT)
        assert all(bytes_ >= need for (need, _), bytes_ in zip(needs, allowed, strict=True))


async def test_nothing_is_nothing() -> None:
    assert await prepare([], stem="a", limit=1) == []


class Panic(BaseException):
    """What native code raises: no `Exception`."""


async def test_a_file_whose_preview_dies_in_native_code_is_delivered_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def panic(*_: object) -> None:
        raise Panic("unwrap on a None value")

    monkeypatch.setattr(opening, "opened", panic)
    result = saved(tmp_path, noise((16, 16)), "PNG")
    mesh = replace(made(tmp_path, "glb"), still=result.file)
    shown, meshed = await prepare([result, mesh], stem="a", limit=10 * MIB)
    assert names(shown) == ["a-1.png"]
    assert not shown.attachments[0].embeddable
    assert names(meshed) == ["a-2.glb"]
