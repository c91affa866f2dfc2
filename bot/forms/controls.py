"""With which control an input is filled in, and how what it holds is named. Pure."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from math import ceil
from typing import Final

from bot import discord_limits
from bot.scenario.api.records import Input, Json
from bot.schema.constraints import unset

LONG_TEXT: Final = 200
"""A text that may be longer is written on several lines."""


class Control(StrEnum):
    LINE = "line"
    LINES = "lines"
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes_no"
    FILES = "files"


PART: Final = "~"
PART_OF_SEVERAL: Final = "+"
"""Between a field's id and the number of its part: a list that is too long for one select fills several. The
one where a single value is chosen, the other where several may be."""


def control_of(spec: Input) -> Control:
    few = len(choice_keys(spec.allowed_values)) > 0
    match spec.type:
        case "boolean":
            return Control.YES_NO
        case "file" | "file_array":
            return Control.FILES
        case "string" | "number" | "model" if few:
            return Control.CHOICE
        case "string_array" | "number_array" | "model_array" if few:
            return Control.CHOICES
        case "inputs_array":
            return Control.LINES
        case "string" if not spec.allowed_values and _long(spec):
            return Control.LINES
        case _:
            return Control.LINE


def _long(spec: Input) -> bool:
    return spec.prompt or spec.max_length is None or spec.max_length > LONG_TEXT


def most_files(spec: Input) -> int:
    """How many files this input takes here at most."""
    if spec.type == "file":
        return 1
    return max(1, min(spec.max_length or discord_limits.FIELD_FILES, discord_limits.FIELD_FILES))


def field_id(name: str) -> str:
    """The input's name where Discord takes it as a custom id, else a digest of it."""
    return name if len(name) <= discord_limits.CUSTOM_ID else _digest(name)


def choice_keys(allowed: Sequence[Json]) -> dict[str, Json]:
    """The allowed values by the keys that a select may carry: what is written, where that is short and says
    which one is meant (`"5"` and 5 read alike), else a digest. Keys stay when a model's list changes."""
    told = {_digest(one): one for one in allowed}
    written = Counter(str(one) for one in told.values())
    keys: dict[str, Json] = {}
    for digest, one in told.items():
        text = str(one)
        plain = written[text] == 1 and 0 < len(text) <= discord_limits.CUSTOM_ID and text == text.strip()
        if not unset(one):
            keys[text if plain else digest] = one
    return keys


def parts_of(spec: Input) -> dict[str, dict[str, Json]]:
    """The selects that a choice fills: their ids, and the keys of each."""
    keys = list(choice_keys(spec.allowed_values).items())
    if len(keys) <= discord_limits.CHOICES:
        return {field_id(spec.name): dict(keys)}
    count = ceil(len(keys) / discord_limits.CHOICES)
    size = ceil(len(keys) / count)  # even parts read better than a full one and a rest
    shares = [dict(keys[at : at + size]) for at in range(0, len(keys), size)]
    return {_part_id(spec, number): share for number, share in enumerate(shares, start=1)}


def whole_id(part_id: str) -> str | None:
    """The id that the parts of one choice of a single value share; None for any other field."""
    whole, mark, number = part_id.rpartition(PART)
    return whole if mark and number.isdecimal() else None


def _part_id(spec: Input, number: int) -> str:
    end = f"{PART_OF_SEVERAL if spec.type.endswith('_array') else PART}{number}"
    return (
        f"{spec.name if len(spec.name) + len(end) <= discord_limits.CUSTOM_ID else _digest(spec.name)}{end}"
    )


def key_of(allowed: Sequence[Json], value: Json) -> str | None:
    """The key of this value; None where it is not among them."""
    wanted = _digest(value)
    return next((key for key, one in choice_keys(allowed).items() if _digest(one) == wanted), None)


def _digest(value: Json) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:32]
