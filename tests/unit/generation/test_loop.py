"""The machine under both loops."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest

from bot.generation.loop import Loop
from tests.support.clock import HeldClock, breathe

Body = Callable[[str], Awaitable[float | None]]


class Steps(Loop):
    """Does what the test says, and counts."""

    def __init__(self, clock: HeldClock, body: Body, *, width: int = 16) -> None:
        super().__init__(clock, width=width)
        self.body = body
        self.begun: list[str] = []

    async def step(self, generation_id: str) -> float | None:
        self.begun.append(generation_id)
        return await self.body(generation_id)

    def rank(self, generation_id: str) -> int:
        return 0 if generation_id.startswith("final") else 1


@asynccontextmanager
async def running(loop: Loop) -> AsyncGenerator[None]:
    task = asyncio.create_task(loop.run())
    await breathe()
    try:
        yield
    finally:
        await loop.stop(0.01)
        await task


async def once(_: str) -> float | None:
    return None


async def test_a_woken_generation_is_stepped_once() -> None:
    loop = Steps(HeldClock(), once)
    async with running(loop):
        loop.wake("a")
        await breathe()
    assert loop.begun == ["a"]


async def test_a_step_says_when_it_wants_to_come_back() -> None:
    async def every_five(_: str) -> float | None:
        return 5.0

    clock = HeldClock()
    loop = Steps(clock, every_five)
    loop.wake("a")
    async with running(loop):
        await clock.advance(4.9)
        assert len(loop.begun) == 1
        await clock.advance(0.1)
        assert len(loop.begun) == 2


async def test_a_wake_before_its_time_comes_sooner_and_one_after_it_later_not() -> None:
    clock = HeldClock()
    loop = Steps(clock, once)
    loop.wake("a", after=10)
    loop.wake("a", after=2)
    loop.wake("a", after=30)
    async with running(loop):
        await clock.advance(2)
        assert loop.begun == ["a"]
        await clock.advance(40)
        assert loop.begun == ["a"]


async def test_a_wake_during_the_step_is_not_lost_and_steps_never_overlap() -> None:
    # the running step may have read the row before it changed
    gate = asyncio.Event()

    async def held(_: str) -> float | None:
        await gate.wait()

    loop = Steps(HeldClock(), held)
    async with running(loop):
        loop.wake("a")
        await breathe()
        loop.wake("a")
        loop.wake("a")
        await breathe()
        assert loop.begun == ["a"]
        gate.set()
        await breathe()
    assert loop.begun == ["a", "a"]


async def test_different_generations_step_side_by_side_up_to_the_width() -> None:
    gate = asyncio.Event()

    async def held(_: str) -> float | None:
        await gate.wait()

    loop = Steps(HeldClock(), held, width=3)
    async with running(loop):
        for key in "abcde":
            loop.wake(key)
        await breathe()
        assert loop.begun == ["a", "b", "c"]
        gate.set()
        await breathe(50)
        assert Counter(loop.begun) == Counter("abcde")


async def test_in_a_backlog_the_lower_rank_goes_first() -> None:
    gate = asyncio.Event()

    async def held(_: str) -> float | None:
        await gate.wait()

    loop = Steps(HeldClock(), held, width=1)
    async with running(loop):
        loop.wake("a")
        await breathe()
        for key in ("b", "c", "final"):
            loop.wake(key)
        gate.set()
        await breathe(80)
    assert loop.begun.index("final") < loop.begun.index("c")


async def test_a_step_that_fails_comes_back_with_growing_waits_and_never_is_dropped(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def broken(_: str) -> float | None:
        raise OSError("disk full")

    clock = HeldClock()
    loop = Steps(clock, broken)
    loop.wake("a")
    moments: list[float] = []
    start = clock.now()
    async with running(loop):
        while len(moments) < 9:
            if len(loop.begun) > len(moments):
                moments.append((clock.now() - start).total_seconds())
            await clock.advance(0.25)
    waits = [after - before for before, after in pairwise(moments)]
    assert 0.5 <= waits[0] <= 1.25
    assert waits[5] > 4 * waits[0]
    assert max(waits) <= 60.5
    assert "disk full" in caplog.text


async def test_a_success_forgets_the_failures_before_it() -> None:
    broken = True

    async def flaky(_: str) -> float | None:
        if broken:
            raise OSError
        return 0.1

    clock = HeldClock()
    loop = Steps(clock, flaky)
    loop.wake("a")
    async with running(loop):
        await clock.advance(60)
        broken = False
        await clock.advance(70)
        broken = True
        await clock.advance(0.2)
        before = len(loop.begun)
        await clock.advance(1.25)
        assert len(loop.begun) > before


async def test_a_failing_step_that_is_woken_all_the_while_does_not_spin() -> None:
    # a wake must not turn the growing waits into none: whoever wakes may do so with every failure
    loop: Steps

    async def broken(generation_id: str) -> float | None:
        loop.wake(generation_id)
        raise OSError("disk full")

    loop = Steps(HeldClock(), broken)
    loop.wake("a")
    async with running(loop):
        await breathe(400)
    assert len(loop.begun) <= 3


async def test_one_that_fails_holds_up_no_other() -> None:
    async def broken(generation_id: str) -> float | None:
        if generation_id == "bad":
            raise OSError
        return None

    loop = Steps(HeldClock(), broken, width=1)
    async with running(loop):
        loop.wake("bad")
        loop.wake("good")
        await breathe(50)
    assert "good" in loop.begun


# -- stop ---------------------------------------------------------------------------------------------


async def test_a_stop_before_the_run_is_not_lost() -> None:
    # a signal may come while the process still starts: the flag is not reset by `run`
    loop = Steps(HeldClock(), once)
    loop.wake("a")
    await loop.stop(1)
    async with asyncio.timeout(1):
        await loop.run()
    assert loop.begun == []


async def test_a_stop_lets_the_step_under_way_end_within_its_grace() -> None:
    done: list[str] = []

    async def short(generation_id: str) -> float | None:
        await asyncio.sleep(0.01)
        done.append(generation_id)
        return None

    loop = Steps(HeldClock(), short)
    task = asyncio.create_task(loop.run())
    loop.wake("a")
    await breathe()
    loop.wake("b", after=1)
    await loop.stop(1)
    await task
    assert done == ["a"]


async def test_a_stop_cuts_short_what_outlasts_its_grace() -> None:
    cut: list[str] = []

    async def endless(generation_id: str) -> float | None:
        try:
            await asyncio.Event().wait()
        finally:
            cut.append(generation_id)
        return None

    loop = Steps(HeldClock(), endless)
    task = asyncio.create_task(loop.run())
    loop.wake("a")
    await breathe()
    await loop.stop(0.01)
    await task
    assert cut == ["a"]


async def test_after_a_stop_nothing_new_is_begun() -> None:
    loop = Steps(HeldClock(), once)
    task = asyncio.create_task(loop.run())
    await breathe()
    loop.wake("a")  # due in the same breath as the stop
    await loop.stop(0.1)
    await task
    loop.wake("b")
    await breathe()
    assert loop.begun == []


async def test_a_run_that_is_canceled_leaves_no_task_behind() -> None:
    before = asyncio.all_tasks()
    task = asyncio.create_task(Steps(HeldClock(), once).run())
    await breathe()
    task.cancel()
    await asyncio.wait({task})
    await breathe()
    assert asyncio.all_tasks() == before


async def test_each_line_of_a_steps_log_names_its_generation(caplog: pytest.LogCaptureFixture) -> None:
    from bot.logs import _Circumstances  # pyright: ignore[reportPrivateUsage] (the filter is the promise)

    caplog.handler.addFilter(_Circumstances())

    async def talkative(_: str) -> float | None:
        logging.getLogger("bot.test").warning("hello")
        return None

    loop = Steps(HeldClock(), talkative)
    async with running(loop):
        loop.wake("1001")
        await breathe()
    records = [record for record in caplog.records if record.getMessage() == "hello"]
    assert [vars(record)["generation"] for record in records] == ["1001"]


class Panic(BaseException):
    """What native code raises: no `Exception`."""


async def test_what_is_no_exception_is_trouble_like_any_other(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(_: str) -> float | None:
        raise Panic("index out of bounds")

    clock = HeldClock()
    loop = Steps(clock, broken)
    loop.wake("a")
    async with running(loop):
        for _ in range(16):
            await clock.advance(1)
        assert 3 <= len(loop.begun) <= 6, "again and again, with growing waits"
    assert "index out of bounds" in caplog.text


async def test_what_a_step_waits_for_may_be_called_off_but_not_the_step() -> None:
    async def waiting(_: str) -> float | None:
        shared = asyncio.create_task(asyncio.sleep(60))
        await asyncio.sleep(0)
        shared.cancel()
        await shared

    clock = HeldClock()
    loop = Steps(clock, waiting)
    loop.wake("a")
    async with running(loop):
        await breathe()
        await clock.advance(2)
    assert len(loop.begun) == 2


async def test_a_step_that_is_called_off_at_the_end_is_left_to_the_next_process() -> None:
    gate = asyncio.Event()

    async def held(_: str) -> float | None:
        await gate.wait()

    loop = Steps(HeldClock(), held)
    loop.wake("a")
    async with running(loop):
        await breathe()
    assert loop.begun == ["a"]
    assert not loop._failures  # pyright: ignore[reportPrivateUsage]
