"""A status that nobody knows: other signs are believed, the place is given back, nothing paid is dropped."""

from typing import Any

import pytest

from bot.generation.failures import FailureKind
from bot.generation.model import Fate, Output
from bot.generation.ports import Guard
from bot.generation.progress import Progress
from bot.generation.watching.standstill import SLOW_READ
from bot.refusals import CannotCancel, Limit, LimitReached
from bot.request.ask import Ask
from bot.scenario.api.errors import BadInput
from bot.scenario.api.jobs import parse_job
from bot.scenario.api.records import JobState, Node
from bot.scenario.api.replies import Reply
from bot.service.service import Actor, Policy
from bot.ui.cards.render import render
from bot.vocabulary import Medium
from tests.support.bench import Bench, a_bench
from tests.support.builders import OWNER, a_caller, a_generation, a_job, running
from tests.support.clock import START

JOB = "job_1001"
HOUR = 3600.0


async def doubtful(bench: Bench, *, put: dict[str, Any] | None = None, **job: Any) -> None:
    """A job that has said `aborted` for one look."""
    bench.studio.put(a_job(JOB, **{"status": "aborted", **job}))
    await bench.put(running(**(put or {})))
    await bench.step()
    assert (await bench.get()).fate is Fate.RUNNING  # one look is no sign


async def after(bench: Bench, seconds: float) -> float | None:
    bench.clock.jump(seconds)
    return await bench.step()


def has_room(bench: Bench) -> bool:
    """Whether Scenario would be asked for one more now."""
    queue, other = bench.process.queue, a_generation("9")
    queue.join(other)
    try:
        return queue.admits(other, bench.clock.now())
    finally:
        queue.leave(other)


def news(bench: Bench) -> Progress:
    found = bench.process.board.get("1001")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("error", "kind"),
    [("GPU lost", FailureKind.FAILED), ("Blocked by the content policy", FailureKind.MODERATED)],
)
async def test_an_error_under_an_unknown_word_is_an_end_and_its_refund_is_not_known(
    bench: Bench, error: str, kind: FailureKind
) -> None:
    await doubtful(bench, error=error, hint="try", refunded=True)
    assert await after(bench, 10) is None
    ended = await bench.get()
    assert ended.failure is not None
    assert (ended.fate, ended.failure.kind, ended.failure.reason) == (Fate.FAILED, kind, error)
    told = render(ended).embeds[0].description or ""
    assert "does not say whether the cost of 4 CU was refunded" in told


async def test_what_such_an_end_cost_is_said_also_where_no_price_is_known(bench: Bench) -> None:
    await doubtful(bench, put={"cu": None}, error="GPU lost")
    await after(bench, 10)
    assert "It may have been charged" in (render(await bench.get()).embeds[0].description or "")


async def test_one_that_is_tried_again_is_not_over_though_it_tells_of_its_first_failure(bench: Bench) -> None:
    await doubtful(bench, status="retrying", error="attempt 1 failed")
    for number in range(5):
        bench.studio.change(JOB, progress=number / 10)
        assert await after(bench, 9)
    bench.studio.finish(JOB)
    assert await after(bench, 9) is None
    assert (await bench.get()).fate is Fate.SUCCEEDED


@pytest.mark.parametrize(
    ("job", "medium", "seconds"),
    [
        ({"progress": 1.0}, Medium.IMAGE, 10),
        ({"progress": 1.0}, Medium.THREE_D, 10),
        ({"error": "one of four failed"}, Medium.IMAGE, 10),
        ({}, Medium.IMAGE, 4 * 60),
        ({"progress": 0.5}, Medium.VIDEO, 12 * 60),
        ({"progress": 0.5}, Medium.THREE_D, 2 * HOUR),
    ],
)
async def test_results_under_an_unknown_word_are_shown_once_no_more_can_be_on_their_way(
    bench: Bench, job: dict[str, Any], medium: Medium, seconds: float
) -> None:
    await doubtful(bench, put={"medium": medium}, status="done", asset_ids=("asset_a",), **job)
    assert await after(bench, seconds - 1)
    assert (await bench.get()).fate is Fate.RUNNING
    assert await after(bench, 1) is None
    ended = await bench.get()
    assert (ended.fate, ended.outputs) == (Fate.SUCCEEDED, (Output(asset_id="asset_a"),))


async def test_results_that_still_grow_are_waited_for(bench: Bench) -> None:
    await doubtful(bench, status="post-processing", asset_ids=("asset_a",))
    await after(bench, 239)
    bench.studio.change(JOB, asset_ids=("asset_a", "asset_b"))
    assert await after(bench, 239)
    assert (await bench.get()).fate is Fate.RUNNING


