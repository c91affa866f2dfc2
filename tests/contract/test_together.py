"""What all processes on one database share: limits, budgets, forms, files, Scenario's ceilings, the lines."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from bot.forms import Draft
from bot.generation.card import CardState
from bot.generation.model import Fate, Generation
from bot.generation.ports import Guard, NoPlace
from bot.refusals import AlreadyAsked, Limit, LimitReached
from bot.service.repeats import Presses
from bot.service.service import Policy
from bot.store import SqlStore
from bot.store.address import parse_address
from bot.store.database import Database
from bot.store.tables import claims
from tests.support.bench import Process
from tests.support.builders import GUILD, OWNER, STRANGER, a_generation, running
from tests.support.clock import START, until
from tests.support.stores import a_store, a_store_at
from tests.support.town import Town, eventually, known

FREE = Guard()
Two = tuple[tuple[SqlStore, Process], tuple[SqlStore, Process]]


@pytest.fixture
async def town(postgres: str) -> AsyncGenerator[Town]:
    async with a_store_at(postgres):
        yield Town(postgres)


async def two(town: Town, stack: AsyncExitStack, **options: Any) -> Two:
    """Two processes that know of each other."""
    one = await stack.enter_async_context(town.process(**options))
    other = await stack.enter_async_context(town.process(**options))
    await one[0].holding.look()
    await until_known(one[0])
    return one, other


async def until_known(store: SqlStore) -> None:
    """Wait for the word, or the beat, that tells of the others."""
    await until(lambda: store.holding.others, "the others")


def asked(id_: str, **changes: Any) -> Generation:
    return a_generation(id_, card=CardState.LIVE, **changes)


def member_limit(most: int) -> dict[str, Any]:
    guard = Guard(member_in_flight=most, member_waiting=10)
    return {"policy": Policy(guard=guard), "guard": guard}


# -- what is counted and kept -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "guard",
    [
        Guard(member_in_flight=1),
        Guard(queue=1),
        Guard(member_cu_per_day=4),
        Guard(guild_cu_per_day=4),
        Guard(cu_per_day=4),
    ],
    ids=str,
)
async def test_of_two_that_both_fit_into_what_is_left_for_one_one_is_recorded(
    town: Town, guard: Guard
) -> None:
    async with town.process() as (store, _), town.process() as (theirs, _):
        new = [asked(str(number), price=4.0) for number in (1, 2)]
        told = await asyncio.gather(
            store.record(new[0], guard), theirs.record(new[1], guard), return_exceptions=True
        )
        assert [type(one) for one in told].count(LimitReached) == 1
        assert len(await store.unfinished()) == 1


async def test_a_price_that_one_reserved_is_not_there_for_the_other(town: Town) -> None:
    guard = Guard(cu_per_day=6)
    async with town.process() as (store, _), town.process() as (theirs, _):
        for number, one in enumerate((store, theirs), start=1):
            await one.record(asked(str(number)), FREE)
        both = [(store, await known(store, "1")), (theirs, await known(theirs, "2"))]
        told = await asyncio.gather(
            *(one.reserve(was, replace(was, price=4.0), guard, now=START) for one, was in both),
            return_exceptions=True,
        )
        assert [type(one) for one in told].count(LimitReached) == 1


async def test_a_form_that_one_began_the_other_goes_on_with_and_it_becomes_one_request(town: Town) -> None:
    draft = Draft(id="77", owner_id=OWNER, model_id="model_a", private=False, spoiler=False, created_at=START)
    async with town.process() as (store, _), town.process() as (theirs, _):
        await store.drafts.add(draft)
        assert await theirs.drafts.get("77") == draft
        told = await asyncio.gather(
            store.record(asked("1"), FREE, draft_id="77"),
            theirs.record(asked("2"), FREE, draft_id="77"),
            return_exceptions=True,
        )
        assert [type(one) for one in told].count(AlreadyAsked) == 1


async def test_a_file_that_one_handed_in_the_other_knows(town: Town) -> None:
    async with town.process() as (store, _), town.process() as (theirs, _):
        await store.uploads.keep("ab" * 32, "asset_1", START)
        assert await theirs.uploads.known("ab" * 32) == "asset_1"


# -- Scenario's ceilings ------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["model_flux", "wflow_1"])
async def test_a_ceiling_holds_for_all_of_them_together(town: Town, model: str) -> None:
    async with town.process() as (store, _), town.process() as (theirs, _):
        pool = {"model_id": model}
        for number, one in enumerate((store, theirs), start=1):
            await one.record(asked(str(number), price=4.0, **pool), FREE)
        await theirs.record(running("3", model_id="wflow_2" if model == "model_flux" else "model_flux"), FREE)
        guard = Guard(ceiling=1)
        told = await asyncio.gather(
            *(buying(one, str(number), guard) for number, one in enumerate((store, theirs), start=1)),
            return_exceptions=True,
        )
        assert [type(one) for one in told].count(NoPlace) == 1
        stand = [(await known(store, id_)).fate for id_ in ("1", "2")]
        assert sorted(stand) == [Fate.REQUESTED, Fate.SUBMITTING]


async def buying(store: SqlStore, id_: str, guard: Guard) -> None:
    was = await known(store, id_)
    sending = replace(was, fate=Fate.SUBMITTING, submitted_at=START)
    assert await store.reserve(was, sending, guard, now=START) is not None


async def test_what_nobody_knows_the_end_of_holds_no_place(town: Town) -> None:
    async with town.process() as (store, _), town.process() as (theirs, _):
        await theirs.record(running("1"), FREE)
        await store.record(asked("2"), FREE)
        with pytest.raises(NoPlace):
            await buying(store, "2", Guard(ceiling=1))
        await buying(store, "2", Guard(ceiling=1, let_go=frozenset({"1"})))


async def test_a_price_is_reserved_however_full_it_is(town: Town) -> None:
    async with town.process() as (store, _), town.process() as (theirs, _):
        await theirs.record(running("1"), FREE)
        await store.record(asked("2"), FREE)
        was = await known(store, "2")
        assert await store.reserve(was, replace(was, price=4.0), Guard(ceiling=1), now=START) is not None


async def test_one_process_on_a_file_asks_nobody_for_a_place() -> None:
    async with a_store() as store:
        await store.record(running("1"), FREE)
        await store.record(asked("2"), FREE)
        await buying(store, "2", Guard(ceiling=1))  # its own queue knows


async def test_two_buy_no_more_than_there_are_places_and_the_next_when_one_is_free(town: Town) -> None:
    async with AsyncExitStack() as stack:
        (store, one), (theirs, other) = await two(town, stack, capacity=1)
        await store.record(asked("1"), FREE)
        await theirs.record(asked("2", owner_id=STRANGER), FREE)
        for _ in range(3):
            await asyncio.gather(one.fates.step("1"), other.fates.step("2"))
        assert len(town.studio.posts) == 1
        fates = {id_: (await known(store, id_)).fate for id_ in ("1", "2")}
        assert sorted(fates.values()) == [Fate.REQUESTED, Fate.RUNNING]
        (bought,) = [id_ for id_, fate in fates.items() if fate is Fate.RUNNING]
        winner, loser = (one, other) if bought == "1" else (other, one)
        waits = "2" if bought == "1" else "1"
        await loser.others.look()
        await loser.fates.step(waits)
        assert len(town.studio.posts) == 1
        progress = loser.board.get(waits)
        assert progress is not None
        assert progress.position == 1
        town.studio.finish("job_1")
        await winner.fates.step(bought)
        await loser.others.look()
        await loser.fates.step(waits)
        assert len(town.studio.posts) == 2


async def test_what_one_process_lets_go_holds_no_place_of_the_others(town: Town) -> None:
    async with AsyncExitStack() as stack:
        (store, one), (theirs, _) = await two(town, stack, capacity=1)
        await theirs.record(running("1"), FREE)
        await store.record(asked("2"), FREE)
        await one.others.look()
        await one.fates.step("2")
        assert town.studio.posts == []
        theirs.holding.lets_go = lambda: ["1"]
        await until(lambda: "1" in store.holding.let_go_elsewhere, "the others to know of it")
        await one.others.look()
        await one.fates.step("2")
        assert len(town.studio.posts) == 1
        # what moves again takes its place again
        theirs.holding.lets_go = list
        await until(lambda: not store.holding.let_go_elsewhere, "the others to know of it")
        await one.others.look()
        assert sum(one.queue.flying(await known(store, "2")).values()) == 2


async def test_nobody_waits_for_what_another_process_does_not_buy_now(town: Town) -> None:
    async with AsyncExitStack() as stack:
        (store, one), (theirs, other) = await two(town, stack, capacity=1)
        await theirs.record(asked("1", created_at=START), FREE)
        await store.record(asked("2", owner_id=STRANGER, created_at=START + timedelta(seconds=1)), FREE)
        await other.fates.adopt()
        await one.others.look()
        await one.fates.step("2")
        assert town.studio.posts == []  # the older one's turn
        await other.fates.stop(0)  # it ends, and has not given anything back yet

        async def told() -> bool:
            return "1" in (await store.elsewhere({})).aside

        await eventually(told)
        await one.others.look()
        await one.fates.step("2")
        assert [post["seed"] for post in town.studio.posts] == [2]


# -- the lines ----------------------------------------------------------------------------------------


async def test_a_place_goes_to_whose_turn_it_is_whichever_process_he_asked(town: Town) -> None:
    """A member who asked one process for three gets no second place before somebody else's first."""
    async with AsyncExitStack() as stack:
        (store, one), (theirs, other) = await two(town, stack, capacity=1)
        for number in (1, 2, 3):
            await store.record(asked(str(number), created_at=START), FREE)
        await one.fates.step("1")
        for id_ in ("2", "3"):
            await one.fates.step(id_)
        await theirs.record(asked("4", owner_id=STRANGER, guild_id=GUILD), FREE)
        await other.others.look()
        await other.fates.step("4")
        await one.others.look()
        for process, id_, place in ((other, "4", 1), (one, "2", 2), (one, "3", 3)):
            await process.fates.step(id_)
            progress = process.board.get(id_)
            assert progress is not None
            assert (id_, progress.position) == (id_, place)
        town.studio.finish("job_1")
        await one.fates.step("1")
        await one.fates.step("2")  # its own process hears of the place first, and leaves it to the other
        assert len(town.studio.posts) == 1
        await other.others.look()
        await other.fates.step("4")
        assert [post["seed"] for post in town.studio.posts] == [1, 4]


