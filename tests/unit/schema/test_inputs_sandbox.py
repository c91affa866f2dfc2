"""Our check and the strict sandbox's, written apart, over thousands of schemas: neither is laxer."""

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.scenario.api.records import Json, Model
from bot.schema.inputs import Checked, Constraint, Problem, check
from sandbox.scenario.schema import Check
from sandbox.scenario.values import Refusal
from tests.support.schemas import FAMILIES, TYPES, a_body, a_schema, sandbox_model

MANY = settings(max_examples=100)
SEEDS = st.integers(0, 2**32)
AT_ONCE = 40
"""Schemas of one seed, so that a run sees four thousand."""


class Known:
    """What the sandbox looks up: every text is a file, and `FAMILIES` are the models."""

    def model_type(self, model_id: str) -> str | None:
        return FAMILIES.get(model_id)

    def model_problem(self, model_id: str) -> str | None:
        return None

    def take_file(self, text: str, rule: dict[str, Any]) -> str:
        if text.startswith("data:") and not text.startswith(f"data:{rule.get('kind') or 'image'}/"):
            raise Refusal(400, f"Input {rule['name']} must be of kind {rule.get('kind')}")
        return text


def cases(seed: int, *, strict: bool) -> Iterator[tuple[Model, dict[str, Json]]]:
    draw = Random(seed)
    for _ in range(AT_ONCE):
        model = a_schema(draw)
        yield model, a_body(draw, model, strict=strict)


def ours(model: Model, body: dict[str, Json]) -> Checked:
    return check(model, body, type_of=FAMILIES.get)


def refused(model: Model, body: dict[str, Json]) -> Refusal | None:
    try:
        Check(sandbox_model(model), Known()).run(body)
    except Refusal as refusal:
        return refusal
    return None


@MANY
@given(SEEDS)
def test_what_we_accept_the_sandbox_accepts(seed: int) -> None:
    for model, body in cases(seed, strict=False):
        told = ours(model, body)
        refusal = None if told.problems else refused(model, told.values)
        # whether a model exists is not ours to say; and a default that stands for "given" is doubtful
        doubtful = refusal is not None and (refusal.status == 404 or by_a_default(model, refusal))
        assert refusal is None or doubtful, (refusal, model, body)


def by_a_default(model: Model, refusal: Refusal) -> bool:
    """Required where another input is not given, while that one has a default."""
    specs = [spec for one in model.inputs or () for spec in (one, *one.inputs)]
    having = {spec.name for spec in specs if spec.default not in (None, "", [])}
    return any(
        f"Input {spec.name} is required" in refusal.reason
        and not having.isdisjoint((spec.required or {}).get("ifNotDefined") or ())  # pyright: ignore[reportArgumentType]
        for spec in specs
    )


@MANY
@given(SEEDS)
def test_what_the_sandbox_accepts_we_do_not_refuse(seed: int) -> None:
    for model, body in cases(seed, strict=True):
        if refused(model, body) is None:
            told = ours(model, body)
            faults = [
                one
                for one in told.problems
                if not (stricter(model, one) or by_what_is_sent(model, told, one))
            ]
            assert faults == [], (model, body)


def by_what_is_sent(model: Model, told: Checked, problem: Problem) -> bool:
    """A condition is judged by what is sent, and what is not set is left out of an object too: where the
    sandbox asks that of the body as it would be sent, it is no invention of ours."""
    spec = model.input(problem.input)
    assert spec is not None
    if problem.rule is not Constraint.REQUIRED or "conditional" not in (spec.required or {}):
        return False
    refusal = refused(model, told.values)
    return refusal is not None and f"Input {spec.name} is required" in refusal.reason


def stricter(model: Model, problem: Problem) -> bool:
    """Where the API is known to be laxer than its own schema, or takes what buys nothing of use."""
    spec = model.input(problem.input)
    assert spec is not None
    # of an array of numbers only `max` is enforced
    if problem.rule in {Constraint.MIN, Constraint.STEP, Constraint.ALLOWED}:
        return any(one.type == "number_array" for one in (spec, *spec.inputs))
    return problem.rule is Constraint.NEEDS


def test_both_answers_every_type_and_every_rule_are_met() -> None:
    """Properties over refusals only, or over a few types, would prove little."""
    answers: Counter[tuple[bool, bool]] = Counter()
    types: Counter[str] = Counter()
    rules: Counter[Constraint] = Counter()
    for seed in range(50):
        for model, body in cases(seed, strict=True):
            told = ours(model, body)
            answers[refused(model, body) is None, not told.problems] += 1
            types.update(spec.type for spec in model.inputs or ())
            rules.update(problem.rule for problem in told.problems)
    assert answers[True, True] > 200
    assert answers[False, False] > 200
    assert set(types) == set(TYPES)
    assert min(types.values()) > 200
    wanted = {
        Constraint.UNKNOWN,
        Constraint.REQUIRED,
        Constraint.ALLOWED,
        Constraint.MIN,
        Constraint.MAX,
        Constraint.STEP,
    }
    wanted |= {
        Constraint.TOO_SHORT,
        Constraint.TOO_LONG,
        Constraint.MODEL_TYPE,
        Constraint.KIND,
        Constraint.NEEDS,
    }
    assert wanted <= set(rules)
