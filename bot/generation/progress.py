"""How far running generations are. Kept in memory only: it is cheap to read again and dear to write."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bot.generation.model import Fate, Generation
from bot.scenario.api.records import Node
from bot.scenario.api.workflows import names_workflow
from bot.workflow_gates.gatekeeper import Run
from bot.workflow_gates.gates import Gate, open_gate

CONFIRM: Final = "confirm"
"""The phase of one whose price waits for somebody's yes."""

UNPRICED: Final = "unpriced"
"""The phase of one whose model's charge the purchase before it will tell."""

WAITING: Final = "waiting"
"""The phase of one that waits for a free place."""

LINE: Final = "line"
"""The phase of one that waits in its member's own line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What a card may say between two lasting facts."""

    phase: str = "queued"
    """Scenario's status word, or one of ours: `uploading`, `confirm`, `unpriced`, `waiting` for a free place,
    `line` for its member's earlier requests, `unreachable`."""
    fraction: float | None = None
    """0 to 1. Never goes back within one generation."""
    position: int | None = None
    """1 is next; only while waiting, for a place or in its member's line."""
    about: timedelta | None = None
    """How long it may be until the result, roughly; as it was told when it got this position."""
    usual: timedelta | None = None
    """How long a job of its model usually takes, roughly; as it was known when its job was read first."""
    nodes: tuple[Node, ...] = ()
    """Of a workflow run."""
    let_go: bool = False
    """Whether it holds no place any more: nobody knows how it ends (`generation.watching.standstill`)."""


def asks_price(generation: Generation, progress: Progress | None) -> bool:
    """Whether the card asks for a yes to the price."""
    return progress is not None and progress.phase == CONFIRM and generation.fate is Fate.REQUESTED


def gate_at(generation: Generation, progress: Progress | None) -> Gate | None:
    """The workflow's gate that the card asks to answer."""
    if progress is None or generation.fate is not Fate.RUNNING:
        return None
    return open_gate(progress.nodes)


def run_of(generation: Generation, progress: Progress | None) -> Run | None:
    """The run of a workflow that this generation is, while it is under way."""
    waits = generation.fate is Fate.RUNNING and names_workflow(generation.model_id)
    if not waits or generation.job_id is None:
        return None
    nodes = progress.nodes if progress is not None else ()
    return Run(workflow_id=generation.model_id, job_id=generation.job_id, nodes=nodes)


def asks(generation: Generation, progress: Progress | None) -> bool:
    """Whether the card holds a question: nothing goes on until somebody answers, so somebody must see it."""
    return asks_price(generation, progress) or gate_at(generation, progress) is not None


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
