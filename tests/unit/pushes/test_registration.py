"""One registration, whoever looks, however often, and whatever was killed in between."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from bot.generation.holding import Alone
from bot.pushes.receiving import PATH
from bot.pushes.registration import (
    LOOK_AGAIN,
    LOOK_EVERY,
    REFUSED_AGAIN,
    WEBHOOK,
    Notes,
    Registration,
    agreed_token,
)
from bot.scenario.api.errors import Forbidden, NotFound, ScenarioError, Unavailable
from bot.scenario.api.webhooks import ENDS, Webhook
from tests.support.clock import HeldClock, breathe, until
from tests.support.metrics import Held
from tests.support.stores import a_store

URL = "https://bot.example.com"
BEGAN = datetime(2026, 11, 30, tzinfo=UTC)


class Endpoints:
    """Scenario's, as far as this account has them."""

    def __init__(self) -> None:
        self.there: dict[str, Webhook] = {}
        self.asked: list[str] = []
        self.fails: list[BaseException | None] = []
        """What the next calls raise, one each, before they do anything."""
        self.refuses: dict[str, BaseException] = {}
        """What the next call of such a verb raises, before it does anything."""
        self.silent: list[BaseException | None] = []
        """What the next registrations raise once they are done."""

    def _enter(self, verb: str) -> None:
        self.asked.append(verb)
        if (error := self.refuses.pop(verb, None)) is not None:
            raise error
        if self.fails and (error := self.fails.pop(0)) is not None:
            raise error

    def put(self, url: str, **changes: object) -> Webhook:
        number = len(self.asked) + len(self.there)
        made = Webhook(
            id=f"whe_{number}",
            url=url,
            events=frozenset(ENDS),
            created_at=BEGAN + timedelta(seconds=number),
        )
        made = replace(made, **changes)
        self.there[made.id] = made
        return made

    async def registered(self) -> Sequence[Webhook]:
        self._enter("registered")
        await asyncio.sleep(0)
        return list(self.there.values())

    async def register(self, url: str, description: str) -> Webhook:
        self._enter("register")
        await asyncio.sleep(0)
        assert description
        made = self.put(url)
        if self.silent and (error := self.silent.pop(0)) is not None:
            raise error
        return replace(made, secret=f"secret of {made.id}")

    async def mend(self, webhook_id: str) -> Webhook:
        self._enter("mend")
        mended = replace(self.there[webhook_id], enabled=True, events=frozenset(ENDS))
        self.there[webhook_id] = mended
        return mended

    async def remove(self, webhook_id: str) -> None:
        self._enter("remove")
        await asyncio.sleep(0)
        self.there.pop(webhook_id, None)


class World:
    """One database, one account, and any number of processes on them."""

    def __init__(self, store: Notes) -> None:
        self.endpoints = Endpoints()
        self.clock = HeldClock()
        self.store = store
        self.broken = asyncio.Event()

    async def process(self, *, others: int = 0) -> Registration:
        holding = Held(number=1, others=others, adopted=0, holds=True) if others else Alone()
        return Registration(
            self.endpoints,
            self.store,
            holding,
            self.clock,
            public_url=URL,
            token=await agreed_token(self.store),
            broken=self.broken,
        )

    @property
    def urls(self) -> list[str]:
        return [one.url for one in self.endpoints.there.values()]

    async def kept(self) -> dict[str, str]:
        return json.loads(await self.store.note(WEBHOOK) or "{}")


@pytest.fixture
async def world() -> AsyncGenerator[World]:
    async with a_store() as store:
        yield World(store)


async def test_it_is_made_once_and_its_secret_kept(world: World) -> None:
    one = await world.process()
    await one.ensure()
    (made,) = world.endpoints.there.values()
    assert made.url == one.address
    assert one.address.startswith(URL + PATH)
    assert len(one.address) > len(URL + PATH) + 40
    assert await world.kept() == {"id": made.id, "secret": f"secret of {made.id}"}
    await one.ensure()
    await (await world.process()).ensure()
    assert world.endpoints.asked.count("register") == 1
    assert list(world.endpoints.there) == [made.id]


