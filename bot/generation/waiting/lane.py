"""Who of one of Scenario's pools is in flight, who waits, and whose turn it is."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from bot.generation.model import BOUGHT_PERHAPS, Fate, Generation

MOST_SERVED: Final = 10_000
"""Members and servers of whom it is remembered when they had their last turn."""
NEAR: Final = 20
"""Those in front who are told of each place that is free."""
LEARNT_LASTS: Final = timedelta(minutes=5)
"""How long a ceiling that a 429 named is believed: plans change, and so does what others use of it."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """What decides about a generation's turn."""

    id: str
    created_at: datetime
    member: int
    server: int | None
    """None for each member's own direct messages, and for an app of one's own."""
    model_id: str

    @staticmethod
    def of(generation: Generation) -> "_Entry":
        origin = generation.origin
        server = None if origin.own_app else origin.guild_id
        return _Entry(generation.id, generation.created_at, origin.owner_id, server, generation.model_id)

    @property
    def house(self) -> "Share":
        """Whose share it is, beside other servers': who asks outside of one is a server of his own."""
        return (self.server, 0) if self.server is not None else (None, self.member)

    @property
    def room(self) -> "Share":
        """Whose share it is within the server."""
        return self.server, self.member


Share = tuple[int | None, int]
"""A server's, or a member's within one."""


