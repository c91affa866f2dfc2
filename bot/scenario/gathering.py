"""Questions about single things, asked together: while one question is under way the next ones gather."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Final, Generic, TypeVar

from bot.clock import Clock

T = TypeVar("T")

EXPECTED_LASTS: Final = 10.0
"""Seconds for which an answer that was expected is kept for whoever asks, once."""


class Gathering(Generic[T]):
    """Asks for things by their ids, as many in one question as there are askers.

    Whoever asks alone is answered as fast as without it.
    """

    def __init__(
        self, ask: Callable[[list[str]], Awaitable[dict[str, T]]], *, most: int, clock: Clock
    ) -> None:
        """ask: for these ids; what is left out of its answer is gone. most: ids in one question."""
        self._ask = ask
        self._most = most
        self._clock = clock
        self._expected: dict[str, tuple[float, asyncio.Future[T | None]]] = {}
        self._wanted: dict[str, asyncio.Future[T | None]] = {}
        self._asking: asyncio.Task[None] | None = None
        self._waiting: asyncio.Task[None] | None = None
        """Begins a question for what was expected, once more of it may have come."""

    async def get(self, ids: Collection[str]) -> dict[str, T]:
        """Those of them that there are. Raises what the question raised."""
        now = self._clock.monotonic()
        expected = {id_: self._was_expected(id_, now) for id_ in ids}
        waiting = {id_: answer or self._want(id_) for id_, answer in expected.items()}
        if self._waiting is None or None in expected.values():
            self._begin()
        # a caller that is canceled takes nothing from the others
        answers = await asyncio.gather(*map(asyncio.shield, waiting.values()))
        return {id_: one for id_, one in zip(waiting, answers, strict=True) if one is not None}

    def expect(self, ids: Collection[str], *, within: float = 0.0) -> None:
        """They will be asked for in a moment, by many one after the other: ask now, for all together, or
        within so many seconds, together with what else is expected until then."""
        now = self._clock.monotonic()
        for id_, (until, _) in list(self._expected.items()):
            if until <= now:
                del self._expected[id_]
        for id_ in ids:
            self._expected[id_] = now + EXPECTED_LASTS, self._want(id_)
        if within <= 0:
            self._begin()
        elif self._waiting is None:
            self._waiting = asyncio.create_task(self._begin_after(within))

    def _was_expected(self, id_: str, now: float) -> asyncio.Future[T | None] | None:
        until, answer = self._expected.pop(id_, (now, None))
        if answer is None or until <= now:
            return None
        failed = answer.done() and (answer.cancelled() or answer.exception() is not None)
        return None if failed else answer

    def _want(self, id_: str) -> asyncio.Future[T | None]:
        return self._wanted.setdefault(id_, asyncio.get_running_loop().create_future())

    async def _begin_after(self, seconds: float) -> None:
        try:
            await self._clock.sleep(seconds)
        finally:
            self._waiting = None
        self._begin()

    def _begin(self) -> None:
        if self._asking is None and self._wanted:
            self._asking = asyncio.create_task(self._all())

    async def _all(self) -> None:
        try:
            while self._wanted:
                batch = [*self._wanted][: self._most]
                waiting = {id_: self._wanted.pop(id_) for id_ in batch}
                await self._some(waiting)
        finally:
            self._asking = None

    async def _some(self, waiting: dict[str, asyncio.Future[T | None]]) -> None:
        try:
            found = await self._ask([*waiting])
        except BaseException as error:
            for future in waiting.values():
                if not future.done():
                    future.set_exception(error)
                    future.exception()  # read, so that nobody is told of one that no caller waited for
            if not isinstance(error, Exception):
                raise
            return
        for id_, future in waiting.items():
            if not future.done():
                future.set_result(found.get(id_))
