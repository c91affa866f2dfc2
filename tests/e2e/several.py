"""Several bots on one PostgreSQL database, before one sandbox."""

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from random import Random
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from sqlalchemy.engine import URL, make_url

from tests.e2e.process import Process, Start
from tests.e2e.side import SECONDS, TINY
from tests.e2e.stage import PATIENCE, Json, Stage
from tests.support.postgres import Server

LEASE = 3.0
"""Seconds."""
ROW = "SELECT g.*, c.state AS card FROM generation g LEFT JOIN card c ON c.id = g.card_id WHERE g.id = %s"
UNFINISHED = "fate IN ('requested', 'submitting', 'uncertain', 'running')"


class Several(Stage):
    """A stage whose bots share a database; `direct` is how the tests look into it."""

    def __init__(
        self, folder: Path, direct: str, database: str, *, start: Start | None = None, lease: float = LEASE
    ) -> None:
        super().__init__(folder, **({} if start is None else {"start": start}))
        self._lease = lease
        self.bots: dict[str, Process] = {}
        self._direct = direct
        self._database_url = database
        self._named = 0

    @property
    def settings(self) -> dict[str, str]:
        return {**super().settings, "DATABASE_URL": self._database_url, "LEASE_SECONDS": f"{self._lease:g}"}

    async def __aexit__(self, *error: object) -> None:
        for name in [*self.bots]:
            await self.end(name, signal.SIGTERM)
        await super().__aexit__(*error)

    async def begin(self, **own: str) -> str:
        """One more bot, connected, with settings of its own. Its name."""
        self._named += 1
        name = f"bot{self._named}"
        log = self.folder / f"{name}.log"
        environment = {**os.environ, **self.settings, **self.environment, **own}
        self.bots[name] = self._start(
            "bot", "run", environment=environment, cwd=self.folder, out=Path("/dev/null"), err=log
        )

        async def connected() -> bool:
            said = log.read_text() if log.exists() else ""
            assert self.bots[name].poll() is None, said[-3000:]
            return "connected as" in said

        await self.until(connected, f"{name} to connect")
        return name

    async def end(self, name: str, number: signal.Signals) -> int:
        """Send the bot this signal. Its exit status."""
        process = self.bots.pop(name)
        process.send_signal(number)
        return await asyncio.to_thread(process.wait, PATIENCE)

    def said(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def rows(self, wanted: str, *values: object) -> list[Json]:
        """What the database says, asked from outside."""
        with psycopg.connect(self._direct) as connection, connection.cursor(row_factory=dict_row) as cursor:
            return [*cursor.execute(wanted.encode(), values)]

    def record(self, generation: str) -> Json:
        found = self.rows(ROW, generation)
        return found[0] if found else {}

    def holder(self, name: str) -> int:
        """The number of this bot, while it lives."""
        (found,) = self.rows("SELECT number FROM process WHERE name LIKE %s", f"%:{self.bots[name].pid}")
        return found["number"]

    async def taken_over(self, number: int) -> float:
        """Wait until nothing is held by this process any more. Seconds."""
        begun = time.monotonic()
        left = f"SELECT id FROM generation WHERE holder = %s AND {UNFINISHED} LIMIT 1"  # noqa: S608 (ours)

        async def nothing() -> bool:
            return not await asyncio.to_thread(self.rows, left, number)

        await self.until(nothing, f"what process {number} held to be taken over")
        return time.monotonic() - begun

    async def let_die(
        self, *, rounds: int, wave: int, random: Random, server: Server | None = None
    ) -> list[float]:
        """Ask for pictures in waves, kill a bot at random after each and begin another one, until all is
        told. server: the database's, which is killed too, half-way, and away for longer than a lease. How
        long each death's takeover took."""
        await self.withhold_answers()
        asked: dict[str, str] = {}
        takeovers: list[float] = []
        for round_ in range(rounds):
            for number in range(wave):
                prompt = f"fox {round_} {number}"
                asked[prompt] = await self.imagine(prompt, member=f"member{number}")
            for prompt, generation in asked.items():
                await self.until(self._acknowledged(generation), f"{prompt} to be acknowledged")
            await asyncio.sleep(random.uniform(0.0, 0.8))  # anywhere in a purchase
            if server is not None and round_ == rounds // 2:
                await self.lose(server)
            victim = random.choice([*self.bots])
            number = self.holder(victim)
            await self.end(victim, signal.SIGKILL)
            takeovers.append(await self.taken_over(number))
            await self.begin()
        for number, (prompt, generation) in enumerate(asked.items()):
            await self.told(generation, prompt, member=f"member{number % wave}")
        return takeovers

    async def lose(self, server: Server) -> None:
        """Kill the database's server, start it again after more than a lease, and wait until every bot holds
        its own again."""
        server.kill()
        await asyncio.sleep(self._lease + 1)
        server.start()
        living = "SELECT number FROM process WHERE until > extract(epoch FROM clock_timestamp()) * 1000000"

        async def back() -> bool:
            return len(await asyncio.to_thread(self.rows, living)) == len(self.bots)

        await self.until(back, "every bot to hold its lease again")

    async def withhold_answers(self) -> None:
        """From now on each paid POST is answered 0.8 s after its job exists."""
        paid = {"method": "POST", "path": "/generate/custom/*", "query": {"dryRun": None}}
        await self.fault(half="scenario", kind="slow", when="after", delay=0.8, **paid)

    async def told(self, generation: str, prompt: str, *, member: str) -> None:
        """Wait for its last word: it was bought once, and has one answer."""
        await self.settled(generation, member=member)
        row = self.record(generation)
        assert row["fate"] == "succeeded", row
        (job,) = await self.ledger(prompt)
        assert job["job_id"] == row["job_id"]
        assert len(await self.answers(generation, member=member)) == 1

    def _acknowledged(self, generation: str) -> Any:
        async def there() -> bool:
            return self.record(generation).get("card") not in {None, "unacknowledged"}

        return there


@contextmanager
def a_database(server: str, name: str) -> Generator[str]:
    """A database of one's own on this server."""
    url = make_url(server).set(drivername="postgresql")
    own = sql.Identifier(name)
    _do(url, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(own))
    _do(url, sql.SQL("CREATE DATABASE {}").format(own))
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        _do(url, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(own))


def _do(url: URL, statement: sql.Composed) -> None:
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(statement)


@asynccontextmanager
async def several(
    server: str,
    *,
    name: str,
    through: str | None = None,
    bots: int = 2,
    start: Start | None = None,
    lease: float = LEASE,
    **environment: str,
) -> AsyncGenerator[Several]:
    """A fresh sandbox and so many connected bots. At the end the stand-ins must have nothing to complain of.

    through: another address of the same server, which the bots are given. start: how processes begin, where
    it is not the usual way. lease: seconds.
    """
    with tempfile.TemporaryDirectory(prefix="imagine-e2e-") as folder, a_database(server, name) as direct:
        port = make_url(through or server).port
        told = make_url(direct).set(port=port).render_as_string(hide_password=False)
        async with Several(Path(folder), direct, told, start=start, lease=lease) as one:
            one.environment = {
                "RECONCILE_SECONDS": "2",
                "MEMBER_IN_FLIGHT": "0",
                "DEFAULT_MODEL": TINY["id"],
                **environment,
            }
            await one.call("POST", "/models", json=TINY)
            await one.post("/settings", scenario={"seconds": SECONDS, "parallel": 50}, gateway={})
            for _ in range(bots):
                await one.begin()
            yield one
            assert await one.violations() == []
