"""Reading JSON that may hold anything: each function answers with its type, or with None. None raises.

What is read is clean: text that was cut within an emoji holds half a surrogate pair, which no wire to Discord
takes, and NUL is what PostgreSQL refuses. Both become U+FFFD here, once, in keys and values.
"""

import json
import math
import re
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, TypeAlias, cast

from bot.scenario.api.records import Json

Object: TypeAlias = dict[str, Json]

_SEARCHED: Final = 2_000
"""Most values that `find` looks at: bodies are small, and a hostile one must not cost seconds."""
_BETWEEN: Final = re.compile(r"[-_\s]")
_LONGEST_NAME: Final = 64
"""Characters of a word that is remembered: longer ones are no names."""
_UNSOUND: Final = re.compile("[\0\ud800-\udfff]")
_ESCAPED: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
"""How JSON may write what is unsound. Whole pairs are suspects too."""


def parse(body: bytes | str) -> Json:
    """The JSON value, or None when it is none. NaN and infinities, which JSON does not have, become null."""
    words = body if isinstance(body, str) else body.decode(json.detect_encoding(body), "replace")
    try:
        found = cast(Json, json.loads(words, parse_constant=lambda _: None))
    except (ValueError, RecursionError):
        return None
    return mended(found) if suspect(words) else found


def suspect(words: str) -> bool:
    """Whether the JSON that `words` are may hold text that is not sound.

    Every body is asked this. A pattern with a class of characters takes longer for it than the parser.
    """
    if "\0" in words or ("\\u" in words and _ESCAPED.search(words) is not None):
        return True
    try:
        words.encode()
    except UnicodeEncodeError:  # of all text, UTF-8 lacks half pairs alone
        return True
    return False


def sound(words: str) -> str:
    """Text that every wire and every database takes."""
    if words.isascii() and "\0" not in words:  # as most is: known at once
        return words
    return _UNSOUND.sub("\ufffd", words)


def mended(value: Json) -> Json:
    """The value with sound text in all of it, keys too; lists and objects are changed in place."""
    top: list[Json] = [value]
    waiting: list[list[Json] | Object] = [top]
    while waiting:  # and not recursion: whoever writes the JSON decides how deep it is
        holder = waiting.pop()
        if isinstance(holder, dict):
            kept = {sound(key): _sound(one) for key, one in holder.items()}
            holder.clear()
            holder.update(kept)
        else:
            holder[:] = map(_sound, holder)
        inner = holder.values() if isinstance(holder, dict) else holder
        waiting.extend(one for one in inner if isinstance(one, list | dict))
    return top[0]


def _sound(value: Json) -> Json:
    return sound(value) if isinstance(value, str) else value


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
    return _plain_name(word) if len(word) <= _LONGEST_NAME else _bare(word)


def _bare(word: str) -> str:
    return _BETWEEN.sub("", word).casefold()


# the same few hundred names come with every request
_plain_name: Final = lru_cache(maxsize=4096)(_bare)


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
