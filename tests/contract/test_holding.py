"""Several processes on one PostgreSQL database: each generation is bought by one of them, once."""

import asyncio
import threading
from asyncio import FIRST_COMPLETED
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError

from bot.generation.card import CardState
from bot.generation.model import Fate, Generation
from bot.generation.ports import Guard
from bot.store import ClockSkew, OlderProcess, SqlStore, TakenOver, bring_up, migrate, open_store
from bot.store.address import Address, parse_address
from bot.store.database import Database
from bot.store.processes import leases
from bot.store.processes.holder import SKEW, Holder
from bot.store.schema import newest
from bot.store.tables import cards, claims, generations, metadata, processes, words
from tests.support.bench import Process
from tests.support.builders import a_generation
from tests.support.clock import HeldClock, until
from tests.support.stores import a_store_at, leave
from tests.support.studio import FakeStudio
from tests.support.town import Town, eventually, known, seen_from_outside

T = TypeVar("T")

NOW = datetime(2026, 3, 1, 12, 0, 0, 123457, tzinfo=UTC)
LEASE = timedelta(seconds=10)
INSTANT = timedelta(microseconds=1)
FREE = Guard()


@pytest.fixture
async def shared(postgres: str) -> AsyncGenerator[Database]:
    async with seen_from_outside(postgres) as database:
        yield database


async def joined(shared: Database, *, now: datetime = NOW) -> int:
    return await shared.write(leases.join, "host:1", "0007", now=now, lease=LEASE)


async def put(shared: Database, generation: Generation, holder: int | None) -> None:
    await SqlStore(shared).record(generation, FREE)
    changed = replace(generation, holder=holder)
    await shared.write(_hold, changed)


def _hold(connection: Connection, generation: Generation) -> None:
    held = {"holder": generation.holder}
    connection.execute(generations.update().where(generations.c.id == generation.id).values(held))
    connection.execute(cards.update().where(cards.c.id == generation.card.id).values(held))


async def holders(shared: Database) -> dict[str, int | None]:
    return dict(await shared.read(_holders))


def _holders(connection: Connection) -> list[tuple[str, int | None]]:
    found = connection.execute(select(generations.c.id, generations.c.holder))
    return [(id_, holder) for id_, holder in found]


# -- the lease at its edge ----------------------------------------------------------------------------


@pytest.mark.parametrize(("after", "taken"), [(LEASE, []), (LEASE + INSTANT, ["1001"])])
async def test_a_process_lives_up_to_the_last_instant_of_its_lease_and_not_one_more(
    shared: Database, after: timedelta, taken: list[str]
) -> None:
    dead, taker = await joined(shared), await joined(shared, now=NOW + after)
    await put(shared, a_generation(card=CardState.LIVE), dead)
    found = await shared.write(leases.take_over, taker, now=NOW + after)
    assert (found.generations, found.cards) == (taken, taken)
    assert await holders(shared) == {"1001": taker if taken else dead}
    # and whoever is late learns it from its next beat
    assert await shared.write(leases.beat, dead, now=NOW + after, lease=LEASE) is not bool(taken)


@pytest.mark.parametrize(("after", "taken"), [(LEASE, []), (LEASE + INSTANT, ["1001"])])
async def test_a_beat_prolongs_the_lease_from_its_own_moment(
    shared: Database, after: timedelta, taken: list[str]
) -> None:
    beaten = NOW + timedelta(seconds=7)
    one, taker = await joined(shared), await joined(shared)
    await put(shared, a_generation(), one)
    assert await shared.write(leases.beat, one, now=beaten, lease=LEASE)
    assert (await shared.write(leases.take_over, taker, now=beaten + after)).generations == taken


async def test_each_start_has_a_higher_number_also_when_those_before_are_gone(shared: Database) -> None:
    first = await joined(shared)
    await shared.write(leases.leave, first)
    assert await joined(shared) > first


async def test_nobody_takes_itself_for_dead(shared: Database) -> None:
    late = await joined(shared)
    await put(shared, a_generation(), late)
    assert not (await shared.write(leases.take_over, late, now=NOW + 2 * LEASE)).generations
    assert await shared.write(leases.beat, late, now=NOW + 2 * LEASE, lease=LEASE)


async def test_of_what_is_over_nothing_is_taken(shared: Database) -> None:
    dead, taker = await joined(shared), await joined(shared)
    over = {"card": CardState.SETTLED, "fate": Fate.SUCCEEDED, "job_id": "job_1"}
    await put(shared, a_generation(**over), dead)
    found = await shared.write(leases.take_over, taker, now=NOW + 2 * LEASE)
    assert (found.generations, found.cards) == ([], [])


