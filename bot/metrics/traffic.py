"""What Scenario and Discord answer, by the class of what they say."""

import asyncio
import re
from itertools import product
from types import SimpleNamespace
from typing import Final

import aiohttp
import discord
from prometheus_client import CollectorRegistry, Counter, Histogram

from bot.clock import Clock
from bot.scenario.api import errors
from bot.scenario.api.errors import ScenarioError

SHARES: Final = ("reads", "paid", "files")
CLASSES: Final = (
    errors.Rejected,
    errors.BadInput,
    errors.WrongKey,
    errors.OutOfCredits,
    errors.Forbidden,
    errors.PlanLocked,
    errors.NotFound,
    errors.Busy,
    errors.Unreachable,
    errors.Unavailable,
)
"""What one request to Scenario may come to."""
WELL: Final = "ok"
SILENT: Final = "no_answer"
OUTCOMES: Final = {401: "unauthorized", 403: "forbidden", 404: "not_found", 429: "rate_limited"}
"""Of Discord's, by status."""
ROUTES: Final = (
    ("answer", re.compile(r"/interactions/(\d+)/[^/]+/callback$")),
    ("token", re.compile(r"/webhooks/\d+/")),
    ("channel", re.compile(r"/channels/\d+/messages")),
)
"""Ways to Discord: the first answer to an interaction, what its token may do, what the bot itself may."""
OTHER: Final = "other"
REJECTED: Final = "rejected"
DOWN: Final = "unavailable"
QUICK: Final = (0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30)
"""Seconds. Three are Discord's limit for an answer."""


class ScenarioTraffic:
    """Hears of each request to Scenario's API."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._answers = Counter(
            "imagine_scenario_requests",
            "Requests to Scenario: their share, and ok or the class of the error.",
            ["share", "outcome"],
            registry=registry,
        )
        self._seconds = Histogram(
            "imagine_scenario_request_seconds",
            "How long Scenario took.",
            ["share"],
            buckets=QUICK,
            registry=registry,
        )
        for share, outcome in product(SHARES, (WELL, *map(_named, CLASSES))):
            self._answers.labels(share, outcome)  # 0, and not missing: a rate knows no first time otherwise

    def heard(self, share: str, error: ScenarioError | None, seconds: float) -> None:
        """One request is over."""
        outcome = WELL if error is None else _named(type(error))
        self._answers.labels(share, outcome).inc()
        self._seconds.labels(share).observe(seconds)


class DiscordTraffic:
    """Hears of each request to Discord's REST interface."""

    def __init__(self, registry: CollectorRegistry, clock: Clock) -> None:
        self._clock = clock
        self._answers = Counter(
            "imagine_discord_requests",
            "Requests to Discord: what for, and ok or the class of the refusal.",
            ["route", "outcome"],
            registry=registry,
        )
        self._seconds = Histogram(
            "imagine_discord_request_seconds",
            "How long Discord took.",
            ["route"],
            buckets=QUICK,
            registry=registry,
        )
        self._acknowledged = Histogram(
            "imagine_acknowledged_seconds",
            "From an interaction, by Discord's clock, to its first answer, by ours.",
            buckets=QUICK,
            registry=registry,
        )
        outcomes = (WELL, *OUTCOMES.values(), REJECTED, DOWN, SILENT)
        for route, outcome in product((*(name for name, _ in ROUTES), OTHER), outcomes):
            self._answers.labels(route, outcome)

    def listen(self, trace: aiohttp.TraceConfig) -> None:
        """Hear from now on what this hears."""
        trace.on_request_start.append(self._begun)
        trace.on_request_end.append(self._answered)
        trace.on_request_exception.append(self._broken)

    async def _begun(
        self, _: aiohttp.ClientSession, context: SimpleNamespace, __: aiohttp.TraceRequestStartParams
    ) -> None:
        context.begun = self._clock.monotonic()

    async def _answered(
        self, _: aiohttp.ClientSession, context: SimpleNamespace, told: aiohttp.TraceRequestEndParams
    ) -> None:
        status = told.response.status
        route, found = _route(told.url.path)
        self._count(route, _outcome(status), context)
        if found is not None and route == "answer" and status < 300:
            waited = self._clock.now() - discord.utils.snowflake_time(int(found[1]))
            self._acknowledged.observe(max(0.0, waited.total_seconds()))

    async def _broken(
        self, _: aiohttp.ClientSession, context: SimpleNamespace, told: aiohttp.TraceRequestExceptionParams
    ) -> None:
        if not isinstance(told.exception, asyncio.CancelledError):
            self._count(_route(told.url.path)[0], SILENT, context)

    def _count(self, route: str, outcome: str, context: SimpleNamespace) -> None:
        self._answers.labels(route, outcome).inc()
        self._seconds.labels(route).observe(self._clock.monotonic() - context.begun)


def _route(path: str) -> tuple[str, re.Match[str] | None]:
    return next(((name, found) for name, form in ROUTES if (found := form.search(path))), (OTHER, None))


def _outcome(status: int) -> str:
    if status < 400:
        return WELL
    return OUTCOMES.get(status, REJECTED if status < 500 else DOWN)


def _named(error: type[ScenarioError]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", error.__name__).lower()
