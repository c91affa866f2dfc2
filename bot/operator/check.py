"""`python -m bot check`: is everything in place? A plain sentence for each part, and what to do."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

import aiohttp
import discord

from bot.catalogue.faults import ModelFault, detail, fault
from bot.client import ImagineBot, aim
from bot.clock import SystemClock
from bot.connections import DiscordConnector
from bot.pushes.receiving import PATH
from bot.scenario.api.errors import Forbidden, NotFound, ScenarioError, WrongKey
from bot.scenario.client import ScenarioClient
from bot.settings import Settings
from bot.store import DatabaseInUse, StoreError, open_store

NEEDED: Final = ("view_channel", "send_messages", "embed_links", "attach_files", "read_message_history")
"""Permissions that the invite link of docs/setup.md grants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One part, in a sentence, with what to do where it is not well."""

    part: str
    well: bool
    sentence: str
    remedy: str = ""


async def check(settings: Settings) -> AsyncGenerator[Finding]:
    """Look at every part, whatever the others say. Buys nothing."""
    yield _limits(settings)
    yield await _database(settings)
    yield await _scenario(settings)
    if settings.public_url is not None:
        yield await _pushes(settings, settings.public_url)
    async for finding in _discord(settings):
        yield finding


def _limits(settings: Settings) -> Finding:
    """What holds spending back. Nothing is the operator's right, but not one to be taken unaware."""
    part = "limits"
    limits = {
        "a member": settings.member_cu_per_day,
        "a server": settings.guild_cu_per_day,
        "everybody together": settings.cu_per_day,
    }
    told = [f"{whose} {cu:.15g} CU" for whose, cu in limits.items() if cu is not None]
    threshold = settings.confirm_above_cu
    asked = (
        f"above {threshold:.15g} CU a yes is asked for" if threshold is not None else "no yes is asked for"
    )
    if not told:
        sentence = (
            "No limit on CU is set: members may spend all that the account has "
            f"(MEMBER_CU_PER_DAY, GUILD_CU_PER_DAY, CU_PER_DAY); {asked}."
        )
        return Finding(part=part, well=True, sentence=sentence)
    free = [whose for whose, cu in limits.items() if cu is None]
    none = f"; no limit for {' and '.join(free)}" if free else ""
    return Finding(part=part, well=True, sentence=f"In 24 hours {', '.join(told)}{none}; {asked}.")


async def _database(settings: Settings) -> Finding:
    part = "database"
    try:
        async with open_store(settings.database_url) as store:
            await store.remember("check", SystemClock().now().isoformat())
    except DatabaseInUse as error:
        return Finding(part=part, well=True, sentence=f"{error}. That is fine if it is this bot.")
    except StoreError as error:
        return Finding(part=part, well=False, sentence=str(error), remedy="Look at DATABASE_URL.")
    return Finding(part=part, well=True, sentence="The database can be written.")


@asynccontextmanager
async def _client(settings: Settings) -> AsyncGenerator[ScenarioClient]:
    """Scenario's, on connections of its own."""
    key, secret = settings.scenario_api_key, settings.scenario_api_secret
    async with aiohttp.ClientSession() as session:
        yield ScenarioClient(session, settings.scenario_base_url, key, secret, SystemClock())


async def _scenario(settings: Settings) -> Finding:
    part, where = "scenario", settings.scenario_base_url
    async with _client(settings) as client:
        try:
            await client.probe()
            if (named := settings.default_model) is not None and (lacks := await _no_model(client, named)):
                return lacks
        except WrongKey:
            remedy = "Copy SCENARIO_API_KEY and SCENARIO_API_SECRET again from Project Settings → API Keys."
            return Finding(part=part, well=False, sentence="Scenario does not accept the key.", remedy=remedy)
        except Forbidden as error:
            remedy = "Look at the key's scope, and whether your Scenario plan includes the API."
            sentence = f"The key may not list models: {error.reason}"
            return Finding(part=part, well=False, sentence=sentence, remedy=remedy)
        except ScenarioError as error:
            remedy = "Look at SCENARIO_BASE_URL and at this machine's way to the internet."
            sentence = f"Scenario at {where} does not answer: {error}"
            return Finding(part=part, well=False, sentence=sentence, remedy=remedy)
    return Finding(part=part, well=True, sentence="Scenario accepts the key.")


async def _no_model(client: ScenarioClient, model_id: str) -> Finding | None:
    """What is wrong with DEFAULT_MODEL. Members would be told that Scenario does not know a model that they
    never named."""
    try:
        model = await client.model(model_id)
    except (NotFound, Forbidden):
        listed = [row.id for privacy in ("private", "public") async for row in client.models(privacy=privacy)]
        near = get_close_matches(model_id, listed, n=1)
        remedy = (
            f"Perhaps it is {near[0]}." if near else "Leave it empty, or name a model that /models lists."
        )
        sentence = f"DEFAULT_MODEL names {model_id}, which this account does not have."
        return Finding(part="scenario", well=False, sentence=sentence, remedy=remedy)
    unfit = fault(model)
    if unfit is None:
        return None
    sentence = f"DEFAULT_MODEL names {model_id}, which cannot be used: {unfit.value.replace('_', ' ')}."
    remedy = detail(model, unfit) if unfit is ModelFault.DEPRECATED else None
    remedy = f"Its replacement is {remedy}." if remedy else "Leave it empty, or name another model."
    return Finding(part="scenario", well=False, sentence=sentence, remedy=remedy)


