"""What pushes name: jobs that somebody should look at. A push is a hint, and never believed.

The hints of one window are read together: one by itself, several by the page of what ended last. A hint costs
a read at most, whoever sent it and however often; one for a job that is not this process's costs none.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.clock import Clock
from bot.generation.agenda import TICK
from bot.generation.model import Generation
from bot.generation.several.others import LOOK, REST
from bot.generation.watching.announced import Announced
from bot.vocabulary import JOB_ID

log = logging.getLogger(__name__)

WINDOW: Final = 0.07
"""Seconds from a hint to its read; hints that come meanwhile are read with it."""
AGAIN: Final = 1.0
"""Seconds between two reads of one job because of hints."""
EARLY: Final = 30.0
"""Seconds for which a job is remembered that nobody runs: its own POST may not be answered yet."""
MOST_EARLY: Final = 2_000
KNOWN: Final = LOOK + REST + 0.5
"""Seconds after which other processes know that a job runs here, and pass on a push for it."""


class Hinted(StrEnum):
    """What a push named."""

    RUNNING = "running"
    """A job that runs here."""
    OVER = "over"
    """One whose end was known already."""
    UNKNOWN = "unknown"
    """Another process's, somebody else's, or nobody's."""


@dataclass(frozen=True, slots=True)
class _Running:
    generation_id: str
    tells: bool
    """Whether pages tell of its end, and pushes should: of a workflow's run nobody says that it is pushed."""
    since: float
    """When it was read first."""


@dataclass(frozen=True, slots=True)
class _Early:
    until: float
    """When it is forgotten."""
    passed: bool
    """Whether all processes were told."""


class Hints:
    """Knows which jobs run, and has those read that a push names."""

    def __init__(
        self,
        clock: Clock,
        *,
        find: Callable[[Collection[str]], Awaitable[Collection[str]]],
        read: Callable[[str], None],
    ) -> None:
        """
        find: look for the ends of these jobs in the newest page; those that are not in it.
        read: has a generation's job read by itself.
        """
        self._clock = clock
        self._find = find
        self._read = read
        self.announced = Announced(clock)
        self._running: dict[str, _Running] = {}
        self._jobs: dict[str, str] = {}
        """Generation → its job that runs."""
        self._early: dict[str, _Early] = {}
        """Jobs that nobody runs as far as is known here, oldest first."""
        self._due: dict[str, float] = {}
        """Job → when it is read."""
        self._not_before: dict[str, float] = {}
        self._reading: asyncio.Task[None] | None = None
        self.pass_on: Callable[[Collection[str]], Collection[str]] = lambda _: ()
        """Is offered the jobs that do not run here; those that run in another process, which was told."""
        self.shared: Callable[[], bool] = lambda: False
        """Whether pushes may reach other processes."""
        self.heard: Callable[[Hinted], None] = lambda _: None
        """Hears of each job that a push named."""

    def hear(self, ids: Collection[str], *, passed: bool = False) -> None:
        """A push named these; what is no job's id among them is passed over.

        passed: whether another process passed them on, so that they go no further.
        """
        strange: list[str] = []
        for job_id in ids:
            if job_id in self._running:
                self.heard(Hinted.RUNNING)
                self._is_due(job_id)
            elif self.announced.came(job_id):
                self.heard(Hinted.OVER)
            elif job_id.startswith(JOB_ID):
                self.heard(Hinted.UNKNOWN)
                strange.append(job_id)
        if strange:
            self._remember(strange, passed=passed)
            if not passed:
                self._offer(strange)

    def offer_again(self) -> None:
        """More is known by now of what runs in other processes."""
        self._forget_early()
        left = [job_id for job_id, one in self._early.items() if not one.passed]
        if left:
            self._offer(left)

    def follow(self, generation: Generation, *, tells: bool) -> None:
        """Its job was read just now, and runs."""
        assert generation.job_id is not None
        known = self._running.get(generation.job_id)
        since = self._clock.monotonic() if known is None else known.since
        self._running[generation.job_id] = _Running(generation.id, tells, since)
        self._jobs[generation.id] = generation.job_id
        early = self._early.pop(generation.job_id, None)
        if early is not None and early.until > self._clock.monotonic():
            self._is_due(generation.job_id)

    def ended(self, job_id: str, *, tells: bool) -> None:
        """It is over. tells: whether an end of its kind is pushed."""
        one = self._leave(job_id)
        if one is not None and one.tells and tells:
            # a push for what is over so soon may have reached a process that never knew of it
            known = not self.shared() or self._clock.monotonic() - one.since >= KNOWN
            self.announced.ended(job_id, expected=known)
        else:
            self.announced.forget(job_id)

    def runs_on(self, job_id: str) -> None:
        """It was read because of a hint, and is not over."""
        one = self._running.get(job_id)
        if one is not None and one.tells:
            self.announced.runs_on(job_id)

    def forget(self, generation_id: str) -> None:
        """It is over, whatever became of its job."""
        job_id = self._jobs.get(generation_id)
        if job_id is not None:
            self.ended(job_id, tells=False)

    def _leave(self, job_id: str) -> _Running | None:
        self._due.pop(job_id, None)
        self._not_before.pop(job_id, None)
        one = self._running.pop(job_id, None)
        if one is not None:
            self._jobs.pop(one.generation_id, None)
        return one

    def _remember(self, job_ids: Collection[str], *, passed: bool) -> None:
        until = self._clock.monotonic() + EARLY
        for job_id in job_ids:
            self._early.pop(job_id, None)
            self._early[job_id] = _Early(until, passed)
        self._forget_early()

    def _forget_early(self) -> None:
        now = self._clock.monotonic()
        while self._early:
            job_id, first = next(iter(self._early.items()))
            if len(self._early) <= MOST_EARLY and first.until > now:
                return
            del self._early[job_id]

    def _offer(self, job_ids: Collection[str]) -> None:
        """Each is passed on once."""
        for job_id in self.pass_on(job_ids):
            self._early.pop(job_id, None)

    def _is_due(self, job_id: str) -> None:
        self.announced.named(job_id)
        at = max(self._clock.monotonic() + WINDOW, self._not_before.get(job_id, 0.0))
        self._due.setdefault(job_id, at)
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_due(), name="hints")

    async def _read_due(self) -> None:
        try:
            while self._due:
                now = self._clock.monotonic()
                first = min(self._due.values())
                if first > now + TICK:
                    await self._clock.sleep(min(WINDOW, first - now))
                    continue
                jobs = [job_id for job_id, at in self._due.items() if at <= now + WINDOW]
                for job_id in jobs:
                    del self._due[job_id]
                    self._not_before[job_id] = now + AGAIN
                await self._look(jobs)
        finally:
            self._reading = None

    async def _look(self, jobs: Collection[str]) -> None:
        left = set(jobs)
        listed = {job_id for job_id in jobs if (one := self._running.get(job_id)) is not None and one.tells}
        if len(listed) > 1:
            try:
                left -= listed - {*await self._find(listed)}
            except Exception:  # a mistake of ours must not end the reading: each is read by itself
                log.exception("what pushes named is not looked for in pages")
        for job_id in left:
            one = self._running.get(job_id)
            if one is not None:
                self._read(one.generation_id)
