"""The newcomer's path, which is the real path: the sandbox and the bot as two processes, and one /imagine.

This module only supervises: it speaks to the sandbox's control API as a member would speak to Discord, and
reads the bot's database as an operator could. It imports nothing of either but the names of the settings.
"""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import aiohttp

from bot.envfile import DISABLED
from bot.scratch import scratch
from bot.settings import NAMES

PROMPT: Final = "a paper lighthouse above a calm sea, morning light"
MEMBER: Final = "alice"
CHANNEL: Final = "general"
START_PATIENCE: Final = 60.0
PICTURE_PATIENCE: Final = 180.0
END_PATIENCE: Final = 15.0
LOOK_EVERY: Final = 0.25
SETTLED: Final = frozenset({"settled", "kept"})
_ROOT: Final = Path(__file__).parents[2]
"""Where bot and sandbox lie side by side: the tree, or the wheel's folder."""

Answer = dict[str, Any]


class DemoFailed(Exception):
    """Why there is no demonstration, in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Both processes, running."""

    session: aiohttp.ClientSession
    control: str
    page: str | None
    database: Path
    bot: "Bot"

    async def ask(self, method: str, path: str, **options: Any) -> Answer:
        """One call of the control API. Raises DemoFailed with its error."""
        async with self.session.request(method, f"{self.control}{path}", **options) as reply:
            answer: Answer = await reply.json()
            if reply.status >= 400:
                raise DemoFailed(str(answer.get("error", reply.status)))
            return answer


class Bot:
    """The bot's process, which may be replaced by another one."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self._environment = environment
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Begin; its log goes on in the same file."""
        with self._log.open("ab") as errors:
            self._process = await _spawn("bot", "run", environment=self._environment, errors=errors)

    async def stop(self) -> None:
        """End it in order, if it runs."""
        process, self._process = self._process, None
        if process is not None:
            await _end(process)

    async def restart(self) -> None:
        """End it and begin another one."""
        await self.stop()
        await self.start()

    @property
    def gone(self) -> bool:
        """Whether it ended by itself."""
        return self._process is not None and self._process.returncode is not None

    async def wait(self) -> int:
        """Until a process ends that was not told to. Its exit status."""
        while True:
            process = self._process
            if process is None:
                await asyncio.sleep(LOOK_EVERY)
                continue
            status = await process.wait()
            if self._process is process:
                return status


async def run(options: Mapping[str, object], *, once: bool, out: Path, port: int) -> int:
    """Set the stage, make one picture, and with `once` leave; else stay until interrupted.

    options: those of /imagine. Returns the exit status.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        async with _stage(port) as stage:
            showing = asyncio.create_task(_show_one(stage, options, out))
            try:
                await _first(showing, stop, stage.bot)
                if not showing.done():
                    return 1
                status = showing.result()
            finally:
                showing.cancel()
            if not once and not stop.is_set():
                _invite(stage)
                restarts = asyncio.create_task(_restarts(stage))
                try:
                    await _first(None, stop, stage.bot)
                finally:
                    restarts.cancel()
            return status
    except (DemoFailed, aiohttp.ClientError, OSError, TimeoutError) as error:
        print(f"The demo could not be shown: {error or type(error).__name__}", file=sys.stderr)  # noqa: T201
        return 1


async def _restarts(stage: Stage) -> None:
    """Restart the bot whenever the page asks for it."""
    done = 0
    while True:
        asked: int = (await stage.ask("GET", f"/restart?after={done}"))["asked"]
        if asked > done:
            done = asked
            _say("Restarting the bot.")
            await stage.bot.restart()


async def _first(task: "asyncio.Task[int] | None", stop: asyncio.Event, bot: Bot) -> None:
    """Wait for the task, the stop, or the bot's end, which is a failure."""
    stopping, ended = asyncio.create_task(stop.wait()), asyncio.create_task(bot.wait())
    waiting: set[asyncio.Task[Any]] = {stopping, ended, *([task] if task is not None else [])}
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if ended.done() and not stop.is_set() and not (task is not None and task.done()):
            raise DemoFailed(f"the bot ended with status {ended.result()}")
    finally:
        for one in (stopping, ended):
            one.cancel()


