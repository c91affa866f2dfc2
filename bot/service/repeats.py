"""Two presses that are one: of a double click the second counts for nothing."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from bot.clock import Clock
from bot.refusals import AlreadyAsked, Refusal

DOUBLE_CLICK: Final = 2.0
"""Seconds within which a second press of the same button by the same member is the same press."""

Press = tuple[int, str]
"""Whose, and of what."""


class Presses:
    """The last few of everybody's."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pressed: dict[Press, datetime] = {}

    def once(self, press: Press) -> None:
        """Raises AlreadyAsked for the second press of a double click."""
        now = self._clock.now()
        recent = {
            key: when for key, when in self._pressed.items() if (now - when).total_seconds() < DOUBLE_CLICK
        }
        if press in recent:
            raise AlreadyAsked
        self._pressed = {**recent, press: now}

    @contextmanager
    def pressed(self, press: Press) -> Generator[None]:
        """Around what a press does: `once`, and what is refused may be tried again at once."""
        self.once(press)
        try:
            yield
        except Refusal:
            self.forget(press)
            raise

    def forget(self, press: Press) -> None:
        """It came to nothing, and may be tried again at once."""
        self._pressed.pop(press, None)
