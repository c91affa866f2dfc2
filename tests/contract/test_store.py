"""What every `Store` promises, whatever is behind it. See `bot/generation/ports.py`."""

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from bot.generation import failures
from bot.generation.card import CARD_FIELDS, Card, CardState, IllegalMove, Removal
from bot.generation.failures import Failure, FailureKind
from bot.generation.group import jobs_of
from bot.generation.model import (
    FATE_FIELDS,
    RISE,
    UNSEEN_HOLDS,
    Fate,
    GateAnswer,
    Generation,
    Membership,
    Output,
    key_of,
)
from bot.generation.ports import Guard, JobTaken, NotAlone, Store, Taught
from bot.pricing.charges import Charge
from bot.refusals import AlreadyRecorded, Limit, LimitReached
from bot.request.ask import Ask, InputFile, TrainedModel
from bot.request.origin import Origin
from bot.scenario.api.records import Inputs
from bot.schema.inputs import Constraint, Problem
from bot.store import DatabaseInUse, SqlStore, open_store
from bot.store.codec import encode_new
from bot.store.sql import USED
from bot.store.tables import generations
from bot.vocabulary import Medium
from tests.support.builders import changed
from tests.support.stores import a_store, a_store_at, a_store_in

NOW = datetime(2026, 3, 1, 12, 0, 0, 123457, tzinfo=UTC)
SECOND = timedelta(seconds=1)
INSTANT = timedelta(microseconds=1)
DAY = timedelta(hours=24)
FREE = Guard()


WHOLE: Final[dict[str, Any]] = {"prompt": "p"}
"""Inputs that lack nothing."""


ORIGIN: Final = Origin(
    interaction_id="1",
    application_id=8,
    owner_id=7,
    guild_id=9,
    channel_id=10,
    locale="en-GB",
    owner_locale="de",
)


def new(generation_id: str = "1", **changes: Any) -> Generation:
    basis = Generation(
        id=generation_id,
        origin=ORIGIN,
        on_card=Card(
            id=generation_id,
            origin=replace(ORIGIN, interaction_id=generation_id),
            private=False,
            attachment_limit=10 * 1024 * 1024,
            channel_id=10,
        ),
        command="imagine",
        medium=Medium.IMAGE,
        spoiler=False,
        model_id="model_a",
        model_name="A",
        ask=Ask(prompt="a fox"),
        created_at=NOW,
    )
    return changed(basis, interaction_id=generation_id, **changes)


LIVE: dict[str, Any] = {"card": CardState.LIVE, "inputs": {"prompt": "a fox"}}
RUNNING: dict[str, Any] = {**LIVE, "fate": Fate.RUNNING}
DONE: dict[str, Any] = {**LIVE, "fate": Fate.SUCCEEDED}

FULL_ORIGIN: Final = Origin(
    interaction_id="1234567890123456789",
    application_id=2**63 - 2,
    owner_id=2**63 - 1,
    guild_id=2**63 - 3,
    channel_id=2**63 - 4,
    locale="pt-BR",
    owner_locale="fr",
    own_app=True,
)
FULL = Generation(
    id="1234567890123456789",
    origin=FULL_ORIGIN,
    on_card=Card(
        id="1234567890123456789",
        origin=FULL_ORIGIN,
        state=CardState.SETTLED,
        shown_revision=4,
        private=True,
        attachment_limit=2**40,
        channel_id=2**63 - 5,
        message_id=2**62,
        token="t" * 200,
        token_expires_at=NOW + timedelta(minutes=15),
        removed=Removal.MODERATOR,
        holder=3,
    ),
    membership=Membership(group_id="1234567890123456789", number=1, size=4),
    command="again",
    medium=Medium.THREE_D,
    spoiler=True,
    parent_id="1234567890123456788",
    built_on="1234567890123456788",
    model_id="model_b",
    model_name="Ünïcode \U0001f98a",
    ask=Ask(
        prompt="p",
        aspect_ratio="16:9",
        count=4,
        seed=2**53,
        negative_prompt="n",
        options={"duration": 5.5, "sound": False},
        model_settings={"steps": "28", "tags": ["ink", 3], "shots": [{"prompt": "x", "seconds": None}]},
        files=(
            InputFile(role="image", filename="ü.png", url="https://x.test/y", size=2**40, width=1, height=2),
            InputFile(role="voice", asset_id="asset_2", content_type="audio/*", duration=0.5),
        ),
        trained_models=(
            TrainedModel(model_id="model_c", name="C", scale=0.0, composition=True),
            TrainedModel(model_id="d", name=""),
        ),
    ),
    inputs={"prompt": "p", "loras": ["a"], "deep": {"x": [1, 1.5, None, True]}},
    fate=Fate.SUCCEEDED,
    revision=5,
    created_at=NOW,
    submitted_at=NOW + INSTANT,
    uncertain_since=NOW + 2 * INSTANT,
    finished_at=datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    canceled_by=3,
    job_id="job_1",
    price=10.75,
    cu=0.1,
    refunded=False,
    outputs=(Output(asset_id="asset_1"), Output(url="https://x.test/y")),
    failure=failures.PlanLocked(reason="r", hint="h", trace="t", required_plan="pro"),
    gate_answers=(GateAnswer(node_id="ü", name="Ünïcode", choosing=True, picks=(1, 25), by=2**63 - 1),),
    confirmed_by=2**61,
    agreed=10.5,
    asked_at=NOW + 3 * INSTANT,
    holder=2,
)