async def test_what_nobody_ever_held_is_taken_at_once(shared: Database) -> None:
    # rows of the version before, and of a process that gave them back
    await put(shared, a_generation(), None)
    taker = await joined(shared)
    found = await shared.write(leases.take_over, taker, now=NOW, dead=False)
    assert found.generations == found.cards == ["1001"]


async def test_the_next_look_falls_upon_the_first_end_of_another_process(
    postgres: str, shared: Database
) -> None:
    now, _ = await shared.read(leases.moment)
    clock = ServerClock()
    async with a_holder(postgres, clock) as holder:
        await holder.look()
        # by the clock that a test moves, the next look would be two seconds from now
        await shared.write(leases.join, "host:2", "0007", now=now, lease=timedelta(seconds=1))
        await holder.look()
        looking = asyncio.create_task(holder.news())
        await clock.advance(1.0)
        assert 0.1 <= clock.slept[-1] <= 1.01
        await looking


async def test_of_two_that_take_over_together_one_does(shared: Database) -> None:
    dead, one, other = [await joined(shared) for _ in range(3)]
    for number in range(20):
        await put(shared, a_generation(str(number)), dead)
    for alive in (one, other):
        await shared.write(leases.beat, alive, now=NOW + 2 * LEASE, lease=LEASE)
    taking = [shared.write(leases.take_over, taker, now=NOW + 2 * LEASE) for taker in (one, other)]
    taken = [id_ for found in await asyncio.gather(*taking) for id_ in found.generations]
    assert sorted(taken) == sorted(map(str, range(20)))


async def test_a_write_of_whoever_was_taken_for_dead_changes_nothing(postgres: str, shared: Database) -> None:
    async with open_store(postgres) as late:
        await late.record(a_generation(card=CardState.LIVE), FREE)
        mine = await known(late)
        taker = await joined(shared)
        await shared.write(_forget_all_but, taker)
        assert (await shared.write(leases.take_over, taker, now=NOW)).generations == ["1001"]
        sending = replace(mine, fate=Fate.SUBMITTING, submitted_at=NOW)
        assert await late.save(mine, sending) is None
        assert await late.reserve(mine, sending, FREE, now=NOW) is None
        assert not await late.save_card(mine.card, replace(mine.card, state=CardState.SETTLED))
        assert await known(late) == replace(mine, holder=taker, on_card=replace(mine.card, holder=taker))


def _forget_all_but(connection: Connection, number: int) -> None:
    connection.execute(processes.delete().where(processes.c.number != number))


# -- this process's own judgment ----------------------------------------------------------------------


class ServerClock(HeldClock):
    """Tells the server's time, and so much more; its waits are a test's to end."""

    def __init__(self, ahead: timedelta = timedelta()) -> None:
        super().__init__()
        self.ahead = ahead

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@asynccontextmanager
async def a_holder(postgres: str, clock: HeldClock) -> AsyncGenerator[Holder]:
    database = Database(parse_address(postgres))
    holder = Holder(database, clock, LEASE)
    try:
        await holder.join()
        yield holder
    finally:
        await holder.leave()
        await database.close()


@pytest.mark.parametrize(("after", "holds"), [(8.0 - 1e-6, True), (8.0, False)])
async def test_a_process_gives_up_a_fifth_of_its_lease_before_others_may_take_over(
    postgres: str, shared: Database, after: float, holds: bool
) -> None:
    clock = ServerClock()
    async with a_holder(postgres, clock) as holder:
        clock.jump(after)
        assert holder.holds is holds


async def test_whose_beat_fails_stops_at_once_and_goes_on_when_the_database_is_back(
    postgres: str, shared: Database
) -> None:
    clock = ServerClock()
    async with a_holder(postgres, clock) as holder:
        await shared.write(lambda c: c.execute(text("ALTER TABLE process RENAME TO gone")))
        await clock.advance(2.0)
        await until(lambda: not holder.holds, "the lease to fail")
        assert (await holder.look()).generations == ()
        await shared.write(lambda c: c.execute(text("ALTER TABLE gone RENAME TO process")))

        async def held() -> bool:
            await clock.advance(0.5)
            return holder.holds

        await eventually(held)
        # who comes back first does not bury those who are still on their way
        dead = await joined(shared)
        await put(shared, a_generation(), dead)
        assert (await holder.look()).generations == []


