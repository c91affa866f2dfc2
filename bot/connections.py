"""Connections to Discord and to Scenario, in shares: what is slow takes none of those that must be quick.

Each share has a limit, or a burst would open one TLS connection for each request, and the handshakes eat
the three seconds in which Discord wants its answer. docs/decisions/0006-shares.md says where the numbers come
from.
"""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

import aiohttp
from aiohttp.connector import Connection
from aiohttp.tracing import Trace

ANSWERS: Final = 64
"""To Discord: answers to interactions, which are late after three seconds."""
GATEWAY: Final = 0
"""… the gateway's sockets, one a shard, and the question where it is: as many as there are, because none of
them ends. There is no burst of them that anybody else causes."""
CARDS: Final = 80
"""… everything else: cards and their files, and what is said to a member meanwhile. More than the card loop's
shares add up to."""

READS: Final = 128
"""To Scenario: reads and prices."""
PAID: Final = 32
"""… paid POSTs."""
FILES: Final = 64
"""… files either way, members' files from Discord's hosts included."""


class DiscordConnector(aiohttp.TCPConnector):
    """One connector to the library, which knows only one; inside, a share for each of what it carries."""

    def __init__(self) -> None:
        """Made inside the running loop."""
        super().__init__(limit=CARDS)  # pyright: ignore[reportUnknownMemberType] (a part of aiohttp's types)
        self._answers = aiohttp.TCPConnector(limit=ANSWERS)
        self._gateway = aiohttp.TCPConnector(limit=GATEWAY)

    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> Connection:
        """A connection of the request's share; it finds back to it by itself."""
        if req.url.path.endswith("/callback"):
            return await self._answers.connect(req, traces, timeout)
        if req.url.scheme in {"ws", "wss"} or req.url.path.endswith(("/gateway", "/gateway/bot")):
            return await self._gateway.connect(req, traces, timeout)
        return await super().connect(req, traces, timeout)

    async def close(self, *, abort_ssl: bool = False) -> None:
        await self._answers.close(abort_ssl=abort_ssl)
        await self._gateway.close(abort_ssl=abort_ssl)
        await super().close(abort_ssl=abort_ssl)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioSessions:
    """Sessions without cookies, each with connections of its own."""

    reads: aiohttp.ClientSession
    paid: aiohttp.ClientSession
    files: aiohttp.ClientSession


@asynccontextmanager
async def scenario_sessions() -> AsyncGenerator[ScenarioSessions]:
    async with AsyncExitStack() as stack:
        reads, paid, files = [
            await stack.enter_async_context(
                aiohttp.ClientSession(
                    connector=aiohttp.TCPConnector(limit=limit), cookie_jar=aiohttp.DummyCookieJar()
                )
            )
            for limit in (READS, PAID, FILES)
        ]
        yield ScenarioSessions(reads=reads, paid=paid, files=files)
