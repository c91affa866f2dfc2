"""An answer that is no success → a named error. Pure.

The one captured error body is `{"reason": …}`; Scenario's retired client also read `message`, `error` and
`detail`. Where details are nested is not documented, so they are looked for at any depth.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from bot.scenario.api import loose
from bot.scenario.api.errors import (
    BadInput,
    Busy,
    Forbidden,
    NotFound,
    OutOfCredits,
    PlanLocked,
    Rejected,
    ScenarioError,
    Unavailable,
    WrongKey,
)
from bot.scenario.api.records import Json
from bot.vocabulary import PLAN_NAMES

REASON_LENGTH: Final = 1000
_REASON_KEYS: Final = ("reason", "message", "error", "detail", "errorMessage", "error_description", "errors")
_URL_QUERY: Final = re.compile(r"(\bhttps?://[^\s?#\"'<>]+)[?#][^\s\"'<>]*")
_TITLE: Final = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_SPENT: Final = re.compile(
    r"\b(?:not enough|insufficient|no more|out of|exceed\w*)\b.{0,40}"
    r"\b(?:credits?|(?:creative|compute) units?|CU)\b",
    re.IGNORECASE,
)
_LONGEST: Final = timedelta(days=1)
"""A wait that is longer than this is a mistake of the sender."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An HTTP answer as it came."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Names in lower case."""
    body: bytes = b""
    at: datetime
    """When it came; `Retry-After` dates are read against it."""


def failure(reply: Reply) -> ScenarioError:
    """The error that a reply outside 2xx means: Rejected, Busy or Unavailable, or one of their kinds."""
    body = loose.parse(reply.body)
    status, reason = reply.status, _reason(reply, body)
    trace = loose.text(loose.find(body, "traceId"), reply.headers.get("x-trace-id"))
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Busy(
            reason,
            action=loose.text(loose.find(body, "actionName")),
            limit=loose.whole(loose.find(body, "actionLimit")),
            retry_after=retry_after(reply),
            trace=trace,
        )
    if status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT} or not 400 <= status < 500:
        return Unavailable(reason, retry_after=retry_after(reply), status=status, trace=trace)
    plan = _plan(reply, body)
    if plan is not None and status in {HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.FORBIDDEN}:
        model_id = loose.text(loose.find(body, "modelId"))
        return PlanLocked(reason, required_plan=plan or None, model_id=model_id, status=status, trace=trace)
    if status in {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN} and _SPENT.search(reason):
        # which status an empty account answers with is not documented
        return OutOfCredits(reason, status=status, trace=trace)
    return _KINDS.get(status, Rejected)(reason, status=status, trace=trace)


_KINDS: Final[Mapping[int, type[Rejected]]] = {
    400: BadInput,
    401: WrongKey,
    402: OutOfCredits,
    403: Forbidden,
    404: NotFound,
    405: NotFound,  # the path exists, the verb does not: a route that this API does not have
    410: NotFound,
    413: BadInput,
    415: BadInput,
    422: BadInput,
}


def retry_after(reply: Reply) -> timedelta | None:
    """How long the answer asks us to wait: `retry-after-ms`, `Retry-After` (seconds or a date), else the
    body's `remainingSeconds`."""
    milliseconds = loose.number(reply.headers.get("retry-after-ms"))
    if milliseconds is not None:
        return _wait(milliseconds / 1000)
    header = reply.headers.get("retry-after")
    seconds = loose.number(header)
    if seconds is None and header:
        try:
            seconds = (parsedate_to_datetime(header).astimezone(UTC) - reply.at).total_seconds()
        except (ValueError, OverflowError):
            seconds = None
    if seconds is None:
        seconds = loose.number(loose.find(loose.parse(reply.body), "remainingSeconds"))
    return None if seconds is None else _wait(seconds)


def clean(words: str) -> str:
    """Scenario's words without the queries of links, which are credentials, and not longer than a page."""
    words = _URL_QUERY.sub(r"\1", loose.sound(words)).strip()
    return words if len(words) <= REASON_LENGTH else words[: REASON_LENGTH - 1] + "…"


def sentence(value: Json) -> str | None:
    """The sentence in an error's text, object or list, however it is nested. Unclean."""
    if isinstance(value, list):
        found = [one for one in map(sentence, value[:10]) if one]
        return "; ".join(dict.fromkeys(found)) or None
    if not isinstance(value, dict):
        return loose.text(value)
    for level in loose.walk(value):
        for key in _REASON_KEYS:
            inner = level.get(key)
            if isinstance(inner, str) and inner.strip():
                return inner.strip()
            if isinstance(inner, list) and (found := sentence(inner)):
                return found
    return None


def _reason(reply: Reply, body: Json) -> str:
    words = sentence(body)
    if words is None and body is None:
        words = _prose(reply.body.decode("utf-8", "replace"))
    return clean(words or _phrase(reply.status))


def _prose(page: str) -> str | None:
    """Plain text as it is; of an HTML page only the title, for the rest is decoration."""
    if page.lstrip().startswith("<"):
        title = _TITLE.search(page)
        return " ".join(html.unescape(title[1]).split()) or None if title else None
    return page.strip() if page.strip() not in {"", "null"} else None


def _phrase(status: int) -> str:
    if 300 <= status < 400:
        return f"HTTP {status}: redirected elsewhere"
    try:
        return f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"


def _plan(reply: Reply, body: Json) -> str | None:
    """The plan that is needed; "" where a lock is named without one, None where nothing speaks of plans."""
    plan = loose.find(body, "requiredPlan")
    if isinstance(plan, int | float) and not isinstance(plan, bool):
        return PLAN_NAMES.get(int(plan), str(plan))
    named = loose.text(plan) or loose.text(loose.as_object(plan).get("name"))
    if named is not None:
        return named
    return "" if b"ModelAccessRestricted" in reply.body else None


def _wait(seconds: float) -> timedelta:
    return timedelta(seconds=min(max(0.0, seconds), _LONGEST.total_seconds()))
