"""What is counted of pushes, and of the jobs that they named."""

from bot.generation.watching.announced import OFTEN
from bot.generation.watching.hints import Hinted
from bot.metrics import Metrics
from bot.pushes.receiving import Receipt
from tests.support.bench import Bench


async def test_each_push_and_each_job_that_one_named_counts_and_none_is_missing(bench: Bench) -> None:
    metrics, hints = Metrics(bench.clock), bench.fates.watching.hints

    def value(name: str, **labels: str) -> float | None:
        return metrics.registry.get_sample_value(f"imagine_{name}", labels)

    for receipt in Receipt:
        assert value("pushes_total", outcome=receipt.value) == 0.0
    for hinted in Hinted:
        assert value("push_hints_total", job=hinted.value) == 0.0
    hints.heard = metrics.pushes.named
    metrics.pushes.watch(lambda: hints.announced.pace)
    metrics.pushes.received(Receipt.STRANGER)
    hints.hear(["job_1", "job_2", "no id"])
    assert value("pushes_total", outcome="stranger") == 1.0
    assert value("push_hints_total", job="unknown") == 2.0
    assert value("look_seconds") == OFTEN
