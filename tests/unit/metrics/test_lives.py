"""What is counted of generations and cards, told by the real loops."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.cards.ports import Unshowable
from bot.generation import failures
from bot.generation.card import CardState
from bot.generation.failures import FailureKind
from bot.generation.model import Fate
from bot.metrics import Metrics
from bot.scenario.api.errors import BadInput
from bot.scenario.api.records import JobState
from tests.support.bench import Bench
from tests.support.builders import a_generation, a_job, running
from tests.support.studio import SILENT_BOUGHT, refusal


class Counted:
    """The metrics of a bench's process."""

    def __init__(self, bench: Bench) -> None:
        self.metrics = Metrics(bench.clock)
        bench.process.writer.moved = self.metrics.lives.moved
        bench.cards.closed = self.metrics.lives.closed

    def __call__(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"imagine_{name}", labels)

    def over(self, fate: Fate, failure: str = "") -> float | None:
        return self("generations_over_total", medium="image", fate=fate.value, failure=failure)


@pytest.fixture
def counted(bench: Bench) -> Counted:
    return Counted(bench)


async def test_a_picture_is_counted_once_at_each_point_of_its_life(bench: Bench, counted: Counted) -> None:
    assert counted.over(Fate.SUCCEEDED) == 0.0
    await bench.put(a_generation())
    bench.clock.jump(3)
    await bench.step()
    assert counted("generations_bought_total", medium="image") == 1.0
    assert counted("wait_seconds_sum", medium="image", asked="no") == 3.0
    bench.studio.finish("job_1", "asset_a")
    bench.clock.jump(9)
    await bench.step()
    await bench.step()
    assert counted.over(Fate.SUCCEEDED) == 1.0
    assert counted("cu_total", medium="image") == 4.0
    assert counted("cu_refunded_total", medium="image") == 0.0
    assert counted("job_seconds_sum", medium="image") == 9.0
    assert counted("generation_seconds_sum", medium="image") == 12.0
    bench.clock.jump(2)
    await bench.cards.step("1001")
    assert (await bench.get()).card_state is CardState.SETTLED
    assert counted("cards_closed_total", state="settled") == 1.0
    assert counted("last_word_seconds_sum", medium="image") == 2.0
    await bench.cards.step("1001")
    assert counted("cards_closed_total", state="settled") == 1.0


async def test_a_wait_for_a_yes_to_the_price_is_told_apart(bench: Bench, counted: Counted) -> None:
    await bench.put(a_generation(price=4.0, agreed=4.0, asked_at=bench.clock.now(), confirmed_by=7))
    bench.clock.jump(5)
    await bench.step()
    assert counted("wait_seconds_count", medium="image", asked="yes") == 1.0
    assert counted("wait_seconds_count", medium="image", asked="no") is None


async def test_a_refusal_is_counted_with_its_reason_and_costs_nothing(bench: Bench, counted: Counted) -> None:
    bench.studio.answers.append(refusal(BadInput("no")))
    await bench.put(a_generation())
    await bench.step()
    assert counted.over(Fate.FAILED, "bad_input") == 1.0
    assert counted("cu_total", medium="image") == 0.0
    assert counted("generation_seconds_count", medium="image") is None


async def test_silence_is_counted_and_what_it_bought_too(bench: Bench, counted: Counted) -> None:
    bench.studio.answers.append(SILENT_BOUGHT)
    await bench.put(a_generation())
    await bench.step()
    assert counted("generations_uncertain_total") == 1.0
    assert counted("generations_bought_total", medium="image") == 0.0
    await bench.step()
    assert (await bench.get()).fate is Fate.RUNNING
    assert counted("generations_bought_total", medium="image") == 1.0


async def test_what_is_given_back_is_no_expense(bench: Bench, counted: Counted) -> None:
    bench.studio.put(a_job("job_1001"))
    await bench.put(running())
    bench.studio.change("job_1001", state=JobState.FAILED, status="failure", refunded=True)
    await bench.step()
    assert counted.over(Fate.FAILED, "failed") == 1.0
    assert counted("cu_refunded_total", medium="image") == 4.0
    assert counted("cu_total", medium="image") == 0.0


async def test_a_write_that_came_too_late_counts_nothing(bench: Bench, counted: Counted) -> None:
    stale = await bench.put(running())
    writer = bench.process.writer
    done = replace(stale, fate=Fate.CANCELED, finished_at=bench.clock.now())
    assert await writer.save(stale, done) is not None
    assert await writer.save(stale, done) is None
    assert counted.over(Fate.CANCELED) == 1.0


async def test_jobs_that_move_together_are_each_counted(bench: Bench, counted: Counted) -> None:
    first, second = await bench.put(a_generation()), await bench.put(a_generation("1002"))
    gone = [replace(one, fate=Fate.CANCELED, finished_at=bench.clock.now()) for one in (first, second)]
    await bench.process.writer.save(first, gone[0], siblings=[(second, gone[1])])
    assert counted.over(Fate.CANCELED) == 2.0


async def test_a_card_that_is_kept_is_counted_as_such(bench: Bench, counted: Counted) -> None:
    late = bench.clock.now() - timedelta(hours=1)
    failed = failures.Simple(kind=FailureKind.FAILED)
    await bench.put(running(fate=Fate.FAILED, failure=failed, finished_at=late, revision=5))
    bench.delivery.forever = Unshowable("every way is closed")
    await bench.cards.step("1001")
    assert (await bench.get()).card_state is CardState.KEPT
    assert counted("cards_closed_total", state="kept") == 1.0
    assert counted("last_word_seconds_count", medium="image") is None
