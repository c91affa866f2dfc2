"""What a suggestion is called, and what its name means when it comes back.

Discord now and then sends a suggestion's name where its value belongs (discord-api-docs#5749 and #7206), so
nothing is suggested whose name would not be understood as the same thing.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from discord import app_commands

from bot import discord_limits
from bot.catalogue import Catalogue
from bot.generation.model import Generation
from bot.scenario.api.records import Model
from bot.ui.models import summary as models
from bot.ui.speech.texts import say
from bot.ui.speech.words import cut, plain

_BETWEEN: Final = " · "
_CUT: Final = "…"
_LEAST: Final = 20
"""Characters of a name below which it is not worth showing."""
_NUMBER: Final = "#"
_RESULT: Final = re.compile(rf"{_NUMBER}(?P<place>[0-9]+-[0-9]+)$")
_LONGEST_MODEL: Final = 25
"""Characters of a model's name beside a request's words."""

Choice = app_commands.Choice[str]


def plain_choices(texts: Sequence[str]) -> list[Choice]:
    """Suggestions whose name is their value."""
    return [
        app_commands.Choice(name=text, value=text) for text in texts if 0 < len(text) <= discord_limits.CHOICE
    ][: discord_limits.CHOICES]


def labeled_choices(offered: Sequence[tuple[str, str]]) -> list[Choice]:
    """Suggestions of (label, value): by the label, which a request may name as well, if it fits and can mean
    nothing else; else by the value."""
    meanings = {(text.casefold(), value) for label, value in offered for text in {plain(label), value}}
    shared = Counter(text for text, _ in meanings)
    found: list[Choice] = []
    for label, value in offered:
        name = plain(label)
        if not name or len(name) > discord_limits.CHOICE or shared[name.casefold()] > 1:
            name = value
        if 0 < len(value) <= discord_limits.CHOICE:
            found.append(app_commands.Choice(name=name, value=value))
    return found[: discord_limits.CHOICES]


# -- models ---------------------------------------------------------------------------------------------


def model_choices(
    catalogue: Catalogue,
    found: Sequence[Model],
    default: Model | None,
    *,
    medium: bool = True,
    lacking: Mapping[str, str | None] = MappingProxyType({}),
) -> list[Choice]:
    """Models with their medium, unless that was chosen, their price, and what one needs that was not given.

    default: the one that a request without a model would take. lacking: by id, as `Catalogue.lacking` says.
    """
    chosen = None if default is None else default.id
    made = (
        _model_choice(catalogue, model, _facts(model, chosen, lacking.get(model.id), medium=medium))
        for model in found
    )
    return [choice for choice in made if choice is not None][: discord_limits.CHOICES]


def model_meant(catalogue: Catalogue, text: str) -> Model | None:
    """The model of that id, name or suggestion's name; None where there is none, or more than one."""
    whole = catalogue.find(text)
    if whole is not None:
        return whole
    parts = text.strip().split(_BETWEEN)
    for count in range(len(parts), 0, -1):
        by_id = (known for part in parts[count:] if (known := catalogue.get(part)) is not None)
        head = _BETWEEN.join(parts[:count])
        begun = catalogue.begun(head.removesuffix(_CUT)) if head.endswith(_CUT) else None
        known = next(by_id, None) or (catalogue.find(head) if count < len(parts) else None) or begun
        if known is not None:
            return known
    return None


def model_named(catalogue: Catalogue, text: str) -> str:
    """The id of the model that is meant; the text itself where memory knows none."""
    known = model_meant(catalogue, text)
    return text if known is None else known.id


def searched(catalogue: Catalogue, text: str) -> str:
    """What to search for: a suggestion's name that was taken up again is the model's."""
    known = model_meant(catalogue, text) if _BETWEEN in text else None
    return text if known is None else known.name


def _facts(model: Model, default: str | None, lacks: str | None, *, medium: bool) -> list[str]:
    facts = models.brief(model, medium=medium)
    if default == model.id:
        facts.append(say("models.default"))
    if lacks is not None:
        facts.append(say(f"choice.needs_{lacks}"))
    return facts


