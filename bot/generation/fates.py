"""The fate loop: admit, submit once, watch. It moves fates; of the card it learns only whether there is one.

A step reads the row, does one thing, and writes what it learnt. Death at any point leaves a row from which
the next process goes on, by the same steps:

    requested    nothing was bought: check, price where a budget asks for it, take a place, submit
    submitting   found at the start of a step, it means that an earlier step was cut short: uncertain
    uncertain    look for the job among Scenario's; adopt it, or prove it absent and go back to requested
    running      read the job until it is final
"""

import asyncio
import logging
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Protocol

from bot.catalogue import Catalogue
from bot.clock import Clock
from bot.generation import learn
from bot.generation.budget import DAY, room_at, used
from bot.generation.compose import choose_seed, compose
from bot.generation.line import Line
from bot.generation.loop import Loop
from bot.generation.model import Card, Failure, FailureKind, Fate, Generation
from bot.generation.pacing import Patience, next_read, reconcile_pass
from bot.generation.ports import Delayed, Delivery, JobTaken, Store, Studio
from bot.generation.progress import Progress, ProgressBoard
from bot.generation.reconcile import find_job
from bot.scenario.errors import Busy, NotFound, Rejected, Unavailable, Uncertain, Unreachable
from bot.scenario.records import Job, JobState, Json, Submission

log = logging.getLogger(__name__)

WAITING_LOOK = 5.0
"""Seconds between two looks of one that waits in line; a freed place wakes it sooner."""
LONGEST_PAUSE = timedelta(minutes=2)
"""However long Scenario asks to wait, one of us looks again after this: its limits are not only ours."""


class Tell(Protocol):
    """How the card loop hears of news."""

    def __call__(self, generation_id: str, *, final: bool = False) -> None: ...


