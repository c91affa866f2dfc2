"""Generations that wait and wait: the memory they take, and how a new process finds into them."""

import asyncio
from collections.abc import Callable
from statistics import median

from tests.bench.house import PATIENCE, TAPE_EVERY, Tape, ask_many, house, pid_of, requests
from tests.bench.measure import resident
from tests.bench.report import Row
from tests.bench.sizes import Size
from tests.e2e.stage import Json, Stage

SCENE = "held"
QUIET = 2.0
"""Seconds after which a started bot has read what it reads ahead."""
LONG = 1800.0


async def held(size: Size) -> list[Row]:
    async with house() as one:
        await one.start_bot()  # the first start also syncs the commands
        empty = median([(await _restarted(one, 0))[0] for _ in range(size.restarts)])
        await one.post("/script", outcome="never", seconds=LONG)
        rows = await _waiting(one, size)
        return rows + await _found(one, size, empty)


async def _waiting(one: Stage, size: Size) -> list[Row]:
    await asyncio.sleep(QUIET)
    idle = resident(pid_of(one))
    half = size.held // 2
    some = await _held(one, half, first=0)
    all_ = await _held(one, size.held - half, first=half)
    await asyncio.sleep(size.linger)
    later = resident(pid_of(one))
    first, second = (some - idle) / half, (all_ - some) / (size.held - half)
    crowd = f"{size.held} waiting"
    return [
        _row(f"memory, {crowd}", "idle", all_ / 1024, idle / 1024, "MiB"),
        _row("… growth by each", "idle", (all_ - idle) / size.held, idle, "KiB"),
        _row("… growth by each of the second half", "of the first half", second, first, "KiB"),
        _row(f"memory, {crowd}, {size.linger:g} s later", "at first", later / 1024, all_ / 1024, "MiB"),
    ]


async def _held(one: Stage, count: int, *, first: int) -> float:
    """KiB that the bot holds with so many more of them running."""
    await ask_many(one, count, first=first)
    await asyncio.sleep(QUIET)
    return resident(pid_of(one))


async def _found(one: Stage, size: Size, empty: float) -> list[Row]:
    times = [await _restarted(one, size.held) for _ in range(size.restarts)]
    ready, watched = median(ready for ready, _ in times), median(watched for _, watched in times)
    left = f"{size.held} unfinished"
    return [
        _row(f"restart to ready, {left}", "0 unfinished", ready, empty, "ms"),
        _row(f"restart to every job read, {left}", "to ready, 0 unfinished", watched, empty, "ms"),
    ]


async def _restarted(one: Stage, count: int) -> tuple[float, float]:
    """Kill the bot and start it: ms from its first request to READY, by when everything is adopted, and to
    the moment when each of its `count` jobs was read."""
    await one.kill_bot()
    async with Tape(one) as tape:
        await one.start_bot()
        records = await _until(tape, lambda records: len(_jobs(records)) >= count)
    began = min(each["at"] for each in requests(records, "discord", "GET", "/gateway/bot"))
    ready = next(each["at"] for each in records if each.get("name") == "READY")
    last = max(_jobs(records).values(), default=ready)
    return (ready - began) * 1000, (last - began) * 1000


def _jobs(records: list[Json]) -> dict[str, float]:
    """When each job was read first."""
    found: dict[str, float] = {}
    for each in requests(records, "scenario", "GET", "/jobs/"):
        found.setdefault(each["path"], each["at"])
    return found


async def _until(tape: Tape, seen: Callable[[list[Json]], bool]) -> list[Json]:
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while not seen(records := await tape.look()):
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"not seen on the wire in {PATIENCE:g} s")
        await asyncio.sleep(TAPE_EVERY)
    return records


def _row(what: str, to: str, value: float, base: float, unit: str) -> Row:
    return Row(scene=SCENE, what=what, to=to, value=value, base=base, unit=unit)
