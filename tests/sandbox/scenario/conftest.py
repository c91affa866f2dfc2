"""A studio behind a real server, with its own clock and wire."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from sandbox.clock import Clock
from sandbox.scenario import Studio
from sandbox.scenario.api import Api
from sandbox.wire import Wire

Call = Callable[..., Awaitable[tuple[int, dict[str, Any]]]]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def wire(clock: Clock) -> Wire:
    return Wire(clock)


@pytest.fixture
async def studio(clock: Clock, wire: Wire) -> AsyncIterator[Studio]:
    """The studio, served on a free port; `studio.origin` is its address."""
    studio = Studio(clock, wire, "http://not-served-yet")
    half = web.Application(client_max_size=32 * 1024 * 1024)
    half.add_routes(Api(studio).routes())
    application = web.Application(client_max_size=32 * 1024 * 1024)
    application.add_subapp("/scenario", half)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    studio.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield studio
    await runner.cleanup()


@pytest.fixture
async def call(studio: Studio) -> AsyncIterator[Call]:
    """`status, body = await call("GET", "/models", json)` with the studio's own credentials."""
    options = studio.options
    headers = {"Authorization": aiohttp.encode_basic_auth(options.key, options.secret)}
    async with aiohttp.ClientSession(headers=headers) as session:

        async def ask(method: str, path: str, body: Any = None, **more: Any) -> tuple[int, dict[str, Any]]:
            given = {} if body is None else {"json": body}
            url = f"{studio.origin}/scenario/v1{path}"
            async with session.request(method, url, **given, **more) as answer:
                return answer.status, await answer.json()

        yield ask


@pytest.fixture
async def fetch() -> AsyncIterator[Callable[..., Awaitable[tuple[int, str, bytes]]]]:
    """`status, type, bytes = await fetch(url)` without credentials."""
    async with aiohttp.ClientSession() as session:

        async def get(url: str, method: str = "GET", **more: Any) -> tuple[int, str, bytes]:
            async with session.request(method, url, **more) as answer:
                return answer.status, answer.content_type, await answer.read()

        yield get
