"""The door to every sentence that a user reads: by key, in the language spoken, with numbers and lists."""

import gettext
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from babel import Locale, UnknownLocaleError

from bot.scenario.api.records import Json
from bot.ui.speech import figures
from bot.ui.speech.languages import english, language_of, translations


@dataclass(frozen=True, slots=True)
class _Tongue:
    """A language, and how numbers and lists are written where it is spoken."""

    sentences: gettext.NullTranslations
    locale: Locale


_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)
"""One of Discord's locales; None is English."""


@lru_cache(64)
def _tongue_of(locale: str | None) -> _Tongue:
    language = language_of(locale)
    try:
        found = Locale.parse((locale if locale and locale.startswith(language) else language), sep="-")
    except (ValueError, UnknownLocaleError):
        found = Locale.parse(language, sep="-")
    return _Tongue(sentences=translations(language), locale=found)


@contextmanager
def speaking(locale: str | None) -> Generator[None]:
    """Say everything inside in this locale's language. Cards speak the server's, answers the asker's."""
    token = _spoken.set(locale)
    try:
        yield
    finally:
        _spoken.reset(token)


def speak(locale: str | None) -> None:
    """Speak this locale's language for the rest of the current task: an interaction is one."""
    _spoken.set(locale)


def say(key: str, /, **facts: object) -> str:
    """The sentence of `key`, with `facts` in its places; of one that is bent by a number, the form for the
    whole number `count`, which is shown as the language writes it. An unknown key or a missing fact is our
    mistake and raises KeyError."""
    sentence, tongue = english()[key], _tongue_of(_spoken.get())
    if isinstance(sentence, str):
        return tongue.sentences.pgettext(key, sentence).format(**facts)
    count = facts["count"]
    assert isinstance(count, int)
    form = tongue.sentences.npgettext(key, *sentence, count)
    return form.format(**{**facts, "count": figures.decimal(count, tongue.locale)})


def known(key: str) -> bool:
    """Whether there is a sentence of that key."""
    return key in english()


def amount(value: Json) -> str:
    """A number to be read, as the language writes it: 12,5 in French. Not for one that is typed back, which
    `words.number` writes. Anything else as text."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return figures.decimal(value, _tongue_of(_spoken.get()).locale)


def percent(fraction: float) -> str:
    """A part of one: "45%"."""
    return figures.percent(fraction, _tongue_of(_spoken.get()).locale)


def span(length: timedelta) -> str:
    """How long something takes, in one unit: "2 minutes"."""
    return figures.span(length.total_seconds(), _tongue_of(_spoken.get()).locale)


def listing(words: Sequence[str], kind: figures.Kind = "or") -> str:
    """ "a, b, or c"."""
    return figures.enumeration(words, kind, _tongue_of(_spoken.get()).locale)
