"""How things stand when somebody asks, the loop's lag, and the page that tells it all."""

import asyncio
from dataclasses import replace

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot import health
from bot.gateway.shards import ShardStanding
from bot.generation.model import Fate
from bot.generation.ports import Guard
from bot.generation.queue import Pool
from bot.metrics import Metrics, Watched
from bot.metrics.lag import EVERY
from bot.scenario.api.records import Ceilings
from bot.service.service import Policy
from bot.ui.cards.allowances import Allowances
from tests.support.bench import Bench
from tests.support.builders import CHANNEL, MODEL, a_generation, running
from tests.support.clock import HeldClock, breathe
from tests.support.metrics import Gateway, Held, names_told, watched


def told(bench: Bench, **changes: object) -> "Told":
    return Told(bench, replace(watched(bench), **changes))


class Told:
    """What a process's page would say."""

    def __init__(self, bench: Bench, parts: Watched) -> None:
        self.metrics = Metrics(bench.clock)
        self.metrics.watch(parts)

    def __call__(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"imagine_{name}", labels)


async def test_what_is_not_over_stands_under_its_fate_until_it_is(bench: Bench) -> None:
    value = told(bench)
    track = bench.process.queue.track
    assert [value("generations", fate=fate) for fate in ("requested", "running")] == [0.0, 0.0]
    track(a_generation())
    track(a_generation("1002", fate=Fate.UNCERTAIN))
    track(running("1003"))
    track(running("1003"))
    assert value("generations", fate="requested") == 1.0
    assert value("generations", fate="uncertain") == 1.0
    assert value("generations", fate="running") == 1.0
    assert value("queue_flying", pool=Pool.JOBS.value) == 2.0
    track(running("1003", fate=Fate.SUCCEEDED))
    assert value("generations", fate="running") == 0.0
    assert value("generations", fate="succeeded") is None
    assert value("queue_flying", pool=Pool.JOBS.value) == 1.0


async def test_the_queue_tells_who_waits_and_scenarios_ceiling_once_it_is_known(bench: Bench) -> None:
    value, queue = told(bench), bench.process.queue
    assert value("queue_slots", pool=Pool.JOBS.value) is None
    queue.set(Ceilings(jobs=3, runs=None))
    queue.join(a_generation())
    assert value("queue_slots", pool=Pool.JOBS.value) == 3.0
    assert value("queue_slots", pool=Pool.RUNS.value) is None
    assert value("queue_waiting", pool=Pool.JOBS.value) == 1.0


async def test_the_members_own_lines_are_counted_together(bench: Bench) -> None:
    bench.reborn(policy=Policy(guard=Guard(member_in_flight=1)))
    value = told(bench)
    for number, owner in (("1001", 7), ("1002", 7), ("1003", 8)):
        bench.process.queue.track(a_generation(number, owner_id=owner))
    assert value("lines_waiting") == 3.0
    first = a_generation("1001", owner_id=7)
    assert bench.process.queue.lines.admits(first, bench.clock.now())
    assert value("lines_waiting") == 2.0


async def test_the_gateway_tells_its_latency_only_while_it_has_one(bench: Bench) -> None:
    assert told(bench, gateway=Gateway(ready=False, latency=0.1))("gateway_latency_seconds") is None
    assert told(bench, gateway=Gateway(ready=True, latency=float("nan")))("gateway_latency_seconds") is None
    value = told(bench, gateway=Gateway(ready=True, latency=0.25))
    assert (value("gateway_ready"), value("gateway_latency_seconds")) == (1.0, 0.25)


async def test_each_shard_of_this_process_is_told_and_those_of_others_are_not(bench: Bench) -> None:
    gateway = Gateway(shards={})
    value = told(bench, gateway=gateway)
    assert value("shard_ready", shard="0") is None
    assert value("shards") == 1.0
    gateway.shards_in_all = None
    assert value("shards") is None
    gateway.shards = {
        0: ShardStanding(ready=True, latency=0.25),
        2: ShardStanding(ready=False, latency=None),
        3: ShardStanding(ready=True, latency=float("inf")),
    }
    gateway.sessions = {"begun": 3, "resumed": 2}
    assert [value("shard_ready", shard=each) for each in "0123"] == [1.0, None, 0.0, 1.0]
    assert [value("shard_latency_seconds", shard=each) for each in "0123"] == [0.25, None, None, None]
    assert [value("shard_sessions_total", way=each) for each in ("begun", "resumed")] == [3.0, 2.0]


