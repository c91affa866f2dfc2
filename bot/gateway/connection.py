"""One shard's connection: it begins a session or takes one up, hears it, and comes back when it breaks."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

import aiohttp
import discord
from discord.backoff import ExponentialBackoff
from discord.gateway import ReconnectWebSocket
from yarl import URL

from bot import logs
from bot.clock import Clock
from bot.gateway.socket import ShardSocket
from bot.sharding.ports import Division, Session

PATIENCE: Final = 60.0
"""Seconds for a connection to be there."""
LONGER: Final = 180.0
"""… for one that waits for its turn to identify."""
OVER: Final = 1000
"""The close code that ends the session."""
REFUSED: Final = frozenset({4004, 4010, 4011, 4012, 4013, 4014})
"""Close codes of what is wrong with us: the token, the shard, too few shards, the version, the intents."""
RESET_BY_PEER: Final = frozenset({54, 10054, 104})
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
            backoff = ExponentialBackoff[bool]()
            while True:
                try:
                    await self._hear()
                except ReconnectWebSocket as wish:
                    # the session is over where Discord said so, and a new one waits for its turn
                    self._session = self.session if wish.resume else None
                    self._socket = None
                    if wish.resume and not self._let_in:
                        await self._clock.sleep(backoff.delay())
                except _MENDABLE as error:
                    self._session, self._socket = self.session, None
                    _require_mendable(error)
                    if isinstance(error, OSError) and error.errno in RESET_BY_PEER:
                        continue
                    pause = backoff.delay()
                    log.warning(
                        "the gateway is tried again in %.1f s: %s", pause, error or type(error).__name__
                    )
                    await self._clock.sleep(pause)

    def end(self) -> None:
        """When it is stopped, let the session be over: the bot is shown as gone at once."""
        if self._socket is not None:
            self._socket.farewell = OVER

    @property
    def _let_in(self) -> bool:
        """Whether the last connection got as far as that."""
        return self._heard is not None and self._heard.done()

    async def _hear(self) -> None:
        self._heard = None
        await self._division.allowed()
        if self._session is None:
            async with self._alone:
                self._socket = await self._opened(None)
        else:
            self._socket = await self._opened(self._session)
        while True:
            await self._socket.poll_event()

    async def _opened(self, session: Session | None) -> ShardSocket:
        if session is None:
            begun = ShardSocket.from_client(self._client, shard_id=self.shard, gateway=self._gateway)
            socket = await asyncio.wait_for(begun, LONGER)
        else:
            taken_up = ShardSocket.from_client(
                self._client,
                shard_id=self.shard,
                gateway=URL(session.gateway),
                session=session.id,
                sequence=session.sequence,
                resume=True,
            )
            socket = await asyncio.wait_for(taken_up, PATIENCE)
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
