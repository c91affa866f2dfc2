"""The whole bot: a stream of jobs, answers while thousands run, and beside it a bot that does nothing.

The two stand-ins are processes of their own, and say how late they were themselves.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from tests.bench import house as own
from tests.bench.house import (
    answered,
    ask,
    ask_many,
    halves,
    house,
    older,
    paced,
    pid_of,
    reached,
    waited,
)
from tests.bench.measure import cpu, high
from tests.bench.peers import ENDLESS, LATE, PICTURE, Uneven
from tests.bench.report import Row
from tests.bench.sizes import Crowd, Size
from tests.e2e.process import Process, Start
from tests.e2e.stage import Json, Stage

SCENE = "whole"
NOW = "now"
BARE = "a bot that only defers"
PACE = 10.0
"""Members a second who ask while jobs are in flight."""
FILLING = 50
"""Members who ask at once before that."""
LONG = 3600.0
TIME_LIMIT = 3000.0
"""ms after which Discord takes no answer any more; whoever has none by then counts as that slow."""
AIM = 1.6
"""Seconds from a job's end by which its assets are to be read, p99."""
SLACK = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """What the whole bot needed for a stream of jobs."""

    cpu: float
    """Seconds for 1,000 jobs, children included."""
    busy: float
    """… as a share of one core, while it lasted."""
    ready: float
    """Seconds, p99, from a job's end to its assets being read."""
    scenario: float
    """Requests a job."""
    discord: float
    late: float
    """ms, p99: the later of the two stand-ins."""


MEASURES: Final[tuple[tuple[str, str, Callable[[Streamed], float]], ...]] = (
    ("CPU", "s/1,000", lambda one: one.cpu),
    ("assets read, p99", "s", lambda one: one.ready),
    ("to Scenario", "requests", lambda one: one.scenario),
    ("to Discord", "requests", lambda one: one.discord),
)


async def whole(size: Size) -> list[Row]:
    return [*await _beside(size), *await _stream(size), *await _in_flight(size)]


def _row(what: str, to: str, value: float, base: float, unit: str, *, void: bool = False) -> Row:
    return Row(scene=SCENE, what=what, to=to, value=value, base=base, unit=unit, void=void)


def _late(what: str, late: float) -> Row:
    return _row(f"the stand-ins late, p99, {what}", "what says nothing any more", late, LATE, "ms")


def _void(late: Iterable[float]) -> bool:
    return max(late) > LATE


# -- a stream of jobs ---------------------------------------------------------------------------------


async def _stream(size: Size) -> list[Row]:
    builds: dict[str, Path | None] = {NOW: None}
    if size.against is not None:
        builds[size.against.name] = size.against
    taken: dict[str, list[Streamed]] = {name: [] for name in builds}
    for _ in range(size.rounds):
        for name, build in builds.items():
            taken[name].append(await _streamed(size.stream, build))
    ours = taken.pop(NOW)
    jobs, void = size.stream.name, _void(one.late for one in ours)
    took = median(one.cpu / one.busy for one in ours)
    least = ("the time it took", took), ("aim", AIM), ("POST, file", 2.0), ("answer, last word", 2.0)
    rows = [
        _row(f"{what}, {jobs}", to, median(map(of, ours)), base, unit, void=void)
        for (what, unit, of), (to, base) in zip(MEASURES, least, strict=True)
    ]
    rows.append(_late(jobs, median(one.late for one in ours)))
    for name, theirs in taken.items():
        void = _void(one.late for one in (*ours, *theirs))
        rows += [
            _row(f"{what}, {jobs}", name, median(map(of, ours)), median(map(of, theirs)), unit, void=void)
            for what, unit, of in MEASURES
        ]
    return rows


async def _streamed(crowd: Crowd, build: Path | None) -> Streamed:
    async with halves(None if build is None else older(build)) as (one, api):
        await api.post("/script", seconds=0, results=[PICTURE], times=1)
        await api.post("/script", seconds=[crowd.least, crowd.most], results=[PICTURE], times=ENDLESS)
        await one.start_bot()
        await one.settled(await one.imagine("what is made once", member="first"), member="first")
        for half in (one, api):
            await half.post("/load")
        before, began = cpu(pid_of(one)), time.perf_counter()
        typed = await paced(one, crowd.count, crowd.rate)
        patience = crowd.most + SLACK
        await reached(one, crowd.count + 1, "card IN ('settled', 'kept')", patience=patience)
        spent, took = cpu(pid_of(one)) - before, time.perf_counter() - began
        loads = [await half.get("/load") for half in (one, api)]
        bought = (await api.ledger())[1:]
        await waited(one, typed)
    if len(bought) != crowd.count or any(job["status"] != "success" for job in bought):
        raise Uneven(f"{len(bought)} of {crowd.count} were bought, not all of them to a good end")
    ready = [max(job["assets"].values()) - job["ended"] for job in bought]
    return Streamed(
        cpu=spent / crowd.count * 1000,
        busy=spent / took,
        ready=high(ready),
        scenario=_requests(loads, "scenario") / crowd.count,
        discord=_requests(loads, "discord") / crowd.count,
        late=max(load["lag_ms"]["p99"] for load in loads),
    )


