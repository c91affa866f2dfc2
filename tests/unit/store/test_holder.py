"""How often a process looks at what others left, by a clock that a test holds."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bot.generation.several.bulletin import BACK, Hear
from bot.store.processes import told
from bot.store.processes.holder import LEAST_PAUSE, Holder
from tests.support.clock import HeldClock

SECOND = round(1 / LEAST_PAUSE)
"""Looks in one second at most."""


class Ears:
    """A listener that a test speaks to."""

    def __init__(self) -> None:
        self.hears: dict[str, Hear] = {}

    def listen(self, kind: str, hear: Hear) -> None:
        self.hears[kind] = hear

    def begin(self, number: int) -> None:
        """Nothing comes but from the test."""

    async def end(self) -> None:
        """Nothing was begun."""


class Joined:
    """A database that takes whoever comes, as the only one."""

    async def write(self, work: Callable[..., Any], *given: Any) -> Any:
        return (1, 0) if given else None


class Looking(Holder):
    """Counts its looks, of which none finds anything."""

    looks = 0

    async def news(self) -> Any:
        found = await super().news()
        self.looks += 1
        return found


@pytest.mark.parametrize("kind", [told.LEFT, BACK])
async def test_who_is_called_without_a_lease_looks_often_and_not_all_the_time(kind: str) -> None:
    clock, ears = HeldClock(), Ears()
    database: Any = Joined()
    listener: Any = ears
    holder = Looking(database, clock, listener=listener)
    await holder.join()
    holder.fail()

    async def follow() -> None:
        while True:
            await holder.news()

    following = asyncio.create_task(follow(), name="following")
    try:
        ears.hears[kind](2, ())
        for _ in range(10):
            await clock.advance(0)
        assert holder.looks == 1  # at once, and no other one in no time
        await clock.advance(1)
        assert SECOND / 2 <= holder.looks <= SECOND + 1
    finally:
        following.cancel()
        await asyncio.wait({following})
        await holder.leave()
