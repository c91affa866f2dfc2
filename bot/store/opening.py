"""Open the database: the lock, the connections, the schema, the store, and all of it closed again."""

import sqlite3
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy.exc import DBAPIError

from bot.clock import Clock, SystemClock
from bot.store.address import Address, parse_address, parse_direct
from bot.store.database import Database
from bot.store.errors import CannotOpen, DatabaseInUse
from bot.store.processes.dividing import ShardLeases
from bot.store.processes.holder import LEASE, Holder, joined
from bot.store.schema import migrate, require_newest
from bot.store.sql import SqlStore


@asynccontextmanager
async def open_store(
    url: str,
    *,
    direct: str | None = None,
    key: str = "",
    clock: Clock | None = None,
    lease: timedelta = LEASE,
) -> AsyncGenerator[SqlStore, None]:
    """The store behind `url` (see `address`), migrated, for as long as the context lasts.

    direct: a server's address past any pooler, on which other processes are heard at once. key: whose jobs
    they watch; of those with the same one, one process watches for all.

    A SQLite file serves one process: its lock is taken before the file is touched and freed by the kernel
    however the process ends. A server's database serves many: this process joins them (`holder`).
    Raises the errors of `errors`.
    """
    address = parse_address(url)
    past = None if direct is None or address.sqlite else parse_direct(direct)
    with lock(address.file):
        database = Database(address)
        try:
            await _migrate(database, address)
            clock = clock or SystemClock()
            joining = joined(address, clock, lease, direct=past, key=key, crowded=database.tell_others)
            async with joining as holding:
                shards = None
                if isinstance(holding, Holder):
                    database.hold_as(holding.number)
                    shards = ShardLeases(database, clock, holding)
                # its lock says whether it is alone
                yield SqlStore(database, alone=address.sqlite, holding=holding, shards=shards)
        finally:
            await database.close()


async def bring_up(url: str) -> None:
    """Migrate what is behind `url`, and no more. Raises the errors of `errors`."""
    address = parse_address(url)
    with lock(address.file):
        database = Database(address)
        try:
            await _migrate(database, address)
        finally:
            await database.close()


@asynccontextmanager
async def look_into(url: str) -> AsyncGenerator[SqlStore, None]:
    """The store behind `url` as it stands, for reading, also beside the process that it serves.

    Nothing is locked, made or migrated. Raises the errors of `errors`.
    """
    address = parse_address(url)
    if address.file is not None and not address.file.exists():
        raise CannotOpen(f"{address.file}: there is no such file")
    database = Database(address)
    try:
        with told(address):
            await require_newest(database)
        yield SqlStore(database)
    finally:
        await database.close()


@contextmanager
def lock(file: Path | None) -> Generator[None, None, None]:
    """Nobody else has this SQLite file meanwhile; None: it is no file. Raises DatabaseInUse, CannotOpen."""
    if file is None:
        yield
        return
    # kernel locks only: the library's fallback, a marker file, would outlive a killed process
    lock = FileLock(f"{file}.lock", blocking=False, fallback_to_soft=False)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise DatabaseInUse(str(file)) from None
    except OSError as error:
        raise CannotOpen(f"{file}: {error.strerror or error}") from error
    try:
        yield
    finally:
        lock.release()


async def _migrate(database: Database, address: Address) -> None:
    with told(address):
        await migrate(database)


@contextmanager
def told(address: Address) -> Generator[None, None, None]:
    """What the first use of a database says of it. Raises CannotOpen."""
    where = str(address.file) if address.file else address.told
    try:
        yield
    except (DBAPIError, sqlite3.Error, OSError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise CannotOpen(f"{where}: {str(cause).strip()}") from error
