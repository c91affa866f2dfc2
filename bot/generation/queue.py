"""The lines in front of Scenario's ceilings. In memory: they are read off the unfinished generations."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.generation.model import BOUGHT_PERHAPS, Fate, Generation
from bot.scenario.api.records import Ceilings
from bot.scenario.api.workflows import names_workflow

LEARNT_LASTS: Final = timedelta(minutes=5)
"""How long a ceiling that a 429 named is believed: plans change, and so does what others use of it."""


class Pool(StrEnum):
    """What Scenario counts apart, by the name of its ceiling."""

    JOBS = "parallelCustomJobs"
    RUNS = "parallelWorkflowRuns"
    """Runs of workflows, of which each may wait for hours at a gate."""


def pool_of(generation: Generation) -> Pool:
    """What Scenario counts it under."""
    return Pool.RUNS if names_workflow(generation.model_id) else Pool.JOBS


class Queue:
    """Everybody's place: a lane for each pool, so that none keeps the others back."""

    def __init__(self, ceilings: Ceilings | None = None) -> None:
        """ceilings: what Scenario has said so far; where it has not, only its 429s hold a lane."""
        self._lanes = {pool: Lane() for pool in Pool}
        self.set(ceilings or Ceilings())

    def set(self, ceilings: Ceilings) -> bool:
        """Take over what Scenario's limits say, as far as they do. True when that is news."""
        told = {Pool.JOBS: ceilings.jobs, Pool.RUNS: ceilings.runs}
        before = [lane.capacity for lane in self._lanes.values()]
        for pool, capacity in told.items():
            if capacity is not None:
                self._lanes[pool].capacity = capacity
        return before != [lane.capacity for lane in self._lanes.values()]

    def track(self, generation: Generation) -> None:
        """Follow a generation's fate. One that is requested keeps its place, but does not get one by this."""
        self._lane(generation).track(generation)

    def let_go(self, generation: Generation, *, gone: bool) -> bool:
        """Whether it takes no place though it may be under way (`gone`), or does again. True when that frees
        a place."""
        return self._lane(generation).let_go(generation, gone=gone)

    def join(self, generation: Generation) -> None:
        """Take a place, by age."""
        self._lane(generation).join(generation)

    def leave(self, generation: Generation) -> None:
        """Step out of the queue, for now."""
        self._lane(generation).leave(generation.id)

    def position(self, generation: Generation) -> int | None:
        """1 is next; None for one that does not wait."""
        return self._lane(generation).position(generation.id)

    def admits(self, generation: Generation, now: datetime) -> bool:
        """Whether this one may be submitted now."""
        return self._lane(generation).admits(generation.id, now)

    def refused(
        self,
        generation: Generation,
        now: datetime,
        wait: timedelta,
        *,
        action: str | None = None,
        limit: int | None = None,
    ) -> None:
        """Scenario said 429 to this one: nobody of its lane goes for `wait`.

        action, limit: the ceiling that it named, which may be another lane's; one without a known name is
        taken as this lane's.
        """
        pool = pool_of(generation)
        self._lanes[pool].pause(now, wait)
        named = next((other for other in Pool if other.value == action), pool)
        if limit is not None and limit > 0:
            self._lanes[named].learn(now, limit)

    def pause(self, now: datetime, wait: timedelta) -> None:
        """Scenario is out of reach: nobody goes for `wait`."""
        for lane in self._lanes.values():
            lane.pause(now, wait)

    def passed(self, generation: Generation) -> bool:
        """Its submission was accepted. True when that ended a pause."""
        return self._lane(generation).passed()

    def waiting(self) -> list[str]:
        """Ids, each lane's in order."""
        return [waiting for lane in self._lanes.values() for waiting in lane.waiting()]

    def _lane(self, generation: Generation) -> "Lane":
        return self._lanes[pool_of(generation)]


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
        self._flying: set[str] = set()
        self._let_go: set[str] = set()
        self._waiting: dict[str, tuple[datetime, str]] = {}
        self._paused_until: datetime | None = None
        self._probe: str | None = None

    def track(self, generation: Generation) -> None:
        """Follow a fate: who may be bought flies, and who is requested keeps its place."""
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
        """As `Queue.let_go`."""
        freed = gone and generation.id not in self._let_go
        (self._let_go.add if gone else self._let_go.discard)(generation.id)
        self.track(generation)
        return freed

    def join(self, generation: Generation) -> None:
        """Take a place, by age; one that has a place keeps it."""
        self._waiting.setdefault(generation.id, (generation.created_at, generation.id))

    def leave(self, generation_id: str) -> None:
        """Give up the place, if it has one."""
        self._waiting.pop(generation_id, None)

    def position(self, generation_id: str) -> int | None:
        """1 is next; None for one that does not wait."""
        own = self._waiting.get(generation_id)
        if own is None:
            return None
        return 1 + sum(other < own for other in self._waiting.values())

    def admits(self, generation_id: str, now: datetime) -> bool:
        """Whether this one may be submitted now: no pause, and a place that is free for it."""
        if self._paused_until is not None and now < self._paused_until:
            return False
        position = self.position(generation_id)
        if position is None:
            return False
        capacity = self._capacity(now)
        if capacity is None:
            # after a pause one probe at a time; without one everybody may try
            return self._paused_until is None or (position == 1 and self._probe not in self._flying)
        return position <= capacity - len(self._flying)

    def _capacity(self, now: datetime) -> int | None:
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
        return sorted(self._waiting, key=self._waiting.__getitem__)
