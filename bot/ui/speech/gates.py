"""Words for a workflow's nodes, and for what was answered at its gates."""

from typing import Final

from bot.generation.model import GateAnswer, Generation
from bot.ui.speech.texts import known, listing, say
from bot.ui.speech.words import QUIET, number, quoted
from bot.workflow_gates.gates import APPROVAL, SELECTION

_ANSWERS: Final = 5
_PICKS: Final = 16


def node_name(name: str | None, kind: str) -> str:
    """What a node does: its own name where it has one, else its type in words."""
    if name:
        return quoted(name, 60)
    key = f"step.{kind}"
    return say(key) if known(key) else quoted(kind, 60)


def answered(generation: Generation) -> list[str]:
    """A quiet line for each of the run's latest answers: at which gate, what, by whom."""
    lines = [f"{QUIET}{_answer(one)}" for one in generation.gate_answers[-_ANSWERS:]]
    more = len(generation.gate_answers) - len(lines)
    return [*([f"{QUIET}{say('list.more', count=more)}"] if more else ()), *lines]


def _answer(one: GateAnswer) -> str:
    gate, owner = node_name(one.name, SELECTION if one.choosing else APPROVAL), f"<@{one.by}>"
    if not one.yes:
        return say("gate.rejected", gate=gate, owner=owner)
    if not one.choosing:
        return say("gate.approved", gate=gate, owner=owner)
    told = [number(pick) for pick in one.picks[:_PICKS]]
    if len(one.picks) > _PICKS:
        told.append(say("list.more", count=len(one.picks) - _PICKS))
    return say("gate.chosen", count=len(one.picks), gate=gate, numbers=listing(told, "and"), owner=owner)
