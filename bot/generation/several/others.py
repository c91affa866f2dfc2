"""What other processes hold, as far as the lines go in which everybody waits.

Read when one of them tells that something moved, as long as anybody waits for a place; every few seconds,
whatever is told; and at once when the store says that a place is taken that seemed free. Each row is read
once for each state that it is found in.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from bot.clock import Clock, sleep_or
from bot.endings import ENDINGS
from bot.generation.holding import Holding
from bot.generation.model import Fate, Generation
from bot.generation.ports import Mark, Store
from bot.generation.queue import Queue
from bot.generation.several.bulletin import BACK, MOVED

LOOK: Final = 2.0
"""Seconds between two looks that nobody asked for."""
REST: Final = 0.25
"""… between two at least."""

log = logging.getLogger(__name__)


def _in_order(one: Generation) -> tuple[bool, datetime, str]:
    """What may be bought in the order of that, and then what is only asked for by its age."""
    return one.fate is Fate.REQUESTED, one.submitted_at or one.created_at, one.id


class Others:
    """Keeps the queue true to what other processes hold."""

    def __init__(
        self,
        store: Store,
        queue: Queue,
        clock: Clock,
        holding: Holding,
        *,
        ready: Callable[[Generation], bool],
        look_again: Callable[[], None],
        offer_again: Callable[[], None],
    ) -> None:
        """
        ready: whether one that is requested lacks nothing but a place. Called once the queue is true again:
        look_again, since a place may be free; offer_again, since a job that a push named may be known by now.
        """
        self._store = store
        self._queue = queue
        self._clock = clock
        self._holding = holding
        self._ready = ready
        self._look_again = look_again
        self._offer_again = offer_again
        self._marks: Mapping[str, Mark] = {}
        self._stirred = asyncio.Event()
        holding.bulletin.listen(MOVED, self._hear)
        holding.bulletin.listen(BACK, self._hear)

    def _hear(self, teller: int, facts: Sequence[Any]) -> None:
        if self._queue.crowded and not self._holding.mine(teller):
            self._stirred.set()

    def behind(self) -> None:
        """They have more than was known: look at once."""
        self._stirred.set()

    async def run(self) -> None:
        """Look again and again, until canceled."""
        while True:
            await sleep_or(self._clock, LOOK, self._stirred)
            self._stirred.clear()
            try:
                await self.look()
            except ENDINGS:
                raise
            except BaseException:  # the next look will
                log.exception("what other processes hold could not be looked at")
            await self._clock.sleep(REST)

    async def look(self) -> None:
        """Read what changed, and let those who wait look again."""
        if not (self._holding.others or self._marks):
            return
        found = await self._store.elsewhere(self._marks)
        now = self._clock.now()
        for gone in self._marks.keys() - found.marks.keys():
            self._queue.forget_other(gone)
        # a request may be let through its line without a change of its own: each is judged by what flies now
        looked_at = {one.id: one for one in (*self._queue.asked_elsewhere(), *found.changed)}
        for one in sorted(looked_at.values(), key=_in_order):
            ready = one.id not in found.aside and self._ready(one)
            self._queue.track_other(one, ready=ready, now=now)
        self._marks = found.marks
        self._queue.let_go_elsewhere(self._holding.let_go_elsewhere)
        self._queue.heard()
        self._look_again()
        self._offer_again()
