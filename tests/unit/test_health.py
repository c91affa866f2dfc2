"""Health over HTTP: alive, ready, and what stands in the way of it."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NoReturn

import aiohttp
import pytest

from bot import health
from bot.health import Check
from tests.support.clock import HeldClock

HOST = "127.0.0.1"


async def fine() -> bool:
    return True


async def poor() -> bool:
    return False


async def broken() -> NoReturn:
    raise RuntimeError("password=hunter2")


async def never() -> NoReturn:
    await asyncio.Event().wait()
    raise AssertionError


@asynccontextmanager
async def served(**checks: Check) -> AsyncGenerator[str]:
    async with health.serve(HOST, 0, checks) as port:
        yield f"http://{HOST}:{port}"


async def asked(address: str, *, method: str = "GET") -> tuple[int, Any]:
    async with aiohttp.ClientSession() as session, session.request(method, address) as answer:
        is_json = answer.content_type == "application/json"
        return answer.status, await answer.json() if is_json else await answer.text()


async def test_it_is_alive_whatever_its_parts_say() -> None:
    async with served(gateway=poor, database=broken) as address:
        assert await asked(f"{address}/healthz") == (200, {"alive": True})


async def test_it_is_ready_when_every_part_is() -> None:
    async with served(gateway=fine, database=fine, scenario=fine) as address:
        parts = {"gateway": True, "database": True, "scenario": True}
        assert await asked(f"{address}/readyz") == (200, parts)


@pytest.mark.parametrize("wrong", [poor, broken, never])
@pytest.mark.parametrize("part", ["gateway", "database", "scenario"])
async def test_one_part_that_is_not_well_is_named(
    part: str, wrong: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "PATIENCE", 0.05)
    checks: Mapping[str, Check] = {"gateway": fine, "database": fine, "scenario": fine, part: wrong}
    async with served(**checks) as address:
        status, told = await asked(f"{address}/readyz")
        assert status == 503
        assert told == {name: name != part for name in checks}


async def test_it_becomes_ready_and_unready_again() -> None:
    state = {"ready": False}

    async def gateway() -> bool:
        return state["ready"]

    clock = HeldClock()
    async with health.serve(HOST, 0, {"gateway": gateway}, clock) as port:
        for ready, status in ((False, 503), (True, 200), (False, 503)):
            state["ready"] = ready
            assert await asked(f"http://{HOST}:{port}/readyz") == (status, {"gateway": ready})
            clock.jump(health.FRESH)


async def test_what_was_found_is_told_for_some_seconds_and_then_looked_for_again() -> None:
    looks: list[int] = []

    async def counted() -> bool:
        looks.append(1)
        return True

    clock = HeldClock()
    async with health.serve(HOST, 0, {"scenario": counted}, clock) as port:
        address = f"http://{HOST}:{port}/readyz"
        for wait, count in ((0.0, 1), (health.FRESH - 0.001, 1), (0.001, 2), (1.0, 2)):
            clock.jump(wait)
            assert await asked(address) == (200, {"scenario": True})
            assert len(looks) == count


async def test_who_asks_at_the_same_time_shares_one_look_also_when_the_first_goes_away() -> None:
    looks: list[int] = []
    began, answer = asyncio.Event(), asyncio.Event()

    async def slow() -> bool:
        looks.append(1)
        began.set()
        return await answer.wait()

    async with served(scenario=slow) as address, asyncio.timeout(10):
        askers = [asyncio.create_task(asked(f"{address}/readyz")) for _ in range(20)]
        await began.wait()
        askers[0].cancel()
        for _ in range(20):  # whoever would look for himself has begun to
            assert (await asked(f"{address}/healthz"))[0] == 200
        answer.set()
        assert await asyncio.gather(*askers[1:]) == [(200, {"scenario": True})] * 19
        assert len(looks) == 1


async def test_slow_parts_are_asked_side_by_side() -> None:
    all_three = asyncio.Barrier(3)

    async def together() -> bool:
        """Well as soon as all three are asked, and never before."""
        await all_three.wait()
        return True

    async with served(gateway=together, database=together, scenario=together) as address:
        assert (await asked(f"{address}/readyz"))[0] == 200


async def test_a_part_in_trouble_does_not_hold_up_the_question_whether_it_lives() -> None:
    begun, over = asyncio.Event(), asyncio.Event()

    async def slow() -> bool:
        begun.set()
        return await over.wait()

    async with served(database=slow) as address:
        ready = asyncio.create_task(asked(f"{address}/readyz"))
        await begun.wait()
        assert await asked(f"{address}/healthz") == (200, {"alive": True})
        assert not ready.done()
        over.set()
        assert (await ready)[0] == 200


async def test_nothing_of_a_fault_is_told() -> None:
    async with served(database=broken) as address:
        _, told = await asked(f"{address}/readyz")
        assert told == {"database": False}


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/", 404), ("POST", "/healthz", 405)])
async def test_there_is_nothing_else(method: str, path: str, status: int) -> None:
    async with served() as address:
        assert (await asked(f"{address}{path}", method=method))[0] == status


async def test_a_taken_port_is_an_error_and_the_first_goes_on() -> None:
    async with health.serve(HOST, 0, {}) as port:
        with pytest.raises(OSError, match="address already in use"):
            async with health.serve(HOST, port, {}):
                raise AssertionError
        assert (await asked(f"http://{HOST}:{port}/healthz"))[0] == 200


async def test_it_stops_listening_at_the_end() -> None:
    async with served() as address:
        pass
    with pytest.raises(aiohttp.ClientConnectorError):
        await asked(f"{address}/healthz")
