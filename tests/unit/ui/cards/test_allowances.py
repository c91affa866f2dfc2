"""How much more a channel takes is read from Discord's answers to the library's own requests."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

import aiohttp
import discord
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.ui.cards.allowances import OLD, OLD_SPACING, Allowances
from tests.support.clock import START, HeldClock

CHANNEL, OTHER = 555, 556
YOUNG = discord.utils.time_snowflake(START - timedelta(minutes=20))
AGED = discord.utils.time_snowflake(START - OLD - timedelta(seconds=1))


class Discord:
    """Answers what it is told to."""

    def __init__(self) -> None:
        self.clock = HeldClock()
        self.allowances = Allowances(self.clock)
        self.status = 200
        self.headers: dict[str, str] = {}
        self._session: aiohttp.ClientSession
        self._base = ""

    @asynccontextmanager
    async def up(self) -> AsyncGenerator[None]:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        async with (
            TestServer(app) as server,
            aiohttp.ClientSession(trace_configs=[self.allowances.trace]) as self._session,
        ):
            self._base = str(server.make_url("/api/v10"))
            yield

    async def _answer(self, _: web.Request) -> web.Response:
        return web.Response(status=self.status, headers=self.headers)

    async def answer(
        self, left: int | None, after: str = "4.5", *, message: int = YOUNG, method: str = "PATCH"
    ) -> None:
        """It answers a request for a message of the channel with what is left until when."""
        told = {"X-RateLimit-Remaining": str(left), "X-RateLimit-Reset-After": after}
        self.headers = self.headers if left is None else {**self.headers, **told}
        url = f"{self._base}/channels/{CHANNEL}/messages/{message}"
        async with self._session.request(method, url) as answer:
            assert answer.status == self.status

    def rest(self, channel: int = CHANNEL, message: int = YOUNG) -> float:
        return self.allowances.rest(channel, message)


async def test_the_last_edit_of_an_allowance_is_left_to_those_that_cannot_wait() -> None:
    one = Discord()
    async with one.up():
        await one.answer(2)
        assert one.rest() == 0
        await one.answer(1)
        assert (one.rest(), one.rest(OTHER)) == (4.5, 0)
        one.clock.jump(4.5)
        assert one.rest() == 0
        await one.answer(1, method="GET")  # another bucket
        one.headers = {}
        await one.answer(None)
        assert one.rest() == 0


@pytest.mark.parametrize("after", ["soon", "", "-1"])
async def test_a_header_that_is_none_keeps_nobody_waiting(after: str) -> None:
    one = Discord()
    async with one.up():
        await one.answer(0, after)
        assert one.rest() == 0


async def test_after_a_refusal_a_channel_rests_as_long_as_is_said() -> None:
    one = Discord()
    one.status = 429
    async with one.up():
        await one.answer(3, "2")  # a limit below the one that is counted there
        assert (one.rest(), one.rest(OTHER)) == (2, 0)


async def test_at_the_limit_of_all_everything_that_can_wait_rests() -> None:
    one = Discord()
    one.status, one.headers = 429, {"X-RateLimit-Global": "true", "Retry-After": "7"}
    async with one.up():
        await one.answer(None)
    assert (one.rest(), one.rest(OTHER)) == (7, 7)
    one.clock.jump(7)
    assert one.rest(OTHER) == 0


async def test_messages_of_more_than_an_hour_ago_are_edited_seldom_in_one_channel() -> None:
    one = Discord()
    async with one.up():
        await one.answer(4, message=AGED)
        assert (one.rest(), one.rest(message=AGED), one.rest(OTHER, AGED)) == (0, OLD_SPACING, 0)


async def test_channels_whose_time_is_over_are_forgotten() -> None:
    one = Discord()
    async with one.up():
        await one.answer(1)
        for number in range(2_000):
            one.allowances.note(number, YOUNG, left=0, seconds=1.0)
            one.clock.jump(1)
    assert len(one.allowances) <= 1_001