@pytest.fixture(params=["sqlite-file", "sqlite-memory", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Store, None]:
    match request.param:
        case "sqlite-file":
            opening = a_store_in(tmp_path / "imagine.db")
        case "sqlite-memory":
            opening = a_store()
        case _:
            opening = a_store_at(request.getfixturevalue("postgres"))
    async with opening as opened:
        yield opened


async def recorded(store: Store, generation_id: str = "1", **changes: Any) -> Generation:
    generation = new(generation_id, **changes)
    await store.record(generation, FREE)
    return generation


async def moved(store: Store, before: Generation, **changes: Any) -> Generation:
    after = await store.save(before, changed(before, **changes))
    assert after is not None
    return after


async def known(store: Store, generation_id: str) -> Generation:
    found = await store.get(generation_id)
    assert found is not None
    return found


def ids(generations: Any) -> list[str]:
    return [one.id for one in generations]


# -- what goes in comes out ---------------------------------------------------------------------------


async def test_every_field_comes_back_as_it_went_in(store: Store) -> None:
    for field in fields(FULL):
        assert getattr(FULL, field.name) is not None, f"the sample leaves {field.name} out"
    await store.record(FULL, FREE)
    assert await store.get(FULL.id) == FULL


async def test_every_absent_field_comes_back_absent(store: Store) -> None:
    generation = await recorded(store, guild_id=None, channel_id=None)
    assert await store.get("1") == generation


async def test_an_unknown_generation_is_none(store: Store) -> None:
    assert await store.get("404") is None


hostile = st.one_of(
    st.text(max_size=200),
    st.text(alphabet=st.characters(categories=["Cs", "Cc", "Cf", "Co", "Mn", "So"]), max_size=50),
    st.sampled_from(
        ["'; DROP TABLE generation; --", '"', "\\", "%s :x ?", "{}", "null", "\u202e@everyone", "\0"]
    ),
)
json_value = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | hostile,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(hostile, inner, max_size=3),
    max_leaves=8,
)
problem = st.builds(Problem, input=hostile, label=hostile, rule=st.sampled_from(Constraint), given=json_value)
moments = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001 (hypothesis adds the zone)
    timezones=st.just(UTC),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ask=st.builds(
        Ask, prompt=hostile, aspect_ratio=hostile, negative_prompt=hostile, seed=st.integers(0, 2**63)
    ),
    inputs=st.dictionaries(hostile, json_value, max_size=4),
    failure=st.builds(failures.PlanLocked, reason=hostile, hint=hostile, required_plan=hostile)
    | st.builds(failures.Refused, model_name=hostile, problems=st.tuples(problem)),
    at=moments,
    cu=st.floats(0, 1e9),
)  # fmt: skip
async def test_hostile_text_comes_back_as_it_went_in(
    store: Store, ask: Ask, inputs: dict[str, Any], failure: Failure, at: datetime, cu: float
) -> None:
    number = len(await store.of_owner(7, limit=10_000))
    generation = new(
        f"h{number}", ask=ask, inputs=inputs, failure=failure, created_at=at, submitted_at=at, cu=cu
    )
    await store.record(generation, FREE)
    assert await store.get(generation.id) == generation


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=hostile)
async def test_hostile_names_are_stored_with_what_no_database_holds_replaced(store: Store, name: str) -> None:
    number = len(await store.of_owner(7, limit=10_000))
    await store.record(new(f"h{number}", model_name=name), FREE)
    kept = await store.get(f"h{number}")
    assert kept is not None
    expected = "".join("\ufffd" if c == "\0" or "\ud800" <= c <= "\udfff" else c for c in name)
    assert kept.model_name == expected


async def test_a_moment_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(Exception, match="offset-naive"):
        await store.record(new(created_at=NOW.replace(tzinfo=None)), FREE)


# -- record -------------------------------------------------------------------------------------------


async def test_a_replayed_interaction_changes_nothing(store: Store) -> None:
    first = await recorded(store)
    with pytest.raises(AlreadyRecorded):
        await store.record(replace(first, model_name="other"), FREE)
    assert await store.get("1") == first


async def test_a_replay_is_a_replay_also_at_a_limit(store: Store) -> None:
    # Told LimitReached, the member would read a refusal under a request that is running.
    first = await recorded(store)
    with pytest.raises(AlreadyRecorded):
        await store.record(first, Guard(member_in_flight=1, queue=1))


@pytest.mark.parametrize(("present", "refused"), [(3, False), (4, True)])
async def test_in_flight_is_refused_at_the_limit_and_not_one_before(
    store: Store, present: int, refused: bool
) -> None:
    for n in range(present):
        await recorded(store, str(n))
    guard = Guard(member_in_flight=4)
    if not refused:
        await store.record(new("x"), guard)
        return
    with pytest.raises(LimitReached) as reached:
        await store.record(new("x"), guard)
    assert (reached.value.limit, reached.value.allowed, reached.value.used) == (Limit.MEMBER_IN_FLIGHT, 4, 4)
    assert await store.get("x") is None


async def test_in_flight_leaves_out_the_final_and_other_members(store: Store) -> None:
    await recorded(store, "final", **DONE)
    await recorded(store, "other", owner_id=70)
    await store.record(new("x"), Guard(member_in_flight=1))


@pytest.mark.parametrize("fate", sorted(set(Fate)))
async def test_in_flight_counts_every_fate_that_is_not_final(store: Store, fate: Fate) -> None:
    await recorded(store, **{**LIVE, "fate": fate})
    if fate.final:
        await store.record(new("x"), Guard(member_in_flight=1))
    else:
        with pytest.raises(LimitReached):
            await store.record(new("x"), Guard(member_in_flight=1))


async def test_a_deleted_card_frees_no_place(store: Store) -> None:
    await recorded(store, card=CardState.KEPT, inputs=WHOLE)
    for guard in (Guard(member_in_flight=1), Guard(queue=1)):
        with pytest.raises(LimitReached):
            await store.record(new("x"), guard)


@pytest.mark.parametrize(
    ("since", "changes", "counts"),
    [
        (UNSEEN_HOLDS, {}, True),
        (UNSEEN_HOLDS + INSTANT, {}, False),
        (UNSEEN_HOLDS + INSTANT, {"card": CardState.LIVE}, True),
        (UNSEEN_HOLDS + INSTANT, {"removed": Removal.OWNER}, True),
        (UNSEEN_HOLDS + INSTANT, {"fate": Fate.UNCERTAIN}, True),
        (None, {}, True),
    ],
)
async def test_a_run_whose_question_nobody_could_see_for_long_holds_no_place_of_its_member(
    store: Store, since: timedelta | None, changes: dict[str, Any], counts: bool
) -> None:
    begun = None if since is None else NOW - since
    fields: dict[str, Any] = {**RUNNING, "card": CardState.KEPT, "submitted_at": begun, **changes}
    await recorded(store, **fields)
    guard = Guard(member_in_flight=1)
    if not counts:
        await store.record(new("x"), guard)
        return
    with pytest.raises(LimitReached):
        await store.record(new("x"), guard)


