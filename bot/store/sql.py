"""The port `Store` over SQL. Its contract is in `bot.generation.ports`."""

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final

from sqlalchemy import Connection, bindparam, func, or_, select, update

from bot.generation.card import Card, check_card_move
from bot.generation.group import gather
from bot.generation.model import Fate, Generation, check_move
from bot.generation.ports import Guard, Move, Taught
from bot.pricing.budget import DAY
from bot.pricing.charges import Charge
from bot.refusals import AlreadyAsked, AlreadyRecorded
from bot.store.database import Database
from bot.store.dialects import IDS_AT_ONCE, exclude_others, insert_or_replace
from bot.store.drafts import SqlDrafts, take
from bot.store.guards import check_alone, check_counts, check_cu
from bot.store.models import SqlShelf
from bot.store.rows import READ, READ_CARDS, MovedOn, add, get, read, write, write_card
from bot.store.tables import CHARGED, COSTING, LIVE, UNFINISHED, WITH_TOKEN, cards, generations, notes
from bot.store.uploads import SqlUploads

CHARGES: Final = 30
"""How many of a model's newest charges are looked at."""

USED: Final = 1000
"""How many of the newest requests say which models people use."""

BUILT: Final = 25
"""How many of those that were built on a card are named."""

_g: Final = generations.c

# Built once: to build a statement takes longer than to run it.
_KNOWN: Final = select(_g.id).where(_g.id == bindparam("this"))
_NUMBER: Final = func.coalesce(_g.group_number, 1)
_SHOWN: Final = READ.where(_g.card_id == bindparam("this")).order_by(_NUMBER)
_GROUP: Final = READ.where(_g.group_id == bindparam("this")).order_by(_NUMBER)
_OPEN: Final = READ.where(UNFINISHED).order_by(_g.created_at, _g.id)
_UNSETTLED: Final = READ_CARDS.where(LIVE).order_by(cards.c.id, _NUMBER)
_OF_OWNER: Final = (
    READ.where(_g.owner_id == bindparam("owner"), _NUMBER == 1)
    .order_by(_g.created_at.desc(), _g.id.desc())
    .limit(bindparam("most"))
)
_BUILT_ON: Final = (
    READ.where(_g.parent_id == bindparam("this"), _g.fate == Fate.SUCCEEDED.value, _NUMBER == 1)
    .order_by(_g.created_at.desc(), _g.id.desc())
    .limit(BUILT)
)
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

    async def record(
        self,
        generation: Generation,
        guard: Guard,
        *,
        siblings: Sequence[Generation] = (),
        draft_id: str | None = None,
    ) -> None:
        """Keep a new request, unless a guard says no."""
        await self._database.write(_record, (generation, *siblings), guard, draft_id)

    async def divide(
        self, before: Generation, after: Generation, siblings: Sequence[Generation], guard: Guard
    ) -> Generation | None:
        """`save`, and record the jobs that it turned out to be beside this one."""
        check_move(before, after)
        try:
            return await self._database.write(_divide, (before, after), siblings, guard)
        except MovedOn:
            return None

    async def get(self, generation_id: str) -> Generation | None:
        """None where there is none."""
        return await self._database.read(get, generation_id)

    async def shown(self, card_id: str) -> Generation | None:
        """What this card shows, gathered; None where there is none."""
        return await self._database.read(_shown, card_id)

    async def group(self, group_id: str) -> Sequence[Generation]:
        """The jobs of one request, in the order of their numbers."""
        return await self._database.read(read, _GROUP, {"this": group_id})

    async def save(
        self, before: Generation, after: Generation, *, siblings: Sequence[Move] = ()
    ) -> Generation | None:
        """Write what differs, if all rows still stand where they stood; None where not."""
        moves = ((before, after), *siblings)
        for move in moves:
            check_move(*move)
        try:
            return await self._database.write(_save, moves)
        except MovedOn:
            return None

    async def save_card(self, before: Card, after: Card) -> bool:
        """Write what differs, if the card still stands where it stood."""
        check_card_move(before, after)
        try:
            await self._database.write(write_card, before, after)
        except MovedOn:
            return False
        return True

    async def reserve(
        self,
        before: Generation,
        after: Generation,
        guard: Guard,
        *,
        now: datetime,
        siblings: Sequence[Move] = (),
        alone: Sequence[Charge] | None = None,
    ) -> Generation | None:
        """`save`, within what the CU limits leave."""
        moves = ((before, after), *siblings)
        for move in moves:
            check_move(*move)
        try:
            return await self._database.write(_reserve, moves, guard, now, alone)
        except MovedOn:
            return None

    async def charges(self, model_id: str) -> Sequence[Charge]:
        """What the model's newest purchases were charged, newest first."""
        return await self._database.read(_charges, model_id)

    async def unfinished(self) -> Sequence[Generation]:
        """All whose fate is not final, oldest first."""
        return await self._database.read(read, _OPEN)

    async def unsettled(self) -> Sequence[Generation]:
        """What every live card shows, final fates first."""
        return await self._database.read(_unsettled)

    async def owned_jobs(self, job_ids: Collection[str]) -> set[str]:
        """Those of the ids that some generation holds."""
        return await self._database.read(_owned_jobs, list(job_ids))

    async def of_owner(self, owner_id: int, *, limit: int = 25) -> Sequence[Generation]:
        """A member's requests, newest first; of each the first job."""
        return await self._database.read(read, _OF_OWNER, {"owner": owner_id, "most": limit})

    async def built_on(self, card_id: str) -> Sequence[Generation]:
        """What was made with this card as its parent, newest first."""
        return await self._database.read(read, _BUILT_ON, {"this": card_id})

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


