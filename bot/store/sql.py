"""The port `Store` over SQL. Its contract is in `bot.generation.ports`."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    Connection,
    CursorResult,
    Select,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.dml import ReturningUpdate

from bot.generation.model import CARD_FIELDS, FATE_FIELDS, Card, Fate, Generation, check_move
from bot.generation.ports import Guard, JobTaken, Taught
from bot.pricing.budget import DAY
from bot.pricing.charges import Charge
from bot.refusals import AlreadyAsked, AlreadyRecorded
from bot.store.codec import decode, encode
from bot.store.database import Database
from bot.store.dialects import IDS_AT_ONCE, exclude_others, insert_or_replace
from bot.store.drafts import SqlDrafts, take
from bot.store.guards import check_alone, check_counts, check_cu
from bot.store.models import SqlShelf
from bot.store.tables import CHARGED, COSTING, OPEN, UNFINISHED, WITH_TOKEN, generations, notes
from bot.store.uploads import SqlUploads

CHARGES: Final = 30
"""How many of a model's newest charges are looked at."""

USED: Final = 1000
"""How many of the newest requests say which models people use."""

_g: Final = generations.c

# Built once: to build a statement takes longer than to run it.
_KNOWN: Final = select(_g.id).where(_g.id == bindparam("this"))
_RECORD: Final = insert(generations)
_GET: Final = select(generations).where(_g.id == bindparam("this"))
_CHARGES: Final = (
    select(_g.inputs, _g.cu, _g.price, _g.submitted_at)
    .where(_g.model_id == bindparam("model"), CHARGED, _g.submitted_at.is_not(None))
    .where(or_(_g.cu > 0, _g.fate.in_([Fate.RUNNING.value, Fate.SUCCEEDED.value])))
    .order_by(_g.submitted_at.desc())
    .limit(CHARGES)
)
_NEWEST: Final = (
    select(_g.model_id, _g.created_at)
    .where(COSTING, _g.model_id != "")
    .order_by(_g.created_at.desc())
    .limit(USED)
    .subquery()
)
_POPULAR: Final = (
    select(_NEWEST.c.model_id)
    .group_by(_NEWEST.c.model_id)
    .order_by(func.count().desc(), func.max(_NEWEST.c.created_at).desc())
    .limit(bindparam("most"))
)


class SqlStore:
    """Generations in one table. Every method is one transaction, which a canceled call completes too."""

    def __init__(self, database: Database) -> None:
        """database: its schema migrated. Its maker closes it."""
        self._database = database
        self.shelf = SqlShelf(database)
        self.drafts = SqlDrafts(database)
        self.uploads = SqlUploads(database)

    async def record(self, generation: Generation, guard: Guard, *, draft_id: str | None = None) -> None:
        """Keep a new request, unless a guard says no."""
        await self._database.write(_record, generation, guard, draft_id)

    async def get(self, generation_id: str) -> Generation | None:
        """None where there is none."""
        return await self._database.read(_get, generation_id)

    async def save(self, before: Generation, after: Generation) -> Generation | None:
        """Write what differs, if the row still stands where `before` stood; None where not."""
        check_move(before, after)
        fate_fields = _differing(before, after, FATE_FIELDS)
        card_fields = _differing(before, after, CARD_FIELDS)
        if not fate_fields and not card_fields:
            return await self.get(after.id)
        return await self._database.write(_save, before, after, fate_fields, card_fields)

    async def reserve(
        self,
        before: Generation,
        after: Generation,
        guard: Guard,
        *,
        now: datetime,
        alone: Sequence[Charge] | None = None,
    ) -> Generation | None:
        """`save`, within what the CU limits leave."""
        check_move(before, after)
        return await self._database.write(_reserve, before, after, guard, now, alone)

    async def charges(self, model_id: str) -> Sequence[Charge]:
        """What the model's newest purchases were charged, newest first."""
        return await self._database.read(_charges, model_id)

    async def unfinished(self) -> Sequence[Generation]:
        """All whose fate is not final, oldest first."""
        wanted = select(generations).where(OPEN, UNFINISHED).order_by(_g.created_at, _g.id)
        return await self._database.read(_generations, wanted)

    async def unsettled(self) -> Sequence[Generation]:
        """All whose card is live, final fates first."""
        wanted = (
            select(generations)
            .where(OPEN, _g.card == Card.LIVE.value)  # the first is the index's condition
            .order_by(case((UNFINISHED, 1), else_=0), _g.created_at, _g.id)
        )
        return await self._database.read(_generations, wanted)

    async def owned_jobs(self, job_ids: Collection[str]) -> set[str]:
        """Those of the ids that some generation holds."""
        return await self._database.read(_owned_jobs, list(job_ids))

    async def of_owner(self, owner_id: int, *, limit: int = 25) -> Sequence[Generation]:
        """A member's generations, newest first."""
        wanted = (
            select(generations)
            .where(_g.owner_id == owner_id)
            .order_by(_g.created_at.desc(), _g.id.desc())
            .limit(limit)
        )
        return await self._database.read(_generations, wanted)

    async def popular(self, limit: int = 40) -> Sequence[str]:
        """The ids of the models that people use, as their newest requests say, the most used first."""
        return await self._database.read(_popular, limit)

    async def erase_tokens(self, now: datetime) -> int:
        """Forget interaction tokens that expired before `now`; how many."""
        return await self._database.write(_erase_tokens, now)

    async def note(self, key: str) -> str | None:
        """The text under this key; None where there is none."""
        return await self._database.read(_note, key)

    async def remember(self, key: str, text: str) -> None:
        """Keep a text under this key, in place of the one before."""
        await self._database.write(_remember, key, text)


