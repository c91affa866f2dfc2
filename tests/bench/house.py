"""The sandbox and the bot as two processes, and everything that crosses the wire between them."""

import asyncio
import contextlib
import sqlite3
import tempfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

from tests.e2e.process import Process, Start, fresh
from tests.e2e.side import TINY
from tests.e2e.stage import Json, Stage
from tests.support.rows import records

LIFTED = {"MEMBER_IN_FLIGHT": "0", "QUEUE_LIMIT": "0", "DEFAULT_MODEL": str(TINY["id"])}
PARALLEL = 100_000
START: Start = fresh
"""What is measured has imported by itself whatever it holds in memory."""
PATIENCE = 60.0
LOOK_EVERY = 0.1
TAPE_EVERY = 0.2
"""Seconds between two looks at the wire, which keeps its last 1,000 records."""


@asynccontextmanager
async def house(start: Start | None = None) -> AsyncGenerator[Stage]:
    """A fresh sandbox without a ceiling and a bot without limits, not yet started.

    start: how processes begin, where it is not the usual way.
    """
    with tempfile.TemporaryDirectory(prefix="imagine-bench-") as folder:
        async with Stage(Path(folder), start=start or START) as one:
            one.environment = dict(LIFTED)
            await one.call("POST", "/models", json=TINY)
            await one.post("/settings", scenario={"parallel": PARALLEL, "creative_units": 1e9})
            try:
                yield one
            finally:
                await one.kill_bot()


@asynccontextmanager
async def halves(start: Start | None = None) -> AsyncGenerator[tuple[Stage, Stage]]:
    """The same with a process for each of the stand-ins: the one with Discord and the bot, and the one with
    Scenario."""
    async with house(start) as one, house() as api:
        one.addresses |= {name: api.addresses[name] for name in api.addresses if name.startswith("scenario")}
        yield one, api


def older(build: Path) -> Start:
    """A way to begin in which the bot is another build, with its own Python where it has a `.venv`."""
    python = build / ".venv" / "bin" / "python"

    def begin(
        module: str, /, *arguments: str, environment: Mapping[str, str], cwd: Path, out: Path, err: Path
    ) -> Process:
        if module != "bot":
            return START(module, *arguments, environment=environment, cwd=cwd, out=out, err=err)
        return fresh(
            module,
            *arguments,
            environment={**environment, "PYTHONPATH": str(build)},
            cwd=cwd,
            out=out,
            err=err,
            python=str(python) if python.exists() else None,
        )

    return begin


class Tape:
    """Everything that crosses the wire while the context lasts, the wire's ring being short."""

    def __init__(self, one: Stage) -> None:
        self._one = one
        self._seen: set[tuple[object, ...]] = set()
        self._running: asyncio.Task[None] | None = None
        self.records: list[Json] = []

    async def __aenter__(self) -> Self:
        self._seen = {_mark(record) for record in await self._ring()}
        self._running = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running

    async def look(self) -> list[Json]:
        """Read what is new; all there is."""
        fresh = [record for record in await self._ring() if _mark(record) not in self._seen]
        self._seen.update(map(_mark, fresh))
        self.records += fresh
        return self.records

    async def _ring(self) -> list[Json]:
        return (await self._one.get("/wire"))["records"]

    async def _run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(TAPE_EVERY)


def _mark(record: Json) -> tuple[object, ...]:
    return (record["at"], record.get("path"), record.get("name"))


def requests(records: list[Json], half: str, method: str = "", part: str = "") -> list[Json]:
    """Requests to one half whose path holds this part."""
    return [
        record
        for record in records
        if record["kind"] == "request"
        and record["half"] == half
        and record["method"].startswith(method)
        and part in record["path"]
    ]


async def ask(one: Stage, count: int, *, first: int = 0) -> list[str]:
    """So many members type /imagine at once; the generations."""
    typed = (one.imagine(f"number {n}", member=f"member{n}") for n in range(first, first + count))
    return list(await asyncio.gather(*typed))


async def ask_many(one: Stage, count: int, *, first: int, at_once: int = 25) -> None:
    """The same in groups, each begun when the one before has its jobs."""
    for start in range(first, first + count, at_once):
        until = min(start + at_once, first + count)
        await ask(one, until - start, first=start)
        await reached(one, until, "fate = 'running'")


async def reached(one: Stage, count: int, condition: str, *, patience: float = PATIENCE) -> None:
    """Wait until so many of the bot's rows meet the condition."""
    deadline = asyncio.get_running_loop().time() + patience
    while (found := _count(one, condition)) < count:
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"{found} of {count} came to {condition}; {_standing(one)}")
        await asyncio.sleep(LOOK_EVERY)


def _count(one: Stage, condition: str) -> int:
    with contextlib.closing(sqlite3.connect(f"file:{one.database}?mode=ro", uri=True)) as connection:
        statement = f"SELECT count(*) FROM {records(connection)} WHERE {condition}"  # noqa: S608 (written here)
        return int(connection.execute(statement).fetchone()[0])


def _standing(one: Stage) -> str:
    """Where all generations stand, and the end of the bot's log."""
    with contextlib.closing(sqlite3.connect(f"file:{one.database}?mode=ro", uri=True)) as connection:
        source = records(connection)
        statement = f"SELECT fate, card, count(*) FROM {source} GROUP BY fate, card"  # noqa: S608
        rows = connection.execute(statement).fetchall()
    return f"{rows}\n{one.log.read_text()[-4000:]}"


async def paced(one: Stage, count: int, rate: float, *, first: int = 0) -> list[str]:
    """So many members type /imagine, so many in a second; the generations."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    typing: list[asyncio.Task[str]] = []
    for number in range(count):
        await asyncio.sleep(max(0.0, began + number / rate - loop.time()))
        name = f"number {first + number}"
        typing.append(asyncio.create_task(one.imagine(name, member=f"member{first + number}")))
    return await asyncio.gather(*typing)


async def answered(one: Stage, interactions: Sequence[str]) -> None:
    """Wait until each was answered, or could not be any more."""

    async def none_waits() -> bool:
        states = [(await one.get(f"/interactions/{each}"))["state"] for each in interactions]
        return "sent" not in states

    await one.until(none_waits, "answers")


async def waited(one: Stage, interactions: Sequence[str], *, late: float | None = None) -> list[float]:
    """ms until each was answered, as Discord saw it.

    late: what counts for one that was not answered in time; without it that is an AssertionError.
    """
    told = [(await one.get(f"/interactions/{each}"))["waited_ms"] for each in interactions]
    answered = [float(ms) for ms in told if ms is not None]
    missed = len(told) - len(answered)
    if missed and late is None:
        raise AssertionError(f"{missed} of {len(told)} were not answered in time")
    return answered + [late or 0.0] * missed


def pid_of(one: Stage) -> int:
    assert one.bot is not None
    return one.bot.pid
