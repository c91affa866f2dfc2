"""Models, jobs and teams without I/O: what to ask for, and what an answer means. Pure.

Each `build_…` makes a Request; each `parse_…` turns a Reply into a record or raises a named error
(`scenario.api.errors`). Reads raise Rejected or Unavailable, a dry run also Busy, a paid POST also Uncertain.
Files are in `files`, workflows in `workflows`.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bot.scenario.api import loose
from bot.scenario.api.errors import Unavailable, Uncertain
from bot.scenario.api.exchange import Page, Request, listed, page, page_token, read, segment, unreadable
from bot.scenario.api.loose import Object, as_object
from bot.scenario.api.reading import is_part, job_id, read_far, read_job
from bot.scenario.api.reading_models import read_model
from bot.scenario.api.records import Ceilings, Inputs, Job, Json, Model, Price, Status, Submission
from bot.scenario.api.replies import Reply, failure
from bot.vocabulary import ASSET_ID, MODEL_ID, PLAN_LEVELS

MODELS_PAGE: Final = 500
JOBS_PAGE: Final = 100

Wanted = Callable[[str], bool]
"""Whether a job of this id is waited for. A listing has others too, and every row more than once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The answer to a dry run."""

    price: Price | None
    """None where the answer names no cost."""
    stray: Job | None
    """A job that should not be there: this API may have bought instead of estimated."""


def build_model(model_id: str) -> Request:
    """One model, with its inputs."""
    return Request(method="GET", path=f"/models/{segment(model_id)}")


def build_models(privacy: str, token: str | None = None) -> Request:
    """A page of the models; privacy: `public` or `private`."""
    query = {"privacy": privacy, "pageSize": str(MODELS_PAGE)} | page_token(token)
    return Request(method="GET", path="/models", query=query)


def build_one_model() -> Request:
    """The cheapest question that needs a key."""
    return Request(method="GET", path="/models", query={"pageSize": "1"})


def build_generation(model_id: str, inputs: Inputs) -> Request:
    """The paid POST: a flat body of the model's inputs."""
    return Request(method="POST", path=f"/generate/custom/{segment(model_id)}", body=inputs)


def build_price(model_id: str, inputs: Inputs) -> Request:
    """The same POST as a dry run."""
    path = f"/generate/custom/{segment(model_id)}"
    return Request(method="POST", path=path, query={"dryRun": "true"}, body=inputs)


def build_job(job_id: str) -> Request:
    """Where a job stands."""
    return Request(method="GET", path=f"/jobs/{segment(job_id)}")


def build_jobs(created_after: datetime, token: str | None = None) -> Request:
    """A page of the account's jobs. `createdAfter` goes only without filters by status or type."""
    query = {"createdAfter": _moment(created_after), "pageSize": str(JOBS_PAGE)} | page_token(token)
    return Request(method="GET", path="/jobs", query=query)


def build_listed(
    status: Status, updated_after: datetime | None, token: str | None = None, *, page: int = JOBS_PAGE
) -> Request:
    """A page of the jobs of one status. `updatedAfter` goes only with such a filter."""
    since = {} if updated_after is None else {"updatedAfter": _moment(updated_after)}
    rows = str(min(page, JOBS_PAGE))
    query = {"status": str(status), **since, "pageSize": rows} | page_token(token)
    return Request(method="GET", path="/jobs", query=query)


