"""`python -m sandbox` as a process: its one line, its signals, its port."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

ROOT = Path(__file__).parents[2]

Start = Callable[..., Awaitable[asyncio.subprocess.Process]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    running: list[asyncio.subprocess.Process] = []

    async def begin(*arguments: str) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "sandbox", *arguments, cwd=ROOT,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        running.append(process)
        return process

    yield begin
    for process in running:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def ready(process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stdout
    async with asyncio.timeout(20):
        return json.loads(await process.stdout.readline())


async def holding(client: aiohttp.ClientSession, control: str) -> int:
    async with client.get(f"{control}/faults") as answer:
        return (await answer.json())["faults"][0]["holding"]


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
async def test_one_line_then_a_prompt_end_with_sockets_open_and_requests_held(start: Start, stop: int):
    process = await start("--port", "0")
    line = await ready(process)
    assert list(line) == ["page", "discord_base_url", "scenario_base_url", "control", "discord_token",
                          "application_id", "scenario_key", "scenario_secret"]  # fmt: skip
    assert line["page"] + "control" == line["control"]
    async with aiohttp.ClientSession() as client:
        fault = {"half": "scenario", "kind": "hold", "times": None}
        async with client.post(f"{line['control']}/faults", json=fault) as answer:
            assert answer.status == 200
        held = asyncio.create_task(client.post(f"{line['scenario_base_url']}/generate/custom/m", json={}))
        async with asyncio.timeout(5):
            while not await holding(client, line["control"]):  # noqa: ASYNC110 - it is another process
                await asyncio.sleep(0.02)
        origin = line["discord_base_url"].removesuffix("/api/v10")
        socket = await client.ws_connect(f"{origin}/gateway?v=10&encoding=json")
        assert (await socket.receive_json())["op"] == 10
        process.send_signal(stop)
        assert process.stdout
        async with asyncio.timeout(20):  # a held request would keep it for good
            assert await process.stdout.read() == b""
            assert await process.wait() == 0
        with pytest.raises(aiohttp.ClientError):
            await held
        await socket.close()


async def test_a_taken_port_is_said_plainly(start: Start):
    port = (await ready(await start()))["control"].split(":")[2].split("/")[0]
    second = await start("--port", port)
    out, err = await second.communicate()
    assert (second.returncode, out) == (1, b"")
    assert f"cannot listen on port {port}" in err.decode()
    assert "Traceback" not in err.decode()
