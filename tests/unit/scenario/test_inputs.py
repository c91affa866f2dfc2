"""Values against schemas: what passes, what is coerced, and what is offered instead."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, cast

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.scenario.inputs import Problem, Rule, check
from bot.scenario.records import Input, Json, Model


def model(*inputs: Input) -> Model:
    return Model(id="model_a", name="A", inputs=inputs)


def one(kind: str, value: Any, **rules: Any) -> "Json | Problem":
    """What becomes of a single value."""
    told = check(model(Input(name="x", type=kind, **rules)), {"x": value})
    if told.problems:
        assert len(told.problems) == 1
        return told.problems[0]
    return told.values.get("x", "(left out)")


def broken(kind: str, value: Any, **rules: Any) -> Problem:
    problem = one(kind, value, **rules)
    assert isinstance(problem, Problem)
    return problem


@pytest.mark.parametrize(
    ("kind", "value", "rules", "sent"),
    [
        ("string", "a", {}, "a"),
        ("string", " a ", {}, " a "),
        ("string", 5, {}, "5"),
        ("string", ["a"], {}, "a"),
        ("string", "HIGH", {"allowed_values": ("low", "high")}, "high"),
        ("string", 5, {"allowed_values": ("5", "10")}, "5"),
        ("string", 5.0, {"allowed_values": ("5", "10")}, "5"),
        ("number", "5", {}, 5),
        ("number", 5.0, {}, 5),
        ("number", "0.5", {"min": 0, "max": 1}, 0.5),
        ("number", "5", {"allowed_values": (-1, 5)}, 5),
        ("number", -1, {"allowed_values": (-1, 5), "min": 0}, -1),
        ("number", 0.1 + 0.2, {"step": 0.1}, 0.3),
        ("number", 1024, {"min": 1, "step": 8}, 1024),
        ("number", 1025, {"min": 1, "step": 8}, 1025),
        ("number", 2**53 + 1, {}, 2**53 + 1),
        ("number", 0, {"min": 0}, 0),
        ("boolean", True, {}, True),
        ("boolean", "yes", {}, True),
        ("boolean", "False", {}, False),
        ("boolean", 0, {}, False),
        ("file", "asset_a", {}, "asset_a"),
        ("model", "model_a", {"max_length": 40}, "model_a"),
        ("string_array", "a", {}, ["a"]),
        ("string_array", ["INK"], {"allowed_values": ("ink", "wash")}, ["ink"]),
        ("number_array", 0.5, {"min": 0, "max": 2, "step": 0.05}, [0.5]),
        ("number_array", ["1", 0.5], {}, [1, 0.5]),
        ("file_array", "asset_a", {"max_length": 2}, ["asset_a"]),
        ("model_array", ["model_a", None], {"max_length": 1}, ["model_a"]),
        ("inputs_array", {"a": 1}, {}, [{"a": 1}]),
        ("something_new", {"a": [1]}, {}, {"a": [1]}),
        ("string", None, {}, "(left out)"),
        ("string", "", {"min_length": 1}, "(left out)"),
        ("string_array", [], {"min_length": 1}, "(left out)"),
        ("string_array", [None, ""], {}, "(left out)"),
    ],
)
def test_accepted(kind: str, value: Any, rules: dict[str, Any], sent: Json) -> None:
    got = one(kind, value, **rules)
    assert got == sent
    assert type(got) is type(sent)


@pytest.mark.parametrize(
    ("kind", "value", "rules", "rule", "nearest"),
    [
        ("string", True, {}, Rule.TYPE, ()),
        ("string", ["a", "b"], {}, Rule.TYPE, ()),
        ("string", "abc", {"max_length": 2}, Rule.TOO_LONG, ()),
        ("string", "a", {"min_length": 2}, Rule.TOO_SHORT, ()),
        ("string", "medum", {"allowed_values": ("low", "medium")}, Rule.ALLOWED, ("medium",)),
        ("string", "6s", {"allowed_values": ("5s", "10s")}, Rule.ALLOWED, ("5s", "10s")),
        ("number", 7, {"allowed_values": (4, 8, 12, 16)}, Rule.ALLOWED, (8, 4, 12)),
        ("number", "many", {}, Rule.TYPE, ()),
        ("number", True, {}, Rule.TYPE, ()),
        ("number", float("nan"), {}, Rule.TYPE, ()),
        ("number", "1e999", {}, Rule.TYPE, ()),
        ("number", 0, {"min": 1, "max": 4, "step": 1}, Rule.MIN, (1,)),
        ("number", 9, {"min": 1, "max": 4, "step": 1}, Rule.MAX, (4,)),
        ("number", 4000, {"min": 16, "max": 3845, "step": 16}, Rule.MAX, (3840,)),
        ("number", 1000, {"min": 128, "max": 2048, "step": 16}, Rule.STEP, (992, 1008)),
        ("number", 1001, {"min": 128, "max": 2048, "step": 16}, Rule.STEP, (1008, 992)),
        ("number", 0.333, {"min": 0, "max": 1, "step": 0.05}, Rule.STEP, (0.35, 0.3)),
        ("number", 5, {"min": 3, "max": 600, "step": 4}, Rule.STEP, (3, 7)),
        ("boolean", "maybe", {}, Rule.TYPE, ()),
        ("file", 5, {}, Rule.TYPE, ()),
        ("string_array", ["a", "b", "c"], {"max_length": 2}, Rule.TOO_LONG, ()),
        ("string_array", ["ink", "oil"], {"allowed_values": ("ink",)}, Rule.ALLOWED, ()),
        ("number_array", [1, 2.5], {"max": 2}, Rule.MAX, (2,)),
        ("number_array", [0.01], {"step": 0.05}, Rule.STEP, (0, 0.05)),
        ("inputs_array", ["a"], {}, Rule.TYPE, ()),
    ],
)
def test_refused(kind: str, value: Any, rules: dict[str, Any], rule: Rule, nearest: tuple[Json, ...]) -> None:
    problem = broken(kind, value, **rules)
    assert (problem.rule, problem.nearest) == (rule, nearest)


def test_a_problem_carries_what_is_accepted() -> None:
    problem = broken("number", 9, label="Pictures", min=1.0, max=4.0, step=1.0)
    assert (problem.input, problem.label, problem.given) == ("x", "Pictures", 9)
    assert (problem.minimum, problem.maximum, problem.step) == (1, 4, 1)
    assert broken("string", "z", allowed_values=("a", "b")).allowed == ("a", "b")
    assert broken("string", "zz", max_length=1).maximum == 1
    assert broken("string_array", ["ink", "oil"], allowed_values=("ink",)).given == "oil"


def test_an_unknown_input_is_named_with_what_there_is() -> None:
    there = model(Input(name="aspectRatio", type="string"), Input(name="seed", type="number"))
    told = check(there, {"aspect_ratios": "1:1", "seed": 1})
    assert told.values == {"seed": 1}
    (problem,) = told.problems
    assert (problem.input, problem.rule) == ("aspect_ratios", Rule.UNKNOWN)
    assert problem.allowed == ("aspectRatio", "seed")
    assert problem.nearest == ("aspectRatio",)


def test_a_model_without_a_schema_is_not_checked() -> None:
    told = check(Model(id="m", name="M"), {"prompt": "p", "anything": [1], "unset": None})
    assert (told.values, told.problems) == ({"prompt": "p", "anything": [1]}, ())


MASK = Input(name="mask", type="file")
MODE = Input(name="mode", type="string", default="std")


@pytest.mark.parametrize(
    ("required", "given_too", "missing"),
    [
        (None, {}, False),
        ({}, {}, False),
        ({"always": True}, {}, True),
        ({"always": False}, {}, False),
        ({"always": None}, {}, False),
        ({"ifDefined": {"mask": {"message": "m"}}}, {"mask": "asset_a"}, True),
        ({"ifDefined": {"mask": "a message"}}, {"mask": "asset_a"}, True),
        ({"ifDefined": {"mask": {}}}, {"mask": "asset_a"}, True),
        ({"ifDefined": {"mask": {"message": "m"}}}, {"mask": ""}, False),
        ({"ifDefined": {"mask": {"message": "m"}}}, {}, False),
        ({"ifDefined": {"undeclared": {"message": "m"}}}, {}, False),
        ({"ifNotDefined": {"mask": {"message": "m"}}}, {}, True),
        ({"ifNotDefined": {"mask": "a message"}}, {"mask": "asset_a"}, False),
        # one of the two is enough; Scenario knows better and answers for nothing
        ({"ifNotDefined": {"mask": "m", "mode": "m"}}, {"mask": "asset_a"}, False),
        ({"ifNotDefined": {"mode": "m"}}, {}, False),
        ({"ifNotDefined": {"undeclared": {"message": "m"}}}, {}, False),
        ({"conditional": {"values": {"mode": ["pro"]}}}, {"mode": "pro"}, True),
        ({"conditional": {"values": {"mode": "pro"}}}, {"mode": "pro"}, True),
        ({"conditional": {"values": {"mode": ["pro"]}}}, {"mode": "std"}, False),
        ({"conditional": {"values": {"mode": ["pro"], "mask": ["asset_a"]}}}, {"mode": "pro"}, False),
        (
            {"conditional": {"operator": "or", "values": {"mode": ["pro"], "mask": ["asset_a"]}}},
            {"mode": "pro"},
            True,
        ),
        (
            {"conditional": {"operator": "and", "values": {"mode": ["pro"], "mask": ["asset_a"]}}},
            {"mode": "pro", "mask": "asset_a"},
            True,
        ),
        ({"conditional": None}, {}, False),
        ({"ifDefined": ["odd"], "ifNotDefined": 7, "conditional": {"values": 3}}, {}, False),
    ],
)
def test_required(required: Any, given_too: dict[str, Json], missing: bool) -> None:
    spec = Input(name="x", type="string", label="The X", required=required)
    told = check(model(spec, MASK, MODE), given_too)
    found = [(problem.input, problem.label, problem.rule) for problem in told.problems]
    assert found == ([("x", "The X", Rule.REQUIRED)] if missing else [])
    assert not check(model(spec, MASK, MODE), {**given_too, "x": "here"}).problems


def test_a_required_input_with_a_default_is_sent() -> None:
    spec = Input(name="audio", type="boolean", required={"always": True}, default=False)
    assert check(model(spec), {}).values == {"audio": False}
    assert check(model(spec), {"audio": "on"}).values == {"audio": True}
    empty: list[Json] = ["", [], None]
    for unset in empty:
        spec = Input(name="x", type="string", required={"always": True}, default=unset)
        assert [problem.rule for problem in check(model(spec), {}).problems] == [Rule.REQUIRED]


def test_a_wrong_value_is_not_also_called_missing() -> None:
    spec = Input(name="x", type="number", required={"always": True})
    assert [problem.rule for problem in check(model(spec), {"x": "many"}).problems] == [Rule.TYPE]


# Properties: whatever passes satisfies an independent reading of the rules, and so does what is offered.

numbers = st.integers(-5000, 5000) | st.decimals(-100, 100, places=2).map(float)
scalars = st.none() | st.booleans() | numbers | st.text(max_size=6) | numbers.map(str)
anything = scalars | st.lists(scalars, max_size=4) | st.dictionaries(st.text(max_size=2), scalars, max_size=2)
steps = st.sampled_from([None, 1.0, 8.0, 16.0, 0.05, 0.1, 0.01, 2.5])


@st.composite
def specs(draw: st.DrawFn) -> Input:
    kind = draw(
        st.sampled_from(
            ["string", "number", "boolean", "file", "string_array", "number_array", "model_array"]
        )
    )
    low, high = sorted(draw(st.tuples(numbers, numbers)))
    short, long = sorted(draw(st.tuples(st.integers(0, 3), st.integers(1, 6))))
    choices = st.lists(numbers | st.text(min_size=1, max_size=4), max_size=4, unique=True)
    return Input(
        name="x",
        type=kind,
        allowed_values=tuple(draw(choices)) if kind != "boolean" and draw(st.booleans()) else (),
        min=draw(st.sampled_from([None, float(low)])),
        max=draw(st.sampled_from([None, float(high)])),
        step=draw(steps),
        min_length=draw(st.sampled_from([None, short])),
        max_length=draw(st.sampled_from([None, long])),
    )


def fits(spec: Input, value: Any) -> bool:
    """A plain reading of the schema, with nothing of the code under test."""
    kind = spec.type
    if kind.endswith("_array"):
        if not isinstance(value, list):
            return False
        items = cast("list[Any]", value)
        single = kind.removesuffix("_array")
        lengths = _within(len(items), spec.min_length, spec.max_length)
        return lengths and all(_fits_one(spec, single, item) for item in items)
    counted = kind == "string" and not spec.allowed_values
    return (not counted or _within(len(value), spec.min_length, spec.max_length)) and _fits_one(
        spec, kind, value
    )


def _fits_one(spec: Input, kind: str, value: Any) -> bool:
    if spec.allowed_values and kind in ("string", "number"):
        return any(type(value) is type(one) and value == one for one in spec.allowed_values)
    if kind == "number":
        if not isinstance(value, int | float) or isinstance(value, bool):
            return False
        return _within(value, spec.min, spec.max) and _on_step(value, spec.min, spec.step)
    return isinstance(value, bool if kind == "boolean" else str)


def _within(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _on_step(value: float, low: float | None, step: float | None) -> bool:
    if step is None:
        return True
    origins = [Fraction(0), Fraction(str(low or 0))]
    return any((Fraction(str(value)) - origin) % Fraction(str(step)) == 0 for origin in origins)


@given(specs(), anything)
def test_what_passes_fits(spec: Input, value: Any) -> None:
    told = check(model(spec), {"x": value})
    if "x" in told.values:
        assert fits(spec, told.values["x"])
    assert not ("x" in told.values and told.problems)


@given(specs(), anything)
def test_what_is_offered_instead_passes(spec: Input, value: Any) -> None:
    told = check(model(spec), {"x": value})
    assume(told.problems)
    for near in told.problems[0].nearest:
        accepted = check(model(spec), {"x": near})
        too_few = [problem.rule for problem in accepted.problems]
        assert too_few in ([], [Rule.TOO_SHORT])
        if not too_few:
            assert accepted.values["x"] in (near, [near])


@given(specs(), anything)
def test_what_passed_passes_unchanged(spec: Input, value: Any) -> None:
    first: Mapping[str, Json] = check(model(spec), {"x": value}).values
    assert check(model(spec), first).values == first
