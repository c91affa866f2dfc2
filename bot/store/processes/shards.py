"""Who runs which shard, on a database that several processes share.

A shard's holder lives as long as its row in `process` does: whoever takes over from the dead deletes that
first (`leases`), and then the shard is free. Where its session stands is written beside it, for whoever runs
it next.

Every function is a part of a transaction. Those that divide, or take a turn, let no other one run beside
them.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, delete, insert, or_, select, update

from bot.sharding.division import Standing, agreed
from bot.sharding.ports import Session
from bot.store.dialects import insert_or_replace, only_one_divides
from bot.store.tables import identifies, processes, shards

_p: Final = processes.c
_s: Final = shards.c

_LIVING: Final = select(_p.number)
_FREE: Final = or_(_s.holder.is_(None), _s.holder.not_in(_LIVING))
_THIS: Final = and_(_s.count == bindparam("of"), _s.id == bindparam("this"))
_OURS: Final = and_(_THIS, _s.holder == bindparam("me"))
_COUNTS: Final = select(_p.shards).where(_p.shards.is_not(None), _p.number != bindparam("me")).distinct()
_TAKES_PART: Final = update(processes).where(_p.number == bindparam("me")).values(shards=bindparam("many"))
_PART: Final = select(_p.number).where(_p.shards == bindparam("of"))
_HELD: Final = select(_s.id, _s.holder).where(_s.count == bindparam("of"), _s.holder.in_(_LIVING))
_MINE: Final = (
    select(_s.id, _s.session, _s.sequence, _s.gateway)
    .where(_s.count == bindparam("of"), _s.holder == bindparam("me"))
    .order_by(_s.id)
)
_TAKE: Final = update(shards).where(_THIS, _FREE).values(holder=bindparam("me"))
_SET: Final[dict[str, Any]] = {
    "session": bindparam("its_session"),
    "sequence": bindparam("its_sequence"),
    "gateway": bindparam("its_gateway"),
}
_REMEMBER: Final = update(shards).where(_OURS).values(_SET)
_GIVE: Final = update(shards).where(_OURS).values({**_SET, "holder": None})
_TURN: Final = select(identifies.c.at).where(identifies.c.bucket == bindparam("bucket"))


def agree(connection: Connection, me: int, recommended: int, told: int | None) -> int:
    """How many shards this process divides with others (see `division.agreed`), which is written down."""
    only_one_divides(connection)
    living = [count for (count,) in connection.execute(_COUNTS, {"me": me})]
    count = told or agreed(recommended, living)
    connection.execute(_TAKES_PART, {"me": me, "many": count})
    connection.execute(delete(shards).where(_s.count.not_in([count, *living])))
    if count > 1:
        known = {id_ for (id_,) in connection.execute(select(_s.id).where(_s.count == count))}
        missing = [{"count": count, "id": id_} for id_ in range(count) if id_ not in known]
        if missing:
            connection.execute(insert(shards), missing)
    return count


def leave(connection: Connection, me: int) -> None:
    """Take no part any more; what is still held is held until it is given, or the process is gone."""
    connection.execute(_TAKES_PART, {"me": me, "many": None})


def standing(connection: Connection, count: int) -> Standing:
    """Who takes part, and who holds what."""
    part = connection.execute(_PART, {"of": count}).scalars().all()
    held = [(id_, holder) for id_, holder in connection.execute(_HELD, {"of": count})]
    return Standing(count=count, processes=part, holders=dict(held))


def mine(connection: Connection, me: int, count: int) -> dict[int, Session | None]:
    """The shards of this process, and where their sessions stood when that was last written down."""
    found = connection.execute(_MINE, {"me": me, "of": count})
    return {
        id_: Session(session, sequence, gateway) if session is not None else None
        for id_, session, sequence, gateway in found
    }


def take(connection: Connection, me: int, count: int, ids: Collection[int]) -> None:
    """Hold these, as far as they are free."""
    for id_ in ids:
        connection.execute(_TAKE, {"me": me, "of": count, "this": id_})


def remember(connection: Connection, me: int, count: int, sessions: Mapping[int, Session]) -> None:
    """Write down where these sessions stand, of the shards that this process holds."""
    for id_, session in sessions.items():
        connection.execute(_REMEMBER, {"me": me, "of": count, "this": id_, **_columns(session)})


def give(connection: Connection, me: int, count: int, id_: int, session: Session | None) -> None:
    """Hold this one no more, and leave its session to whoever takes it."""
    connection.execute(_GIVE, {"me": me, "of": count, "this": id_, **_columns(session)})


def _columns(session: Session | None) -> dict[str, object]:
    if session is None:
        return {"its_session": None, "its_sequence": None, "its_gateway": None}
    return {
        "its_session": session.id,
        "its_sequence": session.sequence,
        "its_gateway": session.gateway,
    }


def take_turn(connection: Connection, bucket: int, now: datetime, interval: timedelta) -> timedelta:
    """How long until this bucket's next turn; none: it is the asker's, from `now` on.

    now: the database's moment, read after `only_one_divides`.
    """
    last = connection.scalar(_TURN, {"bucket": bucket})
    # one that is far ahead was taken before the clock was put back: nobody waits until it comes round again
    if last is not None and abs(now - last) < interval:
        return last + interval - now
    connection.execute(insert_or_replace(connection, identifies, {"bucket": bucket, "at": now}))
    return timedelta()
