"""After a silent POST: found, owned by another, proven absent, or never to be known."""

import asyncio
from datetime import timedelta

import pytest

from bot.generation.card import CardState
from bot.generation.failures import FailureKind
from bot.generation.model import Fate, Generation
from bot.generation.pacing import Patience
from bot.generation.reconcile import MARGIN
from bot.scenario.api.errors import (
    Busy,
    Forbidden,
    NotFound,
    ScenarioError,
    Unavailable,
    Unreachable,
    WrongKey,
)
from bot.scenario.api.records import JobState
from bot.service.service import Actor
from tests.support.bench import Bench
from tests.support.builders import OWNER, a_generation, a_job, running
from tests.support.clock import START
from tests.support.studio import SILENT_BOUGHT, SILENT_LOST

WINDOW = Patience().reconcile.total_seconds()
LOOKS = Patience().passes


def uncertain(id_: str = "1001", **changes: object) -> Generation:
    fields = {"fate": Fate.UNCERTAIN, "submitted_at": START, "uncertain_since": START}
    return a_generation(id_, **{**fields, **changes})


async def failure_of(bench: Bench, generation_id: str = "1001") -> FailureKind | None:
    failure = (await bench.get(generation_id)).failure
    return None if failure is None else failure.kind


async def looked_through(bench: Bench, generation_id: str = "1001") -> float | None:
    """The window is over, and as many looks as production takes agree. What the last one answers."""
    bench.clock.jump(WINDOW)
    for _ in range(LOOKS):
        wait = await bench.step(generation_id)
        if (await bench.get(generation_id)).fate is not Fate.UNCERTAIN:
            return wait
        assert wait == 1.0
        bench.clock.jump(1)
    raise AssertionError("more looks than production takes")


# -- found --------------------------------------------------------------------------------------------


async def test_a_job_with_our_inputs_is_adopted_and_nothing_is_sent_again(bench: Bench) -> None:
    bench.studio.answers.append(SILENT_BOUGHT)
    await bench.put(a_generation())
    await bench.step()
    assert await bench.step() == 2.0
    found = await bench.get()
    assert (found.fate, found.job_id) == (Fate.RUNNING, "job_1")
    assert len(bench.studio.posts) == 1


async def test_a_job_that_turns_up_late_in_the_window_is_found(bench: Bench) -> None:
    bench.studio.answers.append(SILENT_BOUGHT)
    bench.studio.listed_after = timedelta(seconds=WINDOW - 1)
    await bench.put(a_generation())
    wait = await bench.step()
    looks = 0
    while (await bench.get()).fate is Fate.UNCERTAIN or looks == 0:
        wait = await bench.step()
        bench.clock.jump(wait or 0)
        looks += 1
        assert looks < 20
    assert (await bench.get()).job_id == "job_1"
    assert len(bench.studio.posts) == 1


async def test_the_last_look_falls_on_the_end_of_the_window(bench: Bench) -> None:
    await bench.put(uncertain())
    looks = [0.0]
    while (await bench.get()).fate is Fate.UNCERTAIN:
        wait = await bench.step() or 0.0
        bench.clock.jump(wait)
        looks.append((bench.clock.now() - START).total_seconds())
    assert looks[-2] == pytest.approx(WINDOW, abs=0.6)
    assert len(looks) < 12


async def test_a_found_job_that_is_over_already_ends_the_generation(bench: Bench) -> None:
    job = a_job(inputs={"prompt": "a cat", "seed": "1001"}, state=JobState.SUCCEEDED, asset_ids=("a",))
    bench.studio.put(job)
    await bench.put(uncertain())
    # a listing's row may leave its results out, so the job is read by itself
    assert await bench.step() == 0.0
    assert await bench.step() is None
    assert (await bench.get()).fate is Fate.SUCCEEDED


@pytest.mark.parametrize("order", [[("old", 0), ("new", 2)], [("new", 2), ("old", 0)]])
async def test_of_two_free_jobs_with_our_inputs_the_oldest_is_ours(
    bench: Bench, order: list[tuple[str, int]]
) -> None:
    inputs = {"prompt": "a cat", "seed": 1001}
    bench.clock.jump(5)  # so that both are there to be listed
    for name, seconds in order:
        bench.studio.put(a_job(name, inputs=inputs, created_at=START + timedelta(seconds=seconds)))
    await bench.put(uncertain())
    await bench.step()
    assert (await bench.get()).job_id == "old"


