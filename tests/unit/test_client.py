"""What Discord says is read clean: orjson refuses half an emoji, and that would end the client."""

import json
from collections.abc import AsyncIterator
from typing import Any, cast

import aiohttp
import pytest
from discord.gateway import DiscordWebSocket
from discord.http import json_or_text

from bot.client import ImagineBot


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
