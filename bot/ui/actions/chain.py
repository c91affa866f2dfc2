"""The cards before and behind a card, as its quiet lines name them. Pure."""

from typing import Final

from bot.actions.kin import Kin
from bot.actions.planning import words_of
from bot.generation.model import Generation
from bot.ui.speech import words
from bot.ui.speech.texts import known, listing, say

NAMED: Final = 5
"""Of those that were built on a card."""


def lines(kin: Kin) -> list[str]:
    """What it was made from, and who built what on it."""
    told: list[str] = []
    if kin.parent is not None:
        name = words.quoted(words_of(kin.parent), 60) or say("card.number", id=kin.parent.card.id)
        number = kin.place.number if kin.place is not None else None
        key = "kin.parent" if number is None else "kin.parent_numbered"
        told.append(say(key, card=_link(kin.parent, name), number=number))
    if kin.children:
        built = [
            say("kin.child", what=_link(one, _made(one)), owner=f"<@{one.origin.owner_id}>")
            for one in kin.children[:NAMED]
        ]
        if len(kin.children) > NAMED:
            built.append(say("list.more", count=len(kin.children) - NAMED))
        told.append(say("kin.children", children=listing(built, "and")))
    return [f"{words.QUIET}{line}" for line in told]


def _made(child: Generation) -> str:
    task = f"task.{child.command}"
    return say(task) if known(task) else say("card.number", id=child.card.id)


def _link(other: Generation, name: str) -> str:
    """To the card where one leads there; else how it is brought back."""
    link = words.card_link(other)
    if link is not None:
        return f"[{name}]({link})"
    number = say("card.number", id=other.card.id)
    return number if name == number else f"{name} ({number})"
