"""Values against schemas: what passes, what is coerced, and what is offered instead."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, cast

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.scenario.api.records import Input, Json, Model
from bot.schema.inputs import Constraint, Problem, check


def model(*inputs: Input) -> Model:
    return Model(id="model_a", name="A", inputs=inputs)


def one(kind: str, value: Any, /, **rules: Any) -> "Json | Problem":
    """What becomes of a single value."""
    told = check(model(Input(name="x", type=kind, **rules)), {"x": value})
    if told.problems:
        assert len(told.problems) == 1
        return told.problems[0]
    return told.values.get("x", "(left out)")


def broken(kind: str, value: Any, /, **rules: Any) -> Problem:
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
        ("number", "5s", {"min": 1, "max": 10}, 5),
        ("number", "5 sec", {"allowed_values": (5, 10)}, 5),
        ("string", 5, {"allowed_values": ("5s", "10s")}, "5s"),
        ("string", "5", {"allowed_values": ("5s", "10s")}, "5s"),
        ("string", "5S", {"allowed_values": ("5", "10")}, "5"),
        ("string", "720", {"allowed_values": ("480p", "720p")}, "720p"),
        ("string", "-1", {"allowed_values": ("-1", "5")}, "-1"),
        ("string", "High quality", {"allowed_values": ("hq",), "labels": {"hq": "High Quality"}}, "hq"),
        ("string_array", "ink, wash", {}, ["ink", "wash"]),
        ("string_array", 'ink, "wash, thin"', {}, ["ink", "wash, thin"]),
        ("string_array", "a fox, at dusk\n\na hen", {}, ["a fox, at dusk", "a hen"]),
        ("string_array", '["a, b", "c"]', {}, ["a, b", "c"]),
        ("string_array", ["a, b"], {}, ["a, b"]),
        ("string_array", "a, b", {"allowed_values": ("a, b", "c")}, ["a, b"]),
        ("number_array", "0.5, 1", {}, [0.5, 1]),
        ("model_array", "model_a,model_b", {}, ["model_a", "model_b"]),
        ("file", "data:image/png;base64,AAAA", {}, "data:image/png;base64,AAAA"),
        ("file_array", "data:image/png;base64,AAAA", {}, ["data:image/png;base64,AAAA"]),
        ("file_array", "upload:0", {}, ["upload:0"]),
        ("inputs_array", '[{"prompt": "a"}]', {}, [{"prompt": "a"}]),
        ("inputs_array", '{"prompt": "a"}', {}, [{"prompt": "a"}]),
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
        ("string", True, {}, Constraint.TYPE, ()),
        ("string", ["a", "b"], {}, Constraint.TYPE, ()),
        ("string", "abc", {"max_length": 2}, Constraint.TOO_LONG, ()),
        ("string", "a", {"min_length": 2}, Constraint.TOO_SHORT, ()),
        ("string", "medum", {"allowed_values": ("low", "medium")}, Constraint.ALLOWED, ("medium",)),
        ("string", "6s", {"allowed_values": ("5s", "10s")}, Constraint.ALLOWED, ("5s", "10s")),
        ("number", 7, {"allowed_values": (4, 8, 12, 16)}, Constraint.ALLOWED, (8, 4, 12)),
        ("number", "many", {}, Constraint.TYPE, ()),
        ("number", True, {}, Constraint.TYPE, ()),
        ("number", float("nan"), {}, Constraint.TYPE, ()),
        ("number", "1e999", {}, Constraint.TYPE, ()),
        ("number", 0, {"min": 1, "max": 4, "step": 1}, Constraint.MIN, (1,)),
        ("number", 9, {"min": 1, "max": 4, "step": 1}, Constraint.MAX, (4,)),
        ("number", 4000, {"min": 16, "max": 3845, "step": 16}, Constraint.MAX, (3840,)),
        ("number", 1000, {"min": 128, "max": 2048, "step": 16}, Constraint.STEP, (992, 1008)),
        ("number", 1001, {"min": 128, "max": 2048, "step": 16}, Constraint.STEP, (1008, 992)),
        ("number", 0.333, {"min": 0, "max": 1, "step": 0.05}, Constraint.STEP, (0.35, 0.3)),
        ("number", 5, {"min": 3, "max": 600, "step": 4}, Constraint.STEP, (3, 7)),
        ("boolean", "maybe", {}, Constraint.TYPE, ()),
        ("file", 5, {}, Constraint.TYPE, ()),
        ("string_array", ["a", "b", "c"], {"max_length": 2}, Constraint.TOO_LONG, ()),
        ("string_array", ["ink", "oil"], {"allowed_values": ("ink",)}, Constraint.ALLOWED, ()),
        ("number_array", [1, 2.5], {"max": 2}, Constraint.MAX, (2,)),
        ("number_array", [0.01], {"step": 0.05}, Constraint.STEP, (0, 0.05)),
        ("inputs_array", ["a"], {}, Constraint.TYPE, ()),
        ("inputs_array", "a, b", {}, Constraint.TYPE, ()),
        ("string", "5", {"allowed_values": ("5s", "5p")}, Constraint.ALLOWED, ("5s", "5p")),
        ("string", "4", {"allowed_values": ("4K", "2K")}, Constraint.ALLOWED, ("4K", "2K")),
        ("number", "5K", {}, Constraint.TYPE, ()),
        ("number_array", "1, many", {}, Constraint.TYPE, ()),
        ("file", "data:video/mp4;base64,AAAA", {}, Constraint.KIND, ()),
        ("file", "data:image/png;base64,AAAA", {"kind": "3d"}, Constraint.KIND, ()),
    ],
)
def test_refused(
    kind: str, value: Any, rules: dict[str, Any], rule: Constraint, nearest: tuple[Json, ...]
) -> None:
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
    assert (problem.input, problem.rule) == ("aspect_ratios", Constraint.UNKNOWN)
    assert problem.allowed == ("aspectRatio", "seed")
    assert problem.given == "1:1"
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
    assert found == ([("x", "The X", Constraint.REQUIRED)] if missing else [])
    assert not check(model(spec, MASK, MODE), {**given_too, "x": "here"}).problems


def test_a_required_input_with_a_default_is_sent() -> None:
    spec = Input(name="audio", type="boolean", required={"always": True}, default=False)
    assert check(model(spec), {}).values == {"audio": False}
    assert check(model(spec), {"audio": "on"}).values == {"audio": True}
    empty: list[Json] = ["", [], None]
    for unset in empty:
        spec = Input(name="x", type="string", required={"always": True}, default=unset)
        assert [problem.rule for problem in check(model(spec), {}).problems] == [Constraint.REQUIRED]


def test_a_wrong_value_is_not_also_called_missing() -> None:
    spec = Input(name="x", type="number", required={"always": True})
    assert [problem.rule for problem in check(model(spec), {"x": "many"}).problems] == [Constraint.TYPE]


SHOTS = Input(
    name="shots",
    type="inputs_array",
    label="Shots",
    max_length=2,
    inputs=(
        Input(name="prompt", type="string", label="Prompt", required={"always": True}, max_length=5),
        Input(
            name="duration",
            type="string",
            allowed_values=("5s", "10s"),
            default="5s",
            required={"always": True},
        ),
        Input(name="mask", type="file", mask_from="image"),
        Input(name="image", type="file"),
    ),
)


def test_the_fields_of_objects_are_coerced_and_their_defaults_sent() -> None:
    told = check(model(SHOTS), {"shots": [{"prompt": "a", "duration": 10}, {"prompt": "b", "image": ""}]})
    assert told.problems == ()
    assert told.values == {"shots": [{"prompt": "a", "duration": "10s"}, {"prompt": "b", "duration": "5s"}]}


@pytest.mark.parametrize(
    ("second", "label", "rule"),
    [
        ({}, "Shots 2 · Prompt", Constraint.REQUIRED),
        ({"prompt": "too long"}, "Shots 2 · Prompt", Constraint.TOO_LONG),
        ({"prompt": "a", "duration": 7}, "Shots 2 · duration", Constraint.ALLOWED),
        ({"prompt": "a", "seed": 7}, "Shots 2 · seed", Constraint.UNKNOWN),
        ({"prompt": "a", "mask": "asset_m"}, "Shots 2 · mask", Constraint.NEEDS),
    ],
)
def test_a_field_inside_an_object_is_named_with_its_place(
    second: dict[str, Json], label: str, rule: Constraint
) -> None:
    (problem,) = check(model(SHOTS), {"shots": [{"prompt": "a"}, second]}).problems
    assert (problem.input, problem.label, problem.rule) == ("shots", label, rule)


def test_too_many_objects_are_counted() -> None:
    three: list[Json] = [{"prompt": "a"}, {"prompt": "b"}, {"prompt": "c"}]
    (problem,) = check(model(SHOTS), {"shots": three}).problems
    assert (problem.rule, problem.maximum, len(cast("list[Json]", problem.given))) == (
        Constraint.TOO_LONG,
        2,
        3,
    )


def test_a_mask_needs_its_picture() -> None:
    mask = Input(name="mask", type="file", mask_from="images")
    images = Input(name="images", type="file_array", label="Pictures")
    (problem,) = check(model(mask, images), {"mask": "asset_m"}).problems
    assert (problem.input, problem.rule, problem.allowed) == ("mask", Constraint.NEEDS, ("Pictures",))
    assert not check(model(mask, images), {"mask": "asset_m", "images": ["asset_a"]}).problems
    assert not check(model(mask), {"mask": "asset_m"}).problems  # it names an input that is not there


@pytest.mark.parametrize("kind", ["model", "model_array"])
def test_a_trained_model_of_another_family_is_refused_where_its_type_is_known(kind: str) -> None:
    spec = Input(name="x", type=kind, model_types=("flux.1-lora",))
    types = {"model_moss": "flux.1-lora", "model_z": "zimage-lora"}
    for known in ("model_moss", "model_nobody"):
        assert not check(model(spec), {"x": known}, type_of=types.get).problems
    (problem,) = check(model(spec), {"x": "model_z"}, type_of=types.get).problems
    assert (problem.rule, problem.given, problem.allowed) == (
        Constraint.MODEL_TYPE,
        "model_z",
        ("flux.1-lora",),
    )
    assert not check(model(spec), {"x": "model_z"}).problems


def test_a_default_that_is_sent_counts_in_the_rules_of_others() -> None:
    strength = Input(name="strength", type="number", required={"conditional": {"values": {"mode": ["pro"]}}})
    mode = Input(name="mode", type="string", default="pro", required={"always": True})
    assert [one.input for one in check(model(strength, mode), {}).problems] == ["strength"]


def test_nothing_is_called_missing_on_account_of_a_wrong_value() -> None:
    text = Input(name="text", type="string", required={"ifNotDefined": {"seed": "m"}})
    told = check(model(text, Input(name="seed", type="number")), {"seed": "many"})
    assert [one.input for one in told.problems] == ["seed"]


def test_a_condition_is_met_to_the_letter() -> None:
    needs = Input(name="x", type="string", required={"conditional": {"values": {"mode": [1]}}})
    mode = Input(name="mode", type="boolean")
    assert not check(model(needs, mode), {"mode": True}).problems


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
        assert too_few in ([], [Constraint.TOO_SHORT])
        if not too_few:
            assert accepted.values["x"] in (near, [near])


@given(specs(), anything)
def test_what_passed_passes_unchanged(spec: Input, value: Any) -> None:
    first: Mapping[str, Json] = check(model(spec), {"x": value}).values
    assert check(model(spec), first).values == first
