"""The gateway: sessions over WebSocket, as documented in Discord's events/gateway and opcodes pages."""

import asyncio
import logging
import secrets
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol, cast

from aiohttp import web

from sandbox.clock import Clock
from sandbox.discord.gateway_session import GUILDS, KNOWN_INTENTS, PRIVILEGED, Session, shard_of
from sandbox.discord.gateway_socket import GOODBYE, Connection, Plain, codec
from sandbox.discord.session_starts import SessionStarts
from sandbox.fault import Fault
from sandbox.faults import Faults
from sandbox.json import Json, as_object, load_object
from sandbox.wire import Wire

_log = logging.getLogger(__name__)

LONGEST = 4096
"""Bytes of a client's payload; a longer one closes with 4002."""

FINAL = frozenset({1000, 1001, 4004, 4007, 4009, 4010, 4011, 4012, 4013, 4014})
"""Close codes of ours after which a session is gone."""

_OPS = {1: "HEARTBEAT", 2: "IDENTIFY", 3: "PRESENCE", 4: "VOICE_STATE", 6: "RESUME", 8: "REQUEST_MEMBERS"}
_IDENTIFY = {
    "token",
    "properties",
    "compress",
    "large_threshold",
    "shard",
    "presence",
    "intents",
    "capabilities",
    "v",
}
"""Keys of an IDENTIFY, and those that libraries still send: `v` was the version once, and is ignored."""


class GatewayWorld(Protocol):
    """What the gateway asks of the world."""

    @property
    def application_id(self) -> str: ...
    @property
    def bot_user(self) -> Json: ...
    @property
    def privileged_allowed(self) -> bool: ...
    @property
    def starts(self) -> SessionStarts: ...
    def valid_token(self, token: str) -> bool: ...
    def ready_guilds(self) -> list[Json]: ...
    def guild_create(self, guild_id: str) -> Json: ...


