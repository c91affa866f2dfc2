"""The stage of one story: a sandbox, models that are quick to run, a bot by a pushed clock, and hands on its
disk and its database."""

import asyncio
import contextlib
import os
import resource
import signal
import sqlite3
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from tests.e2e.process import Process, forked
from tests.e2e.side import TINY
from tests.e2e.stage import Json, Stage
from tests.matrix.clock import CLOCK, Hands

START_PATIENCE: Final = 20.0
END_PATIENCE: Final = 20.0
"""Seconds that a process has to begin, and to end in order."""
JOB_SECONDS: Final = 0.4
HEARTBEAT: Final = 1500
"""Milliseconds. Short, so that a dead connection is noticed within a story."""

SEED: Final[Json] = {"name": "seed", "type": "number", "min": 0, "max": 2147483647, "step": 1}
PROMPT: Final[Json] = {
    "name": "prompt",
    "type": "string",
    "prompt": True,
    "required": {"always": True},
    "maxLength": 500,
}
IMAGE: Final[Json] = {
    "name": "image",
    "type": "file",
    "kind": "image",
    "required": {"always": True},
    "parent": True,
}
COUNT: Final[Json] = {
    "name": "numOutputs",
    "type": "number",
    "min": 1,
    "max": 4,
    "step": 1,
    "default": 1,
    "costImpact": True,
}


def _model(name: str, capability: str, inputs: list[Json], *tags: str, **behavior: Any) -> Json:
    return {
        "id": f"model_tiny-{name}",
        "name": f"Tiny {name}",
        "capabilities": [capability],
        "tags": list(tags),
        "inputs": inputs,
        "sandbox": {"edge": 64, **behavior},
    }


DEAR: Final = "model_tiny-dear"
MODELS: Final[Mapping[str, Json]] = {
    "imagine": {**TINY, "inputs": [*TINY["inputs"], COUNT]},
    "edit": _model("edit", "img2img", [PROMPT, IMAGE, SEED], "image-editing", price=4, makes="edit"),
    "video": _model("video", "txt2video", [PROMPT, SEED], price=8, seconds=1),
    "music": _model("music", "txt2audio", [PROMPT], "music", price=3, makes="music", seconds=1),
    "sound": _model("sound", "txt2audio", [PROMPT], "sound-effects", price=2, seconds=1),
    "speech": _model("speech", "txt2audio", [PROMPT], "tts", price=2, makes="speech", seconds=1),
    "3d": _model("solid", "txt23d", [PROMPT, SEED], price=6),
    "upscale": _model("upscale", "img2img", [IMAGE], "image-upscale", price=3, makes="upscale"),
    "cutout": _model("cutout", "img2img", [IMAGE], "remove-background", price=2, makes="cutout"),
    "vectorize": _model("vectorize", "img2img", [IMAGE], "vectorize", price=2, makes="vector"),
    "generate": _model("words", "txt2txt", [PROMPT], price=1, medium="text"),
}
"""By command; each is quick to run and to draw."""
LONE: Final = "model_tiny-lone"
_LONELY: Final = {**TINY, "id": LONE, "name": "Tiny lone"}
"""It makes one picture, so that two are two jobs."""
_PRICEY: Final = {**_model("dear", "txt2img", [PROMPT, SEED], price=9), "id": DEAR}
WORKFLOW: Final = "wflow_tiny"
_GATED: Final[Json] = {
    "id": WORKFLOW,
    "name": "Tiny steps",
    "outputAssetKinds": ["image"],
    "inputs": [{**PROMPT, "name": "text1", "label": "Words"}],
    "flow": [
        {
            "id": "image1",
            "type": "custom-model",
            "modelId": TINY["id"],
            "includeOutputsInWorkflowJob": True,
            "inputs": [
                {"name": "prompt", "type": "string", "ref": {"node": "workflow", "name": "text1"}},
                {"name": "numOutputs", "type": "number", "value": 2},
            ],
        },
        {
            "id": "selection1",
            "type": "user-selection",
            "dependsOn": ["image1"],
            "inputs": [
                {
                    "name": "items",
                    "type": "file_array",
                    "ref": {"node": "image1", "name": "all"},
                    "min": 1,
                    "max": 2,
                }
            ],
        },
        {
            "id": "cutout1",
            "type": "custom-model",
            "modelId": "model_tiny-cutout",
            "dependsOn": ["selection1"],
            "inputs": [{"name": "image", "type": "file", "ref": {"node": "selection1", "name": "all"}}],
        },
    ],
}
"""A picture, twice; somebody's choice; the choice cut out."""


def _clocked(
    module: str, /, *arguments: str, environment: Mapping[str, str], cwd: Path, out: Path, err: Path
) -> Process:
    named = "tests.matrix.clocked" if module == "bot" else module
    return forked(named, *arguments, environment=environment, cwd=cwd, out=out, err=err)


