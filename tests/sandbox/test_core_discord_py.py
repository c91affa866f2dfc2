"""The whole sandbox with the real discord.py in another process."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.app import Sandbox

CLIENT = Path(__file__).with_name("core_client.py")

Json = dict[str, Any]


class Stage:
    """A sandbox, a bot process, and the control API by HTTP."""

    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.session = session
        self.processes: list[asyncio.subprocess.Process] = []

    async def bot(self, compression: str = "zstd") -> asyncio.subprocess.Process:
        place = self.sandbox.addresses
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(CLIENT), place["discord_base_url"], place["discord_token"], compression,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        self.processes.append(process)
        await self.hear(process, "READY")
        return process

    async def hear(self, process: asyncio.subprocess.Process, word: str) -> str:
        assert process.stdout
        async with asyncio.timeout(20):
            while line := (await process.stdout.readline()).decode().strip():
                if line.split()[0] == word:
                    return line
        raise AssertionError(f"the bot never said {word}")

    async def post(self, path: str, body: Json, status: int = 200) -> Json:
        async with self.session.post(self.sandbox.addresses["control"] + path, json=body) as answer:
            assert answer.status == status, await answer.text()
            return await answer.json()

    async def get(self, path: str, **query: str) -> Json:
        async with self.session.get(self.sandbox.addresses["control"] + path, params=query) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def imagine(self, prompt: str = "a red fox") -> str:
        order = {"member": "alice", "channel": "general", "name": "imagine", "options": {"prompt": prompt}}
        return (await self.post("/command", order))["interaction_id"]

    async def messages(self) -> list[Json]:
        return (await self.get("/messages", channel="general", member="alice"))["messages"]

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not true():  # noqa: ASYNC110 - what is awaited has no event
                await asyncio.sleep(0.01)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with Sandbox() as sandbox, aiohttp.ClientSession() as session:
        stage = Stage(sandbox, session)
        yield stage
        for process in stage.processes:
            if process.returncode is None:
                process.kill()
            await process.communicate()


@pytest.mark.parametrize("compression", ["zlib", "zstd"])
async def test_a_command_is_deferred_edited_and_settled_with_a_picture(stage: Stage, compression: str):
    bot = await stage.bot(compression)
    interaction = await stage.imagine()
    size = int((await stage.hear(bot, "DONE")).split()[1])
    [message] = await stage.messages()
    assert message["interaction_id"] == interaction
    assert message["edits"] >= 2
    assert message["embeds"][0]["description"] == "a red fox"
    assert (await stage.get(f"/interactions/{interaction}"))["state"] == "answered"
    [file] = message["attachments"] or [{"url": message["embeds"][0]["image"]["url"]}]
    async with stage.session.get(file["url"]) as answer:
        picture = await answer.read()
        assert (answer.status, len(picture), picture[:4]) == (200, size, b"\x89PNG")
    assert (await stage.get("/violations"))["violations"] == []
    assert (await stage.get("/state"))["commands"] == ["imagine"]
    wire = (await stage.get("/wire"))["records"]
    assert {"READY", "INTERACTION_CREATE"} <= {record.get("name") for record in wire}
    callbacks = [record for record in wire if str(record.get("path")).endswith("/<token>/callback")]
    assert [record["status"] for record in callbacks] == [200]


async def test_suggestions_buttons_and_modals(stage: Stage):
    bot = await stage.bot()
    order = {"member": "alice", "channel": "general", "name": "imagine"}
    typed = order | {"options": {"prompt": "red"}, "focused": "prompt"}
    assert (await stage.post("/autocomplete", typed))["choices"][0]["value"] == "red fox"
    await stage.imagine()
    await stage.hear(bot, "DONE")
    [message] = await stage.messages()
    press = {"member": "bob", "message_id": message["id"], "label": "Again"}
    pressed = (await stage.post("/press", press))["interaction_id"]
    await stage.until(lambda: stage.sandbox.actors.state(pressed) == "modal")
    submit = {"member": "bob", "interaction_id": pressed, "values": {"words": "hello"}}
    submitted = (await stage.post("/submit", submit))["interaction_id"]
    await stage.until(lambda: stage.sandbox.actors.state(submitted) == "answered")
    seen = (await stage.get("/messages", channel="general", member="bob"))["messages"]
    assert (seen[-1]["content"], seen[-1]["ephemeral"]) == ("said hello", True)
    assert len(await stage.messages()) == 1
    absent = {"member": "bob", "message_id": message["id"], "label": "Nothing"}
    assert "error" in await stage.post("/press", absent, 400)
    assert stage.sandbox.wire.violations == []


@pytest.mark.parametrize(
    "fault", [{"kind": "op7"}, {"kind": "drop"}, {"kind": "close"}, {"kind": "op9", "resumable": True}]
)
async def test_an_interaction_sent_while_no_socket_was_open_is_answered_after_the_resume(
    stage: Stage, fault: Json
):
    bot = await stage.bot()
    await stage.post("/faults", {"half": "gateway", "kind": "hold"})
    await stage.post("/faults", {"half": "gateway", **fault})
    await stage.until(lambda: stage.sandbox.faults.listing()[0]["holding"] == 1)
    assert not (await stage.get("/state"))["connected"]
    await stage.imagine()
    stage.sandbox.faults.remove(None)
    heard = {await stage.hear(bot, "RESUMED"), (await stage.hear(bot, "DONE")).split()[0]}
    assert heard == {"RESUMED", "DONE"}
    assert len(await stage.messages()) == 1


@pytest.mark.parametrize("fault", [{"kind": "op9"}, {"kind": "close", "code": 4009}])
async def test_a_session_that_is_gone_begins_anew(stage: Stage, fault: Json):
    bot = await stage.bot()
    await stage.post("/faults", {"half": "gateway", **fault})
    await stage.hear(bot, "READY")
    await stage.imagine()
    await stage.hear(bot, "DONE")
    assert stage.sandbox.wire.violations == []


async def test_without_a_bot_a_command_is_refused(stage: Stage):
    order: Json = {"member": "alice", "channel": "general", "name": "imagine", "options": {}}
    assert "error" in await stage.post("/command", order, 503)
    await stage.bot()
    assert "error" in await stage.post("/command", order | {"name": "unsynced"}, 503)
    assert "error" in await stage.post("/command", order | {"channel": "nowhere"}, 404)


async def test_a_killed_bot_held_before_its_callback_left_no_trace(stage: Stage):
    bot = await stage.bot()
    callback = {"half": "discord", "method": "POST", "path": "/interactions/*/*/callback", "kind": "hold"}
    await stage.post("/faults", callback)
    interaction = await stage.imagine()
    await stage.until(lambda: stage.sandbox.faults.listing()[0]["holding"] == 1)
    bot.kill()
    await bot.wait()
    stage.sandbox.faults.remove(None)
    await stage.until(lambda: "/<token>/callback" in str(stage.sandbox.wire.records()))
    assert stage.sandbox.actors.state(interaction) == "sent"
    assert await stage.messages() == []


async def test_a_bot_killed_while_its_edit_was_held_after_has_edited(stage: Stage):
    bot = await stage.bot()
    edit = {"half": "discord", "method": "PATCH", "path": "/webhooks/*/*/messages/@original", "kind": "hold",
            "when": "after", "body_contains": "fox.png"}  # fmt: skip
    await stage.post("/faults", edit)
    await stage.imagine()
    await stage.until(lambda: stage.sandbox.faults.listing()[0]["holding"] == 1)
    bot.kill()
    await bot.wait()
    [message] = await stage.messages()
    assert message["embeds"][0]["description"] == "a red fox"


async def test_rate_limits_and_bad_gateways_are_outlived(stage: Stage):
    bot = await stage.bot()
    path = "/webhooks/*/*/messages/@original"
    limit = {"half": "discord", "path": path, "kind": "rate_limit", "retry_after": 0.1, "times": 2}
    await stage.post("/faults", limit)
    await stage.post("/faults", {"half": "discord", "path": path, "kind": "status", "status": 502, "skip": 1})
    await stage.imagine()
    await stage.hear(bot, "DONE")
    assert [fault["hits"] for fault in stage.sandbox.faults.listing()] == [2, 1]
