"""Shards on a database that several processes share: each is one's at a time, and moves with its session."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from bot.clock import SystemClock
from bot.sharding.division import Standing
from bot.sharding.fixed import INTERVAL
from bot.sharding.ports import Session
from bot.store import open_store
from bot.store.address import parse_address
from bot.store.database import Database
from bot.store.processes import leases, shards
from bot.store.processes.dividing import AGAIN, LOOK, Divided, ShardLeases, SharedTurns
from bot.store.processes.holder import Holder
from bot.store.tables import processes
from bot.store.tables import shards as table
from tests.support.clock import HeldClock, breathe, until
from tests.support.stores import a_store_at

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
LEASE = timedelta(seconds=10)
INSTANT = timedelta(microseconds=1)
SESSION = Session("abc", 7, "ws://there/")


@pytest.fixture
async def shared(postgres: str) -> AsyncGenerator[Database]:
    async with a_store_at(postgres):
        pass
    database = Database(parse_address(postgres))
    yield database
    await database.close()


async def joined(shared: Database) -> int:
    return await shared.write(leases.join, "host:1", "0011", now=NOW, lease=LEASE)


def _rows(connection: Connection) -> set[tuple[int, int, int | None]]:
    found = connection.execute(select(table.c.count, table.c.id, table.c.holder))
    return {(count, id_, holder) for count, id_, holder in found}


def _part(connection: Connection, number: int) -> int | None:
    return connection.scalar(select(processes.c.shards).where(processes.c.number == number))


# -- how many there are -------------------------------------------------------------------------------


async def test_the_first_one_takes_what_discord_recommends_and_the_next_one_the_same(
    shared: Database,
) -> None:
    first, second, third = [await joined(shared) for _ in range(3)]
    assert await shared.write(shards.agree, first, 2, None) == 2
    assert await shared.write(shards.agree, second, 3, None) == 2
    assert await shared.read(_rows) == {(2, 0, None), (2, 1, None)}
    assert await shared.write(shards.agree, third, 5, None) == 5, "twice as many are not enough any more"
    assert {count for count, _, _ in await shared.read(_rows)} == {2, 5}
    assert [await shared.read(_part, number) for number in (first, second, third)] == [2, 2, 5]


async def test_who_is_told_a_number_takes_it_and_what_nobody_runs_is_forgotten(shared: Database) -> None:
    first = await joined(shared)
    await shared.write(shards.agree, first, 3, None)
    await shared.write(leases.leave, first)
    second = await joined(shared)
    assert await shared.write(shards.agree, second, 9, 2) == 2
    assert {count for count, _, _ in await shared.read(_rows)} == {2}


async def test_one_shard_has_no_row_and_is_known_to_those_who_come(shared: Database) -> None:
    first, second = await joined(shared), await joined(shared)
    assert await shared.write(shards.agree, first, 1, None) == 1
    assert await shared.read(_rows) == set()
    assert await shared.write(shards.agree, second, 2, None) == 1


async def test_whoever_begins_again_finds_its_own_number_in_nobodys_way(shared: Database) -> None:
    only = await joined(shared)
    assert await shared.write(shards.agree, only, 4, None) == 4
    assert await shared.write(shards.agree, only, 2, None) == 2


# -- who holds which ----------------------------------------------------------------------------------


async def test_what_somebody_alive_holds_nobody_takes(shared: Database) -> None:
    first, second = await joined(shared), await joined(shared)
    await shared.write(shards.agree, first, 2, None)
    await shared.write(shards.take, first, 2, [0, 1])
    await shared.write(shards.take, second, 2, [0, 1])
    assert await shared.read(_rows) == {(2, 0, first), (2, 1, first)}
    assert await shared.read(shards.standing, 2) == Standing(
        count=2, processes=[first], holders={0: first, 1: first}
    )


async def test_what_was_given_is_taken_with_its_session_and_a_late_word_changes_nothing(
    shared: Database,
) -> None:
    first, second = await joined(shared), await joined(shared)
    await shared.write(shards.agree, first, 2, None)
    await shared.write(shards.take, first, 2, [0])
    assert await shared.read(shards.mine, first, 2) == {0: None}
    await shared.write(shards.remember, first, 2, {0: SESSION, 1: SESSION})
    assert await shared.read(shards.mine, first, 2) == {0: SESSION}
    moved = Session("abc", 8, "ws://there/")
    await shared.write(shards.give, first, 2, 0, moved)
    await shared.write(shards.take, second, 2, [0, 1])
    assert await shared.read(shards.mine, second, 2) == {0: moved, 1: None}, "1 was not first's to remember"
    for late in (SESSION, None):
        await shared.write(shards.give, first, 2, 0, late)
        await shared.write(shards.remember, first, 2, {0: SESSION})
    assert await shared.read(shards.mine, second, 2) == {0: moved, 1: None}


@pytest.mark.parametrize(("after", "free"), [(LEASE, False), (LEASE + INSTANT, True)])
async def test_what_a_dead_one_held_is_free_at_the_end_of_its_lease_and_its_session_is_kept(
    shared: Database, after: timedelta, free: bool
) -> None:
    dead = await joined(shared)
    await shared.write(shards.agree, dead, 2, None)
    await shared.write(shards.take, dead, 2, [0, 1])
    await shared.write(shards.remember, dead, 2, {0: SESSION})
    taker = await joined(shared)
    await shared.write(leases.take_over, taker, now=NOW + after)
    await shared.write(shards.take, taker, 2, [0, 1])
    assert await shared.read(shards.mine, taker, 2) == ({0: SESSION, 1: None} if free else {})


async def test_who_takes_no_part_any_more_keeps_what_it_holds_until_it_gives(shared: Database) -> None:
    leaving, other = await joined(shared), await joined(shared)
    for number in (leaving, other):
        await shared.write(shards.agree, number, 2, None)
    await shared.write(shards.take, leaving, 2, [0, 1])
    await shared.write(shards.leave, leaving)
    assert await shared.read(shards.standing, 2) == Standing(
        count=2, processes=[other], holders={0: leaving, 1: leaving}
    )


# -- turns --------------------------------------------------------------------------------------------


async def test_a_bucket_has_a_turn_every_five_seconds_and_each_its_own(shared: Database) -> None:
    interval = timedelta(seconds=INTERVAL)
    assert await shared.write(shards.take_turn, 0, NOW, interval) == timedelta()
    assert await shared.write(shards.take_turn, 1, NOW, interval) == timedelta()
    assert await shared.write(shards.take_turn, 0, NOW + timedelta(seconds=1), interval) == timedelta(
        seconds=INTERVAL - 1
    )
    assert await shared.write(shards.take_turn, 0, NOW + interval - INSTANT, interval) == INSTANT
    assert await shared.write(shards.take_turn, 0, NOW + interval, interval) == timedelta()
    assert await shared.write(shards.take_turn, 0, NOW + interval, interval) == interval


async def test_a_clock_that_was_put_back_holds_nobody_up(shared: Database) -> None:
    interval = timedelta(seconds=INTERVAL)
    assert await shared.write(shards.take_turn, 0, NOW, interval) == timedelta()
    second = timedelta(seconds=1)
    assert await shared.write(shards.take_turn, 0, NOW - second, interval) == interval + second
    assert await shared.write(shards.take_turn, 0, NOW - timedelta(hours=1), interval) == timedelta()
    assert await shared.write(shards.take_turn, 0, NOW - timedelta(hours=1), interval) == interval


async def test_of_many_that_ask_at_once_one_has_the_turn(postgres: str, shared: Database) -> None:
    clock = HeldClock()  # whoever waits, waits for ever
    async with AsyncExitStack() as stack:
        turns: list[SharedTurns] = []
        for _ in range(4):
            database = Database(parse_address(postgres))
            stack.push_async_callback(database.close)
            turns.append(SharedTurns(database, clock))
        asking = [asyncio.create_task(each.turn(3)) for each in turns for _ in range(2)]
        await until(lambda: len(clock.slept) == len(asking) - 1, "all but one to wait")
        assert sum(task.done() for task in asking) == 1
        assert all(0 < seconds <= INTERVAL for seconds in clock.slept)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)


async def test_a_turn_that_the_database_does_not_give_is_asked_for_again(
    postgres: str, caplog: pytest.LogCaptureFixture
) -> None:
    closed = Database(parse_address(postgres))
    await closed.close()
    clock = HeldClock()
    asking = asyncio.create_task(SharedTurns(closed, clock).turn(0))
    await until(lambda: clock.waited_for, "the turn to be given up for now")
    assert not asking.done()
    assert clock.slept == [AGAIN]
    await clock.advance(AGAIN)
    await until(lambda: clock.slept == [AGAIN, AGAIN], "the turn to be given up again")
    assert sum("no turn to identify" in record.getMessage() for record in caplog.records) == 1
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)


# -- whole processes ----------------------------------------------------------------------------------


@asynccontextmanager
async def divided(postgres: str, count: int) -> AsyncGenerator[tuple[Divided, Holder]]:
    """One process on the database that takes part."""
    async with open_store(postgres) as store:
        assert isinstance(store.shards, ShardLeases)
        assert isinstance(store.holding, Holder)
        assert await store.shards.agree(count, None) == count
        division = store.shards.divide(count, 1)
        assert isinstance(division, Divided)
        yield division, store.holding


async def test_two_processes_divide_what_there_is_and_a_late_one_changes_nothing(
    postgres: str, shared: Database
) -> None:
    async with divided(postgres, 4) as (first, _):
        assert [*(await first.look()).mine] == [0, 1, 2, 3]
        async with divided(postgres, 4) as (second, _):
            assert [*(await second.look()).mine] == []
            look = await first.look()
            assert [*look.give] == [2, 3]
            for shard in look.give:
                await first.give(shard, SESSION)
            assert dict((await second.look()).mine) == {2: SESSION, 3: SESSION}
            look = await first.look()
            assert ([*look.mine], [*look.give]) == ([0, 1], [])
            await second.leave()
            look = await second.look()
            assert [*look.give] == [2, 3]
        # it left without giving, as one that is killed does; its row is gone, and its sessions are not
        assert dict((await first.look()).mine) == {0: None, 1: None, 2: SESSION, 3: SESSION}


async def test_only_sessions_that_moved_on_are_written(
    postgres: str, shared: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[dict[int, Session]] = []
    whole = shards.remember

    def remember(connection: Connection, me: int, count: int, sessions: dict[int, Session]) -> None:
        written.append(dict(sessions))
        whole(connection, me, count, sessions)

    monkeypatch.setattr(shards, "remember", remember)
    async with divided(postgres, 2) as (division, _):
        await division.look()
        other, moved = Session("def", 1, "ws://there/"), Session("def", 2, "ws://there/")
        await division.remember({0: SESSION, 1: other})
        await division.remember({0: SESSION, 1: other})
        await division.remember({0: SESSION, 1: moved})
        assert written == [{0: SESSION, 1: other}, {1: moved}]
        await division.give(0, SESSION)
        await division.look()
        await division.remember({0: SESSION})
        assert written[2:] == [{0: SESSION}], "what was given and came back is somebody's word no more"
        assert dict((await division.look()).mine) == {0: SESSION, 1: moved}


async def test_without_its_lease_a_process_takes_nothing_and_opens_nothing(
    postgres: str, shared: Database
) -> None:
    async with divided(postgres, 2) as (division, holder):
        holder.fail()
        assert dict((await division.look()).mine) == {}
        clock = HeldClock()
        division._clock = clock  # pyright: ignore[reportPrivateUsage]
        allowed = asyncio.create_task(division.allowed())
        await breathe()
        assert not allowed.done()
        assert clock.slept == [LOOK]

        # the next beat brings it back
        await until(lambda: holder.holds, "the lease to hold")
        await clock.advance(LOOK)
        await allowed
        assert [*(await division.look()).mine] == [0, 1]


async def test_a_file_is_divided_among_nobody() -> None:
    async with open_store("sqlite://", clock=SystemClock()) as store:
        assert store.shards is None
