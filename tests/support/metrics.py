"""Metrics over a bench's process, for tests of what they tell."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from prometheus_client.core import Metric

from bot.gateway.shards import ShardStanding
from bot.generation.holding import Alone
from bot.metrics import Metrics, Watched
from bot.ui.cards.allowances import Allowances
from tests.support.bench import Bench


@dataclass
class Gateway:
    ready: bool = True
    latency: float = 0.05
    shards_in_all: int | None = 1
    shards: dict[int, ShardStanding] = field(
        default_factory=lambda: {0: ShardStanding(ready=True, latency=0.05)}
    )
    sessions: Mapping[str, int] = field(default_factory=lambda: {"begun": 0, "resumed": 0})

    def is_ready(self) -> bool:
        return self.ready

    def standing(self) -> Mapping[int, ShardStanding]:
        return self.shards


class Held(Alone):
    """A process of which others know."""

    def __init__(self, *, number: int | None, others: int, adopted: int, holds: bool) -> None:
        super().__init__()
        self.number, self.others, self.adopted = number, others, adopted
        self._holds = holds

    @property
    def holds(self) -> bool:
        return self._holds


def watched(bench: Bench) -> Watched:
    """The parts of a bench's process."""
    return Watched(
        gateway=Gateway(),
        queue=bench.process.queue,
        loops={"fates": bench.fates, "cards": bench.cards},
        turns=bench.cards.turns,
        edits=Allowances(bench.clock),
        holding=Alone(),
        cu_per_day=None,
    )


def names_told(metrics: Metrics) -> set[str]:
    """All names under which Prometheus could be asked for something, also of what has not happened yet."""
    return {name for family in metrics.registry.collect() for name in names_of(family)}


def names_of(family: Metric) -> set[str]:
    """The same of one family."""
    found = {sample.name for sample in family.samples}
    if family.type == "histogram":
        return found | {f"{family.name}_{part}" for part in ("bucket", "count", "sum")}
    return found | {f"{family.name}_total" if family.type == "counter" else family.name}
