"""The way of a request to the line: check, hand files in, price, ask for a yes. Nothing here is paid.

Each step does one thing and writes what it learnt, so that a death in between costs nothing but time.
"""

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final

from bot.catalogue import Catalogue
from bot.catalogue.tasks import Task
from bot.generation import learn
from bot.generation.books import Books
from bot.generation.budget import DAY, room_at, used
from bot.generation.errors import InvalidInputs, ModelUnusable, NoDefaultModel, UnknownModel
from bot.generation.model import Failure, FailureKind, Generation, pending_files, with_assets
from bot.generation.ports import Delayed, FileGone
from bot.generation.prepare import Preparer
from bot.generation.prices import PriceBook
from bot.generation.progress import CONFIRM, Progress
from bot.generation.supply import Supply
from bot.scenario.errors import BadInput, Busy, FileTooBig, Rejected, Unavailable, Unreachable
from bot.scenario.records import Json

CONFIRM_WITHIN: Final = timedelta(hours=1)
"""How long a price waits for somebody's yes."""
LONGEST_PAUSE: Final = timedelta(minutes=2)
"""However long Scenario asks to wait, one of us looks again after this: its limits are not only ours."""
_BUSY: Final = timedelta(seconds=5)


class Admission:
    """Brings a requested generation forward until only a free place is missing."""

    def __init__(
        self,
        books: Books,
        catalogue: Catalogue,
        preparer: Preparer,
        prices: PriceBook,
        supply: Supply,
        *,
        daily_cu: float | None = None,
        confirm_above: float | None = None,
    ) -> None:
        """
        daily_cu: a member's CU in 24 hours; where set, nothing is paid before its price is known.
        confirm_above: CU above which somebody must say yes first.
        """
        self._books = books
        self._catalogue = catalogue
        self._preparer = preparer
        self._prices = prices
        self._supply = supply
        self._daily_cu = daily_cu
        self._confirm_above = confirm_above
        self._budget = asyncio.Lock()
        self._unpriced: set[str] = set()
        books.on_over(self._unpriced.discard)

    def holds_place(self, generation: Generation) -> bool:
        """Whether it stands in line by its age: nothing that may take long is missing."""
        if generation.inputs is None or pending_files(generation.inputs):
            return False
        return not self.wants_yes(generation)

    def is_ready(self, generation: Generation) -> bool:
        """Whether nothing but a free place keeps this one from being submitted."""
        priced = generation.price is not None or generation.id in self._unpriced
        return priced and self.holds_place(generation)

    def wants_yes(self, generation: Generation) -> bool:
        """Whether the price is high enough that somebody must say yes first."""
        if self._confirm_above is None or generation.price is None or generation.confirmed_by is not None:
            return False
        return generation.price > self._confirm_above

    async def step(self, generation: Generation) -> float | None:
        """One step of one that is not ready. Seconds until the next look, None for: only when woken."""
        if generation.inputs is None:
            return await self._prepare(generation)
        if pending_files(generation.inputs):
            return await self._bring_files(generation)
        if self.wants_yes(generation):
            return await self._wait_for_yes(generation)
        return await self._price(generation)

    async def _prepare(self, generation: Generation) -> float | None:
        """Read what was not in memory when the member asked, and check against it."""
        try:
            prepared = await self._preparer.by_reading(
                generation.ask, generation.model_id or None, Task(generation.command)
            )
        except NoDefaultModel:
            return await self._books.end(generation, Failure(kind=FailureKind.NO_MODEL))
        except UnknownModel:
            return await self._end_without_model(generation, Failure(kind=FailureKind.NOT_FOUND))
        except ModelUnusable as error:
            return await self._books.end(generation, learn.unusable(error.name, error.fault, error.detail))
        except InvalidInputs as error:
            return await self._books.end(generation, learn.refused(error.model_name, error.problems))
        except Rejected as error:
            return await self._end_without_model(generation, learn.failure_of(error))
        except (Unavailable, Unreachable, Busy) as error:
            return await self._books.wait_out(generation, error.reason)
        if prepared.inputs is None:
            if isinstance(self._catalogue.trouble, Rejected):
                return await self._books.end(generation, learn.failure_of(self._catalogue.trouble))
            return await self._books.wait_out(generation, "")
        self._books.is_over("unreachable", generation.id)
        ready = replace(
            generation,
            ask=prepared.ask,
            inputs=prepared.inputs,
            model_id=prepared.model_id,
            model_name=prepared.model_name,
        )
        await self._books.save(generation, ready)
        return 0.0

    async def _end_without_model(self, generation: Generation, failure: Failure) -> float | None:
        """The model could not be read. One that the operator chose is not the member's mistake."""
        if failure.kind is FailureKind.NOT_FOUND and self._catalogue.is_operators(generation.model_id):
            failure = Failure(kind=FailureKind.NO_MODEL, facts={"model": generation.model_id})
        return await self._books.end(generation, failure)

    async def _bring_files(self, generation: Generation) -> float | None:
        """Hand in what the member gave. It costs no CU, and a file that was handed in is not sent twice."""
        self._books.report(generation.id, Progress(phase="uploading"))
        try:
            assets = await self._supply.bring(generation)
        except FileGone:
            return await self._books.end(generation, Failure(kind=FailureKind.FILE_LOST))
        except FileTooBig:
            return await self._books.end(generation, Failure(kind=FailureKind.FILE_REFUSED))
        except Delayed:
            return await self._wait_for_file(generation)
        except BadInput as error:
            return await self._books.end(
                generation, Failure(kind=FailureKind.FILE_REFUSED, reason=error.reason or None)
            )
        except Rejected as error:
            return await self._books.end(generation, learn.failure_of(error))
        except (Unavailable, Unreachable, Busy) as error:
            return await self._books.wait_out(generation, error.reason)
        self._books.is_over("unreachable", generation.id)
        self._books.is_over("file", generation.id)
        # Discord's links expire, so whoever repeats this request starts from the assets
        files = tuple(
            replace(given, asset_id=assets.get(number, given.asset_id))
            for number, given in enumerate(generation.ask.files)
        )
        brought = replace(
            generation,
            ask=replace(generation.ask, files=files),
            inputs=with_assets(generation.inputs or {}, assets),
        )
        await self._books.save(generation, brought)
        return 0.0

    async def _wait_for_file(self, generation: Generation) -> float | None:
        """It is Discord that does not give the file, and not Scenario that is out of reach."""
        out_for = self._books.how_long("file", generation.id)
        if out_for > self._books.patience.outage:
            return await self._books.end(generation, Failure(kind=FailureKind.FILE_LOST))
        return min(15.0, max(2.0, out_for.total_seconds() / 4))

    async def _price(self, generation: Generation) -> float | None:
        """Note the price. Where no limit hangs on it, an outage does not keep the request back."""
        assert generation.inputs is not None
        try:
            price = await self._prices.ask(generation.model_id, generation.inputs)
        except Rejected as error:
            return await self._books.end(generation, learn.failure_of(error))
        except Busy as error:
            wait = min(error.retry_after or _BUSY, LONGEST_PAUSE)
            return wait.total_seconds()
        except (Unavailable, Unreachable) as error:
            if self._daily_cu is not None or self._confirm_above is not None:
                return await self._books.wait_out(generation, error.reason)
            price = None
        self._books.is_over("unreachable", generation.id)
        if price is None:
            self._unpriced.add(generation.id)
            return 0.0
        if self._daily_cu is None:
            await self._books.save(generation, replace(generation, price=price))
            return 0.0
        since = self._books.clock.now() - DAY
        async with self._budget:  # two prices must not both fit into what is left for one
            costs = await self._books.store.costs(generation.owner_id, since)
            spent = used(costs)
            if spent + price <= self._daily_cu:
                await self._books.save(generation, replace(generation, price=price))
                return 0.0
        until = room_at(costs, partial(_fits, price, self._daily_cu))
        facts: dict[str, Json] = {
            "price": price,
            "spent": spent,
            "allowed": self._daily_cu,
            "until": until.isoformat() if until is not None else None,
        }
        return await self._books.end(generation, Failure(kind=FailureKind.OVER_BUDGET, facts=facts))

    async def _wait_for_yes(self, generation: Generation) -> float | None:
        left = CONFIRM_WITHIN - (self._books.clock.now() - generation.created_at)
        if left <= timedelta(0):
            facts: dict[str, Json] = {"price": generation.price}
            return await self._books.end(generation, Failure(kind=FailureKind.NOT_CONFIRMED, facts=facts))
        self._books.report(generation.id, Progress(phase=CONFIRM))
        return left.total_seconds()


def _fits(price: float, daily_cu: float, rest: float) -> bool:
    return rest + price <= daily_cu
