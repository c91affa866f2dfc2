"""Pushes, end to end: results come by them, and whatever they do costs nothing but a read."""

import signal
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.e2e.acting import bare_stage, set_scenario
from tests.e2e.several import several
from tests.e2e.side import TINY, delivered, running
from tests.e2e.stage import Json, Stage
from tests.e2e.test_metrics import number, read

MUCH = {"parallel": 50, "cancel": "always"}


def a_free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@asynccontextmanager
async def pushed(**scenario: Any) -> AsyncGenerator[tuple[Stage, int]]:
    """A sandbox, and a bot that is pushed to; its HTTP port."""
    port = a_free_port()
    environment = {
        "HTTP_PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "DEFAULT_MODEL": TINY["id"],
        "MEMBER_IN_FLIGHT": "0",
        "SHUTDOWN_GRACE": "2",
    }
    async with bare_stage(**environment) as one:
        await one.call("POST", "/models", json=TINY)
        await set_scenario(one, **MUCH, **scenario)
        await one.start_bot()
        await registered(one)
        yield one, port


async def endpoints(one: Stage) -> list[Json]:
    return (await one.get("/pushes"))["endpoints"]


async def registered(one: Stage) -> Json:
    """Wait for the one registration, whose secret the bot has written down."""

    async def there() -> Json | None:
        found = await endpoints(one)
        return found[0] if len(found) == 1 and "Scenario pushes what" in one.log.read_text() else None

    return await one.until(there, "the bot to have registered")


async def told(one: Stage, port: int, name: str, value: float, **labels: str) -> None:
    """Wait until one of the bot's numbers is at least this."""

    async def so() -> bool:
        return number(await read(port), name, **labels) >= value

    await one.until(so, f"{name} to be {value}")


async def reads_of(one: Stage, job_id: str) -> int:
    """How often this job was read by itself."""
    rows = (await one.get("/wire"))["records"]
    return sum(row.get("path", "").endswith(f"/jobs/{job_id}") for row in rows)


async def lateness(one: Stage, prompt: str) -> float:
    """Seconds from a job's end to the first answer that said so."""
    (job,) = await one.ledger(prompt)
    return job["told"] - job["ended"]


async def test_results_come_by_pushes_and_polling_slows_and_recovers() -> None:
    async with pushed(seconds=1.5) as (one, port):
        for count in range(4):
            generation = await one.imagine(f"fox {count}")
            await delivered(one, generation, f"fox {count}")
        await told(one, port, "pushes_total", 4, outcome="heard")
        await told(one, port, "push_hints_total", 4, job="running")
        assert number(await read(port), "look_seconds") > 1
        assert await lateness(one, "fox 3") < 1.0  # a look once a second may be as quick, and seldom is

        await set_scenario(one, push_lost=1)
        generation = await one.imagine("a silent fox")
        await delivered(one, generation, "a silent fox")
        await told_at_most(one, port, "look_seconds", 1)

        await set_scenario(one, push_lost=0)
        for count in range(3):
            generation = await one.imagine(f"hare {count}")
            await delivered(one, generation, f"hare {count}")

        async def slow_again() -> bool:
            return number(await read(port), "look_seconds") > 1

        await one.until(slow_again, "pushes to be relied on again")


async def told_at_most(one: Stage, port: int, name: str, value: float) -> None:
    async def so() -> bool:
        return number(await read(port), name) <= value

    await one.until(so, f"{name} to be {value} again")


async def test_pushes_that_lie_repeat_or_come_from_strangers_cost_nothing_but_a_read() -> None:
    async with pushed(seconds=30) as (one, port):
        generation = await one.imagine("a patient fox")
        job_id = await running(one, generation)

        (endpoint,) = await endpoints(one)
        before = await reads_of(one, job_id)
        for _ in range(20):
            assert (await one.post("/push", anything={"about": [job_id]}))["to"] == 1
        await told(one, port, "push_hints_total", 20, job="running")
        assert await reads_of(one, job_id) - before <= 3, "one for the pushes, the others are its own"
        assert one.record(generation)["fate"] == "running"

        await one.post("/push", job="job_of_somebody_else")
        await told(one, port, "push_hints_total", 1, job="unknown")
        assert await reads_of(one, "job_of_somebody_else") == 0

        async with aiohttp.ClientSession() as session:
            guesses = [endpoint["url"][:-1], endpoint["url"] + "x", f"http://127.0.0.1:{port}/pushes/"]
            for url in guesses:
                async with session.post(url, json={"jobId": job_id}) as answer:
                    assert answer.status == 404
            for body, status in ((b"no json", 400), (b'"' + b"x" * 300_000 + b'"', 413)):
                async with session.post(endpoint["url"], data=body) as answer:
                    assert answer.status == status
        await told(one, port, "pushes_total", 2, outcome="stranger")

        await one.post("/clock", advance=60)
        await delivered(one, generation, "a patient fox")
        assert endpoint["url"].rpartition("/")[2] not in one.log.read_text()


