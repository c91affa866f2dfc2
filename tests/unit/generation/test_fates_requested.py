"""Before anything is bought: the schema, the budget, the line."""

import asyncio
from datetime import timedelta

import pytest

from bot.generation import failures
from bot.generation.card import CardState
from bot.generation.failures import FailureKind
from bot.generation.fates import WAITING_LOOK
from bot.generation.model import Fate
from bot.generation.ports import Delayed
from bot.refusals import Limit
from bot.scenario.api.errors import (
    Busy,
    NotFound,
    PlanLocked,
    ScenarioError,
    Unavailable,
    Unreachable,
    WrongKey,
)
from tests.support.bench import Bench
from tests.support.builders import OWNER, STRANGER, a_generation, a_model, running, unbought
from tests.support.clock import START
from tests.support.studio import refusal

LATER = START + timedelta(seconds=1)


async def test_a_generation_that_nobody_knows_is_left_alone(bench: Bench) -> None:
    assert await bench.step("404") is None


@pytest.mark.parametrize("fate", [Fate.SUCCEEDED, Fate.FAILED, Fate.CANCELED])
async def test_a_final_fate_is_left_alone(bench: Bench, fate: Fate) -> None:
    await bench.put(a_generation(fate=fate))
    assert await bench.step() is None
    assert (await bench.get()).revision == 1


# -- the schema ---------------------------------------------------------------------------------------


async def test_a_schema_that_was_not_in_memory_is_read_before_anything_is_sent(bench: Bench) -> None:
    await bench.put(a_generation(inputs=None, model_name="model_flux"))
    assert await bench.step() == 0.0
    prepared = await bench.get()
    assert (prepared.fate, prepared.model_name) == (Fate.REQUESTED, "Flux")
    assert prepared.inputs is not None
    assert prepared.inputs["prompt"] == "a cat"
    assert isinstance(prepared.inputs["seed"], int)
    assert bench.studio.posts == []


async def test_the_default_model_is_filled_in_once_the_catalogue_knows_it(bench: Bench) -> None:
    await bench.put(a_generation(inputs=None, model_id="", model_name=""))
    assert (await bench.step() or 0) > 0
    assert (await bench.get()).fate is Fate.REQUESTED
    await bench.process.catalogue.refresh()
    assert await bench.step() == 0.0
    assert (await bench.get()).model_id == "model_flux"


async def test_without_any_default_model_it_ends_as_such(bench: Bench) -> None:
    bench.studio.catalogued.clear()
    await bench.process.catalogue.refresh()
    await bench.put(a_generation(inputs=None, model_id="", model_name=""))
    await bench.step()
    ended = await bench.get()
    assert ended.fate is Fate.FAILED
    assert ended.failure is not None
    assert ended.failure.kind is FailureKind.NO_MODEL
    assert not ended.bought


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NotFound("gone"), FailureKind.NOT_FOUND),
        (WrongKey("who?"), FailureKind.WRONG_KEY),
        (PlanLocked("no", required_plan="pro"), FailureKind.PLAN_LOCKED),
    ],
)
async def test_a_model_that_may_not_be_read_ends_it_unbought(
    bench: Bench, error: ScenarioError, kind: FailureKind
) -> None:
    bench.studio.fail("model", error)
    await bench.put(a_generation(inputs=None))
    assert await bench.step() is None
    ended = await bench.get()
    assert ended.failure is not None
    assert ended.failure.kind is kind
    assert not ended.bought


async def test_a_default_model_that_is_gone_is_not_the_members_mistake(bench: Bench) -> None:
    bench.reborn(default_model="model_flux")
    bench.studio.fail("model", NotFound("gone"))
    await bench.put(a_generation(inputs=None))
    await bench.step()
    assert (await bench.get()).failure == failures.NoModel(model_id="model_flux")


async def test_a_schema_that_refuses_the_request_ends_it_with_the_problems(bench: Bench) -> None:
    bench.studio.catalogued["model_flux"] = a_model(inputs=())
    await bench.put(a_generation(inputs=None))
    await bench.step()
    ended = await bench.get()
    assert isinstance(ended.failure, failures.Refused)
    assert ended.failure.problems
    assert bench.studio.posts == []


@pytest.mark.parametrize(
    "error", [Unavailable("502"), Unreachable("no route"), Busy("429", retry_after=timedelta(seconds=3))]
)
async def test_a_schema_that_cannot_be_read_now_is_waited_for_and_never_an_error(
    bench: Bench, error: ScenarioError
) -> None:
    # a 429 on a read is Scenario being there and busy: `Catalogue.read` raises Busy too
    bench.studio.fail("model", error)
    await bench.put(a_generation(inputs=None))
    wait = await bench.step()
    assert wait is not None
    assert 2.0 <= wait <= 15.0
    assert (await bench.get()).fate is Fate.REQUESTED


