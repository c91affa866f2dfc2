"""The languages there are: English is the template, every other one is a file beside it."""

import gettext
from collections.abc import Mapping
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

LOCALES: Final = Path(__file__).parent / "locales"
ENGLISH: Final = "en"
LANGUAGES: Final = frozenset({ENGLISH, *(file.stem for file in LOCALES.glob("*.po"))})
"""Codes as Discord has them: a language ("de"), or a language in one part of the world ("pt-BR")."""


def language_of(locale: str | None) -> str:
    """The language for one of Discord's locales ("en-GB", "es-419"): its own file, else its language's, else
    English."""
    if locale is None or locale in LANGUAGES:
        return locale or ENGLISH
    language = locale.partition("-")[0]
    return language if language in LANGUAGES else ENGLISH


@cache
def english() -> Mapping[str, str | tuple[str, str]]:
    """Every sentence by its key; of one that is bent by a number, how it reads for one and for more."""
    from babel.messages.pofile import read_po  # a process that says nothing need not know how

    with (LOCALES / f"{ENGLISH}.pot").open("rb") as file:
        return {
            str(one.context): one.id if isinstance(one.id, str) else (one.id[0], one.id[1])
            for one in read_po(file)
            if one.id
        }


@cache
def translations(language: str) -> gettext.NullTranslations:
    """What translates English into this language. What its file lacks stays English."""
    if language == ENGLISH:
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with (LOCALES / f"{language}.po").open("rb") as file:
        write_mo(compiled, read_po(file, abort_invalid=True))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
