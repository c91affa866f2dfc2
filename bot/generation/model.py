"""The one noun, and what became of its job (fate). Where it is shown is `card`.

fate   requested ─ submitting ─ running ─ succeeded | failed | canceled
          ▲           │ silence, reset, 408/409/5xx
          │           ▼
          └────── uncertain
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from bot.generation.card import Card, CardState, IllegalMove, check_card_move
from bot.generation.failures import Failure, FailureKind
from bot.pricing.charges import RISE
from bot.request.ask import Ask, pending_files
from bot.request.origin import Origin
from bot.request.permutations import count_of
from bot.scenario.api.records import Inputs
from bot.vocabulary import Medium


class Fate(StrEnum):
    """What became of the request."""

    REQUESTED = "requested"  # recorded; nothing bought
    SUBMITTING = "submitting"  # the paid POST may be under way
    UNCERTAIN = "uncertain"  # the paid POST had no usable answer
    RUNNING = "running"  # Scenario has it: job_id is known
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def final(self) -> bool:
        return self in FINAL


FINAL: Final = frozenset({Fate.SUCCEEDED, Fate.FAILED, Fate.CANCELED})
UNFINISHED: Final = frozenset(Fate) - FINAL
BOUGHT_PERHAPS: Final = frozenset({Fate.SUBMITTING, Fate.UNCERTAIN, Fate.RUNNING})
"""Fates that take a place under Scenario's ceiling."""


