"""`settings:` text, as people type it, becomes a model's inputs; and it is completed while they type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.scenario.api.records import Input, Model
from bot.schema.inputs import Constraint, Problem, check
from bot.schema.settings_text import complete, parse, resolve

MODEL = Model(
    id="model_a",
    name="A",
    inputs=(
        Input(name="numOutputs", type="number", label="Image Count", min=1, max=4, step=1, default=1),
        Input(name="numInferenceSteps", type="number", min=1, max=50),
        Input(name="style", type="string", allowed_values=("oil paint", "ink", 'a "b"')),
        Input(name="tags", type="string_array", allowed_values=("ink", "wash")),
        Input(name="loop", type="boolean", default=False),
        Input(name="guidance", type="number", min=0, max=10.5, default=3.5),
        Input(name="image", type="file"),
        Input(name="mode", type="string", allowed_values=("s1", "s2"), labels={"s1": "Hard", "s2": "Smooth"}),
    ),
)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", {}),
        (" , ; ", {}),
        (
            'guidance=3.5 steps=28 style="oil paint" tags=ink,wash',
            {"guidance": "3.5", "steps": "28", "style": "oil paint", "tags": "ink,wash"},
        ),
        ("guidance: 3.5", {"guidance": "3.5"}),
        ("guidance = 3.5\nsteps:28", {"guidance": "3.5", "steps": "28"}),
        ("ratio=16:9 size: 16:9", {"ratio": "16:9", "size": "16:9"}),
        ("a=1, b=2; c=3", {"a": "1", "b": "2", "c": "3"}),
        ("tags=ink, wash steps=3", {"tags": "ink, wash", "steps": "3"}),
        ('tags=ink,"oil, thick" b=1', {"tags": 'ink,"oil, thick"', "b": "1"}),
        ("style='it is' other=don't", {"style": "it is", "other": "don't"}),
        ("style=“oil paint” autre=« à l’huile »", {"style": "oil paint", "autre": "à l’huile"}),
        ('style="" a=1', {"style": "", "a": "1"}),
        ('style="say \\"hi\\" x=1" a=1', {"style": 'say "hi" x=1', "a": "1"}),
        ("url=https://a.b/c?d=e", {"url": "https://a.b/c?d=e"}),
        ('shots=\'[{"prompt": "a, b"}]\'', {"shots": '[{"prompt": "a, b"}]'}),
        ("größe=groß 色=赤", {"größe": "groß", "色": "赤"}),
        ("seed=-1", {"seed": "-1"}),
        ("style=oil paint", {"style": "oil paint"}),
        ("style=oil paint tags=ink", {"style": "oil", "paint tags": "ink"}),
        ('shots=[{"text": "a, b"}] seed=1', {"shots": '[{"text": "a, b"}]', "seed": "1"}),
        ("colors=[[255, 0, 0]], seed=1", {"colors": "[[255, 0, 0]]", "seed": "1"}),
        ("note=[sic] seed=1", {"note": "[sic]", "seed": "1"}),
    ],
)
def test_read(text: str, read: dict[str, str]) -> None:
    assert parse(text) == read


@pytest.mark.parametrize(
    ("text", "rule", "given_"),
    [
        ("oil", Constraint.SYNTAX, "oil"),
        ('a=1 style="oil', Constraint.SYNTAX, 'style="oil'),
        ("=3", Constraint.SYNTAX, "=3"),
        ("a= b=2", Constraint.SYNTAX, "a= b=2"),
        ("steps=", Constraint.SYNTAX, "steps="),
        ("steps=1 steps=2", Constraint.TWICE, "steps"),
        ("num_steps=1 numSteps=2", Constraint.TWICE, "numSteps"),
    ],
)
def test_not_read(text: str, rule: Constraint, given_: str) -> None:
    problem = parse(text)
    assert isinstance(problem, Problem)
    assert (problem.input, problem.rule, problem.given) == ("settings", rule, given_)


words = st.text(min_size=1, max_size=12).filter(lambda text: text.strip() == text)


@given(st.dictionaries(st.text("abcdef_é", min_size=1, max_size=8), words, max_size=4))
def test_what_is_quoted_comes_back(pairs: dict[str, str]) -> None:
    plain = {key.replace("_", "").casefold() for key in pairs}
    if len(plain) < len(pairs) or "" in plain:
        return
    escaped = {key: value.replace("\\", "\\\\").replace('"', '\\"') for key, value in pairs.items()}
    assert parse(" ".join(f'{key}="{value}"' for key, value in escaped.items())) == pairs


@given(st.text("ab=:, \"'“”«;\\\n", max_size=200))
def test_any_text_is_answered(text: str) -> None:
    told = parse(text)
    assert isinstance(told, Problem | dict)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("numOutputs", "numOutputs"),
        ("num_outputs", "numOutputs"),
        ("NUM-OUTPUTS", "numOutputs"),
        ("image_count", "numOutputs"),
        ("numi", "numInferenceSteps"),
        ("g", "guidance"),
    ],
)
def test_a_name_is_found_however_it_is_spelled(key: str, name: str) -> None:
    told = resolve(MODEL, {key: "2"})
    assert (told.values, told.problems) == ({name: "2"}, ())


@pytest.mark.parametrize(
    ("key", "nearest"),
    [("guidence", ("guidance",)), ("zzz", ()), ("__", ())],
)
def test_a_name_that_is_none_is_told_with_the_nearest(key: str, nearest: tuple[str, ...]) -> None:
    (problem,) = resolve(MODEL, {key: "2"}).problems
    assert (problem.input, problem.rule, problem.nearest) == (key, Constraint.UNKNOWN, nearest)
    assert "guidance" in problem.allowed


@pytest.mark.parametrize(
    ("given_", "values"),
    [
        ({"style": "oil", "paint image count": "2"}, {"style": "oil paint", "numOutputs": "2"}),
        ({"Image Count": "2"}, {"numOutputs": "2"}),
        ({"tags": "ink", "wash loop": "yes"}, {"tags": "ink wash", "loop": "yes"}),
    ],
)
def test_words_before_a_sign_are_a_value_and_a_name(given_: dict[str, str], values: dict[str, str]) -> None:
    told = resolve(MODEL, dict(given_))
    assert (told.values, told.problems) == (values, ())


def test_words_that_belong_to_no_value_are_named() -> None:
    (problem,) = resolve(MODEL, {"very fast loop": "yes"}).problems
    assert (problem.input, problem.rule, problem.given) == ("settings", Constraint.SYNTAX, "very fast")


def test_without_a_schema_a_name_is_one_word() -> None:
    told = resolve(Model(id="m", name="M"), {"style": "oil", "paint seed": "2"})
    assert told.values == {"style": "oil paint", "seed": "2"}


def test_a_name_that_several_inputs_have_is_not_said_to_be_missing() -> None:
    twins = Model(
        id="m",
        name="M",
        inputs=(
            Input(name="modelSeed", type="number", label="Seed"),
            Input(name="textureSeed", type="number", label="Seed"),
        ),
    )
    for model, key, several in (
        (twins, "Seed", ("modelSeed", "textureSeed")),
        (MODEL, "num", ("numOutputs", "numInferenceSteps")),
    ):
        (problem,) = resolve(model, {key: "2"}).problems
        assert (problem.input, problem.rule, problem.allowed) == (key, Constraint.AMBIGUOUS, several)


def test_two_names_of_one_input_are_refused() -> None:
    told = resolve(MODEL, {"numOutputs": "1", "image_count": "2"})
    assert [(one.label, one.rule, one.allowed) for one in told.problems] == [
        ("image_count", Constraint.TWICE, ("numOutputs",))
    ]


def test_a_model_without_a_schema_keeps_the_names() -> None:
    assert resolve(Model(id="m", name="M"), {"any": 1}).values == {"any": 1}


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("", ["numOutputs=", "numInferenceSteps=", "style=", "tags=", "loop=", "guidance=", "mode="]),
        ("num", ["numOutputs=", "numInferenceSteps="]),
        ("count", ["numOutputs="]),
        ("num_outputs=", ["numOutputs=1", "numOutputs=4"]),
        ("numOutputs=2 gu", ["numOutputs=2 guidance="]),
        ("numOutputs=2 loop", ["numOutputs=2 loop="]),
        ("numOutputs=2, gu", ["numOutputs=2, guidance="]),
        ("style=", ['style="oil paint"', "style=ink", 'style="a \\"b\\""']),
        ("style=o", ['style="oil paint"']),
        ('style="oil p', ['style="oil paint"']),
        ("style=paint", ['style="oil paint"']),
        ("tags=ink,w", ["tags=ink,wash"]),
        ("loop: ", ["loop: false", "loop: true"]),
        ("loop=t", ["loop=true"]),
        ("guidance=", ["guidance=3.5", "guidance=0", "guidance=10.5"]),
        ("nothing=", []),
        ("image", ["numOutputs="]),
        ("image count=", ["numOutputs=1", "numOutputs=4"]),
        ("loop=true image count=", ["loop=true numOutputs=1", "loop=true numOutputs=4"]),
        ("style=oil pa", ['style="oil paint"']),
        ("mode=smo", ["mode=s2"]),
    ],
)
def test_completed(text: str, offered: list[str]) -> None:
    assert complete(MODEL, text) == offered


def test_a_completed_value_is_accepted() -> None:
    for name in ("numOutputs", "style", "tags", "loop", "guidance"):
        for text in complete(MODEL, f"{name}="):
            read = parse(text)
            assert isinstance(read, dict)
            assert not check(MODEL, resolve(MODEL, dict(read)).values).problems, text


@given(st.text("abn=:, \"'s", max_size=140))
def test_completions_stay_within_discords_limits(text: str) -> None:
    many = tuple(Input(name=f"name{n}" + "x" * n, type="boolean") for n in range(60))
    offered = complete(Model(id="m", name="M", inputs=many), text)
    assert len(offered) <= 25
    assert all(0 < len(one) <= 100 for one in offered)
    assert len(set(offered)) == len(offered)


def test_a_row_without_a_schema_completes_nothing() -> None:
    assert complete(Model(id="m", name="M"), "a") == []
