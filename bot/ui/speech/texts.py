"""The one door to every sentence that a user reads: by key, in the language that is being spoken."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from bot.ui.speech.languages import ENGLISH, english, language_of, translations

_language: ContextVar[str] = ContextVar("language", default=ENGLISH)


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
    """The sentence of `key`, with `facts` in its places; of one that is bent by a number, the form for the
    whole number `count`. An unknown key or a missing fact is our mistake and raises KeyError."""
    sentence, language = english()[key], translations(_language.get())
    if isinstance(sentence, str):
        return language.pgettext(key, sentence).format(**facts)
    count = facts["count"]
    assert isinstance(count, int)
    return language.npgettext(key, *sentence, count).format(**facts)


def known(key: str) -> bool:
    """Whether there is a sentence of that key."""
    return key in english()


def listing(words: list[str]) -> str:
    """ "a, b or c"."""
    if len(words) < 2:
        return "".join(words)
    return say("list.or", first=", ".join(words[:-1]), last=words[-1])
