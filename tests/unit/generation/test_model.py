"""The one noun: legal moves, what counts as bought; and the small pure parts beside it."""

from dataclasses import fields, replace
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.generation import failures, learn
from bot.generation.card import CARD_FIELDS, Card, CardState, IllegalMove
from bot.generation.failures import FailureKind
from bot.generation.model import (
    BOUGHT_PERHAPS,
    FATE_FIELDS,
    FINAL,
    UNFINISHED,
    Fate,
    Generation,
    check_move,
)
from bot.generation.pacing import backoff, edit_spacing, next_read, reconcile_pass
from bot.generation.progress import Progress, ProgressBoard
from bot.scenario.api.records import JobState, Json
from bot.vocabulary import Medium
from tests.support.builders import a_generation, a_job, changed, running
from tests.support.clock import START


def test_every_fate_is_final_or_unfinished_and_says_so() -> None:
    assert set(Fate) == FINAL | UNFINISHED
    assert set() == FINAL & UNFINISHED
    assert {fate for fate in Fate if fate.final} == FINAL
    assert BOUGHT_PERHAPS < UNFINISHED


# every other move of a fate is a mistake
MOVES = {
    (Fate.REQUESTED, Fate.SUBMITTING),
    (Fate.REQUESTED, Fate.FAILED),
    (Fate.REQUESTED, Fate.CANCELED),
    (Fate.SUBMITTING, Fate.REQUESTED),
    (Fate.SUBMITTING, Fate.UNCERTAIN),
    (Fate.SUBMITTING, Fate.RUNNING),
    (Fate.SUBMITTING, Fate.FAILED),
    (Fate.UNCERTAIN, Fate.REQUESTED),
    (Fate.UNCERTAIN, Fate.RUNNING),
    (Fate.UNCERTAIN, Fate.FAILED),
    (Fate.RUNNING, Fate.SUCCEEDED),
    (Fate.RUNNING, Fate.FAILED),
    (Fate.RUNNING, Fate.CANCELED),
}


@pytest.mark.parametrize(("before", "after"), list(product(Fate, Fate)))
def test_a_fate_moves_as_the_graph_says_or_stays_and_never_otherwise(before: Fate, after: Fate) -> None:
    # staying is a move too: a cancel is noted, and a card is shown or deleted, in every fate
    row = a_generation(fate=before, job_id="job_1")
    if before is after or (before, after) in MOVES:
        check_move(row, replace(row, fate=after))
    else:
        with pytest.raises(IllegalMove):
            check_move(row, replace(row, fate=after))


@pytest.mark.parametrize(("before", "after"), list(product(CardState, CardState)))
def test_a_card_never_goes_back_to_being_unacknowledged(before: CardState, after: CardState) -> None:
    row = running(card=before)
    if after is CardState.UNACKNOWLEDGED and before is not after:
        with pytest.raises(IllegalMove):
            check_move(row, changed(row, card=after))
    elif before is not CardState.UNACKNOWLEDGED:
        check_move(row, changed(row, card=after))


def test_nothing_is_spent_before_the_acknowledgement_or_without_inputs_or_run_without_a_job() -> None:
    row = a_generation(card=CardState.UNACKNOWLEDGED)
    with pytest.raises(IllegalMove, match="acknowledgement"):
        check_move(row, replace(row, fate=Fate.SUBMITTING))
    row = a_generation(inputs=None)
    with pytest.raises(IllegalMove, match="inputs"):
        check_move(row, replace(row, fate=Fate.SUBMITTING))
    row = a_generation(fate=Fate.SUBMITTING)
    with pytest.raises(IllegalMove, match="job id"):
        check_move(row, replace(row, fate=Fate.RUNNING))


def test_the_two_loops_share_no_field() -> None:
    assert {field.name for field in fields(Generation)} > FATE_FIELDS
    assert {field.name for field in fields(Card)} > CARD_FIELDS
    assert "on_card" not in FATE_FIELDS


@pytest.mark.parametrize(
    ("row", "bought"),
    [
        (a_generation(), False),
        (a_generation(fate=Fate.SUBMITTING), True),
        (a_generation(fate=Fate.UNCERTAIN), True),
        (running(), True),
        (running(fate=Fate.CANCELED), True),
        (a_generation(fate=Fate.CANCELED), False),
        (a_generation(fate=Fate.FAILED, failure=failures.Simple(kind=FailureKind.UNREACHABLE)), False),
        (a_generation(fate=Fate.FAILED, failure=failures.Simple(kind=FailureKind.MAYBE_CHARGED)), True),
    ],
)
def test_bought_is_what_cost_or_may_have_cost(row: Generation, bought: bool) -> None:
    assert row.bought is bought


def test_a_token_lives_until_its_moment() -> None:
    row = a_generation(token_expires_at=START)
    assert row.card.token_alive(START - timedelta(microseconds=1))
    assert not row.card.token_alive(START)
    assert not changed(row, token=None).card.token_alive(START - timedelta(hours=1))


