"""Pushes are relied on for as long as they announce every end, and no longer."""

import pytest

from bot.generation.watching.announced import DOUBT, ENOUGH, GRACE, OFTEN, SELDOM, STALE, Announced
from tests.support.clock import HeldClock


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def pushes(clock: HeldClock) -> Announced:
    return Announced(clock)


def announce(pushes: Announced, times: int = 1) -> None:
    """So many ends, each named by a push first."""
    for number in range(times):
        pushes.named(f"job_{number}")
        pushes.ended(f"job_{number}")


def test_a_few_ends_in_a_row_are_needed_and_each_further_one_makes_pages_rarer(pushes: Announced) -> None:
    announce(pushes, ENOUGH - 1)
    assert (pushes.pace, pushes.relied_on) == (OFTEN, False)
    announce(pushes)
    assert (pushes.pace, pushes.relied_on) == (OFTEN * ENOUGH, True)
    announce(pushes)
    assert pushes.pace == OFTEN * (ENOUGH + 1)
    announce(pushes, 100)
    assert pushes.pace == SELDOM


def test_an_end_that_no_push_named_has_pages_read_often_again(pushes: Announced, clock: HeldClock) -> None:
    announce(pushes, 20)
    pushes.ended("job_silent")
    clock.jump(GRACE - 0.01)
    assert pushes.relied_on
    assert not pushes.broken.is_set()
    clock.jump(0.01)
    assert pushes.pace == OFTEN
    assert pushes.broken.is_set()
    announce(pushes, ENOUGH)
    assert pushes.relied_on, "and they recover by themselves"


def test_a_push_may_be_a_little_later_than_the_page(pushes: Announced, clock: HeldClock) -> None:
    announce(pushes, ENOUGH)
    pushes.ended("job_1")
    clock.jump(GRACE - 0.01)
    assert pushes.came("job_1")
    assert not pushes.came("job_1"), "once"
    clock.jump(GRACE)
    assert pushes.pace == OFTEN * (ENOUGH + 1)


def test_one_that_comes_later_still_is_none(pushes: Announced, clock: HeldClock) -> None:
    pushes.ended("job_1")
    clock.jump(GRACE)
    assert not pushes.came("job_1")


def test_a_lie_has_pages_read_often_again_and_does_not_announce_the_end(
    pushes: Announced, clock: HeldClock
) -> None:
    announce(pushes, 20)
    pushes.named("job_1")
    pushes.runs_on("job_1")
    assert pushes.pace == OFTEN
    pushes.ended("job_1")
    clock.jump(GRACE)
    announce(pushes, ENOUGH - 1)
    assert pushes.pace == OFTEN


def test_nothing_is_known_of_pushes_that_had_nothing_to_tell_for_long(
    pushes: Announced, clock: HeldClock
) -> None:
    announce(pushes, 20)
    clock.jump(STALE - 0.01)
    assert pushes.relied_on
    clock.jump(0.01)
    assert not pushes.relied_on
    assert not pushes.broken.is_set(), "nothing is wrong with them"


def test_what_was_never_relied_on_is_not_broken(pushes: Announced, clock: HeldClock) -> None:
    pushes.ended("job_1")
    clock.jump(GRACE)
    assert pushes.pace == OFTEN
    assert not pushes.broken.is_set()


def test_nothing_stays_of_what_nothing_follows_from(pushes: Announced) -> None:
    pushes.named("job_1")
    pushes.forget("job_1")
    pushes.ended("job_1")
    assert pushes.came("job_1")


def test_those_that_failed_another_process_are_not_relied_on_for_a_while(
    pushes: Announced, clock: HeldClock
) -> None:
    failures: list[float] = []
    pushes.failed = lambda: failures.append(clock.monotonic())
    announce(pushes, 20)
    pushes.failed_elsewhere()
    assert (pushes.pace, pushes.well, failures) == (OFTEN, False, [])
    assert pushes.broken.is_set()
    announce(pushes, ENOUGH)
    clock.jump(DOUBT - 0.01)
    assert (pushes.pace, pushes.well) == (OFTEN, True)
    clock.jump(0.01)
    assert pushes.relied_on


def test_each_that_failed_is_told(pushes: Announced, clock: HeldClock) -> None:
    failures: list[float] = []
    pushes.failed = lambda: failures.append(clock.monotonic())
    pushes.named("job_1")
    pushes.runs_on("job_1")
    pushes.ended("job_2")
    clock.jump(GRACE)
    assert not pushes.well
    assert failures == [0.0, GRACE]
