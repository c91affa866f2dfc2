"""Our one registration at Scenario, for all processes: found by its address, made where it is missing.

The address is PUBLIC_URL and a token that the first process put into the database, so every process knows it,
also after a kill. Nothing is believed to be registered because we once did: it is looked for at every start,
every ten minutes, and soon after pushes stopped.
"""

import asyncio
import contextlib
import json
import logging
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Protocol

from bot.clock import Clock, sleep_or
from bot.endings import ENDINGS
from bot.generation.holding import Holding
from bot.pushes.receiving import PATH
from bot.scenario.api.errors import Forbidden, NotFound, ScenarioError
from bot.scenario.api.webhooks import Webhook

log = logging.getLogger(__name__)

ADDRESS: Final = "pushes.address"
"""The note that keeps the end of our address."""
WEBHOOK: Final = "pushes.webhook"
"""… that keeps the registration's id, and the secret that Scenario tells only once."""
DESCRIPTION: Final = "Imagine, the Discord bot"
LOOK_EVERY: Final = 600.0
"""Seconds between two looks at the registration."""
LOOK_AGAIN: Final = 60.0
"""… at least; after so many one that failed is tried again."""
FAREWELL: Final = 5.0
"""Seconds for removing it."""
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


class Endpoints(Protocol):
    """Scenario's webhook endpoints (`scenario.webhooks`). Each verb raises ScenarioError."""

    async def registered(self) -> Sequence[Webhook]: ...
    async def register(self, url: str, description: str) -> Webhook: ...
    async def mend(self, webhook_id: str) -> Webhook: ...
    async def remove(self, webhook_id: str) -> None: ...


class Notes(Protocol):
    """The store, as far as small texts go."""

    async def note(self, key: str) -> str | None: ...
    async def remember(self, key: str, text: str) -> None: ...
    async def agree(self, key: str, text: str) -> str: ...


async def agreed_token(notes: Notes) -> str:
    """The end of our address: the same for all processes of a database, and for those to come."""
    return await notes.agree(ADDRESS, secrets.token_urlsafe(32))


class Registration:
    """Keeps exactly one registration of our address."""

    def __init__(
        self,
        endpoints: Endpoints,
        notes: Notes,
        holding: Holding,
        clock: Clock,
        *,
        public_url: str,
        token: str,
        broken: asyncio.Event,
    ) -> None:
        """broken: set by others when pushes do not come as they should."""
        self._endpoints = endpoints
        self._notes = notes
        self._holding = holding
        self._clock = clock
        self._base = f"{public_url}{PATH}"
        self.address = f"{self._base}{token}"
        """Where Scenario pushes to: who knows it may push too."""
        self._broken = broken
        self._there = self._renewed = False
        self._last: str | None = None
        """What was said of it last, which is not said twice."""

    async def run(self) -> None:
        """Keep it registered, until canceled; where the account has no webhooks, do nothing."""
        first = True
        while True:
            # a process that ended as this one began may have taken the registration along
            pause = LOOK_AGAIN if first else LOOK_EVERY
            first = False
            self._broken.clear()
            try:
                await self.ensure()
            except (NotFound, Forbidden) as error:
                log.warning("this Scenario account has no webhooks, so jobs are polled: %s", error)
                await asyncio.Event().wait()
            except ScenarioError as error:
                self._say(logging.WARNING, f"pushes could not be registered, so jobs are polled: {error}")
                pause = LOOK_AGAIN
            except ENDINGS:
                raise
            except BaseException:  # the next look will; the bot does not end over this
                log.exception("pushes could not be registered, so jobs are polled")
                pause = LOOK_AGAIN
            else:
                self._say(logging.INFO, f"Scenario pushes what becomes of jobs to {self._base}…")
            await self._clock.sleep(LOOK_AGAIN)
            await sleep_or(self._clock, pause - LOOK_AGAIN, self._broken)

    async def ensure(self) -> None:
        """Look for it, and make, mend or renew it where that is needed. Raises ScenarioError."""
        ours = await self._ours()
        self._there = True  # or, in a moment, perhaps
        if not ours:
            await self._register()
            ours = await self._ours()  # another process may have done the same at this moment
        for twin in ours[1:]:  # every process leaves the same one
            await self._endpoints.remove(twin.id)
        if not ours:
            return  # somebody else removed it meanwhile; the next look makes it again
        kept = ours[0]
        if not kept.tells_ends:
            await self._endpoints.mend(kept.id)
        if not self._renewed and await self._secret_of(kept) is None:
            # made by a process that was killed before it wrote the secret down: nobody knows it any more
            self._renewed = True
            await self._endpoints.remove(kept.id)
            await self._register()

    async def leave(self) -> None:
        """Remove it, unless another process goes on with it."""
        if self._holding.others or not self._there:
            return
        with contextlib.suppress(ScenarioError, TimeoutError):
            async with asyncio.timeout(FAREWELL):
                for one in await self._endpoints.registered():
                    if one.url == self.address:
                        await self._endpoints.remove(one.id)
                return
        log.warning("the registration for pushes could not be removed: the next start finds it again")

    async def _ours(self) -> list[Webhook]:
        """Those with our address, the oldest first; what leads to us by an earlier database's is removed."""
        found = await self._endpoints.registered()
        for one in found:
            if one.url.startswith(self._base) and one.url != self.address:
                await self._endpoints.remove(one.id)
        ours = [one for one in found if one.url == self.address]
        return sorted(ours, key=lambda one: (one.created_at or _NEVER, one.id))

    async def _register(self) -> None:
        made = await self._endpoints.register(self.address, DESCRIPTION)
        await self._notes.remember(WEBHOOK, json.dumps({"id": made.id, "secret": made.secret}))

    async def _secret_of(self, webhook: Webhook) -> str | None:
        """What its pushes are signed with, where we know it. How they are is not published yet."""
        kept = await self._notes.note(WEBHOOK)
        known: dict[str, str | None] = {} if kept is None else json.loads(kept)
        return known.get("secret") or "" if known.get("id") == webhook.id else None

    def _say(self, level: int, words: str) -> None:
        if words != self._last:
            log.log(level, words)
        self._last = words
