"""What stands in a form ↔ values of a model."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.forms.draft import Raw
from bot.forms.values import raw_of, value_of
from bot.scenario.api.records import Input, Json, Model
from bot.schema.inputs import check

SIZE = Input(name="n", type="number", min=0, max=10)
OBJECTS = Input(
    name="n",
    type="inputs_array",
    inputs=(Input(name="text", type="string"), Input(name="at", type="number")),
)

READ: list[tuple[Input, Raw, Json]] = [
    (Input(name="n", type="string"), " a fox\n", " a fox\n"),
    (Input(name="n", type="string"), "  ", None),
    (SIZE, " 3.5 ", "3.5"),
    (SIZE, "3,5", "3.5"),
    (SIZE, "three", "three"),
    (Input(name="n", type="string", allowed_values=("5", "6")), ["5"], "5"),
    (Input(name="n", type="number", allowed_values=(5, 6)), ["5"], 5),
    (Input(name="n", type="number", allowed_values=(5, 6)), [], None),
    (Input(name="n", type="number", allowed_values=(5, 6)), ["7"], "7"),
    (Input(name="n", type="string_array", allowed_values=("a", "b")), ["b", "a"], ["b", "a"]),
    (Input(name="n", type="boolean"), ["true"], True),
    (Input(name="n", type="boolean"), ["false"], False),
    (Input(name="n", type="boolean"), [], None),
    (Input(name="n", type="string_array"), "a, b ,, c", ["a", "b", "c"]),
    (Input(name="n", type="string_array"), "a, with a comma\nb", ["a, with a comma", "b"]),
    (Input(name="n", type="string_array"), '["a, b", "c"]', ["a, b", "c"]),
    (Input(name="n", type="number_array"), "0.8, 0.4", ["0.8", "0.4"]),
    (Input(name="n", type="number_array"), "0,8; 0,4", ["0", "8; 0", "4"]),
    (Input(name="n", type="model"), " Moss ", "model_moss"),
    (Input(name="n", type="model_array"), "Moss, model_ink", ["model_moss", "model_ink"]),
    (OBJECTS, 'text="two words" at=3\ntext=x', [{"text": "two words", "at": 3}, {"text": "x"}]),
    (OBJECTS, '[{"text": "x"}]', [{"text": "x"}]),
    (OBJECTS, '{"text": "x"}\n{"text": "y"}', [{"text": "x"}, {"text": "y"}]),
    (OBJECTS, "only words", ["only words"]),
    (Input(name="n", type="hologram"), '{"a": 1}', {"a": 1}),
    (Input(name="n", type="hologram"), "words", "words"),
]


def resolve(given_: str) -> str:
    return {"Moss": "model_moss"}.get(given_, given_)


@pytest.mark.parametrize(("spec", "raw", "value"), READ)
def test_a_field_is_read_as_it_is_meant(spec: Input, raw: Raw, value: Json) -> None:
    found = value_of(spec, raw, resolve)
    assert found == value
    assert type(found) is type(value)


def test_what_cannot_be_read_is_named_by_the_check() -> None:
    for spec, raw in ((SIZE, "three"), (OBJECTS, "only words"), (SIZE, "11")):
        model = Model(id="m", name="M", inputs=(spec,))
        assert [one.input for one in check(model, {"n": value_of(spec, raw)}).problems] == ["n"]


# without NUL, which is gone where text is read
texts = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=40
).filter(lambda one: bool(one.strip()))
numbers = st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9)
sent: dict[str, st.SearchStrategy[Any]] = {
    "string": texts,
    "number": numbers,
    "boolean": st.booleans(),
    "string_array": st.lists(texts, min_size=1, max_size=4),
    "number_array": st.lists(numbers, min_size=1, max_size=4),
    "model_array": st.lists(texts, min_size=1, max_size=4),
    "inputs_array": st.lists(st.dictionaries(texts, texts | numbers, min_size=1), min_size=1, max_size=3),
}


@settings(max_examples=100)
@given(st.sampled_from(sorted(sent)).flatmap(lambda kind: st.tuples(st.just(kind), sent[kind])))
def test_what_was_sent_is_shown_again_and_means_the_same(pair: tuple[str, Any]) -> None:
    kind, value = pair
    spec = Input(name="n", type=kind)
    raw = raw_of(spec, value)
    assert raw is not None
    model = Model(id="m", name="M", inputs=(spec,))
    again = check(model, {"n": value_of(spec, raw)})
    assert again.problems == ()
    assert again.values == check(model, {"n": value}).values


@settings(max_examples=100)
@given(st.lists(texts | numbers, min_size=1, max_size=25, unique_by=repr), st.data())
def test_a_choice_keeps_its_type(allowed: list[Json], data: st.DataObject) -> None:
    value = data.draw(st.sampled_from(allowed))
    spec = Input(name="n", type="string", allowed_values=tuple(allowed))
    raw = raw_of(spec, value)
    assert raw is not None
    found = value_of(spec, raw)
    assert (type(found), found) == (type(value), value)
