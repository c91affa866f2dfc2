"""Who runs which shard, and who should. Pure.

Shares differ by one at most, so nobody holds more than `ceil(count / processes)`. Whoever holds the most has
the larger share: a shard moves only where one has too many.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the shards are divided at one moment."""

    count: int
    """How many shards there are."""
    processes: Collection[int]
    """Those that take part, by their numbers."""
    holders: Mapping[int, int]
    """Shard → process, for what a living process holds, also one that takes no part any more."""

    def held(self, process: int) -> list[int]:
        """The shards of one process."""
        return sorted(shard for shard, holder in self.holders.items() if holder == process)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What one process does next, so that everybody has a share."""

    take: Collection[int] = ()
    """Shards that nobody holds."""
    give: Collection[int] = ()
    """Its own that others lack."""


def shares(standing: Standing) -> dict[int, int]:
    """How many shards each process is to hold."""
    if not standing.processes:
        return {}
    least, larger = divmod(standing.count, len(standing.processes))
    many = Counter(standing.holders.values())
    order = sorted(standing.processes, key=lambda process: (-many[process], process))
    return {process: least + (place < larger) for place, process in enumerate(order)}


def due(standing: Standing, me: int) -> Due:
    """What `me` does. Whoever takes no part gives everything and takes nothing."""
    mine = standing.held(me)
    share = shares(standing).get(me, 0)
    free = sorted(set(range(standing.count)) - set(standing.holders))
    return Due(take=free[: max(0, share - len(mine))], give=mine[share:])


def agreed(recommended: int, living: Collection[int]) -> int:
    """How many shards there are to be for a process that was not told: as many as the living ones run, as
    long as a shard has at most twice the servers that Discord recommends. It takes 2.5 times as many at most.

    recommended: by Discord, at least 1. living: what the others run, different ones while that changes.
    """
    if living and recommended <= 2 * max(living):
        return max(living)
    return recommended
