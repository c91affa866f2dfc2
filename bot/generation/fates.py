"""The fate loop: admit, submit once, look again for what a silent POST bought. `watching` reads what runs.

A step reads the row, does one thing, and writes what it learned. Death at any point leaves a row from which
the next process goes on, by the same steps:

    requested    nothing was bought: check, hand files in, price, ask for a yes, take a place, submit
    submitting   found at the start of a step, it means that an earlier step was cut short: uncertain
    uncertain    look for the job among Scenario's; adopt it, or prove it absent and go back to requested
    running      read the job until it is final
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from bot.generation import failures, learn
from bot.generation.admission import LONGEST_PAUSE, Admission, Lack
from bot.generation.card import CardState
from bot.generation.failures import FailureKind
from bot.generation.fate_writer import FateWriter
from bot.generation.loop import Loop
from bot.generation.model import Fate, Generation
from bot.generation.pacing import reconcile_pass
from bot.generation.ports import Acknowledgements, Delayed, JobTaken, Studio
from bot.generation.queue import Queue
from bot.generation.reconcile import find_job
from bot.generation.watching.watching import Watching
from bot.scenario.api.errors import Busy, NotFound, Rejected, Unavailable, Uncertain, Unreachable, Withheld
from bot.scenario.api.prompting import names_help
from bot.scenario.api.records import Job, JobState, Submission

log = logging.getLogger(__name__)

Step = Awaitable[float | None]
"""Seconds until the next look, or None for: only when woken."""

LACKS: Final = MappingProxyType({Lack.SCHEMA: 16, Lack.FILES: 16, Lack.PRICE: 24})
"""Generations of which this is being brought at once. Files take minutes, and their folders take space."""
RECHECKS: Final = 16
"""… that would be bought now, and whose price is asked for once more."""
PURCHASES: Final = 24
"""… whose paid POST is under way."""
READS: Final = 48
"""… whose job is being read, or looked for."""
LOOKS: Final = 16
"""… of which Discord is being asked whether it took our acknowledgement."""

WAITING_LOOK = 5.0
"""Seconds between two looks of one that waits in the queue; a freed place wakes it sooner."""
LINE_LOOK = 60.0
"""… in its member's own line. What frees a place wakes it, but for a question that nobody sees for long."""


