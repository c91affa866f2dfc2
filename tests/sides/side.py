"""One side of the benchmark `peers`: a process that has jobs made and waits for them, and measures itself.

Not below `tests.bench`: another build brings a package of that name, which would hide this one.
"""

import asyncio
import contextlib
import gc
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path

PROMPT = "number"
"""With what the prompt of a job begins that counts."""
WARM_UP = "warm-up"
"""… that does not: what is made once is made by then."""
WARMING = 8
SAMPLED = 0.25
"""Seconds between two looks at the memory."""
LOOK_EVERY = 0.01
"""Seconds between two looks at how late the event loop is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a side is told to do."""

    scenario_url: str
    key: str
    secret: str
    discord_url: str
    discord_token: str
    model: str
    count: int
    rate: float
    """Jobs that are asked for in a second."""
    report: str
    """The file that the report goes to."""


@dataclass(slots=True)
class Report:
    """What a side saw, by the clock of this machine in Unix seconds, and what that took."""

    submitted: list[str] = field(default_factory=list[str])
    """Ids of jobs, each as often as it was bought."""
    noticed: dict[str, float] = field(default_factory=dict[str, float])
    """Job → when its end was known from a reading of the API."""
    ready: dict[str, float] = field(default_factory=dict[str, float])
    """Asset → when it was read."""
    seconds: float = 0.0
    cpu: float = 0.0
    """Seconds of the whole process, its threads and the children that ended."""
    kib: float = 0.0
    """Memory beyond what was held before the first job, at its peak."""
    in_flight: int = 0
    """The most jobs at once."""
    lags: list[float] = field(default_factory=list[float])
    """Seconds by which the event loop was late, every 10 ms."""

    def end(self, job_id: str) -> None:
        self.noticed.setdefault(job_id, time.time())

    def read(self, asset_id: str) -> None:
        self.ready.setdefault(asset_id, time.time())


Live = Callable[[str], Awaitable[None]]
"""One job, from the request with this prompt to its assets."""


def main(open_side: Callable[[Task, Report], AbstractAsyncContextManager[Live]]) -> None:
    """Be a side: get ready, say so, wait for a line, do the task, write the report."""
    task = Task(**json.loads(sys.argv[1]))
    report = asyncio.run(_run(task, open_side))
    Path(task.report).write_text(json.dumps(asdict(report)))


async def _run(task: Task, open_side: Callable[[Task, Report], AbstractAsyncContextManager[Live]]) -> Report:
    report = Report()
    async with open_side(task, report) as live:
        await asyncio.gather(*(live(f"{WARM_UP} {number}") for number in range(WARMING)))
        gc.collect()
        report.submitted.clear()
        report.noticed.clear()
        report.ready.clear()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.readline)
        watching = [
            asyncio.create_task(_lateness(report)),
            asyncio.create_task(_memory(report, _resident())),
        ]
        before, began = _cpu(), time.perf_counter()
        await _all(task, live, report)
        report.cpu, report.seconds = _cpu() - before, time.perf_counter() - began
        for one in watching:
            one.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await one
    return report


async def _all(task: Task, live: Live, report: Report) -> None:
    """Every job, each begun when it is its turn."""
    loop = asyncio.get_running_loop()
    began, lives = loop.time(), set[asyncio.Task[None]]()
    async with asyncio.TaskGroup() as group:
        for number in range(task.count):
            await asyncio.sleep(max(0.0, began + number / task.rate - loop.time()))
            one = group.create_task(_one(live, f"{PROMPT} {number}"))
            lives.add(one)
            one.add_done_callback(lives.discard)
            report.in_flight = max(report.in_flight, len(lives))


async def _one(live: Live, prompt: str) -> None:
    await live(prompt)


async def _memory(report: Report, before: int) -> None:
    while True:
        report.kib = max(report.kib, (_resident() - before) / 1024)
        await asyncio.sleep(SAMPLED)


async def _lateness(report: Report) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + LOOK_EVERY
        await asyncio.sleep(LOOK_EVERY)
        report.lags.append(max(0.0, loop.time() - due))


def _resident() -> int:
    """Bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _cpu() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
