"""A store that fails on demand, around the real one."""

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from bot.generation.card import Card
from bot.generation.model import Generation
from bot.generation.ports import Elsewhere, Guard, Mark, Move, Store, Uploads
from bot.pricing.charges import Charge

T = TypeVar("T")


class FaultyStore:
    """The port `Store`, passed on to another one. `before` and `after` every call are seams for tests."""

    def __init__(self, inner: Store) -> None:
        self.inner = inner
        self.meddled = False
        self._trouble: dict[str, deque[Exception | None]] = {}

    def whole(self) -> Store:
        """Itself: the type checker's proof that it is the port."""
        return self

    def fail(self, method: str, *errors: Exception | None) -> None:
        """The next calls of `method` raise these, one each; None: nothing."""
        self._trouble.setdefault(method, deque()).extend(errors)

    def before(self, method: str) -> None:
        queue = self._trouble.get(method)
        error = queue.popleft() if queue else None
        if error is not None:
            raise error

    def after(self, method: str, answer: T) -> T:
        del method
        return answer

    async def record(
        self,
        generation: Generation,
        guard: Guard,
        *,
        siblings: Sequence[Generation] = (),
        draft_id: str | None = None,
    ) -> None:
        self.before("record")
        done = await self.inner.record(generation, guard, siblings=siblings, draft_id=draft_id)
        self.after("record", done)

    async def divide(
        self, before: Generation, after: Generation, siblings: Sequence[Generation], guard: Guard
    ) -> Generation | None:
        self.before("save")
        return self.after("save", await self.inner.divide(before, after, siblings, guard))

    async def shown(self, card_id: str) -> Generation | None:
        self.before("get")
        return self.after("get", await self.inner.shown(card_id))

    async def group(self, group_id: str) -> Sequence[Generation]:
        self.before("get")
        return self.after("get", await self.inner.group(group_id))

    async def save_card(self, before: Card, after: Card) -> bool:
        self.before("save")
        return self.after("save", await self.inner.save_card(before, after))

    async def get(self, generation_id: str) -> Generation | None:
        self.before("get")
        return self.after("get", await self.inner.get(generation_id))

    async def save(
        self, before: Generation, after: Generation, *, siblings: Sequence[Move] = ()
    ) -> Generation | None:
        self.before("save")
        return self.after("save", await self.inner.save(before, after, siblings=siblings))

    async def durations(self, model_id: str, *, limit: int) -> Sequence[timedelta]:
        self.before("durations")
        return self.after("durations", await self.inner.durations(model_id, limit=limit))

    async def unfinished(self) -> Sequence[Generation]:
        self.before("unfinished")
        return self.after("unfinished", await self.inner.unfinished())

    async def elsewhere(self, known: Mapping[str, Mark]) -> Elsewhere:
        self.before("elsewhere")
        return self.after("elsewhere", await self.inner.elsewhere(known))

    async def under_way(self, owner_id: int) -> Sequence[Generation]:
        self.before("under_way")
        return self.after("under_way", await self.inner.under_way(owner_id))

    async def unsettled(self) -> Sequence[Generation]:
        self.before("unsettled")
        return self.after("unsettled", await self.inner.unsettled())

    async def owned_jobs(self, job_ids: Collection[str]) -> set[str]:
        self.before("owned_jobs")
        return self.after("owned_jobs", await self.inner.owned_jobs(job_ids))

    async def built_on(self, card_id: str) -> Sequence[Generation]:
        return await self.inner.built_on(card_id)

    async def of_owner(self, owner_id: int, *, limit: int = 25) -> Sequence[Generation]:
        return await self.inner.of_owner(owner_id, limit=limit)

    async def popular(self, limit: int = 40) -> Sequence[str]:
        return await self.inner.popular(limit)

    async def reserve(
        self,
        before: Generation,
        after: Generation,
        guard: Guard,
        *,
        now: datetime,
        siblings: Sequence[Move] = (),
        alone: Sequence[Charge] | None = None,
    ) -> Generation | None:
        self.before("save")  # it is one, with a question in front
        reserved = await self.inner.reserve(before, after, guard, now=now, siblings=siblings, alone=alone)
        return self.after("save", reserved)

    async def charges(self, model_id: str) -> Sequence[Charge]:
        self.before("charges")
        return self.after("charges", await self.inner.charges(model_id))

    async def erase_tokens(self, now: datetime) -> int:
        return await self.inner.erase_tokens(now)

    @property
    def uploads(self) -> Uploads:
        return self.inner.uploads

    async def note(self, key: str) -> str | None:
        return await self.inner.note(key)

    async def remember(self, key: str, text: str) -> None:
        await self.inner.remember(key, text)