async def test_a_job_is_looked_for_as_early_as_scenarios_clock_may_be_behind(bench: Bench) -> None:
    inputs = {"prompt": "a cat", "seed": 1001}
    bench.studio.put(a_job("early", inputs=inputs, created_at=START - MARGIN))
    bench.studio.put(a_job("earlier", inputs=inputs, created_at=START - MARGIN - timedelta(microseconds=1)))
    await bench.put(uncertain())
    await bench.step()
    assert (await bench.get()).job_id == "early"


async def test_a_kept_card_keeps_nobody_from_finding_the_job(bench: Bench) -> None:
    bench.studio.put(a_job("job_1", inputs={"prompt": "a cat", "seed": 1001}))
    await bench.put(uncertain(card=CardState.KEPT))
    await bench.step()
    assert (await bench.get()).fate is Fate.RUNNING


# -- owned by another ---------------------------------------------------------------------------------


async def test_a_job_that_another_generation_holds_is_not_ours(bench: Bench) -> None:
    bench.studio.put(a_job("job_a", inputs={"prompt": "a cat", "seed": 5}))
    await bench.put(running("1", job_id="job_a", inputs={"prompt": "a cat", "seed": 5}))
    await bench.put(uncertain("2", inputs={"prompt": "a cat", "seed": 5}))
    await bench.step("2")
    assert await looked_through(bench, "2") == 0.0
    assert (await bench.get("2")).fate is Fate.REQUESTED
    assert (await bench.get("1")).job_id == "job_a"


async def test_two_with_the_same_inputs_share_two_jobs_out_and_one_job_never(bench: Bench) -> None:
    inputs = {"prompt": "a cat", "seed": 5}
    bench.studio.put(a_job("job_a", inputs=inputs, created_at=START))
    await bench.put(uncertain("1", inputs=inputs))
    await bench.put(uncertain("2", inputs=inputs))
    waits = await asyncio.gather(bench.step("1"), bench.step("2"))
    held = [(await bench.get(name)).job_id for name in ("1", "2")]
    assert sorted(held, key=str) == [None, "job_a"]
    assert 0.5 in waits or 1.0 in waits
    bench.studio.put(a_job("job_b", inputs=inputs, created_at=START))
    for name in ("1", "2"):
        await bench.step(name)
    held = [(await bench.get(name)).job_id for name in ("1", "2")]
    assert sorted(held, key=str) == ["job_a", "job_b"]


# -- absent -------------------------------------------------------------------------------------------


async def test_absence_is_proven_at_the_end_of_the_window_and_not_before(bench: Bench) -> None:
    bench.studio.answers.append(SILENT_LOST)
    await bench.put(a_generation())
    await bench.step()
    for _ in range(LOOKS):
        assert (await bench.step() or 0) > 0
    bench.clock.jump(WINDOW - 0.1)
    assert (await bench.step() or 0) > 0
    assert (await bench.get()).fate is Fate.UNCERTAIN
    bench.clock.jump(0.1)
    assert await bench.step() == 0.0
    back = await bench.get()
    assert (back.fate, back.submitted_at, back.uncertain_since) == (Fate.REQUESTED, None, None)
    await bench.step()
    assert (await bench.get()).fate is Fate.RUNNING
    assert (len(bench.studio.posts), len(bench.studio.world)) == (2, 1)


async def test_an_old_request_that_was_never_bought_is_still_asked_for(bench: Bench) -> None:
    # how long it waited in line is no outage
    await bench.put(uncertain(created_at=START - timedelta(minutes=11)))
    assert await looked_through(bench) == 0.0
    assert (await bench.get()).fate is Fate.REQUESTED


async def test_a_silence_that_comes_again_and_again_is_an_outage_and_free(bench: Bench) -> None:
    bench.studio.answers.extend([SILENT_LOST] * 50)
    await bench.put(a_generation())
    for _ in range(150):
        if (await bench.get()).fate.final:
            break
        await bench.step()
        bench.clock.jump(WINDOW)
    ended = await bench.get()
    assert await failure_of(bench) is FailureKind.UNREACHABLE
    assert not ended.bought


async def test_one_listing_is_no_proof_however_much_time_the_clock_says_has_passed(bench: Bench) -> None:
    await bench.put(uncertain())
    bench.clock.jump(WINDOW)
    assert [await bench.step() for _ in range(3)] == [1.0, 1.0, 0.0]
    assert (await bench.get()).fate is Fate.REQUESTED


