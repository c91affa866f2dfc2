"""What is due when: the one timer under both loops."""

import asyncio
import heapq
import itertools
from dataclasses import dataclass
from typing import Final

from bot.clock import Clock

TICK: Final = 1e-6
"""Seconds: what is due within this is due, or a clock that counts in microseconds would never reach it."""


@dataclass(frozen=True, slots=True)
class _Entry:
    when: float
    rank: int
    number: int
    key: str


class Agenda:
    """Keys with the moment they are due. A key stands in it once, with its earliest moment and best rank."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._standing: dict[str, _Entry] = {}
        # entries that no longer stand stay in the heaps until they come up
        self._later: list[tuple[float, int, _Entry]] = []
        self._due: list[tuple[int, float, int, _Entry]] = []
        self._numbers = itertools.count()
        self._stirred = asyncio.Event()
        self._alarm: asyncio.Task[None] | None = None
        self._alarm_at = float("inf")

    def put(self, key: str, *, after: float = 0.0, rank: int = 0) -> None:
        """Make `key` due in `after` seconds. Among those that are due a lower rank goes first."""
        when = self._clock.monotonic() + max(0.0, after)
        standing = self._standing.get(key)
        if standing is not None:
            when, rank = min(when, standing.when), min(rank, standing.rank)
            if (when, rank) == (standing.when, standing.rank):
                return
        entry = _Entry(when, rank, next(self._numbers), key)
        self._standing[key] = entry
        heapq.heappush(self._later, (when, entry.number, entry))
        if when < self._alarm_at:
            self._stirred.set()

    def __len__(self) -> int:
        return len(self._standing)

    def due(self) -> str | None:
        """Take out the first of those that are due; None where none is."""
        self._ripen()
        while self._due:
            entry = heapq.heappop(self._due)[3]
            if self._stands(entry):
                del self._standing[entry.key]
                return entry.key
        return None

    async def wait(self, *, timely: bool = True) -> None:
        """Until something may be due that was not, or somebody stirs. timely: False for a stir alone."""
        if timely:
            self._set_alarm()
        try:
            await self._stirred.wait()
        except BaseException:
            self.close()
            raise
        self._stirred.clear()

    def stir(self) -> None:
        """Let whoever waits look again."""
        self._stirred.set()

    def close(self) -> None:
        """Nobody waits any more."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm, self._alarm_at = None, float("inf")

    def _ripen(self) -> None:
        """Move what is due by now from the heap of moments to the heap of ranks."""
        now = self._clock.monotonic() + TICK
        while self._later and (self._later[0][0] <= now or not self._stands(self._later[0][2])):
            entry = heapq.heappop(self._later)[2]
            if self._stands(entry):
                heapq.heappush(self._due, (entry.rank, entry.when, entry.number, entry))

    def _stands(self, entry: _Entry) -> bool:
        return self._standing.get(entry.key) is entry

    def _set_alarm(self) -> None:
        """One sleeper for the next moment of all: a new one only where that is earlier."""
        if self._later and self._later[0][0] < self._alarm_at:
            self.close()
            self._alarm_at = self._later[0][0]
            self._alarm = asyncio.create_task(self._ring(self._alarm_at), name="agenda")

    async def _ring(self, when: float) -> None:
        await self._clock.sleep(when - self._clock.monotonic())
        self._alarm, self._alarm_at = None, float("inf")
        self._stirred.set()
