"""What belongs to the application, or to nobody, as JSON."""

from sandbox.discord.objects import user
from sandbox.discord.state import User
from sandbox.json import Json

SOUNDS = (("quack", "🦆"), ("airhorn", "🔊"), ("cricket", "🦗"), ("golf clap", "👏"), ("sad horn", "🎺"))
"""Sounds that every user has, as names and emoji."""


def sound(number: int, name: str, emoji: str) -> Json:
    """A default sound; its id is a small number and no snowflake, as Discord's are."""
    return {
        "name": name,
        "sound_id": str(number),
        "volume": 1.0,
        "emoji_id": None,
        "emoji_name": emoji,
        "available": True,
    }


def application(bot: User, owner: User) -> Json:
    """The application as `/applications/@me` gives it. Its id is the bot's."""
    return {
        "id": bot.id,
        "name": bot.name,
        "icon": None,
        "description": "",
        "summary": "",
        "type": None,
        "rpc_origins": [],
        "bot_public": True,
        "bot_require_code_grant": False,
        "bot": user(bot),
        "owner": user(owner),
        "verify_key": "0" * 64,
        "team": None,
        "flags": 0,
        "flags_new": "0",
        "approximate_guild_count": 2,
        "approximate_user_install_count": 1,
        "approximate_user_authorization_count": 1,
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "event_webhooks_url": None,
        "event_webhooks_status": 1,
        "tags": [],
        "hook": True,
        "integration_public": True,
        "integration_require_code_grant": False,
        "integration_types_config": {"0": {}, "1": {}},
        "eligible_oauth2_scopes": [],
        "is_monetized": False,
        "is_verified": False,
        "is_discoverable": False,
        "storefront_available": False,
        "max_participants": None,
        "explicit_content_filter": 0,
    }
