"""A model's input schema: check, coerce, explain. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from bot.scenario import choices, loose
from bot.scenario.numbers import Grid, exact, tidy
from bot.scenario.records import Input, Json, Model


class Rule(StrEnum):
    """The rule that a value broke."""

    UNKNOWN = "unknown"  # the model has no such input
    REQUIRED = "required"
    TYPE = "type"
    ALLOWED = "allowed"
    MIN = "min"
    MAX = "max"
    STEP = "step"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One value that the model does not accept, in facts."""

    input: str
    """The input's name in the schema, or the member's word where the model has no such input."""
    label: str
    rule: Rule
    given: Json = None
    allowed: tuple[Json, ...] = ()
    """What is accepted: the allowed values, or for UNKNOWN the inputs or presets that there are."""
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


Coerced: TypeAlias = "Json | Problem"
"""The value to send, or what is wrong with it."""


def check(model: Model, values: Mapping[str, Json]) -> Checked:
    """Check and coerce `values` against the model's schema.

    None, "" and [] mean "not set" and are left out. Nothing is added but the default of an input that must
    always be sent. A model whose record has no schema (`inputs` is None) is not checked at all.
    Only what is certain is refused: Scenario's own check of a doubtful case costs nothing.
    """
    given = {name: value for name, value in values.items() if not _unset(value)}
    if model.inputs is None:
        return Checked(values=given, problems=())
    accepted: dict[str, Json] = {}
    problems: list[Problem] = []
    for name, value in given.items():
        spec = model.input(name)
        result = _unknown(model, name, value) if spec is None else _coerce(spec, value)
        if isinstance(result, Problem):
            problems.append(result)
        elif not _unset(result):
            accepted[name] = result
    broken = {problem.input for problem in problems}
    for spec in model.inputs:
        if spec.name in accepted or spec.name in broken:
            continue
        default = None if _unset(spec.default) else _coerce(spec, spec.default)
        if _always(spec) and default is not None and not isinstance(default, Problem):
            accepted[spec.name] = default
        elif _required(spec, model, accepted):
            problems.append(_problem(spec, Rule.REQUIRED, allowed=spec.allowed_values))
    return Checked(values=accepted, problems=tuple(problems))


def _unset(value: Json) -> bool:
    return value is None or value in ("", [])


def _problem(
    spec: Input,
    rule: Rule,
    given: Json = None,
    *,
    allowed: tuple[Json, ...] = (),
    bounds: tuple[float | None, float | None] = (None, None),
    nearest: tuple[Json, ...] = (),
) -> Problem:
    return Problem(
        input=spec.name,
        label=spec.label or spec.name,
        rule=rule,
        given=given,
        allowed=allowed,
        minimum=bounds[0],
        maximum=bounds[1],
        step=spec.step,
        nearest=nearest,
    )


def _unknown(model: Model, name: str, given: Json) -> Problem:
    there = tuple(spec.name for spec in model.inputs or ())
    return Problem(
        input=name,
        label=name,
        rule=Rule.UNKNOWN,
        given=given,
        allowed=there,
        nearest=choices.alike(name, there),
    )


# Required rules


def _always(spec: Input) -> bool:
    # `{always: false}` is on record: the value counts, not that it is there
    return spec.required is not None and spec.required.get("always") is True


def _required(spec: Input, model: Model, accepted: Mapping[str, Json]) -> bool:
    if spec.required is None:
        return False
    if _always(spec) or any(name in accepted for name in _named(spec.required.get("ifDefined"))):
        return True
    # A rule may name an input that the schema does not declare; nobody could ever satisfy it.
    others = [other for name in _named(spec.required.get("ifNotDefined")) if (other := model.input(name))]
    if others and not any(other.name in accepted or not _unset(other.default) for other in others):
        return True
    return _condition(spec.required.get("conditional"), accepted)


def _named(rule: Json) -> list[str]:
    """The inputs of `{input: rule}`; the rule is an object with a message, the message, or true."""
    return [name for name, one in rule.items() if one or one == {}] if isinstance(rule, dict) else []


def _condition(rule: Json, accepted: Mapping[str, Json]) -> bool:
    if not isinstance(rule, dict) or not isinstance(values := rule.get("values"), dict) or not values:
        return False
    met = [
        name in accepted
        and choices.match(wanted if isinstance(wanted, list) else [wanted], accepted[name]) is not None
        for name, wanted in values.items()
    ]
    return any(met) if rule.get("operator") == "or" else all(met)


