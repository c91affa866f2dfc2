"""Ids as Discord gives them."""

from collections.abc import Callable
from typing import Final

EPOCH_MS: Final = 1_420_070_400_000
"""The first moment of 2015, in milliseconds since 1970."""


class Snowflakes:
    """Discord's ids: milliseconds since 2015 in the upper bits, a number in the lower 22. Each is new."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._last = 0

    def __call__(self) -> str:
        fresh = (int(self._now() * 1000) - EPOCH_MS) << 22
        self._last = max(fresh, self._last + 1)
        return str(self._last)

    def of_its_own_moment(self) -> str:
        """One whose upper bits no other has: guilds with such ids fall on different shards."""
        fresh = (int(self._now() * 1000) - EPOCH_MS) << 22
        self._last = max(fresh, ((self._last >> 22) + 1) << 22)
        return str(self._last)
