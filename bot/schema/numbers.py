"""Exact numbers, and the grid of values that `min`, `max` and `step` leave. Pure.

Fractions of what is written, not of the binary float: 0.3 is three tenths, so 0.05 divides it.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import floor
from typing import Final

from bot.scenario.api import loose
from bot.scenario.api.records import Json

_SLACK: Final = Fraction(1, 1_000_000)
"""How far from a step, in steps, a number may be and still be meant: 0.1 + 0.2 is 0.3."""
_EXACT_WHOLES: Final = 10**21
"""Whole numbers up to here are sent as written; JSON tools write larger ones with an exponent."""


def exact(value: Json) -> Fraction | None:
    """The number that is written; None for what is no finite number."""
    read = loose.number(value)
    if read is None:
        return None
    if isinstance(value, int):
        return Fraction(value)
    if isinstance(value, str) and value.strip().lstrip("+-").isdecimal():
        return Fraction(int(value))
    return Fraction(repr(read))


def tidy(number: Fraction) -> int | float:
    """As JSON: without a fraction where there is none."""
    if number.denominator == 1 and abs(number) < _EXACT_WHOLES:
        return int(number)
    return float(number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The numbers from `low` to `high` in steps.

    Whether steps count from zero or from `min` is not documented, and both are used ("a multiple of 16"
    with a min that is none), so a number on either is accepted.
    """

    low: Fraction | None
    high: Fraction | None
    step: Fraction | None

    @staticmethod
    def of(low: float | None, high: float | None, step: float | None) -> "Grid":
        """As floats of a schema say; a step of 0 is none."""
        return _grid(low, high, step)

    def snap(self, number: Fraction) -> Fraction | None:
        """The number, put exactly on its step; None when it lies between two."""
        if self.step is None:
            return number
        for origin in (Fraction(0), self.low or Fraction(0)):
            steps = (number - origin) / self.step
            if abs(steps - round(steps)) <= _SLACK:
                return origin + round(steps) * self.step
        return None

    def below(self, number: Fraction) -> bool:
        """Whether it is less than the least."""
        return self.low is not None and number < self.low

    def above(self, number: Fraction) -> bool:
        """Whether it is more than the most."""
        return self.high is not None and number > self.high

    def around(self, number: Fraction) -> tuple[Fraction, ...]:
        """The accepted numbers next to `number`, nearest first; at most one on each side."""
        if self.low is not None and number < self.low:
            number = self.low
        if self.high is not None and number > self.high:
            number = self.high
        if self.step is None:
            return () if self.below(number) else (number,)
        origin = self._origin(self.step)
        under = origin + floor((number - origin) / self.step) * self.step
        found = (under,) if under == number else (under, under + self.step)
        inside = [one for one in found if not self.below(one) and not self.above(one)]
        return tuple(sorted(inside, key=lambda one: abs(one - number)))

    def _origin(self, step: Fraction) -> Fraction:
        return Fraction(0) if self.low is None or self.low % step == 0 else self.low


# the same schemas are looked at for each request
@lru_cache(maxsize=1024)
def _grid(low: float | None, high: float | None, step: float | None) -> Grid:
    return Grid(low=exact(low), high=exact(high), step=exact(step) if step is not None and step > 0 else None)
