"""Logs: one line an event, with its generation, in two forms, and never with a secret."""

import asyncio
import io
import json
import logging
import secrets
import sys
from collections.abc import Generator
from typing import Any

import pytest

from bot import logs
from bot.settings import load

TOKEN = "MTIzNDU2.a-token.of-discord"
SECRET = 'sec"ret\\of-scénario'
"""It looks different once it stands in JSON."""
LINK = "https://cdn.example/asset/picture.png?Policy=eyJTdGF0&Signature=abc~DEF_&Key-Pair-Id=K1"
SIGNED = ("eyJTdGF0", "abc~DEF_", "Key-Pair-Id")
TEMPLATES = ("{}", "at {}", "url='{}'", 'url="{}"', "<{}>", "({})", "{}\nand more", "URL('{}')", "{},{}")

log = logging.getLogger("bot.somewhere")


@pytest.fixture(autouse=True)
def root() -> Generator[None]:
    """The root logger as pytest made it, given back at the end."""
    loggers = [logging.getLogger(name) for name in ("", "alembic", "discord")]
    handlers, levels = loggers[0].handlers[:], [one.level for one in loggers]
    yield
    logs.number_process(None)
    loggers[0].handlers[:] = handlers
    for one, level in zip(loggers, levels, strict=True):
        one.setLevel(level)


@pytest.fixture(params=["text", "json"])
def form(request: pytest.FixtureRequest) -> str:
    return request.param


def begin(form: str) -> None:
    """Called in the test's body: a log writes to the standard error that it finds."""
    logs.set_up("INFO", form=form, secrets=[TOKEN, SECRET, ""])


