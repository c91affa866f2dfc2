"""What is asked of a renderer, and what it answers: plain facts that cross from one process to another."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Protocol, TypeVar

from bot.ui.exhibits.exhibit import Attachment, Remark, Shape

T = TypeVar("T")

MOST_PIXELS: Final = 50_000_000
"""Of a picture that is drawn: a larger one takes more memory and time than its preview is worth."""


class Undrawn(Exception):
    """There is no picture of this file. `why` is for the card, the text for the log."""

    def __init__(self, why: Remark, said: str = "") -> None:
        super().__init__(f"{why}: {said}" if said else str(why))
        self.why = why
        self.said = said


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A picture is wanted as Discord shows it."""

    path: Path
    mime_type: str
    size: int
    """Bytes of the file."""
    stem: str
    """Of the name that it goes by, and of copies, which lie beside it."""
    limit: int
    """Bytes at the most, where that can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """The file itself or a copy."""

    attachment: Attachment
    shape: Shape
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Small:
    """A small JPEG is wanted that fits into a square."""

    path: Path
    side: int
    """Pixels."""


class Rendering(Protocol):
    """Whoever decodes, draws and encodes. Every method raises Undrawn, and nothing else over a file."""

    async def fit(self, wanted: Fit) -> Fitted: ...

    async def small(self, wanted: Small) -> bytes: ...


class Here:
    """In threads of this process, without limits: for tests, and for tools that know their files."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="exhibits")

    async def fit(self, wanted: Fit) -> Fitted:
        from bot.ui.exhibits.fitting import fitted  # with it comes Pillow, which a bot's process never loads

        return await self._run(partial(fitted, wanted))

    async def small(self, wanted: Small) -> bytes:
        from bot.ui.exhibits.fitting import small

        return await self._run(partial(small, wanted))

    async def _run(self, work: Callable[[], T]) -> T:
        context = contextvars.copy_context()  # the log's lines name the generation
        return await asyncio.get_running_loop().run_in_executor(self._threads, context.run, work)


HERE: Final = Here()
