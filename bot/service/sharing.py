"""To share: a private card becomes everybody's, by its owner's hand."""

import logging

from bot.cards.loop import CardLoop
from bot.clock import Clock
from bot.generation.model import Fate
from bot.generation.ports import Store
from bot.refusals import CannotShow, NoSuchGeneration, NotAllowed, Public
from bot.service.caller import Acknowledge, Caller, NotAcknowledged, Policy
from bot.service.repeats import Presses

log = logging.getLogger(__name__)


class Sharing:
    """Moves a private card into the channel. What its owner saw before stays with its owner."""

    def __init__(self, store: Store, cards: CardLoop, clock: Clock, policy: Policy, presses: Presses) -> None:
        self._store = store
        self._cards = cards
        self._clock = clock
        self._policy = policy
        self._presses = presses

    async def share(self, card_id: str, caller: Caller, acknowledge: Acknowledge) -> None:
        """Show a private result in the public answer to this interaction, which is its card from now on.

        Raises NoSuchGeneration, NotAllowed, Public, AlreadyAsked, and CannotShow where Discord keeps the
        answer private.
        """
        self._policy.check_served(caller.origin.guild_id, dm=caller.dm)
        generation = await self._store.shown(card_id)
        if generation is None or generation.fate is not Fate.SUCCEEDED:
            raise NoSuchGeneration
        if not generation.card.private:
            raise Public
        if generation.origin.owner_id != caller.id:
            raise NotAllowed(generation.origin.owner_id)
        press = (caller.id, f"share:{card_id}")
        await self._presses.once(press)
        try:
            answer = await acknowledge()
        except NotAcknowledged as error:
            log.warning("not acknowledged (%s): the member can share again", error)
            await self._presses.forget(press)
            return
        if answer.ephemeral:
            raise CannotShow
        here = caller.answered_with(generation, answer, self._clock.now(), private=False, removed=None)
        if not await self._store.save_card(generation.card, here.card):
            raise Public  # somebody was quicker
        self._cards.bring(here)
