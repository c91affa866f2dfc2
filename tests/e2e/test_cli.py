"""The contracts that scripts rely on: what the commands print, and with which status they end."""

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from PIL import Image

from tests.e2e.acting import bare_stage, outcome, set_scenario
from tests.e2e.process import Start, forked
from tests.e2e.stage import PATIENCE, ROOT, Json, Stage, images

OURS = (
    "DISCORD_TOKEN",
    "DISCORD_BASE_URL",
    "SCENARIO_API_KEY",
    "SCENARIO_API_SECRET",
    "SCENARIO_BASE_URL",
    "DATABASE_URL",
    "DEFAULT_MODEL",
)
LINE = {
    "page",
    "discord_base_url",
    "scenario_base_url",
    "control",
    "discord_token",
    "application_id",
    "scenario_key",
    "scenario_secret",
}


@dataclass(frozen=True)
class Ended:
    status: int
    out: str
    err: str

    @property
    def summary(self) -> Json:
        """The last line on standard output that begins with a brace."""
        return json.loads([line for line in self.out.splitlines() if line.startswith("{")][-1])


def clean(**environment: str) -> dict[str, str]:
    """This process's environment without anything of ours, and then these."""
    kept = {name: value for name, value in os.environ.items() if name not in OURS}
    return {**kept, "PYTHONPATH": str(ROOT), **environment}


async def python(*arguments: str, cwd: Path, environment: Mapping[str, str]) -> Ended:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *arguments,
        cwd=cwd,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), 2 * PATIENCE)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


async def the_bot(*arguments: str, cwd: Path, environment: Mapping[str, str], start: Start = forked) -> Ended:
    """How `python -m bot` with these arguments ends."""
    return await asyncio.to_thread(_finished, arguments, cwd, environment, start)


def _finished(arguments: Sequence[str], cwd: Path, environment: Mapping[str, str], start: Start) -> Ended:
    with tempfile.TemporaryDirectory() as said:
        out, err = Path(said, "out"), Path(said, "err")
        process = start("bot", *arguments, environment=environment, cwd=cwd, out=out, err=err)
        try:
            status = process.wait(2 * PATIENCE)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
        return Ended(status, out.read_text(), err.read_text())


@asynccontextmanager
async def bot(one: Stage, cwd: Path, environment: Mapping[str, str]) -> AsyncGenerator[None]:
    """`python -m bot run`, connected to this stage's sandbox, until the block's end."""
    log = one.folder / "other.log"
    process = forked("bot", "run", environment=environment, cwd=cwd, out=log, err=log)
    try:

        async def connected() -> bool:
            assert process.poll() is None, log.read_text()
            state = await one.get("/state")
            return bool(state["connected"]) and "imagine" in state["commands"]

        await one.until(connected, "the bot to connect")
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(process.wait, PATIENCE)


async def demo(folder: Path, *options: str) -> Ended:
    """From nothing, as a newcomer does it."""
    return await python("bot", "demo", "--once", *options, cwd=folder, environment=clean())


async def another_demo(folder: Path, *options: str) -> Ended:
    return await the_bot("demo", "--once", *options, cwd=folder, environment=clean())


# -- demo -----------------------------------------------------------------------------------------------


async def test_the_demo_shows_one_picture_with_the_options_it_was_given(tmp_path: Path) -> None:
    out = tmp_path / "given" / "folder"
    words = ("--prompt", "two red foxes", "--model", "model_google-gemini-3-1-flash")
    shape = ("--aspect-ratio", "16:9", "--count", "2", "--out", str(out))
    ended, plain = await asyncio.gather(demo(tmp_path, *words, *shape), demo(tmp_path))
    assert ended.status == 0, ended.err
    assert "two red foxes" in ended.out
    told = ended.summary
    assert ended.out.rstrip().splitlines()[-1].startswith("{")
    assert set(told) == {"generation", "fate", "card", "job_id", "files", "edits", "violations"}
    assert (told["fate"], told["card"], told["violations"]) == ("succeeded", "settled", [])
    assert told["edits"] >= 1
    assert told["job_id"].startswith("job_")
    files = [Path(name) for name in told["files"]]
    assert len(files) == len({file.read_bytes() for file in files}) == 2
    assert all(file.is_absolute() and file.parent == out for file in files)
    for file in files:
        with Image.open(file) as image:
            assert abs(image.width / image.height - 16 / 9) < 0.05
    assert plain.status == 0, plain.err
    (file,) = map(Path, plain.summary["files"])
    assert file.is_relative_to(tmp_path / "artefacts" / "demo")
    assert file.stat().st_size > 1000


