"""A member's options against a synced command, checked as Discord's own client checks them."""

from collections.abc import Callable
from typing import Any, Protocol

from sandbox.discord.checks import array, mapping, number
from sandbox.json import Json

SUB, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(1, 12)

_SAFE = 2**53


class OptionError(ValueError):
    """An option that Discord's client would not let the member send."""


class Resolver(Protocol):
    """Turns what a member names into an id, and files it under `resolved`. Each raises OptionError."""

    def user(self, name: str, resolved: Json) -> str: ...
    def channel(self, name: str, resolved: Json) -> str: ...
    def role(self, name: str, resolved: Json) -> str: ...
    def file(self, value: object, resolved: Json) -> str: ...


def split(name: str) -> tuple[str, list[str]]:
    """ "workflow run" is the command "workflow" and the path to its sub-command."""
    first, *rest = name.split()
    return first, rest


def chosen(command: Json, path: list[str]) -> list[Json]:
    """The options that the (sub-)command takes. Raises OptionError."""
    options = [mapping(one) for one in array(command.get("options"))]
    for step in path:
        below = [one for one in options if one["name"] == step and one["type"] in (SUB, GROUP)]
        if not below:
            raise OptionError(f"{command['name']} has no sub-command {step!r}")
        options = [mapping(one) for one in array(below[0].get("options"))]
    if any(one["type"] in (SUB, GROUP) for one in options):
        names = ", ".join(one["name"] for one in options)
        raise OptionError(f"{command['name']} needs a sub-command: {names}")
    return options


def filled(options: list[Json], given: Json, resolver: Resolver, resolved: Json) -> list[Json]:
    """The options of a complete command, in the order in which the member gave them."""
    known = {one["name"]: one for one in options}
    for option in options:
        if option.get("required") and given.get(option["name"]) is None:
            raise OptionError(f"{option['name']} is required")
    result: list[Json] = []
    for name, value in given.items():
        if name not in known:
            raise OptionError(f"there is no option {name!r}: there are {', '.join(known) or 'none'}")
        if value is not None:
            typed = _value(known[name], value, resolver, resolved)
            result.append({"name": name, "type": known[name]["type"], "value": typed})
    return result


def typing(options: list[Json], given: Json, focused: str, resolver: Resolver) -> list[Json]:
    """The options of a command that is still being typed: what does not fit yet is left out. People,
    channels, roles and files are ids, and nothing is resolved.
    """
    known = {one["name"]: one for one in options}
    if focused not in known or not known[focused].get("autocomplete"):
        raise OptionError(f"{focused!r} has no suggestions")
    result: list[Json] = []
    for name, value in {**given, focused: given.get(focused, "")}.items():
        if name not in known:
            raise OptionError(f"there is no option {name!r}")
        option = known[name]
        if name == focused:
            result.append({"name": name, "type": option["type"], "value": str(value), "focused": True})
        elif (sent := _sent(option, value, resolver)) is not None:
            result.append({"name": name, "type": option["type"], "value": sent})
    return result


def _sent(option: Json, value: object, resolver: Resolver) -> Any:
    """An option beside the one that is being typed; None for one that is not sent yet."""
    if option["type"] in (STRING, INTEGER, BOOLEAN, NUMBER):
        return value
    try:
        return None if value is None else _value(option, value, resolver, {})
    except OptionError:
        return None


def nested(command: Json, path: list[str], options: list[Json]) -> list[Json]:
    """The options inside their sub-commands, as an interaction carries them."""
    for depth in range(len(path), 0, -1):
        kind = GROUP if depth < len(path) else SUB
        options = [{"name": path[depth - 1], "type": kind, "options": options}]
    return options


def _value(option: Json, value: object, resolver: Resolver, resolved: Json) -> Any:
    kind = option["type"]
    if option.get("choices"):
        return _choice(option, value)
    simple: dict[int, Callable[[Json, object], Any]] = {
        STRING: _string,
        INTEGER: _number,
        NUMBER: _number,
        BOOLEAN: _boolean,
    }
    if kind in simple:
        return simple[kind](option, value)
    if kind == ATTACHMENT:
        return resolver.file(value, resolved)
    if not isinstance(value, str):
        raise OptionError(f"{option['name']} takes a name or an id")
    if kind == MENTIONABLE:
        try:
            return resolver.role(value, resolved)
        except OptionError:
            return resolver.user(value, resolved)
    return {USER: resolver.user, CHANNEL: resolver.channel, ROLE: resolver.role}[kind](value, resolved)


def _choice(option: Json, value: object) -> Any:
    for one in map(mapping, array(option["choices"])):
        if value in (one["value"], one["name"]) and not isinstance(value, bool):
            return one["value"]
    names = ", ".join(str(mapping(one)["name"]) for one in array(option["choices"]))
    raise OptionError(f"{option['name']} is one of: {names}")


def _string(option: Json, value: object) -> str:
    if not isinstance(value, str):
        raise OptionError(f"{option['name']} takes a text")
    least, most = option.get("min_length") or 0, option.get("max_length") or 6000
    if not value or not least <= len(value) <= most:
        raise OptionError(f"{option['name']} takes {max(least, 1)} to {most} characters, got {len(value)}")
    return value


def _boolean(option: Json, value: object) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    raise OptionError(f"{option['name']} is true or false")


def _number(option: Json, value: object) -> float:
    typed = _typed(option, value)
    least, most = option.get("min_value"), option.get("max_value")
    if abs(typed) > _SAFE:
        raise OptionError(f"{option['name']} is too large")
    if (least is not None and typed < least) or (most is not None and typed > most):
        raise OptionError(f"{option['name']} takes {least} to {most}, got {typed}")
    return typed


def _typed(option: Json, value: object) -> float:
    whole = option["type"] == INTEGER
    try:
        if isinstance(value, str):
            return int(value) if whole else float(value)
    except ValueError:
        pass
    if number(value) and isinstance(value, int | float) and (not whole or value == int(value)):
        return int(value) if whole else value
    raise OptionError(f"{option['name']} takes a {'whole ' if whole else ''}number")
