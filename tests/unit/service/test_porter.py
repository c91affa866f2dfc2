"""Who cannot be served is told so before anything is prepared, and before the database is asked."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from bot.generation.model import Generation
from bot.generation.ports import Guard
from bot.refusals import Crowded, Limit, LimitReached
from bot.service.porter import DESK_PATIENCE, FULL_LASTS, SECOND_LOOK, Porter
from bot.service.service import Policy
from tests.support.bench import Bench, a_bench
from tests.support.builders import a_caller, a_generation
from tests.support.clock import HeldClock

Record = Callable[[Generation, Guard], Awaitable[None]]
FULL = LimitReached(Limit.QUEUE, 100, used=100)


async def at_the_desk(porter: Porter, error: Exception | None = None) -> None:
    async with porter.desk():
        if error is not None:
            raise error


async def test_a_full_queue_is_believed_for_a_moment_and_then_the_store_is_asked_again() -> None:
    clock = HeldClock()
    porter = Porter(clock)
    await porter.admit()
    with pytest.raises(LimitReached):
        await at_the_desk(porter, FULL)
    clock.jump(FULL_LASTS - 0.001)
    with pytest.raises(LimitReached) as reached:
        await porter.admit()
    assert (reached.value.limit, reached.value.allowed, reached.value.used) == (Limit.QUEUE, 100, 100)
    clock.jump(0.001)
    await porter.admit()


@pytest.mark.parametrize("limit", sorted(set(Limit) - {Limit.QUEUE}))
async def test_one_members_limit_is_nobody_elses(limit: Limit) -> None:
    porter = Porter(HeldClock())
    with pytest.raises(LimitReached):
        await at_the_desk(porter, LimitReached(limit, 4, used=4))
    await porter.admit()


async def test_a_store_that_does_not_answer_takes_nobody_in_until_it_does() -> None:
    clock, answer = HeldClock(auto=True), asyncio.Event()
    porter = Porter(clock)

    async def stuck() -> None:
        async with porter.desk():
            await answer.wait()

    waiting = asyncio.create_task(stuck())
    await asyncio.sleep(0)
    clock.jump(DESK_PATIENCE)
    await porter.admit()
    clock.jump(0.001)
    with pytest.raises(Crowded):
        await porter.admit()
    answer.set()
    await waiting
    await porter.admit()


async def test_more_than_can_be_recorded_in_time_are_turned_away_before_the_first_is_late() -> None:
    clock = HeldClock(auto=True)
    porter = Porter(clock)
    turns = asyncio.Semaphore(0)

    async def slow() -> None:
        async with porter.desk():
            await turns.acquire()

    for _ in range(50):  # it learns that each takes a tenth of a second
        asking = asyncio.create_task(slow())
        await asyncio.sleep(0)
        clock.jump(0.1)
        turns.release()
        await asking
    rush: list[asyncio.Task[None]] = []
    for _ in range(14):
        await porter.admit()
        rush.append(asyncio.create_task(slow()))
        await asyncio.sleep(0)
    rush += [asyncio.create_task(slow()) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Crowded):
        await porter.admit()
    for _ in rush:
        turns.release()
    await asyncio.gather(*rush)
    await porter.admit()


async def test_whoever_asks_right_after_the_process_stood_still_is_taken_in() -> None:
    """Twenty seconds had passed for the question that was under way, and its answer lay there already."""
    clock, answer = HeldClock(), asyncio.Event()
    porter = Porter(clock)

    async def asking() -> None:
        async with porter.desk():
            await answer.wait()

    waiting = asyncio.create_task(asking())
    await asyncio.sleep(0)
    clock.jump(20)
    admitted = asyncio.create_task(porter.admit())
    await asyncio.sleep(0)
    answer.set()
    await waiting
    await clock.advance(SECOND_LOOK)
    await admitted


async def learned(porter: Porter, clock: HeldClock, took: float, times: int) -> None:
    for _ in range(times):
        async with porter.desk():
            clock.jump(took)


async def test_one_question_that_waited_for_a_lock_turns_nobody_away() -> None:
    clock = HeldClock(auto=True)
    porter = Porter(clock)
    await learned(porter, clock, 600, 1)
    async with porter.desk(), porter.desk(), porter.desk():
        await porter.admit()


async def test_what_was_slow_a_while_ago_says_nothing_of_now() -> None:
    clock = HeldClock(auto=True)
    porter = Porter(clock)
    await learned(porter, clock, DESK_PATIENCE, 50)
    async with porter.desk(), porter.desk():
        with pytest.raises(Crowded):
            await porter.admit()
    await learned(porter, clock, DESK_PATIENCE, 50)
    clock.jump(2)
    async with porter.desk(), porter.desk():
        await porter.admit()


async def test_while_the_queue_is_full_the_database_is_asked_once_for_everybody() -> None:
    async with a_bench(policy=Policy(guard=Guard(queue=1))) as bench:
        await bench.put(a_generation("1"))
        asked = counting(bench)
        for number in range(20):
            with pytest.raises(LimitReached):
                await ask(bench, str(2000 + number))
        assert len(asked) == 1
        assert await bench.store.get("2000") is None


async def ask(bench: Bench, name: str) -> Generation | None:
    return await bench.service.asking.request(a_caller(name), a_generation().ask, bench.acknowledge)


def counting(bench: Bench) -> list[str]:
    """The ids of those whom the store is asked to record."""
    asked: list[str] = []
    record = bench.store.record

    async def counted(
        generation: Generation,
        guard: Guard,
        *,
        siblings: Sequence[Generation] = (),
        draft_id: str | None = None,
    ) -> None:
        asked.append(generation.id)
        await record(generation, guard, siblings=siblings, draft_id=draft_id)

    bench.store.record = counted
    return asked