async def test_what_is_left_of_edits_is_told_for_as_long_as_it_holds(bench: Bench) -> None:
    edits = Allowances(bench.clock)
    value = told(bench, edits=edits)
    assert value("edit_budget_least") is None
    edits.note(CHANNEL, 0, left=4, seconds=5.0)
    edits.note(CHANNEL + 1, 0, left=1, seconds=3.0)
    assert (value("edit_budget_least"), value("edit_channels_spent")) == (1.0, 1.0)
    bench.clock.jump(4)
    assert (value("edit_budget_least"), value("edit_channels_spent")) == (4.0, 0.0)
    bench.clock.jump(2)
    assert value("edit_budget_least") is None


async def test_cards_whose_progress_waits_its_turn_are_counted(bench: Bench) -> None:
    turns, value = bench.cards.turns, told(bench)
    assert turns.enter("1", "bucket") == 0.0
    assert value("edits_waiting") == 0.0
    assert turns.enter("2", "bucket") > 0.0
    assert turns.enter("3", "bucket") > 0.0
    assert value("edits_waiting") == 2.0
    turns.leave("1")
    assert value("edits_waiting") == 1.0


async def test_a_step_that_raises_is_counted_for_its_loop(bench: Bench) -> None:
    value = told(bench)

    async def broken(_: str) -> float | None:
        raise RuntimeError("odd")

    bench.fates.step = broken  # type: ignore[method-assign]
    bench.fates.wake("1001")
    running = asyncio.create_task(bench.fates.run())
    await breathe()
    await bench.fates.stop(0)
    await running
    assert value("steps_failed_total", loop="fates") == 1.0
    assert value("steps_failed_total", loop="cards") == 0.0


@pytest.mark.parametrize(("number", "name"), [(None, "-"), (12, "12")])
async def test_the_process_and_its_lease_are_told(bench: Bench, number: int | None, name: str) -> None:
    holding = Held(number=number, others=2, adopted=5, holds=False)
    value = told(bench, holding=holding, cu_per_day=500.0)
    assert (value("lease_holds"), value("lease_others"), value("lease_adoptions_total")) == (0.0, 2.0, 5.0)
    assert value("cu_per_day_limit") == 500.0
    (info,) = [
        sample
        for family in value.metrics.registry.collect()
        for sample in family.samples
        if sample.name == "imagine_bot_info"
    ]
    assert info.labels["process"] == name


async def test_lag_is_by_how_much_a_short_sleep_was_too_long() -> None:
    clock = HeldClock()
    metrics = Metrics(clock)
    task = asyncio.create_task(metrics.lag.run())
    await breathe()
    await clock.advance(EVERY)
    clock.jump(0.75)  # something holds up everybody
    await clock.advance(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    def value(name: str, **labels: str) -> float | None:
        return metrics.registry.get_sample_value(f"imagine_loop_lag_seconds_{name}", labels)

    assert value("count") == 2.0
    assert value("bucket", le="0.001") == 1.0
    assert value("sum") == pytest.approx(0.5)


async def test_the_page_tells_all_of_it_and_nothing_of_members_or_their_words(bench: Bench) -> None:
    page = told(bench).metrics
    bench.process.writer.moved = page.lives.moved
    await bench.put(a_generation())
    await bench.step()
    async with (
        health.serve("127.0.0.1", 0, {}, more=[page.route]) as port,
        aiohttp.ClientSession() as session,
    ):
        async with session.get(f"http://127.0.0.1:{port}/metrics") as answer:
            assert answer.status == 200
            assert answer.content_type == "text/plain"
            text = await answer.text()
        async with session.get(f"http://127.0.0.1:{port}/healthz") as answer:
            assert answer.status == 200
    families = {family.name for family in text_string_to_metric_families(text)}
    assert {"imagine_generations", "imagine_loop_lag_seconds", "process_cpu_seconds"} <= families
    labels = {label for family in page.registry.collect() for one in family.samples for label in one.labels}
    assert labels <= {
        *("medium", "fate", "failure", "state", "asked", "pool", "loop", "share", "route", "outcome", "le"),
        *("version", "process", "job", "shard", "way"),
    }
    for word in ("a cat", MODEL, "Flux", "job_1", "interaction"):
        assert f'"{word}' not in text


async def test_two_apps_in_one_process_do_not_count_each_others(bench: Bench) -> None:
    one, other = told(bench).metrics, told(bench).metrics
    one.lives.moved(running())
    labels = {"medium": "image"}
    assert one.registry.get_sample_value("imagine_generations_bought_total", labels) == 1.0
    assert other.registry.get_sample_value("imagine_generations_bought_total", labels) == 0.0


async def test_labels_have_few_values(bench: Bench) -> None:
    """The whole page has fewer lines than an account has models."""
    assert len(names_told(told(bench).metrics)) > 25
    samples = [sample for family in told(bench).metrics.registry.collect() for sample in family.samples]
    assert len(samples) < 400
