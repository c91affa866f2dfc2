"""A model's inputs → pages of a form. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bot.forms.controls import Control, control_of, field_id, parts_of
from bot.request.roles import prompt_input
from bot.scenario.api.records import Input, Json, Model
from bot.schema.inputs import check

FIELDS: Final = 5
"""Components of a modal at most."""

BARE: Final = (Input(name="prompt", type="string", prompt=True, required={"always": True}),)
"""The guide's minimum, for a model whose record shows no inputs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One input on a page."""

    id: str
    spec: Input
    control: Control
    required: bool
    """Nothing can be made without it, and it has no default."""
    keys: Mapping[str, Json] = field(default_factory=dict[str, Json])
    """Of a choice: what this field offers, by key."""
    part: tuple[int, int] | None = None
    """Of a choice that is too long for one select: which of how many this is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    fields: tuple[Field, ...]


def described(model: Model) -> Model:
    """The model with inputs to fill in, whatever its record shows."""
    return replace(model, inputs=BARE) if model.inputs is None else model


def pages_of(model: Model) -> tuple[Page, ...]:
    """What is required and the prompt first, then the model's own order; none for a model without inputs."""
    model = described(model)
    prompt = prompt_input(model)
    prompt_name = prompt.name if prompt is not None else None
    fields = [one for spec in model.inputs or () for one in _fields_of(spec)]
    fields.sort(key=lambda one: _rank(one, prompt_name))
    return tuple(Page(fields=tuple(fields[n : n + FIELDS])) for n in range(0, len(fields), FIELDS))


def _rank(one: Field, prompt_name: str | None) -> int:
    if one.spec.name == prompt_name:
        return 0
    return 1 if one.required else 2 if one.part is not None and _required(one.spec) else 3


def _fields_of(spec: Input) -> list[Field]:
    control, needed = control_of(spec), _required(spec)
    if control not in {Control.CHOICE, Control.CHOICES}:
        return [Field(id=field_id(spec.name), spec=spec, control=control, required=needed)]
    parts = parts_of(spec)
    if len(parts) == 1:
        (whole,) = parts.items()
        return [Field(id=whole[0], spec=spec, control=control, required=needed, keys=whole[1])]
    return [
        # no part of it alone must be chosen from
        Field(id=id_, spec=spec, control=control, required=False, keys=keys, part=(number, len(parts)))
        for number, (id_, keys) in enumerate(parts.items(), start=1)
    ]


def page_with(pages: Sequence[Page], name: str) -> int | None:
    """The page on which this input is."""
    places = (n for n, page in enumerate(pages) if any(one.spec.name == name for one in page.fields))
    return next(places, None)


def _required(spec: Input) -> bool:
    alone = Model(id="", name="", inputs=(spec,))
    needed = spec.required is not None and spec.required.get("always") is True
    return needed and bool(check(alone, {}).problems)


def without_defaults(model: Model, values: Mapping[str, Json]) -> dict[str, Json]:
    """What differs from the model's own defaults: those are Scenario's to add."""
    defaults = {one.name: one.default for one in described(model).inputs or ()}
    return {name: value for name, value in values.items() if not _same(value, defaults.get(name))}


def _same(value: Json, default: Json) -> bool:
    return value == default and isinstance(value, bool) == isinstance(default, bool)