async def test_one_whose_maker_was_killed_before_he_wrote_the_secret_is_replaced_and_not_doubled(
    world: World,
) -> None:
    world.endpoints.put((await world.process()).address)
    await (await world.process()).ensure()
    (made,) = world.endpoints.there.values()
    assert await world.kept() == {"id": made.id, "secret": f"secret of {made.id}"}


async def test_a_registration_that_got_no_answer_is_found_by_its_address(world: World) -> None:
    world.endpoints.silent = [Unavailable("silence")]
    one = await world.process()
    with pytest.raises(Unavailable):
        await one.ensure()
    await one.ensure()
    assert world.urls == [one.address]


class Jumbled(Endpoints):
    """Each of its answers, and each of the notes', comes a little later than was to be expected."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._random = Random(seed)
        self.kept: dict[str, str] = {}

    async def _wait(self) -> None:
        for _ in range(self._random.randint(0, 12)):
            await asyncio.sleep(0)

    async def registered(self) -> Sequence[Webhook]:
        await self._wait()
        found = await super().registered()
        await self._wait()
        return found

    async def register(self, url: str, description: str) -> Webhook:
        await self._wait()
        made = await super().register(url, description)
        await self._wait()
        return made

    async def remove(self, webhook_id: str) -> None:
        await self._wait()
        await super().remove(webhook_id)

    async def note(self, key: str) -> str | None:
        await self._wait()
        return self.kept.get(key)

    async def agree(self, key: str, text: str, instead_of: str | None = None) -> str:
        await self._wait()
        if self.kept.get(key) == instead_of:
            self.kept[key] = text
        return self.kept[key]


@pytest.mark.parametrize("begun", ["nothing", "one whose secret nobody knows", "twins"])
async def test_processes_that_register_at_the_same_moment_leave_one_whose_secret_is_kept(begun: str) -> None:
    for seed in range(100):
        jumbled = Jumbled(seed)
        world = World(jumbled)
        world.endpoints = jumbled
        several = [await world.process(others=2) for _ in range(3)]
        for _ in range(["nothing", "one whose secret nobody knows", "twins"].index(begun)):
            jumbled.put(several[0].address)
        for _ in range(2):  # as they do at their starts, and a minute later
            ends = await asyncio.gather(*(one.ensure() for one in several), return_exceptions=True)
            assert {type(end) for end in ends} <= {type(None), Unavailable}
        assert world.urls == [several[0].address], seed
        (left,) = jumbled.there
        assert await world.kept() == {"id": left, "secret": f"secret of {left}"}, seed
        jumbled.asked.clear()
        for one in (*several, await world.process()):
            await one.ensure()
        assert {*jumbled.asked} == {"registered"}, "nothing is left to be done"


async def test_twins_are_rid_of_the_one_whose_secret_nobody_knows(world: World) -> None:
    one = await world.process()
    older = world.endpoints.put(one.address)
    kept = world.endpoints.put(one.address)
    await world.store.agree(WEBHOOK, json.dumps({"id": kept.id, "secret": "known"}))
    await one.ensure()
    assert list(world.endpoints.there) == [kept.id]
    assert older.id != kept.id
    assert "register" not in world.endpoints.asked


async def test_one_is_replaced_before_it_is_removed(world: World) -> None:
    one = await world.process()
    world.endpoints.put(one.address)
    world.endpoints.put(one.address)
    await one.ensure()
    done = [verb for verb in world.endpoints.asked if verb != "registered"]
    assert done == ["register", "remove", "remove"], "so that Scenario always has where to push to"


async def test_one_that_is_gone_by_the_time_it_is_mended_is_made_anew(world: World) -> None:
    one = await world.process()
    await one.ensure()
    (made,) = world.endpoints.there.values()
    world.endpoints.there[made.id] = replace(made, enabled=False)
    world.endpoints.asked.clear()
    world.endpoints.refuses["mend"] = NotFound("no such endpoint")
    async with running(one):
        await until(lambda: world.clock.waited_for, "the look's end")
        done = [verb for verb in world.endpoints.asked if verb != "registered"]
        assert done == ["mend", "register", "remove"]
        assert world.urls == [one.address]
        (now,) = world.endpoints.there
        assert await world.kept() == {"id": now, "secret": f"secret of {now}"}
        world.endpoints.there.clear()
        await world.clock.advance(LOOK_AGAIN)
        await until(lambda: world.urls == [one.address], "the next look to make it again")


async def test_one_that_is_off_or_deaf_is_mended(world: World) -> None:
    one = await world.process()
    await one.ensure()
    (made,) = world.endpoints.there.values()
    for spoiled in (replace(made, enabled=False), replace(made, events=frozenset({"generation.failed"}))):
        world.endpoints.there[made.id] = spoiled
        await one.ensure()
        assert world.endpoints.there[made.id].tells_ends
    assert world.endpoints.asked.count("register") == 1


async def test_what_leads_to_us_by_an_earlier_databases_address_goes_and_others_stay(world: World) -> None:
    world.endpoints.put(f"{URL}{PATH}{'o' * 43}")
    foreign = world.endpoints.put("https://other.example.com/hooks")
    one = await world.process()
    await one.ensure()
    assert sorted(world.urls) == sorted([foreign.url, one.address])


async def test_it_is_removed_at_the_end_unless_another_process_goes_on(world: World) -> None:
    one, other = await world.process(), await world.process(others=1)
    await one.ensure()
    await other.ensure()
    await other.leave()
    assert world.urls == [one.address]
    await one.leave()
    assert world.urls == []


async def test_an_end_without_scenario_is_an_end_all_the_same(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    one = await world.process()
    await one.leave()
    assert world.endpoints.asked == [], "nothing was ever registered"
    await one.ensure()
    world.endpoints.fails = [Unavailable("502")]
    await one.leave()
    assert "could not be removed" in caplog.text
    assert one.address not in caplog.text


@asynccontextmanager
async def running(one: Registration) -> AsyncGenerator[None]:
    task = asyncio.create_task(one.run())
    await breathe(200)
    try:
        yield
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("error", [NotFound("no such route"), Forbidden("not in this plan")])
async def test_an_account_without_webhooks_is_told_of_once_and_asked_again_every_hour(
    world: World, error: ScenarioError, caplog: pytest.LogCaptureFixture
) -> None:
    world.endpoints.fails = [error, error]
    one = await world.process()
    async with running(one):
        await until(lambda: caplog.records, "it to be told of")
        world.broken.set()
        await world.clock.advance(REFUSED_AGAIN - 1)
        assert world.endpoints.asked == ["registered"]
        await world.clock.advance(1)
        await settle(world, 2)
        assert world.urls == []
        await world.clock.advance(REFUSED_AGAIN)
        await settle(world, 5)
        assert world.urls == [one.address], "the plan has changed"
        assert [one.getMessage() for one in caplog.records].count(
            f"this Scenario account has no webhooks, so jobs are polled: {error}"
        ) == 1


async def settle(world: World, calls: int) -> None:
    """Let the look that is under way come to its end: the store's threads take their time."""
    await until(lambda: len(world.endpoints.asked) >= calls and world.clock.waited_for, "the look's end")
    await breathe()


