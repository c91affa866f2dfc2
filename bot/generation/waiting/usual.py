"""How long each model's jobs usually take: the median of its newest, as they took here.

Kept in memory. What earlier processes saw is read once a model, when somebody waits for it first.
"""

from collections import deque
from collections.abc import Iterable
from statistics import median
from typing import Final

from bot.generation.model import Fate, Generation
from bot.generation.ports import Store

NEWEST: Final = 20
"""Jobs of a model that say how long the next one takes."""
LEAST: Final = 3
"""So many must have been seen: one may have been anything."""


class Usual:
    """Remembers how long jobs took, from the purchase to the result."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._took: dict[str, deque[float]] = {}
        self._read: set[str] = set()

    def add(self, generation: Generation) -> None:
        """One is over. Only what came to a result says how long results take."""
        if generation.fate is not Fate.SUCCEEDED or not generation.submitted_at or not generation.finished_at:
            return
        took = self._took.setdefault(generation.model_id, deque(maxlen=NEWEST))
        took.append((generation.finished_at - generation.submitted_at).total_seconds())

    async def read(self, model_ids: Iterable[str]) -> None:
        """Know of these models what the store knows, if that was not read before."""
        for model_id in {*model_ids} - self._read:
            newest = [one.total_seconds() for one in await self._store.durations(model_id, limit=NEWEST)]
            # what ended here is among them, but where Scenario names no charges the store finds none
            if len(newest) >= len(self._took.get(model_id, ())):
                self._took[model_id] = deque(reversed(newest), maxlen=NEWEST)
            self._read.add(model_id)

    def of(self, model_id: str) -> float | None:
        """Seconds; None while too few are known."""
        took = self._took.get(model_id, ())
        return median(took) if len(took) >= LEAST else None
