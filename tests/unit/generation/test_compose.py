"""A member's words become the inputs of whatever model they chose."""

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.generation.compose import choose_seed, compose
from bot.generation.model import Ask
from bot.scenario.inputs import Rule, check
from bot.scenario.records import Input, Model, SizePreset, SizePresets

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
        (Ask(prompt="p" * 21), FULL, "prompt", "prompt", Rule.TOO_LONG),
        (Ask(prompt=""), FULL, "prompt", "prompt", Rule.REQUIRED),
        (Ask(prompt="p", count=9), FULL, "numOutputs", "count", Rule.MAX),
        (Ask(prompt="p", seed=-4), FULL, "seed", "seed", Rule.MIN),
        (Ask(prompt="p", aspect_ratio="3:2"), FULL, "aspect_ratio", "aspect_ratio", Rule.ALLOWED),
        (Ask(prompt="p", negative_prompt="n" * 11), FULL, "negativePrompt", "negative_prompt", Rule.TOO_LONG),
        (Ask(prompt="p", aspect_ratio="1:1"), SIDES, "aspect_ratio", "aspect_ratio", Rule.ALLOWED),
        (Ask(prompt="p", aspect_ratio="1:1"), BARE, "aspect_ratio", "aspect_ratio", Rule.UNKNOWN),
        (Ask(prompt="p", count=2), BARE, "count", "count", Rule.MAX),
        (Ask(prompt="p", seed=2), BARE, "seed", "seed", Rule.UNKNOWN),
        (Ask(prompt="p", negative_prompt="n"), BARE, "negative_prompt", "negative_prompt", Rule.UNKNOWN),
        (Ask(prompt="p"), model(SEED), "prompt", "prompt", Rule.UNKNOWN),
        (Ask(prompt="p", seed=2), Model(id="m", name="M"), "seed", "seed", Rule.UNKNOWN),
        (Ask(prompt="p", count=2), Model(id="m", name="M"), "count", "count", Rule.MAX),
        (
            Ask(prompt="p", aspect_ratio="x"),
            Model(id="m", name="M"),
            "aspect_ratio",
            "aspect_ratio",
            Rule.ALLOWED,
        ),
    ],
)
def test_what_does_not_fit_is_named_in_our_words(
    ask: Ask, one: Model, name: str, label: str, rule: Rule
) -> None:
    (problem,) = compose(ask, one, seed=None).problems
    assert (problem.input, problem.label, problem.rule) == (name, label, rule)


def test_every_problem_is_told_at_once() -> None:
    ask = Ask(prompt="", aspect_ratio="9:1", count=0, seed=-1)
    found = [problem.label for problem in compose(ask, FULL, seed=None).problems]
    assert sorted(found) == ["aspect_ratio", "count", "prompt", "seed"]


def test_what_only_the_model_demands_keeps_its_own_name() -> None:
    picture = Input(name="image", type="file", label="Picture", required={"always": True})
    (problem,) = compose(Ask(prompt="p"), model(PROMPT, picture), seed=None).problems
    assert (problem.input, problem.label, problem.rule) == ("image", "Picture", Rule.REQUIRED)


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
