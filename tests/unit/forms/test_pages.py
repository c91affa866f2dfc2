"""Any schema → pages that Discord takes, and back to values."""

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.forms import Answers, Draft, Filled
from bot.forms.controls import Control, choice_keys, control_of, field_id, key_of, whole_id
from bot.forms.pages import BARE, page_with, pages_of
from bot.request.ask import Ask, InputFile
from bot.scenario.api.records import Input, Json, Model
from bot.ui.forms.flow import buttons, summary
from bot.ui.forms.modals import modal_of
from bot.ui.speech.texts import speaking
from sandbox.discord.components import component_flaws
from sandbox.discord.modals import modal_flaws
from tests.support.clock import START
from tests.unit.forms.schemas import maybe, models

PROMPT = Input(name="prompt", type="string", prompt=True, required={"always": True})
raws = st.one_of(
    st.text(max_size=60), st.text(min_size=3990, max_size=4100), st.lists(st.text(max_size=30), max_size=4)
)


def a_draft(answers: Answers) -> Draft:
    return Draft(
        id="12345678901234567890",
        owner_id=7,
        model_id="m",
        answers=answers,
        private=False,
        spoiler=False,
        created_at=START,
    )


def filled(model: Model, answers: Answers | None = None) -> Filled:
    draft = a_draft(answers or Answers())
    return Filled(draft=draft, model=model, pages=pages_of(model), ask=Ask(), problems=())


any_model = models()
filenames = st.text(max_size=150)


@st.composite
def answered(draw: st.DrawFn) -> Filled:
    """A form with answers of any shape in some fields: what was right for another schema too."""
    model = draw(any_model)
    fields = [one for page in pages_of(model) for one in page.fields]
    values = {one.id: draw(raws) for one in fields if draw(maybe)}
    for one in fields:
        keys = list(choice_keys(one.spec.allowed_values))
        if keys and draw(maybe):
            values[one.id] = draw(st.lists(st.sampled_from(keys), max_size=30))
    file = InputFile(role="x", filename=draw(filenames), url="https://cdn.test/x")
    files = {one.id: (file,) for one in fields if one.control is Control.FILES and draw(maybe)}
    return filled(model, Answers(values=values, files=files))


@settings(max_examples=80)
@given(answered(), st.sampled_from(["en-US", "fr"]))
def test_every_page_of_any_schema_is_within_discords_limits(one: Filled, locale: str) -> None:
    async def look() -> None:
        with speaking(locale):
            for page in range(len(one.pages)):
                payload = modal_of(one, page).to_dict()
                assert list(modal_flaws(payload)) == []
            assert len(summary(one)) <= 6000
            for page in range(max(1, len(one.pages))):
                rows = cast("list[Any]", buttons(one, page).to_components())
                assert list(component_flaws({"components": rows}, "", frozenset(), v2=False)) == []
                ids = [part["custom_id"] for row in rows for part in row["components"]]
                assert len(set(ids)) == len(ids)

    asyncio.run(look())


@settings(max_examples=80)
@given(models())
def test_every_input_is_on_one_page_and_what_is_needed_comes_first(model: Model) -> None:
    pages = pages_of(model)
    fields = [one for page in pages for one in page.fields]
    expected = BARE if model.inputs is None else model.inputs
    whole = [one for one in fields if one.part is None or one.part[0] == 1]
    assert sorted(one.spec.name for one in whole) == sorted(one.name for one in expected)
    assert all(1 <= len(page.fields) <= 5 for page in pages)
    needed = [one.required for one in fields if one.spec is not fields[0].spec]
    assert needed == sorted(needed, reverse=True)
    for one in whole:
        place = page_with(pages, one.spec.name)
        assert place is not None
        assert one in pages[place].fields


def names(model: Model) -> list[str]:
    return [one.spec.name for page in pages_of(model) for one in page.fields]


def test_the_prompt_comes_first_then_what_is_needed_then_the_models_own_order() -> None:
    always: Mapping[str, Json] = {"always": True}
    model = Model(
        id="m",
        name="M",
        inputs=(
            Input(name="seed", type="number"),
            Input(name="voice", type="string", required=always),
            Input(name="speed", type="number", required=always, default=1),
            Input(name="words", type="string", prompt=True),
            Input(name="image", type="file", required=always),
        ),
    )
    assert names(model) == ["words", "voice", "image", "seed", "speed"]
    assert [one.required for one in pages_of(model)[0].fields] == [False, True, True, False, False]


def test_a_model_without_a_schema_asks_for_a_prompt_and_one_without_inputs_for_nothing() -> None:
    assert names(Model(id="m", name="M")) == ["prompt"]
    assert pages_of(Model(id="m", name="M", inputs=())) == ()


CONTROLS: list[tuple[Input, Control]] = [
    (Input(name="a", type="string", allowed_values=("x", "y")), Control.CHOICE),
    (Input(name="a", type="string", allowed_values=tuple(map(str, range(25)))), Control.CHOICE),
    (Input(name="a", type="string", allowed_values=tuple(map(str, range(26)))), Control.CHOICE),
    (Input(name="a", type="number", allowed_values=(4, 6, 8)), Control.CHOICE),
    (Input(name="a", type="string_array", allowed_values=("x", "y")), Control.CHOICES),
    (Input(name="a", type="string", max_length=200), Control.LINE),
    (Input(name="a", type="string", max_length=201), Control.LINES),
    (Input(name="a", type="string"), Control.LINES),
    (Input(name="a", type="number"), Control.LINE),
    (Input(name="a", type="boolean"), Control.YES_NO),
    (Input(name="a", type="file"), Control.FILES),
    (Input(name="a", type="file_array", kind="video"), Control.FILES),
    (Input(name="a", type="model_array"), Control.LINE),
    (Input(name="a", type="inputs_array"), Control.LINES),
    (Input(name="a", type="hologram"), Control.LINE),
]


