"""Requests to Scenario and to Discord, by the class of what was answered."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import aiohttp
import discord
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.clock import SystemClock
from bot.metrics import Metrics
from bot.scenario.api.errors import ScenarioError
from bot.scenario.client import ScenarioClient
from tests.contract.scripted import Cue, reset, says, serving
from tests.support.clock import START, HeldClock

HOST = "127.0.0.1"
INTERACTION = discord.utils.time_snowflake(START - timedelta(seconds=2))


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"imagine_{name}", labels)


# -- Scenario -----------------------------------------------------------------------------------------


@asynccontextmanager
async def scenario(cue: Cue, metrics: Metrics) -> AsyncGenerator[ScenarioClient]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", cue.handle)
    async with serving(app) as base, aiohttp.ClientSession() as session:
        yield ScenarioClient(session, base, "key", "secret", SystemClock(), heard=metrics.scenario.heard)


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, {"job": {"jobId": "job_1", "status": "queued"}}, "ok"),
        (400, {"reason": "no such seed"}, "bad_input"),
        (401, {}, "wrong_key"),
        (403, {"reason": "not enough credits"}, "out_of_credits"),
        (403, {"requiredPlan": {"name": "pro"}}, "plan_locked"),
        (404, {}, "not_found"),
        (418, {}, "rejected"),
        (429, {}, "busy"),
        (500, {}, "unavailable"),
    ],
)
async def test_an_answer_of_scenario_counts_under_its_class(status: int, body: object, outcome: str) -> None:
    cue, metrics = Cue(), Metrics(SystemClock())
    cue.answers = [says(status, body)]
    async with scenario(cue, metrics) as client:
        with suppress(ScenarioError):
            await client.submit("model_flux", {"prompt": "a secret prompt"})
    assert len(cue.asked) == 1
    assert value(metrics, "scenario_requests_total", share="paid", outcome=outcome) == 1.0
    assert value(metrics, "scenario_request_seconds_count", share="paid") == 1.0


async def test_a_connection_that_breaks_or_is_never_made_counts_too() -> None:
    cue, metrics = Cue(), Metrics(SystemClock())
    cue.answers = [reset]
    async with scenario(cue, metrics) as client:
        with pytest.raises(ScenarioError):
            await client.submit("model_flux", {"prompt": "a fox"})
    assert value(metrics, "scenario_requests_total", share="paid", outcome="unavailable") == 1.0
    async with aiohttp.ClientSession() as session:
        # nobody listens on a port that was free a moment ago
        async with serving(web.Application()) as base:
            pass
        client = ScenarioClient(session, base, "key", "secret", SystemClock(), heard=metrics.scenario.heard)
        with pytest.raises(ScenarioError):
            await client.submit("model_flux", {"prompt": "a fox"})
    assert value(metrics, "scenario_requests_total", share="paid", outcome="unreachable") == 1.0


async def test_each_repetition_of_a_read_counts() -> None:
    cue, metrics = Cue(), Metrics(SystemClock())
    cue.answers = [says(503, {}, Retry_After="0"), says(200, {"models": []})]
    async with scenario(cue, metrics) as client:
        await client.probe()
    assert value(metrics, "scenario_requests_total", share="reads", outcome="unavailable") == 1.0
    assert value(metrics, "scenario_requests_total", share="reads", outcome="ok") == 1.0


# -- Discord ------------------------------------------------------------------------------------------


class Discord:
    """Answers with `status`, after the clock has moved."""

    def __init__(self) -> None:
        self.clock = HeldClock()
        self.metrics = Metrics(self.clock)
        self.status = 200

    async def _answer(self, _: web.Request) -> web.Response:
        self.clock.jump(0.5)
        return web.Response(status=self.status)

    async def ask(self, method: str, path: str, status: int) -> None:
        self.status = status
        trace = aiohttp.TraceConfig()
        self.metrics.discord.listen(trace)
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        async with (
            TestServer(app) as server,
            aiohttp.ClientSession(trace_configs=[trace]) as session,
            session.request(method, server.make_url(f"/api/v10{path}")) as answer,
        ):
            assert answer.status == status

    def value(self, name: str, **labels: str) -> float | None:
        return value(self.metrics, name, **labels)


@pytest.mark.parametrize(
    ("path", "route"),
    [
        (f"/interactions/{INTERACTION}/token/callback", "answer"),
        ("/webhooks/99/token/messages/@original", "token"),
        ("/channels/555/messages/70000", "channel"),
        ("/users/@me", "other"),
    ],
)
@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (204, "ok"),
        (400, "rejected"),
        (401, "unauthorized"),
        (403, "forbidden"),
        (404, "not_found"),
        (429, "rate_limited"),
        (502, "unavailable"),
    ],
)
async def test_an_answer_of_discord_counts_under_its_way_and_class(
    path: str, route: str, status: int, outcome: str
) -> None:
    one = Discord()
    await one.ask("PATCH", path, status)
    assert one.value("discord_requests_total", route=route, outcome=outcome) == 1.0
    assert one.value("discord_request_seconds_sum", route=route) == 0.5


async def test_how_long_a_member_waited_for_the_first_answer_is_measured_from_the_interaction() -> None:
    one = Discord()
    await one.ask("POST", f"/interactions/{INTERACTION}/token/callback", 204)
    assert one.value("acknowledged_seconds_sum") == 2.5
    await one.ask("POST", f"/interactions/{INTERACTION}/token/callback", 404)
    assert one.value("acknowledged_seconds_count") == 1.0


async def test_a_discord_that_does_not_answer_is_a_class_of_its_own() -> None:
    metrics = Metrics(SystemClock())
    trace = aiohttp.TraceConfig()
    metrics.discord.listen(trace)
    async with serving(web.Application()) as base:
        pass
    async with aiohttp.ClientSession(trace_configs=[trace]) as session:
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.get(f"{base}/api/v10/users/@me")
    assert value(metrics, "discord_requests_total", route="other", outcome="no_answer") == 1.0
