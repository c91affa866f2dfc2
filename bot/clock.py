"""Time behind one protocol, so that a test can hold it still."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What every part that reads or waits for time is given."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment, never going back: a corrected clock must stretch no wait."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return once `seconds` have passed; at once when they are not positive."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """This moment, with its time zone, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some moment; they never go back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


async def sleep_or(clock: Clock, seconds: float, event: asyncio.Event) -> bool:
    """Return after so many seconds, or once the event is set. Whether it is set."""
    waits = asyncio.create_task(clock.sleep(seconds)), asyncio.create_task(event.wait())
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waits:
            one.cancel()
    return event.is_set()
