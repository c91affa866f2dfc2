"""A running bot's numbers, read as Prometheus reads them, and its log in lines of JSON."""

import json
import socket

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.side import SECONDS
from tests.e2e.stage import stage

Numbers = dict[tuple[str, frozenset[tuple[str, str]]], float]


async def read(port: int) -> Numbers:
    """Every number of the page by its name and labels."""
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/metrics") as answer:
        assert answer.status == 200
        families = text_string_to_metric_families(await answer.text())
    samples = [sample for family in families for sample in family.samples]
    return {(sample.name, frozenset(sample.labels.items())): sample.value for sample in samples}


def number(numbers: Numbers, name: str, **labels: str) -> float:
    return numbers[f"imagine_{name}", frozenset(labels.items())]


async def test_one_picture_shows_in_the_numbers_and_on_the_lines_of_the_log() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with stage(HTTP_PORT=str(port), LOG_FORMAT="json") as one:
        await one.post("/settings", scenario={"seconds": SECONDS})
        before = await read(port)
        assert number(before, "generations_bought_total", medium="image") == 0
        generation = await one.imagine("a red fox in snow")
        await one.settled(generation)
        (job,) = await one.ledger("a red fox in snow")

        async def closed() -> bool:
            now = await read(port)
            return number(now, "cards_closed_total", state="settled") == number(now, "gateway_ready") == 1

        await one.until(closed, "the card's last word to be counted, and the gateway to be ready")
        after = await read(port)
        assert number(after, "generations_bought_total", medium="image") == 1
        assert number(after, "generations_over_total", medium="image", fate="succeeded", failure="") == 1
        assert number(after, "cu_total", medium="image") == job["cu"]
        for name in ("generation_seconds", "job_seconds", "last_word_seconds"):
            assert number(after, f"{name}_count", medium="image") == 1
        assert number(after, "scenario_requests_total", share="paid", outcome="ok") == 1
        assert number(after, "discord_requests_total", route="answer", outcome="ok") >= 1
        assert number(after, "acknowledged_seconds_count") >= 1
        assert number(after, "generations", fate="running") == 0
        assert number(after, "loop_lag_seconds_count") > 0
        assert number(after, "lease_holds") == 1
        lines = [json.loads(line) for line in one.log.read_text().splitlines()]
        accepted = [line for line in lines if line["message"] == f"job {job['job_id']} accepted"]
        assert [(line["generation"], line["process"]) for line in accepted] == [(generation, "-")]
