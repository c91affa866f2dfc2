"""The gateway over real WebSockets, against a small world."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
import zstandard
from aiohttp import web

from sandbox.clock import Clock
from sandbox.discord.gateway import Gateway
from sandbox.discord.session_starts import SessionStarts
from sandbox.faults import Faults
from sandbox.wire import Wire

Json = dict[str, Any]

TOKEN = "MTAw.x.y"
GUILDS = ["300000000000000000", str(300000000000000000 + (1 << 22))]
ALL_UNPRIVILEGED = 0b1111101111101111101 & ~(1 << 15) & ~(1 << 8) & ~(1 << 1) & 0x1FFFF


class SmallWorld:
    application_id = "100"
    privileged_allowed = False

    def __init__(self) -> None:
        self.starts = SessionStarts()
        self.bot_user: Json = {"id": "100", "username": "bot", "discriminator": "0", "avatar": None}

    def valid_token(self, token: str) -> bool:
        return token == TOKEN

    def ready_guilds(self) -> list[Json]:
        return [{"id": guild, "unavailable": True} for guild in GUILDS]

    def guild_create(self, guild_id: str) -> Json:
        names = ("alice", "bob")
        members = [{"user": {"id": str(10 + n), "username": name}} for n, name in enumerate(names)]
        return {"id": guild_id, "name": "Imagine HQ", "members": members}


class Bot:
    """A client by hand: what a library does, without its conveniences."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, decompress: Callable[[bytes], bytes]) -> None:
        self.socket = socket
        self.decompress = decompress

    async def send(self, op: int, data: object) -> None:
        await self.socket.send_str(json.dumps({"op": op, "d": data}))

    async def read(self) -> Json:
        message = await self.socket.receive(timeout=3)
        if message.type is aiohttp.WSMsgType.TEXT:
            return json.loads(message.data)
        assert message.type is aiohttp.WSMsgType.BINARY, f"closed with {self.socket.close_code}"
        return json.loads(self.decompress(message.data))

    async def identify(self, **more: Any) -> Json:
        data = {"token": TOKEN, "intents": ALL_UNPRIVILEGED, "properties": {"os": "x"}} | more
        await self.send(2, data)
        ready = await self.read()
        assert ready["t"] == "READY"
        return ready

    async def closed(self) -> int:
        while True:
            message = await self.socket.receive(timeout=3)
            if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED):
                return self.socket.close_code or 0

    async def resume(self, session: str, seq: int) -> None:
        await self.send(6, {"token": TOKEN, "session_id": session, "seq": seq})

    async def silent(self, seconds: float = 0.15) -> bool:
        try:
            await self.socket.receive(timeout=seconds)
        except TimeoutError:
            return True
        return False


