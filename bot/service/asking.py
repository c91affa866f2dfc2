"""To ask: a new request, or an earlier one again."""

import logging
from collections import deque
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from bot.actions.actions import built_on
from bot.cards.loop import CardLoop
from bot.catalogue import Catalogue, media
from bot.catalogue.tasks import Task, medium_of
from bot.clock import Clock
from bot.endings import ENDINGS
from bot.generation.card import Card, CardState
from bot.generation.fates import FateLoop
from bot.generation.group import divided
from bot.generation.member_files import FILE_CAP
from bot.generation.model import Fate, Generation
from bot.generation.ports import Store
from bot.refusals import AlreadyRecorded, FileTooLarge, NoSuchGeneration, NotAllowed, Refusal, Restarting
from bot.request.ask import Ask, InputFile, as_typed
from bot.request.prepare import Prepared, Preparer
from bot.service.caller import TOKEN_LIFE, Acknowledge, Caller, NotAcknowledged, Policy
from bot.service.porter import Porter
from bot.service.repeats import Presses
from bot.service.seeing import check_removed
from bot.vocabulary import Medium

log = logging.getLogger(__name__)


RUSH: Final = 1.0
"""Seconds, at most, for which a request waits to be brought forward, and a card to show its progress, while
others are to be acknowledged."""


