"""ImagineBot: intents, what happens before the gateway opens, and where it connects to."""

import json
import logging
import math
import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, cast

import aiohttp
import discord
from discord import utils
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

import cogs
from bot.catalogue import Catalogue
from bot.clock import Clock
from bot.forms import Forms
from bot.gateway.shards import Shards, ShardStanding
from bot.scenario.api import loose
from bot.service.service import Service
from bot.tree import ImagineTree
from bot.ui.actions import buttons as actions
from bot.ui.actions import candidates
from bot.ui.actions import flow as words
from bot.ui.actions.expressions import Expressions
from bot.ui.cards import buttons, resend
from bot.ui.forms import flow as forms
from bot.ui.forms import sending
from bot.ui.interactions.asking import AnyInteraction
from bot.ui.models.gallery import Gallery
from bot.ui.speech.translation import SentenceTranslator
from bot.version import VERSION

log = logging.getLogger(__name__)

_READ: Final = cast("Callable[[str], Any]", utils.__dict__["_from_json"])
"""How the library reads JSON: orjson, where that is installed."""
_TRIES: Final = 5
"""Of the question where the gateway is; the library asks as often."""
_LONGEST_WAIT: Final = 10.0
"""Seconds between two of them."""


def read_json(text: str) -> Any:
    """What Discord said, in sound text. Raises ValueError for what is no JSON.

    orjson refuses half an emoji, and the library ends the whole client over that.
    """
    if not loose.suspect(text):
        return _READ(text)
    return loose.mended(json.loads(text))


class ImagineBot(commands.AutoShardedBot):
    """The Discord client. It carries the parts that buttons and cogs reach (`ui.interactions.host`)."""

    def __init__(
        self,
        connector: aiohttp.BaseConnector,
        *,
        on_setup: Callable[[], Awaitable[None]],
        shards: Shards | None = None,
        trace: aiohttp.TraceConfig | None = None,
    ) -> None:
        """
        connector: made inside the running loop; tests pass one that leads elsewhere.
        shards: the connections to the gateway; None for a client that opens none.
        trace: hears of every request to Discord.
        on_setup: called once, logged in, before the gateway opens.
        """
        # no voice here: its missing libraries are no news
        discord.VoiceClient.warn_nacl = False
        discord.VoiceClient.warn_dave = False
        # the one place through which the gateway's and REST's texts come in; there is no other door to it
        utils.__dict__["_from_json"] = read_json
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=ImagineTree,
            # slash commands and buttons need no message content and no members
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=discord.app_commands.AppCommandContext(
                guild=True, dm_channel=True, private_channel=True
            ),
            allowed_installs=discord.app_commands.AppInstallationType(guild=True, user=True),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            connector=connector,
            http_trace=trace or aiohttp.TraceConfig(),
        )
        self._on_setup = on_setup
        self._shards = shards
        self._service: Service | None = None
        self._catalogue: Catalogue | None = None
        self._forms: Forms | None = None
        self.gallery: Gallery | None = None
        """Pictures of models, for `ui.models.gallery`."""
        self.expressions: Expressions | None = None
        """Results as a server's own, for `ui.actions.expressions`."""

    def carry(self, service: Service, catalogue: Catalogue, forms: Forms) -> None:
        """Give buttons and cogs their parts."""
        self._service = service
        self._catalogue = catalogue
        self._forms = forms

    @property
    def service(self) -> Service:
        """Raises RuntimeError before `carry`."""
        if self._service is None:
            raise RuntimeError("the client carries no service yet")
        return self._service

    @property
    def catalogue(self) -> Catalogue:
        """Raises RuntimeError before `carry`."""
        if self._catalogue is None:
            raise RuntimeError("the client carries no catalogue yet")
        return self._catalogue

    @property
    def forms(self) -> Forms:
        """Raises RuntimeError before `carry`."""
        if self._forms is None:
            raise RuntimeError("the client carries no forms yet")
        return self._forms

    async def setup_hook(self) -> None:
        """Before the gateway: the words, the buttons of older messages, every cog of the folder."""
        await self.tree.set_translator(SentenceTranslator())
        self.add_dynamic_items(*buttons.ALL, *actions.ALL, *candidates.ALL)
        self.add_dynamic_items(*resend.ALL, *forms.ALL, *sending.ALL)
        for module in sorted(module.name for module in pkgutil.iter_modules(cogs.__path__, "cogs.")):
            await self.load_extension(module)
        await self._on_setup()

    async def on_interaction(self, interaction: AnyInteraction) -> None:
        """Commands and buttons have their own ways; a modal that was opened before a restart has none."""
        await forms.answer_modal(interaction)
        await words.answer_modal(interaction)

    async def connect(self, *, reconnect: bool = True) -> None:
        """Run this process's shards, until the client is closed. The library's own way begins all of them in
        a row, for good; these may come and go. Raises what no new try can mend.

        reconnect: always.
        """
        del reconnect
        if self._shards is None:
            raise RuntimeError("the client was given no shards")
        self.shard_count = self._connection.shard_count = await self._shards.begin(self)
        await self._shards.run(self)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait for the shard's turn."""
        del initial
        if self._shards is not None and shard_id is not None:
            await self._shards.turn(shard_id)

    async def close(self) -> None:
        """As the library's, which knows none of our connections."""
        if self._shards is not None:
            await self._shards.close()
        await super().close()

    def is_ready(self) -> bool:
        """Whether every shard of this process is connected."""
        return self._shards is not None and self._shards.ready

    @property
    def latency(self) -> float:
        """Seconds, of the gateway's heartbeats: the mean of this process's shards; NaN without any."""
        known = [one.latency for one in self.standing().values() if one.latency is not None]
        return sum(known) / len(known) if known else math.nan

    @property
    def shards_in_all(self) -> int | None:
        """How many there are, of this process and of others; None until that is known."""
        return self._shards.count if self._shards is not None else None

    @property
    def sessions(self) -> Mapping[str, int]:
        """How many sessions were begun, and how many taken up where they were."""
        return self._shards.sessions if self._shards is not None else {}

    def standing(self) -> Mapping[int, ShardStanding]:
        """How each shard of this process stands."""
        return self._shards.standing() if self._shards is not None else {}


