"""A Discord of a few lines: it keeps what every card showed, and refuses on demand."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.cards.ports import Bucket, Delivery, Result, Shown, Unshowable
from bot.generation.card import Card
from bot.generation.model import Generation
from bot.generation.ports import Acknowledged
from bot.generation.progress import Progress
from bot.scenario.api.records import Asset


@dataclass(frozen=True)
class Edit:
    """One time that a card was shown."""

    generation: Generation
    progress: Progress | None
    files: tuple[bytes, ...]
    assets: tuple[Asset | None, ...] = ()
    """Of each result, what Scenario says of it."""

    @property
    def id(self) -> str:
        return self.generation.id


class FakeDelivery:
    """The port `Delivery`."""

    def __init__(self) -> None:
        self.edits: list[Edit] = []
        self.withdrawn: list[Generation] = []
        self.copies: list[tuple[Generation, list[Result]]] = []
        self.erased: list[str] = []
        self.originals: dict[str, Acknowledged] = {}
        """Requests that Discord did take the acknowledgement of."""
        self.trouble: deque[Exception | None] = deque()
        """What the next calls raise, one each; None: nothing."""
        self.forever: Exception | None = None
        self.gone: set[int | None] = set()
        """Messages that somebody deleted."""
        self.place = Shown(message_id=None, channel_id=None)
        self.gate: asyncio.Event | None = None
        self.reached = False
        """Whether a look finds a card where it was shown."""
        self.looks: list[str] = []
        self.begun: list[str] = []
        """Of each time that a card is on its way, which."""
        self.buckets: dict[str, tuple[str, float]] = {}
        """By generation: key and rest; without, its own."""
        self.held = 0
        """Calls that wait at the gate."""
        self.during: Callable[[], None] | None = None
        """Called while a card is on its way."""

    def of(self, generation_id: str) -> list[Edit]:
        return [edit for edit in self.edits if edit.id == generation_id]

    async def _enter(self, *, shows: bool = True) -> None:
        """shows: whether it may be Unshowable; else such a trouble waits for a verb that does."""
        if self.gate is not None:
            self.held += 1
            await self.gate.wait()
            self.held -= 1
        else:
            await asyncio.sleep(0)
        error = self.trouble[0] if self.trouble else self.forever
        if error is None or (isinstance(error, Unshowable) and not shows):
            return
        if self.trouble:
            self.trouble.popleft()
        raise error

    async def find_original(self, card: Card) -> Acknowledged | None:
        await self._enter(shows=False)
        return self.originals.get(card.id)

    def bucket(self, generation: Generation) -> Bucket:
        key, rest = self.buckets.get(generation.id, (generation.id, 0.0))
        return Bucket(key=key, rest=rest)

    async def show(
        self, generation: Generation, progress: Progress | None, results: Sequence[Result]
    ) -> Shown:
        self.begun.append(generation.id)
        await self._enter()
        files = tuple(result.file.path.read_bytes() for result in results if result.file is not None)
        self.edits.append(Edit(generation, progress, files, tuple(result.asset for result in results)))
        if self.during is not None:
            self.during()
        return self.place

    async def show_copy(self, generation: Generation, results: Sequence[Result]) -> None:
        await self._enter()
        self.copies.append((generation, list(results)))

    async def stands(self, generation: Generation) -> bool:
        return generation.card.message_id not in self.gone

    async def reaches(self, generation: Generation) -> bool:
        self.looks.append(generation.id)
        return self.reached and self.forever is None

    async def withdraw(self, generation: Generation) -> None:
        await self._enter()
        self.withdrawn.append(generation)

    async def erase(self, generation: Generation) -> None:
        await self._enter()
        self.erased.append(generation.id)


_: Delivery = FakeDelivery()
