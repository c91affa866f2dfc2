"""Watching what is bought: reading each job until it is over. Whatever was paid for is watched to its end."""

import logging
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import timedelta

from bot.generation import failures, learn
from bot.generation.failures import FailureKind
from bot.generation.fate_writer import FateWriter
from bot.generation.model import Generation
from bot.generation.pacing import next_read
from bot.generation.ports import Studio
from bot.generation.progress import Progress
from bot.generation.watching.hints import Hints
from bot.generation.watching.relay import Relay
from bot.generation.watching.standstill import SLOW_READ, Standstill
from bot.generation.watching.sweep import Sweep, Wake
from bot.generation.watching.watched import UNTOLD
from bot.scenario.api.errors import Busy, NotFound, Rejected, Unavailable, Unreachable
from bot.scenario.api.prompting import names_help
from bot.scenario.api.records import Job, JobState
from bot.scenario.api.workflows import names_workflow

log = logging.getLogger(__name__)


class Watching:
    """What is known of the jobs that run."""

    def __init__(
        self,
        writer: FateWriter,
        studio: Studio,
        *,
        call_up: Callable[[], None],
        wake: Wake,
    ) -> None:
        """
        call_up: lets those in front of the queue look again, since a place may be free. wake: has one looked
        at.
        """
        self._writer = writer
        self._studio = studio
        self._call_up = call_up
        self._canceled: set[str] = set()
        self._usual: dict[str, timedelta | None] = {}
        """As it was known when each was read first: what others teach meanwhile edits no card."""
        self._standstill = Standstill(writer.clock)
        self._wake = wake
        self._named: set[str] = set()
        """Generations that are read because a push named their jobs."""
        self.hints = Hints(writer.clock, find=self._find, read=self._read_alone)
        self.hints.shared = lambda: writer.holding.others > 0
        announced = self.hints.announced
        relay = Relay(writer.holding, writer.clock, writer.queue.running_elsewhere)
        self.hints.pass_on = relay.hint
        relay.on_hint = lambda job_ids: self.hints.hear(job_ids, passed=True)
        relay.relies, relay.on_failure = lambda: announced.well, announced.failed_elsewhere
        announced.failed = relay.failed
        self.sweep = Sweep(
            studio,
            writer.clock,
            wake=wake,
            moved=self._tell_of,
            relay=relay,
            pace=lambda: announced.pace,
        )

    async def look(self, generation: Generation) -> float | None:
        """Read its job, unless pages tell of it. Seconds until the next reading; None when it is over."""
        assert generation.job_id is not None
        told = self.sweep.take(generation.job_id)
        if told is not None:
            return await self.learn(generation, told)
        named = generation.id in self._named
        self._named.discard(generation.id)
        if named:
            self.sweep.forget(generation.job_id)  # until it was read
        if self.sweep.tells(generation.job_id) and not self._is_to_end(generation):
            return UNTOLD.total_seconds()
        try:
            job = await self._studio.job(generation.job_id)
        except NotFound:
            return await self._missing(generation)
        except (Unavailable, Unreachable, Busy, Rejected) as error:
            # a wrong key or an outage says nothing about a job that is paid for
            log.warning("job %s could not be read: %s", generation.job_id, error)
            return 2 * self._next_read(generation)
        self._writer.is_over("missing", generation.id)
        if named and job.state is JobState.ACTIVE:
            self.hints.runs_on(job.id)
        if (
            self._is_empty(job)
            and self._writer.how_long("empty", generation.id) < self._writer.patience.results
        ):
            return self._next_read(generation)  # the job may be told as done before its results are
        return await self.learn(generation, job)

    async def _find(self, job_ids: Collection[str]) -> Collection[str]:
        return await self.sweep.find(job_ids)

    def _read_alone(self, generation_id: str) -> None:
        self._named.add(generation_id)
        self._wake(generation_id)

    def _is_to_end(self, generation: Generation) -> bool:
        """Whether somebody wants it canceled, and waits to see that."""
        return generation.canceled_by is not None or generation.id in self._canceled

    @staticmethod
    def _is_empty(job: Job) -> bool:
        return job.state is JobState.SUCCEEDED and not (job.asset_ids or job.urls or job.text)

    async def _missing(self, generation: Generation) -> float | None:
        if self._writer.how_long("missing", generation.id) < self._writer.patience.missing:
            return self._next_read(generation)
        self.sweep.forget(generation.job_id)
        return await self._writer.end(generation, failures.Simple(kind=FailureKind.JOB_LOST))

    async def learn(self, generation: Generation, job: Job) -> float | None:
        """Take over what Scenario says of the job."""
        job = self._standstill.believed(generation, job)
        if job.state is JobState.ACTIVE:
            if generation.id not in self._usual:
                self._usual[generation.id] = await self._writer.waits.usual(generation)
            self._tell_how_far(generation, job)
            if generation.canceled_by is not None and generation.id not in self._canceled:
                return await self._cancel_late(generation)
            listed = job.known and not names_workflow(generation.model_id)
            self.hints.follow(generation, tells=listed and not names_help(generation.model_id))
            if listed:
                self.sweep.watch(generation, job)
            else:
                self.sweep.forget(generation.job_id)  # a gate, and a word that nobody knows, are in no page
            return self._next_read(generation)
        self.sweep.forget(generation.job_id)
        self.hints.ended(job.id, tells=job.state is not JobState.CANCELED)
        ended = learn.ended(generation, job, self._writer.clock.now())
        await self._writer.save(generation, ended)
        return None

    def _tell_of(self, generation_id: str, card_id: str | None, job: Job) -> None:
        """What a page says of a job that goes on."""
        self._writer.report_of(generation_id, card_id, self._news(generation_id, job))

    def _tell_how_far(self, generation: Generation, job: Job) -> None:
        gone = generation.id in self._standstill.let_go
        self._writer.report(generation, replace(self._news(generation.id, job), let_go=gone))
        if self._writer.queue.let_go(generation, gone=gone):
            log.warning("job %s says %r and does not move: its place is given back", job.id, job.status)
            self._call_up()

    @property
    def let_go(self) -> frozenset[str]:
        """Generations that are not over, as far as anybody knows, and hold no place."""
        return self._standstill.let_go

    def release(self, generation_id: str) -> bool:
        """Give back the place of a job that says a word we do not know, since its member wants it no more.
        False for any other job. It is watched on, for it may be paid."""
        return self._standstill.release(generation_id)

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
            await self._writer.save(generation, replace(generation, canceled_by=None))
            return self._next_read(generation)
        return await self.learn(generation, job)

    def _next_read(self, generation: Generation) -> float:
        if generation.job_id is not None and self.sweep.tells(generation.job_id):
            return UNTOLD.total_seconds()
        if generation.id in self._standstill.let_go:
            return SLOW_READ
        now = self._writer.clock.now()
        age = (now - (generation.submitted_at or now)).total_seconds()
        return next_read(generation.medium, age)

    def forget(self, generation_id: str) -> None:
        """It is over."""
        self._canceled.discard(generation_id)
        self._usual.pop(generation_id, None)
        self._named.discard(generation_id)
        self.hints.forget(generation_id)
        self._standstill.forget(generation_id)

    def _news(self, generation_id: str, job: Job) -> Progress:
        usual = self._usual.get(generation_id)
        return Progress(phase=job.status, fraction=job.progress, usual=usual, nodes=job.flow)
