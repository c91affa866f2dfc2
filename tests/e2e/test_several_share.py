"""Two bots on one PostgreSQL database share: Scenario's ceilings, places in line, pages that one reads."""

import asyncio
import signal
from collections.abc import Generator

import pytest
from sqlalchemy.engine import make_url

from tests.bench.house import Tape, requests
from tests.e2e.several import Several, several
from tests.e2e.stage import Json
from tests.support.pgbouncer import pooled

HOW_MANY = 24
WINDOW = 4
"""Seconds."""


@pytest.fixture(scope="session")
def pooler(postgres: str) -> Generator[str]:
    with pooled(postgres) as url:
        yield url


async def begun(town: Several, *, parallel: int) -> None:
    """Two bots that know how many jobs Scenario takes at once, and hear each other."""
    await town.post("/settings", scenario={"parallel": parallel})
    for _ in range(2):
        await town.begin()
    for name in town.bots:
        for words in ("Scenario runs at once", "heard at once"):
            await town.until(lambda name=name, words=words: said(town, name, words), f"{name} to say {words}")


async def said(town: Several, name: str, words: str) -> bool:
    return words in town.said(name)


def holders(town: Several) -> set[int]:
    return {row["holder"] for row in town.rows("SELECT DISTINCT holder FROM generation")}


async def test_both_together_ask_scenario_for_no_more_than_it_takes(postgres: str) -> None:
    async with several(postgres, name="ceiling", bots=0) as town:
        await begun(town, parallel=3)
        async with Tape(town) as tape:
            asked = {
                f"fox {number}": await town.imagine(f"fox {number}", member=f"member{number % 6}")
                for number in range(HOW_MANY // 2)
            }
            for number, (prompt, generation) in enumerate(asked.items()):
                await town.told(generation, prompt, member=f"member{number % 6}")
            posts = requests(await tape.look(), "scenario", "POST", "/generate/custom")
        assert len(holders(town)) == 2
        assert [post["status"] for post in posts if post["status"] == 429] == []


async def test_one_reads_the_pages_for_both_and_the_other_when_it_is_gone(postgres: str, pooler: str) -> None:
    past = make_url(postgres).set(database="pages").render_as_string(hide_password=False)
    async with several(postgres, name="pages", through=pooler, bots=0, DATABASE_DIRECT_URL=past) as town:
        await begun(town, parallel=50)
        await town.post("/script", seconds=15.0, times=HOW_MANY)
        asked = [await town.imagine(f"fox {number}", member=f"member{number}") for number in range(HOW_MANY)]

        async def bought() -> bool:
            (row,) = town.rows("SELECT count(*) AS n FROM generation WHERE fate = 'running'")
            return row["n"] == HOW_MANY

        await town.until(bought, "all to be bought")
        assert len(holders(town)) == 2
        looks: list[Json] = []

        async def quiet() -> bool:
            async with Tape(town) as tape:
                await asyncio.sleep(WINDOW)
                looks[:] = requests(await tape.look(), "scenario", "GET", "/jobs")
            return not any("/jobs/" in one["path"] for one in looks)

        await town.until(quiet, "no job to be read by itself any more")
        # one bot's: in a second two looks, and now and then those of progress and of what was canceled
        assert len(looks) <= 3 * WINDOW
        leader = next(name for name in town.bots if "reads for all" in town.said(name))
        await town.end(leader, signal.SIGKILL)
        for number, generation in enumerate(asked):
            await town.told(generation, f"fox {number}", member=f"member{number}")
        (left,) = town.bots
        assert "reads for all" in town.said(left)
