"""A price is asked for by every request anew, and charges speak where a dry run is silent or was wrong."""

from collections.abc import Sequence

import pytest

from bot.catalogue import Catalogue
from bot.generation.model import Fate
from bot.pricing.charges import Told
from bot.pricing.prices import PriceBook
from bot.scenario.api.errors import BadInput
from bot.scenario.api.records import Input, Inputs
from tests.support.bench import Bench
from tests.support.builders import a_generation, a_model
from tests.support.clock import START

MODEL = "model_flux"
SHORT: Inputs = {"prompt": "a cat"}


def book(bench: Bench) -> PriceBook:
    return PriceBook(bench.studio, Catalogue(bench.studio, bench.clock), bench.store, bench.clock)


async def charged(bench: Bench, *charges: tuple[Inputs, float | None, float]) -> None:
    """Purchases on record: inputs, foretold price, charge; the last is the newest."""
    for number, (inputs, price, cu) in enumerate(charges):
        done = {"fate": Fate.SUCCEEDED, "submitted_at": START, "inputs": inputs, "price": price, "cu": cu}
        await bench.put(a_generation(str(2000 + number), **done))


async def asked(bench: Bench, inputs: Inputs = SHORT, *, times: int = 1) -> Sequence[Told]:
    return [await book(bench).ask(MODEL, inputs) for _ in range(times)]


async def test_a_price_that_moved_is_told_as_it_is_now(bench: Bench) -> None:
    bench.studio.cost = 10.0
    first = await asked(bench)
    bench.studio.cost = 900.0
    assert [*first, *await asked(bench)] == [Told(cu=10.0, sure=True), Told(cu=900.0, sure=True)]


async def test_what_the_models_schema_says_moves_its_price_is_what_charges_are_held_against(
    bench: Bench,
) -> None:
    count = Input(name="numOutputs", type="number", cost_impact=True)
    bench.studio.catalogued[MODEL] = a_model(MODEL, inputs=(count, Input(name="steps", type="number")))
    await charged(bench, ({"numOutputs": 2, "steps": 9}, None, 24.0))
    inputs: Inputs = {"numOutputs": 2, "steps": 50}
    assert await asked(bench, inputs) == [Told(cu=24.0)]  # it was not read yet: anything may move it
    catalogue = Catalogue(bench.studio, bench.clock)
    await catalogue.read(MODEL)
    prices = PriceBook(bench.studio, catalogue, bench.store, bench.clock)
    assert await prices.ask(MODEL, inputs) == Told(cu=24.0, sure=True)


async def test_what_was_looked_at_is_kept_only_where_it_may_still_be_asked_for(bench: Bench) -> None:
    await charged(bench, (SHORT, None, 24.0))
    (sure,) = await asked(bench)
    assert (sure.sure, sure.by) == (True, ()), "a thousand requests would keep thirty charges each"
    (unsure,) = await asked(bench, {**SHORT, "steps": 50})
    assert (unsure.sure, [one.cu for one in unsure.by]) == (False, [24.0])


async def test_a_refusal_is_nobodys_price(bench: Bench) -> None:
    bench.studio.fail("price", BadInput("no"))
    with pytest.raises(BadInput):
        await asked(bench)


async def test_without_any_price_nothing_is_known_until_something_was_charged(bench: Bench) -> None:
    assert await asked(bench) == [Told()]
    await charged(bench, (SHORT, None, 24.0))
    assert await asked(bench) == [Told(cu=24.0, sure=True)]
    # another process, hours later: the charge is on record
    bench.reborn()
    bench.clock.jump(36_000)
    assert await asked(bench) == [Told(cu=24.0, sure=True)]


async def test_a_charge_above_its_dry_run_speaks_against_the_next_one_for_a_day(bench: Bench) -> None:
    bench.studio.cost = 10.0
    await charged(bench, (SHORT, 10.0, 900.0))
    assert await asked(bench) == [Told(cu=900.0, sure=True)]
    bench.clock.jump(24 * 3600 + 1)
    assert await asked(bench) == [Told(cu=10.0, sure=True)]
