"""A renderer in this very process."""

import asyncio
import contextvars
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

from bot.endings import ENDINGS
from bot.ui.exhibits.exhibit import Remark
from bot.ui.exhibits.rendering import Encode, Encoded, Fit, Fitted, Sheet, Small, Undrawn

log = logging.getLogger(__name__)

T = TypeVar("T")


class Here:
    """In threads of this process, without limits: for tests, and for tools that know their files."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="exhibits")

    async def fit(self, wanted: Fit) -> Fitted:
        from bot.ui.exhibits.fitting import fitted  # with it comes Pillow, which a bot's process never loads

        try:
            return await self._run(partial(fitted, wanted.file, wanted.stem, wanted.limit))
        except MemoryError:
            return Fitted(remarks=(Remark.GREEDY,))
        except ENDINGS:
            raise
        except BaseException as error:  # of native code, which raises more than exceptions
            log.warning("a result is not shown: %s", error)
            return Fitted(remarks=(Remark.BROKEN,))

    async def small(self, wanted: Small) -> bytes:
        from bot.ui.exhibits.fitting import small

        try:
            return await self._run(partial(small, wanted.path, wanted.side, clear=wanted.clear))
        except MemoryError as error:
            raise Undrawn(Remark.GREEDY) from error

    async def sheet(self, wanted: Sheet) -> bytes:
        from bot.ui.exhibits.sheets.drawing import drawn

        try:
            return await self._run(partial(drawn, wanted))
        except MemoryError as error:
            raise Undrawn(Remark.GREEDY) from error

    async def encode(self, wanted: Encode) -> Encoded:
        from bot.ui.exhibits.sounds import encoded

        try:
            return await self._run(partial(encoded, wanted))
        except MemoryError as error:
            raise Undrawn(Remark.GREEDY) from error

    async def _run(self, work: Callable[[], T]) -> T:
        context = contextvars.copy_context()  # the log's lines name the generation
        return await asyncio.get_running_loop().run_in_executor(self._threads, context.run, work)


HERE: Final = Here()
