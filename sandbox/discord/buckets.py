"""Rate limits: a bucket for each kind of route and its main ids, and one for the whole application."""

import hashlib
import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.discord.refusal import Refusal

if TYPE_CHECKING:
    from sandbox.clock import Clock

DEFAULTS: Mapping[str, tuple[int, float]] = {
    "global": (50, 1.0),
    "webhook": (5, 2.0),
    "followup": (5, 2.0),
    "channel_messages": (5, 5.0),
    "channel_edits": (5, 5.0),
    "channel_deletes": (5, 1.0),
    "old_edits": (10, 60.0),
    "typing": (5, 5.0),
    "direct": (10, 10.0),
    "commands": (100, 20.0),
    "default": (100, 1.0),
}
"""Requests and seconds. Discord publishes no sizes: these are of the order that is seen in the field.

`webhook`: edits by token; `followup`: posts by token; `old_edits`: edits of messages older than an hour.
"""

INVALID = 10_000
INVALID_SECONDS = 600
VIA = {"Via": "1.1 google"}


@dataclass
class _Window:
    until: float
    used: int = 0


class Buckets:
    """Counts requests in fixed windows that begin with their first request."""

    def __init__(self, clock: "Clock", limits: Mapping[str, tuple[int, float]] | None = None) -> None:
        self._clock = clock
        self.limits: dict[str, tuple[int, float]] = {**DEFAULTS, **(limits or {})}
        self._windows: dict[tuple[str, str], _Window] = {}
        self._invalid: deque[float] = deque()

    def configure(self, name: str, limit: int, seconds: float) -> None:
        """Changes the size of a kind of bucket. Raises KeyError for an unknown name."""
        if name not in DEFAULTS:
            raise KeyError(name)
        self.limits[name] = (limit, seconds)

    def take(self, name: str, key: str) -> dict[str, str]:
        """Takes one request from a bucket and returns its headers. Raises Refusal (429)."""
        now = self._clock.now()
        limit, _ = self.limits[name]
        window = self._window(name, key, now)
        headers = _headers(name, limit, window, now)
        if window.used > limit:
            raise _limited(window.until - now, headers, everywhere=False)
        return headers

    def take_global(self) -> None:
        """Takes one request from the application's allowance. Raises Refusal (429)."""
        now = self._clock.now()
        window = self._window("global", "", now)
        if window.used > self.limits["global"][0]:
            raise _limited(window.until - now, {}, everywhere=True)

    def take_old_edit(self, key: str) -> None:
        """One edit of a message older than an hour. Raises Refusal (429, code 30046)."""
        now = self._clock.now()
        window = self._window("old_edits", key, now)
        if window.used > self.limits["old_edits"][0]:
            refusal = _limited(window.until - now, {}, everywhere=False)
            refusal.code = 30046
            refusal.message = "Maximum number of edits to messages older than 1 hour reached. Try again later"
            raise refusal

    def note(self, status: int) -> None:
        """Remembers an answer that counts as invalid: 401, 403 or 429."""
        if status in (401, 403, 429):
            self._invalid.append(self._clock.now())

    def banned(self) -> bool:
        """Whether there were so many invalid requests in ten minutes that Discord stops listening."""
        since = self._clock.now() - INVALID_SECONDS
        while self._invalid and self._invalid[0] < since:
            self._invalid.popleft()
        return len(self._invalid) >= INVALID

    def _window(self, name: str, key: str, now: float) -> _Window:
        window = self._windows.get((name, key))
        if window is None or now >= window.until:
            self._forget(now)
            window = self._windows[(name, key)] = _Window(now + self.limits[name][1])
        window.used += 1
        return window

    def _forget(self, now: float) -> None:
        # Every interaction brings a key of its own: without this the table only grows.
        if len(self._windows) > 10_000:
            self._windows = {key: one for key, one in self._windows.items() if one.until > now}


def _headers(name: str, limit: int, window: _Window, now: float) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(max(0, limit - window.used)),
        "X-RateLimit-Reset": f"{window.until:.3f}",
        "X-RateLimit-Reset-After": f"{window.until - now:.3f}",
        "X-RateLimit-Bucket": hashlib.sha256(name.encode()).hexdigest()[:32],
    }


def _limited(wait: float, headers: dict[str, str], *, everywhere: bool) -> Refusal:
    scope = {"X-RateLimit-Scope": "global" if everywhere else "user"}
    if everywhere:
        scope["X-RateLimit-Global"] = "true"
    # Without Via, discord.py takes a 429 for a ban and gives up.
    all_headers = {**VIA, **headers, **scope, "Retry-After": str(math.ceil(wait))}
    extra = {"retry_after": round(wait, 3), "global": everywhere}
    return Refusal(429, 0, "", "You are being rate limited.", headers=all_headers, extra=extra)
