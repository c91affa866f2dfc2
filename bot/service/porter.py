"""Who is turned away at the door: in memory, before anything is prepared and before the database is asked.

Discord takes an answer for three seconds. If each of more commands than can be looked at in that time is
looked at, all are answered too late; so those that could not be served are told so at once, which is cheap.
"""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from bot.clock import Clock
from bot.refusals import Crowded, Limit, LimitReached

log = logging.getLogger(__name__)

FULL_LASTS: Final = 0.5
"""Seconds for which the store's word that the queue is full is taken for everybody: then one asks again."""
DESK_PATIENCE: Final = 1.5
"""Seconds that a request may have to wait for the store: half of what Discord waits, for the other half is
the way to us and back."""
_NEW_COUNTS: Final = 0.1
"""How much of what is believed of one question's time each new one makes."""
_BELIEVED: Final = 2.0
"""Seconds for which that is believed: what was slow then says nothing of now."""
SECOND_LOOK: Final = 0.25
"""Seconds until somebody is turned away: a process that stood still finds its answers a moment later, and
SQLite looks only every tenth of a second whether a lock has gone."""


class Porter:
    """Knows who waits for the store, how long that takes, and when the queue was full last."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: dict[int, float] = {}
        self._number = 0
        self._each = 0.0
        self._each_until = 0.0
        self._full: tuple[LimitReached, float] | None = None

    async def admit(self) -> None:
        """Raise LimitReached for a queue that was full a moment ago, Crowded if the store could not be asked
        in time. Go to the desk at once: who is not there yet is not counted."""
        if self._full is not None:
            reached, until = self._full
            if self._clock.monotonic() < until:
                raise LimitReached(reached.limit, reached.allowed, used=reached.used)
        if self._wait() > DESK_PATIENCE:
            await self._clock.sleep(SECOND_LOOK)
            if (wait := self._wait()) > DESK_PATIENCE:
                log.warning("turned away: %d wait for the store, %.1f s by now", len(self._waiting), wait)
                raise Crowded

    def _wait(self) -> float:
        """Seconds that somebody who came now would wait, as far as can be told."""
        now = self._clock.monotonic()
        longest = now - next(iter(self._waiting.values()), now)
        each = self._each if now < self._each_until else 0.0
        return max(longest, len(self._waiting) * each)

    @asynccontextmanager
    async def desk(self) -> AsyncGenerator[None]:
        """Around one question to the store."""
        self._number += 1
        number, began, before = self._number, self._clock.monotonic(), len(self._waiting)
        self._waiting[number] = began
        try:
            yield
        except LimitReached as reached:
            if reached.limit is Limit.QUEUE and reached.jobs == 1:  # more may not fit where one does
                self._full = reached, self._clock.monotonic() + FULL_LASTS
            raise
        finally:
            del self._waiting[number]
            now = self._clock.monotonic()
            # a lock or a pause of the whole process is no measure of what one question takes
            took = min(now - began, DESK_PATIENCE) / (before + 1)
            self._each += _NEW_COUNTS * (took - self._each)
            self._each_until = now + _BELIEVED
