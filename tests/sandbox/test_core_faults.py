"""Faults over real sockets: what was processed, what was answered, and what was not."""

import asyncio
import contextlib
import io
import json
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from sandbox.clock import Clock
from sandbox.faults import Faults, SpecError
from sandbox.json import reply
from sandbox.wire import Wire

CALLBACK = "/discord/api/v10/interactions/1/token/callback"
ORIGINAL = "/discord/api/v10/webhooks/9/token/messages/@original"
GENERATE = "/scenario/v1/generate/custom/model_x"


class Server:
    """Both halves as one handler that remembers what it processed."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.wire = Wire(self.clock)
        self.faults = Faults(self.clock)
        self.processed: list[tuple[str, str, bytes]] = []
        self.working: list[web.Request] = []
        self.work = asyncio.Event()
        self.work.set()
        self.origin = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = b""
        if request.content_type.startswith("multipart/"):
            async for part in await request.multipart():
                assert isinstance(part, aiohttp.BodyPartReader)
                body += bytes(await part.read())
        else:
            body = await request.read()
        self.working.append(request)
        await self.work.wait()
        self.processed.append((request.method, request.path, body))
        if request.path.endswith("/missing"):
            raise web.HTTPNotFound(text="{}", content_type="application/json")
        return reply({"ok": True})

    def half(self, name: str) -> web.Application:
        app = web.Application(middlewares=[self.wire.middleware(name), self.faults.middleware(name)])
        app.router.add_route("*", "/{rest:.*}", self.handle)
        return app

    async def held(self, count: int = 1) -> None:
        await until(lambda: sum(fault["holding"] for fault in self.faults.listing()) == count)


async def until(true: Callable[[], bool], seconds: float = 5) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - what is awaited has no event
            await asyncio.sleep(0.005)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    app = web.Application(client_max_size=2**26)
    app.add_subapp("/discord", server.half("discord"))
    app.add_subapp("/scenario", server.half("scenario"))
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    server.faults.close()
    await runner.cleanup()


@pytest.fixture
async def client(server: Server) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(server.origin) as session:
        yield session


KILLED = """
import http.client, sys
conn = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
conn.request("POST", sys.argv[2], body=b"{}", headers={"Content-Type": "application/json"})
conn.getresponse().read()
"""


async def killed_client(server: Server, path: str) -> asyncio.subprocess.Process:
    port = server.origin.rsplit(":", 1)[1]
    return await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, port, path)


async def test_a_request_of_a_killed_process_held_before_is_never_processed(server: Server):
    path = "/interactions/*/*/callback"
    server.faults.add({"half": "discord", "method": "POST", "path": path, "kind": "hold"})
    process = await killed_client(server, CALLBACK)
    await server.held()
    process.kill()
    await process.wait()
    # Let go at once, before the sandbox had time to notice by itself.
    server.faults.remove(None)
    await until(lambda: bool(server.wire.records()))  # written when nothing more comes of a request
    assert server.processed == []
    assert server.wire.records()[0]["status"] == 0


async def test_the_count_of_held_requests_falls_when_the_process_dies(server: Server):
    server.faults.add({"half": "scenario", "path": "/generate/custom/*", "kind": "hold", "times": None})
    process = await killed_client(server, GENERATE)
    await server.held()
    process.kill()
    await process.wait()
    await server.held(0)
    assert server.processed == []


async def test_held_after_means_already_processed(server: Server):
    server.faults.add({"half": "scenario", "method": "POST", "path": "/generate/custom/*",
                       "kind": "hold", "when": "after"})  # fmt: skip
    process = await killed_client(server, GENERATE)
    await server.held()
    assert len(server.processed) == 1
    process.kill()
    await process.wait()
    await server.held(0)
    assert len(server.processed) == 1


async def test_after_runs_the_handler_to_its_end_though_the_client_dies_meanwhile(server: Server):
    server.work.clear()
    server.faults.add({"half": "scenario", "path": "/generate/*", "kind": "hold", "when": "after"})
    process = await killed_client(server, GENERATE)
    await until(lambda: len(server.working) == 1)
    process.kill()
    await process.wait()
    await until(lambda: server.working[0].transport is None)  # the server knows that nobody listens
    server.work.set()
    await until(lambda: len(server.processed) == 1)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_hold_that_is_removed_is_answered(server: Server, client: aiohttp.ClientSession, when: str):
    fault = server.faults.add({"half": "discord", "method": "PATCH", "kind": "hold", "when": when,
                               "path": "/webhooks/*/*/messages/@original"})  # fmt: skip
    asked = asyncio.create_task(client.patch(ORIGINAL, json={"content": "x"}))
    await server.held()
    assert len(server.processed) == (when == "after")
    server.faults.remove(fault["id"])
    async with await asked as answer:
        assert (answer.status, await answer.json()) == (200, {"ok": True})
    assert [entry[2] for entry in server.processed] == [b'{"content": "x"}']


async def test_a_refusal_held_after_keeps_its_status(server: Server, client: aiohttp.ClientSession):
    server.faults.add({"half": "scenario", "path": "/missing", "kind": "hold", "when": "after"})
    asked = asyncio.create_task(client.get("/scenario/v1/missing"))
    await server.held()
    server.faults.remove(None)
    async with await asked as answer:
        assert answer.status == 404


@pytest.mark.parametrize(("when", "processed"), [("before", 0), ("after", 1)])
async def test_reset_drops_the_connection(
    server: Server, client: aiohttp.ClientSession, when: str, processed: int
):
    server.faults.add({"half": "discord", "path": "*", "kind": "reset", "when": when})
    with pytest.raises(aiohttp.ClientError):
        await client.post(CALLBACK, json={})
    assert len(server.processed) == processed
    async with client.post(CALLBACK, json={}) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(("when", "processed"), [("before", 0), ("after", 1)])
async def test_status_replaces_the_answer(
    server: Server, client: aiohttp.ClientSession, when: str, processed: int
):
    server.faults.add({"half": "discord", "path": "*", "kind": "status", "status": 404, "code": 10015,
                       "message": "Unknown Webhook", "headers": {"X-One": "1"}, "when": when})  # fmt: skip
    async with client.patch(ORIGINAL, json={}) as answer:
        assert answer.status == 404
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["X-One"] == "1"
        assert await answer.json() == {"message": "Unknown Webhook", "code": 10015}
    assert len(server.processed) == processed
    assert server.wire.records()[0]["code"] == 10015


async def test_scenario_errors_have_a_reason(server: Server, client: aiohttp.ClientSession):
    server.faults.add({"half": "scenario", "kind": "status", "status": 503})
    async with client.get("/scenario/v1/jobs/j") as answer:
        assert (answer.status, await answer.json()) == (503, {"reason": "Service Unavailable"})
    server.faults.add({"half": "scenario", "kind": "status", "status": 400, "body": {"reason": "no", "x": 1}})
    async with client.get("/scenario/v1/jobs/j") as answer:
        assert (answer.status, await answer.json()) == (400, {"reason": "no", "x": 1})


async def test_rate_limits_carry_what_discord_py_needs(server: Server, client: aiohttp.ClientSession):
    server.faults.add({"half": "discord", "kind": "rate_limit", "retry_after": 0.25, "global": True})
    async with client.get("/discord/api/v10/users/@me") as answer:
        assert answer.status == 429
        body = await answer.json()
        assert (body["retry_after"], body["global"]) == (0.25, True)
        assert answer.headers["Via"]
        assert answer.headers["X-RateLimit-Scope"] == "global"
        assert answer.headers["X-RateLimit-Remaining"] == "0"
        assert float(answer.headers["X-RateLimit-Reset-After"]) == 0.25
        assert answer.headers["Retry-After"] == "1"


async def test_garbage_is_no_json(server: Server, client: aiohttp.ClientSession):
    server.faults.add({"half": "scenario", "kind": "garbage"})
    async with client.get("/scenario/v1/jobs/j") as answer:
        assert answer.status == 200
        with pytest.raises(json.JSONDecodeError):
            await answer.json()


async def test_slow_waits_on_the_sandbox_clock(server: Server, client: aiohttp.ClientSession):
    server.faults.add({"half": "scenario", "kind": "slow", "delay": 500})
    asked = asyncio.create_task(client.get("/scenario/v1/jobs/j"))
    await server.held()
    server.clock.advance(500)
    async with await asked as answer:
        assert answer.status == 200


async def test_slow_before_does_not_process_for_a_client_that_left(
    server: Server, client: aiohttp.ClientSession
):
    server.faults.add({"half": "scenario", "kind": "slow", "delay": 500})
    with pytest.raises(TimeoutError):
        await client.get("/scenario/v1/jobs/j", timeout=aiohttp.ClientTimeout(0.1))
    server.clock.advance(500)
    await until(lambda: bool(server.wire.records()))
    assert server.processed == []


async def test_skip_and_times_pick_which_requests_are_hit(server: Server, client: aiohttp.ClientSession):
    server.faults.add({"half": "scenario", "path": "/jobs/*", "kind": "status", "status": 500,
                       "skip": 1, "times": 2})  # fmt: skip
    seen: list[int] = []
    for _ in range(4):
        async with client.get("/scenario/v1/jobs/j") as answer:
            seen.append(answer.status)
    assert seen == [200, 500, 500, 200]
    assert server.faults.listing()[0]["hits"] == 2


async def test_the_body_picks_the_job_and_stays_readable(server: Server, client: aiohttp.ClientSession):
    server.faults.add({"half": "scenario", "kind": "status", "status": 500, "times": None,
                       "body_contains": 'red "fox" é'})  # fmt: skip
    async with client.post(GENERATE, json={"prompt": "a cat"}) as answer:
        assert answer.status == 200
    # json= sends é as an escape, the second client sends the letter itself.
    async with client.post(GENERATE, json={"prompt": 'a red "fox" é'}) as answer:
        assert answer.status == 500
    body = json.dumps({"prompt": 'red "fox" é'}, ensure_ascii=False).encode()
    async with client.post(GENERATE, data=body) as answer:
        assert answer.status == 500
    assert [json.loads(entry[2]) for entry in server.processed] == [{"prompt": "a cat"}]


async def test_a_multipart_body_is_matched_and_still_parsed(server: Server, client: aiohttp.ClientSession):
    def form(text: str) -> aiohttp.FormData:
        data = aiohttp.FormData()
        data.add_field("payload_json", json.dumps({"content": text}), content_type="application/json")
        data.add_field("files[0]", b"\x89PNG" * 100_000, filename="a.png", content_type="image/png")
        return data

    server.faults.add({"half": "discord", "kind": "status", "status": 500, "body_contains": "red fox"})
    async with client.patch(ORIGINAL, data=form("a blue cat")) as answer:
        assert answer.status == 200
    async with client.patch(ORIGINAL, data=form("a red fox")) as answer:
        assert answer.status == 500
    [entry] = server.processed
    assert entry[2] == b'{"content": "a blue cat"}' + b"\x89PNG" * 100_000


async def test_the_query_picks_too(server: Server, client: aiohttp.ClientSession):
    server.faults.add({"half": "scenario", "path": "/generate/*", "query": {"dryRun": None},
                       "kind": "status", "status": 500})  # fmt: skip
    async with client.post(GENERATE, params={"dryRun": "true"}, json={}) as answer:
        assert answer.status == 200
    async with client.post(GENERATE, json={}) as answer:
        assert answer.status == 500


async def test_one_half_does_not_see_the_faults_of_the_other(server: Server, client: aiohttp.ClientSession):
    server.faults.add({"half": "discord", "kind": "status", "status": 500})
    async with client.get("/scenario/v1/jobs/j") as answer:
        assert answer.status == 200


async def test_closing_drops_what_is_held_unprocessed(server: Server, client: aiohttp.ClientSession):
    server.faults.add({"half": "scenario", "kind": "hold"})
    # A POST, because aiohttp's client quietly repeats a GET whose connection was dropped.
    asked = asyncio.create_task(client.post(GENERATE, json={}))
    await server.held()
    server.faults.close()
    with pytest.raises(aiohttp.ClientError):
        await asked
    assert server.processed == []


async def test_a_held_upload_of_several_megabytes_is_seen_to_go_away(server: Server):
    server.faults.add({"half": "discord", "kind": "hold"})
    async with aiohttp.ClientSession(server.origin) as client:
        asked = asyncio.create_task(client.patch(ORIGINAL, data=io.BytesIO(b"x" * 9_000_000)))
        await server.held()
        asked.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asked
    await server.held(0)
    assert server.processed == []


GOOD: dict[str, Any] = {"half": "discord", "kind": "hold"}


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ({}, "half"),
        ({"half": "discord"}, "kind"),
        ({"half": "moon", "kind": "hold"}, "half"),
        ({"half": "discord", "kind": "op7"}, "kind"),
        ({"half": "gateway", "kind": "status"}, "kind"),
        (GOOD | {"wehn": "after"}, "wehn"),
        (GOOD | {"when": "later"}, "when"),
        (GOOD | {"times": True}, "times"),
        (GOOD | {"times": "3"}, "times"),
        (GOOD | {"status": 42}, "status"),
        (GOOD | {"headers": {"X": 1}}, "headers.X"),
        (GOOD | {"query": {"dryRun": True}}, "query.dryRun"),
        (GOOD | {"path": None}, "path"),
    ],
)
def test_a_fault_that_cannot_be_understood_is_refused_by_name(spec: dict[str, Any], says: str):
    with pytest.raises(SpecError, match=says):
        Faults().add(spec)


def test_a_listing_shows_the_whole_fault():
    faults = Faults()
    added = faults.add(GOOD | {"method": "patch", "global": True})
    assert faults.listing() == [added]
    assert added["id"] == "fault1"
    assert (added["method"], added["path"], added["times"], added["when"]) == ("PATCH", "*", 1, "before")
    assert (added["hits"], added["holding"], added["global"]) == (0, 0, True)
    with pytest.raises(KeyError):
        faults.remove("fault2")
    faults.remove("fault1")
    assert faults.listing() == []