async def test_it_is_looked_for_every_ten_minutes_and_soon_after_pushes_stopped(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    one = await world.process()
    async with running(one):
        await settle(world, 3)
        world.endpoints.there.clear()
        await world.clock.advance(LOOK_AGAIN)
        await settle(world, 6)
        assert world.urls == [one.address], "a minute after the start too"
        world.endpoints.there.clear()
        await world.clock.advance(LOOK_EVERY - 1)
        assert world.urls == []
        await world.clock.advance(1)
        await settle(world, 9)
        assert world.urls == [one.address]
        world.endpoints.there.clear()
        world.broken.set()
        await world.clock.advance(LOOK_AGAIN - 1)
        assert world.urls == [], "but not more often than once a minute"
        await world.clock.advance(1)
        await settle(world, 12)
        assert world.urls == [one.address]
    said = [record.getMessage() for record in caplog.records if record.name == "bot.pushes.registration"]
    assert said == [f"Scenario pushes what becomes of jobs to {URL}{PATH}…"], "and is said once"


@pytest.mark.parametrize("error", [Unavailable("502"), RuntimeError("the disk is full")])
async def test_a_look_that_failed_is_repeated_after_a_minute(world: World, error: BaseException) -> None:
    world.endpoints.fails = [error]
    one = await world.process()
    async with running(one):
        await settle(world, 1)
        assert world.urls == []
        await world.clock.advance(LOOK_AGAIN)
        await settle(world, 4)
        assert world.urls == [one.address]