class House(Stage):
    """A stage whose bot may fail to start, and whose disk, database and clock have hands on them."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, start=_clocked)
        self.hands = Hands(folder / "clock")
        self._disk_full = False
        self._lock: sqlite3.Connection | None = None

    async def furnish(self) -> None:
        """Models, a workflow, quick jobs, no rate limits in the way."""
        for model in (*MODELS.values(), _PRICEY, _LONELY):
            await self.call("POST", "/models", json=model)
        await self.call("POST", "/workflows", json=_GATED)
        buckets = {name: [100, 1.0] for name in ("channel_edits", "channel_messages", "direct")}
        await self.post(
            "/settings",
            scenario={"seconds": JOB_SECONDS, "parallel": 3},
            discord={"buckets": buckets},
            gateway={"heartbeat_ms": HEARTBEAT},
        )

    # -- processes ------------------------------------------------------------------------------------

    async def come_up(self) -> bool:
        """Start the bot. False when it ended by itself or did not connect in time: then there is none."""
        assert self.bot is None
        told = {**os.environ, **self.settings, **self.environment, CLOCK: str(self.folder / "clock")}
        self.bot = bot = self._run("bot", "run", environment=told, out=Path(os.devnull))
        self._limit_files()
        deadline = asyncio.get_running_loop().time() + START_PATIENCE
        while asyncio.get_running_loop().time() < deadline:
            if bot.poll() is not None:
                self.bot = None
                return False
            state = await self.get("/state")
            if state["connected"] and "imagine" in state["commands"]:
                return True
            await asyncio.sleep(0.05)
        await self.go_down(signal.SIGKILL)
        return False

    async def go_down(self, number: signal.Signals) -> int | None:
        """End the bot. Its exit status; None where there was none, or where it had to be killed."""
        bot, self.bot = self.bot, None
        if bot is None:
            return None
        bot.send_signal(signal.SIGCONT)
        bot.send_signal(number)
        try:
            status = await asyncio.to_thread(bot.wait, END_PATIENCE)
        except Exception:
            bot.send_signal(signal.SIGKILL)
            await asyncio.to_thread(bot.wait, END_PATIENCE)
            status = None
        await self.until(self._disconnected, "the bot to be gone")
        return status

    def freeze(self) -> None:
        """The process stands still until `thaw`."""
        if self.bot is not None:
            self.bot.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        if self.bot is not None:
            self.bot.send_signal(signal.SIGCONT)

    @property
    def died(self) -> bool:
        """Whether there is a process that ended by itself."""
        return self.bot is not None and self.bot.poll() is not None

    # -- the control API ------------------------------------------------------------------------------

    async def tried(self, path: str, /, **body: Any) -> Json | None:
        """The answer to an order; None where it cannot be carried out now, as when there is no bot."""
        assert self._session is not None
        async with self._session.post(f"{self.addresses['control']}{path}", json=body) as reply:
            answer: Json = await reply.json()
        return answer if reply.status < 400 else None

    # -- disk and database ----------------------------------------------------------------------------

    def fill_disk(self) -> None:
        """From now on the bot can write to no file, not even to its log."""
        self._disk_full = True
        self._limit_files()

    def free_disk(self) -> None:
        self._disk_full = False
        self._limit_files()

    def _limit_files(self) -> None:
        """What a full disk refuses, this limit refuses too: every byte more in a file."""
        if self.bot is None or self.died:
            return
        with contextlib.suppress(ProcessLookupError):
            _, hard = resource.prlimit(self.bot.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(self.bot.pid, resource.RLIMIT_FSIZE, (0 if self._disk_full else hard, hard))

    async def lock_database(self) -> None:
        """Take the write lock, as a backup or somebody's shell may."""
        if self._lock is None and self.database.exists():
            self._lock = await asyncio.to_thread(_locked, self.database)

    async def unlock_database(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            await asyncio.to_thread(lock.close)

    async def leave(self) -> None:
        """Whatever is held is let go."""
        self.free_disk()
        await self.unlock_database()
        await self.go_down(signal.SIGKILL)


def _locked(database: Path) -> sqlite3.Connection | None:
    connection = sqlite3.connect(database, timeout=5.0, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.Error:  # it is locked already, or there is no database yet
        connection.close()
        return None
    return connection


@asynccontextmanager
async def house(settings: Mapping[str, str]) -> AsyncGenerator[House]:
    """A furnished sandbox; the bot is not started yet."""
    with tempfile.TemporaryDirectory(prefix="imagine-matrix-") as folder:
        async with House(Path(folder)) as one:
            one.environment = {"DEFAULT_MODEL": str(TINY["id"]), **settings}
            await one.furnish()
            try:
                yield one
            finally:
                await one.leave()
