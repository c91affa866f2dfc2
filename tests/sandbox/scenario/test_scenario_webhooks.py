"""Webhook endpoints of the stand-in: how they are kept, and what is pushed to them."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from sandbox.clock import Clock
from sandbox.scenario import Studio
from sandbox.scenario.webhooks import SIGNATURE
from sandbox.wire import Wire
from tests.contract.scripted import serving
from tests.sandbox.scenario.conftest import Call

HOOKS = "/projects/proj_sandbox/webhook-endpoints"
BOTH = ["generation.completed", "generation.failed"]


class Receiver:
    """Takes pushes, after having refused as many as it is told to."""

    def __init__(self) -> None:
        self.taken: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.refusing = 0
        self.signed: list[tuple[bytes, str]] = []

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        if self.refusing:
            self.refusing -= 1
            return web.Response(status=503)
        self.signed.append((body, request.headers[SIGNATURE]))
        self.taken.put_nowait(json.loads(body))
        return web.Response(status=204)

    async def next(self) -> tuple[str, str]:
        """The event and the job of the next push."""
        push = await asyncio.wait_for(self.taken.get(), 10)
        return push["type"], push["data"]["jobId"]


@asynccontextmanager
async def pushing(studio: Studio, clock: Clock) -> AsyncGenerator[tuple[Receiver, str]]:
    """The stand-in pushes; a receiver, and its address."""
    receiver, app = Receiver(), web.Application()
    app.router.add_post("/here", receiver.take)
    task = asyncio.create_task(studio.webhooks.run(clock))
    try:
        async with serving(app) as origin:
            yield receiver, f"{origin}/here"
    finally:
        task.cancel()
        await studio.webhooks.close()


async def test_an_endpoint_is_made_listed_changed_and_removed(call: Call) -> None:
    wanted = {"url": "https://bot.example/pushes/x", "enabledEvents": BOTH, "description": "ours"}
    status, made = await call("POST", HOOKS, wanted)
    endpoint = made["webhookEndpoint"]
    assert status == 200
    assert endpoint["secret"]
    assert (endpoint["enabled"], endpoint["ownerType"]) == (True, "project")
    (listed,) = (await call("GET", HOOKS))[1]["webhookEndpoints"]
    assert listed == {name: value for name, value in endpoint.items() if name != "secret"}
    one = f"{HOOKS}/{endpoint['id']}"
    changed = (await call("PUT", one, {"enabled": False}))[1]["webhookEndpoint"]
    assert (changed["enabled"], changed["url"]) == (False, wanted["url"])
    assert (await call("DELETE", one))[0] == 200
    assert (await call("GET", HOOKS))[1] == {"webhookEndpoints": []}
    assert (await call("DELETE", one))[0] == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"url": "https://bot.example"},
        {"url": "bot.example", "enabledEvents": BOTH},
        {"url": "https://bot.example", "enabledEvents": ["generation.ended"]},
        {"url": "https://bot.example", "enabledEvents": []},
        {"url": "https://bot.example", "enabledEvents": BOTH, "enabled": "yes"},
    ],
)
async def test_one_that_cannot_be_is_refused(call: Call, body: dict[str, Any]) -> None:
    assert (await call("POST", HOOKS, body))[0] == 400
    assert (await call("GET", HOOKS))[1] == {"webhookEndpoints": []}


async def test_another_project_is_not_the_keys_and_an_account_may_have_none(
    call: Call, studio: Studio
) -> None:
    assert (await call("GET", "/projects/proj_other/webhook-endpoints"))[0] == 403
    studio.configure(off=["webhooks"])
    assert (await call("GET", HOOKS))[0] == 404


async def bought(call: Call, prompt: str = "a fox") -> str:
    body = {"prompt": prompt, "aspectRatio": "1:1"}
    return (await call("POST", "/generate/custom/model_imagen4-ultra", body))[1]["job"]["jobId"]


async def test_an_end_is_pushed_signed_when_it_comes_and_noted(
    call: Call, studio: Studio, clock: Clock, wire: Wire
) -> None:
    async with pushing(studio, clock) as (receiver, url):
        made = (await call("POST", HOOKS, {"url": url, "enabledEvents": ["*"]}))[1]["webhookEndpoint"]
        studio.script({"prompt_contains": "storm", "outcome": "failure"})
        well, badly = await bought(call), await bought(call, "a storm")
        assert {await receiver.next(), await receiver.next()} == {
            ("generation.created", well),
            ("generation.created", badly),
        }
        clock.advance(60)
        assert {await receiver.next(), await receiver.next()} == {
            ("generation.completed", well),
            ("generation.failed", badly),
        }
        body, signature = receiver.signed[0]
        assert signature == f"sha256={hmac.digest(made['secret'].encode(), body, 'sha256').hex()}"
        items = (await call("GET", f"{HOOKS}/{made['id']}/events"))[1]["items"]
        assert [len(item["attempts"]) for item in items] == [1, 1, 1, 1]
    assert wire.violations == []


async def test_only_what_was_asked_for_and_nothing_of_a_canceled_job(
    call: Call, studio: Studio, clock: Clock
) -> None:
    studio.configure(cancel="always")
    async with pushing(studio, clock) as (receiver, url):
        await call("POST", HOOKS, {"url": url, "enabledEvents": BOTH})
        canceled = await bought(call)
        await call("POST", f"/jobs/{canceled}/action", {"action": "cancel"})
        clock.advance(60)
        kept = await bought(call)
        clock.advance(60)
        assert await receiver.next() == ("generation.completed", kept)
        assert receiver.taken.empty()


async def test_a_push_that_is_not_taken_is_sent_again(call: Call, studio: Studio, clock: Clock) -> None:
    async with pushing(studio, clock) as (receiver, url):
        made = (await call("POST", HOOKS, {"url": url, "enabledEvents": BOTH}))[1]["webhookEndpoint"]
        receiver.refusing = 1
        job = await bought(call)
        clock.advance(60)
        assert await receiver.next() == ("generation.completed", job)
    (item,) = (await call("GET", f"{HOOKS}/{made['id']}/events"))[1]["items"]
    assert [each["responseStatusCode"] for each in item["attempts"]][:1] == [503]


async def test_pushes_are_repeated_lost_and_lie_as_they_are_told_to(
    call: Call, studio: Studio, clock: Clock
) -> None:
    async with pushing(studio, clock) as (receiver, url):
        await call("POST", HOOKS, {"url": url, "enabledEvents": BOTH})
        studio.configure(push_lost=1)
        await bought(call)
        clock.advance(60)
        studio.configure(push_lost=0, push_times=2)
        repeated = await bought(call)
        clock.advance(60)
        assert [await receiver.next() for _ in range(2)] == [("generation.completed", repeated)] * 2
        studio.configure(push_times=1, push_early=600)
        lied = await bought(call)
        assert await receiver.next() == ("generation.completed", lied)
        assert (await call("GET", f"/jobs/{lied}"))[1]["job"]["status"] in ("queued", "pending")


async def test_late_pushes_overtake_each_other(call: Call, studio: Studio, clock: Clock) -> None:
    studio.configure(push_late=50, seconds=0, parallel=50)
    async with pushing(studio, clock) as (receiver, url):
        await call("POST", HOOKS, {"url": url, "enabledEvents": BOTH})
        jobs = [await bought(call) for _ in range(12)]
        for _ in range(60):
            clock.advance(1)
            await asyncio.sleep(0.005)
        told = [(await receiver.next())[1] for _ in jobs]
    assert sorted(told) == sorted(jobs)
    assert told != jobs
