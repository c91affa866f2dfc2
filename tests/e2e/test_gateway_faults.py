"""The gateway fails in every way that Discord names, while jobs run: nothing is lost, nothing is doubled."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web

from tests.e2e.side import delivered, fault, heal, playing, prepared, running, side_by_side
from tests.e2e.stage import Json, Stage

RESUMED: dict[str, Json] = {
    "op 7": {"kind": "op7"},
    "op 9 resumable": {"kind": "op9", "resumable": True},
    "a close": {"kind": "close", "code": 4000},
    "a drop": {"kind": "drop"},
}
BEGUN_ANEW: tuple[dict[str, Json], ...] = (
    {"op 9": {"kind": "op9", "resumable": False}},
    {"a session that timed out": {"kind": "close", "code": 4009}},
)
"""The library waits five seconds before each new session, so these have stages of their own."""


async def test_a_broken_gateway_neither_loses_nor_doubles_a_result() -> None:
    await side_by_side(*(breaks(each) for each in (RESUMED, *BEGUN_ANEW)))


async def breaks(kinds: dict[str, Json]) -> None:
    async with playing(scenario={"seconds": 1.5}) as one:
        asked: list[tuple[str, str]] = []

        async def ask(prompt: str) -> str:
            generation = await one.imagine(prompt)
            asked.append((generation, prompt))
            return generation

        for name, broken in kinds.items():
            await running(one, await ask(f"before {name}"))
            sessions = await identified(one)
            await fault(one, "gateway", **broken)
            await one.until(lambda sessions=sessions: back(one, sessions), f"the bot to be back after {name}")
            await ask(f"after {name}")
        await side_by_side(*(story(one, generation, prompt) for generation, prompt in asked))
        assert len(await one.ledger()) == len(asked)


async def story(one: Stage, generation: str, prompt: str) -> None:
    await delivered(one, generation, prompt)


async def identified(one: Stage) -> int:
    """How often the bot identified or resumed so far."""
    records = (await one.get("/wire"))["records"]
    return sum(
        record["kind"] == "event" and record["name"] in {"READY", "RESUMED"} and record["direction"] == "out"
        for record in records
    )


async def back(one: Stage, before: int) -> bool:
    return await identified(one) > before and bool((await one.get("/state"))["connected"])


async def test_what_happens_while_nobody_listens_is_answered_afterwards() -> None:
    await side_by_side(a_command_sent_while_no_socket_is_open(), a_siege())


async def a_command_sent_while_no_socket_is_open() -> None:
    async with playing() as one:
        held = await fault(one, "gateway", "hold", times=None)
        await fault(one, "gateway", "op7")
        await one.until(lambda: gone(one), "the bot to be gone")
        generation = await one.imagine("asked into the void")
        assert one.record(generation) == {}
        await heal(one, held)
        await delivered(one, generation, "asked into the void")

        # an open socket on which nothing is heard any more, and then its end
        muted = await fault(one, "gateway", "mute")
        unheard = await one.imagine("asked a mute gateway")
        await fault(one, "gateway", "drop")
        await heal(one, muted)
        await delivered(one, unheard, "asked a mute gateway")
        assert len(await one.ledger()) == 2


async def a_siege() -> None:
    """The gateway refuses everybody for a while, with a job under way."""
    async with playing() as one:
        under_way = await one.imagine("drawn behind closed doors")
        await running(one, under_way)
        refusing = await fault(one, "gateway", "refuse", times=2)
        await fault(one, "gateway", "drop")
        await delivered(one, under_way, "drawn behind closed doors")
        await one.until(lambda: let_in(one, refusing), "the bot to be let in again")
        again = await one.imagine("asked after the siege")
        await delivered(one, again, "asked after the siege")
        assert len(await one.ledger()) == 2


async def gone(one: Stage) -> bool:
    return not (await one.get("/state"))["connected"]


async def let_in(one: Stage, refusing: str) -> bool:
    faults = (await one.get("/faults"))["faults"]
    spent = any(fault["id"] == refusing and fault["hits"] == 2 for fault in faults)
    return spent and bool((await one.get("/state"))["connected"])


async def test_an_event_that_comes_twice_buys_once() -> None:
    async with prepared() as one, Relay.opened(one) as relay:
        gateway = relay.gateway
        await fault(one, "discord", "status", path="/gateway/bot", status=200, body=gateway, times=None)
        await one.start_bot()

        # Discord sends the same event twice in a row
        relay.twice = True
        doubled = await one.imagine("sent twice in a row")
        await delivered(one, doubled, "sent twice in a row")
        relay.twice = False
        assert relay.doubled == 1

        # Discord replays, after a resume, what the bot had heard already: while its job runs, and after
        await one.call("POST", "/script", json={"prompt_contains": "under way", "seconds": 4})
        replayed = await one.imagine("replayed when under way")
        await running(one, replayed)
        heard = relay.interactions
        relay.rewind = 1000
        await fault(one, "gateway", "drop")

        async def heard_again() -> bool:
            return relay.interactions >= 2 * heard

        await one.until(heard_again, "the events to be replayed")
        await delivered(one, replayed, "replayed when under way")
        await delivered(one, doubled, "sent twice in a row")
        after = await one.imagine("asked after the replay")
        await delivered(one, after, "asked after the replay")
        assert len(await one.ledger()) == 3


class Relay:
    """A gateway between the bot and the sandbox's, which can say things twice.

    `twice`: each interaction is sent again at once. `rewind`: the next RESUME claims to have heard so many
    events less than the bot did, so that the sandbox itself replays them.
    """

    def __init__(self, one: Stage) -> None:
        self.twice = False
        self.rewind = 0
        self.doubled = 0
        self.interactions = 0
        self.gateway: dict[str, Any] = {}
        self._one = one
        self._target = ""
        self._address = ""

    @classmethod
    @asynccontextmanager
    async def opened(cls, one: Stage) -> AsyncGenerator["Relay"]:
        relay = cls(one)
        app = web.Application()
        app.router.add_get("/", relay.serve)
        runner = web.AppRunner(app, shutdown_timeout=1.0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        relay._address = f"ws://{host}:{port}/"
        headers = {
            "Authorization": f"Bot {one.addresses['discord_token']}",
            "User-Agent": "DiscordBot (x, 1)",
        }
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{one.addresses['discord_base_url']}/gateway/bot", headers=headers) as answer,
        ):
            relay.gateway = await answer.json()
        relay._target = relay.gateway["url"]
        relay.gateway["url"] = relay._address
        try:
            yield relay
        finally:
            await one.stop_bot()
            await runner.cleanup()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        bot = web.WebSocketResponse(max_msg_size=0, timeout=1.0)
        await bot.prepare(request)
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(
                self._target, params={"v": "10", "encoding": "json"}, max_msg_size=0
            ) as discord,
        ):
            ways = [
                asyncio.create_task(self._up(bot, discord)),
                asyncio.create_task(self._down(discord, bot)),
            ]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            if discord.closed and not bot.closed and request.transport is not None:
                request.transport.abort()
            elif bot.close_code is not None and not discord.closed:
                await discord.close(code=bot.close_code)
        return bot

    async def _up(self, bot: web.WebSocketResponse, discord: aiohttp.ClientWebSocketResponse) -> None:
        async for message in bot:
            payload = json.loads(message.data)
            if payload["op"] == 2:
                payload["d"]["compress"] = False
            if payload["op"] == 6 and self.rewind:
                payload["d"]["seq"] = max(1, payload["d"]["seq"] - self.rewind)
                self.rewind = 0
            await discord.send_str(json.dumps(payload))

    async def _down(self, discord: aiohttp.ClientWebSocketResponse, bot: web.WebSocketResponse) -> None:
        async for message in discord:
            payload = json.loads(message.data)
            if payload["t"] == "READY":
                payload["d"]["resume_gateway_url"] = self._address
            await bot.send_str(json.dumps(payload))
            if payload["t"] == "INTERACTION_CREATE":
                self.interactions += 1
                if self.twice:
                    self.doubled += 1
                    await bot.send_str(json.dumps(payload))
