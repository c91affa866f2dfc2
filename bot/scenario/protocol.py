"""Scenario's API without I/O: what to ask for, and what an answer means. Pure.

Each `ask_…` builds a Request; each `told_…` turns a Reply into a record or raises a named error
(`scenario.errors`). Reads raise Rejected or Unavailable, a dry run also Busy, a paid POST also Uncertain.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Final, Generic, NoReturn, TypeVar
from urllib.parse import quote

from bot.scenario import loose
from bot.scenario.errors import BadInput, Busy, NotFound, ScenarioError, Unavailable, Uncertain
from bot.scenario.loose import Object, as_list, as_object
from bot.scenario.reading import job_id, read_asset, read_job, read_model
from bot.scenario.records import Asset, Inputs, Job, Json, Model, Price, Submission
from bot.scenario.refusals import Reply, failure

T = TypeVar("T")

BULK: Final = 200
"""Most asset ids in one `POST /assets/get-bulk`."""
MODELS_PAGE: Final = 500
JOBS_PAGE: Final = 100


_PLANS: Final = MappingProxyType(
    {"free": 0, "starter": 25, "essential": 25, "pro": 50, "max": 75, "enterprise": 100}
)
"""Words in a team's plan (`cu-pro`), on the scale of `accessRestrictions`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An HTTP request below the API's base address."""

    method: str
    path: str
    """Percent-encoded, from the first slash after the base."""
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """A page of a listing. It may be empty and still have a successor."""

    rows: tuple[T, ...]
    token: str | None
    """For the next page; None on the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The answer to a dry run."""

    price: Price | None
    """None where the answer names no cost."""
    stray: Job | None
    """A job that should not be there: this API may have bought instead of estimated."""


def ask_model(model_id: str) -> Request:
    return Request(method="GET", path=f"/models/{_segment(model_id)}")


def ask_models(privacy: str, token: str | None = None) -> Request:
    query = {"privacy": privacy, "pageSize": str(MODELS_PAGE)} | _token(token)
    return Request(method="GET", path="/models", query=query)


def ask_one_model() -> Request:
    """The cheapest question that needs a key."""
    return Request(method="GET", path="/models", query={"pageSize": "1"})


def ask_generation(model_id: str, inputs: Inputs) -> Request:
    """The paid POST: a flat body of the model's inputs."""
    return Request(method="POST", path=f"/generate/custom/{_segment(model_id)}", body=inputs)


def ask_price(model_id: str, inputs: Inputs) -> Request:
    """The same POST as a dry run."""
    path = f"/generate/custom/{_segment(model_id)}"
    return Request(method="POST", path=path, query={"dryRun": "true"}, body=inputs)


def ask_job(job_id: str) -> Request:
    return Request(method="GET", path=f"/jobs/{_segment(job_id)}")


def ask_jobs(created_after: datetime, token: str | None = None) -> Request:
    """A page of the account's jobs. `createdAfter` goes only without filters by status or type."""
    since = created_after.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    query = {"createdAfter": since, "pageSize": str(JOBS_PAGE)} | _token(token)
    return Request(method="GET", path="/jobs", query=query)


def ask_cancel(job_id: str) -> Request:
    return Request(method="POST", path=f"/jobs/{_segment(job_id)}/action", body={"action": "cancel"})


def ask_asset(asset_id: str) -> Request:
    return Request(method="GET", path=f"/assets/{_segment(asset_id)}")


def ask_assets(asset_ids: Sequence[str]) -> Request:
    """Up to BULK assets at once."""
    return Request(method="POST", path="/assets/get-bulk", body={"assetIds": list(asset_ids)})


def ask_teams() -> Request:
    return Request(method="GET", path="/teams")


def ask_limits(team_id: str) -> Request:
    return Request(method="GET", path=f"/teams/{_segment(team_id)}/limits")


def told_model(reply: Reply, model_id: str) -> Model:
    body = _read(reply)
    model = read_model(as_object(body.get("model")) or body, model_id)
    return model or _unreadable(reply)


def told_models(reply: Reply, *, privacy: str) -> Page[Model]:
    body = _read(reply)
    rows = (read_model(row, privacy=privacy) for row in _rows(body, "models", reply))
    return _page(rows, body)


def told_submission(reply: Reply) -> Submission:
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


def told_price(reply: Reply) -> Estimate:
    """A dry run's 269, or another 2xx. Raises Rejected, Busy, Unavailable."""
    if not 200 <= reply.status < 300:
        raise failure(reply)
    body = as_object(loose.parse(reply.body))
    cost = _cost(body)
    price = None if cost is None else Price(cu=cost, details=_split(body))
    return Estimate(price=price, stray=_bought(body))


