"""Questions about single things, asked together: while one question is under way the next ones gather."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Generic, TypeVar

T = TypeVar("T")


class Gathering(Generic[T]):
    """Asks for things by their ids, as many in one question as there are askers.

    Whoever asks alone is answered as fast as without it.
    """

    def __init__(self, ask: Callable[[list[str]], Awaitable[dict[str, T]]], *, most: int) -> None:
        """ask: for these ids; what is left out of its answer is gone. most: ids in one question."""
        self._ask = ask
        self._most = most
        self._wanted: dict[str, asyncio.Future[T | None]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def get(self, ids: Collection[str]) -> dict[str, T]:
        """Those of them that there are. Raises what the question raised."""
        loop = asyncio.get_running_loop()
        waiting = {id_: self._wanted.setdefault(id_, loop.create_future()) for id_ in ids}
        if self._asking is None and waiting:
            self._asking = asyncio.create_task(self._all())
        # a caller that is canceled takes nothing from the others
        answers = await asyncio.gather(*map(asyncio.shield, waiting.values()))
        return {id_: one for id_, one in zip(waiting, answers, strict=True) if one is not None}

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
