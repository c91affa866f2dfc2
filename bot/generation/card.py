"""The card: a message of Discord's that shows a generation or several. Where it is, and how far with that.

unacknowledged ─ live ─ settled
                   └─ kept ─ live, by /show
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from bot.request.origin import Origin


class CardState(StrEnum):
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


LEGAL_CARDS: Final[Mapping[CardState, frozenset[CardState]]] = MappingProxyType(
    {
        CardState.UNACKNOWLEDGED: frozenset({CardState.LIVE, CardState.KEPT}),
        CardState.LIVE: frozenset({CardState.SETTLED, CardState.KEPT}),
        CardState.SETTLED: frozenset({CardState.LIVE, CardState.KEPT}),
        CardState.KEPT: frozenset({CardState.LIVE, CardState.SETTLED}),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Where a request is shown."""

    id: str
    """Its number, which people type after /show: the id of the interaction that it answers."""
    origin: Origin
    state: CardState = CardState.UNACKNOWLEDGED
    shown_revision: int = 0
    """The revision of what it shows that was shown last."""
    private: bool
    attachment_limit: int
    """Bytes that this interaction's place allows for one file."""
    channel_id: int | None
    """Where it stands now."""
    message_id: int | None = None
    token: str | None = None
    """The interaction's token: a credential, erased when it expires."""
    token_expires_at: datetime | None = None
    removed: Removal | None = None
    """Whose hand took the card away; it decides who may bring it back."""
    holder: int | None = None
    """The process that shows it (`generation.holding`), as the store read it."""

    def token_alive(self, now: datetime) -> bool:
        return self.token is not None and self.token_expires_at is not None and now < self.token_expires_at


CARD_FIELDS: Final = frozenset(
    {
        "attachment_limit",
        "channel_id",
        "message_id",
        "private",
        "removed",
        "shown_revision",
        "state",
        "token",
        "token_expires_at",
    }
)
"""What of a card may change."""


class IllegalMove(ValueError):
    """A fate or a card was to move where it cannot. A mistake of ours."""


def check_card_move(before: Card, after: Card) -> None:
    """Raise IllegalMove unless `after` may follow `before`."""
    if after.state is not before.state and after.state not in LEGAL_CARDS[before.state]:
        raise IllegalMove(f"card {before.state} → {after.state}")
