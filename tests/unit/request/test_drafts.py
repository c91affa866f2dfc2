"""A draft is cheaper, and has the seed that the full picture will have; where there is none it is said."""

from dataclasses import replace
from typing import Any

import pytest

from bot.catalogue.tasks import Task
from bot.refusals import InvalidInputs
from bot.request.ask import Ask, InputFile
from bot.request.drafts import ANY, DRAFT, as_full
from bot.scenario.api.records import Input, Model, Variant
from bot.schema.constraints import Constraint
from tests.support.builders import PROMPT, SEED, a_model
from tests.support.preparing import Room

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


def drafted(room: Room, ask: Ask = DRAFT_OF_ANY, model: str | None = None) -> tuple[str, Ask]:
    """The draft of that: the id of its model, and what is asked of it."""
    prepared = room.preparer.from_memory(ask, model, Task.IMAGINE)
    assert prepared.inputs is not None
    return prepared.model_id, prepared.ask


def full(room: Room, model: Model, **ask: Any) -> tuple[str, Ask] | None:
    """What the model's picture is a draft of."""
    fields: dict[str, Any] = {"prompt": "a fox", "seed": 5, **ask}
    found = as_full(room.catalogue, model, Ask(**fields), Task.IMAGINE)
    return None if found is None else (found[0].id, found[1])


# -- a draft ----------------------------------------------------------------------------------------------


async def test_a_draft_is_made_by_the_quick_one_of_the_family() -> None:
    room = await Room(ULTRA, USUAL, FAST).ready()
    model, ask = drafted(room, replace(DRAFT_OF_ANY, aspect_ratio="16:9", seed=3))
    assert (model, ask) == (FAST.id, Ask(prompt="a fox", aspect_ratio="16:9", seed=3, draft_of=ULTRA.id))


async def test_a_model_that_can_take_less_care_makes_its_own_draft() -> None:
    room = await Room(IDEOGRAM, a_model("model_turbo", name="Ideogram 4 Turbo")).ready()
    model, ask = drafted(room, model=IDEOGRAM.id)
    assert (model, ask.draft_of) == (IDEOGRAM.id, IDEOGRAM.id)
    assert ask.model_settings == {"renderingSpeed": "TURBO"}


async def test_a_draft_that_is_made_stays_what_it_is() -> None:
    room = await Room(ULTRA, FAST).ready()
    model, ask = drafted(room)
    assert drafted(room, ask, model) == (model, ask)


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
        drafted(room, model=models[0].id)
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
    assert drafted(room, model=seeing.id)[0] == FAST.id
    with pytest.raises(InvalidInputs):
        drafted(room, replace(DRAFT_OF_ANY, files=(reference,)), seeing.id)
    with pytest.raises(InvalidInputs):  # both say how much care is taken
        drafted(room, replace(DRAFT_OF_ANY, model_settings={"renderingspeed": "QUALITY"}), IDEOGRAM.id)


async def test_a_draft_of_several_is_judged_job_by_job() -> None:
    room = await Room(ULTRA, FAST, IDEOGRAM).ready()
    for model, quick in ((ULTRA, FAST), (IDEOGRAM, IDEOGRAM)):  # neither makes more than one at once
        prepared = room.preparer.from_memory(replace(DRAFT_OF_ANY, count=4), model.id, Task.IMAGINE)
        asks = [prepared.ask, *(one.ask for one in prepared.others)]
        assert [one.draft_of for one in asks] == [model.id] * 4
        assert prepared.model_id == quick.id


async def test_a_draft_of_permutations_is_judged_prompt_by_prompt() -> None:
    brief = replace(PROMPT, max_length=8)
    room = await Room(replace(ULTRA, inputs=(brief, SEED)), replace(FAST, inputs=(brief, SEED))).ready()
    asked = replace(DRAFT_OF_ANY, prompt="{red, blue, green} fox")
    with pytest.raises(InvalidInputs) as refused:
        room.preparer.from_memory(asked, ULTRA.id, Task.IMAGINE)
    assert refused.value.problems[0].given == "green fox"
    prepared = room.preparer.from_memory(replace(asked, prompt="{red, blue} fox"), ULTRA.id, Task.IMAGINE)
    asks = [prepared.ask, *(one.ask for one in prepared.others)]
    assert [(one.prompt, one.draft_of) for one in asks] == [("red fox", ULTRA.id), ("blue fox", ULTRA.id)]


