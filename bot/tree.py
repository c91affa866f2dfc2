"""The command tree: the one error funnel, and a sync only when the commands changed."""

import hashlib
import json
import logging
from typing import Protocol

import aiohttp
import discord
from discord import app_commands

from bot.generation.errors import NotHere
from bot.ui.asking import AnyInteraction, require_served
from bot.ui.funnel import answer_error
from bot.ui.texts import speak

log = logging.getLogger(__name__)


class Notes(Protocol):
    """Small remembered texts: the store's."""

    async def note(self, key: str) -> str | None: ...

    async def remember(self, key: str, text: str) -> None: ...


class ImagineTree(app_commands.CommandTree[discord.Client]):
    """Every command error ends in `ui.funnel`."""

    async def interaction_check(self, interaction: AnyInteraction, /) -> bool:
        """The first thing that happens in an interaction's task is to learn its language, and whether its
        place is served: elsewhere a completion says nothing, and a command says why."""
        speak(interaction.locale.value)
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
        synced = await self.sync()
        await notes.remember(key, digest)
        log.info("%d commands synced", len(synced))
        return True

    async def _payload(self) -> list[dict[str, object]]:
        """What Discord would be told, translations included."""
        translator = self.translator
        if translator is None:
            return [command.to_dict(self) for command in self.get_commands()]
        return [await command.get_translated_payload(self, translator) for command in self.get_commands()]


async def _turn_away(interaction: AnyInteraction, refusal: NotHere) -> None:
    if interaction.type is not discord.InteractionType.autocomplete:
        await answer_error(interaction, refusal)
        return
    try:
        await interaction.response.autocomplete([])
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.info("a completion was not told that there is nothing: %s", error)
