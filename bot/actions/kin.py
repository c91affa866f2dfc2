"""What a card comes from, and what was built on it: the links of a chain, in both directions."""

from dataclasses import dataclass

from bot.actions.actions import Place, built_on, place_named
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
    """Read from the record. A private card is named on its owner's private cards only."""
    parent_id, parent, place = built_on(generation.ask), None, None
    if parent_id is not None:
        parent = _seen_from(generation, await store.shown(parent_id))
        named = (place_named(one.filename) for one in generation.ask.files if one.asset_id is not None)
        place = next((one for one in named if one is not None), None) if parent is not None else None
    built = await store.built_on(generation.card.id)
    children = [one for one in built if built_on(one.ask) == generation.card.id]
    seen = tuple(one for one in children if _seen_from(generation, one) is not None)
    return Kin(parent=parent, place=place, children=seen)


def _seen_from(generation: Generation, other: Generation | None) -> Generation | None:
    if other is None or other.on_card is None or not other.card.private:
        return other if other is not None and other.on_card is not None else None
    own = generation.card.private and generation.origin.owner_id == other.origin.owner_id
    return other if own else None
