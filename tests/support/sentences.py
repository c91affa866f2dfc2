"""The sentences of every language, as a test reads them."""

from collections.abc import Mapping
from functools import cache

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from bot.ui.speech.languages import ENGLISH, LANGUAGES, LOCALES

TRANSLATED = sorted(LANGUAGES - {ENGLISH})
"""Every language but English."""


@cache
def catalog(language: str) -> Catalog:
    """A language's file, which must be read without a complaint."""
    ending = "pot" if language == ENGLISH else "po"
    with (LOCALES / f"{language}.{ending}").open("rb") as file:
        return read_po(file, abort_invalid=True)


@cache
def sentences(language: str) -> Mapping[str, str]:
    """By key: of one that is bent by a number, what is said of many."""
    return {key: forms[-1] for key, forms in every_form(language).items()}


@cache
def every_form(language: str) -> Mapping[str, tuple[str, ...]]:
    """By key, all that a sentence can be: of one that is bent by a number, a form for each kind of number."""
    found: dict[str, tuple[str, ...]] = {}
    for one in catalog(language):
        if one.id:
            told = one.id if language == ENGLISH else one.string
            found[str(one.context)] = (told,) if isinstance(told, str) else tuple(told or ())
    return found
