"""What each command hands on, and what an operator reads: the parts behind it are stand-ins here."""

import gc
import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import click
import discord
import pytest
from click.testing import CliRunner, Result

from bot import app, cli
from bot.health import CannotListen
from bot.operator import check, demo
from bot.operator.check import Finding
from bot.scratch import NoScratch
from bot.settings import NAMES, Settings
from bot.store import NotEmpty, StoreError

SECRETS = {
    "DISCORD_TOKEN": "hush-token",
    "SCENARIO_API_KEY": "hush-key",
    "SCENARIO_API_SECRET": "hush-secret",
}


@pytest.fixture(autouse=True)
def quiet_afterwards() -> Generator[None]:
    """The commands take over the log of the whole process."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in ("alembic", "discord")}
    yield
    root.handlers[:] = before
    root.setLevel(level)
    for name, one in levels.items():
        logging.getLogger(name).setLevel(one)


def called(*arguments: str, **environment: str) -> Result:
    alone = {**dict.fromkeys(NAMES, ""), "PYTHON_DOTENV_DISABLED": "1", **SECRETS, **environment}
    return CliRunner().invoke(cli.main, arguments, env=alone)


def chatty(
    level: int, *, returns: object = None, seen: list[Settings]
) -> Callable[[Settings], Awaitable[Any]]:
    """A part that logs a secret, and something below that level."""

    async def part(settings: Settings) -> object:
        seen.append(settings)
        log = logging.getLogger("part")
        log.log(level - 10, "lower")
        log.log(level, "it is %s", " ".join(SECRETS.values()))
        return returns

    return part


def hidden(result: Result) -> str:
    """What was said on standard error, in which no secret stands."""
    assert [one for one in SECRETS.values() if one in result.stderr + result.stdout] == []
    assert "it is *** *** ***" in result.stderr
    assert "lower" not in result.stderr
    return result.stderr


def test_run_logs_as_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Settings] = []
    monkeypatch.setattr(app, "run", chatty(logging.ERROR, seen=seen))
    result = called("run", LOG_LEVEL="ERROR", LOG_FORMAT="json")
    assert result.exit_code == 0
    assert json.loads(hidden(result))["level"] == "ERROR"
    assert [one.discord_token for one in seen] == ["hush-token"]
    assert " [-] it is" in called("run", LOG_LEVEL="ERROR").stderr
    assert gc.isenabled()  # off among the imports alone


@pytest.mark.parametrize(
    ("command", "said"),
    [("sync", "Discord knows 14 commands.\n"), ("migrate", "The database has this version's form.\n")],
)
def test_sync_and_migrate_tell_what_was_done(
    command: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Settings] = []
    monkeypatch.setattr(app, command, chatty(logging.WARNING, returns=14, seen=seen))
    result = called(command)
    assert (result.exit_code, result.stdout) == (0, said)
    hidden(result)
    assert [one.scenario_api_key for one in seen] == ["hush-key"]


def test_migrate_carries_a_file_over_and_tells_how_much_that_was(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str]] = []

    async def carried(source: str, settings: Settings) -> dict[str, int]:
        seen.append((source, settings.database_url))
        return {"generation": 12, "card": 10}

    monkeypatch.setattr(app, "migrate_from", carried)
    result = called("migrate", "--from", "sqlite:///imagine.db", DATABASE_URL="postgresql://here/imagine")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "Everything was carried over; rows: generation 12, card 10.\n"
    assert seen == [("sqlite:///imagine.db", "postgresql://here/imagine")]


def test_migrate_says_why_nothing_was_carried_over(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(source: str, settings: Settings) -> dict[str, int]:
        del source, settings
        raise NotEmpty("postgresql://here/imagine", "note")

    monkeypatch.setattr(app, "migrate_from", refused)
    result = called("migrate", "--from", "sqlite:///imagine.db")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "is not empty" in result.stderr


@pytest.mark.parametrize("well", [True, False])
def test_check_tells_each_part_and_what_to_do(well: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Settings] = []

    async def findings(settings: Settings) -> AsyncGenerator[Finding]:
        await chatty(logging.ERROR, seen=seen)(settings)
        yield Finding(part="limits", well=True, sentence="None.")
        yield Finding(part="scenario", well=well, sentence="This is it.", remedy="Do that.")
        yield Finding(part="discord", well=True, sentence="Fine.")

    monkeypatch.setattr(check, "check", findings)
    result = called("check")
    middle = "ok  scenario  This is it.\n" if well else "NO  scenario  This is it.\n              Do that.\n"
    assert result.stdout == f"ok  limits    None.\n{middle}ok  discord   Fine.\n"
    assert result.exit_code == (0 if well else 1)
    assert [one.scenario_api_secret for one in seen] == ["hush-secret"]
    hidden(result)


def closed(code: int) -> discord.ConnectionClosed:
    return discord.ConnectionClosed(cast("Any", SimpleNamespace(close_code=code)), shard_id=0)


@pytest.mark.parametrize("command", ["run", "sync", "migrate"])
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (discord.LoginFailure("no"), "does not accept DISCORD_TOKEN"),
        (discord.PrivilegedIntentsRequired(None), "refuses the bot's intents"),
        (closed(4004), "no longer accepts DISCORD_TOKEN"),
        (closed(4010), "refuses a shard"),
        (closed(4011), "Raise SHARD_COUNT, or leave it empty"),
        (closed(4012), "with the code 4012"),
        (discord.GatewayNotFound(), "does not say where its gateway is"),
        (StoreError("The database is gone."), "The database is gone."),
        (CannotListen("HTTP_PORT is taken."), "HTTP_PORT is taken."),
        (NoScratch("No room in /tmp."), "No room in /tmp."),
        (aiohttp.ClientError("reset"), "Discord at http://here cannot be used: reset"),
        (OSError("unreachable"), "Discord at http://here cannot be used: unreachable"),
    ],
)
def test_what_an_operator_can_mend_is_one_sentence_and_status_1(
    command: str, error: Exception, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(settings: Settings) -> None:
        raise error

    monkeypatch.setattr(app, command, broken)
    result = called(command, DISCORD_BASE_URL="http://here")
    assert (result.exit_code, result.stdout) == (1, "")
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["run", "check", "sync", "migrate"])
def test_settings_that_are_missing_are_named_on_standard_error_with_status_2(command: str) -> None:
    result = called(command, SCENARIO_API_KEY="", CU_PER_DAY="much")
    assert (result.exit_code, result.stdout) == (2, "")
    told = result.stderr.splitlines()
    assert told[0] == "The settings are not complete:"
    assert [line for line in told if line.startswith("  - ")] == told[1:-1]
    assert "SCENARIO_API_KEY is missing." in told[1] + told[2]
    assert ".env.example" in told[-1]


def test_the_demo_is_asked_for_what_was_named_and_its_status_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    async def run(options: dict[str, object], **how: object) -> int:
        asked.append((options, how))
        return 3

    monkeypatch.setattr(demo, "run", run)
    assert called("demo").exit_code == 3
    assert called("demo", "--count", "1", "--port", "1").exit_code == 3
    whole = ["--once", "--prompt", "a fox", "--model", "model_a", "--aspect-ratio", "16:9", "--count", "4"]
    assert called("demo", *whole, "--out", "there", "--port", "65535").exit_code == 3
    assert asked == [
        ({"prompt": demo.PROMPT}, {"once": False, "out": Path("artefacts/demo"), "port": 0}),
        ({"prompt": demo.PROMPT, "count": 1}, {"once": False, "out": Path("artefacts/demo"), "port": 1}),
        (
            {"prompt": "a fox", "model": "model_a", "aspect_ratio": "16:9", "count": 4},
            {"once": True, "out": Path("there"), "port": 65535},
        ),
    ]


@pytest.mark.parametrize(
    "arguments",
    [["--count", "0"], ["--count", "9"], ["--port", "65536"], ["--port", "-1"], ["--out", __file__]],
)
def test_an_impossible_option_of_the_demo_ends_with_2(arguments: list[str]) -> None:
    result = called("demo", *arguments)
    assert result.exit_code == 2
    assert arguments[0] in result.stderr


def test_help_and_the_version_need_no_settings() -> None:
    for flag in ("-h", "--help"):
        shown = called(flag, DISCORD_TOKEN="")
        assert shown.exit_code == 0
        assert "check" in shown.stdout
    assert called("--version", DISCORD_TOKEN="").stdout.startswith("imagine, version ")
    assert demo.PROMPT in " ".join(called("demo", "-h").stdout.split())


def test_every_command_and_option_is_explained() -> None:
    for name, command in cli.main.commands.items():
        shown = " ".join(called(name, "--help").stdout.split())
        assert command.help, name
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.help, (name, option.name)
                assert max(option.opts, key=len) in shown


def test_a_file_that_cannot_be_read_is_told_where_only_the_database_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("DATABASE_URL=sqlite:///x.db\n", encoding="utf-16")
    monkeypatch.chdir(tmp_path)
    result = called("inspect", "1", PYTHON_DOTENV_DISABLED="")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "save it as UTF-8" in result.stderr
