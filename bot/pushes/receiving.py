"""Where Scenario's pushes arrive: a path that nobody can guess, on the HTTP port.

Whoever does not know it meets a 404, as on any path that is not there, and nothing of what he sent is read.
Whoever does may have read any running job of this bot's, at most so many times a second, and nothing else: a
push is read for the ids in it alone. It is answered before anything is done about it.
"""

import asyncio
import hmac
from collections.abc import Callable, Collection
from enum import StrEnum
from typing import Final

from aiohttp import web
from aiolimiter import AsyncLimiter

from bot.scenario.api.webhooks import ids_in

PATH: Final = "/pushes/"
LARGEST: Final = 256 * 1024
"""Bytes of a push, unpacked. It may repeat the whole job, prompt and all."""
PATIENCE: Final = 5.0
"""Seconds in which a push must have arrived."""
MOST: Final = 300
"""Pushes taken in a second. Each is one job's end, and far fewer end."""


class Receipt(StrEnum):
    """What became of a request to the path."""

    HEARD = "heard"
    STRANGER = "stranger"
    """It did not know the path."""
    LIMITED = "limited"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    """No JSON, or not whole in time."""


ANSWERS: Final = {
    Receipt.HEARD: 204,
    Receipt.STRANGER: 404,
    Receipt.LIMITED: 429,
    Receipt.TOO_LARGE: 413,
    Receipt.UNREADABLE: 400,
}


class Receiver:
    """Takes pushes, and hands on what they name."""

    def __init__(
        self,
        token: str,
        hear: Callable[[Collection[str]], None],
        count: Callable[[Receipt], None] = lambda _: None,
    ) -> None:
        """
        token: what stands behind PATH. hear: is told the texts of a push that may be ids of jobs. count:
        hears of each request.
        """
        self._token = token.encode()
        self._hear = hear
        self._count = count
        self._limiter = AsyncLimiter(MOST, 1.0)

    @property
    def route(self) -> web.RouteDef:
        """For the HTTP server. Every method, so that a wrong one says no more than a wrong path."""
        return web.route("*", f"{PATH}{{token}}", self.take)

    async def take(self, request: web.Request) -> web.Response:
        """The handler."""
        receipt = await self._receive(request)
        self._count(receipt)
        return web.Response(status=ANSWERS[receipt])

    async def _receive(self, request: web.Request) -> Receipt:
        known = hmac.compare_digest(request.match_info["token"].encode(errors="replace"), self._token)
        if not known or request.method != "POST":
            return Receipt.STRANGER
        if not self._limiter.has_capacity():
            return Receipt.LIMITED
        await self._limiter.acquire()
        try:
            async with asyncio.timeout(PATIENCE):
                push = await request.clone(client_max_size=LARGEST).read()
        except web.HTTPRequestEntityTooLarge:
            return Receipt.TOO_LARGE
        except (TimeoutError, web.RequestPayloadError):
            return Receipt.UNREADABLE
        ids = ids_in(push)
        if ids is None:
            return Receipt.UNREADABLE
        self._hear(ids)
        return Receipt.HEARD
