import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot import discord_limits
from bot.catalogue import Catalogue, ModelFault, search
from bot.catalogue.catalogue import LAST_RETRY, WARM_AT_ONCE
from bot.clock import Clock
from bot.scenario.api.errors import (
    Busy,
    Forbidden,
    NotFound,
    Rejected,
    ScenarioError,
    Unavailable,
    Unreachable,
    WrongKey,
)
from bot.scenario.api.records import Input, Model

HOUR = timedelta(hours=1)
INSTANT = timedelta(microseconds=1)
PROMPT = Input(name="prompt", type="string", prompt=True)
RATIO = Input(name="aspectRatio", type="string", allowed_values=("1:1", "16:9", "9:16", "auto"))


class HeldClock:
    """Stands still; a sleep lasts until `pass_` has moved the time beyond it."""

    def __init__(self) -> None:
        self._now = datetime(2026, 3, 1, tzinfo=UTC)
        self.slept: list[float] = []
        self._moved = asyncio.Event()

    def monotonic(self) -> float:
        return (self.now() - datetime(2000, 1, 1, tzinfo=UTC)).total_seconds()

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        until = self._now + timedelta(seconds=seconds)
        while self._now < until:
            await self._moved.wait()

    async def pass_(self, time: timedelta) -> None:
        self._now += time
        self._moved.set()
        self._moved = asyncio.Event()
        await settle()


class FakeSource:
    """Scenario with the models given; whatever is put into `fails` is raised instead."""

    def __init__(self, *models: Model) -> None:
        self.rows = {model.id: model for model in models}
        self.fails: dict[str, ScenarioError] = {}
        self.reads: list[str] = []
        self.listings: list[str] = []
        self.gate: asyncio.Event | None = None
        self.at_once = 0
        self.most_at_once = 0

    async def models(self, *, privacy: str) -> AsyncIterator[Model]:
        self.listings.append(privacy)
        for n, row in enumerate(list(self.rows.values())):
            if n == 1 and f"{privacy} half" in self.fails:
                raise self.fails[f"{privacy} half"]
            if row.privacy == privacy and "unlisted" not in row.tags:
                yield replace(row, inputs=None, sizes=None)
        if privacy in self.fails:
            raise self.fails[privacy]

    async def model(self, model_id: str) -> Model:
        self.reads.append(model_id)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await (self.gate.wait() if self.gate else asyncio.sleep(0))
        finally:
            self.at_once -= 1
        for key in ("read", model_id):
            if key in self.fails:
                raise self.fails[key]
        if model_id not in self.rows:
            raise NotFound(f"Model {model_id} not found", status=404)
        return self.rows[model_id]


def model(model_id: str, name: str | None = None, **changes: Any) -> Model:
    basis: dict[str, Any] = {
        "id": model_id,
        "name": name or model_id.removeprefix("model_").title(),
        "capabilities": ("txt2img",),
        "inputs": (PROMPT, RATIO),
    }
    return Model(**{**basis, **changes})


FOX = model("model_fox")
OWL = model("model_owl", tags=("sc:featured",))
CAT = model("model_cat", privacy="private")


async def settle() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


def new(source: FakeSource, clock: Clock | None = None, **options: Any) -> Catalogue:
    return Catalogue(source, clock or HeldClock(), **options)


async def loaded(*models: Model, **options: Any) -> Catalogue:
    catalogue = new(FakeSource(*models), **options)
    assert await catalogue.refresh()
    return catalogue


def ids(models: list[Model]) -> list[str]:
    return [one.id for one in models]


# -- refresh ------------------------------------------------------------------------------------------


async def test_a_refresh_reads_private_rows_then_public_ones() -> None:
    source = FakeSource(FOX, CAT)
    catalogue = new(source)
    assert catalogue.get("model_fox") is None
    assert not catalogue.loaded
    assert await catalogue.refresh()
    assert source.listings == ["private", "public"]
    assert catalogue.loaded
    assert catalogue.get("model_fox") == replace(FOX, inputs=None)
    assert catalogue.get("model_cat") == replace(CAT, inputs=None)


