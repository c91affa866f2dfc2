"""The application itself, its gateway and its commands."""

from typing import cast

from sandbox.discord import objects
from sandbox.discord.calls import Call, Outcome, Route
from sandbox.discord.checks import array, keys
from sandbox.discord.refusal import Refusal, invalid, missing_access, unknown

_LOCALIZED = keys("with_localizations")


async def me(call: Call) -> Outcome:
    return 200, call.stand.world.bot_user


async def user(call: Call) -> Outcome:
    world = call.stand.world
    if call.id("user") == world.application_id:
        return 200, objects.user(world.bot)
    if call.id("user") not in world.users:
        raise unknown("User", 10013)
    return 200, objects.user(world.users[call.id("user")])


async def application(call: Call) -> Outcome:
    return 200, call.stand.world.application()


async def gateway(call: Call) -> Outcome:
    return 200, {"url": _gateway(call)}


async def gateway_bot(call: Call) -> Outcome:
    world = call.stand.world
    limit = world.starts.limit(world.clock.now())
    return 200, {"url": _gateway(call), "shards": world.starts.shards, "session_start_limit": limit}


def _gateway(call: Call) -> str:
    return call.stand.world.origin.replace("http", "ws", 1) + "/discord/gateway"


async def list_commands(call: Call) -> Outcome:
    localized = call.flag("with_localizations")
    return 200, call.stand.world.commands.listing(_scope(call), localized=localized)


async def create_command(call: Call) -> Outcome:
    scope = _scope(call)
    command, new = call.stand.world.commands.create(scope, (await call.body()).document)
    return 201 if new else 200, command


async def replace_commands(call: Call) -> Outcome:
    scope = _scope(call)
    value = (await call.body()).value
    if not isinstance(value, list):
        raise invalid("", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
    return 200, call.stand.world.commands.replace(scope, array(cast(object, value)))


async def get_command(call: Call) -> Outcome:
    return 200, call.stand.world.commands.get(_scope(call), call.id("command"))


async def change_command(call: Call) -> Outcome:
    scope = _scope(call)
    body = (await call.body()).document
    return 200, call.stand.world.commands.change(scope, call.id("command"), body)


async def delete_command(call: Call) -> Outcome:
    call.stand.world.commands.delete(_scope(call), call.id("command"))
    return 204, None


def _scope(call: Call) -> str | None:
    world = call.stand.world
    if call.id("application") != world.application_id:
        raise Refusal(403, 20012, "", "You are not authorized to perform this action on this application")
    guild_id = call.request.match_info.get("guild")
    if guild_id is None:
        return None
    if guild_id not in world.guilds or not world.guilds[guild_id].present:
        raise missing_access()
    return guild_id


def _commands(base: str) -> list[Route]:
    one = f"{base}/{{command}}"
    return [
        Route("GET", base, list_commands, "commands", query=_LOCALIZED),
        Route("POST", base, create_command, "commands", query=_LOCALIZED),
        Route("PUT", base, replace_commands, "commands", query=_LOCALIZED),
        Route("GET", one, get_command, "commands", query=_LOCALIZED),
        Route("PATCH", one, change_command, "commands", query=_LOCALIZED),
        Route("DELETE", one, delete_command, "commands"),
    ]


ROUTES = [
    Route("GET", "/users/@me", me),
    Route("GET", "/users/{user}", user),
    Route("GET", "/applications/@me", application),
    Route("GET", "/oauth2/applications/@me", application),
    Route("GET", "/gateway", gateway, None, token=False),
    Route("GET", "/gateway/bot", gateway_bot),
    *_commands("/applications/{application}/commands"),
    *_commands("/applications/{application}/guilds/{guild}/commands"),
]
