"""What other processes hold is read when it may matter, and not with each of their words."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.generation.holding import Alone
from bot.generation.model import Fate
from bot.generation.ports import Elsewhere, Mark
from bot.generation.queue import Queue
from bot.generation.several.bulletin import BACK, MOVED, Hear, Silence
from bot.generation.several.others import LOOK, REST, Others
from bot.scenario.api.records import Ceilings
from tests.support.builders import a_generation, running
from tests.support.clock import START, HeldClock


class Ears(Silence):
    def __init__(self) -> None:
        self.hears: dict[str, Hear] = {}

    def listen(self, kind: str, hear: Hear) -> None:
        self.hears[kind] = hear


class Place:
    """A process with a queue of its own, beside another one whose rows a test sets."""

    def __init__(self, *, jobs: int = 1, at_once: int | None = None) -> None:
        self.clock, self.queue = HeldClock(), Queue(Ceilings(jobs=jobs), at_once=at_once)
        self.holding, self.ears = Alone(), Ears()
        self.holding.bulletin, self.holding.others = self.ears, 1
        self.holding.mine = lambda holder: holder == 1
        self.found, self.looks, self.trouble = Elsewhere(), 0, list[Exception]()
        store: Any = self
        self.offered = list[bool]()
        self.others = Others(
            store,
            self.queue,
            self.clock,
            self.holding,
            ready=lambda _: True,
            look_again=lambda: None,
            offer_again=lambda: self.offered.append(self.queue.is_others("1")),
        )

    async def elsewhere(self, known: Mapping[str, Mark]) -> Elsewhere:
        self.looks += 1
        if self.trouble:
            raise self.trouble.pop()
        return self.found

    def crowd(self) -> None:
        """Somebody waits for a place that another one has."""
        self.queue.track(running("1"))
        waits = a_generation("2")
        self.queue.track(waits)
        self.queue.join(waits)

    @asynccontextmanager
    async def going(self) -> AsyncGenerator[None]:
        task = asyncio.create_task(self.others.run())
        await self.clock.advance(0)
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})


async def test_it_looks_every_few_seconds_whatever_is_told() -> None:
    place = Place()
    async with place.going():
        for looks in (1, 2, 3):
            await place.clock.advance(LOOK)
            assert place.looks == looks
            await place.clock.advance(REST)


@pytest.mark.parametrize(("teller", "crowded", "looks"), [(2, True, 1), (2, False, 0), (1, True, 0)])
async def test_a_word_is_followed_where_somebody_waits_and_it_is_anothers(
    teller: int, crowded: bool, looks: int
) -> None:
    place = Place()
    if crowded:
        place.crowd()
    async with place.going():
        for _ in range(5):
            place.ears.hears[MOVED](teller, ())
        await place.clock.advance(REST / 2)
        assert place.looks == looks


async def test_many_words_are_one_look_and_the_next_a_moment_later() -> None:
    place = Place()
    place.crowd()
    async with place.going():
        for _ in range(10):
            place.ears.hears[MOVED](2, ())
            await place.clock.advance(REST / 5)
        assert 2 <= place.looks <= 3


async def test_who_hears_again_looks_and_who_is_behind_does_at_once() -> None:
    place = Place()
    place.crowd()
    async with place.going():
        place.ears.hears[BACK](0, ())
        await place.clock.advance(0)
        assert place.looks == 1
        await place.clock.advance(REST)
        place.others.behind()
        await place.clock.advance(0)
        assert place.looks == 2


async def test_a_look_that_fails_is_made_again(caplog: pytest.LogCaptureFixture) -> None:
    place = Place()
    place.trouble.append(OSError("gone"))
    async with place.going():
        await place.clock.advance(LOOK + REST)
        await place.clock.advance(LOOK)
        assert place.looks == 2
    assert "could not be looked at" in caplog.text


async def test_nobody_is_looked_for_where_nobody_is() -> None:
    place = Place()
    place.holding.others = 0
    await place.others.look()
    assert place.looks == 0


async def test_what_is_gone_gives_its_place_back_and_what_is_ones_own_by_now_stays() -> None:
    place = Place()
    theirs, mine = running("1", job_id="job_1"), a_generation("2")
    place.found = Elsewhere(marks={"1": (1, "live", None), "2": (1, "live", None)}, changed=[theirs, mine])
    place.queue.track(mine)
    await place.others.look()
    assert place.queue.is_others("1")
    assert place.offered == [True], "once it is known"
    assert not place.queue.is_others("2")
    place.queue.join(mine)
    assert not place.queue.admits(mine, START)
    assert place.queue.crowded
    place.found = Elsewhere()
    await place.others.look()
    assert place.queue.admits(mine, START)
    assert not place.queue.crowded
    assert place.queue.standing() == {Fate.REQUESTED: 1}


async def test_what_runs_elsewhere_is_kept_and_not_gathered_for_each_push() -> None:
    place = Place()
    kept = place.queue.running_elsewhere()
    some = [running("1"), running("2", model_id="wflow_1"), a_generation("3"), running("4")]
    place.found = Elsewhere(marks={one.id: (1, "live", None) for one in some}, changed=some)
    await place.others.look()
    assert {*kept} == {"job_1", "job_4"}
    place.found = Elsewhere(
        marks={"1": (2, "live", None), "4": (1, "live", None)}, changed=[running("1", job_id="job_5")]
    )
    await place.others.look()
    assert {*kept} == {"job_5", "job_4"}
    place.queue.track(running("4"))  # taken over
    assert {*kept} == {"job_5"}
    place.found = Elsewhere()
    await place.others.look()
    assert {*kept} == set()


async def test_a_request_that_is_let_through_its_line_elsewhere_has_its_place_here() -> None:
    place = Place(jobs=2, at_once=1)
    first, theirs = running("1"), a_generation("2", created_at=START)
    place.queue.track(first)
    place.found = Elsewhere(marks={"2": (1, "live", None)}, changed=[theirs])
    await place.others.look()
    assert place.queue.position(theirs) is None  # in its member's line
    place.queue.track(replace(first, fate=Fate.SUCCEEDED))
    place.found = Elsewhere(marks={"2": (1, "live", None)})  # its own row stands as it stood
    await place.others.look()
    assert place.queue.position(theirs) == 1


async def test_what_flies_elsewhere_is_known_before_anybody_is_let_through_his_line() -> None:
    place = Place(jobs=2, at_once=1)
    asked, bought = (
        a_generation("1", created_at=START),
        running("2", submitted_at=START + timedelta(seconds=9)),
    )
    place.found = Elsewhere(marks=dict.fromkeys("12", (1, "live", None)), changed=[asked, bought])
    await place.others.look()
    assert place.queue.position(asked) is None
    assert place.queue.lines.position(asked) == 1


async def test_what_its_holder_does_not_buy_for_now_keeps_nobody_waiting() -> None:
    place = Place()
    theirs, mine = a_generation("1"), a_generation("2", created_at=START + timedelta(seconds=1))
    place.queue.track(mine)
    place.queue.join(mine)
    place.found = Elsewhere(marks={"1": (1, "live", None)}, changed=[theirs])
    await place.others.look()
    assert not place.queue.admits(mine, START)
    place.found = Elsewhere(marks=place.found.marks, aside=frozenset({"1"}))
    await place.others.look()
    assert place.queue.admits(mine, START)
    place.found = Elsewhere(marks=place.found.marks)
    await place.others.look()
    assert not place.queue.admits(mine, START)
