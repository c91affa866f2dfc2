"""Modals: Discord's rules for opening one, and what a member's values become when it is submitted."""

from collections.abc import Callable
from typing import Any, cast

from sandbox.discord.checks import (
    CHOICES,
    Flaws,
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

TEXT_INPUT = 4
LABEL = 18
UPLOAD = 19

_MODAL = frozenset({"custom_id", "title", "components"})
_ROW = frozenset({"type", "id", "components"})
_LABEL = frozenset({"type", "id", "label", "description", "component"})
_TEXT = frozenset({"type", "id", "content"})
_INPUT = keys("type id custom_id style label min_length max_length required value placeholder")
_UPLOAD = frozenset({"type", "id", "custom_id", "min_values", "max_values", "required"})


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
    return [part for part in parts if kind_of(part) in {TEXT_INPUT, UPLOAD, *SELECTS}]


def _top(component: Json, path: str) -> Flaws:
    match kind_of(component):
        case 1:
            yield from only(component, _ROW, path)
            yield from listing(component, "components", path, least=1, most=1, required=True)
            for place, inner in objects(array(component.get("components")), at(path, "components")):
                yield from _text_input(inner, place, labelled=False)
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
        yield from _text_input(inner, where, labelled=True)
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
    else:
        yield Flaw(at(where, "type"), CHOICES, "Value must be one of {3, 4, 5, 6, 7, 8, 19}.")


def _text_input(component: Json, path: str, *, labelled: bool) -> Flaws:
    if component.get("type") != TEXT_INPUT:
        yield Flaw(at(path, "type"), CHOICES, "Value must be one of {4}.")
        return
    yield from only(component, _INPUT, path)
    yield from custom_id_flaws(component, path)
    yield from choice(component, "style", path, frozenset({1, 2}), required=True)
    yield from text(component, "label", path, most=45, required=not labelled)
    if labelled and component.get("label") is not None:
        yield Flaw(at(path, "label"), "TEXT_INPUT_LABEL_NOT_ALLOWED", "The label component carries the label")
    yield from integer(component, "min_length", path, least=0, most=4000)
    yield from integer(component, "max_length", path, least=1, most=4000)
    yield from boolean(component, "required", path)
    yield from text(component, "value", path, most=4000)
    yield from text(component, "placeholder", path, most=100)


Upload = Callable[[Any], Json]
"""Stores a file that a member gives, and returns its attachment object. Raises ValueError."""


def submitted(modal: Json, values: Json, upload: Upload) -> Json:
    """The data of the interaction that a submit becomes: `{custom_id, components, resolved?}`.

    `values` maps custom ids to a text, to a list (selects) or to files. Raises ValueError with the reason
    where Discord's own client would not let the member submit.
    """
    known = {part["custom_id"]: part for part in inputs(modal)}
    for name in values:
        if name not in known:
            raise ValueError(f"the modal has no input {name!r}: it has {', '.join(known)}")
    attachments: Json = {}

    def one(part: Json) -> Json:
        answer = {key: part[key] for key in ("type", "id", "custom_id") if key in part}
        if part.get("type") in (1, 18, 10):
            return _wrapped(part, answer, one)
        return answer | _value(part, values, upload, attachments)

    data: Json = {"custom_id": modal["custom_id"], "components": [one(part) for part in modal["components"]]}
    if attachments:
        data["resolved"] = {"attachments": attachments}
    return data


def _wrapped(part: Json, answer: Json, one: Callable[[Json], Json]) -> Json:
    if part["type"] == 1:
        return {**answer, "components": [one(inner) for inner in part["components"]]}
    return {**answer, "component": one(part["component"])} if part["type"] == LABEL else answer


def _value(part: Json, values: Json, upload: Upload, attachments: Json) -> Json:
    name = part["custom_id"]
    given: Any = values.get(name)
    if part["type"] == TEXT_INPUT:
        return {"value": _typed(part, part.get("value") or "" if given is None else given)}
    if given is None:
        options = array(part.get("options"))
        given = [option["value"] for option in options if option.get("default")]
    chosen = array(cast(object, given)) if isinstance(given, list) else [given]
    _counted(part, len(chosen))
    if part["type"] == UPLOAD:
        stored = [upload(one) for one in chosen]
        attachments.update({one["id"]: one for one in stored})
        return {"values": [one["id"] for one in stored]}
    known = {option.get("value") for option in array(part.get("options"))}
    if part["type"] == 3 and not set(chosen) <= known:
        raise ValueError(f"{name}: {chosen} is not among the options")
    return {"values": [str(one) for one in chosen]}


def _typed(part: Json, given: object) -> str:
    name = part["custom_id"]
    if not isinstance(given, str):
        raise ValueError(f"{name} takes a text")  # noqa: TRY004 - one error for all that a member gets wrong
    least, most = part.get("min_length") or 0, part.get("max_length") or 4000
    required = part.get("required") is not False
    if required and not given.strip():
        raise ValueError(f"{name} is required")
    if (required or given) and not least <= len(given) <= most:
        raise ValueError(f"{name} takes {least} to {most} characters, got {len(given)}")
    return given


def _counted(part: Json, count: int) -> None:
    required = part.get("required") is not False
    if not required and not count:
        return
    least = part.get("min_values")
    least = 1 if least is None else least
    most = part.get("max_values") or 1
    if not max(least, int(required)) <= count <= most:
        raise ValueError(f"{part['custom_id']} takes {least} to {most} values, got {count}")
