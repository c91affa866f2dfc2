"""Model ↔ JSON. Unknown keys are left out, missing ones take their defaults, as in `codec`.

A thumbnail's link is a credential and expires: it is not written.
"""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from types import MappingProxyType
from typing import Any, Final, cast

from bot.scenario.api.records import Input, Json, LorasInputs, Model, SizePreset, SizePresets, Variant

_LEFT_OUT: Final = frozenset({"thumbnail"})
_NESTED: Final[Mapping[tuple[type, str], type]] = MappingProxyType(
    {
        (Model, "inputs"): Input,
        (Model, "sizes"): SizePresets,
        (Model, "loras"): LorasInputs,
        (Model, "variants"): Variant,
        (Input, "inputs"): Input,
        (SizePresets, "presets"): SizePreset,
    }
)
_AS_GIVEN: Final = frozenset({(Input, "default"), (Input, "required"), (Input, "labels")})
"""Fields that hold JSON, whose lists stay lists."""


def encode_model(model: Model) -> dict[str, Json]:
    """The fields that differ from their defaults."""
    return _plain(model)


def decode_model(row: object) -> Model:
    """Raises ValueError for what is no model."""
    try:
        return cast("Model", _build(Model, row))
    except (TypeError, KeyError) as error:
        raise ValueError(f"no model: {error}") from None


def _plain(record: Any) -> dict[str, Json]:
    plain: dict[str, Json] = {}
    for one in fields(record):
        value = getattr(record, one.name)
        default = one.default if one.default_factory is MISSING else one.default_factory()
        if one.name in _LEFT_OUT or (value == default and type(value) is type(default)):
            continue
        if (type(record), one.name) in _NESTED:
            many = cast("tuple[object, ...]", value) if isinstance(value, tuple) else None
            plain[one.name] = [_plain(each) for each in many] if many is not None else _plain(value)
        elif isinstance(value, tuple):
            plain[one.name] = list(cast("tuple[Json, ...]", value))
        else:
            plain[one.name] = dict(cast("Mapping[str, Json]", value)) if isinstance(value, Mapping) else value
    return plain


def _build(kind: Any, raw: object) -> object:
    if not isinstance(raw, Mapping):
        raise TypeError(f"{type(raw).__name__} instead of {kind.__name__}")
    row = cast("Mapping[str, Any]", raw)
    values: dict[str, Any] = {}
    for one in fields(kind):
        if one.name not in row:
            continue
        value, nested = row[one.name], _NESTED.get((kind, one.name))
        if nested is not None and value is not None:
            many = isinstance(value, list)
            value = tuple(_build(nested, each) for each in value) if many else _build(nested, value)
        elif isinstance(value, list) and (kind, one.name) not in _AS_GIVEN:
            value = tuple(cast("list[Json]", value))
        values[one.name] = value
    return kind(**values)
