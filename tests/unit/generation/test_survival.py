"""Death at every point: never more than one paid job for a generation, and every one of them ends."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.cards.ports import Unshowable
from bot.generation.card import CardState
from bot.generation.model import Fate
from bot.generation.ports import Delayed, Store
from bot.scenario.api.errors import BadInput, Busy, NotFound, Unavailable, Unreachable
from bot.scenario.api.records import JobState
from tests.support.stores import a_store
from tests.support.studio import BOUGHT, SILENT_BOUGHT, SILENT_LOST, Answer, refusal
from tests.support.survival import World, over

BUSY = refusal(Busy("full", limit=1, retry_after=timedelta(seconds=2)))
ANSWERS = {
    "bought": BOUGHT,
    "silent, bought": SILENT_BOUGHT,
    "silent, lost": SILENT_LOST,
    "busy": BUSY,
    "unreachable": refusal(Unreachable("no route")),
    "rejected": refusal(BadInput("no")),
}
MOST_CROSSINGS = 200


async def one_life(store: Store, answer: Answer, end: JobState, dies_after: int | None) -> World:
    """Ask, submit, watch, settle; the process dies at one crossing, and another one goes on."""
    world = World(store, first=1000 + (dies_after or 0))
    # each world counts its jobs from 1, and the store knows those of all of them
    world.studio.prefix = f"job_{dies_after}_"
    world.studio.answers.append(answer)
    world.life.left = dies_after
    await world.ask()
    for _ in range(8):
        if not await world.tick():
            break
        for job in list(world.studio.world.values()):
            if job.state is JobState.ACTIVE:
                assets = ("asset_a",) if end is JobState.SUCCEEDED else ()
                world.studio.change(job.id, state=end, asset_ids=assets)
    await world.to_the_end()
    await world.check_end()
    return world


async def every_death(store: Store, answer: Answer, end: JobState, *, step: int = 1) -> AsyncGenerator[World]:
    """The lives with a death at one crossing each, up to the first that ends before its death: whoever is to
    die later still lives the same one."""
    for crossing in range(0, MOST_CROSSINGS, step):
        world = await one_life(store, answer, end, crossing)
        yield world
        if world.deaths == 0:
            return
    raise AssertionError("a life has more crossings than are tried")


@pytest.mark.parametrize("name", ["bought", "silent, bought", "silent, lost"])
async def test_wherever_the_process_dies_one_job_is_bought_and_one_card_closed(name: str) -> None:
    async with a_store() as store:
        async for world in every_death(store, ANSWERS[name], JobState.SUCCEEDED):
            (generation_id,) = world.asked
            edits = world.delivery.of(generation_id)
            if generation_id in world.delivery.originals:  # the member was answered, so there is a result
                assert len(world.studio.world) == 1
                assert edits[-1].generation.fate is Fate.SUCCEEDED
                assert edits[-1].files
            else:
                assert world.studio.posts == []
                assert edits == []


@pytest.mark.parametrize("end", [JobState.FAILED, JobState.CANCELED])
async def test_a_death_on_the_way_to_a_bad_end_changes_nothing_of_it(end: JobState) -> None:
    async with a_store() as store:
        async for world in every_death(store, BOUGHT, end, step=2):
            assert len(world.studio.world) <= 1


async def test_a_life_has_crossings_to_die_at() -> None:
    async with a_store() as store:
        world = await one_life(store, BOUGHT, JobState.SUCCEEDED, None)
    assert world.life.crossed > 10
    assert world.deaths == 0


class Lives(RuleBasedStateMachine):
    """Members, Scenario and Discord at their worst, and a process that dies whenever it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.opening = a_store()
        self.world = World(self.runner.run(self.opening.__aenter__()))

    def teardown(self) -> None:
        try:
            self.runner.run(self.world.to_the_end())
            self.runner.run(self.world.check_end())
        finally:
            self.runner.run(self.opening.__aexit__(None, None, None))
            self.runner.close()

    @invariant()
    def nothing_is_bought_twice(self) -> None:
        self.world.check_money()

    @precondition(lambda self: len(self.world.asked) < 4)
    @rule(acknowledged=st.sampled_from([True, True, True, None, False]))
    def ask(self, acknowledged: bool | None) -> None:
        self.runner.run(self.world.ask(acknowledged=acknowledged))

    @rule(seconds=st.sampled_from([0.0, 1.0, 3.0, 10.0]))
    def tick(self, seconds: float) -> None:
        self.runner.run(self.world.tick(seconds))

    @rule(seconds=st.sampled_from([1.0, 3.0, 10.0]))
    def two_ticks(self, seconds: float) -> None:
        for _ in range(2):
            self.runner.run(self.world.tick(seconds))

    @rule(crossings=st.integers(0, 40))
    def be_mortal(self, crossings: int) -> None:
        self.world.life.left = crossings

    @rule(names=st.lists(st.sampled_from(sorted(ANSWERS)), min_size=1, max_size=3))
    def script(self, names: list[str]) -> None:
        self.world.studio.answers.extend(ANSWERS[name] for name in names)

    @rule(verb=st.sampled_from(["job", "jobs", "model", "assets", "fetch"]))
    def reads_fail(self, verb: str) -> None:
        self.world.studio.fail(verb, Unavailable("502"))

    @rule(gone=st.booleans())
    def listing_is_gone_or_back(self, gone: bool) -> None:
        if gone:
            self.world.studio.forever["jobs"] = NotFound("no such route")
        else:
            self.world.studio.forever.pop("jobs", None)

    @rule(late=st.sampled_from([0.0, 4.0]), echo=st.booleans())
    def the_listing_is_late_or_mute(self, late: float, echo: bool) -> None:
        self.world.studio.listed_after = timedelta(seconds=late)
        self.world.studio.echo = echo

    @rule(gone=st.booleans())
    def discord_fails(self, gone: bool) -> None:
        self.world.delivery.trouble.append(Unshowable("gone") if gone else Delayed("503"))

    @rule(state=st.sampled_from(sorted(JobState)))
    def a_job_ends(self, state: JobState) -> None:
        active = [job for job in self.world.studio.world.values() if job.state is JobState.ACTIVE]
        if active and state is not JobState.ACTIVE:
            assets = ("asset_a",) if state is JobState.SUCCEEDED else ()
            self.world.studio.change(active[0].id, state=state, asset_ids=assets)

    @rule(which=st.integers(0, 3), delete=st.booleans())
    def press(self, which: int, delete: bool) -> None:
        rows = self.runner.run(self.world.rows())
        live = [row for row in rows if row.card_state is CardState.LIVE and not over(row)]
        if which < len(live):
            act = self.world.delete if delete else self.world.cancel
            self.runner.run(act(live[which]))


TestLives = Lives.TestCase
TestLives.settings = settings(
    max_examples=50,
    stateful_step_count=20,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
