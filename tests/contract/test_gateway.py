"""The shards of a process before the stand-in's gateway: they begin, come back, move and end."""

import asyncio
import errno
import logging
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any, cast

import aiohttp
import discord
import pytest
from discord.gateway import DiscordWebSocket, ReconnectWebSocket
from discord.http import Route

from bot.client import ImagineBot, aim
from bot.gateway import connection
from bot.gateway.connection import LONGEST_PAUSE
from bot.gateway.shards import AGAIN, Shards
from bot.gateway.socket import ShardSocket
from bot.sharding.choosing import Choice
from bot.sharding.ports import Division, Look, Session
from sandbox.app import Sandbox
from tests.support.clock import HeldClock, breathe, until


@pytest.fixture(autouse=True)
def _led_back() -> Iterator[None]:
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    yield
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before


@pytest.fixture
async def sandbox() -> AsyncGenerator[Sandbox]:
    async with Sandbox() as made:
        made.world.starts.shards = 2
        await aim(made.addresses["discord_base_url"], made.world.token, HeldClock(auto=True))
        yield made
        assert made.wire.violations == []


class Shared:
    """Two shards, and who holds which: the table that several processes have in common."""

    count = 2
    common = False
    lasting = True

    def __init__(self, mine: dict[int, Session | None] | None = None) -> None:
        self.mine: dict[int, Session | None] = {0: None, 1: None} if mine is None else mine
        self.due: set[int] = set()
        self.given: list[tuple[int, Session | None]] = []
        self.remembered: Mapping[int, Session] = {}
        self.trouble: list[str] = []
        """What fails next: `look`, `give`."""
        self.may = asyncio.Event()
        self.may.set()
        self.held_back = 0
        """How often somebody had to wait to open a connection."""
        self.turns: list[int] = []
        self.left = False
        self.news = asyncio.Event()
        self.looks = 0

    def _fail(self, what: str) -> None:
        if what in self.trouble:
            self.trouble.remove(what)
            raise RuntimeError(f"{what} fails")

    async def look(self) -> Look:
        self._fail("look")
        self.looks += 1
        return Look(mine=dict(self.mine), give=[*self.due] if not self.left else [*self.mine])

    async def changed(self) -> None:
        self.news.clear()
        await self.news.wait()

    async def allowed(self) -> None:
        self.held_back += not self.may.is_set()
        await self.may.wait()

    async def turn(self, shard: int) -> None:
        self.turns.append(shard)

    async def remember(self, sessions: Mapping[int, Session]) -> None:
        self.remembered = dict(sessions)

    async def give(self, shard: int, session: Session | None) -> None:
        self._fail("give")
        self.given.append((shard, session))
        self.mine.pop(shard, None)
        self.due.discard(shard)

    async def leave(self) -> None:
        self.left = True


class Told(Choice):
    """A choice that was made."""

    def __init__(self, division: Division | None, clock: HeldClock) -> None:
        super().__init__(clock=clock)
        object.__setattr__(self, "made", division)

    async def division(self, *, recommended: int, concurrency: int) -> Division:
        made = cast("Division | None", self.__dict__["made"])
        return made or await super().division(recommended=recommended, concurrency=concurrency)


class Bot:
    """A connected client, its shards, and what it ended with."""

    def __init__(self, division: Division | None = None) -> None:
        self.clock = HeldClock(auto=True)
        self.shards = Shards(Told(division, self.clock), self.clock)
        self.client = ImagineBot(aiohttp.TCPConnector(), on_setup=self._nothing, shards=self.shards)
        self.heard: list[str] = []
        self.running: asyncio.Task[None] | None = None
        self.client.event(self.on_socket_event_type)

    async def _nothing(self) -> None:
        return

    async def on_socket_event_type(self, name: str) -> None:
        self.heard.append(name)

    async def start(self, token: str) -> None:
        self.running = asyncio.create_task(self.client.start(token))

    async def ready(self) -> None:
        """And everything told of it."""
        await until(self.client.is_ready, "the shards to be connected")
        await breathe()

    async def end(self) -> None:
        await self.client.close()
        if self.running is not None:
            await asyncio.wait([self.running])


@asynccontextmanager
async def connected(sandbox: Sandbox, division: Division | None = None) -> AsyncGenerator[Bot]:
    async with AsyncExitStack() as stack:
        bot = Bot(division)
        stack.push_async_callback(bot.end)
        await bot.start(sandbox.world.token)
        await bot.ready()
        yield bot