async def test_a_members_limit_holds_for_all_of_them_together(town: Town) -> None:
    async with AsyncExitStack() as stack:
        (store, one), (theirs, other) = await two(town, stack, **member_limit(1))
        await store.record(asked("1"), FREE)
        await theirs.record(asked("2"), FREE)
        await one.fates.step("1")
        await other.fates.step("2")  # it knows nothing of the first one yet
        assert len(town.studio.posts) == 1
        await other.others.look()
        await other.fates.step("2")
        progress = other.board.get("2")
        assert progress is not None
        assert (progress.phase, progress.position) == ("line", 1)
        town.studio.finish("job_1")
        await one.fates.step("1")
        await other.others.look()
        await other.fates.step("2")
        assert len(town.studio.posts) == 2


async def test_what_was_taken_over_stands_in_the_line_once(town: Town) -> None:
    async with AsyncExitStack() as stack:
        theirs, other = await stack.enter_async_context(town.process(capacity=1))
        async with town.process(capacity=1) as (store, one):
            await store.record(running("1"), FREE)
            await store.record(asked("2"), FREE)
            await until_known(theirs)
            await other.others.look()
            assert other.queue.is_others("1")
            assert other.queue.is_others("2")
            await one.fates.step("2")
        await theirs.holding.look()
        assert await other.fates.adopt() == 2
        await other.others.look()
        assert not other.queue.is_others("2")
        assert other.queue.position(await known(theirs, "2")) == 1
        (load, _) = other.queue.loads().values()
        assert (load.flying, load.waiting) == (1, 1)


