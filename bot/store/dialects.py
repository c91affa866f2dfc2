"""Everything in which SQLite and PostgreSQL differ. No other module names a database.

SQLite runs on one connection. Its writers exclude each other anyway, and waiting in the pool's line is
fair and free, where waiting on the file's lock is a sleep-and-look; it also keeps an in-memory database
whole, which lives and dies with its connection.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Insert, Table, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from bot.store.address import Address
from bot.store.errors import CannotOpen

_WRITES: Final = "generation_store_writes"
_EXCLUSIVE_KEY: Final = 0x67656E31  # any number, the same in every process: the name of one lock

_PRAGMAS: Final = (
    "PRAGMA journal_mode=WAL",
    # FULL, not NORMAL: with NORMAL a power cut may undo the last commits, and a lost `submitting` is a
    # job bought twice. It costs one fsync a commit, at about four commits a generation.
    "PRAGMA synchronous=FULL",
    "PRAGMA busy_timeout=5000",  # milliseconds; for a person's sqlite3 shell or a backup beside us
    "PRAGMA foreign_keys=ON",
)


def create_engine(address: Address) -> AsyncEngine:
    """An engine that has connected to nothing yet. Raises CannotOpen when the driver is not installed."""
    # the parameters are prompts and interaction tokens, and errors are logged
    options: dict[str, Any] = {"hide_parameters": True}
    if address.sqlite:
        options |= {"poolclass": AsyncAdaptedQueuePool, "pool_size": 1, "max_overflow": 0}
    else:
        options |= {"pool_size": 5, "max_overflow": 5, "pool_pre_ping": True}
    try:
        engine = create_async_engine(address.url, **options)
    except ImportError as error:
        raise CannotOpen(f"the driver {address.url.get_driver_name()} is not installed") from error
    if address.sqlite:
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def probe(file: Path) -> None:
    """Read from a SQLite file, made if absent. Raises sqlite3.Error when it cannot be opened or is none.

    The driver's own connection, when it cannot open its file, leaves a thread that stops at its leisure and
    complains if the event loop has ended before: so a file that cannot be opened is found out here.
    """
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA schema_version")


def for_writes(engine: AsyncEngine) -> AsyncEngine:
    """The same engine and pool, whose transactions take SQLite's write lock when they begin."""
    return engine.execution_options(**{_WRITES: True})


async def exclude_others(connection: AsyncConnection) -> None:
    """Let no other transaction that calls this run beside ours, until ours ends. For `for_writes` only."""
    if connection.dialect.name == "postgresql":  # on SQLite BEGIN IMMEDIATE has done it
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _EXCLUSIVE_KEY})


def insert_or_replace(connection: AsyncConnection, table: Table, values: dict[str, object]) -> Insert:
    """Insert the row, or overwrite the one with the same primary key."""
    keys = [column.name for column in table.primary_key]
    rest = {name: value for name, value in values.items() if name not in keys}
    return _insert(connection, table).values(values).on_conflict_do_update(index_elements=keys, set_=rest)


def insert_or_replace_rows(connection: AsyncConnection, table: Table) -> Insert:
    """The same for many rows at once, which are given as the statement's parameters."""
    keys = [column.name for column in table.primary_key]
    rest = [column.name for column in table.columns if column.name not in keys]
    row = _insert(connection, table)
    return row.on_conflict_do_update(index_elements=keys, set_={name: row.excluded[name] for name in rest})


def insert_or_leave(connection: AsyncConnection, table: Table, values: dict[str, object]) -> Insert:
    """Insert the row, unless there is one with the same primary key."""
    return _insert(connection, table).values(values).on_conflict_do_nothing()


def _insert(connection: AsyncConnection, table: Table) -> sqlite.Insert | postgresql.Insert:
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver would begin a transaction by itself, but only before an INSERT, UPDATE or DELETE: a check
    # and the write that depends on it would not be one transaction. None leaves BEGIN to us.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once when somebody wrote in between;
    # IMMEDIATE takes the write lock before it reads.
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
