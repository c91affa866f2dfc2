"""What moves a price is learned from charges: the pure part."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pricing.charges import BELIEVED, Charge, Moving, Told, foretell
from bot.scenario.api.records import Input, Inputs, Json
from tests.support.builders import PROMPT, SEED, a_model
from tests.support.clock import START

COUNT = Input(name="numOutputs", type="number", cost_impact=True)
IMAGE = Input(name="image", type="file")
STEPS = Input(name="steps", type="number")
TEXT = Input(name="text", type="string")
MARKED = a_model(inputs=(PROMPT, SEED, COUNT, IMAGE, STEPS))
UNMARKED = a_model(inputs=(PROMPT, SEED, STEPS))
VOICE = a_model(inputs=(TEXT,))
"""A model charged by the length of its text, which nothing in its schema says."""


def charge(inputs: Inputs, cu: float, *, foretold: float | None = None, minutes: float = 0) -> Charge:
    return Charge(inputs=inputs, cu=cu, foretold=foretold, at=START + timedelta(minutes=minutes))


def text(length: int) -> Inputs:
    return {"text": "x" * length}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"prompt": "a", "seed": 1, "numOutputs": 2}, {"prompt": "b", "seed": 2, "numOutputs": 2}, True),
        ({"prompt": "a", "numOutputs": 2}, {"prompt": "a", "numOutputs": 3}, False),
        ({"prompt": "a", "steps": 2}, {"prompt": "a", "steps": 3}, True),
        ({"prompt": "a", "image": "asset_1"}, {"prompt": "a", "image": "asset_2"}, False),
    ],
)
def test_what_is_marked_and_every_file_moves_the_price(
    one: dict[str, Json], other: dict[str, Json], same: bool
) -> None:
    assert (Moving(MARKED).of(one) == Moving(MARKED).of(other)) is same


def test_where_nothing_is_marked_all_but_words_and_seeds_may_move_it() -> None:
    base = Moving(UNMARKED).of({"prompt": "a", "seed": 1, "steps": 2})
    assert Moving(UNMARKED).of({"prompt": "b", "seed": 9, "steps": 2}) == base
    assert Moving(UNMARKED).of({"prompt": "a", "seed": 1, "steps": 3}) != base
    assert Moving(None).of({"prompt": "b", "steps": 2}) == base


@pytest.mark.parametrize(
    ("charges", "length", "told"),
    [
        ([], 10, Told()),
        ([charge(text(10), 1.5)], 10, Told(cu=1.5, sure=True)),
        # shorter costs no more than that; of longer ones it is not known
        ([charge(text(10), 1.5)], 9, Told(cu=1.5, sure=True)),
        ([charge(text(10), 1.5)], 4000, Told(cu=1.5)),
        # two lengths at one price: it does not move, as far as anybody has seen
        ([charge(text(400), 1.5), charge(text(10), 1.5)], 399, Told(cu=1.5, sure=True)),
        ([charge(text(400), 1.5), charge(text(10), 1.5)], 401, Told(cu=1.5)),
        # two lengths at two prices: it moves, and the longest is drawn out
        ([charge(text(100), 15.0), charge(text(10), 1.5)], 4000, Told(cu=600.0)),
        ([charge(text(10), 1.5), charge(text(100), 15.0)], 50, Told(cu=15.0, sure=True)),
        # the same request: the newest charge counts
        ([charge(text(10), 900.0), charge(text(10), 10.0)], 10, Told(cu=900.0, sure=True)),
    ],
)
def test_without_a_dry_run_charges_tell_as_far_as_they_reach(
    charges: list[Charge], length: int, told: Told
) -> None:
    assert foretell(None, charges, VOICE, text(length), START) == told


def test_what_nobody_marked_is_found_out_by_charges_that_differ() -> None:
    few, many = {"prompt": "a", "steps": 2}, {"prompt": "a", "steps": 50}
    known = [charge(few, 2.0)]
    assert foretell(None, known, MARKED, many, START) == Told(cu=2.0, sure=True)
    taught = [charge(many, 50.0), *known]
    assert foretell(None, taught, MARKED, few, START) == Told(cu=2.0, sure=True)
    assert foretell(None, taught, MARKED, many, START) == Told(cu=50.0, sure=True)
    assert foretell(None, taught, MARKED, {"prompt": "a", "steps": 99}, START) == Told(cu=50.0)


def test_another_request_of_the_model_has_the_last_charge_and_is_not_sure() -> None:
    told = foretell(None, [charge({"prompt": "a", "steps": 2}, 7.0)], UNMARKED, {"prompt": "a"}, START)
    assert told == Told(cu=7.0)


def test_a_dry_run_is_believed_unless_the_like_was_charged_more_than_it_had_foretold() -> None:
    inputs = text(10)
    lied = charge(inputs, 900.0, foretold=10.0)
    for charges, cu in (
        ([], 10.0),
        ([lied], 900.0),
        ([charge(inputs, 10.0, foretold=900.0, minutes=1), lied], 10.0),  # it fell again
        ([charge(inputs, 10.9, foretold=10.0)], 10.0),  # a tenth is no news
        ([charge(inputs, 900.0)], 10.0),  # nothing had been foretold: it was not wrong
        ([charge({"text": "x" * 10, "voice": "a"}, 900.0, foretold=10.0)], 10.0),  # another request
    ):
        assert foretell(10.0, charges, VOICE, inputs, START) == Told(cu=cu, sure=True)
    assert foretell(2000.0, [lied], VOICE, inputs, START) == Told(cu=2000.0, sure=True)
    later = START + BELIEVED + timedelta(seconds=1)
    assert foretell(10.0, [lied], VOICE, inputs, later) == Told(cu=10.0, sure=True)


def test_where_length_moves_it_a_long_texts_surprise_says_nothing_of_a_short_one() -> None:
    lied = charge(text(1000), 900.0, foretold=100.0)
    charges = [lied, charge(text(10), 1.5, foretold=1.5), charge(text(20), 3.0, foretold=3.0)]
    assert foretell(1.5, charges, VOICE, text(10), START) == Told(cu=1.5, sure=True)
    assert foretell(150.0, charges, VOICE, text(1500), START) == Told(cu=900.0, sure=True)


LENGTHS = st.integers(min_value=0, max_value=5000)


@given(
    seen=st.lists(LENGTHS, min_size=1, max_size=12),
    asked=LENGTHS,
    each=st.floats(min_value=0, max_value=1),
    least=st.floats(min_value=0.25, max_value=50),
)
def test_what_is_sure_is_never_below_what_will_be_charged(
    seen: list[int], asked: int, each: float, least: float
) -> None:
    """For any price that does not fall with the length: it may be overestimated, it is not overrun."""

    def cost(length: int) -> float:
        return max(least, round(4 * each * length) / 4)

    charges = [charge(text(length), cost(length)) for length in seen]
    told = foretell(None, charges, VOICE, text(asked), START)
    assert told.cu is not None
    assert not told.sure or told.cu >= cost(asked)
    assert told.sure is (asked <= max(seen))


@given(dry=st.floats(min_value=0, max_value=1000), seen=st.lists(LENGTHS, max_size=8), asked=LENGTHS)
def test_charges_never_talk_a_dry_run_down(dry: float, seen: list[int], asked: int) -> None:
    charges = [charge(text(length), 5.0 + length, foretold=1.0) for length in seen]
    told = foretell(dry, charges, VOICE, text(asked), START)
    assert told.sure
    assert told.cu is not None
    assert told.cu >= dry
    honest = [replace(one, foretold=one.cu) for one in charges]
    assert foretell(dry, honest, VOICE, text(asked), START).cu == dry
