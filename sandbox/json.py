"""JSON in and out: the alias for an object, compact text, and answers in the exact form clients expect."""

import itertools
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

from aiohttp import web

Json = dict[str, Any]

_HALF = re.compile(r"[\ud800-\udfff]")


def plain(data: object) -> str:
    """Compact JSON text."""
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False)


def dump(data: object) -> str:
    """Compact JSON text. Where half an emoji is in it, which no UTF-8 holds, all of it is escaped."""
    text = plain(data)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(data, separators=(",", ":"))
    return text


def load(text: str | bytes, *, halves: bool = False) -> Any:
    """What the text means. Raises ValueError when it is not JSON, or has half a surrogate pair in it: that is
    no text, and could not be sent on. With `halves` it may have."""
    value: object = json.loads(text)
    broken = half_pair(value) if not halves and _may_have_half(text) else None
    if broken is not None:
        raise ValueError(f"half a surrogate pair in {broken!r}: that is no text")
    return value


def _may_have_half(text: str | bytes) -> bool:
    """Whether it is worth the walk through all of it: half a pair is escaped, or stands there as it is."""
    if isinstance(text, str):
        return "\\u" in text or (not text.isascii() and _HALF.search(text) is not None)
    # 0xED begins each half in the UTF-8 that `json` takes; with a zero it may be UTF-16
    return any(sign in text for sign in (b"\\u", b"\xed", b"\0"))


def half_pair(value: object) -> str | None:
    """The first text in a JSON value, names of keys included, that has half a surrogate pair in it."""
    if isinstance(value, str):
        # Long texts are files in base64, for which this is a look at one bit.
        return value if not value.isascii() and _HALF.search(value) else None
    parts: Iterable[object] = ()
    if isinstance(value, dict):
        parts = itertools.chain.from_iterable(cast(Json, value).items())
    elif isinstance(value, list):
        parts = cast("list[object]", value)
    return next((found for part in parts if (found := half_pair(part)) is not None), None)


def as_object(value: object) -> Json | None:
    """The value when it is a JSON object, otherwise None."""
    return cast(Json, value) if isinstance(value, dict) else None


def load_object(text: str | bytes) -> Json | None:
    """The JSON object in the text, or None when the text is anything else."""
    try:
        return as_object(load(text))
    except ValueError:
        return None


def reply(data: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """A JSON answer whose Content-Type is exactly `application/json`.

    aiohttp's own `json_response` adds `; charset=utf-8`, and discord.py then takes the body for text.
    """
    return web.Response(
        body=dump(data).encode(), status=status, headers=headers, content_type="application/json"
    )
