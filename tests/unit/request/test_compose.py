"""A member's words become the inputs of whatever model they chose."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.request.ask import Ask, InputFile, TrainedModel, pending_files, with_assets
from bot.request.compose import choose_seed, compose
from bot.scenario.api.records import Input, Json, LorasInputs, Model, SizePreset, SizePresets
from bot.schema.inputs import Constraint, check

PROMPT = Input(
    name="prompt",
    type="string",
    label="Prompt",
    prompt=True,
    required={"always": True},
    min_length=1,
    max_length=20,
)
NEGATIVE = Input(name="negativePrompt", type="string", max_length=10, prompt=True)
SEED = Input(name="seed", type="number", min=0, max=2147483647)
COUNT = Input(name="numOutputs", type="number", label="Image Count", min=1, max=4, step=1, default=1)
RATIO = Input(name="aspectRatio", type="string", allowed_values=("1:1", "16:9"), default="1:1")
SIZES = SizePresets(
    width_input="width",
    height_input="height",
    presets=(SizePreset(label="16:9", width=1344, height=768), SizePreset(label="Auto")),
)


def model(*inputs: Input, sizes: SizePresets | None = None) -> Model:
    return Model(id="model_a", name="A", inputs=inputs, sizes=sizes)


FULL = model(NEGATIVE, PROMPT, SEED, COUNT, RATIO)
SIDES = model(
    PROMPT,
    Input(name="width", type="number", min=16, max=2048, step=16),
    Input(name="height", type="number", min=16, max=2048, step=16),
    sizes=SIZES,
)
BARE = model(PROMPT)


@pytest.mark.parametrize(
    ("ask", "one", "seed", "body"),
    [
        (Ask(prompt="p"), BARE, 7, {"prompt": "p"}),
        (Ask(prompt="p"), FULL, 7, {"prompt": "p", "seed": 7}),
        (Ask(prompt="p"), FULL, None, {"prompt": "p"}),
        (Ask(prompt="p", seed=3), FULL, 7, {"prompt": "p", "seed": 3}),
        (Ask(prompt="p", seed=0), FULL, 7, {"prompt": "p", "seed": 0}),
        # a seed of ours that the model does not take is not the member's problem
        (Ask(prompt="p"), FULL, -1, {"prompt": "p"}),
        (
            Ask(prompt="p", aspect_ratio="16x9", count=3, seed=5, negative_prompt="n"),
            FULL,
            None,
            {"prompt": "p", "aspectRatio": "16:9", "numOutputs": 3, "seed": 5, "negativePrompt": "n"},
        ),
        (Ask(prompt="p", aspect_ratio="16:9"), SIDES, 7, {"prompt": "p", "width": 1344, "height": 768}),
        (Ask(prompt="p", aspect_ratio="auto"), SIDES, 7, {"prompt": "p"}),
        (Ask(prompt="p", count=1), BARE, None, {"prompt": "p"}),
        (Ask(prompt="p", count=1), FULL, None, {"prompt": "p", "numOutputs": 1}),
        (Ask(prompt="p", negative_prompt="", aspect_ratio=""), BARE, None, {"prompt": "p"}),
        (Ask(prompt="p"), model(Input(name="text", type="string")), None, {"text": "p"}),
        (Ask(prompt="p"), model(Input(name="words", type="string", prompt=True)), None, {"words": "p"}),
        (
            Ask(prompt="p", count=2),
            model(PROMPT, Input(name="batch_size", type="number", allowed_values=("1", "2"))),
            None,
            {"prompt": "p", "batch_size": "2"},
        ),
        (Ask(prompt="p"), model(PROMPT, Input(name="seed", type="string")), 9, {"prompt": "p", "seed": "9"}),
        (
            Ask(prompt="p", aspect_ratio="landscape"),
            Model(id="m", name="M"),
            9,
            {"prompt": "p", "aspectRatio": "16:9"},
        ),
    ],
)
def test_only_what_was_asked_is_sent(ask: Ask, one: Model, seed: int | None, body: dict[str, Any]) -> None:
    told = compose(ask, one, seed=seed)
    assert told.problems == ()
    assert told.values == body


@pytest.mark.parametrize(
    ("ask", "one", "name", "label", "rule"),
    [
        (Ask(prompt="p" * 21), FULL, "prompt", "prompt", Constraint.TOO_LONG),
        (Ask(prompt=""), FULL, "prompt", "prompt", Constraint.REQUIRED),
        (Ask(prompt="p", count=9), FULL, "numOutputs", "count", Constraint.MAX),
        (Ask(prompt="p", seed=-4), FULL, "seed", "seed", Constraint.MIN),
        (Ask(prompt="p", aspect_ratio="3:2"), FULL, "aspect_ratio", "aspect_ratio", Constraint.ALLOWED),
        (
            Ask(prompt="p", negative_prompt="n" * 11),
            FULL,
            "negativePrompt",
            "negative_prompt",
            Constraint.TOO_LONG,
        ),
        (Ask(prompt="p", aspect_ratio="1:1"), SIDES, "aspect_ratio", "aspect_ratio", Constraint.ALLOWED),
        (Ask(prompt="p", aspect_ratio="1:1"), BARE, "aspect_ratio", "aspect_ratio", Constraint.UNKNOWN),
        (Ask(prompt="p", count=2), BARE, "count", "count", Constraint.MAX),
        (Ask(prompt="p", seed=2), BARE, "seed", "seed", Constraint.UNKNOWN),
        (
            Ask(prompt="p", negative_prompt="n"),
            BARE,
            "negative_prompt",
            "negative_prompt",
            Constraint.UNKNOWN,
        ),
        (Ask(prompt="p"), model(SEED), "prompt", "prompt", Constraint.UNKNOWN),
        (Ask(prompt="p", seed=2), Model(id="m", name="M"), "seed", "seed", Constraint.UNKNOWN),
        (Ask(prompt="p", count=2), Model(id="m", name="M"), "count", "count", Constraint.MAX),
        (
            Ask(prompt="p", negative_prompt="n"),
            Model(id="m", name="M"),
            "negative_prompt",
            "negative_prompt",
            Constraint.UNKNOWN,
        ),
        (
            Ask(prompt="p", aspect_ratio="x"),
            Model(id="m", name="M"),
            "aspect_ratio",
            "aspect_ratio",
            Constraint.ALLOWED,
        ),
    ],
)
def test_what_does_not_fit_is_named_in_our_words(
    ask: Ask, one: Model, name: str, label: str, rule: Constraint
) -> None:
    (problem,) = compose(ask, one, seed=None).problems
    assert (problem.input, problem.label, problem.rule) == (name, label, rule)


@pytest.mark.parametrize("one", [BARE, Model(id="m", name="M")])
def test_a_model_that_makes_one_says_so(one: Model) -> None:
    (problem,) = compose(Ask(prompt="p", count=4), one, seed=None).problems
    assert (problem.given, problem.minimum, problem.maximum, problem.nearest) == (4, 1, 1, (1,))


def test_every_problem_is_told_at_once() -> None:
    ask = Ask(prompt="", aspect_ratio="9:1", count=0, seed=-1)
    found = [problem.label for problem in compose(ask, FULL, seed=None).problems]
    assert sorted(found) == ["aspect_ratio", "count", "prompt", "seed"]


def test_what_only_the_model_demands_keeps_its_own_name() -> None:
    picture = Input(name="image", type="file", label="Picture", required={"always": True})
    (problem,) = compose(Ask(prompt="p"), model(PROMPT, picture), seed=None).problems
    assert (problem.input, problem.label, problem.rule) == ("image", "Picture", Constraint.REQUIRED)


@given(
    low=st.none() | st.integers(-10, 100),
    span=st.none() | st.integers(0, 2**70),
    step=st.sampled_from([None, 1.0, 7.0]),
    salt=st.integers(0, 5),
)
def test_a_chosen_seed_is_accepted(low: int | None, span: int | None, step: float | None, salt: int) -> None:
    high = None if span is None else float((low or 0) + span)
    spec = Input(name="seed", type="number", min=None if low is None else float(low), max=high, step=step)
    seed = choose_seed(model(PROMPT, spec), Random(salt))
    if seed is None:
        assert high is not None
        return
    assert not check(model(spec), {"seed": seed}).problems
    assert 0 <= seed < 2**53 or (high is not None and high < 0)


def test_seeds_spread_over_the_usual_range() -> None:
    random = Random(1)
    free = model(PROMPT, Input(name="seed", type="number"))
    seeds = [choose_seed(free, random) for _ in range(200)]
    assert all(seed is not None and 0 <= seed < 2**31 for seed in seeds)
    assert len(set(seeds)) > 190


def test_no_seed_where_none_is_taken() -> None:
    assert choose_seed(BARE, Random(1)) is None
    assert choose_seed(Model(id="m", name="M"), Random(1)) is None
    fixed = Input(name="seed", type="number", allowed_values=(4, 8))
    assert choose_seed(model(fixed), Random(1)) in (4, 8)


# -- more of our words --------------------------------------------------------------------------------

VEO = model(
    PROMPT,
    Input(name="duration", type="string", allowed_values=("4s", "6s", "8s"), label="Duration"),
    Input(name="generateAudio", type="boolean", required={"always": True}),
    Input(name="resolution", type="string", allowed_values=("720p", "1080p")),
    Input(name="image", type="file"),
    Input(name="lastFrameImage", type="file", required={"ifDefined": {"loop": "m"}}),
    Input(name="referenceImages", type="file_array", max_length=3),
)
MUSIC = model(
    PROMPT,
    Input(name="durationSeconds", type="number", min=3, max=600, step=1),
    Input(name="forceInstrumental", type="boolean"),
    Input(name="lyrics", type="string", prompt=True, max_length=3500),
    Input(name="outputFormat", type="string", allowed_values=("mp3", "wav")),
)
SPEECH = model(
    Input(name="text", type="string", required={"always": True}, max_length=100),
    Input(name="voiceId", type="string"),
    Input(name="publicVoice", type="string", allowed_values=("Ada", "Bo")),
)


@pytest.mark.parametrize(
    ("one", "options", "body"),
    [
        (VEO, {"duration": 6, "sound": True}, {"duration": "6s", "generateAudio": True}),
        (VEO, {"seconds": "8", "sound": "no"}, {"duration": "8s", "generateAudio": False}),
        (VEO, {"sound": True, "resolution": 1080}, {"generateAudio": True, "resolution": "1080p"}),
        (VEO, {"sound": True, "loop": False, "duration": None}, {"generateAudio": True}),
        (
            MUSIC,
            {"duration": "30s", "instrumental": True},
            {"durationSeconds": 30, "forceInstrumental": True},
        ),
        (MUSIC, {"lyrics": "la la, la", "format": "WAV"}, {"lyrics": "la la, la", "outputFormat": "wav"}),
        # a word that is not ours is an input's own
        (MUSIC, {"output_format": "mp3"}, {"outputFormat": "mp3"}),
        (SPEECH, {"voice": "abc123"}, {"voiceId": "abc123"}),
    ],
)
def test_an_option_becomes_the_input_that_means_it(
    one: Model, options: dict[str, Json], body: dict[str, Json]
) -> None:
    told = compose(Ask(prompt="p", options=options), one, seed=None)
    assert told.problems == ()
    assert {name: value for name, value in told.values.items() if value != "p"} == body


def test_a_choice_that_takes_the_value_is_preferred() -> None:
    either = model(
        PROMPT,
        Input(name="voice", type="string", allowed_values=("Ada", "Bo")),
        Input(name="voiceId", type="string"),
    )
    for voice, name in (("bo", "voice"), ("x9", "voiceId")):
        told = compose(Ask(prompt="p", options={"voice": voice}), either, seed=None)
        assert name in told.values


@pytest.mark.parametrize(
    ("one", "options", "name", "label", "rule"),
    [
        (VEO, {"duration": 5, "sound": True}, "duration", "duration", Constraint.ALLOWED),
        (MUSIC, {"seconds": 2}, "durationSeconds", "seconds", Constraint.MIN),
        (MUSIC, {"voice": "Ada"}, "voice", "voice", Constraint.UNKNOWN),
        (MUSIC, {"loop": True}, "loop", "loop", Constraint.UNKNOWN),
        # silence is not what every model makes
        (MUSIC, {"sound": False}, "sound", "sound", Constraint.UNKNOWN),
        (MUSIC, {"duration": 9, "seconds": 8}, "durationSeconds", "seconds", Constraint.TWICE),
        (MUSIC, {"wobble": 1}, "wobble", "wobble", Constraint.UNKNOWN),
        (VEO, {}, "generateAudio", "generateAudio", Constraint.REQUIRED),
    ],
)
def test_an_option_that_does_not_fit_is_named_as_ours(
    one: Model, options: dict[str, Json], name: str, label: str, rule: Constraint
) -> None:
    (problem,) = compose(Ask(prompt="p", options=options), one, seed=None).problems
    assert (problem.input, problem.label, problem.rule) == (name, label, rule)


def test_the_only_text_that_is_demanded_takes_the_prompt() -> None:
    only = model(Input(name="speech", type="string", required={"always": True}))
    assert compose(Ask(prompt="p"), only, seed=None).values == {"speech": "p"}


def test_a_prompt_in_a_list_is_one_item_with_its_commas() -> None:
    many = model(Input(name="prompt", type="string_array", prompt=True))
    assert compose(Ask(prompt="a fox, at dusk"), many, seed=None).values == {"prompt": ["a fox, at dusk"]}


def test_nothing_is_asked_of_a_model_that_takes_no_words() -> None:
    cutout = model(Input(name="image", type="file", required={"always": True}, parent=True))
    told = compose(Ask(files=(InputFile(role="image", asset_id="asset_a"),)), cutout, seed=None)
    assert (told.values, told.problems) == ({"image": "asset_a"}, ())


# -- settings -----------------------------------------------------------------------------------------


def test_settings_are_inputs_by_name_and_are_checked() -> None:
    told = compose(Ask(prompt="p", model_settings={"num_outputs": "3", "seed": "5"}), FULL, seed=9)
    assert (told.values, told.problems) == ({"prompt": "p", "numOutputs": 3, "seed": 5}, ())


def test_a_prompt_may_come_by_its_name() -> None:
    told = compose(Ask(model_settings={"prompt": "p"}), FULL, seed=None)
    assert (told.values, told.problems) == ({"prompt": "p"}, ())


@pytest.mark.parametrize(
    ("ask", "label", "rule", "allowed"),
    [
        (
            Ask(prompt="p", count=2, model_settings={"numOutputs": 3}),
            "Image Count",
            Constraint.TWICE,
            ("count",),
        ),
        (Ask(prompt="p", model_settings={"prompt": "q"}), "Prompt", Constraint.TWICE, ("prompt",)),
        (Ask(prompt="p", seed=1, model_settings={"seed": 2}), "seed", Constraint.TWICE, ("seed",)),
        (
            Ask(prompt="p", aspect_ratio="1:1", model_settings={"aspectRatio": "16:9"}),
            "aspectRatio",
            Constraint.TWICE,
            ("aspect_ratio",),
        ),
        (Ask(prompt="p", model_settings={"num_outputs": 9}), "Image Count", Constraint.MAX, ()),
    ],
)
def test_a_setting_is_refused_by_the_inputs_own_name(
    ask: Ask, label: str, rule: Constraint, allowed: tuple[Json, ...]
) -> None:
    (problem,) = compose(ask, FULL, seed=None).problems
    assert (problem.label, problem.rule, problem.allowed) == (label, rule, allowed)


def test_an_unknown_setting_is_told_with_the_nearest() -> None:
    (problem,) = compose(Ask(prompt="p", model_settings={"numOutputz": 1}), FULL, seed=None).problems
    assert (problem.input, problem.rule, problem.nearest) == (
        "numOutputz",
        Constraint.UNKNOWN,
        ("numOutputs",),
    )


def test_without_a_schema_settings_go_as_they_are_and_the_rest_is_refused() -> None:
    bare = Model(id="m", name="M")
    assert compose(Ask(prompt="p", model_settings={"x": 1}), bare, seed=None).values == {
        "prompt": "p",
        "x": 1,
    }
    ask = Ask(
        prompt="p",
        options={"duration": 5},
        files=(InputFile(role="image", filename="a.png"),),
        trained_models=(TrainedModel(model_id="model_moss", name="Moss"),),
    )
    found = {(one.label, one.rule) for one in compose(ask, bare, seed=None).problems}
    assert found == {
        ("duration", Constraint.UNKNOWN),
        ("styles", Constraint.UNKNOWN),
        ("image", Constraint.NO_PLACE),
    }


# -- styles -------------------------------------------------------------------------------------------

BASE = Model(
    id="model_base",
    name="Base",
    loras=LorasInputs(models="loras", scales="lorasScale", model_id="modelId"),
    inputs=(
        PROMPT,
        Input(name="modelId", type="model", model_types=("flux.1-lora", "flux.1-composition")),
        Input(name="loras", type="model_array", model_types=("flux.1-lora",), max_length=6),
        Input(name="lorasScale", type="number_array", min=0, max=2, step=0.05),
    ),
)


def test_styles_become_the_bases_inputs() -> None:
    worn = (TrainedModel(model_id="a", name="A", scale=0.8), TrainedModel(model_id="b", name="B", scale=0.4))
    told = compose(Ask(prompt="p", trained_models=worn), BASE, seed=None)
    assert (told.values, told.problems) == (
        {"prompt": "p", "loras": ["a", "b"], "lorasScale": [0.8, 0.4]},
        (),
    )
    mix = TrainedModel(model_id="c", name="C", composition=True)
    assert compose(Ask(prompt="p", trained_models=(mix,)), BASE, seed=None).values["modelId"] == "c"


def test_styles_that_do_not_fit_are_named() -> None:
    strong = Ask(prompt="p", trained_models=(TrainedModel(model_id="a", name="A", scale=9),))
    assert [(one.label, one.rule) for one in compose(strong, BASE, seed=None).problems] == [
        ("A", Constraint.MAX)
    ]
    other = Ask(prompt="p", trained_models=(TrainedModel(model_id="z", name="Z"),))
    (problem,) = compose(other, BASE, seed=None, type_of={"z": "zimage-lora"}.get).problems
    assert (problem.label, problem.rule) == ("styles", Constraint.MODEL_TYPE)
    twice = Ask(
        prompt="p", trained_models=(TrainedModel(model_id="a", name="A"),), model_settings={"loras": "b"}
    )
    (problem,) = compose(twice, BASE, seed=None).problems
    assert (problem.input, problem.rule, problem.allowed) == ("loras", Constraint.TWICE, ("styles",))


# -- files --------------------------------------------------------------------------------------------


def test_files_are_placeholders_until_they_are_assets() -> None:
    files = (
        InputFile(role="first_frame", filename="a.png", content_type="image/png"),
        InputFile(role="last_frame", asset_id="asset_b"),
    )
    told = compose(Ask(prompt="p", options={"sound": False}, files=files), VEO, seed=None)
    assert told.problems == ()
    assert (told.values["image"], told.values["lastFrameImage"]) == ("upload:0", "asset_b")
    assert pending_files(told.values) == (0,)
    assert with_assets(told.values, {0: "asset_a"})["image"] == "asset_a"


def test_too_many_references_are_counted_as_ours() -> None:
    files = tuple(InputFile(role="reference", filename=f"{n}.png") for n in range(4))
    (problem,) = compose(Ask(prompt="p", options={"sound": False}, files=files), VEO, seed=None).problems
    assert (problem.label, problem.rule, problem.maximum) == ("reference", Constraint.TOO_LONG, 3)


def test_a_refused_file_is_not_also_missing() -> None:
    cutout = model(Input(name="image", type="file", required={"always": True}))
    clip = InputFile(role="image", filename="a.mp4", content_type="video/mp4")
    (problem,) = compose(Ask(files=(clip,)), cutout, seed=None).problems
    assert (problem.label, problem.rule, problem.allowed) == ("image", Constraint.KIND, ("image",))


def test_a_file_and_a_setting_for_the_same_input_are_refused() -> None:
    cutout = model(Input(name="image", type="file", label="Picture"))
    ask = Ask(files=(InputFile(role="image", filename="a.png"),), model_settings={"image": "asset_b"})
    (problem,) = compose(ask, cutout, seed=None).problems
    assert (problem.label, problem.rule, problem.allowed) == ("image", Constraint.TWICE, ("Picture",))


FOUR = replace(COUNT, default=4)


@pytest.mark.parametrize(
    ("ask", "spec", "sent"),
    [
        (Ask(prompt="p"), FOUR, 1),
        (Ask(prompt="p"), replace(FOUR, name="batch_size", default="4"), 1),
        (Ask(prompt="p", count=3), FOUR, 3),
        (Ask(prompt="p", model_settings={"numOutputs": 2}), FOUR, 2),
        (Ask(prompt="p"), COUNT, None),  # it makes one by itself
        (Ask(prompt="p"), replace(FOUR, default=None), None),
        (Ask(prompt="p"), replace(FOUR, min=2), None),  # it cannot make one
    ],
)
def test_a_command_makes_one_unless_it_is_told_how_many(ask: Ask, spec: Input, sent: int | None) -> None:
    found = compose(ask, model(PROMPT, spec), seed=None, one=True)
    assert found.problems == ()
    assert found.values.get(spec.name) == sent


def test_a_form_leaves_how_many_to_the_model() -> None:
    assert compose(Ask(prompt="p"), model(PROMPT, FOUR), seed=None).values == {"prompt": "p"}
