"""A model's input schema: check, coerce, explain. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from bot.scenario.api.records import Input, Json, Model
from bot.schema import choices
from bot.schema.constraints import Checked as Checked
from bot.schema.constraints import Constraint as Constraint
from bot.schema.constraints import Problem as Problem
from bot.schema.constraints import always, demanded, unset
from bot.schema.typed import Coerced, TypeOf, coerce, items_of, problem, sized

Fields: TypeAlias = Sequence[Input]


def check(model: Model, values: Mapping[str, Json], *, type_of: TypeOf | None = None) -> Checked:
    """Check and coerce `values` against the model's schema.

    None, "" and [] mean "not set" and are left out. Nothing is added but the default of an input that must
    always be sent. A model whose record has no schema (`inputs` is None) is not checked at all.
    Only what is certain is refused: Scenario's own check of a doubtful case costs nothing.
    type_of: the type of a trained model by its id, None for one that is not known.
    """
    if model.inputs is None:
        given = {name: value for name, value in values.items() if not unset(value)}
        return Checked(values=given, problems=())
    return _fields(model.inputs, values, type_of)


def accepts(spec: Input, value: Json) -> bool:
    """Whether this value alone would be accepted."""
    return unset(value) or not isinstance(_coerce(spec, value, None), Problem)


def _fields(specs: Fields, values: Mapping[str, Json], type_of: TypeOf | None) -> Checked:
    named = {spec.name: spec for spec in specs}
    accepted: dict[str, Json] = {}
    problems: list[Problem] = []
    for name, value in values.items():
        if unset(value):
            continue
        spec = named.get(name)
        result = _unknown(specs, name, value) if spec is None else _coerce(spec, value, type_of)
        if isinstance(result, Problem):
            problems.append(result)
        elif not unset(result):
            accepted[name] = result
    broken = {one.input for one in problems}
    missing = [spec for spec in specs if spec.name not in accepted and spec.name not in broken]
    # defaults first: they are sent too, so that other rules are judged with them
    for spec in missing:
        default = _default(spec, type_of)
        if default is not None:
            accepted[spec.name] = default
    # a wrong value is a value: nothing else is called missing on its account
    said = accepted | {name: values[name] for name in broken if name in named and name in values}
    problems += [
        problem(spec, Constraint.REQUIRED, allowed=spec.allowed_values)
        for spec in missing
        if spec.name not in accepted and demanded(spec, specs, said)
    ]
    problems += [lone for spec in specs if (lone := _lone_mask(spec, named, accepted))]
    return Checked(values=accepted, problems=tuple(problems))


def _unknown(specs: Fields, name: str, given: Json) -> Problem:
    there = tuple(spec.name for spec in specs)
    return Problem(
        input=name,
        label=name,
        rule=Constraint.UNKNOWN,
        given=given,
        allowed=there,
        nearest=choices.alike(name, there),
    )


def _default(spec: Input, type_of: TypeOf | None) -> Json:
    """What is sent for an input that must always be sent; None where it has no default that is accepted."""
    if not always(spec) or unset(spec.default):
        return None
    default = _coerce(spec, spec.default, type_of)
    return None if isinstance(default, Problem) else default


def _lone_mask(spec: Input, named: Mapping[str, Input], accepted: Mapping[str, Json]) -> Problem | None:
    """A mask without the picture that it masks would be paid for in vain."""
    picture = named.get(spec.mask_from or "")
    if spec.name not in accepted or picture is None or picture is spec or picture.name in accepted:
        return None
    return problem(spec, Constraint.NEEDS, allowed=(picture.label or picture.name,))


def _coerce(spec: Input, value: Json, type_of: TypeOf | None) -> Coerced:
    if spec.type != "inputs_array":
        return coerce(spec, value, type_of)
    items: list[Json] = []
    for at, one in enumerate(items_of(spec, value), start=1):
        if unset(one):
            continue
        if not isinstance(one, dict):
            fields = tuple(field.name for field in spec.inputs)
            return problem(spec, Constraint.TYPE, one, allowed=("object",), nearest=fields)
        if not spec.inputs:  # a record that does not say which fields there are
            items.append(one)
            continue
        told = _fields(spec.inputs, one, type_of)
        if told.problems:
            first = told.problems[0]
            where = f"{spec.label or spec.name} {at} · {first.label}"
            return replace(first, input=spec.name, label=where)
        items.append(dict(told.values))
    return items if unset(items) else sized(spec, items, len(items))
