"""One process reads pages for all that have the same key, and passes on what it read.

Whoever leads tells, after each look, which jobs of others ended or are how far, and at last the number of the
look. Whoever does not lead reads no pages as long as he is told without a gap; after one he goes on as if
nothing had been told before, so a word that is lost costs a read of each of his jobs. If nobody tells he
reads by himself, whoever leads.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final

from bot.clock import Clock
from bot.endings import ENDINGS
from bot.generation.holding import Holding
from bot.generation.several.bulletin import LOST
from bot.scenario.api.records import Job, JobState

STALE: Final = timedelta(seconds=3)
"""How long after the last look that was told of somebody is believed to read for all."""
STRAY: Final = timedelta(seconds=60)
"""How long an end is remembered of a job that nobody here waits for yet: its purchase may be unanswered."""
MOST: Final = 5_000
"""Ends that are remembered, as told or as strays."""
ROOM: Final = 7_000
"""Bytes of one word, without its kind and teller."""

ENDED: Final = "ended"
"""Facts: jobs, as `_written`."""
FAR: Final = "far"
"""Facts: id, status and fraction of jobs that go on."""
HINTED: Final = "hinted"
"""Facts: ids of jobs that a push named to a process for which they don't run."""
LOOKED: Final = "looked"
"""Facts: the number of the look of which all that was told before, for which key it was, and whether pushes
let the teller look less often."""
FAILED: Final = "failed"
"""A push did not come, or was not true. Facts: for which key."""

_LEFT_OUT: Final = frozenset({"model_id", "inputs", "created_at", "updated_at", "flow"})
"""What nobody reads of a job that ended."""
_TOLD: Final = tuple(field for field in fields(Job) if field.name not in _LEFT_OUT)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Stray:
    job: Job
    heard_at: datetime


