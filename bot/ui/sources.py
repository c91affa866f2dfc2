"""The picture in a message: what a context menu was opened on."""

import re
from typing import Final

import discord

from bot.generation.errors import NoPicture
from bot.generation.model import Given
from bot.ui.asking import AnyInteraction, given, place_of
from bot.ui.host import host_of

_CARD: Final = re.compile(r"(?:^|\s)(?P<id>[0-9]+)$")
"""How a card's footer ends."""


async def picture_of(interaction: AnyInteraction, message: discord.Message, role: str) -> Given:
    """The result itself for one of our cards, since a card may show a smaller copy; else the first picture
    attached; else the one that an embed shows. Raises NoPicture, NoSuchGeneration."""
    card = _card_id(interaction, message)
    if card is not None:
        return await host_of(interaction).service.given(card, place_of(interaction), role)
    for attachment in message.attachments:
        if (attachment.content_type or "").startswith("image/"):
            return given(attachment, role)
    for embed in message.embeds:
        if embed.image.url:
            return Given(role=role, filename="picture", url=embed.image.url, content_type="image/*")
    raise NoPicture


def _card_id(interaction: AnyInteraction, message: discord.Message) -> str | None:
    if message.author.id != interaction.application_id:
        return None
    found = (_CARD.search(embed.footer.text or "") for embed in message.embeds)
    return next((match["id"] for match in found if match is not None), None)
