"""Random schemas, as wild as Scenario may send them, for the tests of forms."""

from typing import Any

from hypothesis import strategies as st

from bot.scenario.api.records import Input, Json, Model

TYPES = (
    "string",
    "number",
    "boolean",
    "file",
    "file_array",
    "string_array",
    "number_array",
    "model",
    "model_array",
    "inputs_array",
    "hologram",
)
words = st.text(min_size=1, max_size=150).filter(lambda one: bool(one.strip()))
scalars: st.SearchStrategy[Json] = st.one_of(
    st.text(max_size=150), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False)
)
values: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), scalars, st.lists(scalars, max_size=4), st.dictionaries(words, scalars)
)
lengths = st.none() | st.integers(0, 40_000)


@st.composite
def inputs(draw: st.DrawFn, name: str) -> Input:
    return Input(
        name=name,
        type=draw(st.sampled_from(TYPES)),
        label=draw(st.none() | words),
        description=draw(st.none() | words),
        hint=draw(st.none() | words),
        placeholder=draw(st.none() | words),
        required=draw(st.sampled_from([None, {"always": True}, {"always": False}])),
        default=draw(values),
        allowed_values=tuple(draw(st.lists(scalars, max_size=40))) if draw(st.booleans()) else (),
        min=draw(st.none() | st.floats(-1e9, 1e9)),
        max=draw(st.none() | st.floats(-1e9, 1e9)),
        step=draw(st.none() | st.floats(0, 100)),
        min_length=draw(lengths),
        max_length=draw(lengths),
        prompt=draw(st.booleans()),
        labels=draw(st.dictionaries(words, words, max_size=3)),
        inputs=(Input(name="text", type="string"),) if draw(st.booleans()) else (),
    )


@st.composite
def models(draw: st.DrawFn) -> Model:
    names = draw(st.lists(words, max_size=13, unique=True))
    schema = None if draw(st.integers(0, 20)) == 0 else tuple(draw(inputs(name)) for name in names)
    return Model(id="model_new", name=draw(words), inputs=schema)
