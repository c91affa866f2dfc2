"""What is set where nobody set anything, whole; and what the client is to Discord."""

import asyncio
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import discord
import pytest

from bot.client import ImagineBot, user_agent
from bot.refusals import NotHere
from bot.service.service import Policy
from bot.settings import NAMES, SettingsError, load
from bot.tree import ImagineTree
from bot.ui.cards import buttons
from bot.ui.forms import flow as forms
from bot.ui.speech.refusals import refusal
from bot.ui.speech.texts import say
from bot.version import VERSION
from tests.support.bench import a_bench
from tests.support.interactions import interaction_fields

SECRETS = {"DISCORD_TOKEN": "a", "SCENARIO_API_KEY": "b", "SCENARIO_API_SECRET": "c"}
DEFAULTS: dict[str, object] = {
    "discord_base_url": "https://discord.com/api/v10",
    "scenario_base_url": "https://api.cloud.scenario.com/v1",
    "database_url": "sqlite:///imagine.db",
    "database_direct_url": "sqlite:///imagine.db",
    "default_model": None,
    "member_in_flight": 4,
    "member_waiting": 20,
    "member_cu_per_day": None,
    "guild_cu_per_day": None,
    "cu_per_day": None,
    "confirm_above_cu": 50.0,
    "guild_ids": frozenset[int](),
    "allow_dms": False,
    "queue_limit": 100,
    "permutation_limit": 16,
    "reconcile_seconds": 60.0,
    "shutdown_grace": 8.0,
    "lease_seconds": 10.0,
    "render_seconds": 15.0,
    "render_mib": 448,
    "log_level": "INFO",
    "log_format": "text",
    "http_port": None,
    "http_host": "127.0.0.1",
    "public_url": None,
    "source_url": None,
}


def test_every_default() -> None:
    secrets = {name.lower(): value for name, value in SECRETS.items()}
    assert asdict(load(SECRETS)) == {**DEFAULTS, **secrets}


def test_every_setting_is_read_from_its_own_variable() -> None:
    given = {
        "DISCORD_BASE_URL": "http://127.0.0.1:1/d",
        "SCENARIO_BASE_URL": "http://127.0.0.1:1/s",
        "DATABASE_URL": "sqlite:///x.db",
        "DATABASE_DIRECT_URL": "postgresql://h/x",
        "DEFAULT_MODEL": "model_x",
        "MEMBER_IN_FLIGHT": "5",
        "MEMBER_WAITING": "0",
        "MEMBER_CU_PER_DAY": "6.5",
        "GUILD_CU_PER_DAY": "60",
        "CU_PER_DAY": "600",
        "CONFIRM_ABOVE_CU": "7",
        "GUILD_IDS": "8",
        "ALLOW_DMS": "yes",
        "QUEUE_LIMIT": "9",
        "PERMUTATION_LIMIT": "13",
        "RECONCILE_SECONDS": "10",
        "SHUTDOWN_GRACE": "11",
        "LEASE_SECONDS": "13",
        "RENDER_SECONDS": "12",
        "RENDER_MIB": "512",
        "LOG_LEVEL": "debug",
        "LOG_FORMAT": "JSON",
        "HTTP_PORT": "65535",
        "HTTP_HOST": "0.0.0.0",  # noqa: S104 (nothing listens)
        "PUBLIC_URL": "https://bot.example.com/x/",
        "SOURCE_URL": "https://example.com/x/",
    }
    assert {*SECRETS, *given} == {*NAMES}
    settings = load({**SECRETS, **given})
    assert (settings.discord_token, settings.scenario_api_key, settings.scenario_api_secret) == (
        "a",
        "b",
        "c",
    )
    read = {name: getattr(settings, name.lower()) for name in given}
    assert read == {
        **given,
        "MEMBER_IN_FLIGHT": 5,
        "MEMBER_WAITING": 0,
        "MEMBER_CU_PER_DAY": 6.5,
        "GUILD_CU_PER_DAY": 60.0,
        "CU_PER_DAY": 600.0,
        "CONFIRM_ABOVE_CU": 7.0,
        "GUILD_IDS": frozenset({8}),
        "ALLOW_DMS": True,
        "QUEUE_LIMIT": 9,
        "PERMUTATION_LIMIT": 13,
        "RECONCILE_SECONDS": 10.0,
        "SHUTDOWN_GRACE": 11.0,
        "LEASE_SECONDS": 13.0,
        "RENDER_SECONDS": 12.0,
        "RENDER_MIB": 512,
        "LOG_LEVEL": "DEBUG",
        "LOG_FORMAT": "json",
        "HTTP_PORT": 65535,
        "PUBLIC_URL": "https://bot.example.com/x",
        "SOURCE_URL": "https://example.com/x",
    }
    assert not settings.real_discord


