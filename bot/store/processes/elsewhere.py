"""What the other processes on a server database hold: a part of a transaction that only reads."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, bindparam, or_, select

from bot.generation.ports import Elsewhere, Mark
from bot.store.dialects import IDS_AT_ONCE
from bot.store.rows import READ, read
from bot.store.tables import UNFINISHED, cards, generations, processes

_g: Final = generations.c
_c: Final = cards.c

_THEIRS: Final = (
    select(_g.id, _g.revision, _c.state, _c.removed)
    .select_from(generations.outerjoin(cards, _c.id == _g.card_id))
    .where(UNFINISHED, or_(_g.holder.is_(None), _g.holder != bindparam("me")))
)
_ASIDE: Final = select(processes.c.aside).where(processes.c.number != bindparam("me"))
_THESE: Final = READ.where(_g.id.in_(bindparam("these", expanding=True)))


def elsewhere(connection: Connection, me: int, known: Mapping[str, Mark]) -> Elsewhere:
    """What is unfinished and not this process's, of that what does not stand as it is known to, and
    what its holders do not buy for now."""
    rows = connection.execute(_THEIRS, {"me": me})
    marks = {id_: (revision, state, removed) for id_, revision, state, removed in rows}
    changed = [id_ for id_, mark in marks.items() if known.get(id_) != mark]
    found = [
        one
        for start in range(0, len(changed), IDS_AT_ONCE)
        for one in read(connection, _THESE, {"these": changed[start : start + IDS_AT_ONCE]})
    ]
    aside = frozenset(id_ for told in connection.scalars(_ASIDE, {"me": me}) for id_ in told or ())
    return Elsewhere(marks=marks, changed=found, aside=aside)
