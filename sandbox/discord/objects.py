"""Discord's objects as JSON, complete enough for the strictest client libraries."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, cast

from sandbox.discord.cdn import Links
from sandbox.discord.checks import array, mapping
from sandbox.discord.components import media, shown_files
from sandbox.discord.embeds import SCHEME, used_files
from sandbox.discord.fields import filled
from sandbox.discord.state import (
    ARCHIVE_MINUTES,
    DM,
    FORUM,
    PRIVATE_THREAD,
    Attachment,
    Channel,
    Guild,
    Member,
    Message,
    Role,
    Thread,
    User,
)
from sandbox.json import Json


def stamp(seconds: float | None) -> str | None:
    """Discord's time format, or None."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")


def user(one: User) -> Json:
    return {
        "id": one.id,
        "username": one.name,
        "discriminator": "0",
        "global_name": None if one.bot else one.display,
        "avatar": None,
        "avatar_decoration_data": None,
        "collectibles": None,
        "display_name_styles": None,
        "primary_guild": None,
        "clan": None,
        "banner": None,
        "accent_color": None,
        "bot": one.bot,
        "system": False,
        "flags": 0,
        "public_flags": 0,
    }


def own_user(one: User) -> Json:
    """The bot's own user, as `/users/@me` and READY give it."""
    return {**user(one), "mfa_enabled": True, "verified": True, "email": None, "locale": "en-US", "bio": ""}


def member(one: Member, *, with_user: bool = True) -> Json:
    data: Json = {
        "nick": None,
        "avatar": None,
        "banner": None,
        "avatar_decoration_data": None,
        "collectibles": None,
        "roles": list(one.roles),
        "joined_at": stamp(one.joined),
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "pending": False,
        "communication_disabled_until": None,
        "unusual_dm_activity_until": None,
    }
    return {**data, "user": user(one.user)} if with_user else data


def role(one: Role) -> Json:
    return {
        "id": one.id,
        "name": one.name,
        "description": None,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "icon": None,
        "unicode_emoji": None,
        "position": one.position,
        "permissions": str(one.permissions),
        "managed": one.managed,
        "mentionable": False,
        "flags": 0,
    }


def channel(one: Channel) -> Json:
    """A channel of a guild, a thread, or a private one with its recipients."""
    data: Json = {"id": one.id, "type": one.type, "flags": 0, "last_message_id": one.last_message_id}
    if isinstance(one, Thread):
        return data | _thread(one)
    if one.guild_id is None:
        data["recipients"] = [user(each) for each in one.recipients]
        if one.type != DM:
            data |= {"name": one.name, "icon": None, "owner_id": one.recipients[0].id}
        return data
    return data | {
        "guild_id": one.guild_id,
        "name": one.name,
        "position": one.position,
        "permission_overwrites": [
            {"id": each.id, "type": each.type, "allow": str(each.allow), "deny": str(each.deny)}
            for each in one.overwrites
        ],
        "nsfw": one.nsfw,
        "topic": None,
        "parent_id": None,
        "rate_limit_per_user": 0,
        "last_pin_timestamp": None,
        "default_auto_archive_duration": ARCHIVE_MINUTES,
        **(_FORUM if one.type == FORUM else {}),
    }


_FORUM: Json = {
    "available_tags": [],
    "default_reaction_emoji": None,
    "default_sort_order": None,
    "default_forum_layout": 0,
    "default_thread_rate_limit_per_user": 0,
    "template": "",
}


def _thread(one: Thread) -> Json:
    metadata: Json = {
        "archived": one.archived,
        "archive_timestamp": stamp(one.archived_at),
        "auto_archive_duration": one.archive_minutes,
        "locked": one.locked,
        "create_timestamp": stamp(one.created),
    }
    if one.type == PRIVATE_THREAD:
        metadata["invitable"] = one.invitable
    data: Json = {
        "guild_id": one.guild_id,
        "parent_id": one.parent_id,
        "owner_id": one.owner_id,
        "name": one.name,
        "thread_metadata": metadata,
        "message_count": one.spoken,
        "total_message_sent": one.spoken,
        "member_count": len(one.people),
        "rate_limit_per_user": one.slowmode,
        "last_pin_timestamp": None,
    }
    return {**data, "applied_tags": list(one.tags)} if one.tags else data


def thread_member(one: Thread, user_id: str) -> Json:
    """Raises KeyError for somebody who is not in it."""
    return {"id": one.id, "user_id": user_id, "join_timestamp": stamp(one.people[user_id]), "flags": 0}


def thread_for(one: Thread, user_id: str) -> Json:
    """The thread as that person is told of it: with the membership, if there is one."""
    data = channel(one)
    return {**data, "member": thread_member(one, user_id)} if user_id in one.people else data


def guild(one: Guild) -> Json:
    """A guild as `GET /guilds/{id}` gives it."""
    return {
        "id": one.id,
        "name": one.name,
        "icon": None,
        "icon_hash": None,
        "splash": None,
        "discovery_splash": None,
        "owner_id": one.owner_id,
        "region": "us-central",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "widget_enabled": False,
        "widget_channel_id": None,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "roles": [role(each) for each in one.roles.values()],
        "emojis": list(one.emojis),
        "features": [],
        "mfa_level": 0,
        "application_id": None,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "max_presences": None,
        "max_members": 500000,
        "vanity_url_code": None,
        "description": None,
        "banner": None,
        "premium_tier": one.tier,
        "premium_subscription_count": 0,
        "preferred_locale": one.locale,
        "public_updates_channel_id": None,
        "max_video_channel_users": 25,
        "max_stage_video_channel_users": 50,
        "nsfw": False,
        "nsfw_level": 0,
        "stickers": list(one.stickers),
        "premium_progress_bar_enabled": False,
        "safety_alerts_channel_id": None,
        "incidents_data": None,
        "inventory_settings": None,
        "home_header": None,
        "hub_type": None,
        "latest_onboarding_question_id": None,
        "embed_enabled": False,
        "embed_channel_id": None,
    }


