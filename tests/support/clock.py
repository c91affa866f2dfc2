"""A clock that stands still until a test moves it."""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot.clock import Clock

START = datetime(2030, 1, 1, tzinfo=UTC)


class HeldClock:
    """Sleepers wait for `advance`; with `auto` each sleep moves the clock by itself and returns."""

    def __init__(self, now: datetime = START, *, auto: bool = False) -> None:
        self._now = now
        self._began = now
        self._auto = auto
        self._order = itertools.count()
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return (self._now - self._began).total_seconds()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if seconds <= 0 or self._auto:
            self._now += timedelta(seconds=max(0.0, seconds))
            await asyncio.sleep(0)
            return
        waiting = asyncio.get_running_loop().create_future()
        entry = (self._now + timedelta(seconds=seconds), next(self._order), waiting)
        heapq.heappush(self._sleepers, entry)
        await waiting

    @property
    def waited_for(self) -> bool:
        """Whether somebody sleeps until a later moment."""
        return any(not waiting.done() for _, _, waiting in self._sleepers)

    def jump(self, seconds: float) -> None:
        """Later at once. Nobody is woken before the next `advance`."""
        self._now += timedelta(seconds=seconds)

    def correct(self, seconds: float) -> None:
        """The machine's time is set, back where negative. Nothing is later."""
        self._now += timedelta(seconds=seconds)
        self._began += timedelta(seconds=seconds)

    async def advance(self, seconds: float) -> None:
        """Later, waking every sleeper at its own moment and letting it run."""
        await breathe()
        until = self._now + timedelta(seconds=seconds)
        while self._sleepers and self._sleepers[0][0] <= until:
            when, _, waiting = heapq.heappop(self._sleepers)
            self._now = max(self._now, when)
            if not waiting.done():
                waiting.set_result(None)
                await breathe()
        self._now = max(self._now, until)
        await breathe()


async def until(seen: Callable[[], object], what: str) -> None:
    """Let everything go on, threads too, until there is something to see. Raises AssertionError at last."""
    deadline = time.monotonic() + 20
    while not seen():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        await asyncio.sleep(0.001)


async def breathe(turns: int = 20) -> None:
    """Let every task that can go on go on. Not enough where a thread is waited for."""
    for _ in range(turns):
        await asyncio.sleep(0)


_: Clock = HeldClock()
