"""Handing files in: small pictures within a request, everything else in parts to signed links.

Nothing here is paid for, so all of it may be repeated: a file that was handed in twice is one asset too many,
no more. The parts are read from disk as they are sent.
"""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, TypeVar

import aiohttp
from yarl import URL

from bot.scenario.api import files as protocol_files
from bot.scenario.api.errors import BadInput, LinkRefused, NotFound, Rejected, Unavailable
from bot.scenario.api.exchange import parse_done
from bot.scenario.api.files import Upload
from bot.scenario.api.hosts import of_parts
from bot.scenario.api.records import Asset, File
from bot.scenario.api.sniff import ENOUGH, mime_of
from bot.scenario.download import DEADLINE, bare, opened, parse_link, postponed
from bot.scenario.transport import Transport, attempts, only_once

T = TypeVar("T")

PART: Final = 8 * 1024 * 1024
"""Bytes of every part but the last."""
INLINE: Final = 100 * 1024
"""Bytes up to which a picture goes within the request."""
INLINE_AT_MOST: Final = 4 * 1024 * 1024
"""Bytes up to which it does where there are no uploads: with base64 a little less than the 6 MB that the
gateway before the API is known to take."""
IMPORT: Final = 180.0
"""Seconds in which an import has to end."""
_FIRST_LOOK: Final = 0.3
_LONGEST_LOOK: Final = 5.0
"""Seconds between two looks at an import; each wait is half as long again as the one before."""
_CHUNK: Final = 256 * 1024
_INLINE_TYPES: Final = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})


