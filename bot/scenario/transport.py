"""Carrying requests to Scenario's API over aiohttp: the key, what may be asked again, and the two clocks.

Reads are asked again. What is paid for never is: not by us, and not by aiohttp, which by itself repeats a PUT
whose connection broke.
"""

import base64
import json
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar
from urllib.parse import urlencode

import aiohttp
import stamina
from aiohttp.abc import AbstractStreamWriter
from yarl import URL

from bot.clock import Clock
from bot.scenario.api.errors import ScenarioError, Unavailable, Unreachable, Withheld
from bot.scenario.api.exchange import Page, Request
from bot.scenario.api.loose import sound
from bot.scenario.api.replies import Reply, failure

log = logging.getLogger(__name__)

T = TypeVar("T")

ATTEMPTS: Final = 3
"""Of a read, in all. Few, because callers come back at their own pace."""
LONGEST_WAIT: Final = 60.0
"""Seconds; a longer `Retry-After` is cut to it."""
READ: Final = aiohttp.ClientTimeout(total=30, connect=10, sock_connect=10)
SUBMIT: Final = aiohttp.ClientTimeout(total=120, connect=10, sock_connect=10)
LARGEST: Final = 32 * 1024 * 1024
"""Bytes of one answer; a page of 500 models has a few megabytes."""
PAGES: Final = 100
"""Most pages of one listing."""
NEVER_SENT: Final = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
)
_TOO_SHORT: Final = 8
"""A key of fewer characters is not looked for in answers: it would be found in every other word."""


Heard = Callable[[ScenarioError | None, float], None]
"""Hears of each request what came of it, None for an answer that is no error, and after how many seconds."""


def unheard(error: ScenarioError | None, seconds: float) -> None:
    """For requests that nobody counts."""
    del error, seconds


class _Body(aiohttp.BytesPayload):
    """A request's, which is sent only if it may be, once there is a connection: to get one takes seconds.
    aiohttp keeps the headers back until then."""

    def __init__(self, body: bytes, still: Callable[[], bool]) -> None:
        super().__init__(body)
        self._still = still
        self.withheld = False

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        """Nothing is waited for between the question and the first byte. Raises Withheld."""
        self.withheld = not self._still()
        if self.withheld:
            raise Withheld
        await super().write_with_length(writer, content_length)


class _Lost(aiohttp.ClientError):
    """A connection broke after something may have been sent."""


async def only_once(
    request: aiohttp.ClientRequest,
    handler: Callable[[aiohttp.ClientRequest], Awaitable[aiohttp.ClientResponse]],
) -> aiohttp.ClientResponse:
    """A middleware without which aiohttp sends a GET, PUT or DELETE twice, once more on a fresh connection,
    when the first breaks (its error is then a ClientOSError or a ServerDisconnectedError). It repeats on no
    other error, so this gives the error another class."""
    try:
        return await handler(request)
    except NEVER_SENT:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _Lost(type(error).__name__) from None


