"""A result as something of the server's own: an emoji, a sticker, a sound of its soundboard.

By the right of whoever presses, which Discord would not ask for: it asks for the bot's alone.
"""

import asyncio
import io
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol

import discord

from bot.actions.actions import Action
from bot.refusals import Lacking, NoPicture, NoRight, NoRoom, NoSoundboard, ScenarioSilent
from bot.scenario.api.errors import FileTooBig, ScenarioError
from bot.scenario.api.records import Asset, File
from bot.ui.exhibits.here import HERE
from bot.ui.exhibits.rendering import Rendering, Small, Undrawn
from bot.ui.interactions.asking import AnyInteraction, of_own_app, tell
from bot.ui.speech.texts import say
from bot.ui.speech.words import quoted

CAP: Final = 64 * 1024 * 1024
"""Bytes of a picture that is fetched for its copy."""
LONGEST: Final = 5.2
SOUND_BYTES: Final = 512 * 1024
"""Seconds and bytes of a sound that a soundboard takes."""
_SOUNDS: Final = frozenset({"audio/mpeg", "audio/ogg"})
_FULL: Final = frozenset({30008, 30018, 30039, 30045, 30056})
"""Discord's words for a server that has all it may have: emojis, moving ones, stickers, sounds, …"""
_NO_RIGHT: Final = frozenset({50001, 50013})
_PLAIN: Final = re.compile(r"[^A-Za-z0-9_]+")
_TAG: Final = "✨"
"""An emoji that Discord suggests the sticker for; it asks for one."""


@dataclass(frozen=True, slots=True)
class _Kind:
    least: int
    most: int
    """Characters of its name."""
    side: int = 0
    """Pixels of its square."""


KINDS: Final[Mapping[Action, _Kind]] = MappingProxyType(
    {
        Action.EMOJI: _Kind(least=2, most=32, side=128),
        Action.STICKER: _Kind(least=2, most=30, side=320),
        Action.SOUNDBOARD: _Kind(least=2, most=32),
    }
)


class Source(Protocol):
    """What is needed of Scenario. The port `Studio` satisfies it."""

    async def assets(self, asset_ids: Sequence[str]) -> Sequence[Asset]: ...

    async def fetch(self, url: str, into: Path, *, cap: int) -> File: ...


class Expressions:
    """Reads a result, and brings it into the form that Discord wants."""

    def __init__(self, source: Source, rendering: Rendering = HERE) -> None:
        self._source = source
        self._rendering = rendering

    async def made(self, action: Action, asset_id: str) -> bytes:
        """The file for Discord. Raises NoPicture, NoSoundboard, ScenarioSilent."""
        try:
            found = await self._source.assets([asset_id])
            asset = found[0] if found else None
            if asset is None or asset.url is None:
                raise NoPicture(Lacking.NOTHING)
            too_long = (asset.duration or 0) > LONGEST or (asset.size or 0) > SOUND_BYTES
            if action is Action.SOUNDBOARD and too_long:
                raise NoSoundboard
            with tempfile.TemporaryDirectory(prefix="imagine-") as folder:
                cap = SOUND_BYTES if action is Action.SOUNDBOARD else CAP
                file = await self._source.fetch(asset.url, Path(folder) / "file", cap=cap)
                return await self._as_wanted(action, file)
        except FileTooBig as error:
            raise NoSoundboard if action is Action.SOUNDBOARD else NoPicture(Lacking.OTHER) from error
        except ScenarioError as error:
            raise ScenarioSilent from error

    async def _as_wanted(self, action: Action, file: File) -> bytes:
        if action is not Action.SOUNDBOARD:
            try:
                return await self._rendering.small(Small(path=file.path, side=KINDS[action].side, clear=True))
            except Undrawn as error:
                raise NoPicture(Lacking.OTHER) from error
        if file.mime_type not in _SOUNDS or file.size > SOUND_BYTES:
            raise NoSoundboard
        return await asyncio.to_thread(file.path.read_bytes)


def require_right(interaction: AnyInteraction) -> discord.Guild:
    """The server, if the asker and the bot may create expressions there. Raises NoRight."""
    if not interaction.permissions.create_expressions:
        raise NoRight(ours=False)
    guild = interaction.guild
    if guild is None or of_own_app(interaction) or not interaction.app_permissions.create_expressions:
        raise NoRight(ours=True)
    return guild


def name_for(action: Action, words: str) -> str:
    """A name out of these words, as Discord takes it."""
    kind = KINDS[action]
    if action is not Action.EMOJI:
        plain = " ".join(words.split())[: kind.most].strip()
        return plain if len(plain) >= kind.least else "imagine"
    plain = _PLAIN.sub("_", words).strip("_")[: kind.most].strip("_")
    return plain if len(plain) >= kind.least else "imagine"


async def add(interaction: AnyInteraction, action: Action, asset_id: str, name: str) -> None:
    """Give it to the server, and say so to whoever asked. Raises NoRight, NoRoom, and what `made` does."""
    guild = require_right(interaction)
    expressions = getattr(interaction.client, "expressions", None)
    if not isinstance(expressions, Expressions):
        raise TypeError(f"{type(interaction.client).__name__} makes no expressions")
    await interaction.response.defer(ephemeral=True, thinking=True)
    made, named = await expressions.made(action, asset_id), name_for(action, name)
    try:
        shown = await _create(guild, action, named, made, by=f"{interaction.user} ({interaction.user.id})")
    except discord.HTTPException as error:
        if error.code in _FULL:
            raise NoRoom from error
        if error.code in _NO_RIGHT:
            raise NoRight(ours=True) from error
        raise
    except ValueError as error:  # the library looks at the first bytes
        raise NoSoundboard from error
    await tell(interaction, say(f"added.{action}", shown=shown, name=quoted(named, 40)))


async def _create(guild: discord.Guild, action: Action, name: str, made: bytes, *, by: str) -> str:
    """How it is shown in a message, where it can be."""
    match action:
        case Action.EMOJI:
            return str(await guild.create_custom_emoji(name=name, image=made, reason=by))
        case Action.STICKER:
            file = discord.File(io.BytesIO(made), f"{action}.png")
            await guild.create_sticker(name=name, emoji=_TAG, file=file, reason=by)
        case _:
            await guild.create_soundboard_sound(name=name, sound=made, reason=by)
    return ""
