"""Numbers and lists as a locale writes them. Pure."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, Literal

from babel import Locale
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

Kind = Literal["and", "or"]
"""Of a list: all of them, or one of them."""

_STYLES: Final[Mapping[Kind, Literal["standard", "or"]]] = {"and": "standard", "or": "or"}
_LEAST_GROUPED: Final = 10_000
"""Several languages do not group four digits, which Babel does not know; none of the others minds it."""
_BEYOND: Final = 1e15
"""Babel raises from 10 to the 27th on; and there is what is no number."""
_SPANISH: Final[Mapping[Kind, tuple[str, str, re.Pattern[str]]]] = {
    "and": (" y ", " e ", re.compile(r"(i|hi(?![ae]))", re.IGNORECASE)),
    "or": (" o ", " u ", re.compile(r"(o|ho|8|11(?!\d))", re.IGNORECASE)),
}
"""The word before the last item, how it is said before its own sound, and what begins with that. ICU has this
rule, Babel has not."""


_SECOND: Final = ("duration-second", 1)
_UNITS: Final = ((7200, "duration-hour", 3600), (60, "duration-minute", 60))
"""From how many seconds on, and how many one is: an hour and a half is told in minutes."""


def decimal(value: float, locale: Locale) -> str:
    """Without needless zeros; of a fraction at most 15 digits. As it is where it is beyond all use."""
    if not abs(value) < _BEYOND:
        return str(value)
    exact = Decimal(f"{value:.15g}" if isinstance(value, float) else value)
    grouped = abs(exact) >= _LEAST_GROUPED
    return format_decimal(exact, locale=locale, decimal_quantization=False, group_separator=grouped)


def percent(fraction: float, locale: Locale) -> str:
    """A part of one, in whole percents."""
    return format_percent(fraction, locale=locale)


def span(seconds: float, locale: Locale) -> str:
    """A length of time in one unit, in words: "40 seconds", "2 minutes", "3 hours"."""
    unit, length = next(((unit, length) for least, unit, length in _UNITS if seconds >= least), _SECOND)
    return format_unit(round(seconds / length), unit, length="long", locale=locale)


def enumeration(words: Sequence[str], kind: Kind, locale: Locale) -> str:
    """ "a, b or c"; nothing for nothing."""
    told = format_list(words, style=_STYLES[kind], locale=locale)
    if locale.language == "es" and len(words) > 1:
        usual, before, sound = _SPANISH[kind]
        ending = usual + words[-1]
        if sound.match(words[-1]) and told.endswith(ending):
            return told.removesuffix(ending) + before + words[-1]
    return told