class FateLoop(Loop):
    """Brings every unfinished generation's fate forward."""

    def __init__(
        self,
        store: Store,
        studio: Studio,
        delivery: Delivery,
        catalogue: Catalogue,
        board: ProgressBoard,
        line: Line,
        clock: Clock,
        *,
        tell: Tell,
        daily_cu: float | None = None,
        patience: Patience | None = None,
        random: Random | None = None,
    ) -> None:
        """
        tell: called with a generation's id whenever its card has something new to show, `final` with its
        last word.
        daily_cu: a member's CU in 24 hours; where set, the price is asked for before it is paid.
        """
        super().__init__(clock)
        self._store = store
        self._studio = studio
        self._delivery = delivery
        self._catalogue = catalogue
        self._board = board
        self._line = line
        self._tell = tell
        self._daily_cu = daily_cu
        self._patience = patience or Patience()
        self._random = random or Random()
        self._budget = asyncio.Lock()
        self._canceled: set[str] = set()
        self._unpriced: set[str] = set()
        self._since: dict[tuple[str, str], datetime] = {}
        self._passes: dict[str, int] = {}
        self._accepted: dict[str, Submission] = {}

    async def adopt(self) -> int:
        """Take up everything that an earlier process left unfinished. Returns how many."""
        unfinished = await self._store.unfinished()
        for generation in unfinished:
            self._line.track(generation)
            self.wake(generation.id)
        return len(unfinished)

    async def step(self, generation_id: str) -> float | None:
        generation = await self._store.get(generation_id)
        if generation is None:
            return None
        self._line.track(generation)
        if generation.card is Card.UNACKNOWLEDGED:
            return await self._ask_whether_acknowledged(generation)
        match generation.fate:
            case Fate.REQUESTED:
                return await self._admit(generation)
            case Fate.SUBMITTING if generation.id in self._accepted:
                return await self._bought(generation, self._accepted[generation.id])
            case Fate.SUBMITTING:
                now = self._clock.now()
                await self._save(generation, replace(generation, fate=Fate.UNCERTAIN, uncertain_since=now))
                return 0.0
            case Fate.UNCERTAIN:
                return await self._reconcile(generation)
            case Fate.RUNNING:
                return await self._watch(generation)
            case _:
                self._forget(generation.id)
                self._call_up()
                return None

    # -- requested ------------------------------------------------------------------------------------

    async def _ask_whether_acknowledged(self, generation: Generation) -> float | None:
        """What was never acknowledged is never bought, so Discord is asked before anything is spent."""
        try:
            found = await self._delivery.find_original(generation)
        except Delayed as error:
            return error.retry_after.total_seconds() if error.retry_after else 1.0
        if found is None:
            log.info("dropped: Discord never took our acknowledgement")
            dropped = replace(
                generation, fate=Fate.CANCELED, card=Card.KEPT, finished_at=self._clock.now(), token=None
            )
            await self._save(generation, dropped)
            return None
        live = replace(
            generation,
            card=Card.LIVE,
            message_id=found.message_id,
            private=found.ephemeral,
        )
        await self._save(generation, live)
        return 0.0

    async def _admit(self, generation: Generation) -> float | None:
        if generation.canceled_by is not None or generation.card is Card.KEPT:
            # canceled while it was not known whether it was bought, or its message was deleted: nobody waits
            gone = replace(generation, fate=Fate.CANCELED, price=None, finished_at=self._clock.now())
            await self._save(generation, gone)
            return None
        if generation.inputs is None:
            return await self._prepare(generation)
        priced = generation.price is not None or generation.id in self._unpriced
        if self._daily_cu is not None and not priced:
            refusal = await self._price(generation, self._daily_cu)
            if refusal is not None:
                return refusal
        if not self._line.admits(generation.id, self._clock.now()):
            place = self._line.place(generation.id)
            self._report(generation.id, Progress(phase="waiting", place=place))
            return WAITING_LOOK
        return await self._submit(generation)

    async def _prepare(self, generation: Generation) -> float | None:
        """Read the schema that was not in memory when the member asked, and check against it."""
        model_id = generation.model_id
        if not model_id:
            default = self._catalogue.default(generation.medium.value)
            if default is None and self._catalogue.loaded:
                return await self._end(generation, Failure(kind=FailureKind.NO_MODEL))
            if default is None and isinstance(self._catalogue.trouble, Rejected):
                return await self._end(generation, learn.failure_of(self._catalogue.trouble))
            if default is None:
                return await self._wait_out(generation, "")
            model_id = default.id
        try:
            model = await self._catalogue.read(model_id)
        except Rejected as error:
            return await self._end(generation, learn.failure_of(error))
        except (Unavailable, Unreachable, Busy) as error:
            return await self._wait_out(generation, error.reason)
        self._over("unreachable", generation.id)
        fault = self._catalogue.unfit(model, generation.medium.value)
        if fault is not None:
            detail = self._catalogue.detail(model, fault)
            return await self._end(generation, learn.unusable(model.name, fault, detail))
        checked = compose(generation.ask, model, seed=choose_seed(model, self._random))
        if checked.problems:
            return await self._end(generation, learn.refused(model.name, checked.problems))
        prepared = replace(generation, inputs=checked.values, model_id=model.id, model_name=model.name)
        await self._save(generation, prepared)
        return 0.0

    async def _price(self, generation: Generation, daily_cu: float) -> float | None:
        """Note the price. Seconds to wait when this step is over with that, None to go on."""
        assert generation.inputs is not None
        try:
            price = await self._studio.price(generation.model_id, generation.inputs)
        except Rejected as error:
            return await self._end(generation, learn.failure_of(error)) or 0.0
        except Busy as error:
            wait = min(error.retry_after or timedelta(seconds=WAITING_LOOK), LONGEST_PAUSE)
            return wait.total_seconds()
        except (Unavailable, Unreachable) as error:
            return await self._wait_out(generation, error.reason)
        if price is None:
            self._unpriced.add(generation.id)
            return None
        since = self._clock.now() - DAY
        async with self._budget:  # two prices must not both fit into what is left for one
            costs = await self._store.costs(generation.owner_id, since)
            spent = used(costs)
            if spent + price.cu <= daily_cu:
                await self._save(generation, replace(generation, price=price.cu))
                return 0.0
        until = room_at(costs, lambda rest: rest + price.cu <= daily_cu)
        facts: dict[str, Json] = {
            "price": price.cu,
            "spent": spent,
            "allowed": daily_cu,
            "until": until.isoformat() if until is not None else None,
        }
        return await self._end(generation, Failure(kind=FailureKind.OVER_BUDGET, facts=facts)) or 0.0

    async def _wait_out(self, generation: Generation, reason: str) -> float | None:
        """Scenario is out of reach and nothing was bought: wait, then say so."""
        out_for = self._how_long("unreachable", generation.id)
        if out_for > self._patience.outage:
            return await self._end(generation, Failure(kind=FailureKind.UNREACHABLE, reason=reason or None))
        self._report(generation.id, Progress(phase="unreachable"))
        return min(15.0, max(2.0, out_for.total_seconds() / 4))

    def _how_long(self, what: str, generation_id: str) -> timedelta:
        """Since when this has been so without a break; the first call begins it."""
        now = self._clock.now()
        return now - self._since.setdefault((what, generation_id), now)

    def _over(self, what: str, generation_id: str) -> None:
        self._since.pop((what, generation_id), None)

    # -- submitting -----------------------------------------------------------------------------------

    async def _submit(self, generation: Generation) -> float | None:
        assert generation.inputs is not None
        now = self._clock.now()
        sending = await self._save(generation, replace(generation, fate=Fate.SUBMITTING, submitted_at=now))
        if sending is None:
            return 0.0  # canceled in the meantime
        try:
            submission = await self._studio.submit(generation.model_id, generation.inputs)
        except Rejected as error:
            return await self._end(sending, learn.failure_of(error))
        except Busy as error:
            return await self._stand_back(sending, error)
        except Unreachable as error:
            return await self._not_sent(sending, error)
        except Uncertain as error:
            log.warning("the paid POST had no usable answer (%s): looking for its job", error.reason)
            now = self._clock.now()
            await self._save(sending, replace(sending, fate=Fate.UNCERTAIN, uncertain_since=now))
            return 0.0
        self._over("unreachable", sending.id)
        if self._line.passed():
            self._call_up()
        return await self._bought(sending, submission)

    async def _not_sent(self, sending: Generation, error: Unreachable) -> float | None:
        """No connection was made, so nothing was bought; the whole line waits with this one."""
        back = await self._save(sending, replace(sending, fate=Fate.REQUESTED, submitted_at=None))
        if back is None:
            return 0.0
        wait = await self._wait_out(back, error.reason)
        if wait is not None:
            self._line.pause(self._clock.now(), timedelta(seconds=wait), None)
        return wait

    async def _stand_back(self, sending: Generation, busy: Busy) -> float | None:
        """The ceiling: nothing was bought, so it goes back into the line."""
        wait = min(busy.retry_after or timedelta(seconds=WAITING_LOOK), LONGEST_PAUSE)
        self._line.pause(self._clock.now(), wait, busy.limit)
        back = await self._save(sending, replace(sending, fate=Fate.REQUESTED, submitted_at=None))
        if back is not None:
            self._report(back.id, Progress(phase="waiting", place=self._line.place(back.id)))
        return wait.total_seconds()

    async def _bought(self, sending: Generation, submission: Submission) -> float | None:
        job = submission.job
        # named before it is written, so that a failing disk cannot make a paid job nameless
        log.info("job %s accepted", job.id)
        self._accepted[sending.id] = submission  # a write that fails is tried again with what we know
        running = replace(
            sending, fate=Fate.RUNNING, job_id=job.id, cu=submission.cu if job.cu is None else job.cu
        )
        try:
            saved = await self._save(sending, running)
            self._accepted.pop(sending.id, None)
        except JobTaken:
            self._accepted.pop(sending.id, None)
            log.exception("Scenario answered with job %s, which another generation holds", job.id)
            now = self._clock.now()
            await self._save(sending, replace(sending, fate=Fate.UNCERTAIN, uncertain_since=now))
            return 0.0
        if saved is None or job.state is not JobState.ACTIVE:
            return 0.0  # one that is over at once is read by itself: this answer may not name its results
        return await self._learn(saved, job)

    # -- uncertain ------------------------------------------------------------------------------------

    async def _reconcile(self, generation: Generation) -> float | None:
        """Find the job that a silent POST may have bought, or prove that there is none."""
        now = self._clock.now()
        elapsed = now - (generation.uncertain_since or now)
        try:
            job, sure = await find_job(self._store, self._studio, generation)
        except NotFound:
            return await self._end(generation, Failure(kind=FailureKind.MAYBE_CHARGED))
        except Rejected as error:
            return await self._end(
                generation, Failure(kind=FailureKind.MAYBE_CHARGED, reason=error.reason or None)
            )
        except (Unavailable, Unreachable, Busy) as error:
            if elapsed > self._patience.listing:
                return await self._end(
                    generation, Failure(kind=FailureKind.MAYBE_CHARGED, reason=error.reason or None)
                )
            return min(15.0, max(1.0, elapsed.total_seconds() / 2))
        if job is not None:
            return await self._adopt_job(generation, job)
        passes = self._passes[generation.id] = self._passes.get(generation.id, 0) + 1
        if elapsed < self._patience.reconcile:
            return reconcile_pass(elapsed.total_seconds(), self._patience.reconcile.total_seconds())
        if passes < self._patience.passes:
            return 1.0
        if not sure:
            return await self._end(generation, Failure(kind=FailureKind.MAYBE_CHARGED))
        return await self._proven_absent(generation)

    async def _adopt_job(self, generation: Generation, job: Job) -> float | None:
        log.info("job %s was bought after all: adopted", job.id)
        running = replace(generation, fate=Fate.RUNNING, job_id=job.id, cu=job.cu)
        try:
            saved = await self._save(generation, running)
        except JobTaken:
            return 0.5  # another generation with the same inputs was quicker; there may be a second job
        if saved is None or job.state is not JobState.ACTIVE:
            return 0.0  # a listing's row may leave its results out
        return await self._learn(saved, job)

    async def _proven_absent(self, generation: Generation) -> float | None:
        self._passes.pop(generation.id, None)
        if self._how_long("unreachable", generation.id) > self._patience.outage:
            return await self._end(generation, Failure(kind=FailureKind.UNREACHABLE))
        log.info("the POST bought nothing: asking again")
        back = replace(generation, fate=Fate.REQUESTED, submitted_at=None, uncertain_since=None)
        await self._save(generation, back)
        return 0.0

    # -- running --------------------------------------------------------------------------------------

    async def _watch(self, generation: Generation) -> float | None:
        assert generation.job_id is not None
        try:
            job = await self._studio.job(generation.job_id)
        except NotFound:
            return await self._missing(generation)
        except (Unavailable, Unreachable, Busy, Rejected) as error:
            # a wrong key or an outage says nothing about a job that is paid for
            log.warning("job %s could not be read: %s", generation.job_id, error)
            return 2 * self._next_read(generation)
        self._over("missing", generation.id)
        if self._is_empty(job) and self._how_long("empty", generation.id) < self._patience.results:
            return self._next_read(generation)  # the job may be told as done before its results are
        return await self._learn(generation, job)

    @staticmethod
    def _is_empty(job: Job) -> bool:
        return job.state is JobState.SUCCEEDED and not (job.asset_ids or job.urls or job.text)

    async def _missing(self, generation: Generation) -> float | None:
        if self._how_long("missing", generation.id) < self._patience.missing:
            return self._next_read(generation)
        return await self._end(generation, Failure(kind=FailureKind.JOB_LOST))

    async def _learn(self, generation: Generation, job: Job) -> float | None:
        """Take over what Scenario says of the job."""
        if job.state is JobState.ACTIVE:
            self._report(generation.id, Progress(phase=job.status, fraction=job.progress))
            if generation.canceled_by is not None and generation.id not in self._canceled:
                return await self._cancel_late(generation)
            return self._next_read(generation)
        ended = learn.ended(generation, job, self._clock.now())
        await self._save(generation, ended)
        return None

    async def cancel(self, generation: Generation) -> Job:
        """Ask Scenario to cancel a running generation's job. Raises BadInput when it does not cancel this
        one, or what a read raises."""
        assert generation.job_id is not None
        job = await self._studio.cancel(generation.job_id)
        self._canceled.add(generation.id)
        return job

    async def _cancel_late(self, generation: Generation) -> float | None:
        """Somebody asked to cancel before there was a job to cancel."""
        try:
            job = await self.cancel(generation)
        except Rejected:
            await self._save(generation, replace(generation, canceled_by=None))
            return self._next_read(generation)
        return await self._learn(generation, job)

    # -- common ---------------------------------------------------------------------------------------

    def _next_read(self, generation: Generation) -> float:
        now = self._clock.now()
        age = (now - (generation.submitted_at or now)).total_seconds()
        return next_read(generation.medium, age)

    def _report(self, generation_id: str, progress: Progress) -> None:
        if self._board.put(generation_id, progress):
            self._tell(generation_id)

    async def _end(self, generation: Generation, failure: Failure) -> None:
        failed = replace(generation, fate=Fate.FAILED, failure=failure, finished_at=self._clock.now())
        await self._save(generation, failed if failed.bought else replace(failed, price=None))

    async def _save(self, before: Generation, after: Generation) -> Generation | None:
        """Write, and let the line and the card follow."""
        saved = await self._store.save(before, after)
        if saved is None:
            return None
        self._line.track(saved)
        if saved.fate.final:
            self._forget(saved.id)
            self._call_up()
        self._tell(saved.id, final=saved.fate.final)
        return saved

    def _forget(self, generation_id: str) -> None:
        """It is over: nothing of it stays in memory."""
        self._board.forget(generation_id)
        self._canceled.discard(generation_id)
        self._unpriced.discard(generation_id)
        self._passes.pop(generation_id, None)
        self._accepted.pop(generation_id, None)
        for what in ("unreachable", "missing", "empty"):
            self._over(what, generation_id)

    def _call_up(self) -> None:
        """A place may be free: let those in front look again, and the others learn their new place."""
        for waiting in self._line.waiting():
            self.wake(waiting)