async def test_a_run_that_was_let_go_holds_no_place_of_its_member(store: Store) -> None:
    for name in ("a", "b", "c"):
        await recorded(store, name, **RUNNING)
    with pytest.raises(LimitReached):
        await store.record(new("x"), Guard(member_in_flight=2, let_go=frozenset({"a", "z"})))
    await store.record(new("x"), Guard(member_in_flight=2, let_go=frozenset({"a", "b"})))


@pytest.mark.parametrize(("waiting", "refused"), [(2, False), (3, True)])
async def test_the_queue_is_refused_at_its_length(store: Store, waiting: int, refused: bool) -> None:
    await recorded(store, "running", **RUNNING)
    for n in range(waiting):
        await recorded(store, str(n), owner_id=100 + n, inputs=WHOLE)
    if not refused:
        await store.record(new("x"), Guard(queue=3))
        return
    with pytest.raises(LimitReached) as reached:
        await store.record(new("x"), Guard(queue=3))
    assert (reached.value.limit, reached.value.used) == (Limit.QUEUE, 3)


async def test_the_queue_leaves_out_who_waits_for_something_else_than_a_place(store: Store) -> None:
    guard = Guard(queue=1, confirm_above=50.0)
    for n, lacks in enumerate(
        (
            {"inputs": None},
            {"inputs": {"image": "upload:0"}},
            {"inputs": {"images": ["upload:1", "asset_1"]}},
            {"inputs": WHOLE, "price": 50.5},
        )
    ):
        await recorded(store, f"lacks {n}", **lacks)
    await store.record(new("x", inputs={"prompt": '["upload:0'}, price=50.0), guard)
    with pytest.raises(LimitReached):
        await store.record(new("y"), guard)


async def test_a_yes_brings_into_the_queue(store: Store) -> None:
    guard = Guard(queue=1, confirm_above=50.0)
    asked = await recorded(store, inputs=WHOLE, price=80.0)
    await store.record(new("x"), guard)
    await moved(store, asked, confirmed_by=7)
    with pytest.raises(LimitReached):
        await store.record(new("y"), guard)


@pytest.mark.parametrize(("price", "waits"), [(100.0 * RISE, True), (100.0 * RISE + 0.01, False)])
async def test_who_is_asked_anew_because_the_price_rose_by_more_than_a_tenth_waits_for_no_place(
    store: Store, price: float, waits: bool
) -> None:
    guard = Guard(queue=1, confirm_above=50.0)
    await recorded(store, inputs=WHOLE, price=price, agreed=100.0, confirmed_by=7)
    if waits:
        with pytest.raises(LimitReached):
            await store.record(new("x"), guard)
    else:
        await store.record(new("x"), guard)


@pytest.mark.parametrize(("cu", "refused"), [(9.999, False), (10.0, True), (10.001, True)])
async def test_the_day_is_refused_at_its_limit(store: Store, cu: float, refused: bool) -> None:
    await recorded(store, **DONE, cu=cu)
    guard = Guard(member_cu_per_day=10)
    if not refused:
        await store.record(new("x"), guard)
        return
    with pytest.raises(LimitReached) as reached:
        await store.record(new("x"), guard)
    assert (reached.value.limit, reached.value.allowed) == (Limit.MEMBER_CU_PER_DAY, 10)
    assert reached.value.used == pytest.approx(cu)
    assert reached.value.until == NOW + DAY


async def test_a_generation_leaves_the_day_when_it_is_24_hours_old(store: Store) -> None:
    await recorded(store, **DONE, cu=10)
    guard = Guard(member_cu_per_day=10)
    with pytest.raises(LimitReached):
        await store.record(new("early", created_at=NOW + DAY - INSTANT), guard)
    await store.record(new("edge", created_at=NOW + DAY), guard)
    await store.record(new("past", created_at=NOW + DAY + SECOND), guard)


async def test_until_is_the_moment_when_the_member_may_ask_again(store: Store) -> None:
    for hour, cu in enumerate([1, 5, 2, 4]):
        await recorded(store, str(hour), **DONE, cu=cu, created_at=NOW + timedelta(hours=hour))
    guard = Guard(member_cu_per_day=6)
    with pytest.raises(LimitReached) as reached:
        await store.record(new("x", created_at=NOW + timedelta(hours=4)), guard)
    # 12 spent: without the first 11, without the second 6 (still at the limit), without the third 4
    until = NOW + timedelta(hours=2) + DAY
    assert reached.value.until == until
    with pytest.raises(LimitReached):
        await store.record(new("x", created_at=until - INSTANT), guard)
    await store.record(new("x", created_at=until), guard)


async def test_a_day_of_nothing_at_all_has_no_moment_to_come_back(store: Store) -> None:
    with pytest.raises(LimitReached) as reached:
        await store.record(new(), Guard(member_cu_per_day=0))
    assert reached.value.until is None


async def test_the_day_counts_the_charge_else_the_price_and_no_refund(store: Store) -> None:
    await recorded(store, "charged", **DONE, price=100, cu=3)
    await recorded(store, "foretold", **RUNNING, price=4)
    await recorded(store, "refunded", **{**LIVE, "fate": Fate.FAILED}, cu=100, refunded=True)
    await recorded(store, "not refunded", **{**LIVE, "fate": Fate.FAILED}, cu=5, refunded=False)
    await recorded(store, "unknown")
    await recorded(store, "other", owner_id=70, cu=100)
    for owner, since, spent in ((7, DAY - INSTANT, 12), (7, DAY, 0), (71, INSTANT, 0)):
        asked = new("x", owner_id=owner, created_at=NOW + since)
        if not spent:
            await store.record(changed(asked, id=f"{owner} free"), Guard(member_cu_per_day=1e-9))
            continue
        with pytest.raises(LimitReached) as reached:
            await store.record(asked, Guard(member_cu_per_day=1))
        assert reached.value.used == spent


async def test_ten_tenths_reach_a_limit_of_one(store: Store) -> None:
    # A plain sum of floats ends at 0.9999999999999999, and an eleventh would pass.
    for n in range(10):
        await recorded(store, str(n), **DONE, cu=0.1)
    with pytest.raises(LimitReached):
        await store.record(new("x"), Guard(member_cu_per_day=1))


