"""What members do with threads."""

from typing import Any

from sandbox.discord import permissions
from sandbox.discord.interactions import Interactions, Refused
from sandbox.discord.state import FORUM, PRIVATE_THREAD, PUBLIC_THREAD, TEXT, Channel, Thread, User

NAME = 100


class ThreadActs:
    """Members and channels are named, as in `Interactions`. Everything raises Refused."""

    def __init__(self, acts: Interactions) -> None:
        self._acts, self._world, self._threads = acts, acts.world, acts.store.threads

    def start(
        self,
        member: str,
        channel: str,
        name: str,
        *,
        message_id: str | None = None,
        private: bool = False,
        content: str = "",
        files: list[Any] | None = None,
    ) -> tuple[Thread, str | None]:
        """A thread in a channel, from a message of it where one is named, or a post of a forum, which needs
        its first message. The thread, and the id of what was said in it.
        """
        user, parent = self._acts.place(member, channel)
        kind = PRIVATE_THREAD if private else PUBLIC_THREAD
        self._check(user, parent, name, kind, has_message=message_id is not None)
        if parent.type == FORUM and not (content or files):
            raise Refused(400, "a post of a forum needs content or files")
        origin = self._acts.seen(user, message_id) if message_id is not None else None
        if origin is not None and (origin.channel_id != parent.id or origin.thread_id):
            raise Refused(400, "this message is in another channel, or has a thread already")
        thread = self._threads.start(parent, user, name, kind, origin=origin)
        said = self._acts.say(member, thread.id, content, files) if content or files else None
        return thread, said

    def change(
        self,
        member: str,
        channel: str,
        *,
        archived: bool | None,
        locked: bool | None,
        add: str | None = None,
        remove: str | None = None,
    ) -> None:
        """Archives or locks a thread, or undoes it; adds somebody to it, the bot by its name, or removes."""
        user, thread = self._acts.place(member, channel)
        if not isinstance(thread, Thread):
            raise Refused(400, f"{channel} is no thread")
        manages = bool(self._world.permissions(user, thread) & permissions.MANAGE_THREADS)
        if not manages and (locked is not None or thread.locked or (archived and user.id != thread.owner_id)):
            raise Refused(400, f"{member} may not manage this thread")
        wanted = {"archived": archived, "locked": locked}
        fields = {name: value for name, value in wanted.items() if value is not None}
        if fields:
            self._threads.change(thread, **fields)
        if add is not None:
            self._threads.join(thread, self._person(add))
        if remove is not None:
            self._threads.leave(thread, self._person(remove))

    def _check(self, user: User, parent: Channel, name: str, kind: int, *, has_message: bool) -> None:
        granted = self._world.permissions(user, parent)
        private = kind == PRIVATE_THREAD
        needed = permissions.PRIVATE_THREADS if private else permissions.PUBLIC_THREADS
        if parent.guild_id is None or isinstance(parent, Thread):
            raise Refused(400, "threads are for channels of servers")
        if len(name) > NAME:
            raise Refused(400, f"a thread's name has 1 to {NAME} characters")
        if parent.type != TEXT and (private or has_message):
            raise Refused(400, "a forum's posts are public, and begin from no message")
        if not granted & needed:
            raise Refused(400, f"{user.name} may not start this thread")

    def _person(self, name: str) -> User:
        bot = self._world.bot
        return bot if name == bot.name else self._world.user(name)
