"""Shards in one process and divided among several: whoever comes or goes, each server is answered, once."""

import asyncio
import signal
import socket
import time
from functools import partial

import aiohttp
import pytest

from bot.sharding.fixed import INTERVAL
from tests.e2e.several import LEASE, Several
from tests.e2e.sharded import (
    CONCURRENCY,
    balanced,
    connected,
    divided,
    identified,
    served,
    servers,
    since,
    whole,
)
from tests.e2e.side import delivered, prepared, side_by_side
from tests.e2e.stage import Stage, images, text_of
from tests.e2e.test_metrics import number, read


async def test_one_process_runs_as_many_shards_as_discord_recommends() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    wanted = {"shards": 3, "max_concurrency": CONCURRENCY}
    async with prepared(gateway=wanted, HTTP_PORT=str(port)) as one:
        channels = await servers(one, 3)
        await one.start_bot()
        await one.until(partial(whole, one, 3), "three shards")
        for shard, channel in channels.items():
            await delivered(
                one, await one.imagine(f"fox {shard}", channel=channel), f"fox {shard}", channel=channel
            )
        # direct messages come by the first shard
        private = await one.imagine("a private fox", channel="dm:alice")
        assert len(images(await one.settled(private, channel="dm:alice"))) == 1

        assert await readiness(port) == 200
        told = await read(port)
        assert [number(told, "shard_ready", shard=str(shard)) for shard in range(3)] == [1.0] * 3
        assert number(told, "shard_sessions_total", way="begun") == 3

        # while they are away the process is not ready, and then they are taken up where they were
        held = await one.fault(half="gateway", kind="hold", times=None)
        await one.fault(half="gateway", kind="drop")
        await one.until(partial(unready, port), "the process to be unready")
        await one.call("DELETE", f"/faults/{held}")
        await one.until(partial(whole, one, 3), "three shards again")
        assert number(await read(port), "shard_sessions_total", way="begun") == 3

        said = one.log.read_text()
        assert said.count("connected as") == said.count("commands synced") == 1
        assert "with shards 0, 1, 2 of 3" in said
        assert all(f" #{shard}] " in said for shard in range(3)), "a line names the shard that it came by"


async def readiness(port: int) -> int:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/readyz") as answer:
        return answer.status


async def unready(port: int) -> bool:
    return await readiness(port) == 503


async def test_named_shards_stay_where_they_are_and_a_card_is_any_process_s_to_deliver(postgres: str) -> None:
    async with divided(postgres, name="named", shards=3, bots=0, SHARD_COUNT="3") as (town, channels):
        even = await town.begin(SHARD_IDS="0,2")
        odd = await town.begin(SHARD_IDS="1")
        await town.until(partial(whole, town, 3), "three shards")
        await everywhere(town, channels, "fox")
        assert "with shards 0, 2 of 3" in town.said(even)
        assert "with shards 1 of 3" in town.said(odd)

        # a card that one began is shown to its end by the other, which never heard of that server
        await town.post("/settings", scenario={"seconds": 300})
        channel = channels[1]
        lasting = await town.imagine("a lasting fox", channel=channel)
        await town.until(partial(town.ledger, "a lasting fox"), "it to be bought")
        gone = town.holder(odd)
        await town.end(odd, signal.SIGKILL)
        assert await town.taken_over(gone) <= LEASE + 1
        await town.post("/clock", advance=300)
        card = await town.settled(lasting, channel=channel)
        assert len(images(card)) == 1, text_of(card)
        assert await connected(town) == [0, 2], "a named shard is taken over by nobody"
        assert len(await town.ledger()) == 4


async def test_what_reaches_two_processes_by_one_shard_is_answered_by_one(postgres: str) -> None:
    async with divided(postgres, name="overlap", shards=2, bots=0, SHARD_COUNT="2") as (town, channels):
        await town.begin(SHARD_IDS="0-1")
        await town.begin(SHARD_IDS="1")
        await town.until(partial(overlapping, town), "the second shard's two connections")
        await everywhere(town, channels, "fox")
        for name in town.bots:
            assert "ERROR" not in town.said(name)
            assert "40060" not in town.said(name)