# -- the stage ------------------------------------------------------------------------------------------


@asynccontextmanager
async def _stage(port: int) -> AsyncGenerator[Stage]:
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(scratch())
        session = await stack.enter_async_context(
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))
        )
        log = folder / "bot.log"
        sandbox = await stack.enter_async_context(
            _process("sandbox", "--port", str(port), environment=os.environ, log=folder / "sandbox.log")
        )
        addresses = await _addresses(sandbox, folder / "sandbox.log")
        _say("The sandbox is up: a stand-in Discord and a stand-in Scenario on this machine.")
        database = folder / "imagine.db"
        environment = {
            **os.environ,
            # the operator's own are meant for the real services
            **dict.fromkeys(NAMES, ""),
            DISABLED: "1",
            "DISCORD_TOKEN": addresses["discord_token"],
            "DISCORD_BASE_URL": addresses["discord_base_url"],
            "SCENARIO_API_KEY": addresses["scenario_key"],
            "SCENARIO_API_SECRET": addresses["scenario_secret"],
            "SCENARIO_BASE_URL": addresses["scenario_base_url"],
            "DATABASE_URL": f"sqlite:///{database}",
        }
        bot = Bot(environment, log)
        stack.push_async_callback(bot.stop)
        await bot.start()
        stage = Stage(
            session=session,
            control=addresses["control"].rstrip("/"),
            page=addresses["page"],
            database=database,
            bot=bot,
        )
        await _until_ready(stage, log)
        _say("The bot is connected.")
        yield stage


@asynccontextmanager
async def _process(
    module: str, *arguments: str, environment: Mapping[str, str], log: Path
) -> AsyncGenerator[asyncio.subprocess.Process]:
    """`python -m module …`, stopped by SIGTERM at the end; its standard error goes to `log`."""
    with log.open("wb") as errors:
        process = await _spawn(module, *arguments, environment=environment, errors=errors)
        try:
            yield process
        finally:
            await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), END_PATIENCE)
    except TimeoutError:
        process.kill()
        await process.wait()


async def _spawn(
    module: str, *arguments: str, environment: Mapping[str, str], errors: IO[bytes]
) -> asyncio.subprocess.Process:
    # these two and no others: a folder that is called bot or sandbox may lie where the demo is tried
    path = os.pathsep.join(filter(None, (str(_ROOT), environment.get("PYTHONPATH"))))
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        module,
        *arguments,
        env={**environment, "PYTHONPATH": path},
        stdout=asyncio.subprocess.PIPE,
        stderr=errors,
        # Ctrl-C is for the supervisor, which ends its children in order
        start_new_session=True,
    )


async def _addresses(sandbox: asyncio.subprocess.Process, log: Path) -> Answer:
    """The sandbox's one line."""
    assert sandbox.stdout is not None
    line = await asyncio.wait_for(sandbox.stdout.readline(), START_PATIENCE)
    if not line:
        raise DemoFailed(f"the sandbox did not start: {_tail(log)}")
    addresses: Answer = json.loads(line)
    return addresses


async def _until_ready(stage: Stage, log: Path) -> None:
    """Wait until the bot is connected and has synced its commands."""
    deadline = asyncio.get_running_loop().time() + START_PATIENCE
    while True:
        state = await stage.ask("GET", "/state")
        if state.get("connected") and "imagine" in state.get("commands", ()):
            return
        if stage.bot.gone or asyncio.get_running_loop().time() > deadline:
            raise DemoFailed(f"the bot did not start: {_tail(log)}")
        await asyncio.sleep(LOOK_EVERY)


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])


# -- one /imagine ---------------------------------------------------------------------------------------


