"""The limits that hold while a generation is recorded or its price is reserved.

To be checked in a transaction that excludes others, so that two never both fit into what is left for one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    false,
    func,
    not_,
    or_,
    select,
    tuple_,
)

from bot.generation.card import CardState
from bot.generation.model import BOUGHT_PERHAPS, UNSEEN_HOLDS, Fate, Generation
from bot.generation.ports import Guard, NoPlace, NotAlone
from bot.pricing.budget import Costs, room_at, used
from bot.pricing.charges import RISE
from bot.refusals import Limit, LimitReached
from bot.request.ask import UPLOAD
from bot.scenario.api.workflows import names_workflow
from bot.store.tables import COSTING, UNFINISHED, cards, generations
from bot.vocabulary import WORKFLOW_ID

_S = TypeVar("_S", bound=Select[*tuple[Any, ...]])

_NEARLY: Final = 1 - 1e-9
"""Below this part of a limit a plain sum is good enough; close to it tenths are summed exactly."""

_g: Final = generations.c
_COST: Final[ColumnElement[float]] = func.coalesce(_g.cu, _g.price)
_OF_OWNER: Final = _g.owner_id == bindparam("owner")
_OF_GUILD: Final = (_g.guild_id == bindparam("guild")) & _g.own_app.is_(False)

# Built once: to build a statement takes longer than to run it.
_COUNT: Final = select(func.count()).select_from(generations).where(UNFINISHED)
_STANDS_ON: Final = generations.outerjoin(cards, cards.c.id == _g.card_id)


def _holds(one: FromClause, card: FromClause) -> ColumnElement[bool]:
    """Whether an unfinished one counts as in flight. Not a run that waits for an answer which nobody could be
    asked for (nobody's hand took its card away), and not what was let go."""
    unseen = (
        (one.c.fate == Fate.RUNNING.value)
        & (card.c.state == CardState.KEPT.value)
        & card.c.removed.is_(None)
        & (one.c.submitted_at < bindparam("unseen_since"))
    )
    return and_(one.c.id.not_in(bindparam("let_go")), not_(func.coalesce(unseen, false())))


_NOT_LET_GO: Final = _g.id.not_in(bindparam("let_go"))
_IN_FLIGHT: Final = (
    select(func.count()).select_from(_STANDS_ON).where(UNFINISHED, _OF_OWNER, _holds(generations, cards))
)
_INPUTS: Final = cast(_g.inputs, Text)
# Who lacks a schema or a file takes nobody's place. In JSON a quote that begins a value follows a blank or a
# bracket; one that a member wrote follows a backslash.
_LACKS_NOTHING: Final = and_(
    _g.inputs.is_not(None), _INPUTS.not_like(f'% "{UPLOAD}%'), _INPUTS.not_like(f'%["{UPLOAD}%')
)
_ASKS_ANEW: Final = _g.agreed.is_not(None) & (_g.price > _g.agreed * RISE)
_ASKED: Final = _g.asked_at.is_not(None) & _g.confirmed_by.is_(None)
_GROUP_PRICE: Final = _g.price * func.coalesce(_g.group_size, 1)
_AGREED: Final = and_(
    or_(_g.price.is_(None), bindparam("above") >= _GROUP_PRICE, _g.confirmed_by.is_not(None)),
    not_(func.coalesce(_ASKS_ANEW, false())),
    not_(_ASKED),
)
"""Nobody's yes to the price is waited for."""


@cache
def _queued_count(*, asks: bool, lines: bool) -> Select[int]:
    """How many wait for a place. asks: whether a price may wait for a yes. lines: whether members have lines,
    in which whoever waits is counted too, whatever he lacks."""
    ready = and_(_LACKS_NOTHING, _AGREED) if asks else _LACKS_NOTHING
    return _COUNT.where(_g.fate == Fate.REQUESTED.value, or_(ready, _in_line()) if lines else ready)


def _in_line() -> ColumnElement[bool]:
    """Whether so many others of its member's hold his places that this one waits in his line."""
    other, card = generations.alias("other"), cards.alias("other_card")
    older = tuple_(other.c.created_at, other.c.id) < tuple_(_g.created_at, _g.id)
    ahead = (
        select(func.count())
        .select_from(other.outerjoin(card, card.c.id == other.c.card_id))
        .where(UNFINISHED, other.c.owner_id == _g.owner_id, _holds(other, card))
        .where(or_(other.c.fate != Fate.REQUESTED.value, older))
    )
    return ahead.correlate(generations).scalar_subquery() >= bindparam("at_once")


def _flying(*, runs: bool) -> Select[int, int]:
    """How many of the pool may be bought, and how many of the member's."""
    run = _g.model_id.startswith(WORKFLOW_ID, autoescape=True)
    pool = and_(run if runs else not_(run), _NOT_LET_GO)
    own = and_(_OF_OWNER, _holds(generations, cards))
    return (
        select(func.count().filter(pool), func.count().filter(own))
        .select_from(_STANDS_ON)
        .where(UNFINISHED, _g.fate.in_([fate.value for fate in BOUGHT_PERHAPS]), _g.id != bindparam("this"))
    )


_FLYING: Final = {runs: _flying(runs=runs) for runs in (False, True)}
_OTHERS: Final = (
    select(_g.owner_id, _g.guild_id, _g.own_app)
    .where(UNFINISHED, _g.fate.in_([fate.value for fate in BOUGHT_PERHAPS]), _g.cu.is_(None))
    .where(_g.model_id == bindparam("model"), _g.id != bindparam("this"), _NOT_LET_GO)
)


def _of(costs: _S, scope: ColumnElement[bool] | None) -> _S:
    costs = costs.where(_g.created_at > bindparam("since"), _g.id.not_in(bindparam("these")))
    if scope is not None:
        costs = costs.where(scope)
    return costs.where(COSTING, _g.refunded.is_not(True))


@dataclass(frozen=True, slots=True)
class _Scope:
    """Whose CU are summed."""

    limit: Limit
    sum: Select[float | None]
    costs: Select[datetime, float]

    @staticmethod
    def of(limit: Limit, scope: ColumnElement[bool] | None) -> "_Scope":
        costs = select(_g.created_at, _COST).order_by(_g.created_at, _g.id)
        return _Scope(limit, _of(select(func.sum(_COST)), scope), _of(costs, scope))


_MEMBER: Final = _Scope.of(Limit.MEMBER_CU_PER_DAY, _OF_OWNER)
_GUILD: Final = _Scope.of(Limit.GUILD_CU_PER_DAY, _OF_GUILD)
_ALL: Final = _Scope.of(Limit.CU_PER_DAY, None)


def check_counts(connection: Connection, new: Generation, guard: Guard, *, jobs: int = 1) -> None:
    """Raise LimitReached where there are too many requests for `jobs` more."""
    named = {"let_go": [*guard.let_go], "unseen_since": new.created_at - UNSEEN_HOLDS}
    if guard.member_in_flight is not None:
        allowed = guard.member_in_flight + guard.member_waiting
        count = connection.scalar(_IN_FLIGHT, {"owner": new.origin.owner_id, **named}) or 0
        if count + jobs > allowed:
            raise LimitReached(Limit.MEMBER_IN_FLIGHT, allowed, used=count, jobs=jobs)
    if guard.queue is not None:
        count = _queued(connection, guard, named)
        if count + jobs > guard.queue:
            raise LimitReached(Limit.QUEUE, guard.queue, used=count, jobs=jobs)


def _queued(connection: Connection, guard: Guard, named: Mapping[str, Any]) -> int:
    """How many wait for a place, or in a line."""
    count = _queued_count(asks=guard.confirm_above is not None, lines=guard.member_in_flight is not None)
    values: dict[str, Any] = {} if guard.confirm_above is None else {"above": guard.confirm_above}
    if guard.member_in_flight is not None:
        values |= {"at_once": guard.member_in_flight, **named}
    return connection.scalar(count, values) or 0


def check_cu(connection: Connection, some: Sequence[Generation], guard: Guard, since: datetime) -> None:
    """Raise LimitReached where these, which are one request, do not fit beside what others created after
    `since` cost: of several limits for the one that frees last, so that coming back then is worth it."""
    over = [
        reached
        for scope, allowed in _limits(some[0], guard)
        if (reached := _over(connection, some, scope, allowed, since)) is not None
    ]
    if over:
        raise max(over, key=lambda each: each.until.timestamp() if each.until else float("inf"))


def check_places(connection: Connection, one: Generation, guard: Guard, now: datetime) -> None:
    """Raise NoPlace where all processes together have as much under way beside this one as may be. For a
    server: one process alone knows that by itself."""
    if guard.ceiling is None and guard.member_in_flight is None:
        return
    named = {"this": one.id, "let_go": [*guard.let_go], "unseen_since": now - UNSEEN_HOLDS}
    counted = _FLYING[names_workflow(one.model_id)]
    flying, own = connection.execute(counted, {"owner": one.origin.owner_id, **named}).one()
    if guard.ceiling is not None and flying >= guard.ceiling:
        raise NoPlace(of_member=False)
    if guard.member_in_flight is not None and own >= guard.member_in_flight:
        raise NoPlace(of_member=True)


def check_alone(connection: Connection, one: Generation, guard: Guard) -> None:
    """Raise NotAlone while another purchase of its model has no known charge, under a limit of both."""
    named = {"model": one.model_id, "this": one.id, "let_go": [*guard.let_go]}
    for owner, guild, own_app in connection.execute(_OTHERS, named):
        if guard.cu_per_day is not None or (
            guard.member_cu_per_day is not None and owner == one.origin.owner_id
        ):
            raise NotAlone(one.model_id)
        shared = guild is not None and guild == one.origin.guild_id and not own_app and not one.origin.own_app
        if guard.guild_cu_per_day is not None and shared:
            raise NotAlone(one.model_id)


def _limits(one: Generation, guard: Guard) -> list[tuple[_Scope, float]]:
    guild = guard.guild_cu_per_day if one.origin.guild_id is not None and not one.origin.own_app else None
    limits = [(_MEMBER, guard.member_cu_per_day), (_GUILD, guild), (_ALL, guard.cu_per_day)]
    return [(scope, allowed) for scope, allowed in limits if allowed is not None]


def _over(
    connection: Connection, some: Sequence[Generation], scope: _Scope, allowed: float, since: datetime
) -> LimitReached | None:
    one, these = some[0].origin, [each.id for each in some]
    named = {"owner": one.owner_id, "guild": one.guild_id, "since": since, "these": these}
    prices = [each.price for each in some if each.price is not None]
    if (connection.scalar(scope.sum, named) or 0.0) + sum(prices) < allowed * _NEARLY:
        return None
    # summed by us, not by SQL: prices are decimals, and a plain sum of ten tenths stays below one
    costs: Costs = [(moment, cu) for moment, cu in connection.execute(scope.costs, named)]

    def fits(rest: float) -> bool:
        asked = [(since, rest), *((since, price) for price in prices)]
        return used(asked) <= allowed if prices else rest < allowed

    spent = used(costs)
    if fits(spent):
        return None
    return LimitReached(scope.limit, allowed, used=spent, until=room_at(costs, fits))
