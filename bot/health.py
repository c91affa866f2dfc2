"""Health over HTTP, for whoever watches the process. Nothing listens unless HTTP_PORT is set.

`GET /healthz`: 200 while the event loop turns. `GET /readyz`: 200 when the gateway is ready, the database can
be written and Scenario answers; else 503. Both with a JSON object that names each part.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from bot.endings import ENDINGS

Check = Callable[[], Awaitable[bool]]

PATIENCE: Final = 5.0
"""Seconds for one part to answer."""


class CannotListen(OSError):
    """The port is taken, or the address is not ours. The text is fit to be shown."""


@asynccontextmanager
async def serve(host: str, port: int, checks: Mapping[str, Check]) -> AsyncGenerator[int]:
    """Listen for as long as the context lasts. Yields the port. Raises CannotListen.

    checks: what must hold to be ready, by name; one that raises or is late does not hold.
    """

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def readyz(_: web.Request) -> web.Response:
        names = list(checks)
        holds = await asyncio.gather(*(_holds(checks[name]) for name in names))
        parts = dict(zip(names, holds, strict=True))
        return web.json_response(parts, status=200 if all(holds) else 503)

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz)])
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


async def _holds(check: Check) -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            return await check()
    except ENDINGS:
        raise
    except BaseException:  # whatever it is: it is not ready
        return False
