"""The port `Store` over SQL. Its contract is in `bot.generation.ports`."""

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Sequence
from datetime import datetime
from functools import wraps
from types import CoroutineType
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from sqlalchemy import ColumnElement, Select, case, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.generation.budget import DAY, Costs, room_at, used
from bot.generation.errors import AlreadyRecorded, Limit, LimitReached
from bot.generation.model import CARD_FIELDS, FATE_FIELDS, Card, Fate, Generation, check_move
from bot.generation.ports import Guard, JobTaken
from bot.store.codec import decode, encode
from bot.store.dialects import exclude_others, for_writes, insert_or_replace
from bot.store.drafts import SqlDrafts
from bot.store.models import SqlShelf
from bot.store.tables import OPEN, UNFINISHED, WITH_TOKEN, generations, notes

_IDS_AT_ONCE: Final = 500  # SQLite and PostgreSQL both bound the parameters of one statement

_g: Final = generations.c
_P = ParamSpec("_P")
_T = TypeVar("_T")

log = logging.getLogger(__name__)


def _whole(
    method: Callable[Concatenate["SqlStore", _P], Coroutine[Any, Any, _T]],
) -> Callable[Concatenate["SqlStore", _P], "CoroutineType[Any, Any, _T]"]:
    """Let the method run to its end also when its caller is canceled.

    The driver cannot be interrupted: a connection given up in the middle of a statement goes on in its
    thread and may hold SQLite's write lock for seconds. An in-memory database would be lost with it.
    """

    @wraps(method)
    async def run(self: "SqlStore", *args: _P.args, **kwargs: _P.kwargs) -> _T:
        return await self.whole(method(self, *args, **kwargs))

    return run


