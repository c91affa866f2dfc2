"""Faults on demand, for both halves. `sandbox/README.md` documents every field."""

import asyncio
import itertools
import json
from fnmatch import fnmatchcase
from typing import Any, Protocol, cast

from aiohttp import web
from aiohttp.streams import StreamReader
from aiohttp.typedefs import Handler, Middleware

from sandbox.clock import Clock
from sandbox.fault import FIELDS, Fault
from sandbox.json import Json, dump
from sandbox.spoil import drop, present, spoiled

PREFIXES = {"discord": ("/discord/api/v10", "/discord"), "scenario": ("/scenario/v1", "/scenario")}
"""What is cut off a path before a fault's glob is tried; the first that fits."""

REQUEST_KINDS = ("status", "reset", "slow", "hold", "rate_limit", "garbage")
GATEWAY_KINDS = ("op1", "op7", "op9", "close", "drop", "zombie", "mute", "deaf", "refuse", "hold")

POLL = 0.02
"""Seconds between two looks at whether a held client is still there."""


class SpecError(ValueError):
    """A fault, or another order, that cannot be understood."""


class GatewayFaults(Protocol):
    """What the gateway does when a fault for it comes and goes."""

    def strike(self, fault: Fault) -> int:
        """Act on the live connections. Returns how many there were."""
        ...

    def relent(self, fault: Fault) -> None:
        """Undo what lasts."""
        ...


