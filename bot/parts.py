"""Tying the loops and the services together, over whatever store and outside there is: an app's, a test's."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from bot.cards.loop import CardLoop
from bot.cards.ports import Delivery
from bot.catalogue import Catalogue
from bot.clock import Clock
from bot.generation.admission import Admission
from bot.generation.fate_writer import FateWriter
from bot.generation.fates import FateLoop
from bot.generation.holding import Alone, Holding
from bot.generation.member_files import Supply
from bot.generation.pacing import Patience
from bot.generation.ports import Guard, Intake, Store, Studio
from bot.generation.progress import ProgressBoard
from bot.generation.queue import Queue
from bot.generation.several.aside import set_aside
from bot.generation.several.others import Others
from bot.pricing.prices import PriceBook
from bot.request.prepare import Preparer
from bot.scenario.api.records import Ceilings
from bot.service.acting import Acting
from bot.service.asking import Asking
from bot.service.building import Building
from bot.service.prompting import Prompting
from bot.service.repeats import Presses
from bot.service.results import Results
from bot.service.service import Policy, Service
from bot.service.sharing import Sharing
from bot.service.showing import Showing
from bot.workflow_gates.gatekeeper import Gatekeeper


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What the parts stand on and speak to."""

    store: Store
    studio: Studio
    delivery: Delivery
    intake: Intake
    catalogue: Catalogue
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What lives in one process's memory."""

    board: ProgressBoard
    queue: Queue
    cards: CardLoop
    writer: FateWriter
    admission: Admission
    fates: FateLoop
    others: Others
    service: Service


def tie(
    outside: Outside,
    policy: Policy,
    *,
    patience: Patience | None = None,
    ceilings: Ceilings | None = None,
    guard: Guard | None = None,
    random: Random | None = None,
    told: Callable[[str], None] | None = None,
    holding: Holding | None = None,
) -> Parts:
    """The loops and the service, tied and not yet running.

    ceilings: what is known of Scenario's before it was asked. guard: what admission holds to, where it is not
    the policy's. told: hears the id of each card that has something new to show. holding: this process among
    those on the store's database; without, it has that to itself.
    """
    store, studio, clock, catalogue = outside.store, outside.studio, outside.clock, outside.catalogue
    board, queue = ProgressBoard(), Queue(ceilings, at_once=policy.guard.member_in_flight)
    cards = CardLoop(store, studio, outside.delivery, board, clock, holding)

    def tell(card_id: str, *, final: bool = False) -> None:
        if told is not None:
            told(card_id)
        cards.tell(card_id, final=final)

    writer = FateWriter(store, board, queue, clock, tell=tell, patience=patience, holding=holding)
    preparer = Preparer(catalogue, random or Random(), permutations=policy.permutations)
    admission = Admission(
        writer,
        catalogue,
        preparer,
        PriceBook(studio, catalogue, store, clock),
        Supply(store.uploads, studio, outside.intake, clock),
        guard=guard or policy.guard,
    )
    fates = FateLoop(writer, admission, studio, outside.delivery)
    others = Others(
        store,
        queue,
        clock,
        writer.holding,
        ready=admission.holds_place,
        look_again=fates.look_again,
        offer_again=fates.watching.hints.offer_again,
    )
    writer.holding.sets_aside = lambda: set_aside(queue, admission, fates, clock.now())
    admission.behind = others.behind
    cards.on_kept(fates.wake)
    presses, delivery, results = Presses(clock, holding), outside.delivery, Results(studio)
    asking = Asking(store, catalogue, preparer, fates, cards, clock, policy, presses)
    showing = Showing(store, delivery, cards, board, clock, policy, presses, results)
    service = Service(
        policy=policy,
        started_at=clock.now(),
        holding=holding or Alone(),
        asking=asking,
        acting=Acting(store, delivery, fates, cards, Gatekeeper(studio), board, clock),
        showing=showing,
        building=Building(catalogue, results, asking, showing, presses),
        prompting=Prompting(store, asking, presses),
        sharing=Sharing(store, cards, clock, policy, presses),
    )
    return Parts(
        board=board,
        queue=queue,
        cards=cards,
        writer=writer,
        admission=admission,
        fates=fates,
        others=others,
        service=service,
    )