class Place:
    """A gateway that listens, and bots to it."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.wire = Wire(self.clock)
        self.faults = Faults(self.clock)
        self.world = SmallWorld()
        self.gateway = Gateway(self.world, self.clock, self.wire, self.faults)
        self.url = ""
        self.session: aiohttp.ClientSession
        self.sockets: list[aiohttp.ClientWebSocketResponse] = []

    async def bot(self, query: str = "v=10&encoding=json", *, hello: bool = True) -> Bot:
        socket = await self.session.ws_connect(f"{self.url}?{query}")
        self.sockets.append(socket)
        decompress: Callable[[bytes], bytes] = zlib.decompress
        if "zlib-stream" in query:
            decompress = zlib.decompressobj().decompress
        if "zstd-stream" in query:
            decompress = zstandard.ZstdDecompressor().decompressobj().decompress
        bot = Bot(socket, decompress)
        if hello:
            assert (await bot.read())["d"] == {"heartbeat_interval": 41250}
        return bot

    async def ready(self, query: str = "v=10&encoding=json", **more: Any) -> tuple[Bot, Json]:
        bot = await self.bot(query)
        ready = await bot.identify(**more)
        for _ in ready["d"]["guilds"]:
            assert (await bot.read())["t"] == "GUILD_CREATE"
        return bot, ready["d"]

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(3):
            while not true():  # noqa: ASYNC110 - what is awaited has no event
                await asyncio.sleep(0.005)


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    place = Place()
    app = web.Application()
    app.router.add_get("/discord/gateway", place.gateway.handler)
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    place.url = f"ws://127.0.0.1:{runner.addresses[0][1]}/discord/gateway"
    async with aiohttp.ClientSession() as place.session:
        yield place
        for socket in place.sockets:
            await socket.close()
    await place.gateway.shutdown()
    await runner.cleanup()


@pytest.mark.parametrize("compress", ["", "&compress=zlib-stream", "&compress=zstd-stream"])
async def test_logs_in_on_every_transport(place: Place, compress: str):
    bot = await place.bot("v=10&encoding=json" + compress)
    assert not place.gateway.connected
    ready = await bot.identify()
    assert ready["s"] == 1
    data = ready["d"]
    assert (data["v"], data["user"]["id"], data["application"]["id"]) == (10, "100", "100")
    assert data["guilds"] == place.world.ready_guilds()
    assert data["session_id"]
    assert data["resume_gateway_url"] == place.url
    assert [(await bot.read())["d"]["id"] for _ in GUILDS] == GUILDS
    assert place.gateway.connected
    for number in range(50):
        assert place.gateway.dispatch("INTERACTION_CREATE", {"n": number, "text": "é" * 3000})
    seen = [await bot.read() for _ in range(50)]
    assert [one["d"]["n"] for one in seen] == list(range(50))
    assert [one["s"] for one in seen] == list(range(4, 54))
    assert place.wire.violations == []


async def test_payload_compression_compresses_what_is_long(place: Place):
    bot = await place.bot()
    await bot.send(2, {"token": TOKEN, "intents": 1, "properties": {}, "compress": True})
    first = await bot.socket.receive(timeout=3)
    assert first.type is aiohttp.WSMsgType.BINARY
    assert json.loads(zlib.decompress(first.data))["t"] == "READY"


async def test_heartbeats_are_acknowledged_even_before_identify(place: Place):
    bot = await place.bot()
    await bot.send(1, None)
    assert (await bot.read())["op"] == 11


async def test_without_a_session_nobody_is_told(place: Place):
    assert not place.gateway.dispatch("INTERACTION_CREATE", {})
    await place.bot()
    assert not place.gateway.dispatch("INTERACTION_CREATE", {})


@pytest.mark.parametrize("how", ["op7", "drop", "close"])
async def test_a_resume_replays_what_happened_while_no_socket_was_open(place: Place, how: str):
    bot, ready = await place.ready()
    place.faults.add({"half": "gateway", "kind": how})
    if how == "op7":
        assert (await bot.read())["op"] == 7
        await bot.socket.close(code=4000)
    else:
        assert await bot.closed() == (1006 if how == "drop" else 4000)
    await place.until(lambda: not place.gateway.connected)
    event = {"id": "1", "nested": {"value": 1}}
    assert place.gateway.dispatch("INTERACTION_CREATE", event)
    event["nested"] = {"value": 2}
    again = await place.bot()
    await again.resume(ready["session_id"], 3)
    missed, resumed = await again.read(), await again.read()
    assert (missed["t"], missed["s"], missed["d"]["nested"]) == ("INTERACTION_CREATE", 4, {"value": 1})
    assert (resumed["t"], resumed["s"]) == ("RESUMED", 5)
    place.gateway.dispatch("INTERACTION_CREATE", {"id": "2"})
    assert (await again.read())["s"] == 6


async def test_a_resume_takes_the_session_from_a_connection_that_seems_alive(place: Place):
    bot, ready = await place.ready()
    again = await place.bot()
    await again.resume(ready["session_id"], 1)
    assert [(await again.read())["t"] for _ in range(3)] == ["GUILD_CREATE", "GUILD_CREATE", "RESUMED"]
    assert await bot.closed() == 4000
    assert place.gateway.connected


@pytest.mark.parametrize("code", [1000, 1001])
async def test_a_client_that_says_goodbye_ends_its_session(place: Place, code: int):
    bot, ready = await place.ready()
    await bot.socket.close(code=code)
    await place.until(lambda: not place.gateway.connected)
    assert not place.gateway.dispatch("INTERACTION_CREATE", {})
    again = await place.bot()
    await again.resume(ready["session_id"], 3)
    answer = await again.read()
    assert (answer["op"], answer["d"]) == (9, False)
    assert (await again.identify())["d"]["session_id"] != ready["session_id"]


async def test_a_client_whose_connection_breaks_may_resume(place: Place):
    bot, ready = await place.ready()
    sock = bot.socket.get_extra_info("socket")
    sock.shutdown(2)
    await place.until(lambda: not place.gateway.connected)
    assert place.gateway.dispatch("INTERACTION_CREATE", {})
    again = await place.bot()
    await again.resume(ready["session_id"], 3)
    assert (await again.read())["t"] == "INTERACTION_CREATE"


async def test_a_session_without_a_connection_ends_after_a_while(place: Place):
    bot, _ = await place.ready()
    await bot.socket.close(code=4000)
    await place.until(lambda: not place.gateway.connected)
    place.clock.advance(place.gateway.resume_seconds - 5)
    assert place.gateway.dispatch("INTERACTION_CREATE", {})
    place.clock.advance(6)
    assert not place.gateway.dispatch("INTERACTION_CREATE", {})


@pytest.mark.parametrize(
    "fault", [{"kind": "close", "code": 4009}, {"kind": "close", "code": 4000, "resumable": False}]
)
async def test_a_non_resumable_close_ends_the_session(place: Place, fault: Json):
    bot, ready = await place.ready()
    assert place.faults.add({"half": "gateway", **fault})["hits"] == 1
    assert not place.gateway.dispatch("INTERACTION_CREATE", {})
    assert await bot.closed() == fault["code"]
    again = await place.bot()
    await again.resume(ready["session_id"], 3)
    assert (await again.read())["d"] is False
    assert place.wire.violations == []


async def test_op9_not_resumable_lets_the_client_identify_again(place: Place):
    bot, ready = await place.ready()
    place.faults.add({"half": "gateway", "kind": "op9"})
    answer = await bot.read()
    assert (answer["op"], answer["d"]) == (9, False)
    assert not place.gateway.connected
    assert (await bot.identify())["d"]["session_id"] != ready["session_id"]
    assert place.gateway.connected


@pytest.mark.parametrize("same", [True, False], ids=["same connection", "new connection"])
async def test_op9_resumable_keeps_the_session(place: Place, same: bool):
    bot, ready = await place.ready()
    place.faults.add({"half": "gateway", "kind": "op9", "resumable": True})
    assert (await bot.read())["d"] is True
    assert place.gateway.dispatch("INTERACTION_CREATE", {})
    if not same:
        await bot.socket.close(code=4000)
        bot = await place.bot()
    await bot.resume(ready["session_id"], 3)
    assert [(await bot.read())["t"] for _ in range(2)] == ["INTERACTION_CREATE", "RESUMED"]
    assert place.gateway.connected


async def test_a_zombie_does_not_acknowledge_until_healed(place: Place):
    bot, _ = await place.ready()
    fault = place.faults.add({"half": "gateway", "kind": "zombie"})
    await bot.send(1, 3)
    place.gateway.dispatch("INTERACTION_CREATE", {})
    assert (await bot.read())["t"] == "INTERACTION_CREATE"
    place.faults.remove(fault["id"])
    await bot.send(1, 4)
    assert (await bot.read())["op"] == 11
    await bot.send(1, 4)
    assert (await bot.read())["op"] == 11


async def test_a_mute_connection_hears_later_what_it_missed(place: Place):
    bot, _ = await place.ready()
    place.faults.add({"half": "gateway", "kind": "mute"})
    for number in range(3):
        assert place.gateway.dispatch("INTERACTION_CREATE", {"n": number})
    await bot.send(1, 3)
    assert (await bot.read())["op"] == 11
    place.faults.remove(None)
    assert [(await bot.read())["d"]["n"] for _ in range(3)] == [0, 1, 2]


async def test_a_deaf_connection_ignores_the_client(place: Place):
    bot, _ = await place.ready()
    place.faults.add({"half": "gateway", "kind": "deaf"})
    await bot.send(99, None)
    await bot.send(1, None)
    assert await bot.silent()
    place.faults.remove(None)
    await bot.send(1, None)
    assert (await bot.read())["op"] == 11


async def test_a_heartbeat_can_be_asked_for(place: Place):
    bot, _ = await place.ready()
    place.faults.add({"half": "gateway", "kind": "op1"})
    assert (await bot.read())["op"] == 1


async def test_new_connections_can_be_refused_and_held(place: Place):
    place.faults.add({"half": "gateway", "kind": "refuse", "times": 2})
    for _ in range(2):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await place.bot()
        assert refused.value.status == 503
    fault = place.faults.add({"half": "gateway", "kind": "hold"})
    connecting = asyncio.create_task(place.bot())
    await place.until(lambda: place.faults.listing()[1]["holding"] == 1)
    place.faults.remove(fault["id"])
    await (await connecting).identify()


IDENTIFY: Json = {"token": TOKEN, "intents": 1, "properties": {}}


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"op": 42, "d": {}}, 4001),
        ({"op": "2", "d": {}}, 4001),
        ({"op": 2, "d": None}, 4002),
        ({"op": 2, "d": {"token": TOKEN, "properties": {}}}, 4002),
        ({"op": 1, "d": "x" * 4096}, 4002),
        ([1], 4002),
        ({"op": 3, "d": {}}, 4003),
        ({"op": 8, "d": {"guild_id": GUILDS[0]}}, 4003),
        ({"op": 2, "d": IDENTIFY | {"token": "wrong"}}, 4004),
        ({"op": 6, "d": {"token": "wrong", "session_id": "x", "seq": 1}}, 4004),
        ({"op": 2, "d": IDENTIFY | {"shard": [2, 2]}}, 4010),
        ({"op": 2, "d": IDENTIFY | {"shard": "all"}}, 4010),
        ({"op": 2, "d": IDENTIFY | {"intents": 1 << 30}}, 4013),
        ({"op": 2, "d": IDENTIFY | {"intents": 1 << 15}}, 4014),
    ],
)
async def test_close_codes(place: Place, sent: object, code: int):
    bot = await place.bot()
    await bot.socket.send_str(json.dumps(sent))
    assert await bot.closed() == code
    # A wrong token and a switch in the portal are set-up, not a client's mistake.
    assert [one["code"] for one in place.wire.violations] == ([] if code in (4004, 4014) else [code])


async def test_text_that_is_no_json_closes_with_4002(place: Place):
    bot = await place.bot()
    await bot.socket.send_str("{")
    assert await bot.closed() == 4002


async def test_a_second_identify_closes_with_4005(place: Place):
    bot, _ = await place.ready()
    await bot.send(2, IDENTIFY)
    assert await bot.closed() == 4005


async def test_a_seq_from_the_future_closes_with_4007_and_ends_the_session(place: Place):
    bot, ready = await place.ready()
    await bot.socket.close(code=4000)
    again = await place.bot()
    await again.resume(ready["session_id"], 99)
    assert await again.closed() == 4007
    assert not place.gateway.dispatch("INTERACTION_CREATE", {})


async def test_the_121st_payload_in_a_minute_closes_with_4008(place: Place):
    bot = await place.bot()
    for _ in range(120):
        await bot.send(1, None)
    for _ in range(120):
        assert (await bot.read())["op"] == 11
    place.clock.advance(60)
    await bot.send(1, None)
    assert (await bot.read())["op"] == 11
    for _ in range(120):
        await bot.send(1, None)
    assert await bot.closed() == 4008


@pytest.mark.parametrize("query", ["v=6&encoding=json", "v=10&encoding=etf", "v=10&compress=brotli", ""])
async def test_an_unsupported_address_is_closed_for_good(place: Place, query: str):
    bot = await place.bot(query, hello=False)
    assert await bot.closed() == 4012


async def test_zstd_without_its_package_is_refused(place: Place, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(__import__("sys").modules, "zstandard", None)
    socket = await place.session.ws_connect(f"{place.url}?v=10&encoding=json&compress=zstd-stream")
    assert await Bot(socket, bytes).closed() == 4012


async def test_an_unknown_key_in_identify_is_remembered(place: Place):
    await place.ready(guild_subscriptions=True)
    assert [one["key"] for one in place.wire.violations] == ["guild_subscriptions"]


async def test_shards_get_their_own_guilds_and_events(place: Place):
    bots = [await place.ready(shard=[number, 2]) for number in range(2)]
    for number, (bot, ready) in enumerate(bots):
        [guild] = ready["guilds"]
        assert ready["shard"] == [number, 2]
        assert (int(guild["id"]) >> 22) % 2 == number
        assert place.gateway.dispatch("INTERACTION_CREATE", {"n": number}, guild_id=guild["id"])
        assert (await bot.read())["d"] == {"n": number}
    assert place.gateway.dispatch("INTERACTION_CREATE", {"n": "dm"})
    assert (await bots[0][0].read())["d"] == {"n": "dm"}
    assert await bots[1][0].silent()


async def test_one_shard_of_a_bucket_identifies_in_five_seconds(place: Place):
    starts = place.world.starts
    starts.identify_seconds, starts.max_concurrency = 5, 2
    await place.ready(shard=[0, 4])
    await place.ready(shard=[1, 4])
    late = await place.bot()
    data: Json = {"token": TOKEN, "intents": ALL_UNPRIVILEGED, "properties": {}, "shard": [2, 4]}
    await late.send(2, data)
    assert (await late.read())["op"] == 9
    assert [one["shard"] for one in place.wire.violations] == [2]
    place.clock.advance(4.9)
    await late.send(2, data)
    assert (await late.read())["op"] == 9, "a refused one counts for nothing, the one before it does"
    place.clock.advance(0.2)
    await late.identify(shard=[2, 4])
    limit = starts.limit(place.clock.now())
    assert (limit["total"], limit["remaining"], limit["max_concurrency"]) == (1000, 997, 2)
    assert 0 < limit["reset_after"] <= 24 * 3600 * 1000
    place.clock.advance(24 * 3600)
    assert starts.limit(place.clock.now())["remaining"] == 1000


async def test_more_sessions_than_a_day_has_close_with_4004(place: Place):
    starts = place.world.starts
    starts.sessions_a_day = 1
    await place.ready()
    assert starts.limit(place.clock.now())["remaining"] == 0
    bot = await place.bot()
    await bot.send(2, {"token": TOKEN, "intents": ALL_UNPRIVILEGED, "properties": {}})
    assert await bot.closed() == 4004
    assert [one["code"] for one in place.wire.violations] == [4004]
    place.clock.advance(24 * 3600)
    await place.ready()


async def test_too_many_guilds_for_a_shard_close_with_4011(place: Place):
    place.world.starts.most_guilds = 1
    bot = await place.bot()
    await bot.send(2, {"token": TOKEN, "intents": ALL_UNPRIVILEGED, "properties": {}})
    assert await bot.closed() == 4011
    await place.ready(shard=[0, 2])
    assert [one["code"] for one in place.wire.violations] == [4011]


async def test_one_shard_may_have_several_sessions_and_each_is_told(place: Place):
    bots = [(await place.ready())[0] for _ in range(2)]
    assert [one["shard"] for one in place.gateway.sessions()] == [[0, 1], [0, 1]]
    assert place.gateway.dispatch("INTERACTION_CREATE", {"n": 1}, guild_id=GUILDS[0])
    for bot in bots:
        assert (await bot.read())["d"] == {"n": 1}


async def test_a_session_is_told_with_its_connection_and_how_often_it_was_resumed(place: Place):
    bot, ready = await place.ready()
    await bot.socket.close(code=4000)
    await place.until(lambda: not place.gateway.sessions()[0]["connected"])
    again = await place.bot()
    await again.resume(ready["session_id"], 1)
    await place.until(lambda: place.gateway.sessions()[0]["connected"])
    (session,) = place.gateway.sessions()
    assert session == {"id": ready["session_id"], "shard": [0, 1], "connected": True, "resumed": 1}


async def test_intents_choose_the_events(place: Place):
    bot = await place.bot()
    await bot.identify(intents=1 << 12)
    assert not place.gateway.dispatch("MESSAGE_CREATE", {"content": "x"}, guild_id=GUILDS[0])
    assert not place.gateway.dispatch("CHANNEL_UPDATE", {}, guild_id=GUILDS[0])
    assert place.gateway.dispatch("MESSAGE_CREATE", {"content": "x"})
    assert (await bot.read())["d"]["content"] == "x"
    assert place.gateway.dispatch("INTERACTION_CREATE", {}, guild_id=GUILDS[0])


async def test_message_content_is_blank_without_its_intent(place: Place):
    bot, _ = await place.ready()
    for author, text in (("10", ""), ("100", "hi")):
        data: Json = {"content": "hi", "author": {"id": author}, "guild_id": GUILDS[0], "embeds": [{}]}
        place.gateway.dispatch("MESSAGE_CREATE", data, guild_id=GUILDS[0])
        assert (await bot.read())["d"]["content"] == text


async def test_members_are_sent_on_request(place: Place):
    bot, _ = await place.ready()
    await bot.send(8, {"guild_id": GUILDS[0], "query": "al", "limit": 5, "nonce": "n"})
    chunk = (await bot.read())["d"]
    assert [one["user"]["username"] for one in chunk["members"]] == ["alice"]
    assert (chunk["guild_id"], chunk["chunk_count"], chunk["nonce"]) == (GUILDS[0], 1, "n")
    await bot.send(8, {"guild_id": GUILDS[0], "user_ids": ["11", "77"]})
    chunk = (await bot.read())["d"]
    assert ([one["user"]["id"] for one in chunk["members"]], chunk["not_found"]) == (["11"], ["77"])
    await bot.send(3, {"status": "online", "activities": [], "since": None, "afk": False})
    await bot.send(4, {"guild_id": GUILDS[0], "channel_id": None, "self_mute": False, "self_deaf": False})
    assert await bot.silent()
    assert place.wire.violations == []


async def test_a_plain_request_is_told_what_this_is(place: Place):
    async with place.session.get(place.url.replace("ws:", "http:")) as answer:
        assert answer.status == 400
