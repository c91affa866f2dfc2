"""Servers on different shards, and the bots that run them."""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from tests.e2e.several import LEASE, Several, several
from tests.e2e.stage import Json, Stage

CONCURRENCY = 16
"""More than the shards of any test: no shard waits for another one to identify, where that is not the test's
subject."""


async def servers(one: Stage, count: int) -> dict[int, str]:
    """For each of so many shards a channel in a server that is on it: shard → channel."""
    found: dict[int, str] = {}
    number = 0
    while len(found) < count:
        number += 1
        name = f"Server {number}"
        founded = await one.post("/guilds/found", guild=name)
        found.setdefault(shard_of(founded["guild_id"], count), f"{name}/general")
    return dict(sorted(found.items()))


def shard_of(guild_id: str, count: int) -> int:
    """As Discord reckons it."""
    return (int(guild_id) >> 22) % count


async def connected(one: Stage) -> list[int]:
    """The shards of the sessions that have a connection, one entry for each connection."""
    sessions: list[Json] = (await one.get("/state"))["sessions"]
    return sorted(session["shard"][0] for session in sessions if session["connected"])


async def identified(one: Stage) -> int:
    """How many sessions began so far."""
    records = (await one.get("/wire"))["records"]
    return sum(record["kind"] == "event" and record["name"] == "READY" for record in records)


@asynccontextmanager
async def divided(
    server: str,
    *,
    name: str,
    shards: int,
    bots: int = 2,
    gateway: Mapping[str, Any] | None = None,
    **more: str,
) -> AsyncGenerator[tuple[Several, dict[int, str]]]:
    """So many bots on one database, of a Discord that wants so many shards, with a server on each of them."""
    async with several(server, name=name, bots=0, start=None, lease=LEASE, **more) as town:
        wanted = {"shards": shards, "max_concurrency": CONCURRENCY, **(gateway or {})}
        await town.post("/settings", gateway=wanted)
        channels = await servers(town, shards)
        for _ in range(bots):
            await town.begin()
        yield town, channels


async def holders(town: Several) -> dict[int, str]:
    """Which bot holds which shard, of those that somebody alive holds."""
    numbers = {town.holder(name): name for name in town.bots}
    rows = await asyncio.to_thread(town.rows, "SELECT id, holder FROM shard")
    return {row["id"]: numbers[row["holder"]] for row in rows if row["holder"] in numbers}


async def balanced(town: Several, shards: int) -> dict[int, str]:
    """Wait until every shard has one connection, and no bot has more than its share."""

    async def fair() -> dict[int, str] | None:
        held = await holders(town)
        most = -(-shards // len(town.bots))
        even = all([*held.values()].count(name) <= most for name in town.bots)
        return held if len(held) == shards and even and await connected(town) == [*range(shards)] else None

    return await town.until(fair, f"{shards} shards to be divided fairly")


async def whole(one: Stage, count: int) -> bool:
    """Whether each shard has one connection."""
    return await connected(one) == [*range(count)]


async def served(town: Stage, channel: str, prompt: str, *, member: str = "alice") -> str:
    """Ask for a picture there until somebody answers, and wait for it. The generation."""

    async def asked() -> str | None:
        sent = await town.imagine(prompt, member=member, channel=channel)
        return sent if await answered(town, sent) else None

    generation = await town.until(asked, f"an answer in {channel}")
    await town.settled(generation, channel=channel, member=member)
    return generation


async def answered(town: Stage, interaction: str) -> bool:
    """Wait until Discord knows what became of it: whether somebody answered in time."""

    async def over() -> str | None:
        state = (await town.get(f"/interactions/{interaction}"))["state"]
        return state if state != "sent" else None

    return await town.until(over, f"{interaction} to be answered or not") != "failed"


def since(begun: float) -> float:
    """Seconds."""
    return time.monotonic() - begun
