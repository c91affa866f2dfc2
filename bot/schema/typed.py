"""One value of one input: the value to send, with the type that the schema wants, or what is wrong. Pure."""

import csv
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from bot.scenario.api import loose
from bot.scenario.api.records import Input, Json
from bot.scenario.api.sniff import kind_of
from bot.schema import choices
from bot.schema.constraints import Constraint, Problem, unset
from bot.schema.numbers import Grid, exact, tidy
from bot.schema.objects import objects

Coerced: TypeAlias = "Json | Problem"
"""The value to send, or what is wrong with it."""
TypeOf: TypeAlias = Callable[[str], str | None]
"""A model's type by its id; None for a model that is not known."""

DATA: Final = "data:"
_SAME_KIND: Final = frozenset({"image", "image-hdr"}), frozenset({"text", "document", "json"})
"""Kinds that an app may mistake for one another: for Scenario to judge."""


def coerce(spec: Input, value: Json, type_of: TypeOf | None = None) -> Coerced:
    """Any input but an `inputs_array`. An unknown type is left to Scenario."""
    single = _SINGLE.get(spec.type)
    if single is not None:
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        several = isinstance(value, list) and bool(spec.allowed_values)
        result = problem(spec, Constraint.TWICE, value) if several else single(spec, value)
    else:
        element = _ELEMENTS.get(spec.type)
        result = value if element is None else _array(spec, value, element)
    if type_of is not None and spec.model_types and not isinstance(result, Problem):
        return _of_family(spec, result, type_of)
    return result


