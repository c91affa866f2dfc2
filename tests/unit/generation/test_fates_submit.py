"""The paid POST: once, and again only with proof that nothing was bought."""

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.generation import failures
from bot.generation.failures import Failure, FailureKind, Missing
from bot.generation.fates import WAITING_LOOK
from bot.generation.model import Fate, Generation
from bot.generation.progress import Progress
from bot.scenario.api.errors import (
    BadInput,
    Busy,
    Forbidden,
    NotFound,
    OutOfCredits,
    PlanLocked,
    Rejected,
    Uncertain,
    Unreachable,
    WrongKey,
)
from bot.scenario.api.records import JobState
from bot.service.service import Actor
from tests.support.bench import Bench
from tests.support.builders import MODEL, OWNER, a_generation, a_job, running
from tests.support.clock import START, until
from tests.support.faulty import FaultyStore
from tests.support.studio import SILENT_BOUGHT, SILENT_LOST, Answer, refusal


async def test_an_accepted_post_is_written_with_its_job_and_its_cost(bench: Bench) -> None:
    await bench.put(a_generation())
    assert await bench.step() == 2.0
    bought = await bench.get()
    assert (bought.fate, bought.job_id, bought.cu) == (Fate.RUNNING, "job_1", 4.0)
    assert bought.submitted_at == START
    assert bench.studio.posts == [{"prompt": "a cat", "seed": 1001}]


async def test_submitting_is_on_record_before_the_post_is_sent(bench: Bench) -> None:
    gate = bench.studio.hold("submit")
    await bench.put(a_generation())
    step = asyncio.create_task(bench.step())
    await bench.studio.sent.wait()
    assert (await bench.get()).fate is Fate.SUBMITTING
    gate.set()
    await step


@pytest.mark.parametrize("state", [JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELED])
async def test_a_job_that_is_over_with_the_answer_is_read_by_itself_at_once(
    bench: Bench, state: JobState
) -> None:
    # the answer to a purchase may leave the results out: nothing is concluded from it
    bench.studio.answers.append(Answer(changes=(("state", state),)))
    await bench.put(a_generation())
    assert await bench.step() == 0.0
    bought = await bench.get()
    assert (bought.fate, bought.job_id) == (Fate.RUNNING, "job_1")
    bench.studio.change("job_1", asset_ids=("asset_a",), error="no")
    assert await bench.step() is None
    ended = {
        JobState.SUCCEEDED: Fate.SUCCEEDED,
        JobState.FAILED: Fate.FAILED,
        JobState.CANCELED: Fate.CANCELED,
    }
    assert (await bench.get()).fate is ended[state]


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (BadInput("bad"), failures.Rejected(kind=FailureKind.BAD_INPUT, reason="bad")),
        (WrongKey("key"), failures.Rejected(kind=FailureKind.WRONG_KEY, reason="key")),
        (OutOfCredits("broke"), failures.Rejected(kind=FailureKind.OUT_OF_CREDITS, reason="broke")),
        (Forbidden("no", trace="t"), failures.Rejected(kind=FailureKind.FORBIDDEN, reason="no", trace="t")),
        (
            PlanLocked("no", required_plan="pro", trace="t"),
            failures.PlanLocked(reason="no", required_plan="pro", trace="t"),
        ),
        (NotFound("", trace="t"), failures.NotFound(trace="t")),
        (NotFound("no file"), failures.NotFound(reason="no file", about=Missing.FILE)),
        (Rejected("418"), failures.Rejected(kind=FailureKind.BAD_INPUT, reason="418")),
    ],
)
async def test_a_definite_no_ends_it_unbought_in_its_own_words(
    bench: Bench, error: Rejected, failure: Failure
) -> None:
    bench.studio.answers.append(refusal(error))
    await bench.put(a_generation())
    assert await bench.step() is None
    ended = await bench.get()
    assert (ended.fate, ended.failure) == (Fate.FAILED, failure)
    assert not ended.bought
    assert await bench.step() is None
    assert len(bench.studio.posts) == 1


# -- the ceiling --------------------------------------------------------------------------------------


