"""The sandbox and the bot as two real processes, and a member's hands on them."""

import asyncio
import contextlib
import json
import os
import signal
import sqlite3
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

import aiohttp

from tests.e2e.process import ROOT, Forked, Process, Start, forked
from tests.support.rows import records

PATIENCE = 45.0
"""Seconds until a wait is given up. Long, because machines differ; no test depends on how long it takes."""

SHORTEST_PAUSE, LONGEST_PAUSE = 0.03, 0.25
"""Seconds between two looks: what takes long is looked at less often, for looking is work too."""

COARSE = 10_000
"""Pixels that a picture is painted with before it is brought to its size: no test is about its beauty."""

ON_A_PICTURE = ["Again", "Vary", "Upscale", "Animate", "Delete"]
"""The buttons of a finished card whose picture stands there whole."""

Json = dict[str, Any]
T = TypeVar("T")


class Stage:
    """One sandbox for the life of the object; a bot that may be started, killed and started again."""

    def __init__(self, folder: Path, *, start: Start = forked) -> None:
        """start: how its processes begin."""
        self.folder = folder
        self.database = folder / "imagine.db"
        self.environment: dict[str, str] = {}
        self.addresses: Json = {}
        self.bot: Process | None = None
        self._start = start
        self._sandbox: Process | None = None
        self._session: aiohttp.ClientSession | None = None

    # -- processes ------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        self._sandbox = self._run(
            "sandbox", environment={**os.environ, "PYTHONPATH": str(ROOT)}, out=self._announced
        )
        self.addresses = await self.until(self._sandbox_ready, "the sandbox's line")
        await self.post("/settings", scenario={"canvas": COARSE})
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop_bot()
        if self._sandbox is not None:
            self._sandbox.send_signal(signal.SIGTERM)
            await asyncio.to_thread(self._sandbox.wait, PATIENCE)
        if self._session is not None:
            await self._session.close()

    async def start_bot(self, **environment: str) -> None:
        """Start the bot with this environment on top of the stage's, and wait until it is connected."""
        assert self.bot is None
        told = {**os.environ, **self.settings, **self.environment, **environment}
        self.bot = self._run("bot", "run", environment=told, out=Path(os.devnull))
        await self.until(self._bot_connected, "the bot to connect")

    def _run(self, module: str, *arguments: str, environment: dict[str, str], out: Path) -> Process:
        err = self.folder / f"{module}.log"
        return self._start(module, *arguments, environment=environment, cwd=self.folder, out=out, err=err)

    @property
    def settings(self) -> dict[str, str]:
        return {
            "PYTHONPATH": str(ROOT),
            "DISCORD_TOKEN": self.addresses["discord_token"],
            "DISCORD_BASE_URL": self.addresses["discord_base_url"],
            "SCENARIO_API_KEY": self.addresses["scenario_key"],
            "SCENARIO_API_SECRET": self.addresses["scenario_secret"],
            "SCENARIO_BASE_URL": self.addresses["scenario_base_url"],
            "DATABASE_URL": f"sqlite:///{self.database}",
        }

    @property
    def log(self) -> Path:
        return self.folder / "bot.log"

    @property
    def _announced(self) -> Path:
        return self.folder / "sandbox.out"

    async def _sandbox_ready(self) -> Json | None:
        assert self._sandbox is not None
        if self._sandbox.poll() is not None:
            raise AssertionError(f"the sandbox ended: {(self.folder / 'sandbox.log').read_text()[-3000:]}")
        line = self._announced.read_text() if self._announced.exists() else ""
        return json.loads(line) if line.endswith("\n") else None

    async def _bot_connected(self) -> bool:
        assert self.bot is not None
        if self.bot.poll() is not None:
            raise AssertionError(f"the bot ended: {self.log.read_text()[-3000:]}")
        state = await self.get("/state")
        return bool(state["connected"]) and "imagine" in state["commands"]

    async def kill_bot(self) -> None:
        """SIGKILL, and wait until Discord's side has seen the connection go."""
        await self._end_bot(signal.SIGKILL)

    async def stop_bot(self) -> int | None:
        """SIGTERM. The exit status."""
        return await self._end_bot(signal.SIGTERM)

    async def _end_bot(self, number: signal.Signals) -> int | None:
        bot, self.bot = self.bot, None
        if bot is None:
            return None
        bot.send_signal(number)
        status = await asyncio.to_thread(bot.wait, PATIENCE)
        await self.until(self._disconnected, "the bot to be gone")
        return status

    async def _disconnected(self) -> bool:
        return not (await self.get("/state"))["connected"]

    # -- the control API ------------------------------------------------------------------------------

    async def call(self, method: str, path: str, /, **options: Any) -> Json:
        assert self._session is not None
        async with self._session.request(method, f"{self.addresses['control']}{path}", **options) as reply:
            answer: Json = await reply.json()
        assert reply.status < 400, f"{method} {path}: {reply.status} {answer}"
        return answer

    async def scenario(self, path: str) -> Json:
        """Ask the stand-in Scenario, as anybody with the key may."""
        key = aiohttp.encode_basic_auth(self.addresses["scenario_key"], self.addresses["scenario_secret"])
        assert self._session is not None
        url = f"{self.addresses['scenario_base_url']}{path}"
        async with self._session.get(url, headers={"Authorization": key}) as reply:
            answer: Json = await reply.json()
        assert reply.status < 400, f"{path}: {reply.status} {answer}"
        return answer

    async def get(self, path: str, /, **query: str) -> Json:
        return await self.call("GET", path, params=query)

    async def post(self, path: str, /, **body: Any) -> Json:
        return await self.call("POST", path, json=body)

    async def imagine(
        self, prompt: str, *, member: str = "alice", channel: str = "general", **options: Any
    ) -> str:
        """Type /imagine. The interaction's id, which is the generation's."""
        answer = await self.post(
            "/command",
            member=member,
            channel=channel,
            name="imagine",
            options={"prompt": prompt, **options},
        )
        return str(answer["interaction_id"])

    async def press(self, message: Mapping[str, Any], label: str, *, member: str = "alice") -> str:
        answer = await self.post("/press", member=member, message_id=message["id"], label=label)
        return str(answer["interaction_id"])

    async def messages(self, *, channel: str = "general", member: str = "alice") -> list[Json]:
        return (await self.get("/messages", channel=channel, member=member))["messages"]

    async def answers(
        self, interaction: str, *, channel: str = "general", member: str = "alice"
    ) -> list[Json]:
        """The messages that answer this interaction, as this member sees them."""
        query = {"channel": channel, "member": member, "interaction_id": interaction}
        return (await self.get("/messages", **query))["messages"]

    async def answer(self, interaction: str, *, channel: str = "general", member: str = "alice") -> Json:
        """The one message that answers this interaction, as soon as it says something."""

        async def said() -> Json | None:
            found = await self.answers(interaction, channel=channel, member=member)
            spoken = [one for one in found if one["content"] or one["embeds"]]
            if not found:
                state = (await self.get(f"/interactions/{interaction}"))["state"]
                assert state != "failed", f"the bot answered {interaction} later than Discord waits, or not"
            return spoken[0] if spoken else None

        return await self.until(said, f"an answer to {interaction}")

    async def settled(
        self, generation: str, *, channel: str = "general", member: str = "alice", card: str = "settled"
    ) -> Json:
        """Wait until the generation has its last word shown; its message (empty where there is none)."""

        async def over() -> bool:
            return self.record(generation).get("card") == card

        await self.until(over, f"{generation} to be {card}")
        found = await self.answers(generation, channel=channel, member=member)
        return found[-1] if found else {}

    async def ledger(self, prompt: str | None = None) -> list[Json]:
        """The paid POSTs, all or those of one prompt."""
        jobs: list[Json] = (await self.get("/ledger"))["jobs"]
        return [job for job in jobs if prompt is None or job["inputs"].get("prompt") == prompt]

    async def violations(self) -> list[Json]:
        return (await self.get("/violations"))["violations"]

    async def fault(self, **spec: Any) -> str:
        return str((await self.post("/faults", **spec))["id"])

    async def held(self, fault: str, count: int = 1) -> None:
        """Wait until this fault holds so many requests."""

        async def holds() -> bool:
            faults = (await self.get("/faults"))["faults"]
            return any(one["id"] == fault and one["holding"] >= count for one in faults)

        await self.until(holds, f"fault {fault} to hold {count}")

    async def heal(self) -> None:
        """Remove every fault and script."""
        await self.call("DELETE", "/faults")
        await self.call("DELETE", "/script")

    async def fetch(self, url: str) -> bytes:
        assert self._session is not None
        async with self._session.get(url) as reply:
            assert reply.status == 200, f"{url}: {reply.status}"
            return await reply.read()

    # -- waiting and looking --------------------------------------------------------------------------

    async def until(self, look: Callable[[], Awaitable[T | None]], what: str) -> T:
        """Look again and again until there is something to see."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        pause = SHORTEST_PAUSE
        while True:
            seen = await look()
            if seen:
                return seen
            if asyncio.get_running_loop().time() > deadline:
                log = await self._where_they_stand()
                raise AssertionError(f"waited in vain for {what}\n{log}")
            await asyncio.sleep(pause)
            pause = min(pause * 1.2, LONGEST_PAUSE)

    async def _where_they_stand(self) -> str:
        """The end of both logs, and the stacks of both processes."""
        logs = [log for log in (self.log, self.folder / "sandbox.log") if log.exists()]
        said = [log.read_text() for log in logs]
        for process in (self.bot, self._sandbox):
            if isinstance(process, Forked):
                process.send_signal(signal.SIGUSR1)
        await asyncio.sleep(1.0)  # they have written by then, or never will
        stacks = [log.read_text()[len(before) :] for log, before in zip(logs, said, strict=True)]
        return "\n".join([*(before[-6000:] for before in said), *stacks])

    def record(self, generation: str) -> Json:
        """The bot's own row; empty where there is none."""
        if not self.database.exists():
            return {}
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            wanted = f"SELECT * FROM {records(connection)} WHERE id = ?"  # noqa: S608 (names of columns)
            row = connection.execute(wanted, (generation,)).fetchone()
        return dict(row) if row is not None else {}


