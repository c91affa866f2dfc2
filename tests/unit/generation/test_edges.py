"""Edges that nothing else stands on: seeds, names, links, and numbers that the papers or Discord promise."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from bot import discord_limits
from bot.cards import fetching
from bot.cards import loop as cards
from bot.cards.originals import expiry_of
from bot.generation import pacing
from bot.generation.pacing import Patience
from bot.request.ask import Ask, TrainedModel, pending_files, with_assets
from bot.request.compose import choose_seed, compose
from bot.scenario.api.records import Input, LorasInputs
from bot.schema.inputs import Constraint
from bot.ui.cards import render
from bot.ui.exhibits.prepare import MOST_ATTACHED, REQUEST_LIMIT
from bot.vocabulary import Medium
from tests.support.builders import PROMPT, SEED, a_model

MIB = 1024 * 1024


class Bounds(Random):
    """Keeps what it is asked to choose from."""

    asked: tuple[int, ...] = ()

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        self.asked = (start, stop or 0, step)
        return start


@pytest.mark.parametrize(
    ("changes", "bounds"),
    [
        ({}, (0, 2**31, 1)),
        ({"max": 10}, (0, 11, 1)),
        ({"max": 10.9}, (0, 11, 1)),
        ({"max": 2.0**60}, (0, 2**53, 1)),
        ({"min": 3, "max": 10}, (3, 11, 1)),
        ({"min": 3, "max": 10, "step": 4}, (4, 11, 4)),
        ({"min": -1, "max": 10}, (0, 11, 1)),  # a negative one means "choose yourself" to many
        ({"min": 0.5, "max": 10, "step": 0.5}, (1, 11, 1)),
        ({"max": -5, "min": -9}, (-5, -4, 1)),
    ],
)
def test_a_seed_is_chosen_within_the_models_bounds(changes: dict[str, Any], bounds: tuple[int, ...]) -> None:
    random = Bounds()
    spec = Input(name="seed", type="number", **changes)
    assert choose_seed(a_model(inputs=(PROMPT, spec)), random) == bounds[0]
    assert random.asked == bounds


def test_a_seed_that_no_bounds_allow_or_nobody_takes_is_none() -> None:
    assert choose_seed(a_model(inputs=(PROMPT,)), Random(1)) is None
    assert choose_seed(a_model(inputs=(Input(name="seed", type="number", min=5, max=4),)), Random(1)) is None
    listed = Input(name="seed", type="number", allowed_values=("a", 7))
    assert choose_seed(a_model(inputs=(listed,)), Random(1)) == 7


def test_a_trained_model_of_another_family_is_refused_by_the_name_that_the_member_knows() -> None:
    loras = Input(name="loras", type="model_array", model_types=("flux.1-lora",), max_length=3)
    model = a_model(inputs=(PROMPT, SEED, loras), loras=LorasInputs(models="loras"))
    ask = Ask(prompt="x", trained_models=(TrainedModel(model_id="model_ink", name="Ink Lines"),))
    (problem,) = compose(ask, model, seed=1, type_of={"model_ink": "sdxl-lora"}.get).problems
    assert (problem.rule, problem.given) == (Constraint.MODEL_TYPE, "Ink Lines")
    assert compose(ask, model, seed=1, type_of={"model_ink": "flux.1-lora"}.get).problems == ()


def test_what_a_model_does_not_take_is_refused_with_what_it_takes() -> None:
    (problem,) = compose(Ask(prompt="x", negative_prompt="y"), a_model(), seed=None).problems
    assert (problem.input, problem.label, problem.rule) == (
        "negative_prompt",
        "negative_prompt",
        Constraint.UNKNOWN,
    )
    assert (problem.given, problem.allowed) == ("y", ("prompt", "seed"))


def test_marks_are_found_at_any_depth() -> None:
    inputs: Any = {"a": [["upload:1", {"b": ["upload:3"]}]], "c": {"d": {"e": "upload:0"}}, "f": "upload:"}
    assert pending_files(inputs) == (1, 3, 0)
    filled = with_assets(inputs, {0: "x", 1: "y", 3: "z"})
    assert filled == {"a": [["y", {"b": ["z"]}]], "c": {"d": {"e": "x"}}, "f": "upload:"}


@pytest.mark.parametrize(
    ("query", "when"),
    [
        ("Expires=1893456000", datetime(2030, 1, 1, tzinfo=UTC)),
        ("expires=1893456000", datetime(2030, 1, 1, tzinfo=UTC)),
        ("Expires=12345678", None),
        ("Expires=123456789012", None),
        ("X-Amz-Date=20300101T000000Z&X-Amz-Expires=60", datetime(2030, 1, 1, 0, 1, tzinfo=UTC)),
        ("X-Amz-Date=20300101T000000Z", None),
        ("X-Amz-Expires=60", None),
        ("X-Amz-Date=soon&X-Amz-Expires=60", None),
        ("", None),
    ],
)
def test_the_end_of_a_signed_link_is_read_off_it(query: str, when: datetime | None) -> None:
    assert expiry_of(f"https://cdn.scenario.com/a?{query}") == when


def test_what_is_promised_in_numbers() -> None:
    """Discord's limits, and ours that the papers name."""
    assert (fetching.FETCH_CAP, fetching.STILL_CAP, fetching.MOST_FETCHED) == (256 * MIB, 32 * MIB, 16)
    assert fetching.FETCH_PATIENCE.total_seconds() == 1800
    assert (REQUEST_LIMIT, MOST_ATTACHED, discord_limits.CHOICES, discord_limits.GALLERY) == (
        24 * MIB,
        10,
        25,
        4,
    )
    assert (cards.FACT_SPACING, render.PROMPT_SHOWN) == (1.0, 900)
    assert Patience() == Patience(
        reconcile=timedelta(seconds=20),
        passes=3,
        outage=timedelta(minutes=10),
        listing=timedelta(minutes=10),
        missing=timedelta(minutes=5),
        results=timedelta(seconds=15),
    )


