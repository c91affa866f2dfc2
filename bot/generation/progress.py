"""How far running generations are. Kept in memory only: it is cheap to read again and dear to write."""

from dataclasses import dataclass, replace
from typing import Final

from bot.generation.model import Fate, Generation
from bot.scenario.records import Node

CONFIRM: Final = "confirm"
"""The phase of one whose price waits for somebody's yes."""

UNPRICED: Final = "unpriced"
"""The phase of one whose model's charge the purchase before it will tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What a card may say between two lasting facts."""

    phase: str = "queued"
    """Scenario's status word, or one of ours: `uploading`, `confirm`, `unpriced`, `waiting` in our own line,
    `unreachable`."""
    fraction: float | None = None
    """0 to 1. Never goes back within one generation."""
    place: int | None = None
    """1 is next; only while waiting."""
    nodes: tuple[Node, ...] = ()
    """Of a workflow run."""


def asks_price(generation: Generation, progress: Progress | None) -> bool:
    """Whether the card asks for a yes to the price."""
    return progress is not None and progress.phase == CONFIRM and generation.fate is Fate.REQUESTED


class ProgressBoard:
    """The progress of every generation that has some."""

    def __init__(self) -> None:
        self._rows: dict[str, Progress] = {}

    def get(self, generation_id: str) -> Progress | None:
        return self._rows.get(generation_id)

    def put(self, generation_id: str, progress: Progress) -> bool:
        """Keep it, with a fraction that never goes back; True when that changed something."""
        before = self._rows.get(generation_id)
        if before is not None and before.fraction is not None:
            progress = replace(progress, fraction=max(before.fraction, progress.fraction or 0.0))
        self._rows[generation_id] = progress
        return progress != before

    def forget(self, generation_id: str) -> None:
        self._rows.pop(generation_id, None)
