"""The card loop: bring every card that is behind up to date. Newest state wins, final ones first.

It writes only card fields and never a fate, so no trouble with Discord can buy, cancel or fail anything.
"""

import asyncio
import logging
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from bot.cards.fetching import GATE_PATIENCE, Fetching
from bot.cards.news import at_place, gate_pictures, is_over_unseen, is_refusal, news_of, remover
from bot.cards.originals import Original, read_originals
from bot.cards.ports import Delivery, Result, Unshowable
from bot.cards.results import in_order
from bot.cards.turns import Turns
from bot.clock import Clock
from bot.generation.card import CardState
from bot.generation.group import Group, first_numbers, jobs_of, progress_of
from bot.generation.holding import LEASELESS, Alone, Holding
from bot.generation.loop import Loop
from bot.generation.model import Fate, Generation, Output
from bot.generation.pacing import backoff, edit_spacing
from bot.generation.ports import Delayed, Store, Studio
from bot.generation.progress import Progress, ProgressBoard, asks

log = logging.getLogger(__name__)

FILES: Final = 16
"""Cards whose files are being fetched and shown at once: they take long, and memory."""
LAST_WORDS: Final = 16
"""… whose last word is shown without files."""
PROGRESS: Final = 24
"""… whose progress is being shown."""
PICTURES: Final = 4
"""… of those, with some of a group's pictures."""
COPIES: Final = 8
"""… that are being shown once more to whoever asked."""

_WORDS: Final = "words"
_PICTURES: Final = "pictures"

FACT_SPACING = 1.0
"""Seconds between two edits when a lasting fact is new: there are few of those, so they need not wait."""
ASK_AGAIN = 300.0
"""Seconds after which a question is looked for: so it is found out that its message is gone, or that its
place is closed by now."""


