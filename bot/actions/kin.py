"""What a card comes from, and what was built on it: the links of a chain, in both directions."""

from dataclasses import dataclass

from bot.actions.actions import Place, begun_with
from bot.generation.model import Generation
from bot.generation.ports import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """What stands before and behind a card, as far as whoever sees the card may see that too."""

    parent: Generation | None = None
    place: Place | None = None
    """Which of the parent's results it began with."""
    children: tuple[Generation, ...] = ()
    """What came of its own results, newest first."""


ALONE = Kin()


async def kin_of(store: Store, generation: Generation) -> Kin:
    """Read from the record: those that `_seen_from` lets be named."""
    parent, place = None, begun_with(generation.ask)
    if place is not None:
        parent = _seen_from(generation, await store.shown(place.card_id))
        place = place if parent is not None else None
    children = await store.built_on(generation.card.id)
    seen = tuple(one for one in children if _seen_from(generation, one) is not None)
    return Kin(parent=parent, place=place, children=seen)


def _seen_from(generation: Generation, other: Generation | None) -> Generation | None:
    """The other one, where whoever sees this one's card may see it: a card that nobody took away, in the same
    channel, or for somebody's own eyes in the same server."""
    if other is None or other.on_card is None or other.card.removed is not None:
        return None
    if other.origin.guild_id != generation.origin.guild_id:
        return None
    alone = generation.card.private
    if other.card.private:
        return other if alone and generation.origin.owner_id == other.origin.owner_id else None
    return other if alone or other.card.channel_id == generation.card.channel_id else None