def test_a_stand_in_is_waited_for_less() -> None:
    assert load({**SECRETS, "SCENARIO_BASE_URL": "http://127.0.0.1:1/s"}).reconcile_seconds == 15.0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("HTTP_PORT", "65536"), ("HTTP_PORT", "-1"), ("GUILD_IDS", "0"), ("QUEUE_LIMIT", "-1")),
        *(("CU_PER_DAY", "-0.1"), ("CU_PER_DAY", "inf"), ("RECONCILE_SECONDS", "0.9")),
        *(("PERMUTATION_LIMIT", "0"), ("PERMUTATION_LIMIT", "65")),
        *(("RENDER_SECONDS", "3601"), ("RENDER_MIB", "127"), ("RENDER_MIB", "16385")),
    ],
)
def test_just_beyond_the_edge_is_refused(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name) as caught:
        load({**SECRETS, name: value})
    assert str(caught.value) == "; ".join(caught.value.problems)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("HTTP_PORT", "65535"), ("HTTP_PORT", "1"), ("GUILD_IDS", "1"), ("RECONCILE_SECONDS", "1")),
        *(("RENDER_SECONDS", "3600"), ("RENDER_MIB", "128"), ("RENDER_MIB", "16384")),
    ],
)
def test_the_edge_itself_is_taken(name: str, value: str) -> None:
    read = getattr(load({**SECRETS, name: value}), name.lower())
    assert read in {float(value), frozenset({int(value)})}


@pytest.mark.parametrize("name", ["HTTP_PORT", "MEMBER_IN_FLIGHT", "QUEUE_LIMIT", "CONFIRM_ABOVE_CU"])
def test_nought_is_none(name: str) -> None:
    assert getattr(load({**SECRETS, name: "0"}), name.lower()) is None


# -- the client ---------------------------------------------------------------------------------------


async def nothing() -> None:
    pass


async def test_the_client_asks_for_little_and_keeps_little() -> None:
    async with ImagineBot(aiohttp.TCPConnector(), on_setup=nothing) as bot:
        assert bot.intents == discord.Intents(guilds=True)
        assert cast("Any", bot)._connection.member_cache_flags == discord.MemberCacheFlags.none()
        assert cast("Any", bot)._connection._messages is None
        assert not cast("Any", bot)._connection._chunk_guilds
        assert bot.help_command is None
        contexts, installs = bot.tree.allowed_contexts, bot.tree.allowed_installs
        assert (contexts.guild, contexts.dm_channel, contexts.private_channel) == (True, True, True)
        assert (installs.guild, installs.user) == (True, True)
        assert (discord.VoiceClient.warn_nacl, discord.VoiceClient.warn_dave) == (False, False)
    assert user_agent() == f"DiscordBot (imagine, {VERSION})"


