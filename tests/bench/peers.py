"""Watching jobs, side by side: the official SDK's loop, a bare loop, and ours by pages and by pushes, on one
stand-in API.

Each side is a process of its own, and so is the API. Every side has the same jobs made and reads the same
assets; where one did not, the scene fails. Ours has the whole life in its store beside that.
"""

import asyncio
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from tests.bench.house import house
from tests.bench.measure import high
from tests.bench.report import Row
from tests.bench.sizes import Crowd, Size
from tests.e2e.process import ROOT
from tests.e2e.side import TINY
from tests.e2e.stage import Json, Stage
from tests.sides.side import PROMPT, WARM_UP

SCENE = "peers"
OURS, PUSHED, BARE, SDK = "ours", "pushed", "bare", "sdk"
NAMES = {SDK: "the SDK's loops", BARE: "bare aiohttp loops", PUSHED: "this bot by pushes"}
MOST_OF_SDK = 1000
"""The SDK's loops collapse somewhere above it."""
WARM = 0.2
"""Seconds of a job that does not count."""
ENDLESS = 10**9
PICTURE = {
    "base64": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=",
    "mime": "image/png",
    "kind": "image",
}
"""What each job makes. A stand-in that draws is late with its answers."""
LATE = 20.0
"""ms by which a stand-in may be late (p99) before what was measured on it says nothing."""
PATIENCE = 900.0


class Uneven(Exception):
    """The sides did not do the same work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a side needed, by the names of the rows."""

    requests: float
    """Requests to the API for each job, the paid one included."""
    cpu: float
    """Seconds for 1,000 jobs."""
    noticed: tuple[float, float]
    """Seconds from the end of a job to its being known: p50, p99."""
    ready: tuple[float, float]
    """… to its assets being read."""
    kib: float
    """For each job in flight when there were the most of them."""
    in_flight: float
    lag: float
    """ms, p99: the side's event loop."""
    api_lag: float
    """… and that of the API."""


_Of = Callable[[Outcome], float]

MEASURES: Final[tuple[tuple[str, str, _Of], ...]] = (
    ("requests a job", "requests", lambda one: one.requests),
    ("CPU", "s per 1,000 jobs", lambda one: one.cpu),
    ("end noticed, p50", "s", lambda one: one.noticed[0]),
    ("end noticed, p99", "s", lambda one: one.noticed[1]),
    ("assets read, p50", "s", lambda one: one.ready[0]),
    ("assets read, p99", "s", lambda one: one.ready[1]),
    ("memory of a job", "KiB", lambda one: one.kib),
    ("in flight at once", "jobs", lambda one: one.in_flight),
    ("event loop late, p99", "ms", lambda one: one.lag),
)


async def peers(size: Size) -> list[Row]:
    rows: list[Row] = []
    for crowd in size.crowds:
        rows += await _crowd(crowd, size)
    return rows


async def _crowd(crowd: Crowd, size: Size) -> list[Row]:
    sides: dict[str, Path | None] = {OURS: None, PUSHED: None, BARE: None}
    if crowd.count <= MOST_OF_SDK:
        sides[SDK] = None
        if size.against is not None:
            sides[size.against.name] = size.against
    taken: dict[str, list[Outcome]] = {name: [] for name in sides}
    async with house() as one:
        for prompt, seconds in ((WARM_UP, WARM), (PROMPT, [crowd.least, crowd.most])):
            await one.post(
                "/script", prompt_contains=prompt, seconds=seconds, results=[PICTURE], times=ENDLESS
            )
        for _ in range(size.rounds):
            for name, build in sides.items():
                outcome = await play(one, name if name in NAMES else OURS, crowd, build)
                sys.stderr.write(f"  {name}: {outcome}\n")
                taken[name].append(outcome)
        if complaints := await one.violations():
            raise Uneven(f"the stand-in complains: {complaints[:5]}")
    return _rows(crowd, taken)


def _rows(crowd: Crowd, taken: dict[str, list[Outcome]]) -> list[Row]:
    ours = taken.pop(OURS)
    rows = [_lateness(crowd, OURS, ours)]
    for name, theirs in taken.items():
        void = _late(ours) or _late(theirs)
        rows += [
            Row(
                scene=SCENE,
                what=f"{what}, {crowd.name}",
                to=NAMES.get(name, name),
                value=median(map(of, ours)),
                base=median(map(of, theirs)),
                unit=unit,
                void=void,
            )
            for what, unit, of in MEASURES
        ]
        rows.append(_lateness(crowd, NAMES.get(name, name), theirs))
    return rows


