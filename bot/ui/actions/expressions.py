"""A result as something of the server's own: an emoji, a sticker, a sound of its soundboard.

By the right of whoever presses, which Discord would not ask for: it asks for the bot's alone.
"""

import io
import re
import tempfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol

import discord

from bot.actions.actions import Action
from bot.refusals import (
    Lacking,
    NoPicture,
    NoRight,
    NoRoom,
    NoSoundboard,
    NoVoice,
    Right,
    ScenarioSilent,
    Unheard,
)
from bot.scenario.api.errors import FileTooBig, ScenarioError
from bot.scenario.api.records import Asset, File
from bot.ui.exhibits.exhibit import Remark
from bot.ui.exhibits.here import HERE
from bot.ui.exhibits.rendering import Encode, Encoded, Rendering, Small, SoundForm, Sounding, Undrawn
from bot.ui.interactions.asking import AnyInteraction, of_own_app, tell
from bot.ui.speech.texts import say
from bot.ui.speech.words import quoted

CAP: Final = 64 * 1024 * 1024
"""Bytes of a file that is fetched for its copy."""
LONGEST: Final = 5.2
SOUND_BYTES: Final = 512 * 1024
"""Seconds and bytes of a sound that a soundboard takes."""
CLIP: Final = 5.1
"""Seconds of a sound that is encoded for it: an MP3 grows by two of its frames."""
VOICE: Final = 180.0
"""Seconds of a voice message: a minute takes a second of a processor."""
_READY: Final = (b"ID3", b"\xff\xfb")
"""How an MP3 begins that the library knows as one."""
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

    def __init__(self, source: Source, rendering: Rendering = HERE, sounding: Sounding = HERE) -> None:
        self._source = source
        self._rendering = rendering
        self._sounding = sounding

    async def made(self, action: Action, asset_id: str) -> bytes:
        """The file for Discord. Raises NoPicture, NoSoundboard, ScenarioSilent."""
        try:
            async with self._fetched(asset_id) as (asset, file):
                if action is Action.SOUNDBOARD:
                    return await self._clip(asset, file)
                wanted = Small(path=file.path, side=KINDS[action].side, clear=True)
                return await self._rendering.small(wanted)
        except (FileTooBig, Undrawn) as error:
            raise NoSoundboard if action is Action.SOUNDBOARD else NoPicture(Lacking.OTHER) from error

    async def voice(self, asset_id: str) -> Encoded:
        """The sound for a voice message. Raises NoVoice, NoPicture, ScenarioSilent."""
        try:
            async with self._fetched(asset_id, longest=VOICE) as (_, file):
                wanted = Encode(path=file.path, form=SoundForm.VOICE, longest=VOICE)
                made = await self._sounding.encode(wanted)
        except FileTooBig as error:
            raise NoVoice(Unheard.TOO_LONG) from error
        except Undrawn as error:
            raise NoVoice(Unheard.MISSING if error.why is Remark.MISSING else Unheard.UNREAD) from error
        if made.cut:
            raise NoVoice(Unheard.TOO_LONG)
        return made

    @asynccontextmanager
    async def _fetched(
        self, asset_id: str, *, longest: float | None = None
    ) -> AsyncGenerator[tuple[Asset, File]]:
        """longest: seconds; what Scenario says lasts longer is not fetched: raises NoVoice."""
        try:
            found = await self._source.assets([asset_id])
            asset = found[0] if found else None
            if asset is None or asset.url is None:
                raise NoPicture(Lacking.NOTHING)
            if longest is not None and (asset.duration or 0.0) > longest:
                raise NoVoice(Unheard.TOO_LONG)
            with tempfile.TemporaryDirectory(prefix="imagine-") as folder:
                yield asset, await self._source.fetch(asset.url, Path(folder) / "file", cap=CAP)
        except FileTooBig:  # what that means depends on what it is wanted for
            raise
        except ScenarioError as error:
            raise ScenarioSilent from error

    async def _clip(self, asset: Asset, file: File) -> bytes:
        """As it is, where a soundboard takes that; else encoded, as far as there is room for it. Raises
        Undrawn."""
        with file.path.open("rb") as opened:
            begins = opened.read(3)
            lasts = asset.duration
            if begins.startswith(_READY) and lasts and lasts <= LONGEST and file.size <= SOUND_BYTES:
                return begins + opened.read()
        made = await self._sounding.encode(Encode(path=file.path, form=SoundForm.CLIP, longest=CLIP))
        return made.data


def require_right(interaction: AnyInteraction) -> discord.Guild:
    """The server, if the asker and the bot may create expressions there. Raises NoRight."""
    if not interaction.permissions.create_expressions:
        raise NoRight(Right.EXPRESSIONS, ours=False)
    guild = interaction.guild
    if guild is None or of_own_app(interaction) or not interaction.app_permissions.create_expressions:
        raise NoRight(Right.EXPRESSIONS, ours=True)
    return guild


def expressions_of(interaction: AnyInteraction) -> Expressions:
    """What the client makes them with."""
    expressions = getattr(interaction.client, "expressions", None)
    if not isinstance(expressions, Expressions):
        raise TypeError(f"{type(interaction.client).__name__} makes no expressions")
    return expressions


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
    await interaction.response.defer(ephemeral=True, thinking=True)
    made, named = await expressions_of(interaction).made(action, asset_id), name_for(action, name)
    try:
        shown = await _create(guild, action, named, made, by=f"{interaction.user} ({interaction.user.id})")
    except discord.HTTPException as error:
        if error.code in _FULL:
            raise NoRoom from error
        if error.code in _NO_RIGHT:
            raise NoRight(Right.EXPRESSIONS, ours=True) from error
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