async def test_setting_up_loads_every_command_and_every_button_and_then_says_so() -> None:
    done: list[str] = []

    async def on_setup() -> None:
        done.extend(command.name for command in bot.tree.get_commands())

    async with ImagineBot(aiohttp.TCPConnector(), on_setup=on_setup) as bot:
        await bot.setup_hook()
        assert len(done) == len({*done}) == 23
        known = {*cast("Any", bot)._connection._view_store._dynamic_items.values()}
        assert {*buttons.ALL, *forms.ALL} <= known
        assert bot.tree.translator is not None


async def test_a_client_carries_its_parts() -> None:
    async with a_bench() as bench, ImagineBot(aiohttp.TCPConnector(), on_setup=nothing) as bot:
        bot.carry(bench.service, bench.process.catalogue, made := bench.forms)
        assert (bot.service, bot.catalogue, bot.forms) == (bench.service, bench.process.catalogue, made)
        asked: Any = SimpleNamespace(
            id=1, locale=discord.Locale.french, client=bot, guild_id=None, context=None
        )

        async def spoken() -> str:
            assert await bot.tree.interaction_check(asked)
            return say("form.yes")

        # a task of its own, as every interaction has
        assert await asyncio.create_task(spoken()) == "Oui"


class Elsewhere:
    """An interaction's response in a server that is not served."""

    def __init__(self) -> None:
        self.completed: list[list[Any]] = []
        self.said: list[tuple[str, bool]] = []

    def is_done(self) -> bool:
        return False

    async def autocomplete(self, choices: list[Any]) -> None:
        self.completed.append(choices)

    async def send_message(self, content: str, *, ephemeral: bool, **_: Any) -> None:
        self.said.append((content, ephemeral))


async def test_where_nobody_is_served_a_completion_says_nothing_and_a_command_says_why() -> None:
    policy = Policy(guild_ids=frozenset({8}))
    async with (
        a_bench(policy=policy) as bench,
        ImagineBot(aiohttp.TCPConnector(), on_setup=nothing) as bot,
    ):
        bot.carry(bench.service, bench.process.catalogue, bench.forms)
        told = Elsewhere()
        for kind in (discord.InteractionType.autocomplete, discord.InteractionType.application_command):
            fields = interaction_fields(client=bot, guild_id=9, context=None, response=told, type=kind)
            asked: Any = SimpleNamespace(**fields)
            assert not await bot.tree.interaction_check(asked)
        assert told.completed == [[]]
        assert told.said == [(refusal(NotHere()), True)]


# -- telling Discord the commands ---------------------------------------------------------------------


class Notes:
    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    async def note(self, key: str) -> str | None:
        return self.kept.get(key)

    async def remember(self, key: str, text: str) -> None:
        self.kept[key] = text


async def test_commands_are_told_when_they_changed_and_only_then(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ImagineBot(aiohttp.TCPConnector(), on_setup=nothing) as bot:
        await bot.load_extension("cogs.show")
        tree, notes, synced = cast("ImagineTree", bot.tree), Notes(), list[int]()
        listed = [SimpleNamespace(name="show")]

        async def tell(payload: list[Any]) -> list[Any]:
            synced.append(len(payload))
            return []

        async def fetch(**_: Any) -> list[Any]:
            return listed

        monkeypatch.setattr(tree, "_tell", tell)
        monkeypatch.setattr(tree, "fetch_commands", fetch)
        assert await tree.sync_if_changed(notes, where="here")
        assert not await tree.sync_if_changed(notes, where="here")
        assert await tree.sync_if_changed(notes, where="there")
        assert await tree.sync_if_changed(notes, where="here", force=True)
        assert synced == [1, 1, 1]
        listed.append(SimpleNamespace(name="stale"))  # somebody changed them behind our back
        assert await tree.sync_if_changed(notes, where="here")
        listed.pop()
        await bot.load_extension("cogs.jobs")
        listed.append(SimpleNamespace(name="jobs"))
        assert await tree.sync_if_changed(notes, where="here")
        assert not await tree.sync_if_changed(notes, where="here")
