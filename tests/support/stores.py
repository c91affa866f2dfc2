"""Empty stores, for those whom it does not matter how one is opened."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from unittest.mock import patch

from sqlalchemy import Connection, text

from bot.store import SqlStore, open_store, opening
from bot.store.address import parse_address
from bot.store.database import Database
from bot.store.schema import migrate
from bot.store.tables import metadata

_schema: list[str] = []
_file: list[bytes] = []
_servers: dict[str, Database] = {}


@asynccontextmanager
async def a_store() -> AsyncGenerator[SqlStore]:
    """A store with the schema that our migrations made once in this process: to run them each time would be
    most of the work of most tests. That they do what they should is `tests/unit/store`'s to say. Opened one
    after the other: for that moment the process has another `migrate`."""
    async with AsyncExitStack() as stack:
        with patch.object(opening, "migrate", _copy if _schema else _migrate):
            store = await stack.enter_async_context(open_store("sqlite://"))
        yield store


async def _migrate(database: Database) -> None:
    await migrate(database)
    _schema.extend(await database.read(_made))


async def _copy(database: Database) -> None:
    await database.write(_make)


def _made(connection: Connection) -> list[str]:
    found = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
    return [*found.scalars()]


def _make(connection: Connection) -> None:
    for statement in _schema:
        connection.exec_driver_sql(statement)


@asynccontextmanager
async def a_store_in(file: Path) -> AsyncGenerator[SqlStore]:
    """A store in this new file, which begins as a copy of one that our migrations made once."""
    if not _file:
        async with open_store(f"sqlite:///{file}"):
            pass
        _keep(file)
    _give(file)
    async with open_store(f"sqlite:///{file}") as store:
        yield store


@asynccontextmanager
async def a_store_at(server: str) -> AsyncGenerator[SqlStore]:
    """A store without a row on this server, where our migrations ran once. Its connections are those of the
    tests before: a server takes longer to give one than most tests take."""
    if server not in _servers:
        await _forget(server)
        async with open_store(server):
            pass
        _servers[server] = Database(parse_address(server))
    database = _servers[server]
    await database.write(_empty)
    yield SqlStore(database)


async def leave(server: str) -> None:
    """Give the connections back."""
    database = _servers.pop(server, None)
    if database is not None:
        await database.close()


def _keep(file: Path) -> None:
    _file.append(file.read_bytes())


def _give(file: Path) -> None:
    file.write_bytes(_file[0])


async def _forget(server: str) -> None:
    database = Database(parse_address(server))
    try:
        await database.write(_drop)
    finally:
        await database.close()


def _drop(connection: Connection) -> None:
    names = ", ".join([*metadata.tables, "alembic_version"])
    connection.execute(text(f"DROP TABLE IF EXISTS {names}"))


def _empty(connection: Connection) -> None:
    for table in metadata.tables.values():
        connection.execute(table.delete())
