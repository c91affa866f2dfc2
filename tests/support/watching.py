"""Looks of a process at its jobs, whole."""

from typing import Protocol

from bot.generation.fates import FateLoop


class Watcher(Protocol):
    """A process of a test, or its bench."""

    @property
    def fates(self) -> FateLoop: ...


async def ticked(one: Watcher) -> None:
    """A tick of its sweep, and what that begins beside it."""
    sweep = one.fates.watching.sweep
    await sweep.tick()
    if sweep.reading is not None:
        await sweep.reading