async def test_an_outage_before_the_purchase_is_waited_out_to_the_edge_and_no_longer(bench: Bench) -> None:
    bench.studio.forever["model"] = Unavailable("502")
    await bench.put(a_generation(inputs=None))
    bench.clock.jump(900)  # in line, with Scenario there: that is no outage
    assert await bench.step() == 2.0
    bench.clock.jump(600)
    assert await bench.step() == 15.0
    assert (await bench.get()).fate is Fate.REQUESTED
    bench.clock.jump(1)
    assert await bench.step() is None
    ended = await bench.get()
    assert ended.failure is not None
    assert ended.failure.kind is FailureKind.UNREACHABLE
    assert ended.failure.reason == "502"


# -- a card that is gone, or was never acknowledged ---------------------------------------------------


async def test_an_unbought_request_whose_card_was_deleted_is_canceled(bench: Bench) -> None:
    await bench.put(a_generation(card=CardState.KEPT))
    assert await bench.step() is None
    assert (await bench.get()).fate is Fate.CANCELED
    assert bench.studio.posts == []


async def test_an_unacknowledged_request_that_discord_knows_goes_live(bench: Bench) -> None:
    await bench.put(unbought())
    bench.delivery.originals["1001"] = await bench.acknowledge()
    assert await bench.step() == 0.0
    live = await bench.get()
    assert (live.card_state, live.card.message_id, live.card.private) == (CardState.LIVE, 70_000, False)
    assert live.fate is Fate.REQUESTED


async def test_an_unacknowledged_request_that_discord_does_not_know_is_dropped_unbought(bench: Bench) -> None:
    await bench.put(unbought())
    assert await bench.step() is None
    dropped = await bench.get()
    assert (dropped.fate, dropped.card_state, dropped.card.token) == (Fate.CANCELED, CardState.KEPT, None)
    assert bench.studio.posts == []


async def test_while_discord_cannot_say_nothing_is_bought(bench: Bench) -> None:
    await bench.put(unbought())
    bench.delivery.trouble.extend([Delayed("503"), Delayed("429", retry_after=timedelta(seconds=9))])
    assert await bench.step() == 1.0
    assert await bench.step() == 9.0
    assert (await bench.get()).card_state is CardState.UNACKNOWLEDGED
    assert bench.studio.posts == []


async def test_what_is_adopted_is_everything_that_is_not_final(bench: Bench) -> None:
    await bench.put(a_generation("1", created_at=START))
    await bench.put(running("2", card=CardState.KEPT))
    await bench.put(a_generation("3", fate=Fate.FAILED))
    assert await bench.fates.adopt() == 2


# -- the budget ---------------------------------------------------------------------------------------


async def test_where_nothing_hangs_on_the_price_nobody_asks_for_it(bench: Bench) -> None:
    bench.studio.cost = bench.studio.charge = 9.5
    await bench.put(a_generation())
    await bench.step()
    running_ = await bench.get()
    assert (running_.price, running_.cu, len(bench.studio.posts)) == (None, 9.5, 1)
    assert "price" not in bench.studio.calls


async def test_a_price_within_the_budget_is_noted_and_then_bought(bench: Bench) -> None:
    bench.reborn(daily_cu=10.0)
    bench.studio.cost = 10.0
    await bench.put(a_generation())
    await bench.step()
    assert ((await bench.get()).price, len(bench.studio.posts)) == (10.0, 1)


async def test_a_price_over_what_is_left_of_the_day_ends_it_unbought(bench: Bench) -> None:
    bench.reborn(daily_cu=10.0)
    bench.studio.cost = 6.5
    await bench.put(a_generation("1", fate=Fate.SUCCEEDED, cu=4.0, created_at=START - timedelta(hours=1)))
    await bench.put(a_generation("2"))
    await bench.step("2")
    ended = await bench.get("2")
    # the first costs 4 and is an hour old: in 23 hours there is room
    again = START + timedelta(hours=23)
    assert ended.failure == failures.OverBudget(
        limit=Limit.MEMBER_CU_PER_DAY, price=6.5, spent=4.0, allowed=10.0, until=again
    )
    assert bench.studio.posts == []


async def test_two_prices_at_once_do_not_both_fit_into_what_is_left_for_one(bench: Bench) -> None:
    bench.reborn(daily_cu=10.0)
    bench.studio.cost = 6.0
    for name in ("1", "2"):
        await bench.put(a_generation(name))
    await asyncio.gather(bench.step("1"), bench.step("2"))
    fates = sorted([(await bench.get(name)).fate for name in ("1", "2")])
    assert fates == [Fate.FAILED, Fate.RUNNING]