@pytest.mark.parametrize(
    "guard", [Guard(member_in_flight=4), Guard(queue=4), Guard(member_in_flight=4, queue=9)], ids=str
)
async def test_of_twenty_at_once_exactly_as_many_pass_as_the_limit_says(store: Store, guard: Guard) -> None:
    answers = await asyncio.gather(
        *(store.record(new(str(n), inputs=WHOLE), guard) for n in range(20)), return_exceptions=True
    )
    assert answers.count(None) == 4
    assert sum(isinstance(answer, LimitReached) for answer in answers) == 16
    assert len(await store.of_owner(7)) == 4


async def test_of_twenty_replays_at_once_one_is_recorded(store: Store) -> None:
    answers = await asyncio.gather(*(store.record(new(), FREE) for _ in range(20)), return_exceptions=True)
    assert answers.count(None) == 1
    assert sum(isinstance(answer, AlreadyRecorded) for answer in answers) == 19


# -- limits of a server and of everybody ----------------------------------------------------------------

SHARED = [Guard(guild_cu_per_day=10), Guard(cu_per_day=10)]


def limit_of(guard: Guard) -> Limit:
    return Limit.CU_PER_DAY if guard.cu_per_day is not None else Limit.GUILD_CU_PER_DAY


@pytest.mark.parametrize("guard", SHARED, ids=str)
async def test_other_members_count_for_a_limit_that_is_shared(store: Store, guard: Guard) -> None:
    await recorded(store, "a", **DONE, owner_id=70, cu=4)
    await recorded(store, "b", **DONE, owner_id=71, cu=6, created_at=NOW + SECOND)
    with pytest.raises(LimitReached) as reached:
        await store.record(new("x", created_at=NOW + SECOND), guard)
    refusal = reached.value
    assert (refusal.limit, refusal.allowed, refusal.used) == (limit_of(guard), 10, 10)
    assert refusal.until == NOW + DAY
    await store.record(new("x", created_at=NOW + DAY), guard)


@pytest.mark.parametrize("elsewhere", [{"guild_id": 99}, {"guild_id": None}, {"own_app": True}], ids=str)
async def test_a_server_pays_only_for_what_was_asked_there_by_its_own_install(
    store: Store, elsewhere: dict[str, Any]
) -> None:
    await recorded(store, "here", **DONE, cu=10)
    await store.record(new("x", **elsewhere), Guard(guild_cu_per_day=10))
    with pytest.raises(LimitReached):
        await store.record(new("y"), Guard(guild_cu_per_day=10))
    await recorded(store, "there", **DONE, **elsewhere, owner_id=70, cu=10)
    for guard, used in ((Guard(guild_cu_per_day=10), 10), (Guard(cu_per_day=10), 20)):
        with pytest.raises(LimitReached) as reached:
            await store.record(new("z"), guard)
        assert reached.value.used == used


async def test_of_several_limits_the_one_that_frees_last_is_named(store: Store) -> None:
    await recorded(store, "mine", **DONE, cu=10, created_at=NOW - 2 * SECOND)
    await recorded(store, "theirs", **DONE, owner_id=70, guild_id=99, cu=10)
    for guard, limit, until in (
        (Guard(member_cu_per_day=10, cu_per_day=30), Limit.MEMBER_CU_PER_DAY, NOW - 2 * SECOND + DAY),
        (Guard(member_cu_per_day=11, cu_per_day=20), Limit.CU_PER_DAY, NOW - 2 * SECOND + DAY),
        (Guard(member_cu_per_day=10, cu_per_day=5), Limit.CU_PER_DAY, NOW + DAY),
        (Guard(member_cu_per_day=0, cu_per_day=5), Limit.MEMBER_CU_PER_DAY, None),
    ):
        with pytest.raises(LimitReached) as reached:
            await store.record(new("x"), guard)
        assert (reached.value.limit, reached.value.until) == (limit, until)


@pytest.mark.parametrize("guard", [Guard(member_cu_per_day=10), *SHARED], ids=str)
async def test_of_twenty_prices_at_once_as_many_are_reserved_as_fit(store: Store, guard: Guard) -> None:
    waiting = [await recorded(store, str(n), **LIVE) for n in range(20)]
    answers = await asyncio.gather(
        *(store.reserve(one, replace(one, price=3.0), guard, now=NOW) for one in waiting),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, Generation) for answer in answers) == 3
    assert sum(isinstance(answer, LimitReached) for answer in answers) == 17
    prices = [one.price for one in await store.of_owner(7)]
    assert sorted(price for price in prices if price is not None) == [3.0, 3.0, 3.0]


@pytest.mark.parametrize("guard", [Guard(member_cu_per_day=10), *SHARED], ids=str)
async def test_a_reservation_gives_way_to_the_charge_and_to_the_refund(store: Store, guard: Guard) -> None:
    first, second = await recorded(store, "1", **LIVE), await recorded(store, "2", **LIVE)
    priced = await store.reserve(first, replace(first, price=10.0), guard, now=NOW)
    assert priced is not None
    # its own price is no hindrance to itself
    dearer = replace(priced, price=9.5, fate=Fate.SUBMITTING)
    sending = await store.reserve(priced, dearer, guard, now=NOW)
    assert sending is not None
    assert sending.revision == priced.revision + 1
    with pytest.raises(LimitReached):
        await store.reserve(second, replace(second, price=1.0), guard, now=NOW)
    charged = await moved(store, sending, fate=Fate.RUNNING, job_id="job_1", cu=9.0)
    second = await store.reserve(second, replace(second, price=1.0), guard, now=NOW)
    assert second is not None
    with pytest.raises(LimitReached) as reached:
        await store.reserve(second, replace(second, price=1.5), guard, now=NOW)
    assert (reached.value.used, reached.value.until) == (9.0, NOW + DAY)
    await moved(store, charged, fate=Fate.FAILED, refunded=True, finished_at=NOW)
    assert await store.reserve(second, replace(second, price=10.0), guard, now=NOW) is not None


async def test_a_reservation_writes_nothing_where_the_row_had_moved_on(store: Store) -> None:
    before = await recorded(store, **LIVE)
    await moved(store, before, fate=Fate.CANCELED, finished_at=NOW)
    assert await store.reserve(before, replace(before, price=1.0), Guard(cu_per_day=5), now=NOW) is None


async def test_what_costs_nobody_knows_what_needs_something_left(store: Store) -> None:
    before = await recorded(store, "x", **LIVE)
    await recorded(store, "y", **DONE, cu=9.5)
    sending = replace(before, inputs={}, fate=Fate.SUBMITTING)
    with pytest.raises(LimitReached):
        await store.reserve(before, sending, Guard(member_cu_per_day=9.5), now=NOW)
    assert await store.reserve(before, sending, Guard(member_cu_per_day=10), now=NOW) is not None


