"""The page's few routes. Acting as a member goes through the control API, as for everybody else."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from aiohttp import web

from sandbox.clock import Clock
from sandbox.discord.world import World
from sandbox.http import answered, guard, plain_errors
from sandbox.json import Json
from sandbox.order import Order
from sandbox.page.feed import Feed
from sandbox.page.sight import named, sight, standing
from sandbox.page.switches import Place, Switches
from sandbox.restarts import Restarts
from sandbox.wire import Wire

STATIC = Path(__file__).parent / "static"
POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' blob:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)
"""Nothing comes from elsewhere, and no script from anything that a message says."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

View = Callable[[web.Request], Awaitable[Json]]


class Shown(Place, Protocol):
    """The parts of a sandbox that the page shows or turns; `sandbox/app.py` has them all."""

    clock: Clock
    wire: Wire
    restarts: Restarts
    world: World

    def state(self) -> Json:
        """Whether the bot is there and what it synced."""
        ...


class Page:
    """The page over one sandbox."""

    def __init__(self, sandbox: Shown) -> None:
        self._sandbox = sandbox
        self._switches = Switches(sandbox)
        self._feed = Feed(sandbox.wire, self._state)
        sandbox.world.touched = self._feed.touched

    def mount(self, app: web.Application, *, check: bool) -> None:
        """Serve `/` and everything below `/page`. `check`: refuse a foreign Host or Origin."""
        guarded = guard(check=check)

        async def index(request: web.Request) -> web.StreamResponse:
            return await guarded(request, self._index)

        below = web.Application(middlewares=[guarded, plain_errors])
        below.on_response_prepare.append(_harden)
        below.add_routes(self._routes())
        app.router.add_get("/", index)
        app.add_subapp("/page", below)

    def _routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/world", answered(self._world)),
            web.get("/events", self._events),
            web.post("/switch", answered(self._switch)),
            web.static("/static", STATIC),
        ]

    async def _index(self, request: web.Request) -> web.StreamResponse:
        del request
        return web.FileResponse(STATIC / "index.html", headers=HEADERS | {"Cache-Control": "no-cache"})

    async def _world(self, request: web.Request) -> Json:
        query = Order(dict(request.query), ("member", "channel"))
        seen = sight(self._sandbox.world, query.text("member"), query.text("channel"))
        return seen | {"state": self._state()}

    async def _events(self, request: web.Request) -> web.StreamResponse:
        async def member(request: web.Request) -> Json:
            query = Order(dict(request.query), ("member",))
            return {"id": named(self._sandbox.world, query.text("member")).id}

        answer = await answered(member)(request)
        if answer.status != 200:
            return answer
        known = await member(request)
        return await self._feed.stream(request, str(known["id"]))

    async def _switch(self, request: web.Request) -> Json:
        order = await Order.read(request, "name", "on")
        self._switches.turn(order.text("name"), order.flag("on", default=True))
        return self._switches.states()

    def _state(self) -> Json:
        state = self._sandbox.state()
        return {
            "connected": state["connected"],
            "commands": state["commands"],
            "threads": standing(self._sandbox.world),
            "ahead": round(self._sandbox.clock.ahead),
            "switches": self._switches.states(),
            "supervised": self._sandbox.restarts.supervised,
        }


async def _harden(request: web.Request, answer: web.StreamResponse) -> None:
    del request
    answer.headers.update(HEADERS)
    answer.headers.setdefault("Cache-Control", "no-cache")
