"""One gateway connection: what is sent, in order, in the compression that the client asked for."""

import asyncio
import zlib
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from aiohttp import WSMsgType, web

from sandbox.json import Json, plain

SENDS = 120
WINDOW = 60.0
"""A client may send 120 messages in 60 seconds (topics/rate-limits)."""

GOODBYE = 1.0
"""Seconds that a client has to answer a close."""

LONG = 512
"""With payload compression, texts above this many characters are compressed; Discord does "some" too."""


class Codec(Protocol):
    """From a payload's text to what goes into one WebSocket message."""

    def encode(self, text: str) -> str | bytes:
        """Text or bytes to send."""
        ...


class Plain:
    """No transport compression. With `compress` in IDENTIFY, long payloads go as zlib in binary messages."""

    def __init__(self) -> None:
        self.payloads = False

    def encode(self, text: str) -> str | bytes:
        """The text itself, or one whole zlib stream."""
        return zlib.compress(text.encode()) if self.payloads and len(text) > LONG else text


class ZlibStream:
    """One zlib context for the connection, flushed after each message."""

    def __init__(self) -> None:
        self._context = zlib.compressobj()

    def encode(self, text: str) -> bytes:
        """Ends with the suffix 00 00 FF FF of a sync flush."""
        return self._context.compress(text.encode()) + self._context.flush(zlib.Z_SYNC_FLUSH)


class ZstdStream:
    """One zstd context for the connection, with a block flush after each message."""

    def __init__(self) -> None:
        # Imported here, because the sandbox must start without it. Raises ImportError.
        import zstandard

        self._context = zstandard.ZstdCompressor().compressobj()
        self._flush = zstandard.COMPRESSOBJ_FLUSH_BLOCK

    def encode(self, text: str) -> bytes:
        """A complete block of the running frame."""
        return self._context.compress(text.encode()) + self._context.flush(self._flush)


def codec(name: str | None) -> Codec | None:
    """The codec of the query's `compress`, or None when it is unknown or its package is missing."""
    makers: dict[str | None, Callable[[], Codec]] = {
        None: Plain,
        "zlib-stream": ZlibStream,
        "zstd-stream": ZstdStream,
    }
    try:
        return makers[name]()
    except (KeyError, ImportError):
        return None


class Connection:
    """A WebSocket with an outbox, so that a dispatch never waits and order is kept.

    `closing`: we have ended it. `farewell`: the close code that the client sent, if it sent one.
    """

    def __init__(self, request: web.Request, socket: web.WebSocketResponse, encoder: Codec) -> None:
        self.request = request
        self.socket = socket
        self.codec = encoder
        self.closing = False
        self.farewell: int | None = None
        self._aborted = False
        self.ailments: dict[str, str] = {}
        self._outbox: asyncio.Queue[Json | tuple[int, str]] = asyncio.Queue()
        self._sends: deque[float] = deque()

    def suffers(self, kind: str) -> bool:
        """Whether a fault of that kind afflicts this connection."""
        return kind in self.ailments.values()

    def compress_payloads(self, *, wanted: bool) -> None:
        """What IDENTIFY asked for; it means nothing on a compressed transport."""
        if isinstance(self.codec, Plain):
            self.codec.payloads = wanted

    def send(self, payload: Json) -> None:
        """Queue a payload; nothing goes out after a close."""
        if not self.closing:
            self._outbox.put_nowait(payload)

    def close(self, code: int, reason: str = "") -> None:
        """Close after what is queued."""
        if not self.closing:
            self.closing = True
            self._outbox.put_nowait((code, reason))

    def abort(self) -> None:
        """Drop the TCP connection without a close frame."""
        self.closing = self._aborted = True
        if self.request.transport is not None:
            self.request.transport.abort()

    def too_fast(self, now: float) -> bool:
        """Count one message of the client. True when it is one too many."""
        while self._sends and self._sends[0] <= now - WINDOW:
            self._sends.popleft()
        self._sends.append(now)
        return len(self._sends) > SENDS

    async def listen(self) -> AsyncIterator[bytes]:
        """What the client sends, until either side ends the connection."""
        while True:
            message = await self.socket.receive()
            if message.type is WSMsgType.TEXT:
                yield message.data.encode()
            elif message.type is WSMsgType.BINARY:
                yield message.data
            else:
                # A lost connection looks like code 1000 in `close_code`; only a CLOSE message is a farewell.
                if message.type is WSMsgType.CLOSE:
                    self.farewell = message.data
                return

    async def write(self) -> None:
        """Send the outbox until a close or the end of the connection."""
        while True:
            item = await self._outbox.get()
            try:
                if isinstance(item, tuple):
                    code, reason = item
                    await self.socket.close(code=code, message=reason.encode())
                    return
                message = self.codec.encode(plain(item))
                if isinstance(message, str):
                    await self.socket.send_str(message)
                else:
                    await self.socket.send_bytes(message)
            except (ConnectionError, RuntimeError):
                # The client went away; what it missed is in the session's log.
                return

    async def finish(self, writer: asyncio.Task[None]) -> None:
        """End the writer; when a close of ours is under way, after it."""
        if self.closing and not self._aborted:
            await asyncio.wait([writer], timeout=2 * GOODBYE)
        writer.cancel()
