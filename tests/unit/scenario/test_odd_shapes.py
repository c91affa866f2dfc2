"""Schemas of the odd shapes that the real catalogue has: sizes in words, values as people type them."""

from typing import Any

import pytest

from bot.scenario.api.reading_models import read_model
from bot.scenario.api.records import Input, Json, Model
from bot.schema.inputs import Constraint, Problem, check
from bot.schema.settings_text import parse, resolve
from bot.schema.sizing import for_ratio, ratio_choices


def model(*inputs: Input) -> Model:
    return Model(id="model_a", name="A", inputs=inputs)


def closed(name: str, *values: Json, **more: Any) -> Input:
    return Input(name=name, type="string", allowed_values=values, **more)


WORDS = model(
    closed(
        "imageSize", "square_hd", "square", "portrait_4_3", "portrait_16_9", "landscape_4_3", "landscape_16_9"
    )
)
PIXELS = model(closed("aspectRatio", "1920:1080", "1280:720", "1080:1920", "1024:1024"))
NOT_SET = model(
    closed("aspectRatio", "Not set", "1:1", "4:3", default="Not set"),
    closed("size", "1024x1024", "1536x1024", default="1024x1024"),
)


@pytest.mark.parametrize(
    ("one", "ratio", "sent"),
    [
        (WORDS, "1:1", {"imageSize": "square_hd"}),
        (WORDS, "3:4", {"imageSize": "portrait_4_3"}),
        (WORDS, "9:16", {"imageSize": "portrait_16_9"}),
        (WORDS, "16:9", {"imageSize": "landscape_16_9"}),
        (WORDS, "landscape", {"imageSize": "landscape_16_9"}),
        (WORDS, "square", {"imageSize": "square"}),
        (WORDS, "portrait_4_3", {"imageSize": "portrait_4_3"}),
        (PIXELS, "16:9", {"aspectRatio": "1280:720"}),
        (PIXELS, "1920:1080", {"aspectRatio": "1920:1080"}),
        (PIXELS, "portrait", {"aspectRatio": "1080:1920"}),
        (NOT_SET, "4:3", {"aspectRatio": "4:3"}),
        (NOT_SET, "3:2", {"size": "1536x1024"}),
    ],
)
def test_every_family_of_sizes_is_reached_by_a_ratio(one: Model, ratio: str, sent: dict[str, Json]) -> None:
    assert for_ratio(one, ratio) == sent


@pytest.mark.parametrize(
    ("one", "offered"),
    [
        (WORDS, ("1:1", "3:4", "9:16", "4:3", "16:9")),
        (PIXELS, ("16:9", "9:16", "1:1")),
        (NOT_SET, ("1:1", "4:3", "3:2")),
    ],
)
def test_ratios_are_suggested_by_their_usual_names(one: Model, offered: tuple[str, ...]) -> None:
    assert ratio_choices(one) == offered


def test_a_size_that_has_no_shape_is_named_by_its_input() -> None:
    told = for_ratio(model(closed("resolution", "1 MP", "2 MP")), "16:9")
    assert isinstance(told, Problem)
    assert (told.rule, told.allowed) == (Constraint.ELSEWHERE, ("resolution",))


# -- values -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "typed", "sent"),
    [
        (closed("film", "kodak_portra", "fuji-velvia"), "Kodak Portra", "kodak_portra"),
        (closed("film", "Kodak Portra 400", "Kodak Gold"), "kodak por", "Kodak Portra 400"),
        (closed("pose", "", "a-pose", "t-pose"), "tpose", "t-pose"),
        (closed("lang", "de", "en", labels={"de": "German", "en": "English"}), "germ", "de"),
        (closed("lang", "de", "en", labels={"de": "German", "en": "English"}), "GERMAN", "de"),
        (closed("factor", "None", "2x", "4x", "6x"), 2.0, "2x"),
        (closed("factor", "None", "2x", "4x", "6x"), "4", "4x"),
        (closed("duration", "3", "5", "15"), 5.0, "5"),
    ],
)
def test_values_are_as_tolerant_as_names(spec: Input, typed: Json, sent: Json) -> None:
    told = check(model(spec), {spec.name: typed})
    assert (told.values, told.problems) == ({spec.name: sent}, ())


