"""A draft is cheaper, and has the seed that the full picture will have; where there is none it is said."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from bot.catalogue import Catalogue
from bot.catalogue.tasks import Task
from bot.refusals import InvalidInputs
from bot.request.ask import Ask, InputFile
from bot.request.drafts import ANY, DRAFT, as_full
from bot.request.prepare import Preparer
from bot.scenario.api.records import Input, Model, Variant
from bot.schema.constraints import Constraint
from tests.support.builders import PROMPT, SEED, a_model
from tests.support.clock import HeldClock
from tests.support.studio import FakeStudio

RATIO = Input(name="aspectRatio", type="string", allowed_values=("1:1", "16:9"))
SPEED = Input(
    name="renderingSpeed",
    type="string",
    allowed_values=("TURBO", "BALANCED", "QUALITY"),
    default="BALANCED",
    cost_impact=True,
)
NEGATIVE = Input(name="negativePrompt", type="string")
WILD = Input(name="wildness", type="number", min=0, max=1)
ULTRA = a_model("model_ultra", name="Imagen 4 Ultra", inputs=(PROMPT, SEED, RATIO, NEGATIVE))
USUAL = a_model("model_usual", name="Imagen 4", tags=(), inputs=(PROMPT, SEED))
FAST = a_model("model_fast", name="Imagen 4 Fast", tags=(), inputs=(PROMPT, SEED, RATIO, NEGATIVE, WILD))
IDEOGRAM = a_model("model_ideogram", name="Ideogram 4", tags=(), inputs=(PROMPT, SEED, SPEED))
DRAFT_OF_ANY = Ask(prompt="a fox", draft_of=ANY)


class Room:
    def __init__(self, *models: Model) -> None:
        clock = HeldClock()
        self.studio = FakeStudio(clock, *models)
        self.catalogue = Catalogue(self.studio, clock)
        self.preparer = Preparer(self.catalogue, Random(1))

    async def ready(self) -> "Room":
        await self.catalogue.refresh()
        for model in list(self.studio.catalogued.values()):
            await self.catalogue.read(model.id)
        return self

    def drafted(self, ask: Ask = DRAFT_OF_ANY, model: str | None = None) -> tuple[str, Ask]:
        prepared = self.preparer.from_memory(ask, model, Task.IMAGINE)
        assert prepared.inputs is not None
        return prepared.model_id, prepared.ask

    def full(self, model: Model, **ask: Any) -> tuple[str, Ask] | None:
        fields: dict[str, Any] = {"prompt": "a fox", "seed": 5, **ask}
        found = as_full(self.catalogue, model, Ask(**fields), Task.IMAGINE)
        return None if found is None else (found[0].id, found[1])


# -- a draft ----------------------------------------------------------------------------------------------


async def test_a_draft_is_made_by_the_quick_one_of_the_family() -> None:
    room = await Room(ULTRA, USUAL, FAST).ready()
    model, ask = room.drafted(replace(DRAFT_OF_ANY, aspect_ratio="16:9", seed=3))
    assert (model, ask) == (FAST.id, Ask(prompt="a fox", aspect_ratio="16:9", seed=3, draft_of=ULTRA.id))


async def test_a_model_that_can_take_less_care_makes_its_own_draft() -> None:
    room = await Room(IDEOGRAM, a_model("model_turbo", name="Ideogram 4 Turbo")).ready()
    model, ask = room.drafted(model=IDEOGRAM.id)
    assert (model, ask.draft_of) == (IDEOGRAM.id, IDEOGRAM.id)
    assert ask.model_settings == {"renderingSpeed": "TURBO"}


async def test_a_draft_that_is_made_stays_what_it_is() -> None:
    room = await Room(ULTRA, FAST).ready()
    model, ask = room.drafted()
    assert room.drafted(ask, model) == (model, ask)


@pytest.mark.parametrize(
    "models",
    [
        (ULTRA, USUAL),
        (ULTRA, replace(FAST, name="Imagen 3 Fast")),
        (ULTRA, replace(FAST, inputs=(PROMPT,))),
        (replace(ULTRA, inputs=(PROMPT,)), FAST),
        (replace(ULTRA, variants=(Variant(cu=2.0),)), replace(FAST, variants=(Variant(cu=2.0),))),
        (ULTRA, replace(FAST, access_restriction=100)),
        (FAST,),
        (replace(IDEOGRAM, inputs=(PROMPT, SPEED)),),
        (replace(IDEOGRAM, inputs=(PROMPT, SEED, replace(SPEED, cost_impact=False))),),
        (replace(IDEOGRAM, inputs=(PROMPT, SEED, replace(SPEED, default="TURBO"))),),
    ],
    ids=[
        *("none", "another version", "no seed", "none in full", "as dear", "locked", "quick itself"),
        *("a care without a seed", "a care that costs the same", "as careless as it is"),
    ],
)
async def test_where_nothing_cheaper_shows_the_same_it_is_said(models: tuple[Model, ...]) -> None:
    room = await Room(*models).ready()
    room.catalogue.plan_level = 25
    with pytest.raises(InvalidInputs) as refused:
        room.drafted(model=models[0].id)
    (problem,) = refused.value.problems
    assert (problem.input, problem.rule, refused.value.model_name) == (
        DRAFT,
        Constraint.NO_DRAFT,
        models[0].name,
    )


async def test_what_the_quick_one_does_not_take_is_not_left_out_of_its_draft() -> None:
    reference = InputFile(role="reference", asset_id="asset_1", content_type="image/*")
    picture = Input(name="image", type="file", kind="image")
    seeing = replace(ULTRA, capabilities=("txt2img", "img2img"), inputs=(PROMPT, SEED, picture))
    room = await Room(seeing, FAST, IDEOGRAM).ready()
    assert room.drafted(model=seeing.id)[0] == FAST.id
    with pytest.raises(InvalidInputs):
        room.drafted(replace(DRAFT_OF_ANY, files=(reference,)), seeing.id)
    with pytest.raises(InvalidInputs):  # both say how much care is taken
        room.drafted(replace(DRAFT_OF_ANY, model_settings={"renderingspeed": "QUALITY"}), IDEOGRAM.id)


async def test_the_models_that_may_draft_are_read_first() -> None:
    room = Room(ULTRA, FAST)
    await room.catalogue.refresh()
    assert room.preparer.from_memory(DRAFT_OF_ANY, ULTRA.id, Task.IMAGINE).missing == ULTRA.id
    prepared = await room.preparer.by_reading(DRAFT_OF_ANY, ULTRA.id, Task.IMAGINE)
    assert (prepared.model_id, prepared.ask.draft_of) == (FAST.id, ULTRA.id)
    assert prepared.inputs is not None
    assert set(prepared.inputs) == {"prompt", "seed"}


# -- in full ----------------------------------------------------------------------------------------------


async def test_a_draft_is_made_full_by_the_model_that_it_was_asked_of() -> None:
    room = await Room(ULTRA, USUAL, FAST).ready()
    found = room.full(FAST, draft_of=ULTRA.id, aspect_ratio="16:9", negative_prompt="rain")
    wanted = Ask(prompt="a fox", seed=5, aspect_ratio="16:9", negative_prompt="rain")
    assert found == (ULTRA.id, wanted)


async def test_what_a_quick_model_made_is_made_full_by_the_next_of_its_family() -> None:
    room = await Room(ULTRA, USUAL, FAST).ready()
    assert room.full(FAST) == (USUAL.id, Ask(prompt="a fox", seed=5))
    without = await Room(ULTRA, FAST).ready()
    assert without.full(FAST) == (ULTRA.id, Ask(prompt="a fox", seed=5))
    assert room.full(USUAL) is None
    assert room.full(ULTRA) is None


async def test_what_the_full_model_does_not_take_is_left_out_and_nothing_else() -> None:
    room = await Room(USUAL, FAST).ready()
    asked: dict[str, Any] = {
        "aspect_ratio": "16:9",
        "negative_prompt": "rain",
        "model_settings": {"wildness": 1},
    }
    assert room.full(FAST, **asked) == (USUAL.id, Ask(prompt="a fox", seed=5))
    takes = await Room(ULTRA, FAST).ready()
    kept = Ask(prompt="a fox", seed=5, aspect_ratio="16:9", negative_prompt="rain")
    assert takes.full(FAST, **asked) == (ULTRA.id, kept)


@pytest.mark.parametrize("name", ["renderingSpeed", "Rendering Speed"])
async def test_what_was_made_with_less_care_is_made_with_the_usual(name: str) -> None:
    room = await Room(IDEOGRAM).ready()
    found = room.full(IDEOGRAM, model_settings={name: "TURBO"}, draft_of=IDEOGRAM.id)
    assert found == (IDEOGRAM.id, Ask(prompt="a fox", seed=5))
    assert room.full(IDEOGRAM, model_settings={name: "QUALITY"}) is None
    assert room.full(IDEOGRAM) is None


async def test_a_full_model_that_takes_no_such_seed_or_is_gone_makes_nothing_full() -> None:
    bounded = replace(ULTRA, inputs=(PROMPT, replace(SEED, max=4)))
    assert (await Room(bounded, FAST).ready()).full(FAST) is None
    assert (await Room(replace(ULTRA, tags=("deprecated:x",)), FAST).ready()).full(FAST) is None
    assert (await Room(ULTRA, FAST).ready()).full(FAST, seed=None) is None
    unread = Room(ULTRA, FAST)
    await unread.catalogue.refresh()
    assert unread.full(FAST) is None
