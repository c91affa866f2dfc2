"""What the control API and the page share of HTTP: who may give orders, and how answers and refusals look."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from sandbox.discord.interactions import Refused
from sandbox.discord.world import NoSuchPlace
from sandbox.json import Json, reply

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

Verb = Callable[[web.Request], Awaitable[Json]]


def guard(*, check: bool = True) -> Middleware:
    """Refuses a foreign Host or Origin with 403, so that no web page elsewhere gives orders."""

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        if check and not _at_home(request):
            return reply({"error": "the control API is for this machine only"}, 403)
        return await handler(request)

    return guarded


def _at_home(request: web.Request) -> bool:
    host = request.headers.get("Host", "")
    origin = request.headers.get("Origin")
    try:
        home = urlsplit(f"http://{host}")
        named, port = home.hostname in LOOPBACK, home.port or 80
    except ValueError:
        return False
    sockname = request.transport.get_extra_info("sockname") if request.transport else None
    # The port counts too: another server on this machine is another origin.
    return named and sockname is not None and port == sockname[1] and origin in (None, f"http://{host}")


def answered(verb: Verb) -> Handler:
    """A handler that answers the verb's object, or `{error}` for what the caller got wrong."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return reply(await verb(request))
        except Refused as refused:
            return reply({"error": refused.reason}, refused.status)
        except ValueError as wrong:
            return reply({"error": str(wrong)}, 400)
        except NoSuchPlace as missing:
            return reply({"error": str(missing)}, 404)

    return handle


@web.middleware
async def plain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Unknown routes and methods as `{error}`."""
    try:
        return await handler(request)
    except web.HTTPException as refusal:
        if refusal.status < 400:
            raise
        said: dict[str, Any] = {"error": f"{refusal.reason}: {request.method} {request.path}"}
        return reply(said, refusal.status)