async def test_a_429_with_a_named_limit_sets_the_ceiling_and_waits_as_long_as_asked(bench: Bench) -> None:
    busy = Busy("full", limit=3, retry_after=timedelta(seconds=12))
    bench.studio.answers.append(refusal(busy))
    await bench.put(a_generation())
    assert await bench.step() == 12.0
    back = await bench.get()
    assert (back.fate, back.submitted_at, back.job_id) == (Fate.REQUESTED, None, None)
    progress = bench.process.board.get("1001")
    assert progress is not None
    assert (progress.phase, progress.position) == ("waiting", 1)


async def test_a_429_without_words_pauses_the_line_and_then_tries_again(bench: Bench) -> None:
    bench.studio.answers.append(refusal(Busy("full")))
    await bench.put(a_generation())
    assert await bench.step() == WAITING_LOOK
    bench.clock.jump(WAITING_LOOK - 0.01)
    assert await bench.step() == WAITING_LOOK
    assert len(bench.studio.posts) == 1
    bench.clock.jump(0.01)
    await bench.step()
    assert (await bench.get()).fate is Fate.RUNNING
    assert len(bench.studio.posts) == 2
    assert len(bench.studio.world) == 1


async def test_a_429_holds_everybody_back(bench: Bench) -> None:
    bench.studio.answers.append(refusal(Busy("full", retry_after=timedelta(seconds=30))))
    await bench.put(a_generation("1"))
    await bench.put(a_generation("2", created_at=START + timedelta(seconds=1)))
    await bench.fates.adopt()
    await bench.step("1")
    assert await bench.step("2") == WAITING_LOOK
    assert len(bench.studio.posts) == 1


# -- no connection ------------------------------------------------------------------------------------


async def test_a_post_that_was_never_sent_is_sent_again_later(bench: Bench) -> None:
    bench.studio.answers.append(refusal(Unreachable("refused")))
    await bench.put(a_generation())
    assert await bench.step() == 2.0
    assert (await bench.get()).fate is Fate.REQUESTED
    assert bench.process.board.get("1001") == Progress(phase="unreachable")  # and its card says so
    bench.clock.jump(2.0)
    await bench.step()
    assert (await bench.get()).fate is Fate.RUNNING
    assert len(bench.studio.world) == 1


async def test_while_scenario_cannot_be_reached_the_running_loop_does_not_hammer_it(bench: Bench) -> None:
    # `_save` calls up everybody who waits, itself included: a wake during the step makes the next one due
    # at once, and the wait that the step asked for is lost
    bench.studio.answers.extend([refusal(Unreachable("refused"))] * 500)
    await bench.put(a_generation("1"))
    await bench.put(a_generation("2", created_at=START + timedelta(seconds=1)))
    await bench.fates.adopt()
    agenda = bench.fates._agenda  # pyright: ignore[reportPrivateUsage]

    def waiting() -> bool:
        """Both have been looked at, and the clock, which stands still, has to move before the next look."""
        return bool(bench.studio.posts) and len(agenda) == 2 and bench.clock.waited_for

    running_loop = asyncio.create_task(bench.fates.run())
    await until(waiting, "both to wait")
    tried = len(bench.studio.posts)
    assert 1 <= tried <= 4
    await bench.clock.advance(0.5)
    assert len(bench.studio.posts) == tried
    await bench.clock.advance(2)
    await until(lambda: len(bench.studio.posts) > tried, "the next try")
    await bench.fates.stop(1)
    await running_loop


async def test_an_outage_at_the_post_ends_it_after_the_patience(bench: Bench) -> None:
    bench.studio.answers.extend([refusal(Unreachable("refused"))] * 2)
    await bench.put(a_generation())
    await bench.step()
    bench.clock.jump(601)
    await bench.step()
    ended = await bench.get()
    assert ended.failure is not None
    assert ended.failure.kind is FailureKind.UNREACHABLE
    assert not ended.bought


async def test_an_outage_is_over_when_scenario_says_that_it_is_busy(bench: Bench) -> None:
    away, busy = refusal(Unreachable("refused")), refusal(Busy("429", retry_after=timedelta(seconds=7)))
    bench.studio.answers.extend([away, busy, away])
    await bench.put(a_generation())
    await bench.step()
    bench.clock.jump(300)
    await bench.step()
    bench.clock.jump(301)
    await bench.step()
    assert (await bench.get()).fate is Fate.REQUESTED, "it was away twice, and never for ten minutes"
    bench.clock.jump(601)
    await bench.step()
    assert (await bench.get()).fate is Fate.RUNNING


