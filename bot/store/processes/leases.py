"""The processes on one server database: who lives, who holds what, and what is taken over.

A process's number is its epoch too: each start gets a higher one, and none comes twice. Its row says until
when it lives, by the database's clock alone. Whoever takes over deletes that row first, in the same
transaction: so a beat that comes too late finds nothing to write, and a write fenced by the number changes no
row.

Every function is a part of a transaction; `now` is the database's moment, read in the same one (`moment`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, delete, func, insert, literal, or_, select, text, update

from bot.store.dialects import insert_or_leave, insert_or_replace, only_one_takes_over
from bot.store.processes import told
from bot.store.tables import LIVE, UNFINISHED, cards, claims, generations, processes, words

_p: Final = processes.c
_g: Final = generations.c
_c: Final = cards.c

_MOMENT: Final = text(
    "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, "
    "(extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint"
)
_MICROSECONDS: Final = 1_000_000

_PRESS: Final = "press "
"""What a claim of a press begins with: no interaction's id."""

_NUMBERS: Final = select(_p.number)
_BEAT: Final = (
    update(processes)
    .where(_p.number == bindparam("me"))
    .values(until=bindparam("then"), let_go=bindparam("gone"), aside=bindparam("put_off"))
)
_DEAD: Final = delete(processes).where(_p.until < bindparam("now"), _p.number != bindparam("me"))
_OTHERS: Final = select(_p.number, _p.let_go).where(_p.number != bindparam("me"))
_FIRST_END: Final = select(func.min(_p.until)).where(_p.number != bindparam("me"))
_ORPHANS: Final = (
    update(generations)
    .where(UNFINISHED, or_(_g.holder.is_(None), _g.holder.not_in(_NUMBERS)))
    .values(holder=bindparam("me"))
    .returning(_g.id)
)
_ORPHAN_CARDS: Final = (
    update(cards)
    .where(LIVE, or_(_c.holder.is_(None), _c.holder.not_in(_NUMBERS)))
    .values(holder=bindparam("me"))
    .returning(_c.id)
)
_WORDS: Final = (
    delete(words).where(words.c.holder == bindparam("me")).returning(words.c.generation_id, words.c.card_id)
)
_VOID: Final = delete(words).where(words.c.holder.not_in(_NUMBERS))


@dataclass(frozen=True, slots=True)
class Taken:
    """What nobody alive held, and is the taker's now."""

    generations: Sequence[str] = ()
    cards: Sequence[str] = ()


def moment(connection: Connection) -> tuple[datetime, datetime]:
    """The server's clock, and since when the server runs."""
    now, started = connection.execute(_MOMENT).one()
    return _at(now), _at(started)


def _at(microseconds: int) -> datetime:
    seconds, rest = divmod(microseconds, _MICROSECONDS)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)


def join(connection: Connection, name: str, revision: str, *, now: datetime, lease: timedelta) -> int:
    """A new process lives until `now` and a lease. Its number.

    name: for people. revision: the newest schema that it understands.
    """
    row = {"name": name, "revision": revision, "joined_at": now, "until": now + lease}
    number = connection.execute(insert(processes).values(row).returning(_p.number)).scalar_one()
    told.post(connection, [told.said(told.JOINED, number)])
    return number


def beat(
    connection: Connection,
    me: int,
    *,
    now: datetime,
    lease: timedelta,
    let_go: Iterable[str] = (),
    aside: Iterable[str] = (),
) -> bool:
    """Live on for a lease. False: others have taken over, and this process is no more.

    let_go: ids of what it holds that takes no place. aside: ids of requests that it does not buy for now.
    """
    told = {"me": me, "then": now + lease, "gone": [*let_go] or None, "put_off": [*aside] or None}
    return bool(connection.execute(_BEAT, told).rowcount)


def others(connection: Connection, me: int) -> Mapping[int, Sequence[str]]:
    """The numbers of those that were not found dead, and what each has let go."""
    return {number: let_go or () for number, let_go in connection.execute(_OTHERS, {"me": me})}


