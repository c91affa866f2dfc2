"""Modals: Discord's rules for opening one. What a member enters is in `submits.py`."""

from sandbox.discord.checks import (
    CHOICES,
    Flaws,
    all_objects,
    array,
    at,
    boolean,
    choice,
    integer,
    keys,
    kind_of,
    listing,
    mapping,
    objects,
    only,
    text,
)
from sandbox.discord.components import SELECTS, custom_id_flaws, select_flaws, walk
from sandbox.discord.refusal import Flaw
from sandbox.json import Json

TEXT_INPUT, LABEL, UPLOAD, RADIO, BOXES, BOX = 4, 18, 19, 21, 22, 23
"""Types: a text input, a label, a file upload, a group of radio buttons, one of checkboxes, a checkbox."""
GROUPS = frozenset({RADIO, BOXES})
INPUTS = frozenset({TEXT_INPUT, UPLOAD, RADIO, BOXES, BOX, *SELECTS})

_MODAL = frozenset({"custom_id", "title", "components"})
_ROW = frozenset({"type", "id", "components"})
_LABEL = frozenset({"type", "id", "label", "description", "component"})
_TEXT = frozenset({"type", "id", "content"})
_INPUT = keys("type id custom_id style label min_length max_length required value placeholder")
_UPLOAD = frozenset({"type", "id", "custom_id", "min_values", "max_values", "required"})
_GROUP = {RADIO: keys("type id custom_id options required"), BOXES: _UPLOAD | {"options"}}
_BOX = frozenset({"type", "id", "custom_id", "default"})
_CHOICE = frozenset({"label", "value", "description", "default"})


def modal_flaws(modal: Json, path: str = "data") -> Flaws:
    """Flaws of the data of a type 9 answer."""
    yield from only(modal, _MODAL, path)
    yield from text(modal, "custom_id", path, least=1, most=100, required=True)
    yield from text(modal, "title", path, least=1, most=45, required=True)
    yield from listing(modal, "components", path, least=1, most=5, required=True)
    where = at(path, "components")
    for place, component in objects(array(modal.get("components")), where):
        yield from _top(component, place)
    names = [str(part.get("custom_id")) for part in inputs(modal)]
    if len(set(names)) < len(names):
        yield Flaw(where, "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")


def inputs(modal: Json) -> list[Json]:
    """Every component of the modal that takes a value."""
    parts = walk(array(modal.get("components")))
    return [part for part in parts if kind_of(part) in INPUTS]


def _top(component: Json, path: str) -> Flaws:
    match kind_of(component):
        case 1:
            yield from only(component, _ROW, path)
            yield from listing(component, "components", path, least=1, most=1, required=True)
            for place, inner in objects(array(component.get("components")), at(path, "components")):
                yield from _text_input(inner, place, labeled=False)
        case 10:
            yield from only(component, _TEXT, path)
            yield from text(component, "content", path, most=4000, required=True)
        case 18:
            yield from _label(component, path)
        case _:
            yield Flaw(at(path, "type"), "UNION_TYPE_CHOICES", "Value of field must be one of (1, 10, 18).")


def _label(label: Json, path: str) -> Flaws:
    yield from only(label, _LABEL, path)
    yield from text(label, "label", path, least=1, most=45, required=True)
    yield from text(label, "description", path, most=100)
    inner = mapping(label.get("component"))
    where = at(path, "component")
    kind = kind_of(inner)
    if kind == TEXT_INPUT:
        yield from _text_input(inner, where, labeled=True)
    elif kind in SELECTS:
        yield from select_flaws(inner, where)
        if inner.get("disabled"):
            yield Flaw(at(where, "disabled"), "COMPONENT_DISABLED", "Nothing in a modal can be disabled")
    elif kind == UPLOAD:
        yield from only(inner, _UPLOAD, where)
        yield from custom_id_flaws(inner, where)
        yield from integer(inner, "min_values", where, least=0, most=10)
        yield from integer(inner, "max_values", where, least=1, most=10)
        yield from boolean(inner, "required", where)
    elif kind in GROUPS:
        yield from _group(inner, where, kind)
    elif kind == BOX:
        yield from only(inner, _BOX, where)
        yield from custom_id_flaws(inner, where)
        yield from boolean(inner, "default", where)
    else:
        yield Flaw(at(where, "type"), CHOICES, f"Value must be one of {sorted(INPUTS)}.")


def _group(group: Json, path: str, kind: int) -> Flaws:
    """Two to ten radio buttons, or one to ten checkboxes."""
    where = at(path, "options")
    options = array(group.get("options"))
    yield from only(group, _GROUP[kind], path)
    yield from custom_id_flaws(group, path)
    yield from boolean(group, "required", path)
    yield from listing(group, "options", path, least=2 if kind == RADIO else 1, most=10, required=True)
    yield from all_objects(options, where)
    for place, option in objects(options, where):
        yield from only(option, _CHOICE, place)
        yield from text(option, "label", place, least=1, most=100, required=True)
        yield from text(option, "value", place, least=1, most=100, required=True)
        yield from text(option, "description", place, most=100)
        yield from boolean(option, "default", place)
    values = [str(mapping(option).get("value")) for option in options]
    if len(set(values)) < len(values):
        yield Flaw(where, "COMPONENT_OPTION_VALUE_DUPLICATED", "The specified option value is already used")
    chosen = sum(1 for option in options if mapping(option).get("default"))
    most = group.get("max_values") if kind == BOXES else 1
    if kind == BOXES:
        yield from integer(group, "min_values", path, least=0, most=10)
        yield from integer(group, "max_values", path, least=1, most=10)
        most = 1 if most is None else most
    if isinstance(most, int) and chosen > most:
        yield Flaw(where, "COMPONENT_TOO_MANY_DEFAULTS", f"At most {most} of the options can be chosen")


def _text_input(component: Json, path: str, *, labeled: bool) -> Flaws:
    if component.get("type") != TEXT_INPUT:
        yield Flaw(at(path, "type"), CHOICES, "Value must be one of {4}.")
        return
    yield from only(component, _INPUT, path)
    yield from custom_id_flaws(component, path)
    yield from choice(component, "style", path, frozenset({1, 2}), required=True)
    yield from text(component, "label", path, most=45, required=not labeled)
    if labeled and component.get("label") is not None:
        yield Flaw(at(path, "label"), "TEXT_INPUT_LABEL_NOT_ALLOWED", "The label component carries the label")
    yield from integer(component, "min_length", path, least=0, most=4000)
    yield from integer(component, "max_length", path, least=1, most=4000)
    yield from boolean(component, "required", path)
    yield from text(component, "value", path, most=4000)
    yield from text(component, "placeholder", path, most=100)
