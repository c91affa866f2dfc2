"""Writing fates down, and letting the queue and the card follow. What both halves of the fate loop share."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from bot.clock import Clock
from bot.generation import failures
from bot.generation.failures import Failure, FailureKind
from bot.generation.holding import Alone, Holding
from bot.generation.model import Fate, Generation
from bot.generation.pacing import Patience
from bot.generation.ports import Guard, Move, Store
from bot.generation.progress import Progress, ProgressBoard
from bot.generation.queue import Queue
from bot.generation.waiting.usual import Usual
from bot.generation.waiting.waits import Waits
from bot.pricing.charges import Charge


class Tell(Protocol):
    """How the card loop hears of news."""

    def __call__(self, card_id: str, *, final: bool = False) -> None: ...


Moved = Callable[[Generation], None]
"""Hears of a change of fate that was written: the generation as it stands."""


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
        holding: Holding | None = None,
    ) -> None:
        """
        tell: called with a card's id whenever it has something new to show, `final` when a job of it is
        over.
        holding: whose each generation is; without, all are this process's own.
        """
        self.store = store
        self.board = board
        self.queue = queue
        self.clock = clock
        self.usual = Usual(store)
        self.waits = Waits(queue, self.usual, board)
        self.patience = patience or Patience()
        self.holding = holding or Alone()
        self._tell = tell
        self._since: dict[str, dict[str, datetime]] = {}
        """Generation → what has been so → since when."""
        self._listeners: list[Callable[[str], None]] = []
        self._wakers: list[Callable[[str], None]] = []
        self.moved: Moved = lambda _: None

    def on_over(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with the id of each generation that is over, so that nothing of it stays."""
        self._listeners.append(listener)

    def on_moved(self, waker: Callable[[str], None]) -> None:
        """Call `waker` with the id of each job that another job of its request moved."""
        self._wakers.append(waker)

    def _wake(self, generation_id: str) -> None:
        for waker in self._wakers:
            waker(generation_id)

    async def save(
        self, before: Generation, after: Generation, *, siblings: Sequence[Move] = ()
    ) -> Generation | None:
        """Write, and let the queue and the card follow. None when a row had moved on."""
        saved = await self.store.save(before, after, siblings=siblings)
        return self._followed(before, saved, siblings)

    async def reserve(
        self,
        before: Generation,
        after: Generation,
        guard: Guard,
        *,
        siblings: Sequence[Move] = (),
        alone: Sequence[Charge] | None = None,
    ) -> Generation | None:
        """Write, if the price fits into the limits of `guard`. Raises LimitReached, Taught and NotAlone, as
        the store does."""
        now = self.clock.now()
        saved = await self.store.reserve(before, after, guard, now=now, siblings=siblings, alone=alone)
        return self._followed(before, saved, siblings)

    async def divide(
        self, before: Generation, after: Generation, siblings: Sequence[Generation], guard: Guard
    ) -> Generation | None:
        """Write, with the other jobs that its request turned out to be. Raises LimitReached."""
        saved = self._followed(before, await self.store.divide(before, after, siblings, guard))
        for sibling in siblings if saved is not None else ():
            self._wake(sibling.id)
        return saved

    def _followed(
        self, before: Generation, saved: Generation | None, siblings: Sequence[Move] = ()
    ) -> Generation | None:
        if saved is None:
            return None
        for was, one in ((before, saved), *siblings):
            self.queue.track(one)
            if one.fate is not was.fate:
                self.moved(one)
            if one.fate.final:
                self.usual.add(one)
                self.forget(one.id)
        for _, after in siblings:
            self._wake(after.id)
        if saved.on_card is not None:
            self._tell(saved.on_card.id, final=saved.fate.final)
        return saved

    async def together(self, generation: Generation) -> Sequence[Generation]:
        """The other jobs of its request that were not bought yet, and so move with this one."""
        if generation.membership is None:
            return ()
        group = await self.store.group(generation.membership.group_id)
        return [job for job in group if job.fate is Fate.REQUESTED and job.id != generation.id]

    async def end(self, generation: Generation, failure: Failure, *, alone: bool = False) -> None:
        """It failed, and this is why. Before its purchase that is so for its whole request, unless the reason
        is this job's `alone`."""
        failed = self._failed(generation, failure)
        while True:
            together = generation.fate is Fate.REQUESTED and not alone
            others = await self.together(generation) if together else ()
            moves = [(job, self._failed(job, failure)) for job in others]
            if await self.save(generation, failed, siblings=moves) is not None or not others:
                return
            standing = await self.store.get(generation.id)
            # where this one stands, one of the others moved on, and the rest goes without it
            stood = (generation.fate, generation.holder)
            if standing is None or (standing.fate, standing.holder) != stood:
                return

    def _failed(self, generation: Generation, failure: Failure) -> Generation:
        failed = replace(generation, fate=Fate.FAILED, failure=failure, finished_at=self.clock.now())
        return failed if failed.bought else replace(failed, price=None)

    def report(self, generation: Generation, progress: Progress) -> None:
        """Something that a card may say, and that is not worth writing down."""
        card = generation.on_card
        self.report_of(generation.id, None if card is None else card.id, progress)

    def report_of(self, generation_id: str, card_id: str | None, progress: Progress) -> None:
        """The same, by the ids."""
        if self.board.put(generation_id, progress) and card_id is not None:
            self._tell(card_id)

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
        self.report(generation, Progress(phase="unreachable"))
        return min(15.0, max(2.0, out_for.total_seconds() / 4))

    def how_long(self, what: str, generation_id: str) -> timedelta:
        """Since when this has been so without a break; the first call begins it."""
        now = self.clock.now()
        return now - self._since.setdefault(generation_id, {}).setdefault(what, now)

    def lacking(self, what: str) -> set[str]:
        """Ids of those of which this is so."""
        return {id_ for id_, so in self._since.items() if what in so}

    def is_over(self, what: str, generation_id: str) -> None:
        """It is not so any more."""
        so = self._since.get(generation_id)
        if so is not None and so.pop(what, None) is not None and not so:
            del self._since[generation_id]

    def forget(self, generation_id: str) -> None:
        """It is over: nothing of it stays in memory."""
        self.board.forget(generation_id)
        self._since.pop(generation_id, None)
        for listener in self._listeners:
            listener(generation_id)
