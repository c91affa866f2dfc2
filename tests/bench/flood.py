"""More commands than one core can serve: how many of those who ask are told something while Discord listens.

The bot, the sandbox and the members share one core, so that there is a shortage on any machine.
"""

import asyncio
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.house import PATIENCE, house, older
from tests.bench.report import Row
from tests.bench.sizes import Size
from tests.e2e.stage import Stage

SCENE = "flood"
SPREAD = 2.0
"""Seconds over which the commands are typed."""
LISTENS = 3.0
"""Seconds for which Discord takes an answer."""
PARALLEL = 20
"""Jobs that Scenario runs at once."""
LIMITS = {
    "as set up": {"QUEUE_LIMIT": "100", "MEMBER_IN_FLIGHT": "4"},
    "no limits": {"QUEUE_LIMIT": "0", "MEMBER_IN_FLIGHT": "0"},
}


async def flood(size: Size) -> list[Row]:
    rows: list[Row] = []
    with _one_core():
        for name, limits in LIMITS.items():
            answered = await _answered(size.crowd, limits, None)
            what = f"answered in time, {size.crowd} in {SPREAD:g} s, {name}"
            rows.append(_row(what, "asked", answered, size.crowd))
            if size.against is not None:
                other = await _answered(size.crowd, limits, size.against)
                rows.append(_row(what, f"by {size.against.name}", answered, other))
    return rows


def _row(what: str, to: str, value: float, base: float) -> Row:
    return Row(scene=SCENE, what=what, to=to, value=value, base=base, unit="commands")


@contextmanager
def _one_core() -> Generator[None]:
    """For this process and for those that it starts."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


async def _answered(count: int, limits: dict[str, str], build: Path | None) -> int:
    async with house(start=None if build is None else older(build)) as one:
        one.environment |= limits
        await one.post("/settings", scenario={"parallel": PARALLEL})
        await one.start_bot()
        await one.imagine("the first, for whom everything is made")
        before = asyncio.get_running_loop().time()
        typed = await asyncio.gather(*(_type(one, number, before, count) for number in range(count)))
        await asyncio.sleep(LISTENS)
        states = [await _state(one, interaction) for interaction in typed]
        return sum(state not in {"sent", "failed"} for state in states)


async def _type(one: Stage, number: int, began: float, count: int) -> str:
    await asyncio.sleep(began + SPREAD * number / count - asyncio.get_running_loop().time())
    return await one.imagine(f"number {number}", member=f"member{number}")


async def _state(one: Stage, interaction: str) -> str:
    async with asyncio.timeout(PATIENCE):
        return str((await one.get(f"/interactions/{interaction}"))["state"])
