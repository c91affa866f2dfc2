"""`guidance=3.5 steps=28 style="oil paint" tags=ink,wash` → a model's inputs. Pure.

Not `shlex`: it has no words for an apostrophe in one ("don't"), for an empty text in quotes, or for lists.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from bot.scenario import choices, loose
from bot.scenario.numbers import exact, tidy
from bot.scenario.records import Input, Json, Model
from bot.scenario.rules import Checked, Problem, Rule, unset

SETTINGS: Final = "settings"
"""What a problem with the text as a whole names as its input."""
MOST_CHOICES: Final = 25
LONGEST_CHOICE: Final = 100
"""Discord's limits for completions."""
_SHOWN: Final = 60

_QUOTED: Final = r'"(?:\\.|[^"\\])*"' + r"|'(?:\\.|[^'\\])*'" + "|“[^”]*”|«[^»]*»"
_BARE: Final = r"""[^\s,;"'“”«»][^\s,;"“”«»]*"""
_KEY: Final = r"""[^\s=:,;"'“”«»]+"""
_NEXT: Final = rf"{_KEY}\s*(?:=|:(?=\s))"
_PAIR: Final = re.compile(
    rf"[\s,;]*(?P<key>{_KEY})\s*[=:]\s*"
    rf"(?P<value>(?!{_NEXT})(?:{_QUOTED}|{_BARE})(?:\s*,\s*(?!{_NEXT})(?:{_QUOTED}|{_BARE}))*)",
    re.DOTALL,
)
_WHOLLY_QUOTED: Final = re.compile(_QUOTED, re.DOTALL)
_PARTLY: Final = re.compile(
    rf"(?P<head>(?:.*[\s,;])?)(?P<key>{_KEY})(?P<sign>\s*[=:]\s*)(?P<part>\"[^\"]*|[^\s\"]*)", re.DOTALL
)


def parse(text: str) -> dict[str, str] | Problem:
    """Names, as they were typed, and values: `name=value` or `name: value`, quotes around words with spaces.

    Problem SYNTAX: `given` is what cannot be read. Problem TWICE: a name that was given before.
    """
    found: dict[str, str] = {}
    at = 0
    while rest := text[at:].strip(" \t\r\n,;"):
        pair = _PAIR.match(text, at)
        if pair is None:
            return _whole(Rule.SYNTAX, rest[:_SHOWN])
        key = pair["key"]
        if any(loose.plain(key) == loose.plain(known) for known in found):
            return _whole(Rule.TWICE, key)
        found[key] = _bare(pair["value"])
        at = pair.end()
    return found


def resolve(model: Model, given: Mapping[str, Json]) -> Checked:
    """The settings by the model's own names: whatever their case, dashes and underscores, by an input's
    label, or by a beginning that only one name has. Values are left to `inputs.check`.

    Problem UNKNOWN, with the nearest names; TWICE for two names of one input. A model without a schema keeps
    the names as they are.
    """
    if model.inputs is None:
        return Checked(values=dict(given), problems=())
    values: dict[str, Json] = {}
    problems: list[Problem] = []
    for key, value in given.items():
        fitting = _fitting(model.inputs, key)
        if len(fitting) != 1:
            problems.append(_unknown(model.inputs, key, value, fitting))
        elif fitting[0] in values:
            problems.append(_about(key, Rule.TWICE, value, allowed=(fitting[0],)))
        else:
            values[fitting[0]] = value
    return Checked(values=values, problems=tuple(problems))


def complete(model: Model, text: str) -> list[str]:
    """The whole text with its last word completed, as Discord's choices: to `name=`, and behind that to what
    the input takes. At most 25, none longer than 100 characters."""
    begun = _PARTLY.fullmatch(text)
    if begun is not None:
        names = _fitting(model.inputs or (), begun["key"])
        spec = model.input(names[0]) if len(names) == 1 else None
        ends = [] if spec is None else _values(spec, begun["part"])
        head = begun["head"] + (spec.name if spec else begun["key"]) + begun["sign"]
    else:
        word = re.search(r"[^\s,;]*$", text)
        head = text[: word.start()] if word else text
        ends = [f"{name}=" for name in _names(model, head, word[0] if word else "")]
    whole = dict.fromkeys(head + end for end in ends)
    return [one for one in whole if len(one) <= LONGEST_CHOICE][:MOST_CHOICES]


