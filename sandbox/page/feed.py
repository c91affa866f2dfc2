"""Server-sent events: which channels changed, what crossed the wire, and how the stage stands."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from weakref import WeakSet

from aiohttp import web

from sandbox.discord.state import Message
from sandbox.json import Json, dump
from sandbox.spoil import present
from sandbox.wire import Wire

KEPT = 1000
PULSE = 1.0
"""Seconds between two looks at what nobody reports: a bot that left, a clock that jumped."""


class Watcher:
    """One open stream. It hears of what its member may see."""

    def __init__(self, member_id: str) -> None:
        self.member_id = member_id
        self.queue: asyncio.Queue[tuple[str, Json]] = asyncio.Queue(KEPT)

    def tell(self, kind: str, data: Json) -> None:
        """A watcher that falls far behind loses the newest, as it does with the wire."""
        with suppress(asyncio.QueueFull):
            self.queue.put_nowait((kind, data))


class Feed:
    """`state` describes what is true now; it is sent when the stream opens and whenever it changed."""

    def __init__(self, wire: Wire, state: Callable[[], Json]) -> None:
        self._wire, self._state = wire, state
        self._watchers: WeakSet[Watcher] = WeakSet()

    def touched(self, message: Message) -> None:
        """A message came, changed or went."""
        for watcher in list(self._watchers):
            if message.visible_to in (None, watcher.member_id):
                watcher.tell("channel", {"id": message.channel_id})

    async def stream(self, request: web.Request, member_id: str) -> web.StreamResponse:
        """Send until the browser leaves."""
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        answer = web.StreamResponse(headers=headers)
        await answer.prepare(request)
        watcher = Watcher(member_id)
        self._watchers.add(watcher)
        pump = asyncio.create_task(_pump(self._wire.subscribe(), watcher))
        try:
            with suppress(ConnectionError):
                await self._run(request, answer, watcher)
        finally:
            pump.cancel()
            self._watchers.discard(watcher)
        return answer

    async def _run(self, request: web.Request, answer: web.StreamResponse, watcher: Watcher) -> None:
        said: Json = {}
        while present(request):
            now = self._state()
            if now != said:
                said = now
                await _send(answer, "state", now)
            try:
                async with asyncio.timeout(PULSE):
                    kind, data = await watcher.queue.get()
            except TimeoutError:
                # A line that says nothing shows whether the browser is still there.
                await answer.write(b":\n\n")
                continue
            await _send(answer, kind, data)


async def _pump(records: AsyncIterator[Json], watcher: Watcher) -> None:
    async for record in records:
        watcher.tell("wire", record)


async def _send(answer: web.StreamResponse, kind: str, data: Json) -> None:
    await answer.write(f"event: {kind}\ndata: {dump(data)}\n\n".encode())
