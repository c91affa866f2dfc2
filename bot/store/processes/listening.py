"""The connection on which a process hears what others tell: PostgreSQL's NOTIFY, on a connection of its own.

A pooler that gives each transaction another connection takes LISTEN and gives nothing, and a session's lock
would be everybody's there. So nothing is believed before a word that was told through the other connections
has arrived here.
"""

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from bot.clock import Clock
from bot.endings import ENDINGS
from bot.generation.pacing import backoff
from bot.generation.several.bulletin import BACK, LOST, Bulletin, Hear
from bot.store.address import Address
from bot.store.database import Database
from bot.store.dialects import server_options
from bot.store.processes import told

if TYPE_CHECKING:
    from psycopg import AsyncConnection, Notify

PROOF: Final = 5.0
"""Seconds within which one's own word must arrive."""
GLANCE: Final = 0.25
"""… between two looks whether it has."""
ROUND: Final = 1.0
"""… between two tries to lead, or looks whether the connection lives."""
AGAIN: Final = 600.0
"""… after which a connection on which nothing arrives is tried again."""
LONGEST_WAIT: Final = 15.0
"""… at most between two tries to connect."""
NOBODY: Final = 0
"""Tells what no process does."""

_SESSION: Final = (
    f'LISTEN "{told.CHANNEL}"',
    # a lost machine's lock is given up by the server as soon as it finds that out: hours, by itself
    "SET tcp_keepalives_idle = 15",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 3",
)
_PROOF: Final = "proof"

log = logging.getLogger(__name__)


class Listener(Bulletin):
    """The port `Bulletin` over a server. It connects by itself, and again whenever it is cut off."""

    def __init__(self, direct: Address, database: Database, clock: Clock, *, key: str = "") -> None:
        """
        direct: past any pooler. database: through which this process tells. key: who has the same one needs
        only one of them to lead.
        """
        self._direct = direct
        self._database = database
        self._clock = clock
        self._lock = _number_of(key)
        self._number = NOBODY
        self._hears: dict[str, list[Hear]] = {}
        self._proof = ""
        self._heard = False
        self._leads = False
        self._warned = False
        self._running: asyncio.Task[None] | None = None
        self.listen(_PROOF, self._hear_proof)

    @property
    def heard(self) -> bool:
        """Whether a word of its own has arrived, and the connection has not failed since."""
        return self._heard

    @property
    def leads(self) -> bool:
        """Whether it has the lock."""
        return self._leads

    @property
    def key(self) -> int:
        """The lock's number."""
        return self._lock

    def listen(self, kind: str, hear: Hear) -> None:
        """Call `hear` with everything of this kind."""
        self._hears.setdefault(kind, []).append(hear)

    async def tell(self, some: Iterable[tuple[str, Sequence[Any]]]) -> None:
        """All in one transaction."""
        texts = [told.said(kind, self._number, facts) for kind, facts in some]
        short = [one for one in texts if told.fits(one)]
        if len(short) < len(texts):
            log.warning("%d words were too long to be told", len(texts) - len(short))
        if short:
            await self._database.write(told.post, short)

    def begin(self, number: int) -> None:
        """Listen from now on, as this process."""
        self._number = number
        self._running = asyncio.create_task(self._run(), name="bulletin")

    async def end(self) -> None:
        """Listen no more, and lead nobody."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})

    async def _run(self) -> None:
        failures = 0
        while True:
            wait = AGAIN
            try:
                async with await self._connect() as connection:
                    if await self._is_heard(connection):
                        failures = 0
                        self._set_heard(now=True)
                        await self._go_on(connection)
                    self._warn("what other processes tell does not arrive here: does a pooler stand between?")
                    await connection.execute("UNLISTEN *")
            except ENDINGS:
                raise
            except BaseException as error:  # it only hurries what is looked for anyway
                failures += 1
                wait = backoff(failures, cap=LONGEST_WAIT)
                self._warn(f"no connection to hear other processes by: {error}")
            finally:
                self._set_heard(now=False)
            await self._clock.sleep(wait)

    def _warn(self, why: str) -> None:
        """Once, until it is heard again: what is lost is only time."""
        if not self._warned:
            log.warning("DATABASE_DIRECT_URL: %s. Until then their news are looked for", why)
        self._warned = True

    async def _connect(self) -> "AsyncConnection[Any]":
        from psycopg import AsyncConnection

        address = self._direct.url.set(drivername="postgresql").render_as_string(hide_password=False)
        options: dict[str, Any] = server_options(self._direct)
        connection = await AsyncConnection.connect(address, autocommit=True, **options)
        try:
            for statement in _SESSION:
                await connection.execute(statement.encode())
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _is_heard(self, connection: "AsyncConnection[Any]") -> bool:
        """Whether a word arrives that is told through the other connections."""
        self._proof = secrets.token_hex(8)
        await self.tell([(_PROOF, [self._proof])])
        until = self._clock.monotonic() + PROOF
        while self._proof and self._clock.monotonic() < until:
            await self._hear_for(connection, GLANCE, most=1)
        return not self._proof

    def _hear_proof(self, teller: int, facts: Sequence[Any]) -> None:
        if teller == self._number and [*facts] == [self._proof]:
            self._proof = ""

    async def _go_on(self, connection: "AsyncConnection[Any]") -> None:
        """Hear until the connection fails."""
        while True:
            # the one statement of a round finds out, too, whether there is still a server
            leads = await self._holds_lock(connection)
            if leads and not self._leads:
                log.info("this process reads for all")
            self._leads = leads
            await self._hear_for(connection, ROUND)

    async def _holds_lock(self, connection: "AsyncConnection[Any]") -> bool:
        wanted = "SELECT true" if self._leads else f"SELECT pg_try_advisory_lock({self._lock})"
        row = await (await connection.execute(wanted.encode())).fetchone()
        return row is not None and bool(row[0])

    async def _hear_for(
        self, connection: "AsyncConnection[Any]", seconds: float, *, most: int | None = None
    ) -> None:
        # read to its end: what came in the same packet would be lost otherwise
        async for note in connection.notifies(timeout=seconds, stop_after=most):
            self._hear(note)

    def _hear(self, note: "Notify") -> None:
        word = told.read(note.payload)
        if word is not None:
            self._pass_on(*word)

    def _set_heard(self, *, now: bool) -> None:
        self._leads &= now
        if now is self._heard:
            return
        self._heard = now
        if now:
            self._warned = False
        log.info("other processes are %s", "heard at once" if now else "not heard any more")
        self._pass_on(BACK if now else LOST, NOBODY, ())

    def _pass_on(self, kind: str, teller: int, facts: Sequence[Any]) -> None:
        for hear in self._hears.get(kind, ()):
            try:
                hear(teller, facts)
            except ENDINGS:
                raise
            except BaseException:  # the next one is heard all the same
                log.exception("what a process told could not be made use of: %s", kind)


def _number_of(key: str) -> int:
    """A lock's number, the same in every process with this key, which is not to be told from it."""
    digest = hashlib.sha256(b"imagine reads for all\0" + key.encode()).digest()
    return int.from_bytes(digest[:8], signed=True)