# One function per type: the value to send, or the problem


def _coerce(spec: Input, value: Json) -> Coerced:
    single = _TYPES.get(spec.type)
    if single is not None:
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        return single(spec, value)
    element = _ELEMENTS.get(spec.type)
    # An unknown type is left to Scenario.
    return value if element is None else _array(spec, value, element)


def _array(spec: Input, value: Json, element: Callable[[Input, Json], Coerced]) -> Coerced:
    """Scenario silently drops a scalar that is sent to an array input, and charges: so it is wrapped."""
    items: list[Json] = []
    for one in value if isinstance(value, list) else [value]:
        if _unset(one):
            continue
        item = element(spec, one)
        if isinstance(item, Problem):
            return item
        items.append(item)
    return items if _unset(items) else _sized(spec, items, len(items))


def _string(spec: Input, value: Json) -> Coerced:
    if spec.allowed_values:
        return _choice(spec, value)
    words = value if isinstance(value, str) else loose.text(value)
    if words is None:
        return _problem(spec, Rule.TYPE, value)
    return _sized(spec, words, len(words))


def _sized(spec: Input, value: Json, length: int) -> Coerced:
    """`minLength` and `maxLength`: characters of a text, items of an array."""
    bounds = (spec.min_length, spec.max_length)
    if spec.max_length is not None and length > spec.max_length:
        return _problem(spec, Rule.TOO_LONG, value, bounds=bounds)
    if spec.min_length is not None and length < spec.min_length:
        return _problem(spec, Rule.TOO_SHORT, value, bounds=bounds)
    return value


def _word(spec: Input, value: Json) -> Coerced:
    """A text inside an array, where the lengths count items."""
    if spec.allowed_values:
        return _choice(spec, value)
    return value if isinstance(value, str) else _problem(spec, Rule.TYPE, value)


def _reference(spec: Input, value: Json) -> Coerced:
    """An id, or a data URL."""
    return value if isinstance(value, str) else _problem(spec, Rule.TYPE, value)


def _object(spec: Input, value: Json) -> Coerced:
    return value if isinstance(value, dict) else _problem(spec, Rule.TYPE, value)


def _boolean(spec: Input, value: Json) -> Coerced:
    if isinstance(value, bool):
        return value
    word = (loose.text(value) or "").casefold()
    if word in {"true", "yes", "on", "1"}:
        return True
    if word in {"false", "no", "off", "0"}:
        return False
    return _problem(spec, Rule.TYPE, value, allowed=(True, False))


def _number(spec: Input, value: Json) -> Coerced:
    if spec.allowed_values:
        return _choice(spec, value)
    bounds = (spec.min, spec.max)
    number = exact(value)
    if number is None:
        return _problem(spec, Rule.TYPE, value, bounds=bounds)
    grid = Grid.of(spec.min, spec.max, spec.step)
    snapped = grid.snap(number)
    placed = number if snapped is None else snapped
    if not grid.below(placed) and not grid.above(placed) and snapped is not None:
        return tidy(snapped)
    rule = Rule.MIN if grid.below(placed) else Rule.MAX if grid.above(placed) else Rule.STEP
    around = tuple(map(tidy, grid.around(number)))
    return _problem(spec, rule, value, bounds=bounds, nearest=around)


def _choice(spec: Input, value: Json) -> Coerced:
    """One of `allowedValues`, with the type that it has there. Other rules do not apply to it."""
    found = choices.match(spec.allowed_values, value)
    if found is not None:
        return found
    near = choices.nearest(value, spec.allowed_values)
    return _problem(spec, Rule.ALLOWED, value, allowed=spec.allowed_values, nearest=near)


_Read: TypeAlias = Callable[[Input, Json], Coerced]
_TYPES: Final[Mapping[str, _Read]] = {
    "string": _string,
    "number": _number,
    "boolean": _boolean,
    "file": _reference,
    "model": _string,
}
_ELEMENTS: Final[Mapping[str, _Read]] = {
    "string_array": _word,
    "number_array": _number,
    "file_array": _reference,
    "model_array": _reference,
    "inputs_array": _object,
}