@pytest.mark.parametrize(
    ("changes", "alone"),
    [
        ({}, ["everybody", "guild", "member"]),
        ({"owner_id": 70}, ["everybody", "guild"]),
        ({"owner_id": 70, "guild_id": 99}, ["everybody"]),
        ({"owner_id": 70, "own_app": True}, ["everybody"]),
        ({"model_id": "model_b"}, []),
    ],
    ids=str,
)
async def test_one_purchase_at_a_time_under_each_limit_of_both(
    store: Store, changes: dict[str, Any], alone: list[str]
) -> None:
    await recorded(store, "other", **{**RUNNING, **changes})
    before = await recorded(store, "x", **LIVE)
    sending = replace(before, inputs={}, fate=Fate.SUBMITTING)
    guards = {
        "everybody": Guard(cu_per_day=99),
        "guild": Guard(guild_cu_per_day=99),
        "member": Guard(member_cu_per_day=99),
    }
    for name in alone:
        with pytest.raises(NotAlone):
            await store.reserve(before, sending, guards[name], now=NOW, alone=[])
    let_go = replace(guards["everybody"], let_go=frozenset({"other"}))  # nobody knows whether it ever ends
    for guard in (Guard(), let_go, *(guards[name] for name in guards.keys() - set(alone))):
        sent = await store.reserve(before, sending, guard, now=NOW, alone=[])
        assert sent is not None
        before = await moved(store, sent, fate=Fate.REQUESTED)


async def test_of_twenty_at_once_one_is_bought_alone(store: Store) -> None:
    waiting = [await recorded(store, str(n), **LIVE) for n in range(20)]
    guard = Guard(cu_per_day=99)
    answers = await asyncio.gather(
        *(
            store.reserve(one, replace(one, inputs={}, fate=Fate.SUBMITTING), guard, now=NOW, alone=[])
            for one in waiting
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, Generation) for answer in answers) == 1
    assert sum(isinstance(answer, NotAlone) for answer in answers) == 19


async def test_what_was_charged_meanwhile_is_learnt_before_it_is_bought_alone(store: Store) -> None:
    other = await recorded(store, "other", **RUNNING, job_id="job_1", submitted_at=NOW)
    before = await recorded(store, "x", **LIVE)
    sending = replace(before, inputs={}, fate=Fate.SUBMITTING)
    seen = await store.charges("model_a")
    await moved(store, other, cu=4.0)
    with pytest.raises(Taught):
        await store.reserve(before, sending, Guard(cu_per_day=99), now=NOW, alone=seen)
    seen = await store.charges("model_a")
    assert await store.reserve(before, sending, Guard(cu_per_day=99), now=NOW, alone=seen) is not None


async def test_a_models_charges_are_told_newest_first(store: Store) -> None:
    for second, changes in enumerate(
        [
            {**DONE, "cu": 3.0, "price": 2.0, "inputs": {"prompt": "a"}},
            {**RUNNING, "cu": 4.0, "inputs": {"prompt": "b"}},
            {**LIVE, "fate": Fate.FAILED, "cu": 0.0, "refunded": True},
            {**DONE, "cu": 9.0, "model_id": "model_b"},
            {**RUNNING, "cu": None, "job_id": "job_x"},
        ]
    ):
        await recorded(store, str(second), **{**changes, "submitted_at": NOW + second * SECOND})
    assert await store.charges("model_a") == [
        Charge(inputs={"prompt": "b"}, cu=4.0, at=NOW + SECOND),
        Charge(inputs={"prompt": "a"}, cu=3.0, foretold=2.0, at=NOW),
    ]


async def test_a_charge_that_changed_since_it_was_read_is_told_as_it_is_now(store: Store) -> None:
    inputs: Inputs = {"prompt": "a fox\0 \N{FOX FACE}", "loras": [{"id": "x", "scale": 0.5}]}
    job = await recorded(
        store, "x", **{**RUNNING, "job_id": "job_1", "submitted_at": NOW, "inputs": inputs, "cu": 4.0}
    )
    assert await store.charges("model_a") == [Charge(inputs=inputs, cu=4.0, at=NOW)]
    await moved(store, job, cu=6.0)
    assert await store.charges("model_a") == [Charge(inputs=inputs, cu=6.0, at=NOW)]


async def test_the_models_that_people_use_are_told_the_most_used_first(store: Store) -> None:
    for number, (model_id, cu) in enumerate(
        [
            ("model_b", 1.0),
            ("model_a", 2.0),
            ("model_c", None),
            ("model_b", 3.0),
            ("model_c", None),
            ("", 1.0),
        ]
    ):
        made = NOW + number * SECOND
        await recorded(store, str(number), **{**DONE, "model_id": model_id, "cu": cu, "created_at": made})
    assert list(await store.popular()) == ["model_b", "model_a"]
    assert list(await store.popular(1)) == ["model_b"]


async def test_what_people_used_long_ago_says_nothing_of_what_they_use(tmp_path: Path) -> None:
    async with a_store_in(tmp_path / "imagine.db") as store:
        newer = [new(f"b{n}", **DONE, model_id="model_b", cu=1.0) for n in range(USED)]
        older = [
            changed(one, id=f"a{n}", model_id="model_a", created_at=NOW - SECOND)
            for n, one in enumerate(newer)
        ]

        def keep(connection: Connection) -> None:
            connection.execute(generations.insert(), [encode_new(one) for one in (*older, *newer)])

        await vars(store)["_database"].write(keep)
        assert list(await store.popular()) == ["model_b"]


# -- save ---------------------------------------------------------------------------------------------


async def test_a_fact_raises_the_revision_by_one_however_many_fields_it_has(store: Store) -> None:
    before = await recorded(store, **LIVE)
    after = await store.save(
        before,
        replace(before, fate=Fate.FAILED, finished_at=NOW, failure=failures.Simple(kind=FailureKind.FAILED)),
    )
    assert after is not None
    assert (after.revision, after.fate, after.finished_at) == (2, Fate.FAILED, NOW)
    assert await store.get("1") == after


