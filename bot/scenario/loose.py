"""Reading JSON that may hold anything: each function answers with its type, or with None. None raises."""

import json
import math
import re
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, TypeAlias, cast

from bot.scenario.records import Json

Object: TypeAlias = dict[str, Json]

_SEARCHED: Final = 2_000
"""Most values that `find` looks at: bodies are small, and a hostile one must not cost seconds."""


def parse(body: bytes | str) -> Json:
    """The JSON value, or None when it is none. NaN and infinities, which JSON does not have, become null."""
    try:
        return cast(Json, json.loads(body, parse_constant=lambda _: None))
    except (ValueError, RecursionError):
        return None


def as_object(value: Json) -> Object:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: Json) -> list[Json]:
    """The array, or an empty one."""
    return value if isinstance(value, list) else []


def text(*values: Json) -> str | None:
    """The first of `values` that says something, as text. Numbers are written out; booleans are not text."""
    for value in values:
        if isinstance(value, str) and value.strip():
            return value.strip()
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    return None


def texts(value: Json) -> tuple[str, ...]:
    """The strings of an array, without doubles; a lone string counts as an array of one."""
    found = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(one.strip() for one in found if isinstance(one, str) and one.strip()))


def number(value: Json) -> float | None:
    """A finite number; a string that writes one counts."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        read = float(value)
    except (ValueError, OverflowError):
        return None
    return read if math.isfinite(read) else None


def whole(value: Json) -> int | None:
    """A number without its fraction."""
    read = number(value)
    return None if read is None else int(read)


def moment(value: Json) -> datetime | None:
    """An ISO time, or seconds or milliseconds since 1970, in UTC. A time without a zone is UTC."""
    try:
        if isinstance(value, str) and not value.strip().isdigit():
            read = datetime.fromisoformat(value.strip())
            return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
        seconds = number(value)
        if seconds is None:
            return None
        return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def plain(word: str) -> str:
    """A key or word without case, dashes, underscores and spaces: `trace_id` and `traceId` are one."""
    return re.sub(r"[-_\s]", "", word).casefold()


def walk(value: Json) -> Iterator[Object]:
    """Every object inside `value`, the outer ones first. Text that is itself JSON is opened too."""
    waiting: deque[Json] = deque([value])
    for _ in range(_SEARCHED):
        if not waiting:
            return
        one = waiting.popleft()
        if isinstance(one, str) and one.lstrip().startswith("{"):
            one = parse(one)
        if isinstance(one, dict):
            yield one
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def find(value: Json, *keys: str) -> Json:
    """The first value under one of `keys` at any depth, outer ones first. Nulls are passed over."""
    wanted = {plain(key) for key in keys}
    for one in walk(value):
        for key, inner in one.items():
            if inner is not None and plain(key) in wanted:
                return inner
    return None
