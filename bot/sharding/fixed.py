"""Shards that stay where they are: all of them in one process, or those that the operator named."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from bot.clock import Clock
from bot.sharding.ports import Look, Session, Turns

INTERVAL: Final = 5.5
"""Seconds between two IDENTIFYs of one bucket. Discord counts in five, from when they reach it."""


class OwnTurns:
    """Turns of one process that knows of no other."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next: dict[int, float] = {}

    async def turn(self, bucket: int) -> None:
        """In the order in which they asked."""
        now = self._clock.monotonic()
        mine = max(now, self._next.get(bucket, now))
        self._next[bucket] = mine + INTERVAL
        if mine > now:
            await self._clock.sleep(mine - now)


class Fixed:
    """The `Division` in which nothing moves."""

    def __init__(
        self, shards: Sequence[int], count: int, *, concurrency: int, turns: Turns, common: bool = False
    ) -> None:
        """
        concurrency: Discord's `max_concurrency`, the number of buckets.
        common: whether the other processes run the same ones.
        """
        self.count: Final = count
        self.common: Final = common
        self.lasting: Final = False
        self._shards = tuple(shards)
        self._concurrency = concurrency
        self._turns = turns

    async def look(self) -> Look:
        """Always the same."""
        return Look(mine=dict.fromkeys(self._shards))

    async def changed(self) -> None:
        """Never."""
        await asyncio.Event().wait()

    async def allowed(self) -> None:
        """Always."""

    async def turn(self, shard: int) -> None:
        """As `Turns` has it."""
        await self._turns.turn(shard % self._concurrency)

    async def remember(self, sessions: Mapping[int, Session]) -> None:
        """Nobody takes them up."""
        del sessions

    async def give(self, shard: int, session: Session | None) -> None:
        """Nobody takes it."""
        del shard, session

    async def leave(self) -> None:
        """They end with the process."""
