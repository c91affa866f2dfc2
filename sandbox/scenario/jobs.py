"""Jobs. A job's whole future is written down when it is bought; its state is read off the clock."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sandbox.scenario.options import Options
from sandbox.scenario.prices import Price
from sandbox.scenario.values import Json, iso

ACTIVE = ("pending", "queued", "warming-up", "in-progress", "finalizing")
WAITING = ("pending", "queued")
"""Nothing has begun yet."""
TERMINAL = ("success", "failure", "canceled")
STATUSES = (*ACTIVE, *TERMINAL)
PROGRESS_STEPS = 20
CANCEL_DELAY = 0.3
"""Seconds between an accepted cancel and the state it leads to."""


@dataclass(frozen=True)
class Stage:
    """From `at` (unix seconds) on, the job has this status, until the next stage."""

    at: float
    status: str


class Flow(Protocol):
    """The nodes of a workflow's run, as far as a job's record needs them."""

    def progress(self, now: float) -> float: ...

    def changed(self, now: float) -> float | None: ...

    def shown(self, now: float, *, over: bool) -> list[Json]: ...


@dataclass
class Job:
    """One paid generation or run of a workflow, or a node of such a run."""

    id: str
    model_id: str
    """Or the workflow's id."""
    inputs: Json
    created: float
    stages: list[Stage]
    price: Price
    asset_ids: list[str] = field(default_factory=list[str])
    error: str | None = None
    hint: str | None = None
    disable_refund: bool = False
    words: dict[str, str] = field(default_factory=dict[str, str])
    cancelable: bool | None = None
    """The script's word on canceling; None leaves it to the options."""
    output: Json | None = None
    """What the job made that is no file, such as `{"text": …}`."""
    pending_cancel: bool = False
    """The model lets a pending job be canceled."""
    type: str = "custom"
    """`custom` or `workflow`; `generate-prompt` or `caption` for words, which no model makes."""
    workflow_id: str | None = None
    workflow_job_id: str | None = None
    """Of a node's job: the run it belongs to."""
    flow: Flow | None = None
    told_at: float | None = None
    """When an answer first said that it is over."""
    told_created_at: float | None = None
    """When a push said that it was bought."""

    def stage(self, now: float) -> Stage:
        """The stage at this time."""
        current = self.stages[0]
        for each in self.stages:
            if each.at <= now:
                current = each
        return current

    def status(self, now: float) -> str:
        return self.stage(now).status

    def active(self, now: float) -> bool:
        return self.status(now) not in TERMINAL

    def progress(self, now: float) -> float:
        """0 to 1: grows in steps while in progress, 1 at success."""
        current = self.stage(now)
        if current.status == "success":
            return 1.0
        if self.flow is not None:
            return self.flow.progress(min(now, current.at) if current.status in TERMINAL else now)
        begun = next((each for each in self.stages if each.status == "in-progress"), None)
        if begun is None or now < begun.at:
            return 0.0
        if current.status == "finalizing":
            return 0.97
        following = next((each for each in self.stages if each.at > begun.at), None)
        length = following.at - begun.at if following else 60.0
        at = min(now, current.at) if current.status in TERMINAL else now
        share = min((at - begun.at) / length, 1.0) if length > 0 else 1.0
        return round(int(share * PROGRESS_STEPS) / PROGRESS_STEPS * 0.95, 4)

    def updated(self, now: float) -> float:
        """When the record last changed: a new status, or a step of progress."""
        current = self.stage(now)
        if current.status != "in-progress":
            return current.at
        if self.flow is not None:
            return max(current.at, self.flow.changed(now) or current.at)
        following = next((each for each in self.stages if each.at > current.at), None)
        step = (following.at - current.at if following else 60.0) / PROGRESS_STEPS
        return current.at + int((now - current.at) / step) * step if step > 0 else current.at

    def changes(self, now: float) -> float | None:
        """When the record changes next, later than now; None where nothing is to come."""
        current = self.stage(now)
        following = next((each.at for each in self.stages if each.at > now), None)
        if current.status != "in-progress":
            return following
        step = ((following or current.at + 60.0) - current.at) / PROGRESS_STEPS
        stepped = current.at + (int((now - current.at) / step) + 1) * step if step > 0 else now
        stepped = max(stepped, math.nextafter(now, math.inf))
        return stepped if following is None else min(stepped, following)

    def refunded(self, now: float) -> bool:
        """Whether the CU came back: after a failure or a cancel, unless refunds are off."""
        return self.status(now) in ("failure", "canceled") and not self.disable_refund

    def cancel(self, now: float) -> None:
        """Ends the job as canceled shortly after `now`; a job that ends before that keeps its end."""
        end = now + CANCEL_DELAY
        kept = [each for each in self.stages if each.at <= end]
        if kept[-1].status not in TERMINAL:
            self.stages = [*kept, Stage(end, "canceled")]

    def ledger(self, now: float) -> Json:
        """The job's line in the ledger."""
        return {
            "job_id": self.id,
            "model_id": self.model_id,
            "inputs": self.inputs,
            "status": self.status(now),
            "cu": self.price.total,
            "refunded": self.refunded(now),
            "ended": None if self.active(now) else self.stage(now).at,
            "told": self.told_at,
        }


