"""Health over HTTP, for whoever watches the process. Nothing listens unless HTTP_PORT is set.

`GET /healthz`: 200 while the event loop turns. `GET /readyz`: 200 when the gateway is ready, the database can
be written and Scenario answers; else 503. Both with a JSON object that names each part. What was found is
told for some seconds, and whoever asks meanwhile waits for the same look: watching must not cost what it
watches.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from bot.clock import Clock, SystemClock
from bot.endings import ENDINGS

Check = Callable[[], Awaitable[bool]]

PATIENCE: Final = 5.0
"""Seconds for one part to answer."""
FRESH: Final = 3.0
"""Seconds for which what was found is told again."""


class CannotListen(OSError):
    """The port is taken, or the address is not ours. The text is fit to be shown."""


@asynccontextmanager
async def serve(
    host: str,
    port: int,
    checks: Mapping[str, Check],
    clock: Clock | None = None,
    *,
    more: Iterable[web.RouteDef] = (),
) -> AsyncGenerator[int]:
    """Listen for as long as the context lasts. Yields the port. Raises CannotListen.

    checks: what must hold to be ready, by name; one that raises or is late does not hold. more: what
    else is served there.
    """
    readiness = _Readiness(checks, clock or SystemClock())

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def readyz(_: web.Request) -> web.Response:
        parts = await readiness.parts()
        return web.json_response(parts, status=200 if all(parts.values()) else 503)

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), *more])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise CannotListen(f"HTTP_HOST and HTTP_PORT: {error.strerror or error}.") from error
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


class _Readiness:
    """What was found of each part, and when."""

    def __init__(self, checks: Mapping[str, Check], clock: Clock) -> None:
        self._checks = checks
        self._clock = clock
        self._look: asyncio.Task[Mapping[str, bool]] | None = None
        self._until = 0.0

    async def parts(self) -> Mapping[str, bool]:
        look = self._look
        if look is None or (look.done() and self._clock.monotonic() >= self._until):
            look = self._look = asyncio.create_task(self._ask())
        return await asyncio.shield(look)  # who asked first and went away takes it from nobody

    async def _ask(self) -> Mapping[str, bool]:
        holds = await asyncio.gather(*map(_holds, self._checks.values()))
        self._until = self._clock.monotonic() + FRESH
        return dict(zip(self._checks, holds, strict=True))


async def _holds(check: Check) -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            return await check()
    except ENDINGS:
        raise
    except BaseException:  # whatever it is: it is not ready
        return False
