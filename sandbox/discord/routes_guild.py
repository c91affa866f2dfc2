"""Guilds that the bot is in, their members, roles, channels and sounds."""

from sandbox.discord import objects, permissions
from sandbox.discord.application import SOUNDS, sound
from sandbox.discord.calls import Call, Outcome, Route
from sandbox.discord.checks import keys
from sandbox.discord.refusal import invalid, missing_access, unknown
from sandbox.discord.state import Guild
from sandbox.json import Json


async def own_guilds(call: Call) -> Outcome:
    after, before = number(call, "after", 0, 0, None), number(call, "before", 1 << 64, 0, None)
    counted, limit = call.flag("with_counts"), number(call, "limit", 200, 1, 200)
    present = [one for one in call.stand.world.guilds.values() if one.present]
    chosen = [one for one in present if after < int(one.id) < before][:limit]
    return 200, [_partial(call, one, counted=counted) for one in chosen]


def _partial(call: Call, one: Guild, *, counted: bool) -> Json:
    whole = objects.guild(one)
    part = {key: whole[key] for key in ("id", "name", "icon", "banner", "features")}
    granted = permissions.base(one, one.members[call.stand.world.application_id])
    part |= {"owner": False, "permissions": str(granted)}
    return part | _counts(one) if counted else part


def _counts(one: Guild) -> Json:
    return {"approximate_member_count": len(one.members), "approximate_presence_count": 1}


async def guild(call: Call) -> Outcome:
    document = objects.guild(guild_of(call))
    if call.flag("with_counts"):
        document |= _counts(guild_of(call))
    return 200, document


async def members(call: Call) -> Outcome:
    found = guild_of(call)
    if not call.stand.world.privileged_allowed:
        raise missing_access()
    limit, after = number(call, "limit", 1, 1, 1000), number(call, "after", 0, 0, None)
    people = sorted(found.members.values(), key=lambda one: int(one.user.id))
    people = [one for one in people if int(one.user.id) > after]
    return 200, [objects.member(one) for one in people[:limit]]


async def member(call: Call) -> Outcome:
    found = guild_of(call)
    wanted = call.stand.world.application_id if call.id("user") == "@me" else call.id("user")
    if wanted not in found.members:
        raise unknown("Member", 10007)
    return 200, objects.member(found.members[wanted])


async def roles(call: Call) -> Outcome:
    return 200, [objects.role(one) for one in guild_of(call).roles.values()]


async def channels(call: Call) -> Outcome:
    return 200, [objects.channel(one) for one in guild_of(call).channels.values()]


async def default_sounds(call: Call) -> Outcome:
    del call
    return 200, [sound(number, *one) for number, one in enumerate(SOUNDS, 1)]


async def guild_sounds(call: Call) -> Outcome:
    return 200, {"items": list(guild_of(call).sounds)}


def guild_of(call: Call) -> Guild:
    found = call.stand.world.guilds.get(call.id("guild"))
    if found is None:
        raise unknown("Guild", 10004)
    if not found.present:
        raise missing_access()
    return found


def number(call: Call, name: str, default: int, least: int, most: int | None) -> int:
    """A number in the query. Raises Refusal."""
    given = call.query.get(name)
    if given is None:
        return default
    if not given.isdigit() or int(given) < least or (most is not None and int(given) > most):
        raise invalid(name, "NUMBER_TYPE_COERCE", f"{given!r} is not a number from {least} to {most}.")
    return int(given)


ROUTES = [
    Route("GET", "/users/@me/guilds", own_guilds, query=keys("before after limit with_counts")),
    Route("GET", "/guilds/{guild}", guild, major=("guild",), query=keys("with_counts")),
    Route("GET", "/guilds/{guild}/members", members, major=("guild",), query=keys("limit after")),
    Route("GET", "/guilds/{guild}/members/{user}", member, major=("guild",)),
    Route("GET", "/guilds/{guild}/roles", roles, major=("guild",)),
    Route("GET", "/guilds/{guild}/channels", channels, major=("guild",)),
    Route("GET", "/guilds/{guild}/soundboard-sounds", guild_sounds, major=("guild",)),
    Route("GET", "/soundboard-default-sounds", default_sounds),
]