class Asking:
    """Records what is asked for, and has it acknowledged. To buy it is the fate loop's."""

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        preparer: Preparer,
        fates: FateLoop,
        cards: CardLoop,
        clock: Clock,
        policy: Policy,
        presses: Presses,
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._preparer = preparer
        self._fates = fates
        self._cards = cards
        self._clock = clock
        self._policy = policy
        self._presses = presses
        self._porter = Porter(clock)
        self._closed = False
        self._unanswered = 0
        self._held: deque[tuple[float, Sequence[Generation]]] = deque()
        """What was acknowledged in a rush, with the moment from which on it goes on by itself."""

    def close(self) -> None:
        """Take no new requests: this process is about to end."""
        self._closed = True

    async def request(
        self,
        caller: Caller,
        ask: Ask,
        acknowledge: Acknowledge,
        *,
        task: Task = Task.IMAGINE,
        model_id: str | None = None,
        private: bool = False,
        spoiler: bool = False,
        parent_id: str | None = None,
        draft_id: str | None = None,
    ) -> Generation | None:
        """Check what memory can check, record, acknowledge, and let the fate loop spend.

        draft_id: the form that becomes this request.
        Returns the recorded generation, canceled where Discord did not take the acknowledgement, or None for
        a replayed interaction. Raises a Refusal before the acknowledgement, when nothing is on record and
        Discord is unanswered.
        """
        if self._closed:
            raise Restarting
        self._policy.check_served(caller.origin.guild_id, dm=caller.dm)
        await self._porter.admit()
        with self._counted():
            self._check_files(ask.files)
            prepared = self._preparer.from_memory(ask, model_id, task)
            jobs = self._jobs(caller, prepared, task, private=private, spoiler=spoiler, parent_id=parent_id)
            # what nobody knows the end of keeps its member from nothing
            guard = replace(self._policy.guard, let_go=self._fates.let_go)
            try:
                async with self._porter.desk():
                    await self._store.record(jobs[0], guard, siblings=jobs[1:], draft_id=draft_id)
            except (Refusal, AlreadyRecorded, *ENDINGS):
                raise
            except BaseException:
                self._give_up(jobs)  # the rows may be there, and the asker is told that they are not
                raise
            self._fates.line_up(jobs)
            return await self._acknowledge(jobs, acknowledge)

    @contextmanager
    def _counted(self) -> Generator[None]:
        """Discord waits for an answer to this one; the last one ends the rush."""
        self._unanswered += 1
        if self._unanswered == 1:
            self._cards.give_way(RUSH)
        try:
            yield
        finally:
            self._unanswered -= 1
            if not self._unanswered:
                self._cards.go_on()
                self._release()

    def _jobs(
        self,
        caller: Caller,
        prepared: Prepared,
        task: Task,
        *,
        private: bool,
        spoiler: bool,
        parent_id: str | None,
    ) -> Sequence[Generation]:
        """The request as it is recorded: as many generations as jobs, on one card."""
        now = self._clock.now()
        card = Card(
            id=caller.origin.interaction_id,
            origin=caller.origin,
            private=private,
            attachment_limit=caller.attachment_limit,
            channel_id=caller.origin.channel_id,
            token=caller.token,
            token_expires_at=now + TOKEN_LIFE,
        )
        beginning = built_on(prepared.ask)
        first = Generation(
            id=card.id,
            origin=caller.origin,
            on_card=card,
            command=task.value,
            medium=self._medium(prepared.model_id, task),
            spoiler=spoiler or any(given.spoiler for given in prepared.ask.files),
            parent_id=parent_id or beginning,
            built_on=beginning,
            model_id=prepared.model_id,
            model_name=prepared.model_name,
            ask=prepared.ask,
            inputs=prepared.inputs,
            created_at=now,
        )
        return divided(first, prepared.others)

    @staticmethod
    def _check_files(files: Sequence[InputFile]) -> None:
        for given in files:
            if given.size is not None and given.size > FILE_CAP:
                raise FileTooLarge(given.filename, given.size, FILE_CAP)

    def _medium(self, model_id: str, task: Task) -> Medium:
        """What will be made, as far as it is known: for the universal door the model says."""
        model = self._catalogue.get(model_id) if task in {Task.GENERATE, Task.WORKFLOW} else None
        made = media.medium_of(model) if model is not None else None
        return Medium(made or medium_of(task))

    async def _acknowledge(self, jobs: Sequence[Generation], acknowledge: Acknowledge) -> Generation | None:
        first = jobs[0]
        try:
            answer = await acknowledge()
        except NotAcknowledged as error:
            log.warning("not acknowledged (%s): nothing is bought until that is clear", error)
            if error.sure:
                return await self._drop(jobs)
            self._wake(jobs, after=1.0)  # it asks Discord
            return first
        except ENDINGS:
            raise
        except BaseException:
            self._wake(jobs, after=1.0)
            raise
        live = first.carded(
            state=CardState.LIVE,
            message_id=answer.message_id,
            # Discord may force a private answer where a public one was asked for
            private=answer.ephemeral or first.card.private,
        )
        try:
            saved = await self._store.save(first, live)
        except ENDINGS:
            raise
        except BaseException:
            # no error to the asker: Discord took it, and as soon as the disk does so again it goes on
            log.exception("Discord knows what our disk did not take")
            self._wake(jobs, after=1.0)
            return first
        if self._unanswered > 1:
            # the others are answered first: Discord waits three seconds for them, a picture has time
            now = self._clock.monotonic()
            while self._held and self._held[0][0] <= now:
                self._held.popleft()
            self._held.append((now + RUSH, jobs))
            self._wake(jobs, after=RUSH)
            self._cards.wake(first.card.id, after=RUSH)
        else:
            self._wake(jobs)
            self._cards.tell(first.card.id)
        return saved

    def _release(self) -> None:
        """The rush is over: what was acknowledged meanwhile goes on."""
        held, self._held = self._held, deque()
        for _, jobs in held:
            self._wake(jobs)
            self._cards.tell(jobs[0].card.id)

    def _wake(self, jobs: Sequence[Generation], *, after: float = 0.0) -> None:
        for job in jobs:
            self._fates.wake(job.id, after=after)

    async def _drop(self, jobs: Sequence[Generation]) -> Generation:
        """Discord did not take the acknowledgement: it is over, now or as soon as the disk takes that."""
        now = self._clock.now()
        first, *siblings = (replace(job, fate=Fate.CANCELED, finished_at=now) for job in jobs)
        dropped = first.carded(state=CardState.KEPT, token=None)
        try:
            await self._store.save(jobs[0], dropped, siblings=[*zip(jobs[1:], siblings, strict=True)])
        except ENDINGS:
            raise
        except BaseException:
            log.exception("a request that was never acknowledged could not be dropped yet")
            self._give_up(jobs)
        else:
            self._wake(jobs)
        return dropped

    def _give_up(self, jobs: Sequence[Generation]) -> None:
        for job in jobs:
            self._fates.drop(job.id)

    async def again(
        self, caller: Caller, parent_id: str, acknowledge: Acknowledge, *, private: bool
    ) -> Generation | None:
        """The same request with a new seed, for whoever asks. Raises a Refusal."""
        parent = await self._store.shown(parent_id)  # whoever can press sees the card
        if parent is None or (parent.card.private and parent.origin.owner_id != caller.origin.owner_id):
            raise NoSuchGeneration
        check_removed(parent, caller)
        async with self._presses.pressed((caller.id, f"again:{parent_id}")):
            return await self._repeat(caller, parent, acknowledge, private=private)

    async def resend(
        self, caller: Caller, refused: Generation, acknowledge: Acknowledge
    ) -> Generation | None:
        """The same request as it was, for its owner: of one that bought nothing. Raises a Refusal."""
        if refused.origin.owner_id != caller.id:
            raise NotAllowed(refused.origin.owner_id)
        async with self._presses.pressed((caller.id, f"resend:{refused.id}")):
            return await self.request(
                caller,
                as_typed(refused.ask),
                acknowledge,
                task=Task(refused.command),
                model_id=refused.model_id or None,
                private=refused.card.private,
                spoiler=refused.spoiler,
                parent_id=refused.parent_id,
            )

    async def _repeat(
        self, caller: Caller, parent: Generation, acknowledge: Acknowledge, *, private: bool
    ) -> Generation | None:
        return await self.request(
            caller,
            replace(as_typed(parent.ask), seed=None, full_of=None),
            acknowledge,
            task=Task(parent.command),
            model_id=parent.model_id or None,
            private=private,
            spoiler=parent.spoiler,
            parent_id=parent.id,
        )
