"""Threads, and posts of forums, which are threads too: who is in them, what is archived, what is locked."""

from typing import TYPE_CHECKING, Any

from sandbox.discord import objects, permissions
from sandbox.discord.refusal import archived_thread
from sandbox.discord.state import PRIVATE_THREAD, Channel, Message, Thread, User
from sandbox.json import Json

if TYPE_CHECKING:
    from sandbox.discord.world import World


HAS_THREAD = 1 << 5


class Threads:
    """Every thread of the world. They lie with their guild."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def start(
        self,
        parent: Channel,
        owner: User,
        name: str,
        kind: int,
        *,
        origin: Message | None = None,
        fields: Json | None = None,
    ) -> Thread:
        """A new thread, with its owner in it. `origin`: the message from which it begins, whose id it has;
        `fields`: others of its fields.
        """
        world, now = self._world, self._world.clock.now()
        guild = world.guilds[str(parent.guild_id)]
        thread_id = origin.id if origin is not None else world.snowflake()
        thread = Thread(thread_id, name, kind, guild.id, nsfw=parent.nsfw, **(fields or {}))
        if origin is not None:
            origin.thread_id, origin.flags = thread_id, origin.flags | HAS_THREAD
        thread.parent_id, thread.owner_id = parent.id, owner.id
        thread.created = thread.archived_at = now
        thread.people[owner.id] = now
        guild.threads[thread.id] = thread
        self._tell("THREAD_CREATE", thread, newly_created=True)
        return thread

    def admit(self, place: Channel | None, granted: int, *, sending: bool) -> None:
        """Whether something may be written in that place. A new message opens an archived thread again;
        nothing else does, and what is locked stays so for whoever may not manage threads. Raises Refusal.
        """
        if not isinstance(place, Thread):
            return
        if place.locked and not granted & permissions.MANAGE_THREADS:
            raise archived_thread()
        if place.archived and not sending:
            raise archived_thread()
        if place.archived:
            self.change(place, archived=False)

    def spoke(self, place: Channel | None, author: User) -> None:
        """Somebody wrote there, and is in the thread from now on."""
        if isinstance(place, Thread):
            place.spoken += 1
            self.join(place, author)

    def change(self, thread: Thread, **fields: Any) -> None:
        """Sets fields, and tells the bot."""
        for name, value in fields.items():
            setattr(thread, name, value)
        if "archived" in fields or "archive_minutes" in fields:
            thread.archived_at = self._world.clock.now()
        self._tell("THREAD_UPDATE", thread)

    def join(self, thread: Thread, person: User) -> None:
        if person.id in thread.people:
            return
        thread.people[person.id] = self._world.clock.now()
        if person is self._world.bot:
            if thread.type == PRIVATE_THREAD:
                self._tell("THREAD_CREATE", thread)
            member = self._world.guilds[str(thread.guild_id)].members[person.id]
            # Only in this event a member of a thread comes with the guild's, and with a presence.
            added = {**objects.thread_member(thread, person.id), "member": objects.member(member)}
            self._tell_members(thread, {"added_members": [{**added, "presence": None}]})

    def leave(self, thread: Thread, person: User) -> None:
        if thread.people.pop(person.id, None) is not None and person is self._world.bot:
            self._tell_members(thread, {"removed_member_ids": [person.id]})

    def delete(self, thread: Thread) -> None:
        """The thread, and every message in it."""
        guild = self._world.guilds[str(thread.guild_id)]
        part = ("id", "guild_id", "parent_id", "type")
        self._dispatch("THREAD_DELETE", thread, {key: objects.channel(thread)[key] for key in part})
        del guild.threads[thread.id]
        self._world.messages.pop(thread.id, None)

    def _tell(self, event: str, thread: Thread, **more: Any) -> None:
        self._dispatch(event, thread, {**objects.thread_for(thread, self._world.bot.id), **more})

    def _tell_members(self, thread: Thread, data: Json) -> None:
        common = {"id": thread.id, "guild_id": thread.guild_id, "member_count": len(thread.people)}
        world = self._world
        world.dispatch("THREAD_MEMBERS_UPDATE", {**common, **data}, guild_id=thread.guild_id)

    def _dispatch(self, event: str, thread: Thread, data: Json) -> None:
        if self._world.sees(self._world.bot, thread):
            self._world.dispatch(event, data, guild_id=thread.guild_id)