def _record(connection: Connection, generation: Generation, guard: Guard, draft_id: str | None) -> None:
    exclude_others(connection)
    # before the limits: a replay must stay silent, not be told that the member is at a limit
    if connection.scalar(_KNOWN, {"this": generation.id}) is not None:
        raise AlreadyRecorded(generation.id)
    check_counts(connection, generation, guard)
    check_cu(connection, generation, guard, generation.created_at - DAY)
    if draft_id is not None and not take(connection, draft_id, generation.id):
        raise AlreadyAsked
    connection.execute(_RECORD, encode(generation))


def _reserve(
    connection: Connection,
    before: Generation,
    after: Generation,
    guard: Guard,
    now: datetime,
    alone: Sequence[Charge] | None,
) -> Generation | None:
    exclude_others(connection)
    if alone is not None and guard.limits_cu:
        if _charges(connection, after.model_id) != list(alone):
            raise Taught(after.model_id)
        check_alone(connection, after, guard)
    check_cu(connection, after, guard, now - DAY)
    fate_fields = _differing(before, after, FATE_FIELDS)
    return _save(connection, before, after, fate_fields, _differing(before, after, CARD_FIELDS))


def _charges(connection: Connection, model_id: str) -> list[Charge]:
    rows = connection.execute(_CHARGES, {"model": model_id})
    return [Charge(inputs=inputs or {}, cu=cu, foretold=foretold, at=at) for inputs, cu, foretold, at in rows]


def _popular(connection: Connection, limit: int) -> list[str]:
    return list(connection.scalars(_POPULAR, {"most": limit}))


def _get(connection: Connection, generation_id: str) -> Generation | None:
    return _one(connection.execute(_GET, {"this": generation_id}))


def _one(found: CursorResult[Any]) -> Generation | None:
    row = found.mappings().one_or_none()
    return None if row is None else decode({**row})


def _generations(connection: Connection, wanted: Select[Any]) -> list[Generation]:
    return [decode({**row}) for row in connection.execute(wanted).mappings()]


def _save(
    connection: Connection,
    before: Generation,
    after: Generation,
    fate_fields: frozenset[str],
    card_fields: frozenset[str],
) -> Generation | None:
    stood: dict[str, object] = {"this": after.id}
    if fate_fields:
        stood["stood_fate"] = before.fate.value
    if card_fields:
        stood["stood_card"] = before.card.value
    if "shown_revision" in card_fields:
        stood["shown"] = after.shown_revision
    move = _move(fate=bool(fate_fields), card=bool(card_fields), shown="shown" in stood)
    values = encode(after, (fate_fields | card_fields) - {"shown_revision"})
    try:
        return _one(connection.execute(move, {**values, **stood}))
    except IntegrityError as error:
        if after.job_id is None or "job_id" not in fate_fields:
            raise
        raise JobTaken(after.job_id) from error


@cache
def _move(*, fate: bool, card: bool, shown: bool) -> ReturningUpdate[Any]:
    """Write the columns among its parameters, if fate and card stand where they stood."""
    move = update(generations).where(_g.id == bindparam("this"))
    if fate:
        move = move.where(_g.fate == bindparam("stood_fate")).values(revision=_g.revision + 1)
    if card:
        move = move.where(_g.card == bindparam("stood_card"))
    if shown:  # never backwards
        later = bindparam("shown", type_=_g.shown_revision.type)
        at = case((_g.shown_revision < later, later), else_=_g.shown_revision)
        move = move.values(shown_revision=at)
    return move.returning(*generations.c)


def _owned_jobs(connection: Connection, job_ids: list[str]) -> set[str]:
    held = set[str]()
    for start in range(0, len(job_ids), IDS_AT_ONCE):
        batch = job_ids[start : start + IDS_AT_ONCE]
        held.update(connection.scalars(select(_g.job_id).where(_g.job_id.in_(batch))))
    return held


def _erase_tokens(connection: Connection, now: datetime) -> int:
    expired = (WITH_TOKEN, _g.token_expires_at < now)
    return connection.execute(update(generations).where(*expired).values(token=None)).rowcount


def _note(connection: Connection, key: str) -> str | None:
    return connection.scalar(select(notes.c.text).where(notes.c.key == key))


def _remember(connection: Connection, key: str, text: str) -> None:
    connection.execute(insert_or_replace(connection, notes, {"key": key, "text": text}))


def _differing(before: Generation, after: Generation, names: frozenset[str]) -> frozenset[str]:
    return frozenset(name for name in names if getattr(before, name) != getattr(after, name))
