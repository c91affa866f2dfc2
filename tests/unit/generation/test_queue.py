"""The line in front of Scenario's ceiling."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.generation.model import Fate, Generation
from bot.generation.queue import Pool, Queue
from bot.generation.waiting.lane import LEARNT_LASTS
from bot.scenario.api.records import Ceilings
from tests.support.builders import a_generation
from tests.support.clock import START

SECOND = timedelta(seconds=1)


def follow(queue: Queue, generation: Generation) -> None:
    """What the fate loop does with one that lacks nothing."""
    queue.track(generation)
    if generation.fate is Fate.REQUESTED:
        queue.join(generation)


def queue_of(*fates: Fate, capacity: int | None = None) -> Queue:
    """Generations "1", "2", … in the order of their asking."""
    queue = Queue(Ceilings(jobs=capacity))
    for number, fate in enumerate(fates, start=1):
        follow(queue, a_generation(str(number), fate=fate, created_at=START + number * SECOND))
    return queue


def test_places_are_by_age_and_then_by_id() -> None:
    queue = Queue()
    for name in ("20", "10"):
        follow(queue, a_generation(name))
    follow(queue, a_generation("30", created_at=START - SECOND))
    assert queue.waiting() == ["30", "10", "20"]
    assert [queue.position(a_generation(name)) for name in ("30", "10", "20")] == [1, 2, 3]


@pytest.mark.parametrize("fate", [fate for fate in Fate if fate is not Fate.REQUESTED])
def test_only_who_waits_has_a_place(fate: Fate) -> None:
    queue = queue_of(Fate.REQUESTED)
    follow(queue, a_generation("1", fate=fate))
    assert queue.position(a_generation("1")) is None
    assert not queue.admits(a_generation("1"), START)
    assert queue.waiting() == []


@pytest.mark.parametrize("flying", [Fate.SUBMITTING, Fate.UNCERTAIN, Fate.RUNNING])
def test_whatever_may_be_bought_takes_a_place(flying: Fate) -> None:
    queue = queue_of(flying, Fate.REQUESTED, capacity=1)
    assert not queue.admits(a_generation("2"), START)
    follow(queue, a_generation("1", fate=Fate.SUCCEEDED))
    assert queue.admits(a_generation("2"), START)


def test_as_many_are_admitted_as_there_are_places_and_in_order() -> None:
    queue = queue_of(Fate.RUNNING, Fate.REQUESTED, Fate.REQUESTED, Fate.REQUESTED, capacity=3)
    assert [queue.admits(a_generation(name), START) for name in ("2", "3", "4")] == [True, True, False]


def test_a_ceiling_that_shrank_below_what_flies_admits_nobody() -> None:
    queue = queue_of(Fate.RUNNING, Fate.RUNNING, Fate.REQUESTED, capacity=1)
    assert not queue.admits(a_generation("3"), START)


def test_without_a_known_ceiling_everybody_may_try() -> None:
    queue = queue_of(Fate.REQUESTED, Fate.REQUESTED)
    assert queue.admits(a_generation("1"), START)
    assert queue.admits(a_generation("2"), START)


def test_a_pause_ends_at_its_moment_and_not_before() -> None:
    queue = queue_of(Fate.REQUESTED, capacity=5)
    queue.pause(START, 3 * SECOND)
    assert not queue.admits(a_generation("1"), START + 3 * SECOND - timedelta(microseconds=1))
    assert queue.admits(a_generation("1"), START + 3 * SECOND)


def test_a_named_limit_replaces_what_was_believed() -> None:
    queue = queue_of(Fate.REQUESTED, Fate.REQUESTED, capacity=9)
    queue.refused(a_generation("1"), START, SECOND, limit=1)
    assert [queue.admits(a_generation(name), START + SECOND) for name in ("1", "2")] == [True, False]


def test_a_named_limit_is_believed_for_a_while_only() -> None:
    queue = queue_of(Fate.REQUESTED, Fate.REQUESTED, capacity=9)
    queue.refused(a_generation("1"), START, SECOND, limit=1)
    assert not queue.admits(a_generation("2"), START + LEARNT_LASTS - SECOND)
    assert queue.admits(a_generation("2"), START + LEARNT_LASTS)


@pytest.mark.parametrize("limit", [None, 0, -1])
def test_a_limit_that_is_none_is_not_believed(limit: int | None) -> None:
    queue = queue_of(Fate.REQUESTED, Fate.REQUESTED, Fate.REQUESTED, capacity=2)
    queue.refused(a_generation("1"), START, SECOND, limit=limit)
    assert [queue.admits(a_generation(name), START + SECOND) for name in "123"] == [True, True, False]


def test_after_a_pause_without_a_known_ceiling_one_probes_at_a_time() -> None:
    queue = queue_of(Fate.REQUESTED, Fate.REQUESTED)
    queue.pause(START, SECOND)
    later = START + SECOND
    assert [queue.admits(a_generation(name), later) for name in ("1", "2")] == [True, False]
    follow(queue, a_generation("1", fate=Fate.SUBMITTING))
    # the probe is under way and unanswered: the next one must not go along with it
    assert not queue.admits(a_generation("2"), later)
    follow(queue, a_generation("1", fate=Fate.RUNNING))
    queue.passed(a_generation("1"))
    assert queue.admits(a_generation("2"), later)


def test_back_in_line_it_has_its_old_place() -> None:
    queue = queue_of(Fate.SUBMITTING, Fate.REQUESTED)
    follow(queue, a_generation("1", created_at=START + SECOND))
    assert queue.waiting() == ["1", "2"]


# -- two pools ----------------------------------------------------------------------------------------


def a_run(id_: str, **changes: Any) -> Generation:
    return a_generation(id_, model_id="wflow_1", **changes)


def test_runs_take_no_place_of_pictures_and_pictures_none_of_runs() -> None:
    queue = Queue(Ceilings(jobs=1, runs=1))
    follow(queue, a_run("1", fate=Fate.RUNNING))
    for waiting in (a_run("2"), a_generation("3"), a_generation("4", created_at=START + SECOND)):
        follow(queue, waiting)
    assert [queue.position(one) for one in (a_run("2"), a_generation("3"), a_generation("4"))] == [1, 1, 2]
    assert not queue.admits(a_run("2"), START)
    assert [queue.admits(a_generation(name), START) for name in "34"] == [True, False]


@pytest.mark.parametrize("made", [a_run, a_generation])
def test_a_429_holds_its_own_pool_only(made: Callable[[str], Generation]) -> None:
    queue = Queue()
    one, other = (a_run("1"), a_generation("2")) if made is a_run else (a_generation("1"), a_run("2"))
    for waiting in (one, other):
        follow(queue, waiting)
    queue.refused(one, START, SECOND, limit=1)
    assert (queue.admits(one, START), queue.admits(other, START)) == (False, True)


def test_each_pool_has_a_probe_of_its_own_after_an_outage() -> None:
    queue = Queue()
    for waiting in (a_run("1"), a_run("2"), a_generation("3"), a_generation("4")):
        follow(queue, waiting)
    queue.pause(START, SECOND)
    assert not any(queue.admits(one, START) for one in (a_run("1"), a_generation("3")))
    follow(queue, a_run("1", fate=Fate.SUBMITTING))
    later = START + SECOND
    assert queue.admits(a_generation("3"), later)
    follow(queue, a_generation("3", fate=Fate.RUNNING))
    assert queue.passed(a_generation("3"))
    assert queue.admits(a_generation("4"), later)
    assert not queue.admits(a_run("2"), later)  # their own probe is still unanswered


def test_a_429_that_names_the_other_ceiling_teaches_the_other_pool() -> None:
    queue = Queue(Ceilings(jobs=5, runs=5))
    for waiting in (a_run("1"), a_run("2"), a_generation("3"), a_generation("4")):
        follow(queue, waiting)
    queue.refused(a_run("1"), START, SECOND, action=Pool.JOBS, limit=1)
    later = START + SECOND
    assert [queue.admits(one, later) for one in (a_run("1"), a_run("2"))] == [True, True]
    assert [queue.admits(a_generation(name), later) for name in "34"] == [True, False]


def test_what_scenario_leaves_out_stays_as_it_was() -> None:
    queue = Queue(Ceilings(jobs=1, runs=1))
    assert queue.set(Ceilings(jobs=2))
    assert not queue.set(Ceilings(jobs=2))
    for waiting in (a_run("1"), a_run("2"), a_generation("3"), a_generation("4")):
        follow(queue, waiting)
    assert [queue.admits(one, START) for one in (a_run("1"), a_run("2"))] == [True, False]
    assert [queue.admits(a_generation(name), START) for name in "34"] == [True, True]