def _record(connection: Connection, jobs: Sequence[Generation], guard: Guard, draft_id: str | None) -> None:
    exclude_others(connection)
    first = jobs[0]
    # before the limits: a replay must stay silent, not be told that the member is at a limit
    if connection.scalar(_KNOWN, {"this": first.id}) is not None:
        raise AlreadyRecorded(first.id)
    check_counts(connection, first, guard, jobs=len(jobs))
    check_cu(connection, jobs, guard, first.created_at - DAY)
    if draft_id is not None and not take(connection, draft_id, first.id):
        raise AlreadyAsked
    add(connection, jobs, card=first.on_card)


def _divide(
    connection: Connection, move: Move, siblings: Sequence[Generation], guard: Guard
) -> Generation | None:
    exclude_others(connection)
    check_counts(connection, move[1], guard, jobs=len(siblings))
    write(connection, [move])
    add(connection, siblings, card=None)
    return get(connection, move[1].id)


def _save(connection: Connection, moves: Sequence[Move]) -> Generation | None:
    write(connection, moves)
    return get(connection, moves[0][1].id)


def _reserve(
    connection: Connection,
    moves: Sequence[Move],
    guard: Guard,
    now: datetime,
    alone: Sequence[Charge] | None,
) -> Generation | None:
    exclude_others(connection)
    after = moves[0][1]
    if alone is not None and guard.limits_cu:
        if _charges(connection, after.model_id) != list(alone):
            raise Taught(after.model_id)
        check_alone(connection, after, guard)
    check_cu(connection, [one for _, one in moves], guard, now - DAY)
    return _save(connection, moves)


def _shown(connection: Connection, card_id: str) -> Generation | None:
    jobs = read(connection, _SHOWN, {"this": card_id})
    return gather(jobs) if jobs else None


def _unsettled(connection: Connection) -> list[Generation]:
    found = groupby(read(connection, _UNSETTLED), key=lambda one: one.card.id)
    shown = [gather([*jobs]) for _, jobs in found]
    return sorted(shown, key=lambda one: (not one.fate.final, one.created_at, one.id))


def _charges(connection: Connection, model_id: str) -> list[Charge]:
    rows = connection.execute(_CHARGES, {"model": model_id})
    return [Charge(inputs=inputs or {}, cu=cu, foretold=foretold, at=at) for inputs, cu, foretold, at in rows]


def _popular(connection: Connection, limit: int) -> list[str]:
    return list(connection.scalars(_POPULAR, {"most": limit}))


def _owned_jobs(connection: Connection, job_ids: list[str]) -> set[str]:
    held = set[str]()
    for start in range(0, len(job_ids), IDS_AT_ONCE):
        batch = job_ids[start : start + IDS_AT_ONCE]
        held.update(connection.scalars(select(_g.job_id).where(_g.job_id.in_(batch))))
    return held


def _erase_tokens(connection: Connection, now: datetime) -> int:
    expired = (WITH_TOKEN, cards.c.token_expires_at < now)
    return connection.execute(update(cards).where(*expired).values(token=None)).rowcount


def _note(connection: Connection, key: str) -> str | None:
    return connection.scalar(select(notes.c.text).where(notes.c.key == key))


def _remember(connection: Connection, key: str, text: str) -> None:
    connection.execute(insert_or_replace(connection, notes, {"key": key, "text": text}))
