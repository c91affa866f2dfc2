"""What is wrong with a value, in facts, and which inputs a schema's `required` asks for. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.scenario.api.records import Input, Json


class Constraint(StrEnum):
    """The rule that a value broke."""

    UNKNOWN = "unknown"  # the model has no such input
    REQUIRED = "required"
    TYPE = "type"
    ALLOWED = "allowed"
    MIN = "min"
    MAX = "max"
    STEP = "step"
    TOO_SHORT = "too_short"  # characters of a text, items of an array
    TOO_LONG = "too_long"
    MODEL_TYPE = "model_type"  # a trained model of another family than `modelTypes`
    KIND = "kind"  # a file of another kind
    TOO_BIG = "too_big"  # bytes of a file
    TOO_BRIEF = "too_brief"  # seconds of a file
    TOO_LASTING = "too_lasting"
    NO_PLACE = "no_place"  # a file for which the model has no input
    NEEDS = "needs"  # a mask without the picture that it masks
    TWICE = "twice"  # the same thing was said twice
    SYNTAX = "syntax"  # a text that cannot be read
    ELSEWHERE = "elsewhere"  # the model takes this by another input
    AMBIGUOUS = "ambiguous"  # a name that several inputs have
    MIXED = "mixed"  # trained models that no base takes together
    COMPOSITION = "composition"  # a composition where it cannot be
    NO_DRAFT = "no_draft"  # nothing makes a cheaper one of the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One value that the model does not accept, in facts."""

    input: str
    """The input's name in the schema, or the member's word where the model has no such input."""
    label: str
    """Of a field inside an `inputs_array` with its place: "Shots 2 · Prompt"."""
    rule: Constraint
    given: Json = None
    allowed: tuple[Json, ...] = ()
    """What is accepted: the allowed values; for UNKNOWN the inputs or presets that there are; for KIND the
    kinds, NO_PLACE the labels of file inputs, MODEL_TYPE the types; for NEEDS and TWICE the other input; for
    ELSEWHERE and AMBIGUOUS the inputs that are meant; for TYPE what is wanted: "number", "whole", "boolean",
    "text", "file", "model" or "object"."""
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    nearest: tuple[Json, ...] = ()
    """The accepted values next to the given one, best first; two for an off-step number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """`values` is the body to send, meaningful only without problems."""

    values: dict[str, Json]
    problems: tuple[Problem, ...]


def unset(value: Json) -> bool:
    """None, "" and [] mean "not set"."""
    return value is None or value in ("", [])


def always(spec: Input) -> bool:
    # `{always: false}` is on record: the value counts, not that it is there
    return spec.required is not None and spec.required.get("always") is True


def demanded(spec: Input, specs: Sequence[Input], accepted: Mapping[str, Json]) -> bool:
    """Whether `spec` must be given with `accepted`, as far as that is certain.

    specs: the schema, or the fields of one object.
    """
    if spec.required is None:
        return False
    if always(spec) or any(name in accepted for name in _named(spec.required.get("ifDefined"))):
        return True
    # A rule may name an input that the schema does not declare; nobody could ever satisfy it. Whether one of
    # several is enough is not documented, so one is.
    names = _named(spec.required.get("ifNotDefined"))
    others = [one for one in specs if one.name in names]
    if others and not any(other.name in accepted or not unset(other.default) for other in others):
        return True
    if unset(spec.default) and _condition({"values": spec.required.get("when")}, accepted):
        return True
    return _condition(spec.required.get("conditional"), accepted)


def _named(rule: Json) -> list[str]:
    """The inputs of `{input: rule}`; the rule is an object with a message, the message, or true."""
    return [name for name, one in rule.items() if one or one == {}] if isinstance(rule, dict) else []


def _condition(rule: Json, accepted: Mapping[str, Json]) -> bool:
    if not isinstance(rule, dict) or not isinstance(values := rule.get("values"), dict) or not values:
        return False
    met = [
        name in accepted and _among(accepted[name], wanted if isinstance(wanted, list) else [wanted])
        for name, wanted in values.items()
    ]
    return any(met) if rule.get("operator") == "or" else all(met)


def _among(value: Json, wanted: list[Json]) -> bool:
    """To the letter and the type: what only looks alike is for Scenario to judge."""
    return any(value == one and isinstance(value, bool) == isinstance(one, bool) for one in wanted)
