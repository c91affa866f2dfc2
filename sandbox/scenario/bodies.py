"""Reading request bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox import json
from sandbox.scenario.values import Json, Refusal, as_object

if TYPE_CHECKING:
    from sandbox.scenario.studio import Studio


async def read_json(studio: Studio, request: web.Request) -> Any:
    """The request's JSON; Refusal(400), and a note, when it is none."""
    try:
        # It refuses half a surrogate pair too, which is legal JSON, but no UTF-8 could carry it back.
        return json.load(await request.read())
    except (ValueError, RecursionError) as wrong:
        studio.wire.violate("body is not JSON", half="scenario", path=request.path)
        raise Refusal(400, "Invalid JSON body") from wrong


async def read_body(studio: Studio, request: web.Request) -> Json:
    """The request's JSON object."""
    body = as_object(await read_json(studio, request))
    if body is None:
        raise Refusal(400, "Body must be a JSON object")
    return body