async def overlapping(town: Stage) -> bool:
    return await connected(town) == [0, 1, 1]


async def test_shards_come_and_go_with_the_processes(postgres: str) -> None:
    async with divided(postgres, name="shards", shards=4) as (town, channels):
        await balanced(town, 4)
        await everywhere(town, channels, "first")
        begun = await identified(town)
        assert begun == 4, "each shard began one session, and moved with it"

        # one is stopped: what it had is taken up at once, sessions and all
        stopped_one, staying = town.bots
        stopped = time.monotonic()
        assert await town.end(stopped_one, signal.SIGTERM) == 0
        assert await balanced(town, 4) == dict.fromkeys(range(4), staying)
        assert since(stopped) < LEASE
        await everywhere(town, channels, "second")
        assert await identified(town) == begun

        # another one comes, has its half, and is killed
        killed_one = await town.begin()
        held = await balanced(town, 4)
        assert sorted(held.values()) == sorted([staying, staying, killed_one, killed_one])
        await everywhere(town, channels, "third")
        killed = time.monotonic()
        await town.end(killed_one, signal.SIGKILL)
        assert await balanced(town, 4) == dict.fromkeys(range(4), staying)
        assert since(killed) < LEASE + 1
        await everywhere(town, channels, "fourth")
        assert await identified(town) == begun
        assert len(await town.ledger()) == 16


async def everywhere(town: Several, channels: dict[int, str], word: str) -> None:
    """A picture in each server, answered and bought once."""

    async def here(channel: str, prompt: str) -> None:
        generation = await served(town, channel, prompt)
        assert len(await town.answers(generation, channel=channel)) == 1
        assert len(await town.ledger(prompt)) == 1

    await side_by_side(*(here(channel, f"{word} {shard}") for shard, channel in channels.items()))


async def test_a_command_that_nobody_heard_is_answered_by_whoever_takes_up_its_shard(postgres: str) -> None:
    """A process that is stopped leaves its sessions, and Discord tells the next one what came in between."""
    async with divided(postgres, name="between", shards=2, bots=1) as (town, channels):
        await balanced(town, 2)
        (first,) = town.bots
        held = await town.fault(half="gateway", kind="hold", times=None)
        second = asyncio.create_task(town.begin())
        await town.until(partial(taking_part, town), "the second one to take part")
        assert await town.end(first, signal.SIGTERM) == 0
        await town.held(held, 2)
        assert await connected(town) == []
        asked = {
            shard: await town.imagine(f"fox {shard}", channel=channel) for shard, channel in channels.items()
        }
        await town.call("DELETE", f"/faults/{held}")
        await second
        for shard, channel in channels.items():
            assert len(images(await town.settled(asked[shard], channel=channel))) == 1
        assert await identified(town) == 2


async def taking_part(town: Several) -> bool:
    found = await asyncio.to_thread(town.rows, "SELECT number FROM process WHERE shards = 2")
    return len(found) == 2


async def test_processes_identify_one_after_the_other(postgres: str) -> None:
    """Discord lets one shard of each bucket identify in five seconds, whichever process runs it. The sandbox
    refuses the others, and the end of the stage would tell."""
    limited = {"max_concurrency": 1, "identify_seconds": 5}
    async with divided(postgres, name="turns", shards=3, bots=0, gateway=limited, SHARD_COUNT="3") as (
        town,
        _,
    ):
        begun = time.monotonic()
        await asyncio.gather(*(town.begin(SHARD_IDS=str(shard)) for shard in range(3)))
        assert await whole(town, 3)
        assert since(begun) >= 2 * INTERVAL


async def test_too_few_shards_are_an_operators_business() -> None:
    async with prepared(gateway={"most_guilds": 1}, SHARD_COUNT="1") as one:
        with pytest.raises(AssertionError, match="the bot ended"):
            await one.start_bot()
        assert one.bot is not None
        assert one.bot.wait() == 1
        one.bot = None
        assert (
            "too many servers for so few shards. Raise SHARD_COUNT, or leave it empty." in one.log.read_text()
        )
        assert [each.get("code") for each in await one.violations()] == [4011]
        await one.call("DELETE", "/violations")