async def test_another_members_day_is_their_own(bench: Bench) -> None:
    bench.reborn(daily_cu=10.0)
    bench.studio.cost = 6.0
    await bench.put(a_generation("1", owner_id=OWNER))
    await bench.put(a_generation("2", owner_id=STRANGER))
    await asyncio.gather(bench.step("1"), bench.step("2"))
    assert [(await bench.get(name)).price for name in ("1", "2")] == [6.0, 6.0]


async def test_an_api_without_dry_run_sells_without_a_price(bench: Bench) -> None:
    bench.reborn(daily_cu=10.0)
    await bench.put(a_generation())
    await bench.step()
    assert (await bench.get()).fate is Fate.RUNNING


@pytest.mark.parametrize(
    ("error", "wait"),
    [
        (Busy("429", retry_after=timedelta(seconds=7)), 7.0),
        (Busy("429"), WAITING_LOOK),
        (Unavailable("502"), 2.0),
        (Unreachable("no route"), 2.0),
    ],
)
async def test_a_price_that_cannot_be_had_now_is_waited_for(
    bench: Bench, error: ScenarioError, wait: float
) -> None:
    bench.reborn(daily_cu=10.0)
    bench.studio.fail("price", error)
    await bench.put(a_generation())
    assert await bench.step() == wait
    assert bench.studio.posts == []


async def test_a_dry_run_that_refuses_ends_it_unbought(bench: Bench) -> None:
    bench.reborn(daily_cu=10.0)
    bench.studio.fail("price", PlanLocked("pro", required_plan="pro"))
    await bench.put(a_generation())
    await bench.step()
    ended = await bench.get()
    assert ended.failure is not None
    assert ended.failure.kind is FailureKind.PLAN_LOCKED
    assert bench.studio.posts == []


async def test_a_priced_request_that_bought_nothing_leaves_the_day_untouched(bench: Bench) -> None:
    # its foretold price stays on record; the sum must not take it for money
    bench.reborn(daily_cu=10.0)
    bench.studio.cost = 8.0
    bench.studio.answers.append(refusal(PlanLocked("pro")))
    await bench.put(a_generation())
    await bench.step()
    await bench.step()
    assert (await bench.get()).fate is Fate.FAILED
    bench.studio.cost = 10.0  # all of the day
    await bench.put(a_generation("2"))
    await bench.step("2")
    assert (await bench.get("2")).fate is Fate.RUNNING


# -- the line -----------------------------------------------------------------------------------------


async def test_at_the_ceiling_the_rest_wait_and_their_cards_say_their_places(bench: Bench) -> None:
    bench.reborn(capacity=1)
    for number, name in enumerate(("1", "2", "3")):
        await bench.put(a_generation(name, created_at=START + timedelta(seconds=number)))
    await bench.fates.adopt()
    await bench.step("1")
    assert await bench.step("3") == WAITING_LOOK
    assert await bench.step("2") == WAITING_LOOK
    places = [bench.process.board.get(name) for name in ("2", "3")]
    assert [(one.phase, one.position) for one in places if one] == [("waiting", 1), ("waiting", 2)]
    assert len(bench.studio.posts) == 1


async def test_a_run_at_its_open_gate_keeps_no_picture_waiting(bench: Bench) -> None:
    bench.reborn(capacity=1)
    await bench.put(running("1", model_id="wflow_1", job_id="run"))
    await bench.put(a_generation("2", created_at=LATER))
    await bench.fates.adopt()
    await bench.step("2")
    assert (await bench.get("2")).fate is Fate.RUNNING


async def test_a_later_request_never_overtakes_an_earlier_one(bench: Bench) -> None:
    bench.reborn(capacity=1)
    await bench.put(a_generation("1"))
    await bench.put(a_generation("2", created_at=LATER))
    await bench.fates.adopt()
    await bench.step("2")
    assert (await bench.get("2")).fate is Fate.REQUESTED
    await asyncio.gather(bench.step("1"), bench.step("2"))
    assert [(await bench.get(name)).fate for name in ("1", "2")] == [Fate.RUNNING, Fate.REQUESTED]


async def test_a_freed_place_goes_to_the_next_in_line(bench: Bench) -> None:
    bench.reborn(capacity=1)
    await bench.put(a_generation("1"))
    await bench.put(a_generation("2", created_at=LATER))
    await bench.fates.adopt()
    await bench.step("1")
    bench.studio.finish("job_1")
    await bench.step("1")
    await bench.step("2")
    assert (await bench.get("2")).fate is Fate.RUNNING


async def test_jobs_that_an_earlier_process_bought_count_against_the_ceiling(bench: Bench) -> None:
    await bench.put(running("1"))
    await bench.put(a_generation("2", fate=Fate.UNCERTAIN))
    await bench.put(a_generation("3", created_at=LATER))
    bench.reborn(capacity=2)
    await bench.fates.adopt()
    assert await bench.step("3") == WAITING_LOOK
    assert bench.studio.posts == []