async def test_pushes_late_and_out_of_order_early_and_repeated_lose_and_double_nothing() -> None:
    async with pushed(seconds=1, push_late=2, push_times=2) as (one, _):
        late = {f"late {count}": await one.imagine(f"late {count}") for count in range(6)}
        for prompt, generation in late.items():
            await delivered(one, generation, prompt)
        await set_scenario(one, push_late=0, push_early=0.7)
        early = {f"early {count}": await one.imagine(f"early {count}") for count in range(6)}
        for prompt, generation in early.items():
            await delivered(one, generation, prompt)


async def test_one_registration_is_found_again_after_a_kill_and_removed_at_the_end() -> None:
    async with pushed(seconds=0.5) as (one, _):
        (first,) = await endpoints(one)
        await one.kill_bot()
        assert [each["id"] for each in await endpoints(one)] == [first["id"]]
        await one.start_bot()
        await registered(one)
        (again,) = await endpoints(one)
        assert (again["id"], again["url"]) == (first["id"], first["url"])
        generation = await one.imagine("a fox")
        await delivered(one, generation, "a fox")
        assert await one.stop_bot() == 0
        assert await endpoints(one) == []


async def test_one_whose_maker_was_killed_before_it_knew_the_secret_is_replaced() -> None:
    port = a_free_port()
    environment = {"HTTP_PORT": str(port), "PUBLIC_URL": f"http://127.0.0.1:{port}"}
    async with bare_stage(**environment) as one:
        made = {"half": "scenario", "method": "POST", "path": "/projects/*/webhook-endpoints"}
        held = await one.fault(**made, kind="hold", when="after")
        await one.start_bot()
        await one.held(held)
        (lost,) = await endpoints(one)
        await one.kill_bot()
        await one.heal()
        await one.start_bot()

        async def replaced() -> Json | None:
            found = await endpoints(one)
            return found[0] if len(found) == 1 and found[0]["id"] != lost["id"] else None

        kept = await one.until(replaced, "the registration nobody knows the secret of to be replaced")
        assert kept["url"] == lost["url"]


async def test_an_account_without_webhooks_is_told_of_once_and_polled() -> None:
    port = a_free_port()
    environment = {"HTTP_PORT": str(port), "PUBLIC_URL": f"http://127.0.0.1:{port}"}
    async with bare_stage(**environment, DEFAULT_MODEL=TINY["id"]) as one:
        await one.call("POST", "/models", json=TINY)
        await set_scenario(one, off=["webhooks"], seconds=0.5)
        await one.start_bot()

        async def said() -> bool:
            return "has no webhooks, so jobs are polled" in one.log.read_text()

        await one.until(said, "the bot to say so")
        generation = await one.imagine("a fox")
        await delivered(one, generation, "a fox")
        assert one.log.read_text().count("has no webhooks") == 1
        assert await one.stop_bot() == 0


async def test_a_registration_that_somebody_removes_has_jobs_polled_as_before() -> None:
    async with pushed(seconds=0.5) as (one, port):
        (first,) = await endpoints(one)
        for count in range(3):
            await delivered(one, await one.imagine(f"fox {count}"), f"fox {count}")
        key = aiohttp.encode_basic_auth(one.addresses["scenario_key"], one.addresses["scenario_secret"])
        url = f"{one.addresses['scenario_base_url']}/projects/proj_sandbox/webhook-endpoints/{first['id']}"
        async with aiohttp.ClientSession() as session:
            answer = await session.delete(url, headers={"Authorization": key})
            assert answer.status == 200
        await delivered(one, await one.imagine("a silent fox"), "a silent fox")
        await told_at_most(one, port, "look_seconds", 1)


async def test_two_bots_on_one_database_have_one_registration_until_the_last_stops(
    postgres: str,
) -> None:
    ports = [a_free_port(), a_free_port()]
    url = f"http://127.0.0.1:{ports[0]}"
    async with several(postgres, name="pushed", bots=0, PUBLIC_URL=url) as town:
        for port in ports:
            town.environment["HTTP_PORT"] = str(port)
            await town.begin()
        first, second = town.bots

        async def both() -> bool:
            said = [town.said(name).count("Scenario pushes what") for name in town.bots]
            sees = [number(await read(port), "lease_others") for port in ports]
            return said == [1, 1] and sees == [1, 1]

        await town.until(both, "both bots to know their registration and each other")
        (one,) = await endpoints(town)
        assert one["url"].startswith(f"{url}/pushes/")
        asked = {f"fox {count}": await town.imagine(f"fox {count}") for count in range(4)}
        for prompt, generation in asked.items():
            await town.told(generation, prompt, member="alice")
        assert await town.end(second, signal.SIGTERM) == 0
        assert [each["id"] for each in await endpoints(town)] == [one["id"]]

        async def alone() -> bool:
            return number(await read(ports[0]), "lease_others") == 0

        await town.until(alone, "the first to know that it is alone")
        assert await town.end(first, signal.SIGTERM) == 0
        assert await endpoints(town) == []