# -- a double click -----------------------------------------------------------------------------------

AGAIN = (OWNER, "again:1001")


async def test_of_a_double_click_that_reached_two_processes_one_press_counts(town: Town) -> None:
    async with AsyncExitStack() as stack:
        (store, _), (theirs, _) = await two(town, stack)
        await until_known(theirs)
        presses = [Presses(town.clock, one.holding) for one in (store, theirs)]
        told = await asyncio.gather(*(one.once(AGAIN) for one in presses), return_exceptions=True)
        assert [type(one) for one in told].count(AlreadyAsked) == 1
        await presses[0].once((STRANGER, "again:1001"))
        await presses[1].once((OWNER, "again:1002"))


async def test_what_came_to_nothing_in_one_process_may_be_tried_at_once_in_another(town: Town) -> None:
    async with AsyncExitStack() as stack:
        (store, _), (theirs, _) = await two(town, stack)
        await until_known(theirs)
        presses = [Presses(town.clock, one.holding) for one in (store, theirs)]
        with pytest.raises(LimitReached):
            async with presses[0].pressed(AGAIN):
                raise LimitReached(Limit.QUEUE, 1, used=1)
        await presses[1].once(AGAIN)


async def test_a_press_is_remembered_for_two_seconds_by_the_databases_clock(
    town: Town, postgres: str
) -> None:
    async with AsyncExitStack() as stack:
        (store, _), (theirs, _) = await two(town, stack)
        await until_known(theirs)
        assert await store.holding.first("7 again:1", timedelta(seconds=2))
        assert not await theirs.holding.first("7 again:1", timedelta(seconds=2))
        database = Database(parse_address(postgres))
        try:
            older = claims.update().values(at=datetime.now(UTC) - timedelta(seconds=3))
            await database.write(lambda connection: connection.execute(older))
        finally:
            await database.close()
        assert await theirs.holding.first("7 again:1", timedelta(seconds=2))


async def test_a_press_counts_where_the_database_does_not_say(
    town: Town, postgres: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with AsyncExitStack() as stack:
        (store, _), _ = await two(town, stack)
        database = Database(parse_address(postgres))
        try:
            await database.write(lambda c: c.execute(text("ALTER TABLE claim RENAME TO gone")))
            assert await store.holding.first("7 again:1", timedelta(seconds=2))
            await store.holding.take_back("7 again:1")
        finally:
            await database.write(lambda c: c.execute(text("ALTER TABLE gone RENAME TO claim")))
            await database.close()
        assert "nobody knows" in caplog.text
        assert "came to nothing" in caplog.text
