"""An interaction of Discord's as the library hands it to us: what every one says of itself."""

from types import SimpleNamespace
from typing import Any

import discord

from tests.support.builders import GUILD, OWNER
from tests.support.clock import START


def interaction_fields(**more: Any) -> dict[str, Any]:
    """The fields of an interaction in a server, by its own install; `more` are added or replace one."""
    return {
        "id": 1001,
        "application_id": 99,
        "guild_id": GUILD,
        "guild": None,
        "channel_id": 5,
        "user": SimpleNamespace(id=OWNER),
        "guild_locale": None,
        "locale": discord.Locale.british_english,
        "token": "t",
        "created_at": START,
        "type": discord.InteractionType.application_command,
        "data": {},
        "filesize_limit": 10,
        "is_user_integration": lambda: False,
        "is_guild_integration": lambda: True,
        "app_permissions": discord.Permissions(attach_files=True, embed_links=True),
        **more,
    }
