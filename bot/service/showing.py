"""To look: at one's own requests and at what others made public, and to bring a card back."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.actions.actions import Place
from bot.actions.kin import Kin, kin_of
from bot.cards.loop import CardLoop
from bot.cards.news import is_refusal
from bot.cards.originals import Original
from bot.cards.ports import Delivery, Unshowable
from bot.clock import Clock
from bot.generation.card import CardState, Removal
from bot.generation.group import progress_of
from bot.generation.model import Generation
from bot.generation.ports import Delayed, Store
from bot.generation.progress import Progress, ProgressBoard
from bot.refusals import AlreadyAsked, CannotShow, NoSuchGeneration, ScenarioSilent
from bot.request.ask import InputFile
from bot.scenario.api.errors import ScenarioError
from bot.service.caller import Acknowledge, Caller, NotAcknowledged, Policy
from bot.service.repeats import Presses
from bot.service.results import Results, as_file
from bot.service.seeing import MODERATORS, check_removed, homeless, may_see

log = logging.getLogger(__name__)

SEARCHED: Final = 200
"""Newest requests of a member among which /show looks for words."""


class Showing:
    """Reads the record for somebody's eyes."""

    def __init__(
        self,
        store: Store,
        delivery: Delivery,
        cards: CardLoop,
        board: ProgressBoard,
        clock: Clock,
        policy: Policy,
        presses: Presses,
        results: Results,
    ) -> None:
        self._store = store
        self._delivery = delivery
        self._cards = cards
        self._board = board
        self._clock = clock
        self._policy = policy
        self._presses = presses
        self._results = results
        self._showing: set[int] = set()

    async def look(self, generation_id: str, caller: Caller) -> Generation:
        """A generation for somebody's eyes: one's own anywhere, another's public one within its server, where
        the asker sees its channel and as long as its card is there.

        Raises NoSuchGeneration, which does not tell whether there is one, and Removed, to its owner.
        """
        generation = await self._store.shown(generation_id)
        if generation is None:
            raise NoSuchGeneration
        owns = generation.origin.owner_id == caller.origin.owner_id
        if not owns and not await may_see(generation, caller):
            raise NoSuchGeneration
        generation = await self._looked_after(generation)
        check_removed(generation, caller)
        return generation

    async def _looked_after(self, generation: Generation) -> Generation:
        """The same, with what Discord tells of a message that nobody has touched since its last word: of what
        is deleted there a bot learns only by asking."""
        public = not generation.card.private and generation.origin.guild_id is not None
        if not public or generation.card.state is not CardState.SETTLED or is_refusal(generation):
            return generation
        if await self._delivery.stands(generation):
            return generation
        removed = generation.card.removed or Removal.SOMEBODY
        gone = generation.carded(state=CardState.KEPT, removed=removed)
        await self._store.save_card(generation.card, gone.card)
        return await self._store.shown(generation.card.id) or gone

    async def originals(self, generation_id: str, caller: Caller) -> Sequence[Original]:
        """Fresh links to a generation's files for whoever may see it. Raises a Refusal."""
        self._policy.check_served(caller.origin.guild_id, dm=caller.dm)
        generation = await self.look(generation_id, caller)
        await self._presses.once((caller.origin.owner_id, f"original:{generation_id}"))
        try:
            return await self._cards.originals(generation)
        except ScenarioError as error:
            raise ScenarioSilent from error

    async def pressed(self, card_id: str, caller: Caller, *, message_id: int | None) -> Generation:
        """What a button means, for whoever can press it: who sees the card or a copy of it.

        message_id: where the button is. On the card's own message it says that the card stands; elsewhere
        Discord is asked. Raises NoSuchGeneration, Removed.
        """
        generation = await self._store.shown(card_id)
        owner_id = caller.origin.owner_id
        if generation is None or (generation.card.private and generation.origin.owner_id != owner_id):
            raise NoSuchGeneration
        if message_id != generation.card.message_id:
            generation = await self._looked_after(generation)
        check_removed(generation, caller)
        return generation

    async def given(self, place: Place, caller: Caller, role: str) -> InputFile:
        """A result of an earlier generation, to make something from. Raises NoSuchGeneration, NoPicture,
        WhichResult, NoSuchResult."""
        generation = await self.look(place.card_id, caller)
        return as_file(generation, await self._results.of(generation), place.number, role)

    async def kin(self, generation: Generation) -> Kin:
        """What it comes from, and what was built on it."""
        return await kin_of(self._store, generation)

    async def recent(self, owner_id: int) -> Sequence[Generation]:
        """A member's newest generations."""
        return await self._store.of_owner(owner_id, limit=SEARCHED)

    async def under_way(self, owner_id: int) -> Sequence[Generation]:
        """What of a member's is not over, card by card, oldest first."""
        return await self._store.under_way(owner_id)

    def progress(self, generation: Generation) -> Progress | None:
        return progress_of(generation, self._board)

    async def show(self, caller: Caller, generation: Generation, acknowledge: Acknowledge) -> None:
        """Show a generation that is over, or that `comes_back`, in the answer to this interaction.

        What was bought and has no message gets its card here; anything else is copied, and its own card stays
        the only one that moves. Raises AlreadyAsked while the same member's last one is on its way.
        """
        self._policy.check_served(caller.origin.guild_id, dm=caller.dm)
        if caller.origin.owner_id in self._showing:
            raise AlreadyAsked
        self._showing.add(caller.origin.owner_id)
        try:
            await self._show(caller, generation, acknowledge)
        finally:
            self._showing.discard(caller.origin.owner_id)

    async def _show(self, caller: Caller, generation: Generation, acknowledge: Acknowledge) -> None:
        try:
            answer = await acknowledge()
        except NotAcknowledged as error:
            log.warning("not acknowledged (%s): the member can ask again", error)
            return
        private = answer.ephemeral or generation.card.private
        # public again by its owner, whose card it was, or by a moderator
        removed = generation.card.removed if private else None
        here = caller.answered_with(generation, answer, self._clock.now(), private=private, removed=removed)
        returns = homeless(generation, here, caller)
        if returns and await self._store.save_card(generation.card, here.card):
            self._cards.bring(here)
            return
        if not generation.fate.final:
            raise AlreadyAsked  # its card was brought back this very moment
        try:
            read_here = replace(here.origin, locale=caller.origin.locale)
            await self._cards.copy(replace(here, origin=read_here))
        except Delayed as error:
            if isinstance(error.__cause__, ScenarioError):
                raise ScenarioSilent from error
            raise
        except Unshowable as error:
            if not error.deleted:
                raise CannotShow from error
        if not here.card.private and generation.card.removed in MODERATORS and caller.moderates():
            await self._store.save_card(generation.card, replace(generation.card, removed=None))
