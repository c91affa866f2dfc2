"""The verbs of Scenario's API over aiohttp.

`protocol` knows what to ask and what an answer means; this module only carries it, decides what may be asked
again, and remembers what an API does not offer. Reads are asked again; the paid POST never is.
"""

import base64
import json
import logging
import random
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlencode

import aiohttp
import stamina
from yarl import URL

from bot.clock import Clock
from bot.scenario import protocol
from bot.scenario.download import download
from bot.scenario.errors import (
    BadInput,
    Forbidden,
    NotFound,
    Rejected,
    Unavailable,
    Uncertain,
    Unreachable,
    WrongKey,
)
from bot.scenario.protocol import Page, Request
from bot.scenario.records import Asset, File, Inputs, Job, JobState, Model, Price, Submission
from bot.scenario.refusals import Reply

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
TEAMS: Final = 5
"""Most teams that are asked for their limits; a key belongs to one, as a rule."""
_NEVER_SENT: Final = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
)
_TOO_SHORT: Final = 8
"""A key of fewer characters is not looked for in answers: it would be found in every other word."""


class ScenarioClient:
    """One account's access. The session, and the connector with its limits, are the caller's."""

    def __init__(
        self, session: aiohttp.ClientSession, base_url: str, key: str, secret: str, clock: Clock
    ) -> None:
        """
        session: its connector's limit holds for everything, files included.
        base_url: with the version, as in `https://api.cloud.scenario.com/v1`.
        """
        self._session = session
        self._base = base_url.rstrip("/")
        self._clock = clock
        token = base64.b64encode(f"{key}:{secret}".encode()).decode()
        self._headers = {"Authorization": f"Basic {token}", "Accept": "application/json"}
        self._secrets = [part.encode() for part in (token, secret, key) if len(part) >= _TOO_SHORT]
        self._ahead = timedelta(0)
        self._bulk = True
        self._dry_run = True

    async def probe(self) -> None:
        """Ask the cheapest question that needs the key. Raises WrongKey, Forbidden, Unavailable, …"""
        await self._read(
            protocol.ask_one_model(), lambda reply: protocol.told_models(reply, privacy="private")
        )

    async def model(self, model_id: str) -> Model:
        """Raises NotFound, Forbidden, Unavailable."""
        return await self._read(
            protocol.ask_model(model_id), lambda reply: protocol.told_model(reply, model_id)
        )

    async def models(self, *, privacy: str) -> AsyncIterator[Model]:
        """Every model of `private` or `public`, as rows without schemas."""
        async for model in self._rows(
            lambda token: protocol.ask_models(privacy, token),
            lambda reply: protocol.told_models(reply, privacy=privacy),
        ):
            yield model

    async def price(self, model_id: str, inputs: Inputs) -> Price | None:
        """What it would cost, by one dry run that is never repeated; None where none is offered or named.

        An API without dry runs answers 404. A 404 that names the model or something among the inputs is about
        those and is raised; any other is taken as "no dry run", this time: it is not remembered, for one
        wrong answer would take the prices away for good.
        Raises Rejected, Busy, Unavailable.
        """
        if not self._dry_run:
            return None
        request = protocol.ask_price(model_id, inputs)
        try:
            estimate = protocol.told_price(await self._exchange(request, READ))
        except NotFound as error:
            if protocol.names(error.reason, model_id, *protocol.ids_among(inputs)):
                raise
            return None
        except Unreachable as error:
            raise Unavailable(error.reason) from None
        if estimate.stray is not None:
            # Better no prices than pictures bought by asking what they cost.
            self._dry_run = False
            log.error("a dry run was answered with the job %s: no more dry runs", estimate.stray.id)
        return estimate.price

    async def submit(self, model_id: str, inputs: Inputs) -> Submission:
        """Buy one job, with one POST. Raises Rejected, Busy, Unreachable, Uncertain."""
        request = protocol.ask_generation(model_id, inputs)
        try:
            reply = await self._exchange(request, SUBMIT)
        except Unavailable as error:
            raise Uncertain(error.reason) from None
        return protocol.told_submission(reply)

    async def job(self, job_id: str) -> Job:
        """Raises NotFound, Unavailable."""
        return await self._read(protocol.ask_job(job_id), lambda reply: protocol.told_job(reply, job_id))

    async def jobs(self, *, created_after: datetime) -> AsyncIterator[Job]:
        """Every job of this account created since. Raises NotFound where there is no listing, and Unavailable
        rather than end early: what is missing from a whole listing was never bought."""
        # by Scenario's clock: ours may be off by more than a caller's margin
        since = created_after + self._ahead
        async for job in self._rows(
            lambda token: protocol.ask_jobs(since, token), protocol.told_jobs, whole=True
        ):
            yield job

    async def cancel(self, job_id: str) -> Job:
        """Ask for a cancel and read the job again. Raises BadInput when it goes on all the same."""
        refusal: Rejected | None = None
        try:
            await self._read(protocol.ask_cancel(job_id), protocol.told_cancel)
        except WrongKey:
            raise
        except Rejected as error:
            refusal = error
        job = await self.job(job_id)
        if refusal is not None and job.state is JobState.ACTIVE:
            raise BadInput(refusal.reason, status=refusal.status, trace=refusal.trace)
        return job

    async def assets(self, asset_ids: Sequence[str]) -> Sequence[Asset]:
        """The assets in the order asked, without those that are gone. Raises Rejected, Unavailable."""
        wanted = list(dict.fromkeys(asset_ids))
        found: dict[str, Asset] = {}
        for start in range(0, len(wanted), protocol.BULK):
            found |= await self._assets(wanted[start : start + protocol.BULK])
        return [found[asset_id] for asset_id in asset_ids if asset_id in found]

    async def fetch(self, url: str, into: Path, *, cap: int) -> File:
        """Raises LinkRefused, FileTooBig, Refetch, Unavailable; then nothing is left on disk."""
        if self._session.closed:
            raise Unavailable("closed")
        # A session of its own, so that neither our credentials nor cookies go to a file's host.
        async with aiohttp.ClientSession(
            connector=self._session.connector, connector_owner=False, cookie_jar=aiohttp.DummyCookieJar()
        ) as session:
            async for attempt in _attempts():
                with attempt:
                    now = self._clock.now()
                    return await download(session, url, into, cap=cap, base=URL(self._base), now=now)
        raise AssertionError("unreachable")

    async def ceiling(self) -> int | None:
        """How many jobs the team may run at once, by the first of the key's teams that says so."""
        return await self._of_team(protocol.told_ceiling)

    async def plan_level(self) -> int | None:
        """The team's plan on the scale of `Model.access_restriction`, by the first team that says so."""
        return await self._of_team(protocol.told_plan)

    async def _of_team(self, told: Callable[[Reply], int | None]) -> int | None:
        try:
            teams = await self._read(protocol.ask_teams(), protocol.told_teams)
        except (NotFound, Forbidden):
            return None
        for team in teams[:TEAMS]:
            try:
                found = await self._read(protocol.ask_limits(team), told)
            except (NotFound, Forbidden):
                continue
            if found is not None:
                return found
        return None

    async def _assets(self, asset_ids: list[str]) -> dict[str, Asset]:
        if self._bulk and len(asset_ids) > 1:
            try:
                return await self._read(protocol.ask_assets(asset_ids), protocol.told_assets)
            except (NotFound, BadInput) as error:
                # A 404 that names an asset is about that one; any other means that there is no such route.
                gone = isinstance(error, NotFound) and not protocol.names(error.reason, *asset_ids)
                self._bulk = not gone
        found = [await self._asset(asset_id) for asset_id in asset_ids]
        return {asset.id: asset for asset in found if asset is not None}

    async def _asset(self, asset_id: str) -> Asset | None:
        try:
            return await self._read(
                protocol.ask_asset(asset_id), lambda reply: protocol.told_asset(reply, asset_id)
            )
        except NotFound:
            return None

    async def _rows(
        self, ask: Callable[[str | None], Request], told: Callable[[Reply], Page[T]], *, whole: bool = False
    ) -> AsyncIterator[T]:
        """The rows of all pages; an empty page is not yet the end.

        whole: raise Unavailable where the listing cannot be followed to its end.
        """
        token: str | None = None
        seen: set[str] = set()
        while len(seen) < PAGES:
            page = await self._read(ask(token), told)
            for row in page.rows:
                yield row
            token = page.token
            if token is None:
                return
            if token in seen:
                break
            seen.add(token)
        log.warning("a listing did not end after %d pages", len(seen))
        if whole:
            raise Unavailable("the listing has no end")

    async def _read(self, request: Request, told: Callable[[Reply], T]) -> T:
        """Ask, a few times if need be. Raises Rejected, Unavailable."""
        async for attempt in _attempts():
            with attempt:
                try:
                    return told(await self._exchange(request, READ))
                except Unreachable as error:
                    raise Unavailable(error.reason) from None
        raise AssertionError("unreachable")

    async def _exchange(self, request: Request, deadline: aiohttp.ClientTimeout) -> Reply:
        """One request, one answer. Raises Unreachable when it was never sent, Unavailable when it may have
        been but no whole answer came."""
        if self._session.closed:
            raise Unreachable("closed")
        query = f"?{urlencode(request.query)}" if request.query else ""
        headers, data = dict(self._headers), None
        if request.body is not None:
            data = json.dumps(dict(request.body)).encode()
            headers["Content-Type"] = "application/json"
        try:
            async with self._session.request(
                request.method,
                URL(f"{self._base}{request.path}{query}", encoded=True),
                data=data,
                headers=headers,
                timeout=deadline,
                allow_redirects=False,
                raise_for_status=False,
            ) as answer:
                return await self._receive(answer)
        except _NEVER_SENT as error:
            raise Unreachable(f"no connection: {type(error).__name__}") from None
        except (aiohttp.ClientError, TimeoutError) as error:
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
        headers = {name.lower(): value for name, value in answer.headers.items()}
        self._ahead = _ahead(headers.get("date"), self._clock.now(), self._ahead)
        return Reply(status=answer.status, headers=headers, body=whole, at=self._clock.now())


def _ahead(date: str | None, now: datetime, before: timedelta) -> timedelta:
    """How far Scenario's clock is ahead of ours, by an answer's `Date` (whole seconds, so small differences
    are none); what was known before where it does not say."""
    try:
        told = parsedate_to_datetime(date or "")
    except ValueError:
        return before
    ahead = told - now if told.tzinfo is not None else timedelta(0)
    return ahead if abs(ahead) > timedelta(seconds=30) else timedelta(0)


def _attempts() -> AsyncIterator[stamina.Attempt]:
    return stamina.retry_context(
        on=again, attempts=ATTEMPTS, timeout=None, wait_initial=0.5, wait_max=8.0, wait_jitter=0.5
    )


def again(error: Exception) -> bool | float:
    """Whether a read is asked again: False, True (the usual backoff), or after how many seconds."""
    if not isinstance(error, Unavailable) or 300 <= (error.status or 0) < 400:
        return False
    if error.retry_after is None:
        return True
    return min(error.retry_after.total_seconds(), LONGEST_WAIT) + random.uniform(0, 0.5)
