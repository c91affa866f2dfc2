"""This process among those that share its server database: it joins, beats, takes over, and leaves.

The lease is judged twice. Others judge it by the database's clock and take over after `LEASE`. The process
itself judges it by its own monotonic clock, from the moment at which it sent its last good beat, and gives up
MARGIN earlier: so whoever is cut off from the database has stopped spending before anybody may take over.
"""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection

from bot.clock import Clock, sleep_or
from bot.endings import ENDINGS
from bot.generation.holding import Alone, Holding, News
from bot.generation.several.bulletin import BACK, Bulletin, Silence
from bot.store.address import Address
from bot.store.database import Database
from bot.store.errors import ClockSkew, TakenOver
from bot.store.processes import leases, told
from bot.store.processes.listening import Listener
from bot.store.schema import newest

LEASE: Final = timedelta(seconds=10)
"""How long after its last beat a process is taken for dead."""
BEATS: Final = 5
"""In one lease, and looks at what others left."""
SKEW: Final = timedelta(seconds=2)
"""How far a process's clock may be from the database's. Windows of many seconds are begun by one process and
measured by another: see Patience."""
INSTANT: Final = timedelta(milliseconds=1)
LEAST_PAUSE: Final = 0.1
"""Seconds between two looks at least."""
CLAIMS_KEPT: Final = timedelta(hours=1)
"""How long it is remembered which process answers an interaction. Discord waits three seconds."""

_SILENCE: Final = Silence()

log = logging.getLogger(__name__)


