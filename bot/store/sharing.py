"""Writes that come together share one transaction, and so one wait for the disk. For SQLite.

Whoever comes while a transaction is under way joins the next one with everybody else who waits. While there
is much to write, the next one also waits for others for a moment, unless somebody is in a hurry: one costs
several times what a write in it does. Each write keeps what a transaction of its own would give it: all of it
or nothing, an answer only once it is on the disk, and no part in what becomes of its neighbors.

A server commits those of several connections together by itself, and there a transaction of many writes would
hold many locks, in an order that is nobody's.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextvars import Context, copy_context
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine

from bot.store.errors import DatabaseBusy

log = logging.getLogger(__name__)

MOST: Final = 100
"""Writes of one transaction: all of them wait for the last one."""
REST: Final = 0.025
"""Seconds from the beginning of one transaction to that of the next, while there is much to write."""
MUCH: Final = 100.0
"""Writes a second: with fewer nobody waits for others."""
_COUNTED: Final = 0.5
"""Seconds over which they are counted."""


@dataclass(frozen=True, slots=True, eq=False)
class _Write:
    """Somebody's write, on its way."""

    work: Callable[[Connection], Any]
    latest: float
    """When it must have begun, by the monotonic clock."""
    told: asyncio.Future[Any]
    """Its answer. Canceled where nobody waits for it any more."""
    apply: Callable[[Any], Any] | None
    context: Context
    """It brings the generation's id to what is logged in the thread."""


@dataclass(frozen=True, slots=True)
class _Failed:
    error: BaseException


class Writes:
    """The line of writers. One transaction of theirs is under way at a time, so none waits for another's
    rows."""

    def __init__(self, engine: Engine, threads: Executor, *, patience: float) -> None:
        """engine: its transactions take the write lock when they begin. patience: seconds that a write waits
        to begin."""
        self._engine = engine
        self._threads = threads
        self._patience = patience
        self._waiting: list[_Write] = []
        self._writing = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._hurry = False
        self._resting: asyncio.TimerHandle | None = None
        self._began = float("-inf")
        self._much = False
        self._counted, self._counted_since = 0, float("-inf")

    def put(
        self, work: Callable[[Connection], Any], apply: Callable[[Any], Any] | None, *, hurry: bool = False
    ) -> asyncio.Future[Any]:
        """The answer of this write, which is done whatever becomes of the answer.

        apply: called in the event loop with what `work` returned, in the order in which writes were
        committed, also where nobody waits any more. What it returns is the answer.
        hurry: it does not wait for others.
        """
        loop = asyncio.get_running_loop()
        one = _Write(work, time.monotonic() + self._patience, loop.create_future(), apply, copy_context())
        self._waiting.append(one)
        self._idle.clear()
        self._hurry |= hurry
        self._count(loop.time())
        if not self._writing:
            self._begin_or_rest(loop)
        return one.told

    async def all_done(self) -> None:
        """Return once nothing is on its way."""
        await self._idle.wait()

    def _count(self, now: float) -> None:
        self._counted += 1
        passed = now - self._counted_since
        if passed >= _COUNTED:
            self._much = self._counted / passed >= MUCH
            self._counted, self._counted_since = 0, now

    def _begin_or_rest(self, loop: asyncio.AbstractEventLoop) -> None:
        rest = self._began + REST - loop.time() if self._much and not self._hurry else 0.0
        if rest <= 0 or len(self._waiting) >= MOST:
            self._begin(loop)
        elif self._resting is None:
            self._resting = loop.call_later(rest, self._begin, loop)

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._resting is not None:
            self._resting.cancel()
        self._resting, self._writing, self._hurry, self._began = None, True, False, loop.time()

        def run() -> None:
            # those who came until the thread was free are in it too
            some = self._waiting[:MOST]
            del self._waiting[: len(some)]
            outcomes = self._outcomes(some)
            loop.call_soon_threadsafe(self._tell, loop, some, outcomes)

        try:
            self._threads.submit(run)
        except RuntimeError as error:  # there are no threads any more
            some, self._waiting = self._waiting, []
            self._tell(loop, some, [_Failed(error)] * len(some))

    def _tell(
        self, loop: asyncio.AbstractEventLoop, some: Sequence[_Write], outcomes: Sequence[object]
    ) -> None:
        for one, outcome in zip(some, outcomes, strict=True):
            _answer(one, outcome)
        self._writing = False
        if self._waiting:
            self._begin_or_rest(loop)
        else:
            self._idle.set()

    def _outcomes(self, some: Sequence[_Write]) -> Sequence[object]:
        """What became of each, in a transaction that they share if they are several. Never raises."""
        if len(some) == 1:
            return [self._alone(some[0])]
        try:
            with self._engine.begin() as connection:
                return [_beside_others(connection, one) for one in some]
        except _TakenBack:
            return [self._alone(one) for one in some]
        except BaseException as error:  # also of native code; each of them is told
            return [_Failed(error)] * len(some)

    def _alone(self, one: _Write) -> object:
        if (late := _late(one)) is not None:
            return late
        try:
            with self._engine.begin() as connection:
                return one.context.run(one.work, connection)
        except BaseException as error:  # its caller is told
            return _Failed(error)


class _TakenBack(Exception):
    """The database took the whole transaction back because of one of its writes: none of them counts."""


def _beside_others(connection: Connection, one: _Write) -> object:
    """One write within everybody's transaction. What it raises takes back what it wrote, and no more."""
    if (late := _late(one)) is not None:
        return late
    driver: Any = connection.connection.driver_connection
    before = driver.total_changes
    try:
        return one.context.run(one.work, connection)
    except BaseException as error:  # its caller is told
        # Most of what is refused has written nothing by then. And a full disk ends SQLite's whole
        # transaction: whatever followed would be a transaction of its own.
        if not driver.in_transaction or driver.total_changes != before:
            raise _TakenBack from error
        return _Failed(error)


def _late(one: _Write) -> _Failed | None:
    late = time.monotonic() > one.latest
    return _Failed(DatabaseBusy("the database was too busy for this write to begin")) if late else None


def _answer(one: _Write, outcome: object) -> None:
    """Never raises: those who come after this one in the transaction are to be answered too."""
    error = outcome.error if isinstance(outcome, _Failed) else None
    if error is None and one.apply is not None:
        try:
            outcome = one.apply(outcome)
        except BaseException as mistake:
            error = mistake
    if isinstance(error, StopIteration):  # no future takes that one
        error = RuntimeError(f"a write raised {error!r}")
    if one.told.cancelled():
        if error is not None:
            log.warning("a transaction failed after its caller was canceled", exc_info=error)
    elif error is not None:
        one.told.set_exception(error)
    else:
        one.told.set_result(outcome)