async def test_what_the_card_loop_writes_raises_no_revision(store: Store) -> None:
    before = await recorded(store)
    after = await moved(store, before, card=CardState.LIVE, shown_revision=1, message_id=5, private=True)
    assert (after.revision, after.card.shown_revision, after.card.message_id, after.card.private) == (
        1,
        1,
        5,
        True,
    )


def test_the_sample_changes_cover_every_field_of_both_loops() -> None:
    assert set(CHANGES) == FATE_FIELDS | CARD_FIELDS - {"state"} | {"card"}


CHANGES: dict[str, Any] = {
    "model_id": "model_b",
    "model_name": "B",
    "ask": Ask(prompt="y", files=(InputFile(role="image", asset_id="asset_1"),)),
    "confirmed_by": 4,
    "agreed": 1.25,
    "asked_at": NOW,
    "removed": Removal.OWNER,
    "inputs": {"prompt": "x"},
    "fate": Fate.FAILED,
    "submitted_at": NOW,
    "uncertain_since": NOW,
    "finished_at": NOW,
    "canceled_by": 3,
    "job_id": "job_x",
    "price": 1.5,
    "cu": 2.5,
    "refunded": True,
    "outputs": (Output(asset_id="a"),),
    "failure": failures.Simple(kind=FailureKind.MODERATED),
    "gate_answers": (
        GateAnswer(node_id="a", name="Best", choosing=True, picks=(1, 3), by=2**60),
        GateAnswer(node_id="b", yes=False, by=7),
    ),
    "membership": Membership(group_id="1", number=1, size=4),
    "card": CardState.KEPT,
    "shown_revision": 1,
    "private": True,
    "token": "other",
    "token_expires_at": NOW,
    "message_id": 4,
    "channel_id": 5,
    "attachment_limit": 26,
}


@pytest.mark.parametrize("name", sorted(CHANGES))
async def test_each_field_of_the_loops_is_written_alone(store: Store, name: str) -> None:
    before = await recorded(store)
    wanted = changed(before, **{name: CHANGES[name]})
    after = await store.save(before, wanted)
    assert after == replace(wanted, revision=2 if name in FATE_FIELDS else 1)
    assert await store.get("1") == after


async def test_fields_can_be_taken_back_to_nothing(store: Store) -> None:
    before = await recorded(store, job_id="job_1", inputs={}, uncertain_since=NOW, token="t")
    after = await moved(store, before, job_id=None, inputs=None, uncertain_since=None, token=None)
    assert after == changed(before, job_id=None, inputs=None, uncertain_since=None, token=None, revision=2)


async def test_what_belongs_to_neither_loop_is_not_written(store: Store) -> None:
    before = await recorded(store)
    after = await store.save(before, changed(before, owner_id=1, revision=99, spoiler=True))
    assert after == before
    assert await store.get("1") == before


async def test_a_save_on_a_fate_that_moved_on_is_lost(store: Store) -> None:
    before = await recorded(store, **LIVE)
    now = await moved(store, before, fate=Fate.CANCELED)
    assert await store.save(before, replace(before, fate=Fate.SUBMITTING)) is None
    assert await store.save(before, replace(before, price=3.0)) is None
    assert await store.get("1") == now


async def test_a_save_on_a_card_that_moved_on_is_lost(store: Store) -> None:
    before = await recorded(store)
    now = await moved(store, before, card=CardState.KEPT)
    assert await store.save(before, changed(before, shown_revision=1)) is None
    assert await store.save(before, before.carded(state=CardState.LIVE)) is None
    assert await store.get("1") == now


async def test_neither_half_of_a_lost_save_is_written(store: Store) -> None:
    before = await recorded(store, **LIVE)
    now = await moved(store, before, card=CardState.SETTLED)
    assert await store.save(before, changed(before, fate=Fate.CANCELED, shown_revision=1)) is None
    assert await store.get("1") == now


async def test_the_two_loops_do_not_disturb_each_other(store: Store) -> None:
    start = await recorded(store, **LIVE, price=1.0)
    await moved(store, start, message_id=5, shown_revision=1)
    after = await moved(store, start, fate=Fate.CANCELED)  # from a reading before the card was shown
    assert (after.card.message_id, after.card.shown_revision, after.revision) == (5, 1, 2)
    after = await moved(store, start, card=CardState.SETTLED, shown_revision=2)  # and the other way round
    assert (after.fate, after.card.state, after.card.shown_revision) == (Fate.CANCELED, CardState.SETTLED, 2)


async def test_shown_revision_never_goes_down(store: Store) -> None:
    early = await recorded(store, **LIVE)
    shown = await moved(store, early, shown_revision=3)
    assert shown.card.shown_revision == 3
    assert (await moved(store, early, shown_revision=2)).card.shown_revision == 3
    assert (await moved(store, shown, shown_revision=1)).card.shown_revision == 3
    assert (await moved(store, shown, shown_revision=4)).card.shown_revision == 4


async def test_a_save_of_nothing_answers_with_the_row_as_it_stands(store: Store) -> None:
    before = await recorded(store)
    now = await moved(store, before, price=2.0)
    assert await store.save(before, before) == now
    assert await store.save(new("404"), new("404")) is None
    assert await store.save(new("404"), new("404", price=1.0)) is None


async def test_an_illegal_move_is_refused_and_not_written(store: Store) -> None:
    before = await recorded(store, **DONE)
    with pytest.raises(IllegalMove):
        await store.save(before, replace(before, fate=Fate.REQUESTED))
    assert await store.get("1") == before


async def test_of_twenty_savers_one_wins(store: Store) -> None:
    before = await recorded(store, **LIVE)
    answers = await asyncio.gather(
        *(store.save(before, replace(before, fate=Fate.CANCELED, canceled_by=n)) for n in range(20))
    )
    (winner,) = [answer for answer in answers if answer is not None]
    assert winner.revision == 2
    assert await store.get("1") == winner


async def test_a_job_belongs_to_one_generation(store: Store) -> None:
    first = await recorded(store, "1", **LIVE)
    second = await recorded(store, "2", **LIVE)
    third = await recorded(store, "3", **LIVE)
    await moved(store, first, job_id="job_1")
    with pytest.raises(JobTaken):
        await store.save(second, replace(second, job_id="job_1"))
    assert await store.get("2") == second
    # many may have none
    assert await store.get("3") == third
    assert await store.owned_jobs(["job_1", "job_2"]) == {"job_1"}


