"""What Scenario pushes, and how far it is relied on."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge

from bot.generation.watching.hints import Hinted
from bot.pushes.receiving import Receipt


class PushTraffic:
    """Hears of each push, and of each job that one named."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._pushes = Counter(
            "imagine_pushes", "Requests to the address of pushes.", ["outcome"], registry=registry
        )
        self._hints = Counter(
            "imagine_push_hints", "Jobs that pushes named: running here or not.", ["job"], registry=registry
        )
        self._pace = Gauge(
            "imagine_look_seconds", "Seconds between two looks at what ended.", registry=registry
        )
        for receipt in Receipt:
            self._pushes.labels(receipt.value)
        for hinted in Hinted:
            self._hints.labels(hinted.value)

    def received(self, receipt: Receipt) -> None:
        """One request is answered."""
        self._pushes.labels(receipt.value).inc()

    def named(self, hinted: Hinted) -> None:
        """One job was named."""
        self._hints.labels(hinted.value).inc()

    def watch(self, pace: Callable[[], float]) -> None:
        """Tell from now on how seldom pages are read."""
        self._pace.set_function(pace)
