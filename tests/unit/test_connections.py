"""Ninety of one kind get no answer, and those of another kind have connections of their own."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot import connections
from bot.app import App, build
from bot.cards import loop as cards
from bot.generation import fates
from bot.scenario.api.records import File
from bot.settings import load

STUCK = 90
TOKEN = "token"


class World:
    """Both halves of the outside on one port. What is named in `stuck` gets no answer."""

    def __init__(self) -> None:
        self.stuck: set[str] = set()
        self._held = asyncio.Semaphore(0)
        self._over = asyncio.Event()

    @asynccontextmanager
    async def up(self) -> AsyncGenerator[str]:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        async with TestServer(app) as server:
            self._base = str(server.make_url("/"))
            yield self._base
            self._over.set()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        if any(part in f"{request.method} {path}" for part in self.stuck):
            self._held.release()
            await self._over.wait()
        if path.endswith("/gateway/bot"):
            return web.json_response({"url": f"{self._base.replace('http', 'ws')}socket"})
        if path.endswith("/socket"):
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            return socket
        if "/files/" in path:
            return web.Response(body=b"\x89PNG\r\n\x1a\n")
        return web.json_response({"job": {"jobId": "job_1", "status": "queued"}})

    async def reached(self, count: int) -> None:
        """Wait until so many hang."""
        for _ in range(count):
            await self._held.acquire()


@asynccontextmanager
async def tied() -> AsyncGenerator[tuple[World, App, str]]:
    world = World()
    async with AsyncExitStack() as stack:
        base = await stack.enter_async_context(world.up())
        settings = {
            "DISCORD_TOKEN": TOKEN,
            "DISCORD_BASE_URL": f"{base}api/v10",
            "SCENARIO_API_KEY": "key",
            "SCENARIO_API_SECRET": "secret",
            "SCENARIO_BASE_URL": f"{base}v1",
            "DATABASE_URL": "sqlite://",
        }
        yield world, await stack.enter_async_context(build(load(settings))), base


@asynccontextmanager
async def hanging(*calls: asyncio.Task[object]) -> AsyncGenerator[None]:
    try:
        async with asyncio.timeout(5):
            yield
    finally:
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)


async def test_edits_without_an_answer_leave_room_for_acknowledgements_and_the_gateway() -> None:
    async with (
        tied() as (world, app, base),
        aiohttp.ClientSession(connector=app.client.http.connector) as session,
    ):

        async def edit(number: int) -> object:
            async with session.patch(f"{base}api/v10/webhooks/1/token{number}/messages/@original") as answer:
                return answer.status

        world.stuck = {"PATCH"}
        edits = [asyncio.create_task(edit(number)) for number in range(STUCK)]
        async with hanging(*edits):
            await world.reached(64)
            async with session.post(f"{base}api/v10/interactions/1/token/callback") as answer:
                assert answer.status == 200
            async with session.ws_connect(f"{base.replace('http', 'ws')}socket") as socket:
                assert not socket.closed


async def test_each_shard_keeps_its_socket_however_many_there_are() -> None:
    async with (
        tied() as (_, app, base),
        aiohttp.ClientSession(connector=app.client.http.connector) as session,
        AsyncExitStack() as stack,
        asyncio.timeout(20),
    ):
        for _shard in range(150):  # more than any share of the others
            await stack.enter_async_context(session.ws_connect(f"{base.replace('http', 'ws')}socket"))
        async with session.get(f"{base}api/v10/gateway/bot") as answer:
            assert answer.status == 200


@pytest.mark.parametrize("kind", ["files", "uploads", "reads", "purchases"])
async def test_whatever_hangs_at_scenario_a_purchase_goes_out_and_a_job_is_read(
    kind: str, tmp_path: Path
) -> None:
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    async with tied() as (world, app, base):

        async def stick(number: int) -> object:
            match kind:
                case "files":
                    return await app.studio.fetch(f"{base}files/{number}", tmp_path / str(number), cap=99)
                case "uploads":
                    file = File(path=picture, size=8, mime_type="image/png")
                    return await app.studio.upload(file, name="picture.png")
                case "reads":
                    return await app.studio.model(f"model_{number}")
                case _:
                    return await app.studio.submit("model_slow", {"prompt": str(number)})

        world.stuck = {"/files/", "POST /v1/assets", "/v1/models", "/v1/generate/custom/model_slow"}
        calls = [asyncio.create_task(stick(number)) for number in range(STUCK)]
        async with hanging(*calls):
            await world.reached(30)
            if kind != "reads":
                assert (await app.studio.job("job_1")).id == "job_1"
            if kind != "purchases":
                assert (await app.studio.submit("model_quick", {})).job.id == "job_1"


async def test_a_closed_bot_leaves_no_connection_behind() -> None:
    async with tied() as (_, app, base):
        connector = app.client.http.connector
        async with aiohttp.ClientSession(connector=connector) as session:
            await session.post(f"{base}api/v10/interactions/1/token/callback")
            await session.get(f"{base}api/v10/gateway/bot")
        assert connector.closed


def test_the_loops_shares_fit_into_the_connections() -> None:
    assert cards.FILES + cards.LAST_WORDS + cards.PROGRESS + cards.COPIES < connections.CARDS
    assert cards.FILES + cards.COPIES + fates.LACKS[fates.Lack.FILES] < connections.FILES
    assert fates.PURCHASES < connections.PAID
    reads = fates.READS + sum(fates.LACKS.values()) + cards.FILES + cards.COPIES
    assert reads <= connections.READS
