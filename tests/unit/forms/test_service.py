"""Forms: which model, whose draft, and what the answers ask for."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import pytest

from bot.catalogue import ModelFault
from bot.catalogue.tasks import Task
from bot.forms import Answers, Forms
from bot.forms.service import answers_of
from bot.refusals import ModelUnusable, NoSuchForm, NotAllowed, ScenarioSilent, UnknownModel
from bot.request.ask import Ask, InputFile, TrainedModel
from bot.scenario.api.errors import NotFound, PlanLocked, Unavailable
from bot.scenario.api.records import Input, Model
from bot.schema.inputs import Constraint
from tests.support.bench import Bench, a_bench
from tests.support.builders import OWNER, PROMPT, SEED, STRANGER, a_model

IMAGE = Input(name="image", type="file", required={"always": True}, label="Start")
SHAPE = Input(name="shape", type="string", allowed_values=("1:1", "16:9"), default="1:1")
TRAINED = Input(name="styles", type="model_array")
FULL = a_model(inputs=(SEED, SHAPE, PROMPT, IMAGE, TRAINED))
FILE = InputFile(role="image", filename="fox.png", url="https://cdn.test/fox.png", content_type="image/png")


@pytest.fixture
async def bench() -> AsyncGenerator[Bench]:
    async with a_bench() as made:
        made.studio.catalogued["model_flux"] = FULL
        await made.process.catalogue.refresh()
        yield made


async def known(bench: Bench) -> tuple[Forms, Model]:
    forms = bench.forms
    return forms, await forms.read("model_flux")


# -- models -------------------------------------------------------------------------------------------


async def test_a_model_is_found_by_name_and_read_only_when_asked(bench: Bench) -> None:
    forms = bench.forms
    bench.studio.calls.clear()
    assert forms.find(" flux ") == "model_flux"
    assert forms.known("model_flux") is None
    assert bench.studio.calls == []
    assert (await forms.read("model_flux")).inputs == FULL.inputs
    assert forms.known("model_flux") == FULL


async def test_an_id_that_no_listing_shows_may_still_be_there_and_a_word_may_not(bench: Bench) -> None:
    assert bench.forms.find("model_tomorrow") == "model_tomorrow"
    assert bench.forms.find("wflow_tomorrow") == "wflow_tomorrow"
    with pytest.raises(UnknownModel):
        bench.forms.find("no such model")


async def test_what_cannot_be_used_is_refused_wherever_it_is_learned(bench: Bench) -> None:
    bench.studio.catalogued["model_old"] = a_model("model_old", name="Old", tags=("deprecated:model_flux",))
    forms = bench.forms
    with pytest.raises(ModelUnusable):
        await forms.read("model_old")
    with pytest.raises(ModelUnusable):
        forms.known("model_old")
    await bench.process.catalogue.refresh()
    with pytest.raises(ModelUnusable):
        forms.find("Old")


async def test_scenarios_no_and_its_silence_are_told_apart(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    for error, refusal in (
        (NotFound("no"), UnknownModel),
        (Unavailable("down"), ScenarioSilent),
        (PlanLocked("no", required_plan="pro"), ModelUnusable),
    ):

        async def model(_: str, error: Exception = error) -> Model:
            raise error

        monkeypatch.setattr(bench.studio, "model", model)
        with pytest.raises(refusal) as told:
            await bench.forms.read("model_new")
        if isinstance(told.value, ModelUnusable):
            assert (told.value.fault, told.value.detail) == (ModelFault.PLAN, "pro")


async def test_a_record_without_a_schema_is_not_asked_for_again_and_again(bench: Bench) -> None:
    bench.studio.catalogued["model_bare"] = a_model("model_bare", inputs=None)
    forms = bench.forms
    assert (await forms.read("model_bare")).inputs is None
    assert forms.known("model_bare") is not None
    draft = await forms.begin("1", OWNER, "model_bare")
    draft = await forms.fill(draft.id, OWNER, {"prompt": "a fox"}, {})
    model = forms.known("model_bare")
    assert model is not None
    assert forms.look(draft, model).ask == Ask(prompt="a fox")


async def test_the_form_of_a_trained_model_is_its_bases_and_that_of_any_other_its_own(bench: Bench) -> None:
    ink = a_model("model_ink", name="Ink", type="flux.1-lora", privacy="private", tags=(), inputs=None)
    base = a_model("model_bfl-flux-1-dev", name="Flux 1 Dev", tags=(), inputs=(PROMPT, TRAINED))
    bench.studio.catalogued |= {one.id: one for one in (ink, base)}
    await bench.process.catalogue.refresh()
    forms = bench.forms
    worn = Ask(trained_models=(TrainedModel(model_id="model_ink", name="Ink"),))
    assert forms.on_base("model_ink") == ("model_bfl-flux-1-dev", worn)
    assert forms.on_base("model_flux") == ("model_flux", None)
    assert forms.on_base("model_tomorrow") == ("model_tomorrow", None)


@pytest.mark.parametrize(
    ("filled_in", "asked"),
    [({}, "sing"), ({"text": "dance"}, "dance"), ({"text": ""}, ""), ({"seed": "5"}, "sing")],
)
async def test_words_that_came_before_the_schema_stand_in_the_prompts_own_field_until_it_is_filled_in(
    bench: Bench, filled_in: dict[str, str], asked: str
) -> None:
    text = Input(name="text", type="string", prompt=True)
    cold = a_model("model_cold", name="Cold", inputs=(text, SEED))
    bench.studio.catalogued["model_cold"] = cold
    await bench.process.catalogue.refresh()
    forms = bench.forms
    model_id, answers = forms.of_ask("model_cold", Ask(prompt="sing"))
    await forms.begin("9", OWNER, model_id, answers=answers)
    filled = forms.look(await forms.fill("9", OWNER, filled_in, {}), await forms.read(model_id))
    assert (filled.ask.prompt, filled.problems) == (asked, ())
    assert filled.draft.answers.values["text"] == asked  # what the field shows


# -- drafts -------------------------------------------------------------------------------------------


async def test_a_draft_is_its_owners_alone(bench: Bench) -> None:
    forms = bench.forms
    await forms.begin("1", OWNER, "model_flux")
    for act in (
        forms.get("1", STRANGER),
        forms.fill("1", STRANGER, {}, {}),
        forms.clear("1", STRANGER),
        forms.discard("1", STRANGER),
    ):
        with pytest.raises(NotAllowed):
            await act
    assert (await forms.get("1", OWNER)).owner_id == OWNER


async def test_a_draft_ends_after_a_day_also_before_it_is_swept(bench: Bench) -> None:
    forms = bench.forms
    await forms.begin("1", OWNER, "model_flux")
    bench.clock.jump(timedelta(hours=24).total_seconds())
    await forms.get("1", OWNER)
    assert await forms.erase() == 0
    bench.clock.jump(1)
    with pytest.raises(NoSuchForm):
        await forms.get("1", OWNER)
    assert await forms.erase() == 1


async def test_a_page_changes_its_own_fields_and_no_file_leaves_the_one_before(bench: Bench) -> None:
    forms = bench.forms
    await forms.begin("1", OWNER, "model_flux")
    await forms.fill("1", OWNER, {"prompt": "a fox", "shape": ["16:9"]}, {"image": (FILE,)})
    draft = await forms.fill("1", OWNER, {"prompt": "", "seed": "5"}, {"image": ()})
    assert draft.answers == Answers(values={"shape": ["16:9"], "seed": "5"}, files={"image": (FILE,)})
    assert await forms.get("1", OWNER) == draft
    assert (await forms.clear("1", OWNER)).answers == Answers()


async def test_a_text_that_no_modal_can_show_whole_is_not_cut_by_one(bench: Bench) -> None:
    forms = bench.forms
    long = "x" * 4000 + "the end"
    await forms.begin("1", OWNER, "model_flux", answers=Answers(values={"prompt": long}))
    draft = await forms.fill("1", OWNER, {"prompt": "x" * 4000}, {})
    assert draft.answers.values["prompt"] == long
    draft = await forms.fill("1", OWNER, {"prompt": "x" * 3999}, {})
    assert draft.answers.values["prompt"] == "x" * 3999


# -- answers ------------------------------------------------------------------------------------------


async def test_answers_become_a_prompt_settings_and_files_by_the_inputs_names(bench: Bench) -> None:
    forms, model = await known(bench)
    await forms.begin("1", OWNER, model.id)
    values: dict[str, Any] = {"prompt": "a fox", "shape": ["16:9"], "seed": "5", "styles": "Flux, model_x"}
    draft = await forms.fill("1", OWNER, values, {"image": (FILE,)})
    filled = forms.look(draft, model)
    assert filled.problems == ()
    assert filled.ask == Ask(
        prompt="a fox",
        model_settings={"shape": "16:9", "seed": "5", "styles": ["model_flux", "model_x"]},
        files=(FILE,),
    )
    assert filled.task is Task.GENERATE


async def test_a_default_that_was_left_as_it_was_is_not_sent(bench: Bench) -> None:
    forms, model = await known(bench)
    await forms.begin("1", OWNER, model.id)
    draft = await forms.fill("1", OWNER, {"prompt": "a fox", "shape": ["1:1"]}, {"image": (FILE,)})
    assert forms.look(draft, model).ask.model_settings == {}


async def test_what_is_missing_or_wrong_is_named_and_its_page_is_known(bench: Bench) -> None:
    forms, model = await known(bench)
    draft = await forms.begin("1", OWNER, model.id)
    assert {one.input for one in forms.look(draft, model).problems} == {"prompt", "image"}
    draft = await forms.fill("1", OWNER, {"prompt": "a fox", "seed": "-1"}, {"image": (FILE,)})
    filled = forms.look(draft, model)
    assert [one.input for one in filled.problems] == ["seed"]
    assert filled.faulty == 0


async def test_a_workflow_is_run_as_one_and_a_film_is_one(bench: Bench) -> None:
    draft = await bench.forms.begin("1", OWNER, "x")
    workflow = Model(id="x", name="X", type="workflow", inputs=())
    assert bench.forms.look(draft, workflow).task is Task.WORKFLOW
    film = Model(id="x", name="X", capabilities=("reference", "img2video"), inputs=())
    assert bench.forms.look(draft, film).task is Task.GENERATE


async def test_an_earlier_request_is_a_form_again_with_another_seed(bench: Bench) -> None:
    forms, model = await known(bench)
    ask = Ask(prompt="a fox", aspect_ratio="16:9", seed=5, files=(FILE,))
    sent: dict[str, Any] = {
        "prompt": "a fox",
        "shape": "16:9",
        "seed": 5,
        "image": "upload:0",
        "styles": ["model_x"],
    }
    answers = answers_of(model, ask, sent, parent_id="77")
    filled = forms.look(await forms.begin("1", OWNER, model.id, answers=answers), model)
    assert filled.problems == ()
    assert filled.ask == Ask(
        prompt="a fox", model_settings={"shape": "16:9", "styles": ["model_x"]}, files=(FILE,)
    )
    assert filled.draft.answers.parent_id == "77"
    whole = answers_of(model, ask, {**sent, "image": "data:image/png;base64,aGVsbG8="})
    assert whole.files == {}  # neither a file of the member's nor an asset
    kept = answers_of(model, ask, {**sent, "image": "asset_1"})
    assert kept.files == {"image": (InputFile(role="image", asset_id="asset_1"),)}
    empty = await forms.begin("2", OWNER, model.id, answers=answers_of(model, Ask(), parent_id="77"))
    assert (bool(empty.answers), empty.answers.parent_id) == (False, "77")
    assert answers_of(model, ask).files == {"image": (FILE,)}


async def test_a_choice_in_a_second_select_takes_the_place_of_the_one_in_the_first(bench: Bench) -> None:
    language = Input(name="language", type="string", allowed_values=tuple(f"l{n}" for n in range(45)))
    tags = Input(name="tags", type="string_array", allowed_values=tuple(f"t{n}" for n in range(30)))
    model = a_model("model_many", name="Many", inputs=(language, tags))
    forms = bench.forms
    await forms.begin("9", OWNER, "model_many")
    await forms.fill("9", OWNER, {"language~1": ["l3"], "tags+1": ["t1"]}, {})
    both = {"language~1": ["l3"], "language~2": ["l40"], "tags+1": ["t1"], "tags+2": ["t29"]}
    filled = forms.look(await forms.fill("9", OWNER, both, {}), model)
    assert filled.problems == ()
    assert filled.ask.model_settings == {"language": "l40", "tags": ["t1", "t29"]}
    assert answers_of(model, filled.ask).values == {
        "language~2": ["l40"],
        "tags+1": ["t1"],
        "tags+2": ["t29"],
    }


async def test_two_choices_at_once_of_one_value_are_refused(bench: Bench) -> None:
    language = Input(name="language", type="string", allowed_values=tuple(f"l{n}" for n in range(45)))
    model = a_model("model_many", name="Many", inputs=(language,))
    await bench.forms.begin("9", OWNER, "model_many")
    both = {"language~1": ["l3"], "language~2": ["l40"]}
    filled = bench.forms.look(await bench.forms.fill("9", OWNER, both, {}), model)
    assert [(one.input, one.rule) for one in filled.problems] == [("language", Constraint.TWICE)]
    assert filled.faulty == 0
