"""Channels and their messages, as the bot itself uses them."""

from sandbox.discord import objects, permissions
from sandbox.discord.calls import Call, Outcome, Route
from sandbox.discord.checks import keys, mapping
from sandbox.discord.limits import CHANNEL_PATCH, CHANNEL_POST
from sandbox.discord.refusal import (
    Refusal,
    closed_to_us,
    invalid,
    missing_access,
    missing_permissions,
    no_channel,
    no_message,
    unknown,
)
from sandbox.discord.routes_guild import number
from sandbox.discord.state import DM, FORUM, Channel, Message, Thread
from sandbox.json import Json

HOUR = 3600
NONCE_SECONDS = 300
"""For this long a nonce is remembered; Discord says "a few minutes"."""


async def channel(call: Call) -> Outcome:
    place = channel_of(call)
    if isinstance(place, Thread):
        return 200, objects.thread_for(place, call.stand.world.bot.id)
    return 200, objects.channel(place)


async def open_direct(call: Call) -> Outcome:
    body = (await call.body()).document
    world = call.stand.world
    recipient = str(body.get("recipient_id"))
    if recipient == world.application_id:
        raise closed_to_us()
    if recipient not in world.users:
        raise unknown("User", 10013)
    return 200, objects.channel(world.direct(world.users[recipient]))


async def typing(call: Call) -> Outcome:
    place = channel_of(call)
    needs(call, place, permissions.speaking(place))
    return 204, None


async def list_messages(call: Call) -> Outcome:
    place = channel_of(call)
    limit = number(call, "limit", 50, 1, 100)
    if not granted_in(call, place) & permissions.HISTORY:
        return 200, []
    public = [one for one in call.stand.store.there(place) if one.visible_to is None]
    chosen = _window(call, public, limit)
    return 200, [call.stand.store.show(one) for one in reversed(chosen)]


def _window(call: Call, messages: list[Message], limit: int) -> list[Message]:
    """At most `limit` of them, oldest first: the newest, or those before, after or around an id."""
    if len(keys("around before after") & call.query.keys()) > 1:
        raise invalid("around", "MUTUALLY_EXCLUSIVE", "Only one of around, before, after")
    if "after" in call.query:
        return [one for one in messages if int(one.id) > number(call, "after", 0, 0, None)][:limit]
    if "around" in call.query:
        middle = number(call, "around", 0, 0, None)
        before = [one for one in messages if int(one.id) < middle][-(limit // 2) or len(messages) :]
        since = [one for one in messages if int(one.id) >= middle]
        return (before + since)[:limit]
    if "before" in call.query:
        messages = [one for one in messages if int(one.id) < number(call, "before", 0, 0, None)]
    return messages[-limit:]


async def get_message(call: Call) -> Outcome:
    return 200, call.stand.store.show(message_of(call, channel_of(call)))


async def post_message(call: Call) -> Outcome:
    place = channel_of(call)
    world, store = call.stand.world, call.stand.store
    if place.type == FORUM:
        raise Refusal(400, 50008, "", "Cannot send messages in a non-text channel")
    needs(call, place, permissions.speaking(place))
    if place.type == DM and _closed(call, place):
        raise closed_to_us()
    body = await call.body(store.file_limit(place))
    document = body.document
    earlier = _same_nonce(call, place, document)
    if earlier is not None:
        return 200, store.show(earlier)
    message = Message(world.snowflake(), place.id, world.bot, world.clock.now(), nonce=document.get("nonce"))
    _reply(call, message, place, document)
    store.create(message, document, body.files, known=CHANNEL_POST, granted=granted_in(call, place))
    return 200, store.show(message)


async def edit_message(call: Call) -> Outcome:
    place = channel_of(call)
    message = message_of(call, place)
    world, store = call.stand.world, call.stand.store
    if message.author is not world.bot:
        raise Refusal(403, 50005, "", "Cannot edit a message authored by another user")
    if world.clock.now() - message.created > HOUR:
        call.stand.buckets.take_old_edit(place.id)
    body = await call.body(store.file_limit(place))
    store.edit(message, body.document, body.files, known=CHANNEL_PATCH, granted=granted_in(call, place))
    return 200, store.show(message)


async def delete_message(call: Call) -> Outcome:
    place = channel_of(call)
    message = message_of(call, place)
    if message.author is not call.stand.world.bot:
        needs(call, place, permissions.MANAGE_MESSAGES)
    call.stand.store.delete(message)
    return 204, None


def channel_of(call: Call) -> Channel:
    """The channel of the path, if the bot can see it. Raises Refusal."""
    place = call.stand.world.channel_by_id(call.id("channel"))
    if place is None:
        raise no_channel()
    if not granted_in(call, place) & permissions.VIEW:
        raise missing_access()
    return place


def message_of(call: Call, place: Channel) -> Message:
    """The message of the path. What only one member sees is not there for this route. Raises Refusal."""
    found = call.stand.store.find(call.id("message"))
    if found is None or found.channel_id != place.id or found.visible_to is not None:
        raise no_message()
    return found


def granted_in(call: Call, place: Channel) -> int:
    return call.stand.world.permissions(call.stand.world.bot, place)


def needs(call: Call, place: Channel, permission: int) -> None:
    if not granted_in(call, place) & permission:
        raise missing_permissions()


def _closed(call: Call, place: Channel) -> bool:
    person = place.recipients[0]
    shared = (one for one in call.stand.world.guilds.values() if one.present and person.id in one.members)
    return person.dms_closed or next(shared, None) is None


def _same_nonce(call: Call, place: Channel, document: Json) -> Message | None:
    nonce = document.get("nonce")
    if not document.get("enforce_nonce") or nonce is None:
        return None
    since = call.stand.world.clock.now() - NONCE_SECONDS
    recent = (one for one in reversed(call.stand.store.there(place)) if one.created >= since)
    return next((one for one in recent if one.nonce is not None and str(one.nonce) == str(nonce)), None)


def _reply(call: Call, message: Message, place: Channel, document: Json) -> None:
    reference = mapping(document.get("message_reference"))
    if not reference:
        return
    found = call.stand.store.find(str(reference.get("message_id")))
    if found is None or found.channel_id != place.id or found.visible_to is not None:
        if reference.get("fail_if_not_exists", True):
            raise invalid("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
        return
    message.type = 19
    message.reference = {"type": 0, "message_id": found.id, "channel_id": place.id}
    if place.guild_id is not None:
        message.reference["guild_id"] = place.guild_id


_CHANNEL = "/channels/{channel}"
_MESSAGES = f"{_CHANNEL}/messages"
_MESSAGE = f"{_MESSAGES}/{{message}}"
_MAJOR = ("channel",)

ROUTES = [
    Route("POST", "/users/@me/channels", open_direct, "direct"),
    Route("GET", _CHANNEL, channel, major=_MAJOR),
    Route("POST", f"{_CHANNEL}/typing", typing, "typing", _MAJOR),
    Route("GET", _MESSAGES, list_messages, major=_MAJOR, query=keys("limit around before after")),
    Route("GET", _MESSAGE, get_message, major=_MAJOR),
    Route("POST", _MESSAGES, post_message, "channel_messages", _MAJOR),
    Route("PATCH", _MESSAGE, edit_message, "channel_edits", _MAJOR),
    Route("DELETE", _MESSAGE, delete_message, "channel_deletes", _MAJOR),
]