async def test_a_demo_without_a_picture_ends_with_one(tmp_path: Path) -> None:
    unknown, refused = await asyncio.gather(
        another_demo(tmp_path, "--model", "no such model"),
        another_demo(tmp_path, "--model", "model_not-there"),
    )
    for ended in (unknown, refused):
        assert ended.status == 1
        assert ended.summary["fate"] != "succeeded"
        assert ended.summary["files"] == []
        assert "Traceback" not in ended.out + ended.err
        assert "model" in ended.out
    assert "There is no model" in unknown.out


async def test_an_impossible_option_of_the_demo_ends_with_two(tmp_path: Path) -> None:
    ended = await another_demo(tmp_path, "--count", "9")
    assert ended.status == 2
    assert "--count" in ended.err


# -- run ------------------------------------------------------------------------------------------------


async def test_every_setting_that_is_missing_or_malformed_is_named_at_once(tmp_path: Path) -> None:
    secret = "hunter2-and-more"
    environment = clean(
        SCENARIO_API_SECRET=secret,
        DISCORD_BASE_URL=f"ftp://me:{secret}@host",
        SCENARIO_BASE_URL="nonsense",
        DATABASE_URL=f"{secret}",
        MEMBER_IN_FLIGHT="-1",
        MEMBER_CU_PER_DAY="much",
        GUILD_IDS="here, there",
        QUEUE_LIMIT="1.5",
    )
    ended = await the_bot("run", cwd=tmp_path, environment=environment)
    assert ended.status == 2
    for name in (
        "DISCORD_TOKEN",
        "SCENARIO_API_KEY",
        "DISCORD_BASE_URL",
        "SCENARIO_BASE_URL",
        "DATABASE_URL",
        "MEMBER_IN_FLIGHT",
        "MEMBER_CU_PER_DAY",
        "GUILD_IDS",
        "QUEUE_LIMIT",
    ):
        assert name in ended.err
    assert "SCENARIO_API_SECRET" not in ended.err  # that one is there
    assert secret not in ended.out + ended.err
    assert "Traceback" not in ended.err
    nothing = await the_bot("run", cwd=tmp_path, environment=clean())
    assert nothing.status == 2
    for name in ("DISCORD_TOKEN", "SCENARIO_API_KEY", "SCENARIO_API_SECRET"):
        assert f"{name} is missing" in nothing.err


async def test_what_the_file_says_is_taken_and_the_environment_beats_it() -> None:
    async with bare_stage() as one:
        await set_scenario(one, seconds=0)
        right = one.settings
        from_file = {**right, "DISCORD_TOKEN": "of.the.file", "DEFAULT_MODEL": "model_scenario-quick-sketch"}
        from_file.pop("PYTHONPATH")
        (one.folder / ".env").write_text("".join(f'{name}="{value}"\n' for name, value in from_file.items()))
        wrong = await the_bot("run", cwd=one.folder, environment=clean())
        assert wrong.status == 1
        assert "DISCORD_TOKEN" in wrong.err
        async with bot(one, one.folder, clean(DISCORD_TOKEN=right["DISCORD_TOKEN"])):
            assert len(images(await outcome(one, "from the file"))) == 1
            (job,) = await one.ledger()
            assert job["model_id"] == "model_scenario-quick-sketch"
        await one.call("DELETE", "/violations")


async def test_what_is_wrong_with_the_file_is_said_without_a_traceback_or_a_secret(tmp_path: Path) -> None:
    secrets = {name: f"hush-{name}" for name in ("DISCORD_TOKEN", "SCENARIO_API_KEY", "SCENARIO_API_SECRET")}
    lines = "".join(f"{name}={value}\n" for name, value in secrets.items())
    for encoding, extra, told in (
        ("utf-16", "", "save it as UTF-8"),
        ("utf-8-sig", "MEMBER_CU_PERDAY=5\n", "Did you mean MEMBER_CU_PER_DAY?"),
    ):
        (tmp_path / ".env").write_text(lines + extra, encoding=encoding)
        ended = await the_bot("run", cwd=tmp_path, environment=clean())
        assert ended.status == 2
        assert told in ended.err
        assert "Traceback" not in ended.err
        assert "is missing" not in ended.err
        assert "hush" not in ended.err