async def _pushes(settings: Settings, public_url: str) -> Finding:
    """Whether Scenario can be asked for pushes. That its pushes arrive, only a running bot can tell."""
    part = "pushes"
    async with _client(settings) as client:
        try:
            found = await client.webhooks.registered()
        except (NotFound, Forbidden):
            sentence = "This Scenario account has no webhooks: jobs are polled, whatever PUBLIC_URL says."
            return Finding(part=part, well=True, sentence=sentence)
        except ScenarioError as error:
            remedy = "The bot tries it again by itself, and polls jobs until then."
            sentence = f"Scenario's webhooks cannot be read: {error}"
            return Finding(part=part, well=False, sentence=sentence, remedy=remedy)
    there = any(one.url.startswith(f"{public_url}{PATH}") and one.tells_ends for one in found)
    when = "pushes" if there else "will push, once the bot runs,"
    return Finding(part=part, well=True, sentence=f"Scenario {when} what becomes of jobs to {public_url}.")


async def _discord(settings: Settings) -> AsyncGenerator[Finding]:
    part = "discord"

    async def nothing() -> None:
        return

    client: ImagineBot | None = None
    try:
        if not settings.real_discord:
            await aim(settings.discord_base_url, settings.discord_token, SystemClock())
        client = ImagineBot(DiscordConnector(), on_setup=nothing)
        async with client:
            await client.login(settings.discord_token)
            name = client.user.name if client.user is not None else "?"
            yield Finding(part=part, well=True, sentence=f"Discord accepts the token: this is {name}.")
            yield await _commands(client)
            yield await _shards(client, settings)
            async for finding in _servers(client):
                yield finding
    except discord.LoginFailure:
        remedy = "Copy DISCORD_TOKEN again: Developer Portal → your application → Bot → Reset Token."
        yield Finding(part=part, well=False, sentence="Discord does not accept the token.", remedy=remedy)
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        remedy = "Look at DISCORD_BASE_URL and at this machine's way to the internet."
        sentence = f"Discord at {settings.discord_base_url} cannot be used: {error}"
        yield Finding(part=part, well=False, sentence=sentence, remedy=remedy)


async def _commands(client: ImagineBot) -> Finding:
    ours = {command.name for command in client.tree.get_commands()}
    theirs = {command.name for command in await client.tree.fetch_commands()}
    if ours <= theirs:
        listed = ", ".join(f"/{name}" for name in sorted(ours))
        return Finding(part="commands", well=True, sentence=f"Discord knows {listed}.")
    missing = ", ".join(f"/{name}" for name in sorted(ours - theirs))
    return Finding(
        part="commands",
        well=False,
        sentence=f"Discord does not know {missing}.",
        remedy="Run imagine sync (python -m bot sync in a clone), or start the bot: it syncs by itself.",
    )


async def _shards(client: ImagineBot, settings: Settings) -> Finding:
    """How many connections Discord wants, how this process will have its part in them, and whether they may
    begin: one session too many in a day, and Discord ends all of them and resets the token."""
    part = "shards"
    recommended, _, limits = await client.http.get_bot_gateway()
    count = settings.shard_count or recommended
    remaining, total = limits["remaining"], limits["total"]
    sentence = (
        f"Discord recommends {recommended}, and {_runs(settings)}. {remaining} of {total} sessions are "
        f"left to begin in 24 hours, {limits['max_concurrency']} at a time (max_concurrency)"
    )
    # as the running bot warns: with so many servers each, Discord soon refuses them
    if recommended > 2 * count:
        remedy = f"Raise SHARD_COUNT to {recommended}, or leave it empty."
        return Finding(part=part, well=False, sentence=f"{sentence}: {count} are too few.", remedy=remedy)
    needed = len(settings.shard_ids) or count
    if remaining < needed:
        hours = limits["reset_after"] / 3_600_000
        remedy = (
            f"Do not start the bot anew before {hours:.1f} hours are over: Discord would reset its token."
        )
        sentence = f"{sentence}, and {needed} would be needed."
        return Finding(part=part, well=False, sentence=sentence, remedy=remedy)
    return Finding(part=part, well=True, sentence=f"{sentence}.")


def _runs(settings: Settings) -> str:
    """Which shards this process will run, in the words of the settings."""
    count = settings.shard_count
    if settings.shard_ids:
        named = ", ".join(map(str, settings.shard_ids))
        return f"this process runs {named} of {count} (SHARD_IDS)"
    many = "as many" if count is None else f"{count} (SHARD_COUNT)"
    if settings.database_url.startswith("sqlite"):
        return f"this process runs {many}"
    if count == 1:
        return f"each process on the database runs {many}"
    if count is None:
        return "the processes on the database divide as many, or as many as they run already"
    return f"the processes on the database divide {many}"


async def _servers(client: ImagineBot) -> AsyncGenerator[Finding]:
    servers = [guild async for guild in client.fetch_guilds(limit=200)]
    if not servers:
        remedy = "Invite it with the link that docs/setup.md shows."
        yield Finding(part="servers", well=False, sentence="The bot is in no server.", remedy=remedy)
    for server in servers:
        yield await _permissions(client, server)


async def _permissions(client: ImagineBot, server: discord.Guild) -> Finding:
    """What the bot's roles allow in this server; a channel may still take it away."""
    assert client.user is not None
    guild = await client.fetch_guild(server.id)
    member = await guild.fetch_member(client.user.id)
    missing = [name for name in NEEDED if not getattr(member.guild_permissions, name)]
    if not missing:
        return Finding(part="servers", well=True, sentence=f"{guild.name}: the bot may do what it needs.")
    named = ", ".join(name.replace("_", " ").title() for name in missing)
    remedy = "Give the bot's role these permissions, or invite it again with the link of docs/setup.md."
    return Finding(part="servers", well=False, sentence=f"{guild.name}: missing {named}.", remedy=remedy)
