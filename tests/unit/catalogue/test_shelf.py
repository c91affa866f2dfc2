"""What is kept outlives the process, and serves while Scenario is away."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.catalogue import Catalogue, Shelved, Task
from bot.scenario.api.errors import Unavailable, Unreachable
from bot.scenario.api.records import Model
from tests.unit.catalogue.test_catalogue import CAT, FOX, HOUR, OWL, FakeSource, HeldClock, model


class FakeShelf:
    """Keeps rows in memory, or fails."""

    def __init__(self) -> None:
        self.rows: dict[str, Shelved] = {}
        self.saves: list[tuple[set[str], set[str], dict[str, datetime]]] = []
        self.broken = False

    async def load(self) -> Sequence[Shelved]:
        if self.broken:
            raise OSError("the disk is away")
        return list(self.rows.values())

    async def save(
        self, rows: Sequence[Shelved], *, gone: Collection[str], listed: Mapping[str, datetime]
    ) -> None:
        if self.broken:
            raise OSError("the disk is away")
        self.saves.append(({row.model.id for row in rows}, set(gone), dict(listed)))
        for model_id in gone:
            self.rows.pop(model_id, None)
        self.rows |= {row.model.id: row for row in rows}
        for id_, row in self.rows.items():
            if row.privacy in listed:
                self.rows[id_] = replace(row, listed_at=listed[row.privacy])


@pytest.fixture
def shelf() -> FakeShelf:
    return FakeShelf()


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


def new(source: FakeSource, clock: HeldClock, shelf: FakeShelf) -> Catalogue:
    return Catalogue(source, clock, shelf=shelf)


async def filled(shelf: FakeShelf, clock: HeldClock, *models: Model) -> FakeSource:
    """A shelf that an earlier process has filled, with one schema read."""
    source = FakeSource(*models)
    catalogue = new(source, clock, shelf)
    await catalogue.refresh()
    await catalogue.read(models[0].id)
    await catalogue.settle()
    return source


async def test_a_new_process_knows_everything_before_it_asks(shelf: FakeShelf, clock: HeldClock) -> None:
    source = await filled(shelf, clock, FOX, CAT)
    began = clock.now()
    await clock.pass_(timedelta(days=2))
    source.fails = {"private": Unavailable(), "public": Unavailable(), "read": Unreachable()}
    catalogue = new(source, clock, shelf)
    assert not catalogue.loaded
    await catalogue.load()
    assert catalogue.loaded
    assert catalogue.listed_at == began
    assert catalogue.get("model_fox") == FOX
    assert catalogue.get("model_cat") == replace(CAT, inputs=None)
    assert not await catalogue.refresh()
    assert catalogue.loaded
    assert await catalogue.read("model_fox") == FOX  # two days old, and better than nothing
    assert [one.id for one in catalogue.suggest_for("", task=Task.IMAGINE)] == ["model_cat", "model_fox"]


async def test_an_old_schema_is_read_anew_when_scenario_answers(shelf: FakeShelf, clock: HeldClock) -> None:
    source = await filled(shelf, clock, FOX)
    catalogue = new(source, clock, shelf)
    await catalogue.load()
    await catalogue.read("model_fox")
    assert source.reads == ["model_fox"]
    await clock.pass_(HOUR)
    await catalogue.read("model_fox")
    assert source.reads == ["model_fox"] * 2


async def test_only_what_changed_is_written(shelf: FakeShelf, clock: HeldClock) -> None:
    source = FakeSource(FOX, OWL, CAT)
    catalogue = new(source, clock, shelf)
    await catalogue.refresh()
    await catalogue.settle()
    first = clock.now()
    assert shelf.saves == [
        ({"model_fox", "model_owl", "model_cat"}, set(), {"private": first, "public": first})
    ]
    await clock.pass_(HOUR)
    source.rows = {FOX.id: replace(FOX, tags=("new",)), CAT.id: replace(CAT, thumbnail="https://signed/2")}
    await catalogue.refresh()
    await catalogue.settle()
    assert shelf.saves[1:] == [
        ({"model_fox"}, {"model_owl"}, {"private": clock.now(), "public": clock.now()})
    ]
    await catalogue.read("model_cat")
    await catalogue.settle()
    assert shelf.saves[2:] == [({"model_cat"}, set(), {})]
    assert shelf.rows["model_cat"].read_at == clock.now()


async def test_a_thumbnails_link_is_never_kept(shelf: FakeShelf, clock: HeldClock) -> None:
    catalogue = new(FakeSource(replace(FOX, thumbnail="https://signed")), clock, shelf)
    await catalogue.refresh()
    await catalogue.read("model_fox")
    await catalogue.settle()
    known = catalogue.get("model_fox")
    assert known is not None
    assert known.thumbnail == "https://signed"
    assert [row.model.thumbnail for row in shelf.rows.values()] == [None]


async def test_listings_are_kept_only_when_there_are_all(shelf: FakeShelf, clock: HeldClock) -> None:
    source = FakeSource(FOX, CAT)
    source.fails = {"private": Unavailable()}
    catalogue = new(source, clock, shelf)
    await catalogue.refresh()
    await catalogue.settle()
    assert shelf.saves == []
    later = new(source, clock, shelf)
    await later.load()
    assert not later.loaded


async def test_an_account_without_models_of_its_own_is_loaded_too(shelf: FakeShelf, clock: HeldClock) -> None:
    source = await filled(shelf, clock, FOX)
    catalogue = new(source, clock, shelf)
    await catalogue.load()
    assert catalogue.loaded
    assert catalogue.listed_at == clock.now()


async def test_a_model_that_was_only_read_is_kept_as_such(shelf: FakeShelf, clock: HeldClock) -> None:
    hidden = model("model_hidden", tags=("unlisted",))
    source = await filled(shelf, clock, hidden, FOX)
    assert shelf.rows["model_hidden"].privacy == ""
    assert shelf.rows["model_hidden"].listed_at is None
    catalogue = new(source, clock, shelf)
    await catalogue.load()
    assert catalogue.get("model_hidden") == hidden


async def test_a_broken_shelf_costs_nothing_but_the_memory(
    shelf: FakeShelf, clock: HeldClock, caplog: pytest.LogCaptureFixture
) -> None:
    shelf.broken = True
    catalogue = new(FakeSource(FOX), clock, shelf)
    await catalogue.load()
    assert await catalogue.refresh()
    assert await catalogue.read("model_fox") == FOX
    await catalogue.settle()
    assert "could not be kept" in caplog.text
    shelf.broken = False
    await catalogue.refresh()
    await catalogue.settle()
    assert set(shelf.rows) == {"model_fox"}
