"""Ties the parts into one server on 127.0.0.1: both halves, the gateway, and the control API."""

import asyncio
import contextlib
import socket
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from sandbox.clock import Clock
from sandbox.control import Control
from sandbox.discord import cdn, rest
from sandbox.discord.buckets import Buckets
from sandbox.discord.gateway import Gateway
from sandbox.discord.interactions import Interactions
from sandbox.discord.world import World
from sandbox.faults import Faults, SpecError
from sandbox.http import guard, plain_errors
from sandbox.json import Json, reply
from sandbox.load import Load
from sandbox.page.routes import Page
from sandbox.restarts import Restarts
from sandbox.scenario.api import Api
from sandbox.scenario.options import Options
from sandbox.scenario.studio import Studio
from sandbox.wire import KEPT, MOST_KEPT, Wire

HOST = "127.0.0.1"
LARGEST = 256 * 2**20
"""Bytes of a body that the server reads at all; the halves refuse smaller ones in their own words."""

SHUTDOWN = 0.5
"""Seconds that running requests get when the server stops."""

DISCORD_SETTINGS: dict[str, tuple[type, ...]] = {
    "privileged_allowed": (bool,),
    "lenient_keys": (bool,),
    "buckets": (dict,),
}
WIRE_SETTINGS: dict[str, tuple[type, ...]] = {"bodies": (bool,), "kept": (int,)}
GATEWAY_SETTINGS: dict[str, tuple[type, ...]] = {"heartbeat_ms": (int,), "resume_seconds": (int, float)}
STARTS_SETTINGS: dict[str, tuple[type, ...]] = {
    "shards": (int,),
    "max_concurrency": (int,),
    "identify_seconds": (int, float),
    "most_guilds": (int,),
    "sessions_a_day": (int,),
}


