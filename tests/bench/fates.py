"""The fate loop with many running jobs: what it adds to the awaits that cannot be left out."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random
from statistics import median

from bot.catalogue import Catalogue
from bot.clock import SystemClock
from bot.generation.admission import Admission
from bot.generation.fate_writer import FateWriter
from bot.generation.fates import FateLoop
from bot.generation.member_files import Supply
from bot.generation.ports import Guard, Store
from bot.generation.progress import ProgressBoard
from bot.generation.queue import Queue
from bot.pricing.prices import PriceBook
from bot.request.prepare import Preparer
from tests.bench.report import Row
from tests.bench.sizes import Size
from tests.support.builders import a_job, running
from tests.support.delivery import FakeDelivery
from tests.support.intake import FakeIntake
from tests.support.stores import a_store
from tests.support.studio import FakeStudio

SCENE = "fates"
FEWER = 4
"""The loop is watched with this part of its generations too."""
READ_EVERY = 2.0
"""Seconds between two reads of a young picture's job, as `bot.generation.pacing` has it."""
WARM = 1.0

Read = Callable[[str], Awaitable[object]]


async def fates(size: Size) -> list[Row]:
    """CPU seconds of watching jobs that go on and on, for each 1,000 reads that one by one would be due."""
    few, _ = await _watched(max(1, size.running // FEWER), size.window)
    async with _crowd(size.running) as (store, studio, ids):
        bare, kept = await _bare(ids, studio.job), await _bare(ids, studio.job, store.get)
        many, reads = await _looped(store, studio, size.running, size.window)
    wanted = size.running / READ_EVERY * size.window
    crowd, part = f"{size.running} generations", f"{max(1, size.running // FEWER)} generations"
    cpu = "CPU s per 1,000 reads due"
    return [
        _row(f"loop, {crowd}", "bare await of the same fake Scenario", many, bare, cpu),
        _row(f"loop, {crowd}", "bare await of store.get and the fake Scenario", many, kept, cpu),
        _row(f"loop, {crowd}", f"loop, {part}", many, few, cpu),
        _row(f"requests, {crowd}", "reads that were due", reads / size.window, wanted / size.window, "/s"),
    ]


def _row(what: str, to: str, value: float, base: float, unit: str) -> Row:
    return Row(scene=SCENE, what=what, to=to, value=value, base=base, unit=unit)


@asynccontextmanager
async def _crowd(count: int) -> AsyncGenerator[tuple[Store, FakeStudio, list[str]]]:
    """Generations that run, on record, and their jobs; the jobs' ids."""
    now = datetime.now(UTC)
    studio = FakeStudio(SystemClock())
    async with a_store() as store:
        crowd = [running(str(100_000 + n), created_at=now, submitted_at=now) for n in range(count)]
        for generation in crowd:
            await store.record(generation, Guard())
            studio.put(a_job(generation.job_id or "", created_at=now))
        yield store, studio, [generation.id for generation in crowd]


async def _watched(count: int, window: float) -> tuple[float, int]:
    async with _crowd(count) as (store, studio, _):
        return await _looped(store, studio, count, window)


async def _looped(store: Store, studio: FakeStudio, count: int, window: float) -> tuple[float, int]:
    """CPU seconds of the running loop for each 1,000 reads that were due, and the requests that it made."""
    loop = _loop(store, studio)
    await loop.adopt()
    task = asyncio.create_task(loop.run())
    try:
        await asyncio.sleep(WARM)
        began, before = time.process_time(), len(studio.calls)
        await asyncio.sleep(window)
        spent, reads = time.process_time() - began, len(studio.calls) - before
    finally:
        await loop.stop(5.0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    return spent / (count / READ_EVERY * window) * 1000, reads


def _loop(store: Store, studio: FakeStudio) -> FateLoop:
    clock = SystemClock()
    catalogue = Catalogue(studio, clock)
    writer = FateWriter(store, ProgressBoard(), Queue(), clock, tell=lambda card_id, *, final=False: None)
    admission = Admission(
        writer,
        catalogue,
        Preparer(catalogue, Random()),
        PriceBook(studio, catalogue, store, clock),
        Supply(store.uploads, studio, FakeIntake(), clock),
    )
    return FateLoop(writer, admission, studio, FakeDelivery())


async def _bare(ids: list[str], job: Read, get: Read | None = None) -> float:
    """CPU seconds per 1,000 reads without any loop: the median of three rounds."""

    async def once() -> float:
        began = time.process_time()
        for id_ in ids:
            if get is not None:
                await get(id_)
            await job(f"job_{id_}")
        return (time.process_time() - began) / len(ids) * 1000

    return median([await once() for _ in range(3)])
