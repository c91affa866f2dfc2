"""Threads, and posts of forums, as the bot itself uses them."""

from sandbox.discord import objects, permissions
from sandbox.discord.calls import Call, Outcome, Route
from sandbox.discord.checks import Flaws, boolean, choice, integer, keys, mapping, only, text
from sandbox.discord.limits import CHANNEL_POST, check_message
from sandbox.discord.refusal import (
    Refusal,
    archived_thread,
    invalid,
    missing_access,
    missing_permissions,
    no_channel,
    raise_flaws,
    unknown,
)
from sandbox.discord.routes_channel import channel_of, granted_in, message_of, needs
from sandbox.discord.routes_guild import guild_of, number
from sandbox.discord.state import (
    ARCHIVE_MINUTES,
    FORUM,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    TEXT,
    Channel,
    Message,
    Thread,
    User,
)
from sandbox.json import Json

MINUTES = frozenset({60, 1440, 4320, 10080})
SLOWEST = 21_600

_COMMON = keys("name auto_archive_duration rate_limit_per_user")
_FIELDS = {
    "name": "name",
    "archived": "archived",
    "locked": "locked",
    "invitable": "invitable",
    "auto_archive_duration": "archive_minutes",
    "rate_limit_per_user": "slowmode",
    "applied_tags": "tags",
}
"""Keys of a request, and the fields that they set."""

_OF_MODERATORS = keys("locked rate_limit_per_user")


async def start(call: Call) -> Outcome:
    parent = channel_of(call)
    if parent.type == FORUM:
        return await _post(call, parent)
    if parent.type != TEXT or isinstance(parent, Thread):
        raise Refusal(400, 50024, "", "Cannot execute action on this channel type")
    body = (await call.body(call.stand.store.file_limit(parent))).document
    known = _COMMON | {"type", "invitable"}
    flaws = [*_flaws(body, known), *choice(body, "type", "", frozenset({PUBLIC_THREAD, PRIVATE_THREAD}))]
    raise_flaws(flaws)
    kind = body.get("type") or PRIVATE_THREAD
    needed = permissions.PRIVATE_THREADS if kind == PRIVATE_THREAD else permissions.PUBLIC_THREADS
    needs(call, parent, needed)
    fields = _more(body) | {"invitable": body.get("invitable", True) is not False}
    thread = call.stand.store.threads.start(parent, _bot(call), body["name"], kind, fields=fields)
    return 201, _shown(call, thread)


async def _post(call: Call, forum: Channel) -> Outcome:
    """A post of a forum, with its first message."""
    store, world = call.stand.store, call.stand.world
    body = await call.body(store.file_limit(forum))
    document, first = body.document, mapping(body.document.get("message"))
    flaws = _flaws(document, _COMMON | {"message", "applied_tags", "type"})
    raise_flaws(flaws)
    if not first:
        raise invalid("message", "BASE_TYPE_REQUIRED", "This field is required")
    needs(call, forum, permissions.SEND)
    refusal = check_message(first, body.files, known=CHANNEL_POST, path="message")
    if refusal is not None:
        raise refusal
    fields = _more(document)
    thread = store.threads.start(forum, _bot(call), document["name"], PUBLIC_THREAD, fields=fields)
    # The first message of a post has the post's own id.
    message = Message(thread.id, thread.id, world.bot, world.clock.now())
    granted = granted_in(call, thread)
    try:
        store.create(message, first, body.files, known=CHANNEL_POST, granted=granted, path="message")
    except Refusal:
        store.threads.delete(thread)
        raise
    return 201, {**_shown(call, thread), "message": store.show(message)}


async def start_from(call: Call) -> Outcome:
    parent = channel_of(call)
    message = message_of(call, parent)
    needs(call, parent, permissions.PUBLIC_THREADS)
    if message.thread_id is not None:
        raise Refusal(400, 160004, "", "A thread has already been created for this message")
    body = (await call.body()).document
    raise_flaws(_flaws(body, _COMMON))
    threads, fields = call.stand.store.threads, _more(body)
    thread = threads.start(parent, _bot(call), body["name"], PUBLIC_THREAD, origin=message, fields=fields)
    return 201, _shown(call, thread)


async def change(call: Call) -> Outcome:
    thread = _thread(call)
    body = (await call.body()).document
    raise_flaws(_change_flaws(body))
    given = {key: body[key] for key in _FIELDS if body.get(key) is not None}
    _may_change(call, thread, given)
    call.stand.store.threads.change(thread, **{_FIELDS[key]: value for key, value in given.items()})
    return 200, _shown(call, thread)


def _may_change(call: Call, thread: Thread, given: Json) -> None:
    """Only the state of what is archived can be changed, unless it is opened with the same request."""
    moderates = granted_in(call, thread) & permissions.MANAGE_THREADS
    opens = given.get("archived") is False
    if thread.archived and not opens and given.keys() - {"archived", "locked"}:
        raise archived_thread()
    if moderates:
        return
    own = thread.owner_id == call.stand.world.bot.id
    if thread.locked or given.keys() & _OF_MODERATORS or (not own and given.keys() - {"archived"}):
        raise missing_permissions()
    if not own and not (opens and call.stand.world.bot.id in thread.people):
        raise missing_permissions()


async def delete(call: Call) -> Outcome:
    thread = _thread(call)
    needs(call, thread, permissions.MANAGE_THREADS)
    document = _shown(call, thread)
    call.stand.store.threads.delete(thread)
    return 200, document