class Relay:
    """This process's part in that."""

    def __init__(self, holding: Holding, clock: Clock, elsewhere: Callable[[], Collection[str]]) -> None:
        """elsewhere: the ids of the jobs that run for other processes, as far as is known."""
        self._holding = holding
        self._bulletin = holding.bulletin
        self._clock = clock
        self._elsewhere = elsewhere
        self.on_end: Callable[[Sequence[Job]], None] = lambda _: None
        """Hears of jobs that ended, as another process read them."""
        self.on_far: Callable[[Job], None] = lambda _: None
        """… of one that goes on."""
        self._leader: int | None = None
        self._number = 0
        self._since: datetime | None = None
        self._heard_at: float | None = None
        """By the monotonic clock: to be set back must not make a leader that is gone last longer."""
        self._ends: dict[str, Job] = {}
        """Job → its end, which the next word tells, oldest first."""
        self._far: dict[str, Job] = {}
        self._passed_on: dict[str, None] = {}
        self._strays: dict[str, _Stray] = {}
        self._theirs: Collection[str] = ()
        self._looks = 0
        self._hinted: list[str] = []
        self._failed = False
        self._telling: asyncio.Task[None] | None = None
        self.on_hint: Callable[[Sequence[str]], None] = lambda _: None
        """Hears of jobs that a push named to another process."""
        self.on_failure: Callable[[], None] = lambda: None
        """Hears that pushes failed another process."""
        self.relies: Callable[[], bool] = lambda: False
        """Whether this process would look less often, for all that pushes tell of its own jobs."""
        self._leader_relies = False
        self._bulletin.listen(HINTED, self._hear_hint)
        self._bulletin.listen(FAILED, self._hear_failure)
        self._bulletin.listen(ENDED, self._hear_ends)
        self._bulletin.listen(FAR, self._hear_far)
        self._bulletin.listen(LOOKED, self._hear_look)
        self._bulletin.listen(LOST, self._hear_loss)

    # -- who is told ----------------------------------------------------------------------------------

    def told_since(self, now: datetime) -> datetime | None:
        """Since when this process is told, without a gap, of every end; None: it has to read by itself."""
        set_back = self._since is not None and self._since > now
        if set_back or self._bulletin.leads or not self._heard_lately():
            self._lose()
        return self._since

    def _heard_lately(self) -> bool:
        last = self._heard_at
        return last is not None and self._clock.monotonic() - last <= STALE.total_seconds()

    def claim(self, job_id: str) -> Job | None:
        """Its end, if that was told before anybody here knew the job."""
        if self.leads:
            self._passed_on[job_id] = None  # it is nobody else's
        stray = self._strays.pop(job_id, None)
        return None if stray is None else stray.job

    def _lose(self) -> None:
        self._since = self._heard_at = self._leader = None
        self._leader_relies = False

    def _hear_loss(self, teller: int, facts: Sequence[Any]) -> None:
        self._lose()

    def _is_told_by(self, teller: int) -> bool:
        return not self._holding.mine(teller)

    def _hear_ends(self, teller: int, facts: Sequence[Any]) -> None:
        if self._is_told_by(teller):
            now = self._clock.now()
            jobs = [_read(one) for one in facts]
            for job in jobs:
                self._strays[job.id] = _Stray(job, now)
            self._strays = {
                id_: one for id_, one in [*self._strays.items()][-MOST:] if now - one.heard_at < STRAY
            }
            self.on_end(jobs)

    def _hear_far(self, teller: int, facts: Sequence[Any]) -> None:
        if self._is_told_by(teller):
            for id_, status, fraction in facts:
                self.on_far(Job(id=id_, status=status, state=JobState.ACTIVE, progress=fraction))

    def _hear_look(self, teller: int, facts: Sequence[Any]) -> None:
        number, key, relies = facts
        if not self._is_told_by(teller) or key != self._bulletin.key:
            return
        if teller != self._leader and self._heard_lately():
            return  # of two that lead one is enough, and to change between them would be a gap each time
        follows = (self._leader, self._number + 1) == (teller, number)
        if self._since is None or not follows:
            self._since = self._clock.now()  # what was told before this look was not all
        self._leader, self._number, self._heard_at = teller, number, self._clock.monotonic()
        self._leader_relies = relies

    # -- who tells ------------------------------------------------------------------------------------

    @property
    def leads(self) -> bool:
        """Whether it reads for others too."""
        return self._bulletin.leads and self._holding.others > 0

    def begin(self, own: int) -> int:
        """A look may begin: how many jobs there are to look for, `own` among them."""
        self._theirs = self._elsewhere() if self.leads else ()
        while len(self._passed_on) > MOST:
            del self._passed_on[next(iter(self._passed_on))]
        return own + len(self._theirs)

    def wants(self, job_id: str) -> bool:
        """Whether the end of this one, which nobody here waits for, is to be passed on."""
        return self.leads and job_id not in self._passed_on

    @property
    def theirs(self) -> int:
        """How many jobs run for others."""
        return len(self._theirs)

    def goes_on(self, job_id: str) -> bool:
        """Whether somebody else wants to know how far this one is."""
        return job_id in self._theirs

    def pass_on(self, job: Job) -> None:
        """With the next `tell`, or `tell_far`."""
        if job.state is JobState.ACTIVE:
            self._far[job.id] = job
            return
        self._ends[job.id] = job
        self._passed_on[job.id] = None
        if len(self._ends) > MOST:
            del self._ends[next(iter(self._ends))]
            self._looks += 1  # a gap: whoever waits for the one that is left out reads it by itself

    def begin_far(self) -> None:
        """How far jobs are is read from the beginning."""
        self._far.clear()

    def drop(self) -> None:
        """Nothing is told now: what was to be passed on is still wanted when it is read again."""
        for job_id in self._ends:
            self._passed_on.pop(job_id, None)
        self._ends.clear()

    async def tell(self) -> None:
        """A look is over: tell what it showed, and that it was. What cannot be told is read by those whom it
        is about, who miss the number."""
        if not self.leads:
            self.drop()
            return
        ends, self._ends = self._ends, {}
        self._looks += 1
        looked = self._looks, self._bulletin.key, self.relies()
        await self._tell([*_packed(ENDED, map(_written, ends.values())), (LOOKED, looked)])

    async def tell_far(self) -> None:
        """Tell how far jobs of others are, as it was read beside the looks."""
        far, self._far = self._far, {}
        if self.leads and far:
            await self._tell(_packed(FAR, map(_how_far, far.values())))

    async def _tell(self, words: Iterable[tuple[str, Sequence[Any]]]) -> None:
        try:
            await self._bulletin.tell(words)
        except ENDINGS:
            raise
        except BaseException as error:
            log.warning("what was read for other processes could not be passed on: %s", error)

    # -- what pushes name -----------------------------------------------------------------------------

    def hint(self, job_ids: Collection[str]) -> Collection[str]:
        """A push named these, which do not run here: if they run for another process, tell it. Those that
        do."""
        theirs = self._elsewhere() if self._holding.others else ()
        found = [one for one in job_ids if one in theirs]
        self._hinted += found
        self._tell_of_pushes()
        return found

    def failed(self) -> None:
        """Pushes failed this process: tell whoever reads for it and relies on them, once after each look."""
        if self._leader_relies:
            self._leader_relies, self._failed = False, True
            self._tell_of_pushes()

    def _tell_of_pushes(self) -> None:
        if (self._hinted or self._failed) and self._telling is None:
            self._telling = asyncio.create_task(self._tell_all_of_pushes(), name="relay")

    async def _tell_all_of_pushes(self) -> None:
        try:
            while self._hinted or self._failed:  # what comes while some is told goes together
                failures = [(FAILED, [self._bulletin.key])] if self._failed else []
                hinted, self._hinted, self._failed = self._hinted, [], False
                await self._tell([*_packed(HINTED, hinted), *failures])
        finally:
            self._telling = None

    def _hear_failure(self, teller: int, facts: Sequence[Any]) -> None:
        if self._is_told_by(teller) and facts[0] == self._bulletin.key:
            self.on_failure()

    def _hear_hint(self, teller: int, facts: Sequence[Any]) -> None:
        if self._is_told_by(teller):
            self.on_hint(facts)


def _how_far(job: Job) -> list[Any]:
    return [job.id, job.status, job.progress]


def _written(job: Job) -> dict[str, Any]:
    """What says more of it than a new job's fields would; where that is too long, its id alone."""
    told = {one.name: value for one in _TOLD if (value := getattr(job, one.name)) != one.default}
    return told if _size(told) <= ROOM else {"id": job.id}


def _read(told: Mapping[str, Any]) -> Job:
    """The job that was told of; one of which only the id was told ended without results, and so is read by
    itself."""
    given: dict[str, Any] = {"status": "success", "state": JobState.SUCCEEDED, **told}
    for name in ("asset_ids", "urls"):
        given[name] = tuple(given.get(name, ()))
    given["state"] = JobState(given["state"])
    return Job(**given)


def _packed(kind: str, facts: Iterable[Any]) -> Iterable[tuple[str, Sequence[Any]]]:
    """As few words as take all of these."""
    some: list[Any] = []
    used = 0
    for fact in facts:
        size = _size(fact) + 1
        if some and used + size > ROOM:
            yield kind, some
            some, used = [], 0
        some.append(fact)
        used += size
    if some:
        yield kind, some


def _size(fact: Any) -> int:
    return len(json.dumps(fact, separators=(",", ":"), ensure_ascii=False).encode())