def _requests(loads: Sequence[Json], half: str) -> int:
    return sum(row["count"] for load in loads for row in load["requests"] if row["half"] == half)


# -- answers while jobs are in flight -----------------------------------------------------------------


async def _in_flight(size: Size) -> list[Row]:
    async with halves() as (one, api):
        await api.post("/script", outcome="never", seconds=LONG)
        await one.start_bot()
        await paced(one, size.asking, PACE)  # what is made once is made now
        idle, first = await _asked(one, api, size.asking, first=size.asking)
        known = 2 * size.asking + size.in_flight
        await ask_many(one, size.in_flight, first=2 * size.asking, at_once=FILLING)
        busy, second = await _asked(one, api, size.asking, first=known)
    what, void = f"{size.in_flight} in flight", _void((first, second))
    return [
        _row(f"acknowledged, p50, {what}", "idle", median(busy), median(idle), "ms", void=void),
        _row(f"acknowledged, p99, {what}", "idle", high(busy), high(idle), "ms", void=void),
        _late("idle", first),
        _late(what, second),
    ]


async def _asked(one: Stage, api: Stage, count: int, *, first: int) -> tuple[list[float], float]:
    """ms until each of so many was answered, and how late the stand-ins were meanwhile."""
    for half in (one, api):
        await half.post("/load")
    typed = await paced(one, count, PACE, first=first)
    await reached(one, first + count, "fate = 'running'")
    late = [(await half.get("/load"))["lag_ms"]["p99"] for half in (one, api)]
    return await waited(one, typed), max(late)


# -- beside a bot that does nothing -------------------------------------------------------------------


async def _beside(size: Size) -> list[Row]:
    starts: dict[str, Start] = {NOW: own.START, BARE: _deferring}
    if size.against is not None:
        starts[size.against.name] = older(size.against)
    slowest: dict[str, list[float]] = {name: [] for name in starts}
    ready: dict[str, list[float]] = {name: [] for name in starts}
    for _ in range(size.rounds):
        for name, start in starts.items():
            async with house(start) as one:
                await one.start_bot(SYNC="1")
                slowest[name].append(await _slowest(one, size.flood))
                ready[name] += [await _started(one) for _ in range(size.restarts)]
    at_once = f"acknowledged, slowest at {size.flood}"
    return [
        row
        for name in starts
        if name != NOW
        for row in (
            _row(at_once, name, median(slowest[NOW]), median(slowest[name]), "ms"),
            _row("start to READY", name, median(ready[NOW]), median(ready[name]), "ms"),
        )
    ]


async def _slowest(one: Stage, count: int) -> float:
    await one.post("/script", outcome="never", seconds=LONG)
    await _at_once(one, count, first=0)  # what is made once is made now
    return max(await _at_once(one, count, first=count))


async def _at_once(one: Stage, count: int, *, first: int) -> list[float]:
    """ms until each of so many who ask at the same moment was answered."""
    typed = await ask(one, count, first=first)
    await answered(one, typed)
    return await waited(one, typed, late=TIME_LIMIT)


async def _started(one: Stage) -> float:
    """ms from the beginning of a process to the gateway's READY."""
    await one.kill_bot()
    began = (await one.get("/state"))["now"]
    await one.start_bot()
    records = (await one.get("/wire"))["records"]
    ready = [each["at"] for each in records if each.get("name") == "READY" and each["at"] > began]
    return (ready[-1] - began) * 1000


def _deferring(
    module: str, /, *arguments: str, environment: Mapping[str, str], cwd: Path, out: Path, err: Path
) -> Process:
    if module == "bot":
        module, arguments = "tests.sides.deferring", ()
    return own.START(module, *arguments, environment=environment, cwd=cwd, out=out, err=err)
