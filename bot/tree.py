"""The command tree: the one error funnel, and a sync only when the commands changed."""

import hashlib
import json
import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Protocol

import aiohttp
import discord
from discord import app_commands
from discord.abc import Snowflake

from bot.refusals import NotHere
from bot.ui.commands.filetypes import with_file_types
from bot.ui.interactions.asking import AnyInteraction, answers, require_served
from bot.ui.interactions.funnel import answer_error
from bot.ui.speech.texts import speak

log = logging.getLogger(__name__)


class Notes(Protocol):
    """Small remembered texts: the store's."""

    async def note(self, key: str) -> str | None: ...

    async def remember(self, key: str, text: str) -> None: ...


class ImagineTree(app_commands.CommandTree[discord.Client]):
    """Every command error ends in `ui.interactions.funnel`. Knows the ids that Discord gave to the
    commands, once it was asked."""

    _ids: Mapping[str, int] = MappingProxyType({})

    def mention(self, name: str) -> str | None:
        """What Discord shows as a command that can be clicked: of `name`, or of `group command`; None while
        its id is not known. The name is the command's own: a translated one does nothing when it is clicked
        (discord-api-docs#5462)."""
        id_ = self._ids.get(name.partition(" ")[0])
        return None if id_ is None else f"</{name}:{id_}>"

    async def interaction_check(self, interaction: AnyInteraction, /) -> bool:
        """The first thing that happens in an interaction's task is to learn its language, and whether its
        place is served: elsewhere a completion says nothing, and a command says why."""
        speak(interaction.locale.value)
        if not await answers(interaction):
            return False
        try:
            require_served(interaction)
        except NotHere as refusal:
            await _turn_away(interaction, refusal)
            return False
        return True

    async def on_error(self, interaction: AnyInteraction, error: app_commands.AppCommandError, /) -> None:
        await answer_error(interaction, error)

    async def sync_if_changed(self, notes: Notes, *, where: str, force: bool = False) -> bool:
        """Tell Discord our commands unless it has them. True when that was needed.

        where: the address of this Discord. What was synced is remembered per application and address, and
        the names are compared with what Discord lists, because it may have been changed behind our back.
        """
        key = f"commands:{self.client.application_id}:{where}"
        payload = await self._payload()
        digest = hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()
        if not force and await notes.note(key) == digest:
            listed = {command.name for command in await self.fetch_commands()}
            if listed == {command.name for command in self.get_commands()}:
                return False
        synced = await self._tell(payload)
        await notes.remember(key, digest)
        log.info("%d commands synced", len(synced))
        return True

    async def sync(self, *, guild: Snowflake | None = None) -> list[app_commands.AppCommand]:
        """Tell Discord our commands, which are the same everywhere. The library's own way would leave out
        what it does not know (`ui.commands.filetypes`)."""
        if guild is not None:
            raise ValueError("there are no commands of one server")
        return await self._tell(await self._payload())

    async def _tell(self, payload: list[dict[str, Any]]) -> list[app_commands.AppCommand]:
        application_id = self.client.application_id
        if application_id is None:
            raise app_commands.MissingApplicationID
        await self.client.http.bulk_upsert_global_commands(application_id, payload=payload)
        return await self.fetch_commands()

    async def fetch_commands(self, *, guild: Snowflake | None = None) -> list[app_commands.AppCommand]:
        """As the library's; what it tells of our own commands' ids is remembered."""
        listed = await super().fetch_commands(guild=guild)
        if guild is None:
            chat = discord.AppCommandType.chat_input
            self._ids = {command.name: command.id for command in listed if command.type is chat}
        return listed

    async def _payload(self) -> list[dict[str, Any]]:
        """What Discord is told: with translations, and with the kinds of files."""
        translator, commands = self.translator, self.get_commands()
        if translator is None:
            payload = [command.to_dict(self) for command in commands]
        else:
            payload = [await command.get_translated_payload(self, translator) for command in commands]
        return [with_file_types(command) for command in payload]


async def _turn_away(interaction: AnyInteraction, refusal: NotHere) -> None:
    if interaction.type is not discord.InteractionType.autocomplete:
        await answer_error(interaction, refusal)
        return
    try:
        await interaction.response.autocomplete([])
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.info("a completion was not told that there is nothing: %s", error)