@pytest.mark.parametrize(
    ("mistake", "named", "rule"),
    [
        ({"aspect_ratio": "7:3"}, "aspect_ratio", Constraint.ALLOWED),
        ({"prompt": ""}, "prompt", Constraint.REQUIRED),
        ({"model_settings": {"wildnes": 1}}, "wildnes", Constraint.UNKNOWN),
    ],
)
async def test_a_members_own_mistake_is_told_as_itself(
    mistake: dict[str, Any], named: str, rule: Constraint
) -> None:
    room = await Room(ULTRA, FAST).ready()
    with pytest.raises(InvalidInputs) as refused:
        drafted(room, replace(DRAFT_OF_ANY, **mistake))
    (problem,) = refused.value.problems
    assert (problem.label, problem.rule, refused.value.model_name) == (named, rule, ULTRA.name)


async def test_who_says_how_much_care_is_taken_gets_the_quick_one_once_it_is_read() -> None:
    quick = replace(FAST, name="Ideogram 4 Fast", inputs=(PROMPT, SEED, SPEED))
    room = await Room(IDEOGRAM, quick).listed()
    await room.catalogue.read(IDEOGRAM.id)
    asked = replace(DRAFT_OF_ANY, model_settings={"renderingSpeed": "QUALITY"})
    assert room.preparer.from_memory(asked, IDEOGRAM.id, Task.IMAGINE).missing == quick.id
    prepared = await room.preparer.by_reading(asked, IDEOGRAM.id, Task.IMAGINE)
    assert (prepared.model_id, prepared.ask.draft_of) == (quick.id, IDEOGRAM.id)
    # who says nothing of it waits for nobody
    assert room.preparer.from_memory(DRAFT_OF_ANY, IDEOGRAM.id, Task.IMAGINE).missing is None


async def test_the_models_that_may_draft_are_read_first() -> None:
    room = await Room(ULTRA, FAST).listed()
    assert room.preparer.from_memory(DRAFT_OF_ANY, ULTRA.id, Task.IMAGINE).missing == ULTRA.id
    prepared = await room.preparer.by_reading(DRAFT_OF_ANY, ULTRA.id, Task.IMAGINE)
    assert (prepared.model_id, prepared.ask.draft_of) == (FAST.id, ULTRA.id)
    assert prepared.inputs is not None
    assert set(prepared.inputs) == {"prompt", "seed"}


# -- in full ----------------------------------------------------------------------------------------------


async def test_a_draft_is_made_full_by_the_model_that_it_was_asked_of() -> None:
    room = await Room(ULTRA, USUAL, FAST).ready()
    found = full(room, FAST, draft_of=ULTRA.id, aspect_ratio="16:9", negative_prompt="rain")
    wanted = Ask(prompt="a fox", seed=5, aspect_ratio="16:9", negative_prompt="rain")
    assert found == (ULTRA.id, wanted)


async def test_what_a_quick_model_made_is_made_full_by_the_next_of_its_family() -> None:
    room = await Room(ULTRA, USUAL, FAST).ready()
    assert full(room, FAST) == (USUAL.id, Ask(prompt="a fox", seed=5))
    without = await Room(ULTRA, FAST).ready()
    assert full(without, FAST) == (ULTRA.id, Ask(prompt="a fox", seed=5))
    assert full(room, USUAL) is None
    assert full(room, ULTRA) is None


async def test_what_the_full_model_does_not_take_is_left_out_and_nothing_else() -> None:
    room = await Room(USUAL, FAST).ready()
    asked: dict[str, Any] = {
        "aspect_ratio": "16:9",
        "negative_prompt": "rain",
        "model_settings": {"wildness": 1},
    }
    assert full(room, FAST, **asked) == (USUAL.id, Ask(prompt="a fox", seed=5))
    takes = await Room(ULTRA, FAST).ready()
    kept = Ask(prompt="a fox", seed=5, aspect_ratio="16:9", negative_prompt="rain")
    assert full(takes, FAST, **asked) == (ULTRA.id, kept)


@pytest.mark.parametrize("name", ["renderingSpeed", "Rendering Speed"])
async def test_what_was_made_with_less_care_is_made_with_the_usual(name: str) -> None:
    room = await Room(IDEOGRAM).ready()
    found = full(room, IDEOGRAM, model_settings={name: "TURBO"}, draft_of=IDEOGRAM.id)
    assert found == (IDEOGRAM.id, Ask(prompt="a fox", seed=5))
    assert full(room, IDEOGRAM, model_settings={name: "QUALITY"}) is None
    assert full(room, IDEOGRAM) is None


async def test_a_full_model_that_takes_no_such_seed_or_is_gone_makes_nothing_full() -> None:
    bounded = replace(ULTRA, inputs=(PROMPT, replace(SEED, max=4)))
    assert full(await Room(bounded, FAST).ready(), FAST) is None
    assert full(await Room(replace(ULTRA, tags=("deprecated:x",)), FAST).ready(), FAST) is None
    assert full(await Room(ULTRA, FAST).ready(), FAST, seed=None) is None
    unread = await Room(ULTRA, FAST).listed()
    assert full(unread, FAST) is None
