"""The objects of an `inputs_array` as people write them. Pure. The check of what comes out is `inputs`'s."""

import re
from typing import Final

from bot.scenario.api import loose
from bot.scenario.api.records import Input, Json, Model
from bot.schema.constraints import Problem
from bot.schema.settings_text import parse, resolve

_PARTS: Final = re.compile(r'(?:"(?:\\.|[^"\\])*"|[^;\n"]|")+')


def objects(spec: Input, text: str) -> list[Json]:
    """JSON, or `name=value name="two words"` for each, on lines or between semicolons. A part that cannot be
    read stays text."""
    whole = loose.parse(text)
    if isinstance(whole, list):
        return whole
    if isinstance(whole, dict):
        return [whole]
    return [_object(spec, part.strip()) for part in _PARTS.findall(text) if part.strip()]


def _object(spec: Input, part: str) -> Json:
    found = loose.parse(part)
    if isinstance(found, dict):
        return found
    pairs = parse(part)
    if isinstance(pairs, Problem):
        return part
    fields = Model(id="", name="", inputs=spec.inputs or None)
    told = resolve(fields, dict(pairs))
    # a name that is none of its fields' stays, and the check says so
    return {**pairs} if told.problems else told.values
