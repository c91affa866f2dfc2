"""A Scenario of a few lines: it sells jobs, counts every paid POST, and fails on demand."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.clock import Clock
from bot.generation.ports import Studio
from bot.scenario.api.errors import BadInput, NotFound, ScenarioError, Uncertain, Withheld
from bot.scenario.api.jobs import JOBS_PAGE
from bot.scenario.api.records import (
    Asset,
    Ceilings,
    File,
    Inputs,
    Job,
    JobState,
    Model,
    Price,
    Status,
    Submission,
)
from tests.support.builders import a_model
from tests.support.clock import HeldClock


@dataclass(frozen=True)
class Answer:
    """What the next paid POST comes to."""

    error: Exception | None = None
    bought: bool = True
    """Whether a job exists afterwards, whatever was answered."""
    changes: tuple[tuple[str, Any], ...] = ()
    """What the job is already, when it is answered."""
    text: str | None = None
    """Words that stand in the answer itself."""


BOUGHT = Answer()
SILENT_BOUGHT = Answer(Uncertain("silence"))
SILENT_LOST = Answer(Uncertain("silence"), bought=False)


def refusal(error: ScenarioError) -> Answer:
    return Answer(error, bought=False)


class FakeStudio:
    """The port `Studio`. Jobs stay active until the test ends them."""

    def __init__(self, clock: Clock, *models: Model) -> None:
        self._clock = clock
        self.catalogued = {model.id: model for model in models or (a_model(),)}
        self.answers: deque[Answer] = deque()
        """Used up one POST at a time; without any, the job is bought."""
        self.posts: list[Inputs] = []
        """Every paid POST that was sent, refused ones too."""
        self.sent = asyncio.Event()
        """Set by the first of them."""
        self.world: dict[str, Job] = {}
        """Every job that was bought."""
        self.trouble: dict[str, deque[Exception | None]] = {}
        self.forever: dict[str, ScenarioError] = {}
        self.gates: dict[str, asyncio.Event] = {}
        self.calls: list[str] = []
        self.prefix = "job_"
        self.cost: float | None = None
        self.cost_of: Callable[[Inputs], float] | None = None
        """Beats `cost`, for the dry run and for the charge."""
        self.charge: float | None = 4.0
        """What a purchase is charged; None: Scenario does not say."""
        self.echo = True
        self.listed_after = timedelta(0)
        self.cancelable = True
        self.without_link: set[str] = set()
        self.gone: set[str] = set()
        """Assets that Scenario has no more."""
        self.content = b"picture"
        self.kinds: dict[str, str] = {}
        self.mime_types: dict[str, str] = {}
        """What an asset is, by its id; a picture without."""
        self.last_frames: dict[str, str] = {}
        """Of films, by their ids."""
        self.durations: dict[str, float] = {}
        """Of what plays, in seconds."""
        self.seeds: dict[str, str] = {}
        """Of what Scenario says which seed made it."""
        self.changed: dict[str, datetime] = {}
        """When each job last was."""
        self.uploads: list[str] = []
        """Names of the files that were handed in."""
        self.expected: list[list[str]] = []
        """What was said to be asked for soon, together."""
        self.gate_answers: list[tuple[str, str, bool | tuple[int, ...]]] = []

    # -- the test's side ------------------------------------------------------------------------------

    def fail(self, verb: str, *errors: Exception | None) -> None:
        """The next calls of `verb` raise these, one each; None: nothing."""
        self.trouble.setdefault(verb, deque()).extend(errors)

    def hold(self, verb: str) -> asyncio.Event:
        """Calls of `verb` wait until the returned event is set."""
        gate = self.gates[verb] = asyncio.Event()
        return gate

    def change(self, job_id: str, **changes: Any) -> None:
        self.changed[job_id] = self._clock.now()
        self.world[job_id] = replace(self.world[job_id], **changes)

    def finish(self, job_id: str, *assets: str) -> None:
        ids = assets or (f"asset_{job_id}",)
        self.change(job_id, status="success", state=JobState.SUCCEEDED, asset_ids=ids)

    def put(self, job: Job) -> None:
        """A job that somebody bought."""
        self.world[job.id] = job

    async def _enter(self, verb: str) -> None:
        self.calls.append(verb)
        gate = self.gates.get(verb)
        if gate is not None:
            await gate.wait()
        else:
            await asyncio.sleep(0)
        queue = self.trouble.get(verb)
        error = queue.popleft() if queue else None
        if error is not None:
            raise error
        if verb in self.forever:
            raise self.forever[verb]

    # -- the port -------------------------------------------------------------------------------------

    async def model(self, model_id: str) -> Model:
        await self._enter("model")
        if model_id not in self.catalogued:
            raise NotFound(f"no model {model_id}")
        return self.catalogued[model_id]

    async def models(self, *, privacy: str) -> AsyncIterator[Model]:
        await self._enter("models")
        for model in list(self.catalogued.values()):
            if model.privacy == privacy and not model.is_workflow and not model.is_help:
                yield replace(model, inputs=None)

    async def workflows(self) -> AsyncIterator[Model]:
        await self._enter("workflows")
        for model in list(self.catalogued.values()):
            if model.is_workflow:
                yield model

    async def helps(self) -> AsyncIterator[Model]:
        for model in list(self.catalogued.values()):
            if model.is_help:
                yield model

    async def price(self, model_id: str, inputs: Inputs) -> Price | None:
        await self._enter("price")
        if self.cost_of is not None:
            return Price(cu=self.cost_of(inputs))
        return None if self.cost is None else Price(cu=self.cost)

    async def submit(
        self, model_id: str, inputs: Inputs, *, still: Callable[[], bool] = lambda: True
    ) -> Submission:
        if "connect" in self.gates:
            await self._enter("connect")
        if not still():
            raise Withheld
        self.posts.append(inputs)
        self.sent.set()
        answer = self.answers.popleft() if self.answers else BOUGHT
        job = replace(self._buy(model_id, inputs), **dict(answer.changes)) if answer.bought else None
        if job is not None:
            self.world[job.id] = job
        await self._enter("submit")
        if answer.error is not None:
            raise answer.error
        assert job is not None
        charged = self.charge if self.cost_of is None else self.cost_of(inputs)
        return Submission(job=replace(job, inputs=None), cu=charged, text=answer.text)

    def _buy(self, model_id: str, inputs: Inputs) -> Job:
        job = Job(
            id=f"{self.prefix}{len(self.posts)}",
            status="queued",
            state=JobState.ACTIVE,
            model_id=model_id,
            inputs=dict(inputs),
            created_at=self._clock.now(),
        )
        self.world[job.id] = job
        return job

    async def job(self, job_id: str) -> Job:
        await self._enter("job")
        if job_id not in self.world:
            raise NotFound(f"no job {job_id}")
        return self.world[job_id]

    async def jobs(self, *, created_after: datetime) -> AsyncIterator[Job]:
        await self._enter("jobs")
        now = self._clock.now()
        for job in reversed(list(self.world.values())):
            created = job.created_at or now
            if created >= created_after and created + self.listed_after <= now:
                yield job if self.echo else replace(job, inputs=None)

    async def listed(
        self,
        status: Status,
        wanted: Callable[[str], bool],
        *,
        updated_after: datetime | None = None,
        page: int = JOBS_PAGE,
    ) -> AsyncIterator[Job]:
        del page
        await self._enter("listed")
        for job in reversed(list(self.world.values())):
            known = self.changed.get(job.id, self._clock.now())
            if job.state is not status.state or (job.state is JobState.ACTIVE and job.status != status):
                continue
            if wanted(job.id) and (updated_after is None or known > updated_after):
                yield job

    async def cancel(self, job_id: str) -> Job:
        await self._enter("cancel")
        if not self.cancelable:
            raise BadInput("this job cannot be canceled")
        if self.world[job_id].state is JobState.ACTIVE:
            self.change(job_id, status="canceled", state=JobState.CANCELED)
        return self.world[job_id]

    def expect(self, asset_ids: Collection[str], *, within: float = 0.0) -> None:
        del within
        self.expected.append(list(asset_ids))

    async def assets(self, asset_ids: Sequence[str]) -> Sequence[Asset]:
        await self._enter("assets")
        return [
            Asset(
                id=id_,
                url=None if id_ in self.without_link else f"https://cdn.scenario.com/{id_}",
                kind=self.kinds.get(id_),
                mime_type=self.mime_types.get(id_),
                last_frame=self.last_frames.get(id_),
                seed=self.seeds.get(id_),
                duration=self.durations.get(id_),
            )
            for id_ in asset_ids
            if id_ not in self.gone
        ]

    async def fetch(self, url: str, into: Path, *, cap: int) -> File:
        await self._enter("fetch")
        into.write_bytes(self.content)  # noqa: ASYNC240 (a few bytes)
        mime_type = self.mime_types.get(url.rpartition("/")[2], "image/png")
        return File(path=into, size=len(self.content), mime_type=mime_type)

    async def ceilings(self) -> Ceilings:
        await self._enter("ceilings")
        return Ceilings()

    async def upload(self, file: File, *, name: str) -> str:
        await self._enter("upload")
        self.uploads.append(name)
        return f"asset_upload{len(self.uploads)}"

    async def original(self, asset_id: str) -> str:
        await self._enter("original")
        return f"https://cdn.scenario.com/original/{asset_id}"

    async def approve(self, workflow_id: str, job_id: str, node_id: str, *, yes: bool) -> None:
        await self._enter("approve")
        self.gate_answers.append((job_id, node_id, yes))

    async def choose(self, workflow_id: str, job_id: str, node_id: str, picks: Sequence[int]) -> None:
        await self._enter("choose")
        self.gate_answers.append((job_id, node_id, tuple(picks)))


_: Studio = FakeStudio(HeldClock())