class Sandbox:
    """One sandbox. Use it as `async with Sandbox() as sandbox:`; `**options` are those of the studio."""

    def __init__(self, port: int = 0, *, host_check: bool = True, **options: Any) -> None:
        self.port = port
        self.clock = Clock()
        self.wire = Wire(self.clock)
        self.faults = Faults(self.clock)
        self.load = Load()
        self.restarts = Restarts()
        self.options = Options()
        self.options.change(**options)
        self._host_check = host_check
        self._runner: web.AppRunner | None = None
        self._pushing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        listener = socket.create_server((HOST, self.port))
        try:
            self.port = listener.getsockname()[1]
            self._build(f"http://{HOST}:{self.port}")
            self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=SHUTDOWN)
            await self._runner.setup()
            await web.SockSite(self._runner, listener).start()
            self._pushing = asyncio.create_task(self.studio.webhooks.run(self.clock), name="pushes")
        except BaseException:
            listener.close()
            raise

    async def stop(self) -> None:
        """Drop what is held, close every WebSocket, stop listening."""
        if self._runner is not None:
            self.faults.close()
            if self._pushing is not None:
                self._pushing.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await self._pushing
            await self.studio.webhooks.close()
            await self.load.close()
            await self.gateway.shutdown()
            await self._runner.cleanup()
            self._runner = None

    @property
    def addresses(self) -> Json:
        """Everything a bot or a test needs to find its way; printed when the sandbox is ready."""
        origin = f"http://{HOST}:{self.port}"
        return {
            "page": f"{origin}/",
            "discord_base_url": f"{origin}/discord/api/v10",
            "scenario_base_url": f"{origin}/scenario/v1",
            "control": f"{origin}/control",
            "discord_token": self.world.token,
            "application_id": self.world.application_id,
            "scenario_key": self.options.key,
            "scenario_secret": self.options.secret,
        }

    def state(self) -> Json:
        """Whether the bot is there and what it synced."""
        return {
            "connected": self.gateway.connected,
            "commands": sorted({str(command["name"]) for command in self.world.synced()}),
            "sessions": self.gateway.sessions(),
            "now": self.clock.now(),
        }

    def configure(self, *, scenario: Json, discord: Json, gateway: Json, wire: Json) -> None:
        """Change settings. Raises ValueError for an unknown name or a wrong value; then nothing changed."""
        _check("discord", discord, DISCORD_SETTINGS)
        _check("gateway", gateway, GATEWAY_SETTINGS | STARTS_SETTINGS)
        for name in ("shards", "max_concurrency"):
            if gateway.get(name, 1) < 1:
                raise SpecError(f"gateway.{name}: at least 1")
        _check("wire", wire, WIRE_SETTINGS)
        if not 1 <= (kept := wire.get("kept", KEPT)) <= MOST_KEPT:
            raise SpecError(f"wire.kept: 1 to {MOST_KEPT} records can be kept")
        buckets = _buckets(discord.get("buckets", {}), self.buckets)
        self.studio.configure(**scenario)
        if "kept" in wire:
            self.wire.keep(kept)
        self.wire.bodies = wire.get("bodies", self.wire.bodies)
        for name, (limit, seconds) in buckets.items():
            self.buckets.configure(name, limit, seconds)
        for name in ("privileged_allowed", "lenient_keys"):
            setattr(self.world, name, discord.get(name, getattr(self.world, name)))
        for name, value in gateway.items():
            setattr(self.world.starts if name in STARTS_SETTINGS else self.gateway, name, value)

    def _build(self, origin: str) -> None:
        self.world = World(self.clock, self.wire, origin)
        self.gateway = Gateway(self.world, self.clock, self.wire, self.faults)
        self.world.dispatch = self.gateway.dispatch
        self.actors = Interactions(self.world)
        self.buckets = Buckets(self.clock)
        self.studio = Studio(self.clock, self.wire, origin, options=self.options)

    def _application(self) -> web.Application:
        app = web.Application(client_max_size=LARGEST)
        for address in ("/discord/gateway", "/discord/gateway/"):
            # Some libraries put a slash between the address that they were given and their query.
            app.router.add_get(address, self.gateway.handler)
        rest_routes = rest.routes(self.world, self.actors, self.buckets)
        app.add_subapp("/discord/cdn", self._half("discord", cdn.routes(self.world)))
        app.add_subapp("/discord/api/v10", self._half("discord", rest_routes))
        app.add_subapp("/discord", self._half("discord", []))
        app.add_subapp("/scenario", self._half("scenario", Api(self.studio).routes()))
        control = web.Application(middlewares=[guard(check=self._host_check), plain_errors])
        control.add_routes(Control(self).routes())
        app.add_subapp("/control", control)
        Page(self).mount(app, check=self._host_check)
        return app

    def _half(self, half: str, routes: list[web.RouteDef]) -> web.Application:
        app = web.Application(
            middlewares=[
                self.load.middleware(half),
                self.wire.middleware(half),
                self.faults.middleware(half),
                self._unknown(half),
            ]
        )
        app.add_routes(routes)
        return app

    def _unknown(self, half: str) -> Middleware:
        """Refuses what no route takes, and remembers it; never 5xx, which clients would repeat."""

        @web.middleware
        async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                return await handler(request)
            except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
                self.wire.violate("unknown route", half=half, method=request.method, path=request.path)
                what = f"sandbox: route not implemented: {request.method} {request.path}"
                body: Json = {"message": what, "code": 0} if half == "discord" else {"reason": what}
                return reply(body, 404)

        return refuse


def _check(part: str, given: Json, known: dict[str, tuple[type, ...]]) -> None:
    for name, value in given.items():
        if name not in known:
            raise SpecError(f"unknown {part} setting {name!r}; known: {', '.join(known)}")
        if not isinstance(value, known[name]) or (isinstance(value, bool) and bool not in known[name]):
            raise SpecError(f"{part}.{name}: {value!r} is not what it may be")


def _buckets(given: Json, buckets: Buckets) -> dict[str, tuple[int, float]]:
    wanted: dict[str, tuple[int, float]] = {}
    for name, size in given.items():
        if name not in buckets.limits:
            raise SpecError(f"there is no bucket {name!r}; there are {', '.join(buckets.limits)}")
        match size:
            case [int(limit), int() | float() as seconds] if limit > 0 and seconds > 0:
                wanted[name] = (limit, float(seconds))
            case _:
                raise SpecError(f"buckets.{name}: [requests, seconds] is needed")
    return wanted
