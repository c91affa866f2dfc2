"""Writing fates down, and letting the queue and the card follow. What both halves of the fate loop share."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from bot.clock import Clock
from bot.generation import failures
from bot.generation.failures import Failure, FailureKind
from bot.generation.model import Generation
from bot.generation.pacing import Patience
from bot.generation.ports import Guard, Store
from bot.generation.progress import Progress, ProgressBoard
from bot.generation.queue import Queue
from bot.pricing.charges import Charge


class Tell(Protocol):
    """How the card loop hears of news."""

    def __call__(self, generation_id: str, *, final: bool = False) -> None: ...


class FateWriter:
    """Every change of a fate goes through here."""

    def __init__(
        self,
        store: Store,
        board: ProgressBoard,
        queue: Queue,
        clock: Clock,
        *,
        tell: Tell,
        patience: Patience | None = None,
    ) -> None:
        """
        tell: called with a generation's id whenever its card has something new to show, `final` with its
        last word.
        """
        self.store = store
        self.board = board
        self.queue = queue
        self.clock = clock
        self.patience = patience or Patience()
        self._tell = tell
        self._since: dict[tuple[str, str], datetime] = {}
        self._listeners: list[Callable[[str], None]] = []

    def on_over(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with the id of each generation that is over, so that nothing of it stays."""
        self._listeners.append(listener)

    async def save(self, before: Generation, after: Generation) -> Generation | None:
        """Write, and let the queue and the card follow. None when the row had moved on."""
        return self._followed(await self.store.save(before, after))

    async def reserve(
        self, before: Generation, after: Generation, guard: Guard, *, alone: Sequence[Charge] | None = None
    ) -> Generation | None:
        """Write, if the price fits into the limits of `guard`. Raises LimitReached, Taught and NotAlone, as
        the store does."""
        now = self.clock.now()
        return self._followed(await self.store.reserve(before, after, guard, now=now, alone=alone))

    def _followed(self, saved: Generation | None) -> Generation | None:
        if saved is None:
            return None
        self.queue.track(saved)
        if saved.fate.final:
            self.forget(saved.id)
        self._tell(saved.id, final=saved.fate.final)
        return saved

    async def end(self, generation: Generation, failure: Failure) -> None:
        """It failed, and this is why."""
        failed = replace(
            generation, fate=generation.fate.FAILED, failure=failure, finished_at=self.clock.now()
        )
        await self.save(generation, failed if failed.bought else replace(failed, price=None))

    def report(self, generation_id: str, progress: Progress) -> None:
        """Something that a card may say, and that is not worth writing down."""
        if self.board.put(generation_id, progress):
            self._tell(generation_id)

    async def wait_out(
        self, generation: Generation, reason: str, *, what: str = "unreachable"
    ) -> float | None:
        """Somebody is out of reach and nothing was bought: seconds to wait, or None when it was given up.

        what: the outage, for `is_over`.
        """
        out_for = self.how_long(what, generation.id)
        if out_for > self.patience.outage:
            await self.end(generation, failures.Simple(kind=FailureKind.UNREACHABLE, reason=reason or None))
            return None
        self.report(generation.id, Progress(phase="unreachable"))
        return min(15.0, max(2.0, out_for.total_seconds() / 4))

    def how_long(self, what: str, generation_id: str) -> timedelta:
        """Since when this has been so without a break; the first call begins it."""
        now = self.clock.now()
        return now - self._since.setdefault((what, generation_id), now)

    def is_over(self, what: str, generation_id: str) -> None:
        """It is not so any more."""
        self._since.pop((what, generation_id), None)

    def forget(self, generation_id: str) -> None:
        """It is over: nothing of it stays in memory."""
        self.board.forget(generation_id)
        for key in [key for key in self._since if key[1] == generation_id]:
            del self._since[key]
        for listener in self._listeners:
            listener(generation_id)
