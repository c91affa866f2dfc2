"""The state of the stand-in Discord: guilds, channels, people, messages, files and commands."""

import base64
import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from sandbox.discord import objects, permissions
from sandbox.discord.application import application
from sandbox.discord.cdn import Links
from sandbox.discord.commands import Commands
from sandbox.discord.session_starts import SessionStarts
from sandbox.discord.snowflakes import Snowflakes
from sandbox.discord.state import (
    DM,
    FORUM,
    GROUP_DM,
    LOCALES,
    MEMBER,
    PRIVATE_THREAD,
    TEXT,
    Attachment,
    Channel,
    Guild,
    Member,
    Message,
    Overwrite,
    Role,
    Thread,
    User,
)
from sandbox.json import Json

if TYPE_CHECKING:
    from sandbox.clock import Clock
    from sandbox.wire import Wire

__all__ = ["Channel", "Guild", "Member", "NoSuchPlace", "User", "World"]

HOME, SECOND, ELSEWHERE, HUSHED = "Imagine HQ", "Second Server", "Elsewhere", "Hushed"
MODERATOR = "mod"
OPERATOR = "operator"


class Dispatch(Protocol):
    """Sends an event to the bot's sessions; False when there is none that will ever get it."""

    def __call__(self, event: str, data: Json, *, guild_id: str | None = None) -> bool: ...


class NoSuchPlace(LookupError):
    """A name of a channel or a guild that does not exist."""


def _unwatched(message: Message) -> None:
    del message


def _nobody(event: str, data: Json, *, guild_id: str | None = None) -> bool:
    del event, data, guild_id
    return False