async def test_whose_clock_drifts_away_buys_nothing_while_it_is_away(postgres: str, shared: Database) -> None:
    clock = ServerClock()
    async with a_holder(postgres, clock) as holder:
        clock.ahead = SKEW + timedelta(seconds=1)
        await clock.advance(2.0)
        await until(lambda: not holder.holds, "the lease to fail")
        clock.ahead = timedelta()

        async def held() -> bool:
            await clock.advance(0.5)
            return holder.holds

        await eventually(held)


async def test_who_was_taken_for_dead_is_told_so(postgres: str, shared: Database) -> None:
    clock = ServerClock()
    async with a_holder(postgres, clock) as holder:
        losing = asyncio.create_task(holder.lost())
        await shared.write(_forget_all_but, 0)
        await clock.advance(2.0)
        with pytest.raises(TakenOver):
            await asyncio.wait_for(losing, 20)
        assert not holder.holds


@pytest.mark.parametrize("ahead", [SKEW + timedelta(seconds=1), -SKEW - timedelta(seconds=1)])
async def test_a_clock_that_is_far_from_the_databases_is_refused(
    postgres: str, shared: Database, ahead: timedelta
) -> None:
    database = Database(parse_address(postgres))
    try:
        with pytest.raises(ClockSkew, match="ahead of" if ahead > timedelta() else "behind"):
            await Holder(database, ServerClock(ahead), LEASE).join()
    finally:
        await database.close()
    assert await shared.read(lambda c: c.execute(select(processes.c.number)).all()) == []


async def test_an_interaction_that_reached_two_is_answered_by_one(postgres: str, shared: Database) -> None:
    async with open_store(postgres) as one, open_store(postgres) as other:
        answers = await asyncio.gather(*(store.holding.claim("7") for store in (one, other)))
        assert sorted(answers) == [False, True]
        one.holding.leaving()
        await one.holding.look()
        assert await other.holding.claim("8")


async def test_claims_are_forgotten_after_an_hour(postgres: str, shared: Database) -> None:
    old = datetime.now(UTC) - timedelta(hours=1, seconds=30)
    assert await shared.write(leases.claim, "7", old)
    assert await shared.write(leases.claim, "8", old + timedelta(minutes=1))
    async with open_store(postgres) as store:
        await store.holding.look()
    assert await shared.read(lambda c: c.execute(select(claims.c.interaction_id)).scalars().all()) == ["8"]


# -- what one does to what another holds --------------------------------------------------------------


async def test_the_holder_hears_what_another_process_changed(postgres: str, shared: Database) -> None:
    async with open_store(postgres) as one, open_store(postgres) as other:
        await one.record(a_generation(card=CardState.LIVE), FREE)
        theirs = await known(other)
        await other.save(theirs, replace(theirs, confirmed_by=7))
        await other.save_card(theirs.card, replace(theirs.card, message_id=5))
        news = await one.holding.look()
        assert ([*news.generations], {*news.cards}) == (["1001"], {"1001"})
        assert (await one.holding.look()).generations == []
        assert one.holding.adopted == 0  # it was its own
        mine = await known(one)
        await one.save(mine, replace(mine, confirmed_by=8))
        assert await shared.read(lambda c: c.execute(select(words)).all()) == []


async def test_a_card_that_is_brought_back_is_shown_by_its_holder_or_else_by_whoever_brings_it(
    postgres: str, shared: Database
) -> None:
    over = a_generation(card=CardState.KEPT, fate=Fate.SUCCEEDED, job_id="job_1")
    async with open_store(postgres) as other:
        async with open_store(postgres) as one:
            await one.record(over, FREE)
            first = (await known(one)).card.holder
            kept = (await known(other)).card
            assert await other.save_card(kept, replace(kept, state=CardState.LIVE))
            assert (await known(other)).card.holder == first
            kept = (await known(other)).card
            assert await other.save_card(kept, replace(kept, state=CardState.KEPT))
        kept = (await known(other)).card
        assert await other.save_card(kept, replace(kept, state=CardState.LIVE))
        card = (await known(other)).card
        assert other.holding.mine(card.holder)


# -- whole processes ----------------------------------------------------------------------------------


async def _sent(studio: FakeStudio, posts: int) -> None:
    await until(lambda: len(studio.posts) >= posts, f"{posts} paid POSTs")