def first_end(connection: Connection, me: int) -> datetime | None:
    """When the first of the others dies, unless it beats before; None where there is no other."""
    return connection.scalar(_FIRST_END, {"me": me})


def take_over(connection: Connection, me: int, *, now: datetime, dead: bool = True) -> Taken:
    """Hold what nobody alive holds; nothing while another process is at that.

    now: a process lives up to and including its `until`. dead: whether those that are late may be taken for
    dead; else only what was left by those that went is taken.
    """
    if not only_one_takes_over(connection):
        return Taken()
    # waits for a beat that is being written, and then finds a row that lives
    if dead and connection.execute(_DEAD, {"now": now, "me": me}).rowcount:
        connection.execute(_VOID)
    generations_taken = connection.execute(_ORPHANS, {"me": me}).scalars().all()
    cards_taken = connection.execute(_ORPHAN_CARDS, {"me": me}).scalars().all()
    return Taken(generations_taken, cards_taken)


Heard = Sequence[tuple[str | None, str | None]]
"""The id of a generation and of a card each, as far as it is about one."""


def heard(connection: Connection, me: int) -> Heard:
    """What others changed of what this process holds, since it asked last: generations and cards."""
    return [(generation, card) for generation, card in connection.execute(_WORDS, {"me": me})]


def leave(connection: Connection, me: int) -> None:
    """Give back what is held, for whoever looks next."""
    connection.execute(delete(processes).where(_p.number == me))
    connection.execute(update(generations).where(UNFINISHED, _g.holder == me).values(holder=None))
    connection.execute(update(cards).where(LIVE, _c.holder == me).values(holder=None))
    connection.execute(delete(words).where(words.c.holder == me))
    told.post(connection, [told.said(told.LEFT, me)])


def send_word(connection: Connection, me: int, generation_id: str) -> None:
    """Let the generation's holder know, if that is somebody else, that it was changed."""
    found = select(_g.holder, _g.id, _g.card_id).where(_g.id == generation_id, _g.holder != me)
    _send(connection, me, found)


def send_word_of_card(connection: Connection, me: int, card_id: str) -> None:
    """The same of a card."""
    found = select(_c.holder, literal(None), _c.id).where(_c.id == card_id, _c.holder != me)
    _send(connection, me, found)


def _send(connection: Connection, me: int, found: Select[*tuple[Any, ...]]) -> None:
    sent = insert(words).from_select(["holder", "generation_id", "card_id"], found)
    connection.execute(sent.returning(told.of_word(words.c.holder, literal(me))))


def claim(connection: Connection, interaction_id: str, now: datetime) -> bool:
    """Whether nobody has claimed this interaction before."""
    row: dict[str, object] = {"interaction_id": interaction_id, "at": now}
    first = insert_or_leave(connection, claims, row).returning(claims.c.interaction_id)
    return connection.execute(first).first() is not None


def press(connection: Connection, name: str, within: timedelta) -> bool:
    """Whether no press of this name was claimed within that time, by the database's clock."""
    now, _ = moment(connection)
    row: dict[str, object] = {"interaction_id": f"{_PRESS}{name}", "at": now}
    anew = insert_or_replace(connection, claims, row, where=claims.c.at <= now - within)
    return connection.execute(anew.returning(claims.c.interaction_id)).first() is not None


def forget_press(connection: Connection, name: str) -> None:
    """It came to nothing."""
    connection.execute(delete(claims).where(claims.c.interaction_id == f"{_PRESS}{name}"))


def forget_claims(connection: Connection, before: datetime) -> None:
    """Discord delivers no interaction that late again."""
    connection.execute(delete(claims).where(claims.c.at < before))


def revisions(connection: Connection, now: datetime) -> Sequence[tuple[str, str]]:
    """Name and schema of each process that lives."""
    found = connection.execute(select(_p.name, _p.revision).where(_p.until >= now))
    return [(name, revision) for name, revision in found]
