"""What commands and buttons call: one door to the rooms in which something is decided about a generation."""

from bot.catalogue import Catalogue
from bot.clock import Clock
from bot.generation.acting import Acting, price_name
from bot.generation.asking import Asking
from bot.generation.cards import CardLoop
from bot.generation.fates import FateLoop
from bot.generation.gatekeeper import Gatekeeper
from bot.generation.place import Acknowledge, Actor, NotAcknowledged, Place, Rules
from bot.generation.ports import Delivery, Store, Studio
from bot.generation.prepare import Preparer
from bot.generation.presses import Presses
from bot.generation.progress import ProgressBoard
from bot.generation.seeing import comes_back, shows_privately
from bot.generation.showing import Showing

__all__ = (
    "Acknowledge",
    "Actor",
    "NotAcknowledged",
    "Place",
    "Rules",
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
        rules: Rules,
        preparer: Preparer,
    ) -> None:
        self.rules = rules
        self.started_at = clock.now()
        self.check_place = rules.check_place
        presses = Presses(clock)

        asking = Asking(store, catalogue, preparer, fates, cards, clock, rules, presses)
        self.close = asking.close
        self.request = asking.request
        self.again = asking.again

        acting = Acting(store, delivery, fates, cards, Gatekeeper(studio, board), board, clock)
        self.cancel = acting.cancel
        self.confirm = acting.confirm
        self.answer_gate = acting.answer_gate
        self.deletable = acting.deletable
        self.delete = acting.delete

        showing = Showing(store, delivery, cards, board, clock, rules, presses)
        self.look = showing.look
        self.show = showing.show
        self.given = showing.given
        self.originals = showing.originals
        self.recent = showing.recent
        self.under_way = showing.under_way
        self.progress = showing.progress
