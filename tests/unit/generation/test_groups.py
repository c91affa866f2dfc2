"""A request that became several jobs: one price, one yes, one card, one Cancel, and death at every point."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.generation import failures
from bot.generation.card import CardState
from bot.generation.group import Group, gather, jobs_of
from bot.generation.model import Fate, key_of
from bot.generation.ports import Guard, Store
from bot.refusals import AlreadyRecorded, Limit, LimitReached, TooLate
from bot.request.ask import Ask
from bot.scenario.api.errors import BadInput
from bot.scenario.api.records import JobState
from bot.service.service import Actor, Policy, price_name
from bot.ui.speech import refusals, words
from tests.support.bench import Bench, a_bench
from tests.support.builders import OWNER, STRANGER, a_caller, a_generation
from tests.support.groups import IDS, ask, shown, steps, warm
from tests.support.stores import a_store
from tests.support.studio import BOUGHT, SILENT_BOUGHT, SILENT_LOST, Answer, refusal
from tests.support.survival import World, over

ME = Actor(id=OWNER, moderator=False)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with a_bench() as one:
        yield one


async def fates(bench: Bench) -> list[Fate]:
    return [job.fate for job in jobs_of(await shown(bench))]


# -- one request ----------------------------------------------------------------------------------------


async def test_what_the_model_cannot_make_at_once_is_bought_as_several_jobs(bench: Bench) -> None:
    await warm(bench)
    await ask(bench)
    await steps(bench, times=2)
    assert await fates(bench) == [Fate.RUNNING] * 4
    assert [job.id for job in jobs_of(await shown(bench))] == IDS
    seeds = [post["seed"] for post in bench.studio.posts]
    assert len(set(map(str, seeds))) == 4
    assert {job.card.id for job in jobs_of(await shown(bench))} == {"1001"}


async def test_what_is_known_of_the_model_too_late_divides_the_request_then(bench: Bench) -> None:
    await ask(bench)
    assert not isinstance(await shown(bench), Group)
    await bench.process.catalogue.refresh()
    await bench.step()
    await steps(bench, times=2)
    assert await fates(bench) == [Fate.RUNNING] * 4
    assert len(bench.studio.posts) == 4


async def test_whoever_names_a_seed_gets_that_and_those_that_follow(bench: Bench) -> None:
    await warm(bench)
    await ask(bench, Ask(prompt="a cat", count=3, seed=7))
    await steps(bench, IDS[:3], times=2)
    assert {str(post["seed"]) for post in bench.studio.posts} == {"7", "8", "9"}


async def test_a_replayed_interaction_asks_for_nothing_more(bench: Bench) -> None:
    await warm(bench)
    await ask(bench)
    with pytest.raises(AlreadyRecorded):
        await ask(bench)
    assert len(jobs_of(await shown(bench))) == 4


async def test_again_asks_for_as_many(bench: Bench) -> None:
    await warm(bench)
    await ask(bench)
    caller = a_caller("2002", owner_id=STRANGER)
    await bench.service.asking.again(caller, "1001", bench.acknowledge, private=False)
    again = jobs_of(await shown(bench, "2002"))
    assert [job.id for job in again] == [key_of("2002", number) for number in (1, 2, 3, 4)]
    assert {job.parent_id for job in again} == {"1001"}


# -- one price, one yes ---------------------------------------------------------------------------------


async def priced(bench: Bench, cost: float, **options: object) -> None:
    bench.studio.cost = cost
    await warm(bench, **options)
    await ask(bench)
    await steps(bench)


async def test_the_price_is_asked_for_once_and_is_that_of_all(bench: Bench) -> None:
    await priced(bench, 10.0, confirm_above=1000.0)
    assert bench.studio.calls.count("price") == 1
    assert (await shown(bench)).price == 40.0


async def test_the_sum_needs_a_yes_though_no_part_of_it_does(bench: Bench) -> None:
    await priced(bench, 10.0, confirm_above=25.0)
    await steps(bench, times=2)
    assert bench.studio.posts == []
    asked = await shown(bench)
    assert (asked.fate, asked.price) == (Fate.REQUESTED, 40.0)
    await bench.service.acting.confirm("1001", ME)
    await steps(bench, times=2)
    assert len(bench.studio.posts) == 4


async def test_a_no_in_time_ends_all_of_it(bench: Bench) -> None:
    await priced(bench, 10.0, confirm_above=25.0)
    bench.clock.jump(timedelta(hours=2).total_seconds())
    await bench.step(IDS[2])  # whoever looks first ends them all
    assert await fates(bench) == [Fate.FAILED] * 4
    assert {type(job.failure) for job in jobs_of(await shown(bench))} == {failures.NotConfirmed}


async def test_a_price_that_rose_half_way_is_asked_for_again_of_what_is_left(bench: Bench) -> None:
    await priced(bench, 10.0, confirm_above=25.0, capacity=1)
    await bench.service.acting.confirm("1001", ME)
    await steps(bench, times=2)
    assert len(bench.studio.posts) == 1
    bench.studio.finish(next(iter(bench.studio.world)))
    bench.studio.cost = 20.0
    bench.clock.jump(60)
    await steps(bench, times=3)
    rest = await shown(bench)
    assert (rest.fate, rest.price, rest.agreed, rest.risen) == (Fate.REQUESTED, 60.0, 30.0, True)
    assert len(bench.studio.posts) == 1
    await bench.service.acting.confirm("1001", ME, price_name(rest))
    for _ in range(8):
        await steps(bench)
        for job_id, job in list(bench.studio.world.items()):
            if job.state is JobState.ACTIVE:
                bench.studio.finish(job_id)
    assert await fates(bench) == [Fate.SUCCEEDED] * 4


async def test_what_does_not_fit_whole_is_not_bought_in_part(bench: Bench) -> None:
    await priced(bench, 10.0, guard=Guard(member_cu_per_day=35.0))
    await steps(bench, times=2)
    assert bench.studio.posts == []
    over_budget = [job.failure for job in jobs_of(await shown(bench))]
    assert [type(failure) for failure in over_budget] == [failures.OverBudget] * 4
    assert "This would cost 40 CU" in words.failure(await shown(bench))


async def test_what_fits_exactly_is_bought_whole(bench: Bench) -> None:
    await priced(bench, 10.0, guard=Guard(member_cu_per_day=40.0))
    await steps(bench, times=2)
    assert await fates(bench) == [Fate.RUNNING] * 4


@pytest.mark.parametrize(("limit", "under_way", "refused"), [(4, 0, False), (4, 1, True), (3, 0, True)])
async def test_each_job_counts_for_its_members_limit(
    bench: Bench, limit: int, under_way: int, *, refused: bool
) -> None:
    await warm(bench, policy=Policy(guard=Guard(member_in_flight=limit)))
    for number in range(under_way):
        await bench.put(a_generation(str(number)))
    if not refused:
        assert await ask(bench) is not None
        return
    with pytest.raises(LimitReached) as raised:
        await ask(bench)
    assert (raised.value.limit, raised.value.used) == (Limit.MEMBER_IN_FLIGHT, under_way)
    told = f"takes 4 jobs, and you have {under_way} of {limit}" if limit >= 4 else f"the limit is {limit}"
    assert told in refusals.refusal(raised.value)
    assert await bench.store.shown("1001") is None


async def test_what_is_divided_too_late_for_the_limit_is_not_bought_in_part(bench: Bench) -> None:
    guard = Guard(member_in_flight=2)
    bench.reborn(policy=Policy(guard=guard), guard=guard)
    await ask(bench)
    await bench.process.catalogue.refresh()
    await bench.step()
    alone = await shown(bench)
    assert (alone.fate, bench.studio.posts) == (Fate.FAILED, [])
    assert alone.failure == failures.NoRoom(jobs=4, used=0, allowed=2)
    assert "takes 4 jobs at once; the limit is 2" in words.failure(alone)


# -- one card -------------------------------------------------------------------------------------------


async def under_way(bench: Bench) -> list[str]:
    await warm(bench)
    await ask(bench)
    await steps(bench, times=2)
    await bench.cards.step("1001")
    return list(bench.studio.world)


async def look(bench: Bench) -> None:
    bench.clock.jump(2)
    await steps(bench)
    await bench.cards.step("1001")


async def test_the_card_fills_as_they_arrive_and_is_not_sent_anew_in_between(bench: Bench) -> None:
    jobs = await under_way(bench)
    for job_id in jobs:
        bench.studio.change(jobs[-1], status="warming-up")
        bench.studio.finish(job_id)
        await look(bench)
        await look(bench)  # nothing new: the pictures are not sent again
    assert [len(edit.files) for edit in bench.delivery.edits] == [0, 1, 2, 3, 4]
    assert {edit.id for edit in bench.delivery.edits} == {"1001"}
    assert (await shown(bench)).card.state is CardState.SETTLED


async def test_what_fails_among_them_takes_nothing_from_the_others(bench: Bench) -> None:
    jobs = await under_way(bench)
    bench.studio.change(jobs[1], state=JobState.FAILED, error="the provider was busy")
    for job_id in (jobs[0], jobs[2], jobs[3]):
        bench.studio.finish(job_id)
    await look(bench)
    end = await shown(bench)
    assert (end.fate, end.card.state) == (Fate.SUCCEEDED, CardState.SETTLED)
    assert len(bench.delivery.edits[-1].files) == 3


async def test_a_cancel_in_between_keeps_what_is_there(bench: Bench) -> None:
    jobs = await under_way(bench)
    bench.studio.finish(jobs[0])
    await look(bench)
    await bench.service.acting.cancel("1001", ME)
    await look(bench)
    assert await fates(bench) == [Fate.SUCCEEDED, Fate.CANCELED, Fate.CANCELED, Fate.CANCELED]
    assert len(bench.delivery.edits[-1].files) == 1
    with pytest.raises(TooLate):
        await bench.service.acting.cancel("1001", ME)


async def test_a_cancel_before_the_purchase_is_free_for_all_of_them(bench: Bench) -> None:
    await warm(bench)
    await ask(bench)
    canceled = await bench.service.acting.cancel("1001", ME)
    await steps(bench, times=2)
    assert canceled.fate is Fate.CANCELED
    assert bench.studio.posts == []


async def test_one_that_scenario_refuses_costs_the_others_nothing(bench: Bench) -> None:
    bench.studio.answers.extend([BOUGHT, refusal(BadInput("no")), BOUGHT, BOUGHT])
    jobs = await under_way(bench)
    for job_id in jobs:
        bench.studio.finish(job_id)
    await look(bench)
    assert sorted(await fates(bench)) == sorted([Fate.FAILED, *[Fate.SUCCEEDED] * 3])


# -- sums -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("charges", "told"),
    [
        ([(4.0, None), (4.0, None)], (8.0, None)),
        ([(4.0, True), (4.0, True)], (8.0, True)),
        ([(4.0, True), (4.0, None)], (4.0, None)),
        ([(4.0, True), (4.0, False)], (4.0, False)),
        ([(4.0, None), (None, None)], (None, None)),
        ([(None, None), (None, None)], (None, None)),
    ],
)
def test_what_came_back_is_not_what_was_charged(
    charges: list[tuple[float | None, bool | None]], told: tuple[float | None, bool | None]
) -> None:
    jobs = [
        a_generation(fate=Fate.FAILED, cu=cu, refunded=refunded, job_id=f"job_{number}")
        for number, (cu, refunded) in enumerate(charges)
    ]
    whole = gather(jobs)
    assert (whole.cu, whole.refunded) == told


# -- death at every point -------------------------------------------------------------------------------

MOST_CROSSINGS = 400


async def one_life(store: Store, *, answer: Answer, cancels: bool, dies_after: int, step: int) -> World:
    """Four under one card; the process dies at one crossing, and another one goes on."""
    world = World(store, first=1000 + dies_after)
    world.studio.prefix = f"job_{dies_after}_"
    world.studio.answers.append(answer)
    world.life.left = dies_after
    await world.ask(count=4)
    for tick in range(12):
        if not await world.tick():
            break
        active = [job for job in world.studio.world.values() if job.state is JobState.ACTIVE]
        if active and tick % 2:
            failed = len(world.studio.world) - len(active) == 1
            if failed:
                world.studio.change(active[0].id, state=JobState.FAILED, error="no")
            else:
                world.studio.finish(active[0].id)
        if cancels and tick == step:
            rows = await world.rows()
            if rows and not over(rows[0]):
                await world.cancel(rows[0])
    await world.to_the_end()
    await world.check_end()
    return world


LIVES = {
    "bought": (BOUGHT, False),
    "canceled": (BOUGHT, True),
    "silent-bought": (SILENT_BOUGHT, False),
    "silent-lost": (SILENT_LOST, False),
}


@pytest.mark.parametrize("name", LIVES)
async def test_wherever_the_process_dies_there_is_no_fifth_job_and_no_second_card(name: str) -> None:
    """Each kind of life dies at every fourth crossing, and the four of them at every one."""
    answer, cancels = LIVES[name]
    async with a_store() as store:
        for crossing in range([*LIVES].index(name), MOST_CROSSINGS, len(LIVES)):
            world = await one_life(store, answer=answer, cancels=cancels, dies_after=crossing, step=5)
            assert len(world.studio.world) <= 4
            assert len({edit.id for edit in world.delivery.edits}) <= 1
            (card_id,) = world.asked
            if card_id in world.delivery.originals and not cancels:
                assert len(await world.rows()) == 4
                assert len(world.studio.world) == 4
            if world.deaths == 0:
                break
        else:
            raise AssertionError("a life has more crossings than are tried")
        assert crossing > 60
