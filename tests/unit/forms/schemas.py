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
# Each made once: to make a strategy, and to look whether it is a sound one, takes as long as to draw from it.
maybe = st.booleans()
types = st.sampled_from(TYPES)
texts = st.none() | words
demands = st.sampled_from([None, {"always": True}, {"always": False}])
choices = st.lists(scalars, max_size=40)
bounds = st.none() | st.floats(-1e9, 1e9)
steps = st.none() | st.floats(0, 100)
labels = st.dictionaries(words, words, max_size=3)
names = st.lists(words, max_size=13, unique=True)
seldom = st.integers(0, 20)


@st.composite
def models(draw: st.DrawFn) -> Model:
    own = draw(names)
    schema = None if draw(seldom) == 0 else tuple(_input(draw, name) for name in own)
    return Model(id="model_new", name=draw(words), inputs=schema)


def _input(draw: st.DrawFn, name: str) -> Input:
    return Input(
        name=name,
        type=draw(types),
        label=draw(texts),
        description=draw(texts),
        hint=draw(texts),
        placeholder=draw(texts),
        required=draw(demands),
        default=draw(values),
        allowed_values=tuple(draw(choices)) if draw(maybe) else (),
        min=draw(bounds),
        max=draw(bounds),
        step=draw(steps),
        min_length=draw(lengths),
        max_length=draw(lengths),
        prompt=draw(maybe),
        labels=draw(labels),
        inputs=(Input(name="text", type="string"),) if draw(maybe) else (),
    )
