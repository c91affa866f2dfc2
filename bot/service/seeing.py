"""Who may see which generation, and bring which card back. Pure."""

from typing import Final

from bot.cards.loop import is_refusal
from bot.generation.model import BOUGHT_PERHAPS, Card, Fate, Generation, Removal
from bot.refusals import NoSuchGeneration, Removed
from bot.service.origin import Origin

MODERATORS: Final = frozenset({Removal.MODERATOR, Removal.SOMEBODY})
"""Removals that only a moderator takes back."""


def check_removed(generation: Generation, origin: Origin) -> None:
    """Raise NoSuchGeneration or Removed where the card was taken away, and this asker may not bring it back.

    Its owner takes back what is the owner's own; a moderator of its server what a moderator did. Of what was
    deleted in Discord its owner gets a private copy: it is paid for, and the place stays as it was left.
    """
    owns = generation.owner_id == origin.owner_id
    restores = generation.removed in MODERATORS and _moderates(generation, origin)
    match generation.removed:
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


def may_see(generation: Generation, origin: Origin) -> bool:
    """Whether what another member made public is public to this one, here."""
    if generation.private or is_refusal(generation) or generation.channel_id is None:
        return False
    if generation.guild_id != origin.guild_id:
        return False
    return generation.channel_id == origin.channel_id or origin.sees(generation.channel_id)


def shows_privately(generation: Generation, origin: Origin) -> bool:
    """Whether the answer to /show is for the asker's eyes only."""
    alone = generation.removed is Removal.SOMEBODY and not _moderates(generation, origin)
    return alone or generation.private or is_refusal(generation)


def comes_back(generation: Generation, origin: Origin) -> bool:
    """Whether it is not over and its card is gone, so that it goes on in its owner's answer: it may hold a
    question that nobody else sees."""
    under_way = generation.fate in BOUGHT_PERHAPS and generation.card is Card.KEPT
    return under_way and generation.owner_id == origin.owner_id


def homeless(generation: Generation, here: Generation, origin: Origin) -> bool:
    """Whether something was bought that has no card, so that its owner's answer may become it."""
    if comes_back(generation, origin):
        return True
    made = generation.fate is Fate.SUCCEEDED and generation.card is Card.KEPT
    # what somebody took away comes back for its owner's eyes only, and stays theirs
    alone = generation.removed is Removal.SOMEBODY and here.private
    as_it_was = here.private == generation.private
    return made and generation.owner_id == origin.owner_id and (alone or as_it_was)


def _moderates(generation: Generation, origin: Origin) -> bool:
    return origin.guild_id == generation.guild_id and origin.moderates()