def _model_choice(catalogue: Catalogue, model: Model, facts: Sequence[str]) -> Choice | None:
    if len(model.id) > discord_limits.CHOICE:
        return None
    for name in _names(model, facts):
        known = model_meant(catalogue, name)
        if known is not None and known.id == model.id:
            return app_commands.Choice(name=name, value=model.id)
    return None


def _names(model: Model, facts: Sequence[str]) -> Iterator[str]:
    """What to call it, the best first: with what is told of it; where others are called alike, by its id."""
    for more in (facts, [model.id]):
        tail = "".join(f"{_BETWEEN}{one}" for one in more)
        if discord_limits.CHOICE - len(tail) >= _LEAST:
            yield cut(plain(model.name), discord_limits.CHOICE - len(tail)) + tail
    yield model.id


# -- earlier requests -----------------------------------------------------------------------------------


def request_choices(found: Sequence[Generation]) -> list[Choice]:
    """Requests by their words; those of the same words also by their model and time."""
    shown = found[: discord_limits.CHOICES]
    words, told = Counter(map(_words, shown)), Counter(map(_told, shown))
    names: list[str] = []
    for one in shown:
        name = _words(one) if words[_words(one)] == 1 else _told(one)
        names.append(name if told[_told(one)] == 1 else _numbered(one))
    return [app_commands.Choice(name=name, value=one.id) for name, one in zip(names, shown, strict=True)]


def result_choices(found: Sequence[Generation]) -> list[Choice]:
    """Requests as `request_choices` names them; of one with several results each result."""
    choices: list[Choice] = []
    for choice, one in zip(request_choices(found), found, strict=False):
        count = _results(one)
        if count < 2:
            choices.append(choice)
        for number in range(1, count + 1) if count > 1 else ():
            place = f"{one.id}-{number}"
            tail = f"{_BETWEEN}{number}/{count}{_BETWEEN}{_NUMBER}{place}"
            name = cut(plain(one.ask.prompt) or one.id, discord_limits.CHOICE - len(tail)) + tail
            choices.append(app_commands.Choice(name=name, value=place))
    return choices[: discord_limits.CHOICES]


def result_meant(text: str) -> str | None:
    """The result that a suggestion's name ends with; None where the text is no such name."""
    match = _RESULT.search(text.strip())
    return None if match is None else match["place"]


def _results(one: Generation) -> int:
    """How many results a request has, as far as its first job tells."""
    jobs = 1 if one.membership is None else one.membership.size
    return jobs * sum(output.asset_id is not None for output in one.outputs)


def request_fits(one: Generation, typed: str) -> bool:
    """Whether what is typed into a picker of requests may mean this one: its number, words, or name there."""
    begun = typed.strip().lstrip(_NUMBER).casefold()
    told = (one.id, one.ask.typed, *_request_names(one))
    return any(begun in text.casefold() for text in told)


def request_meant(recent: Sequence[Generation], text: str) -> str | None:
    """The number of the request that was suggested by that name, the newest of several; None where there is
    none. recent: the newest first."""
    wanted = plain(text).casefold()
    by_name = (one.id for one in recent if wanted in {name.casefold() for name in _request_names(one)})
    return next(by_name, None)


def _request_names(one: Generation) -> tuple[str, ...]:
    return (_words(one), _told(one), _numbered(one), plain(one.ask.typed) or one.id)


def _words(one: Generation) -> str:
    return cut(plain(one.ask.typed) or one.id, discord_limits.CHOICE)


def _told(one: Generation) -> str:
    return _with_tail(one, _when(one))


def _numbered(one: Generation) -> str:
    return _with_tail(one, (*_when(one), f"{_NUMBER}{one.id}"))


def _when(one: Generation) -> tuple[str, str]:
    return cut(plain(one.model_name), _LONGEST_MODEL), f"{one.created_at:%Y-%m-%d %H:%M:%S}"


def _with_tail(one: Generation, told: Sequence[str]) -> str:
    tail = "".join(f"{_BETWEEN}{part}" for part in told if part)
    return cut(plain(one.ask.typed) or one.id, discord_limits.CHOICE - len(tail)) + tail
