"""Whose progress edit goes now: so that no last word ever stands behind more than one of them.

Discord counts requests in buckets, and the library lets those of one bucket through in the order in which
they came. What waits in there cannot be overtaken, so a progress edit does not wait there: it begins when its
turn has come, one at a time in each bucket. Nor does it wait in a step, which would keep its own card's last
word waiting: a card whose turn has not come leaves, and is called.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.clock import Clock
from bot.generation.agenda import TICK
from bot.generation.pacing import EDITS

BURST: Final = 5
"""Edits that may begin together; after that they begin as far apart as EDITS a second are, or the work for
many of them would stand before that for an acknowledgement."""
CALLED_BY_THEN: Final = 60.0
"""Seconds after which a card that nobody has called looks for itself."""


@dataclass(slots=True)
class _Turn:
    """What the first card of a bucket holds."""

    bucket: Hashable
    shares: tuple[str, ...] = ()
    """Those of which it has a place."""
    kept: bool = False
    """Whether it was told in this step to come back."""
    at: float | None = None
    """Its moment among all edits, once it has one."""


class Turns:
    """Places for progress edits. A card stands in line, or has its turn, once."""

    def __init__(self, clock: Clock, call: Callable[[str], None], places: Mapping[str, int]) -> None:
        """
        call: hears the id of a card whose turn has come.
        places: how many may go at once, by the name of the share that they need.
        """
        self._clock = clock
        self._call = call
        self._places = places
        self._taken: Counter[str] = Counter()
        self._first: dict[Hashable, str] = {}
        """Of each bucket, whose turn it is."""
        self._turns: dict[str, _Turn] = {}
        self._line: dict[str, Hashable] = {}
        """The bucket that a card waits for."""
        self._lines: dict[Hashable, dict[str, None]] = {}
        """Who waits for a bucket, oldest first."""
        self._ready: dict[str, tuple[str, ...]] = {}
        """Who is first in a bucket and waits for a place in shares, oldest first."""
        self._next = float("-inf")
        """When the next edit would begin if they were evenly spaced."""
        self._held_until = float("-inf")

    def __len__(self) -> int:
        """Cards that wait: in line, or first in their bucket and without a place."""
        return len(self._line) + len(self._ready)

    def enter(self, card_id: str, bucket: Hashable, *shares: str, rest: float = 0.0) -> float:
        """0: go, and `leave` afterwards. Otherwise seconds after which to come back, or sooner when called.

        shares: of each of these a place is needed. rest: seconds that must pass first in this bucket.
        """
        turn = self._turns.get(card_id)
        if turn is not None and turn.bucket != bucket:  # it stands in another one by now
            self.leave(card_id)
            turn = None
        if turn is None:
            if self._first.setdefault(bucket, card_id) != card_id:
                self._wait_for(bucket, card_id)
                return CALLED_BY_THEN
            turn = self._give(card_id, bucket)
        turn.kept = True
        now = self._clock.monotonic()
        if (wait := max(rest, self._held_until - now)) > 0:
            return wait
        if turn.at is None:
            # a moment of its own: if all who wait came back for the next one, all but one would come in vain
            turn.at = self._next - (BURST - 1) / EDITS
            self._next = max(self._next, now) + 1 / EDITS
        if turn.at - now > TICK:
            return turn.at - now
        if turn.shares != shares:
            self._taken.subtract(turn.shares)
            turn.shares = ()
            self._offer()
            if not self._free(shares):
                self._ready[card_id] = shares
                return CALLED_BY_THEN
            self._seat(card_id, turn, shares)
        return 0.0

    def give_way(self, seconds: float) -> None:
        """No edit begins for so long, or until `go_on`: something goes first that cannot wait."""
        self._held_until = self._clock.monotonic() + seconds

    def go_on(self) -> None:
        self._held_until = float("-inf")

    def leave(self, card_id: str) -> None:
        """The edit is over, or there is none any more: neither a turn nor a place in line is its own."""
        self._wait_no_more(card_id)
        self._ready.pop(card_id, None)
        turn = self._turns.pop(card_id, None)
        if turn is None:
            return
        del self._first[turn.bucket]
        self._taken.subtract(turn.shares)
        after = next(iter(self._lines.get(turn.bucket, ())), None)
        if after is not None:
            self._first[turn.bucket] = after
            self._give(after, turn.bucket)
            self._call(after)
        if turn.shares:
            self._offer()

    def _offer(self) -> None:
        """Places were given back: call those who waited for them."""
        for ready, shares in list(self._ready.items()):
            if self._free(shares):
                self._seat(ready, self._turns[ready], shares)
                self._call(ready)

    def looked(self, card_id: str) -> None:
        """The card's step is over: a turn that it had no use for is the next one's."""
        turn = self._turns.get(card_id)
        if turn is None:
            return
        if not turn.kept:
            self.leave(card_id)
        turn.kept = False

    def _give(self, card_id: str, bucket: Hashable) -> _Turn:
        self._wait_no_more(card_id)
        turn = self._turns[card_id] = _Turn(bucket)
        return turn

    def _wait_for(self, bucket: Hashable, card_id: str) -> None:
        if self._line.get(card_id) != bucket:
            self._wait_no_more(card_id)
            self._line[card_id] = bucket
            self._lines.setdefault(bucket, {})[card_id] = None

    def _wait_no_more(self, card_id: str) -> None:
        bucket = self._line.pop(card_id, None)
        line = self._lines.get(bucket)
        if line is not None and card_id in line:
            del line[card_id]
            if not line:
                del self._lines[bucket]

    def _seat(self, card_id: str, turn: _Turn, shares: tuple[str, ...]) -> None:
        self._ready.pop(card_id, None)
        self._taken.update(shares)
        turn.shares = shares

    def _free(self, shares: tuple[str, ...]) -> bool:
        return all(self._taken[share] < self._places[share] for share in shares)
