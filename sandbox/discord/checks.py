"""Small pure checks that the rules are made of. Each yields the flaws it finds in a decoded JSON value."""

from collections.abc import Iterator
from typing import Any, cast

from sandbox.discord.refusal import Flaw
from sandbox.json import Json

Flaws = Iterator[Flaw]

UNKNOWN_KEY = "UNKNOWN_KEY"
REQUIRED = "BASE_TYPE_REQUIRED"
BAD_TYPE = "BASE_TYPE_BAD_TYPE"
BAD_LENGTH = "BASE_TYPE_BAD_LENGTH"
CHOICES = "BASE_TYPE_CHOICES"


def keys(words: str) -> frozenset[str]:
    """The words of a text as a set, for tables of known keys."""
    return frozenset(words.split())


def array(value: object) -> list[Any]:
    """The value when it is a JSON array, otherwise an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def mapping(value: object) -> Json:
    """The value when it is a JSON object, otherwise an empty one."""
    return cast(Json, value) if isinstance(value, dict) else {}


def number(value: object) -> bool:
    """Whether the value is a JSON number: in Python a bool is an int, in JSON it is not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def kind_of(part: Json) -> int:
    """The `type` of a component or a command's option; 0 when that is no number."""
    value: object = part.get("type")
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def at(path: str, key: str | int) -> str:
    return f"{path}.{key}" if path else str(key)


def remove(holder: object, path: str) -> None:
    """Takes the key at that path out of a JSON value, if it is there. Keys may have dots in them."""
    known = mapping(holder)
    if path in known:
        del known[path]
        return
    steps = known.items() if known else ((str(index), one) for index, one in enumerate(array(holder)))
    for step, below in steps:
        if path.startswith(f"{step}."):
            remove(below, path.removeprefix(f"{step}."))


def only(holder: Json, allowed: frozenset[str], path: str = "") -> Flaws:
    """Keys that nobody knows. Discord ignores them; here they are refused, because they are mistakes (see
    `World.lenient_keys`).
    """
    for key in holder:
        if key not in allowed:
            yield Flaw(at(path, key), UNKNOWN_KEY, f"stand-in: unknown key {key!r}")


def text(
    holder: Json,
    key: str,
    path: str,
    *,
    most: int,
    least: int = 0,
    required: bool = False,
    trim: bool = False,
) -> Flaws:
    """A string of bounded length, in code points. Null counts as absent."""
    value: object = holder.get(key)
    where = at(path, key)
    if value is None:
        if required:
            yield Flaw(where, REQUIRED, "This field is required")
        return
    if not isinstance(value, str):
        yield Flaw(where, "STRING_TYPE_CONVERT", f"Could not interpret {value!r} as string.")
        return
    size = len(value.strip() if trim else value)
    if required and not value.strip():
        yield Flaw(where, REQUIRED, "This field is required")
    elif size > most and not least:
        yield Flaw(where, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
    elif not least <= size <= most:
        yield Flaw(where, BAD_LENGTH, f"Must be between {least} and {most} in length.")


def integer(
    holder: Json,
    key: str,
    path: str,
    *,
    least: int | None = None,
    most: int | None = None,
    required: bool = False,
) -> Flaws:
    """A bounded whole number. Null counts as absent."""
    value: object = holder.get(key)
    where = at(path, key)
    if value is None:
        if required:
            yield Flaw(where, REQUIRED, "This field is required")
    elif not isinstance(value, int) or isinstance(value, bool):
        yield Flaw(where, "NUMBER_TYPE_COERCE", f"Value {value!r} is not int.")
    elif least is not None and value < least:
        yield Flaw(where, "NUMBER_TYPE_MIN", f"int value should be greater than or equal to {least}.")
    elif most is not None and value > most:
        yield Flaw(where, "NUMBER_TYPE_MAX", f"int value should be less than or equal to {most}.")


def boolean(holder: Json, key: str, path: str) -> Flaws:
    value: object = holder.get(key)
    if value is not None and not isinstance(value, bool):
        yield Flaw(at(path, key), "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")


def choice(holder: Json, key: str, path: str, allowed: frozenset[Any], *, required: bool = False) -> Flaws:
    value: object = holder.get(key)
    if value is None:
        if required:
            yield Flaw(at(path, key), REQUIRED, "This field is required")
    elif isinstance(value, bool | list | dict) or value not in allowed:
        wanted = ", ".join(sorted(map(str, allowed)))
        yield Flaw(at(path, key), CHOICES, f"Value must be one of {{{wanted}}}.")


def listing(holder: Json, key: str, path: str, *, most: int, least: int = 0, required: bool = False) -> Flaws:
    """An array of bounded length. Null counts as absent."""
    value: object = holder.get(key)
    where = at(path, key)
    if value is None:
        if required:
            yield Flaw(where, REQUIRED, "This field is required")
        return
    if not isinstance(value, list):
        yield Flaw(where, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        return
    size = len(cast("list[object]", value))
    if size > most and not least:
        yield Flaw(where, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
    elif not least <= size <= most:
        yield Flaw(where, BAD_LENGTH, f"Must be between {least} and {most} in length.")


def objects(values: list[Any], path: str) -> Iterator[tuple[str, Json]]:
    """Each element that is an object, with its path."""
    for index, value in enumerate(values):
        if isinstance(value, dict):
            yield at(path, index), cast(Json, value)


def all_objects(values: list[Any], path: str) -> Flaws:
    for index, value in enumerate(values):
        if not isinstance(value, dict):
            yield Flaw(at(path, index), "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")


def snowflakes(holder: Json, key: str, path: str, *, most: int) -> Flaws:
    """An array of ids."""
    yield from listing(holder, key, path, most=most)
    for index, value in enumerate(array(holder.get(key))):
        if not (isinstance(value, str | int) and str(value).isdigit()):
            yield Flaw(at(at(path, key), index), "NUMBER_TYPE_COERCE", f"Value {value!r} is not snowflake.")
