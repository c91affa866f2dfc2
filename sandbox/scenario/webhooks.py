"""Webhook endpoints of the project, and what is pushed to them. `sandbox/scenario/README.md` has the keys.

Scenario publishes neither a push's body nor how it is signed, so both are our guess: a client may rely on
nothing but that a job's id stands somewhere in it.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import hmac
import random
import secrets
from collections import deque
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

from sandbox import json
from sandbox.clock import Clock
from sandbox.scenario.jobs import TERMINAL, Job
from sandbox.scenario.options import Options
from sandbox.scenario.values import Json, Now, Refusal, iso, new_id, texts

EVENTS: Final = frozenset(
    {"*"}
    | {f"generation.{word}" for word in ("created", "completed", "failed")}
    | {f"inference.{word}" for word in ("created", "completed", "failed", "cancelled")}
    | {f"model.training.{word}" for word in ("started", "completed", "failed", "cancelled")}
    | {f"model.download.{word}" for word in ("created", "completed", "failed")}
    | {f"asset.download.{word}" for word in ("created", "completed", "failed")}
    | {"team.credit.threshold.crossed"}
)
SAID: Final = {"success": "generation.completed", "failure": "generation.failed"}
"""What is pushed of an end. Nobody says that a canceled job is pushed, so it is not."""
SIGNATURE: Final = "X-Scenario-Signature"
RETRIES: Final = (1.0, 5.0)
"""Seconds after which a push is sent again that was not taken."""
PATIENCE: Final = 5.0
"""Seconds for an answer to a push."""
KEPT: Final = 200
"""Pushes of one endpoint that its log keeps."""


@dataclass
class Endpoint:
    """One registered address."""

    id: str
    url: str
    secret: str
    events: list[str]
    description: str | None
    created: float
    updated: float
    enabled: bool = True
    total: int = 0
    failed: int = 0
    log: deque[Json] = field(default_factory=lambda: deque[Json](maxlen=KEPT))

    def takes(self, event: str) -> bool:
        return self.enabled and bool({"*", event} & set(self.events))

    def shown(self, *, secret: bool = False) -> Json:
        """The record; its secret only where it was just made."""
        record: Json = {
            "id": self.id,
            "url": self.url,
            "enabled": self.enabled,
            "enabledEvents": self.events,
            "ownerId": "proj_sandbox",
            "ownerType": "project",
            "nbTotalCalls": self.total,
            "nbFailedCalls": self.failed,
            "createdAt": iso(self.created),
            "updatedAt": iso(self.updated),
        }
        if self.description is not None:
            record["description"] = self.description
        return record | ({"secret": self.secret} if secret else {})


class Webhooks:
    """The endpoints, and the task that pushes to them while `run` lasts."""

    def __init__(self, clock: Now, options: Options) -> None:
        self._clock = clock
        self._options = options
        self._open: aiohttp.ClientSession | None = None
        self._endpoints: dict[str, Endpoint] = {}
        self._coming: list[tuple[float, int, Job, str]] = []
        self._numbers = count()
        self._stirred = asyncio.Event()
        self._sending: set[asyncio.Task[None]] = set()

    # -- the API's verbs ------------------------------------------------------------------------------

    def all(self) -> list[Endpoint]:
        """Oldest first."""
        return list(self._endpoints.values())

    def get(self, endpoint_id: str) -> Endpoint:
        """Refusal(404) for one that is not there."""
        if (found := self._endpoints.get(endpoint_id)) is None:
            raise Refusal(404, f"Webhook endpoint {endpoint_id} not found")
        return found

    def create(self, body: Json) -> Endpoint:
        """Refusal(400) for one that cannot be."""
        if missing := [name for name in ("url", "enabledEvents") if name not in body]:
            raise Refusal(400, f"{missing[0]} is required")
        now = self._clock.now()
        made = Endpoint(new_id("whe_"), "", secrets.token_hex(32), [], None, created=now, updated=now)
        self._change(made, body)
        self._endpoints[made.id] = made
        return made

    def update(self, endpoint_id: str, body: Json) -> Endpoint:
        """Refusal for one that is not there, or cannot be so."""
        found = self.get(endpoint_id)
        self._change(found, body)
        found.updated = self._clock.now()
        return found

    def delete(self, endpoint_id: str) -> None:
        del self._endpoints[self.get(endpoint_id).id]

    def _change(self, endpoint: Endpoint, body: Json) -> None:
        url, events = body.get("url", endpoint.url), texts(body.get("enabledEvents", endpoint.events))
        parts = urlsplit(url) if isinstance(url, str) else None
        if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
            raise Refusal(400, "url must be an absolute http(s) URL")
        if not events or not set(events) <= EVENTS:
            raise Refusal(400, f"enabledEvents must be a list of: {', '.join(sorted(EVENTS))}")
        enabled = body.get("enabled", endpoint.enabled)
        if not isinstance(enabled, bool):
            raise Refusal(400, "enabled must be a boolean")
        description = body.get("description", endpoint.description)
        endpoint.url, endpoint.events, endpoint.enabled = str(url), events, enabled
        endpoint.description = None if description is None else str(description)

    # -- pushing --------------------------------------------------------------------------------------

    def expect(self, job: Job) -> None:
        """Push when this job's record changes, from now on as it stands."""
        now, late = self._clock.now(), self._lateness(job)
        if job.told_created_at is None:
            job.told_created_at = now
            self._push_at(now + late, job, "generation.created")
        end = job.stages[-1]
        if end.status in TERMINAL:
            early = self._options.push_early
            self._push_at(max(now, end.at - early) + late, job, SAID.get(end.status, ""))

    def _push_at(self, at: float, job: Job, event: str) -> None:
        lost = random.Random(f"{job.id} {event}").random() < self._options.push_lost
        if event and not lost:
            heapq.heappush(self._coming, (at, next(self._numbers), job, event))
            self._stirred.set()

    def _lateness(self, job: Job) -> float:
        """Spread by the job's id, so that pushes overtake each other."""
        most = self._options.push_late
        return random.Random(job.id).uniform(0, most) if most else 0.0

    async def run(self, clock: Clock) -> None:
        """Push what is due, until canceled."""
        try:
            while True:
                self._send_due(clock)
                self._stirred.clear()
                due = self._coming[0][0] if self._coming else None
                stirred = asyncio.create_task(self._stirred.wait())
                sleeping = asyncio.create_task(
                    clock.sleep_until(due) if due is not None else asyncio.Event().wait()
                )
                try:
                    await asyncio.wait({stirred, sleeping}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for each in (stirred, sleeping):
                        each.cancel()
        finally:
            for each in list(self._sending):
                each.cancel()

    def _send_due(self, clock: Clock) -> None:
        now, options = clock.now(), self._options
        while self._coming and self._coming[0][0] <= now:
            _, _, job, event = heapq.heappop(self._coming)
            if event != "generation.created" and not self._holds(job, event, now):
                continue  # it was canceled in the meantime
            for _ in range(options.push_times):
                self.push(self._body(job, event, now), event)

    def _holds(self, job: Job, event: str, now: float) -> bool:
        """Whether it is what comes of the job, be it that the push is early."""
        return SAID.get(job.stages[-1].status) == event and (
            not job.active(now) or self._options.push_early > 0
        )

    def _body(self, job: Job, event: str, now: float) -> Json:
        return {"id": new_id("evt_"), "type": event, "createdAt": iso(now), "data": {"jobId": job.id}}

    def push(self, body: Any, event: str = "*") -> int:
        """Send this to every endpoint that takes the event; to how many."""
        to = [each for each in self._endpoints.values() if event == "*" or each.takes(event)]
        for endpoint in to:
            task = asyncio.get_running_loop().create_task(self._deliver(endpoint, body, event))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        return len(to)

    async def _deliver(self, endpoint: Endpoint, body: Any, event: str) -> None:
        sent = json.dump(body).encode()
        told: Json = {
            "id": new_id("whev_"),
            "endpointId": endpoint.id,
            "type": event,
            "status": "created",
            "attempts": [],
            "payload": body,
        }
        endpoint.log.append(told)
        headers = {
            "Content-Type": "application/json",
            SIGNATURE: f"sha256={hmac.digest(endpoint.secret.encode(), sent, 'sha256').hex()}",
        }
        for wait in (*RETRIES, None):
            at, status = self._clock.now(), await self._post(endpoint.url, sent, headers)
            endpoint.total += 1
            told["updatedAt"] = iso(at)
            told["attempts"].append({"sentAt": iso(at), "responseStatusCode": status})
            if status is not None and 200 <= status < 300:
                told["status"] = "success"
                return
            endpoint.failed += 1
            told["status"] = "retrying" if wait is not None else "failed"
            if wait is not None:
                await asyncio.sleep(wait)

    async def _post(self, url: str, sent: bytes, headers: dict[str, str]) -> int | None:
        """The status of the answer; None where there is none."""
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            timeout = aiohttp.ClientTimeout(total=PATIENCE)
            async with self._session().post(url, data=sent, headers=headers, timeout=timeout) as answer:
                return answer.status
        return None

    def _session(self) -> aiohttp.ClientSession:
        if self._open is None:
            self._open = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64))
        return self._open

    async def close(self) -> None:
        """Send nothing more."""
        for each in list(self._sending):
            each.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)
        if self._open is not None:
            await self._open.close()
            self._open = None
