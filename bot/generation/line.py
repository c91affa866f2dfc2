"""The line in front of Scenario's ceiling. In memory: it is read off the unfinished generations."""

from datetime import datetime, timedelta
from typing import Final

from bot.generation.model import BOUGHT_PERHAPS, Fate, Generation

LEARNT_LASTS: Final = timedelta(minutes=5)
"""How long a ceiling that a 429 named is believed: plans change, and so does what others use of it."""


class Line:
    """Who is in flight, who waits, and how many may fly.

    A team's ceiling is shared with whoever else uses its keys, so a 429 counts more than our own sum: it
    pauses the whole line, and what it says of the limit replaces what we believed.
    """

    def __init__(self, capacity: int | None) -> None:
        """capacity: None while Scenario has not said; then only its 429s hold the line."""
        self.capacity = capacity
        self._learnt: int | None = None
        self._learnt_until: datetime | None = None
        self._flying: set[str] = set()
        self._let_go: set[str] = set()
        self._waiting: dict[str, tuple[datetime, str]] = {}
        self._paused_until: datetime | None = None
        self._probe: str | None = None

    def track(self, generation: Generation) -> None:
        """Follow a generation's fate. One that is requested keeps its place, but does not get one by this."""
        if generation.fate in BOUGHT_PERHAPS and generation.id not in self._let_go:
            self._waiting.pop(generation.id, None)
            if generation.id not in self._flying and self._paused_until is not None:
                self._probe = generation.id
            self._flying.add(generation.id)
            return
        self._flying.discard(generation.id)
        if generation.fate is not Fate.REQUESTED:
            self._waiting.pop(generation.id, None)
        if generation.fate not in BOUGHT_PERHAPS:
            self._let_go.discard(generation.id)

    def let_go(self, generation: Generation, *, gone: bool) -> bool:
        """Whether it takes no place though it may be under way (`gone`), or does again. True when that frees
        a place."""
        freed = gone and generation.id not in self._let_go
        (self._let_go.add if gone else self._let_go.discard)(generation.id)
        self.track(generation)
        return freed

    def join(self, generation: Generation) -> None:
        """Take a place, by age."""
        self._waiting.setdefault(generation.id, (generation.created_at, generation.id))

    def leave(self, generation_id: str) -> None:
        """Step out of the line, for now."""
        self._waiting.pop(generation_id, None)

    def place(self, generation_id: str) -> int | None:
        """1 is next; None for one that does not wait."""
        own = self._waiting.get(generation_id)
        if own is None:
            return None
        return 1 + sum(other < own for other in self._waiting.values())

    def admits(self, generation_id: str, now: datetime) -> bool:
        """Whether this one may be submitted now."""
        if self._paused_until is not None and now < self._paused_until:
            return False
        place = self.place(generation_id)
        if place is None:
            return False
        capacity = self._capacity(now)
        if capacity is None:
            # after a pause one probe at a time; without one everybody may try
            return self._paused_until is None or (place == 1 and self._probe not in self._flying)
        return place <= capacity - len(self._flying)

    def _capacity(self, now: datetime) -> int | None:
        """The lower of what Scenario's limits say and what its last 429 said."""
        if self._learnt_until is not None and now >= self._learnt_until:
            self._learnt = self._learnt_until = None
        known = [limit for limit in (self.capacity, self._learnt) if limit is not None]
        return min(known, default=None)

    def pause(self, now: datetime, wait: timedelta, limit: int | None) -> None:
        """Scenario said 429: nobody goes for `wait`; `limit` is the ceiling it named."""
        self._paused_until = now + wait
        if limit is not None and limit > 0:
            self._learnt, self._learnt_until = limit, now + LEARNT_LASTS

    def passed(self) -> bool:
        """A submission was accepted. True when that ended a pause."""
        paused, self._paused_until, self._probe = self._paused_until is not None, None, None
        return paused

    def waiting(self) -> list[str]:
        """Ids in order."""
        return sorted(self._waiting, key=self._waiting.__getitem__)
