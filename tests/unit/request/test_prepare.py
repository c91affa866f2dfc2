"""Which model, with which trained models, and which inputs: from memory, and by reading."""

from typing import Any

import pytest

from bot.catalogue import ModelFault
from bot.catalogue.tasks import Task
from bot.refusals import InvalidInputs, ModelUnusable, NoDefaultModel, UnknownModel
from bot.request.ask import Ask, InputFile, TrainedModel, sources_of
from bot.scenario.api.errors import NotFound
from bot.scenario.api.records import Input, LorasInputs, Model
from bot.schema.constraints import Constraint
from bot.schema.trained import TRAINED
from tests.support.builders import PROMPT, SEED, a_model
from tests.support.preparing import Room

BASE_ID = "model_bfl-flux-1-dev"
LORAS = Input(name="loras", type="model_array", model_types=("flux.1-lora",), max_length=6)
SCALES = Input(name="lorasScale", type="number_array", min=0, max=2, step=0.05)
ONE = Input(name="modelId", type="model", model_types=("flux.1-lora", "flux.1-composition"))
BASE = a_model(
    BASE_ID,
    name="Flux 1 Dev",
    tags=(),
    inputs=(PROMPT, SEED, LORAS, SCALES, ONE),
    loras=LorasInputs(models="loras", scales="lorasScale", model_id="modelId"),
)
VIDEO = a_model("model_video", name="Film", capabilities=("txt2video",), tags=("sc:featured",))


def trained(id_: str, name: str, type_: str = "flux.1-lora", **more: Any) -> Model:
    return a_model(id_, name=name, type=type_, privacy="private", tags=(), inputs=None, **more)


INK, CLAY = trained("model_ink", "Ink Lines"), trained("model_clay", "Clay World")
BLEND = trained("model_blend", "Ink and Clay", "flux.1-composition")
ODD = trained("model_odd", "Odd One", "never-seen-lora")


@pytest.fixture
async def room() -> Room:
    return await Room(a_model(), BASE, VIDEO, INK, CLAY, BLEND, ODD).ready()


async def test_a_model_by_name_is_checked_and_composed_from_memory(room: Room) -> None:
    prepared = room.preparer.from_memory(Ask(prompt="a fox"), "flux", Task.IMAGINE)
    assert (prepared.model_id, prepared.model_name, prepared.missing) == ("model_flux", "Flux", None)
    assert prepared.inputs is not None
    assert prepared.inputs["prompt"] == "a fox"


async def test_without_a_name_the_task_chooses(room: Room) -> None:
    assert room.preparer.from_memory(Ask(prompt="a fox"), None, Task.VIDEO).model_id == "model_video"
    assert room.preparer.from_memory(Ask(prompt="a fox"), None, Task.IMAGINE).model_id == "model_flux"


async def test_a_trained_model_runs_on_its_base(room: Room) -> None:
    prepared = room.preparer.from_memory(Ask(prompt="a fox"), "Ink Lines", Task.IMAGINE)
    assert prepared.model_id == BASE_ID
    assert prepared.ask.trained_models == (TrainedModel(model_id="model_ink", name="Ink Lines"),)
    assert prepared.inputs is not None
    assert prepared.inputs["loras"] == ["model_ink"]


async def test_a_composition_goes_where_one_model_is_wanted(room: Room) -> None:
    prepared = room.preparer.from_memory(Ask(prompt="a fox"), "model_blend", Task.IMAGINE)
    assert prepared.inputs is not None
    assert prepared.inputs["modelId"] == "model_blend"
    assert "loras" not in prepared.inputs


async def test_several_trained_models_with_their_scales(room: Room) -> None:
    named = (
        TrainedModel(model_id="ink lines", name="ink lines", scale=0.8),
        TrainedModel(model_id="model_clay", name="x", scale=0.4),
    )
    prepared = room.preparer.from_memory(Ask(prompt="a fox", trained_models=named), None, Task.IMAGINE)
    assert prepared.model_id == BASE_ID
    assert prepared.inputs is not None
    assert prepared.inputs["loras"] == ["model_ink", "model_clay"]
    assert prepared.inputs["lorasScale"] == [0.8, 0.4]


async def test_an_unknown_trained_model_is_refused_with_what_is_near(room: Room) -> None:
    trained_models = (TrainedModel(model_id="Ink Lyne", name="Ink Lyne"),)
    with pytest.raises(UnknownModel) as refused:
        room.preparer.from_memory(Ask(prompt="a fox", trained_models=trained_models), None, Task.IMAGINE)
    assert "Ink Lines" in refused.value.nearest


async def test_a_model_that_takes_no_trained_models_says_so(room: Room) -> None:
    trained_models = (TrainedModel(model_id="model_ink", name="Ink Lines"),)
    with pytest.raises(InvalidInputs):
        room.preparer.from_memory(
            Ask(prompt="a fox", trained_models=trained_models), "model_flux", Task.IMAGINE
        )