async def test_a_token_that_discord_does_not_know_is_said_in_one_sentence() -> None:
    async with bare_stage() as one:
        environment = clean(**{**one.settings, "DISCORD_TOKEN": "MTIz.wrong.token"})
        ended = await the_bot("run", cwd=one.folder, environment=environment)
        assert ended.status == 1
        assert "Discord does not accept DISCORD_TOKEN" in ended.err
        assert "Traceback" not in ended.err
        assert "MTIz.wrong.token" not in ended.out + ended.err
        await one.call("DELETE", "/violations")


async def test_a_discord_that_is_not_there_is_said_in_one_sentence() -> None:
    async with bare_stage() as one:
        environment = clean(**{**one.settings, "DISCORD_BASE_URL": "http://127.0.0.1:9/api/v10"})
        ended = await the_bot("run", cwd=one.folder, environment=environment)
        assert ended.status == 1
        assert "http://127.0.0.1:9/api/v10" in ended.err
        assert "Traceback" not in ended.err


async def test_a_second_process_on_the_same_file_leaves_with_a_sentence() -> None:
    async with bare_stage() as one:
        await set_scenario(one, seconds=0)
        async with bot(one, one.folder, clean(**one.settings)):
            second = await the_bot("run", cwd=one.folder, environment=clean(**one.settings))
            assert second.status == 1
            assert "Traceback" not in second.err
            assert second.err.strip()
            assert len(images(await outcome(one, "the first goes on"))) == 1


# -- sandbox --------------------------------------------------------------------------------------------


async def test_the_sandbox_prints_exactly_one_line(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sandbox",
        cwd=tmp_path,
        env=clean(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
        addresses: Json = json.loads(line)
        assert set(addresses) == LINE
        assert addresses["discord_base_url"].endswith("/api/v10")
        assert addresses["scenario_base_url"].endswith("/v1")
        async with aiohttp.ClientSession() as session:
            for path in ("control/state", "scenario/v1/models", "discord/api/v10/gateway/bot", "nowhere"):
                async with session.get(addresses["control"].removesuffix("control") + path) as reply:
                    await reply.read()
    finally:
        process.terminate()
        rest = await asyncio.wait_for(process.stdout.read(), PATIENCE)
        status = await process.wait()
    assert rest == b""
    assert status == 0


# -- inspect --------------------------------------------------------------------------------------------


@pytest.mark.asyncio(loop_scope="session")
async def test_inspect_tells_what_became_of_a_request_while_the_bot_runs(one: Stage, tmp_path: Path) -> None:
    waiting = await one.imagine("a patient egret")
    await one.settled(waiting)
    (job,) = await one.ledger("a patient egret")
    url = f"sqlite:///{one.database}"
    by_option, by_setting, none = await asyncio.gather(
        the_bot("inspect", waiting, "--database", url, cwd=tmp_path, environment=clean()),
        the_bot("inspect", waiting, cwd=tmp_path, environment=clean(DATABASE_URL=url)),
        the_bot("inspect", "404", "--database", url, cwd=tmp_path, environment=clean()),
    )
    assert by_option == by_setting
    assert (by_option.status, len(by_option.out.splitlines()), by_option.err) == (0, 1, "")
    assert by_option.summary == {
        "generation": waiting,
        "interaction": waiting,
        "fate": "succeeded",
        "card": "settled",
        "job_id": job["job_id"],
        "price": job["cu"],
        "cu": job["cu"],
    }
    assert (none.status, none.out, none.err) == (1, "", "No request has the number 404.\n")


@pytest.mark.asyncio(loop_scope="session")
async def test_inspect_lists_the_jobs_of_one_request(one: Stage, tmp_path: Path) -> None:
    asked = await one.imagine("two egrets", count=2)
    await one.settled(asked)
    told = await the_bot(
        "inspect", asked, "--database", f"sqlite:///{one.database}", cwd=tmp_path, environment=clean()
    )
    assert (told.status, len(told.out.splitlines())) == (0, 1)
    listed = json.loads(told.out)
    assert [job["generation"] for job in listed] == [asked, f"{asked}-2"]
    assert {job["interaction"] for job in listed} == {asked}
    bought = {job["job_id"] for job in await one.ledger("two egrets")}
    assert {job["job_id"] for job in listed} == bought
    assert len(bought) == 2


async def test_inspect_says_in_a_sentence_what_it_cannot_read(tmp_path: Path) -> None:
    nowhere = f"sqlite:///{tmp_path / 'nothing.db'}"
    ended = await the_bot("inspect", "1", "--database", nowhere, cwd=tmp_path, environment=clean())
    assert (ended.status, ended.out) == (1, "")
    assert "there is no such file" in ended.err
    assert not any(tmp_path.rglob("*"))  # noqa: ASYNC240
