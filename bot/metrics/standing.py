"""How things stand at the moment at which somebody asks: read then, and not followed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.generation.holding import Holding
from bot.generation.loop import Loop
from bot.generation.model import UNFINISHED
from bot.generation.queue import Queue


class Shard(Protocol):
    """One shard of this process."""

    @property
    def ready(self) -> bool: ...
    @property
    def latency(self) -> float | None: ...


class Gateway(Protocol):
    """Discord's client, as far as its connections go."""

    def is_ready(self) -> bool: ...
    @property
    def latency(self) -> float: ...
    def standing(self) -> Mapping[int, Shard]: ...
    @property
    def shards_in_all(self) -> int | None: ...
    @property
    def sessions(self) -> Mapping[str, int]: ...


class Edits(Protocol):
    """What Discord's limits leave of edits (`ui.cards.allowances`)."""

    @property
    def spent(self) -> int: ...
    @property
    def least(self) -> int | None: ...
    @property
    def held(self) -> float: ...


class Turns(Protocol):
    """The cards whose progress waits for its turn."""

    def __len__(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The parts whose standing is told."""

    gateway: Gateway
    queue: Queue
    loops: dict[str, Loop]
    """By name."""
    turns: Turns
    edits: Edits
    holding: Holding
    cu_per_day: float | None
    """The operator's limit for everybody together."""


class Standing(Collector):
    """Asks each part in turn."""

    def __init__(self, parts: Watched) -> None:
        self._parts = parts

    def collect(self) -> Iterator[Metric]:
        """What Prometheus's library calls."""
        yield from self._requests()
        yield from self._discord()
        yield from self._process()

    def _requests(self) -> Iterator[Metric]:
        queue = self._parts.queue
        standing = queue.standing()
        fates = GaugeMetricFamily("imagine_generations", "Unfinished generations.", labels=["fate"])
        for fate in sorted(UNFINISHED):
            fates.add_metric([fate.value], standing.get(fate, 0))
        yield fates
        waiting = GaugeMetricFamily("imagine_queue_waiting", "Waiting for a slot.", labels=["pool"])
        flying = GaugeMetricFamily("imagine_queue_flying", "Holding a slot.", labels=["pool"])
        slots = GaugeMetricFamily("imagine_queue_slots", "Scenario's ceiling, where known.", labels=["pool"])
        for pool, load in queue.loads().items():
            waiting.add_metric([pool.value], load.waiting)
            flying.add_metric([pool.value], load.flying)
            if load.capacity is not None:
                slots.add_metric([pool.value], load.capacity)
        yield from (waiting, flying, slots)
        yield _gauge("imagine_lines_waiting", "Waiting in the members' own lines.", queue.in_line())
        yield _gauge("imagine_cu_per_day_limit", "CU_PER_DAY, where set.", self._parts.cu_per_day)

    def _discord(self) -> Iterator[Metric]:
        gateway, edits = self._parts.gateway, self._parts.edits
        ready = gateway.is_ready()
        yield _gauge("imagine_gateway_ready", "1 while Discord's gateway is connected.", ready)
        latency = gateway.latency if ready and isfinite(gateway.latency) else None
        yield _gauge("imagine_gateway_latency_seconds", "Of the gateway's heartbeats.", latency)
        yield from self._shards()
        yield _gauge("imagine_edits_waiting", "Cards whose progress waits its turn.", len(self._parts.turns))
        yield _gauge("imagine_edit_channels_spent", "Channels that take no progress for now.", edits.spent)
        yield _gauge("imagine_edit_budget_least", "Edits left where the fewest are.", edits.least)
        yield _gauge("imagine_discord_held_seconds", "Until Discord takes anything again.", edits.held)

    def _shards(self) -> Iterator[Metric]:
        gateway = self._parts.gateway
        yield _gauge("imagine_shards", "How many there are in all, once known.", gateway.shards_in_all)
        connected = GaugeMetricFamily(
            "imagine_shard_ready", "1 while this shard is connected here.", labels=["shard"]
        )
        latencies = GaugeMetricFamily(
            "imagine_shard_latency_seconds", "Of this shard's heartbeats.", labels=["shard"]
        )
        for shard, standing in gateway.standing().items():
            connected.add_metric([str(shard)], float(standing.ready))
            if standing.latency is not None and isfinite(standing.latency):
                latencies.add_metric([str(shard)], standing.latency)
        sessions = CounterMetricFamily(
            "imagine_shard_sessions", "Sessions begun, and taken up where they were.", labels=["way"]
        )
        for way, many in gateway.sessions.items():
            sessions.add_metric([way], many)
        yield from (connected, latencies, sessions)

    def _process(self) -> Iterator[Metric]:
        failed = CounterMetricFamily("imagine_steps_failed", "Steps that raised.", labels=["loop"])
        for name, loop in self._parts.loops.items():
            failed.add_metric([name], loop.failed)
        yield failed
        holding = self._parts.holding
        yield _gauge("imagine_lease_holds", "1 while this process may buy and show.", holding.holds)
        yield _gauge("imagine_lease_others", "Other processes on its database.", holding.others)
        adopted = CounterMetricFamily("imagine_lease_adoptions", "Generations taken over from others.")
        adopted.add_metric([], holding.adopted)
        yield adopted


def _gauge(name: str, words: str, value: float | None) -> Metric:
    """One without labels; None: nothing is told."""
    family = GaugeMetricFamily(name, words)
    if value is not None:
        family.add_metric([], float(value))
    return family
