"""To act on a card: cancel, say yes to a price, answer a gate, delete."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from bot.cards.loop import CardLoop
from bot.cards.ports import Delivery, Unshowable
from bot.clock import Clock
from bot.generation.card import CardState, Removal
from bot.generation.fates import FateLoop
from bot.generation.group import jobs_of
from bot.generation.model import Fate, GateAnswer, Generation
from bot.generation.ports import Store
from bot.generation.progress import ProgressBoard, run_of
from bot.refusals import (
    AlreadyAsked,
    CannotCancel,
    NoSuchGeneration,
    NotAllowed,
    PriceMoved,
    ScenarioSilent,
    TooLate,
)
from bot.scenario.api.errors import Rejected, ScenarioError
from bot.scenario.api.records import JobState
from bot.service.caller import Actor
from bot.workflow_gates.gatekeeper import Gatekeeper

log = logging.getLogger(__name__)


class Acting:
    """What its owner and moderators may do with a card."""

    def __init__(
        self,
        store: Store,
        delivery: Delivery,
        fates: FateLoop,
        cards: CardLoop,
        gatekeeper: Gatekeeper,
        board: ProgressBoard,
        clock: Clock,
    ) -> None:
        self._store = store
        self._delivery = delivery
        self._fates = fates
        self._cards = cards
        self._gatekeeper = gatekeeper
        self._board = board
        self._clock = clock
        self._keeping = asyncio.Lock()

    async def cancel(self, card_id: str, actor: Actor) -> Generation:
        """Stop it if that can be done. Raises NotAllowed, TooLate, CannotCancel, ScenarioSilent.

        A job whose paid POST is under way is canceled as soon as it is known. Of several jobs each is stopped
        that can be, and it raises only if none can.
        """
        stopped, refused, shown = 0, None, await self._own(card_id, actor)
        if shown.fate.final:
            raise TooLate
        while (
            moved := await self._cancel_waiting(shown, actor)
        ) is None:  # one was submitted this very moment
            shown = await self._own(card_id, actor)
        stopped += moved
        for job in jobs_of(shown):
            if job.fate.final or job.fate is Fate.REQUESTED:
                continue
            try:
                await self._cancel_bought(job, actor)
                stopped += 1
            except (TooLate, CannotCancel, ScenarioSilent) as error:
                refused = error
        for job in jobs_of(shown):
            self._fates.wake(job.id)
        self._cards.tell(card_id)
        if not stopped:
            raise refused or TooLate
        return await self._store.shown(card_id) or shown

    async def _cancel_waiting(self, shown: Generation, actor: Actor) -> int | None:
        """End what is not bought yet, all or nothing. How many; None where one had moved on."""
        waiting = [job for job in jobs_of(shown) if job.fate is Fate.REQUESTED]
        if not waiting:
            return 0
        ended = {"fate": Fate.CANCELED, "finished_at": self._clock.now(), "canceled_by": actor.id}
        first, *rest = [(job, replace(job, **ended, price=None)) for job in waiting]
        saved = await self._store.save(*first, siblings=rest)
        return None if saved is None else len(waiting)

    async def _cancel_bought(self, job: Generation, actor: Actor) -> None:
        """Stop one whose job is known, or as soon as it is. Raises what `cancel` does."""
        while job.fate is not Fate.RUNNING or job.job_id is None:
            if job.fate.final:
                raise TooLate
            if job.fate is Fate.REQUESTED:  # proven not to be bought, this very moment
                canceled = replace(job, fate=Fate.CANCELED, finished_at=self._clock.now(), price=None)
                wanted = replace(canceled, canceled_by=actor.id)
            else:
                wanted = replace(job, canceled_by=actor.id)
            if await self._store.save(job, wanted) is not None:
                return
            job = await self._store.get(job.id) or job
        await self._cancel_job(job)

    async def _cancel_job(self, generation: Generation) -> None:
        try:
            run = run_of(generation, self._board.get(generation.id))
            ended = await self._gatekeeper.end(run) if run is not None else None
            job = ended or await self._fates.cancel(generation)
        except Rejected as error:
            log.info("job %s is not canceled: %s", generation.job_id, error)
            released, progress = self._fates.release(generation.id), self._board.get(generation.id)
            raise CannotCancel(word=progress.phase if released and progress else None) from error
        except ScenarioError as error:
            raise ScenarioSilent from error
        if job.state in {JobState.SUCCEEDED, JobState.FAILED}:
            self._fates.wake(generation.id)
            raise TooLate

    async def confirm(self, generation_id: str, actor: Actor, price: str | None = None) -> Generation:
        """Say yes to the price. Raises NoSuchGeneration, NotAllowed, TooLate, PriceMoved.

        price: the one that stood on the card, as `price_name` names it; None on the first question.
        """
        generation = await self._own(generation_id, actor)
        if generation.fate is not Fate.REQUESTED:
            raise TooLate
        if generation.confirmed_by is not None:
            raise AlreadyAsked
        if generation.risen if price is None else price != price_name(generation):
            raise PriceMoved
        first, *rest = [
            (job, replace(job, confirmed_by=actor.id, agreed=job.price))
            for job in jobs_of(generation)
            if job.fate is Fate.REQUESTED
        ]
        saved = await self._store.save(*first, siblings=rest)
        if saved is None:
            raise TooLate
        for job, _ in (first, *rest):
            self._fates.wake(job.id)
        return saved

    async def answer_gate(
        self, generation_id: str, number: int, actor: Actor, *, picks: Sequence[int] | None, yes: bool = True
    ) -> None:
        """Answer the workflow's gate that is node `number`: choose `picks` (from 0), or approve; a no ends
        the run. Raises NoSuchGeneration, NotAllowed, TooLate, GateRefused, ScenarioSilent."""
        generation = await self._own(generation_id, actor)
        run = run_of(generation, self._board.get(generation.id))
        if run is None:
            raise TooLate
        gate = await self._gatekeeper.answer(run, number, picks=picks, yes=yes)
        answer = GateAnswer(
            node_id=gate.node_id,
            name=gate.name,
            choosing=gate.choosing,
            yes=yes,
            picks=tuple(pick + 1 for pick in picks or ()) if yes and gate.choosing else (),
            by=actor.id,
        )
        try:
            await self._keep_answer(generation, answer)
        finally:
            self._fates.wake(generation_id)

    async def _keep_answer(self, generation: Generation, answer: GateAnswer) -> None:
        """Write down what Scenario took. The run goes on meanwhile, and may be over by now; another of its
        gates may have been answered since it was read: one after the other, none is lost."""
        async with self._keeping:
            generation = await self._store.get(generation.id) or generation
            while True:
                kept = replace(generation, gate_answers=(*generation.gate_answers, answer))
                if await self._store.save(generation, kept) is not None:
                    return
                standing = await self._store.get(generation.id)
                if standing is None or standing == generation:
                    log.warning("job %s: what was answered at its gate is not on record", generation.job_id)
                    return
                generation = standing

    async def deletable(self, generation_id: str, actor: Actor) -> Generation:
        """The generation, if this actor may delete its card now. Raises NotAllowed, NoSuchGeneration."""
        return await self._own(generation_id, actor)

    async def delete(self, generation_id: str, actor: Actor) -> Removal:
        """Delete the card's message; what was made stays on record, and so does whose word that was, which is
        returned.

        Raises NotAllowed, NoSuchGeneration, Unshowable, Delayed.
        """
        generation = await self._own(generation_id, actor)
        try:
            await self._delivery.erase(generation)
        except Unshowable as error:
            if not error.deleted:
                raise
        by = Removal.OWNER if actor.id == generation.origin.owner_id else Removal.MODERATOR
        removed = (
            generation.card.removed or by
        )  # an earlier word stays: nobody's Delete makes it a lesser one
        standing: Generation | None = generation
        while standing is not None:
            # the card loop may write in between; the message is gone whatever it wrote
            gone = standing.carded(state=CardState.KEPT, removed=removed)
            if await self._store.save_card(standing.card, gone.card):
                break
            standing = await self._store.shown(generation_id)
            if standing is not None and standing.card.message_id != generation.card.message_id:
                break  # it has another message by now
        return removed

    async def _own(self, generation_id: str, actor: Actor) -> Generation:
        generation = await self._store.shown(generation_id)
        if generation is None:
            raise NoSuchGeneration
        if actor.id != generation.origin.owner_id and not actor.moderator:
            raise NotAllowed(generation.origin.owner_id)
        return generation


def price_name(generation: Generation) -> str:
    """A price as a button carries it, which says yes to that one only."""
    return f"{generation.price or 0.0:.15g}"
