"""What the sandbox itself had to do, and how late it was: a benchmark must know whom it measured."""

import asyncio
import contextlib
from collections import Counter

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from sandbox.json import Json

EVERY = 0.01
"""Seconds between two looks at how late the event loop is."""
MOST = 1_000_000
"""Looks that are remembered: the first hours."""


class Load:
    """Requests by their routes, and the event loop's lag, since `begin`."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, str, str]] = Counter()
        self._lags: list[float] = []
        self._watching: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Count and watch from now on; what was before is forgotten."""
        self._requests.clear()
        self._lags.clear()
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())

    async def close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
            self._watching = None

    def facts(self) -> Json:
        """`{requests: [{half, method, route, count}], lag_ms: {p50, p99, max}}`; no lag before `begin`."""
        rows = [
            {"half": half, "method": method, "route": route, "count": count}
            for (half, method, route), count in sorted(self._requests.items())
        ]
        return {"requests": rows, "lag_ms": _spread(self._lags)}

    def middleware(self, half: str) -> Middleware:
        """Counts each request of that half, whatever became of it."""

        @web.middleware
        async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
            resource = request.match_info.route.resource
            route = resource.canonical if resource is not None else ""
            self._requests[half, request.method, route] += 1
            return await handler(request)

        return count

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while len(self._lags) < MOST:
            due = loop.time() + EVERY
            await asyncio.sleep(EVERY)
            self._lags.append(max(0.0, loop.time() - due))


def _spread(seconds: list[float]) -> Json | None:
    """In ms; None of nothing."""
    if not seconds:
        return None
    ordered = sorted(seconds)

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 2)

    return {"p50": at(0.5), "p99": at(0.99), "max": at(1.0)}
