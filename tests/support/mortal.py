"""A process that can die between any two awaits that reach out of it.

Every call to the store, to Scenario and to Discord crosses a seam before and after its effect. At the chosen
crossing the process dies: that call and every later one of the same process raise `Died`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from bot.cards.ports import Bucket, Delivery, Result, Shown
from bot.generation.card import Card
from bot.generation.model import Generation
from bot.generation.ports import Acknowledged, Store, Studio
from bot.generation.progress import Progress
from bot.scenario.api.jobs import JOBS_PAGE
from bot.scenario.api.records import Asset, Ceilings, File, Inputs, Job, Model, Price, Status, Submission
from tests.support.faulty import FaultyStore

T = TypeVar("T")


class Died(BaseException):
    """The process is no more. Nothing catches this, as nothing catches SIGKILL."""


class Life:
    """How many crossings a process has left; None: it lives on."""

    def __init__(self, left: int | None = None) -> None:
        self.left = left
        self.crossed = 0
        self.dead = False

    def cross(self) -> None:
        if self.left is not None and self.left <= 0:
            self.dead = True
        if self.dead:
            raise Died
        self.crossed += 1
        if self.left is not None:
            self.left -= 1

    async def around(self, effect: Callable[[], Awaitable[T]]) -> T:
        self.cross()
        try:
            answer = await effect()
        finally:
            self.cross()
        return answer


class MortalStore(FaultyStore):
    def __init__(self, inner: Store, life: Life) -> None:
        super().__init__(inner)
        self._life = life

    def before(self, method: str) -> None:
        super().before(method)
        self._life.cross()

    def after(self, method: str, answer: T) -> T:
        self._life.cross()
        return super().after(method, answer)


class MortalStudio:
    """The port `Studio` of one process, over the Scenario that outlives it."""

    def __init__(self, inner: Studio, life: Life) -> None:
        self._inner = inner
        self._life = life

    async def model(self, model_id: str) -> Model:
        return await self._life.around(lambda: self._inner.model(model_id))

    async def models(self, *, privacy: str) -> AsyncIterator[Model]:
        self._life.cross()
        async for model in self._inner.models(privacy=privacy):
            yield model

    async def workflows(self) -> AsyncIterator[Model]:
        self._life.cross()
        async for model in self._inner.workflows():
            yield model

    async def price(self, model_id: str, inputs: Inputs) -> Price | None:
        return await self._life.around(lambda: self._inner.price(model_id, inputs))

    async def submit(
        self, model_id: str, inputs: Inputs, *, still: Callable[[], bool] = lambda: True
    ) -> Submission:
        return await self._life.around(lambda: self._inner.submit(model_id, inputs, still=still))

    async def job(self, job_id: str) -> Job:
        return await self._life.around(lambda: self._inner.job(job_id))

    async def jobs(self, *, created_after: datetime) -> AsyncIterator[Job]:
        self._life.cross()
        async for job in self._inner.jobs(created_after=created_after):
            yield job
            self._life.cross()

    async def listed(
        self,
        status: Status,
        wanted: Callable[[str], bool],
        *,
        updated_after: datetime | None = None,
        page: int = JOBS_PAGE,
    ) -> AsyncIterator[Job]:
        self._life.cross()
        async for job in self._inner.listed(status, wanted, updated_after=updated_after, page=page):
            yield job

    async def cancel(self, job_id: str) -> Job:
        return await self._life.around(lambda: self._inner.cancel(job_id))

    def expect(self, asset_ids: Collection[str], *, within: float = 0.0) -> None:
        self._inner.expect(asset_ids, within=within)

    async def assets(self, asset_ids: Sequence[str]) -> Sequence[Asset]:
        return await self._life.around(lambda: self._inner.assets(asset_ids))

    async def fetch(self, url: str, into: Path, *, cap: int) -> File:
        return await self._life.around(lambda: self._inner.fetch(url, into, cap=cap))

    async def ceilings(self) -> Ceilings:
        return await self._life.around(self._inner.ceilings)

    async def upload(self, file: File, *, name: str) -> str:
        return await self._life.around(lambda: self._inner.upload(file, name=name))

    async def original(self, asset_id: str) -> str:
        return await self._life.around(lambda: self._inner.original(asset_id))

    async def approve(self, workflow_id: str, job_id: str, node_id: str, *, yes: bool) -> None:
        await self._life.around(lambda: self._inner.approve(workflow_id, job_id, node_id, yes=yes))

    async def choose(self, workflow_id: str, job_id: str, node_id: str, picks: Sequence[int]) -> None:
        await self._life.around(lambda: self._inner.choose(workflow_id, job_id, node_id, picks))


class MortalDelivery:
    """The port `Delivery` of one process, over the Discord that outlives it."""

    def __init__(self, inner: Delivery, life: Life) -> None:
        self._inner = inner
        self._life = life

    async def find_original(self, card: Card) -> Acknowledged | None:
        return await self._life.around(lambda: self._inner.find_original(card))

    async def show(
        self, generation: Generation, progress: Progress | None, results: Sequence[Result]
    ) -> Shown:
        return await self._life.around(lambda: self._inner.show(generation, progress, results))

    def bucket(self, generation: Generation) -> Bucket:
        return self._inner.bucket(generation)

    async def show_copy(self, generation: Generation, results: Sequence[Result]) -> None:
        await self._life.around(lambda: self._inner.show_copy(generation, results))

    async def stands(self, generation: Generation) -> bool:
        return await self._life.around(lambda: self._inner.stands(generation))

    async def reaches(self, generation: Generation) -> bool:
        return await self._life.around(lambda: self._inner.reaches(generation))

    async def withdraw(self, generation: Generation) -> None:
        await self._life.around(lambda: self._inner.withdraw(generation))

    async def erase(self, generation: Generation) -> None:
        await self._life.around(lambda: self._inner.erase(generation))