class _Turns:
    """Who holds how much, and who was served when."""

    def __init__(self) -> None:
        self._served: dict[Share, int] = {}
        self._turns = count(1)

    def serve(self, entry: _Entry) -> None:
        """A place went to this one."""
        turn = next(self._turns)
        for share in {entry.room, entry.house}:
            self._served.pop(share, None)  # the newest last
            self._served[share] = turn
        while len(self._served) > MOST_SERVED:
            del self._served[next(iter(self._served))]

    def order(self, waiting: Iterable[_Entry], held: Mapping[Share, int]) -> list[str]:
        """Ids in the order in which places go to them, if none of those that fly comes back.

        held: how many fly of each share that has some.
        """
        by_age = sorted(waiting, key=lambda one: (one.created_at, one.id))
        own = self._round(by_age, held, lambda one: one.room)
        return [one.id for one in self._round(own, held, lambda one: one.house)]

    def _round(
        self, entries: list[_Entry], held: Mapping[Share, int], of: Callable[[_Entry], Share]
    ) -> list[_Entry]:
        """One of each share after the other: the one that holds fewest, then the one whose last turn is
        longest ago, then in the order given."""
        keyed: list[tuple[int, int, int, _Entry]] = []
        before = Counter[Share]()
        for place, entry in enumerate(entries):
            share = of(entry)
            holds = held.get(share, 0) + before[share]
            keyed.append((holds, self._served.get(share, 0), place, entry))
            before[share] += 1
        return [entry for *_, entry in sorted(keyed, key=lambda one: one[:3])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How full a lane is."""

    waiting: int
    flying: int
    capacity: int | None
    """None where Scenario has not said."""


class Lane:
    """Who of one pool is in flight, who waits, and how many may fly.

    A team's ceiling is shared with whoever else uses its keys, so a 429 counts more than our own sum: it
    pauses the whole lane, and what it says of the limit replaces what we believed.
    """

    def __init__(self) -> None:
        self.capacity: int | None = None
        """None while Scenario has not said; then only its 429s hold the lane."""
        self._learned: int | None = None
        self._learned_until: datetime | None = None
        self._flying: dict[str, _Entry] = {}
        self._held = Counter[Share]()
        """How many of those fly of each share that has some."""
        self.models = Counter[str]()
        """How many of each model fly."""
        self._let_go: set[str] = set()
        self._waiting: dict[str, _Entry] = {}
        self._turns = _Turns()
        self._places: dict[str, int] | None = None
        """Of everybody who waits, 1 is next; None where something changed since."""
        self._paused_until: datetime | None = None
        self._held_until: datetime | None = None
        self._probe: str | None = None

    def track(self, generation: Generation) -> None:
        """Follow a fate: who may be bought flies, and who is requested keeps its place."""
        if generation.fate in BOUGHT_PERHAPS and generation.id not in self._let_go:
            self.leave(generation.id)
            if generation.id not in self._flying:
                if self._paused_until is not None:
                    self._probe = generation.id
                entry = self._flying[generation.id] = _Entry.of(generation)
                self._held.update({entry.room, entry.house})
                self.models[entry.model_id] += 1
                self._turns.serve(entry)
                self._places = None
            return
        landed = self._flying.pop(generation.id, None)
        if landed is not None:
            for share in {landed.room, landed.house}:
                self._held[share] -= 1
                if not self._held[share]:
                    del self._held[share]
            self.models -= Counter((landed.model_id,))
            self._places = None
        if generation.fate is not Fate.REQUESTED:
            self.leave(generation.id)
        if generation.fate not in BOUGHT_PERHAPS:
            self._let_go.discard(generation.id)

    def let_go(self, generation: Generation, *, gone: bool) -> bool:
        """As `Queue.let_go`."""
        freed = gone and generation.id not in self._let_go
        (self._let_go.add if gone else self._let_go.discard)(generation.id)
        self.track(generation)
        return freed

    def join(self, generation: Generation) -> None:
        """Take a place; one that has a place keeps it."""
        if generation.id not in self._waiting:
            self._waiting[generation.id] = _Entry.of(generation)
            self._places = None

    def leave(self, generation_id: str) -> None:
        """Give up the place, if it has one."""
        if self._waiting.pop(generation_id, None) is not None:
            self._places = None

    def position(self, generation_id: str) -> int | None:
        """1 is next; None for one that does not wait."""
        return self._in_turn().get(generation_id)

    def _in_turn(self) -> dict[str, int]:
        if self._places is None:
            order = self._turns.order(self._waiting.values(), self._held)
            self._places = {id_: place for place, id_ in enumerate(order, start=1)}
        return self._places

    def admits(self, generation_id: str, now: datetime) -> bool:
        """Whether this one may be submitted now: no pause, and a place that is free for it."""
        if any(until is not None and now < until for until in (self._paused_until, self._held_until)):
            return False
        if generation_id not in self._waiting:
            return False
        capacity = self.ceiling(now)
        if capacity is None and self._paused_until is None:
            return True
        if capacity is not None and len(self._waiting) <= capacity - len(self._flying):
            return True  # whatever the order, which is the dear part
        position = self._in_turn()[generation_id]
        if capacity is None:  # after a pause one probe at a time; without one everybody may try
            return position == 1 and self._probe not in self._flying
        return position <= capacity - len(self._flying)

    def paused(self, now: datetime) -> Collection[str]:
        """Ids of those who wait for the end of a pause."""
        return self._waiting if self._paused_until is not None and now < self._paused_until else ()

    def hold(self, until: datetime | None) -> None:
        """Nobody goes before this moment."""
        self._held_until = until

    @property
    def crowded(self) -> bool:
        """Whether there are more who want a place than places, as far as anybody has said."""
        known = [limit for limit in (self.capacity, self._learned) if limit is not None]
        held = self._paused_until is not None or self._held_until is not None
        return bool(self._waiting) and (
            held or (bool(known) and len(self._waiting) + len(self._flying) > min(known))
        )

    def load(self, *, but: Collection[str]) -> Load:
        """How full it is, not counting these."""
        waiting, flying = (sum(id_ not in but for id_ in some) for some in (self._waiting, self._flying))
        return Load(waiting=waiting, flying=flying, capacity=self.capacity)

    def near(self) -> list[str]:
        """As `Queue.near`."""
        unbounded = self.capacity is None and self._learned is None and self._paused_until is None
        if unbounded or not self._waiting:
            return []  # nobody waits until another's place is free
        free = 0 if self.capacity is None else self.capacity - len(self._flying)
        if len(self._waiting) <= free:
            return [*self._waiting]
        return self.waiting()[: max(NEAR, free)]

    def ceiling(self, now: datetime) -> int | None:
        """The lower of what Scenario's limits say and what its last 429 said."""
        if self._learned_until is not None and now >= self._learned_until:
            self._learned = self._learned_until = None
        known = [limit for limit in (self.capacity, self._learned) if limit is not None]
        return min(known, default=None)

    def pause(self, now: datetime, wait: timedelta) -> None:
        """Nobody goes for `wait`."""
        self._paused_until = now + wait

    def learn(self, now: datetime, limit: int) -> None:
        """Believe for a while that so many may fly at most."""
        self._learned, self._learned_until = limit, now + LEARNT_LASTS

    def passed(self) -> bool:
        """One went through. True when that ended a pause."""
        paused, self._paused_until, self._probe = self._paused_until is not None, None, None
        return paused

    def waiting(self) -> list[str]:
        """Ids, in order."""
        return list(self._in_turn())
