"""Who sees a channel, read from Discord by ids: with no server in the cache."""

from typing import Any, cast

import discord
import pytest

from bot.ui.interactions.channels import sees
from tests.support.builders import GUILD, OWNER
from tests.support.discord_client import http_error

STAFF, MODS = 800, 801
OPEN, STAFF_ONLY, FORUM, HERE, PRIVATE, PUBLIC = 10, 11, 12, 5, 13, 14
VIEW = discord.Permissions(view_channel=True).value
MANAGE = discord.Permissions(manage_threads=True).value


class Http:
    """What the library asks Discord: the server with its roles, and channels with their overwrites."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked: list[str] = []
        self._error = error

    async def get_guild(self, guild_id: int, *, with_counts: bool) -> dict[str, Any]:
        self.asked.append(f"guild {guild_id}")
        assert not with_counts
        if self._error is not None:
            raise self._error
        roles = [_role(GUILD, "@everyone", VIEW), _role(STAFF, "staff", 0), _role(MODS, "mods", MANAGE)]
        return {"id": str(guild_id), "name": "HQ", "owner_id": "1", "roles": roles}

    async def get_channel(self, channel_id: int) -> dict[str, Any]:
        self.asked.append(f"channel {channel_id}")
        channel: dict[str, Any] = {
            "id": str(channel_id),
            "guild_id": str(GUILD),
            "name": "c",
            "type": 0,
            "position": 0,
        }
        match channel_id:
            case 11 | 12:
                shut = {"id": str(GUILD), "type": 0, "allow": "0", "deny": str(VIEW)}
                lets = {"id": str(STAFF), "type": 0, "allow": str(VIEW), "deny": "0"}
                return {**channel, "permission_overwrites": [shut, lets]}
            case 10:
                return {**channel, "permission_overwrites": []}
            case 13 | 14 | 15:
                parent = {13: OPEN, 14: OPEN, 15: STAFF_ONLY}[channel_id]
                return {**channel, "type": 12 if channel_id == 13 else 11, **_thread(parent)}
            case 16:
                return {**channel, "guild_id": "43"}
            case _:
                raise http_error(404, 10003)


def _role(id_: int, name: str, permissions: int) -> dict[str, Any]:
    return {
        "id": str(id_),
        "name": name,
        "permissions": str(permissions),
        "position": 0,
        "color": 0,
        "hoist": False,
        "managed": False,
        "mentionable": False,
    }


def _thread(parent: int) -> dict[str, Any]:
    metadata = {
        "archived": False,
        "auto_archive_duration": 60,
        "archive_timestamp": "2030-01-01T00:00:00+00:00",
        "locked": False,
    }
    return {
        "parent_id": str(parent),
        "owner_id": "1",
        "message_count": 0,
        "member_count": 1,
        "thread_metadata": metadata,
    }


def client(http: Http) -> discord.Client:
    made = discord.Client(intents=discord.Intents.none())
    state_of(made).http = made.http = cast("Any", http)
    return made


def state_of(of: discord.Client) -> Any:
    """The library's own, which every object of its keeps."""
    return of._connection  # pyright: ignore[reportPrivateUsage]


def member(of: discord.Client, *roles: int, id_: int = OWNER) -> discord.Member:
    """As an interaction brings one: with a server of which nothing is known."""
    state = state_of(of)
    guild = state._get_or_create_unavailable_guild(GUILD)
    data: Any = {
        "user": {"id": str(id_), "username": "m", "discriminator": "0", "avatar": None},
        "roles": [str(role) for role in roles],
        "joined_at": "2030-01-01T00:00:00+00:00",
        "deaf": False,
        "mute": False,
        "flags": 0,
    }
    return discord.Member(data=data, guild=guild, state=state)


@pytest.mark.parametrize(
    ("channel", "roles", "seen"),
    [
        (OPEN, (), True),
        (STAFF_ONLY, (), False),
        (STAFF_ONLY, (STAFF,), True),
        # threads are their parents'
        (PUBLIC, (), True),
        (15, (), False),
        (15, (STAFF,), True),
        # a private one is not, but for those who manage threads
        (PRIVATE, (), False),
        (PRIVATE, (MODS,), True),
        # unknown, or another server's
        (99, (STAFF, MODS), False),
        (16, (STAFF, MODS), False),
    ],
)
async def test_a_channel_is_seen_by_its_permissions(channel: int, roles: tuple[int, ...], seen: bool) -> None:
    asks = client(Http())
    assert await sees(asks, GUILD, channel, member(asks, *roles), HERE) is seen


async def test_a_private_thread_is_seen_from_inside() -> None:
    asks = client(Http())
    assert await sees(asks, GUILD, PRIVATE, member(asks), PRIVATE)


async def test_the_servers_owner_sees_everything() -> None:
    asks = client(Http())
    assert await sees(asks, GUILD, STAFF_ONLY, member(asks, id_=1), HERE)


@pytest.mark.parametrize("error", [http_error(404, 10004), http_error(403, 50001)])
async def test_where_the_bot_is_not_nobody_sees_anything(error: Exception) -> None:
    asks = client(Http(error))
    assert not await sees(asks, GUILD, OPEN, member(asks, STAFF), HERE)


async def test_what_discord_does_not_say_is_no_no() -> None:
    asks = client(Http(http_error(503, 0)))
    with pytest.raises(discord.DiscordServerError):
        await sees(asks, GUILD, OPEN, member(asks), HERE)


async def test_the_server_and_its_channel_are_asked_for_and_no_cache() -> None:
    http = Http()
    asks = client(http)
    await sees(asks, GUILD, PUBLIC, member(asks), HERE)
    assert http.asked == [f"guild {GUILD}", f"channel {PUBLIC}", f"channel {OPEN}"]
