"""Transactions that run whole, each in one piece, in threads of their own.

A driver blocks, so it may not work in the event loop. A transaction is three to a dozen calls of the driver;
to hand each of them to a thread and wait for it takes several times as long as the calls themselves (see
`docs/decisions/0004-store-threads.md`). So the whole transaction goes to the thread, as a plain function.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from sqlalchemy import Connection

from bot.store.address import Address
from bot.store.dialects import connections, create_engine, for_writes, hold_as, tell_others
from bot.store.errors import DatabaseBusy
from bot.store.sharing import Writes

PATIENCE: Final = 30.0
"""Seconds that a transaction waits for its thread: behind a database that hangs the line would only grow."""

_P = ParamSpec("_P")
_T = TypeVar("_T")
_U = TypeVar("_U")

log = logging.getLogger(__name__)


class Database:
    """An engine and the threads that use it: as many as it may have connections."""

    def __init__(self, address: Address) -> None:
        """Connects to nothing yet. Raises CannotOpen as `create_engine` does."""
        self.engine: Final = create_engine(address)
        self._threads = ThreadPoolExecutor(connections(address), thread_name_prefix="store")
        self._for_writes: Final = for_writes(self.engine)
        shared = Writes(self._for_writes, self._threads, patience=PATIENCE)
        self._shared = shared if address.sqlite else None
        self._under_way = set[asyncio.Future[Any]]()
        self._ending: asyncio.Task[None] | None = None

    async def read(
        self, work: Callable[Concatenate[Connection, _P], _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """Call `work` in a thread, with a connection whose transaction is given up afterwards.

        Raises what it raises, DatabaseBusy when it could not begin in time, and RuntimeError once closed.
        """

        def run() -> _T:
            with self.engine.connect() as connection:
                return work(connection, *args, **kwargs)

        return await self._whole(run)

    async def write(
        self, work: Callable[Concatenate[Connection, _P], _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """The same, and what `work` wrote is committed, unless it raises. In SQLite others who write then may
        share the transaction: `work` may see what they wrote, and neither fails with the other."""
        return await self._written(lambda connection: work(connection, *args, **kwargs), None)

    async def change(
        self, work: Callable[[Connection], _T], apply: Callable[[_T], _U], *, hurry: bool = False
    ) -> _U:
        """`write`, and call `apply` with what `work` returned, in the event loop, once that is committed.
        Returns what it returns. In SQLite it is called in the order in which all writes were committed,
        and also where the caller was canceled.

        hurry: somebody waits for just this, so it waits for no others to share with.
        """
        return await self._written(work, apply, hurry=hurry)

    def hold_as(self, number: int) -> None:
        """What is written from now on is written as this process's (`leases`)."""
        hold_as(self.engine, number)
        hold_as(self._for_writes, number)

    def tell_others(self, wanted: bool) -> None:  # noqa: FBT001 (a listener's one fact)
        """Whether what is written from now on is told to other processes (`told`)."""
        tell_others(self._for_writes, wanted=wanted)

    async def close(self) -> None:
        """Take no more transactions and return once those under way have ended, also when canceled.

        A late one must not reach the engine, which would open the file again, without its lock.
        """
        ending = self._ending = self._ending or asyncio.create_task(self._end())
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:
            await ending  # whoever closes frees the file's lock next
            raise

    async def _end(self) -> None:
        if self._shared is not None:
            await self._shared.all_done()
        while self._under_way:
            await asyncio.wait(self._under_way)
        await asyncio.get_running_loop().run_in_executor(self._threads, self.engine.dispose)
        self._threads.shutdown()

    async def _written(
        self,
        work: Callable[[Connection], Any],
        apply: Callable[[Any], Any] | None,
        *,
        hurry: bool = False,
    ) -> Any:
        if self._shared is not None:
            self._require_open()
            return await self._shared.put(work, apply, hurry=hurry)

        def run() -> Any:
            with self._for_writes.begin() as connection:
                return work(connection)

        outcome = await self._whole(run)
        return outcome if apply is None else apply(outcome)

    async def _whole(self, transaction: Callable[[], _T]) -> _T:
        self._require_open()
        latest = time.monotonic() + PATIENCE

        def begin() -> _T:
            if time.monotonic() > latest:
                raise DatabaseBusy(f"the database was busy for {PATIENCE:g} s")
            return transaction()

        # the context brings the generation's id to what is logged there
        return await self._to_its_end(
            asyncio.get_running_loop().run_in_executor(self._threads, copy_context().run, begin)
        )

    def _require_open(self) -> None:
        if self._ending is not None:
            raise RuntimeError("the store is closed")

    async def _to_its_end(self, running: asyncio.Future[_T]) -> _T:
        """Let it run to its end also when its caller is canceled: nothing can stop a driver, and one that
        waits for its thread may have been promised already."""
        self._under_way.add(running)
        running.add_done_callback(self._under_way.discard)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            running.add_done_callback(_report)
            raise


def _report(running: asyncio.Future[Any]) -> None:
    if not running.cancelled() and running.exception() is not None:
        log.warning("a transaction failed after its caller was canceled", exc_info=running.exception())