async def list_members(call: Call) -> Outcome:
    thread = _thread(call)
    if not call.stand.world.privileged_allowed:
        raise missing_access()
    return 200, [objects.thread_member(thread, one) for one in thread.people]


async def get_member(call: Call) -> Outcome:
    thread, person = _thread(call), _person(call)
    if person.id not in thread.people:
        raise unknown("Member", 10007)
    return 200, objects.thread_member(thread, person.id)


async def add_member(call: Call) -> Outcome:
    thread, person = _thread(call), _person(call)
    if thread.archived:
        raise archived_thread()
    call.stand.store.threads.join(thread, person)
    return 204, None


async def remove_member(call: Call) -> Outcome:
    thread, person = _thread(call), _person(call)
    if thread.archived:
        raise archived_thread()
    if person is not call.stand.world.bot:
        needs(call, thread, permissions.MANAGE_THREADS)
    call.stand.store.threads.leave(thread, person)
    return 204, None


async def active(call: Call) -> Outcome:
    return 200, _listed(call, [one for one in guild_of(call).threads.values() if not one.archived])


async def archived_public(call: Call) -> Outcome:
    return 200, _archived(call, PUBLIC_THREAD)


async def archived_private(call: Call) -> Outcome:
    needs(call, channel_of(call), permissions.MANAGE_THREADS)
    return 200, _archived(call, PRIVATE_THREAD)


async def archived_joined(call: Call) -> Outcome:
    return 200, _archived(call, PRIVATE_THREAD)


def _archived(call: Call, kind: int) -> Json:
    parent = channel_of(call)
    guild = call.stand.world.guild_of(parent)
    limit = number(call, "limit", 50, 2, 100)
    found = [one for one in guild.threads.values() if one.parent_id == parent.id] if guild else []
    found = [one for one in found if one.archived and one.type == kind]
    found.sort(key=lambda one: one.archived_at, reverse=True)
    return {**_listed(call, found[:limit]), "has_more": len(found) > limit}


def _listed(call: Call, threads: list[Thread]) -> Json:
    seen = [one for one in threads if granted_in(call, one) & permissions.VIEW]
    bot = call.stand.world.bot.id
    members = [objects.thread_member(one, bot) for one in seen if bot in one.people]
    return {"threads": [_shown(call, one) for one in seen], "members": members, "has_more": False}


def _flaws(body: Json, known: frozenset[str]) -> Flaws:
    yield from only(body, known)
    yield from text(body, "name", "", least=1, most=100, required=True)
    yield from _settings(body)


def _change_flaws(body: Json) -> Flaws:
    yield from only(body, frozenset({*_FIELDS, "flags"}))
    yield from text(body, "name", "", least=1, most=100)
    for key in ("archived", "locked", "invitable"):
        yield from boolean(body, key, "")
    yield from _settings(body)


def _settings(body: Json) -> Flaws:
    yield from choice(body, "auto_archive_duration", "", MINUTES)
    yield from integer(body, "rate_limit_per_user", "", least=0, most=SLOWEST)


def _more(body: Json) -> Json:
    minutes = body.get("auto_archive_duration") or ARCHIVE_MINUTES
    return {"archive_minutes": minutes, "slowmode": body.get("rate_limit_per_user") or 0}


def _shown(call: Call, thread: Thread) -> Json:
    return objects.thread_for(thread, call.stand.world.bot.id)


def _bot(call: Call) -> User:
    return call.stand.world.bot


def _thread(call: Call) -> Thread:
    place = channel_of(call)
    if not isinstance(place, Thread):
        raise no_channel() if place.guild_id is None else missing_permissions()
    return place


def _person(call: Call) -> User:
    world, wanted = call.stand.world, call.request.match_info.get("user", "@me")
    if wanted in ("@me", world.bot.id):
        return world.bot
    if wanted not in world.users:
        raise unknown("User", 10013)
    return world.users[wanted]


_CHANNEL = "/channels/{channel}"
_MEMBERS = f"{_CHANNEL}/thread-members"
_ARCHIVED = f"{_CHANNEL}/threads/archived"
_MAJOR = ("channel",)
_PAGE = keys("before limit")

ROUTES = [
    Route("POST", f"{_CHANNEL}/threads", start, major=_MAJOR),
    Route("POST", f"{_CHANNEL}/messages/{{message}}/threads", start_from, major=_MAJOR),
    Route("PATCH", _CHANNEL, change, major=_MAJOR),
    Route("DELETE", _CHANNEL, delete, major=_MAJOR),
    Route("GET", _MEMBERS, list_members, major=_MAJOR, query=keys("with_member limit after")),
    *(
        route
        for who in (f"{_MEMBERS}/@me", f"{_MEMBERS}/{{user}}")
        for route in (
            Route("GET", who, get_member, major=_MAJOR, query=keys("with_member")),
            Route("PUT", who, add_member, major=_MAJOR),
            Route("DELETE", who, remove_member, major=_MAJOR),
        )
    ),
    Route("GET", "/guilds/{guild}/threads/active", active, major=("guild",)),
    Route("GET", f"{_ARCHIVED}/public", archived_public, major=_MAJOR, query=_PAGE),
    Route("GET", f"{_ARCHIVED}/private", archived_private, major=_MAJOR, query=_PAGE),
    Route(
        "GET", f"{_CHANNEL}/users/@me/threads/archived/private", archived_joined, major=_MAJOR, query=_PAGE
    ),
]
