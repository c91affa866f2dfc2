"""One interaction: what it is, what was answered, and what state that makes it."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from sandbox.discord.limits import AUTOCOMPLETE, DEFER, DEFER_UPDATE, MODAL
from sandbox.discord.state import Channel, Message, User
from sandbox.json import Json

ANSWER_SECONDS = 3
"""Within this time the application must answer (10062)."""

TOKEN_SECONDS = 15 * 60
"""For this long the token works (50027)."""

FOLLOWUPS = 5
"""Followups where the application is installed by the user only (40094)."""


@dataclass(eq=False)
class Interaction:
    """`owners` is `authorizing_integration_owners`; `origin` is the message of a component."""

    id: str
    token: str
    kind: int
    user: User
    channel: Channel
    created: float
    owners: Json
    data: Json
    granted: int
    name: str = ""
    origin: Message | None = None
    opener: "Interaction | None" = None
    option_type: int = 3
    hushed: bool = False
    answer: int | None = None
    answered: float | None = None
    message: Message | None = None
    message_deleted: bool = False
    filled: bool = False
    dead: bool = False
    modal: Json | None = None
    followups: list[str] = field(default_factory=list[str])
    choices: "asyncio.Future[list[Any]] | None" = None

    @property
    def by_user_install(self) -> bool:
        return "0" not in self.owners

    def missed(self, now: float) -> bool:
        """Whether the time for the first answer has passed without one."""
        return self.answer is None and now - self.created > ANSWER_SECONDS

    def alive(self, now: float) -> bool:
        """Whether the token still works."""
        return not self.dead and now - self.created < TOKEN_SECONDS

    def state(self, now: float) -> str:
        """sent, failed (nobody answered in time), acknowledged (deferred, nothing shown yet), answered, modal
        (one is open), or expired (deferred, and the token died before anything was shown).
        """
        if self.answer is None:
            return "failed" if self.missed(now) or not self.alive(now) else "sent"
        if self.answer == MODAL:
            return "modal"
        if self.answer in (DEFER, DEFER_UPDATE) and not self.filled:
            # After a type 6 nothing is owed, so nothing can expire.
            return "acknowledged" if self.answer == DEFER_UPDATE or self.alive(now) else "expired"
        return "answered"

    @property
    def suggests(self) -> bool:
        return self.kind == AUTOCOMPLETE
