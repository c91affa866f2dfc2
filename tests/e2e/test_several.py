"""Two bots on one PostgreSQL database: whatever dies, each request is bought once, shown once, and by one."""

import asyncio
import signal
from collections.abc import Generator
from functools import partial
from random import Random

import pytest

from tests.e2e.several import LEASE, several
from tests.e2e.side import fault
from tests.e2e.stage import text_of
from tests.support.pgbouncer import pooled
from tests.support.postgres import a_server


@pytest.fixture(scope="session")
def pooler(postgres: str) -> Generator[str]:
    with pooled(postgres) as url:
        yield url


async def test_what_reaches_two_bots_is_answered_by_one(postgres: str) -> None:
    async with several(postgres, name="one_answers") as town:
        generation = await town.imagine("a red fox")
        card = await town.settled(generation)
        assert len(await town.ledger("a red fox")) == 1
        asked = await town.post("/command", member="alice", channel="general", name="jobs", options={})
        await town.answer(asked["interaction_id"])
        pressed = await town.press(card, "Again")
        await town.settled(pressed)
        assert len(await town.ledger("a red fox")) == 2
        for name in town.bots:
            assert "ERROR" not in town.said(name)
            assert "40060" not in town.said(name)


async def test_whoever_is_stopped_hands_over_what_it_was_doing(postgres: str) -> None:
    async with several(postgres, name="hands_over", bots=1) as town:
        await fault(town, "scenario", "hold", method="GET", path="/jobs*")
        generation = await town.imagine("a red fox")

        async def bought() -> bool:
            return town.record(generation).get("fate") == "running"

        await town.until(bought, "the purchase")
        (first,) = town.bots
        number = town.holder(first)
        second = await town.begin()
        assert f"[- @{town.holder(second)}] connected as" in town.said(second)
        assert await town.end(first, signal.SIGTERM) == 0
        assert await town.taken_over(number) < LEASE
        await town.heal()
        card = await town.settled(generation)
        assert "restart" not in text_of(card)
        assert len(await town.ledger("a red fox")) == 1


async def test_killed_at_random_nothing_is_bought_twice_or_lost(postgres: str) -> None:
    async with several(postgres, name="die") as town:
        takeovers = await town.let_die(rounds=3, wave=5, random=Random(7))
        assert max(takeovers) <= LEASE + 1


async def test_the_same_through_a_pooler(postgres: str, pooler: str) -> None:
    async with several(postgres, name="die_pooled", through=pooler) as town:
        takeovers = await town.let_die(rounds=2, wave=5, random=Random(8))
        assert max(takeovers) <= LEASE + 1


async def test_a_server_that_is_killed_and_comes_back_costs_nothing_but_time() -> None:
    """It is away for longer than a lease, so everybody is late: nobody is taken for dead over that."""
    with a_server() as server:
        async with several(server.url, name="away") as town:
            await town.withhold_answers()
            asked = {f"fox {number}": await town.imagine(f"fox {number}") for number in range(6)}
            for prompt in asked:
                await town.until(partial(town.ledger, prompt), f"{prompt} to be bought")
            numbers = {name: town.holder(name) for name in town.bots}
            server.kill()
            await asyncio.sleep(LEASE + 1)
            server.start()
            for prompt, generation in asked.items():
                await town.told(generation, prompt, member="alice")
            assert {name: town.holder(name) for name in town.bots} == numbers
