"""Transactions: whole, alone where they write, and never held up for ever."""

import asyncio
import sqlite3
import time
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.pool import QueuePool

from bot.store import database as module
from bot.store.address import parse_address
from bot.store.database import Database
from bot.store.dialects import connections, create_engine, for_writes
from bot.store.errors import CannotOpen, DatabaseBusy


def put(connection: Connection, number: int) -> None:
    connection.execute(text("INSERT INTO t VALUES (:n)"), {"n": number})


def numbers(connection: Connection) -> list[int]:
    return list(connection.execute(text("SELECT n FROM t ORDER BY n")).scalars())


async def test_what_fails_half_way_leaves_nothing_behind(database: Database) -> None:
    def half(connection: Connection) -> None:
        put(connection, 1)
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(half)
    await database.write(put, 2)
    assert await database.read(numbers) == [2]


async def test_what_is_only_read_is_given_up(database: Database) -> None:
    await database.read(put, 1)
    assert await database.read(numbers) == []


@pytest.mark.parametrize("writes", [True, False])
async def test_who_writes_excludes_other_writers_before_the_first_statement(
    writes: bool, database: Database, file: Path
) -> None:
    begun, on = Event(), Event()

    def hold(_: Connection) -> None:
        begun.set()
        on.wait(10)

    held = asyncio.create_task(database.write(hold) if writes else database.read(hold))
    await asyncio.to_thread(begun.wait, 10)
    other = sqlite3.connect(file, timeout=0, isolation_level=None)
    try:
        if writes:
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
        else:
            other.execute("BEGIN IMMEDIATE")
            other.rollback()
    finally:
        other.close()
        on.set()
        await held


@pytest.mark.parametrize("fails", [True, False])
async def test_of_a_call_that_was_canceled_only_a_failure_is_logged(
    fails: bool, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    begun, on = Event(), Event()

    def work(_: Connection) -> None:
        begun.set()
        on.wait(10)
        if fails:
            raise LookupError("lost")

    call = asyncio.create_task(database.write(work))
    await asyncio.to_thread(begun.wait, 10)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    on.set()
    await database.read(numbers)  # the one thread has done the other by now
    await asyncio.sleep(0)
    assert ("after its caller was canceled" in caplog.text) is fails
    assert ("LookupError: lost" in caplog.text) is fails


@pytest.mark.parametrize(("later", "begins"), [(29.0, True), (30.5, False)])
async def test_a_transaction_waits_half_a_minute_for_its_thread(
    later: float, begins: bool, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, on = Event(), Event()

    def hold(_: Connection) -> None:
        begun.set()
        on.wait(10)

    held = asyncio.create_task(database.write(hold))
    await asyncio.to_thread(begun.wait, 10)
    waiting = asyncio.create_task(database.read(numbers))
    await asyncio.sleep(0)
    moment = time.monotonic() + later
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: moment))
    on.set()
    await held
    if begins:
        assert await waiting == []
    else:
        with pytest.raises(DatabaseBusy, match="busy for 30 s"):
            await waiting


async def test_a_file_survives_a_power_cut_and_bears_a_second_reader(database: Database) -> None:
    def told(connection: Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    assert await database.read(told) == ["wal", 2, 5000, 1]


async def test_one_thread_serves_a_file_and_five_a_server(database: Database) -> None:
    server = parse_address("postgresql://me@host/name")
    assert (connections(parse_address("sqlite://")), connections(server)) == (1, 5)
    engine = create_engine(server)
    assert isinstance(engine.pool, QueuePool)
    assert (engine.pool.size(), vars(engine.pool)["_max_overflow"]) == (5, 0)
    assert engine.hide_parameters
    assert database.engine.hide_parameters
    assert for_writes(engine).pool is engine.pool


def test_an_option_that_no_server_knows_is_refused_by_its_name() -> None:
    create_engine(parse_address("postgresql://me@host/name?connect_timeout=3"))
    with pytest.raises(CannotOpen, match="autocommit"):
        create_engine(parse_address("postgresql://me@host/name?autocommit=1"))


@pytest.mark.parametrize(
    ("told", "holds"), [("off", "on"), ("local", "local"), ("remote_apply", "remote_apply")]
)
async def test_a_commit_waits_for_the_servers_log_whatever_the_server_was_told(
    postgres: str, told: str, holds: str
) -> None:
    """A server that is killed takes back what it only promised: `submitting` too, and it was bought again."""

    def setting(connection: Connection) -> str | None:
        return connection.scalar(text("SHOW synchronous_commit"))

    database = Database(parse_address(f"{postgres}?options=-csynchronous_commit%3D{told}"))
    try:
        assert await database.write(setting) == holds
    finally:
        await database.close()
