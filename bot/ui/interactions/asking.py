"""Between an interaction and the service: where it came from, how it is acknowledged, how it is answered."""

import logging
from typing import Final

import aiohttp
import discord

from bot.generation.ports import Acknowledged
from bot.refusals import CannotPost
from bot.request.ask import InputFile
from bot.request.origin import Origin
from bot.service.service import Acknowledge, Actor, Caller, NotAcknowledged
from bot.ui.interactions.channels import sees
from bot.ui.interactions.host import host_of

log = logging.getLogger(__name__)

UNKNOWN_INTERACTION: Final = 10062

AnyInteraction = discord.Interaction[discord.Client]


def caller_of(interaction: AnyInteraction) -> Caller:
    """What the interaction says of itself. A card speaks the server's language where there is one, since it
    is read by everybody; answers speak the asker's."""
    locale = interaction.guild_locale or interaction.locale
    return Caller(
        origin=Origin(
            interaction_id=str(interaction.id),
            application_id=interaction.application_id,
            guild_id=interaction.guild_id,
            channel_id=interaction.channel_id,
            owner_id=interaction.user.id,
            locale=locale.value,
            owner_locale=interaction.locale.value,
            own_app=of_own_app(interaction),
        ),
        token=interaction.token,
        attachment_limit=interaction.filesize_limit,
        moderates=lambda: actor_of(interaction).moderator,
        dm=_in_dm(interaction),
        sees=lambda channel_id: _sees(interaction, channel_id),
    )


def _in_dm(interaction: AnyInteraction) -> bool:
    return interaction.guild_id is None and interaction.context.dm_channel


def require_served(interaction: AnyInteraction) -> None:
    """Raise NotHere in a place that the operator does not serve: nothing is told there, not even of models.

    Called at each door by which interactions come in: the command tree, buttons and menus, modals.
    """
    service = host_of(interaction).service
    if service.policy.guild_ids:
        service.policy.check_served(interaction.guild_id, dm=_in_dm(interaction))


async def answers(interaction: AnyInteraction) -> bool:
    """Whether this process answers the interaction, which may have reached several. Called at the same doors,
    first of all: the other processes stay silent."""
    return await host_of(interaction).service.holding.claim(str(interaction.id))


async def _sees(interaction: AnyInteraction, channel_id: int) -> bool:
    """Outside of servers, and as no member, nobody sees another channel."""
    member, here = interaction.user, interaction.channel_id
    if interaction.guild_id is None or here is None or not isinstance(member, discord.Member):
        return False
    return await sees(interaction.client, interaction.guild_id, channel_id, member, here)


def of_own_app(interaction: AnyInteraction) -> bool:
    """Whether the command is there by the asker's own install of the app, and not by the server's."""
    return interaction.is_user_integration() and not interaction.is_guild_integration()


def actor_of(interaction: AnyInteraction) -> Actor:
    """Who acts. A moderator is whoever may manage messages in this channel of a server."""
    moderator = interaction.guild_id is not None and interaction.permissions.manage_messages
    return Actor(id=interaction.user.id, moderator=moderator)


def require_posting(interaction: AnyInteraction) -> None:
    """Raise CannotPost unless a card with its picture may be posted here: known before anything is spent.

    In direct messages, and where the bot is used as the member's own app, Discord grants what the
    interaction needs and says so in `app_permissions` too.
    """
    if interaction.guild_id is None:
        return
    allowed = interaction.app_permissions
    missing = [name for name in ("attach_files", "embed_links") if not getattr(allowed, name)]
    if missing:
        raise CannotPost(missing)


def deferral(interaction: AnyInteraction, *, private: bool) -> Acknowledge:
    """The acknowledgement of a request whose answer comes later."""

    async def acknowledge() -> Acknowledged:
        try:
            answer = await interaction.response.defer(ephemeral=private, thinking=True)
        except discord.HTTPException as error:
            # 40060, acknowledged before, is the opposite of a no: the fate loop will ask Discord
            late = error.code == UNKNOWN_INTERACTION
            raise NotAcknowledged(f"Discord says {error.code}", sure=late) from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise NotAcknowledged(type(error).__name__, sure=False) from error
        if answer is None:
            return Acknowledged(message_id=None, ephemeral=private)
        return Acknowledged(message_id=answer.message_id, ephemeral=answer.is_ephemeral() or private)

    return acknowledge


async def tell(
    interaction: AnyInteraction,
    text: str | None = None,
    *,
    embed: discord.Embed | None = None,
    view: discord.ui.View | None = None,
) -> None:
    """Answer privately, whether or not there was an answer before. An expired interaction is no error:
    there is nobody to tell any more."""
    send = interaction.followup.send if interaction.response.is_done() else interaction.response.send_message
    try:
        await send(
            text or discord.utils.MISSING,
            embed=embed or discord.utils.MISSING,
            view=view or discord.utils.MISSING,
            ephemeral=True,
            allowed_mentions=discord.AllowedMentions.none(),
        )
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.warning("an answer did not reach its asker: %s", error)


async def retire(interaction: AnyInteraction) -> None:
    """Take away the question, or the refusal, whose button or modal this interaction answers elsewhere."""
    message = interaction.message
    if message is None:
        return
    try:
        await interaction.followup.delete_message(message.id)
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.info("a question that was answered stays: %s", error)


def given(attachment: discord.Attachment, role: str) -> InputFile:
    """A file that a member attached, as the request keeps it."""
    return InputFile(
        role=role,
        filename=attachment.filename,
        url=attachment.url,
        content_type=attachment.content_type,
        size=attachment.size,
        width=attachment.width,
        height=attachment.height,
        duration=attachment.duration,
        spoiler=attachment.is_spoiler(),
    )
