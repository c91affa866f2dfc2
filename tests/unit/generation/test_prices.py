"""A price is asked for once for all requests that must cost the same."""

from datetime import timedelta

import pytest

from bot.catalogue import Catalogue
from bot.generation.prices import LASTS, PriceBook, price_key
from bot.scenario.errors import BadInput
from bot.scenario.records import Input, Json
from tests.support.builders import PROMPT, SEED, a_model
from tests.support.clock import HeldClock
from tests.support.studio import FakeStudio

COUNT = Input(name="numOutputs", type="number", cost_impact=True)
IMAGE = Input(name="image", type="file")
STEPS = Input(name="steps", type="number")
MARKED = a_model(inputs=(PROMPT, SEED, COUNT, IMAGE, STEPS))
UNMARKED = a_model(inputs=(PROMPT, SEED, STEPS))


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
    assert (price_key(MARKED, "m", one) == price_key(MARKED, "m", other)) is same


def test_where_nothing_is_marked_all_but_words_and_seeds_may_move_it() -> None:
    base = price_key(UNMARKED, "m", {"prompt": "a", "seed": 1, "steps": 2})
    assert price_key(UNMARKED, "m", {"prompt": "b", "seed": 9, "steps": 2}) == base
    assert price_key(UNMARKED, "m", {"prompt": "a", "seed": 1, "steps": 3}) != base
    assert price_key(None, "m", {"prompt": "b", "steps": 2}) == base
    assert price_key(UNMARKED, "other", {"prompt": "a", "seed": 1, "steps": 2}) != base


async def test_the_second_of_two_alike_is_not_asked_for_until_the_price_is_old() -> None:
    clock = HeldClock()
    studio = FakeStudio(clock, MARKED)
    catalogue = Catalogue(studio, clock)
    await catalogue.read(MARKED.id)
    book = PriceBook(studio, catalogue, clock)
    studio.cost = 9.5
    assert await book.ask(MARKED.id, {"prompt": "a"}) == 9.5
    studio.cost = 12.0
    assert await book.ask(MARKED.id, {"prompt": "b"}) == 9.5
    assert studio.calls.count("price") == 1
    clock.jump((LASTS + timedelta(seconds=1)).total_seconds())
    assert await book.ask(MARKED.id, {"prompt": "b"}) == 12.0


async def test_neither_a_missing_price_nor_a_refusal_is_remembered() -> None:
    clock = HeldClock()
    studio = FakeStudio(clock, MARKED)
    book = PriceBook(studio, Catalogue(studio, clock), clock)
    assert await book.ask(MARKED.id, {"prompt": "a"}) is None
    studio.fail("price", BadInput("no"))
    with pytest.raises(BadInput):
        await book.ask(MARKED.id, {"prompt": "a"})
    studio.cost = 3.0
    assert await book.ask(MARKED.id, {"prompt": "a"}) == 3.0
