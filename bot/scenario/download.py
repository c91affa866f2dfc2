"""Fetching a file from its link: without our credentials, from allowed hosts only, under a byte cap.

A link is a credential and never appears in an error or a log. Its query is sent byte for byte: a signature
covers the encoding too.
"""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Final, Literal, TypeVar

import aiohttp
from yarl import URL

from bot.scenario.api.errors import FileTooBig, LinkRefused, Refetch, Unavailable
from bot.scenario.api.hosts import Hosts
from bot.scenario.api.records import File
from bot.scenario.api.replies import Reply, retry_after
from bot.scenario.api.sniff import ENOUGH, mime_of, sniff

T = TypeVar("T")

REDIRECTS: Final = 5
DEADLINE: Final = aiohttp.ClientTimeout(total=300, connect=20, sock_connect=10, sock_read=30)
_CHUNK: Final = 256 * 1024
"""Bytes between two writes to disk; each write takes a thread for a moment."""
_LATER: Final = frozenset({408, 425, 429})
_MOVED: Final = frozenset({301, 302, 303, 307, 308})


def bare(session: aiohttp.ClientSession) -> aiohttp.ClientSession:
    """A session over the same connections that takes neither credentials nor cookies to a file's host."""
    return aiohttp.ClientSession(
        connector=session.connector, connector_owner=False, cookie_jar=aiohttp.DummyCookieJar()
    )


async def download(
    session: aiohttp.ClientSession, url: str, into: Path, *, cap: int, hosts: Hosts, now: datetime
) -> File:
    """One attempt to bring one file to disk. What was written is removed when it fails.

    session: without cookies and default headers, as from `bare`.
    cap: most bytes.
    hosts: where the link, and every redirect behind it, may lead.
    now: for a `Retry-After` that is a date.
    Raises LinkRefused, FileTooBig, Refetch (this link will not work), Unavailable (it may, later).
    """
    error: Exception | None = None
    try:
        return await _follow(session, parse_link(url), into, cap=cap, hosts=hosts, now=now)
    except (aiohttp.ClientError, TimeoutError, ValueError) as caught:
        # Their texts hold the link.
        error = Unavailable(f"the file could not be read: {type(caught).__name__}")
    raise error


async def _follow(
    session: aiohttp.ClientSession, url: URL, into: Path, *, cap: int, hosts: Hosts, now: datetime
) -> File:
    for _ in range(REDIRECTS + 1):
        if not hosts.allow(url):
            raise LinkRefused("the link leads to a host that files are not fetched from")
        headers = {"Accept-Encoding": "identity"}
        async with session.get(url, allow_redirects=False, headers=headers, timeout=DEADLINE) as answer:
            if answer.status in _MOVED and (location := answer.headers.get("Location")):
                url = url.join(parse_link(location))
                continue
            _admit(answer, now)
            length = answer.content_length
            if length is not None and length > cap:
                raise FileTooBig(f"the file has {length} bytes", cap=cap)
            return await _store(answer, into, cap)
    raise LinkRefused(f"the link redirects more than {REDIRECTS} times")


def parse_link(url: str) -> URL:
    """Byte for byte. Raises LinkRefused for what is no link."""
    try:
        return URL(url, encoded=True)
    except ValueError:
        # Its text would hold the link.
        pass
    raise LinkRefused("the link is none")


def _admit(answer: aiohttp.ClientResponse, now: datetime) -> None:
    if answer.status == 200:
        return
    later = postponed(answer, now)
    if later is not None:
        raise later
    raise Refetch(f"HTTP {answer.status} for the file", status=answer.status)


def postponed(answer: aiohttp.ClientResponse, now: datetime) -> Unavailable | None:
    """The error of a file's host that may do better later; None where it has decided."""
    status = answer.status
    if status not in _LATER and status < 500:
        return None
    headers = {name.lower(): value for name, value in answer.headers.items()}
    wait = retry_after(Reply(status=status, headers=headers, at=now))
    return Unavailable(f"HTTP {status} for the file", status=status, retry_after=wait)


async def _store(answer: aiohttp.ClientResponse, into: Path, cap: int) -> File:
    try:
        size, head = await _write(answer, into, cap)
    except BaseException:
        await asyncio.shield(asyncio.to_thread(into.unlink, missing_ok=True))
        raise
    mime_type = mime_of(head, answer.content_type)
    return File(path=into, size=size, mime_type=mime_type, shown=sniff(head))


async def _write(answer: aiohttp.ClientResponse, into: Path, cap: int) -> tuple[int, bytes]:
    """Returns the file's size and its first bytes."""
    size, head, waiting = 0, b"", bytearray()
    file: IO[bytes] | None = None
    try:
        async for chunk in answer.content.iter_chunked(_CHUNK):
            size += len(chunk)
            if size > cap:
                raise FileTooBig(f"the file has more than {cap} bytes", cap=cap)
            if len(head) < ENOUGH:
                head += chunk[: ENOUGH - len(head)]
            waiting += chunk
            if len(waiting) >= _CHUNK:
                file = file or await opened(into, "wb")
                await _flush(file, waiting)
        if size == 0:
            raise Refetch("the file is empty")
        if file is None:  # most pictures: one trip to a thread is enough
            await _to_its_end(asyncio.to_thread(into.write_bytes, waiting))
        else:
            await _flush(file, waiting)
    finally:
        if file is not None:
            file.close()
    return size, head


async def opened(path: Path, mode: Literal["rb", "wb"]) -> IO[bytes]:
    """The file, opened in a thread. Called off meanwhile, this ends only when the file is there and closed:
    whoever removes it then finds it."""
    opening = asyncio.create_task(asyncio.to_thread(path.open, mode))
    try:
        return await _to_its_end(opening)
    except asyncio.CancelledError:
        with suppress(OSError, asyncio.InvalidStateError):  # called off twice, it may not be there yet
            opening.result().close()
        raise


async def _flush(file: IO[bytes], waiting: bytearray) -> None:
    await asyncio.to_thread(file.write, bytes(waiting))
    waiting.clear()


async def _to_its_end(work: Awaitable[T]) -> T:
    """Its result. Called off meanwhile, this ends only when the work has: nothing stops a thread."""
    doing = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        with suppress(OSError):
            await doing
        raise
