"""Generations and their cards as rows: how they are read together and written where they still stand."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Connection, Select, Text, Update, bindparam, case, cast, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.generation.card import CARD_FIELDS, Card
from bot.generation.model import FATE_FIELDS, Fate, Generation
from bot.generation.ports import JobTaken, Move
from bot.pricing.charges import Charge
from bot.store.codec import CARD_ROW, decode, encode, encode_card, encode_new, encode_new_card
from bot.store.dialects import holder_of, tells_others
from bot.store.processes import leases
from bot.store.processes.told import TELL, TOLD, moved
from bot.store.tables import CHARGED, cards, generations, processes

_g: Final = generations.c
_c: Final = cards.c

# Built once: to build a statement takes longer than to run it.
_NEW: Final = insert(generations)
_NEW_CARD: Final = insert(cards)
_NEW_CARD_TOLD: Final = _NEW_CARD.returning(TELL)
_BOTH: Final[Select[Any]] = select(
    generations, *(column.label(f"{CARD_ROW}{column.name}") for column in cards.columns)
)
_NAMES: Final = tuple(_BOTH.selected_columns.keys())
READ: Final = _BOTH.select_from(generations.outerjoin(cards, _c.id == _g.card_id))
"""A generation beside its card, where it has one."""
READ_CARDS: Final = _BOTH.select_from(cards.join(generations, _c.id == _g.card_id))
"""The same by the cards: what they show."""
_GET: Final = READ.where(_g.id == bindparam("this"))

CHARGES: Final = 30
"""How many of a model's newest charges are looked at."""
_CHARGES: Final = (
    select(cast(_g.inputs, Text), _g.cu, _g.price, _g.submitted_at)
    .where(_g.model_id == bindparam("model"), CHARGED, _g.submitted_at.is_not(None))
    .where(or_(_g.cu > 0, _g.fate.in_([Fate.RUNNING.value, Fate.SUCCEEDED.value])))
    .order_by(_g.submitted_at.desc())
    .limit(CHARGES)
)


class MovedOn(Exception):
    """A row does not stand any more where it was believed to: nothing of the transaction counts."""


def read(
    connection: Connection, wanted: Select[Any], values: dict[str, Any] | None = None
) -> list[Generation]:
    """What `wanted`, made from READ, selects."""
    # by position: to look each column up by its name takes longer than the query
    return [decode(dict(zip(_NAMES, row, strict=True))) for row in connection.execute(wanted, values or {})]


def get(connection: Connection, generation_id: str) -> Generation | None:
    """None where there is none of this id."""
    found = read(connection, _GET, {"this": generation_id})
    return found[0] if found else None


def read_charges(connection: Connection, model_id: str) -> list[Charge]:
    """What the model's newest purchases were charged, newest first."""
    return [_charge(*row) for row in connection.execute(_CHARGES, {"model": model_id})]


@lru_cache(maxsize=1024)
def _charge(inputs: str | None, cu: float, foretold: float | None, at: datetime) -> Charge:
    """As the row says, whose JSON is parsed once: each purchase reads again what the last one read."""
    return Charge(inputs=json.loads(inputs or "{}") or {}, cu=cu, foretold=foretold, at=at)


def add(connection: Connection, some: Sequence[Generation], *, card: Card | None) -> None:
    """New rows, and the card's where it is new too. They are the recording process's own."""
    me = holder_of(connection)
    held = {} if me is None else {"holder": me}
    if card is not None:
        telling = _telling(connection)
        new_card = _NEW_CARD_TOLD if telling else _NEW_CARD
        connection.execute(new_card, {**encode_new_card(card), **held, **telling})
    connection.execute(_NEW, [{**encode_new(one), **held} for one in some])


