"""What every question to Scenario and every answer have in common. Pure.

Reads raise Rejected or Unavailable: a read that is told to slow down has no answer yet.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Generic, NoReturn, TypeVar
from urllib.parse import quote

from bot.scenario.api import loose
from bot.scenario.api.errors import BadInput, Busy, NotFound, ScenarioError, Unavailable
from bot.scenario.api.loose import Object, as_list
from bot.scenario.api.records import Json
from bot.scenario.api.replies import Reply, failure

T = TypeVar("T")


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


def segment(part: str) -> str:
    """One path segment. Raises NotFound for text that can be no id and would lead to another route."""
    if part.strip() in {"", ".", ".."}:
        raise NotFound("no such id")
    return quote(part, safe="")


def page_token(token: str | None) -> dict[str, str]:
    """The query of a listing's next page; none for the first."""
    return {} if token is None else {"paginationToken": token}


def answered(reply: Reply) -> None:
    """Raise unless it is a success."""
    if not 200 <= reply.status < 300:
        raise of_read(failure(reply))


def read(reply: Reply) -> Object:
    """The JSON object of a read's answer."""
    answered(reply)
    body = loose.parse(reply.body)
    return body if isinstance(body, dict) else unreadable(reply)


def parse_done(reply: Reply) -> None:
    """The answer to an action on something that moves by itself: nothing to read, for the acknowledgement's
    own status may be stale."""
    if reply.status == HTTPStatus.CONFLICT:
        # of a paid POST it says nothing, of an action that the thing has gone too far
        error = failure(reply)
        raise BadInput(error.reason, status=error.status, trace=error.trace)
    answered(reply)


def of_read(error: ScenarioError) -> ScenarioError:
    """A read that is told to slow down has no answer yet, like one that meets an outage."""
    if isinstance(error, Busy):
        return Unavailable(
            error.reason, retry_after=error.retry_after, status=error.status, trace=error.trace
        )
    return error


def unreadable(reply: Reply) -> NoReturn:
    """Raise Unavailable: an answer that is no answer."""
    raise Unavailable("the answer cannot be read", status=reply.status)


def listed(body: Object, key: str, reply: Reply) -> list[Object]:
    """A listing's rows. A body without the list is no empty listing: nothing may be concluded from it."""
    rows = body.get(key)
    if not isinstance(rows, list):
        unreadable(reply)
    return [row for row in as_list(rows) if isinstance(row, dict)]


def page(rows: Iterable[T | None], body: Object) -> Page[T]:
    """Rows that could not be read are left out; the body names the next page."""
    token = loose.text(body.get("nextPaginationToken"), body.get("nextToken"))
    return Page(rows=tuple(row for row in rows if row is not None), token=token)
