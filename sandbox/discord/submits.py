"""What a member enters into a modal, checked as Discord's own client checks it, and as the bot gets it."""

from collections.abc import Callable
from typing import Any, Protocol, cast

from sandbox.discord.checks import array, mapping
from sandbox.discord.components import SELECTS
from sandbox.discord.modals import BOX, BOXES, LABEL, RADIO, TEXT_INPUT, UPLOAD, inputs
from sandbox.json import Json


class Hands(Protocol):
    """Turns what a member names or hands over into an id, filed under `resolved`. Each raises ValueError."""

    def file(self, value: object, resolved: Json) -> str: ...
    def choose(self, select: Json, value: str, resolved: Json) -> str: ...


def submitted(modal: Json, values: Json, hands: Hands) -> Json:
    """The data of the interaction that a submit becomes: `{custom_id, components, resolved?}`.

    `values` maps custom ids to what was entered: a text; one value or a list for selects, radio buttons and
    groups of checkboxes; true or false for a checkbox; one file or a list of them. What is missing stays as
    the modal has it. Raises ValueError with the reason where Discord's client would not let the member
    submit.
    """
    known = {part["custom_id"]: part for part in inputs(modal)}
    for name in values:
        if name not in known:
            raise ValueError(f"the modal has no input {name!r}: it has {', '.join(known)}")
    resolved: Json = {}

    def one(part: Json) -> Json:
        answer = {key: part[key] for key in ("type", "id", "custom_id") if key in part}
        if part.get("type") in (1, LABEL, 10):
            return _wrapped(part, answer, one)
        return answer | _value(part, values.get(part["custom_id"]), hands, resolved)

    data: Json = {"custom_id": modal["custom_id"], "components": [one(part) for part in modal["components"]]}
    return {**data, "resolved": resolved} if resolved else data


def _wrapped(part: Json, answer: Json, one: Callable[[Json], Json]) -> Json:
    if part["type"] == 1:
        return {**answer, "components": [one(inner) for inner in part["components"]]}
    return {**answer, "component": one(part["component"])} if part["type"] == LABEL else answer


def _value(part: Json, given: object, hands: Hands, resolved: Json) -> Json:
    """`{value}` or `{values}`, whichever this kind of input has."""
    kind = part["type"]
    if kind == TEXT_INPUT:
        return {"value": _text(part, part.get("value") or "" if given is None else given)}
    if kind == BOX:
        ticked = bool(part.get("default")) if given is None else given
        if not isinstance(ticked, bool):
            raise ValueError(f"{part['custom_id']} is true or false")
        return {"value": ticked}
    entered = _defaults(part) if given is None else given
    chosen = array(cast(object, entered)) if isinstance(entered, list) else [entered]
    _counted(part, len(chosen))
    if kind == UPLOAD:
        return {"values": [hands.file(one, resolved) for one in chosen]}
    if kind in SELECTS:
        return {"values": [hands.choose(part, str(one), resolved) for one in chosen]}
    picked = [_option(part, str(one)) for one in chosen]
    return {"values": picked} if kind == BOXES else {"value": picked[0] if picked else None}


def _defaults(part: Json) -> list[Any]:
    options = [mapping(option) for option in array(part.get("options"))]
    return [option["value"] for option in options if option.get("default")]


def _option(part: Json, value: str) -> str:
    for option in map(mapping, array(part.get("options"))):
        if value in (option["value"], option["label"]):
            return str(option["value"])
    raise ValueError(f"{part['custom_id']}: {value!r} is not among the options")


def _text(part: Json, given: object) -> str:
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
    most = 1 if part["type"] == RADIO else part.get("max_values") or 1
    least = max(least, int(required))
    if not least <= count <= most:
        raise ValueError(f"{part['custom_id']} takes {least} to {most} values, got {count}")