async def _show_one(stage: Stage, options: Mapping[str, object], out: Path) -> int:
    _say(f"{MEMBER} types in #{CHANNEL}: /imagine {options.get('prompt', '')}")
    asked = await stage.ask(
        "POST",
        "/command",
        json={"member": MEMBER, "channel": CHANNEL, "name": "imagine", "options": dict(options)},
    )
    interaction: str = asked["interaction_id"]
    message, row = await _until_settled(stage, interaction)
    files = await _save_files(stage, message, out) if message is not None else []
    violations = (await stage.ask("GET", "/violations"))["violations"]
    summary = {
        "generation": interaction,
        "fate": row.get("fate"),
        "card": row.get("card"),
        "job_id": row.get("job_id"),
        "files": [str(path) for path in files],
        "edits": message.get("edits") if message is not None else None,
        "violations": violations,
    }
    for path in files:
        _say(f"The picture: {path}")
    _say(json.dumps(summary))
    good = row.get("fate") == "succeeded" and row.get("card") == "settled"
    return 0 if good else 1


async def _until_settled(stage: Stage, interaction: str) -> tuple[Answer | None, Answer]:
    """Watch the card until it shows the last word. The message, and the bot's own record."""
    said: set[str] = set()
    deadline = asyncio.get_running_loop().time() + PICTURE_PATIENCE
    while True:
        # the record first: a card is settled only after its message showed the last word
        row = _record(stage.database, interaction)
        listed = await stage.ask("GET", "/messages", params={"channel": CHANNEL, "member": MEMBER})
        mine = [one for one in listed["messages"] if one.get("interaction_id") == interaction]
        message: Answer | None = mine[-1] if mine else None
        if message is not None:
            _narrate(message, said)
        if row.get("card") in SETTLED:
            return message, row
        state = await stage.ask("GET", f"/interactions/{interaction}")
        if not row and message is not None and state.get("state") == "answered":
            return message, {"fate": "refused", "card": None}  # refused before anything was recorded
        if asyncio.get_running_loop().time() > deadline:
            raise DemoFailed(f"the card is not settled after {PICTURE_PATIENCE:.0f} s: {row}")
        await asyncio.sleep(LOOK_EVERY)


def _narrate(message: Answer, said: set[str]) -> None:
    """Print the card's status line whenever it says something new: no quote, no code, no line of facts."""
    texts = [message.get("content") or ""]
    texts += [embed.get("description") or "" for embed in message.get("embeds", [])]
    for text in texts:
        for line in text.splitlines():
            status = line.split(" · ")[0].strip("* ")
            if status and not line.startswith((">", "`", "-#")) and status not in said:
                said.add(status)
                _say(f"  {status}")


def _record(database: Path, interaction: str) -> Answer:
    """The bot's own row, read without disturbing it; empty while there is none."""
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        row = connection.execute(
            "SELECT fate, state AS card, job_id FROM generation JOIN card ON card.id = card_id "
            "WHERE generation.id = ?",
            (interaction,),
        ).fetchone()
    return dict(row) if row is not None else {}


async def _save_files(stage: Stage, message: Answer, out: Path) -> list[Path]:
    """What was delivered: the embeds' pictures and the attachments, in order, each once."""
    links = [embed["image"]["url"] for embed in message.get("embeds", []) if "image" in embed]
    links += [attachment["url"] for attachment in message.get("attachments", [])]
    files: list[Path] = []
    for link in dict.fromkeys(links):
        async with stage.session.get(link) as reply:
            reply.raise_for_status()
            files.append(_save(out / Path(reply.url.path).name, await reply.read()))
    return files


def _save(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path.resolve()


def _invite(stage: Stage) -> None:
    if stage.page is not None:
        _say(f"Open {stage.page} and type /imagine yourself. Ctrl-C ends the demo.")
        return
    curl = shutil.which("curl") or "curl"
    body = json.dumps(
        {"member": "bob", "channel": CHANNEL, "name": "imagine", "options": {"prompt": "a red fox in snow"}}
    )
    _say("Ask for another, as bob:")
    _say(f"  {Path(curl).name} -H 'Content-Type: application/json' -d '{body}' {stage.control}/command")
    _say(f"See the channel: {stage.control}/messages?channel={CHANNEL}&member=bob")
    _say("Ctrl-C ends the demo.")


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 (the demo speaks on standard output)
