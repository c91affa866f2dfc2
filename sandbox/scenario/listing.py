"""Query rules of the lists: pages, tokens, filters, and the combinations that are refused."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import TypeVar

from sandbox.scenario.catalogue import Model
from sandbox.scenario.jobs import STATUSES, Job
from sandbox.scenario.register import Register
from sandbox.scenario.values import Refusal, digits, parse_iso

Item = TypeVar("Item")
Query = Mapping[str, str]


@dataclass(frozen=True)
class Page:
    """Which slice of a list was asked for."""

    start: int
    length: int

    def cut(self, items: Iterable[Item], *, ragged: bool = False) -> tuple[list[Item], str | None]:
        """The slice and the token of the next one. Ragged: the first page is empty, the others half full."""
        length = max(1, self.length // 2) if ragged else self.length
        start = max(0, self.start - 1) if ragged else self.start
        end = start + length
        found = list(islice(items, start, end + 1))
        if ragged and self.start == 0 and found:
            return [], token(1)
        following = token(end + 1 if ragged else end) if len(found) > length else None
        return found[:length], following


def token(start: int) -> str:
    return base64.urlsafe_b64encode(f"from:{start}".encode()).decode()


def page(query: Query, *, most: int, default: int) -> Page:
    """`pageSize` and `paginationToken`; Refusal(400) when they are wrong."""
    size = digits(query.get("pageSize", str(default)))
    if size is None or not 1 <= size <= most:
        raise Refusal(400, f"pageSize must be a number from 1 to {most}")
    given = query.get("paginationToken")
    if given is None:
        return Page(0, size)
    try:
        name, _, text = base64.urlsafe_b64decode(given.encode()).decode().partition(":")
    except (binascii.Error, ValueError):
        name, text = "", ""
    start = digits(text)
    if name != "from" or start is None:
        raise Refusal(400, "Invalid paginationToken")
    return Page(start, size)


def moment(query: Query, name: str) -> float | None:
    """A time bound; Refusal(400) when it is no ISO time."""
    text = query.get(name)
    if text is None:
        return None
    try:
        return parse_iso(text)
    except ValueError:
        raise Refusal(400, f"{name} must be an ISO date") from None


def words(query: Query, plural: str, single: str) -> list[str]:
    """A comma-joined list, which wins over its single form."""
    text = query.get(plural) or query.get(single) or ""
    return [word for word in text.split(",") if word]


def choose_jobs(query: Query, jobs: Register, now: float, lag: float) -> Iterable[Job]:
    """The jobs a listing shows, newest first: by creation, or by update where a filter is given."""
    types = words(query, "types", "type")
    status, workflow = query.get("status"), query.get("workflowId")
    filtered = bool(types or status or workflow)
    created, updated = moment(query, "createdAfter"), moment(query, "updatedAfter")
    if status is not None and status not in STATUSES:
        raise Refusal(400, f"status must be one of: {', '.join(STATUSES)}")
    if created is not None and filtered:
        raise Refusal(400, "createdAfter cannot be combined with status, type, types or workflowId")
    if updated is not None and not filtered:
        raise Refusal(400, "updatedAfter needs status, type, types or workflowId")
    if query.get("authorId", "apiu_sandbox") != "apiu_sandbox":
        return ()
    chosen: Iterable[Job] = jobs.changed(now, status) if filtered else jobs.newest()
    if created is not None:
        chosen = takewhile(lambda job: job.created > created, chosen)
    if updated is not None:
        chosen = takewhile(lambda job: job.updated(now) > updated, chosen)
    if lag:
        chosen = (job for job in chosen if job.created + lag <= now)
    if types:
        chosen = (job for job in chosen if job.type in types)
    if workflow:
        chosen = (job for job in chosen if job.workflow_id == workflow)
    return chosen


def choose_models(query: Query, models: list[Model]) -> list[Model]:
    """The models a listing shows. Filters by type and tag work on public ones, by status on private ones."""
    privacy = query.get("privacy", "private")
    if privacy not in ("private", "public"):
        raise Refusal(400, "privacy must be one of: private, public")
    chosen = [model for model in models if model.record["privacy"] == privacy]
    status = query.get("status")
    # The live API ignores a status it does not know.
    if privacy == "private" and status in ("new", "training", "trained", "failed"):
        return [model for model in chosen if model.record["status"] == status]
    if privacy == "private" and status == "deleted":
        return []
    if privacy == "public":
        types, tags = words(query, "types", "type"), words(query, "tags", "tags")
        chosen = [model for model in chosen if not types or model.type in types]
        chosen = [model for model in chosen if not tags or set(tags) & set(model.record["tags"])]
    return chosen