def there(sandbox: Sandbox) -> list[int]:
    """The shards of the sessions that have a connection."""
    return sorted(one["shard"][0] for one in sandbox.gateway.sessions() if one["connected"])


def strike(sandbox: Sandbox, **fault: object) -> str:
    return str(sandbox.faults.add({"half": "gateway", **fault})["id"])


# -- one process ----------------------------------------------------------------------------------------


async def test_all_that_discord_recommends_are_connected_and_at_the_end_their_sessions_are_over(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with connected(sandbox) as bot:
        assert there(sandbox) == [0, 1]
        assert (bot.client.shard_count, bot.client.shards_in_all) == (2, 2)
        assert {shard: one.ready for shard, one in bot.client.standing().items()} == {0: True, 1: True}
        assert bot.client.sessions == {"begun": 2, "resumed": 0}
        await until(lambda: bot.client.latency < 5, "a heartbeat to be answered")
        assert len(bot.client.guilds) == 2
    await until(lambda: sandbox.gateway.sessions() == [], "the sessions to be over")
    assert not bot.client.is_ready()
    greetings = [record.getMessage() for record in caplog.records if "connected as" in record.getMessage()]
    assert greetings == [f"connected as {bot.client.user}, with shards 0, 1 of 2"]


@pytest.mark.parametrize(
    ("fault", "begun", "resumed"),
    [
        ({"kind": "op7"}, 2, 2),
        ({"kind": "drop"}, 2, 2),
        ({"kind": "op9", "resumable": True}, 2, 2),
        ({"kind": "op9", "resumable": False}, 4, 0),
        ({"kind": "close", "code": 1000}, 4, 0),
        ({"kind": "close", "code": 4009}, 4, 0),
    ],
)
async def test_each_comes_back_as_discord_says(
    sandbox: Sandbox, fault: Mapping[str, object], begun: int, resumed: int
) -> None:
    async with connected(sandbox) as bot:
        strike(sandbox, **fault)
        wanted = {"begun": begun, "resumed": resumed}
        await until(lambda: bot.client.sessions == wanted, "both to be back")
        await bot.ready()
        assert there(sandbox) == [0, 1]


async def test_a_gateway_that_lets_nobody_in_is_tried_later_and_the_session_is_kept(sandbox: Sandbox) -> None:
    async with connected(sandbox) as bot:
        strike(sandbox, kind="refuse", times=5)
        strike(sandbox, kind="drop")
        await until(lambda: bot.client.sessions == {"begun": 2, "resumed": 2}, "both to be back")
        assert len([pause for pause in bot.clock.slept if pause > 0]) >= 5


def pauses(bot: Bot) -> list[float]:
    return [pause for pause in bot.clock.slept if pause > 0]


async def test_a_peer_that_resets_every_connection_is_not_dialed_in_a_loop(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(sandbox, Shared({0: None})) as bot:
        tries = 0
        whole = ShardSocket.from_client

        async def reset(*args: Any, **more: Any) -> ShardSocket:
            nonlocal tries
            tries += 1
            if tries <= 12:
                raise ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
            return await whole(*args, **more)

        monkeypatch.setattr(ShardSocket, "from_client", reset)
        strike(sandbox, kind="drop")
        await until(lambda: bot.client.sessions == {"begun": 1, "resumed": 1}, "it to be back")
        assert len(pauses(bot)) == 12
        # longer and longer, and never a quarter of an hour: nobody hears these servers meanwhile
        assert sorted(pauses(bot)[:4]) == pauses(bot)[:4]
        assert LONGEST_PAUSE / 2 <= min(pauses(bot)[-4:]) <= max(pauses(bot)[-4:]) <= LONGEST_PAUSE
        # who was let in begins with short pauses again
        tries = 11
        strike(sandbox, kind="drop")
        await until(lambda: bot.client.sessions == {"begun": 1, "resumed": 2}, "it to be back again")
        assert pauses(bot)[12] <= 2.0


async def test_who_may_not_begin_waits_longer_and_longer(sandbox: Sandbox) -> None:
    """Each IDENTIFY counts, and after a thousand in a day Discord takes the token away."""
    division = Shared({0: None})
    sandbox.world.starts.identify_seconds = 3600
    assert sandbox.world.starts.may(0, sandbox.clock.now())
    bot = Bot(division)
    await bot.start(sandbox.world.token)
    try:
        await until(lambda: len(division.turns) >= 8, "it to be refused again and again")
        assert len(pauses(bot)) >= len(division.turns) - 1
        assert pauses(bot)[6] >= LONGEST_PAUSE / 2
    finally:
        await bot.end()
        sandbox.wire.violations.clear()


async def test_a_session_whose_address_is_gone_is_taken_up_elsewhere(sandbox: Sandbox) -> None:
    division = Shared({0: None})
    async with connected(sandbox, division) as bot:
        await bot.shards.hand_over()
    ((_, session),) = division.given
    assert session is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        gone = f"ws://127.0.0.1:{free.getsockname()[1]}/"
    async with connected(sandbox, Shared({0: replace(session, gateway=gone)})) as bot:
        assert bot.client.sessions == {"begun": 0, "resumed": 1}


async def test_who_waits_too_long_for_its_turn_does_not_take_it(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library closes what has said nothing for so long, and a turn to identify on it would be lost."""
    division = Shared({0: None})
    started = taken = 0

    async def turn(shard: int) -> None:
        nonlocal started, taken
        started += 1
        if started == 1:
            await asyncio.Event().wait()
        taken += 1

    division.turn = turn  # type: ignore[method-assign]
    monkeypatch.setattr(connection, "PATIENCE", 0.2)
    async with connected(sandbox, division) as bot:
        assert (started, taken) == (2, 1)
        timeout = bot.client._connection.heartbeat_timeout  # pyright: ignore[reportPrivateUsage]
    monkeypatch.undo()
    assert timeout >= connection.PATIENCE


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (4004, discord.ConnectionClosed),
        (4010, discord.ConnectionClosed),
        (4011, discord.ConnectionClosed),
        (4014, discord.PrivilegedIntentsRequired),
    ],
)
async def test_what_no_new_try_can_mend_ends_the_client(
    sandbox: Sandbox, code: int, error: type[Exception]
) -> None:
    async with connected(sandbox) as bot:
        strike(sandbox, kind="close", code=code)
        assert bot.running is not None
        with pytest.raises(error):
            await bot.running


@pytest.mark.parametrize(("recommended", "warned"), [(4, False), (5, True)])
async def test_an_operator_is_told_when_there_are_far_too_few(
    sandbox: Sandbox, recommended: int, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.world.starts.shards = recommended
    async with connected(sandbox, Shared()):
        told = [record.getMessage() for record in caplog.records if "recommends" in record.getMessage()]
    assert told == (["Discord recommends 5 shards, and there are 2: raise SHARD_COUNT"] if warned else [])


@pytest.mark.parametrize(("left", "warned"), [(2, False), (1, True)])
async def test_an_operator_is_told_when_the_day_has_too_few_sessions_left(
    sandbox: Sandbox, left: int, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.world.starts.sessions_a_day = left
    async with connected(sandbox, Shared({0: None})):
        told = [record.getMessage() for record in caplog.records if "more sessions" in record.getMessage()]
    wanted = "Discord lets only 1 more sessions begin within 0.0 h, and there are 2 shards"
    assert told == ([wanted] if warned else [])


async def test_a_client_without_shards_connects_to_nothing() -> None:
    async def nothing() -> None:
        return

    async with ImagineBot(aiohttp.TCPConnector(), on_setup=nothing) as client:
        assert (client.is_ready(), client.standing(), client.sessions) == (False, {}, {})
        assert client.shards_in_all is None
        with pytest.raises(RuntimeError, match="no shards"):
            await client.connect()


# -- several --------------------------------------------------------------------------------------------


async def test_a_shard_moves_with_its_session_and_hears_what_came_in_between(sandbox: Sandbox) -> None:
    first, second = Shared(), Shared({})
    async with connected(sandbox, first) as one, connected(sandbox, second) as other:
        assert other.client.is_ready(), "others have them all"
        assert other.client.standing() == {}
        first.due = {1}
        first.news.set()
        await until(lambda: bool(first.given), "the second one to be given")
        assert there(sandbox) == [0], "closed before it is given"
        ((shard, session),) = first.given
        assert shard == 1
        assert session is not None
        # nobody has it now, and something happens
        on_it = next(one["id"] for one in sandbox.gateway._guilds_of((1, 2)))  # pyright: ignore[reportPrivateUsage]
        assert sandbox.world.dispatch(
            "GUILD_STICKERS_UPDATE", {"guild_id": on_it, "stickers": []}, guild_id=on_it
        )
        second.mine[1] = session
        second.news.set()
        await until(lambda: "GUILD_STICKERS_UPDATE" in other.heard, "it to be told to the next one")
        assert there(sandbox) == [0, 1]
        assert other.client.sessions == {"begun": 0, "resumed": 1}
        assert "GUILD_STICKERS_UPDATE" not in one.heard
        assert (first.turns, second.turns) == ([0, 1], []), "nobody waits to take a session up"


async def test_a_session_that_discord_has_forgotten_is_begun_anew(sandbox: Sandbox) -> None:
    gateway = str(DiscordWebSocket.DEFAULT_GATEWAY)
    division = Shared({0: Session("forgotten", 5, gateway)})
    async with connected(sandbox, division) as bot:
        assert bot.client.sessions == {"begun": 1, "resumed": 0}
        assert division.turns == [0]


async def test_whoever_ends_hands_everything_over_with_its_sessions(sandbox: Sandbox) -> None:
    division = Shared()
    async with connected(sandbox, division) as bot:
        await bot.shards.hand_over()
        assert division.left
        given = dict(division.given)
        living = {one["shard"][0]: one["id"] for one in sandbox.gateway.sessions()}
        assert {shard: session.id for shard, session in given.items() if session} == living
        assert there(sandbox) == [], "closed before they are given"
        assert bot.running is not None
        await asyncio.wait_for(bot.running, 5)
    assert len(sandbox.gateway.sessions()) == 2, "and still there to be resumed"


async def test_what_was_taken_and_never_begun_is_handed_over_too(sandbox: Sandbox) -> None:
    division = Shared({0: None})
    async with connected(sandbox, division) as bot:
        left = Session("left", 3, "ws://there")
        division.mine[1] = left
        await bot.shards.hand_over()
        assert (1, left) in division.given


async def test_one_that_is_neither_given_nor_ours_is_only_closed(sandbox: Sandbox) -> None:
    division = Shared()
    async with connected(sandbox, division) as bot:
        del division.mine[1]
        division.news.set()
        await until(lambda: there(sandbox) == [0], "the lost one to be closed")
        assert [*bot.client.standing()] == [0]
        assert division.given == []


async def test_whatever_the_database_does_not_say_what_runs_runs_on(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    division = Shared()
    async with connected(sandbox, division) as bot:
        looks = division.looks
        division.trouble = ["look", "look"]
        division.news.set()
        await until(lambda: division.looks > looks, "another look")
        assert bot.clock.slept.count(AGAIN) == 2
        assert there(sandbox) == [0, 1]
        assert bot.client.sessions == {"begun": 2, "resumed": 0}
        told = [record for record in caplog.records if "could not be looked at" in record.getMessage()]
        assert len(told) == 1, "once, and not every second of an outage"
        looks, division.trouble = division.looks, ["look"]
        division.news.set()
        await until(lambda: division.looks > looks, "another look")
        told = [record for record in caplog.records if "could not be looked at" in record.getMessage()]
        assert len(told) == 2, "the next outage is another one"


async def test_what_no_new_try_can_mend_ends_the_client_while_the_database_is_away_too(
    sandbox: Sandbox,
) -> None:
    division = Shared()
    async with connected(sandbox, division) as bot:
        waits = asyncio.Event()

        async def never(seconds: float) -> None:
            waits.set()
            await asyncio.Event().wait()

        bot.clock.sleep = never  # type: ignore[method-assign]
        division.trouble = ["look"]
        division.news.set()
        await asyncio.wait_for(waits.wait(), 20)
        strike(sandbox, kind="close", code=4014)
        assert bot.running is not None
        await asyncio.wait([bot.running], timeout=20)
        assert isinstance(bot.running.exception(), discord.PrivilegedIntentsRequired)


async def test_what_could_not_be_given_is_given_at_the_next_look(sandbox: Sandbox) -> None:
    division = Shared()
    async with connected(sandbox, division) as bot:
        division.due, division.trouble = {0}, ["give"]
        division.news.set()
        await until(lambda: bool(division.given), "it to be given")
        ((shard, session),) = division.given
        assert shard == 0
        assert session is not None
        assert [*bot.client.standing()] == [1]


async def test_what_was_stopped_and_is_due_no_more_is_given_before_it_may_come_back(sandbox: Sandbox) -> None:
    division = Shared()
    async with connected(sandbox, division) as bot:
        division.due, division.trouble = {0}, ["give", "look"]

        async def due_no_more() -> None:
            division.due = set()

        division.look = _then(division.look, due_no_more)  # type: ignore[method-assign]
        division.news.set()
        await until(lambda: bool(division.given), "it to be given")
        assert [*bot.client.standing()] == [1], "nobody runs what he has given"


def _then(
    look: Callable[[], Awaitable[Look]], after: Callable[[], Awaitable[None]]
) -> Callable[[], Awaitable[Look]]:
    async def both() -> Look:
        seen = await look()
        await after()
        return seen

    return both


async def test_without_its_lease_a_process_opens_nothing_and_keeps_what_is_open(sandbox: Sandbox) -> None:
    division = Shared()
    async with connected(sandbox, division) as bot:
        division.may.clear()
        assert there(sandbox) == [0, 1]
        strike(sandbox, kind="drop")
        await until(lambda: division.held_back == 2, "both to want to come back")
        await until(lambda: not _open(sandbox), "nothing to be open")
        await breathe()
        assert not _open(sandbox)
        assert division.held_back == 2
        division.may.set()
        await until(lambda: bot.client.sessions == {"begun": 2, "resumed": 2}, "both to be taken up")
        assert there(sandbox) == [0, 1]


async def test_sessions_are_written_down_as_they_go_on(sandbox: Sandbox) -> None:
    division = Shared()
    async with connected(sandbox, division) as bot:
        bot.clock.jump(60)
        division.news.set()
        await until(lambda: len(division.remembered) == 2, "both to be written down")
        living = {one["shard"][0]: one["id"] for one in sandbox.gateway.sessions()}
        assert {shard: one.id for shard, one in division.remembered.items()} == living
        assert all(one.gateway.startswith("ws://") for one in division.remembered.values())


@pytest.mark.parametrize("when", ["before hello", "waiting for its turn"])
async def test_who_is_stopped_on_the_way_in_leaves_no_connection(sandbox: Sandbox, when: str) -> None:
    division = Shared({0: None})
    waits = asyncio.Event()

    async def never(shard: int) -> None:
        del shard
        waits.set()
        await asyncio.Event().wait()

    division.turn = never  # type: ignore[method-assign]
    held = strike(sandbox, kind="hold", times=None) if when == "before hello" else None
    bot = Bot(division)
    await bot.start(sandbox.world.token)
    try:
        if held is None:
            await asyncio.wait_for(waits.wait(), 20)
        else:
            await until(lambda: _holding(sandbox, held) == 1, "the connection to be held")
        del division.mine[0]
        division.news.set()
        await until(lambda: not bot.client.standing(), "it to be stopped")
        if held is not None:
            sandbox.faults.remove(held)
        await until(lambda: not _open(sandbox), "its connection to be closed")
    finally:
        await bot.end()


@pytest.mark.parametrize("turns", range(5))
async def test_who_is_stopped_at_the_moment_at_which_its_connection_fails_is_stopped(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    """turns: of the loop, between the two."""
    fails = asyncio.Event()
    tries = 0

    async def failing(*args: Any, **more: Any) -> ShardSocket:
        nonlocal tries
        tries += 1
        await fails.wait()
        raise ReconnectWebSocket(0)

    monkeypatch.setattr(ShardSocket, "from_client", failing)
    bot = Bot(Shared({0: None}))
    await bot.start(sandbox.world.token)
    await until(lambda: tries, "the first try")
    await breathe()
    fails.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    ending = asyncio.create_task(bot.end())
    await asyncio.wait([ending], timeout=5)
    assert ending.done()
    await ending


def _holding(sandbox: Sandbox, fault: str) -> int:
    return next(int(one["holding"]) for one in sandbox.faults.listing() if one["id"] == fault)


def _open(sandbox: Sandbox) -> Collection[object]:
    return sandbox.gateway._connections  # pyright: ignore[reportPrivateUsage]