def write(connection: Connection, moves: Sequence[Move]) -> None:
    """Write what differs. Raises MovedOn and JobTaken. Of their cards only the first one's: they share it.

    In one order, whoever moves them, so that no two transactions wait for each other's rows.
    """
    before, after = moves[0]
    if before.on_card is not None and after.on_card is not None:
        write_card(connection, before.on_card, after.on_card)
    for one, other in sorted(moves, key=lambda move: move[1].id):
        _write_fate(connection, one, other)


def _write_fate(connection: Connection, before: Generation, after: Generation) -> None:
    names = differing(before, after, FATE_FIELDS)
    if not names:
        return
    stood = {"this": after.id, "stood": before.fate.value}
    me = holder_of(connection)
    own = me is not None and before.holder == me
    telling = _telling(connection)
    move = _move(own=own, told=bool(telling))
    fence = {"fence": me} if own else {}
    try:
        written = connection.execute(move, {**encode(after, names), **stood, **fence, **telling})
    except IntegrityError as error:
        if after.job_id is None or "job_id" not in names:
            raise
        raise JobTaken(after.job_id) from error
    if not written.rowcount:
        raise MovedOn(after.id)
    if me is not None and not own:
        leases.send_word(connection, me, after.id)


def write_card(connection: Connection, before: Card, after: Card) -> None:
    """Write what differs. Raises MovedOn."""
    names = differing(before, after, CARD_FIELDS)
    if not names:
        return
    shown = {"shown": after.shown_revision} if "shown_revision" in names else {}
    values = encode_card(after, names - {"shown_revision"})
    stood = {"this": after.id, "stood": before.state.value}
    me = holder_of(connection)
    own = me is not None and before.holder == me
    fence = {"fence": me} if own else {}
    move = _move_card(shown=bool(shown), own=own)
    if not connection.execute(move, {**values, **stood, **shown, **fence}).rowcount:
        raise MovedOn(after.id)
    if me is not None and not own:
        connection.execute(_ADOPT_CARD, {"this": after.id, "me": me})
        leases.send_word_of_card(connection, me, after.id)


_MOVE: Final = (
    update(generations)
    .where(_g.id == bindparam("this"), _g.fate == bindparam("stood"))
    .values(revision=_g.revision + 1)
)
"""Write the columns among its parameters, if the fate stands where it stood."""


@cache
def _move(*, own: bool, told: bool) -> Update:
    """The same; of what a process believes to hold only if nobody has taken it over. told: and other
    processes are told that something moved, without a statement more."""
    move = _MOVE.where(_g.holder == bindparam("fence")) if own else _MOVE
    return move.returning(TELL) if told else move


def _telling(connection: Connection) -> dict[str, str]:
    """What a statement that tells is given."""
    me = holder_of(connection)
    return {TOLD: moved(me)} if me is not None and tells_others(connection) else {}


_ADOPT_CARD: Final = (
    update(cards)
    .where(_c.id == bindparam("this"))
    .where(or_(_c.holder.is_(None), _c.holder.not_in(select(processes.c.number))))
    .values(holder=bindparam("me"))
)
"""Whoever brings a card back drives it, where nobody does."""


@cache
def _move_card(*, shown: bool, own: bool) -> Update:
    """The same of a card and its state."""
    move = update(cards).where(_c.id == bindparam("this"), _c.state == bindparam("stood"))
    if own:
        move = move.where(_c.holder == bindparam("fence"))
    if shown:  # never backwards
        later = bindparam("shown", type_=_c.shown_revision.type)
        return move.values(shown_revision=case((_c.shown_revision < later, later), else_=_c.shown_revision))
    return move


def differing(before: object, after: object, names: frozenset[str]) -> frozenset[str]:
    """Those of the attributes `names` that are not the same in both."""
    values = _all_of(names)
    both = zip(names, values(before), values(after), strict=True)
    return frozenset(name for name, one, other in both if one is not other and one != other)


@cache
def _all_of(names: frozenset[str]) -> Callable[[object], tuple[Any, ...]]:
    return attrgetter(*names)
