"""A server that answers as it is told, and a client for it."""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from bot.clock import Clock, SystemClock
from bot.scenario.client import ScenarioClient

KEY, SECRET = "key_of_the_test", "secret_of_the_test"


@asynccontextmanager
async def serving(app: web.Application) -> AsyncGenerator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def connected(
    base_url: str, key: str = KEY, secret: str = SECRET, clock: Clock | None = None
) -> AsyncGenerator[ScenarioClient]:
    connector = aiohttp.TCPConnector(limit=64)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield ScenarioClient(session, base_url, key, secret, clock or SystemClock())


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Cue:
    """A server whose answers are scripted; remembers what it was asked. The last answer is repeated."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.answers: list[Handler] = []
        self.origin = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.bodies.append(await request.read())
        self.asked.append((request.method, request.raw_path))
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        handler = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return await handler(request)


def says(status: int, body: object = None, **headers: str) -> Handler:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=raw, headers=named)

    return answer


async def reset(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def hang(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(5)
    return web.Response()


async def truncated(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Length": "100000"})
    await answer.prepare(request)
    await answer.write(b'{"job": {"jobId": "job_1"')
    assert request.transport is not None
    request.transport.close()
    return answer


async def endless(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse()
    await answer.prepare(request)
    while True:
        await answer.write(b" " * 65536)


JOB = {"job": {"jobId": "job_1", "status": "queued"}}


def routed(table: dict[str, list[Handler]]) -> Handler:
    """Answers by `METHOD /path`, the last of each repeated; anything else is a route that is not there."""

    async def answer(request: web.Request) -> web.StreamResponse:
        handlers = table.get(f"{request.method} {request.path}")
        if not handlers:
            return web.json_response({"reason": "Not found"}, status=404)
        return await (handlers.pop(0) if len(handlers) > 1 else handlers[0])(request)

    return answer