def _report(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.warning("a call failed after its caller was canceled", exc_info=task.exception())


class SqlStore:
    """Generations in one table. Every method is one transaction, which a canceled call completes too."""

    def __init__(self, engine: AsyncEngine) -> None:
        """engine: from `create_engine`, its schema migrated. Its maker disposes of it, after `close`."""
        self._reads = engine
        self._writes = for_writes(engine)
        self._under_way = set[asyncio.Task[Any]]()
        self._closed = False
        self.shelf = SqlShelf(engine, self.whole)
        self.drafts = SqlDrafts(engine, self.whole)

    async def close(self) -> None:
        """Take no more calls and return once those under way have ended.

        A late call must not reach the engine, which would open the file again, without its lock.
        """
        self._closed = True
        while self._under_way:
            await asyncio.wait(self._under_way)

    def start(self, work: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        """Run `work` as a call that `close` waits for. Raises RuntimeError once closed."""
        if self._closed:
            work.close()
            raise RuntimeError("the store is closed")
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    async def whole(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run `work` as `start` does and wait for it; it goes on when the waiting is canceled."""
        task = self.start(work)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_report)
            raise

    @_whole
    async def record(self, generation: Generation, guard: Guard) -> None:
        async with self._writes.begin() as connection:
            await exclude_others(connection)
            # before the limits: a replay must stay silent, not be told that the member is at a limit
            known = await connection.scalar(select(_g.id).where(_g.id == generation.id))
            if known is not None:
                raise AlreadyRecorded(generation.id)
            await _check_limits(connection, generation, guard)
            await connection.execute(insert(generations).values(encode(generation)))

    @_whole
    async def get(self, generation_id: str) -> Generation | None:
        return await self._get(generation_id)

    @_whole
    async def save(self, before: Generation, after: Generation) -> Generation | None:
        check_move(before, after)
        fate_fields = _differing(before, after, FATE_FIELDS)
        card_fields = _differing(before, after, CARD_FIELDS)
        if not fate_fields and not card_fields:
            return await self._get(after.id)
        values = encode(after, fate_fields | card_fields)
        stands = [_g.id == after.id]
        if fate_fields:
            stands.append(_g.fate == before.fate.value)
            values["revision"] = _g.revision + 1
        if card_fields:
            stands.append(_g.card == before.card.value)
        if "shown_revision" in card_fields:
            shown = after.shown_revision
            values["shown_revision"] = case((_g.shown_revision < shown, shown), else_=_g.shown_revision)
        statement = update(generations).where(*stands).values(values).returning(*generations.c)
        try:
            async with self._writes.begin() as connection:
                row = (await connection.execute(statement)).mappings().one_or_none()
        except IntegrityError as error:
            if after.job_id is None or "job_id" not in fate_fields:
                raise
            raise JobTaken(after.job_id) from error
        return None if row is None else decode({**row})

    @_whole
    async def unfinished(self) -> Sequence[Generation]:
        return await self._read(select(generations).where(OPEN, UNFINISHED).order_by(_g.created_at, _g.id))

    @_whole
    async def unsettled(self) -> Sequence[Generation]:
        return await self._read(
            select(generations)
            .where(OPEN, _g.card == Card.LIVE.value)  # the first is the index's condition
            .order_by(case((UNFINISHED, 1), else_=0), _g.created_at, _g.id)
        )

    @_whole
    async def owned_jobs(self, job_ids: Collection[str]) -> set[str]:
        wanted, held = list(job_ids), set[str]()
        async with self._reads.connect() as connection:
            for start in range(0, len(wanted), _IDS_AT_ONCE):
                batch = wanted[start : start + _IDS_AT_ONCE]
                held.update(await connection.scalars(select(_g.job_id).where(_g.job_id.in_(batch))))
        return held

    @_whole
    async def of_owner(self, owner_id: int, *, limit: int = 25) -> Sequence[Generation]:
        return await self._read(
            select(generations)
            .where(_g.owner_id == owner_id)
            .order_by(_g.created_at.desc(), _g.id.desc())
            .limit(limit)
        )

    @_whole
    async def costs(self, owner_id: int, since: datetime) -> Costs:
        async with self._reads.connect() as connection:
            return await _costs(connection, owner_id, since)

    @_whole
    async def erase_tokens(self, now: datetime) -> int:
        expired = (WITH_TOKEN, _g.token_expires_at < now)
        async with self._writes.begin() as connection:
            done = await connection.execute(update(generations).where(*expired).values(token=None))
        return done.rowcount

    @_whole
    async def note(self, key: str) -> str | None:
        async with self._reads.connect() as connection:
            return await connection.scalar(select(notes.c.text).where(notes.c.key == key))

    @_whole
    async def remember(self, key: str, text: str) -> None:
        async with self._writes.begin() as connection:
            await connection.execute(insert_or_replace(connection, notes, {"key": key, "text": text}))

    async def _get(self, generation_id: str) -> Generation | None:
        rows = await self._read(select(generations).where(_g.id == generation_id))
        return rows[0] if rows else None

    async def _read(self, statement: Select[Any]) -> list[Generation]:
        async with self._reads.connect() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        return [decode({**row}) for row in rows]


def _differing(before: Generation, after: Generation, names: frozenset[str]) -> frozenset[str]:
    return frozenset(name for name in names if getattr(before, name) != getattr(after, name))


async def _check_limits(connection: AsyncConnection, new: Generation, guard: Guard) -> None:
    """Raise LimitReached for the first limit that leaves no room for `new`."""
    if guard.member_in_flight is not None:
        used = await _count(connection, UNFINISHED, _g.owner_id == new.owner_id)
        if used >= guard.member_in_flight:
            raise LimitReached(Limit.MEMBER_IN_FLIGHT, guard.member_in_flight, used=used)
    if guard.member_cu_per_day is not None:
        costs = await _costs(connection, new.owner_id, new.created_at - DAY)
        _check_day(costs, guard.member_cu_per_day)
    if guard.queue is not None:
        used = await _count(connection, _g.fate == Fate.REQUESTED.value)
        if used >= guard.queue:
            raise LimitReached(Limit.QUEUE, guard.queue, used=used)


def _check_day(costs: Costs, limit: float) -> None:
    """costs: of one member in 24 hours."""
    spent = used(costs)
    if spent >= limit:
        until = room_at(costs, lambda rest: rest < limit)
        raise LimitReached(Limit.MEMBER_CU_PER_DAY, limit, used=spent, until=until)


async def _count(connection: AsyncConnection, *conditions: Any) -> int:
    return (
        await connection.scalar(select(func.count()).select_from(generations).where(OPEN, *conditions)) or 0
    )


async def _costs(connection: AsyncConnection, owner_id: int, since: datetime) -> list[tuple[datetime, float]]:
    """When and how many CU, of the owner's generations created after `since`, oldest first.

    Summed by us, not by SQL: prices are decimals, and a plain sum of ten tenths stays below one.
    """
    cost: ColumnElement[float] = func.coalesce(_g.cu, _g.price)
    rows = await connection.execute(
        select(_g.created_at, cost)
        .where(_g.owner_id == owner_id, _g.created_at > since, cost.is_not(None), _g.refunded.is_not(True))
        .order_by(_g.created_at, _g.id)
    )
    return [(moment, cu) for moment, cu in rows]
