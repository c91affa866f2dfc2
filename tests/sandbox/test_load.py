"""The sandbox tells what it had to do, and how late it was."""

import time

import aiohttp

from sandbox.app import Sandbox


async def test_it_counts_requests_by_their_routes_and_watches_its_own_event_loop() -> None:
    async with Sandbox() as sandbox, aiohttp.ClientSession() as session:
        control, api = sandbox.addresses["control"], sandbox.addresses["scenario_base_url"]
        async with session.get(f"{api}/teams") as answer:
            assert answer.status == 401
        async with session.post(f"{control}/load"):
            pass
        for job in ("one", "other"):
            async with session.get(f"{api}/jobs/{job}"):
                pass
        time.sleep(0.2)  # noqa: ASYNC251 - the sandbox is in this event loop, and is to be late
        async with session.get(f"{control}/load") as answer:
            load = await answer.json()
    route = {"half": "scenario", "method": "GET", "route": "/scenario/v1/jobs/{job_id}", "count": 2}
    assert load["requests"] == [route]
    assert load["lag_ms"]["max"] >= 150
    assert load["lag_ms"]["p50"] <= load["lag_ms"]["p99"] <= load["lag_ms"]["max"]


async def test_before_it_is_asked_it_watches_nothing() -> None:
    async with Sandbox() as sandbox:
        assert sandbox.load.facts() == {"requests": [], "lag_ms": None}
