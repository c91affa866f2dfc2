"""A failure is read back as it was written, by this version or by an earlier one."""

import json
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalogue import ModelFault
from bot.generation import failures
from bot.generation.failures import Failure, FailureKind, Missing
from bot.generation.model import Fate
from bot.refusals import Limit
from bot.schema.inputs import Constraint, Problem
from bot.store.failure_codec import decode, encode
from bot.ui.speech import words
from tests.support.builders import a_failure, a_generation

WHEN = datetime(2030, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
STEPS = Problem(
    input="steps",
    label="Steps",
    rule=Constraint.STEP,
    given=60.5,
    allowed=("a", 1, None),
    minimum=1.0,
    maximum=50.0,
    step=1.0,
    nearest=(60, 61),
)
SHOTS = Problem(input="shots", label="Shots 2", rule=Constraint.TYPE, given=[{"prompt": None}, True])

ROWS: list[tuple[dict[str, Any], Failure]] = [
    ({"jobs": 4, "used": 1, "allowed": 4}, failures.NoRoom(jobs=4, used=1, allowed=4)),
    (
        {
            "model": "Flux",
            "problems": [
                {
                    "input": "steps",
                    "label": "Steps",
                    "rule": "step",
                    "given": 60.5,
                    "allowed": ["a", 1, None],
                    "minimum": 1.0,
                    "maximum": 50.0,
                    "step": 1.0,
                    "nearest": [60, 61],
                },
                {
                    "input": "shots",
                    "label": "Shots 2",
                    "rule": "type",
                    "given": [{"prompt": None}, True],
                    "allowed": [],
                    "minimum": None,
                    "maximum": None,
                    "step": None,
                    "nearest": [],
                },
            ],
        },
        failures.Refused(model_name="Flux", problems=(STEPS, SHOTS)),
    ),
    (
        {"model": "Flux", "fault": "deprecated", "detail": "model_flux-2"},
        failures.Unusable(model_name="Flux", fault=ModelFault.DEPRECATED, detail="model_flux-2"),
    ),
    (
        {"model": "Flux", "fault": "other_task", "detail": None},
        failures.Unusable(model_name="Flux", fault=ModelFault.OTHER_TASK),
    ),
    *(
        (facts, failures.Rejected(kind=kind, trace=facts.get("trace")))
        for facts in ({}, {"trace": "t1"})
        for kind in (
            FailureKind.BAD_INPUT,
            FailureKind.FORBIDDEN,
            FailureKind.WRONG_KEY,
            FailureKind.OUT_OF_CREDITS,
        )
    ),
    ({}, failures.PlanLocked()),
    ({"required_plan": "pro", "trace": "t1"}, failures.PlanLocked(required_plan="pro", trace="t1")),
    ({}, failures.NotFound()),
    ({"about": "file", "trace": "t1"}, failures.NotFound(about=Missing.FILE, trace="t1")),
    ({"about": "style"}, failures.NotFound(about=Missing.TRAINED_MODEL)),
    ({"about": "other"}, failures.NotFound(about=Missing.OTHER)),
    ({}, failures.NoModel()),
    ({"model": "model_flux"}, failures.NoModel(model_id="model_flux")),
    (
        {"limit": "cu_per_day", "price": 6.5, "spent": 4.0, "allowed": 10.0, "until": WHEN.isoformat()},
        failures.OverBudget(limit=Limit.CU_PER_DAY, price=6.5, spent=4.0, allowed=10.0, until=WHEN),
    ),
    (
        {"limit": "member_cu_per_day", "price": None, "spent": 0, "allowed": 10.0, "until": None},
        failures.OverBudget(limit=Limit.MEMBER_CU_PER_DAY, price=None, spent=0, allowed=10.0),
    ),
    ({"price": 60.0}, failures.NotConfirmed(price=60.0)),
    ({"price": None}, failures.NotConfirmed(price=None)),
    ({"price": 60.0, "unseen": True}, failures.NotConfirmed(price=60.0, unseen=True)),
    *(
        ({}, failures.Simple(kind=kind))
        for kind in (
            FailureKind.MODERATED,
            FailureKind.FAILED,
            FailureKind.NO_OUTPUT,
            FailureKind.MAYBE_CHARGED,
            FailureKind.JOB_LOST,
            FailureKind.UNREACHABLE,
            FailureKind.FILE_LOST,
            FailureKind.FILE_REFUSED,
        )
    ),
]
"""The facts as they have stood in rows since before a kind had a class of its own."""


def stored(kind: str, facts: object, **changes: Any) -> dict[str, Any]:
    return {"kind": kind, "reason": None, "hint": None, "facts": facts, **changes}


def read(kind: FailureKind, facts: object) -> Failure:
    return decode(stored(kind.value, facts))


@pytest.mark.parametrize(("facts", "failure"), ROWS)
def test_an_earlier_versions_row_is_read_and_would_be_written_the_same(
    facts: dict[str, Any], failure: Failure
) -> None:
    row = stored(failure.kind.value, facts)
    assert decode(row) == failure
    assert json.dumps(encode(failure), sort_keys=True) == json.dumps(row, sort_keys=True)


def test_the_rows_are_of_every_kind_and_variant() -> None:
    assert {failure.kind for _, failure in ROWS} == set(FailureKind)
    assert {type(failure) for _, failure in ROWS} == set(get_args(Failure))


@pytest.mark.parametrize("kind", list(FailureKind))
def test_scenarios_words_come_back_with_every_kind(kind: FailureKind) -> None:
    failure = a_failure(kind, reason="r", hint="")
    assert decode(json.loads(json.dumps(encode(failure)))) == failure
    assert (failure.kind, failure.reason, failure.hint) == (kind, "r", "")


@pytest.mark.parametrize(
    ("kind", "facts", "failure"),
    [
        (FailureKind.OVER_BUDGET, {"price": 6.5, "spent": 4.0, "allowed": 10.0},
         failures.OverBudget(limit=Limit.MEMBER_CU_PER_DAY, price=6.5, spent=4.0, allowed=10.0)),
        (FailureKind.OVER_BUDGET, {"limit": "eclipse", "price": "6", "until": "soon"},
         failures.OverBudget(limit=Limit.MEMBER_CU_PER_DAY, price=None, spent=None, allowed=None)),
        (FailureKind.OVER_BUDGET, {"limit": "queue", "until": 5},
         failures.OverBudget(limit=Limit.MEMBER_CU_PER_DAY, price=None, spent=None, allowed=None)),
        (FailureKind.UNUSABLE, {"model": "x", "fault": "?", "detail": 5},
         failures.Unusable(model_name="x", fault=None)),
        (FailureKind.PLAN_LOCKED, {"required_plan": 5, "trace": 5}, failures.PlanLocked(required_plan="5")),
        (FailureKind.NOT_FOUND, {"about": "the moon"}, failures.NotFound()),
        (FailureKind.NOT_CONFIRMED, {}, failures.NotConfirmed(price=None)),
        (FailureKind.NOT_CONFIRMED, {"price": True, "unseen": None}, failures.NotConfirmed(price=True)),
        (FailureKind.REFUSED, {"model": "Flux", "problems": "many"},
         failures.Refused(model_name="Flux", problems=())),
        (FailureKind.MODERATED, {"x": 1}, failures.Simple(kind=FailureKind.MODERATED)),
        (FailureKind.WRONG_KEY, None, failures.Rejected(kind=FailureKind.WRONG_KEY)),
        (FailureKind.WRONG_KEY, ["trace"], failures.Rejected(kind=FailureKind.WRONG_KEY)),
    ],
)  # fmt: skip
def test_what_is_missing_or_odd_reads_as_unknown(kind: FailureKind, facts: object, failure: Failure) -> None:
    assert read(kind, facts) == failure


def test_of_problems_those_are_kept_that_name_a_rule_and_their_odd_facts_are_left_out() -> None:
    bare = {"input": "steps", "label": "Steps", "rule": "required", "allowed": "x", "minimum": "y"}
    rows = [bare, "nonsense", None, {"input": "x"}, {"rule": "eclipse"}, {"rule": ["max"]}]
    kept = Problem(input="steps", label="Steps", rule=Constraint.REQUIRED)
    assert read(FailureKind.REFUSED, {"model": "Flux", "problems": rows}) == failures.Refused(
        model_name="Flux", problems=(kept,)
    )


@pytest.mark.parametrize("kind", ["eclipse", "", None, 5, [], {}])
def test_an_unknown_kind_is_a_failed_job(kind: Any) -> None:
    why = decode(stored(kind, {"price": 1.0}, reason="r", hint="h"))
    assert why == failures.Simple(kind=FailureKind.FAILED, reason="r", hint="h")


@pytest.mark.parametrize("raw", [None, [], "failed", 5, {}])
def test_what_is_no_record_is_a_failed_job_without_a_reason(raw: object) -> None:
    assert decode(raw) == failures.Simple(kind=FailureKind.FAILED)


json_value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
FACTS = ("model", "problems", "fault", "detail", "trace", "required_plan", "about", "limit", "until", "price")
PARTS = ("input", "label", "given", "allowed", "minimum", "maximum", "step", "nearest")


@given(
    kind=st.sampled_from(FailureKind),
    told=json_value,
    facts=st.dictionaries(st.sampled_from(FACTS), json_value),
    rows=st.lists(st.dictionaries(st.sampled_from(PARTS), json_value), max_size=2),
    rule=st.sampled_from(Constraint),
    limit=st.sampled_from(Limit),
)
def test_whatever_stands_in_a_row_a_card_can_tell(
    kind: FailureKind,
    told: Any,
    facts: dict[str, Any],
    rows: list[dict[str, Any]],
    rule: Constraint,
    limit: Limit,
) -> None:
    facts.setdefault("limit", limit.value)
    if rows:
        facts["problems"] = [{**row, "rule": rule.value} for row in rows]
    failure = decode(stored(kind.value, facts, reason=told, hint=told))
    assert words.failure(a_generation(fate=Fate.FAILED, failure=failure))
    assert decode(encode(failure)) == failure
