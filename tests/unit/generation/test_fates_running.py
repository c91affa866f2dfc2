"""A bought job is watched to its end, whatever happens meanwhile."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from bot.generation.card import CardState
from bot.generation.failures import FailureKind
from bot.generation.model import Fate, Output
from bot.generation.pacing import Patience
from bot.scenario.api.errors import Busy, NotFound, ScenarioError, Unavailable, Unreachable, WrongKey
from bot.scenario.api.records import JobState
from bot.service.service import Actor
from tests.support.bench import Bench
from tests.support.builders import OWNER, a_job, running

JOB = "job_1001"
LATE = Patience().results.total_seconds()


async def watched(bench: Bench, **changes: Any) -> None:
    bench.studio.put(a_job(JOB))
    await bench.put(running(**changes))


async def test_an_active_job_is_read_again_and_its_progress_reaches_the_card(bench: Bench) -> None:
    await watched(bench)
    bench.studio.change(JOB, progress=0.5)
    assert await bench.step() == 2.0
    progress = bench.process.board.get("1001")
    assert progress is not None
    assert (progress.phase, progress.fraction) == ("in-progress", 0.5)
    assert bench.process.told == ["1001"]


async def test_progress_that_says_nothing_new_tells_nobody(bench: Bench) -> None:
    await watched(bench)
    await bench.step()
    await bench.step()
    assert bench.process.told == ["1001"]


async def test_an_unknown_status_stays_active_however_long_it_lasts(bench: Bench) -> None:
    await watched(bench)
    bench.studio.change(JOB, status="pondering")
    bench.clock.jump(7 * 24 * 3600)
    assert await bench.step() == 20.0
    assert (await bench.get()).fate is Fate.RUNNING


async def test_a_success_with_assets_succeeds(bench: Bench) -> None:
    await watched(bench)
    bench.studio.finish(JOB, "asset_a", "asset_b")
    bench.clock.jump(9)
    assert await bench.step() is None
    done = await bench.get()
    assert done.fate is Fate.SUCCEEDED
    assert done.outputs == (Output(asset_id="asset_a"), Output(asset_id="asset_b"))
    assert done.finished_at == bench.clock.now()
    assert done.cu == 4.0


async def test_a_success_with_links_only_succeeds(bench: Bench) -> None:
    await watched(bench)
    bench.studio.change(JOB, state=JobState.SUCCEEDED, urls=("https://cdn.scenario.com/a",), cu=3.25)
    await bench.step()
    done = await bench.get()
    assert done.outputs == (Output(url="https://cdn.scenario.com/a"),)
    assert done.cu == 3.25


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"state": JobState.FAILED}, FailureKind.FAILED),
        ({"state": JobState.FAILED, "moderated": True}, FailureKind.MODERATED),
        ({"state": JobState.SUCCEEDED}, FailureKind.NO_OUTPUT),
    ],
)
@pytest.mark.parametrize("refunded", [True, False, None])
async def test_a_failure_keeps_its_reason_its_hint_and_its_refund(
    bench: Bench, changes: dict[str, object], kind: FailureKind, refunded: bool | None
) -> None:
    await watched(bench)
    bench.studio.change(JOB, **changes, error="because", hint="try", refunded=refunded)
    if kind is FailureKind.NO_OUTPUT:  # which is believed in the end
        assert await bench.step() == 2.0
        bench.clock.jump(LATE)
    assert await bench.step() is None
    ended = await bench.get()
    assert ended.failure is not None
    assert (ended.failure.kind, ended.failure.hint, ended.refunded) == (kind, "try", refunded)
    assert ended.bought


async def test_a_job_that_is_told_done_before_its_results_are_is_waited_for(bench: Bench) -> None:
    await watched(bench)
    bench.studio.change(JOB, status="success", state=JobState.SUCCEEDED)
    waited = 0.0
    while waited + 2.0 < LATE:
        assert await bench.step() == 2.0
        assert (await bench.get()).fate is Fate.RUNNING
        bench.clock.jump(2)
        waited += 2
    bench.studio.finish(JOB, "asset_late")
    assert await bench.step() is None
    ended = await bench.get()
    assert (ended.fate, ended.outputs) == (Fate.SUCCEEDED, (Output(asset_id="asset_late"),))


async def test_results_that_never_come_are_believed_at_the_edge_of_the_patience(bench: Bench) -> None:
    await watched(bench)
    bench.studio.change(JOB, status="success", state=JobState.SUCCEEDED)
    await bench.step()
    bench.clock.jump(LATE - 0.1)
    assert await bench.step() == 2.0
    bench.clock.jump(0.1)
    assert await bench.step() is None
    assert (await bench.get()).fate is Fate.FAILED


async def test_words_of_the_job_itself_are_a_result(bench: Bench) -> None:
    await watched(bench)
    bench.studio.change(JOB, state=JobState.SUCCEEDED, text="roses are red")
    await bench.step()
    ended = await bench.get()
    assert (ended.fate, ended.outputs) == (Fate.SUCCEEDED, (Output(text="roses are red"),))


async def test_a_job_canceled_elsewhere_is_canceled(bench: Bench) -> None:
    await watched(bench)
    bench.studio.change(JOB, state=JobState.CANCELED, refunded=True)
    await bench.step()
    ended = await bench.get()
    assert (ended.fate, ended.refunded) == (Fate.CANCELED, True)


@pytest.mark.parametrize("error", [Unavailable("502"), Unreachable("x"), Busy("429"), WrongKey("401")])
async def test_no_trouble_with_reading_ends_what_is_paid_for(bench: Bench, error: ScenarioError) -> None:
    await watched(bench)
    bench.studio.forever["job"] = error
    for _ in range(3):
        bench.clock.jump(24 * 3600)
        assert (await bench.step() or 0) > 0
    assert (await bench.get()).fate is Fate.RUNNING
    del bench.studio.forever["job"]
    bench.studio.finish(JOB)
    await bench.step()
    assert (await bench.get()).fate is Fate.SUCCEEDED


async def test_a_kept_card_with_a_running_job_is_still_watched(bench: Bench) -> None:
    await watched(bench, card=CardState.KEPT)
    assert await bench.fates.adopt() == 1
    bench.studio.finish(JOB)
    await bench.step()
    done = await bench.get()
    assert (done.fate, done.card_state) == (Fate.SUCCEEDED, CardState.KEPT)


# -- a job that Scenario no longer knows --------------------------------------------------------------


async def test_a_missing_job_is_believed_after_patience_and_not_before(bench: Bench) -> None:
    await bench.put(running())
    assert await bench.step() == 2.0
    bench.clock.jump(299)
    assert (await bench.step() or 0) > 0
    bench.clock.jump(1)
    assert await bench.step() is None
    ended = await bench.get()
    assert ended.failure is not None
    assert ended.failure.kind is FailureKind.JOB_LOST
    assert ended.bought


async def test_nobody_is_woken_any_more_for_a_job_that_is_lost(bench: Bench) -> None:
    await bench.put(running())
    bench.studio.put(a_job("job_1001"))
    await bench.step()
    watched = vars(bench.fates.watching.sweep)["_watched"]
    assert "job_1001" in watched
    del bench.studio.world["job_1001"]
    await bench.step()
    bench.clock.jump(300)
    await bench.step()
    assert (await bench.get()).fate is Fate.FAILED
    assert not watched


async def test_a_job_that_comes_back_starts_its_patience_anew(bench: Bench) -> None:
    await bench.put(running())
    await bench.step()
    bench.clock.jump(290)
    bench.studio.put(a_job(JOB))
    await bench.step()
    del bench.studio.world[JOB]
    bench.clock.jump(20)
    await bench.step()
    assert (await bench.get()).fate is Fate.RUNNING


# -- cancel -------------------------------------------------------------------------------------------


async def test_a_cancel_that_was_asked_for_before_the_job_was_known_is_sent_once(bench: Bench) -> None:
    await watched(bench, canceled_by=OWNER)
    await bench.step()
    assert (await bench.get()).fate is Fate.CANCELED
    assert bench.studio.calls.count("cancel") == 1


async def test_a_cancel_that_scenario_refuses_lets_the_result_arrive(bench: Bench) -> None:
    await watched(bench, canceled_by=OWNER)
    bench.studio.cancelable = False
    assert await bench.step() == 2.0
    still = await bench.get()
    assert (still.fate, still.canceled_by) == (Fate.RUNNING, None)
    await bench.step()
    assert bench.studio.calls.count("cancel") == 1
    bench.studio.finish(JOB)
    await bench.step()
    assert (await bench.get()).fate is Fate.SUCCEEDED


async def test_a_cancel_that_scenario_did_not_answer_is_asked_for_again(bench: Bench) -> None:
    await watched(bench, canceled_by=OWNER)
    bench.studio.fail("cancel", Unavailable("502"))
    with suppress(Unavailable):  # the loop backs off and comes back
        await bench.step()
    assert (await bench.get()).fate is Fate.RUNNING
    await bench.step()
    assert (await bench.get()).fate is Fate.CANCELED


async def test_a_cancel_is_not_sent_to_a_job_that_is_over(bench: Bench) -> None:
    await watched(bench, canceled_by=OWNER)
    bench.studio.finish(JOB)
    await bench.step()
    assert (await bench.get()).fate is Fate.SUCCEEDED
    assert "cancel" not in bench.studio.calls


async def test_a_cancel_under_way_at_scenario_is_waited_for(bench: Bench) -> None:
    await watched(bench)
    bench.studio.fail("cancel", NotFound("?"))  # and one that says no leaves it running
    with pytest.raises(Exception):  # noqa: B017, PT011 (any refusal: the service's tests name it)
        await bench.service.acting.cancel("1001", Actor(id=OWNER, moderator=False))
    assert (await bench.get()).fate is Fate.RUNNING
    await bench.service.acting.cancel("1001", Actor(id=OWNER, moderator=False))
    await bench.step()
    assert (await bench.get()).fate is Fate.CANCELED


async def test_the_waits_grow_with_the_age_of_the_job(bench: Bench) -> None:
    await watched(bench)
    waits: list[float | None] = []
    for _ in range(4):
        waits.append(await bench.step())
        bench.clock.jump(timedelta(minutes=11).total_seconds())
    assert waits == sorted(waits, key=lambda wait: wait or 0)
    assert (waits[0], waits[-1]) == (2.0, 20.0)