async def aim(base_url: str, token: str, clock: Clock) -> None:
    """Lead discord.py to another Discord than the real one, for the whole process.

    The library falls back to its default gateway after an invalid session and on some reconnects; left as
    it is, it would dial the real Discord then, with this token. Raises aiohttp.ClientError when there is
    no gateway to be learned at `base_url`. A rate limit is waited for, as the library does it.
    """
    tries = _TRIES
    while True:
        try:
            gateway = await _gateway(base_url, token)
            break
        except aiohttp.ClientResponseError as error:
            tries -= 1
            if error.status != 429 or not tries:
                raise
            await clock.sleep(_asked_to_wait(error))
    Route.BASE = base_url
    DiscordWebSocket.DEFAULT_GATEWAY = URL(gateway)


async def _gateway(base_url: str, token: str) -> str:
    headers = {"Authorization": f"Bot {token}", "User-Agent": user_agent()}
    timeout = aiohttp.ClientTimeout(total=10)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.get(f"{base_url}/gateway/bot", headers=headers) as answer,
    ):
        if answer.status == 401:
            raise discord.LoginFailure("Improper token has been passed.")
        answer.raise_for_status()
        return (await answer.json(content_type=None))["url"]


def _asked_to_wait(error: aiohttp.ClientResponseError) -> float:
    """Seconds. Whoever waits for the answer is a person, or a start."""
    told = error.headers.get("Retry-After", "") if error.headers is not None else ""
    return min(float(told) if told.isdecimal() else 1.0, _LONGEST_WAIT)


def user_agent() -> str:
    """The form that Discord asks bots for."""
    return f"DiscordBot (imagine, {VERSION})"
