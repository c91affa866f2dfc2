"""Who acts, from where, how Discord is answered, and what the operator allows."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.generation.card import CardState, Removal
from bot.generation.model import Generation
from bot.generation.ports import Acknowledged, Guard
from bot.refusals import NotHere
from bot.request.origin import Origin
from bot.request.prepare import MOST_PERMUTATIONS

TOKEN_LIFE: Final = timedelta(minutes=15) - timedelta(seconds=20)
"""How long an interaction's token is used after we heard of it, on our own clock. Discord gives it 15 minutes
from its birth by Discord's clock, which may disagree with ours by more than that; but it takes no
acknowledgement later than three seconds, so what goes on at all was heard of at its birth. The margin is for
those seconds, and for an edit that carries files."""

Acknowledge = Callable[[], Awaitable[Acknowledged]]
"""Answers Discord's interaction with a deferral. Raises NotAcknowledged."""


class NotAcknowledged(Exception):
    """Discord did not take the deferral; `sure` when it said so itself."""

    def __init__(self, why: str, *, sure: bool) -> None:
        super().__init__(why)
        self.sure = sure


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks now, and what an interaction says beside: what holds only while it lasts."""

    origin: Origin
    token: str = field(repr=False)
    attachment_limit: int
    """Bytes for one file."""
    moderates: Callable[[], bool] = field(repr=False)
    """Whether the asker may take others' messages away here."""
    dm: bool
    """Whether it is the asker's direct messages with the bot."""
    sees: Callable[[int], Awaitable[bool]] = field(repr=False)
    """Whether the asker may see what is in a channel, by its id."""

    @property
    def id(self) -> int:
        """The asker's."""
        return self.origin.owner_id

    def answered_with(
        self,
        generation: Generation,
        answer: Acknowledged,
        now: datetime,
        *,
        private: bool,
        removed: Removal | None,
    ) -> Generation:
        """With its card in this answer: it stands where the asker is, for as long as he may answer."""
        return generation.carded(
            state=CardState.LIVE,
            message_id=answer.message_id,
            channel_id=self.origin.channel_id,
            token=self.token,
            token_expires_at=now + TOKEN_LIFE,
            attachment_limit=self.attachment_limit,
            private=private,
            removed=removed,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who presses a button."""

    id: int
    moderator: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the operator set."""

    guard: Guard = field(default_factory=Guard)
    guild_ids: frozenset[int] = frozenset()
    """Servers that are served; empty for every place there is."""
    allow_dms: bool = False
    """Whether direct messages with the bot are served beside the servers of a list."""
    permutations: int = MOST_PERMUTATIONS
    """How many pictures one prompt may stand for."""
    source_url: str | None = None
    """Where the source is, for whoever asks."""

    def check_served(self, guild_id: int | None, *, dm: bool = False) -> None:
        """Raise NotHere unless this server is served; without one (None) a group of people, or `dm`: direct
        messages with the bot."""
        if not self.guild_ids or guild_id in self.guild_ids:
            return
        if not (dm and self.allow_dms):
            raise NotHere
