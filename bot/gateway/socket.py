"""The library's WebSocket, which leaves nothing open behind it."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

import aiohttp
from discord.gateway import DiscordWebSocket

ABANDONED: Final = 4000
"""The close code after which Discord keeps the session, so that it can be resumed."""
GOODBYE: Final = 1.0
"""Seconds for Discord to answer a close. What it does then is its own."""


class ShardSocket(DiscordWebSocket):
    """Closed whenever whoever waits on it is stopped or fails, in a way that leaves the session."""

    farewell: int = ABANDONED
    """The code that it is closed with."""

    async def identify(self) -> None:
        """As the library's. It waits for this shard's turn, and may be stopped meanwhile."""
        async with self._closed_on_failure():
            await super().identify()

    async def resume(self) -> None:
        """As the library's."""
        async with self._closed_on_failure():
            await super().resume()

    async def poll_event(self) -> None:
        """As the library's, which closes for its own reasons already; whoever stops it leaves the session."""
        try:
            await super().poll_event()
        except asyncio.CancelledError:
            await self._part()
            raise

    async def _part(self) -> None:
        """Close without waiting long for the other side."""
        with contextlib.suppress(TimeoutError, aiohttp.ClientError, OSError):
            async with asyncio.timeout(GOODBYE):
                await self.close(self.farewell)

    @asynccontextmanager
    async def _closed_on_failure(self) -> AsyncGenerator[None]:
        try:
            yield
        except BaseException:
            await self._part()
            raise
