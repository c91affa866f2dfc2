"""Our check and the strict sandbox's, written apart, over thousands of schemas: neither is laxer."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.scenario.inputs import Problem, Rule, check
from bot.scenario.records import Input, Json, Model
from sandbox.scenario.schema import Check
from sandbox.scenario.values import Refusal
from tests.support.schemas import FAMILIES, bodies, sandbox_model, schemas

MANY = settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))


class Known:
    """What the sandbox looks up: every text is a file, and `FAMILIES` are the models."""

    def model_type(self, model_id: str) -> str | None:
        return FAMILIES.get(model_id)

    def take_file(self, text: str, rule: dict[str, Any]) -> str:
        if text.startswith("data:") and not text.startswith(f"data:{rule.get('kind') or 'image'}/"):
            raise Refusal(400, f"Input {rule['name']} must be of kind {rule.get('kind')}")
        return text


def refused(model: Model, body: dict[str, Json]) -> Refusal | None:
    try:
        Check(sandbox_model(model), Known()).run(body)
    except Refusal as refusal:
        return refusal
    return None


@st.composite
def asked(draw: st.DrawFn, *, strict: bool) -> tuple[Model, dict[str, Json]]:
    model = draw(schemas())
    return model, draw(bodies(model, strict=strict))


@MANY
@given(asked(strict=False))
def test_what_we_accept_the_sandbox_accepts(case: tuple[Model, dict[str, Json]]) -> None:
    model, body = case
    told = check(model, body, type_of=FAMILIES.get)
    if told.problems:
        return
    refusal = refused(model, told.values)
    # whether a model exists is not ours to say
    assert refusal is None or refusal.status == 404, refusal


@MANY
@given(asked(strict=True))
def test_what_the_sandbox_accepts_we_do_not_refuse(case: tuple[Model, dict[str, Json]]) -> None:
    model, body = case
    if refused(model, body) is None:
        told = check(model, body, type_of=FAMILIES.get)
        assert [one for one in told.problems if not stricter(model, one)] == []


def stricter(model: Model, problem: Problem) -> bool:
    """Where the API is known to be laxer than its own schema, or takes what buys nothing of use."""
    spec = model.input(problem.input)
    assert spec is not None
    inside = [spec, *spec.inputs]
    # of an array of numbers only `max` is enforced
    if problem.rule in {Rule.MIN, Rule.STEP, Rule.ALLOWED}:
        return any(one.type == "number_array" for one in inside)
    return problem.rule is Rule.NEEDS


def test_the_two_agree_on_both_answers() -> None:
    """The generators reach acceptance and refusal often: a property over refusals only would prove nothing."""
    seen: list[tuple[bool, bool]] = []

    @settings(
        max_examples=300,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(asked(strict=True))
    def look(case: tuple[Model, dict[str, Json]]) -> None:
        model, body = case
        seen.append((refused(model, body) is None, not check(model, body, type_of=FAMILIES.get).problems))

    look()
    assert seen.count((True, True)) > 60
    assert seen.count((False, False)) > 60


def test_a_schema_of_each_type_is_generated() -> None:
    kinds: set[str] = set()

    @settings(
        max_examples=200,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(schemas())
    def look(model: Model) -> None:
        fields: list[Input] = list(model.inputs or ())
        kinds.update(one.type for one in fields)

    look()
    assert len(kinds) == 10
