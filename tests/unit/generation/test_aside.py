"""What a process does not buy for now it says, so that the requests of other processes go first."""

import asyncio
from collections.abc import Collection
from datetime import timedelta
from typing import Any

import pytest

from bot.generation.model import Fate
from bot.generation.several.aside import set_aside
from bot.scenario.api.errors import Busy, Unavailable, Unreachable
from tests.support.bench import Bench, Process
from tests.support.builders import a_generation
from tests.support.clock import START, until
from tests.support.faulty import FaultyStore
from tests.support.studio import refusal

LATER = START + timedelta(seconds=1)


def told(bench: Bench) -> Collection[str]:
    """Ids, as this process would tell them now."""
    process = bench.process
    return set_aside(process.queue, process.admission, process.fates, bench.clock.now())


async def two(bench: Bench, **options: Any) -> None:
    bench.reborn(**options)
    for id_, at in (("1", START), ("2", LATER)):
        await bench.put(a_generation(id_, created_at=at))
    await bench.fates.adopt()


async def test_who_waits_for_a_place_and_for_nothing_else_is_in_turn(bench: Bench) -> None:
    await two(bench, capacity=1)
    await bench.step("1")
    await bench.step("2")
    assert (await bench.get("2")).fate is Fate.REQUESTED
    assert told(bench) == set()


@pytest.mark.parametrize(
    ("error", "seconds"), [(Busy("full", retry_after=timedelta(seconds=30)), 30.0), (Unreachable("cut"), 2.0)]
)
async def test_a_pause_is_everybodys_who_waits_in_this_process(
    bench: Bench, error: Busy | Unreachable, seconds: float
) -> None:
    bench.studio.answers.append(refusal(error))
    await two(bench)
    await bench.step("1")
    assert told(bench) == {"1", "2"}
    bench.clock.jump(seconds)
    assert told(bench) == set()


@pytest.mark.parametrize("error", [Busy("full", retry_after=timedelta(seconds=30)), Unavailable("down")])
async def test_who_waits_for_his_price_is_told_until_he_has_it(
    bench: Bench, error: Busy | Unavailable
) -> None:
    bench.studio.cost = 4.0
    bench.studio.fail("price", error)
    await two(bench, daily_cu=100.0, capacity=1)
    await bench.step("1")
    assert told(bench) == {"1"}
    bench.clock.jump(60)
    await bench.step("1")
    assert (await bench.get("1")).fate is Fate.RUNNING
    assert told(bench) == set()


async def test_who_waits_for_anothers_charge_is_told_until_that_is_known(bench: Bench) -> None:
    held = bench.studio.hold("submit")
    await two(bench, daily_cu=100.0)
    first = asyncio.create_task(bench.step("1"))
    await bench.studio.sent.wait()
    await bench.step("2")
    assert told(bench) == {"2"}
    held.set()
    await first
    await bench.step("2")
    assert (await bench.get("2")).fate is Fate.RUNNING
    assert told(bench) == set()


async def test_whoever_ends_buys_nothing_of_what_he_has(bench: Bench) -> None:
    await two(bench, capacity=1)
    await bench.step("1")
    await bench.fates.stop(0)
    assert told(bench) == {"2"}


async def test_whose_steps_raise_keeps_nobody_elsewhere_waiting(bench: Bench) -> None:
    store = FaultyStore(bench.store)
    bench.process = Process(store, bench.studio, bench.delivery, bench.clock)
    await bench.put(a_generation())
    store.fail("save", OSError("full"))
    await bench.fates.adopt()
    going = asyncio.create_task(bench.fates.run())
    await until(lambda: bench.fates.failed, "the step that raises")
    assert told(bench) == {"1001"}
    await until(lambda: bench.clock.waited_for, "the wait for the next one")
    await bench.clock.advance(2)
    await until(lambda: bench.studio.posts, "the purchase")
    await bench.fates.stop(10)
    await going
    assert told(bench) == set()
