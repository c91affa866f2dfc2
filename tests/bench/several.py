"""Two bots on one PostgreSQL database beside one: what a picture costs both together, and how many they make.

The sandbox, the server and each bot are processes of their own.
"""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median
from typing import Final

from tests.bench import house as own
from tests.bench.house import PARALLEL, answered, ask, paced, waited
from tests.bench.measure import cpu
from tests.bench.peers import ENDLESS, PICTURE
from tests.bench.report import Row
from tests.bench.sizes import Size
from tests.e2e.several import Several, several
from tests.support.postgres import a_server

SCENE = "several"
WARM_UP = 8
"""Pictures that do not count: what is made once is made then."""
PATIENCE: Final = 300.0
LOOK_EVERY = 0.05
DISCORDS: Final = 3000.0
"""ms after which Discord takes no answer any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What so many bots needed."""

    cpu: float
    """ms of all of them for a picture, from /imagine to its card."""
    answered: float
    """ms until /imagine was answered, median."""
    made: float
    """Pictures a second, of many asked for at once."""
    away: int
    """How many of these were told to try again in a minute."""


async def several_bots(size: Size) -> list[Row]:
    taken: dict[int, list[Outcome]] = {1: [], 2: []}
    with a_server() as server:
        for round_ in range(size.rounds):
            for bots, outcomes in taken.items():
                async with a_town(server.url, f"bench{bots}x{round_}", bots) as town:
                    outcomes.append(await _play(town, size))
                sys.stderr.write(f"  {bots} bots: {outcomes[-1]}\n")
    one, two = taken.values()
    stream, cores = size.stream, len(os.sched_getaffinity(0))
    return [
        _row(
            f"CPU of both, {stream.name}",
            [each.cpu for each in two],
            [each.cpu for each in one],
            "ms a picture",
        ),
        _row("answered, median", [each.answered for each in two], [each.answered for each in one], "ms"),
        _row(
            f"made, {stream.count} at once, {cores} cores",
            [each.made for each in two],
            [each.made for each in one],
            "pictures a second",
        ),
        *(
            Row(
                scene=SCENE,
                what=f"turned away, {bots}",
                to=f"{stream.count} at once",
                value=median(each.away for each in outcomes),
                base=stream.count,
                unit="requests",
            )
            for bots, outcomes in (("one bot", one), ("two bots", two))
        ),
    ]


def _row(what: str, two: list[float], one: list[float], unit: str) -> Row:
    return Row(scene=SCENE, what=what, to="one bot", value=median(two), base=median(one), unit=unit)


@asynccontextmanager
async def a_town(server: str, name: str, bots: int) -> AsyncGenerator[Several]:
    """So many bots without limits, before a sandbox whose pictures cost it nothing."""
    async with several(
        server, name=name, bots=0, start=own.START, lease=10.0, QUEUE_LIMIT="0", CONFIRM_ABOVE_CU="0"
    ) as town:
        await town.post("/settings", scenario={"parallel": PARALLEL, "creative_units": 1e9})
        for _ in range(bots):
            await town.begin()
        yield town


async def _play(town: Several, size: Size) -> Outcome:
    crowd = size.stream
    script = {"times": ENDLESS, "results": [PICTURE]}
    await town.post("/script", prompt_contains="number", seconds=[crowd.least, crowd.most], **script)
    await ask(town, WARM_UP)
    await _settled(town, WARM_UP)
    before = _cpu(town)
    asked = await paced(town, crowd.count, crowd.rate, first=WARM_UP)
    await _settled(town, WARM_UP + crowd.count)
    spent = (_cpu(town) - before) / crowd.count * 1000
    typical = median(await waited(town, asked, late=DISCORDS))
    await town.call("DELETE", "/script")
    await town.post("/script", prompt_contains="number", seconds=0, **script)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await answered(town, await ask(town, crowd.count, first=WARM_UP + crowd.count))
    (row,) = await asyncio.to_thread(town.rows, "SELECT count(*) AS n FROM card")
    made = row["n"] - WARM_UP - crowd.count
    await _settled(town, row["n"])
    took = loop.time() - began
    return Outcome(cpu=spent, answered=typical, made=made / took, away=crowd.count - made)


def _cpu(town: Several) -> float:
    return sum(cpu(bot.pid) for bot in town.bots.values())


async def _settled(town: Several, count: int) -> None:
    """Wait until so many cards show their last word."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while True:
        (row,) = await asyncio.to_thread(town.rows, "SELECT count(*) AS n FROM card WHERE state = 'settled'")
        if row["n"] >= count:
            return
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"{row['n']} of {count} cards show their last word")
        await asyncio.sleep(LOOK_EVERY)