LEGAL_FATES: Final[Mapping[Fate, frozenset[Fate]]] = MappingProxyType(
    {
        Fate.REQUESTED: frozenset({Fate.SUBMITTING, Fate.FAILED, Fate.CANCELED}),
        # back to requested only with proof that nothing was bought (a refusal, or never sent)
        Fate.SUBMITTING: frozenset({Fate.REQUESTED, Fate.UNCERTAIN, Fate.RUNNING, Fate.FAILED}),
        Fate.UNCERTAIN: frozenset({Fate.REQUESTED, Fate.RUNNING, Fate.FAILED}),
        Fate.RUNNING: FINAL,
        Fate.SUCCEEDED: frozenset(),
        Fate.FAILED: frozenset(),
        Fate.CANCELED: frozenset(),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One result. At least one of its fields is set; a url is a credential."""

    asset_id: str | None = None
    url: str | None = None
    text: str | None = None
    """A result that is no file: words that the job itself gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateAnswer:
    """What somebody answered at a workflow's gate, and Scenario took."""

    node_id: str
    name: str | None = None
    """The node's own."""
    choosing: bool = False
    yes: bool = True
    """False: it ended the run."""
    picks: tuple[int, ...] = ()
    """What was chosen, from 1, as the menu counts it."""
    by: int
    """A member's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """Which of the jobs it is that one request became."""

    group_id: str
    number: int
    """From 1."""
    size: int
    """How many jobs the request became."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """Our record of one job that was asked for, and of everything that became of it."""

    id: str
    """The id of the interaction that asked, so that a replayed event is a key conflict; of further jobs of
    one request with their number behind it (`key_of`)."""
    origin: Origin
    on_card: Card | None
    """Where it is shown; None for a job that nobody is shown."""
    membership: Membership | None = None
    """None where the request is this job alone."""
    command: str
    medium: Medium
    spoiler: bool
    parent_id: str | None = None
    """The card whose request this one repeats, or whose result it begins with."""
    built_on: str | None = None
    """The card whose result it begins with, or makes in full."""

    model_id: str
    """"" until it is known which model is the default."""
    model_name: str
    ask: Ask
    inputs: Inputs | None = None
    """The body of the paid POST; None until the model's schema was read."""

    fate: Fate = Fate.REQUESTED
    revision: int = 1
    """Raised by the store with every lasting fact."""

    created_at: datetime
    submitted_at: datetime | None = None
    uncertain_since: datetime | None = None
    finished_at: datetime | None = None
    canceled_by: int | None = None
    """Who asked to cancel before there was a job to cancel."""

    job_id: str | None = None
    price: float | None = None
    """CU that were foretold, and are reserved until the charge is known."""
    cu: float | None = None
    """CU that were charged."""
    refunded: bool | None = None
    outputs: tuple[Output, ...] = ()
    failure: Failure | None = None
    gate_answers: tuple[GateAnswer, ...] = ()
    """Of a workflow run, in their order, as far as they were given here and not elsewhere."""

    confirmed_by: int | None = None
    """Who said yes to a price above the threshold."""
    agreed: float | None = None
    """The price that its asker was told first, or that somebody said yes to last. `price` may have moved."""
    asked_at: datetime | None = None
    """When somebody was asked last for a yes to the price."""
    holder: int | None = None
    """The process that drives it (`holding`), as the store read it; the store alone changes that."""

    @property
    def card(self) -> Card:
        """The card that it stands on. Raises LookupError for a job that has none."""
        if self.on_card is None:
            raise LookupError(f"generation {self.id} has no card")
        return self.on_card

    @property
    def card_state(self) -> CardState | None:
        """How far its card is; None where it has none."""
        return None if self.on_card is None else self.on_card.state

    @property
    def acknowledged(self) -> bool:
        """Whether Discord took our answer, if it waits for one: before that nothing is bought."""
        return self.card_state is not CardState.UNACKNOWLEDGED

    @property
    def unseen(self) -> bool:
        """Whether there is no way to show its card, though nobody's hand took that away."""
        return self.on_card is not None and self.on_card.state is CardState.KEPT and not self.on_card.removed

    @property
    def group_price(self) -> float | None:
        """CU that its whole request was foretold: the jobs of one request have one price."""
        size = 1 if self.membership is None else self.membership.size
        return None if self.price is None else self.price * size

    def carded(self, **changes: Any) -> "Generation":
        """The same, with these changes to its card."""
        return replace(self, on_card=replace(self.card, **changes))

    @property
    def bought(self) -> bool:
        """Whether CU were, or may have been, spent."""
        maybe = self.failure is not None and self.failure.kind is FailureKind.MAYBE_CHARGED
        return self.job_id is not None or maybe or self.fate in BOUGHT_PERHAPS

    @property
    def permuted(self) -> bool:
        """Whether its request's words stand for several prompts, of which each job has one."""
        pattern = self.ask.pattern
        return self.membership is not None and pattern is not None and count_of(pattern) > 1

    @property
    def risen(self) -> bool:
        """Whether its price is another one than was agreed: more than a tenth above."""
        agreed = self.price if self.agreed is None else self.agreed
        return self.price is not None and agreed is not None and self.price > agreed * RISE


UNSEEN_HOLDS: Final = timedelta(hours=1)
"""How long after its purchase a run holds its member's place, if a question of it can be shown to nobody."""

FATE_FIELDS: Final = frozenset(
    {
        "model_id",
        "model_name",
        "ask",
        "inputs",
        "fate",
        "submitted_at",
        "uncertain_since",
        "finished_at",
        "canceled_by",
        "job_id",
        "price",
        "agreed",
        "asked_at",
        "confirmed_by",
        "cu",
        "refunded",
        "outputs",
        "failure",
        "gate_answers",
        "membership",
    }
)
"""Lasting facts: a change of one of these raises the revision, so that the card follows."""


def check_move(before: Generation, after: Generation) -> None:
    """Raise IllegalMove unless `after` may follow `before`."""
    if after.fate is not before.fate and after.fate not in LEGAL_FATES[before.fate]:
        raise IllegalMove(f"fate {before.fate} → {after.fate}")
    if before.on_card is not None and after.on_card is not None:
        check_card_move(before.on_card, after.on_card)
    if after.fate is Fate.RUNNING and after.job_id is None:
        raise IllegalMove("running without a job id")
    if after.fate is Fate.SUBMITTING and after.inputs is None:
        raise IllegalMove("submitting without inputs")
    if after.fate is Fate.SUBMITTING and pending_files(after.inputs or {}):
        raise IllegalMove("submitting a file that is not uploaded")
    if after.fate is Fate.SUBMITTING and not after.acknowledged:
        raise IllegalMove("spending before the acknowledgement")


def key_of(interaction_id: str, number: int) -> str:
    """The key of a request's `number`th job, from 1."""
    return interaction_id if number == 1 else f"{interaction_id}-{number}"
