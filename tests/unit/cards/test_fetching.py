"""Results on their way from Scenario: what is fetched, what need not be, and what stands for it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.cards.fetching import FETCH_CAP, FETCH_PATIENCE, GATE_PATIENCE, MOST_FETCHED, Fetching
from bot.cards.ports import Result
from bot.generation.model import Fate, Generation, Output
from bot.generation.ports import Delayed
from bot.scenario.api.errors import FileTooBig, Unavailable
from bot.scenario.api.records import Asset, File
from bot.vocabulary import Medium
from tests.support.builders import running
from tests.support.clock import START, HeldClock
from tests.support.studio import FakeStudio

MIB = 1024 * 1024


class Shelf(FakeStudio):
    """A Scenario that holds assets with sizes and types."""

    def __init__(self) -> None:
        super().__init__(HeldClock())
        self.held: dict[str, Asset] = {}
        self.weights: dict[str, int] = {}
        self.types: dict[str, str] = {}
        self.fetched: list[tuple[str, int]] = []

    def put_asset(self, id_: str, mime_type: str, *, size: int = 10, **facts: Any) -> None:
        self.held[id_] = Asset(id=id_, url=f"https://cdn/{id_}", mime_type=mime_type, **facts)
        self.weights[f"https://cdn/{id_}"] = size
        self.types[f"https://cdn/{id_}"] = mime_type

    async def assets(self, asset_ids: Sequence[str]) -> Sequence[Asset]:
        await self._enter("assets")
        return [self.held[id_] for id_ in asset_ids if id_ in self.held]

    async def fetch(self, url: str, into: Path, *, cap: int) -> File:
        self.fetched.append((url, cap))
        if self.weights.get(url, 10) > cap:
            raise FileTooBig("too big", cap=cap)
        await self._enter("fetch")
        return File(path=into, size=self.weights.get(url, 10), mime_type=self.types.get(url, "image/png"))

    async def results(self, medium: Medium, folder: Path, *ids: str) -> list[Result]:
        return await Fetching(self, HeldClock()).fetch(done(medium, *(ids or self.held)), folder)


def done(medium: Medium, *ids: str, **changes: Any) -> Generation:
    fields: dict[str, Any] = {
        "fate": Fate.SUCCEEDED,
        "medium": medium,
        "outputs": tuple(Output(asset_id=id_) for id_ in ids),
        "finished_at": START,
        "attachment_limit": 10 * MIB,
    }
    return running(**{**fields, **changes})


def ids(results: Sequence[Result]) -> list[str]:
    return [result.asset.id if result.asset is not None else "" for result in results]


async def test_the_main_result_stands_first_whatever_scenarios_order(tmp_path: Path) -> None:
    shelf = Shelf()
    shelf.put_asset("thumbnail", "image/webp")
    shelf.put_asset("mesh", "model/gltf-binary")
    assert ids(await shelf.results(Medium.THREE_D, tmp_path)) == ["mesh", "thumbnail"]


async def test_no_result_is_written_over_another(tmp_path: Path) -> None:
    shelf = Shelf()
    for name in ("a", "b", "c"):
        shelf.put_asset(name, "image/png")
    results = await shelf.results(Medium.IMAGE, tmp_path)
    assert len({result.file.path for result in results if result.file is not None}) == 3


async def test_a_video_over_the_limit_is_not_fetched_and_its_still_stands_for_it(tmp_path: Path) -> None:
    shelf = Shelf()
    shelf.put_asset("film", "video/mp4", size=11 * MIB, stills=("https://cdn/poster",))
    (result,) = await shelf.results(Medium.VIDEO, tmp_path)
    assert result.file is None
    assert result.still is not None
    assert shelf.fetched[0] == ("https://cdn/film", 10 * MIB)


async def test_a_picture_over_the_limit_is_fetched_to_be_made_smaller(tmp_path: Path) -> None:
    shelf = Shelf()
    shelf.put_asset("poster", "image/png", size=30 * MIB, stills=("https://cdn/small",))
    (result,) = await shelf.results(Medium.IMAGE, tmp_path)
    assert result.file is not None
    assert shelf.fetched == [("https://cdn/poster", FETCH_CAP)]


async def test_a_video_that_fits_needs_no_still(tmp_path: Path) -> None:
    shelf = Shelf()
    shelf.put_asset("film", "video/mp4", stills=("https://cdn/poster",))
    (result,) = await shelf.results(Medium.VIDEO, tmp_path)
    assert (result.still, len(shelf.fetched)) == (None, 1)


async def test_a_film_that_is_not_played_has_a_still(tmp_path: Path) -> None:
    shelf = Shelf()
    shelf.put_asset("film", "video/x-matroska", stills=("https://cdn/poster",))
    (result,) = await shelf.results(Medium.VIDEO, tmp_path)
    assert result.unplayed
    assert result.still is not None


@pytest.mark.parametrize("pictured", [True, False])
async def test_a_mesh_has_a_still_unless_a_picture_came_with_it(tmp_path: Path, pictured: bool) -> None:
    shelf = Shelf()
    shelf.put_asset("mesh", "model/gltf-binary", stills=("https://cdn/preview",))
    if pictured:
        shelf.put_asset("thumbnail", "image/png")
    results = await shelf.results(Medium.THREE_D, tmp_path)
    assert (results[0].still is None) is pictured


async def test_a_still_that_cannot_be_had_delays_nothing_and_the_next_is_tried(tmp_path: Path) -> None:
    shelf = Shelf()
    shelf.put_asset("mesh", "model/gltf-binary", stills=("https://cdn/a", "https://cdn/b", "https://cdn/c"))
    shelf.types["https://cdn/b"] = "video/mp4"
    shelf.fail("fetch", None, Unavailable("502"))
    (result,) = await shelf.results(Medium.THREE_D, tmp_path)
    assert result.still is not None
    assert [url for url, _ in shelf.fetched[1:]] == ["https://cdn/a", "https://cdn/b", "https://cdn/c"]


async def test_words_that_the_record_has_whole_are_not_fetched(tmp_path: Path) -> None:
    shelf = Shelf()
    shelf.put_asset("poem", "text/plain", text="roses")
    (result,) = await shelf.results(Medium.TEXT, tmp_path)
    assert (result.text, result.file, shelf.fetched) == ("roses", None, [])


async def test_words_of_the_job_itself_are_a_result(tmp_path: Path) -> None:
    shelf = Shelf()
    generation = done(Medium.TEXT, outputs=(Output(text="roses"),))
    assert await Fetching(shelf, HeldClock()).fetch(generation, tmp_path) == [Result(text="roses")]
    assert shelf.fetched == []


async def test_of_very_many_files_no_more_are_fetched_than_a_message_may_hold_and_none_is_lost(
    tmp_path: Path,
) -> None:
    shelf = Shelf()
    for number in range(30):
        shelf.put_asset(f"map {number}", "image/png")
    shelf.put_asset("mesh", "model/gltf-binary")
    results = await shelf.results(Medium.THREE_D, tmp_path)
    assert len(results) == 31
    assert ids(results)[0] == "mesh"
    assert len(shelf.fetched) == MOST_FETCHED


async def test_of_very_many_files_what_was_asked_for_is_fetched_though_it_comes_last(tmp_path: Path) -> None:
    shelf = Shelf()
    for number in range(MOST_FETCHED):
        shelf.put_asset(f"film {number}", "video/mp4")
    shelf.put_asset("picture", "image/png")
    results = await shelf.results(Medium.IMAGE, tmp_path)
    assert ids(results)[0] == "picture"
    assert results[0].file is not None


PAGES = ["text/html", "application/json", "application/xml", "text/plain"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("medium", "mime"),
    [
        (Medium.IMAGE, "image/png"),
        (Medium.VIDEO, "video/mp4"),
        (Medium.AUDIO, "audio/mpeg"),
        (Medium.THREE_D, "model/gltf-binary"),
    ],
)
async def test_a_page_in_a_files_place_is_no_result_and_is_fetched_again(
    tmp_path: Path, medium: Medium, mime: str, page: str
) -> None:
    shelf = Shelf()
    shelf.put_asset("made", mime)
    shelf.types["https://cdn/made"] = page
    fetching = Fetching(shelf, HeldClock())
    with pytest.raises(Delayed):
        await fetching.fetch(done(medium, "made"), tmp_path)
    shelf.types["https://cdn/made"] = mime
    (result,) = await fetching.fetch(done(medium, "made"), tmp_path)
    assert result.file is not None
    assert result.file.mime_type == mime


async def test_without_assets_it_is_held_against_what_was_asked_for(tmp_path: Path) -> None:
    shelf = Shelf()
    link = "https://cdn/bare"
    shelf.types[link] = "text/html"
    film = done(Medium.VIDEO, outputs=(Output(url=link),), job_id=None)
    with pytest.raises(Delayed):
        await Fetching(shelf, HeldClock()).fetch(film, tmp_path)
    (result,) = await Fetching(shelf, HeldClock()).fetch(replace(film, medium=Medium.TEXT), tmp_path)
    assert result.file is not None


async def test_a_page_is_given_up_in_the_end_and_keeps_no_other_result_back(tmp_path: Path) -> None:
    shelf, clock = Shelf(), HeldClock()
    shelf.put_asset("page", "image/png")
    shelf.put_asset("picture", "image/png")
    shelf.types["https://cdn/page"] = "text/html"
    fetching = Fetching(shelf, clock)
    with pytest.raises(Delayed):
        await fetching.fetch(done(Medium.IMAGE, "page", "picture"), tmp_path)
    clock.jump(FETCH_PATIENCE.total_seconds())
    results = await fetching.fetch(done(Medium.IMAGE, "page", "picture"), tmp_path)
    assert ids(results) == ["picture"]


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_is_no_still(tmp_path: Path, page: str) -> None:
    shelf = Shelf()
    shelf.put_asset("mesh", "model/gltf-binary", stills=("https://cdn/a", "https://cdn/b"))
    shelf.types["https://cdn/a"] = page
    (result,) = await shelf.results(Medium.THREE_D, tmp_path)
    assert result.still is not None
    assert [url for url, _ in shelf.fetched[1:]] == ["https://cdn/a", "https://cdn/b"]


async def test_the_pictures_of_a_gate_use_up_no_patience_with_the_results(tmp_path: Path) -> None:
    shelf, clock = Shelf(), HeldClock()
    shelf.put_asset("draft", "image/png")
    shelf.put_asset("made", "image/png")
    shelf.types |= dict.fromkeys(("https://cdn/draft", "https://cdn/made"), "text/html")
    fetching = Fetching(shelf, clock)
    with pytest.raises(Delayed):
        await fetching.fetch(done(Medium.IMAGE, "draft"), tmp_path, patience=GATE_PATIENCE)
    clock.jump(GATE_PATIENCE.total_seconds())
    assert await fetching.fetch(done(Medium.IMAGE, "draft"), tmp_path, patience=GATE_PATIENCE) == []
    clock.jump(FETCH_PATIENCE.total_seconds())
    with pytest.raises(Delayed):
        await fetching.fetch(done(Medium.IMAGE, "made"), tmp_path)