@pytest.mark.parametrize(
    ("spec", "typed"),
    [
        (closed("factor", "1.5x", "2x"), "15x"),
        (closed("seed", "-1", "5"), "1"),
        (closed("film", "Kodak Portra", "Kodak Gold"), "kodak"),
        (closed("film", "fine", "fast"), "f"),
        (closed("factor", "4k"), "4"),
    ],
)
def test_what_may_mean_several_things_or_none_is_refused(spec: Input, typed: str) -> None:
    (problem,) = check(model(spec), {spec.name: typed}).problems
    assert problem.rule is Constraint.ALLOWED


def test_nothing_is_said_to_be_nearest_that_only_shares_letters() -> None:
    codes = closed("languageCode", "", "de", "en", "fr", "ko", "kk", "lt")
    (problem,) = check(model(codes), {"languageCode": "xx"}).problems
    assert problem.nearest == ()
    assert problem.allowed == ("de", "en", "fr", "ko", "kk", "lt")  # nothing is no choice
    names = closed("language", "Korean", "Kazakh", "Polish", "Portuguese")
    (problem,) = check(model(names), {"language": "Klingon"}).problems
    assert problem.nearest == ()
    (problem,) = check(model(names), {"language": "Portugese X"}).problems
    assert problem.nearest[0] == "Portuguese"


@pytest.mark.parametrize(
    ("kind", "value", "wanted"),
    [
        (Input(name="x", type="number", min=1, max=4), "many", "number"),
        (Input(name="x", type="number", min=1, max=4, step=1), "many", "whole"),
        (Input(name="x", type="boolean"), "perhaps", "boolean"),
        (Input(name="x", type="string"), {"a": 1}, "text"),
        (Input(name="x", type="file"), 5, "file"),
        (Input(name="x", type="inputs_array", inputs=(Input(name="a", type="string"),)), "=", "object"),
    ],
)
def test_a_value_of_the_wrong_kind_names_the_right_one(kind: Input, value: Json, wanted: str) -> None:
    (problem,) = check(model(kind), {"x": value}).problems
    assert (problem.rule, problem.allowed) == (Constraint.TYPE, (wanted,))


def test_whole_numbers_and_bare_language_codes_are_read_as_what_they_are() -> None:
    read = read_model(
        {
            "id": "model_a",
            "inputs": [
                {"name": "fps", "type": "integer", "min": 12, "max": 60},
                {"name": "languageCode", "type": "string", "allowedValues": ["", "de", "pt"]},
            ],
        }
    )
    assert read is not None
    assert check(read, {"fps": "24", "languageCode": "German"}).values == {"fps": 24, "languageCode": "de"}
    problems = check(read, {"fps": "24.5"}).problems + check(read, {"fps": 61}).problems
    assert [one.rule for one in problems] == [Constraint.STEP, Constraint.MAX]


SHOTS = Input(
    name="multiPrompt",
    type="inputs_array",
    inputs=(
        Input(name="prompt", type="string", required={"always": True}),
        Input(name="duration", type="string", allowed_values=("3", "5")),
    ),
)


@pytest.mark.parametrize(
    "text",
    [
        'multiPrompt=[{"prompt": "a red fox", "duration": 5}, {"prompt": "a hen"}]',
        'multiPrompt="prompt=a red fox duration=5; prompt=a hen"',
        "multi_prompt='prompt=\"a red fox\" duration=5; prompt=a hen'",
    ],
)
def test_objects_are_written_in_settings_as_in_a_form(text: str) -> None:
    read = parse(text)
    assert isinstance(read, dict)
    one = model(SHOTS)
    told = check(one, resolve(one, dict(read)).values)
    assert told.problems == ()
    assert told.values == {"multiPrompt": [{"prompt": "a red fox", "duration": "5"}, {"prompt": "a hen"}]}


def test_an_input_with_a_default_is_not_demanded_by_a_when() -> None:
    when: dict[str, Json] = {"when": {"kind": ["img2img"]}}
    usual = Input(name="strength", type="number", required=when, default=0.7)
    bare = Input(name="strength", type="number", required=when)
    kind = closed("kind", "txt2img", "img2img")
    assert check(model(kind, usual), {"kind": "img2img"}).problems == ()
    assert [one.rule for one in check(model(kind, bare), {"kind": "img2img"}).problems] == [
        Constraint.REQUIRED
    ]
    assert check(model(kind, bare), {"kind": "txt2img"}).problems == ()
