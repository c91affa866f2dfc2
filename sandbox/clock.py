"""One clock for both halves: real time plus an offset that a test may advance."""

import asyncio
import math
import time


class Clock:
    """Unix seconds that never run backwards. `advance` jumps ahead and wakes whoever slept until then."""

    def __init__(self) -> None:
        # Counted from the monotonic clock, because a wall clock that is set back would wake nobody.
        self._zero = time.time() - time.monotonic()
        self._offset = 0.0
        self._jumped = asyncio.Event()

    def now(self) -> float:
        """Unix time in seconds, as this sandbox sees it."""
        return self._zero + time.monotonic() + self._offset

    @property
    def ahead(self) -> float:
        """Seconds by which jumps have put it before real time."""
        return self._offset

    def advance(self, seconds: float) -> None:
        """Jump ahead. Raises ValueError for what is not a finite number of at least 0."""
        if not 0 <= seconds < math.inf:
            raise ValueError("the clock only goes forward, by a finite time")
        self._offset += seconds
        jumped, self._jumped = self._jumped, asyncio.Event()
        jumped.set()

    async def sleep_until(self, when: float) -> None:
        """Return as soon as `now()` has reached `when`, by waiting or by a jump."""
        while (left := when - self.now()) > 0:
            try:
                async with asyncio.timeout(left):
                    await self._jumped.wait()
            except TimeoutError:
                continue

    async def sleep(self, seconds: float) -> None:
        """Sleep for so many seconds of this clock."""
        await self.sleep_until(self.now() + seconds)
