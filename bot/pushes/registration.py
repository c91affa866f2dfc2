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
from bot.scenario.api.errors import Forbidden, NotFound, ScenarioError, Unavailable
from bot.scenario.api.webhooks import Webhook

log = logging.getLogger(__name__)

ADDRESS: Final = "pushes.address"
"""The note that keeps the end of our address."""
WEBHOOK: Final = "pushes.webhook"
"""… that keeps the registration's id, and the secret that Scenario tells only once. How
pushes are signed with it is not published yet."""
DESCRIPTION: Final = "Imagine, the Discord bot"
LOOK_EVERY: Final = 600.0
"""Seconds between two looks at the registration."""
LOOK_AGAIN: Final = 60.0
"""… at least; after so many one that failed is tried again."""
LOOKS: Final = 4
"""… in a row, at most: one that finds what to do is followed by another."""
REFUSED_AGAIN: Final = 3600.0
"""Seconds after which an account that has no webhooks, or does not let our key keep one, is asked again:
plans and rights change."""
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
    async def agree(self, key: str, text: str, instead_of: str | None = None) -> str: ...


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
        """Keep it registered, until canceled; where the account has no webhooks, ask once an hour."""
        first = True
        while True:
            # a process that ended as this one began may have taken the registration along
            pause = LOOK_AGAIN if first else LOOK_EVERY
            first = False
            self._broken.clear()
            try:
                await self.ensure()
            except (NotFound, Forbidden) as error:
                self._say(
                    logging.WARNING, f"this Scenario account has no webhooks, so jobs are polled: {error}"
                )
                await self._clock.sleep(REFUSED_AGAIN)
                continue
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
        """Look for it, make, mend or replace it where that is needed, and look again until one is left.
        Raises ScenarioError; Unavailable also where others change it at the same time."""
        made = False
        for _ in range(LOOKS):
            note = await self._notes.note(WEBHOOK)
            ours = await self._ours()
            self._there = True  # or, in a moment, perhaps
            kept = _kept(ours, note)
            if kept is None or not self._is_known(kept, note) or not await self._tells_ends(kept):
                if made:
                    break
                made = True
                # one more before the old one goes: Scenario always has where to push to
                await self._register(note)
                continue
            twins = [one for one in ours if one.id != kept.id]
            for twin in twins:  # every process leaves the same one
                await self._endpoints.remove(twin.id)
            if not twins:
                return
        raise Unavailable("somebody else changes the registration at the same time")

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

    async def _register(self, note: str | None) -> None:
        """note: what was kept before. If another process was as quick, what it wrote stays, and ours is the
        twin that goes."""
        made = await self._endpoints.register(self.address, DESCRIPTION)
        await self._notes.agree(WEBHOOK, json.dumps({"id": made.id, "secret": made.secret}), note)

    def _is_known(self, webhook: Webhook, note: str | None) -> bool:
        """Whether its secret was written down. It may have been made by a process that was killed before:
        then it is replaced, once."""
        if webhook.id == _id_in(note) or self._renewed:
            return True
        self._renewed = True
        return False

    async def _tells_ends(self, webhook: Webhook) -> bool:
        """Whether ends are pushed to it by now; else it is gone."""
        if not webhook.tells_ends:
            try:
                await self._endpoints.mend(webhook.id)
            except NotFound:
                return False
        return True

    def _say(self, level: int, words: str) -> None:
        if words != self._last:
            log.log(level, words)
        self._last = words


def _id_in(note: str | None) -> str | None:
    return None if note is None else json.loads(note).get("id")


def _kept(ours: Sequence[Webhook], note: str | None) -> Webhook | None:
    """The one whose secret is known, else the oldest."""
    named = (one for one in ours if one.id == _id_in(note))
    return next(named, ours[0] if ours else None)
