"""python -m bot run | demo | check | sync | migrate | inspect.

Exit status: 0 done, 1 failed, 2 the settings or the command line are wrong.

The libraries of Discord and of the database take over a second to import: each command imports what it
needs, so that help, a missing setting and the demonstration's own part do not wait for them.
"""

import asyncio
import gc
import json
import os
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Final, NoReturn

import click

from bot import logs
from bot.envfile import load_file
from bot.operator import demo
from bot.settings import DATABASE_URL, Settings, SettingsError, load
from bot.version import VERSION


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="imagine")
def main() -> None:
    """Imagine: the Scenario studio inside Discord."""


@main.command()
def run() -> None:
    """Run the bot with the keys of the environment or of .env."""
    settings = _settings()
    logs.set_up(settings.log_level, form=settings.log_format, secrets=settings.secrets)
    with _kept():
        from bot import app

    with _explained(settings):
        asyncio.run(app.run(settings))


@main.command()
def check() -> None:
    """Look whether everything is in place, and say what to do where it is not."""
    settings = _settings()
    logs.set_up("ERROR", secrets=settings.secrets)
    sys.exit(asyncio.run(_check(settings)))


async def _check(settings: Settings) -> int:
    from bot.operator import check as checks

    status = 0
    async for finding in checks.check(settings):
        click.echo(f"{'ok ' if finding.well else 'NO '} {finding.part:9} {finding.sentence}")
        if not finding.well:
            status = 1
            click.echo(f"{'':14}{finding.remedy}")
    return status


@main.command()
def sync() -> None:
    """Tell Discord the bot's commands, changed or not."""
    settings = _settings()
    logs.set_up("WARNING", secrets=settings.secrets)
    from bot import app

    with _explained(settings):
        count = asyncio.run(app.sync(settings))
    click.echo(f"Discord knows {count} commands.")


@main.command()
@click.option("--from", "source", metavar="URL", help="A SQLite file to carry over: sqlite:///imagine.db.")
def migrate(*, source: str | None) -> None:
    """Bring the database to this version's form. `run` does it by itself.

    With --from, all that a SQLite file holds is carried over to the PostgreSQL database of DATABASE_URL,
    which must be empty.
    """
    settings = _settings()
    logs.set_up("WARNING", secrets=settings.secrets)
    from bot import app

    with _explained(settings):
        if source is None:
            asyncio.run(app.migrate(settings))
            click.echo("The database has this version's form.")
        else:
            counts = asyncio.run(app.migrate_from(source, settings))
            told = ", ".join(f"{table} {count}" for table, count in counts.items())
            click.echo(f"Everything was carried over; rows: {told}.")


@main.command("inspect")
@click.argument("interaction_id", metavar="INTERACTION_ID")
@click.option("--database", metavar="URL", help="Another address than DATABASE_URL.")
def inspect_request(interaction_id: str, *, database: str | None) -> None:
    """Say what became of a request, as one line of JSON. Also while the bot runs; changes nothing."""
    from bot.operator.inspection import inspect
    from bot.store import StoreError

    try:
        found = asyncio.run(inspect(database or _database_url(), interaction_id.strip()))
    except StoreError as error:
        _fail(str(error))
    if not found:
        _fail(f"No request has the number {interaction_id.strip()}.")
    click.echo(json.dumps(found[0] if len(found) == 1 else found))


@contextmanager
def _kept() -> Generator[None]:
    """All that is imported here stays: to look for cycles in it again and again is a sixth of a start."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


_REFUSED: Final[Mapping[int, str]] = MappingProxyType(
    {
        4004: "Discord no longer accepts DISCORD_TOKEN. Copy it again from the Bot page of your application.",
        4010: "Discord refuses a shard. Look at SHARD_COUNT and SHARD_IDS.",
        4011: "The bot is in too many servers for so few shards. Raise SHARD_COUNT, or leave it empty.",
    }
)
"""Close codes of the gateway, in words."""


@contextmanager
def _explained(settings: Settings) -> Generator[None]:
    """Failures that an operator can mend, as a sentence and exit status 1."""
    import aiohttp
    import discord

    from bot.health import CannotListen
    from bot.scratch import NoScratch
    from bot.store import StoreError

    try:
        yield
    except discord.LoginFailure:
        _fail("Discord does not accept DISCORD_TOKEN. Copy it again from the Bot page of your application.")
    except discord.PrivilegedIntentsRequired:
        _fail("Discord refuses the bot's intents. Imagine needs none of the privileged ones.")
    except discord.ConnectionClosed as error:
        _fail(_REFUSED.get(error.code, f"Discord closed the gateway for good, with the code {error.code}."))
    except (StoreError, CannotListen, NoScratch) as error:
        _fail(str(error))
    except discord.GatewayNotFound:
        _fail(f"Discord at {settings.discord_base_url} does not say where its gateway is. Try again later.")
    except (aiohttp.ClientError, discord.HTTPException, OSError) as error:
        _fail(f"Discord at {settings.discord_base_url} cannot be used: {error}")


@main.command("demo")
@click.option("--once", is_flag=True, help="Make one picture and exit.")
@click.option("--prompt", default=demo.PROMPT, show_default=True, help="What the picture shows.")
@click.option("--model", help="A model id; without it the bot's default.")
@click.option("--aspect-ratio", help="Such as 16:9.")
@click.option("--count", type=click.IntRange(1, 8), help="How many pictures.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("artefacts/demo"),
    show_default=True,
    help="The folder for what was delivered.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The sandbox's port; 0 picks one.")
def run_demo(
    *,
    once: bool,
    prompt: str,
    model: str | None,
    aspect_ratio: str | None,
    count: int | None,
    out: Path,
    port: int,
) -> None:
    """Run the bot against the sandbox: no key, no internet. Opens with one /imagine done."""
    options = {
        "prompt": prompt,
        "model": model,
        "aspect_ratio": aspect_ratio,
        "count": count,
    }
    wanted = {name: value for name, value in options.items() if value is not None}
    sys.exit(asyncio.run(demo.run(wanted, once=once, out=out, port=port)))


def _database_url() -> str:
    """The operator's, without asking for the keys that only a running bot needs."""
    try:
        load_file()
    except SettingsError as error:
        _fail(" ".join(error.problems))
    return os.environ.get("DATABASE_URL", "").strip() or DATABASE_URL


def _settings() -> Settings:
    """The environment, and what .env adds to it. Exits with status 2 and all problems."""
    try:
        return load(os.environ, ours=load_file())
    except SettingsError as error:
        click.echo("The settings are not complete:", err=True)
        for problem in error.problems:
            click.echo(f"  - {problem}", err=True)
        click.echo("Set them in the environment or in a file named .env (see .env.example).", err=True)
        sys.exit(2)


def _fail(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(1)
