"""The life of a generation on a bench: the real loops, service, catalogue and store over a fake outside."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from random import Random
from typing import Any

from bot.cards.loop import CardLoop
from bot.cards.ports import Delivery
from bot.catalogue import Catalogue
from bot.forms import Drafts, Forms
from bot.generation.fates import FateLoop
from bot.generation.holding import Holding
from bot.generation.model import Generation
from bot.generation.pacing import Patience
from bot.generation.ports import Acknowledged, Guard, Intake, Store, Studio
from bot.parts import Outside, tie
from bot.scenario.api.records import Ceilings
from bot.service.service import Policy, Service
from tests.support.clock import HeldClock
from tests.support.delivery import FakeDelivery
from tests.support.intake import FakeIntake
from tests.support.stores import a_store
from tests.support.studio import FakeStudio


class Process:
    """One process: everything that lives in memory, over a store and an outside that outlive it."""

    def __init__(
        self,
        store: Store,
        studio: Studio,
        delivery: Delivery,
        clock: HeldClock,
        *,
        policy: Policy | None = None,
        capacity: int | None = None,
        runs: int | None = None,
        daily_cu: float | None = None,
        guard: Guard | None = None,
        confirm_above: float | None = None,
        intake: Intake | None = None,
        patience: Patience | None = None,
        default_model: str | None = None,
        holding: Holding | None = None,
    ) -> None:
        self.told: list[str] = []
        self.catalogue = Catalogue(studio, clock, default_model=default_model)
        outside = Outside(
            store=store,
            studio=studio,
            delivery=delivery,
            intake=intake or FakeIntake(),
            catalogue=self.catalogue,
            clock=clock,
        )
        parts = tie(
            outside,
            policy or Policy(),
            patience=patience,
            ceilings=Ceilings(jobs=capacity, runs=runs),
            guard=replace(guard or Guard(member_cu_per_day=daily_cu), confirm_above=confirm_above),
            random=Random(1),
            told=self.told.append,
            # of a store that is opened, and not only looked at
            holding=holding or getattr(store, "holding", None),
        )
        self.board, self.queue, self.writer = parts.board, parts.queue, parts.writer
        self.admission, self.fates, self.cards = parts.admission, parts.fates, parts.cards
        self.service, self.others = parts.service, parts.others


class Bench:
    """One process on its store, and shorthands for a test's three moves: put, step, look."""

    def __init__(self, store: Store, **options: Any) -> None:
        self.clock = HeldClock()
        self.store = store
        self.studio = FakeStudio(self.clock)
        self.delivery = FakeDelivery()
        self.drafts: Drafts
        """Of the same database, where forms are a test's business."""
        self.options = options
        self.process = self.reborn()

    def reborn(self, **options: Any) -> Process:
        """A new process over the same store and the same outside."""
        self.options |= options
        self.process = Process(self.store, self.studio, self.delivery, self.clock, **self.options)
        return self.process

    @property
    def forms(self) -> Forms:
        return Forms(self.drafts, self.process.catalogue, self.clock)

    @property
    def fates(self) -> FateLoop:
        return self.process.fates

    @property
    def cards(self) -> CardLoop:
        return self.process.cards

    @property
    def service(self) -> Service:
        return self.process.service

    async def put(self, generation: Generation) -> Generation:
        """Put it on record as it stands, past every check of a move."""
        await self.store.record(generation, Guard())
        return generation

    async def get(self, generation_id: str = "1001") -> Generation:
        found = await self.store.get(generation_id)
        assert found is not None
        return found

    async def step(self, generation_id: str = "1001") -> float | None:
        """One step of the fate loop."""
        return await self.fates.step(generation_id)

    async def acknowledge(self) -> Acknowledged:
        return Acknowledged(message_id=70_000, ephemeral=False)


@asynccontextmanager
async def a_bench(**options: Any) -> AsyncGenerator[Bench]:
    async with a_store() as store:
        bench = Bench(store, **options)
        bench.drafts = store.drafts
        yield bench
