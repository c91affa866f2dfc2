"""What processes on one database tell each other at once.

Everything told is a hint: it may be lost, or come twice, and whoever hears nothing looks by himself a moment
later. So nothing may hang on one.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Protocol

Hear = Callable[[int, Sequence[Any]], None]
"""Hears from which process something is, and what: what JSON can say."""

MOVED: Final = "moved"
"""Something that the teller holds stands differently. No facts."""
BACK: Final = "back"
"""From nobody: what is told reaches this process from now on; what was told before may not have. No facts."""
LOST: Final = "lost"
"""From nobody: what is told does not reach this process any more. No facts."""


class Bulletin(Protocol):
    """The board on which all processes write, and which all of them read."""

    @property
    def heard(self) -> bool:
        """Whether what is told reaches this process, as far as it can tell."""
        ...

    @property
    def leads(self) -> bool:
        """Whether this process is the one that reads for all, as far as it can tell: for a moment two may."""
        ...

    @property
    def key(self) -> int:
        """Whose jobs this process reads: what is read for another key says nothing of them."""
        ...

    def listen(self, kind: str, hear: Hear) -> None:
        """Call `hear` with everything of this kind, what this process itself tells too."""
        ...

    async def tell(self, some: Iterable[tuple[str, Sequence[Any]]]) -> None:
        """Tell all of this, each a kind and its facts, in this order. What is too long to be told is left
        out. Raises what the store raises."""
        ...


class Silence:
    """Nobody is there to tell anything."""

    heard = leads = False
    key = 0

    def listen(self, kind: str, hear: Hear) -> None:
        """Nothing is ever told."""

    async def tell(self, some: Iterable[tuple[str, Sequence[Any]]]) -> None:
        """Nobody listens."""


_: Bulletin = Silence()
