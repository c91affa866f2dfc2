"""JSON in and out: the alias for an object, compact text, and answers in the exact form clients expect."""

import json
import re
from collections.abc import Mapping
from typing import Any, cast

from aiohttp import web

Json = dict[str, Any]
_HALF = re.compile("[\ud800-\udfff]")


def dump(data: object) -> str:
    """Compact JSON text. Where half an emoji is in it, which no UTF-8 holds, all of it is escaped."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    if _HALF.search(text) is None:
        return text
    return json.dumps(data, separators=(",", ":"))


def holds_half(data: object) -> bool:
    """Whether there is half an emoji in it."""
    return _HALF.search(json.dumps(data, ensure_ascii=False)) is not None


def load(text: str | bytes) -> Any:
    """What the text means. Raises ValueError when it is not JSON."""
    return json.loads(text)


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
