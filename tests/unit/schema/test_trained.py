"""Trained models find the base that takes them, and become its inputs."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.scenario.api.records import Input, Json, LorasInputs, Model
from bot.schema.inputs import Constraint, Problem, check
from bot.schema.trained import Named, complete_trained, loras_inputs, parse_trained, trained_inputs


@dataclass(frozen=True, kw_only=True)
class Worn:
    model_id: str
    name: str
    scale: float | None = None
    composition: bool = False


LORA, MIX, KONTEXT = "flux.1-lora", "flux.1-composition", "flux.1-kontext-lora"
COMPONENT = LorasInputs(models="loras", scales="lorasScale", model_id="modelId")


def base(
    id_: str, *types: str, alone: tuple[str, ...] = (), featured: bool = False, named: bool = True
) -> Model:
    return Model(
        id=id_,
        name=id_,
        tags=("sc:featured",) if featured else (),
        loras=COMPONENT if named else None,
        inputs=(
            Input(name="prompt", type="string", prompt=True),
            Input(name="modelId", type="model", model_types=(*types, *alone)),
            Input(name="loras", type="model_array", model_types=types, max_length=3),
            Input(name="lorasScale", type="number_array", min=0, max=2, step=0.05),
        ),
    )


FLUX = base("model_bfl-flux-1-dev", LORA, alone=(MIX,))
SHINY = base("model_shiny", LORA, alone=(MIX,), featured=True)
OTHER = base("model_other", LORA, KONTEXT, named=False)
MODELS = [OTHER, SHINY, FLUX, Model(id="model_row", name="A row")]
MOSS, INK = Worn(model_id="model_moss", name="Moss"), Worn(model_id="model_ink", name="Ink")
CREW = Worn(model_id="model_crew", name="Crew", composition=True)


def test_inputs_for_loras_are_found_without_the_component() -> None:
    assert loras_inputs(OTHER) == COMPONENT
    assert loras_inputs(Model(id="m", name="M", inputs=(Input(name="prompt", type="string"),))) is None


@pytest.mark.parametrize(
    ("trained_models", "values"),
    [
        ([], {}),
        ([MOSS], {"loras": ["model_moss"]}),
        ([MOSS, INK], {"loras": ["model_moss", "model_ink"]}),
        (
            [Worn(model_id="a", name="A", scale=0.8), Worn(model_id="b", name="B", scale=0.4)],
            {"loras": ["a", "b"], "lorasScale": [0.8, 0.4]},
        ),
        # scales go by place, so that none may be missing among others
        (
            [INK, Worn(model_id="a", name="A", scale=0.8)],
            {"loras": ["model_ink", "a"], "lorasScale": [1, 0.8]},
        ),
        ([CREW], {"modelId": "model_crew"}),
        ([CREW, MOSS], {"modelId": "model_crew", "loras": ["model_moss"]}),
    ],
)
def test_styles_become_inputs_that_the_base_accepts(
    trained_models: list[Worn], values: dict[str, Json]
) -> None:
    told = trained_inputs(FLUX, trained_models)
    assert (told.values, told.problems) == (values, ())
    assert check(FLUX, told.values).values == values


@pytest.mark.parametrize(
    ("trained_models", "label", "rule"),
    [
        ([Worn(model_id=str(n), name=str(n)) for n in range(4)], "styles", Constraint.TOO_LONG),
        ([Worn(model_id="a", name="A", scale=2.05)], "A", Constraint.MAX),
        ([Worn(model_id="a", name="A", scale=-0.5), INK], "A", Constraint.MIN),
        ([Worn(model_id="a", name="A", scale=0.33)], "A", Constraint.STEP),
        ([MOSS, MOSS], "Moss", Constraint.TWICE),
        ([CREW, Worn(model_id="c", name="C", composition=True)], "C", Constraint.COMPOSITION),
        ([Worn(model_id="c", name="C", composition=True, scale=1)], "C", Constraint.COMPOSITION),
    ],
)
def test_what_the_base_does_not_take_is_named(
    trained_models: list[Worn], label: str, rule: Constraint
) -> None:
    (problem,) = trained_inputs(FLUX, trained_models).problems
    assert (problem.input, problem.label, problem.rule) == ("styles", label, rule)


def test_a_base_for_one_trained_model_takes_one_without_a_scale() -> None:
    single = Model(id="m", name="M", inputs=(Input(name="modelId", type="model", model_types=(LORA,)),))
    assert trained_inputs(single, [MOSS]).values == {"modelId": "model_moss"}
    (many,) = trained_inputs(single, [MOSS, INK]).problems
    assert (many.rule, many.maximum, many.given) == (Constraint.TOO_LONG, 1, ["Moss", "Ink"])
    (scaled,) = trained_inputs(single, [Worn(model_id="a", name="A", scale=1)]).problems
    assert (scaled.label, scaled.rule) == ("A", Constraint.UNKNOWN)


def test_a_composition_is_refused_where_only_loras_are_taken() -> None:
    loras = Input(name="loras", type="model_array", model_types=(LORA,))
    (problem,) = trained_inputs(Model(id="m", name="M", inputs=(loras,)), [CREW]).problems
    assert (problem.label, problem.rule) == ("Crew", Constraint.COMPOSITION)


def test_a_model_without_such_inputs_takes_no_style() -> None:
    (problem,) = trained_inputs(Model(id="m", name="M", inputs=()), [MOSS]).problems
    assert (problem.input, problem.rule, problem.given) == ("styles", Constraint.UNKNOWN, ["Moss"])


def n(name: str, scale: float | None = None) -> Named:
    return Named(name=name, scale=scale)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", ()),
        (" , ", ()),
        ("Moss", (n("Moss"),)),
        ("Moss:0.8, Ink:0.4", (n("Moss", 0.8), n("Ink", 0.4))),
        ("Moss : 1 ,Ink", (n("Moss", 1), n("Ink"))),
        ("Moss:0,8, Ink:0,4", (n("Moss", 0.8), n("Ink", 0.4))),
        ("Moss:1, 2", (n("Moss", 1), n("2"))),
        ("Moss:.5", (n("Moss", 0.5),)),
        ("Moss:-1", (n("Moss", -1),)),
        ('"Moss: deep, dark":0.8, Ink', (n("Moss: deep, dark", 0.8), n("Ink"))),
        ("«Forêt : hiver» : 0,5", (n("Forêt : hiver", 0.5),)),
        ("Old forest style v2", (n("Old forest style v2"),)),
    ],
)
def test_styles_are_read(text: str, read: tuple[Named, ...]) -> None:
    assert parse_trained(text) == read


@pytest.mark.parametrize(
    ("text", "rule", "given_"),
    [
        ("Flux: Moss", Constraint.SYNTAX, "Flux: Moss"),
        ("Ink, Moss:", Constraint.SYNTAX, "Moss:"),
        ('Ink, "Moss', Constraint.SYNTAX, '"Moss'),
        ("Moss:0.8:1", Constraint.SYNTAX, "Moss:0.8:1"),
        ("Moss, moss:1", Constraint.TWICE, None),
    ],
)
def test_styles_are_not_guessed(text: str, rule: Constraint, given_: str | None) -> None:
    problem = parse_trained(text)
    assert isinstance(problem, Problem)
    assert (problem.input, problem.rule, problem.given) == ("styles", rule, given_)


NAMES = ["Moss", "Ink", "Mossy: deep", "Dark Moss"]


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("", ["Moss", "Ink", '"Mossy: deep"', "Dark Moss"]),
        ("mo", ["Moss", '"Mossy: deep"', "Dark Moss"]),
        ('"mo', ["Moss", '"Mossy: deep"', "Dark Moss"]),
        ("Moss:0.8, ", ["Moss:0.8, Ink", 'Moss:0.8, "Mossy: deep"', "Moss:0.8, Dark Moss"]),
        ("Moss:0.8,i", ["Moss:0.8, Ink"]),
        ("Moss:", ["Moss:0.5", "Moss:0.8", "Moss:1", "Moss:1.2"]),
        ("Moss: 1", ["Moss: 1", "Moss: 1.2"]),
        ('"Mossy: deep":0', ['"Mossy: deep":0.5', '"Mossy: deep":0.8']),
        ('"Mossy: deep", in', ['"Mossy: deep", Ink']),
        ("mosss", ["Moss", "Dark Moss", '"Mossy: deep"']),
        ("zzzz", []),
    ],
)
def test_styles_are_completed(text: str, offered: list[str]) -> None:
    assert complete_trained(text, NAMES) == offered


@given(st.text('ab:," 1.', max_size=120), st.lists(st.text('ab:," ', min_size=1, max_size=80), max_size=40))
def test_completions_of_styles_stay_within_discords_limits(text: str, names: list[str]) -> None:
    offered = complete_trained(text, names)
    assert len(offered) <= 25
    assert all(0 < len(one) <= 100 for one in offered)


def test_the_most_styles_are_taken_and_one_more_is_refused() -> None:
    worn = [Worn(model_id=f"model_{one}", name=one) for one in "abcd"]
    assert trained_inputs(SHINY, worn[:3]).problems == ()
    (problem,) = trained_inputs(SHINY, worn).problems
    assert (problem.rule, problem.maximum, problem.given) == (Constraint.TOO_LONG, 3, ["a", "b", "c", "d"])
