"""Who may see which generation, and bring which card back. Asks nobody but the caller."""

from typing import Final

from bot.cards.news import is_refusal
from bot.generation.card import CardState, Removal
from bot.generation.model import BOUGHT_PERHAPS, Fate, Generation
from bot.refusals import NoSuchGeneration, Removed
from bot.service.caller import Caller

MODERATORS: Final = frozenset({Removal.MODERATOR, Removal.SOMEBODY})
"""Removals that only a moderator takes back."""


def check_removed(generation: Generation, caller: Caller) -> None:
    """Raise NoSuchGeneration or Removed where the card was taken away, and this asker may not bring it back.

    Its owner takes back what is the owner's own; a moderator of its server what a moderator did. Of what was
    deleted in Discord its owner gets a private copy: it is paid for, and the place stays as it was left.
    """
    owns = generation.origin.owner_id == caller.origin.owner_id
    restores = generation.card.removed in MODERATORS and _moderates(generation, caller)
    match generation.card.removed:
        case None:
            return
        case Removal.OWNER if owns:
            return
        case Removal.SOMEBODY if owns or restores:
            return
        case Removal.MODERATOR if restores:
            return
        case Removal.MODERATOR if owns:
            raise Removed
        case _:
            raise NoSuchGeneration


async def may_see(generation: Generation, caller: Caller) -> bool:
    """Whether what another member made public is public to this one, here."""
    if generation.card.private or is_refusal(generation) or generation.card.channel_id is None:
        return False
    if generation.origin.guild_id != caller.origin.guild_id:
        return False
    if generation.card.channel_id == caller.origin.channel_id:
        return True
    return await caller.sees(generation.card.channel_id)


def shows_privately(generation: Generation, caller: Caller) -> bool:
    """Whether the answer to /show is for the asker's eyes only."""
    alone = generation.card.removed is Removal.SOMEBODY and not _moderates(generation, caller)
    return alone or generation.card.private or is_refusal(generation)


def comes_back(generation: Generation, caller: Caller) -> bool:
    """Whether it is not over and its card is gone, so that it goes on in its owner's answer: it may hold a
    question that nobody else sees."""
    under_way = generation.fate in BOUGHT_PERHAPS and generation.card.state is CardState.KEPT
    return under_way and generation.origin.owner_id == caller.origin.owner_id


def homeless(generation: Generation, here: Generation, caller: Caller) -> bool:
    """Whether something was bought that has no card, so that its owner's answer may become it."""
    if comes_back(generation, caller):
        return True
    made = generation.fate is Fate.SUCCEEDED and generation.card.state is CardState.KEPT
    # what somebody took away comes back for its owner's eyes only, and stays theirs
    alone = generation.card.removed is Removal.SOMEBODY and here.card.private
    as_it_was = here.card.private == generation.card.private
    return made and generation.origin.owner_id == caller.origin.owner_id and (alone or as_it_was)


def _moderates(generation: Generation, caller: Caller) -> bool:
    return caller.origin.guild_id == generation.origin.guild_id and caller.moderates()
