"""The operator's .env: read as people's editors write it, and put under the environment."""

import os
from io import StringIO
from pathlib import Path
from typing import Final

from dotenv import dotenv_values, find_dotenv, load_dotenv

from bot.settings import SettingsError

DISABLED: Final = "PYTHON_DOTENV_DISABLED"
"""python-dotenv's own variable: with 1 in it no file is read."""


def load_file() -> frozenset[str]:
    """Add what the nearest .env says to the environment, which beats it. Returns the names it sets.

    Raises SettingsError for a file that is not UTF-8.
    """
    found = find_dotenv(usecwd=True)
    if not found or os.environ.get(DISABLED, "").casefold() in {"1", "true", "t", "yes", "y"}:
        return frozenset()
    text = _text(Path(found))
    load_dotenv(stream=StringIO(text), override=False)
    return frozenset(dotenv_values(stream=StringIO(text), interpolate=False))


def _text(file: Path) -> str:
    """UTF-8, with or without the mark that some editors put before it."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    except OSError as error:
        raise SettingsError([f"{file} cannot be read: {error.strerror}."]) from None
    if "\0" in text:  # UTF-16 without a mark is valid UTF-8 full of zeros
        raise SettingsError([f"{file} is not saved as UTF-8 (UTF-16 perhaps): save it as UTF-8."])
    return text