def guild_create(one: Guild, bot: User) -> Json:
    """The GUILD_CREATE event: members, channels and all that the REST object leaves out."""
    return guild(one) | {
        "joined_at": stamp(one.members[bot.id].joined if bot.id in one.members else one.created),
        "large": False,
        "unavailable": False,
        "member_count": len(one.members),
        "voice_states": [],
        "members": [member(each) for each in one.members.values()],
        "channels": [channel(each) for each in one.channels.values()],
        "threads": [
            thread_for(each, bot.id)
            for each in one.threads.values()
            if not each.archived and (each.type != PRIVATE_THREAD or bot.id in each.people)
        ],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": list(one.sounds),
        "guild_hashes": None,
        "application_command_counts": {},
    }


def attachment(one: Attachment, links: Links) -> Json:
    url = links.link(one)
    data: Json = {
        "id": one.id,
        "filename": one.name,
        "size": len(one.data),
        "url": url,
        "proxy_url": url,
    }
    if one.content_type:
        data["content_type"] = one.content_type
    if one.width is not None:
        data |= {"width": one.width, "height": one.height}
    if one.seconds is not None:
        data["duration_secs"] = round(one.seconds, 3)
    for key, value in (("description", one.description), ("title", one.title), ("waveform", one.waveform)):
        if value is not None:
            data[key] = value
    return {**data, "ephemeral": True} if one.ephemeral else data


def message(one: Message, links: Links) -> Json:
    """A message as REST gives it. A file that an embed or a component shows is not listed again."""
    shown = used_files(one.embeds) | shown_files(one.components)
    data: Json = {
        "id": one.id,
        "channel_id": one.channel_id,
        "type": one.type,
        "author": user(one.author),
        "content": one.content,
        "timestamp": stamp(one.created),
        "edited_timestamp": stamp(one.edited),
        "tts": one.tts,
        "mention_everyone": one.mention_everyone,
        "mentions": [user(each) for each in one.mentions],
        "mention_roles": list(one.mention_roles),
        "attachments": [attachment(each, links) for each in one.attachments if each.name not in shown],
        "embeds": [_embed(mapping(each), one.attachments, links) for each in one.embeds],
        "components": _components(one, links),
        "pinned": False,
        "flags": one.flags,
    }
    if one.nonce is not None:
        data["nonce"] = one.nonce
    if one.application_id is not None:
        data |= {"application_id": one.application_id, "webhook_id": one.application_id}
    if one.metadata is not None:
        data["interaction_metadata"] = one.metadata
    if one.reference is not None:
        data["message_reference"] = one.reference
    return data | filled(one.fields, [attachment(each, links) for each in one.attachments])


def _found(url: object, files: Iterable[Attachment]) -> Attachment | None:
    if not isinstance(url, str) or not url.startswith(SCHEME):
        return None
    name = url.removeprefix(SCHEME)
    return next((one for one in files if one.name == name), None)


def _embed(raw: Json, files: list[Attachment], links: Links) -> Json:
    embed = {**raw, "type": raw.get("type") or "rich"}
    for part in ("image", "thumbnail"):
        shown = mapping(raw.get(part))
        if shown.get("url"):
            embed[part] = _media(shown, files, links)
    for part in ("footer", "author"):
        holder = mapping(raw.get(part))
        if holder.get("icon_url"):
            found = _found(holder["icon_url"], files)
            url = links.link(found) if found else holder["icon_url"]
            embed[part] = {**holder, "icon_url": url, "proxy_icon_url": url}
    embed["fields"] = [{"inline": False, **mapping(field)} for field in array(raw.get("fields"))]
    return {key: value for key, value in embed.items() if value is not None and value != []}


def _media(shown: Json, files: list[Attachment], links: Links) -> Json:
    found = _found(shown.get("url"), files)
    if found is None:
        url = shown["url"]
        return {"width": 0, "height": 0, **shown, "proxy_url": shown.get("proxy_url") or url, "flags": 0}
    url = links.link(found)
    size = {"width": found.width or 0, "height": found.height or 0}
    data: Json = {**shown, "url": url, "proxy_url": url, **size, "flags": 0}
    if found.content_type:
        data["content_type"] = found.content_type
    if "description" not in data and found.description is not None:
        data["description"] = found.description
    return data


def _components(one: Message, links: Links) -> list[Any]:
    copies = [_copy(each) for each in one.components]
    for item in media(copies):
        found = _found(item.get("url"), one.attachments)
        item["id"] = found.id if found else one.id
        if found is not None:
            item |= {"attachment_id": found.id, "content_type": found.content_type}
        url = links.link(found) if found else item.get("url")
        item |= {"url": url, "proxy_url": url, "loading_state": 2, "flags": 0}
        item |= {"width": found.width if found else None, "height": found.height if found else None}
    return copies


def _copy(value: object) -> Any:
    if isinstance(value, dict):
        return {key: _copy(inner) for key, inner in mapping(cast(object, value)).items()}
    if isinstance(value, list):
        return [_copy(inner) for inner in array(cast(object, value))]
    return value