class FateLoop(Loop):
    """Brings every unfinished generation's fate forward."""

    def __init__(
        self, writer: FateWriter, admission: Admission, studio: Studio, discord: Acknowledgements
    ) -> None:
        super().__init__(writer.clock)
        self._writer = writer
        self._holding = writer.holding
        self._admission = admission
        self._store = writer.store
        self._queue: Queue = writer.queue
        self._waits = writer.waits
        self._studio = studio
        self._discord = discord
        self._lacks = {lack: asyncio.Semaphore(most) for lack, most in LACKS.items()}
        self._rechecks = asyncio.Semaphore(RECHECKS)
        self._purchases = asyncio.Semaphore(PURCHASES)
        self._reads = asyncio.Semaphore(READS)
        self._looks = asyncio.Semaphore(LOOKS)
        self.watching = Watching(writer, studio, call_up=self._call_up, wake=self.wake)
        self._passes: dict[str, int] = {}
        self._accepted: dict[str, Submission] = {}
        self._unanswered: set[str] = set()
        admission.let_go = lambda: self.let_go
        self._holding.lets_go = lambda: self.watching.let_go
        self.line_up = self._queue.track_all  # of what is on record, in its order, acknowledged or not
        writer.on_over(self._forget)
        writer.on_moved(self.wake)

    async def adopt(self) -> int:
        """Take up everything of this process's that is unfinished. Returns how many."""
        unfinished = [one for one in await self._store.unfinished() if self._holding.mine(one.holder)]
        self._queue.track_all(unfinished)  # before anybody is let through his own line
        for generation in unfinished:
            self._follow(generation)  # all before anybody is admitted, so that everybody has a turn
            self.wake(generation.id)
        return len(unfinished)

    async def run(self) -> None:
        """Step what is due until `stop`, and watch what runs."""
        sweeping = asyncio.create_task(self.watching.sweep.run(), name="sweep")
        try:
            await super().run()
        finally:
            sweeping.cancel()

    async def step(self, generation_id: str) -> float | None:
        generation = await self._store.get(generation_id)
        if generation is None or not self._holding.mine(generation.holder):
            return self._forget(
                generation_id
            )  # it was never written, or is another process's to bring forward
        self._follow(generation)
        if not generation.acknowledged:
            return await self._within(self._looks, generation, self._ask_whether_acknowledged)
        match generation.fate:
            case Fate.REQUESTED:
                return await self._admit(generation)
            case Fate.SUBMITTING if generation.id in self._accepted:
                return await self._bought(generation, self._accepted[generation.id])
            case Fate.SUBMITTING:
                return await self._doubt(generation)
            case Fate.UNCERTAIN:
                return await self._within(self._reads, generation, self._reconcile)
            case Fate.RUNNING:
                # as it was before it waited for its turn: what is learned is written only where the
                # row still stands, and whoever moved it has it looked at again
                async with self.apart(generation.id, self._reads):
                    return await self.watching.look(generation)
            case _:
                return self._writer.forget(generation.id)

    async def _within(
        self, share: asyncio.Semaphore, generation: Generation, bring: Callable[[Generation], Step]
    ) -> float | None:
        """Bring it forward in a share of its own, unless it moved on while it waited for that."""
        async with self.apart(generation.id, share) as waited:
            if waited:
                now = await self._store.get(generation.id)
                if now is None or (now.revision, now.card_state) != (
                    generation.revision,
                    generation.card_state,
                ):
                    return 0.0
            return await bring(generation)

    def drop(self, generation_id: str) -> None:
        """Discord did not take the acknowledgement, for certain: end it, as soon as that can be written."""
        self._unanswered.add(generation_id)
        self.wake(generation_id)

    def _follow(self, generation: Generation) -> None:
        """Keep the queue true: a request still missing a schema, a file or a yes must not block it, nor one
        that its member's own line keeps back."""
        self._queue.track(generation)
        if generation.fate is Fate.REQUESTED:
            through = self._queue.lines.admits(generation, self._clock.now())
            waits = through and self._admission.holds_place(generation)
            (self._queue.join if waits else self._queue.leave)(generation)
        self._call_up(())

    # -- requested ------------------------------------------------------------------------------------

    async def _ask_whether_acknowledged(self, generation: Generation) -> float | None:
        """What was never acknowledged is never bought, so Discord is asked before anything is spent."""
        try:
            surely_not = generation.id in self._unanswered
            found = None if surely_not else await self._discord.find_original(generation.card)
        except Delayed as error:
            return error.retry_after.total_seconds() if error.retry_after else 1.0
        if found is None:
            log.info("dropped: Discord never took our acknowledgement")
            now = self._clock.now()
            moves = [
                (one, replace(one, fate=Fate.CANCELED, finished_at=now))
                for one in (generation, *await self._writer.together(generation))
            ]
            dropped = moves[0][1].carded(state=CardState.KEPT, token=None)
            saved = await self._writer.save(generation, dropped, siblings=moves[1:])
            return None if saved is not None else 0.0
        live = generation.carded(state=CardState.LIVE, message_id=found.message_id, private=found.ephemeral)
        await self._writer.save(generation, live)
        return 0.0

    async def _admit(self, generation: Generation) -> float | None:
        if self._unasked(generation):
            unseen = failures.NotConfirmed(price=generation.group_price, unseen=True)
            return await self._writer.end(generation, unseen)
        if generation.canceled_by is not None or generation.card_state is CardState.KEPT:
            # canceled while it was not known whether it was bought, or its message was deleted: nobody waits
            gone = replace(generation, fate=Fate.CANCELED, price=None, finished_at=self._clock.now())
            await self._writer.save(generation, gone)
            return None
        if self._queue.lines.position(generation) is not None:
            waits = await self._waits.in_line(generation)
            self._writer.report(generation, waits)
            return WAITING_LOOK if waits.about is None else LINE_LOOK
        if not self._admission.is_ready(generation):
            share = self._lacks[self._admission.lack(generation)]
            wait = await self._within(share, generation, self._admission.step)
            stepped = await self._still_requested(generation)
            if stepped is None or not self._admission.is_ready(stepped):
                return wait
            generation = stepped
        if not (self._holding.holds and self._queue.admits(generation, self._clock.now())):
            self._writer.report(generation, await self._waits.in_queue(generation))
            return WAITING_LOOK
        if not self._admission.is_fresh(generation):
            # the price agreed is the price paid: it is asked for again in the very step that buys
            wait = await self._within(self._rechecks, generation, self._admission.price)
            asked = await self._still_requested(generation)
            if asked is None or not self._admission.is_ready(asked) or not self._admission.is_fresh(asked):
                return wait
            generation = asked
        return await self._within(self._purchases, generation, self._buy)

    async def _still_requested(self, generation: Generation) -> Generation | None:
        """As the row now stands; None where it is over."""
        standing = await self._store.get(generation.id)
        return standing if standing is not None and standing.fate is Fate.REQUESTED else None

    def _unasked(self, generation: Generation) -> bool:
        """Whether its price can be asked of nobody: there is no way to show its card, and nobody's hand took
        that away."""
        return generation.unseen and generation.canceled_by is None and self._admission.wants_yes(generation)

    # -- submitting -----------------------------------------------------------------------------------

    async def _buy(self, generation: Generation) -> float | None:
        if not self._queue.admits(generation, self._clock.now()) or not self._admission.is_fresh(generation):
            return 0.0  # a 429 came while it waited for its share, or its price grew old
        assert generation.inputs is not None
        now = self._clock.now()
        sending = await self._admission.begin(
            generation, replace(generation, fate=Fate.SUBMITTING, submitted_at=now), let_go=self.let_go
        )
        if sending is None:  # canceled in the meantime, over a limit, or to wait for another's charge
            return WAITING_LOOK if self._admission.waits_for_charge(generation) else 0.0
        try:
            submission = await self._studio.submit(
                generation.model_id, generation.inputs, still=lambda: self._holding.holds
            )
        except Withheld:  # the write, or the way to Scenario, took so long that others may be taking over
            await self._writer.save(sending, replace(sending, fate=Fate.REQUESTED, submitted_at=None))
            return WAITING_LOOK
        except Rejected as error:
            return await self._writer.end(sending, self._admission.failure_of(error, generation))
        except Busy as error:
            return await self._stand_back(sending, error)
        except Unreachable as error:
            return await self._not_sent(sending, error)
        except Uncertain as error:
            log.warning("the paid POST had no usable answer (%s): looking for its job", error.reason)
            return await self._doubt(sending)
        self._writer.is_over("unreachable", sending.id)
        if self._queue.passed(sending):
            self._call_up()
        return await self._bought(sending, submission)

    async def _not_sent(self, sending: Generation, error: Unreachable) -> float | None:
        """No connection was made, so nothing was bought; the whole queue waits with this one."""
        back = await self._writer.save(sending, replace(sending, fate=Fate.REQUESTED, submitted_at=None))
        if back is None:
            return 0.0
        self._queue.join(back)
        wait = await self._writer.wait_out(back, error.reason)
        if wait is not None:
            self._queue.pause(self._clock.now(), timedelta(seconds=wait))
        return wait

    async def _stand_back(self, sending: Generation, busy: Busy) -> float | None:
        """The ceiling: nothing was bought, so it goes back into the queue. Whoever says so is in reach."""
        self._writer.is_over("unreachable", sending.id)
        wait = min(busy.retry_after or timedelta(seconds=WAITING_LOOK), LONGEST_PAUSE)
        self._queue.refused(sending, self._clock.now(), wait, action=busy.action, limit=busy.limit)
        back = await self._writer.save(sending, replace(sending, fate=Fate.REQUESTED, submitted_at=None))
        if back is not None:
            self._queue.join(back)
            self._writer.report(back, await self._waits.in_queue(back))
            # the others are one place further back again; this one itself waits as long as it was told to
            self._call_up(one for one in self._queue.near() if one != back.id)
        return wait.total_seconds()

    async def _bought(self, sending: Generation, submission: Submission) -> float | None:
        job = submission.job
        log.info("job %s accepted", job.id)  # before it is written: a disk may fail, and the job is paid
        self._accepted[sending.id] = submission  # a write that fails is tried again with what we know
        running = learn.bought(sending, submission)
        try:
            saved = await self._writer.save(sending, running)
            self._accepted.pop(sending.id, None)
        except JobTaken:
            self._accepted.pop(sending.id, None)
            log.exception("Scenario answered with job %s, which another generation holds", job.id)
            return await self._doubt(sending)
        if saved is not None and saved.cu is not None:
            self._call_charged()
        if saved is None or (job.state is not JobState.ACTIVE and not saved.outputs):
            return 0.0  # one that is over at once is read by itself: this answer may not name its results
        return await self.watching.learn(saved, job)

    async def _doubt(self, sending: Generation) -> float:
        """Whether it was bought has to be found out."""
        now = self._clock.now()
        await self._writer.save(sending, replace(sending, fate=Fate.UNCERTAIN, uncertain_since=now))
        return 0.0

    # -- uncertain ------------------------------------------------------------------------------------

    async def _reconcile(self, generation: Generation) -> float | None:
        """Find the job that a silent POST may have bought, or prove that there is none."""
        now = self._clock.now()
        elapsed = now - (generation.uncertain_since or now)
        try:
            job, sure = await find_job(self._store, self._studio, generation)
        except NotFound:
            return await self._writer.end(generation, failures.Simple(kind=FailureKind.MAYBE_CHARGED))
        except Rejected as error:
            return await self._writer.end(
                generation, failures.Simple(kind=FailureKind.MAYBE_CHARGED, reason=error.reason or None)
            )
        except (Unavailable, Unreachable, Busy) as error:
            if elapsed > self._writer.patience.listing:
                return await self._writer.end(
                    generation, failures.Simple(kind=FailureKind.MAYBE_CHARGED, reason=error.reason or None)
                )
            return min(15.0, max(1.0, elapsed.total_seconds() / 2))
        if job is not None:
            return await self._adopt_job(generation, job)
        passes = self._passes[generation.id] = self._passes.get(generation.id, 0) + 1
        if elapsed < self._writer.patience.reconcile:
            return reconcile_pass(elapsed.total_seconds(), self._writer.patience.reconcile.total_seconds())
        if passes < self._writer.patience.passes:
            return 1.0
        if not sure or names_help(generation.model_id):  # nobody says that a listing shows their jobs
            return await self._writer.end(generation, failures.Simple(kind=FailureKind.MAYBE_CHARGED))
        return await self._proven_absent(generation)

    async def _adopt_job(self, generation: Generation, job: Job) -> float | None:
        log.info("job %s was bought after all: adopted", job.id)
        running = replace(generation, fate=Fate.RUNNING, job_id=job.id, cu=job.cu)
        try:
            saved = await self._writer.save(generation, running)
        except JobTaken:
            return 0.5  # another generation with the same inputs was quicker; there may be a second job
        if saved is None or job.state is not JobState.ACTIVE:
            return 0.0  # a listing's row may leave its results out
        return await self.watching.learn(saved, job)

    async def _proven_absent(self, generation: Generation) -> float | None:
        self._passes.pop(generation.id, None)
        if self._writer.how_long("unreachable", generation.id) > self._writer.patience.outage:
            return await self._writer.end(generation, failures.Simple(kind=FailureKind.UNREACHABLE))
        log.info("the POST bought nothing: asking again")
        back = replace(generation, fate=Fate.REQUESTED, submitted_at=None, uncertain_since=None)
        await self._writer.save(generation, back)
        return 0.0

    # -- running --------------------------------------------------------------------------------------

    @property
    def let_go(self) -> frozenset[str]:
        """Generations that are not over, as far as anybody knows, and hold no place."""
        return self.watching.let_go | self._holding.let_go_elsewhere

    def release(self, generation_id: str) -> bool:
        """Give back the place of a job that says a word we do not know, since its member wants it no more.
        False for any other job. It is watched on, for it may be paid."""
        released = self.watching.release(generation_id)
        if released:
            self.wake(generation_id)
        return released

    async def cancel(self, generation: Generation) -> Job:
        """Ask Scenario to cancel a running generation's job. Raises BadInput when it does not cancel this
        one, or what a read raises."""
        return await self.watching.cancel(generation)

    # -- common ---------------------------------------------------------------------------------------

    def _forget(self, generation_id: str) -> None:
        self.watching.forget(generation_id)
        self._passes.pop(generation_id, None)
        self._accepted.pop(generation_id, None)
        self._unanswered.discard(generation_id)
        self._call_up(self._queue.near())
        self._call_charged()

    def _call_up(self, some: Iterable[str] | None = None) -> None:
        """A place may be free: let these look again (None: all who wait), and those in a line that moved."""
        for waiting in (*(self._queue.waiting() if some is None else some), *self._queue.lines.moved()):
            if not self._queue.is_others(waiting):
                self.wake(waiting)

    def look_again(self) -> None:
        """What other processes have under way is another matter now: let those in front look again."""
        self._call_up(self._queue.near())

    def _call_charged(self) -> None:
        """What a model charges may be known now: let those look again who wait for that."""
        for waiting in self._admission.waiting():
            self.wake(waiting)
