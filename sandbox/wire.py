"""What crossed the wire, kept in memory for tests and for whoever watches. Never a secret."""

import asyncio
import re
import time
from collections import deque
from collections.abc import AsyncIterator
from typing import Any
from weakref import WeakSet

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from sandbox.clock import Clock
from sandbox.json import Json, load_object

KEPT = 1000

DROPPED = web.RequestKey("dropped", bool)
"""Set on a request whose connection was dropped: it is recorded with status 0."""

_TOKENS = re.compile(r"/(webhooks|interactions)/([^/]+)/([^/?]+)")


def masked(path: str) -> str:
    """The path without interaction and webhook tokens."""
    return _TOKENS.sub(r"/\1/\2/<token>", path)


class Wire:
    """A ring of the last records and the list of violations.

    A record is `{"at", "kind": "request", "half", "method", "path", "status", "code", "ms"}`,
    `{"at", "kind": "event", "direction", "name"}` or `{"at", "kind": "violation", "what", …facts}`.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._now = clock.now if clock else time.time
        self._records: deque[Json] = deque(maxlen=KEPT)
        # Weak, so that a watcher who goes away needs no farewell.
        self._queues: WeakSet[asyncio.Queue[Json]] = WeakSet()
        self.violations: list[Json] = []

    def request(
        self, half: str, method: str, path: str, status: int, *, code: int | None = None, ms: float = 0.0
    ) -> None:
        """One request and its answer. Status 0: it got none. `code` is the code in an error's body."""
        self._keep(
            {
                "kind": "request",
                "half": half,
                "method": method,
                "path": masked(path),
                "status": status,
                "code": code,
                "ms": round(ms, 1),
            }
        )

    def event(self, direction: str, name: str) -> None:
        """One gateway message; direction "in" (from the client) or "out"."""
        self._keep({"kind": "event", "direction": direction, "name": name})

    def violate(self, what: str, **facts: Any) -> None:
        """A client's mistake, in words, with the facts that help to find it."""
        kept = {key: masked(fact) if isinstance(fact, str) else fact for key, fact in facts.items()}
        self.violations.append({"what": what, **kept})
        self._keep({"kind": "violation", "what": what, **kept})

    def records(self) -> list[Json]:
        """The last records, oldest first."""
        return list(self._records)

    def subscribe(self) -> AsyncIterator[Json]:
        """Every record from now on. A watcher that falls far behind loses the newest."""
        queue: asyncio.Queue[Json] = asyncio.Queue(KEPT)
        self._queues.add(queue)
        return _drain(queue)

    def middleware(self, half: str) -> Middleware:
        """Records each request of that half with the answer it got."""

        @web.middleware
        async def record(request: web.Request, handler: Handler) -> web.StreamResponse:
            began = time.perf_counter()
            status, code = 500, None
            try:
                answer = await handler(request)
                status = 0 if request.get(DROPPED) else answer.status
                code = _code(answer)
                return answer
            except web.HTTPException as refusal:
                status, code = refusal.status, _code(refusal)
                raise
            finally:
                ms = (time.perf_counter() - began) * 1000
                self.request(half, request.method, request.path, status, code=code, ms=ms)

        return record

    def _keep(self, record: Json) -> None:
        record = {"at": self._now(), **record}
        self._records.append(record)
        for queue in list(self._queues):
            if not queue.full():
                queue.put_nowait(record)


def _code(answer: web.StreamResponse) -> int | None:
    if answer.status < 400 or not isinstance(answer, web.Response) or not isinstance(answer.body, bytes):
        return None
    code = (load_object(answer.body) or {}).get("code")
    return code if isinstance(code, int) else None


async def _drain(queue: asyncio.Queue[Json]) -> AsyncIterator[Json]:
    while True:
        yield await queue.get()