def told_job(reply: Reply, job_id: str) -> Job:
    body = _read(reply)
    if not as_object(body.get("job")) and "status" not in body:
        _unreadable(reply)
    return read_job(body, job_id) or _unreadable(reply)


def told_jobs(reply: Reply) -> Page[Job]:
    body = _read(reply)
    return _page((read_job(row) for row in _rows(body, "jobs", reply)), body)


def told_cancel(reply: Reply) -> None:
    """Nothing to read: the acknowledgement's own status may be stale."""
    if reply.status == HTTPStatus.CONFLICT:
        # of a paid POST it says nothing, of a cancel that the job has gone too far
        error = failure(reply)
        raise BadInput(error.reason, status=error.status, trace=error.trace)
    if not 200 <= reply.status < 300:
        raise _of_read(failure(reply))


def told_asset(reply: Reply, asset_id: str) -> Asset:
    body = _read(reply)
    return read_asset(as_object(body.get("asset")) or body, asset_id) or _unreadable(reply)


def told_assets(reply: Reply) -> dict[str, Asset]:
    """The assets of a bulk answer by id."""
    rows = (read_asset(row) for row in _rows(_read(reply), "assets", reply))
    return {asset.id: asset for asset in rows if asset is not None}


def told_teams(reply: Reply) -> tuple[str, ...]:
    """The ids of the teams that the key belongs to."""
    rows = _rows(_read(reply), "teams", reply)
    ids = (loose.text(row.get("id"), row.get("teamId")) for row in rows)
    return tuple(one for one in ids if one is not None)


def told_ceiling(reply: Reply) -> int | None:
    """`limits.parallelCustomJobs`; None where it is absent or no positive number."""
    body = _read(reply)
    limits = as_object(body.get("limits")) or body
    ceiling = loose.whole(limits.get("parallelCustomJobs"))
    return ceiling if ceiling is not None and ceiling > 0 else None


def told_plan(reply: Reply) -> int | None:
    """The team's `plan` on the scale of `accessRestrictions`; None for a word that we do not know: holding
    models to be locked would be worse than letting Scenario say so."""
    plan = loose.text(_read(reply).get("plan"))
    words = re.split(r"[^a-z]+", (plan or "").casefold())
    return max((_PLANS[word] for word in words if word in _PLANS), default=None)


def names(reason: str, *ids: str) -> bool:
    """Whether an error's sentence names one of these ids: then it speaks of the thing, not of the route."""
    return any(one in reason for one in ids)


def ids_among(inputs: Inputs) -> tuple[str, ...]:
    """The ids of models and assets that a body refers to."""
    words: list[str] = []
    for value in inputs.values():
        words.extend(one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str))
    return tuple(word for word in words if word.startswith(("model_", "asset_")))


def _segment(part: str) -> str:
    """One path segment. Raises NotFound for text that can be no id and would lead to another route."""
    if part.strip() in {"", ".", ".."}:
        raise NotFound("no such id")
    return quote(part, safe="")


def _token(token: str | None) -> dict[str, str]:
    return {} if token is None else {"paginationToken": token}


def _read(reply: Reply) -> Object:
    """The JSON object of a read's answer."""
    if not 200 <= reply.status < 300:
        raise _of_read(failure(reply))
    body = loose.parse(reply.body)
    return body if isinstance(body, dict) else _unreadable(reply)


def _of_read(error: ScenarioError) -> ScenarioError:
    """A read that is told to slow down has no answer yet, like one that meets an outage."""
    if isinstance(error, Busy):
        return Unavailable(
            error.reason, retry_after=error.retry_after, status=error.status, trace=error.trace
        )
    return error


def _unreadable(reply: Reply) -> NoReturn:
    raise Unavailable("the answer cannot be read", status=reply.status)


def _rows(body: Object, key: str, reply: Reply) -> list[Object]:
    """A listing's rows. A body without the list is no empty listing: nothing may be concluded from it."""
    rows = body.get(key)
    if not isinstance(rows, list):
        _unreadable(reply)
    return [row for row in as_list(rows) if isinstance(row, dict)]


def _page(rows: Iterable[T | None], body: Object) -> Page[T]:
    token = loose.text(body.get("nextPaginationToken"), body.get("nextToken"))
    return Page(rows=tuple(row for row in rows if row is not None), token=token)


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
