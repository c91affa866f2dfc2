"""Empty stores in memory, for those whom it does not matter how one is opened."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from unittest.mock import patch

from sqlalchemy import Connection

from bot.store import SqlStore, open_store, opening
from bot.store.database import Database
from bot.store.schema import migrate

_schema: list[str] = []


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
