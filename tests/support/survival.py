"""Lives of generations through one process after another, with the ledger that holds them to account."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta

from bot.cards.ports import Unshowable
from bot.generation.card import CardState
from bot.generation.group import jobs_of
from bot.generation.model import Fate, Generation
from bot.generation.pacing import Patience
from bot.generation.ports import Acknowledged, Delayed, Store
from bot.refusals import Refusal
from bot.request.ask import Ask
from bot.scenario.api.records import JobState, Json
from bot.service.service import Actor, NotAcknowledged, Policy
from tests.support.bench import Process
from tests.support.builders import OWNER, a_caller
from tests.support.clock import HeldClock
from tests.support.delivery import FakeDelivery
from tests.support.mortal import Died, Life, MortalDelivery, MortalStore, MortalStudio
from tests.support.studio import FakeStudio

ME = Actor(id=OWNER, moderator=False)


class World:
    """What outlives a process, and the process that lives now."""

    def __init__(self, store: Store, first: int = 1001, *, policy: Policy | None = None) -> None:
        """first: the id of the first generation; others may share the store. policy: of every process."""
        self.store = store
        self._first = first
        self._policy = policy
        self.clock = HeldClock()
        self.studio = FakeStudio(self.clock)
        self.delivery = FakeDelivery()
        self.asked: list[str] = []
        self.deaths = 0
        self.life = Life()
        self.process = self._born()

    def _born(self) -> Process:
        self.life = Life()
        return Process(
            MortalStore(self.store, self.life),
            MortalStudio(self.studio, self.life),
            MortalDelivery(self.delivery, self.life),
            self.clock,
            policy=self._policy,
            capacity=2,
            patience=Patience(
                reconcile=timedelta(seconds=5), listing=timedelta(seconds=60), results=timedelta(seconds=4)
            ),
        )

    async def bury(self) -> None:
        """Where the process died, another one takes up what it left."""
        while self.life.dead:
            self.deaths += 1
            self.process = self._born()
            with suppress(Died):
                await self.process.fates.adopt()
                await self.process.cards.adopt()

    # -- what members do ------------------------------------------------------------------------------

    async def ask(self, *, acknowledged: bool | None = True, count: int | None = None) -> None:
        """acknowledged: None for a deferral whose answer is lost after Discord took it. count: pictures, of a
        model that makes one."""
        generation_id = str(self._first + len(self.asked))
        self.asked.append(generation_id)
        origin = a_caller(generation_id)
        life = self.life

        async def acknowledge() -> Acknowledged:
            life.cross()
            if acknowledged is False:
                raise NotAcknowledged("reset", sure=False)
            answer = Acknowledged(message_id=70_000, ephemeral=False)
            self.delivery.originals[generation_id] = answer
            life.cross()
            if acknowledged is None:
                raise NotAcknowledged("reset", sure=False)
            return answer

        with suppress(Died):
            ask = Ask(prompt=f"cat {generation_id}", count=count)
            await self.process.service.asking.request(origin, ask, acknowledge)
        await self.bury()

    async def cancel(self, generation: Generation) -> None:
        with suppress(Died, Refusal):
            await self.process.service.acting.cancel(generation.id, ME)
        await self.bury()

    async def delete(self, generation: Generation) -> None:
        with suppress(Died, Refusal, Delayed, Unshowable):
            await self.process.service.acting.delete(generation.id, ME)
        await self.bury()

    # -- time -----------------------------------------------------------------------------------------

    async def tick(self, seconds: float = 3.0) -> bool:
        """Both loops step everything once, side by side; then some time passes. False: all was over."""
        if not self.process.catalogue.loaded:
            with suppress(Died):
                await self.process.catalogue.refresh()
        rows = [row for row in await self.rows() if not over(row)]
        cards = dict.fromkeys(row.card.id for row in rows)
        ids = [row.id for row in rows]
        steps = [self.process.fates.step(id_) for id_ in ids]
        steps += [self.process.cards.step(id_) for id_ in cards]
        for outcome in await asyncio.gather(*steps, return_exceptions=True):
            if isinstance(outcome, BaseException) and not isinstance(outcome, Died):
                raise outcome
        await self.bury()
        self.clock.jump(seconds)
        return bool(ids)

    async def to_the_end(self) -> None:
        """Every trouble is over and every job ends: so must every generation."""
        self.life.left = None
        self.studio.forever.clear()
        self.studio.trouble.clear()
        self.delivery.trouble.clear()
        for _ in range(60):
            for job in list(self.studio.world.values()):
                if job.state is JobState.ACTIVE:
                    self.studio.finish(job.id)
            if not await self.tick(5.0):
                return
        raise AssertionError(
            [(row.id, row.fate, row.card_state) for row in await self.rows() if not over(row)]
        )

    async def rows(self) -> list[Generation]:
        found = [await self.store.shown(card_id) for card_id in self.asked]
        return [job for shown in found if shown is not None for job in jobs_of(shown)]

    # -- the account ----------------------------------------------------------------------------------

    def check_money(self) -> None:
        jobs = Counter(_sent(job.inputs) for job in self.studio.world.values())
        twice = {sent: count for sent, count in jobs.items() if count > 1}
        assert not twice, f"bought twice: {twice}"

    async def check_end(self) -> None:
        self.check_money()
        rows = await self.rows()
        held = {row.job_id for row in rows}
        for row in rows:
            assert row.fate.final
            assert row.card_state in {CardState.SETTLED, CardState.KEPT}
            if row.fate is Fate.SUCCEEDED and row.card_state is CardState.SETTLED:
                assert any(edit.files for edit in self.delivery.of(row.card.id))
        for job_id, job in self.studio.world.items():
            row = next(row for row in rows if _sent(row.inputs) == _sent(job.inputs))
            assert job_id in held or row.bought, f"{job_id} was paid for and nobody knows of it"


def _sent(inputs: Mapping[str, Json] | None) -> tuple[Json, ...]:
    """What tells one request's job from any other."""
    return tuple((inputs or {}).get(name) for name in ("prompt", "seed"))


def over(row: Generation) -> bool:
    return row.fate.final and row.card_state in {CardState.SETTLED, CardState.KEPT}
