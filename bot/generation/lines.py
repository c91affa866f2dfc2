"""Each member's own line: what he asks for beyond his limit waits for his earlier requests, and for nobody
else's.

In memory, as the queue is: it is read off the unfinished generations. Whoever stands in here holds no place
of the queue, and nothing is brought for him: no schema, no file, no price, since all of that would be old
when his turn comes. Jobs count one by one, those of one request in the order of their numbers, and nobody is
overtaken: a place goes to the oldest. Whoever was let through stays through until it is over, whatever
happens in between: what is proven not to be bought, or sent back by Scenario's ceiling, does not stand in
line again.
"""

from bisect import insort
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bot.generation.model import BOUGHT_PERHAPS, UNSEEN_HOLDS, Fate, Generation

_Place = tuple[datetime, str, int, str]
"""When it was asked for, its request, its number there, and its id."""


@dataclass(slots=True)
class _Through:
    """One that was let through and is not over."""

    model_id: str
    unseen_since: datetime | None
    """When it was bought, if there is no way to show a question of it."""
    gone: bool
    """Whether nobody knows how it ends."""

    def holds(self, now: datetime) -> bool:
        """Whether it takes one of its member's places. What the store counts as in flight."""
        unseen = self.unseen_since is not None and self.unseen_since < now - UNSEEN_HOLDS
        return not (self.gone or unseen)


@dataclass(slots=True)
class _Line:
    """One member's."""

    through: dict[str, _Through] = field(default_factory=dict)
    waiting: list[_Place] = field(default_factory=list)
    """In order."""
    held_until: datetime | None = None
    """Before this nobody is let through: another process had the place."""

    def index(self, generation_id: str) -> int | None:
        """From 0; None for one that does not wait."""
        return next((index for index, place in enumerate(self.waiting) if place[-1] == generation_id), None)

    def leave(self, generation_id: str) -> bool:
        """Step out of the line. Whether it stood there."""
        index = self.index(generation_id)
        if index is not None:
            del self.waiting[index]
        return index is not None


class Lines:
    """Who of each member's is through, and who waits for that."""

    def __init__(self, at_once: int | None = None) -> None:
        """at_once: most jobs of one member that are through at once; None: everybody always is."""
        self.at_once: Final = at_once
        self._lines: dict[int, _Line] = {}
        self._gone: set[str] = set()
        self._moved: set[int] = set()

    def count(self, *, but: Collection[str] = ()) -> int:
        """Jobs that wait, in all lines, without these."""
        return sum(place[-1] not in but for line in self._lines.values() for place in line.waiting)

    def track(self, generation: Generation) -> None:
        """Follow a fate: what may be bought is through, what is over leaves, and a request waits."""
        if self.at_once is None:
            return
        owner = generation.origin.owner_id
        line = self._lines.setdefault(owner, _Line())
        if generation.fate in BOUGHT_PERHAPS or generation.id in line.through:
            line.through[generation.id] = self._stand(generation)
        elif generation.fate is Fate.REQUESTED and line.index(generation.id) is None:
            insort(line.waiting, _place(generation))
        if generation.fate is not Fate.REQUESTED and line.leave(generation.id):
            self._moved.add(owner)
        if generation.fate.final:
            self._gone.discard(generation.id)
            if line.through.pop(generation.id, None) is not None:
                self._moved.add(owner)
        if not line.through and not line.waiting:
            del self._lines[owner]

    def _stand(self, generation: Generation) -> _Through:
        unseen = generation.unseen and generation.fate is Fate.RUNNING
        since = generation.submitted_at if unseen else None
        return _Through(generation.model_id, since, generation.id in self._gone)

    def let_go(self, generation: Generation, *, gone: bool) -> None:
        """Whether it takes no place of its member's though it is not over (`gone`), or does again."""
        if self.at_once is None or gone is (generation.id in self._gone):
            return
        (self._gone.add if gone else self._gone.discard)(generation.id)
        self.track(generation)
        self._moved.add(generation.origin.owner_id)

    def admits(self, generation: Generation, now: datetime) -> bool:
        """Whether this one, which is tracked, is through, or may go through now: then it does."""
        if self.at_once is None:
            return True
        line = self._lines.get(generation.origin.owner_id)
        index = None if line is None else line.index(generation.id)
        if line is None or index is None:
            return True
        if line.held_until is not None and now < line.held_until:
            return False
        if index >= self.at_once - sum(one.holds(now) for one in line.through.values()):
            return False
        del line.waiting[index]
        line.through[generation.id] = self._stand(generation)
        if line.waiting:
            self._moved.add(generation.origin.owner_id)
        return True

    def send_back(self, generation: Generation, until: datetime) -> None:
        """It was let through for a place that another process had given away: it stands in line again, which
        does not move before this moment."""
        line = self._lines.get(generation.origin.owner_id)
        if line is not None and line.through.pop(generation.id, None) is not None:
            insort(line.waiting, _place(generation))
            line.held_until = until

    def go_on(self) -> None:
        """What other processes gave away is known: lines that waited for that move again."""
        for owner, line in self._lines.items():
            if line.held_until is not None:
                line.held_until = None
                self._moved.add(owner)

    def position(self, generation: Generation) -> int | None:
        """1 is its member's next; None for one that is through."""
        line = self._lines.get(generation.origin.owner_id)
        index = None if line is None else line.index(generation.id)
        return None if index is None else index + 1

    def through(self, owner_id: int) -> Iterable[str]:
        """Ids of what this member has under way beyond his line."""
        line = self._lines.get(owner_id)
        return () if line is None else tuple(line.through)

    def models(self, owner_id: int) -> Iterable[str]:
        """The models of the same."""
        line = self._lines.get(owner_id)
        return () if line is None else tuple(one.model_id for one in line.through.values())

    def moved(self) -> list[str]:
        """Ids of those in a line where something changed since this was asked last."""
        moved, self._moved = self._moved, set()
        lines = [line for owner in moved if (line := self._lines.get(owner)) is not None]
        return [place[-1] for line in lines for place in line.waiting]


def _place(generation: Generation) -> _Place:
    group = generation.membership
    request, number = (generation.id, 1) if group is None else (group.group_id, group.number)
    return generation.created_at, request, number, generation.id
