"""What Discord says is read clean: orjson refuses half an emoji, and that would end the client. And how the
way to another Discord than the real one is found."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any, cast

import aiohttp
import discord
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from discord.gateway import DiscordWebSocket
from discord.http import Route, json_or_text

from bot.client import ImagineBot, aim
from tests.support.clock import HeldClock


@pytest.fixture
async def bot() -> AsyncIterator[ImagineBot]:
    async def nothing() -> None:
        return

    async with ImagineBot(aiohttp.TCPConnector(), on_setup=nothing) as made:
        yield made


class Socket:
    """What the library's own reading of a message wants around it, and nothing more."""

    DISPATCH = DiscordWebSocket.DISPATCH

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.shard_id, self.sequence, self._keep_alive = 0, None, None
        self._dispatch_listeners: list[Any] = []
        self._discord_parsers = {"INTERACTION_CREATE": self.heard.append}

    def log_receive(self, message: str) -> None: ...

    def _dispatch(self, *event: str) -> None: ...


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("a fo\ud83d", "a fo\ufffd"),
        ("nul\0", "nul\ufffd"),
        ("\U0001f98a", "\U0001f98a"),
    ],
)
async def test_what_a_member_types_comes_in_clean(bot: ImagineBot, typed: str, read: str) -> None:
    socket = Socket()
    options = [{"name": "prompt", "value": typed}, {"name": typed, "value": ["x", typed]}]
    event = {"op": 0, "s": 7, "t": "INTERACTION_CREATE", "d": {"data": {"options": options}}}
    await DiscordWebSocket.received_message(cast("Any", socket), json.dumps(event))
    (heard,) = socket.heard
    clean = [{"name": "prompt", "value": read}, {"name": read, "value": ["x", read]}]
    assert heard["data"]["options"] == clean


async def test_so_does_what_rest_answers_and_what_is_no_json_is_still_refused(bot: ImagineBot) -> None:
    class Answer:
        headers = {"content-type": "application/json"}  # noqa: RUF012

        def __init__(self, said: str) -> None:
            self.said = said

        async def text(self, encoding: str) -> str:
            return self.said

    assert await json_or_text(cast("Any", Answer('{"content": "fo\\ud83d"}'))) == {"content": "fo\ufffd"}
    for broken in ("{", '{"\\ud83d'):
        with pytest.raises(ValueError, match=r"."):
            await json_or_text(cast("Any", Answer(broken)))


# -- another Discord --------------------------------------------------------------------------------------


class Elsewhere:
    """Answers the question where the gateway is: with these statuses, the last one for ever."""

    def __init__(self, *statuses: int, **headers: str) -> None:
        self.asked: list[str] = []
        self._statuses = statuses
        self._headers = headers

    async def gateway(self, request: web.Request) -> web.Response:
        status = self._statuses[min(len(self.asked), len(self._statuses) - 1)]
        self.asked.append(request.headers["Authorization"])
        if status == 200:
            return web.json_response({"url": "ws://gateway.example"})
        headers = {name.replace("_", "-"): value for name, value in self._headers.items()}
        return web.Response(status=status, headers=headers)

    async def aim(self, clock: HeldClock) -> str:
        """Its address, once the client is led there."""
        service = web.Application()
        service.router.add_get("/gateway/bot", self.gateway)
        async with TestServer(service) as server:
            address = str(server.make_url("")).rstrip("/")
            await aim(address, "token", clock)
            return address


@pytest.fixture
def _led_back() -> Iterator[None]:
    """What leads the library elsewhere leads the whole process there."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    yield
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before


@pytest.mark.usefixtures("_led_back")
@pytest.mark.parametrize(
    ("told", "waited"), [({"Retry_After": "3"}, 3.0), ({"Retry_After": "900"}, 10.0), ({}, 1.0)]
)
async def test_a_rate_limit_on_the_way_is_waited_for(told: dict[str, str], waited: float) -> None:
    elsewhere, clock = Elsewhere(429, 429, 429, 429, 200, **told), HeldClock(auto=True)
    address = await elsewhere.aim(clock)
    assert elsewhere.asked == ["Bot token"] * 5
    assert clock.slept == [waited] * 4
    assert address == Route.BASE
    assert str(DiscordWebSocket.DEFAULT_GATEWAY) == "ws://gateway.example"


@pytest.mark.usefixtures("_led_back")
@pytest.mark.parametrize(("status", "asked"), [(429, 5), (500, 1), (404, 1)])
async def test_what_does_not_pass_is_no_way(status: int, asked: int) -> None:
    elsewhere, clock, before = Elsewhere(status), HeldClock(auto=True), Route.BASE
    with pytest.raises(aiohttp.ClientResponseError) as refused:
        await elsewhere.aim(clock)
    assert refused.value.status == status
    assert len(elsewhere.asked) == asked
    assert before == Route.BASE


@pytest.mark.usefixtures("_led_back")
async def test_a_token_that_is_not_accepted_is_told_from_a_way_that_is_not_there() -> None:
    with pytest.raises(discord.LoginFailure):
        await Elsewhere(401).aim(HeldClock(auto=True))
