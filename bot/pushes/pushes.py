"""The two halves of being pushed to, for whoever puts the bot together."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass

from bot.clock import Clock
from bot.generation.holding import Holding
from bot.pushes.receiving import Receipt, Receiver
from bot.pushes.registration import Endpoints, Notes, Registration, agreed_token


@dataclass(frozen=True, slots=True)
class Pushes:
    """What takes pushes, and what has Scenario send them."""

    receiver: Receiver
    registration: Registration


async def open_pushes(
    public_url: str,
    endpoints: Endpoints,
    notes: Notes,
    holding: Holding,
    clock: Clock,
    *,
    hear: Callable[[Collection[str]], None],
    broken: asyncio.Event,
    count: Callable[[Receipt], None],
) -> Pushes:
    """Both, of this database's address; nothing is registered yet. Raises the store's errors."""
    token = await agreed_token(notes)
    registration = Registration(
        endpoints, notes, holding, clock, public_url=public_url, token=token, broken=broken
    )
    return Pushes(Receiver(token, hear, count), registration)
