"""Models of one family, as their names tell it: "Veo 3.1 Fast" is the quick one of "Veo 3.1". Pure.

Nothing in Scenario's records names a family. Where they tell prices, those have the last word.
"""

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Final

from bot.catalogue.search import plain
from bot.scenario.api.records import Model

_QUICK: Final = frozenset(
    {"fast", "turbo", "lite", "mini", "flash", "schnell", "lightning", "draft", "quick", "small"}
)
_LARGE: Final = frozenset({"pro", "ultra", "max", "plus", "large"})
_USUAL: Final = frozenset({"dev", "base", "standard"})


class Rank(IntEnum):
    """Where a model stands in its family."""

    QUICK = -1
    USUAL = 0
    LARGE = 1


@dataclass(frozen=True, slots=True)
class Standing:
    """Which family, and where in it."""

    family: str
    rank: Rank


def standing(model: Model) -> Standing:
    """As its name tells. Versions are families of their own: "Imagen 3 Fast" is no draft of "Imagen 4"."""
    return _standing(model.name)


@lru_cache(maxsize=4096)
def _standing(name: str) -> Standing:
    words = plain(name).split()
    found = set(words)
    rank = Rank.QUICK if found & _QUICK else Rank.LARGE if found & _LARGE else Rank.USUAL
    return Standing(" ".join(word for word in words if word not in _QUICK | _LARGE | _USUAL), rank)


def cheaper(one: Model, other: Model) -> bool:
    """Whether one may be the cheaper of both: it is not, where Scenario's figures say otherwise."""
    costs, others = _cost(one), _cost(other)
    return costs is None or others is None or costs < others


def _cost(model: Model) -> float | None:
    """What it usually costs, in CU."""
    return next((row.cu for row in model.variants if row.cu is not None), None)
