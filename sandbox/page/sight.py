"""What one member sees of the world before any message: places, people, commands."""

import re
from zlib import crc32

from sandbox.discord.interactions import Refused
from sandbox.discord.permissions import ATTACH, MANAGE_MESSAGES
from sandbox.discord.reach import NotHere, Reach
from sandbox.discord.state import FORUM, Channel, Thread, User
from sandbox.discord.world import HOME, OPERATOR, NoSuchPlace, World
from sandbox.json import Json

NAME = re.compile(r"[a-z0-9_.]{2,32}")
BEYOND = ("guild2/general", "away", "hushed", "private")
"""Places without this server; those without a slash are the member's own."""


def named(world: World, name: str) -> User:
    """The member of that name, who joins on first use. Raises Refused."""
    if not NAME.fullmatch(name) or name == OPERATOR:
        raise Refused(400, "a name has 2 to 32 small letters, digits, dots or underscores")
    return world.member(name).user


def sight(world: World, member: str, channel: str) -> Json:
    """Everything around the messages of that channel. Raises Refused."""
    user = named(world, member)
    try:
        place = world.channel(channel)
    except NoSuchPlace as missing:
        raise Refused(404, str(missing)) from missing
    guild = world.guild_of(place)
    if guild is not None:
        world.member_in(guild, user)
        if isinstance(place, Thread) and not world.sees(user, place):
            raise Refused(403, f"{member} is not in that private thread")
    elif user not in place.recipients:
        raise Refused(400, f"{member} is not in {channel}")
    here = world.guild_named(HOME)
    people = [one.user for one in here.members.values() if not one.user.bot and one.user.name != OPERATOR]
    return {
        "server": here.name,
        "bot": {"id": world.bot.id, "name": world.bot.name},
        "member": _person(user),
        "moderator": bool(world.permissions(user, place) & MANAGE_MESSAGES),
        "members": [_person(one) for one in people],
        "channels": _channels(world, user),
        "channel": {"key": channel, **_place(world, place)},
        "names": {
            **{one.id: one.display for one in [*world.users.values(), world.bot]},
            **{one.id: f"#{one.name}" for each in world.guilds.values() for one in each.channels.values()},
            **{one.id: one.name for each in world.guilds.values() for one in each.roles.values()},
            **{one.id: f"#{one.name}" for one in _threads(world, user)},
        },
        "roles": [one.name for one in guild.roles.values() if one.name != "@everyone"] if guild else [],
        "places": [one.name for one in guild.channels.values()] if guild else [],
        "commands": _commands(world, user, place),
    }


def _person(user: User) -> Json:
    return {"id": user.id, "name": user.name, "display": user.display}


def standing(world: World) -> int:
    """A number that changes whenever a list of threads reads differently to anybody."""
    threads = [one for guild in world.guilds.values() for one in guild.threads.values()]
    facts = [(one.id, one.name, one.archived, one.locked, sorted(one.people)) for one in threads]
    return crc32(repr(facts).encode())


def _threads(world: World, user: User) -> list[Thread]:
    """All that this person may read, the oldest first, closed ones too."""
    found = [one for guild in world.guilds.values() for one in guild.threads.values()]
    return sorted((one for one in found if world.sees(user, one)), key=lambda one: one.created)


def _channels(world: World, user: User) -> list[Json]:
    """Each channel of the server, its threads after it; their keys are ids, for names may be the same."""
    guild = world.guild_named(HOME)
    rows: list[Json] = []
    threads = _threads(world, user)
    for one in guild.channels.values():
        if not world.sees(user, one):
            continue
        rows.append({"key": one.name, "group": "server", **_place(world, one)})
        below = [each for each in threads if each.parent_id == one.id]
        rows += [{"key": each.id, "group": "server", **_place(world, each)} for each in below]
    direct = world.direct(user)
    rows.append({"key": f"dm:{user.name}", "group": "direct", **_place(world, direct)})
    beyond = [one if "/" in one else f"{one}:{user.name}" for one in BEYOND]
    return rows + [{"key": key, "group": "beyond"} for key in beyond]


def _place(world: World, place: Channel) -> Json:
    granted = world.permissions(world.bot, place)
    guild = world.guild_of(place)
    return {
        "id": place.id,
        "name": place.name,
        "type": place.type,
        "nsfw": place.nsfw,
        "guild": guild.name if guild else None,
        "bot": world.sees(world.bot, place) and (guild is None or guild.present),
        "files": bool(granted & ATTACH),
        **(_as_thread(world, place) if isinstance(place, Thread) else {}),
    }


def _as_thread(world: World, thread: Thread) -> Json:
    parent = world.channel_by_id(thread.parent_id)
    return {
        "parent": parent.name if parent else "",
        "post": parent is not None and parent.type == FORUM,
        "archived": thread.archived,
        "locked": thread.locked,
    }


def _commands(world: World, user: User, place: Channel) -> list[Json]:
    reach = Reach(world)
    found: dict[str, Json] = {}
    for name in world.commands.names():
        try:
            _, _, command = reach.find(user, place, name)
        except NotHere:
            continue
        found[str(command["id"])] = _localized(command, user.locale)
    return list(found.values())


def _localized(part: Json, locale: str) -> Json:
    """A command, an option or a choice as a member of that language sees it; `call`: its name on the wire."""
    shown: Json = {**part, "call": part["name"]}
    for key in ("name", "description"):
        said: Json = part.get(f"{key}_localizations") or {}
        if key in part:
            shown[key] = said.get(locale, part[key])
    for key in ("options", "choices"):
        if part.get(key):
            shown[key] = [_localized(one, locale) for one in part[key]]
    return shown
