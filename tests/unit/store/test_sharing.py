"""Writes that share a transaction: none is answered before it is kept, none fails with its neighbors."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import OperationalError

from bot.store import sharing
from bot.store.database import Database
from bot.store.sharing import MOST


@pytest.fixture
def commits(database: Database) -> list[str]:
    """One word for each transaction that is kept from now on."""
    kept: list[str] = []

    def keep(_: Connection) -> None:
        kept.append("commit")

    event.listen(database.engine, "commit", keep)
    return kept


def put(number: int) -> Callable[[Connection], int]:
    def work(connection: Connection) -> int:
        connection.execute(text("INSERT INTO t VALUES (:n)"), {"n": number})
        return number

    return work


def numbers(connection: Connection) -> list[int]:
    return list(connection.execute(text("SELECT n FROM t ORDER BY n")).scalars())


class Held:
    """The thread is busy with another's write until it is let go."""

    def __init__(self, database: Database) -> None:
        self._begun, self._on = Event(), Event()
        self._held = asyncio.create_task(database.write(self._hold))

    async def begun(self) -> None:
        await asyncio.to_thread(self._begun.wait, 10)

    async def let_go(self) -> None:
        self._on.set()
        await self._held

    def _hold(self, _: Connection) -> None:
        self._begun.set()
        self._on.wait(10)


async def together(database: Database, *works: Callable[[Connection], object]) -> list[object]:
    """Write all of these while somebody else's transaction is under way."""
    held = Held(database)
    await held.begun()
    writing = [asyncio.create_task(database.write(work)) for work in works]
    await asyncio.sleep(0)
    await held.let_go()
    return await asyncio.gather(*writing, return_exceptions=True)


async def test_who_comes_while_somebody_writes_shares_the_next_transaction(
    database: Database, commits: list[str]
) -> None:
    assert await together(database, *map(put, range(50))) == list(range(50))
    assert len(commits) == 2, "the one that was under way, and one for all fifty"
    assert await database.read(numbers) == list(range(50))


async def test_no_transaction_grows_without_end(database: Database, commits: list[str]) -> None:
    await together(database, *map(put, range(MOST + 1)))
    assert len(commits) == 3


async def test_who_is_refused_before_he_wrote_anything_shares_the_transaction_all_the_same(
    database: Database, commits: list[str]
) -> None:
    first, doubled, last = await together(database, put(1), put(1), put(2))
    assert (first, last) == (1, 2)
    assert "UNIQUE" in str(doubled)
    assert len(commits) == 2


async def test_what_one_refuses_takes_back_its_own_and_nobody_elses(database: Database) -> None:
    def half(connection: Connection) -> None:
        put(8)(connection)
        raise LookupError

    first, refused, doubled, last = await together(database, put(1), half, put(1), put(2))
    assert (first, last) == (1, 2)
    assert isinstance(refused, LookupError)
    assert "UNIQUE" in str(doubled)
    assert await database.read(numbers) == [1, 2]


async def test_a_transaction_that_the_database_took_back_is_done_anew_one_by_one(
    database: Database, commits: list[str]
) -> None:
    """A full disk ends SQLite's whole transaction: what came before was not kept, and what follows would have
    been a transaction for each statement."""

    def taken_back(connection: Connection) -> None:
        put(8)(connection)
        connection.exec_driver_sql("ROLLBACK")  # as the engine does by itself
        raise LookupError

    first, lost, last = await together(database, put(1), taken_back, put(2))
    assert (first, last) == (1, 2)
    assert isinstance(lost, LookupError)
    assert await database.read(numbers) == [1, 2]
    assert len(commits) == 3, "the one under way, and one each for those that are kept"


async def test_nobody_is_answered_before_it_is_on_the_disk(database: Database, file: Path) -> None:
    def seen() -> list[int]:
        with closing(sqlite3.connect(file)) as other:
            return [number for (number,) in other.execute("SELECT n FROM t ORDER BY n")]

    async def write(number: int) -> list[int]:
        await database.write(put(number))
        return seen()

    held = Held(database)
    await held.begun()
    writing = [asyncio.create_task(write(number)) for number in range(3)]
    await asyncio.sleep(0)
    assert seen() == []
    await held.let_go()
    assert await asyncio.gather(*writing) == [[0, 1, 2]] * 3