@pytest.mark.parametrize("error", [Unavailable("down"), Unreachable(), Busy(), WrongKey("no")], ids=repr)
async def test_a_listing_that_fails_keeps_its_old_rows(
    error: ScenarioError, caplog: pytest.LogCaptureFixture
) -> None:
    source = FakeSource(FOX, CAT)
    catalogue = new(source)
    await catalogue.refresh()
    source.rows = {OWL.id: OWL}
    source.fails = {"public": error}
    assert not await catalogue.refresh()
    assert catalogue.get("model_fox") is not None
    assert catalogue.get("model_cat") is None  # the other listing was read, and it is gone from there
    assert "listing of public models could not be read" in caplog.text


async def test_half_a_listing_is_no_listing() -> None:
    source = FakeSource(FOX, OWL)
    source.fails = {"public half": Unavailable()}
    catalogue = new(source)
    assert not await catalogue.refresh()
    assert not catalogue.loaded
    assert catalogue.get("model_fox") is None


@pytest.mark.parametrize("error", [NotFound(status=404), Forbidden(status=403)], ids=repr)
async def test_a_listing_that_does_not_exist_is_an_empty_one(error: ScenarioError) -> None:
    source = FakeSource(FOX, CAT)
    source.fails = {"private": error}
    catalogue = new(source)
    assert await catalogue.refresh()
    assert catalogue.loaded
    assert catalogue.get("model_fox") is not None


async def test_a_refused_key_does_not_count_as_loaded() -> None:
    # "There is no such model" would be a wrong answer to everything.
    source = FakeSource(FOX)
    source.fails = {"private": WrongKey(), "public": WrongKey()}
    catalogue = new(source)
    assert not await catalogue.refresh()
    assert not catalogue.loaded


async def test_the_operator_is_told_of_a_key_only_where_it_was_refused(
    caplog: pytest.LogCaptureFixture,
) -> None:
    source = FakeSource(FOX)
    source.fails = {"public": Unavailable()}
    await new(source).refresh()
    assert "SCENARIO_API_KEY" not in caplog.text
    source.fails = {"public": WrongKey()}
    await new(source).refresh()
    assert "SCENARIO_API_KEY" in caplog.text


RICH = model(
    "model_rich",
    description="Draws foxes.",
    thumbnail="http://thumbnail",
    example_asset_ids=("asset_1",),
    variants=("model_a",),
    concepts=("model_b",),
)


async def test_what_the_listing_leaves_out_is_kept_from_the_record() -> None:
    source = FakeSource(RICH)
    catalogue = new(source)
    await catalogue.read("model_rich")
    bare: dict[str, Any] = {
        "description": None,
        "thumbnail": None,
        "example_asset_ids": (),
        "variants": (),
        "concepts": (),
    }
    source.rows["model_rich"] = model("model_rich", **bare)
    await catalogue.refresh()
    assert catalogue.get("model_rich") == RICH


async def test_what_the_listing_says_anew_replaces_the_record() -> None:
    source = FakeSource(RICH)
    catalogue = new(source)
    await catalogue.read("model_rich")
    anew: dict[str, Any] = {
        "description": "Owls.",
        "thumbnail": "http://other",
        "example_asset_ids": ("asset_2",),
        "variants": ("model_c",),
        "concepts": ("model_d",),
    }
    source.rows["model_rich"] = model("model_rich", **anew)
    await catalogue.refresh()
    assert catalogue.get("model_rich") == model("model_rich", **anew)


async def test_a_new_row_keeps_the_schema_and_brings_the_news() -> None:
    source = FakeSource(FOX)
    catalogue = new(source)
    await catalogue.refresh()
    await catalogue.read("model_fox")
    source.rows["model_fox"] = replace(FOX, tags=("deprecated:model_owl",))
    await catalogue.refresh()
    known = catalogue.get("model_fox")
    assert known is not None
    assert known.inputs == FOX.inputs
    assert catalogue.usable(known) is ModelFault.DEPRECATED
    assert catalogue.detail(known, ModelFault.DEPRECATED) == "model_owl"


async def test_a_model_in_no_listing_is_forgotten_with_its_schema() -> None:
    clock, source = HeldClock(), FakeSource(FOX, model("model_hidden", tags=("unlisted",)))
    catalogue = new(source, clock)
    await catalogue.refresh()
    await catalogue.read("model_hidden")
    await catalogue.refresh()
    assert catalogue.get("model_hidden") is not None
    await clock.pass_(HOUR)
    await catalogue.refresh()
    assert catalogue.get("model_hidden") is None


