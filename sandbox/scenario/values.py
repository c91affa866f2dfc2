"""Small shared types: JSON objects, refusals, times, and what the studio needs of its surroundings."""

from __future__ import annotations

import hashlib
import math
import secrets
from datetime import UTC, datetime
from typing import Any, Protocol, cast

from sandbox.json import Json as Json
from sandbox.json import as_object as as_object

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"


class Now(Protocol):
    """The clock, as far as the studio reads it: unix seconds."""

    def now(self) -> float: ...


class Reports(Protocol):
    """Where a client's mistakes are noted."""

    def violate(self, what: str, **facts: Any) -> None: ...


class Refusal(Exception):
    """An error answer: HTTP status, the `reason` text, and further top-level keys such as `details`."""

    def __init__(self, status: int, reason: str, **more: Any) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason
        self.more = more

    def body(self) -> Json:
        return {"reason": self.reason, **self.more}


def as_list(value: Any) -> list[Any] | None:
    """The value, when it is a JSON array."""
    return cast("list[Any]", value) if isinstance(value, list) else None


def texts(value: Any) -> list[str] | None:
    """The value, when it is an array of strings."""
    items = as_list(value)
    if items is None or not all(isinstance(item, str) for item in items):
        return None
    return cast("list[str]", items)


def as_number(value: Any) -> float | None:
    """The value, when it is a finite JSON number (a boolean is not)."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return value if math.isfinite(value) else None
    except OverflowError:
        return None


def digits(text: str) -> int | None:
    """The number that a short text of digits means."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else None


def amount(number: float) -> float:
    """A number as JSON should show it: 10 instead of 10.0, at most two decimals."""
    rounded = round(number, 2)
    return int(rounded) if rounded == int(rounded) else rounded


def plain(number: float) -> str:
    """A number as people write it: 16, not 16.0."""
    return str(int(number)) if number == int(number) else str(number)


def new_id(prefix: str) -> str:
    """An opaque id: `job_`, `asset_`, `upload_` and 24 letters and digits."""
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(24))


def id_from(prefix: str, text: str) -> str:
    """The same id for the same text, in the form of `new_id`."""
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).digest()
    return prefix + "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:24])


def iso(seconds: float) -> str:
    """Unix seconds as the API writes times: `2026-10-02T21:20:16.925Z`."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def parse_iso(text: str) -> float:
    """Unix seconds of an ISO time; ValueError when it is none. A time without a zone is UTC."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
