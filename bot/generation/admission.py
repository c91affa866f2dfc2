"""The way of a request to the queue: check, hand files in, price, ask for a yes. Nothing here is paid.

Each step does one thing and writes what it learned, so that a death in between costs nothing but time.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from weakref import WeakValueDictionary

from bot.catalogue import Catalogue
from bot.catalogue.tasks import Task
from bot.generation import failures, learn
from bot.generation.failures import Failure, FailureKind
from bot.generation.fate_writer import FateWriter
from bot.generation.group import divided
from bot.generation.member_files import Supply
from bot.generation.model import Fate, Generation
from bot.generation.ports import Delayed, FileGone, Guard, NoPlace, NotAlone, Taught
from bot.generation.progress import CONFIRM, UNPRICED, Progress
from bot.pricing.charges import Told
from bot.pricing.prices import PriceBook
from bot.refusals import (
    InvalidInputs,
    LimitReached,
    ModelUnusable,
    NoDefaultModel,
    NoPromptHelp,
    UnknownModel,
)
from bot.request.ask import pending_files, with_assets
from bot.request.prepare import Preparer
from bot.scenario.api.errors import (
    BadInput,
    Busy,
    FileTooBig,
    Forbidden,
    Rejected,
    Unavailable,
    Unreachable,
)
from bot.scenario.api.prompting import names_help

CONFIRM_WITHIN: Final = timedelta(hours=1)
"""How long a price waits for somebody's yes."""
LONGEST_PAUSE: Final = timedelta(minutes=2)
"""However long Scenario asks to wait, one of us looks again after this: its limits are not only ours."""
FRESH: Final = timedelta(seconds=10)
"""A price that was told longer ago than this is asked for again before it is paid."""
_BUSY: Final = timedelta(seconds=5)


class Lack(StrEnum):
    """What keeps a request out of the queue."""

    SCHEMA = "schema"
    FILES = "files"
    PRICE = "price"
    """… or somebody's yes to it."""


