"""The languages there are: English is the template, every other one is a file beside it."""

import gettext
import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final

LOCALES: Final = Path(__file__).parent / "locales"
ENGLISH: Final = "en"
LANGUAGES: Final = frozenset({ENGLISH, *(file.stem for file in LOCALES.glob("*.po"))})
"""Codes as Discord has them: a language ("de"), or a language in one part of the world ("pt-BR")."""


@lru_cache(maxsize=256)  # a start asks for every locale of Discord's and every word of every command
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
    told = json.loads(kept(LOCALES / f"{ENGLISH}.pot", _sentences))
    return {key: one if isinstance(one, str) else (one[0], one[1]) for key, one in told.items()}


@cache
def translations(language: str) -> gettext.NullTranslations:
    """What translates English into this language. What its file lacks stays English."""
    if language == ENGLISH:
        return gettext.NullTranslations()
    return gettext.GNUTranslations(BytesIO(kept(LOCALES / f"{language}.po", _compiled)))


def _sentences(file: Path) -> bytes:
    from babel.messages.pofile import read_po  # a process that says nothing need not know how

    with file.open("rb") as template:
        return json.dumps({str(one.context): one.id for one in read_po(template) if one.id}).encode()


def _compiled(file: Path) -> bytes:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with file.open("rb") as source:
        write_mo(compiled, read_po(source, abort_invalid=True))
    return compiled.getvalue()


def kept(file: Path, make: Callable[[Path], bytes]) -> bytes:
    """What is made of a file, kept beside it as Python keeps its own bytecode: to read all of them takes a
    process's start longer than anything else. Made anew where the file is another one, and each time where
    nothing can be written."""
    stands = file.stat()
    folder = file.parent / "__pycache__"
    there = folder / f"{file.name}.{stands.st_mtime_ns:x}.{stands.st_size:x}"
    with suppress(OSError):
        return there.read_bytes()
    made = make(file)
    with suppress(OSError):
        folder.mkdir(exist_ok=True)
        fresh = folder / f"{there.name}.{os.getpid()}"
        fresh.write_bytes(made)
        fresh.replace(there)  # whole or not at all, whoever starts beside us
        for older in folder.glob(f"{file.name}.*"):
            if older != there:
                older.unlink(missing_ok=True)
    return made
