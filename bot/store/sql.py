"""The port `Store` over SQL. Its contract is in `bot.generation.ports`."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from sqlalchemy import Connection, bindparam, delete, exists, func, select, update

from bot.generation.card import Card, check_card_move
from bot.generation.group import gather
from bot.generation.holding import Alone, Holding
from bot.generation.model import Fate, Generation, check_move
from bot.generation.ports import Elsewhere, Guard, Mark, Move, Taught
from bot.pricing.budget import DAY
from bot.pricing.charges import Charge
from bot.refusals import AlreadyAsked, AlreadyRecorded
from bot.store.database import Database
from bot.store.dialects import (
    IDS_AT_ONCE,
    exclude_others,
    holder_of,
    insert_or_leave,
    insert_or_replace,
)
from bot.store.drafts import SqlDrafts, take
from bot.store.guards import check_alone, check_counts, check_cu, check_places
from bot.store.known import Known, as_stored
from bot.store.models import SqlShelf
from bot.store.processes.dividing import ShardLeases
from bot.store.processes.elsewhere import elsewhere
from bot.store.rows import READ, READ_CARDS, MovedOn, add, get, read, read_charges, write, write_card
from bot.store.tables import CHARGED, COSTING, LIVE, UNFINISHED, WITH_TOKEN, cards, generations, notes
from bot.store.uploads import SqlUploads

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
_own: Final = generations.alias("own").c
_UNDER_WAY: Final = READ_CARDS.where(
    _g.card_id.in_(select(_own.card_id).where(UNFINISHED, _own.owner_id == bindparam("owner")))
).order_by(cards.c.id, _NUMBER)
_UNSETTLED: Final = READ_CARDS.where(LIVE).order_by(cards.c.id, _NUMBER)
_OF_OWNER: Final = (
    READ.where(_g.owner_id == bindparam("owner"), _NUMBER == 1)
    .order_by(_g.created_at.desc(), _g.id.desc())
    .limit(bindparam("most"))
)
_another: Final = generations.alias("another").c
_FIRST_MADE: Final = ~exists().where(
    _another.group_id == _g.group_id,
    _another.fate == Fate.SUCCEEDED.value,
    _another.group_number < _g.group_number,
)
"""Of the jobs of one request the first that came to a result."""
_BUILT_ON: Final = (
    READ.where(_g.built_on == bindparam("this"), _g.fate == Fate.SUCCEEDED.value, _FIRST_MADE)
    .order_by(_g.created_at.desc(), _g.id.desc())
    .limit(BUILT)
)
_DURATIONS: Final = (
    select(_g.submitted_at, _g.finished_at)
    .where(_g.model_id == bindparam("model"), CHARGED, _g.submitted_at.is_not(None))
    .where(_g.fate == Fate.SUCCEEDED.value, _g.finished_at.is_not(None))
    .order_by(_g.submitted_at.desc())
    .limit(bindparam("most"))
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

    def __init__(
        self,
        database: Database,
        *,
        alone: bool = False,
        holding: Holding | None = None,
        shards: ShardLeases | None = None,
    ) -> None:
        """
        database: its schema migrated. Its maker closes it.
        alone: whether nobody else writes to it.
        holding: this process's place among those on the database; without, all of it is its own.
        shards: how they divide the bot's shards.
        """
        self._database = database
        self._known = Known(alone=alone)
        self.holding: Final = holding or Alone()
        self.shards: Final = shards
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
        jobs = [as_stored(one) for one in (generation, *siblings)]
        await self._database.change(
            lambda connection: _record(connection, jobs, guard, draft_id),
            lambda _: self._known.put(jobs),
            hurry=True,  # Discord waits for the acknowledgement
        )

    async def divide(
        self, before: Generation, after: Generation, siblings: Sequence[Generation], guard: Guard
    ) -> Generation | None:
        """`save`, and record the jobs that it turned out to be beside this one."""

        def work(connection: Connection) -> None:
            exclude_others(connection)
            check_counts(connection, after, guard, jobs=len(siblings))
            write(connection, [(before, after)])
            add(connection, siblings, card=None)

        return await self._move([(before, after)], work, new=siblings)

    async def get(self, generation_id: str) -> Generation | None:
        """None where there is none."""
        known = self._known.get(generation_id)
        if known is not None:
            return known
        since = self._known.changes
        found = await self._database.read(get, generation_id)
        if found is not None:
            self._known.put_read([found], since)
        return found

    async def shown(self, card_id: str) -> Generation | None:
        """What this card shows, gathered; None where there is none."""
        jobs = self._known.on_card(card_id)
        if jobs is None:
            since = self._known.changes
            jobs = await self._database.read(read, _SHOWN, {"this": card_id})
            self._known.put_read(jobs, since)
        return gather(jobs) if jobs else None

    async def group(self, group_id: str) -> Sequence[Generation]:
        """The jobs of one request, in the order of their numbers."""
        known = self._known.group(group_id)
        return known if known is not None else await self._database.read(read, _GROUP, {"this": group_id})

    async def save(
        self, before: Generation, after: Generation, *, siblings: Sequence[Move] = ()
    ) -> Generation | None:
        """Write what differs, if all rows still stand where they stood; None where not."""
        moves = ((before, after), *siblings)
        return await self._move(moves, lambda connection: write(connection, moves))

    async def save_card(self, before: Card, after: Card) -> bool:
        """Write what differs, if the card still stands where it stood."""
        check_card_move(before, after)
        try:
            await self._database.change(
                lambda connection: write_card(connection, before, after),
                lambda _: self._known.follow_card(before, after),
            )
        except MovedOn:
            self._known.forget_card(after.id)
            return False
        except BaseException:
            self._known.forget_card(after.id)  # as in `_move`
            raise
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
        return await self._move(moves, lambda connection: _reserve(connection, moves, guard, now, alone))

    async def _move(
        self,
        moves: Sequence[Move],
        work: Callable[[Connection], None],
        *,
        new: Sequence[Generation] = (),
    ) -> Generation | None:
        """Do the work that writes these moves and the new jobs: the first one's row as it then stands, or
        None where one had moved on."""
        for move in moves:
            check_move(*move)
        first, known = moves[0][1].id, self._known.holds(moves)

        def run(connection: Connection) -> Generation | None:
            work(connection)
            return None if known else get(connection, first)

        def follow(row: Generation | None) -> Generation | None:
            standing = self._known.follow(moves)
            if row is not None:
                self._known.put([row])
            self._known.add([*map(as_stored, new)])
            return row or standing

        try:
            standing = await self._database.change(run, follow)
        except MovedOn:
            self._known.forget(moves)
            return None
        except BaseException:
            self._known.forget(moves)  # nobody knows whether the commit that failed was one
            raise
        return standing or await self.get(first)

    async def charges(self, model_id: str) -> Sequence[Charge]:
        """What the model's newest purchases were charged, newest first."""
        return await self._database.read(read_charges, model_id)

    async def durations(self, model_id: str, *, limit: int) -> Sequence[timedelta]:
        """How long the model's newest jobs took, newest first."""
        return await self._database.read(_durations, model_id, limit)

    async def unfinished(self) -> Sequence[Generation]:
        """All whose fate is not final, oldest first."""
        since = self._known.changes
        found = await self._database.read(read, _OPEN)
        self._known.put_read(found, since)
        return found

    async def elsewhere(self, known: Mapping[str, Mark]) -> Elsewhere:
        """What other processes hold that is not over."""
        me = self.holding.number
        return Elsewhere() if me is None else await self._database.read(elsewhere, me, known)

    async def under_way(self, owner_id: int) -> Sequence[Generation]:
        """What each card shows of which a job of this member's is not over, oldest first."""
        shown = _by_card(await self._database.read(read, _UNDER_WAY, {"owner": owner_id}))
        return sorted(shown, key=lambda one: (one.created_at, one.id))

    async def unsettled(self) -> Sequence[Generation]:
        """What every live card shows, final fates first."""
        since = self._known.changes
        found = await self._database.read(read, _UNSETTLED)
        self._known.put_read(found, since)
        return sorted(_by_card(found), key=lambda one: (not one.fate.final, one.created_at, one.id))

    async def owned_jobs(self, job_ids: Collection[str]) -> set[str]:
        """Those of the ids that some generation holds."""
        return await self._database.read(_owned_jobs, list(job_ids))

    async def of_owner(self, owner_id: int, *, limit: int = 25) -> Sequence[Generation]:
        """A member's requests, newest first; of each the first job."""
        return await self._database.read(read, _OF_OWNER, {"owner": owner_id, "most": limit})

    async def built_on(self, card_id: str) -> Sequence[Generation]:
        """What begins with a result of this card, newest first."""
        return await self._database.read(read, _BUILT_ON, {"this": card_id})

    async def popular(self, limit: int = 40) -> Sequence[str]:
        """The ids of the models that people use, as their newest requests say, the most used first."""
        return await self._database.read(_popular, limit)

    async def erase_tokens(self, now: datetime) -> int:
        """Forget interaction tokens that expired before `now`; how many."""

        def follow(erased: int) -> int:
            self._known.erase_tokens(now)
            return erased

        return await self._database.change(lambda connection: _erase_tokens(connection, now), follow)

    async def note(self, key: str) -> str | None:
        """The text under this key; None where there is none."""
        return await self._database.read(_note, key)

    async def remember(self, key: str, text: str) -> None:
        """Keep a text under this key, in place of the one before."""
        await self._database.write(_remember, key, text)

    async def agree(self, key: str, text: str, instead_of: str | None = None) -> str:
        """Keep a text under this key, unless there is one but this; what stands there, for every process."""
        return await self._database.write(_agree, key, text, instead_of)


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


