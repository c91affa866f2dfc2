"""A result as a voice message: Discord plays it where it stands, also on phones.

The library cannot send one (its pull request 10230 may): a file's own facts, and a flag of the message.
"""

import base64
import hashlib
import io
from typing import Any, Final

import discord
from discord.http import handle_message_parameters

from bot.actions.actions import Place
from bot.generation.model import Generation
from bot.refusals import NoRight, Right
from bot.ui.exhibits.rendering import Encoded
from bot.ui.interactions.asking import AnyInteraction, of_own_app

FILENAME: Final = "imagine-voice-message.ogg"
_NO_RIGHT: Final = frozenset({50001, 50013, 50173})
"""Missing Access, Missing Permissions, Cannot send voice messages in this channel."""
_NONCE: Final = 25
"""Characters."""


class VoiceFile(discord.File):
    """A file that Discord shows as a voice message."""

    def __init__(self, made: Encoded) -> None:
        super().__init__(io.BytesIO(made.data), FILENAME)
        self._made = made

    def to_dict(self, index: int) -> dict[str, Any]:
        """With what Discord cannot do without here: how long it is, and how it looks."""
        waveform = base64.b64encode(self._made.waveform).decode()
        return {**super().to_dict(index), "duration_secs": self._made.seconds, "waveform": waveform}


def require_voice(interaction: AnyInteraction) -> int:
    """The channel, if the asker and the bot may send voice messages there. Raises NoRight."""
    if interaction.channel_id is None or of_own_app(interaction):
        raise NoRight(Right.VOICE, ours=True)
    if interaction.guild_id is not None:
        if not interaction.permissions.send_voice_messages:
            raise NoRight(Right.VOICE, ours=False)
        if not interaction.app_permissions.send_voice_messages:
            raise NoRight(Right.VOICE, ours=True)
    return interaction.channel_id


async def send(interaction: AnyInteraction, source: Generation, place: Place, made: Encoded) -> str:
    """Send it, as a reply to the result's card where that stands here; a link to it. Raises NoRight.

    A nonce makes one of all that this member sends of this result within some minutes, by whatever process,
    and whatever the library repeats.
    """
    channel_id = require_voice(interaction)
    card = source.card
    reference: Any = discord.utils.MISSING
    if card.message_id is not None and card.channel_id == channel_id and not card.private:
        reference = {"message_id": card.message_id, "channel_id": channel_id, "fail_if_not_exists": False}
    nonce = hashlib.sha256(f"voice {place} {interaction.user.id}".encode()).hexdigest()[:_NONCE]
    with handle_message_parameters(
        file=VoiceFile(made),
        flags=discord.MessageFlags(voice=True),
        nonce=nonce,
        message_reference=reference,
        allowed_mentions=discord.AllowedMentions.none(),
    ) as parameters:
        try:
            sent = await interaction.client.http.send_message(channel_id, params=parameters)
        except discord.HTTPException as error:
            if error.code in _NO_RIGHT:
                raise NoRight(Right.VOICE, ours=True) from error
            raise
    guild = "@me" if interaction.guild_id is None else interaction.guild_id
    return f"https://discord.com/channels/{guild}/{channel_id}/{sent['id']}"
