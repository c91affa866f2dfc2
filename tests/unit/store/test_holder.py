"""How often a process looks at what others left, by a clock that a test holds."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.generation.several.bulletin import BACK, Hear
from bot.store.processes import leases, told
from bot.store.processes.holder import LEASE, LEAST_PAUSE, Holder
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


class Pooled(Joined):
    """Keeps each look until `back`; beats are kept too, or fail while it is `away`."""

    def __init__(self, *, keeps_beats: bool) -> None:
        self.back = asyncio.Event()
        self.away = False
        self._keeps_beats = keeps_beats

    async def write(self, work: Callable[..., Any], *given: Any, **more: Any) -> Any:
        if work.__name__ == "_take":
            await self.back.wait()
            return work(None, **more)
        if self.away and self._keeps_beats:
            await self.back.wait()
        if self.away:
            raise OSError
        return await super().write(work, *given)


@pytest.mark.parametrize(
    ("keeps_beats", "seen"), [(True, []), (False, [False])], ids=["without a lease", "with a new one"]
)
async def test_a_look_that_a_pooler_kept_while_the_server_was_away_buries_nobody(
    keeps_beats: bool, seen: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, lease, deaths = HeldClock(), LEASE.total_seconds(), list[bool]()

    def take_over(*_: object, dead: bool, **__: object) -> leases.Taken:
        deaths.append(dead)
        return leases.Taken()

    def moment(_: object) -> tuple[datetime, datetime]:
        return clock.now(), clock.now() - timedelta(days=1)

    def nothing(*_: object) -> tuple[()]:
        return ()

    def nobody(*_: object) -> None:
        return None

    monkeypatch.setattr(leases, "moment", moment)
    monkeypatch.setattr(leases, "take_over", take_over)
    monkeypatch.setattr(leases, "first_end", nobody)
    monkeypatch.setattr(leases, "forget_claims", nobody)
    monkeypatch.setattr(leases, "heard", nothing)
    database: Any = Pooled(keeps_beats=keeps_beats)
    holder = Holder(database, clock)
    await holder.join()
    looking = asyncio.create_task(holder.look(), name="look")
    try:
        await clock.advance(0)
        database.away = True
        await clock.advance(3 * lease)
        if not keeps_beats:
            database.away = False
            await clock.advance(lease / 4)
        database.back.set()
        await looking
        assert deaths == seen
        # whoever has not come back a lease later is dead
        database.away = False
        await clock.advance(2 * lease)
        await holder.look()
        assert deaths[-1]
    finally:
        await holder.leave()