@pytest.mark.parametrize(("spec", "control"), CONTROLS)
def test_each_input_gets_the_control_that_fits(spec: Input, control: Control) -> None:
    assert control_of(spec) is control


@pytest.mark.parametrize(
    ("id_", "whole"),
    [("language~2", "language"), ("a~b~10", "a~b"), ("a~b", None), ("7", None), ("tags+1", None)],
)
def test_only_a_numbered_part_of_a_choice_is_part_of_a_whole(id_: str, whole: str | None) -> None:
    assert whole_id(id_) == whole


def test_keys_are_what_is_written_unless_that_says_too_little() -> None:
    keys = choice_keys(["5", 5, "16:9", "x" * 101, "", 5])
    assert keys["16:9"] == "16:9"
    assert len(keys) == 4  # nothing is no choice
    assert all(1 <= len(key) <= 100 for key in keys)
    for value in ("5", 5, "16:9", "x" * 101):
        key = key_of(["5", 5, "16:9", "x" * 101, ""], value)
        assert key is not None
        assert keys[key] == value
        assert type(keys[key]) is type(value)
    assert key_of(["5"], 5) is None


def test_a_key_means_the_same_value_when_the_list_has_grown() -> None:
    for value in ("a", "b" * 200):
        assert choice_keys([value, "new"])[key_of([value], value) or ""] == value


def component(page: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in page["components"] if one["component"]["custom_id"] == name)


def modal(model: Model, answers: Answers | None = None) -> dict[str, Any]:
    async def make() -> Any:
        return modal_of(filled(model, answers), 0).to_dict()

    return cast("dict[str, Any]", asyncio.run(make()))


SHOWN = Model(
    id="m",
    name="A new model with a name that is longer than a title may be in Discord",
    inputs=(
        PROMPT,
        Input(
            name="ratio",
            type="string",
            allowed_values=("1:1", "16:9"),
            default="16:9",
            labels={"1:1": "Square"},
        ),
        Input(name="sound", type="boolean", default=True, description="With sound."),
        Input(name="guidance", type="number", min=0, max=10, step=0.5, default=3.5),
        Input(name="images", type="file_array", max_length=3, required={"always": True}),
        Input(name="seed", type="number", min=0),
    ),
)


def test_defaults_bounds_and_labels_are_shown() -> None:
    page = modal(SHOWN)
    assert page["title"].endswith("… (1 of 2)")
    ratio = component(page, "ratio")["component"]
    assert [(one["label"], one["value"], one["default"]) for one in ratio["options"]] == [
        ("Square", "1:1", False),
        ("16:9", "16:9", True),
    ]
    sound = component(page, "sound")
    assert sound["description"] == "With sound."
    assert [one["default"] for one in sound["component"]["options"]] == [True, False]
    guidance = component(page, "guidance")
    assert guidance["description"] == "0 to 10 in steps of 0.5."
    assert guidance["component"]["placeholder"] == "If left empty: 3.5"
    images = component(page, "images")["component"]
    assert (images["required"], images["min_values"], images["max_values"]) == (True, 1, 3)
    assert component(page, "prompt")["component"]["required"] is True


def test_answers_are_there_again_and_files_that_were_given_are_not_asked_for_twice() -> None:
    file = InputFile(role="images", filename="fox.png", url="https://cdn.test/fox.png")
    answers = Answers(
        values={"prompt": "a fox", "ratio": ["1:1"], "sound": ["false"], "guidance": "99"},
        files={"images": (file,)},
    )
    page = modal(SHOWN, answers)
    assert component(page, "prompt")["component"]["value"] == "a fox"
    assert component(page, "guidance")["component"]["value"] == "99"
    assert [one["default"] for one in component(page, "ratio")["component"]["options"]] == [True, False]
    assert [one["default"] for one in component(page, "sound")["component"]["options"]] == [False, True]
    images = component(page, "images")
    assert images["component"]["required"] is False
    assert "fox.png" in images["description"]


def test_a_field_with_a_name_that_is_too_long_for_discord_has_another_id() -> None:
    assert field_id("prompt") == "prompt"
    assert len({field_id("x" * 101), field_id("x" * 102)}) == 2
    assert len(field_id("x" * 101)) <= 100


def test_a_list_that_is_too_long_for_one_select_fills_several() -> None:
    languages = Input(name="language", type="string", allowed_values=tuple(f"l{n}" for n in range(45)))
    tags = Input(name="tags", type="string_array", allowed_values=tuple(f"t{n}" for n in range(101)))
    (page, _) = pages_of(Model(id="m", name="M", inputs=(languages, tags)))
    assert [len(one.keys) for one in page.fields] == [23, 22, 21, 21, 21]
    assert [one.id for one in page.fields[:3]] == ["language~1", "language~2", "tags+1"]
    assert {key for one in page.fields[:2] for key in one.keys} == set(languages.allowed_values)
    assert not any(one.required for one in page.fields)