@pytest.mark.parametrize(
    ("medium", "waits"),
    [
        (Medium.IMAGE, [(0, 2.0), (59.9, 2.0), (60, 4.0), (299.9, 4.0), (300, 10.0), (1800, 20.0)]),
        (Medium.AUDIO, [(0, 2.5), (60, 5.0), (599.9, 5.0), (600, 10.0), (1800, 20.0)]),
        (Medium.VIDEO, [(0, 3.0), (60, 5.0), (600, 10.0), (1799.9, 10.0), (1800, 20.0)]),
        (Medium.THREE_D, [(0, 3.0), (60, 8.0), (1799.9, 8.0), (1800, 20.0)]),
        (Medium.TEXT, [(0, 2.0), (60, 4.0), (299.9, 4.0), (300, 20.0)]),
    ],
)
def test_a_job_is_read_less_often_the_older_it_is(medium: Medium, waits: list[tuple[float, float]]) -> None:
    assert [(age, pacing.next_read(medium, age)) for age, _ in waits] == waits


@pytest.mark.parametrize(
    ("failures", "wait"), [(0, 1.0), (1, 1.0), (2, 2.0), (6, 32.0), (7, 60.0), (31, 60.0), (32, 60.0)]
)
def test_a_failing_step_waits_twice_as_long_each_time(failures: int, wait: float) -> None:
    assert pacing.backoff(failures) == wait


@pytest.mark.parametrize(("cards_", "spacing"), [(0, 3.0), (75, 3.0), (76, 3.04), (500, 20.0)])
def test_many_cards_share_discords_requests(cards_: int, spacing: float) -> None:
    assert pacing.edit_spacing(cards_) == spacing


@pytest.mark.parametrize(
    ("elapsed", "wait"), [(0, 1.0), (1, 1.0), (5, 5.0), (12, 8.0), (19.8, 0.5), (20, 0.5)]
)
def test_looks_for_a_silent_job_end_with_the_window(elapsed: float, wait: float) -> None:
    assert pacing.reconcile_pass(elapsed, 20) == pytest.approx(wait)