class Transport:
    """One account's access. The session, and the connector with its limits, are the caller's."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        key: str,
        secret: str,
        clock: Clock,
        heard: Heard = unheard,
    ) -> None:
        self.session = session
        self.base = URL(base_url.rstrip("/"))
        self.clock = clock
        self._heard = heard
        self.ahead = timedelta(0)
        """How far Scenario's clock is ahead of ours."""
        self._base = base_url.rstrip("/")
        token = base64.b64encode(f"{key}:{secret}".encode()).decode()
        self._headers = {"Authorization": f"Basic {token}", "Accept": "application/json"}
        self._secrets = [part.encode() for part in (token, secret, key) if len(part) >= _TOO_SHORT]

    async def rows(
        self,
        ask: Callable[[str | None], Request],
        told: Callable[[Reply], Page[T]],
        *,
        whole: bool = False,
        most: int = PAGES,
        rest: float = 0.0,
    ) -> AsyncIterator[T]:
        """The rows of all pages; an empty page is not yet the end.

        whole: raise Unavailable where the listing cannot be followed to its end. rest: seconds between two
        pages.
        """
        token: str | None = None
        seen: set[str] = set()
        while len(seen) < most:
            page = await self.read(ask(token), told)
            for row in page.rows:
                yield row
            token = page.token
            if token is None:
                return
            if token in seen:
                break
            seen.add(token)
            if rest:
                await self.clock.sleep(rest)
        log.warning("a listing did not end after %d pages", len(seen))
        if whole:
            raise Unavailable("the listing has no end")

    async def read(self, request: Request, told: Callable[[Reply], T]) -> T:
        """Ask, a few times if need be. Raises Rejected, Unavailable."""
        async for attempt in attempts():
            with attempt:
                try:
                    return told(await self.once(request))
                except Unreachable as error:
                    raise Unavailable(error.reason) from None
        raise AssertionError("unreachable")

    async def once(
        self,
        request: Request,
        deadline: aiohttp.ClientTimeout | None = None,
        *,
        still: Callable[[], bool] = lambda: True,
    ) -> Reply:
        """One request, one answer. still: asked of one with a body, right before that is sent. Raises
        Withheld where it is false, Unreachable when it was never sent, Unavailable when it may have been but
        no whole answer came."""
        if self.session.closed:
            raise Unreachable("closed")
        begun = self.clock.monotonic()
        try:
            reply = await self._ask(request, deadline, still)
        except ScenarioError as error:
            self._heard(error, self.clock.monotonic() - begun)
            raise
        well = 200 <= reply.status < 300
        self._heard(None if well else failure(reply), self.clock.monotonic() - begun)
        return reply

    async def _ask(
        self, request: Request, deadline: aiohttp.ClientTimeout | None, still: Callable[[], bool]
    ) -> Reply:
        query = f"?{urlencode(request.query)}" if request.query else ""
        headers, data = dict(self._headers), None
        if request.body is not None:
            data = _Body(json.dumps(dict(request.body)).encode(), still)
            headers["Content-Type"] = "application/json"
        try:
            async with self.session.request(
                request.method,
                URL(f"{self._base}{request.path}{query}", encoded=True),
                data=data,
                headers=headers,
                timeout=deadline or READ,
                allow_redirects=False,
                raise_for_status=False,
                # a GET may be repeated by aiohttp too: a connection that was kept open may be dead by now
                middlewares=() if request.method == "GET" else (only_once,),
            ) as answer:
                return await self._receive(answer)
        except NEVER_SENT as error:
            raise Unreachable(f"no connection: {type(error).__name__}") from None
        except _Lost as error:
            raise Unavailable(f"no answer: {error}") from None
        except (aiohttp.ClientError, TimeoutError) as error:
            if data is not None and data.withheld:  # aiohttp reports it as a connection's fault
                raise Withheld from None
            raise Unavailable(f"no answer: {type(error).__name__}") from None

    async def _receive(self, answer: aiohttp.ClientResponse) -> Reply:
        body = bytearray()
        async for chunk in answer.content.iter_any():
            body += chunk
            if len(body) > LARGEST:
                raise Unavailable("the answer is too large", status=answer.status)
        whole = bytes(body)
        if answer.status >= 400:
            # An error's words reach logs and cards, and some APIs repeat the key that they refuse.
            for secret in self._secrets:
                whole = whole.replace(secret, b"***")
        # aiohttp keeps bytes that are no UTF-8 as halves of surrogate pairs
        headers = {name.lower(): sound(value) for name, value in answer.headers.items()}
        self.ahead = _ahead(headers.get("date"), self.clock.now(), self.ahead)
        return Reply(status=answer.status, headers=headers, body=whole, at=self.clock.now())


def _ahead(date: str | None, now: datetime, before: timedelta) -> timedelta:
    """How far Scenario's clock is ahead of ours, by an answer's `Date` (whole seconds, so small differences
    are none); what was known before where it does not say."""
    try:
        told = parsedate_to_datetime(date or "")
    except ValueError:
        return before
    ahead = told - now if told.tzinfo is not None else timedelta(0)
    return ahead if abs(ahead) > timedelta(seconds=30) else timedelta(0)


def attempts() -> AsyncIterator[stamina.Attempt]:
    """Of anything that may be asked again, with the waits between."""
    return stamina.retry_context(on=again, attempts=ATTEMPTS, timeout=None, wait_initial=0.5, wait_jitter=0.5)


def again(error: Exception) -> bool | float:
    """Whether a read is asked again: False, True (the usual backoff), or after how many seconds."""
    if not isinstance(error, Unavailable) or 300 <= (error.status or 0) < 400:
        return False
    if error.retry_after is None:
        return True
    return min(error.retry_after.total_seconds(), LONGEST_WAIT) + random.uniform(0, 0.5)