class CardLoop(Loop):
    """Shows what the fate loop learned."""

    def __init__(
        self,
        store: Store,
        studio: Studio,
        delivery: Delivery,
        board: ProgressBoard,
        clock: Clock,
        holding: Holding | None = None,
    ) -> None:
        """holding: whose each card is; without, all are this process's own."""
        super().__init__(clock)
        self._holding = holding or Alone()
        self._store = store
        self._studio = studio
        self._delivery = delivery
        self._board = board
        self._edited_at: dict[str, datetime] = {}
        self._shown: dict[str, tuple[int, Progress | None]] = {}
        self._looked: dict[str, int] = {}
        """The revision at which it was known that a card stands."""
        self._final: set[str] = set()
        self._anew: set[str] = set()
        self._delays: dict[str, int] = {}
        self._owned_up: set[str] = set()
        self._fetching = Fetching(studio, clock)
        self._files, self._last_words, self._showing, self._copies = map(
            asyncio.Semaphore, (FILES, LAST_WORDS, PROGRESS, COPIES)
        )
        self.turns = Turns(clock, self.wake, {_WORDS: PROGRESS, _PICTURES: PICTURES})
        self._listeners: list[Callable[[str], None]] = []
        self.closed: Callable[[Generation], None] = lambda _: None
        """Hears of each card that is settled or kept, as it then stands."""

    def on_kept(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with the id of each generation that there is no way to show."""
        self._listeners.append(listener)

    async def adopt(self) -> int:
        """Take up every card of this process's that is behind. Returns how many."""
        unsettled = [one for one in await self._store.unsettled() if self._holding.mine(one.card.holder)]
        for shown in unsettled:
            self.tell(shown.card.id, final=shown.fate.final)
        return len(unsettled)

    def tell(self, card_id: str, *, final: bool = False) -> None:
        """There is something new to show. final: something that the card shows is over."""
        if final:
            self._final.add(card_id)
        self.wake(card_id)

    def bring(self, generation: Generation) -> None:
        """Its card stands in another message from now on, which shows nothing of it yet."""
        self._anew.add(generation.id)
        self._shown.pop(generation.id, None)
        self._edited_at.pop(generation.id, None)
        self.tell(generation.id, final=generation.fate.final)

    def give_way(self, seconds: float) -> None:
        """No progress is shown for so long, or until `go_on`: Discord waits for an acknowledgement."""
        self.turns.give_way(seconds)

    def go_on(self) -> None:
        """There is nothing any more that goes first."""
        self.turns.go_on()

    def rank(self, generation_id: str) -> int:
        return 0 if generation_id in self._final else 1

    async def step(self, generation_id: str) -> float | None:
        """generation_id: the card's number, which is that of the generation, or the group, that it shows."""
        try:
            return await self._bring_up(generation_id)
        finally:
            self.turns.looked(generation_id)

    async def _bring_up(self, generation_id: str) -> float | None:
        if not self._holding.holds:
            return LEASELESS  # others may be showing it
        generation = await self._store.shown(generation_id)
        if generation is not None and not self._holding.mine(generation.card.holder):
            self._forget(generation_id, generation)
            return None
        if generation is not None and is_over_unseen(generation) and generation_id in self._final:
            # nobody took its card away: what became of it is tried once more
            live = generation.carded(state=CardState.LIVE)
            generation = live if await self._store.save_card(generation.card, live.card) else None
        if generation is None or generation.card.state is not CardState.LIVE:
            self._forget(generation_id, generation)
            return None
        if generation.fate.final:
            self._final.add(generation_id)
            self.turns.leave(generation_id)
            return await self._settle(generation)
        self._final.discard(generation_id)  # a job of it is over, and not all
        return await self._progress(generation)

    # -- while it runs --------------------------------------------------------------------------------

    async def _progress(self, generation: Generation) -> float | None:
        progress = progress_of(generation, self._board)
        news = news_of(generation, progress)
        before = self._shown.get(generation.id)
        question = asks(generation, progress)
        if before == news and not question and await self._still_stands(generation):
            return None
        if before is None and progress is None and self._stands(generation):
            return None
        lasting = before is not None and before[0] != news[0]
        asked = question and before == news
        wait = self._until_next_edit(generation.id, ASK_AGAIN if asked else self._spacing(lasting=lasting))
        if wait > 0:
            return wait
        pictured = bool(generation.outputs or gate_pictures(generation, progress))
        if not question and (wait := self._until_its_turn(generation, pictured=pictured)) > 0:
            return wait
        self._edited_at[generation.id] = self._clock.now()
        if asked and await self._delivery.reaches(generation):
            return ASK_AGAIN  # a look is enough: a gate's pictures are not sent every few minutes
        try:
            share = self._share(question=question, pictured=pictured)
            return await self._show_progress(generation, progress, news, share)
        finally:
            self.turns.leave(generation.id)

    def _until_its_turn(self, generation: Generation, *, pictured: bool) -> float:
        """Seconds; 0: it has it. A question takes none: somebody waits for it, as for a last word."""
        bucket = self._delivery.bucket(generation)
        shares = (_WORDS, _PICTURES) if pictured else (_WORDS,)
        return self.turns.enter(generation.id, bucket.key, *shares, rest=bucket.rest)

    def _share(self, *, question: bool, pictured: bool) -> asyncio.Semaphore:
        if not question:
            return self._showing  # it has its turn, of which there are no more than places here
        return self._files if pictured else self._last_words

    async def _show_progress(
        self,
        generation: Generation,
        progress: Progress | None,
        news: tuple[int, Progress | None],
        share: asyncio.Semaphore,
    ) -> float | None:
        try:
            async with self.apart(generation.id, share), AsyncExitStack() as stack:
                if generation.id in self._final:
                    return 0.0  # it ended while it waited: the last word has a share of its own
                results, late = await self._so_far(generation, progress, stack)
                shown = await self._delivery.show(generation, progress, results)
        except Delayed as error:
            return self._delay(generation.id, error)
        except Unshowable as error:
            await self._keep(generation, error)
            return None
        # where it is comes first: what moved and was not written down would be looked for in its old place
        placed = at_place(generation, shown).carded(shown_revision=generation.revision)
        await self._store.save_card(generation.card, placed.card)
        self._anew.discard(generation.id)
        if late is not None:
            return self._delay(generation.id, late)  # the words stand there; the files are tried on
        self._shown[generation.id] = news
        self._looked[generation.id] = generation.revision
        self._delays.pop(generation.id, None)
        return ASK_AGAIN if asks(generation, progress) else None

    async def _still_stands(self, generation: Generation) -> bool:
        """Whether a card that has nothing new to show is there. Of several pictures the next one is bought
        for nobody if somebody deleted the first: a look finds that out, without sending them again."""
        looked = self._looked.get(generation.id)
        if not isinstance(generation, Group) or looked == generation.revision:
            return True
        self._looked[generation.id] = generation.revision
        return await self._delivery.reaches(generation)

    async def _so_far(
        self, generation: Generation, progress: Progress | None, stack: AsyncExitStack
    ) -> tuple[Sequence[Result], Delayed | None]:
        """What can be seen while it runs: what a gate is about, or what some of its jobs made; and why some
        of that is missing, for now: it keeps no question back. Raises Delayed for a gate."""
        if not generation.outputs:
            return await self._at_gate(generation, progress, stack), None
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="imagine-")))
        results: list[Result] = []
        late: Delayed | None = None
        first = first_numbers(generation)
        for job in jobs_of(generation):
            try:
                results += await self._made(job, folder, first[job.id])
            except Delayed as error:
                late = error
        return in_order(results, generation.medium), late

    async def _all_made(self, generation: Generation, folder: Path) -> list[Result]:
        """The files of everything that was made, the main ones first. Raises Delayed."""
        first = first_numbers(generation)
        found = [await self._made(job, folder, first[job.id]) for job in jobs_of(generation)]
        return in_order([result for results in found for result in results], generation.medium)

    async def _made(self, job: Generation, folder: Path, first: int) -> list[Result]:
        """first: the number of its first result."""
        if job.fate is not Fate.SUCCEEDED:
            return []
        results = await self._fetching.fetch(job, folder)
        return [replace(result, number=number) for number, result in enumerate(results, start=first)]

    async def _at_gate(
        self, generation: Generation, progress: Progress | None, stack: AsyncExitStack
    ) -> Sequence[Result]:
        """What a workflow's gate is about, each item in its place: a menu counts them. An empty result stands
        for what cannot be had, and an item that comes twice is fetched once. Raises Delayed."""
        pictures = gate_pictures(generation, progress)
        wanted = dict.fromkeys(filter(None, pictures))
        if not wanted:
            return ()
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="imagine-"))
        items = tuple(Output(asset_id=asset_id) for asset_id in wanted)
        results = await self._fetching.fetch(
            replace(generation, outputs=items), Path(folder), patience=GATE_PATIENCE
        )
        had = {result.asset.id: result for result in results if result.asset is not None}
        return [had.get(one, Result()) for one in pictures]

    def _stands(self, generation: Generation) -> bool:
        """Whether an earlier process showed as much as a new one knows, and more: its bar, its position,
        the buttons of a gate. Not while a purchase is uncertain: if the message is gone nobody wants it
        bought again, and nothing but drawing it finds that out."""
        shown = generation.card.shown_revision == generation.revision and generation.id not in self._anew
        return shown and generation.fate is not Fate.UNCERTAIN

    def _spacing(self, *, lasting: bool) -> float:
        return FACT_SPACING if lasting else edit_spacing(len(self._edited_at))

    def _until_next_edit(self, generation_id: str, spacing: float) -> float:
        last = self._edited_at.get(generation_id)
        return 0.0 if last is None else spacing - (self._clock.now() - last).total_seconds()

    # -- the last word --------------------------------------------------------------------------------

    async def _settle(self, generation: Generation) -> float | None:
        share = self._files if generation.fate is Fate.SUCCEEDED else self._last_words
        async with self.apart(generation.id, share):
            return await self._say_last_word(generation)

    async def _say_last_word(self, generation: Generation) -> float | None:
        try:
            if is_refusal(generation):
                await self._delivery.withdraw(generation)
                await self._close(generation, CardState.SETTLED)
            else:
                await self._show_last_word(generation)
        except Delayed as error:
            return self._delay(generation.id, error)
        except Unshowable as error:
            await self._keep(generation, error)
        return None

    async def _show_last_word(self, generation: Generation) -> None:
        async with AsyncExitStack() as stack:
            results: list[Result] = []
            if generation.fate is Fate.SUCCEEDED:
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="imagine-"))
                try:
                    results = await self._all_made(generation, Path(folder))
                except Delayed:
                    await self._own_up(generation)
                    raise
            shown = await self._delivery.show(generation, None, results)
        missing = generation.fate is Fate.SUCCEEDED and not results
        await self._close(
            at_place(generation, shown),
            CardState.KEPT if missing else CardState.SETTLED,
            before=generation,
        )

    async def _own_up(self, generation: Generation) -> None:
        """Say once that it is made and cannot be fetched, while it is tried on: nobody waits before a bar. A
        private card without its token could only be a new message, which stays as it was sent."""
        late = any(map(self._fetching.is_late, jobs_of(generation))) and generation.id not in self._owned_up
        if not late or (generation.card.private and not generation.card.token_alive(self._clock.now())):
            return
        shown = await self._delivery.show(generation, None, ())
        self._owned_up.add(generation.id)
        await self._store.save_card(generation.card, at_place(generation, shown).card)

    async def _close(
        self, generation: Generation, state: CardState, *, before: Generation | None = None
    ) -> None:
        closed = generation.carded(state=state, shown_revision=generation.revision)
        if await self._store.save_card((before or generation).card, closed.card):
            self.closed(closed)
        self._forget(generation.card.id, generation)

    async def _keep(self, generation: Generation, error: Unshowable) -> None:
        log.warning("the card cannot be shown (%s): kept", error)
        removed = generation.card.removed or (remover(generation) if error.deleted else None)
        kept = generation.carded(state=CardState.KEPT, removed=removed)
        if await self._store.save_card(generation.card, kept.card):
            self.closed(kept)
        self._forget(generation.card.id, generation)
        for job in jobs_of(generation):
            for listener in self._listeners:
                listener(job.id)

    def _delay(self, generation_id: str, error: Delayed) -> float:
        failures = self._delays[generation_id] = self._delays.get(generation_id, 0) + 1
        wait = error.retry_after.total_seconds() if error.retry_after is not None else backoff(failures)
        log.warning("the card cannot be shown now (%s): again in %.1f s", error, wait)
        return wait

    def _forget(self, card_id: str, shown: Generation | None) -> None:
        for kept in (self._final, self._anew, self._owned_up):
            kept.discard(card_id)
        for known in (self._edited_at, self._shown, self._looked, self._delays):
            known.pop(card_id, None)
        self.turns.leave(card_id)
        for job in jobs_of(shown) if shown is not None else ():
            self._fetching.forget(job.id)

    # -- on demand -----------------------------------------------------------------------------------

    async def copy(self, generation: Generation) -> None:
        """Show a finished generation in the answer to an interaction, once. Nothing is recorded.

        generation: with the answer's place. Raises Delayed or Unshowable.
        """
        async with self._copies:
            await self._copy(generation)

    async def _copy(self, generation: Generation) -> None:
        with tempfile.TemporaryDirectory(prefix="imagine-") as folder:
            succeeded = generation.fate is Fate.SUCCEEDED
            try:
                results = await self._all_made(generation, Path(folder)) if succeeded else []
            finally:
                for job in jobs_of(generation):
                    self._fetching.forget(job.id)  # one try: patience is the card's, not a copy's
            await self._delivery.show_copy(generation, results)

    async def originals(self, generation: Generation) -> list[Original]:
        """Fresh links to everything that was made. Raises ScenarioError."""
        made = [job for job in jobs_of(generation) if job.outputs]
        return [original for job in made for original in await read_originals(self._studio, job)]
