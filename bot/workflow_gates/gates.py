"""Where a workflow run waits for a person. Pure, read off the nodes that Scenario shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.scenario.api.records import Node

APPROVAL: Final = "user-approval"
SELECTION: Final = "user-selection"
_WAITS: Final = frozenset({"pending", "processing", "waiting"})
_DONE: Final = frozenset({"success", "succeeded", "completed", "skipped"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A node that waits for a person's answer."""

    number: int
    """Its place among the nodes, by which a button names it."""
    node_id: str
    name: str | None = None
    """The node's own."""
    choosing: bool
    """Whether something is to be chosen; else it is a yes or a no."""
    asset_ids: tuple[str, ...]
    """What it is about: what is to be approved, or the items to choose from. Those an answer counts, so each
    stands in its own place, also one that comes twice and one that cannot be read ("")."""
    least: int
    most: int

    @property
    def takes(self) -> tuple[int, int]:
        """Fewest and most items to choose, within what there is."""
        count = max(1, len(self.asset_ids))
        return min(max(1, self.least), count), max(1, min(self.most, count))


def open_gate(nodes: Sequence[Node]) -> Gate | None:
    """The first gate that can be answered now.

    Which word a waiting gate has is not documented, so any that is not final will do once all that it depends
    on is done.
    """
    by_id = {node.id: node for node in nodes}
    for number, node in enumerate(nodes):
        if node.type not in {APPROVAL, SELECTION} or node.status not in _WAITS:
            continue
        before = [by_id[one] for one in node.depends_on if one in by_id]
        if any(one.status not in _DONE for one in before):
            continue
        shown = node.asset_ids or tuple(asset for one in before for asset in one.asset_ids)
        choosing = node.type == SELECTION
        return Gate(
            number=number,
            node_id=node.id,
            name=node.name,
            choosing=choosing,
            asset_ids=shown if choosing else tuple(dict.fromkeys(filter(None, shown))),
            least=node.least,
            most=node.most,
        )
    return None
