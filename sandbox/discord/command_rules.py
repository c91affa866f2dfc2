"""Discord's rules for application commands, as pure functions over decoded JSON."""

import re
from typing import Any

from sandbox.discord.checks import (
    Flaws,
    array,
    at,
    boolean,
    choice,
    integer,
    keys,
    listing,
    mapping,
    number,
    objects,
    only,
    text,
)
from sandbox.discord.limits import choice_flaws
from sandbox.discord.refusal import Flaw, Refusal, refusal_of
from sandbox.discord.state import LOCALES
from sandbox.json import Json

CHAT, USER, MESSAGE, ENTRY = 1, 2, 3, 4
SUB, GROUP, STRING, INTEGER, NUMBER, CHANNEL, ATTACHMENT = 1, 2, 3, 4, 10, 7, 11
MOST = {CHAT: 100, USER: 15, MESSAGE: 15, ENTRY: 1}
SIZE = 8000

_COMMAND = keys(
    "id application_id guild_id version type name name_localizations description description_localizations"
    " options default_member_permissions dm_permission default_permission nsfw contexts integration_types"
    " handler"
)
_OPTION = keys(
    "type name name_localizations description description_localizations required choices options"
    " channel_types min_value max_value min_length max_length autocomplete file_types"
)
FILE_GROUPS = frozenset({"image", "video", "audio"})
MOST_FILE_TYPES = 10
_ENDING = re.compile(r"\.[A-Za-z0-9][A-Za-z0-9.+_-]*")


def check_command(command: Json, path: str = "") -> Refusal | None:
    """Every rule for a single command."""
    return refusal_of(command_flaws(command, path))


def check_bulk(commands: list[Any]) -> Refusal | None:
    """Every rule for a list that replaces all commands of a scope; paths begin with the index."""
    return refusal_of(_bulk(commands)) or check_count([mapping(one) for one in commands])


def check_count(commands: list[Json]) -> Refusal | None:
    """At most 100 chat commands, 15 for users and 15 for messages in one scope."""
    for kind, most in MOST.items():
        if sum(1 for one in commands if one.get("type", CHAT) == kind) > most:
            return Refusal(400, 30032, "", f"Maximum number of application commands reached ({most})")
    return None