# -- silence ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [SILENT_BOUGHT, SILENT_LOST, Answer(Uncertain("502", status=502))])
async def test_an_unusable_answer_is_uncertain_and_not_asked_again(bench: Bench, answer: Answer) -> None:
    bench.studio.answers.append(answer)
    await bench.put(a_generation())
    assert await bench.step() == 0.0
    unsure = await bench.get()
    assert (unsure.fate, unsure.uncertain_since, unsure.job_id) == (Fate.UNCERTAIN, START, None)
    assert unsure.bought
    assert len(bench.studio.posts) == 1


async def test_submitting_that_was_cut_short_is_uncertain(bench: Bench) -> None:
    await bench.put(a_generation(fate=Fate.SUBMITTING, submitted_at=START))
    assert await bench.step() == 0.0
    unsure = await bench.get()
    assert (unsure.fate, unsure.submitted_at) == (Fate.UNCERTAIN, START)
    assert bench.studio.posts == []


# -- the store fails, or another is quicker -----------------------------------------------------------


async def test_a_store_that_fails_before_the_post_lets_nothing_be_sent(bench: Bench) -> None:
    faulty = FaultyStore(bench.store)
    bench.store = faulty
    bench.reborn()
    await bench.put(a_generation())
    faulty.fail("save", OSError("disk full"))
    with pytest.raises(OSError, match="disk full"):
        await bench.step()
    assert bench.studio.posts == []


async def test_a_store_that_fails_after_the_post_loses_no_job_and_buys_none_twice(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    faulty = FaultyStore(bench.store)
    bench.store = faulty
    bench.reborn()
    await bench.put(a_generation())
    faulty.fail("save", None, OSError("disk full"))
    with pytest.raises(OSError, match="disk full"):
        await bench.step()
    assert "job_1" in caplog.text
    assert (await bench.get()).fate is Fate.SUBMITTING
    await bench.step()
    await bench.step()
    found = await bench.get()
    assert (found.fate, found.job_id) == (Fate.RUNNING, "job_1")
    assert len(bench.studio.posts) == 1


async def test_canceled_in_the_instant_before_the_post_is_not_sent(bench: Bench) -> None:
    class Meddling(FaultyStore):
        async def get(self, generation_id: str) -> Generation | None:
            row = await super().get(generation_id)
            if row is not None and row.fate is Fate.REQUESTED and not self.meddled:
                self.meddled = True
                await self.inner.save(row, replace(row, fate=Fate.CANCELED))
            return row

    meddling = Meddling(bench.store)
    bench.store = meddling
    bench.reborn()
    await bench.put(a_generation())
    assert await bench.step() == 0.0
    assert bench.studio.posts == []


async def test_a_job_id_that_another_generation_holds_is_reconciled(bench: Bench) -> None:
    await bench.put(running("1", job_id="job_1"))
    await bench.put(a_generation("2"))
    assert await bench.step("2") == 0.0  # Scenario answers with job_1
    unsure = await bench.get("2")
    assert (unsure.fate, unsure.job_id) == (Fate.UNCERTAIN, None)
    assert (await bench.get("1")).job_id == "job_1"


async def test_a_job_of_somebody_else_does_not_disturb_a_plain_purchase(bench: Bench) -> None:
    bench.studio.put(a_job("job_else", model_id=MODEL, inputs={"prompt": "a cat", "seed": 1001}))
    await bench.put(a_generation())
    await bench.step()
    assert (await bench.get()).job_id == "job_1"


async def test_a_cancel_during_the_post_is_carried_out_once_the_job_is_known(bench: Bench) -> None:
    gate = bench.studio.hold("submit")
    await bench.put(a_generation())
    step = asyncio.create_task(bench.step())
    await bench.studio.sent.wait()
    await bench.service.acting.cancel("1001", Actor(id=OWNER, moderator=False))
    assert (await bench.get()).fate is Fate.SUBMITTING
    gate.set()
    await step
    assert (await bench.get()).fate is Fate.CANCELED
    assert bench.studio.world["job_1"].state is JobState.CANCELED