@pytest.fixture
async def town(postgres: str) -> AsyncGenerator[Town]:
    async with a_store_at(postgres):
        yield Town(postgres)


async def test_a_purchase_whose_answer_is_withheld_is_not_made_again_by_another_process(town: Town) -> None:
    # A rolling deploy did that: what the one was buying the other took for cut short, found no job that
    # Scenario had listed yet, and bought it again.
    town.studio.listed_after = timedelta(hours=1)
    answered = town.studio.hold("submit")
    async with town.process() as (store, one), town.process() as (_, other):
        await store.record(a_generation(card=CardState.LIVE), Guard())
        buying = asyncio.create_task(one.fates.step("1001"))
        await town.studio.sent.wait()
        await other.fates.adopt()
        twice = asyncio.create_task(_sent(town.studio, 2))
        for _ in range(12):
            again = asyncio.create_task(other.fates.step("1001"))
            await asyncio.wait({again, twice}, return_when=FIRST_COMPLETED)
            town.clock.jump(5.0)
        twice.cancel()
        assert len(town.studio.posts) == 1
        answered.set()
        await buying
        assert (await known(store)).fate is Fate.RUNNING


async def test_what_a_dead_process_was_buying_is_looked_for_before_it_is_bought_again(
    town: Town, shared: Database
) -> None:
    answered = town.studio.hold("submit")
    async with town.process() as (store, one), town.process() as (theirs, other):
        await store.record(a_generation(card=CardState.LIVE), Guard())
        buying = asyncio.create_task(one.fates.step("1001"))
        await town.studio.sent.wait()
        number = (await known(store)).holder
        await shared.write(lambda c: c.execute(processes.delete().where(processes.c.number == number)))
        assert (await theirs.holding.look()).generations == ["1001"]
        await other.fates.step("1001")
        assert (await known(theirs)).fate is Fate.UNCERTAIN
        await other.fates.step("1001")
        found = await known(theirs)
        assert (found.fate, found.job_id) == (Fate.RUNNING, "job_1")
        # the answer comes at last, to one that holds nothing any more
        answered.set()
        await buying
        assert await known(theirs) == found
        assert len(town.studio.posts) == 1


async def test_nothing_is_bought_and_nothing_shown_without_a_lease(town: Town) -> None:
    async with town.process() as (store, one):
        await store.record(a_generation(card=CardState.LIVE), Guard())
        holding = store.holding
        assert isinstance(holding, Holder)
        holding.fail()
        await one.fates.step("1001")
        await one.cards.step("1001")
        assert (town.studio.posts, town.delivery.edits) == ([], [])
        assert (await known(store)).fate is Fate.REQUESTED


async def test_a_lease_that_ends_while_the_purchase_is_written_buys_nothing(town: Town) -> None:
    async with town.process() as (store, one):
        await store.record(a_generation(card=CardState.LIVE), Guard())
        holding = store.holding
        assert isinstance(holding, Holder)
        reserve = store.reserve

        async def slow(*arguments: Any, **options: Any) -> Generation | None:
            reserved = await reserve(*arguments, **options)
            if reserved is not None and reserved.fate is Fate.SUBMITTING:
                holding.fail()
            return reserved

        store.reserve = slow
        with suppress(AssertionError):
            await one.fates.step("1001")
        assert town.studio.posts == []
        assert (await known(store)).fate is Fate.REQUESTED


async def test_who_stands_still_on_the_way_to_scenario_buys_nothing_when_it_goes_on(
    town: Town, shared: Database
) -> None:
    # What it wrote down is looked for, not found and bought by another process meanwhile.
    connected = town.studio.hold("connect")
    async with town.process() as (store, one), town.process() as (theirs, other):
        await store.record(a_generation(card=CardState.LIVE), Guard())
        buying = asyncio.create_task(one.fates.step("1001"))
        await until(lambda: "connect" in town.studio.calls, "the way to Scenario")
        del town.studio.gates["connect"]  # the other one's way is free
        number, holding = (await known(store)).holder, store.holding
        assert isinstance(holding, Holder)
        await shared.write(lambda c: c.execute(processes.delete().where(processes.c.number == number)))
        holding.fail()
        assert (await theirs.holding.look()).generations == ["1001"]
        for _ in range(12):
            await other.fates.step("1001")
            town.clock.jump(10.0)
        found = await known(theirs)
        assert (found.fate, len(town.studio.posts)) == (Fate.RUNNING, 1)
        connected.set()
        await buying
        assert len(town.studio.posts) == 1
        assert await known(theirs) == found


