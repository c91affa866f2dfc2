"""One request on its way through a route, and what a route is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.discord.answers import Answers
from sandbox.discord.bodies import Body, read_body
from sandbox.discord.buckets import Buckets
from sandbox.discord.checks import UNKNOWN_KEY, remove
from sandbox.discord.interactions import Interactions
from sandbox.discord.messages import Messages
from sandbox.discord.refusal import Refusal
from sandbox.discord.world import World
from sandbox.wire import SENT

Outcome = tuple[int, Any]
"""A status and a document; None for an answer without a body."""


@dataclass
class Stand:
    """All that a route needs."""

    world: World
    acts: Interactions
    answers: Answers
    buckets: Buckets

    @property
    def store(self) -> Messages:
        return self.acts.store


@dataclass
class Call:
    """One request on its way through a route. `read` is the body once it was asked for; `ignored` are the
    paths of keys that are taken out of it.
    """

    stand: Stand
    request: web.Request
    headers: dict[str, str] = field(default_factory=dict[str, str])
    read: Body | None = None
    ignored: set[str] = field(default_factory=set[str])

    def id(self, name: str) -> str:
        return self.request.match_info[name]

    @property
    def query(self) -> dict[str, str]:
        return dict(self.request.query)

    def flag(self, name: str) -> bool:
        """A query key that is 1 or true. Raises Refusal for a value that is neither that nor 0 or false."""
        value = self.query.get(name, "0").lower()
        if value not in ("0", "1", "true", "false"):
            raise Refusal(400, 50035, name, f"stand-in: {name}={value!r} is neither true nor false")
        return value in ("1", "true")

    async def body(self, file_limit: int | None = None) -> Body:
        """The body. Where files may be sent (`file_limit`: bytes of the largest), so may forms."""
        if file_limit is None:
            self.read = await read_body(self.request)
        else:
            self.read = await read_body(self.request, file_limit, forms=True)
        if not self.ignored:
            # As it came: what is taken out of it was sent all the same.
            self.request[SENT] = {"sent": self.read.value, "files": [one.name for one in self.read.files]}
        for path in self.ignored:
            remove(self.read.value, path)
        return self.read

    def forgive(self, refusal: Refusal) -> bool:
        """From now on the body is without the keys that this refusal does not know. False: there is no new
        one among them.
        """
        fresh = {flaw.path for flaw in refusal.flaws if flaw.code == UNKNOWN_KEY} - self.ignored
        self.ignored |= fresh
        return bool(fresh)


Handler = Callable[[Call], Awaitable[Outcome]]


@dataclass(frozen=True)
class Route:
    """`bucket`: its kind in `buckets.DEFAULTS`, or None. `major`: ids that give a bucket of their own.

    `token`: whether the bot's token is needed. Where it is not, the application's allowance is not touched.
    """

    method: str
    path: str
    handler: Handler
    bucket: str | None = "default"
    major: tuple[str, ...] = ()
    token: bool = True
    query: frozenset[str] = frozenset()
