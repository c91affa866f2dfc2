"""The clock: real time that a test may push ahead."""

import asyncio
import time

import pytest

from sandbox.clock import Clock


def test_starts_at_the_time_of_day():
    assert Clock().now() == pytest.approx(time.time(), abs=1)


async def test_a_jump_wakes_exactly_those_whose_time_has_come():
    clock = Clock()
    near = asyncio.create_task(clock.sleep(100))
    far = asyncio.create_task(clock.sleep(200))
    await asyncio.sleep(0)
    clock.advance(150)
    await asyncio.wait_for(near, 1)
    assert not far.done()
    clock.advance(50)
    await asyncio.wait_for(far, 1)


async def test_time_passes_without_a_jump():
    clock = Clock()
    began = clock.now()
    await asyncio.wait_for(clock.sleep(0.05), 1)
    assert clock.now() - began >= 0.05


async def test_a_time_in_the_past_returns_at_once():
    clock = Clock()
    await asyncio.wait_for(clock.sleep_until(clock.now() - 5), 0.1)


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_never_goes_back(seconds: float):
    with pytest.raises(ValueError, match="forward"):
        Clock().advance(seconds)
