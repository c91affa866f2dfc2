"""Discord's REST interface: one table of routes, and what every request goes through."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sandbox.discord import (
    routes_application,
    routes_channel,
    routes_expressions,
    routes_guild,
    routes_interaction,
    routes_thread,
)
from sandbox.discord.answers import Answers
from sandbox.discord.buckets import Buckets
from sandbox.discord.calls import Call, Outcome, Route, Stand
from sandbox.discord.checks import UNKNOWN_KEY
from sandbox.discord.interactions import Interactions
from sandbox.discord.refusal import MISTAKES, Refusal, unauthorized
from sandbox.discord.world import World
from sandbox.json import Json, reply

_log = logging.getLogger(__name__)

_TABLES = (
    routes_application,
    routes_channel,
    routes_expressions,
    routes_guild,
    routes_interaction,
    routes_thread,
)


def routes(world: World, acts: Interactions, buckets: Buckets) -> list[web.RouteDef]:
    """Every route below `/discord/api/v10`, and the one that refuses all others."""
    stand = Stand(world, acts, Answers(acts), buckets)
    found = [_defined(stand, route) for table in _TABLES for route in table.ROUTES]
    return [
        *found,
        web.route("*", "/{tail:.*}", _wrapped(stand, Route("*", "", _nowhere, None, token=False))),
    ]


def _defined(stand: Stand, route: Route) -> web.RouteDef:
    return web.route(route.method, route.path, _wrapped(stand, route), **_no_head(route))


def _no_head(route: Route) -> dict[str, Any]:
    return {"allow_head": False} if route.method == "GET" else {}


def _wrapped(stand: Stand, route: Route) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        call = Call(stand, request)
        try:
            _admit(call, route)
            status, document = await _handled(call, route)
        except Refusal as refusal:
            _record(call, refusal)
            stand.buckets.note(refusal.status)
            return reply(refusal.body(), refusal.status, {**call.headers, **refusal.headers})
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            # A body that no rule has foreseen. Clients repeat a 5xx, so it must not become one.
            _log.exception("a request was not understood")
            stand.world.wire.violate(f"not understood: {error!r}", **_facts(call))
            return reply({"message": f"stand-in: not understood: {error!r}", "code": 50035}, 400)
        if document is None:
            return web.Response(status=status, headers=call.headers)
        return reply(document, status, call.headers)

    return answer


async def _handled(call: Call, route: Route) -> Outcome:
    """What the route answers. A refused request has changed nothing, so it can be tried again without the
    keys that nobody knows, where those are to be ignored.
    """
    while True:
        try:
            return await route.handler(call)
        except Refusal as refusal:
            if not call.stand.world.lenient_keys or not call.forgive(refusal):
                raise


def _admit(call: Call, route: Route) -> None:
    """What holds for every route: a name, a token, known query keys, a place in the bucket."""
    if call.stand.buckets.banned():
        raise Refusal(429, 0, "", "stand-in: too many invalid requests", extra={"retry_after": 600.0})
    if not call.request.headers.get("User-Agent", "").strip():
        raise Refusal(403, 40333, "", "stand-in: a User-Agent is needed")
    authorization = call.request.headers.get("Authorization", "")
    if route.token:
        if not authorization.startswith("Bot ") or not call.stand.world.valid_token(authorization):
            raise unauthorized()
        call.stand.buckets.take_global()
    if route.bucket is not None:
        key = " ".join(call.id(name) for name in route.major)
        call.headers |= call.stand.buckets.take(route.bucket, key)
    for name in call.query:
        if route.method != "*" and name not in route.query and not call.stand.world.lenient_keys:
            call.stand.world.wire.violate(f"unknown query key {name!r}", **_facts(call))
            raise Refusal(400, 50035, name, f"stand-in: unknown query key {name!r}")


def _record(call: Call, refusal: Refusal) -> None:
    """Remembers what a careful client would not have done."""
    violate = call.stand.world.wire.violate
    unknown = [flaw.path for flaw in refusal.flaws if flaw.code == UNKNOWN_KEY]
    if unknown:
        violate(f"unknown key {', '.join(unknown)}", **_facts(call))
    elif refusal.code in MISTAKES and (refusal.code != 50035 or refusal.flaws):
        flaws = [f"{flaw.path}: {flaw.code}" for flaw in refusal.flaws]
        what = f"limit broken: {refusal.message} ({refusal.code})"
        violate(what, flaws=flaws, **_facts(call))


def _facts(call: Call) -> Json:
    return {"method": call.request.method, "path": call.request.path}


async def _nowhere(call: Call) -> Outcome:
    path = "/" + call.request.match_info["tail"]
    what = f"route not implemented: {call.request.method} {path}"
    call.stand.world.wire.violate(what, **_facts(call))
    raise Refusal(404, 0, "", f"stand-in: {what}")
