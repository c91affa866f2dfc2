"""The one door to every sentence that a user reads: by key, in the language that is being spoken."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from bot.ui.speech.english import ENGLISH
from bot.ui.speech.french import FRENCH

LANGUAGES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType({"en": ENGLISH, "fr": FRENCH})
_language: ContextVar[str] = ContextVar("language", default="en")


@lru_cache(maxsize=100)  # at each start every word of every command is asked for in all of Discord's locales
def language_of(locale: str | None) -> str:
    """The language for one of Discord's locales ("en-GB", "fr"): ours if we speak it, else English."""
    language = (locale or "").partition("-")[0]
    return language if language in LANGUAGES else "en"


@contextmanager
def speaking(locale: str | None) -> Generator[None]:
    """Say everything inside in this locale's language. Cards speak the server's, answers the asker's."""
    token = _language.set(language_of(locale))
    try:
        yield
    finally:
        _language.reset(token)


def speak(locale: str | None) -> None:
    """Speak this locale's language for the rest of the current task: an interaction is one."""
    _language.set(language_of(locale))


def say(key: str, /, **facts: object) -> str:
    """The sentence of `key`, with `facts` in its places. An unknown key or a missing fact is our mistake
    and raises KeyError."""
    return LANGUAGES[_language.get()][key].format(**facts)


def known(key: str) -> bool:
    """Whether there is a sentence of that key."""
    return key in ENGLISH


def listing(words: list[str]) -> str:
    """ "a, b or c"."""
    if len(words) < 2:
        return "".join(words)
    return say("list.or", first=", ".join(words[:-1]), last=words[-1])