def _reserve(
    connection: Connection,
    moves: Sequence[Move],
    guard: Guard,
    now: datetime,
    alone: Sequence[Charge] | None,
) -> None:
    exclude_others(connection)
    after = moves[0][1]
    if alone is not None and guard.limits_cu:
        if read_charges(connection, after.model_id) != list(alone):
            raise Taught(after.model_id)
        check_alone(connection, after, guard)
    check_cu(connection, [one for _, one in moves], guard, now - DAY)
    if after.fate is Fate.SUBMITTING and holder_of(connection) is not None:
        check_places(connection, after, guard, now)
    write(connection, moves)


def _by_card(jobs: Iterable[Generation]) -> list[Generation]:
    """jobs: those of one card together, in the order of their numbers."""
    return [gather([*some]) for _, some in groupby(jobs, key=lambda one: one.card.id)]


def _durations(connection: Connection, model_id: str, limit: int) -> list[timedelta]:
    rows = connection.execute(_DURATIONS, {"model": model_id, "most": limit})
    return [finished - submitted for submitted, finished in rows]


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


def _agree(connection: Connection, key: str, text: str, instead_of: str | None) -> str:
    connection.execute(delete(notes).where(notes.c.key == key, notes.c.text == instead_of))
    connection.execute(insert_or_leave(connection, notes, {"key": key, "text": text}))
    return _note(connection, key) or text


def _remember(connection: Connection, key: str, text: str) -> None:
    connection.execute(insert_or_replace(connection, notes, {"key": key, "text": text}))