async def test_trained_models_without_a_base_in_common_are_refused_as_what_was_asked_for(room: Room) -> None:
    mixed = (TrainedModel(model_id="model_ink", name="x"), TrainedModel(model_id="model_odd", name="x"))
    with pytest.raises(InvalidInputs) as refused:
        room.preparer.from_memory(Ask(prompt="a fox", trained_models=mixed), None, Task.IMAGINE)
    (problem,) = refused.value.problems
    assert (problem.input, problem.label, problem.rule) == (TRAINED, TRAINED, Constraint.MIXED)


async def test_a_cold_schema_is_missing_until_it_is_read() -> None:
    room = Room(a_model(), BASE, INK)
    await room.catalogue.refresh()
    cold = room.preparer.from_memory(Ask(prompt="a fox"), "Ink Lines", Task.IMAGINE)
    assert (cold.inputs, cold.missing, cold.model_name) == (None, BASE_ID, "Ink Lines")
    prepared = await room.preparer.by_reading(Ask(prompt="a fox"), cold.model_id, Task.IMAGINE)
    assert prepared.model_id == BASE_ID
    assert prepared.inputs is not None
    assert prepared.inputs["loras"] == ["model_ink"]


async def test_a_trained_model_without_a_base_is_tried_at_its_own_id(room: Room) -> None:
    prepared = await room.preparer.by_reading(Ask(prompt="a fox"), "model_odd", Task.IMAGINE)
    assert prepared.model_id == "model_odd"
    assert prepared.ask.trained_models == ()


async def test_where_the_base_does_not_exist_the_trained_model_is_tried_at_its_own_id() -> None:
    room = Room(a_model(), INK)
    await room.catalogue.refresh()
    prepared = await room.preparer.by_reading(Ask(prompt="a fox"), "model_ink", Task.IMAGINE)
    assert prepared.model_id == "model_ink"
    assert prepared.inputs is not None
    assert prepared.inputs["prompt"] == "a fox"


async def test_a_model_that_nobody_knows_is_read_by_its_id_and_may_not_be_there(room: Room) -> None:
    assert room.preparer.from_memory(Ask(prompt="x"), "model_new", Task.IMAGINE).missing == "model_new"
    with pytest.raises(NotFound):
        await room.preparer.by_reading(Ask(prompt="x"), "model_new", Task.IMAGINE)


async def test_before_the_listing_nothing_is_refused() -> None:
    room = Room(a_model())
    assert room.preparer.from_memory(Ask(prompt="x"), None, Task.IMAGINE).inputs is None
    assert room.preparer.from_memory(Ask(prompt="x"), "Flux", Task.IMAGINE).missing == "Flux"


async def test_without_any_model_for_the_task_there_is_no_default(room: Room) -> None:
    with pytest.raises(NoDefaultModel):
        room.preparer.from_memory(Ask(prompt="x"), None, Task.THREE_D)


async def test_another_mediums_model_is_refused(room: Room) -> None:
    with pytest.raises(ModelUnusable) as refused:
        room.preparer.from_memory(Ask(prompt="x"), "Film", Task.IMAGINE)
    assert refused.value.fault is ModelFault.OTHER_TASK


@pytest.mark.parametrize(
    ("ask", "sources"),
    [
        (Ask(prompt="x"), {"txt"}),
        (Ask(files=(InputFile(role="image", content_type="image/png"),)), {"img"}),
        (Ask(prompt="x", files=(InputFile(role="first_frame", content_type="image/*"),)), {"txt", "img"}),
        (Ask(files=(InputFile(role="video", content_type="video/mp4"),)), {"video"}),
        (Ask(files=(InputFile(role="mesh"),)), {"3d"}),
    ],
)
def test_what_there_is_to_make_it_from(ask: Ask, sources: set[str]) -> None:
    assert sources_of(ask) == sources


@pytest.mark.parametrize(
    "task", [Task.IMAGINE, Task.VIDEO, Task.MUSIC, Task.THREE_D, Task.EDIT, Task.GENERATE]
)
async def test_every_command_but_a_form_makes_one_where_the_model_would_make_four(task: Task) -> None:
    four = Input(name="numOutputs", type="number", min=1, max=4, step=1, default=4)
    able = ("txt2img", "img2img", "txt2video", "txt2audio", "txt23d")
    room = await Room(a_model(capabilities=able, inputs=(PROMPT, SEED, four))).ready()
    inputs = room.preparer.from_memory(Ask(prompt="a fox"), "flux", task).inputs or {}
    assert inputs.get("numOutputs") == (None if task is Task.GENERATE else 1)
