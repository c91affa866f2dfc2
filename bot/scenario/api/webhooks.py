"""A project's webhook endpoints without I/O: what to ask for, and what an answer means. Pure.

Neither the body of a push nor how it is signed is published, so a push is read for one thing: the ids in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from bot.scenario.api import loose
from bot.scenario.api.exchange import Request, listed, read, segment, unreadable
from bot.scenario.api.loose import as_object
from bot.scenario.api.records import Json
from bot.scenario.api.replies import Reply

ENDS: Final = (
    "generation.completed",
    "generation.failed",
    "inference.cancelled",
    "inference.completed",
    "inference.failed",
)
"""The events that say that a job is over. Which of the two kinds a job is of is not published."""
EVERYTHING: Final = "*"
LONGEST_ID: Final = 128
"""Characters. What is longer is no id, and is not looked at."""
MOST_IDS: Final = 1_000
"""Texts of one push that are looked at: it tells of one job, and whoever sends more is not Scenario."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A registered address, as Scenario tells it."""

    id: str
    url: str
    enabled: bool = True
    events: frozenset[str] = frozenset()
    created_at: datetime | None = None
    secret: str | None = None
    """What pushes to it are signed with; told once, when it is made."""

    @property
    def tells_ends(self) -> bool:
        """Whether every end is pushed to it."""
        return self.enabled and (EVERYTHING in self.events or self.events >= {*ENDS})


def build_projects() -> Request:
    """The projects that the key may see."""
    return Request(method="GET", path="/projects")


def build_newest_job() -> Request:
    """One job of the key's project, which says whose it is."""
    return Request(method="GET", path="/jobs", query={"pageSize": "1"})


def build_webhooks(project_id: str) -> Request:
    """All endpoints of a project, without their secrets."""
    return Request(method="GET", path=_path(project_id))


def build_new_webhook(project_id: str, url: str, description: str) -> Request:
    """One more endpoint, to which ends are pushed."""
    body: dict[str, Json] = {"url": url, "enabledEvents": list(ENDS), "description": description}
    return Request(method="POST", path=_path(project_id), body=body)


def build_mended_webhook(project_id: str, webhook_id: str) -> Request:
    """Have ends pushed to an endpoint again that somebody turned off or made deaf to them."""
    body: dict[str, Json] = {"enabled": True, "enabledEvents": list(ENDS)}
    return Request(method="PUT", path=f"{_path(project_id)}/{segment(webhook_id)}", body=body)


def build_no_webhook(project_id: str, webhook_id: str) -> Request:
    """Remove an endpoint."""
    return Request(method="DELETE", path=f"{_path(project_id)}/{segment(webhook_id)}")


def parse_projects(reply: Reply) -> Sequence[str]:
    """The projects' ids."""
    ids = (loose.text(row.get("id"), row.get("projectId")) for row in listed(read(reply), "projects", reply))
    return [one for one in ids if one is not None]


def parse_newest_owner(reply: Reply) -> str | None:
    """The project of the newest job; None where there is no job yet."""
    rows = listed(read(reply), "jobs", reply)
    return loose.text(rows[0].get("ownerId")) if rows else None


def parse_webhooks(reply: Reply) -> Sequence[Webhook]:
    """Those that can be read."""
    found = (_webhook(row) for row in listed(read(reply), "webhookEndpoints", reply))
    return [one for one in found if one is not None]


def parse_webhook(reply: Reply) -> Webhook:
    """The one that was made or changed."""
    body = read(reply)
    return _webhook(as_object(body.get("webhookEndpoint")) or body) or unreadable(reply)


def ids_in(push: bytes) -> frozenset[str] | None:
    """Every text in a push that may be a job's id, wherever it stands; None for what is no JSON."""
    value = loose.parse(push)
    if value is None:
        return None
    texts = (
        text
        for level in loose.walk({"": value})
        for inner in level.values()
        for text in (inner if isinstance(inner, list) else [inner])
        if isinstance(text, str) and 0 < len(text) <= LONGEST_ID
    )
    return frozenset(islice(texts, MOST_IDS))


def _webhook(row: loose.Object) -> Webhook | None:
    id_, url = loose.text(row.get("id")), loose.text(row.get("url"))
    if id_ is None or url is None:
        return None
    return Webhook(
        id=id_,
        url=url,
        enabled=row.get("enabled") is not False,
        events=frozenset(loose.texts(row.get("enabledEvents"))),
        created_at=loose.moment(row.get("createdAt")),
        secret=loose.text(row.get("secret")),
    )


def _path(project_id: str) -> str:
    return f"/projects/{segment(project_id)}/webhook-endpoints"
