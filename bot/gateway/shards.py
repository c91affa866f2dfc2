"""The shards of this process: each is connected while it is ours, and moves when it is due elsewhere."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import discord

from bot.clock import Clock
from bot.endings import ENDINGS
from bot.gateway.connection import Connection
from bot.sharding.choosing import Choice
from bot.sharding.ports import Division, Look, Session

REMEMBER: Final = 2.0
"""Seconds between two times at which is written down where the sessions stand. Whoever takes one up after a
death hears again what came since, and answers what nobody has claimed."""
AGAIN: Final = 1.0
"""Seconds after which is looked again, where the database did not say what is ours."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardStanding:
    """How one shard of this process stands."""

    ready: bool
    latency: float | None
    """Seconds, of its heartbeats."""


@dataclass(slots=True)
class _Running:
    connection: Connection
    task: asyncio.Task[None]


class Shards:
    """What `ImagineBot.connect` runs."""

    def __init__(self, choice: Choice, clock: Clock) -> None:
        """choice: how they are divided."""
        self._choice = choice
        self._clock = clock
        self._division: Division | None = None
        self._moving = asyncio.Lock()
        self._client: discord.Client | None = None
        self._running: dict[int, _Running] = {}
        self._stopped: dict[int, Session | None] = {}
        self._gateway = ""
        self._turns: dict[int, asyncio.Lock] = {}
        self._concurrency = 1
        self._known = False
        self._greeted = False
        self._leaving = asyncio.Event()
        self._remembered = 0.0
        self._begun = self._resumed = 0

    @property
    def ready(self) -> bool:
        """Whether every shard of this process is connected. It may have none: then others have them all."""
        return self._known and all(one.connection.ready for one in self._running.values())

    @property
    def count(self) -> int | None:
        """How many there are in all; None until that is known."""
        return self._division.count if self._division is not None else None

    @property
    def common(self) -> bool:
        """Whether other processes hear whatever this one hears."""
        return self._division is not None and self._division.common

    @property
    def sessions(self) -> Mapping[str, int]:
        """How many were begun and taken up so far."""
        now = [one.connection for one in self._running.values()]
        return {
            "begun": self._begun + sum(one.begun for one in now),
            "resumed": self._resumed + sum(one.resumed for one in now),
        }

    def standing(self) -> Mapping[int, ShardStanding]:
        """Each shard of this process."""
        return {
            shard: ShardStanding(ready=one.connection.ready, latency=one.connection.latency)
            for shard, one in sorted(self._running.items())
        }

    async def turn(self, shard: int) -> None:
        """Wait until this shard may identify."""
        assert self._division is not None
        await self._division.turn(shard)

    async def begin(self, client: discord.Client) -> int:
        """Learn from Discord how many there may be, and settle how many there are: that number."""
        recommended, self._gateway, limits = await client.http.get_bot_gateway()
        self._concurrency = max(1, limits["max_concurrency"])
        self._division = await self._choice.division(recommended=recommended, concurrency=self._concurrency)
        count = self._division.count
        if recommended > 2 * count:
            log.warning(
                "Discord recommends %d shards, and there are %d: raise SHARD_COUNT", recommended, count
            )
        if limits["remaining"] < count:
            hours = limits["reset_after"] / 3_600_000
            log.warning(
                "Discord lets only %d more sessions begin within %.1f h, and there are %d shards",
                *(limits["remaining"], hours, count),
            )
        return count

    async def run(self, client: discord.Client) -> None:
        """After `begin`: until `close`, or the first failure that no new try can mend, which is raised."""
        division = self._division
        assert division is not None
        self._client = client
        warned = False
        while not self._leaving.is_set():
            due: Callable[[], Coroutine[Any, Any, object]] = division.changed
            try:
                await self._look(division)
                warned = False
            except ENDINGS:
                raise
            except BaseException:  # whatever keeps the database from telling: what runs runs on
                if not warned:
                    log.exception("whose the shards are could not be looked at, and is asked again and again")
                warned = True
                due = partial(self._clock.sleep, AGAIN)
            await self._wait(due())

    async def _look(self, division: Division) -> None:
        """Have what is ours, and nothing else."""
        async with self._moving:
            look = await division.look()
            await asyncio.gather(*(self._stop(one) for one in [*self._running] if _not_ours(one, look)))
            given = await self._give_stopped(division, look)
            for shard, session in look.mine.items():
                if not self._leaving.is_set() and not {shard} & {*self._running, *look.give, *given}:
                    self._start(division, shard, session)
            self._known = True
            self._greet()
            now = self._clock.monotonic()
            if now >= self._remembered + REMEMBER:
                await division.remember(self._sessions())
                self._remembered = now

    async def _give_stopped(self, division: Division, look: Look) -> list[int]:
        """Leave to others what was stopped for them, now or when that could not be written down."""
        stopped = [*self._stopped.items()]
        for shard, session in stopped:
            if shard in look.mine:
                await division.give(shard, session)
                log.info("shard %d is left to others", shard)
            del self._stopped[shard]
        return [shard for shard, _ in stopped]

    def _start(self, division: Division, shard: int, session: Session | None) -> None:
        assert self._client is not None
        connection = Connection(
            self._client,
            shard,
            division,
            self._clock,
            session=session,
            gateway=self._gateway,
            alone=self._turns.setdefault(shard % self._concurrency, asyncio.Lock()),
            arrived=self._greet,
        )
        task = asyncio.create_task(connection.run(), name=f"shard {shard}")
        self._running[shard] = _Running(connection, task)

    async def _stop(self, shard: int) -> None:
        running = self._running.pop(shard)
        running.task.cancel()
        await asyncio.wait([running.task])
        self._stopped[shard] = running.connection.session
        self._begun += running.connection.begun
        self._resumed += running.connection.resumed

    def _sessions(self) -> dict[int, Session]:
        now = {shard: one.connection.session for shard, one in self._running.items()}
        return {shard: session for shard, session in now.items() if session is not None}

    async def _wait(self, due: Coroutine[Any, Any, object]) -> None:
        """Until it is time to look again, by this or at the end. Raises what ended a connection by
        itself."""
        signs = [asyncio.create_task(one) for one in (due, self._leaving.wait())]
        tasks = [one.task for one in self._running.values()]
        try:
            done, _ = await asyncio.wait([*signs, *tasks], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for sign in signs:
                sign.cancel()
        for task in done:
            if not task.cancelled():
                task.result()

    def _greet(self) -> None:
        """Say once in the log that it is there."""
        if self._greeted or not self.ready or self._client is None:
            return
        self._greeted = True
        if self.count == 1:
            log.info("connected as %s, in %d servers", self._client.user, len(self._client.guilds))
        else:
            names = ", ".join(map(str, sorted(self._running))) or "none yet"
            log.info("connected as %s, with shards %s of %s", self._client.user, names, self.count)

    async def hand_over(self) -> None:
        """Leave every shard to others at once, where they can take them up: this process is about to end."""
        division = self._division
        if division is None or not division.lasting:
            return
        self._leaving.set()
        await division.leave()
        async with self._moving:
            # what was taken meanwhile, and never begun, is given too
            look = await division.look()
            await asyncio.gather(*(self._leave(division, shard, last) for shard, last in look.mine.items()))

    async def _leave(self, division: Division, shard: int, last: Session | None) -> None:
        if shard in self._running:
            await self._stop(shard)
        await division.give(shard, self._stopped.pop(shard, last))

    async def close(self) -> None:
        """End every connection. Where nobody can take up the sessions, they are over."""
        self._leaving.set()
        running = [*self._running.values()]
        for one in running:
            if self._division is not None and not self._division.lasting:
                one.connection.end()
            one.task.cancel()
        if running:
            await asyncio.wait([one.task for one in running])


def _not_ours(shard: int, look: Look) -> bool:
    return shard in look.give or shard not in look.mine
