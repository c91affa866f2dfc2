"""What Discord's answers say of its limits: how many more edits a channel takes for now.

The library reads the same headers, but only to hold back whatever would be refused, in the order in which it
came. Here they say when something that can wait should not even ask.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Final

import aiohttp
import discord

from bot.clock import Clock

RESERVE: Final = 1
"""Edits of a channel's allowance that are left to those that cannot wait."""
OLD: Final = timedelta(hours=1)
"""Edits of older messages have a limit of their own, which no header tells of."""
OLD_SPACING: Final = 10.0
"""Seconds between two edits of such messages in one channel that can wait."""
_MOST_KNOWN: Final = 1_000
"""Channels, of which those whose time is over are forgotten."""
_EDIT: Final = re.compile(r"/channels/(\d+)/messages/(\d+)$")


@dataclass(frozen=True, slots=True)
class _Window:
    left: int
    until: float


class Allowances:
    """Hears every answer of Discord's REST interface through `trace`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._windows: dict[int, _Window] = {}
        self._old: dict[int, float] = {}
        """When a message that is old was edited last, by its channel."""
        self._everywhere = 0.0
        self.trace = aiohttp.TraceConfig()
        self.trace.on_request_end.append(self._heard)

    def __len__(self) -> int:
        """Channels of which something is known."""
        return len(self._windows)

    @property
    def spent(self) -> int:
        """Channels that take no more progress for now."""
        now = self._clock.monotonic()
        return sum(one.left <= RESERVE and one.until > now for one in self._windows.values())

    @property
    def least(self) -> int | None:
        """Edits that the channel with the fewest still takes; None where no window is open."""
        now = self._clock.monotonic()
        return min((one.left for one in self._windows.values() if one.until > now), default=None)

    @property
    def held(self) -> float:
        """Seconds for which Discord takes nothing from the bot at all."""
        return max(0.0, self._everywhere - self._clock.monotonic())

    def rest(self, channel_id: int, message_id: int) -> float:
        """Seconds for which an edit of this message that can wait should wait."""
        now = self._clock.monotonic()
        window = self._windows.get(channel_id)
        used_up = window is not None and window.left <= RESERVE
        until = max(self._everywhere, window.until if window is not None and used_up else now)
        if self._is_old(message_id) and channel_id in self._old:
            until = max(until, self._old[channel_id] + OLD_SPACING)
        return max(0.0, until - now)

    async def _heard(
        self, _: aiohttp.ClientSession, __: SimpleNamespace, told: aiohttp.TraceRequestEndParams
    ) -> None:
        headers, now = told.response.headers, self._clock.monotonic()
        refused = told.response.status == 429
        if refused and headers.get("X-RateLimit-Global"):
            self._everywhere = now + _seconds(headers.get("Retry-After"))
        edit = _EDIT.search(told.url.path)
        left = headers.get("X-RateLimit-Remaining", "")
        if told.method == "PATCH" and edit is not None and left.isdecimal():
            seconds = _seconds(headers.get("X-RateLimit-Reset-After"))
            self.note(int(edit[1]), int(edit[2]), left=0 if refused else int(left), seconds=seconds)

    def note(self, channel_id: int, message_id: int, *, left: int, seconds: float) -> None:
        """A message was edited, and so many more may be for so long."""
        now = self._clock.monotonic()
        self._forget(now)
        self._windows[channel_id] = _Window(left, now + seconds)
        if self._is_old(message_id):
            self._old[channel_id] = now

    def _is_old(self, message_id: int) -> bool:
        return self._clock.now() - _written_at(message_id) > OLD

    def _forget(self, now: float) -> None:
        if len(self._windows) >= _MOST_KNOWN:
            self._windows = {id_: one for id_, one in self._windows.items() if one.until > now}
            self._old = {id_: at for id_, at in self._old.items() if at + OLD_SPACING > now}


def _written_at(message_id: int) -> datetime:
    return discord.utils.snowflake_time(message_id)


def _seconds(told: str | None) -> float:
    try:
        return max(0.0, float(told or 0))
    except ValueError:
        return 0.0