async def test_owned_jobs_takes_more_ids_than_one_statement_may_hold(store: Store) -> None:
    await recorded(store, **RUNNING, job_id="job_40000")
    assert await store.owned_jobs([f"job_{n}" for n in range(40_001)]) == {"job_40000"}
    assert await store.owned_jobs([]) == set()


# -- what the loops and the members read --------------------------------------------------------------


async def test_unfinished_is_what_is_not_final_oldest_first(store: Store) -> None:
    await recorded(store, "b", **RUNNING, created_at=NOW + SECOND)
    await recorded(store, "c", created_at=NOW + SECOND)
    await recorded(store, "a", created_at=NOW + 2 * SECOND)
    await recorded(store, "d", fate=Fate.UNCERTAIN, created_at=NOW)
    await recorded(store, "e", fate=Fate.SUBMITTING, card=CardState.SETTLED, created_at=NOW - SECOND)
    await recorded(store, "kept", **{**RUNNING, "card": CardState.KEPT}, created_at=NOW + DAY)
    for fate in (Fate.SUCCEEDED, Fate.FAILED, Fate.CANCELED):
        await recorded(store, fate.value, **{**LIVE, "fate": fate})
    assert ids(await store.unfinished()) == ["e", "d", "b", "c", "a", "kept"]


async def test_unsettled_is_what_is_live_final_fates_first(store: Store) -> None:
    shown: dict[str, Any] = {"revision": 3, "shown_revision": 3}
    await recorded(store, "running", **RUNNING, **shown, created_at=NOW - SECOND)
    await recorded(store, "asked", created_at=NOW)
    await recorded(store, "late", **DONE, created_at=NOW + SECOND)
    await recorded(store, "early", **DONE, created_at=NOW)
    await recorded(store, "another", **DONE, created_at=NOW + 3 * SECOND)
    await recorded(
        store, "kept but unfinished", **{**RUNNING, "card": CardState.KEPT}, created_at=NOW + SECOND
    )
    await recorded(store, "up to date", **DONE, **shown, created_at=NOW + 2 * SECOND)
    await recorded(store, "settled", **{**DONE, "card": CardState.SETTLED})
    await recorded(store, "kept", **{**DONE, "card": CardState.KEPT})
    assert ids(await store.unsettled()) == ["early", "late", "up to date", "another", "running"]


async def test_a_member_reads_their_own_newest_first(store: Store) -> None:
    for n in range(30):
        await recorded(store, f"{n:02}", created_at=NOW + n * SECOND)
    await recorded(store, "other", owner_id=70, created_at=NOW + DAY)
    assert ids(await store.of_owner(7)) == [f"{n:02}" for n in range(29, 4, -1)]
    assert ids(await store.of_owner(7, limit=2)) == ["29", "28"]
    assert ids(await store.of_owner(71)) == []


async def test_tokens_are_erased_once_they_have_expired(store: Store) -> None:
    before = await recorded(store, "old", token="t", token_expires_at=NOW - INSTANT)
    edge = await recorded(store, "edge", token="t", token_expires_at=NOW)
    none = await recorded(store, "none", token_expires_at=NOW - DAY)
    assert await store.erase_tokens(NOW) == 1
    assert await store.get("old") == changed(before, token=None)  # and the revision stands
    assert await store.get("edge") == edge
    assert await store.get("none") == none
    assert await store.erase_tokens(NOW + INSTANT) == 1
    assert await store.erase_tokens(NOW + INSTANT) == 0


async def test_a_note_is_remembered_and_replaced(store: Store) -> None:
    assert await store.note("hash") is None
    await store.remember("hash", "one")
    await store.remember("other", "x")
    await store.remember("hash", "two \U0001f98a")
    assert await store.note("hash") == "two \U0001f98a"
    assert await store.note("other") == "x"


async def test_what_several_agree_on_is_what_the_first_said(store: Store) -> None:
    assert isinstance(store, SqlStore)
    told = await asyncio.gather(*(store.agree("address", f"of {number}") for number in range(5)))
    assert {*told} == {await store.note("address")}
    assert await store.agree("address", "a later one") == told[0]


async def test_of_several_that_replace_what_was_agreed_on_the_first_does(store: Store) -> None:
    assert isinstance(store, SqlStore)
    await store.agree("address", "old")
    assert await store.agree("address", "new", "another") == "old"
    told = await asyncio.gather(*(store.agree("address", f"of {number}", "old") for number in range(5)))
    assert len({*told}) == 1
    assert told[0].startswith("of ")
    assert await store.note("address") == told[0]


# -- jobs of one request ------------------------------------------------------------------------------


async def four(store: Store, **changes: Any) -> list[Generation]:
    """Four jobs on one card."""
    first = new("1", **changes)
    jobs = [
        replace(first, id=key_of("1", number), membership=Membership(group_id="1", number=number, size=4))
        for number in (1, 2, 3, 4)
    ]
    await store.record(jobs[0], FREE, siblings=jobs[1:])
    return jobs


async def test_the_jobs_of_a_request_are_one_card_and_move_together_or_not_at_all(store: Store) -> None:
    jobs = await four(store, **LIVE)
    shown = await store.shown("1")
    assert (shown and jobs_of(shown), await store.group("1")) == (tuple(jobs), jobs)
    assert ids(await store.of_owner(7)) == ["1"]
    priced = [(job, replace(job, price=2.0)) for job in jobs]
    assert await store.save(*priced[0], siblings=priced[1:]) is not None
    await moved(store, await known(store, "1-3"), fate=Fate.CANCELED)
    again = [(job, replace(job, price=9.0)) for job in jobs]
    assert await store.save(*again[0], siblings=again[1:]) is None
    assert [job.price for job in await store.group("1")] == [2.0] * 4


async def test_what_of_a_members_is_not_over_is_read_card_by_card_the_oldest_first(store: Store) -> None:
    jobs = await four(store, **LIVE)
    await moved(store, jobs[0], fate=Fate.CANCELED)
    await recorded(store, "before", **LIVE, created_at=NOW - SECOND)
    await recorded(store, "another's", **LIVE, owner_id=8)
    await recorded(store, "over", **DONE)
    found = await store.under_way(7)
    assert ids(found) == ["before", "1"]
    assert [job.fate.final for job in jobs_of(found[1])] == [True, False, False, False]
    assert await store.under_way(9) == []


