"""What a `Store` promises of the members' own lines: how long they are, and that the queue counts them."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from bot.generation.card import CardState
from bot.generation.lines import Lines
from bot.generation.model import UNSEEN_HOLDS, Fate, Generation, Membership, key_of
from bot.generation.ports import Guard
from bot.refusals import Limit, LimitReached
from bot.store import SqlStore
from tests.support.builders import MODEL, OWNER, a_generation
from tests.support.clock import START
from tests.support.stores import a_store, a_store_at

SECOND: Final = timedelta(seconds=1)
FREE: Final = Guard()
NOTHING_YET: Final[dict[str, Any]] = {"inputs": None}
"""A request that lacks a schema: it counts in no queue."""
RUNNING: Final[dict[str, Any]] = {"fate": Fate.RUNNING, "submitted_at": START}


@pytest.fixture(params=["sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest) -> AsyncGenerator[SqlStore]:
    memory = request.param == "sqlite"
    async with a_store() if memory else a_store_at(request.getfixturevalue("postgres")) as opened:
        yield opened


def asked(number: int, **changes: Any) -> Generation:
    """The `number`th request."""
    return a_generation(str(number), created_at=START + number * SECOND, **changes)


async def put(store: SqlStore, *some: Generation) -> None:
    for one in some:
        await store.record(one, FREE)


async def refused(store: SqlStore, one: Generation, guard: Guard) -> LimitReached:
    with pytest.raises(LimitReached) as reached:
        await store.record(one, guard)
    assert await store.get(one.id) is None
    return reached.value


@pytest.mark.parametrize(("present", "passes"), [(2, True), (4, True), (5, False)])
async def test_beyond_the_limit_so_many_are_taken_as_may_wait(
    store: SqlStore, present: int, *, passes: bool
) -> None:
    guard = Guard(member_in_flight=2, member_waiting=3)
    await put(store, *(asked(number) for number in range(present)))
    if passes:
        await store.record(asked(9), guard)
        return
    full = await refused(store, asked(9), guard)
    assert (full.limit, full.used, full.allowed) == (Limit.MEMBER_IN_FLIGHT, 5, 5)


async def test_of_many_at_once_exactly_as_many_pass_as_may_be_had_and_may_wait(store: SqlStore) -> None:
    guard = Guard(member_in_flight=4, member_waiting=20)
    answers = await asyncio.gather(
        *(store.record(asked(number), guard) for number in range(40)), return_exceptions=True
    )
    assert answers.count(None) == 24
    assert sum(isinstance(answer, LimitReached) for answer in answers) == 16


async def test_a_request_for_several_jobs_fits_into_the_line_whole_or_not_at_all(store: SqlStore) -> None:
    guard = Guard(member_in_flight=2, member_waiting=3)

    def jobs(number: int, size: int) -> list[Generation]:
        basis = asked(number)
        key = basis.id
        places = [Membership(group_id=key, number=n, size=size) for n in range(1, size + 1)]
        return [replace(basis, id=key_of(key, one.number), membership=one) for one in places]

    first, *rest = jobs(1, 4)
    await store.record(first, guard, siblings=rest)
    second, *others = jobs(2, 2)
    with pytest.raises(LimitReached) as full:
        await store.record(second, guard, siblings=others)
    assert (full.value.used, full.value.allowed, full.value.jobs) == (4, 5, 2)
    assert await store.group("2") == []


async def test_whoever_waits_in_a_line_is_counted_in_the_queue_whatever_he_lacks(store: SqlStore) -> None:
    limits = Guard(member_in_flight=2, member_waiting=20, queue=3)
    await put(store, *(asked(number, **NOTHING_YET) for number in range(4)))  # two of them wait
    await store.record(asked(4, **NOTHING_YET), limits)
    full = await refused(store, asked(5, **NOTHING_YET), limits)
    assert (full.limit, full.used) == (Limit.QUEUE, 3)
    await refused(store, asked(6, owner_id=OWNER + 1), limits)  # it is everybody's


async def test_who_waits_for_a_place_and_in_a_line_counts_once(store: SqlStore) -> None:
    await put(store, *(asked(number) for number in range(4)))
    full = await refused(store, asked(9), Guard(member_in_flight=1, member_waiting=9, queue=4))
    assert (full.limit, full.used) == (Limit.QUEUE, 4)


@pytest.mark.parametrize("confirm_above", [None, 50.0])
async def test_a_question_of_price_counts_in_the_queue_only_where_it_waits_in_a_line(
    store: SqlStore, confirm_above: float | None
) -> None:
    guard = Guard(member_in_flight=2, member_waiting=9, queue=2, confirm_above=confirm_above)
    await put(store, *(asked(number, price=80.0) for number in range(3)))
    if confirm_above is None:
        assert (await refused(store, asked(9), guard)).used == 3
        return
    await store.record(asked(8), guard)  # one waited, and this one is the second
    assert (await refused(store, asked(9), guard)).used == 2


async def test_each_member_has_a_line_of_his_own(store: SqlStore) -> None:
    guard = Guard(member_in_flight=1, member_waiting=1, queue=2)
    for member in range(3):
        await put(store, asked(member, owner_id=100 + member, **NOTHING_YET))
    for member in range(2):
        await store.record(asked(10 + member, owner_id=100 + member, **NOTHING_YET), guard)
    assert (await refused(store, asked(20, owner_id=102, **NOTHING_YET), guard)).limit is Limit.QUEUE


HOLDERS: Final[list[tuple[str, dict[str, Any]]]] = [
    ("bought later", {**RUNNING, "created_at": START + 99 * SECOND}),
    ("running", RUNNING),
    ("being bought", {"fate": Fate.SUBMITTING}),
    ("uncertain", {"fate": Fate.UNCERTAIN}),
    ("asked earlier", NOTHING_YET),
    ("asked later", {**NOTHING_YET, "created_at": START + 99 * SECOND}),
    ("over", {"fate": Fate.FAILED}),
    ("of somebody else", {**RUNNING, "owner_id": OWNER + 1}),
    ("let go", {**RUNNING, "id": "77"}),
    ("unseen for an hour", {**RUNNING, "card": CardState.KEPT}),
    ("bought just now, unseen", {**RUNNING, "card": CardState.KEPT, "submitted_at": None}),
]


@pytest.mark.parametrize("changes", [row[1] for row in HOLDERS], ids=[row[0] for row in HOLDERS])
async def test_the_queue_counts_those_in_line_whom_the_lines_keep_back(
    store: SqlStore, changes: dict[str, Any]
) -> None:
    now = START + UNSEEN_HOLDS + 200 * SECOND
    fields: dict[str, Any] = {"id": "5", "created_at": START, "job_id": "job", **changes}
    other = a_generation(**fields)
    mine = asked(50, **NOTHING_YET)
    await put(store, other, mine)
    lines = Lines(1)
    for one in (other, mine):
        lines.track(one)
    gone = frozenset({"77"})
    if other.id in gone:
        lines.let_go(other, gone=True)
    # for the lines nothing was let through before: of two requests the older one goes first
    waits = not lines.admits(mine, now)
    if other.fate is Fate.REQUESTED and other.created_at > mine.created_at:
        assert not lines.admits(other, now)
        waits = True  # the other one does
    guard = Guard(member_in_flight=1, member_waiting=9, queue=1, let_go=gone)
    new = a_generation("99", owner_id=OWNER + 9, created_at=now)
    if waits:
        assert (await refused(store, new, guard)).limit is Limit.QUEUE
    else:
        await store.record(new, guard)


async def test_how_long_jobs_took_is_told_of_results_with_a_charge_newest_first(store: SqlStore) -> None:
    def took(number: int, seconds: int, **changes: Any) -> Generation:
        begun = START + number * SECOND
        fields = {"fate": Fate.SUCCEEDED, "cu": 0.0, "submitted_at": begun, "job_id": f"job_{number}"}
        return asked(number, **{**fields, "finished_at": begun + seconds * SECOND, **changes})

    await put(
        store,
        *(took(number, 10 + number) for number in range(4)),
        took(5, 1, cu=None),
        took(6, 1, fate=Fate.FAILED),
        took(7, 1, fate=Fate.RUNNING, finished_at=None),
        took(8, 1, model_id="model_other"),
        took(9, 1, submitted_at=None),
    )
    assert await store.durations(MODEL, limit=3) == [13 * SECOND, 12 * SECOND, 11 * SECOND]
    assert await store.durations("model_none", limit=3) == []