def timeline(
    created: float, seconds: float, end: str | None, *, pending: bool = False, warming: bool = False
) -> list[Stage]:
    """The usual stages of a job of this length; `end` None means that it never ends."""
    parts = [("pending", 0.25)] if pending else []
    parts += [("queued", 0.15)]
    parts += [("warming-up", 0.2)] if warming else []
    parts += [("in-progress", 0.5), ("finalizing", 0.1)]
    total = sum(share for _, share in parts)
    if end is None:
        parts.pop()
    return stretch(created, [(word, seconds * share / total) for word, share in parts], end)


def stretch(created: float, parts: list[tuple[str, float]], end: str | None) -> list[Stage]:
    """Stages one after the other, and the end after the last one. No length means at the end at once."""
    stages: list[Stage] = []
    at = created
    for word, seconds in parts:
        stages.append(Stage(at, word))
        at += seconds
    if end is not None:
        stages.append(Stage(at, end))
    return stages


def record(job: Job, now: float, options: Options) -> Json:
    """The job as `GET /jobs/{id}` gives it."""
    words = {**options.words, **job.words}
    status = job.status(now)
    if job.told_at is None and status in TERMINAL:
        job.told_at = now
    history = [each for each in job.stages if each.at <= now]
    answer: Json = {
        **_ids(job, options),
        "jobType": job.type,
        "status": words.get(status, status),
        "statusHistory": [
            {"status": words.get(each.status, each.status), "date": iso(each.at)} for each in history
        ],
        "createdAt": iso(job.created),
        "updatedAt": iso(job.updated(now)),
        "authorId": "apiu_sandbox",
        "ownerId": "proj_sandbox",
        "billing": _billing(job),
        "metadata": _metadata(job, status, options, now),
    }
    if options.progress != "missing":
        progress = job.progress(now)
        answer["progress"] = round(progress * 100, 2) if options.progress == "percent" else progress
    return answer


def _ids(job: Job, options: Options) -> Json:
    keys = ("jobId", "id") if options.job_id == "both" else (options.job_id,)
    return dict.fromkeys(keys, job.id)


def _billing(job: Job) -> Json:
    billing: Json = {"cuCost": job.price.generation, "cuDiscount": 0}
    if job.price.quality_gate:
        billing["cuCostDetails"] = {"quality-gate": job.price.quality_gate}
    if job.disable_refund:
        billing["disableRefund"] = True
    return billing


def _metadata(job: Job, status: str, options: Options, now: float) -> Json:
    metadata: Json = {}
    if job.workflow_id is not None:
        metadata["workflowId"] = job.workflow_id
    if job.workflow_job_id is not None:
        metadata["workflowJobId"] = job.workflow_job_id
    if job.flow is not None:
        metadata["flow"] = job.flow.shown(now, over=status in TERMINAL)
    if options.echo_inputs and job.flow is not None:
        metadata["input"] = job.inputs
    elif options.echo_inputs:
        metadata["input"] = {"modelId": job.model_id, **job.inputs} if job.model_id else job.inputs
    if status == "success":
        metadata["assetIds"] = job.asset_ids
        if job.output is not None:
            metadata["output"] = job.output
    if status == "failure":
        metadata["error"] = job.error
        metadata["hint"] = job.hint
    return metadata


def bare_record(job: Job, now: float, words: Mapping[str, str], images: list[Json]) -> Json:
    """The job as the oldest documents print it: an id, a status, and links once it succeeded."""
    status = job.status(now)
    answer: Json = {"id": job.id, "status": {**words, **job.words}.get(status, status)}
    if status == "success":
        answer["result"] = {"images": images}
    if status == "failure":
        answer["error"] = job.error
    return answer
