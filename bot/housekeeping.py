"""What comes round: expired tokens and drafts are erased, the team's ceilings and plan are read, cycles of
objects are found."""

import gc
import logging
from datetime import timedelta
from typing import Protocol

from bot.catalogue import Catalogue
from bot.clock import Clock
from bot.endings import ENDINGS
from bot.forms import Forms
from bot.generation.holding import Holding
from bot.generation.ports import Store
from bot.generation.queue import Queue
from bot.scenario.api.errors import ScenarioError
from bot.scenario.api.records import Ceilings

log = logging.getLogger(__name__)

ERASE_EVERY = 60.0
"""Seconds between two looks for interaction tokens, drafts and uploads whose time is over."""
OTHERS_AGAIN = 1.0
"""Seconds after which other processes' news are looked for again, where that failed."""
UPLOADS_KEPT = timedelta(days=90)
"""How long it is remembered which asset a file became that nobody gives any more."""
CYCLES_EVERY = 300.0
"""Seconds between two looks through all objects: a thousand generations leave ten thousand small ones."""
CEILING_EVERY = 600.0
"""Seconds between two readings of the team's ceiling and plan."""

PLAN = "plan_level"
"""The note that keeps the team's plan for a process that Scenario does not answer."""


class Account(Protocol):
    """Scenario, as far as the team's own limits go."""

    async def ceilings(self) -> Ceilings:
        """How many may be under way at once; None where Scenario names no limit."""
        ...

    async def plan_level(self) -> int | None:
        """The team's plan, on the scale of `accessRestrictions`; None where it is not known."""
        ...


class SharedStore(Protocol):
    """The store, as far as other processes go."""

    @property
    def holding(self) -> Holding: ...


class Woken(Protocol):
    """A loop, as far as others' news go."""

    def wake(self, generation_id: str, *, after: float = 0.0) -> None: ...
    async def adopt(self) -> int: ...


class Shared(Protocol):
    """The parts that hear of what other processes do."""

    @property
    def store(self) -> SharedStore: ...
    @property
    def fates(self) -> Woken: ...
    @property
    def cards(self) -> Woken: ...
    @property
    def clock(self) -> Clock: ...


class House(Protocol):
    """The parts that are kept in order."""

    @property
    def store(self) -> Store: ...
    @property
    def studio(self) -> Account: ...
    @property
    def catalogue(self) -> Catalogue: ...
    @property
    def forms(self) -> Forms: ...
    @property
    def queue(self) -> Queue: ...
    @property
    def clock(self) -> Clock: ...


async def erase_expired(house: House) -> None:
    """Erase interaction tokens, drafts and uploads whose time is over, again and again."""
    while True:
        try:
            now = house.clock.now()
            await house.store.erase_tokens(now)
            await house.forms.erase()
            await house.store.uploads.erase(now - UPLOADS_KEPT)
        except ENDINGS:
            raise
        except BaseException:  # the next round will; the bot does not end over this
            log.exception("expired interaction tokens, drafts or uploads could not be erased")
        await house.clock.sleep(ERASE_EVERY)


async def look_for_cycles(house: House) -> None:
    """Free what only refers to itself, and has done so for a while, again and again. Everybody waits
    meanwhile, so it comes by the clock and seldom; Python would do it where many come at once."""
    while True:
        await house.clock.sleep(CYCLES_EVERY)
        gc.collect()


async def hear_others(house: Shared) -> None:
    """Go on with what other processes left, and look again at what they changed, again and again."""
    missed = False
    while True:
        try:
            if missed:
                # a look that failed may have taken something over all the same: what is ours is read again
                await house.fates.adopt()
                await house.cards.adopt()
                missed = False
            news = await house.store.holding.news()
        except ENDINGS:
            raise
        except BaseException:  # the next look will
            log.exception("what other processes left or changed could not be looked at")
            missed = True
            await house.clock.sleep(OTHERS_AGAIN)
            continue
        for generation_id in news.generations:
            house.fates.wake(generation_id)
        for card_id in news.cards:
            house.cards.wake(card_id)


async def known_plan(house: House) -> int | None:
    """The team's plan as an earlier process read it."""
    kept = await house.store.note(PLAN)
    return int(kept) if kept and kept.isdecimal() else None


async def read_ceilings(house: House) -> None:
    """Know the team's ceiling before its 429s tell it, and its plan before its 403s do."""
    house.catalogue.plan_level = await known_plan(house)
    while True:
        try:
            ceilings = await house.studio.ceilings()
            level = await house.studio.plan_level()
            if level != house.catalogue.plan_level:
                house.catalogue.plan_level = level
                await house.store.remember(PLAN, "" if level is None else str(level))
        except ScenarioError as error:
            log.warning("the team's ceiling could not be read: %s", error)
        except ENDINGS:
            raise
        except BaseException:  # the next round will; the bot does not end over this
            log.exception("the team's plan could not be kept")
        else:
            if house.queue.set(ceilings):
                log.info("Scenario runs at once, of this team: %s", ceilings)
        await house.clock.sleep(CEILING_EVERY)
