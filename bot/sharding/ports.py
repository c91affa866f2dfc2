"""What the gateway's connections ask of whoever divides the shards."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Session:
    """What one IDENTIFY began. Whoever has it and the token may take it up where it was left: Discord then
    repeats what was not heard."""

    id: str
    sequence: int
    """Of the last event that was heard."""
    gateway: str
    """The address that resumes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is this process's at one moment."""

    mine: Mapping[int, Session | None] = field(default_factory=lambda: MappingProxyType({}))
    """Shard → the session that was last known of it, if any."""
    give: Collection[int] = ()
    """Those of them that another process is to have."""


class Division(Protocol):
    """Which shards this process runs, and when it may begin a session of one."""

    @property
    def count(self) -> int:
        """How many there are in all."""
        ...

    @property
    def common(self) -> bool:
        """Whether every process hears everything, so that another one can answer what this one leaves."""
        ...

    @property
    def lasting(self) -> bool:
        """Whether a session outlives its process, because another one takes it up."""
        ...

    async def look(self) -> Look:
        """Take what is this process's share, and say what it holds. What it holds is nobody else's."""
        ...

    async def changed(self) -> None:
        """Wait until it is time to look again."""
        ...

    async def allowed(self) -> None:
        """Wait until this process may open a connection: without its lease, a shard may be another's."""
        ...

    async def turn(self, shard: int) -> None:
        """Wait until this shard may identify: Discord takes one shard of each bucket in five seconds."""
        ...

    async def remember(self, sessions: Mapping[int, Session]) -> None:
        """Keep where its sessions stand, for whoever runs them next."""
        ...

    async def give(self, shard: int, session: Session | None) -> None:
        """Leave one to others. Its connection is closed."""
        ...

    async def leave(self) -> None:
        """Take none any more: this process is about to end."""
        ...


class Turns(Protocol):
    """When a shard may identify."""

    async def turn(self, bucket: int) -> None:
        """Wait for it. What follows is to be sent at once."""
        ...


class Leases(Protocol):
    """Several processes that share a database, as far as they divide the shards."""

    @property
    def turns(self) -> Turns:
        """For all of them together."""
        ...

    async def agree(self, recommended: int, told: int | None) -> int:
        """How many shards there are: `told`, else as many as the others run or Discord recommends. From now
        on others know."""
        ...

    def divide(self, count: int, concurrency: int) -> Division:
        """Take part."""
        ...