def _whole(rule: Rule, given: str) -> Problem:
    return Problem(input=SETTINGS, label=SETTINGS, rule=rule, given=given)


def _about(key: str, rule: Rule, given: Json, *, allowed: tuple[Json, ...]) -> Problem:
    return Problem(input=key, label=key, rule=rule, given=given, allowed=allowed)


def _unknown(specs: tuple[Input, ...], key: str, value: Json, fitting: list[str]) -> Problem:
    there = tuple(spec.name for spec in specs)
    near = tuple(fitting[: choices.SHOWN]) or choices.alike(key, there)
    return Problem(input=key, label=key, rule=Rule.UNKNOWN, given=value, allowed=there, nearest=near)


def _bare(value: str) -> str:
    """Without quotes, where they are around all of it: a list keeps those of its items."""
    value = value.strip()
    if not _WHOLLY_QUOTED.fullmatch(value):
        return value
    inside = value[1:-1]
    return re.sub(r"\\(.)", r"\1", inside, flags=re.DOTALL) if value[0] in "\"'" else inside.strip()


def _fitting(specs: tuple[Input, ...], key: str) -> list[str]:
    """The names that `key` may mean: exactly, but for spelling, by label, by its beginning."""
    word = loose.plain(key)
    if not word:
        return []
    degrees: tuple[Callable[[Input], bool], ...] = (
        lambda spec: spec.name == key,
        lambda spec: loose.plain(spec.name) == word,
        lambda spec: loose.plain(spec.label or "") == word,
        lambda spec: loose.plain(spec.name).startswith(word),
    )
    found = ([spec.name for spec in specs if fits(spec)] for fits in degrees)
    return next((names for names in found if names), list[str]())


def _names(model: Model, head: str, word: str) -> list[str]:
    """Inputs that are not given yet: those that begin with `word`, then those that have it inside."""
    specs = model.inputs or ()
    before = parse(head)
    given = set[str]()
    if not isinstance(before, Problem):
        given = {name for key in before for name in _fitting(specs, key)}
    begun = loose.plain(word)
    # files are attached
    open_ = [one for one in specs if one.name not in given and not one.type.startswith("file")]
    first = [one.name for one in open_ if loose.plain(one.name).startswith(begun)]
    inside = [one.name for one in open_ if begun in loose.plain(f"{one.name} {one.label or ''}")]
    return [*first, *(name for name in inside if name not in first)]


def _values(spec: Input, part: str) -> list[str]:
    """What `part`, a value that is being typed, may become; of a list its last item."""
    done, last = "", part
    if spec.type.endswith("_array") and not part.startswith('"'):
        cut = part.rfind(",") + 1
        done, last = part[:cut], part[cut:]
    begun = last.removeprefix('"').casefold()
    offered = [_quoted(text) for text in _offered(spec)]
    fitting = [one for one in offered if one.removeprefix('"').casefold().startswith(begun)]
    fitting += [one for one in offered if begun in one.casefold() and one not in fitting]
    return [done + one for one in fitting]


def _offered(spec: Input) -> list[str]:
    """The default first, then the other allowed values, yes and no, or the ends of the range."""
    found: list[Json] = [] if unset(spec.default) or isinstance(spec.default, list | dict) else [spec.default]
    if spec.allowed_values:
        found += spec.allowed_values
    elif spec.type == "boolean":
        found += [True, False]
    elif spec.type.startswith("number"):
        found += [end for end in (spec.min, spec.max) if end is not None]
    return list(dict.fromkeys(_written(one) for one in found if not unset(one)))


def _written(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    number = exact(value) if isinstance(value, int | float) else None
    return str(value) if number is None else str(tidy(number))


def _quoted(text: str) -> str:
    """In quotes where the text would not be read as one value without them."""
    if re.fullmatch(_BARE, text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
