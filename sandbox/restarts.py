"""Orders to restart the bot: the page gives them, whoever started the bot waits for them and obeys."""

import asyncio
import time

from aiohttp import web

from sandbox.spoil import present

PATIENCE = 25.0
"""Seconds for which one request waits at most."""

POLL = 0.5
GRACE = 3.0
"""A supervisor that asks again within this time is still there."""


class Restarts:
    """A count of orders. The sandbox starts no processes itself."""

    def __init__(self) -> None:
        self.asked = 0
        self._waiting = 0
        self._left = -GRACE
        self._changed = asyncio.Event()

    @property
    def supervised(self) -> bool:
        """Whether somebody waits for orders."""
        return self._waiting > 0 or time.monotonic() - self._left < GRACE

    def ask(self) -> int:
        """Give an order. Returns how many there were."""
        self.asked += 1
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
        return self.asked

    async def wait(self, request: web.Request, after: int) -> int:
        """How many orders there were, as soon as there were more than `after`, or after a while."""
        until = time.monotonic() + PATIENCE
        self._waiting += 1
        try:
            while self.asked <= after and present(request) and time.monotonic() < until:
                try:
                    async with asyncio.timeout(POLL):
                        await self._changed.wait()
                except TimeoutError:
                    continue
        finally:
            self._waiting -= 1
            self._left = time.monotonic()
        return self.asked
