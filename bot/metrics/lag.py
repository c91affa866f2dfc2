"""How late the event loop is: what keeps one task from its turn keeps everybody."""

from typing import Final

from prometheus_client import CollectorRegistry, Histogram

from bot.clock import Clock

EVERY: Final = 0.25
"""Seconds between two looks."""
LATE: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


class Lag:
    """Measures it, by how much too long a short sleep takes."""

    def __init__(self, registry: CollectorRegistry, clock: Clock) -> None:
        self._clock = clock
        self._late = Histogram(
            "imagine_loop_lag_seconds", "How late the event loop was.", buckets=LATE, registry=registry
        )

    async def run(self) -> None:
        """Look again and again."""
        while True:
            before = self._clock.monotonic()
            await self._clock.sleep(EVERY)
            self._late.observe(max(0.0, self._clock.monotonic() - before - EVERY))