class _Stale(Exception):
    """The link of a part is not accepted, perhaps no longer."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A file to hand in."""

    path: Path
    size: int
    mime: str

    @property
    def parts(self) -> int:
        return -(-self.size // PART)

    def span(self, index: int) -> tuple[int, int]:
        """Where a part begins, and its length."""
        return index * PART, min(PART, self.size - index * PART)


class Uploads:
    """The one way in for files."""

    def __init__(self, api: Transport) -> None:
        self._api = api

    async def upload(self, file: File, name: str) -> str:
        """The id of the imported asset. Raises BadInput, Rejected, Unavailable."""
        source = await asyncio.to_thread(_source, file)
        if source.size == 0:
            raise BadInput("the file is empty")
        inline = source.mime in _INLINE_TYPES
        if inline and source.size <= INLINE:
            try:
                return await self._inline(source.path, name)
            except NotFound:
                pass  # no such route; the other one may be there
        try:
            return await self._in_parts(source, name)
        except NotFound:
            if not inline or not INLINE < source.size <= INLINE_AT_MOST:
                raise
        return await self._inline(source.path, name)

    async def _inline(self, path: Path, name: str) -> str:
        encoded = base64.b64encode(await asyncio.to_thread(path.read_bytes)).decode()
        asset = await self._api.read(protocol_files.build_inline(name, encoded), protocol_files.parse_asset)

        async def look() -> Asset:
            return await self._api.read(
                protocol_files.build_asset(asset.id),
                lambda reply: protocol_files.parse_asset(reply, asset.id),
            )

        return await self._settled(asset, _ready, look)

    async def _in_parts(self, source: _Source, name: str) -> str:
        upload = await self._api.read(
            protocol_files.build_new_upload(name, source.mime, source.size, source.parts),
            protocol_files.parse_upload,
        )
        async with bare(self._api.session) as session:
            for index in range(source.parts):
                upload = await self._part(session, upload, source, index)
        upload = await self._complete(upload)
        return await self._settled(upload, _imported, lambda: self._look(upload.id))

    async def _part(
        self, session: aiohttp.ClientSession, upload: Upload, source: _Source, index: int
    ) -> Upload:
        """Send one part, by a fresh link where the first does not work. The upload as it was last read."""
        for fresh in (False, True):
            if fresh or len(upload.parts) != source.parts:
                upload = await self._look(upload.id)
            if len(upload.parts) != source.parts:
                raise Unavailable("the upload has no link for each of its parts")
            try:
                await self._send(session, upload.parts[index], source, index)
            except _Stale as error:
                if fresh:
                    raise Rejected("a part of the file was refused", status=error.status) from None
            else:
                return upload
        raise AssertionError("unreachable")

    async def _send(self, session: aiohttp.ClientSession, link: str, source: _Source, index: int) -> None:
        try:
            url = parse_link(link)
        except LinkRefused as error:
            raise Rejected(error.reason) from None
        if not of_parts(self._api.base).allow(url):
            raise Rejected("the upload's link leads to a host that files are not sent to")
        async for attempt in attempts():
            with attempt:
                await self._put(session, url, source, index)

    async def _put(self, session: aiohttp.ClientSession, url: URL, source: _Source, index: int) -> None:
        begin, length = source.span(index)
        # with the length, because the signature of a PUT may not cover a body in chunks
        headers = {"Content-Type": source.mime, "Content-Length": str(length)}
        file = await opened(source.path, "rb")
        error: Exception
        try:
            async with session.put(
                url,
                data=_read(file, begin, length),
                headers=headers,
                allow_redirects=False,
                timeout=DEADLINE,
                middlewares=(only_once,),  # a body that was read once cannot be sent again
            ) as answer:
                later = postponed(answer, self._api.clock.now())
                if later is not None:
                    raise later
                if not 200 <= answer.status < 300:
                    raise _Stale(answer.status)
                return
        except (aiohttp.ClientError, TimeoutError) as caught:
            # Their texts hold the link.
            error = Unavailable(f"a part of the file could not be sent: {type(caught).__name__}")
        finally:
            file.close()
        raise error

    async def _complete(self, upload: Upload) -> Upload:
        """Say that all parts are there. A first answer may have been lost, and then the second is a refusal;
        so it is believed only of an upload that still waits."""
        refusal: Rejected | None = None
        try:
            await self._api.read(protocol_files.build_complete(upload.id), parse_done)
        except BadInput as error:
            refusal = error
        upload = await self._look(upload.id)
        if refusal is not None and upload.status == "pending":
            raise refusal
        return upload

    async def _look(self, upload_id: str) -> Upload:
        return await self._api.read(
            protocol_files.build_upload(upload_id),
            lambda reply: protocol_files.parse_upload(reply, upload_id),
        )

    async def _settled(
        self, state: T, verdict: Callable[[T], str | None], look: Callable[[], Awaitable[T]]
    ) -> str:
        """Look until there is a verdict. Raises what it raises, and Unavailable when it takes too long."""
        clock = self._api.clock
        until = clock.monotonic() + IMPORT
        wait = _FIRST_LOOK
        while (asset_id := verdict(state)) is None:
            if clock.monotonic() >= until:
                raise Unavailable("the file was not imported in time")
            await clock.sleep(wait)
            wait = min(wait * 1.5, _LONGEST_LOOK)
            state = await look()
        return asset_id


def _ready(asset: Asset) -> str | None:
    """The id of an asset that can be used, None while it cannot yet. Raises BadInput when it never will."""
    if asset.status in {"error", "failed", "failure"}:
        raise BadInput("the picture could not be imported")
    return None if asset.status in {"pending", "processing"} else asset.id


def _imported(upload: Upload) -> str | None:
    """The same of an upload. A status that we do not know is not the end."""
    if upload.status in {"error", "failed", "failure"}:
        raise BadInput(upload.error or "the file could not be imported")
    return upload.asset_id if upload.status == "imported" else None


def _source(file: File) -> _Source:
    """As it lies on disk now; what was said about it may be older."""
    with file.path.open("rb") as opened:
        head = opened.read(ENOUGH)
    return _Source(path=file.path, size=file.path.stat().st_size, mime=mime_of(head, file.mime_type))


async def _read(file: IO[bytes], begin: int, length: int) -> AsyncIterator[bytes]:
    """`length` bytes of the file. Raises ValueError when it has become shorter."""
    file.seek(begin)
    while length > 0:
        chunk = await asyncio.to_thread(file.read, min(_CHUNK, length))
        if not chunk:
            raise ValueError("the file has become shorter")
        length -= len(chunk)
        yield chunk
