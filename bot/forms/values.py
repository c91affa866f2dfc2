"""What stands in a form ↔ the value of an input. Pure. `schema.inputs` judges what comes out."""

import json
import re
from collections.abc import Callable
from typing import Final

from bot.forms.controls import Control, choice_keys, control_of, key_of
from bot.forms.draft import Raw
from bot.scenario.api import loose
from bot.scenario.api.records import Input, Json, Model
from bot.schema import choices
from bot.schema.inputs import check
from bot.schema.objects import objects

YES: Final = "true"
NO: Final = "false"

Resolve = Callable[[str], str]
"""A model's id for an id or a name; what is unknown stays as it is."""

_DECIMAL_COMMA: Final = re.compile(r"\s*[-+]?\d+,\d+\s*")


def value_of(spec: Input, raw: Raw, resolve: Resolve = str) -> Json:
    """The value that is meant; None for nothing. What cannot be read stays text, and the check names it."""
    match control_of(spec):
        case Control.CHOICE:
            chosen = _chosen(spec, raw)
            return chosen[0] if chosen else None
        case Control.CHOICES:
            return _chosen(spec, raw)
        case Control.YES_NO:
            return _yes_or_no(raw)
        case _:
            text = raw if isinstance(raw, str) else "\n".join(raw)
            return _typed(spec, text, resolve) if text.strip() else None


def _chosen(spec: Input, raw: Raw) -> list[Json]:
    keys = choice_keys(spec.allowed_values)
    return [keys.get(one, one) for one in _many(raw)]


def _many(raw: Raw) -> list[str]:
    return [raw] if isinstance(raw, str) else raw


def _yes_or_no(raw: Raw) -> Json:
    word = next(iter(_many(raw)), None)
    return {YES: True, NO: False}.get(word, word) if word is not None else None


def _typed(spec: Input, text: str, resolve: Resolve) -> Json:
    match spec.type:
        case "string":
            return text
        case "number":
            return text.replace(",", ".").strip() if _DECIMAL_COMMA.fullmatch(text) else text.strip()
        case "model":
            return resolve(text.strip())
        case "string_array" | "number_array":
            return _items(text)
        case "model_array":
            return [resolve(one) if isinstance(one, str) else one for one in _items(text)]
        case "inputs_array":
            return [_coerced(spec, one) for one in objects(spec, text)]
        case _:
            # of a type that we do not know yet: as JSON where it is some
            found = loose.parse(text)
            return text if found is None else found


def _items(text: str) -> list[Json]:
    """A JSON array, else what stands on several lines or between commas."""
    found = loose.parse(text) if text.lstrip().startswith("[") else None
    if isinstance(found, list):
        return found
    mark = "\n" if "\n" in text.strip() else "," if "," in text else ";"
    return [one.strip() for one in text.split(mark) if one.strip()]


def _coerced(spec: Input, one: Json) -> Json:
    """An object with its fields' own types, where it is without fault."""
    if not isinstance(one, dict) or not spec.inputs:
        return one
    checked = check(Model(id="", name="", inputs=spec.inputs), one)
    return one if checked.problems else checked.values


def raw_of(spec: Input, value: Json) -> Raw | None:
    """How a form shows this value; None for nothing. `value_of` reads it back."""
    if value is None or value in ("", []):
        return None
    match control_of(spec):
        case Control.CHOICE:
            return [_key(spec, value[0] if isinstance(value, list) else value)]
        case Control.CHOICES:
            return [_key(spec, one) for one in (value if isinstance(value, list) else [value])]
        case Control.YES_NO:
            return [YES if value is True else NO if value is False else str(value)]
        case _:
            return _written(spec, value)


def _key(spec: Input, value: Json) -> str:
    meant = choices.match(spec.allowed_values, value)
    return key_of(spec.allowed_values, value if meant is None else meant) or str(value)


def _written(spec: Input, value: Json) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if isinstance(value, list) and spec.type == "inputs_array":
        return "\n".join(json.dumps(one, ensure_ascii=False) for one in value)
    if isinstance(value, list) and spec.type.endswith("_array"):
        words = [one if isinstance(one, str) else json.dumps(one) for one in value]
        text = ", ".join(words)
        return text if _items(text) == words else json.dumps(value, ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False)