@pytest.mark.parametrize(
    "changes",
    [
        {"inputs": {"prompt": "a cat", "seed": 2}},
        {"inputs": {"prompt": "a dog", "seed": 1001}},
        {"inputs": {"prompt": "a cat", "seed": 1001}, "model_id": "model_other"},
        {"inputs": None, "model_id": "model_other"},
    ],
)
async def test_other_jobs_of_the_account_are_no_obstacle_to_the_proof(
    bench: Bench, changes: dict[str, object]
) -> None:
    bench.studio.put(a_job("theirs", **changes))
    await bench.put(uncertain())
    await looked_through(bench)
    assert (await bench.get()).fate is Fate.REQUESTED


# -- never to be known --------------------------------------------------------------------------------


@pytest.mark.parametrize("inputs", [None, {}, {"prompt": "a cat"}])
async def test_a_free_job_without_the_telling_echo_proves_nothing(
    bench: Bench, inputs: dict[str, object] | None
) -> None:
    bench.studio.put(a_job("whose", inputs=inputs))
    await bench.put(uncertain())
    assert (await bench.step() or 0) > 0
    assert await looked_through(bench) is None
    assert await failure_of(bench) is FailureKind.MAYBE_CHARGED
    assert (await bench.get()).bought
    assert bench.studio.posts == []


async def test_jobs_without_an_echo_that_generations_hold_are_no_obstacle(bench: Bench) -> None:
    bench.studio.put(a_job("job_a", inputs=None))
    await bench.put(running("1", job_id="job_a"))
    await bench.put(uncertain("2"))
    await looked_through(bench, "2")
    assert (await bench.get("2")).fate is Fate.REQUESTED


@pytest.mark.parametrize("error", [NotFound("no such route"), WrongKey("401"), Forbidden("403")])
async def test_without_a_listing_it_may_have_been_charged_and_is_never_sent_again(
    bench: Bench, error: ScenarioError
) -> None:
    bench.studio.forever["jobs"] = error
    await bench.put(uncertain())
    assert await bench.step() is None
    assert await failure_of(bench) is FailureKind.MAYBE_CHARGED
    await bench.step()
    assert bench.studio.posts == []


@pytest.mark.parametrize("error", [Unavailable("502"), Unreachable("no route"), Busy("429")])
async def test_a_listing_that_is_down_is_waited_for_long_and_not_for_ever(
    bench: Bench, error: ScenarioError
) -> None:
    bench.studio.forever["jobs"] = error
    await bench.put(uncertain())
    assert await bench.step() == 1.0
    bench.clock.jump(600)
    assert await bench.step() == 15.0
    assert (await bench.get()).fate is Fate.UNCERTAIN
    bench.clock.jump(0.1)
    assert await bench.step() is None
    assert await failure_of(bench) is FailureKind.MAYBE_CHARGED
    assert bench.studio.posts == []


async def test_a_listing_that_comes_back_after_the_window_still_finds_the_job(bench: Bench) -> None:
    bench.studio.fail("jobs", Unavailable("502"))
    bench.studio.put(a_job("job_1", inputs={"prompt": "a cat", "seed": 1001}))
    await bench.put(uncertain())
    await bench.step()
    bench.clock.jump(120)
    await bench.step()
    assert (await bench.get()).job_id == "job_1"


# -- canceled meanwhile -------------------------------------------------------------------------------


async def test_a_cancel_while_uncertain_is_carried_out_once_the_job_is_found(bench: Bench) -> None:
    bench.studio.answers.append(SILENT_BOUGHT)
    await bench.put(a_generation())
    await bench.step()
    await bench.service.acting.cancel("1001", Actor(id=OWNER, moderator=False))
    assert (await bench.get()).fate is Fate.UNCERTAIN
    await bench.step()
    assert (await bench.get()).fate is Fate.CANCELED
    assert bench.studio.world["job_1"].state is JobState.CANCELED


async def test_a_cancel_while_uncertain_is_not_forgotten_when_the_job_is_proven_absent(
    bench: Bench,
) -> None:
    # the row goes back to requested with `canceled_by` set; nobody may buy what its owner has canceled
    bench.studio.answers.append(SILENT_LOST)
    await bench.put(a_generation())
    await bench.step()
    await bench.service.acting.cancel("1001", Actor(id=OWNER, moderator=False))
    await looked_through(bench)
    await bench.step()
    assert (await bench.get()).fate is Fate.CANCELED
    assert len(bench.studio.posts) == 1
