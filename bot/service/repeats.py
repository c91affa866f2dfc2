"""Two presses that are one: of a double click the second counts for nothing."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

from bot.clock import Clock
from bot.generation.holding import Alone, Holding
from bot.refusals import AlreadyAsked, Refusal

DOUBLE_CLICK: Final = 2.0
"""Seconds within which a second press of the same button by the same member is the same press."""

Press = tuple[int, str]
"""Whose, and of what."""


class Presses:
    """The last few of everybody's. Where several processes share a database, two presses may reach two of
    them."""

    def __init__(self, clock: Clock, holding: Holding | None = None) -> None:
        self._clock = clock
        self._holding = holding or Alone()
        self._pressed: dict[Press, datetime] = {}

    async def once(self, press: Press) -> None:
        """Raises AlreadyAsked for the second press of a double click."""
        now = self._clock.now()
        recent = {
            key: when for key, when in self._pressed.items() if (now - when).total_seconds() < DOUBLE_CLICK
        }
        if press in recent:
            raise AlreadyAsked
        self._pressed = {**recent, press: now}
        if not await self._holding.first(_name(press), timedelta(seconds=DOUBLE_CLICK)):
            self._pressed.pop(press, None)  # the other's press counts, and from its own moment
            raise AlreadyAsked

    @asynccontextmanager
    async def pressed(self, press: Press) -> AsyncGenerator[None]:
        """Around what a press does: `once`, and what is refused may be tried again at once."""
        await self.once(press)
        try:
            yield
        except Refusal:
            await self.forget(press)
            raise

    async def forget(self, press: Press) -> None:
        """It came to nothing, and may be tried again at once."""
        self._pressed.pop(press, None)
        await self._holding.take_back(_name(press))


def _name(press: Press) -> str:
    member, of = press
    return f"{member} {of}"