@asynccontextmanager
async def stage(**environment: str) -> AsyncGenerator[Stage]:
    """A fresh sandbox with a connected bot. At the end the stand-ins must have nothing to complain of,
    unless the test took the complaints away."""
    with tempfile.TemporaryDirectory(prefix="imagine-e2e-") as folder:
        async with Stage(Path(folder)) as one:
            one.environment = environment
            await one.start_bot()
            yield one
            assert await one.violations() == []


def labels(message: Mapping[str, Any]) -> list[str]:
    """The labels of a message's buttons."""
    parts = (part for row in message["components"] for part in row["components"])
    return [part["label"] for part in parts if "label" in part]


def is_gate_menu(part: Json) -> bool:
    """Whether it is the menu of a workflow's gate, and not that of a finished card."""
    return part["type"] == 3 and str(part["custom_id"]).startswith("g1:pick:")


def images(message: Mapping[str, Any]) -> list[str]:
    """Links of the pictures that a message's embeds show."""
    return [embed["image"]["url"] for embed in message["embeds"] if "image" in embed]


def text_of(message: Mapping[str, Any]) -> str:
    """Everything that a message says, in one text."""
    parts = [message["content"] or ""]
    for embed in message["embeds"]:
        parts += [embed.get("title", ""), embed.get("description", "")]
        parts += [f"{field['name']}: {field['value']}" for field in embed.get("fields", [])]
        parts.append(embed.get("footer", {}).get("text", ""))
    return "\n".join(parts)