@pytest.mark.parametrize(
    ("medium", "hours"), [(Medium.IMAGE, 1), (Medium.AUDIO, 1), (Medium.VIDEO, 2), (Medium.THREE_D, 6)]
)
async def test_after_hours_without_a_sign_the_place_is_given_back_and_the_job_watched_on(
    medium: Medium, hours: int
) -> None:
    async with a_bench(capacity=1, policy=Policy(guard=Guard(member_in_flight=1))) as bench:
        await doubtful(bench, put={"medium": medium})
        await after(bench, hours * HOUR - 1)
        assert await refused(bench) is Limit.MEMBER_IN_FLIGHT
        assert await after(bench, 1) == SLOW_READ
        await bench.service.asking.request(a_caller("2"), Ask(prompt="a dog"), bench.acknowledge)
        await bench.put(a_generation("3"))
        for _ in range(2):  # its price, its purchase
            await bench.step("3")
        assert (await bench.get("3")).fate is Fate.RUNNING  # the one place of Scenario's is free too
        waiting = await bench.get()
        assert waiting.fate is Fate.RUNNING  # waiting alone is no failure
        told = render(waiting, news(bench)).embeds[0].description or ""
        assert "may never finish this" in told
        assert "It may have been charged" in told
        bench.studio.finish(JOB)
        assert await bench.step() is None
        assert (await bench.get()).fate is Fate.SUCCEEDED


async def test_nobody_waits_for_the_charge_of_what_nobody_knows_the_end_of(bench: Bench) -> None:
    bench.reborn(guard=Guard(cu_per_day=99.0))
    await doubtful(bench, put={"cu": None})
    await bench.put(a_generation("2"))
    for _ in range(3):
        await bench.step("2")
    assert bench.studio.posts == []
    await after(bench, HOUR)
    for _ in range(2):  # its price, its purchase
        await bench.step("2")
    assert (await bench.get("2")).fate is Fate.RUNNING


async def refused(bench: Bench) -> Limit:
    with pytest.raises(LimitReached) as caught:
        await bench.service.asking.request(a_caller("9"), Ask(prompt="a dog"), bench.acknowledge)
    return caught.value.limit


async def test_a_new_process_believes_scenario_on_when_it_moved_last(bench: Bench) -> None:
    await doubtful(bench, updated_at=START)
    bench.clock.jump(2 * HOUR)
    bench.reborn()
    assert await bench.step() == SLOW_READ
    assert bench.fates.let_go == {"1001"}


async def test_a_word_that_is_known_again_takes_its_place_again(bench: Bench) -> None:
    bench.reborn(capacity=1)
    await doubtful(bench)
    await after(bench, HOUR)
    assert has_room(bench)
    bench.studio.change(JOB, status="in-progress")
    assert await after(bench, 1) == 20.0
    assert bench.fates.let_go == frozenset()
    assert not has_room(bench)


async def test_a_known_word_never_loses_its_place_however_long_it_lasts(bench: Bench) -> None:
    await doubtful(bench, status="in-progress", error="attempt 1 failed", asset_ids=("asset_a",))
    await after(bench, 100 * HOUR)
    assert (await bench.get()).fate is Fate.RUNNING
    assert bench.fates.let_go == frozenset()


async def test_a_run_that_waits_for_its_member_keeps_its_place(bench: Bench) -> None:
    gate = Node(id="ok", type="user-approval", status="pending")
    await doubtful(bench, status="waiting-for-approval", flow=(gate,))
    await after(bench, 100 * HOUR)
    assert bench.fates.let_go == frozenset()


async def test_cancel_promises_nothing_of_what_nobody_knows_and_gives_the_place_back(bench: Bench) -> None:
    await doubtful(bench)
    bench.studio.cancelable = False
    with pytest.raises(CannotCancel) as caught:
        await bench.service.acting.cancel("1001", Actor(id=OWNER, moderator=False))
    assert caught.value.word == "aborted"
    assert bench.fates.let_go == {"1001"}
    bench.studio.finish(JOB)
    await bench.step()
    assert (await bench.get()).fate is Fate.SUCCEEDED  # what was paid and comes is shown all the same


async def test_cancel_of_a_job_that_goes_on_promises_as_before(bench: Bench) -> None:
    await doubtful(bench, status="in-progress")
    bench.studio.fail("cancel", BadInput("no"))
    with pytest.raises(CannotCancel) as caught:
        await bench.service.acting.cancel("1001", Actor(id=OWNER, moderator=False))
    assert caught.value.word is None
    assert bench.fates.let_go == frozenset()


@pytest.mark.parametrize(
    ("status", "known"),
    [("in_progress", True), ("PROCESSING", True), ("success", True), ("aborted", False), (None, False)],
)
def test_which_words_are_known(status: str | None, known: bool) -> None:
    body = f'{{"job": {{"jobId": "j", "status": "{status}", "updatedAt": "2026-01-01T00:00:00Z"}}}}'
    job = parse_job(Reply(status=200, body=body.encode(), at=START), "j")
    assert job.known is known
    assert job.updated_at is not None
    assert (job.state is JobState.ACTIVE) == (status != "success")


async def test_a_hint_tells_of_refused_content_as_an_error_does() -> None:
    async with a_bench() as bench:
        await doubtful(bench, error="It was stopped", hint="Blocked by the content policy")
        await after(bench, 10)
        failure = (await bench.get()).failure
        assert failure is not None
        assert failure.kind is FailureKind.MODERATED


@pytest.mark.parametrize("medium", [Medium.IMAGE, Medium.AUDIO, Medium.TEXT])
async def test_a_word_that_nobody_knows_gives_no_place_back_within_the_hour(medium: Medium) -> None:
    async with a_bench(capacity=1) as bench:
        await doubtful(bench, put={"medium": medium})
        await after(bench, HOUR - 60)
        assert not has_room(bench)
        await after(bench, 120)
        assert has_room(bench)