class Holder(Holding):
    """The port `Holding` over the tables of `leases`."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        lease: timedelta = LEASE,
        *,
        listener: Listener | None = None,
        crowded: Callable[[bool], None] | None = None,
    ) -> None:
        """
        database: its own, so that no burst of other work keeps a beat waiting. Its maker closes it. crowded:
        hears whether there are others, who are to be told what moves.
        """
        self._database = database
        self._listener = listener
        self._crowded = crowded
        self.lets_go: Callable[[], Collection[str]] = frozenset
        self.sets_aside: Callable[[], Collection[str]] = frozenset
        self._aside = frozenset[str]()
        self._gone = frozenset[str]()
        self._called = asyncio.Event()
        self._worded = False
        self._clock = clock
        self._lease = lease
        self._pause = lease.total_seconds() / BEATS
        self._number: int | None = None
        self._until = 0.0
        self._grace_until = 0.0
        self._others = 0
        self._adopted = 0
        self._next_look = self._pause
        self._looked_at = float("-inf")
        self._leaving = False
        self._beating: asyncio.Task[None] | None = None

    @property
    def number(self) -> int:
        """This process's, by which its rows are known. Raises RuntimeError before it has joined."""
        if self._number is None:
            raise RuntimeError("not joined yet")
        return self._number

    @property
    def holds(self) -> bool:
        """Whether the last good beat is young enough."""
        return self._clock.monotonic() < self._until

    @property
    def others(self) -> int:
        """How many other processes there were at the last look."""
        return self._others

    @property
    def adopted(self) -> int:
        """How many generations it has taken over."""
        return self._adopted

    @property
    def let_go_elsewhere(self) -> frozenset[str]:
        """What the others have let go, as they said with their last beats."""
        return self._gone

    @property
    def bulletin(self) -> Bulletin:
        """What processes tell each other at once."""
        return self._listener or _SILENCE

    def mine(self, holder: int | None) -> bool:
        """Whether it is this process's own number."""
        return holder == self._number

    def leaving(self) -> None:
        """From now on others answer, where there are any."""
        self._leaving = True

    async def join(self) -> int:
        """Be one of the processes on this database. The number. Raises ClockSkew."""
        if self._listener is not None:
            self._listener.listen(told.WORD, self._hear_word)
            self._listener.listen(told.JOINED, self._hear_join)
            self._listener.listen(told.LEFT, self._hear_call)
            self._listener.listen(BACK, self._hear_call)
        sent = self._clock.monotonic()
        name = f"{socket.gethostname()}:{os.getpid()}"
        self._number, others = await self._database.write(self._join, name)
        self._count(others)
        self._good(sent)
        self._beating = asyncio.create_task(self._beat_on(), name="lease")
        if self._listener is not None:
            self._listener.begin(self._number)
        log.info("process %d on this database, as %s", self._number, name)
        return self._number

    def _join(self, connection: Connection, name: str) -> tuple[int, int]:
        before = self._clock.now()
        now, _ = leases.moment(connection)
        _check_skew(ahead=before - now, slack=self._clock.now() - before)
        number = leases.join(connection, name, newest(), now=now, lease=self._lease)
        return number, self._hear_of(leases.others(connection, number))

    def _hear_of(self, others: Mapping[int, Sequence[str]]) -> int:
        """What they have let go is kept. How many they are."""
        self._gone = frozenset(id_ for let_go in others.values() for id_ in let_go)
        return len(others)

    def _count(self, others: int) -> None:
        self._others = others
        if self._crowded is not None:
            self._crowded(others > 0)

    def _hear_word(self, teller: int, facts: Sequence[Any]) -> None:
        if [*facts] == [self._number]:
            self._worded = True
            self._called.set()

    def _hear_join(self, teller: int, facts: Sequence[Any]) -> None:
        if not self.mine(teller):
            self._count(max(1, self._others))  # exactly, with the next beat

    def _hear_call(self, teller: int, facts: Sequence[Any]) -> None:
        """There may be something to take over, or something was not heard."""
        self._next_look = 0.0
        self._called.set()

    async def lost(self) -> None:
        """Wait until others have taken this process for dead, and raise TakenOver."""
        assert self._beating is not None
        await asyncio.shield(self._beating)

    async def _beat_on(self) -> None:
        while True:
            await self._clock.sleep(self._pause if self.holds else self._pause / 4)
            sent = self._clock.monotonic()
            try:
                # asked for here: what they are read off changes while the database's thread writes
                let_go, aside = frozenset(self.lets_go()), frozenset(self.sets_aside())
                lives, others = await self._database.write(self._beat, let_go, aside)
            except ENDINGS:
                raise
            except BaseException as error:  # whatever keeps a beat from being written keeps us from spending
                if self._until > 0:
                    log.warning("a beat was not written, and nothing is bought until one is: %s", error)
                self.fail()
                continue
            if not lives:
                self.fail()
                raise TakenOver(self.number)
            self._aside = aside
            self._count(others)
            if not self.holds:
                # after an outage everybody is late: who comes back first must not bury the others
                self._grace_until = self._clock.monotonic() + self._lease.total_seconds()
                log.warning("the database takes our beats again")
            self._good(sent)

    def _beat(
        self, connection: Connection, let_go: frozenset[str], aside: frozenset[str]
    ) -> tuple[bool, int]:
        before = self._clock.now()
        now, _ = leases.moment(connection)
        _check_skew(ahead=before - now, slack=self._clock.now() - before)
        lives = leases.beat(connection, self.number, now=now, lease=self._lease, let_go=let_go, aside=aside)
        others = self._hear_of(leases.others(connection, self.number))
        if others and aside != self._aside:
            told.post(connection, [told.moved(self.number)])
        return lives, others

    def fail(self) -> None:
        """Have no lease until a beat is written again."""
        self._until = 0.0

    def _good(self, sent: float) -> None:
        self._until = sent + self._lease.total_seconds() * (BEATS - 1) / BEATS

    async def news(self) -> News:
        """What came since the last call, at the next look, or as soon as there is word."""
        due = self._clock.monotonic() + self._next_look
        await sleep_or(self._clock, self._next_look, self._called)
        self._called.clear()
        if self._worded and self._next_look and self._clock.monotonic() < due:
            self._next_look = due - self._clock.monotonic()  # what nobody called for waits for its moment
            return await self._read_words()
        rest = self._looked_at + LEAST_PAUSE - self._clock.monotonic()
        if rest > 0:  # called for again and again, or without the lease with which a look sets its own pause
            await self._clock.sleep(rest)
        return await self.look()

    async def _read_words(self) -> News:
        """What others changed of what this process holds."""
        self._worded = False
        if not self.holds:
            return News()
        return _news(await self._database.write(leases.heard, self.number))

    async def look(self) -> News:
        """The same, now. What is dead is left alone while this process itself has no lease."""
        self._looked_at = self._clock.monotonic()
        if not self.holds:
            return News()
        taken, heard = await self._database.write(self._take)
        self._worded = False
        if taken.generations or taken.cards:
            log.info("took over %d generations, %d cards", len(taken.generations), len(taken.cards))
        self._adopted += len(taken.generations)
        return _news(heard, taken)

    def _take(self, connection: Connection) -> tuple[leases.Taken, leases.Heard]:
        now, started = leases.moment(connection)
        # asked once the database answers: a pooler keeps questions while its server is away, and what was
        # true when this one was sent may be long over
        if not self.holds:
            self._next_look = LEAST_PAUSE
            return leases.Taken(), ()
        grace = self._clock.monotonic() < self._grace_until
        dead = not grace and now - started > self._lease  # while the server was down nobody could beat
        taken = leases.take_over(connection, self.number, now=now, dead=dead)
        end = leases.first_end(connection, self.number)
        until = timedelta(seconds=self._pause) if end is None else end - now + INSTANT
        # so that whoever dies next is found at once; one that is late and was spared is looked at often
        self._next_look = max(LEAST_PAUSE, min(self._pause, until.total_seconds()))
        leases.forget_claims(connection, now - CLAIMS_KEPT)
        return taken, leases.heard(connection, self.number)

    async def claim(self, interaction_id: str) -> bool:
        """Whether this process answers. Where the database does not say, it does: its answer is an error."""
        if self._leaving and self._others:
            return False
        try:
            return await self._database.write(leases.claim, interaction_id, self._clock.now())
        except ENDINGS:
            raise
        except BaseException as error:
            log.warning("nobody knows whether another process answers: %s", error)
            return True

    async def first(self, press: str, within: timedelta) -> bool:
        """Whether it counts. Where the database does not say, it does: what it asks for cannot be recorded
        either."""
        if not self._others:
            return True
        try:
            return await self._database.write(leases.press, press, within)
        except ENDINGS:
            raise
        except BaseException as error:
            log.warning("nobody knows whether another process heard of the same press: %s", error)
            return True

    async def take_back(self, press: str) -> None:
        """Only for others: this process has its own memory."""
        if not self._others:
            return
        try:
            await self._database.write(leases.forget_press, press)
        except ENDINGS:
            raise
        except BaseException as error:
            log.warning("a press that came to nothing counts for two seconds: %s", error)

    async def leave(self) -> None:
        """Beat no more, and give everything back, so that others go on at once."""
        self.fail()
        if self._listener is not None:
            await self._listener.end()
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.wait({self._beating})
        if self._number is not None:
            await self._database.write(leases.leave, self._number)


