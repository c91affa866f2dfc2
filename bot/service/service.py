"""What commands and buttons call: one door to the rooms in which something is decided about a generation."""

from bot.cards.loop import CardLoop
from bot.cards.ports import Delivery
from bot.catalogue import Catalogue
from bot.clock import Clock
from bot.gates.gatekeeper import Gatekeeper
from bot.generation.fates import FateLoop
from bot.generation.ports import Store, Studio
from bot.generation.progress import ProgressBoard
from bot.request.prepare import Preparer
from bot.service.acting import Acting, price_name
from bot.service.asking import Asking
from bot.service.origin import Acknowledge, Actor, NotAcknowledged, Origin, Policy
from bot.service.presses import Presses
from bot.service.seeing import comes_back, shows_privately
from bot.service.showing import Showing

__all__ = (
    "Acknowledge",
    "Actor",
    "NotAcknowledged",
    "Origin",
    "Policy",
    "Service",
    "comes_back",
    "price_name",
    "shows_privately",
)


class Service:
    """Ask, act, look: each is a room of its own, and what it offers is told there."""

    def __init__(
        self,
        store: Store,
        studio: Studio,
        delivery: Delivery,
        catalogue: Catalogue,
        fates: FateLoop,
        cards: CardLoop,
        board: ProgressBoard,
        clock: Clock,
        policy: Policy,
        preparer: Preparer,
    ) -> None:
        self.policy = policy
        self.started_at = clock.now()
        self.check_served = policy.check_served
        presses = Presses(clock)

        asking = Asking(store, catalogue, preparer, fates, cards, clock, policy, presses)
        self.close = asking.close
        self.request = asking.request
        self.again = asking.again

        acting = Acting(store, delivery, fates, cards, Gatekeeper(studio), board, clock)
        self.cancel = acting.cancel
        self.confirm = acting.confirm
        self.answer_gate = acting.answer_gate
        self.deletable = acting.deletable
        self.delete = acting.delete

        showing = Showing(store, delivery, cards, board, clock, policy, presses)
        self.look = showing.look
        self.show = showing.show
        self.given = showing.given
        self.originals = showing.originals
        self.recent = showing.recent
        self.under_way = showing.under_way
        self.progress = showing.progress