class Gateway:
    """All connections and sessions. Times are those of the sandbox's clock."""

    def __init__(self, world: GatewayWorld, clock: Clock, wire: Wire, faults: Faults) -> None:
        self.world = world
        self.clock = clock
        self.wire = wire
        self.faults = faults
        self.heartbeat_ms = 41_250
        self.resume_seconds = 60.0
        self._connections: set[Connection] = set()
        self._sessions: dict[str, Session] = {}
        self._bound: dict[Connection, Session] = {}
        faults.gateway = self

    @property
    def connected(self) -> bool:
        """Whether an identified session has an open connection."""
        return any(one.connection and not one.connection.closing for one in self._sessions.values())

    def sessions(self) -> list[Json]:
        """Those that live, with or without a connection, in the order in which they began."""
        return [
            {
                "id": one.id,
                "shard": list(one.shard),
                "connected": one.connection is not None and not one.connection.closing,
                "resumed": one.resumed,
            }
            for one in self._alive()
        ]

    def dispatch(self, event: str, data: Json, *, guild_id: str | None = None) -> bool:
        """Tell every session that wants the event. False: nobody will ever get it."""
        told = False
        for session in self._alive():
            if session.wants(event, guild_id):
                bot_id = str(self.world.bot_user["id"])
                session.tell(event, session.visible(event, data, bot_id))
                told = True
        if told:
            self.wire.event("out", event, data)
        return told

    async def handler(self, request: web.Request) -> web.StreamResponse:
        """The route `GET /discord/gateway`."""
        refusal = await self.faults.connecting(request)
        if refusal is not None:
            return refusal
        socket = web.WebSocketResponse(max_msg_size=2**20, compress=False, timeout=GOODBYE)
        if not socket.can_prepare(request):
            return web.Response(status=400, text="this is a WebSocket")
        await socket.prepare(request)
        encoder = codec(request.query.get("compress"))
        connection = Connection(request, socket, encoder or Plain())
        writer = asyncio.create_task(connection.write())
        writer.add_done_callback(partial(self._written, connection))
        self._connections.add(connection)
        try:
            if self._greet(connection, known=encoder is not None):
                self._send(connection, 10, {"heartbeat_interval": self.heartbeat_ms}, "HELLO")
            async for data in connection.listen():
                self._receive(connection, data)
        finally:
            self._connections.discard(connection)
            self._leave(connection)
            await connection.finish(writer)
        return socket

    def _written(self, connection: Connection, writer: "asyncio.Task[None]") -> None:
        """A connection on which nothing can be written any more must not stay open and silent."""
        error = None if writer.cancelled() else writer.exception()
        if error is not None:
            _log.error("an event could not be written", exc_info=error)
            self.wire.violate("gateway", reason=f"an event could not be written: {error!r}")
            connection.abort()

    async def shutdown(self) -> None:
        """Say goodbye to everyone: the sandbox ends."""
        for connection in list(self._connections):
            connection.close(1001, "the sandbox ends")

    # Faults

    def strike(self, fault: Fault) -> int:
        """Act on every identified connection. Returns how many there were."""
        if fault.kind in ("refuse", "hold"):
            return 0
        struck = [(c, s) for c, s in self._bound.items() if not c.closing]
        for connection, session in struck:
            self._strike(fault, connection, session)
        return len(struck)

    def relent(self, fault: Fault) -> None:
        """Heal the connections that the fault afflicts."""
        for connection, session in self._bound.items():
            if connection.ailments.pop(fault.id, None):
                session.catch_up()

    def _strike(self, fault: Fault, connection: Connection, session: Session) -> None:
        match fault.kind:
            case "op1":
                self._send(connection, 1, None, "HEARTBEAT")
            case "op7":
                self._send(connection, 7, None, "RECONNECT")
            case "op9":
                # Some clients resume or identify on the same connection, so it is free from here on.
                self._detach(session)
                if not fault.resumable:
                    self._forget(session)
                self._send(connection, 9, bool(fault.resumable), "INVALID_SESSION")
            case "close":
                code = fault.code or 4000
                if fault.resumable is False or (fault.resumable is None and code in FINAL):
                    self._forget(session)
                self._close(connection, code, fault.message or "fault", blame=False)
            case "drop":
                connection.abort()
            case _:
                connection.ailments[fault.id] = fault.kind

    # Connections

    def _greet(self, connection: Connection, *, known: bool) -> bool:
        query = connection.request.query
        if query.get("v") != "10":
            return self._close(connection, 4012, "v must be 10")
        if query.get("encoding", "json") != "json" or not known:
            # 4012 here too: on 4002 clients would come back at once with the same address.
            return self._close(connection, 4012, "unsupported encoding or compression")
        return True

    def _receive(self, connection: Connection, data: bytes) -> None:
        if connection.closing or connection.suffers("deaf"):
            return
        payload = load_object(data) if len(data) <= LONGEST else None
        if payload is None:
            self._close(connection, 4002, f"a payload is a JSON object of at most {LONGEST} bytes")
            return
        op = payload.get("op")
        name = _OPS.get(op) if isinstance(op, int) else None
        self.wire.event("in", name or f"op {op}")
        if connection.too_fast(self.clock.now()):
            self._close(connection, 4008, "more than 120 payloads in 60 seconds")
        elif name is None:
            self._close(connection, 4001, f"unknown op {op}")
        else:
            self._handle(connection, name, payload.get("d"))

    def _handle(self, connection: Connection, name: str, data: Any) -> None:
        begun = connection in self._bound
        if name in ("IDENTIFY", "RESUME") and begun:
            self._close(connection, 4005, "already authenticated")
        elif name not in ("IDENTIFY", "RESUME", "HEARTBEAT") and not begun:
            self._close(connection, 4003, f"{name} before IDENTIFY")
        elif name == "HEARTBEAT":
            if not connection.suffers("zombie"):
                self._send(connection, 11, None, "HEARTBEAT_ACK")
        elif (known := as_object(data)) is None:
            self._close(connection, 4002, f"the data of {name} is an object")
        else:
            handlers: dict[str, Callable[[Connection, Json], object]] = {
                "IDENTIFY": self._identify,
                "RESUME": self._resume,
                "REQUEST_MEMBERS": self._members,
            }
            if name in handlers:
                handlers[name](connection, known)

    def _send(self, connection: Connection, op: int, data: object, name: str) -> None:
        self.wire.event("out", name)
        connection.send({"op": op, "d": data, "s": None, "t": None})

    def _close(self, connection: Connection, code: int, reason: str, *, blame: bool = True) -> bool:
        if blame and not connection.closing:
            self.wire.violate("gateway", code=code, reason=reason)
        session = self._bound.get(connection)
        if session and code in FINAL and blame:
            self._forget(session)
        self.wire.event("out", f"CLOSE {code}")
        connection.close(code, reason)
        return False

    def _leave(self, connection: Connection) -> None:
        session = self._bound.get(connection)
        if session is None:
            return
        self._detach(session)
        # A client that says 1000 or 1001 ends its session; one that dies or says another code may resume.
        if not connection.closing and connection.farewell in (1000, 1001):
            self._forget(session)

    # Sessions

    def _alive(self) -> list[Session]:
        for session in list(self._sessions.values()):
            if session.connection is None and self.clock.now() - session.left_at > self.resume_seconds:
                self._forget(session)
        return list(self._sessions.values())

    def _forget(self, session: Session) -> None:
        self._sessions.pop(session.id, None)
        self._detach(session)

    def _detach(self, session: Session) -> None:
        if session.connection is not None:
            self._bound.pop(session.connection, None)
            session.connection = None
            session.left_at = self.clock.now()

    def _identify(self, connection: Connection, data: Json) -> object:
        token, intents, properties = data.get("token"), data.get("intents"), data.get("properties")
        if not isinstance(token, str) or type(intents) is not int or not isinstance(properties, dict):
            return self._close(connection, 4002, "IDENTIFY needs token, intents and properties")
        for key in sorted(data.keys() - _IDENTIFY):
            self.wire.violate("gateway", key=key, reason="unknown key in IDENTIFY")
        if not self.world.valid_token(token.removeprefix("Bot ")):
            return self._close(connection, 4004, "authentication failed", blame=False)
        shard = _shard(data.get("shard", [0, 1]))
        if shard is None:
            return self._close(connection, 4010, "invalid shard")
        if intents & ~KNOWN_INTENTS:
            return self._close(connection, 4013, "unknown intents")
        if intents & PRIVILEGED and not self.world.privileged_allowed:
            return self._close(connection, 4014, "disallowed intents", blame=False)
        if len(self._guilds_of(shard)) > self.world.starts.most_guilds:
            return self._close(connection, 4011, "sharding required")
        if not self.world.starts.remaining(self.clock.now()):
            # Discord ends every other session too, and gives the bot a new token
            return self._close(connection, 4004, "more sessions than a day has")
        if not self.world.starts.may(shard[0], self.clock.now()):
            self.wire.violate("gateway", reason="identified too soon after another shard", shard=shard[0])
            return self._send(connection, 9, data=False, name="INVALID_SESSION")
        connection.compress_payloads(wanted=bool(data.get("compress")))
        session = Session(secrets.token_hex(16), intents, shard, connection)
        self._sessions[session.id] = session
        self._bound[connection] = session
        return self._ready(session, connection, data)

    def _ready(self, session: Session, connection: Connection, identify: Json) -> None:
        number, count = session.shard
        guilds = self._guilds_of(session.shard)
        address = connection.request.url.with_query(None)
        ready: Json = {
            "v": 10,
            "user": self.world.bot_user,
            "guilds": guilds,
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": str(address.with_scheme("wss" if address.scheme == "https" else "ws")),
            "application": {"id": self.world.application_id, "flags": 0},
            "private_channels": [],
            "relationships": [],
            "presences": [],
            "guild_join_requests": [],
            "geo_ordered_rtc_regions": [],
            "user_settings": {},
            "_trace": ["sandbox"],
        }
        if "shard" in identify:
            ready["shard"] = [number, count]
        self._tell(session, "READY", ready)
        for guild in guilds if session.intents & GUILDS else []:
            self._tell(session, "GUILD_CREATE", self.world.guild_create(str(guild["id"])))

    def _guilds_of(self, shard: tuple[int, int]) -> list[Json]:
        number, count = shard
        return [one for one in self.world.ready_guilds() if shard_of(str(one["id"]), count) == number]

    def _tell(self, session: Session, event: str, data: Json) -> None:
        self.wire.event("out", event, data)
        session.tell(event, data)

    def _resume(self, connection: Connection, data: Json) -> object:
        token, key, seq = data.get("token"), data.get("session_id"), data.get("seq")
        if not isinstance(token, str) or not isinstance(key, str) or type(seq) is not int:
            return self._close(connection, 4002, "RESUME needs token, session_id and seq")
        if not self.world.valid_token(token.removeprefix("Bot ")):
            return self._close(connection, 4004, "authentication failed", blame=False)
        session = next((one for one in self._alive() if one.id == key), None)
        if session is None:
            return self._send(connection, 9, data=False, name="INVALID_SESSION")
        if seq > session.seq:
            self._forget(session)
            return self._close(connection, 4007, "seq was never sent")
        if not session.rewind(seq):
            self._forget(session)
            return self._send(connection, 9, data=False, name="INVALID_SESSION")
        self._move(session, connection)
        session.resumed += 1
        return self._tell(session, "RESUMED", {"_trace": ["sandbox"]})

    def _move(self, session: Session, connection: Connection) -> None:
        old = session.connection
        self._detach(session)
        if old is not None:
            self._close(old, 4000, "resumed elsewhere", blame=False)
        session.connection = connection
        self._bound[connection] = session

    def _members(self, connection: Connection, data: Json) -> object:
        session = self._bound[connection]
        asked = str(data.get("guild_id"))
        if asked not in {str(one["id"]) for one in self.world.ready_guilds()}:
            return self.wire.violate("gateway", reason="members of an unknown guild", guild_id=asked)
        if "query" not in data and "user_ids" not in data:
            return self._close(connection, 4002, "REQUEST_MEMBERS needs query or user_ids")
        members = cast(list[Json], self.world.guild_create(asked)["members"])
        chosen, missing = _chosen(members, data)
        chunk: Json = {
            "guild_id": asked,
            "members": chosen,
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": missing,
        }
        if data.get("presences"):
            chunk["presences"] = []
        if data.get("nonce") is not None:
            chunk["nonce"] = data["nonce"]
        return self._tell(session, "GUILD_MEMBERS_CHUNK", chunk)


def _chosen(members: list[Json], data: Json) -> tuple[list[Json], list[str]]:
    wanted: object = data.get("user_ids")
    if wanted is not None:
        ids = [str(one) for one in cast(list[object], wanted if isinstance(wanted, list) else [wanted])]
        chosen = [one for one in members if one["user"]["id"] in ids]
        return chosen, sorted(set(ids) - {one["user"]["id"] for one in chosen})
    query, limit = str(data.get("query")).lower(), int(data.get("limit") or 0)
    names = [(str(one.get("nick") or one["user"]["username"]).lower(), one) for one in members]
    chosen = [one for name, one in names if name.startswith(query)]
    return chosen[: limit or None], []


def _shard(value: object) -> tuple[int, int] | None:
    if not isinstance(value, list) or len(cast(list[object], value)) != 2:
        return None
    number, count = cast(list[object], value)
    if type(number) is not int or type(count) is not int or not 0 <= number < count:
        return None
    return number, count
