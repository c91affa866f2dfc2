"""The one noun and its two facts: what became of the job (fate) and what the message shows (card).

fate   requested ─ submitting ─ running ─ succeeded | failed | canceled
          ▲           │ silence, reset, 408/409/5xx
          │           ▼
          └────── uncertain

card   unacknowledged ─ live ─ settled
                           └─ kept ─ live, by /show
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from bot.generation.failures import Failure, FailureKind
from bot.pricing.charges import RISE
from bot.request.ask import Ask, pending_files
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


class Card(StrEnum):
    """How far the message is with showing it."""

    UNACKNOWLEDGED = "unacknowledged"  # Discord was not, or not knowingly, answered
    LIVE = "live"  # there is a message, and it is behind or will change
    SETTLED = "settled"  # the message shows the last word
    KEPT = "kept"  # there is no way to show it: /show brings it back


class Removal(StrEnum):
    """By whose hand a public card's message is gone. Nobody's, where it is only not shown."""

    OWNER = "owner"  # Delete, by the one who asked
    MODERATOR = "moderator"  # Delete, by somebody else who may
    SOMEBODY = "somebody"  # in Discord, which does not tell by whom: only a moderator can


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

LEGAL_CARDS: Final[Mapping[Card, frozenset[Card]]] = MappingProxyType(
    {
        Card.UNACKNOWLEDGED: frozenset({Card.LIVE, Card.KEPT}),
        Card.LIVE: frozenset({Card.SETTLED, Card.KEPT}),
        Card.SETTLED: frozenset({Card.LIVE, Card.KEPT}),
        Card.KEPT: frozenset({Card.LIVE, Card.SETTLED}),
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
class Generation:
    """Our record of one request and everything that became of it. One generation is one job."""

    id: str
    """The id of the interaction that asked, so that a replayed event is a key conflict."""
    command: str
    medium: Medium
    owner_id: int
    application_id: int
    guild_id: int | None
    channel_id: int | None
    locale: str
    """Of the place: the card's language."""
    owner_locale: str
    private: bool
    spoiler: bool
    attachment_limit: int
    """Bytes that this interaction's place allows for one file."""
    parent_id: str | None = None
    """The generation that this one repeats."""

    model_id: str
    """"" until it is known which model is the default."""
    model_name: str
    ask: Ask
    inputs: Inputs | None = None
    """The body of the paid POST; None until the model's schema was read."""

    fate: Fate = Fate.REQUESTED
    card: Card = Card.UNACKNOWLEDGED
    revision: int = 1
    """Raised by the store with every lasting fact."""
    shown_revision: int = 0

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

    token: str | None = None
    """The interaction's token: a credential, erased when it expires."""
    token_expires_at: datetime | None = None
    message_id: int | None = None
    confirmed_by: int | None = None
    """Who said yes to a price above the threshold."""
    agreed: float | None = None
    """The price that its asker was told first, or that somebody said yes to last. `price` may have moved."""
    asked_at: datetime | None = None
    """When somebody was asked last for a yes to the price."""
    own_app: bool = False
    """Asked through the member's own install of the app: no server's limit counts it, wherever it stands."""
    removed: Removal | None = None
    """Whose hand took the card away; it decides who may bring it back."""

    @property
    def bought(self) -> bool:
        """Whether CU were, or may have been, spent."""
        maybe = self.failure is not None and self.failure.kind is FailureKind.MAYBE_CHARGED
        return self.job_id is not None or maybe or self.fate in BOUGHT_PERHAPS

    @property
    def risen(self) -> bool:
        """Whether its price is another one than was agreed: more than a tenth above."""
        agreed = self.price if self.agreed is None else self.agreed
        return self.price is not None and agreed is not None and self.price > agreed * RISE

    @property
    def overcharged(self) -> bool:
        """Whether it was charged more than a tenth above what had been foretold."""
        return self.cu is not None and self.price is not None and self.cu > self.price * RISE

    def token_alive(self, now: datetime) -> bool:
        return self.token is not None and self.token_expires_at is not None and now < self.token_expires_at


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
    }
)
"""Lasting facts: a change of one of these raises the revision, so that the card follows."""

CARD_FIELDS: Final = frozenset(
    {
        "attachment_limit",
        "card",
        "channel_id",
        "message_id",
        "private",
        "removed",
        "shown_revision",
        "token",
        "token_expires_at",
    }
)
"""Where the card is and how far: what moves without a lasting fact."""


class IllegalMove(ValueError):
    """A fate or a card was to move where it cannot. A mistake of ours."""


def check_move(before: Generation, after: Generation) -> None:
    """Raise IllegalMove unless `after` may follow `before`."""
    if after.fate is not before.fate and after.fate not in LEGAL_FATES[before.fate]:
        raise IllegalMove(f"fate {before.fate} → {after.fate}")
    if after.card is not before.card and after.card not in LEGAL_CARDS[before.card]:
        raise IllegalMove(f"card {before.card} → {after.card}")
    if after.fate is Fate.RUNNING and after.job_id is None:
        raise IllegalMove("running without a job id")
    if after.fate is Fate.SUBMITTING and after.inputs is None:
        raise IllegalMove("submitting without inputs")
    if after.fate is Fate.SUBMITTING and pending_files(after.inputs or {}):
        raise IllegalMove("submitting a file that is not uploaded")
    if after.fate is Fate.SUBMITTING and after.card is Card.UNACKNOWLEDGED:
        raise IllegalMove("spending before the acknowledgement")
