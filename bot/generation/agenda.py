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
        self._changed = asyncio.Event()

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
        self._changed.set()

    def __len__(self) -> int:
        return len(self._standing)

    async def take(self) -> str:
        """Wait until a key is due, and take it out."""
        while True:
            self._changed.clear()
            self._ripen()
            while self._due:
                entry = heapq.heappop(self._due)[3]
                if self._stands(entry):
                    del self._standing[entry.key]
                    return entry.key
            await self._until_changed_or(self._next_wait())

    def _ripen(self) -> None:
        """Move what is due by now from the heap of moments to the heap of ranks."""
        now = self._clock.monotonic() + TICK
        while self._later and (self._later[0][0] <= now or not self._stands(self._later[0][2])):
            entry = heapq.heappop(self._later)[2]
            if self._stands(entry):
                heapq.heappush(self._due, (entry.rank, entry.when, entry.number, entry))

    def _stands(self, entry: _Entry) -> bool:
        return self._standing.get(entry.key) is entry

    def _next_wait(self) -> float | None:
        return self._later[0][0] - self._clock.monotonic() if self._later else None

    async def _until_changed_or(self, wait: float | None) -> None:
        if wait is None:
            await self._changed.wait()
            return
        changed = asyncio.ensure_future(self._changed.wait())
        slept = asyncio.ensure_future(self._clock.sleep(wait))
        try:
            await asyncio.wait({changed, slept}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            changed.cancel()
            slept.cancel()
