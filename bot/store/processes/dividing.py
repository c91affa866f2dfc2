"""This process among those that divide the shards of one bot: `Leases` over the tables of `shards`."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection

from bot.clock import Clock
from bot.endings import ENDINGS
from bot.sharding.division import Due, due
from bot.sharding.fixed import INTERVAL
from bot.sharding.ports import Look, Session
from bot.store.database import Database
from bot.store.dialects import only_one_divides
from bot.store.processes import leases, shards
from bot.store.processes.holder import Holder

LOOK: Final = 0.5
"""Seconds between two looks at who holds what: so long a shard that was given has nobody, and a member's
command waits three seconds at most."""
AGAIN: Final = 1.0
"""Seconds until the database is asked for a turn again, where it did not answer."""

log = logging.getLogger(__name__)


class ShardLeases:
    """The port `Leases`."""

    def __init__(self, database: Database, clock: Clock, holder: Holder) -> None:
        """database: its maker closes it. holder: this process, which has joined."""
        self._database = database
        self._clock = clock
        self._holder = holder
        self.turns: Final = SharedTurns(database, clock)

    async def agree(self, recommended: int, told: int | None) -> int:
        """In one transaction; whoever comes next finds what this one found."""
        return await self._database.write(shards.agree, self._holder.number, recommended, told)

    def divide(self, count: int, concurrency: int) -> "Divided":
        """Take part, by this process's number."""
        return Divided(self._database, self._clock, self._holder, self.turns, count, concurrency)


class SharedTurns:
    """Turns of all processes on the database, by its clock."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def turn(self, bucket: int) -> None:
        """Whoever asks first in the moment at which one is free has it."""
        warned = False
        while True:
            try:
                wait = await self._database.write(_take_turn, bucket)
            except ENDINGS:
                raise
            except BaseException as error:  # without it nobody knows whether another one identifies now
                if not warned:
                    log.warning("the database gives no turn to identify, and is asked again: %s", error)
                warned = True
                wait = timedelta(seconds=AGAIN)
            if not wait:
                return
            await self._clock.sleep(wait.total_seconds())


def _take_turn(connection: Connection, bucket: int) -> timedelta:
    only_one_divides(connection)
    now, _ = leases.moment(connection)
    return shards.take_turn(connection, bucket, now, timedelta(seconds=INTERVAL))


class Divided:
    """The `Division` of those who take part."""

    common = False
    lasting = True

    def __init__(
        self,
        database: Database,
        clock: Clock,
        holder: Holder,
        turns: SharedTurns,
        count: int,
        concurrency: int,
    ) -> None:
        self._database = database
        self._clock = clock
        self._holder = holder
        self._turns = turns
        self._concurrency = concurrency
        self._kept: dict[int, Session] = {}
        self.count: Final = count

    async def look(self) -> Look:
        """Mostly a read: it is written only where something is to be taken."""
        me = self._holder.number
        wanted, mine = await self._database.read(_look, me, self.count)
        if wanted.take and self._holder.holds:
            mine = await self._database.write(_take, me, self.count)
        return Look(mine=mine, give=wanted.give)

    async def changed(self) -> None:
        """At the next look."""
        await self._clock.sleep(LOOK)

    async def allowed(self) -> None:
        """Once the lease holds. Before, others may have taken over what this process had."""
        while not self._holder.holds:
            await self._clock.sleep(LOOK)

    async def turn(self, shard: int) -> None:
        """As `Turns` has it, among all processes. Whoever lost its lease meanwhile has none."""
        await self._turns.turn(shard % self._concurrency)
        while not self._holder.holds:
            await self.allowed()
            await self._turns.turn(shard % self._concurrency)

    async def remember(self, sessions: Mapping[int, Session]) -> None:
        """Only those that moved on."""
        moved = {id_: one for id_, one in sessions.items() if self._kept.get(id_) != one}
        if moved:
            await self._database.write(shards.remember, self._holder.number, self.count, moved)
            self._kept.update(moved)

    async def give(self, shard: int, session: Session | None) -> None:
        """At once: whoever looks next takes it."""
        await self._database.write(shards.give, self._holder.number, self.count, shard, session)
        self._kept.pop(shard, None)

    async def leave(self) -> None:
        """From now on its share is none."""
        await self._database.write(shards.leave, self._holder.number)


def _look(connection: Connection, me: int, count: int) -> tuple[Due, Mapping[int, Session | None]]:
    return due(shards.standing(connection, count), me), shards.mine(connection, me, count)


def _take(connection: Connection, me: int, count: int) -> Mapping[int, Session | None]:
    only_one_divides(connection)
    shards.take(connection, me, count, due(shards.standing(connection, count), me).take)
    return shards.mine(connection, me, count)
