"""Matching a value to a closed list, and finding what comes nearest. Pure."""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from bot.scenario.api import loose
from bot.scenario.api.records import Json

_QUANTITY: Final = re.compile(r"\s*([-+]?\d+(?:\.\d+)?)\s*[a-zA-Z%]{0,3}\s*")
_MEASURED: Final = re.compile(r"\s*([-+]?\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*")
_UNITS: Final = {"": "", "s": "s", "sec": "s", "secs": "s", "second": "s", "seconds": "s", "x": "x", "p": "p"}
"""Units that change nothing: "5s" is 5, where "4K" is not 4."""
_BLANKS: Final = re.compile(r"[^\w.]|_")
_LEAST_BEGINNING: Final = 3
_LONGEST_CODE: Final = 3
_RESEMBLES: Final = 0.55
"""Least likeness of two words: "adaptiv" and "adaptive" share 0.93, "Klingon" and "Korean" 0.46."""
SHOWN: Final = 3
"""Most suggestions that are worth reading."""


def match(allowed: Iterable[Json], value: Json) -> Json:
    """The element of `allowed` that `value` means, with the element's own type; None where there is none.

    Element types matter to Scenario: `"5"` and 5 are different. A member cannot know, so an exact match is
    tried first, then one by what is written: "5" for 5, 5 for "5", "HIGH" for "high"; then the only one of
    that quantity: 5 for "5s", "5 sec" for "5"; then the only one of these letters and digits: "tpose" for
    "t-pose".
    """
    choices = list(allowed)
    for one in choices:
        if one == value and isinstance(one, bool) == isinstance(value, bool):
            return one
    written = _written(value)
    if written is None:
        return None
    found = next((one for one in choices if _written(one) == written), None)
    if found is not None:
        return found
    measure = _measure(value)
    alike = [one for one in choices if measure is not None and _same_measure(_measure(one), measure)]
    if len(alike) != 1:
        alike = [one for one in choices if bare_word(one) == bare_word(value) != ""]
    return alike[0] if len(alike) == 1 else None


def begun(texts: Mapping[str, Json], value: str) -> Json:
    """Of `texts`, what each may be called, the only one that begins with `value`; None for none or several.

    Fewer than three letters, or a number alone, begin nothing.
    """
    word = bare_word(value)
    if len(word) < _LEAST_BEGINNING:
        return None
    found: list[Json] = []
    for text, one in texts.items():
        if bare_word(text).startswith(word) and one not in found:
            found.append(one)
    return found[0] if len(found) == 1 else None


def bare_word(value: Json) -> str:
    """Its letters and digits in lower case; "" for what has no letters. Dots stay: 1.5x is not 15x."""
    if not isinstance(value, str) or not any(map(str.isalpha, value)):
        return ""
    return _BLANKS.sub("", unicodedata.normalize("NFKC", value).casefold())


def bare(value: Json) -> float | None:
    """The number of a text like "5s", "2x" or "720p"; None for any other."""
    measure = _measure(value)
    return None if measure is None else measure[0]


def nearest(value: Json, allowed: Sequence[Json]) -> tuple[Json, ...]:
    """Up to three elements of `allowed` that come nearest: quantities ("6s") by size, else by spelling, where
    they are words: a code of two letters resembles every other one."""
    choices = [one for one in allowed if one not in (None, "")]
    quantity = _quantity(value)
    measured = [(size, one) for one in choices if (size := _quantity(one)) is not None]
    if quantity is not None and measured:
        measured.sort(key=lambda pair: abs(pair[0] - quantity))
        return tuple(one for _, one in measured[:SHOWN])
    words = {_written(one) or "": one for one in reversed(choices)}
    spelled = [word for word in words if len(word) > _LONGEST_CODE]
    close = difflib.get_close_matches(_written(value) or "", spelled, n=SHOWN, cutoff=_RESEMBLES)
    return tuple(words[word] for word in close)


def alike(name: str, names: Sequence[str]) -> tuple[str, ...]:
    """Up to three of `names` that are spelled like `name`, whatever the case, dashes and underscores."""
    plain = {loose.plain(one): one for one in reversed(names)}
    return tuple(
        plain[one] for one in difflib.get_close_matches(loose.plain(name), list(plain), n=SHOWN, cutoff=0.5)
    )


def _written(value: Json) -> str | None:
    if isinstance(value, bool):
        return str(value).casefold()
    number = loose.number(value)
    if number is not None:
        return f"{number:.15g}"
    return value.strip().casefold() if isinstance(value, str) else None


def _quantity(value: Json) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return loose.number(value)
    found = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    return float(found[1]) if found else None


def _measure(value: Json) -> tuple[float, str] | None:
    """A quantity and its unit, where the unit is one that changes nothing."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        read = loose.number(value)
        return None if read is None else (read, "")
    found = _MEASURED.fullmatch(value) if isinstance(value, str) else None
    unit = None if found is None else _UNITS.get(found[2].casefold())
    return None if found is None or unit is None else (float(found[1]), unit)


def _same_measure(one: tuple[float, str] | None, other: tuple[float, str]) -> bool:
    """ "5" and "5s" are the same, "5s" and "5x" are not."""
    return one is not None and one[0] == other[0] and (one[1] == other[1] or "" in (one[1], other[1]))