def _lateness(crowd: Crowd, name: str, outcomes: Sequence[Outcome]) -> Row:
    """How late the stand-in was while this side was at work, beside what is too late."""
    return Row(
        scene=SCENE,
        what=f"the stand-in late, p99, {crowd.name}, {name}",
        to="what says nothing any more",
        value=median(one.api_lag for one in outcomes),
        base=LATE,
        unit="ms",
    )


def _late(outcomes: Sequence[Outcome]) -> bool:
    return median(one.api_lag for one in outcomes) > LATE


# -- one side -----------------------------------------------------------------------------------------


async def play(one: Stage, side: str, crowd: Crowd, build: Path | None = None) -> Outcome:
    """Have one side do its work. Raises Uneven where it did another, or not all."""
    with tempfile.TemporaryDirectory(prefix="imagine-peers-") as folder:
        before = len(await one.ledger())
        async with _process(one, side, crowd, Path(folder), build) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            async with asyncio.timeout(PATIENCE):
                if await process.stdout.readline() != b"ready\n":
                    raise Uneven(f"{side} did not begin")
                await one.post("/load")
                process.stdin.write(b"go\n")
                if await process.wait():
                    raise Uneven(f"{side} did not come to its end")
        load = await one.get("/load")
        report = json.loads((Path(folder) / "report").read_text())
    bought = (await one.ledger())[before:]
    jobs = [job for job in bought if job["inputs"]["prompt"].startswith(PROMPT)]
    check(side, crowd, jobs, report)
    noticed = [report["noticed"][job["job_id"]] - job["ended"] for job in jobs]
    ready = [max(report["ready"][each] for each in job["assets"]) - job["ended"] for job in jobs]
    return Outcome(
        requests=_to_api(load) / crowd.count,
        cpu=report["cpu"] / crowd.count * 1000,
        noticed=(median(noticed), high(noticed)),
        ready=(median(ready), high(ready)),
        kib=report["kib"] / report["in_flight"],
        in_flight=report["in_flight"],
        lag=high(report["lags"]) * 1000,
        api_lag=load["lag_ms"]["p99"],
    )


@asynccontextmanager
async def _process(
    one: Stage, side: str, crowd: Crowd, folder: Path, build: Path | None
) -> AsyncGenerator[asyncio.subprocess.Process]:
    python = sys.executable if build is None else str(build / ".venv" / "bin" / "python")
    told = {
        "scenario_url": one.addresses["scenario_base_url"],
        "key": one.addresses["scenario_key"],
        "secret": one.addresses["scenario_secret"],
        "discord_url": one.addresses["discord_base_url"],
        "discord_token": one.addresses["discord_token"],
        "model": TINY["id"],
        "count": crowd.count,
        "rate": crowd.rate,
        "report": str(folder / "report"),
    }
    path = [str(ROOT)] if build is None else [str(build), str(ROOT)]
    process = await asyncio.create_subprocess_exec(
        *(python, "-m", f"tests.sides.{side}", json.dumps(told)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def check(side: str, crowd: Crowd, jobs: Sequence[Json], report: Json) -> None:
    """Each job submitted once, each ended well, each asset read."""
    prompts = Counter(job["inputs"]["prompt"] for job in jobs)
    wanted = Counter(f"{PROMPT} {number}" for number in range(crowd.count))
    if prompts != wanted:
        raise Uneven(f"{side} did not buy each job once: {(prompts - wanted) + (wanted - prompts)}")
    if Counter(report["submitted"]) != Counter(job["job_id"] for job in jobs):
        raise Uneven(f"{side} does not know which jobs it bought")
    for job in jobs:
        if job["status"] != "success" or job["job_id"] not in report["noticed"]:
            raise Uneven(f"{side} did not wait for {job['job_id']}, which is {job['status']}")
        unread = [each for each, at in job["assets"].items() if at is None or each not in report["ready"]]
        if unread or not job["assets"]:
            raise Uneven(f"{side} did not read the assets of {job['job_id']}")


def _to_api(load: Json) -> int:
    """Requests to the API proper, without the files."""
    return sum(
        row["count"] for row in load["requests"] if row["half"] == "scenario" and "/v1/" in row["route"]
    )
