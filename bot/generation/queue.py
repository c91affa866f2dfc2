"""The lines in front of Scenario's ceilings. In memory: they are read off the unfinished generations.

Who comes next is not who came first, but whose turn it is: a place goes to the server that holds the fewest,
and there to the member who holds the fewest; among equals to the one whose last turn is longest ago. So a
member's forty requests delay anybody else's first by no more than the job that is about to end, and nobody
waits for ever, since what is held is given back as it ends.

Where several processes share a database, what the others have stands in here too (`several.others`), so that
there is one order. It may be a moment old; the store has the last word on a place.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.generation.lines import Lines
from bot.generation.model import Fate, Generation
from bot.generation.waiting.lane import Lane, Load
from bot.scenario.api.records import Ceilings
from bot.scenario.api.workflows import names_workflow

TAKEN_LASTS: Final = timedelta(seconds=1)
"""How long nobody asks again for a place that another process had, unless what that has is heard sooner."""


class Pool(StrEnum):
    """What Scenario counts apart, by the name of its ceiling."""

    JOBS = "parallelCustomJobs"
    RUNS = "parallelWorkflowRuns"
    """Runs of workflows, of which each may wait for hours at a gate."""


def pool_of(generation: Generation) -> Pool:
    """What Scenario counts it under."""
    return Pool.RUNS if names_workflow(generation.model_id) else Pool.JOBS


class Queue:
    """Everybody's place: a lane for each pool, so that none keeps the others back. Before it stand the
    members' own lines: whoever is not through takes no place here."""

    def __init__(self, ceilings: Ceilings | None = None, *, at_once: int | None = None) -> None:
        """ceilings: what Scenario has said so far; where it has not, only its 429s hold a lane. at_once: most
        jobs of one member that go beyond his own line."""
        self.lines = Lines(at_once)
        self._lanes = {pool: Lane() for pool in Pool}
        self._fates: dict[str, Fate] = {}
        self._others: dict[str, Generation] = {}
        """What other processes hold, as it was read last."""
        self._running_elsewhere: set[str] = set()
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
        self._drop_other(generation.id)  # it was taken over
        self._track(generation)
        if generation.fate.final:
            self._fates.pop(generation.id, None)
        else:
            self._fates[generation.id] = generation.fate

    def _track(self, generation: Generation) -> None:
        self.lines.track(generation)
        self._lane(generation).track(generation)

    def track_other(self, generation: Generation, *, ready: bool, now: datetime) -> None:
        """Follow what another process holds. ready: whether it lacks nothing but a place."""
        if generation.id in self._fates:
            return  # it was read before this process took it over
        self._drop_other(generation.id)
        self._others[generation.id] = generation
        if generation.fate is Fate.RUNNING and generation.job_id and pool_of(generation) is Pool.JOBS:
            self._running_elsewhere.add(generation.job_id)
        self._track(generation)
        if generation.fate is Fate.REQUESTED:
            waits = self.lines.admits(generation, now) and ready
            (self.join if waits else self.leave)(generation)

    def forget_other(self, generation_id: str) -> None:
        """No other process holds this one any more, or it is over."""
        gone = self._drop_other(generation_id)
        if gone is not None:
            self._track(replace(gone, fate=Fate.CANCELED))

    def _drop_other(self, generation_id: str) -> Generation | None:
        gone = self._others.pop(generation_id, None)
        if gone is not None and gone.job_id is not None:
            self._running_elsewhere.discard(gone.job_id)
        return gone

    def is_others(self, generation_id: str) -> bool:
        """Whether another process brings it forward."""
        return generation_id in self._others

    def let_go_elsewhere(self, ids: Collection[str]) -> None:
        """Of what other processes hold, these take no place, and all others do."""
        for one in self._others.values():
            self.let_go(one, gone=one.id in ids)

    def asked_elsewhere(self) -> Sequence[Generation]:
        """What other processes hold and have not begun to buy."""
        return [one for one in self._others.values() if one.fate is Fate.REQUESTED]

    def running_elsewhere(self) -> Collection[str]:
        """The jobs that other processes wait for, but for runs of workflows, which no page tells of; kept
        true from now on, since each push asks."""
        return self._running_elsewhere

    @property
    def crowded(self) -> bool:
        """Whether anybody waits for a place that somebody has, as far as is known."""
        return self.lines.count() > 0 or any(lane.crowded for lane in self._lanes.values())

    def track_all(self, generations: Iterable[Generation]) -> None:
        """The same of many."""
        for generation in generations:
            self.track(generation)

    def let_go(self, generation: Generation, *, gone: bool) -> bool:
        """Whether it takes no place though it may be under way (`gone`), or does again. True when that frees
        a place."""
        self.lines.let_go(generation, gone=gone)
        return self._lane(generation).let_go(generation, gone=gone)

    def join(self, generation: Generation) -> None:
        """Take a place, as its turn comes."""
        self._lane(generation).join(generation)

    def leave(self, generation: Generation) -> None:
        """Step out of the queue, for now."""
        self._lane(generation).leave(generation.id)

    def position(self, generation: Generation) -> int | None:
        """1 is next; None for one that does not wait."""
        return self._lane(generation).position(generation.id)

    def flying(self, generation: Generation) -> Mapping[str, int]:
        """What it waits for, or would: how many of which model are under way, in its lane."""
        return self._lane(generation).models

    def furthest(self, generation: Generation, others: Iterable[str]) -> int:
        """The last place that one of the others has in its lane; 0 if none of them waits there."""
        lane = self._lane(generation)
        return max((lane.position(other) or 0 for other in others), default=0)

    def admits(self, generation: Generation, now: datetime) -> bool:
        """Whether this one may be submitted now."""
        return self._lane(generation).admits(generation.id, now)

    def ceiling(self, generation: Generation, now: datetime) -> int | None:
        """How many of its lane may fly; None where nobody has said."""
        return self._lane(generation).ceiling(now)

    def taken(self, generation: Generation, now: datetime, *, of_member: bool) -> None:
        """Another process has the place that this one asked for: for a moment nobody asks again.

        of_member: whether it is a place of its member's; then it stands in his line again."""
        until = now + TAKEN_LASTS
        if of_member:
            self.leave(generation)
            self.lines.send_back(generation, until)
        else:
            self._lane(generation).hold(until)

    def heard(self) -> None:
        """What the other processes have is known as it stands now."""
        self.lines.go_on()
        for lane in self._lanes.values():
            lane.hold(None)

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

    def paused(self, now: datetime) -> Set[str]:
        """Ids of this process's own that nobody buys before a pause is over."""
        return {id_ for lane in self._lanes.values() for id_ in lane.paused(now)} - self._others.keys()

    def asked(self) -> Set[str]:
        """Ids of this process's own that nobody has begun to buy."""
        return {id_ for id_, fate in self._fates.items() if fate is Fate.REQUESTED}

    def passed(self, generation: Generation) -> bool:
        """Its submission was accepted. True when that ended a pause."""
        return self._lane(generation).passed()

    def standing(self) -> Mapping[Fate, int]:
        """How many of what is not over have which fate."""
        return Counter(self._fates.values())

    def loads(self) -> Mapping[Pool, Load]:
        """How full each lane is, by what is this process's own."""
        return {pool: lane.load(but=self._others) for pool, lane in self._lanes.items()}

    def in_line(self) -> int:
        """How many of this process's own wait in their members' lines."""
        return self.lines.count(but=self._others)

    def waiting(self) -> list[str]:
        """Ids, each lane's in order."""
        return [waiting for lane in self._lanes.values() for waiting in lane.waiting()]

    def near(self) -> list[str]:
        """The same of those to whom a free place is news at once. Those further back see it a bit later."""
        return [waiting for lane in self._lanes.values() for waiting in lane.near()]

    def _lane(self, generation: Generation) -> Lane:
        return self._lanes[pool_of(generation)]
