"""What is due when: the one timer under both loops."""

import asyncio
import heapq
import itertools
from datetime import datetime, timedelta

from bot.clock import Clock


class Agenda:
    """Keys with the moment they are due. A key stands in it once; the earlier moment wins."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due: dict[str, tuple[datetime, int]] = {}
        self._heap: list[tuple[datetime, int, int, str]] = []
        self._order = itertools.count()
        self._changed = asyncio.Event()

    def put(self, key: str, *, after: float = 0.0, rank: int = 0) -> None:
        """Make `key` due in `after` seconds. Among those due at one moment a lower rank goes first."""
        when = self._clock.now() + timedelta(seconds=max(0.0, after))
        standing = self._due.get(key)
        if standing is not None and standing <= (when, rank):
            return
        self._due[key] = (when, rank)
        heapq.heappush(self._heap, (when, rank, next(self._order), key))
        self._changed.set()

    def drop(self, key: str) -> None:
        self._due.pop(key, None)

    def __len__(self) -> int:
        return len(self._due)

    async def take(self) -> str:
        """Wait until a key is due, and take it out."""
        while True:
            self._changed.clear()
            wait = self._next_wait()
            if wait is not None and wait <= 0:
                key = self._pop()
                if key is not None:
                    return key
                continue
            await self._until_changed_or(wait)

    def _next_wait(self) -> float | None:
        while self._heap:
            when, rank, _, key = self._heap[0]
            if self._due.get(key) == (when, rank):
                return (when - self._clock.now()).total_seconds()
            heapq.heappop(self._heap)  # superseded or dropped
        return None

    def _pop(self) -> str | None:
        """Of all that are due now, the one of the lowest rank."""
        now = self._clock.now()
        due: list[tuple[datetime, int, int, str]] = []
        while self._heap and self._heap[0][0] <= now:
            entry = heapq.heappop(self._heap)
            if self._due.get(entry[3]) == entry[:2]:
                due.append(entry)
        if not due:
            return None
        first = min(due, key=lambda entry: (entry[1], entry[0], entry[2]))
        for entry in due:
            if entry is not first:
                heapq.heappush(self._heap, entry)
        del self._due[first[3]]
        return first[3]

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