async def test_a_transaction_that_cannot_be_kept_fails_all_who_share_it(database: Database) -> None:
    seen: list[Connection] = []

    def refuse(connection: Connection) -> None:
        seen.append(connection)
        if len(seen) == 2:  # after the one that is under way
            raise OperationalError("COMMIT", {}, sqlite3.OperationalError("database or disk is full"))

    event.listen(database.engine, "commit", refuse)
    held = Held(database)
    await held.begun()
    writing = [asyncio.create_task(database.write(put(number))) for number in (1, 2)]
    await asyncio.sleep(0)
    await held.let_go()
    ends = await asyncio.gather(*writing, return_exceptions=True)
    assert all("disk is full" in str(end) for end in ends)
    assert await database.read(numbers) == []
    assert await database.write(put(3)) == 3, "and the next one is written again"


async def test_what_was_written_is_followed_in_its_order_also_for_whom_nobody_waits(
    database: Database,
) -> None:
    followed: list[int] = []
    held = Held(database)
    await held.begun()
    changing = [asyncio.create_task(database.change(put(number), followed.append)) for number in (3, 1, 2)]
    await asyncio.sleep(0)
    changing[1].cancel()
    await asyncio.gather(changing[1], return_exceptions=True)
    assert followed == []
    await held.let_go()
    await asyncio.gather(changing[0], changing[2])
    assert followed == [3, 1, 2]
    assert await database.read(numbers) == [1, 2, 3]


async def test_who_closes_waits_for_all_who_write(database: Database, file: Path) -> None:
    held = Held(database)
    await held.begun()
    writing = [asyncio.create_task(database.write(put(number))) for number in range(MOST + 5)]
    await asyncio.sleep(0)
    closing_ = asyncio.create_task(database.close())
    await asyncio.sleep(0)
    await held.let_go()
    await closing_
    assert await asyncio.gather(*writing) == list(range(MOST + 5))
    with pytest.raises(RuntimeError):
        await database.write(put(-1))


async def test_while_there_is_much_to_write_a_transaction_waits_for_others_unless_somebody_is_in_a_hurry(
    database: Database, commits: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "MUCH", 0.0)
    monkeypatch.setattr(sharing, "REST", 3600.0)
    await database.write(put(-1))  # from the next one on it counts as much
    monkeypatch.setattr(sharing, "_COUNTED", 0.0)
    await database.change(put(-2), lambda number: number, hurry=True)
    resting = [asyncio.create_task(database.write(put(number))) for number in range(3)]
    await database.read(numbers)
    assert not any(task.done() for task in resting)
    assert await database.change(put(9), lambda number: number, hurry=True) == 9
    assert await asyncio.gather(*resting) == [0, 1, 2]
    assert len(commits) == 3, "the last one took along those that rested"


async def test_what_rests_is_written_when_there_are_many_of_it_or_its_time_has_come(
    database: Database, commits: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "MUCH", 0.0)
    monkeypatch.setattr(sharing, "_COUNTED", 0.0)
    monkeypatch.setattr(sharing, "REST", 3600.0)
    await database.change(put(-1), lambda number: number, hurry=True)
    await asyncio.gather(*(database.write(put(number)) for number in range(MOST)))
    assert len(commits) == 2
    monkeypatch.setattr(sharing, "REST", 0.5)
    await asyncio.gather(database.write(put(1000)), database.write(put(1001)))
    assert len(commits) == 3


async def test_whatever_becomes_of_one_all_the_others_are_answered(database: Database) -> None:
    def stops(_: Connection) -> None:
        raise StopIteration

    def ends(_: int) -> None:
        raise KeyboardInterrupt

    held = Held(database)
    await held.begun()
    first = asyncio.create_task(_ended(database.write(stops)))
    second = asyncio.create_task(database.write(put(1)))
    third = asyncio.create_task(_ended(database.change(put(2), ends)))
    last = asyncio.create_task(database.write(put(3)))
    await asyncio.sleep(0)
    await held.let_go()
    assert isinstance(await first, RuntimeError)
    assert isinstance(await third, KeyboardInterrupt)
    assert (await second, await last) == (1, 3)
    assert await database.read(numbers) == [1, 2, 3]


async def _ended(writing: Awaitable[object]) -> BaseException | None:
    """What it raised. An end of the process that leaves a task ends the test's loop too."""
    try:
        await writing
    except BaseException as error:
        return error
    return None
