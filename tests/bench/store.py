"""The store against the same statements without it: what SQLAlchemy, the codec and the limits cost."""

import asyncio
import json
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.generation.model import Fate, Generation
from bot.generation.ports import Guard
from bot.store import SqlStore, open_store
from bot.store.codec import encode, encode_new, encode_new_card
from tests.bench.measure import alternate
from tests.bench.report import Row
from tests.bench.sizes import Size
from tests.support.builders import a_generation, unbought

SCENE = "store"
TODAY = 25
"""Generations that each member has already made today."""
BUSY = 10 * TODAY
GUARD = Guard(member_in_flight=4, member_cu_per_day=1e6, queue=1_000_000)
"""Every limit is looked at and none is reached."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PRAGMAS = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL")
"""As the store sets them: durability is not what is compared."""

_FREE, _GUARDED, _BUSY, _MOVED = 1_000_000, 2_000_000, 3_000_000, 4_000_000


class Bare:
    """A connection of the driver alone, in a thread: what a call of it costs an event loop at least."""

    def __init__(self, thread: Executor, connection: sqlite3.Connection) -> None:
        self._thread, self._connection = thread, connection

    async def run(self, work: Callable[[sqlite3.Connection], object]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, work, self._connection)


async def store(size: Size) -> list[Row]:
    """Writes, one transaction each, in a file."""
    with tempfile.TemporaryDirectory(prefix="imagine-bench-") as folder:
        async with _both(Path(folder), size) as (ours, raw):
            return [*await _records(ours, raw, size), *await _moves(ours, raw, size)]


async def _records(ours: SqlStore, raw: Bare, size: Size) -> list[Row]:
    async def plain(number: int) -> None:
        await _insert(raw, _new(_FREE, number))

    async def free(number: int) -> None:
        await ours.record(_new(_FREE, number), Guard())

    async def guarded(number: int) -> None:
        await ours.record(_new(_GUARDED, number), GUARD)

    async def busy(number: int) -> None:
        await ours.record(_new(_BUSY, number), GUARD)

    base, without, with_, much = await alternate(size.writes, plain, free, guarded, busy)
    return [
        _row("record, no limits", "plain INSERT, bare sqlite3", without, base),
        _row("record, all limits", "plain INSERT, bare sqlite3", with_, base),
        _row("record, all limits", "record, no limits", with_, without),
        _row(f"record, all limits, {BUSY} made today", f"{TODAY} made today", much, with_),
    ]


async def _moves(ours: SqlStore, raw: Bare, size: Size) -> list[Row]:
    lives = [_life(number) for number in range(size.writes)]
    for life in lives:
        await ours.record(life[0], Guard())
        await _insert(raw, life[0])

    async def saved(number: int) -> None:
        for before, after in zip(lives[number], lives[number][1:], strict=False):
            await ours.save(before, after)

    async def updated(number: int) -> None:
        for before, after in zip(lives[number], lives[number][1:], strict=False):
            await _update(raw, before, after)

    async def got(number: int) -> None:
        await ours.get(lives[number][0].id)

    async def selected(number: int) -> None:
        await raw.run(lambda connection: connection.execute(by_id, (lives[number][0].id,)).fetchone())

    by_id = "SELECT * FROM generation WHERE id = ?"
    steps = len(lives[0]) - 1
    save, update = (each / steps for each in await alternate(size.writes, saved, updated))
    get, select = await alternate(size.writes, got, selected)
    return [
        _row("save (a move of a fate)", "the same UPDATE, bare sqlite3", save, update),
        _row("get", "the same SELECT, bare sqlite3", get, select),
    ]


def _row(what: str, to: str, value: float, base: float) -> Row:
    return Row(scene=SCENE, what=what, to=to, value=value, base=base, unit="µs")


# -- the two databases --------------------------------------------------------------------------------


@asynccontextmanager
async def _both(folder: Path, size: Size) -> AsyncGenerator[tuple[SqlStore, Bare]]:
    """Two files with the same tables and the same history: one under the store, one without it."""
    ours, bare = folder / "ours.db", folder / "bare.db"
    async with open_store(f"sqlite:///{ours}"):
        pass
    _fill(ours, size)
    shutil.copy(ours, bare)
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(open_store(f"sqlite:///{ours}"))
        yield opened, await stack.enter_async_context(_bare(bare))


@asynccontextmanager
async def _bare(file: Path) -> AsyncGenerator[Bare]:
    with (
        closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as connection,
        ThreadPoolExecutor(1) as thread,
    ):
        for pragma in PRAGMAS:
            connection.execute(pragma)
        yield Bare(thread, connection)


def _fill(file: Path, size: Size) -> None:
    with closing(sqlite3.connect(file)) as connection:
        for number, row in enumerate(_history(size)):
            connection.execute(_insertion(row), [*{**row, "id": f"past-{number}"}.values()])
        connection.commit()


def _history(size: Size) -> list[dict[str, Any]]:
    """What every member of the measured records has made today."""
    now = datetime.now(UTC)
    past = a_generation(fate=Fate.SUCCEEDED, cu=4.0, token=None, created_at=now - timedelta(hours=1))
    row = _flat(encode_new(past))
    owners = [owner for number in range(size.writes) for owner in [_GUARDED + number] * TODAY]
    owners += [owner for number in range(size.writes) for owner in [_BUSY + number] * BUSY]
    return [{**row, "owner_id": owner} for owner in owners]


def _new(series: int, number: int) -> Generation:
    return unbought(f"{series + number}", owner_id=series + number, created_at=datetime.now(UTC))


def _life(number: int) -> Sequence[Generation]:
    """The fates of one generation, as `save` is given them."""
    now = datetime.now(UTC)
    asked = a_generation(f"{_MOVED + number}", owner_id=_MOVED + number, created_at=now)
    sent = replace(asked, fate=Fate.SUBMITTING, submitted_at=now)
    taken = replace(sent, fate=Fate.RUNNING, job_id=f"job-{number}", cu=4.0)
    return [asked, sent, taken, replace(taken, fate=Fate.SUCCEEDED, finished_at=now)]


# -- the same without the store -----------------------------------------------------------------------


def _flat(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _scalar(value) for name, value in values.items()}


def _scalar(value: object) -> object:
    if isinstance(value, datetime):
        return (value - EPOCH) // timedelta(microseconds=1)
    return json.dumps(value) if isinstance(value, dict | list) else value


def _insertion(row: dict[str, Any], table: str = "generation") -> str:
    marks = ", ".join("?" * len(row))
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})"  # noqa: S608 (names of columns)


async def _insert(raw: Bare, generation: Generation) -> None:
    row, card = _flat(encode_new(generation)), _flat(encode_new_card(generation.card))

    def write(connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(_insertion(card, "card"), [*card.values()])
        connection.execute(_insertion(row), [*row.values()])
        connection.execute("COMMIT")

    await raw.run(write)


async def _update(raw: Bare, before: Generation, after: Generation) -> None:
    names = ("fate", "submitted_at", "finished_at", "job_id", "cu")
    changed = {name for name in names if getattr(before, name) != getattr(after, name)}
    row = _flat(encode(after, changed))
    sets = ", ".join(f"{name} = ?" for name in row)
    statement = f"UPDATE generation SET {sets}, revision = revision + 1 WHERE id = ? AND fate = ? RETURNING *"  # noqa: S608 (names of columns)

    def write(connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(statement, [*row.values(), after.id, before.fate.value]).fetchone()
        connection.execute("COMMIT")

    await raw.run(write)
