"""Dataclasses as JSON and back. Pure.

Not pickle: what comes back was written by a process that a file may have taken over, and a pickle is a
program.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from bot.scenario.api.records import Json

T = TypeVar("T")


class Malformed(Exception):
    """It is not what was to come."""


def pack(value: object) -> Json:
    """A value of plain types, paths, bytes, enumerations, tuples of them, or a dataclass of all these."""
    match value:
        case Enum():
            return cast("Json", value.value)
        case None | bool() | int() | float() | str():
            return value
        case Path():
            return str(value)
        case bytes():
            return base64.b64encode(value).decode()
        case tuple():
            return [pack(each) for each in cast("tuple[object, ...]", value)]
        case _ if is_dataclass(value):
            return {field.name: pack(getattr(value, field.name)) for field in fields(value)}
        case _:
            raise TypeError(f"{type(value).__name__} does not cross")


def unpack(kind: type[T], told: Json) -> T:
    """The value of this type that was packed. Raises Malformed for anything else."""
    return cast("T", _unpack(kind, told))


def _unpack(kind: Any, told: Json) -> object:
    origin = get_origin(kind)
    if origin in {Union, UnionType}:
        return _either(get_args(kind), told)
    if origin is tuple:
        if not isinstance(told, list):
            raise Malformed("no list")
        return tuple(_unpack(get_args(kind)[0], each) for each in told)
    if is_dataclass(kind):
        return _dataclass(kind, told)
    return _plain(kind, told)


def _either(kinds: tuple[Any, ...], told: Json) -> object:
    if told is None:
        if NoneType not in kinds:
            raise Malformed("nothing")
        return None
    (kind,) = (kind for kind in kinds if kind is not NoneType)
    return _unpack(kind, told)


def _dataclass(kind: Any, told: Json) -> object:
    hints = _hints(kind)
    if not isinstance(told, Mapping) or told.keys() != hints.keys():
        raise Malformed(f"no {kind.__name__}")
    return kind(**{name: _unpack(hint, told[name]) for name, hint in hints.items()})


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _plain(kind: Any, told: Json) -> object:
    if kind is float and isinstance(told, int) and not isinstance(told, bool):
        return float(told)
    if kind in {bool, int, float, str} and type(told) is kind:
        return told
    if not isinstance(told, str):
        raise Malformed(f"no {kind.__name__}")
    try:
        return base64.b64decode(told, validate=True) if kind is bytes else kind(told)
    except (ValueError, TypeError, binascii.Error) as error:
        raise Malformed(f"no {kind.__name__}") from error
