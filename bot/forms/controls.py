"""With which control an input is filled in, and how what it holds is named. Pure."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from bot.scenario.records import Input, Json

MOST_CHOICES: Final = 25
MOST_FILES: Final = 10
LONGEST_ID: Final = 100
"""Discord's limits: options of a select, files of an upload, characters of a custom id and of an option's
value."""
LONG_TEXT: Final = 200
"""A text that may be longer is written on several lines."""


class Control(StrEnum):
    LINE = "line"
    LINES = "lines"
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes_no"
    FILES = "files"


def control_of(spec: Input) -> Control:
    few = 0 < len(choice_keys(spec.allowed_values)) <= MOST_CHOICES
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
    return max(1, min(spec.max_length or MOST_FILES, MOST_FILES))


def field_id(name: str) -> str:
    """The input's name where Discord takes it as a custom id, else a digest of it."""
    return name if len(name) <= LONGEST_ID else _digest(name)


def choice_keys(allowed: Sequence[Json]) -> dict[str, Json]:
    """The allowed values by the keys that a select may carry: what is written, where that is short and says
    which one is meant (`"5"` and 5 read alike), else a digest. Keys stay when a model's list changes."""
    told = {_digest(one): one for one in allowed}
    written = Counter(str(one) for one in told.values())
    keys: dict[str, Json] = {}
    for digest, one in told.items():
        text = str(one)
        plain = written[text] == 1 and 0 < len(text) <= LONGEST_ID and text == text.strip()
        keys[text if plain else digest] = one
    return keys


def key_of(allowed: Sequence[Json], value: Json) -> str | None:
    """The key of this value; None where it is not among them."""
    wanted = _digest(value)
    return next((key for key, one in choice_keys(allowed).items() if _digest(one) == wanted), None)


def _digest(value: Json) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:32]