def _moment(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def build_cancel(job_id: str) -> Request:
    """Ask for a job's end. Its answer does not say that it ends."""
    return Request(method="POST", path=f"/jobs/{segment(job_id)}/action", body={"action": "cancel"})


def build_teams() -> Request:
    """The teams that the key belongs to."""
    return Request(method="GET", path="/teams")


def build_limits(team_id: str) -> Request:
    """How much a team may have under way at once."""
    return Request(method="GET", path=f"/teams/{segment(team_id)}/limits")


def parse_model(reply: Reply, model_id: str) -> Model:
    """model_id: that of the request, for an answer that does not repeat it."""
    body = read(reply)
    model = read_model(as_object(body.get("model")) or body, model_id)
    return model or unreadable(reply)


def parse_models(reply: Reply, *, privacy: str) -> Page[Model]:
    """privacy: that of the request, for rows that do not say."""
    body = read(reply)
    rows = (read_model(row, privacy=privacy) for row in listed(body, "models", reply))
    return page(rows, body)


def parse_submission(reply: Reply) -> Submission:
    """What was bought. Raises Uncertain unless the answer is a job with an id, a definite no or a Busy."""
    if 200 <= reply.status < 300:
        body = as_object(loose.parse(reply.body))
        job = _bought(body)
        if job is None:
            raise Uncertain("the answer names no job", status=reply.status, trace=_trace(body))
        return Submission(job=job, cu=_cost(body))
    error = failure(reply)
    if isinstance(error, Unavailable):
        raise Uncertain(error.reason, status=error.status, trace=error.trace)
    raise error


def parse_price(reply: Reply) -> Estimate:
    """A dry run's 269, or another 2xx. Raises Rejected, Busy, Unavailable."""
    if not 200 <= reply.status < 300:
        raise failure(reply)
    body = as_object(loose.parse(reply.body))
    cost = _cost(body)
    price = None if cost is None else Price(cu=cost, details=_split(body))
    return Estimate(price=price, stray=_bought(body))


def parse_job(reply: Reply, job_id: str) -> Job:
    """job_id: that of the request, for an answer that does not repeat it."""
    body = read(reply)
    if not as_object(body.get("job")) and "status" not in body:
        unreadable(reply)
    return read_job(body, job_id) or unreadable(reply)


def parse_jobs(reply: Reply, wanted: Wanted | None = None) -> Page[Job]:
    """The jobs that somebody asked for: a workflow's run, and not its steps. wanted: by its id, which of them
    to read; without, all."""
    body = read(reply)
    rows = listed(body, "jobs", reply)
    if wanted is not None:
        rows = _wanted(rows, wanted)
    return page((read_job(row) for row in rows if not is_part(row)), body)


def parse_far(reply: Reply, wanted: Wanted) -> Page[Job]:
    """How far those of them are who are waited for: id, status and progress, for nothing else is told of jobs
    that go on, and there may be thousands."""
    body = read(reply)
    return page(map(read_far, _wanted(listed(body, "jobs", reply), wanted)), body)


def _wanted(rows: Iterable[Object], wanted: Wanted) -> list[Object]:
    return [row for row in rows if (id_ := job_id(row)) is not None and wanted(id_)]


def parse_teams(reply: Reply) -> tuple[str, ...]:
    """The ids of the teams that the key belongs to."""
    rows = listed(read(reply), "teams", reply)
    ids = (loose.text(row.get("id"), row.get("teamId")) for row in rows)
    return tuple(one for one in ids if one is not None)


def parse_ceilings(reply: Reply) -> Ceilings | None:
    """`limits.parallelCustomJobs` and `limits.parallelWorkflowRuns`, each where it is a positive number; None
    where neither is."""
    body = read(reply)
    limits = as_object(body.get("limits")) or body
    jobs, runs = (_ceiling(limits.get(f"parallel{name}")) for name in ("CustomJobs", "WorkflowRuns"))
    return None if jobs is None and runs is None else Ceilings(jobs=jobs, runs=runs)


def _ceiling(told: Json) -> int | None:
    ceiling = loose.whole(told)
    return ceiling if ceiling is not None and ceiling > 0 else None


def parse_plan(reply: Reply) -> int | None:
    """The team's `plan` on the scale of `accessRestrictions`; None for a word that we do not know: holding
    models to be locked would be worse than letting Scenario say so."""
    plan = loose.text(read(reply).get("plan"))
    words = re.split(r"[^a-z]+", (plan or "").casefold())
    return max((PLAN_LEVELS[word] for word in words if word in PLAN_LEVELS), default=None)


def names(reason: str, *ids: str) -> bool:
    """Whether an error's sentence names one of these ids: then it speaks of the thing, not of the route."""
    return any(one in reason for one in ids)


def ids_among(inputs: Inputs) -> tuple[str, ...]:
    """The ids of models and assets that a body refers to."""
    words: list[str] = []
    waiting: list[Json] = [dict(inputs)]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            words.append(value)
        elif isinstance(value, list):
            waiting.extend(reversed(value))
        elif isinstance(value, dict):
            waiting.extend(reversed(value.values()))
    return tuple(word for word in words if word.startswith((MODEL_ID, ASSET_ID)))


def _bought(body: Object) -> Job | None:
    """The job of a POST's answer, where it has an id."""
    job = as_object(body.get("job"))
    if job_id(job) is not None:
        return read_job(body)
    top = loose.text(body.get("jobId"), body.get("job_id"))
    if top is not None:
        return read_job(body, top)
    # a bare record, without the `job` around it
    return read_job(body) if "status" in body and job_id(body) is not None else None


def _cost(body: Object) -> float | None:
    cost = loose.number(body.get("creativeUnitsCost"))
    if cost is None and (split := _split(body)):
        cost = sum(split.values())
    return cost


def _split(body: Object) -> dict[str, float]:
    read = {key: loose.number(value) for key, value in as_object(body.get("costDetails")).items()}
    return {key: cu for key, cu in read.items() if cu is not None}


def _trace(body: Object) -> str | None:
    return loose.text(loose.find(body, "traceId"))
