"""Processes of several stores on one PostgreSQL database, before one Scenario and one Discord."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Connection, text

from bot.generation.model import Generation
from bot.store import SqlStore, open_store
from bot.store.address import parse_address
from bot.store.database import Database
from tests.support.bench import Process
from tests.support.clock import HeldClock
from tests.support.delivery import FakeDelivery
from tests.support.stores import a_store_at
from tests.support.studio import FakeStudio


class Town:
    """Processes on one database, before one Scenario and one Discord."""

    def __init__(self, server: str) -> None:
        self.server = server
        self.clock = HeldClock()
        self.studio = FakeStudio(self.clock)
        self.delivery = FakeDelivery()

    @asynccontextmanager
    async def process(
        self, *, direct: str | None = None, **options: Any
    ) -> AsyncGenerator[tuple[SqlStore, Process]]:
        """One more of them. direct: past a pooler."""
        async with open_store(self.server, direct=direct) as store:
            yield store, Process(store, self.studio, self.delivery, self.clock, **options)


async def known(store: SqlStore, generation_id: str = "1001") -> Generation:
    found = await store.get(generation_id)
    assert found is not None
    return found


async def eventually(look: Callable[[], Any]) -> None:
    for _ in range(2000):
        if await look():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("waited in vain")


class _Outside(Database):
    @property
    def threads(self) -> set[threading.Thread]:
        return {*self._threads._threads}


@asynccontextmanager
async def seen_from_outside(postgres: str) -> AsyncGenerator[Database]:
    """The database that the processes share, as whoever stands outside of all of them sees it. At the end no
    connection, thread or task of theirs is left."""
    async with a_store_at(postgres):
        pass
    outside = _Outside(parse_address(postgres))
    before, threads = await outside.read(_connections), {*threading.enumerate()}
    database = Database(parse_address(postgres))
    try:
        yield database
    finally:
        await database.close()

    async def clean() -> bool:
        own = outside.threads
        left = {one for one in {*threading.enumerate()} - threads - own if one.name.startswith("store")}
        beating = [task for task in asyncio.all_tasks() if task.get_name() in {"lease", "bulletin"}]
        return not left and not beating and await outside.read(_connections) <= before

    await eventually(clean)  # a server takes a moment to see a connection go
    await outside.close()


def _connections(connection: Connection) -> int:
    wanted = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
    return int(connection.execute(wanted).scalar_one())