def problem(
    spec: Input,
    rule: Constraint,
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


def sized(spec: Input, value: Json, length: int) -> Coerced:
    """`minLength` and `maxLength`: characters of a text, items of an array."""
    bounds = (spec.min_length, spec.max_length)
    if spec.max_length is not None and length > spec.max_length:
        return problem(spec, Constraint.TOO_LONG, value, bounds=bounds)
    if spec.min_length is not None and length < spec.min_length:
        return problem(spec, Constraint.TOO_SHORT, value, bounds=bounds)
    return value


def items_of(spec: Input, value: Json) -> list[Json]:
    """The items of an array input, however they were written.

    Scenario silently drops a scalar that is sent to an array input, and charges: so it is wrapped. In a text
    they stand in JSON, one on each line, or between commas (with quotes around one that has its own).
    """
    if isinstance(value, list):
        return value
    if not isinstance(value, str) or value.startswith(DATA):
        return [value]
    if spec.type == "inputs_array":
        return objects(spec, value)
    if value.lstrip().startswith(("[", "{")) and isinstance(read := loose.parse(value), list | dict):
        return read if isinstance(read, list) else [read]
    if choices.match(spec.allowed_values, value) is not None:
        return [value]
    lines = value.splitlines()
    if len(lines) > 1:
        return [line.strip() for line in lines]
    return [one.strip() for row in csv.reader(lines, skipinitialspace=True) for one in row]


def fits_kind(spec: Input, kind: str | None) -> bool:
    """Whether a file of this kind may go where `spec` is. A `file` without a kind means an image."""
    wanted = spec.kind or "image"
    return kind is None or kind == wanted or any({kind, wanted} <= alike for alike in _SAME_KIND)


def _of_family(spec: Input, value: Json, type_of: TypeOf) -> Coerced:
    for one in value if isinstance(value, list) else [value]:
        kind = type_of(one) if isinstance(one, str) else None
        if kind is not None and kind not in spec.model_types:
            return problem(spec, Constraint.MODEL_TYPE, one, allowed=spec.model_types)
    return value


# One function per type


def _array(spec: Input, value: Json, element: Callable[[Input, Json], Coerced]) -> Coerced:
    items: list[Json] = []
    for one in items_of(spec, value):
        if unset(one):
            continue
        item = element(spec, one)
        if isinstance(item, Problem):
            return item
        items.append(item)
    return items if unset(items) else sized(spec, items, len(items))


def _string(spec: Input, value: Json) -> Coerced:
    if spec.allowed_values:
        return _choice(spec, value)
    words = value if isinstance(value, str) else loose.text(value)
    if words is None:
        return problem(spec, Constraint.TYPE, value, allowed=("text",))
    return sized(spec, words, len(words))


def _word(spec: Input, value: Json) -> Coerced:
    """A text inside an array, where the lengths count items."""
    if spec.allowed_values:
        return _choice(spec, value)
    return value if isinstance(value, str) else problem(spec, Constraint.TYPE, value, allowed=("text",))


def _model(spec: Input, value: Json) -> Coerced:
    return value if isinstance(value, str) else problem(spec, Constraint.TYPE, value, allowed=("model",))


def _file(spec: Input, value: Json) -> Coerced:
    """An asset's id, a data URL, or a placeholder for an asset that is still to be uploaded."""
    if not isinstance(value, str):
        return problem(spec, Constraint.TYPE, value, allowed=("file",))
    if value.startswith(DATA):
        head = value[len(DATA) :].partition(",")[0]
        if not fits_kind(spec, kind_of(head)):
            return problem(spec, Constraint.KIND, head.partition(";")[0], allowed=(spec.kind or "image",))
    return value


def _boolean(spec: Input, value: Json) -> Coerced:
    if isinstance(value, bool):
        return value
    word = (loose.text(value) or "").casefold()
    if word in {"true", "yes", "on", "1"}:
        return True
    if word in {"false", "no", "off", "0"}:
        return False
    return problem(spec, Constraint.TYPE, value, allowed=("boolean",))


def _number(spec: Input, value: Json) -> Coerced:
    if spec.allowed_values:
        return _choice(spec, value)
    bounds = (spec.min, spec.max)
    number = exact(value)
    if number is None:
        number = exact(choices.bare(value))  # "5s" for 5
    if number is None:
        return problem(spec, Constraint.TYPE, value, allowed=(_sort(spec),), bounds=bounds)
    grid = Grid.of(spec.min, spec.max, spec.step)
    snapped = grid.snap(number)
    placed = number if snapped is None else snapped
    if not grid.below(placed) and not grid.above(placed) and snapped is not None:
        return tidy(snapped)
    rule = Constraint.MIN if grid.below(placed) else Constraint.MAX if grid.above(placed) else Constraint.STEP
    around = tuple(map(tidy, grid.around(number)))
    return problem(spec, rule, value, bounds=bounds, nearest=around)


def _sort(spec: Input) -> str:
    """ "whole" for a number that has no fraction."""
    ends = [one for one in (spec.step, spec.min) if one is not None]
    return "whole" if spec.step and all(float(one).is_integer() for one in ends) else "number"


def _choice(spec: Input, value: Json) -> Coerced:
    """One of `allowedValues`, with the type that it has there. Other rules do not apply to it."""
    found = choices.match(spec.allowed_values, value)
    if found is None and isinstance(value, str):
        found = _by_label(spec, value)
    if found is not None:
        return found
    said = tuple(one for one in spec.allowed_values if not unset(one))
    near = choices.nearest(value, said) or choices.nearest(value, tuple(_labeled(spec)))
    return problem(spec, Constraint.ALLOWED, value, allowed=said, nearest=near)


def _by_label(spec: Input, value: str) -> Json:
    """The choice that an app shows as `value` (`uiConfig.selects`), or the only one that begins so."""
    labeled = _labeled(spec)
    shown = choices.match(labeled, value)
    if isinstance(shown, str):
        return labeled[shown]
    written = {one: one for one in spec.allowed_values if isinstance(one, str)}
    return choices.begun({**written, **labeled}, value)


def _labeled(spec: Input) -> dict[str, Json]:
    """The choices by their labels; labels that several have mean none of them."""
    found = {
        label: choices.match(spec.allowed_values, text)
        for text, label in spec.labels.items()
        if list(spec.labels.values()).count(label) == 1
    }
    return {label: one for label, one in found.items() if one is not None}


_Read: TypeAlias = Callable[[Input, Json], Coerced]
_SINGLE: Final[Mapping[str, _Read]] = {
    "string": _string,
    "number": _number,
    "boolean": _boolean,
    "file": _file,
    "model": _string,
}
_ELEMENTS: Final[Mapping[str, _Read]] = {
    "string_array": _word,
    "number_array": _number,
    "file_array": _file,
    "model_array": _model,
}
