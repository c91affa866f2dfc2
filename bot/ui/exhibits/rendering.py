"""What is asked of a renderer, and what it answers: plain facts that cross from one process to another."""

import asyncio
import contextvars
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Protocol, TypeVar

from bot.endings import ENDINGS
from bot.scenario.api.records import File
from bot.ui.exhibits.exhibit import Attachment, Remark, Shape

log = logging.getLogger(__name__)

T = TypeVar("T")


class Undrawn(Exception):
    """There is no picture of this file. `why` is for the card, the text for the log."""

    def __init__(self, why: Remark, said: str = "") -> None:
        super().__init__(f"{why}: {said}" if said else str(why))
        self.why = why
        self.said = said


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A picture is wanted as Discord shows it."""

    file: File
    stem: str
    """Of the name that it goes by, and of copies, which lie beside it."""
    limit: int
    """Bytes at the most, where that can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """What became of a picture."""

    attachment: Attachment | None = None
    """None where there is nothing to see; the file may still go along as it is."""
    shape: Shape = Shape.LEFT_OUT
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Small:
    """A small JPEG is wanted that fits into a square."""

    path: Path
    side: int
    """Pixels."""


class Rendering(Protocol):
    """Whoever decodes, draws and encodes."""

    async def fit(self, wanted: Fit) -> Fitted:
        """Never raises over a file."""
        ...

    async def small(self, wanted: Small) -> bytes:
        """Raises Undrawn, and nothing else over a file."""
        ...


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
            return await self._run(partial(small, wanted.path, wanted.side))
        except MemoryError as error:
            raise Undrawn(Remark.GREEDY) from error

    async def _run(self, work: Callable[[], T]) -> T:
        context = contextvars.copy_context()  # the log's lines name the generation
        return await asyncio.get_running_loop().run_in_executor(self._threads, context.run, work)


HERE: Final = Here()
