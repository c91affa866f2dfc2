"""A completion that names a model without a schema starts the read and waits for it, but not for ever."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.catalogue import Catalogue
from bot.catalogue.catalogue import PATIENCE, SPARED
from bot.catalogue.tasks import Task
from bot.scenario.api.errors import Unavailable
from bot.scenario.api.records import Input, LorasInputs, Model
from bot.ui.commands import params
from tests.support.bench import Bench, a_bench
from tests.support.builders import OWNER, PROMPT, a_model
from tests.support.clock import HeldClock, breathe
from tests.support.studio import FakeStudio

GRAIN = Input(name="grain", type="string", allowed_values=("fine", "coarse"))
COLD = a_model("model_cold", name="Cold Film", inputs=(PROMPT, GRAIN))


async def listed(*models: Model, **options: Any) -> tuple[Catalogue, FakeStudio, HeldClock]:
    """A catalogue that knows the rows of these models, and no schema."""
    clock = HeldClock()
    studio = FakeStudio(clock, *models)
    catalogue = Catalogue(studio, clock, **options)
    await catalogue.refresh()
    return catalogue, studio, clock


def typing(bench: Bench, **namespace: Any) -> Any:
    client = SimpleNamespace(service=bench.service, catalogue=bench.process.catalogue, forms=bench.forms)
    return SimpleNamespace(
        client=client, user=SimpleNamespace(id=OWNER), namespace=SimpleNamespace(**namespace)
    )


async def test_settings_of_a_model_that_nobody_used_are_offered_at_the_first_letter() -> None:
    async with a_bench() as bench:
        bench.studio.catalogued["model_cold"] = COLD
        await bench.process.catalogue.refresh()
        asked = typing(bench, model="Cold Film")
        found = await params.complete_settings(Task.IMAGINE)(asked, "gr")
        assert [choice.value for choice in found] == ["grain="]
        found = await params.complete_option(Task.IMAGINE, "grain")(asked, "")
        assert [choice.value for choice in found] == ["fine", "coarse"]


async def test_readers_of_one_model_share_one_request() -> None:
    catalogue, studio, _ = await listed(COLD)
    studio.calls.clear()
    found = await asyncio.gather(*(catalogue.soon("model_cold") for _ in range(5)))
    assert found == [COLD] * 5
    assert studio.calls.count("model") == 1


async def test_the_wait_ends_at_half_of_discords_patience_and_the_read_goes_on() -> None:
    catalogue, studio, clock = await listed(COLD)
    gate = studio.hold("model")
    asked = asyncio.create_task(catalogue.soon("model_cold"))
    await clock.advance(PATIENCE - 0.001)
    assert not asked.done()
    await clock.advance(0.001)
    assert (await asked) == replace(COLD, inputs=None)
    gate.set()
    await breathe()
    assert await catalogue.soon("model_cold") == COLD


async def test_what_grew_old_is_served_at_once_and_read_anew_behind_it() -> None:
    catalogue, studio, clock = await listed(COLD)
    await catalogue.soon("model_cold")
    studio.catalogued["model_cold"] = newer = replace(COLD, inputs=(PROMPT,))
    clock.jump(3 * 3600)
    assert await catalogue.soon("model_cold") == COLD
    await breathe()
    assert await catalogue.soon("model_cold") == newer


@pytest.mark.parametrize(("age", "reads"), [(3599.9, 1), (3600.0, 2)])
async def test_a_completion_has_a_schema_read_anew_once_it_is_an_hour_old(age: float, reads: int) -> None:
    catalogue, studio, clock = await listed(COLD)
    studio.calls.clear()
    await catalogue.soon("model_cold")
    clock.jump(age)
    await catalogue.soon("model_cold")
    await breathe()
    assert studio.calls.count("model") == reads


async def test_a_model_that_cannot_be_read_is_not_asked_for_at_every_letter() -> None:
    catalogue, studio, clock = await listed(COLD)
    studio.fail("model", Unavailable("no"))
    studio.calls.clear()
    for _ in "grain":
        assert (await catalogue.soon("model_cold")) == replace(COLD, inputs=None)
    assert studio.calls.count("model") == 1
    clock.jump(SPARED.total_seconds())
    assert await catalogue.soon("model_cold") == COLD


async def test_an_id_that_no_listing_shows_is_read_and_a_mere_word_is_not() -> None:
    catalogue, studio, _ = await listed(a_model("model_seen"))
    studio.catalogued["model_cold"] = COLD
    studio.calls.clear()
    assert await catalogue.soon("cold fi") is None
    assert "model" not in studio.calls
    assert await catalogue.soon("model_cold") == COLD


async def test_a_trained_model_is_completed_by_the_base_that_it_runs_on() -> None:
    loras = Input(name="loras", type="model_array", model_types=("flux.1-lora",))
    base = a_model("model_bfl-flux-1-dev", inputs=(PROMPT, GRAIN, loras), loras=LorasInputs(models="loras"))
    ink = a_model("model_ink", name="Ink", type="flux.1-lora", inputs=None)
    catalogue, _, _ = await listed(base, ink)
    assert await catalogue.soon("Ink") == base


async def test_what_people_use_is_read_ahead_first() -> None:
    many = [a_model(f"model_{n:03}", name=f"Model {n:03}") for n in range(200)]

    async def popular() -> Sequence[str]:
        return ["model_177", "model_gone", "model_150"]

    catalogue, studio, clock = await listed(*many, popular=popular)
    studio.calls.clear()
    running = asyncio.create_task(catalogue.run())
    await breathe(200)
    for used in ("model_177", "model_150"):
        known = catalogue.get(used)
        assert known is not None
        assert known.inputs is not None
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    del clock


async def test_a_store_that_fails_keeps_nothing_from_being_read_ahead() -> None:
    async def popular() -> Sequence[str]:
        raise OSError("disk")

    catalogue, _, _ = await listed(COLD, popular=popular)
    running = asyncio.create_task(catalogue.run())
    await breathe(50)
    assert cast("Model", catalogue.get("model_cold")).inputs == COLD.inputs
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize("age", [timedelta(minutes=29), timedelta(minutes=31)])
async def test_what_was_read_ahead_is_read_anew_by_its_age(age: timedelta) -> None:
    catalogue, studio, clock = await listed(COLD)
    await catalogue.read("model_cold")
    clock.jump(age.total_seconds())
    studio.calls.clear()
    running = asyncio.create_task(catalogue.run())
    await breathe(50)
    assert ("model" in studio.calls) is (age > timedelta(minutes=30))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