def written(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


def objects(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written(capsys).splitlines()]


def checked(capsys: pytest.CaptureFixture[str], form: str) -> str:
    """Everything that was written, as whoever reads it sees it; JSON has to be JSON."""
    if form == "text":
        return written(capsys)
    return "\n".join(str(value) for line in objects(capsys) for value in line.values())


# -- form ---------------------------------------------------------------------------------------------


def test_json_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("INFO", form="json")
    log.info("%d jobs\nin two lines", 3)
    log.warning("careful")
    first, second = objects(capsys)
    assert set(first) == {"time", "level", "logger", "generation", "process", "message"}
    assert first["message"] == "3 jobs\nin two lines"
    assert (first["level"], first["logger"], first["generation"]) == ("INFO", "bot.somewhere", "-")
    assert (second["level"], second["message"]) == ("WARNING", "careful")


def test_a_line_names_its_process_where_there_are_several(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    begin(form)
    log.info("alone")
    logs.number_process(12)
    log.info("before a generation")
    with logs.about("1001"):
        log.info("of a generation")
    logs.number_process(None)
    log.info("alone again")
    if form == "json":
        told = [(line["process"], line["generation"]) for line in objects(capsys)]
        assert told == [("-", "-"), ("12", "-"), ("12", "1001"), ("-", "-")]
    else:
        told = [line.partition("[")[2] for line in written(capsys).splitlines()]
        assert told == [
            "-] alone",
            "- @12] before a generation",
            "1001 @12] of a generation",
            "-] alone again",
        ]


def test_a_traceback_stays_on_the_line_of_its_event_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("INFO", form="json")
    try:
        int("why")
    except ValueError:
        log.exception("it failed")
    (line,) = objects(capsys)
    assert line["message"] == "it failed"
    assert line["exc_info"].startswith("Traceback")
    assert line["exc_info"].endswith("base 10: 'why'")


def test_text_names_the_level_the_logger_and_the_generation(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("INFO")
    with logs.about("1001"):
        log.info("bought")
    assert written(capsys).rstrip().endswith("INFO    bot.somewhere [1001] bought")


# -- the generation -----------------------------------------------------------------------------------


def test_every_line_inside_names_the_generation(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("INFO", form="json")
    log.info("before")
    with logs.about("1001"):
        log.info("outer")
        with logs.about("1002"):
            logging.getLogger("a.library").warning("inner")
        log.info("outer again")
    log.info("after")
    assert [line["generation"] for line in objects(capsys)] == ["-", "1001", "1002", "1001", "-"]


async def test_generations_side_by_side_are_not_mixed_up(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("INFO", form="json")

    async def step(generation: str) -> None:
        with logs.about(generation):
            for _ in range(3):
                log.info(generation)
                await asyncio.sleep(0)

    await asyncio.gather(*(step(str(number)) for number in range(5)))
    lines = objects(capsys)
    assert len(lines) == 15
    assert all(line["generation"] == line["message"] for line in lines)


def test_the_generation_ends_with_an_error_too(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("INFO", form="json")
    with pytest.raises(ValueError, match="why"), logs.about("1001"):
        raise ValueError("why")
    log.info("after")
    assert [line["generation"] for line in objects(capsys)] == ["-"]


# -- secrets ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", [TOKEN, SECRET])
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_secret_is_hidden(
    template: str, secret: str, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    begin(form)
    log.info("%s", template.format(*[secret] * 2))
    told = checked(capsys, form)
    assert logs.HIDDEN in told
    assert secret not in told


def test_secrets_are_hidden_in_tracebacks(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    begin(form)

    def fail() -> None:
        try:
            int(LINK)
        except ValueError as error:
            raise RuntimeError(f"POST /webhooks/77/the-token/messages with {TOKEN}") from error

    try:
        fail()
    except RuntimeError:
        log.exception("an attempt failed")
    told = checked(capsys, form)
    assert "Traceback" in told
    assert "RuntimeError: POST /webhooks/77/***/messages with ***" in told
    for secret in (TOKEN, "the-token", *SIGNED):
        assert secret not in told


def test_secrets_are_hidden_in_a_groups_traceback(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    begin(form)
    group = ExceptionGroup("both", [ValueError(TOKEN), OSError(f'"{LINK}"')])
    log.error("several failed", exc_info=group)
    told = checked(capsys, form)
    assert "ValueError: ***" in told
    for secret in (TOKEN, *SIGNED):
        assert secret not in told


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_signed_link_ends_at_its_question_mark(
    template: str, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    begin(form)
    log.info("%s", template.format(LINK, LINK))
    told = checked(capsys, form)
    assert "https://cdn.example/asset/picture.png?***" in told
    for secret in SIGNED:
        assert secret not in told


def test_the_address_of_pushes_is_hidden_and_files_of_that_name_are_not(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    begin(form)
    token = secrets.token_urlsafe(32)
    log.warning("url must be absolute: https://bot.example.com/pushes/%s in bot/pushes/receiving.py", token)
    told = checked(capsys, form)
    assert "https://bot.example.com/pushes/*** in bot/pushes/receiving.py" in told
    assert token not in told


@pytest.mark.parametrize("kind", ["webhooks", "interactions"])
@pytest.mark.parametrize("rest", ["", "/messages/@original", "/callback", "?wait=true", '"', "\n"])
def test_an_interactions_token_is_hidden_and_its_path_stays(
    kind: str, rest: str, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    begin(form)
    log.warning("PATCH https://discord.com/api/v10/%s/77/aW50ZXJhY3Rpb24%s failed", kind, rest)
    told = checked(capsys, form)
    assert f"/{kind}/77/***" in told
    assert "aW50ZXJhY3Rpb24" not in told
    assert "failed" in told


def test_what_is_no_secret_stays(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    begin(form)
    said = "GET https://api.cloud.scenario.com/v1/models/model_x answered 404, /channels/7/messages/8 too"
    log.info(said)
    told = checked(capsys, form)
    assert said in told
    assert logs.HIDDEN not in told


def test_an_empty_secret_hides_nothing(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    begin(form)
    log.info("a")
    assert logs.HIDDEN not in checked(capsys, form)


def test_the_settings_name_every_secret_of_theirs() -> None:
    settings = load(
        {
            "DISCORD_TOKEN": "one",
            "SCENARIO_API_KEY": "two",
            "SCENARIO_API_SECRET": "three",
            "DATABASE_URL": "postgresql://user:four@host/name",
        }
    )
    assert {"one", "two", "three", "four"} <= set(settings.secrets)


# -- what is said at all ------------------------------------------------------------------------------


def test_a_level_hushes_what_is_below_it(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("WARNING")
    log.info("too much")
    log.warning("enough")
    told = written(capsys)
    assert "enough" in told
    assert "too much" not in told


def test_discord_never_speaks_at_debug_where_its_lines_hold_prompts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.set_up("DEBUG")
    log.debug("ours")
    logging.getLogger("discord.gateway").debug("a whole payload")
    logging.getLogger("discord.http").debug("another")
    told = written(capsys)
    assert "ours" in told
    assert "payload" not in told
    assert "another" not in told


def test_setting_up_twice_writes_every_line_once(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("INFO")
    logs.set_up("INFO")
    log.info("once")
    assert written(capsys).count("once") == 1


def test_a_line_that_cannot_be_written_does_not_tell_its_arguments(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    begin(form)
    record = log.makeRecord(log.name, logging.INFO, __file__, 7, "%d", (TOKEN,), None)
    logging.getLogger().handlers[0].handle(record)
    told = written(capsys)
    assert "bot.somewhere" in told
    assert TOKEN not in told


class FullDisk(io.StringIO):
    """Standard error in a file for which there is no room, or that is closed."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def write(self, text: str, /) -> int:
        raise self._error


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ValueError("closed file")])
def test_whoever_logs_does_not_fail_because_the_line_cannot_be_written(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", FullDisk(error))
    logs.set_up()
    log.warning("the gateway has closed")