def _news(heard: leases.Heard, taken: leases.Taken | None = None) -> News:
    taken = taken or leases.Taken()
    generations = [*taken.generations, *(one for one, _ in heard if one is not None)]
    cards = [*taken.cards, *(card for _, card in heard if card is not None)]
    return News(generations=generations, cards=cards)


def _check_skew(*, ahead: timedelta, slack: timedelta) -> None:
    """slack: how long the question took; the database's answer is from any moment of that."""
    if not -SKEW - slack <= ahead <= SKEW:
        raise ClockSkew(ahead)


@asynccontextmanager
async def joined(
    address: Address,
    clock: Clock,
    lease: timedelta,
    *,
    direct: Address | None = None,
    key: str = "",
    crowded: Callable[[bool], None] | None = None,
) -> AsyncGenerator[Holding]:
    """This process's place on the database, for as long as the context lasts.

    direct: the database's address past any pooler. key: of the processes with the same one only one leads.
    crowded: hears whether there are others, from the moment at which it joins.
    """
    if address.sqlite:
        yield Alone()
        return
    database = Database(address)
    try:
        listener = Listener(direct or address, database, clock, key=key)
        holder = Holder(database, clock, lease, listener=listener, crowded=crowded)
        await holder.join()
        try:
            yield holder
        finally:
            await _left(holder)
    finally:
        await database.close()


async def _left(holder: Holder) -> None:
    try:
        await holder.leave()
    except ENDINGS:
        raise
    except BaseException:  # the lease ends by itself
        log.warning("what this process held goes on elsewhere once its lease is over", exc_info=True)
