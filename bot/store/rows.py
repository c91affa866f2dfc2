"""Generations and their cards as rows: how they are read together and written where they still stand."""

from collections.abc import Callable, Sequence
from functools import cache
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Connection, Select, Update, bindparam, case, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.generation.card import CARD_FIELDS, Card
from bot.generation.model import FATE_FIELDS, Generation
from bot.generation.ports import JobTaken, Move
from bot.store.codec import CARD_ROW, decode, encode, encode_card, encode_new, encode_new_card
from bot.store.tables import cards, generations

_g: Final = generations.c
_c: Final = cards.c

# Built once: to build a statement takes longer than to run it.
_NEW: Final = insert(generations)
_NEW_CARD: Final = insert(cards)
_BOTH: Final[Select[Any]] = select(
    generations, *(column.label(f"{CARD_ROW}{column.name}") for column in cards.columns)
)
_NAMES: Final = tuple(_BOTH.selected_columns.keys())
READ: Final = _BOTH.select_from(generations.outerjoin(cards, _c.id == _g.card_id))
"""A generation beside its card, where it has one."""
READ_CARDS: Final = _BOTH.select_from(cards.join(generations, _c.id == _g.card_id))
"""The same by the cards: what they show."""
_GET: Final = READ.where(_g.id == bindparam("this"))


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


def add(connection: Connection, some: Sequence[Generation], *, card: Card | None) -> None:
    """New rows, and the card's where it is new too."""
    if card is not None:
        connection.execute(_NEW_CARD, encode_new_card(card))
    connection.execute(_NEW, [encode_new(one) for one in some])


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
    try:
        written = connection.execute(_MOVE, {**encode(after, names), **stood})
    except IntegrityError as error:
        if after.job_id is None or "job_id" not in names:
            raise
        raise JobTaken(after.job_id) from error
    if not written.rowcount:
        raise MovedOn(after.id)


def write_card(connection: Connection, before: Card, after: Card) -> None:
    """Write what differs. Raises MovedOn."""
    names = differing(before, after, CARD_FIELDS)
    if not names:
        return
    shown = {"shown": after.shown_revision} if "shown_revision" in names else {}
    values = encode_card(after, names - {"shown_revision"})
    stood = {"this": after.id, "stood": before.state.value}
    if not connection.execute(_move_card(shown=bool(shown)), {**values, **stood, **shown}).rowcount:
        raise MovedOn(after.id)


_MOVE: Final = (
    update(generations)
    .where(_g.id == bindparam("this"), _g.fate == bindparam("stood"))
    .values(revision=_g.revision + 1)
)
"""Write the columns among its parameters, if the fate stands where it stood."""


@cache
def _move_card(*, shown: bool) -> Update:
    """The same of a card and its state."""
    move = update(cards).where(_c.id == bindparam("this"), _c.state == bindparam("stood"))
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
