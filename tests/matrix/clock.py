"""A clock for the bot's process that is pushed from outside: hours pass at once, or the time is set.

Sixteen bytes of a shared file: the seconds that passed beside the real ones, and those by which the wall
clock alone was set. The first moves everything that waits, the second moves no wait, as on any machine.
"""

import asyncio
import mmap
import struct
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

CLOCK: Final = "MATRIX_CLOCK"
"""The environment's name for the clock's file."""
_BOTH: Final = struct.Struct("dd")
_SLICE: Final = 0.1
"""Seconds between two looks of a sleeper at whether time was pushed."""


class Hands:
    """The outside end: pushes the clock."""

    def __init__(self, file: Path) -> None:
        file.write_bytes(_BOTH.pack(0.0, 0.0))
        self._file = file
        self.passed = 0.0
        self.set_by = 0.0

    def advance(self, seconds: float) -> None:
        """Let time pass: whoever sleeps until then wakes."""
        self.passed += seconds
        self._write()

    def set(self, seconds: float) -> None:
        """Set the wall clock by so much, forward or back; no sleep is longer or shorter for it."""
        self.set_by += seconds
        self._write()

    def right(self) -> None:
        """Set the wall clock right."""
        self.set_by = 0.0
        self._write()

    def _write(self) -> None:
        with self._file.open("r+b") as file:
            file.write(_BOTH.pack(self.passed, self.set_by))


class PushedClock:
    """The bot's end; it satisfies `bot.clock.Clock`."""

    def __init__(self, file: Path) -> None:
        with file.open("rb") as opened:
            self._map = mmap.mmap(opened.fileno(), _BOTH.size, prot=mmap.PROT_READ)

    def now(self) -> datetime:
        passed, set_by = self._read()
        return datetime.now(UTC) + timedelta(seconds=passed + set_by)

    def monotonic(self) -> float:
        return time.monotonic() + self._read()[0]

    async def sleep(self, seconds: float) -> None:
        """In slices, for a push from outside wakes nobody."""
        end = self.monotonic() + max(0.0, seconds)
        await asyncio.sleep(0)
        while (left := end - self.monotonic()) > 0:  # noqa: ASYNC110 - no event crosses the processes
            await asyncio.sleep(min(left, _SLICE))

    def _read(self) -> tuple[float, float]:
        passed, set_by = _BOTH.unpack(self._map[:])
        return passed, set_by
