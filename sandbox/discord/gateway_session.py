"""A gateway session: what a bot has been told, so that it can be told again after a reconnect."""

import copy
from collections import deque
from typing import cast

from sandbox.discord.gateway_socket import Connection
from sandbox.json import Json, as_object

LOGGED = 10_000
"""Events kept for a resume. A client that missed more must identify again."""

GUILDS, GUILD_MEMBERS, GUILD_PRESENCES, MESSAGE_CONTENT = 1 << 0, 1 << 1, 1 << 8, 1 << 15
PRIVILEGED = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT
KNOWN_INTENTS = sum(1 << bit for bit in (*range(17), 20, 21, 24, 25))

# Event name prefix → intent in a guild, intent in a DM (events/gateway, list of intents).
_INTENTS: tuple[tuple[str, int, int], ...] = (
    ("MESSAGE_REACTION_", 1 << 10, 1 << 13),
    ("MESSAGE_POLL_", 1 << 24, 1 << 25),
    ("MESSAGE_", 1 << 9, 1 << 12),
    ("TYPING_START", 1 << 11, 1 << 14),
    ("GUILD_MEMBERS_CHUNK", 0, 0),
    ("GUILD_MEMBER", GUILD_MEMBERS, GUILD_MEMBERS),
    ("GUILD_", GUILDS, GUILDS),
    ("CHANNEL_", GUILDS, GUILDS),
    ("THREAD_", GUILDS, GUILDS),
    ("PRESENCE_UPDATE", GUILD_PRESENCES, GUILD_PRESENCES),
)


class Session:
    """What one IDENTIFY began. It outlives its connection for a while."""

    def __init__(self, key: str, intents: int, shard: tuple[int, int], connection: Connection) -> None:
        self.id = key
        self.intents = intents
        self.shard = shard
        self.seq = 0
        self.resumed = 0
        self.connection: Connection | None = connection
        self.left_at = 0.0
        self._told = 0
        self._log: deque[Json] = deque(maxlen=LOGGED)

    def wants(self, event: str, guild_id: str | None) -> bool:
        """Whether the session's intents and shard cover the event."""
        number, count = self.shard
        if number != (shard_of(guild_id, count) if guild_id else 0):
            return False
        for prefix, in_guild, in_dm in _INTENTS:
            if event.startswith(prefix):
                needed = in_guild if guild_id else in_dm
                return not needed or bool(self.intents & needed)
        return True

    def tell(self, event: str, data: Json) -> None:
        """Log the event and send it when there is a connection that hears it."""
        self.seq += 1
        # A copy, because the world goes on changing what it handed over.
        self._log.append({"op": 0, "t": event, "s": self.seq, "d": copy.deepcopy(data)})
        self.catch_up()

    def catch_up(self) -> None:
        """Send what the present connection was not told yet."""
        if self.connection is None or self.connection.suffers("mute") or not self._log:
            return
        for payload in self._log if self._told < self.seq - 1 else (self._log[-1],):
            if payload["s"] > self._told:
                self.connection.send(payload)
        self._told = self.seq

    def rewind(self, seq: int) -> bool:
        """Take up after `seq`. False when the log does not go back that far."""
        first = self._log[0]["s"] if self._log else self.seq + 1
        if seq < first - 1:
            return False
        self._told = seq
        return True

    def visible(self, event: str, data: Json, bot_id: str) -> Json:
        """The event without the message's content where the intent for it is missing."""
        author = as_object(data.get("author")) or {}
        if not event.startswith("MESSAGE_") or "content" not in data or author.get("id") == bot_id:
            return data
        mentions = cast(list[Json], data.get("mentions") or [])
        named = any(one.get("id") == bot_id for one in mentions)
        if self.intents & MESSAGE_CONTENT or named or not data.get("guild_id"):
            return data
        return {**data, "content": "", "embeds": [], "attachments": [], "components": []}


def shard_of(guild_id: str, count: int) -> int:
    """The shard that a guild belongs to (events/gateway, sharding formula)."""
    return (int(guild_id) >> 22) % count