def _bulk(commands: list[Any]) -> Flaws:
    seen: set[tuple[str, str]] = set()
    for index, value in enumerate(commands):
        command = mapping(value)
        if not command:
            yield Flaw(str(index), "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
        yield from command_flaws(command, str(index))
        key = (str(command.get("type") or CHAT), str(command.get("name")))
        if key in seen:
            yield Flaw(
                str(index), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique"
            )
        seen.add(key)


def command_flaws(command: Json, path: str = "") -> Flaws:
    yield from only(command, _COMMAND, path)
    yield from choice(command, "type", path, frozenset({CHAT, USER, MESSAGE}))
    yield from text(command, "name", path, least=1, most=32, required=True)
    yield from boolean(command, "nsfw", path)
    yield from boolean(command, "dm_permission", path)
    yield from _sets(command, path)
    if command.get("type", CHAT) == CHAT:
        yield from _name(command, path)
        yield from text(command, "description", path, least=1, most=100, required=True)
        yield from _options(command, path, inside=None)
    else:
        for key in ("description", "options"):
            if command.get(key):
                yield Flaw(
                    at(path, key),
                    "APPLICATION_COMMAND_CONTEXT_MENU_FIELD",
                    f"Context menu commands cannot have {key}",
                )
    yield from _localized(command, path, named=command.get("type", CHAT) == CHAT)
    if weight(command) > SIZE:
        message = f"Command exceeds maximum size of {SIZE}"
        yield Flaw(path, "APPLICATION_COMMAND_TOO_LARGE", message)


def weight(part: Json) -> int:
    """Characters of names, descriptions and values, with everything below; the longest translation counts."""
    total = 0
    for key in ("name", "description"):
        words = [part.get(key), *mapping(part.get(f"{key}_localizations")).values()]
        total += max((len(word) for word in words if isinstance(word, str)), default=0)
    if isinstance(value := part.get("value"), str):
        total += len(value)
    below = [*array(part.get("options")), *array(part.get("choices"))]
    return total + sum(weight(mapping(one)) for one in below)


def _sets(command: Json, path: str) -> Flaws:
    for key, allowed in (("contexts", (0, 1, 2)), ("integration_types", (0, 1))):
        yield from listing(command, key, path, most=len(allowed), least=1)
        for index, value in enumerate(array(command.get(key))):
            if value not in allowed:
                yield Flaw(
                    at(path, f"{key}.{index}"), "BASE_TYPE_CHOICES", f"Value must be one of {set(allowed)}."
                )


def _name(holder: Json, path: str) -> Flaws:
    name: object = holder.get("name")
    if isinstance(name, str) and name and not _well_named(name):
        yield Flaw(at(path, "name"), "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _well_named(name: str) -> bool:
    # Marks (category M) are letters' parts in the scripts that the pattern admits.
    return name == name.lower() and all(one.isalnum() or one in "-_'" or _mark(one) for one in name)


def _mark(one: str) -> bool:
    return "\u0900" <= one <= "\u097f" or "\u0e00" <= one <= "\u0e7f"


def _localized(holder: Json, path: str, *, named: bool) -> Flaws:
    for key, most in (("name_localizations", 32), ("description_localizations", 100)):
        words = mapping(holder.get(key))
        for locale in words:
            if locale not in LOCALES:
                where = at(path, f"{key}.{locale}")
                yield Flaw(where, "BASE_TYPE_CHOICES", f"Discord has no locale {locale!r}")
            yield from text(words, locale, at(path, key), least=1, most=most, required=True)
            if named and most == 32 and isinstance(words[locale], str) and not _well_named(words[locale]):
                yield Flaw(
                    at(path, f"{key}.{locale}"), "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid"
                )


def _options(holder: Json, path: str, *, inside: int | None) -> Flaws:
    where = at(path, "options")
    options = array(holder.get("options"))
    yield from listing(holder, "options", path, most=25)
    yield from _order(options, where)
    for place, option in objects(options, where):
        yield from _option(option, place, inside=inside)
    nested = [mapping(one).get("type") in (SUB, GROUP) for one in options]
    if any(nested) and not all(nested):
        yield Flaw(
            where, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-commands and other options do not mix"
        )


def _order(options: list[Any], path: str) -> Flaws:
    names: set[str] = set()
    optional = False
    for index, value in enumerate(options):
        option = mapping(value)
        if str(option.get("name")) in names:
            yield Flaw(
                at(path, f"{index}.name"),
                "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS",
                "Option name already exists",
            )
        names.add(str(option.get("name")))
        if option.get("required") and optional:
            message = "Required options must be placed before non-required options"
            yield Flaw(at(path, index), "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
        optional = optional or not option.get("required")


def _option(option: Json, path: str, *, inside: int | None) -> Flaws:
    kind: object = option.get("type")
    yield from only(option, _OPTION, path)
    yield from choice(option, "type", path, frozenset(range(1, 12)), required=True)
    yield from text(option, "name", path, least=1, most=32, required=True)
    yield from text(option, "description", path, least=1, most=100, required=True)
    yield from boolean(option, "required", path)
    yield from boolean(option, "autocomplete", path)
    yield from _name(option, path)
    yield from _localized(option, path, named=True)
    if kind in (SUB, GROUP):
        if inside == SUB or (inside == GROUP and kind == GROUP):
            yield Flaw(at(path, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Nested too deep")
        else:
            yield from _options(option, path, inside=SUB if kind == SUB else GROUP)
        return
    yield from _values(option, path, kind)


def _values(option: Json, path: str, kind: object) -> Flaws:
    choices = array(option.get("choices"))
    yield from listing(option, "choices", path, most=25)
    if choices and kind not in (STRING, INTEGER, NUMBER):
        yield Flaw(
            at(path, "choices"), "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID", "This type has no choices"
        )
    for place, one in objects(choices, at(path, "choices")):
        yield from choice_flaws(one, place, kind if isinstance(kind, int) else STRING)
    if option.get("autocomplete") and (choices or kind not in (STRING, INTEGER, NUMBER)):
        yield Flaw(
            at(path, "autocomplete"),
            "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID",
            "Autocomplete excludes choices",
        )
    yield from _file_types(option, path)
    yield from integer(option, "min_length", path, least=0, most=6000)
    yield from integer(option, "max_length", path, least=1, most=6000)
    for key, kinds in (
        ("min_length", (STRING,)),
        ("max_length", (STRING,)),
        ("min_value", (INTEGER, NUMBER)),
        ("max_value", (INTEGER, NUMBER)),
        ("channel_types", (CHANNEL,)),
        ("file_types", (ATTACHMENT,)),
    ):
        value: object = option.get(key)
        if value is not None and kind not in kinds:
            yield Flaw(at(path, key), "APPLICATION_COMMAND_OPTIONS_FIELD_INVALID", f"This type has no {key}")
        elif value is not None and key.endswith("_value") and not number(value):
            yield Flaw(at(path, key), "NUMBER_TYPE_COERCE", f"Value {value!r} is not a number.")


def _file_types(option: Json, path: str) -> Flaws:
    """Of an attachment: groups of files, or endings with their dot."""
    yield from listing(option, "file_types", path, most=MOST_FILE_TYPES)
    for index, value in enumerate(array(option.get("file_types"))):
        known = isinstance(value, str) and (value in FILE_GROUPS or _ENDING.fullmatch(value))
        if not known:
            message = f"Value must be one of {sorted(FILE_GROUPS)} or begin with a dot."
            yield Flaw(at(path, f"file_types.{index}"), "BASE_TYPE_CHOICES", message)
