"""Who may see which generation, and bring which card back. Pure."""

from typing import Final

from bot.cards.loop import is_refusal
from bot.generation.model import BOUGHT_PERHAPS, Card, Fate, Generation, Removal
from bot.refusals import NoSuchGeneration, Removed
from bot.service.origin import Place

MODERATORS: Final = frozenset({Removal.MODERATOR, Removal.SOMEBODY})
"""Removals that only a moderator takes back."""


def check_removed(generation: Generation, place: Place) -> None:
    """Raise NoSuchGeneration or Removed where the card was taken away, and this asker may not bring it back.

    Its owner takes back what is the owner's own; a moderator of its server what a moderator did. Of what was
    deleted in Discord its owner gets a private copy: it is paid for, and the place stays as it was left.
    """
    owns = generation.owner_id == place.owner_id
    restores = generation.removed in MODERATORS and _moderates(generation, place)
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


def may_see(generation: Generation, place: Place) -> bool:
    """Whether what another member made public is public to this one, here."""
    if generation.private or is_refusal(generation) or generation.channel_id is None:
        return False
    if generation.guild_id != place.guild_id:
        return False
    return generation.channel_id == place.channel_id or place.sees(generation.channel_id)


def shows_privately(generation: Generation, place: Place) -> bool:
    """Whether the answer to /show is for the asker's eyes only."""
    alone = generation.removed is Removal.SOMEBODY and not _moderates(generation, place)
    return alone or generation.private or is_refusal(generation)


def comes_back(generation: Generation, place: Place) -> bool:
    """Whether it is not over and its card is gone, so that it goes on in its owner's answer: it may hold a
    question that nobody else sees."""
    under_way = generation.fate in BOUGHT_PERHAPS and generation.card is Card.KEPT
    return under_way and generation.owner_id == place.owner_id


def homeless(generation: Generation, here: Generation, place: Place) -> bool:
    """Whether something was bought that has no card, so that its owner's answer may become it."""
    if comes_back(generation, place):
        return True
    made = generation.fate is Fate.SUCCEEDED and generation.card is Card.KEPT
    # what somebody took away comes back for its owner's eyes only, and stays theirs
    alone = generation.removed is Removal.SOMEBODY and here.private
    as_it_was = here.private == generation.private
    return made and generation.owner_id == place.owner_id and (alone or as_it_was)


def _moderates(generation: Generation, place: Place) -> bool:
    return place.guild_id == generation.guild_id and place.moderates()
