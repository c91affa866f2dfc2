"""One shard's connection: it begins a session or takes one up, hears it, and comes back when it breaks."""

import asyncio
import logging
import random
from collections.abc import Callable
from typing import Final, NoReturn

import aiohttp
import discord
from discord.gateway import ReconnectWebSocket
from yarl import URL

from bot import logs
from bot.clock import Clock
from bot.gateway.socket import ShardSocket
from bot.sharding.ports import Division, Session

PATIENCE: Final = 60.0
"""Seconds for a connection to be there. While it waits for its turn to identify it says nothing, and the
library takes it for dead after as long: it must not wait on, and take a turn that it can't use."""
LONGEST_PAUSE: Final = 60.0
"""… between two tries to get in. A part of the servers gets no answer for so long after Discord is back."""
OVER: Final = 1000
"""The close code that ends the session."""
REFUSED: Final = frozenset({4004, 4010, 4011, 4012, 4013, 4014})
"""Close codes of what is wrong with us: the token, the shard, too few shards, the version, the intents."""
_MENDABLE: Final = (
    OSError,
    discord.HTTPException,
    discord.GatewayNotFound,
    discord.ConnectionClosed,
    aiohttp.ClientError,
    TimeoutError,
)

log = logging.getLogger(__name__)


class Connection:
    """A shard of this process, from the moment at which it is its own."""

    def __init__(
        self,
        client: discord.Client,
        shard: int,
        division: Division,
        clock: Clock,
        *,
        session: Session | None,
        gateway: str,
        alone: asyncio.Lock,
        arrived: Callable[[], None],
    ) -> None:
        """
        session: what another process left of it.
        gateway: where a new session is begun.
        alone: held while one of this process's shards waits for its turn: an open connection that says
        nothing is taken for dead after a minute.
        arrived: called whenever Discord has let it in.
        """
        self.shard: Final = shard
        self.begun = 0
        self.resumed = 0
        self._client = client
        self._division = division
        self._clock = clock
        self._gateway = URL(gateway)
        self._alone = alone
        self._arrived = arrived
        self._session = session
        self._socket: ShardSocket | None = None
        self._heard: asyncio.Future[object] | None = None

    @property
    def ready(self) -> bool:
        """Whether Discord has let it in, and it is still there."""
        return self._let_in and self._socket is not None and self._socket.open

    @property
    def latency(self) -> float | None:
        """Seconds, of the heartbeats; None without a connection."""
        return self._socket.latency if self._socket is not None and self.ready else None

    @property
    def session(self) -> Session | None:
        """Where it stands now."""
        socket = self._socket
        if socket is None or socket.session_id is None or socket.sequence is None:
            return self._session
        return Session(socket.session_id, socket.sequence, str(socket.gateway))

    async def run(self) -> None:
        """Until it is stopped, which closes it. Raises what no new try can mend, such as a refused token."""
        with logs.of_shard(self.shard if self._division.count > 1 else None):
            failures = 0
            while True:
                anew = self._session is None
                try:
                    await self._hear(failures)
                except ReconnectWebSocket as wish:
                    over, why = not wish.resume, "nobody was let in"
                except _MENDABLE as error:
                    _require_mendable(error)
                    over, why = False, str(error) or type(error).__name__
                # a session that Discord has forgotten is begun anew at once; who may not begin must wait:
                # each IDENTIFY counts, and there are 1,000 a day
                failures = 0 if self._let_in or (over and not anew) else failures + 1
                self._session = None if over else self.session
                self._socket = None
                if failures:
                    pause = random.uniform(0.5, 1.0) * min(LONGEST_PAUSE, 2.0 ** min(failures, 10))
                    log.warning("the gateway is tried again in %.1f s: %s", pause, why)
                    await self._clock.sleep(pause)

    def end(self) -> None:
        """When it is stopped, let the session be over: the bot is shown as gone at once."""
        if self._socket is not None:
            self._socket.farewell = OVER

    @property
    def _let_in(self) -> bool:
        """Whether the last connection got as far as that."""
        return self._heard is not None and self._heard.done()

    async def _hear(self, failures: int) -> NoReturn:
        self._heard = None
        await self._division.allowed()
        if self._session is None:
            async with self._alone:
                self._socket = await self._opened(None, self._gateway)
        else:
            # the address that a session came with may be gone for good, and any other one takes it up too
            own = URL(self._session.gateway)
            self._socket = await self._opened(self._session, self._gateway if failures % 2 else own)
        while True:
            await self._socket.poll_event()

    async def _opened(self, session: Session | None, gateway: URL) -> ShardSocket:
        # Python 3.11's `wait_for` loses the wish to stop where the connection fails at the same moment
        async with asyncio.timeout(PATIENCE):
            socket = await ShardSocket.from_client(
                self._client,
                shard_id=self.shard,
                gateway=gateway,
                session=session.id if session is not None else None,
                sequence=session.sequence if session is not None else None,
                resume=session is not None,
            )
        self._heard = socket.wait_for("READY" if session is None else "RESUMED", _whatever)
        self._heard.add_done_callback(self._let_in_anew if session is None else self._let_in_again)
        return socket

    def _let_in_anew(self, heard: asyncio.Future[object]) -> None:
        del heard
        self.begun += 1
        self._arrived()

    def _let_in_again(self, heard: asyncio.Future[object]) -> None:
        del heard
        self.resumed += 1
        self._arrived()


def _whatever(data: object) -> bool:
    del data
    return True


def _require_mendable(error: Exception) -> None:
    """Raise what Discord will say again."""
    if isinstance(error, discord.ConnectionClosed) and error.code in REFUSED:
        if error.code == 4014:
            raise discord.PrivilegedIntentsRequired(error.shard_id) from None
        raise error
