"""Whose a generation is, where several processes work on one database.

Every unfinished generation, and every live card, has one holder: the process that drives it. Only the holder
buys, reads and shows it, so only a holder under a living lease may trust what it remembers of a row. What a
member's hand does (a cancel, a yes to a price) any process writes down, and the store leaves word of it for
the holder. A process that is gone holds nothing: another one takes over what was its own.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from bot.generation.several.bulletin import Bulletin, Silence

LEASELESS: Final = 1.0
"""Seconds between two looks at what this process has no lease on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What came to a process from others."""

    generations: Sequence[str] = ()
    """Ids that are its own from now on, or that somebody else changed."""
    cards: Sequence[str] = ()
    """The same of cards."""


class Holding(Protocol):
    """This process among those that share its database."""

    @property
    def holds(self) -> bool:
        """Whether its lease lives, as far as its own clock can tell: without one it spends and shows nothing,
        for others may have taken over."""
        ...

    @property
    def number(self) -> int | None:
        """By which other processes know this one; None where there are never any."""
        ...

    @property
    def others(self) -> int:
        """How many other processes there were at the last look."""
        ...

    @property
    def adopted(self) -> int:
        """How many generations it has taken over from processes that are gone."""
        ...

    lets_go: Callable[[], Collection[str]]
    """Asked for what this process holds that takes no place (`watching.standstill`), to tell the others."""

    sets_aside: Callable[[], Collection[str]]
    """Asked for what it holds and does not buy for now (`several.aside`), to tell the others."""

    @property
    def let_go_elsewhere(self) -> frozenset[str]:
        """The same of what other processes hold, as far as they have told."""
        ...

    @property
    def bulletin(self) -> Bulletin:
        """What processes tell each other at once."""
        ...

    def mine(self, holder: int | None) -> bool:
        """Whether what this process (None: none) holds is ours to drive."""
        ...

    async def news(self) -> News:
        """Wait for the next look, and look."""
        ...

    async def look(self) -> News:
        """Take over what nobody alive holds, and hear what others changed."""
        ...

    async def claim(self, interaction_id: str) -> bool:
        """Whether this process is the one that answers the interaction: it may have reached several."""
        ...

    async def first(self, press: str, within: timedelta) -> bool:
        """Whether no other process heard of this press within that time: of a double click one press
        counts."""
        ...

    async def take_back(self, press: str) -> None:
        """It came to nothing: the next one is the first."""
        ...

    def leaving(self) -> None:
        """Answer nothing more that another process can answer: this one is about to end."""
        ...

    async def lost(self) -> None:
        """Wait until others have taken this process for dead, and raise that: it must end then."""
        ...


class Alone:
    """One process has the database to itself, as with SQLite: everything is its own, and it costs nothing."""

    def __init__(self) -> None:
        self.number = None
        self.others = self.adopted = 0
        self.bulletin: Bulletin = Silence()
        self.let_go_elsewhere = frozenset[str]()
        self.lets_go: Callable[[], Collection[str]] = frozenset
        self.sets_aside: Callable[[], Collection[str]] = frozenset

    @property
    def holds(self) -> bool:
        return True

    def mine(self, holder: int | None) -> bool:
        del holder
        return True

    async def news(self) -> News:
        await asyncio.Event().wait()
        return News()

    async def look(self) -> News:
        return News()

    async def claim(self, interaction_id: str) -> bool:
        del interaction_id
        return True

    async def first(self, press: str, within: timedelta) -> bool:
        del press, within
        return True

    async def take_back(self, press: str) -> None:
        """Nobody else was told."""

    def leaving(self) -> None:
        """There is nobody else."""

    async def lost(self) -> None:
        await asyncio.Event().wait()


_: Holding = Alone()