# -- run ----------------------------------------------------------------------------------------------


async def test_the_loop_loads_at_once_and_then_every_hour() -> None:
    clock, source = HeldClock(), FakeSource(FOX)
    catalogue = new(source, clock)
    task = asyncio.create_task(catalogue.run())
    await settle()
    assert catalogue.loaded
    await clock.pass_(HOUR - INSTANT)
    assert source.listings == ["private", "public"]
    await clock.pass_(INSTANT)
    assert source.listings == ["private", "public"] * 2
    assert clock.slept == [3600.0, 3600.0]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_the_loop_tries_again_soon_and_ever_later_after_a_failure() -> None:
    clock, source = HeldClock(), FakeSource(FOX)
    source.fails = {"public": Unavailable()}
    catalogue = new(source, clock)
    task = asyncio.create_task(catalogue.run())
    await settle()
    for _ in range(10):
        await clock.pass_(timedelta(seconds=LAST_RETRY))
    assert clock.slept == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    source.fails = {}
    await clock.pass_(timedelta(seconds=LAST_RETRY))
    assert clock.slept[-1] == 3600
    assert catalogue.loaded
    source.fails = {"public": Unavailable()}
    await clock.pass_(HOUR)
    assert clock.slept[-1] == 1
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_the_loop_outlives_a_mistake(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(FakeSource):
        def models(self, *, privacy: str) -> AsyncIterator[Model]:
            if self.fails:
                raise RuntimeError("a mistake of ours")
            return super().models(privacy=privacy)

    clock, source = HeldClock(), Broken(FOX)
    source.fails = {"any": Unavailable()}
    catalogue = new(source, clock)
    task = asyncio.create_task(catalogue.run())
    await settle()
    assert "a mistake of ours" in caplog.text
    source.fails = {}
    await clock.pass_(timedelta(seconds=1))
    assert catalogue.loaded
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_schemas_are_read_ahead_the_most_useful_first_and_a_few_at_a_time() -> None:
    many = [model(f"model_{n:03}") for n in range(100)]
    tool = model("model_tool", capabilities=("img2img",), tags=("sc:featured",))
    source = FakeSource(*many, tool, OWL, CAT)
    catalogue = new(source, HeldClock(), default_model="model_050")
    task = asyncio.create_task(catalogue.run())
    for _ in range(5):
        await settle()
    # the operator's, what /edit takes, the team's own, what is featured, and what an empty picker shows
    assert source.reads[:5] == ["model_050", "model_tool", "model_cat", "model_owl", "model_000"]
    assert len(source.reads) == 2 + discord_limits.CHOICES
    assert len(set(source.reads)) == len(source.reads)
    assert source.most_at_once == WARM_AT_ONCE
    known = catalogue.get("model_cat")
    assert known is not None
    assert known.inputs is not None
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_the_families_of_what_people_use_are_read_ahead_too() -> None:
    many = [model(f"model_{n:03}") for n in range(100)]
    quick, full = model("model_quick", name="Heron 2 Fast"), model("model_zfull", name="Heron 2")
    source = FakeSource(*many, quick, full)

    async def used() -> list[str]:
        return ["model_050", "model_quick"]

    catalogue = Catalogue(source, HeldClock(), popular=used)
    task = asyncio.create_task(catalogue.run())
    for _ in range(5):
        await settle()
    assert source.reads[:3] == ["model_050", "model_quick", "model_zfull"]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_schemas_read_ahead_never_grow_too_old_between_two_rounds() -> None:
    clock, source = HeldClock(), FakeSource(FOX)
    catalogue = new(source, clock)
    task = asyncio.create_task(catalogue.run())
    await settle()
    await clock.pass_(HOUR - INSTANT)
    await catalogue.read("model_fox")
    assert source.reads == ["model_fox"]
    await clock.pass_(INSTANT)
    assert source.reads == ["model_fox"] * 2
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_reading_ahead_survives_refusals(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    clock, source = HeldClock(), FakeSource(FOX, OWL)
    source.fails = {"model_owl": Forbidden("not yours")}
    catalogue = new(source, clock, default_model="model_gone")
    task = asyncio.create_task(catalogue.run())
    await settle()
    known = catalogue.get("model_fox")
    assert known is not None
    assert known.inputs is not None
    assert clock.slept == [3600]
    assert "model_owl could not be read ahead" in caplog.text
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


# -- read ---------------------------------------------------------------------------------------------


async def test_a_schema_is_read_once_until_it_is_an_hour_old() -> None:
    clock, source = HeldClock(), FakeSource(FOX)
    catalogue = new(source, clock)
    assert await catalogue.read("model_fox") == FOX
    await clock.pass_(HOUR - INSTANT)
    assert await catalogue.read("model_fox") == FOX
    assert source.reads == ["model_fox"]
    await clock.pass_(INSTANT)
    await catalogue.read("model_fox")
    assert source.reads == ["model_fox"] * 2


async def test_readers_at_once_share_one_request() -> None:
    source = FakeSource(FOX)
    catalogue = new(source)
    assert await asyncio.gather(*(catalogue.read("model_fox") for _ in range(20))) == [FOX] * 20
    assert source.reads == ["model_fox"]


async def test_a_reader_who_gives_up_leaves_the_request_to_the_others() -> None:
    source = FakeSource(FOX)
    source.gate = asyncio.Event()
    catalogue = new(source)
    first, second = (asyncio.create_task(catalogue.read("model_fox")) for _ in range(2))
    await settle()
    first.cancel()
    await settle()
    assert first.cancelled()
    source.gate.set()
    assert await second == FOX
    assert source.reads == ["model_fox"]


async def test_a_failure_that_nobody_waits_for_is_no_unhandled_one() -> None:
    source = FakeSource()
    source.gate = asyncio.Event()
    catalogue = new(source)
    reader = asyncio.create_task(catalogue.read("model_fox"))
    await settle()
    reader.cancel()
    source.gate.set()
    await settle()
    assert reader.cancelled()


async def test_a_failure_is_not_remembered() -> None:
    source = FakeSource(FOX)
    source.fails = {"read": Unavailable("down")}
    catalogue = new(source)
    with pytest.raises(Unavailable):
        await catalogue.read("model_fox")
    source.fails = {}
    assert await catalogue.read("model_fox") == FOX


@pytest.mark.parametrize("error", [Unavailable("down"), Unreachable(), Busy()], ids=repr)
async def test_an_old_schema_serves_while_scenario_is_away(error: ScenarioError) -> None:
    clock, source = HeldClock(), FakeSource(FOX)
    catalogue = new(source, clock)
    await catalogue.read("model_fox")
    await clock.pass_(timedelta(days=3))
    source.fails = {"read": error}
    assert await catalogue.read("model_fox") == FOX


@pytest.mark.parametrize("error", [NotFound(), Forbidden(), WrongKey()], ids=repr)
async def test_a_no_is_a_no_also_with_an_old_schema(error: Rejected) -> None:
    clock, source = HeldClock(), FakeSource(FOX)
    catalogue = new(source, clock)
    await catalogue.read("model_fox")
    await clock.pass_(HOUR)
    source.fails = {"read": error}
    with pytest.raises(Rejected):
        await catalogue.read("model_fox")


async def test_without_any_schema_the_error_is_the_answer() -> None:
    source = FakeSource(FOX)
    catalogue = new(source)
    await catalogue.refresh()
    source.fails = {"read": Unreachable()}
    with pytest.raises(Unreachable):
        await catalogue.read("model_fox")


# -- find, nearest, default ---------------------------------------------------------------------------


async def test_a_model_is_found_by_id_and_by_name() -> None:
    catalogue = await loaded(FOX, model("model_k", "FLUX.1 Kontext [max]"))
    for text in ("model_fox", " model_fox ", "Fox", "FOX"):
        assert catalogue.find(text) == catalogue.get("model_fox")
    for text in ("flux.1 kontext [MAX]", "flux 1 kontext max"):
        assert catalogue.find(text) == catalogue.get("model_k")
    for text in ("", "  ", "fo", "foxes", "model_FOX"):
        assert catalogue.find(text) is None


async def test_a_name_that_two_models_have_finds_the_usable_one_or_none() -> None:
    old = model("model_old", "Twin", tags=("deprecated:model_new",))
    catalogue = await loaded(old, model("model_new", "Twin"))
    found = catalogue.find("twin")
    assert found is not None
    assert found.id == "model_new"
    catalogue = await loaded(old, model("model_new", "Twin"), model("model_three", "Twin"))
    assert catalogue.find("twin") is None


async def test_a_name_to_the_letter_beats_one_that_differs_by_punctuation() -> None:
    catalogue = await loaded(model("a", "Flux 1"), model("b", "Flux.1"))
    found = catalogue.find("flux.1")
    assert found is not None
    assert found.id == "b"
    assert catalogue.find("flux_1") is None


async def test_names_of_punctuation_alone_are_names() -> None:
    catalogue = await loaded(model("a", "!!!"), model("b", "???"))
    found = catalogue.find("???")
    assert found is not None
    assert found.id == "b"


async def test_the_nearest_names_are_of_usable_models() -> None:
    catalogue = await loaded(
        model("a", "Seedream 5"), model("b", "Seedream 4", tags=("deprecated:a",)), model("c", "Imagen")
    )
    assert catalogue.nearest("sedream") == ["Seedream 5"]
    assert catalogue.nearest("qqqq") == []
    assert catalogue.nearest(" ") == []


async def test_the_default_is_the_first_featured_model_that_makes_images_from_text() -> None:
    tool = model("model_tool", capabilities=("img2img",), tags=("sc:featured",))
    film = model("model_film", capabilities=("txt2video",), tags=("sc:featured",))
    old = model("model_old", tags=("sc:featured", "deprecated:x"))
    lora = model("model_lora", type="flux.1-lora", tags=("sc:featured",))
    catalogue = await loaded(FOX, tool, film, old, lora, OWL)
    chosen = catalogue.default()
    assert chosen is not None
    assert chosen.id == "model_owl"
    chosen = catalogue.default("video")
    assert chosen is not None
    assert chosen.id == "model_film"
    assert catalogue.default("audio") is None


async def test_without_a_featured_model_any_that_makes_images_will_do() -> None:
    catalogue = await loaded(model("model_mute", capabilities=()), FOX)
    chosen = catalogue.default()
    assert chosen is not None
    assert chosen.id == "model_fox"
    catalogue = await loaded(model("model_mute", capabilities=()))
    chosen = catalogue.default()
    assert chosen is not None
    assert chosen.id == "model_mute"
    assert (await loaded()).default() is None


async def test_the_default_of_the_operator_holds_before_anything_was_read() -> None:
    catalogue = new(FakeSource(FOX), default_model="model_fox")
    assert catalogue.default() == Model(id="model_fox", name="model_fox")
    assert catalogue.default("video") is None
    await catalogue.refresh()
    assert catalogue.default() == catalogue.get("model_fox")


async def test_a_plan_can_be_learned_later() -> None:
    locked = model("model_locked", access_restriction=75)
    catalogue = await loaded(locked)
    assert catalogue.usable(locked) is None
    assert ids(catalogue.suggest_models("", medium="image")) == ["model_locked"]
    catalogue.plan_level = 50
    assert catalogue.usable(locked) is ModelFault.PLAN
    assert catalogue.detail(locked, ModelFault.PLAN) == "Max"
    assert catalogue.suggest_models("", medium="image") == []


# -- suggestions --------------------------------------------------------------------------------------


async def test_only_usable_models_of_the_medium_are_suggested() -> None:
    catalogue = await loaded(
        FOX,
        OWL,
        CAT,
        model("model_tool", capabilities=("img2img",)),
        model("model_film", capabilities=("txt2video", "img2video")),
        model("model_lora", type="flux.1-lora"),
        model("model_new", status="training", privacy="private"),
        model("model_old", tags=("deprecated:model_fox",)),
    )
    assert ids(catalogue.suggest_models("", medium="image")) == ["model_cat", "model_owl", "model_fox"]
    assert ids(catalogue.suggest_models("", medium="video")) == ["model_film"]
    assert ids(catalogue.suggest_models("", medium="image", source="img")) == ["model_tool"]
    assert ids(catalogue.suggest_models("tool", medium="image")) == []
    assert ids(catalogue.suggest_models("fo", medium="image")) == ["model_fox"]


async def test_never_more_than_a_picker_holds_are_suggested() -> None:
    catalogue = await loaded(*(model(f"model_{n}") for n in range(60)))
    assert len(catalogue.suggest_models("", medium="image")) == 25
    assert len(catalogue.suggest_models("", medium="image", limit=100)) == 25
    assert len(catalogue.suggest_models("", medium="image", limit=3)) == 3
    assert catalogue.suggest_models("", medium="image", limit=-1) == []


async def test_suggestions_follow_what_is_read() -> None:
    source = FakeSource(FOX)
    catalogue = new(source)
    await catalogue.refresh()
    assert catalogue.suggest_models("", medium="image") == [replace(FOX, inputs=None)]
    await catalogue.read("model_fox")
    assert catalogue.suggest_models("", medium="image") == [FOX]
    source.rows = {OWL.id: OWL}
    await catalogue.refresh()
    assert ids(catalogue.suggest_models("", medium="image")) == ["model_owl", "model_fox"]


async def test_a_model_in_no_listing_is_found_by_its_name_once_it_was_read() -> None:
    catalogue = new(FakeSource(FOX, model("model_hidden", "Hidden Owl", tags=("unlisted",))))
    await catalogue.refresh()
    assert catalogue.find("Hidden Owl") is None
    assert catalogue.nearest("Hidden Owl") == []
    await catalogue.read("model_hidden")
    found = catalogue.find("Hidden Owl")
    assert found is not None
    assert found.id == "model_hidden"
    assert catalogue.nearest("Hidden Owl") == ["Hidden Owl"]


async def test_a_schema_that_is_read_makes_no_picker_sort_all_models_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    catalogue = await loaded(FOX, OWL)
    catalogue.nearest("fox")
    made: list[Model] = []
    entry = search._entry  # pyright: ignore[reportPrivateUsage]

    def counted(one: Model) -> object:
        made.append(one)
        return entry(one)

    monkeypatch.setattr(search, "_entry", counted)
    await catalogue.read("model_fox")
    assert catalogue.nearest("fox") == ["Fox"]
    assert made == []


async def test_the_operators_choice_is_known_as_such() -> None:
    catalogue = new(FakeSource(FOX), default_model="model_fox")
    assert catalogue.is_operators("model_fox")
    assert not catalogue.is_operators("model_owl")
    assert not new(FakeSource(FOX)).is_operators("")
    assert not new(FakeSource(FOX), default_model="").is_operators("")


async def test_ratios_are_those_of_the_model() -> None:
    catalogue = await loaded(FOX, model("model_bare", inputs=(PROMPT,)), default_model="model_fox")
    common = catalogue.suggest_ratios("model_fox", "")
    assert "16:9" in common
    assert "auto" not in common
    assert catalogue.suggest_ratios("model_unknown", "") == common
    await catalogue.read("model_fox")
    await catalogue.read("model_bare")
    for chosen in ("model_fox", "Fox", None, ""):
        assert catalogue.suggest_ratios(chosen, "") == ["1:1", "16:9", "9:16", "auto"]
    assert catalogue.suggest_ratios("model_bare", "") == []


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("1", ["1:1", "16:9"]),
        ("16x9", ["16:9"]),
        (" 9/16 ", ["9:16"]),
        ("AU", ["auto"]),
        ("7:5", ["1:1", "16:9", "9:16", "auto"]),
    ],
)
async def test_ratios_follow_what_is_typed(typed: str, offered: list[str]) -> None:
    catalogue = await loaded(FOX, default_model="model_fox")
    await catalogue.read("model_fox")
    assert catalogue.suggest_ratios(None, typed) == offered


async def test_before_anything_is_loaded_nothing_fails() -> None:
    catalogue = new(FakeSource())
    assert catalogue.default() is None
    assert catalogue.find("fox") is None
    assert catalogue.nearest("fox") == []
    assert catalogue.suggest_models("fox", medium="image") == []
    assert "1:1" in catalogue.suggest_ratios(None, "")
