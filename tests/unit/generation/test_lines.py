"""A member's own line: what is beyond his limit waits for his earlier requests, in order."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.generation.card import CardState, Removal
from bot.generation.lines import Lines
from bot.generation.model import UNSEEN_HOLDS, Fate, Generation, Membership, key_of
from tests.support.builders import OWNER, STRANGER, a_generation, changed
from tests.support.clock import START

SECOND = timedelta(seconds=1)
INSTANT = timedelta(microseconds=1)


def asked(number: int, **changes: object) -> Generation:
    """The `number`th request of its member."""
    return a_generation(str(number), created_at=START + number * SECOND, **changes)


def line_of(*some: Generation, at_once: int | None = 2) -> Lines:
    lines = Lines(at_once)
    for one in some:
        lines.track(one)
    return lines


def admitted(lines: Lines, *some: Generation) -> list[bool]:
    return [lines.admits(one, START) for one in some]


def test_as_many_go_through_as_may_be_under_way_and_the_rest_stand_in_order() -> None:
    some = [asked(number) for number in range(5)]
    lines = line_of(*some)
    assert admitted(lines, *some) == [True, True, False, False, False]
    assert [lines.position(one) for one in some] == [None, None, 1, 2, 3]


def test_whoever_looks_first_does_not_overtake_who_asked_first() -> None:
    some = [asked(number) for number in range(4)]
    lines = line_of(*some)
    assert admitted(lines, *reversed(some)) == [False, False, True, True]


def test_the_jobs_of_a_request_stand_in_the_order_of_their_numbers() -> None:
    jobs = [
        replace(asked(1), id=key_of("1", n), membership=Membership(group_id="1", number=n, size=12))
        for n in range(1, 13)
    ]
    lines = line_of(*reversed(jobs), asked(2), at_once=3)
    assert admitted(lines, *jobs) == [True] * 3 + [False] * 9
    assert [lines.position(job) for job in jobs[3:]] == [*range(1, 10)]
    assert lines.position(asked(2)) == 10


def test_each_member_has_a_line_of_his_own() -> None:
    mine, others = [asked(n) for n in range(3)], [asked(n + 10, owner_id=STRANGER) for n in range(3)]
    lines = line_of(*mine, *others)
    assert admitted(lines, *mine, *others) == [True, True, False] * 2


def test_without_a_limit_nobody_ever_stands_in_line() -> None:
    some = [asked(number) for number in range(50)]
    lines = line_of(*some, at_once=None)
    assert all(admitted(lines, *some))
    assert lines.moved() == []


@pytest.mark.parametrize("fate", [Fate.SUBMITTING, Fate.UNCERTAIN, Fate.RUNNING])
def test_what_may_be_bought_holds_a_place_whenever_it_was_asked_for(fate: Fate) -> None:
    """As after a restart, where the newest may be bought and an older one was not yet."""
    lines = line_of(asked(1), asked(2), replace(asked(3), fate=fate, job_id="job"))
    assert admitted(lines, asked(1), asked(2)) == [True, False]


@pytest.mark.parametrize("fate", [Fate.SUCCEEDED, Fate.FAILED, Fate.CANCELED])
def test_whatever_ends_lets_the_next_one_through_and_says_who_should_look(fate: Fate) -> None:
    some = [asked(number) for number in range(4)]
    lines = line_of(*some)
    admitted(lines, *some)
    lines.moved()
    lines.track(replace(some[0], fate=fate))
    assert lines.moved() == ["2", "3"]
    assert lines.moved() == []  # told once
    assert admitted(lines, *some[2:]) == [True, False]
    assert lines.moved() == ["3"]  # its place is another one now


def test_who_leaves_the_line_moves_up_those_behind_him() -> None:
    some = [asked(number) for number in range(5)]
    lines = line_of(*some)
    admitted(lines, *some)
    lines.moved()
    lines.track(replace(some[2], fate=Fate.CANCELED))
    assert lines.moved() == ["3", "4"]
    assert [lines.position(one) for one in some[3:]] == [1, 2]
    assert admitted(lines, some[3]) == [False]  # nothing that holds a place has ended


def test_what_is_proven_not_to_be_bought_does_not_stand_in_line_again() -> None:
    some = [asked(number) for number in range(3)]
    lines = line_of(*some)
    admitted(lines, *some)
    lines.track(replace(some[1], fate=Fate.UNCERTAIN))
    lines.track(some[1])
    assert admitted(lines, *some) == [True, True, False]


def test_what_was_let_go_holds_no_place_until_it_is_heard_of_again() -> None:
    some = [asked(number) for number in range(4)]
    lines = line_of(*some)
    admitted(lines, *some)
    lines.moved()
    running = replace(some[0], fate=Fate.RUNNING, job_id="job")
    lines.let_go(running, gone=True)
    lines.let_go(running, gone=True)
    assert lines.moved() == ["2", "3"]
    assert admitted(lines, *some[2:]) == [True, False]
    lines.let_go(running, gone=False)
    lines.track(replace(some[1], fate=Fate.SUCCEEDED))
    assert admitted(lines, some[3]) == [False]  # two hold places again


def test_a_run_whose_question_nobody_sees_holds_no_place_after_an_hour() -> None:
    unseen = asked(1, fate=Fate.RUNNING, job_id="job", submitted_at=START, card=CardState.KEPT)
    for run, freed in (
        (unseen, True),
        (changed(unseen, card=CardState.LIVE), False),
        (changed(unseen, removed=Removal.OWNER), False),
        (changed(unseen, submitted_at=None), False),
        (changed(unseen, fate=Fate.UNCERTAIN), False),
    ):
        lines = line_of(run, asked(2), at_once=1)
        assert not lines.admits(asked(2), START + UNSEEN_HOLDS)
        assert lines.admits(asked(2), START + UNSEEN_HOLDS + INSTANT) is freed


def test_a_limit_that_was_lowered_takes_nothing_back() -> None:
    some = [replace(asked(n), fate=Fate.RUNNING, job_id=str(n)) for n in range(3)]
    lines = line_of(*some, asked(3), at_once=1)
    assert admitted(lines, asked(3)) == [False]
    for one in some[:2]:
        lines.track(replace(one, fate=Fate.SUCCEEDED))
    assert admitted(lines, asked(3)) == [False]
    lines.track(replace(some[2], fate=Fate.SUCCEEDED))
    assert admitted(lines, asked(3)) == [True]


def test_nothing_stays_of_whoever_is_gone() -> None:
    lines = line_of(asked(1), asked(2), asked(3), at_once=1)
    admitted(lines, asked(1))
    lines.let_go(replace(asked(1), fate=Fate.RUNNING, job_id="job"), gone=True)
    for number in (1, 2, 3):
        lines.track(replace(asked(number), fate=Fate.CANCELED))
    assert (list(lines.through(OWNER)), lines.moved()) == ([], [])
    lines.track(replace(asked(1), fate=Fate.RUNNING, job_id="job"))  # another one of that name is heard of
    lines.track(asked(4))
    assert admitted(lines, asked(4)) == [False]