async def test_two_who_move_the_same_jobs_never_wait_for_each_other_for_ever(store: Store) -> None:
    jobs = await four(store, **LIVE)

    async def price(order: list[Generation], price: float) -> None:
        moves = [(job, replace(job, price=price)) for job in order]
        assert await store.save(*moves[0], siblings=moves[1:]) is not None

    for number in range(20):
        await asyncio.gather(*(price(order, number + 1.0) for order in (jobs, jobs[::-1]) for _ in range(3)))
    assert len({job.price for job in await store.group("1")}) == 1


async def test_a_request_that_turns_out_to_be_several_is_divided_whole_or_not_at_all(store: Store) -> None:
    await recorded(store, "other", **LIVE)
    before = await recorded(store, "1", **LIVE)
    first = replace(before, membership=Membership(group_id="1", number=1, size=3))
    rest = [
        replace(before, id=key_of("1", n), membership=Membership(group_id="1", number=n, size=3))
        for n in (2, 3)
    ]
    with pytest.raises(LimitReached):
        await store.divide(before, first, rest, Guard(member_in_flight=3))
    assert await store.group("1") == []
    assert await store.divide(before, first, rest, Guard(member_in_flight=4)) is not None
    assert ids(await store.group("1")) == ["1", "1-2", "1-3"]
    assert await store.divide(replace(before, fate=Fate.SUBMITTING), first, rest, FREE) is None


# -- rough handling -----------------------------------------------------------------------------------


async def test_a_canceled_call_completes_and_disturbs_nobody(
    store: Store, request: pytest.FixtureRequest
) -> None:
    # Given up in the middle, a connection held the write lock for seconds; in memory the rows were lost.
    before = await recorded(store, **LIVE)
    for n in range(30):
        task = asyncio.create_task(store.save(before, replace(before, price=n + 1.0)))
        await asyncio.sleep(n / 10_000)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(4):
        # a server's connections overtake each other, and whoever comes after the fate is refused
        while (await known(store, "1")).revision < 31:  # noqa: ASYNC110 (a commit tells nobody)
            await asyncio.sleep(0)  # what is known is told without a wait
        after = await moved(store, before, fate=Fate.CANCELED)
    assert (after.fate, after.revision) == (Fate.CANCELED, 32)
    in_order = "sqlite" in request.node.name
    assert after.price in ({30.0} if in_order else {n + 1.0 for n in range(30)})


WRITER = """
import asyncio, sys
from datetime import UTC, datetime
from bot.generation.ports import Guard
from bot.request.ask import Ask
from bot.store import open_store
from tests.support.builders import unbought

async def main():
    async with open_store(sys.argv[1]) as store:
        n = 0
        while True:
            one = unbought(str(n), ask=Ask(prompt="x" * 2000), created_at=datetime.now(UTC))
            await store.record(one, Guard())
            print(n, flush=True)
            n += 1

asyncio.run(main())
"""


async def test_a_killed_process_leaves_every_committed_row_and_a_free_lock(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'imagine.db'}"
    for _ in range(2):
        tmp_path.joinpath("imagine.db").unlink(missing_ok=True)
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", WRITER, url, stdout=asyncio.subprocess.PIPE
        )
        assert child.stdout is not None
        told = [int(await child.stdout.readline()) for _ in range(25)]
        with pytest.raises(DatabaseInUse, match=r"imagine\.db is in use"):
            async with open_store(url):
                pass
        child.send_signal(signal.SIGKILL)
        told += [int(line) for line in (await child.stdout.read()).split()]
        await child.wait()
        async with open_store(url) as store:
            kept = {int(one.id) for one in await store.of_owner(7, limit=100_000)}
            assert kept >= set(told)
            assert len(kept) <= len(told) + 1  # at most the one that was committed and not yet told


# -- what was built on a card ---------------------------------------------------------------------------


async def built(
    store: Store, number: int, *, parent: str = "1", fate: Fate = Fate.SUCCEEDED, begins: bool = True
) -> None:
    """Its number says how new it is."""
    fields = {"fate": fate, "job_id": f"job_{number}", "parent_id": parent}
    on = parent if begins else None
    await recorded(store, str(number), **fields, built_on=on, created_at=NOW + number * SECOND)


async def test_what_was_built_on_a_card_comes_newest_first(store: Store) -> None:
    await recorded(store)
    for number in (2, 3, 4):
        await built(store, number)
    await built(store, 5, parent="2")
    assert [one.id for one in await store.built_on("1")] == ["4", "3", "2"]
    assert [one.id for one in await store.built_on("2")] == ["5"]
    assert await store.built_on("4") == []


@pytest.mark.parametrize("fate", sorted(set(Fate) - {Fate.SUCCEEDED}))
async def test_what_came_to_nothing_or_is_not_made_yet_builds_on_nothing(store: Store, fate: Fate) -> None:
    await recorded(store)
    await built(store, 2, fate=fate)
    assert await store.built_on("1") == []


@pytest.mark.parametrize("made", [(1, 2, 3), (2, 3), (3,), ()])
async def test_a_request_of_several_jobs_is_told_once_if_any_of_them_came_to_a_result(
    store: Store, made: tuple[int, ...]
) -> None:
    await recorded(store)
    jobs = [
        replace(
            new(key_of("6", number)),
            on_card=new("6").card,
            origin=new("6").origin,
            parent_id="1",
            built_on="1",
            membership=Membership(group_id="6", number=number, size=3),
            fate=Fate.SUCCEEDED if number in made else Fate.FAILED,
            job_id=f"job_{number}",
        )
        for number in (1, 2, 3)
    ]
    await store.record(jobs[0], FREE, siblings=jobs[1:])
    assert [one.card.id for one in await store.built_on("1")] == (["6"] if made else [])


async def test_however_often_a_request_is_repeated_what_was_built_on_it_is_told(store: Store) -> None:
    await recorded(store)
    await built(store, 2)
    for number in range(3, 33):
        await built(store, number, begins=False)
    assert [one.id for one in await store.built_on("1")] == ["2"]


async def test_of_what_was_built_on_a_card_the_newest_25_are_told(store: Store) -> None:
    await recorded(store)
    for number in range(2, 30):
        await built(store, number)
    assert [one.id for one in await store.built_on("1")] == [str(number) for number in range(29, 4, -1)]
