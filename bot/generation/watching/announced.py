"""Whether pushes tell of every end, and how seldom pages need to be read for it.

Nobody knows how reliable pushes are: they may come late, twice, or never. So they are relied on for what
they did: each end that one announced lets pages be read a little more seldom, and the first end of which none
came, or the first push that was not true, has them read as often as without any.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from bot.clock import Clock

OFTEN: Final = 1.0
"""Seconds between two looks at what ended, where nothing else tells."""
SELDOM: Final = 15.0
"""… at most, where pushes do. So late is an end known whose push was the first to be lost."""
ENOUGH: Final = 3
"""Ends in a row that pushes announced before they are relied on."""
GRACE: Final = 3.0
"""Seconds by which a push may be later than a page that told of the same end."""
STALE: Final = 600.0
"""Seconds without an end after which nothing is known of pushes any more."""
DOUBT: Final = SELDOM
"""Seconds for which they are not relied on here after one failed another process: his next may too."""


class Announced:
    """Hears of pushes and of ends, and compares."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._named: set[str] = set()
        """Running jobs that a push said to be over."""
        self._open: dict[str, float] = {}
        """Jobs that are over and that no push named yet, and until when one may, oldest first."""
        self._in_a_row = 0
        self._last = -STALE
        self._doubted_until = 0.0
        self.failed: Callable[[], None] = lambda: None
        """Hears of each end of which no push came, and of each push that was not true."""
        self.broken = asyncio.Event()
        """Set when pushes that were relied on failed to come, or came and were not true."""

    @property
    def pace(self) -> float:
        """Seconds between two looks at what ended."""
        if not self.well or self._clock.monotonic() < self._doubted_until:
            return OFTEN
        return min(SELDOM, OFTEN * self._in_a_row)

    @property
    def well(self) -> bool:
        """Whether they tell of all that ends here, whatever others say of them."""
        self._give_up()
        return self._in_a_row >= ENOUGH and self._clock.monotonic() - self._last < STALE

    @property
    def relied_on(self) -> bool:
        """Whether pages are read more seldom for them."""
        return self.pace > OFTEN

    def named(self, job_id: str) -> None:
        """A push says that this job, which runs as far as anybody has read, is over."""
        self._named.add(job_id)

    def came(self, job_id: str) -> bool:
        """A push named a job that does not run. Whether it is one whose end became known just now."""
        self._give_up()
        if self._open.pop(job_id, None) is None:
            return False
        self._confirm()
        return True

    def ended(self, job_id: str, *, expected: bool = True) -> None:
        """Its end was read, whatever made somebody read it. expected: whether a push must come for it."""
        if job_id in self._named:
            self._named.discard(job_id)
            self._confirm()
        elif expected:
            self._open[job_id] = self._clock.monotonic() + GRACE

    def runs_on(self, job_id: str) -> None:
        """A push named it, and it is not over."""
        self._named.discard(job_id)
        self._break()

    def forget(self, job_id: str) -> None:
        """Nothing follows from it."""
        self._named.discard(job_id)

    def _confirm(self) -> None:
        self._in_a_row += 1
        self._last = self._clock.monotonic()

    def _give_up(self) -> None:
        """Ends of which no push came in time."""
        now = self._clock.monotonic()
        for job_id, until in list(self._open.items()):
            if until > now:
                return
            del self._open[job_id]
            self._break()

    def failed_elsewhere(self) -> None:
        """One failed another process, whose jobs this one may read pages for."""
        self._begin_anew()
        self._doubted_until = self._clock.monotonic() + DOUBT

    def _break(self) -> None:
        self._begin_anew()
        self.failed()

    def _begin_anew(self) -> None:
        if self._in_a_row >= ENOUGH:
            self.broken.set()
        self._in_a_row = 0
