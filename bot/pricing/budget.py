"""CU in 24 hours: of a member, a server, the installation. Pure."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from math import fsum
from typing import Final

DAY: Final = timedelta(hours=24)

Costs = Sequence[tuple[datetime, float]]
"""When and how many CU, oldest first. Summed by `fsum`: ten tenths must make one."""


def used(costs: Costs) -> float:
    return fsum(cu for _, cu in costs)


def room_at(costs: Costs, fits: Callable[[float], bool]) -> datetime | None:
    """The first moment at which what is then younger than 24 hours `fits`; None when that never comes."""
    return next(
        (moment + DAY for number, (moment, _) in enumerate(costs, 1) if fits(used(costs[number:]))), None
    )
