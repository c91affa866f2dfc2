"""One watcher for many jobs: a few pages of the listing tell what ended, whoever asked for it.

A job that is read singly costs a request each time, however little became of it. What ended since the last
look costs a page for a hundred of them. So while many jobs run, pages are read: of each final status since
the last look, of what is in progress as often as cards may be edited, and now and then of what waits where
that is many. A job is left to the pages only if it was read by itself since they reach back to; whatever
they do not mention for a minute is read singly.
Of several processes with one key, one reads the pages for all (`relay`).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from bot.clock import Clock
from bot.generation.model import Generation
from bot.generation.pacing import edit_spacing
from bot.generation.ports import Studio
from bot.generation.watching.announced import OFTEN
from bot.generation.watching.relay import Relay
from bot.generation.watching.watched import UNSEEN, Watched
from bot.scenario.api.errors import Rejected, ScenarioError
from bot.scenario.api.jobs import JOBS_PAGE
from bot.scenario.api.records import Job, JobState, Status

log = logging.getLogger(__name__)

FEW: Final = 7
"""Up to so many jobs are cheaper to read singly: a look is a page of each final status."""
TICK: Final = 1.0
"""Seconds between two looks at what ended."""
OVERLAP: Final = timedelta(seconds=2)
"""How much of the last look is looked at again: the listing may be late, and not in order."""
DEEP: Final = timedelta(seconds=10)
"""… by every so many looks."""
DEEP_EVERY: Final = 10
CANCELED_EVERY: Final = 5
"""Looks of which one asks for what was canceled too: what is canceled from Discord is known at once."""
NEWEST: Final = 10
"""Rows beyond those of the jobs that pushes named, in a page that is looked through for them: what ended
meanwhile, and what others made with the same account."""
PAGES: Final = 2
"""… and so many such pages at most."""
FEW_FAILURES: Final = 2
"""Up to so many that did not succeed are read singly, and not looked for among what failed."""
SOON: Final = 0.25
"""Seconds in which the assets of what pushes named are asked for, those of several windows together."""
OFTEN_ENOUGH: Final = UNSEEN / 3
"""How often whoever goes on is looked for at least: jobs end while pages are turned, so rows move up, and
some are passed over. The next time they are there."""
OFF: Final = timedelta(minutes=10)
"""How long an API that does not list as it should is believed not to."""

ENDS: Final = (Status.SUCCESS, Status.FAILURE, Status.CANCELED)
WAITING: Final = (Status.QUEUED, Status.PENDING, Status.WARMING_UP, Status.FINALIZING)
"""What else a job can be: nothing moves then, but whoever is mentioned is not read singly."""


class Wake(Protocol):
    """Has a generation looked at, `after` seconds from now at the latest."""

    def __call__(self, generation_id: str, *, after: float = 0.0) -> None: ...


class Sweep:
    """Knows which jobs run, and what pages told of them."""

    def __init__(
        self,
        studio: Studio,
        clock: Clock,
        *,
        wake: Wake,
        moved: Callable[[str, str | None, Job], None],
        relay: Relay,
        pace: Callable[[], float] = lambda: OFTEN,
    ) -> None:
        """
        pace: seconds between two looks at what ended; more than OFTEN where pushes tell of it sooner.
        wake: called for each generation that somebody should look at: its job ended, or pages do not tell of
        it any more. moved: hears of which generation, and on which card, a job is how far.
        """
        self._studio = studio
        self._clock = clock
        self._wake = wake
        self._moved = moved
        self._pace = pace
        self._relay = relay
        relay.on_end, relay.on_far = self._hear_ends, self._move
        self._told = False
        """Whether another process reads the pages."""
        self._total = 0
        """Jobs that run, those of the processes that it reads for among them."""
        self._watched = Watched()
        self._ended: dict[str, Job] = {}
        self._reaches_back: datetime | None = None
        """What ended since then the pages have told; None while they are not read."""
        self._looked_at: datetime | None = None
        self._ticked_at: datetime | None = None
        self._looks = 0
        self._canceled_at: datetime | None = None
        self._progress_at: datetime | None = None
        self._waiting_at: datetime | None = None
        self.reading: asyncio.Task[bool] | None = None
        """How far jobs are, being read."""
        self._off_until: datetime | None = None
        self._failed = False

    def watch(self, generation: Generation, job: Job) -> None:
        """Its job was read by itself just now, and runs."""
        self._watched.read(generation, job, self._clock.now())
        if (ended := self._relay.claim(job.id)) is not None:
            self._end(ended)

    def forget(self, job_id: str | None) -> None:
        """Nobody waits for this one any more, or pages are not to be trusted with it."""
        if job_id is not None:
            self._watched.forget(job_id)
            self._ended.pop(job_id, None)

    def take(self, job_id: str) -> Job | None:
        """The end that a page told of, once."""
        return self._ended.pop(job_id, None)

    def tells(self, job_id: str) -> bool:
        """Whether pages will tell of its end, so that nobody needs to read it now."""
        since = self._reaches_back
        return since is not None and self._watched.is_left_to_pages(job_id, since, self._clock.now())

    async def run(self) -> None:
        """Look again and again, until canceled."""
        try:
            while True:
                await self._clock.sleep(TICK)
                await self.tick()
        finally:
            if self.reading is not None:
                self.reading.cancel()

    async def tick(self) -> None:
        """One look at what ended, if there is enough to look for and nobody else looks; `reading` goes on
        beside it."""
        now = self._clock.now()
        if self._ticked_at is not None and now < self._ticked_at:
            self._begin_anew()
        self._ticked_at = now
        pace = self._pace()  # whoever reads pages for others needs to hear if pushes fail one of them
        if self._is_told(now):
            self._wake_unmentioned(now)
            return
        self._total = self._relay.begin(len(self._watched))
        off = self._off_until is not None and now < self._off_until
        few = 0 if pace > OFTEN else FEW  # what pushes tell of is read for nobody by himself
        if off or self._total <= few:
            self._relay.drop()
            self._stop()
            return
        if await self._well(self._look(now)):
            self._failed = False
        elif self._failed:
            self._stop()
        else:
            self._failed = True  # once does no harm: the next look reaches back as far
        if self._reaches_back is not None and self._progress_is_due(now):
            self._progress_at = now
            # of ten thousand jobs that is a hundred pages: what ends meanwhile does not wait for them
            self.reading = asyncio.create_task(self._well(self._read_progress()), name="progress")
        self._wake_unmentioned(now)

    def _wake_unmentioned(self, now: datetime) -> None:
        """Have those read that no page mentions, the longest unmentioned first."""
        for generation_id, after in self._watched.fall_due(now, TICK, but=self._ended).items():
            self._wake(generation_id, after=after)

    async def _well(self, pages: Awaitable[None]) -> bool:
        """Read them; whether that went well. A listing that is of no use is not used for a while."""
        try:
            await pages
        except Rejected as error:
            log.warning("the listing is not used for a while: %s", error)
        except ScenarioError as error:
            log.warning("the listing could not be read: %s", error)
            return False
        except Exception:
            # a mistake of ours ends the pages for a while, and not the watching: jobs are read singly
            log.exception("the listing is not used for a while")
        else:
            return True
        self._off_until = self._clock.now() + OFF
        self._stop()
        return False

    async def _read_progress(self) -> None:
        self._relay.begin_far()
        theirs, now = await self._read_far(Status.IN_PROGRESS), self._clock.now()
        if self._is_due(self._waiting_at, OFTEN_ENOUGH, now):
            self._waiting_at = now
            many = self._watched.statuses(but=self._ended)
            many[Status.QUEUED] += self._relay.theirs - theirs  # as a rule: nobody says what theirs are
            for status in WAITING:
                if many[status] > FEW:
                    await self._read_far(status)
        await self._relay.tell_far()

    async def _read_far(self, status: Status) -> int:
        """Tell how far those are who have this status. How many of them run for other processes."""
        theirs = 0
        async for job in self._studio.listed(status, self._follows):
            self._move(job)
            if self._relay.goes_on(job.id) and job.state is JobState.ACTIVE:
                self._relay.pass_on(job)
                theirs += 1
        return theirs

    def _is_told(self, now: datetime) -> bool:
        """Whether another process reads the pages, and passes on what they tell since `_reaches_back`."""
        since = self._relay.told_since(now)
        if since != self._reaches_back and (self._told or since is not None):
            self._stop()  # whoever was not read since then is read now
            self._reaches_back = since
        self._told = since is not None
        return self._told

    def _hear_ends(self, jobs: Sequence[Job]) -> None:
        made = [asset_id for job in jobs if self._end(job) for asset_id in job.asset_ids]
        if made:
            self._studio.expect(made)

    def _stop(self) -> None:
        """Whoever was left to the pages is read singly from now on."""
        if self._reaches_back is None:
            return
        self._reaches_back = self._looked_at = self._canceled_at = None
        self._progress_at = self._waiting_at = None
        self._looks = 0
        for generation_id in self._watched.generations():
            self._wake(generation_id)

    def _begin_anew(self) -> None:
        """The clock was set back: pages would be asked for what ended in the future, and moments from before
        say nothing. Each is read by itself, and watched from then on."""
        self._stop()
        self._watched.clear()
        self._off_until = None

    async def find(self, job_ids: Collection[str]) -> Collection[str]:
        """Look for the ends of these in the newest pages. Those that are not told of there."""
        now, left = self._clock.now(), set(job_ids)
        if self._off_until is not None and now < self._off_until:
            return left
        try:
            await self._read(Status.SUCCESS, now - DEEP, named=left)
            if len(left) > FEW_FAILURES:
                await self._read(Status.FAILURE, now - DEEP, named=left)
        except Rejected as error:
            log.warning("the listing is not used for a while: %s", error)
            self._off_until = now + OFF
        except ScenarioError as error:
            log.warning("the listing could not be read: %s", error)
        return left

    async def _look(self, now: datetime) -> None:
        pace = self._pace()
        if self._reaches_back is None and pace > OFTEN:
            # whoever is left to the pages now was read a moment ago; there is time until the first one
            self._reaches_back, self._looked_at, self._progress_at = now - DEEP, now, now
        looked_ago = None if self._looked_at is None else (now - self._looked_at).total_seconds()
        if looked_ago is None or pace <= OFTEN or looked_ago >= pace:
            await self._look_at_ends(now)
        await self._relay.tell()

    async def _look_at_ends(self, now: datetime) -> None:
        last = self._looked_at or now
        deep = self._looks % DEEP_EVERY == 0
        since = last - (DEEP if deep else OVERLAP)
        for status in ENDS:
            if status is not Status.CANCELED:
                await self._read(status, since)
            elif self._looks % CANCELED_EVERY == 0:
                await self._read(status, min(since, (self._canceled_at or now) - OVERLAP))
                self._canceled_at = now
        self._looks += 1
        self._looked_at = now
        if self._reaches_back is None:
            self._reaches_back = since

    async def _read(self, status: Status, since: datetime, *, named: set[str] | None = None) -> None:
        """Have those looked at that ended so.

        named: read no further than to these, which are the newest, as a rule; found ones are taken out.
        """
        made: list[str] = []
        page, rows = JOBS_PAGE if named is None else len(named) + NEWEST, 0
        wanted = self._waits_for if named is None else bool  # every row counts where they are counted
        async for job in self._studio.listed(status, wanted, updated_after=since, page=page):
            if job.state is not status.state:
                raise Rejected("it lists others than were asked for")
            new = self._end(job)
            if new:
                made += job.asset_ids
            elif job.id not in self._watched and self._relay.wants(job.id):
                self._relay.pass_on(job)
            rows += 1
            if named is not None:
                if new or job.id in self._ended:
                    named.discard(job.id)
                if not named or rows == PAGES * page:
                    break
        if made:
            self._studio.expect(made, within=SOON if named is not None else 0.0)

    def _progress_is_due(self, now: datetime) -> bool:
        """No oftener than cards may be edited, and often enough for nothing to go unmentioned."""
        if self.reading is not None and not self.reading.done():
            return False
        spacing = min(timedelta(seconds=edit_spacing(self._total)), OFTEN_ENOUGH)
        return self._is_due(self._progress_at, spacing, now)

    @staticmethod
    def _is_due(last: datetime | None, spacing: timedelta, now: datetime) -> bool:
        return last is None or now - last >= spacing

    def _waits_for(self, job_id: str) -> bool:
        """Not for one that nobody wants to know of, nor for one whose end was told already."""
        if job_id in self._watched:
            return job_id not in self._ended
        return self._relay.wants(job_id)

    def _follows(self, job_id: str) -> bool:
        return self._waits_for(job_id) if job_id in self._watched else self._relay.goes_on(job_id)

    def _end(self, job: Job) -> bool:
        """Have it looked at, if it is waited for here; whether it is."""
        one = self._watched.get(job.id)
        if one is None or job.id in self._ended:
            return False
        self._relay.claim(job.id)
        if job.state is JobState.SUCCEEDED and not (job.asset_ids or job.urls or job.text):
            self.forget(job.id)  # a row may leave its results out: it is read by itself
        else:
            self._ended[job.id] = job
        self._wake(one.generation_id)
        return True

    def _move(self, job: Job) -> None:
        if job.state is not JobState.ACTIVE:
            return
        one = self._watched.mention(job, self._clock.now())
        if one is not None:
            self._moved(one.generation_id, one.card_id, job)
