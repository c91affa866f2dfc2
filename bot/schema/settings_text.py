"""`guidance=3.5 steps=28 style="oil paint" tags=ink,wash` → a model's inputs. Pure.

Not `shlex`: it has no words for an apostrophe in one ("don't"), for an empty text in quotes, or for lists.
Where a value of several words ends and a name of several begins, only the schema knows: the words between two
signs are kept together as the later one's name, and `resolve` finds the border.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Final

from bot import discord_limits
from bot.scenario.api import loose
from bot.scenario.api.records import Input, Json, Model
from bot.schema import choices
from bot.schema.constraints import Checked, Constraint, Problem, unset
from bot.schema.numbers import exact, tidy

SETTINGS: Final = "settings"
"""What a problem with the text as a whole names as its input."""
_SHOWN: Final = 60

_QUOTED: Final = r'"(?:\\.|[^"\\])*"' + r"|'(?:\\.|[^'\\])*'" + "|“[^”]*”|«[^»]*»"
_BARE: Final = r"""[^\s,;"'“”«»][^\s,;"“”«»]*"""
_KEY: Final = r"""[^\s=:,;"'“”«»]+"""
_NAME: Final = rf"{_KEY}(?:[ \t]+{_KEY})*"
_NEXT: Final = rf"{_KEY}\s*(?:=|:(?=\s))"
_HEAD: Final = re.compile(rf"[\s,;]*(?P<key>{_NAME})\s*[=:]\s*(?=[\[{{])", re.DOTALL)
_TAIL: Final = re.compile(rf"[ \t]+(?P<words>{_NAME})[\s,;]*\Z", re.DOTALL)
_PAIR: Final = re.compile(
    rf"[\s,;]*(?P<key>{_NAME})\s*[=:]\s*"
    rf"(?P<value>(?!{_NEXT})(?:{_QUOTED}|{_BARE})(?:\s*,\s*(?!{_NEXT})(?:{_QUOTED}|{_BARE}))*)",
    re.DOTALL,
)
_WHOLLY_QUOTED: Final = re.compile(_QUOTED, re.DOTALL)
_BEFORE: Final = rf"(?P<head>(?:.*?[\s,;])??)(?P<key>{_NAME})(?P<sign>\s*[=:]\s*)"
_PARTLY: Final = re.compile(rf"{_BEFORE}(?P<part>\"[^\"]*|[^\s\"]*)", re.DOTALL)
_SPACED: Final = re.compile(rf"{_BEFORE}(?P<part>[^\s\"=:,;]+(?:[ \t]+[^\s\"=:,;]+)+)", re.DOTALL)
"""A value of several words that is being typed without quotes."""
_JSON: Final = json.JSONDecoder()


def parse(text: str) -> dict[str, str] | Problem:
    """Names, as they were typed, and values: `name=value` or `name: value`, quotes around words with a sign
    or comma in them; a value in brackets is JSON.

    Problem SYNTAX: `given` is what cannot be read. Problem TWICE: a name that was given before.
    """
    found: dict[str, str] = {}
    at = 0
    while rest := text[at:].strip(" \t\r\n,;"):
        tail = _TAIL.match(text, at) if found else None
        if tail is not None:
            last = next(reversed(found))
            found[last] = f"{found[last]} {tail['words']}".lstrip()
            return found
        pair = _bracketed(text, at) or _pair(text, at)
        if pair is None:
            return _whole(Constraint.SYNTAX, rest[:_SHOWN])
        key, value, at = pair
        if any(loose.plain(key) == loose.plain(known) for known in found):
            return _whole(Constraint.TWICE, key)
        found[key] = value
    return found


def _pair(text: str, at: int) -> tuple[str, str, int] | None:
    """The next name and value, and where they end."""
    pair = _PAIR.match(text, at)
    return None if pair is None else (pair["key"], _bare(pair["value"]), pair.end())


def _bracketed(text: str, at: int) -> tuple[str, str, int] | None:
    """The same, for a value that is a JSON list or object."""
    head = _HEAD.match(text, at)
    if head is None:
        return None
    try:
        _, end = _JSON.raw_decode(text, head.end())
    except (ValueError, RecursionError):
        return None
    return head["key"], text[head.end() : end], end


def resolve(model: Model, given: Mapping[str, Json]) -> Checked:
    """The settings by the model's own names: whatever their case, dashes and underscores, by an input's
    label, or by a beginning that only one name has. Values are left to `inputs.check`.

    Problem UNKNOWN, with the nearest names; AMBIGUOUS for a label that several have; TWICE for two names of
    one input. A model without a schema keeps the names as they are.
    """
    if model.inputs is None:
        return Checked(values=_by_last_word(given), problems=())
    values: dict[str, Json] = {}
    problems: list[Problem] = []
    last = ""
    for key, value in given.items():
        words, name = _border(model.inputs, key)
        fitting = _fitting(model.inputs, name)
        if words and last and isinstance(values[last], str):
            values[last] = f"{values[last]} {words}"
        elif words:
            problems.append(_whole(Constraint.SYNTAX, words[:_SHOWN]))
        last = ""
        if len(fitting) != 1:
            problems.append(_unknown(model.inputs, name, value, fitting))
        elif fitting[0] in values:
            problems.append(_about(name, Constraint.TWICE, value, allowed=(fitting[0],)))
        else:
            last = fitting[0]
            values[last] = value
    return Checked(values=values, problems=tuple(problems))


def _border(specs: tuple[Input, ...], key: str) -> tuple[str, str]:
    """The words before a sign: the rest of the value before, and a name ("paint guidance")."""
    words = key.split()
    for at in range(len(words)):
        name = " ".join(words[at:])
        if len(_fitting(specs, name)) == 1:
            return " ".join(words[:at]), name
    return "", key


def _by_last_word(given: Mapping[str, Json]) -> dict[str, Json]:
    """Without a schema a name is one word, and the words before it end the value before."""
    found: dict[str, Json] = {}
    for key, value in given.items():
        *words, name = key.split() or [key]
        last = next(reversed(found), "")
        if words and isinstance(found.get(last), str):
            found[last] = " ".join([str(found[last]), *words])
        found[name] = value
    return found


def complete(model: Model, text: str) -> list[str]:
    """The whole text with its last word completed, as Discord's choices: to `name=`, and behind that to what
    the input takes. At most 25, none longer than 100 characters."""
    whole = dict.fromkeys(_completed(model, text))
    return [one for one in whole if len(one) <= discord_limits.CHOICE][: discord_limits.CHOICES]


def _completed(model: Model, text: str) -> list[str]:
    begun = _PARTLY.fullmatch(text)
    if begun is not None:
        return _with_values(model, begun)
    spaced = _SPACED.fullmatch(text)
    found = _with_values(model, spaced) if spaced is not None else []
    word = re.search(r"[^\s,;]*$", text)
    head = text[: word.start()] if word else text
    return [*found, *(f"{head}{name}=" for name in _names(model, head, word[0] if word else ""))]


def _with_values(model: Model, begun: re.Match[str]) -> list[str]:
    """Completed behind the sign; a name may be of several words."""
    key = begun["key"]
    words, name = _border(model.inputs or (), key)
    names = _fitting(model.inputs or (), name)
    spec = model.input(names[0]) if len(names) == 1 else None
    if spec is None:
        return []
    head = f"{begun['head']}{words}{' ' if words else ''}{spec.name}{begun['sign']}"
    return [head + end for end in _values(spec, begun["part"])]


def _whole(rule: Constraint, given: str) -> Problem:
    return Problem(input=SETTINGS, label=SETTINGS, rule=rule, given=given)


def _about(key: str, rule: Constraint, given: Json, *, allowed: tuple[Json, ...]) -> Problem:
    return Problem(input=key, label=key, rule=rule, given=given, allowed=allowed)


def _unknown(specs: tuple[Input, ...], key: str, value: Json, fitting: list[str]) -> Problem:
    if fitting:
        return _about(key, Constraint.AMBIGUOUS, value, allowed=tuple(fitting))
    there = tuple(spec.name for spec in specs)
    near = choices.alike(key, there)
    return Problem(input=key, label=key, rule=Constraint.UNKNOWN, given=value, allowed=there, nearest=near)


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
    offered = {_quoted(text): text.casefold() for text in _offered(spec)}
    called = {_quoted(text): spec.labels.get(text, "").casefold() for text in _offered(spec)}
    fitting = [one for one, text in offered.items() if text.startswith(begun)]
    fitting += [one for one in offered if called[one].startswith(begun) and called[one]]
    fitting += [one for one, text in offered.items() if begun in text or begun in called[one]]
    return [done + one for one in dict.fromkeys(fitting)]


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