# -- pacing -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("medium", list(Medium))
@given(age=st.floats(0, 1e7))
def test_a_read_waits_two_to_twenty_seconds_and_ever_longer(medium: Medium, age: float) -> None:
    assert 2.0 <= next_read(medium, age) <= 20.0
    assert next_read(medium, age) <= next_read(medium, age * 2)
    assert next_read(medium, 0) <= 3.0


@given(st.integers(0, 10**9))
def test_a_backoff_grows_to_its_cap(failures: int) -> None:
    assert 1.0 <= backoff(failures) <= backoff(failures + 1) <= 60.0


def test_backoff_doubles() -> None:
    assert [backoff(n) for n in (1, 2, 3, 6, 7, 40)] == [1.0, 2.0, 4.0, 32.0, 60.0, 60.0]


def test_all_cards_together_stay_under_fifty_edits_a_second() -> None:
    assert edit_spacing(0) == edit_spacing(75) == 3.0
    assert 2000 / edit_spacing(2000) == 25.0


@given(st.floats(0, 100), st.floats(1, 3600))
def test_a_look_for_a_job_is_never_at_once_and_never_past_the_window(elapsed: float, window: float) -> None:
    wait = reconcile_pass(elapsed, window)
    assert wait >= 0.5
    if elapsed < window - 0.5:
        assert elapsed + wait <= window + 1e-6


# -- progress -----------------------------------------------------------------------------------------


@given(st.lists(st.none() | st.floats(0, 1), max_size=8))
def test_a_bar_never_runs_backwards(fractions: list[float | None]) -> None:
    board = ProgressBoard()
    seen = [0.0]
    for fraction in fractions:
        board.put("1", Progress(fraction=fraction))
        now = board.get("1")
        assert now is not None
        if now.fraction is not None:
            seen.append(now.fraction)
        else:
            assert len(seen) == 1
    assert seen == sorted(seen)


def test_a_board_says_whether_something_changed_and_forgets() -> None:
    board = ProgressBoard()
    assert board.put("1", Progress(fraction=0.5))
    assert not board.put("1", Progress(fraction=0.4))
    assert board.put("1", Progress(phase="finalizing", fraction=0.4))
    board.forget("1")
    board.forget("1")
    assert board.get("1") is None


# -- what a listed job tells --------------------------------------------------------------------------

ASKED: dict[str, Json] = {"prompt": "a cat", "seed": 5, "width": 512, "sharp": True, "loras": ["a"]}


@pytest.mark.parametrize(
    ("echo", "same"),
    [
        (ASKED, True),
        ({**ASKED, "seed": "5"}, True),
        ({**ASKED, "width": 512.0, "extra": None}, True),
        ({"seed": 5}, True),
        ({**ASKED, "seed": 6}, False),
        ({**ASKED, "prompt": "a dog"}, False),
        # a request may be tidied before it is echoed: the seed that we chose tells more than a size
        ({**ASKED, "sharp": 1}, True),
        ({**ASKED, "width": 520}, True),
        ({**ASKED, "prompt": "  a  cat"}, True),
        ({**ASKED, "prompt": "a"}, True),
        ({"prompt": "a cat"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_a_job_is_ours_theirs_or_unknown(echo: dict[str, Json] | None, same: bool | None) -> None:
    generation = a_generation(inputs=ASKED)
    assert learn.same_request(a_job(inputs=echo), generation) is same
    assert learn.same_request(a_job(inputs=echo, model_id="model_other"), generation) is False


def test_without_a_seed_the_prompt_tells() -> None:
    generation = a_generation(inputs={"prompt": "a cat"})
    assert learn.same_request(a_job(inputs={"prompt": "a cat"}), generation) is True
    assert learn.same_request(a_job(inputs={"steps": 4}), generation) is None


def test_without_a_seed_an_echo_that_differs_elsewhere_leaves_it_open() -> None:
    generation = a_generation(inputs={"prompt": "a cat", "size": {"w": 1}})
    odds: list[Json] = ["x", None, [], {}, {"w": 2}]
    for odd in odds:
        echo: dict[str, Json] = {"prompt": "a cat", "size": odd}
        assert learn.same_request(a_job(inputs=echo), generation) is None
    assert learn.same_request(a_job(inputs={"prompt": "a dog", "size": "x"}), generation) is False


def test_other_names_of_seed_and_prompt_tell_as_well() -> None:
    sent: dict[str, Json] = {"text": "a cat", "randomSeed": 5}
    generation = a_generation(inputs=sent)
    assert learn.same_request(a_job(inputs=sent), generation) is True
    assert learn.same_request(a_job(inputs={**sent, "randomSeed": 6}), generation) is False


def test_a_success_keeps_no_refund_of_a_failure() -> None:
    job = a_job(state=JobState.SUCCEEDED, asset_ids=("a",), refunded=True, cu=None)
    over = learn.ended(running(cu=4.0), job, START)
    assert (over.refunded, over.cu) == (None, 4.0)