class Faults:
    """The faults in force, and the middleware that applies them."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.gateway: GatewayFaults | None = None
        self._ids = itertools.count(1)
        self._faults: dict[str, Fault] = {}
        self._closed = False

    def add(self, spec: Json) -> Json:
        """Put a fault in force; returns it with its id. Raises SpecError."""
        fault = read(spec, f"fault{next(self._ids)}")
        self._faults[fault.id] = fault
        if fault.half == "gateway" and self.gateway:
            fault.hits += self.gateway.strike(fault)
        return fault.facts()

    def remove(self, fault_id: str | None) -> None:
        """End one fault, or all (None), and let go what they hold. Raises KeyError for an unknown id."""
        ended = [self._faults.pop(fault_id)] if fault_id is not None else list(self._faults.values())
        if fault_id is None:
            self._faults.clear()
        for fault in ended:
            fault.removed.set()
            if fault.half == "gateway" and self.gateway:
                self.gateway.relent(fault)

    def listing(self) -> list[Json]:
        """All faults, spent ones too, each with `hits` and `holding`."""
        return [fault.facts() for fault in self._faults.values()]

    def close(self) -> None:
        """Drop whatever is held, unprocessed: the sandbox ends."""
        self._closed = True
        self.remove(None)

    def middleware(self, half: str) -> Middleware:
        """Spoils that half's matching requests."""

        @web.middleware
        async def spoil(request: web.Request, handler: Handler) -> web.StreamResponse:
            fault = await self._match(half, request)
            if self._closed:
                return drop(request)
            if fault is None:
                return await handler(request)
            if fault.when == "after":
                return await self._after(fault, request, handler)
            return await self._before(fault, request, handler)

        return spoil

    async def connecting(self, request: web.Request) -> web.StreamResponse | None:
        """Faults for a new gateway connection: None lets it in, otherwise the answer."""
        for fault in list(self._faults.values()):
            if fault.half != "gateway" or fault.kind not in ("refuse", "hold"):
                continue
            if fault.spent or not fault.claim():
                continue
            if fault.kind == "refuse":
                return web.Response(status=fault.status or 503)
            return None if await self._held(fault, request) else drop(request)
        return None

    async def _before(self, fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
        # With the whole body read, the end of the connection is noticed at once.
        await keep_body(request)
        if fault.kind not in ("hold", "slow"):
            return self._spoiled(fault, request)
        if not await self._held(fault, request):
            return drop(request)
        return await handler(request)

    async def _after(self, fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            answer = await handler(request)
        except web.HTTPException as refusal:
            answer = refusal
        if fault.kind not in ("hold", "slow"):
            return self._spoiled(fault, request)
        if not await self._held(fault, request):
            return drop(request)
        if isinstance(answer, web.HTTPException):
            raise answer
        return answer

    def _spoiled(self, fault: Fault, request: web.Request) -> web.StreamResponse:
        if fault.kind == "reset":
            return drop(request)
        return spoiled(fault, self.clock.now())

    async def _held(self, fault: Fault, request: web.Request) -> bool:
        """Wait for the end of the fault, or of a delay. False: the client is gone, or we are."""
        until = self.clock.now() + fault.delay if fault.kind == "slow" else None
        fault.holding += 1
        try:
            while present(request) and not fault.removed.is_set():
                if until is not None and self.clock.now() >= until:
                    break
                try:
                    async with asyncio.timeout(POLL):
                        await fault.removed.wait()
                except TimeoutError:
                    continue
        finally:
            fault.holding -= 1
        return present(request) and not self._closed

    async def _match(self, half: str, request: web.Request) -> Fault | None:
        for fault in list(self._faults.values()):
            if fault.half != half or fault.spent or not _addressed(fault, half, request):
                continue
            if fault.body_contains is not None and not _contains(
                await keep_body(request), fault.body_contains
            ):
                continue
            # Asked again, because reading the body took time and others may have used it up.
            if not fault.spent and not fault.removed.is_set() and fault.claim():
                return fault
        return None


async def keep_body(request: web.Request) -> bytes:
    """The whole body, left in place for the handler, also for one that reads it as multipart."""
    try:
        body = await request.read()
    except (ConnectionError, web.RequestPayloadError) as gone:
        raise web.HTTPBadRequest(text="the body ended early") from gone
    # A limit that no body reaches, because the parser cannot be paused for what was read already.
    stream = StreamReader(request.protocol, 2**40, loop=asyncio.get_running_loop())
    stream.feed_data(body)
    stream.feed_eof()
    # There is no public way to hand a read body to request.multipart() and request.post().
    request._payload = stream  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return body


def below(half: str, path: str) -> str:
    """The path below that half's base: `/webhooks/1/…`, `/jobs/…`, `/cdn/…`."""
    for prefix in PREFIXES[half]:
        if path.startswith(prefix + "/"):
            return path[len(prefix) :]
    return path


def _addressed(fault: Fault, half: str, request: web.Request) -> bool:
    if fault.method not in ("*", request.method) or not fnmatchcase(below(half, request.path), fault.path):
        return False
    for name, wanted in fault.query.items():
        given = request.query.get(name)
        if (wanted is None) != (given is None):
            return False
        if wanted is not None and given is not None and not fnmatchcase(given, wanted):
            return False
    return True


def _contains(body: bytes, text: str) -> bool:
    # A client may send a letter as itself or as a JSON escape.
    forms = (text, dump(text)[1:-1], json.dumps(text)[1:-1])
    return any(form.encode() in body for form in forms)


def read(spec: Json, fault_id: str) -> Fault:
    """The fault that the JSON form describes. Raises SpecError."""
    for name, value in spec.items():
        if name not in FIELDS:
            raise SpecError(f"unknown key {name!r}; a fault has {', '.join(FIELDS)}")
        # A bool is an int to Python, but not to whoever wrote `"times": true`.
        if not isinstance(value, FIELDS[name]) or (isinstance(value, bool) and bool not in FIELDS[name]):
            raise SpecError(f"{name}: {value!r} is not what it may be")
    half = _choice(spec, "half", ("discord", "scenario", "gateway"))
    _choice(spec, "kind", GATEWAY_KINDS if half == "gateway" else REQUEST_KINDS)
    if "when" in spec:
        _choice(spec, "when", ("before", "after"))
    _check_texts(spec, "headers")
    _check_texts(spec, "query", null=True)
    if "status" in spec and not 100 <= (spec["status"] or 100) <= 599:
        raise SpecError(f"status: {spec['status']} is no HTTP status")
    known: dict[str, Any] = {"everywhere" if name == "global" else name: spec[name] for name in spec}
    known["method"] = str(spec.get("method", "*")).upper()
    return Fault(id=fault_id, **known)


def _choice(spec: Json, name: str, allowed: tuple[str, ...]) -> str:
    if spec.get(name) not in allowed:
        raise SpecError(f"{name}: {spec.get(name)!r} is not one of {', '.join(allowed)}")
    return str(spec[name])


def _check_texts(spec: Json, name: str, *, null: bool = False) -> None:
    for key, value in cast(dict[str, object], spec.get(name, {})).items():
        if not isinstance(value, str) and not (null and value is None):
            raise SpecError(f"{name}.{key}: {value!r} is not a text")
