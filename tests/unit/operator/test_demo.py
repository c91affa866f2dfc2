"""What the demonstration says, and when it gives up: its processes are stand-ins here."""

import asyncio
import contextlib
import json
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.operator import demo
from bot.operator.demo import Bot, DemoFailed, Stage
from tests.support.clock import breathe

PATIENCE = 20.0


def stage(
    folder: Path, answers: dict[str, list[Any]], asked: list[tuple[str, str, Any]], *, bot: Bot | None = None
) -> Stage:
    class Scripted(Stage):
        async def ask(self, method: str, path: str, **options: Any) -> dict[str, Any]:
            asked.append((method, path, options))
            waiting = answers[path]
            answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            if isinstance(answer, Exception):
                raise answer
            return answer

    return Scripted(
        session=cast("Any", None),
        control="http://here/control",
        page=None,
        database=folder / "imagine.db",
        bot=bot or Bot({}, folder / "bot.log"),
    )


def row(folder: Path, *values: str | None) -> None:
    """The bot's own record of generation 7."""
    with sqlite3.connect(folder / "imagine.db") as connection:
        connection.execute("CREATE TABLE generation (id TEXT, card_id TEXT, fate TEXT, job_id TEXT)")
        connection.execute("CREATE TABLE card (id TEXT, state TEXT)")
        if values:
            fate, card, job_id = values
            connection.execute("INSERT INTO generation VALUES ('7', '7', ?, ?)", (fate, job_id))
            connection.execute("INSERT INTO card VALUES ('7', ?)", (card,))
    connection.close()


def card(text: str, **parts: Any) -> dict[str, Any]:
    return {"interaction_id": "7", "content": text, "edits": 3, **parts}


@pytest.fixture(autouse=True)
def in_no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "LOOK_EVERY", 0)