class World:
    """One bot, two guilds that it is in, places that it is not in, and whoever is named.

    Set `dispatch` to the gateway's, and `touched` to hear of messages that came, changed or went. `origin` is
    the server's `http://host:port` and may be set late. `lenient_keys`: unknown keys in bodies and queries
    are ignored, as Discord does, instead of refused.
    """

    def __init__(self, clock: "Clock", wire: "Wire", origin: str, *, name: str = "Imagine") -> None:
        self.clock, self.wire = clock, wire
        self.snowflake = Snowflakes(clock.now)
        self.links = Links(origin, clock)
        self.blobs: dict[str, Attachment] = {}
        self.dispatch: Dispatch = _nobody
        self.touched: Callable[[Message], None] = _unwatched
        self.privileged_allowed = False
        self.lenient_keys = False
        self.bot = User(self.snowflake(), name, bot=True)
        self.token = _token(self.bot.id)
        self.users: dict[str, User] = {}
        self.guilds: dict[str, Guild] = {}
        self.private: dict[str, Channel] = {}
        self.messages: dict[str, dict[str, Message]] = {}
        self.starts = SessionStarts()
        self.commands = Commands(self.bot.id, clock.now, self.snowflake)
        self.owner = self.user(OPERATOR)
        for title in (HOME, SECOND, ELSEWHERE, HUSHED):
            self._found(title)
        for person in ("alice", "bob", MODERATOR):
            self.member(person)

    @property
    def application_id(self) -> str:
        return self.bot.id

    @property
    def origin(self) -> str:
        return self.links.origin

    @origin.setter
    def origin(self, origin: str) -> None:
        self.links.origin = origin

    # What the gateway asks for

    @property
    def bot_user(self) -> Json:
        return objects.own_user(self.bot)

    def application(self) -> Json:
        return application(self.bot, self.owner)

    def valid_token(self, token: str) -> bool:
        """Whether this is the bot's token, with or without the word Bot before it."""
        return secrets.compare_digest(token.removeprefix("Bot ").encode(), self.token.encode())

    def ready_guilds(self) -> list[Json]:
        return [{"id": one.id, "unavailable": True} for one in self.guilds.values() if one.present]

    def guild_create(self, guild_id: str) -> Json:
        """Raises KeyError for an unknown guild."""
        return objects.guild_create(self.guilds[guild_id], self.bot)

    def guild_members(
        self, guild_id: str, *, query: str = "", limit: int = 0, user_ids: Sequence[str] | None = None
    ) -> list[Json]:
        """Members whose name begins with `query`, or those with these ids; `limit` 0 means all."""
        found = list(self.guilds[guild_id].members.values())
        if user_ids is not None:
            found = [one for one in found if one.user.id in set(map(str, user_ids))]
        found = [one for one in found if one.user.name.lower().startswith(query.lower())]
        return [objects.member(one) for one in (found[:limit] if limit else found)]

    def synced(self) -> list[Json]:
        """Every command of every scope."""
        return self.commands.every()

    # People and places, by name

    def user(self, name: str) -> User:
        """The person of that name, who exists from now on."""
        for one in self.users.values():
            if one.name == name:
                return one
        person = User(self.snowflake(), name)
        self.users[person.id] = person
        return person

    def member(self, name: str) -> Member:
        """The member of that name of the first guild, who joins on first use."""
        return self.member_in(self.guild_named(HOME), self.user(name))

    def member_in(self, guild: Guild, user: User) -> Member:
        """That person as a member of that guild, joining on first use."""
        if user.id not in guild.members:
            moderators = [role.id for role in guild.roles.values() if role.name == "Moderator"]
            roles = moderators if user.name == MODERATOR else []
            joined = guild.members[user.id] = Member(user, guild.id, self.clock.now(), roles)
            if guild.present:
                event = {**objects.member(joined), "guild_id": guild.id}
                self.dispatch("GUILD_MEMBER_ADD", event, guild_id=guild.id)
        return guild.members[user.id]

    def guild_named(self, name: str) -> Guild:
        for one in self.guilds.values():
            if one.name == name:
                return one
        raise NoSuchPlace(f"there is no guild {name!r}")

    def channel(self, name: str) -> Channel:
        """`general`, `guild2/general` or another guild's name before the slash, `dm:alice`, and places
        without the bot: `away:alice`, `hushed:alice` (where what apps answer is seen by the asker only) and
        `private:alice` (a group); the newest thread of a name, `thread:foxes`; or an id. Raises NoSuchPlace.
        """
        found = self.channel_by_id(name)
        if found is not None:
            return found
        kind, colon, person = name.partition(":")
        if colon and kind == "thread":
            return self._thread(person)
        if colon and kind == "dm":
            return self.direct(self.user(person))
        if colon and kind == "private":
            return self._group(self.user(person))
        if colon and kind in ("away", "hushed"):
            return self._away(ELSEWHERE if kind == "away" else HUSHED, person)
        place, slash, own = name.partition("/")
        guild = self.guild_named((SECOND if place == "guild2" else place) if slash else HOME)
        for one in guild.channels.values():
            if one.name == (own if slash else name):
                return one
        raise NoSuchPlace(f"there is no channel {name!r}")

    def direct(self, user: User) -> Channel:
        """The direct messages between that person and the bot."""
        for one in self.private.values():
            if one.type == DM and one.recipients == [user]:
                return one
        return self._open_private(Channel(self.snowflake(), user.name, DM, recipients=[user]))

    def channel_by_id(self, channel_id: str) -> Channel | None:
        for guild in self.guilds.values():
            if channel_id in guild.channels:
                return guild.channels[channel_id]
            if channel_id in guild.threads:
                return guild.threads[channel_id]
        return self.private.get(channel_id)

    def guild_of(self, channel: Channel) -> Guild | None:
        return self.guilds[channel.guild_id] if channel.guild_id else None

    def sees(self, user: User, channel: Channel) -> bool:
        """Whether that person can read that channel."""
        return bool(self.permissions(user, channel) & permissions.VIEW)

    # Permissions

    def permissions(self, user: User, channel: Channel) -> int:
        """What that person, or the bot, may do there; 0 for somebody who is not there."""
        guild = self.guild_of(channel)
        if guild is None:
            here = user in channel.recipients or (user is self.bot and channel.type == DM)
            return permissions.DIRECT if here else 0
        granted = self.allowed(user, channel)
        if isinstance(channel, Thread) and channel.type == PRIVATE_THREAD and user.id not in channel.people:
            return granted if granted & permissions.MANAGE_THREADS else 0
        return granted

    def allowed(self, user: User, channel: Channel) -> int:
        """The same for a channel of a guild, whoever is in a private thread: what an application may do in
        answer to a member who is.
        """
        guild = self.guild_of(channel)
        if guild is None or user.id not in guild.members:
            return 0
        return permissions.within(guild, guild.members[user.id], channel)

    def set_permissions(
        self, channel: str, deny: Iterable[str] = (), allow: Iterable[str] = (), *, member: str | None = None
    ) -> None:
        """Sets what the bot, or a member, may and may not do in a guild's channel, by Discord's names.

        Raises NoSuchPlace and KeyError (an unknown name of a permission).
        """
        place = self.channel(channel)
        if place.guild_id is None or isinstance(place, Thread):
            raise NoSuchPlace("only channels of guilds have permissions, and threads have their channel's")
        user = self.bot if member is None else self.user(member)
        overwrite = Overwrite(user.id, MEMBER, permissions.bits(allow), permissions.bits(deny))
        place.overwrites = [one for one in place.overwrites if one.id != user.id]
        if overwrite.allow or overwrite.deny:
            place.overwrites.append(overwrite)
        self.dispatch("CHANNEL_UPDATE", objects.channel(place), guild_id=place.guild_id)

    def block_dms(self, member: str, blocked: bool = True) -> None:  # noqa: FBT001 - its name says it
        """That person takes no direct messages from the bot (50007)."""
        self.user(member).dms_closed = blocked

    def speak(self, member: str, locale: str) -> None:
        """Sets the language of that person's client. Raises ValueError for one that Discord does not have."""
        self.user(member).locale = _locale(locale)

    def set_locale(self, guild: str, locale: str) -> None:
        """Sets a guild's language. Raises NoSuchPlace, and ValueError as `speak` does."""
        place = self.guild_named(guild)
        place.locale = _locale(locale)
        if place.present:
            self.dispatch("GUILD_UPDATE", objects.guild(place), guild_id=place.id)

    def remove_bot(self, guild: str = HOME) -> None:
        """Takes the bot out of a guild. Raises NoSuchPlace."""
        place = self.guild_named(guild)
        if place.present:
            place.present = False
            place.members.pop(self.bot.id, None)
            self.dispatch("GUILD_DELETE", {"id": place.id}, guild_id=place.id)

    def add_bot(self, guild: str = HOME) -> None:
        """Brings the bot back. Raises NoSuchPlace."""
        place = self.guild_named(guild)
        if not place.present:
            self._join(place)
            self.dispatch("GUILD_CREATE", self.guild_create(place.id), guild_id=place.id)

    # How the world is made

    def _found(self, name: str) -> None:
        guild_id = self.snowflake.of_its_own_moment()
        guild = Guild(guild_id, name, self.owner.id, present=False, created=self.clock.now())
        moderation = permissions.MANAGE_MESSAGES | permissions.MANAGE_THREADS | permissions.EXPRESSIONS
        normal = permissions.NORMAL
        if name == HUSHED:
            normal &= ~permissions.BITS["USE_EXTERNAL_APPS"]
        everyone = Role(guild_id, "@everyone", normal, 0)
        moderator = Role(self.snowflake(), "Moderator", moderation, 2)
        guild.roles = {everyone.id: everyone, moderator.id: moderator}
        self.guilds[guild_id] = guild
        self.member_in(guild, self.owner)
        if name in (HOME, SECOND):
            self._join(guild)
            for channel in (
                ("general", "brainstorm", "locked", "age-restricted") if name == HOME else ("general",)
            ):
                self._add_channel(guild, channel)

    def found(self, name: str) -> Guild:
        """One more guild with the bot in it, and its channel `general`. Raises ValueError for a name that is
        taken."""
        if ":" in name or "/" in name or name in ["guild2", *(one.name for one in self.guilds.values())]:
            raise ValueError(f"guild: {name!r} is taken, or is no guild's name")
        self._found(name)
        guild = self.guild_named(name)
        self._join(guild)
        self._add_channel(guild, "general")
        self.dispatch("GUILD_CREATE", self.guild_create(guild.id), guild_id=guild.id)
        return guild

    def _join(self, guild: Guild) -> None:
        guild.present = True
        named = (role for role in guild.roles.values() if role.managed)
        role = next(named, None)
        if role is None:
            # It may mention everyone, so that a bot that forgets to forbid it is found out.
            granted = permissions.NORMAL | permissions.EVERYONE | permissions.EXPRESSIONS
            role = Role(self.snowflake(), self.bot.name, granted, 1, managed=True)
            guild.roles[role.id] = role
        guild.members[self.bot.id] = Member(self.bot, guild.id, self.clock.now(), [role.id])

    def open_channel(self, name: str, *, forum: bool) -> Channel:
        """One more channel of the first guild. Raises ValueError for a name that is taken."""
        guild = self.guild_named(HOME)
        if ":" in name or "/" in name or name in [one.name for one in guild.channels.values()]:
            raise ValueError(f"channel: {name!r} is taken, or is no channel's name")
        place = self._add_channel(guild, name, FORUM if forum else TEXT)
        self.dispatch("CHANNEL_CREATE", objects.channel(place), guild_id=guild.id)
        return place

    def _thread(self, name: str) -> Channel:
        threads = [one for guild in self.guilds.values() for one in guild.threads.values()]
        for one in sorted(threads, key=lambda one: one.created, reverse=True):
            if one.name == name:
                return one
        raise NoSuchPlace(f"there is no thread {name!r}")

    def _add_channel(self, guild: Guild, name: str, kind: int = TEXT) -> Channel:
        place = Channel(self.snowflake(), name, kind, guild.id, position=len(guild.channels))
        place.nsfw = name == "age-restricted"
        if name == "locked":
            place.overwrites.append(Overwrite(self.bot.id, MEMBER, deny=permissions.ATTACH))
        guild.channels[place.id] = place
        return place

    def _away(self, guild_name: str, name: str) -> Channel:
        guild = self.guild_named(guild_name)
        self.member_in(guild, self.user(name))
        for one in guild.channels.values():
            if one.name == name:
                return one
        return self._add_channel(guild, name)

    def _group(self, user: User) -> Channel:
        for one in self.private.values():
            if one.type == GROUP_DM and one.recipients[0] is user:
                return one
        people = [user, self.user("friend")]
        return self._open_private(
            Channel(self.snowflake(), f"{user.name}'s group", GROUP_DM, recipients=people)
        )

    def _open_private(self, channel: Channel) -> Channel:
        self.private[channel.id] = channel
        return channel


def _locale(word: str) -> str:
    if word not in LOCALES:
        raise ValueError(f"Discord has no locale {word!r}; it has {', '.join(sorted(LOCALES))}")
    return word


def _token(application_id: str) -> str:
    """Of the shape that clients read the application's id from: `base64(id).x.y`."""
    head = base64.b64encode(application_id.encode()).decode().rstrip("=")
    return f"{head}.{secrets.token_urlsafe(4)}.{secrets.token_urlsafe(28)}"
