"""What crossed the wire, kept in memory for tests and for whoever watches. Never a secret."""

import asyncio
import re
import time
from collections import deque
from collections.abc import AsyncIterator
from typing import Any, cast
from weakref import WeakSet

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from sandbox.clock import Clock
from sandbox.json import Json, as_object, load

KEPT = 1000
MOST_KEPT = 100_000

DROPPED = web.RequestKey("dropped", bool)
"""Set on a request whose connection was dropped: it is recorded with status 0."""

SENT = web.RequestKey("sent", Json)
"""Set on a request whose body was read: `{"sent": JSON, "files": [names]}`."""

_TOKENS = re.compile(r"/(webhooks|interactions)/([^/]+)/([^/?]+)")


def masked(path: str) -> str:
    """The path without interaction and webhook tokens."""
    return _TOKENS.sub(r"/\1/\2/<token>", path)


def tokenless(value: object) -> Any:
    """A copy of a JSON value in which no key `token` tells anything."""
    if isinstance(value, dict):
        known = cast(Json, value)
        return {key: "<token>" if key == "token" else tokenless(inner) for key, inner in known.items()}
    if isinstance(value, list):
        return [tokenless(inner) for inner in cast("list[object]", value)]
    return value


class Wire:
    """A ring of the last records and the list of violations.

    A record is `{"at", "kind": "request", "half", "method", "path", "status", "code", "ms"}`,
    `{"at", "kind": "event", "direction", "name"}` or `{"at", "kind": "violation", "what", …facts}`.

    With `bodies`, a request of Discord's half also has `{"query", "sent", "files", "answer"}`, and an event
    `{"data"}`.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._now = clock.now if clock else time.time
        self._records: deque[Json] = deque(maxlen=KEPT)
        # Weak, so that a watcher who goes away needs no farewell.
        self._queues: WeakSet[asyncio.Queue[Json]] = WeakSet()
        self.violations: list[Json] = []
        self.bodies = False

    def keep(self, count: int) -> None:
        """How many records are kept from now on."""
        self._records = deque(self._records, maxlen=count)

    def request(
        self,
        half: str,
        method: str,
        path: str,
        status: int,
        *,
        code: int | None = None,
        ms: float = 0.0,
        bodies: Json | None = None,
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
                **(bodies or {}),
            }
        )

    def event(self, direction: str, name: str, data: object = None) -> None:
        """One gateway message; direction "in" (from the client) or "out"."""
        told: Json = {"data": tokenless(data)} if self.bodies else {}
        self._keep({"kind": "event", "direction": direction, "name": name, **told})

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
            answer: web.StreamResponse | None = None
            try:
                answer = await handler(request)
                return answer
            except web.HTTPException as refusal:
                answer = refusal
                raise
            finally:
                ms = (time.perf_counter() - began) * 1000
                self._answered(half, request, answer, ms)

        return record

    def _answered(
        self, half: str, request: web.Request, answer: web.StreamResponse | None, ms: float
    ) -> None:
        status = 0 if request.get(DROPPED) else answer.status if answer is not None else 500
        failed = as_object(_document(answer)) if status >= 400 else None
        code = failed.get("code") if failed is not None else None
        bodies: Json | None = None
        if self.bodies and half == "discord":
            document = tokenless(_document(answer))
            bodies = {"query": dict(request.query), "sent": None, "files": [], "answer": document}
            bodies |= tokenless(request.get(SENT, {}))
        code = code if isinstance(code, int) else None
        self.request(half, request.method, request.path, status, code=code, ms=ms, bodies=bodies)

    def _keep(self, record: Json) -> None:
        record = {"at": self._now(), **record}
        self._records.append(record)
        for queue in list(self._queues):
            if not queue.full():
                queue.put_nowait(record)


def _document(answer: web.StreamResponse | None) -> Any:
    """What was answered, if it is JSON."""
    if not isinstance(answer, web.Response) or not isinstance(answer.body, bytes):
        return None
    try:
        return load(answer.body)
    except ValueError:
        return None


async def _drain(queue: asyncio.Queue[Json]) -> AsyncIterator[Json]:
    while True:
        yield await queue.get()