async def test_who_stops_hands_everything_over_at_once(town: Town) -> None:
    async with town.process() as (theirs, other):
        async with town.process() as (store, one):
            await store.record(a_generation(card=CardState.LIVE), Guard())
            await one.fates.step("1001")
        news = await theirs.holding.look()
        assert (news.generations, news.cards) == (["1001"], ["1001"])
        assert (await theirs.holding.look()).generations == []
        assert theirs.holding.adopted == 1
        assert await other.fates.adopt() == await other.cards.adopt() == 1


async def test_a_yes_that_another_process_took_lets_the_holder_buy(town: Town) -> None:
    town.studio.cost = 80.0
    async with open_store(town.server) as store, open_store(town.server) as theirs:
        one = Process(store, town.studio, town.delivery, town.clock, confirm_above=50.0)
        await store.record(a_generation(card=CardState.LIVE), Guard())
        await one.fates.step("1001")
        await one.fates.step("1001")
        asked = await known(theirs)
        assert asked.price == 80.0
        await theirs.save(asked, replace(asked, confirmed_by=7, agreed=80.0))
        (woken,) = (await store.holding.look()).generations
        await one.fates.step(woken)
        assert (await known(store)).fate is Fate.RUNNING


# -- a schema that not everybody understands ----------------------------------------------------------


@pytest.mark.parametrize(("revision", "refused"), [("0000", True), (newest(), False)])
async def test_a_schema_that_a_living_process_could_not_understand_is_not_brought_up(
    shared: Database, revision: str, refused: bool
) -> None:
    await shared.write(_set_back)
    now, _ = await shared.read(leases.moment)
    number = await shared.write(leases.join, "old:1", revision, now=now, lease=timedelta(minutes=1))
    try:
        if refused:
            with pytest.raises(OlderProcess, match="old:1"):
                await migrate(shared)
            await shared.write(leases.leave, number)
    finally:
        with suppress(DBAPIError):  # its tables are there: only the refusal is what this is about
            await migrate(shared)
        await shared.write(_set_forward)


def _set_back(connection: Connection) -> None:
    connection.execute(text("UPDATE alembic_version SET version_num = '0006'"))


def _set_forward(connection: Connection) -> None:
    connection.execute(text("UPDATE alembic_version SET version_num = :newest"), {"newest": newest()})


async def test_many_that_start_at_once_migrate_once(postgres: str, shared: Database) -> None:
    await leave(postgres)
    await shared.write(_drop_all)
    await asyncio.gather(*(bring_up(postgres) for _ in range(6)))
    assert await shared.read(lambda c: c.scalar(text("SELECT version_num FROM alembic_version"))) == newest()


def _drop_all(connection: Connection) -> None:
    connection.execute(text(f"DROP TABLE {', '.join([*metadata.tables, 'alembic_version'])}"))


# -- a server's transactions are nobody else's --------------------------------------------------------


async def test_what_stands_in_one_writers_way_keeps_no_other_writer_waiting(shared: Database) -> None:
    """A claim that another process has not committed yet holds up its own kind, and no beat."""
    other = Database(shared_address(shared))
    begun, on = threading.Event(), threading.Event()

    def hold(connection: Connection) -> None:
        leases.claim(connection, "5001", NOW)
        begun.set()
        on.wait(10)

    holding = asyncio.create_task(other.write(hold))
    await asyncio.to_thread(begun.wait, 10)
    stuck = asyncio.create_task(shared.write(leases.claim, "5001", NOW))
    try:
        number = await asyncio.wait_for(joined(shared), 5)
        assert await asyncio.wait_for(shared.write(leases.beat, number, now=NOW, lease=LEASE), 5)
        assert not stuck.done()
    finally:
        on.set()
        await holding
        assert await stuck is False
        await other.close()


async def test_two_processes_that_hear_of_two_interactions_answer_each_once(shared: Database) -> None:
    other = Database(shared_address(shared))
    try:
        for round_ in range(20):
            ids = [f"{round_}-1", f"{round_}-2"]
            told = await asyncio.gather(
                *(shared.write(leases.claim, id_, NOW) for id_ in ids),
                *(other.write(leases.claim, id_, NOW) for id_ in reversed(ids)),
            )
            assert sum(told) == 2
    finally:
        await other.close()


def shared_address(database: Database) -> Address:
    return parse_address(database.engine.url.render_as_string(hide_password=False))