@pytest.mark.parametrize(
    ("record", "status"),
    [
        (("succeeded", "settled", "job_1"), 0),
        (("succeeded", "kept", "job_1"), 1),
        (("failed", "settled", "job_1"), 1),
    ],
)
async def test_what_was_asked_is_said_and_the_record_decides(
    record: tuple[str, ...], status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row(tmp_path, *record)
    asked: list[tuple[str, str, Any]] = []
    answers: dict[str, list[Any]] = {
        "/command": [{"interaction_id": "7"}],
        "/messages": [
            {
                "messages": [
                    {"interaction_id": "6", "content": "another's"},
                    card("**Done** · 3 CU\n> fox\n`7`"),
                ]
            }
        ],
        "/violations": [{"violations": ["odd"]}],
    }
    one = stage(tmp_path, answers, asked)
    assert await demo._show_one(one, {"prompt": "a fox"}, tmp_path) == status  # pyright: ignore[reportPrivateUsage]
    said = capsys.readouterr().out.splitlines()
    assert said[:2] == ["alice types in #general: /imagine a fox", "  Done"]
    assert json.loads(said[-1]) == {
        "generation": "7",
        "fate": record[0],
        "card": record[1],
        "job_id": "job_1",
        "files": [],
        "edits": 3,
        "violations": ["odd"],
    }
    assert len(said) == 3
    command = {"member": "alice", "channel": "general", "name": "imagine", "options": {"prompt": "a fox"}}
    assert asked[0] == ("POST", "/command", {"json": command})
    assert ("GET", "/messages", {"params": {"channel": "general", "member": "alice"}}) in asked


async def test_a_request_that_was_refused_before_it_was_recorded_is_over(tmp_path: Path) -> None:
    row(tmp_path)
    answers: dict[str, list[Any]] = {
        "/messages": [{"messages": []}, {"messages": [card("No.")]}],
        "/interactions/7": [{"state": "answered"}, {"state": "pending"}, {"state": "answered"}],
    }
    asked: list[tuple[str, str, Any]] = []
    message, record = await demo._until_settled(stage(tmp_path, answers, asked), "7")  # pyright: ignore[reportPrivateUsage]
    assert message is not None
    assert record == {"fate": "refused", "card": None}
    assert [path for _, path, _ in asked].count("/messages") == 3


async def test_a_card_that_is_never_settled_ends_the_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row(tmp_path, "running", "live", "job_1")
    monkeypatch.setattr(demo, "PICTURE_PATIENCE", 0.05)
    answers: dict[str, list[Any]] = {
        "/messages": [{"messages": [card("Queued")]}],
        "/interactions/7": [{"state": "answered"}],
    }
    asked: list[tuple[str, str, Any]] = []
    with pytest.raises(DemoFailed, match="running"):
        await demo._until_settled(stage(tmp_path, answers, asked), "7")  # pyright: ignore[reportPrivateUsage]
    assert len(asked) > 2  # not at once


def test_each_status_is_said_once_whether_it_stands_above_or_in_the_embed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said: set[str] = set()
    drawing = {
        "content": None,
        "embeds": [
            {"title": "no words"},
            {"description": "**Drawing** · 40 %\n> words\n-# Imagen 4 Ultra · 24 CU"},
        ],
    }
    for message in ({"content": "Queued · 2nd"}, {"content": "Queued · 1st"}, drawing, {"content": None}):
        demo._narrate(message, said)  # pyright: ignore[reportPrivateUsage]
    assert capsys.readouterr().out == "  Queued\n  Drawing\n"


async def test_ready_is_connected_with_commands(tmp_path: Path) -> None:
    states: list[Any] = [
        {"connected": False, "commands": ["imagine"]},
        {"connected": True, "commands": ["show"]},
        {"connected": True},
        {"connected": True, "commands": ["imagine"]},
    ]
    await demo._until_ready(stage(tmp_path, {"/state": states}, []), tmp_path / "bot.log")  # pyright: ignore[reportPrivateUsage]
    assert len(states) == 1


@pytest.mark.parametrize("gone", [True, False])
async def test_a_bot_that_does_not_start_is_told_with_the_end_of_its_log(
    gone: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bot.log").write_text("\n".join(f"line {number}" for number in range(20)))
    if not gone:
        monkeypatch.setattr(demo, "START_PATIENCE", 0.02)
    bot = Bot({}, tmp_path / "bot.log")
    if gone:
        ended = type("Process", (), {"returncode": 1})
        bot._process = cast("Any", ended)  # pyright: ignore[reportPrivateUsage]
    one = stage(tmp_path, {"/state": [{"connected": False}]}, [], bot=bot)
    with pytest.raises(DemoFailed) as failed:
        await demo._until_ready(one, tmp_path / "bot.log")  # pyright: ignore[reportPrivateUsage]
    told = str(failed.value).splitlines()
    assert told[0] == "the bot did not start: line 5"
    assert told[-1] == "line 19"


@pytest.mark.parametrize("once", [True, False])
async def test_what_stands_in_its_way_is_told_on_standard_error(
    once: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no python"))
    assert await demo.run({}, once=once, out=tmp_path, port=0) == 1
    told = capsys.readouterr()
    assert "The demo could not be shown: " in told.err
    assert "no python" in told.err
    assert told.out == ""


def test_whoever_stays_is_told_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = stage(tmp_path, {}, [])
    demo._invite(one)  # pyright: ignore[reportPrivateUsage]
    said = capsys.readouterr().out
    assert "http://here/control/command" in said
    assert "http://here/control/messages?channel=general&member=bob" in said
    assert json.loads(said.split("-d '")[1].split("'")[0])["options"] == {"prompt": "a red fox in snow"}


async def test_the_page_asks_for_a_restart_once_each_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Counted(Bot):
        async def restart(self) -> None:
            restarts.append(len(asked))

    class Over(Exception):
        pass

    restarts: list[int] = []
    asked: list[tuple[str, str, Any]] = []
    answers: dict[str, list[Any]] = {
        "/restart?after=0": [{"asked": 0}, {"asked": 2}],
        "/restart?after=2": [{"asked": 2}, Over()],
    }
    one = stage(tmp_path, answers, asked, bot=Counted({}, tmp_path / "bot.log"))
    with pytest.raises(Over):
        await demo._restarts(one)  # pyright: ignore[reportPrivateUsage]
    assert restarts == [2]
    assert capsys.readouterr().out == "Restarting the bot.\n"


async def test_what_was_delivered_is_kept_each_file_once_and_in_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def give(request: web.Request) -> web.Response:
        if request.path.endswith("gone.png"):
            raise web.HTTPNotFound
        return web.Response(body=request.path.encode())

    world = web.Application()
    world.router.add_get("/{path:.*}", give)
    async with TestServer(world) as server, aiohttp.ClientSession() as session:
        first, second, gone = (
            str(server.make_url(path)) for path in ("/1/first.png?ex=1", "/2/second.png", "/gone.png")
        )
        row(tmp_path, "succeeded", "settled", "job_1")
        embeds = [{"title": "no picture"}, {"image": {"url": first}}]
        message = card("Done", embeds=embeds, attachments=[{"url": second}, {"url": first}])
        answers: dict[str, list[Any]] = {
            "/command": [{"interaction_id": "7"}],
            "/messages": [{"messages": [message]}],
            "/violations": [{"violations": []}],
        }
        one = replace(stage(tmp_path, answers, []), session=session)
        assert await demo._show_one(one, {}, tmp_path / "a" / "b") == 0  # pyright: ignore[reportPrivateUsage]
        *_, said_first, said_second, summary = capsys.readouterr().out.splitlines()
        files = [tmp_path / "a" / "b" / "first.png", tmp_path / "a" / "b" / "second.png"]
        assert [Path(name) for name in json.loads(summary)["files"]] == files
        assert [said_first, said_second] == [f"The picture: {file}" for file in files]
        assert [file.read_bytes() for file in files] == [b"/1/first.png", b"/2/second.png"]
        lost = card("Done", attachments=[{"url": gone}])
        with pytest.raises(aiohttp.ClientResponseError):
            await demo._save_files(one, lost, tmp_path)  # pyright: ignore[reportPrivateUsage]


async def test_a_process_has_its_own_environment_session_and_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "python"
    script.write_text('#!/bin/sh\necho "$@" "$OF_THE_TEST" "$PYTHONPATH"\necho trouble >&2\n')
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    log = tmp_path / "log"
    async with demo._process(  # pyright: ignore[reportPrivateUsage]
        "sandbox", "--port", "7", environment={"OF_THE_TEST": "mine", "PYTHONPATH": "/more"}, log=log
    ) as process:
        assert process.stdout is not None
        ours = Path(demo.__file__).parents[2]  # before all else; where it is started is no place to look
        assert (await process.stdout.read()).decode() == f"-P -m sandbox --port 7 mine {ours}:/more\n"
        assert await process.wait() == 0
    assert log.read_text() == "trouble\n"


async def test_what_does_not_end_when_asked_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\ntrap '' TERM\necho ready\nwhile :; do sleep 0.1; done\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    monkeypatch.setattr(demo, "END_PATIENCE", 0.05)
    async with demo._process("bot", environment={}, log=tmp_path / "log") as process:  # pyright: ignore[reportPrivateUsage]
        assert process.stdout is not None
        await process.stdout.readline()
        assert os.getsid(process.pid) == process.pid  # Ctrl-C does not reach it
    assert process.returncode == -signal.SIGKILL


# -- how long it lasts -----------------------------------------------------------------------------------


class Lasting(Bot):
    """Runs until it is told to end by itself."""

    def __init__(self, folder: Path) -> None:
        super().__init__({}, folder / "bot.log")
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.restarted = asyncio.Event()

    async def wait(self) -> int:
        return await asyncio.shield(self.ended)

    async def restart(self) -> None:
        self.restarted.set()


class Shown:
    """A demonstration whose card is settled once `settle` was called, and its stage."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        row(folder)
        self._folder = folder
        self.bot = Lasting(folder)
        self.begun = asyncio.Event()
        self.asked_for_orders = asyncio.Event()
        monkeypatch.setattr(demo, "_stage", self._stage)

    @asynccontextmanager
    async def _stage(self, port: int) -> AsyncGenerator[Stage]:
        del port
        shown = self

        class Scripted(Stage):
            async def ask(self, method: str, path: str, **options: Any) -> dict[str, Any]:
                match path:
                    case "/command":
                        return {"interaction_id": "7"}
                    case "/messages":
                        shown.begun.set()
                        await asyncio.sleep(0)
                        return {"messages": [card("Done")]}
                    case "/interactions/7":
                        return {"state": "pending"}
                    case "/violations":
                        return {"violations": []}
                    case "/restart?after=0":
                        return {"asked": 1}
                    case _:
                        shown.asked_for_orders.set()
                        await asyncio.Event().wait()
                        raise AssertionError(path)

        yield Scripted(
            session=cast("Any", None),
            control="http://here/control",
            page="http://here/",
            database=self._folder / "imagine.db",
            bot=self.bot,
        )

    def settle(self) -> None:
        with contextlib.closing(sqlite3.connect(self._folder / "imagine.db")) as connection, connection:
            connection.execute("INSERT INTO generation VALUES ('7', '7', 'succeeded', 'job_1')")
            connection.execute("INSERT INTO card VALUES ('7', 'settled')")

    def run(self, *, once: bool = False) -> "asyncio.Task[int]":
        return asyncio.create_task(demo.run({"prompt": "a fox"}, once=once, out=self._folder, port=0))


@pytest.fixture
async def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Shown]:
    """Afterwards nothing of it goes on."""
    yield Shown(tmp_path, monkeypatch)
    await breathe()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().remove_signal_handler(number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_whoever_stays_may_restart_the_bot_until_the_demo_is_interrupted(
    shown: Shown, number: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    shown.settle()
    running = shown.run()
    async with asyncio.timeout(PATIENCE):
        await shown.bot.restarted.wait()
        await shown.asked_for_orders.wait()
        assert not running.done()
        os.kill(os.getpid(), number)
        assert await running == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.index("type /imagine yourself") < said.out.index("Restarting the bot.")


async def test_once_it_leaves_with_its_picture(shown: Shown, capsys: pytest.CaptureFixture[str]) -> None:
    shown.settle()
    async with asyncio.timeout(PATIENCE):
        assert await shown.run(once=True) == 0
    assert "type /imagine yourself" not in capsys.readouterr().out


async def test_one_that_is_interrupted_before_its_picture_has_failed(shown: Shown) -> None:
    running = shown.run()
    async with asyncio.timeout(PATIENCE):
        await shown.begun.wait()
        os.kill(os.getpid(), signal.SIGINT)
        assert await running == 1


@pytest.mark.parametrize("settled", [True, False])
async def test_a_bot_that_ends_by_itself_ends_the_demo_with_a_word(
    shown: Shown, settled: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    running = shown.run()
    async with asyncio.timeout(PATIENCE):
        await shown.begun.wait()
        if settled:
            shown.settle()
            await shown.asked_for_orders.wait()
        shown.bot.ended.set_result(3)
        assert await running == 1
    assert "The demo could not be shown: the bot ended with status 3" in capsys.readouterr().err