class Admission:
    """Brings a requested generation forward until only a free place is missing."""

    def __init__(
        self,
        writer: FateWriter,
        catalogue: Catalogue,
        preparer: Preparer,
        prices: PriceBook,
        supply: Supply,
        *,
        guard: Guard | None = None,
    ) -> None:
        """
        guard: where it limits CU, nothing is paid before its price is reserved.
        """
        self._writer = writer
        self._catalogue = catalogue
        self._preparer = preparer
        self._prices = prices
        self._supply = supply
        self._guard = guard or Guard()
        self._told: dict[str, tuple[datetime, Told]] = {}
        self._waiting: set[str] = set()
        self._one_by_one = WeakValueDictionary[str, asyncio.Lock]()
        self.let_go: Callable[[], frozenset[str]] = frozenset
        """Generations of which nobody knows how they end: see `Guard`."""
        self.behind: Callable[[], None] = lambda: None
        """Hears that other processes have more under way than was known."""
        writer.on_over(self._forget)

    def holds_place(self, generation: Generation) -> bool:
        """Whether it stands in the queue by its age: nothing that may take long is missing."""
        if generation.inputs is None or pending_files(generation.inputs):
            return False
        return not self.wants_yes(generation)

    def is_ready(self, generation: Generation) -> bool:
        """Whether nothing but a free place keeps this one from being submitted."""
        _, told = self._told.get(generation.id, (None, None))
        unpriced = told is not None and told.cu is None
        return (generation.price is not None or unpriced) and self.holds_place(generation)

    def is_fresh(self, generation: Generation) -> bool:
        """Whether its price was asked for just now, for this request alone and since any yes."""
        at, _ = self._told.get(generation.id, (None, None))
        return at is not None and self._writer.clock.now() - at < FRESH

    def wants_yes(self, generation: Generation) -> bool:
        """Whether its request's price is so high, or has risen so much, that somebody must say yes first; or
        whether its words stand for so much."""
        return self._must_ask(generation) and (
            generation.price is not None or generation.asked_at is not None  # else it was not priced yet
        )

    def _must_ask(self, generation: Generation) -> bool:
        """Words that stand for several prompts always want a yes: a brace is typed by mistake sooner than a
        number."""
        price, above = generation.group_price, self._guard.confirm_above
        if above is None or (generation.confirmed_by is not None and not generation.risen):
            return False
        return generation.permuted or generation.risen or (price is not None and price > above)

    def put_off(self) -> set[str]:
        """Ids of those whose price or charge has to be waited for."""
        return self._waiting | self._writer.lacking("price") | self._writer.lacking("busy")

    def waiting(self) -> list[str]:
        """Those who wait for another's charge; from now on they no longer do."""
        waiting, self._waiting = list(self._waiting), set()
        return waiting

    def lack(self, generation: Generation) -> "Lack":
        """What its next step is about."""
        if generation.inputs is None:
            return Lack.SCHEMA
        return Lack.FILES if pending_files(generation.inputs) else Lack.PRICE

    async def step(self, generation: Generation) -> float | None:
        """One step of one that is not ready. Seconds until the next look, None for: only when woken."""
        lack = self.lack(generation)
        if lack is Lack.SCHEMA:
            return await self._prepare(generation)
        if lack is Lack.FILES:
            return await self._bring_files(generation)
        if self.wants_yes(generation):
            return await self._wait_for_yes(generation)
        return await self.price(generation)

    async def _prepare(self, generation: Generation) -> float | None:
        """Read what was not in memory when the member asked, and check against it."""
        try:
            prepared = await self._preparer.by_reading(
                generation.ask, generation.model_id or None, Task(generation.command)
            )
        except NoDefaultModel:
            return await self._writer.end(generation, failures.NoModel())
        except NoPromptHelp:
            return await self._writer.end(generation, failures.NotFound())
        except UnknownModel:
            return await self._end_without_model(generation, failures.NotFound())
        except ModelUnusable as error:
            unusable = failures.Unusable(model_name=error.name, fault=error.fault, detail=error.detail)
            return await self._writer.end(generation, unusable)
        except InvalidInputs as error:
            refused = failures.Refused(model_name=error.model_name, problems=error.problems)
            return await self._writer.end(generation, refused)
        except Rejected as error:
            return await self._end_without_model(generation, learn.failure_of(error))
        except (Unavailable, Unreachable, Busy) as error:
            return await self._writer.wait_out(generation, error.reason)
        if prepared.inputs is None:
            if isinstance(self._catalogue.trouble, Rejected):
                return await self._writer.end(generation, learn.failure_of(self._catalogue.trouble))
            return await self._writer.wait_out(generation, "")
        self._writer.is_over("unreachable", generation.id)
        ready = replace(
            generation,
            ask=prepared.ask,
            inputs=prepared.inputs,
            model_id=prepared.model_id,
            model_name=prepared.model_name,
        )
        first, *others = divided(ready, prepared.others)
        if not others:
            await self._writer.save(generation, first)
            return 0.0
        # it stands in the queue already; whether its member may have so many at once nobody could tell before
        guard = replace(self._guard, queue=None, let_go=self.let_go())
        try:
            await self._writer.divide(generation, first, others, guard)
        except LimitReached as full:
            used, allowed = max(0, int(full.used) - 1), int(full.allowed)  # it counts itself
            no_room = failures.NoRoom(jobs=1 + len(others), used=used, allowed=allowed)
            return await self._writer.end(generation, no_room)
        return 0.0

    def failure_of(self, error: Rejected, generation: Generation) -> Failure:
        """A definite no to a price or a purchase. Of an endpoint that is not there it is said once."""
        failure = learn.failure_of(error, model_id=generation.model_id)
        absent = isinstance(failure, failures.NotFound) and failure.about is None
        if names_help(generation.model_id) and (absent or isinstance(error, Forbidden)):
            self._catalogue.withdraw(generation.model_id)
        return failure

    async def _end_without_model(self, generation: Generation, failure: Failure) -> float | None:
        """The model could not be read. One that the operator chose is not the member's mistake."""
        if failure.kind is FailureKind.NOT_FOUND and self._catalogue.is_operators(generation.model_id):
            failure = failures.NoModel(model_id=generation.model_id)
        return await self._writer.end(generation, failure)

    async def _bring_files(self, generation: Generation) -> float | None:
        """Hand in what the member gave. It costs no CU, and a file that was handed in is not sent twice. The
        jobs of one request have the same files, brought once."""
        return await self._once(generation, self._bring, lambda one: not pending_files(one.inputs or {}))

    async def _once(
        self,
        generation: Generation,
        step: Callable[[Generation], Awaitable[float | None]],
        done: Callable[[Generation], bool],
    ) -> float | None:
        """A step that one job takes for all of its request. done: whether another one took it meanwhile."""
        place = generation.membership
        if place is None:
            return await step(generation)
        async with self._one_by_one.setdefault(place.group_id, asyncio.Lock()):
            standing = await self._writer.store.get(generation.id)
            if standing is None or standing.fate is not Fate.REQUESTED or done(standing):
                return 0.0
            return await step(standing)

    async def _bring(self, generation: Generation) -> float | None:
        self._writer.report(generation, Progress(phase="uploading"))
        try:
            assets = await self._supply.bring(generation)
        except FileGone:
            return await self._writer.end(generation, failures.Simple(kind=FailureKind.FILE_LOST))
        except FileTooBig:
            return await self._writer.end(generation, failures.Simple(kind=FailureKind.FILE_REFUSED))
        except Delayed:
            return await self._wait_for_file(generation)
        except BadInput as error:
            return await self._writer.end(
                generation, failures.Simple(kind=FailureKind.FILE_REFUSED, reason=error.reason or None)
            )
        except Rejected as error:
            return await self._writer.end(generation, learn.failure_of(error))
        except (Unavailable, Unreachable, Busy) as error:
            return await self._writer.wait_out(generation, error.reason)
        self._writer.is_over("unreachable", generation.id)
        self._writer.is_over("file", generation.id)
        # Discord's links expire, so whoever repeats this request starts from the assets
        files = tuple(
            replace(given, asset_id=assets.get(number, given.asset_id))
            for number, given in enumerate(generation.ask.files)
        )
        moves = [
            (
                job,
                replace(job, ask=replace(job.ask, files=files), inputs=with_assets(job.inputs or {}, assets)),
            )
            for job in (generation, *await self._writer.together(generation))
        ]
        await self._writer.save(*moves[0], siblings=moves[1:])
        return 0.0

    async def _wait_for_file(self, generation: Generation) -> float | None:
        """It is Discord that does not give the file, and not Scenario that is out of reach."""
        out_for = self._writer.how_long("file", generation.id)
        if out_for > self._writer.patience.outage:
            return await self._writer.end(generation, failures.Simple(kind=FailureKind.FILE_LOST))
        return min(15.0, max(2.0, out_for.total_seconds() / 4))

    async def price(self, generation: Generation) -> float | None:
        """Ask what it costs and reserve that; as `step`. A price never falls by this: what was agreed stays
        reserved until the charge is known. The jobs of one request have one price, asked for once."""
        return await self._once(generation, self._price, self.is_fresh)

    async def _price(self, generation: Generation) -> float | None:
        if not self._guard.hangs_on_price:
            self._heard(Told(), generation, *await self._writer.together(generation))
            return 0.0  # a dry run would cost a request and the time that it takes, and decide nothing
        dearest = await self._dearest(generation)
        assert dearest.inputs is not None
        try:
            told = await self._prices.ask(dearest.model_id, dearest.inputs)
        except Rejected as error:
            failure = self.failure_of(error, generation)
            if not (generation.permuted and failure.kind is FailureKind.BAD_INPUT):
                return await self._writer.end(generation, failure)
            await self._writer.end(dearest, failure, alone=True)  # of the others' words nothing was said
            return 0.0
        except Busy as error:
            wait = min(error.retry_after or _BUSY, LONGEST_PAUSE)
            self._writer.how_long("busy", generation.id)
            self._writer.is_over("price", generation.id)  # whoever is busy is in reach
            self._writer.report(generation, await self._writer.waits.in_queue(generation))
            return wait.total_seconds()
        except (Unavailable, Unreachable) as error:
            return await self._writer.wait_out(generation, error.reason, what="price")
        self._writer.is_over("price", generation.id)
        self._writer.is_over("busy", generation.id)
        others = await self._writer.together(generation)
        if told.cu is None and self._must_ask(generation) and generation.asked_at is None:
            now = self._writer.clock.now()
            moves = [(job, replace(job, asked_at=now)) for job in (generation, *others)]
            await self._writer.save(*moves[0], siblings=moves[1:])
            return 0.0
        if told.cu is None or (generation.price is not None and told.cu <= generation.price):
            self._heard(told, generation, *others)
            return 0.0
        moves = [(job, self._priced(job, told.cu)) for job in (generation, *others)]
        try:
            reserved = await self._writer.reserve(*moves[0], self._guard, siblings=moves[1:])
        except LimitReached as full:
            return await self._over(generation, full, told.cu * len(moves))
        if reserved is not None:
            self._heard(told, *(priced for _, priced in moves))
        return 0.0

    async def _dearest(self, generation: Generation) -> Generation:
        """The job of its request whose price is asked for. They are alike but for their words; where
        these cost something, more of them cost more."""
        if not generation.permuted:
            return generation
        jobs = (generation, *await self._writer.together(generation))
        return max(jobs, key=lambda job: len(job.ask.prompt))

    def _heard(self, told: Told, *jobs: Generation) -> None:
        """What the price was told to be just now, for those that have at least as much reserved."""
        for job in jobs:
            if told.cu is None or (job.price is not None and told.cu <= job.price):
                self._told[job.id] = (self._writer.clock.now(), told)

    def _priced(self, generation: Generation, price: float) -> Generation:
        """With this price. Where it rose beyond what was agreed, nobody has said yes to it; where that is
        needed, it is asked for from now on."""
        agreed = generation.agreed if generation.agreed is not None else generation.price
        priced = replace(generation, price=price, agreed=price if agreed is None else agreed)
        if priced.risen:
            priced = replace(priced, confirmed_by=None)
        return replace(priced, asked_at=self._writer.clock.now()) if self.wants_yes(priced) else priced

    async def begin(
        self, generation: Generation, sending: Generation, *, let_go: frozenset[str] = frozenset()
    ) -> Generation | None:
        """Write down that it is being bought, `sending`, if the limits still allow that; else None.

        let_go: see `Guard`.
        """
        _, told = self._told[generation.id]  # `is_fresh`, a moment ago
        try:
            alone = None if told.sure else told.by
            ceiling = self._writer.queue.ceiling(generation, self._writer.clock.now())
            guard = replace(self._guard, let_go=let_go, ceiling=ceiling)
            return await self._writer.reserve(generation, sending, guard, alone=alone)
        except LimitReached as full:
            await self._over(generation, full, generation.price)
        except Taught:
            self._told.pop(generation.id, None)  # ask again, at once
        except NoPlace as taken:
            now = self._writer.clock.now()
            self._writer.queue.taken(generation, now, of_member=taken.of_member)
            self.behind()
        except NotAlone:
            self._told.pop(generation.id, None)
            self._waiting.add(generation.id)
            self._writer.queue.leave(generation)
            self._writer.report(generation, Progress(phase=UNPRICED))
        return None

    def waits_for_charge(self, generation: Generation) -> bool:
        """Whether the purchase before it will tell what it costs."""
        return generation.id in self._waiting

    async def _over(self, generation: Generation, full: LimitReached, price: float | None) -> None:
        over = failures.OverBudget(
            limit=full.limit, price=price, spent=full.used, allowed=full.allowed, until=full.until
        )
        await self._writer.end(generation, over)

    def _forget(self, generation_id: str) -> None:
        self._told.pop(generation_id, None)
        self._waiting.discard(generation_id)

    async def _wait_for_yes(self, generation: Generation) -> float | None:
        self._told.pop(generation.id, None)  # whatever was told is old when the yes comes
        asked_at = generation.asked_at or generation.created_at
        left = CONFIRM_WITHIN - (self._writer.clock.now() - asked_at)
        if left <= timedelta(0):
            return await self._writer.end(generation, failures.NotConfirmed(price=generation.group_price))
        self._writer.report(generation, Progress(phase=CONFIRM))
        return left.total_seconds()
