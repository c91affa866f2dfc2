"""Many jobs watched by pages: each end is noticed once, whatever the listing does."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.generation.holding import Alone
from bot.generation.model import Fate
from bot.generation.pacing import edit_spacing
from bot.generation.watching.relay import Relay
from bot.generation.watching.sweep import (
    CANCELED_EVERY,
    DEEP_EVERY,
    FEW,
    OFF,
    OVERLAP,
    WAITING,
    Sweep,
)
from bot.generation.watching.watched import AT_ONCE, UNSEEN
from bot.scenario.api.errors import BadInput, NotFound, ScenarioError, Unavailable
from bot.scenario.api.records import Job, JobState, Status
from bot.service.service import Actor
from tests.support.bench import Bench, a_bench
from tests.support.builders import OWNER, a_job, running
from tests.support.watching import ticked

MANY = [str(1001 + number) for number in range(FEW + 1)]
ME = Actor(id=OWNER, moderator=False)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with a_bench() as one:
        for id_ in MANY:
            await one.put(running(id_))
            one.studio.put(a_job(f"job_{id_}"))
        yield one


async def look(bench: Bench, seconds: float = 1.0) -> list[str]:
    """A tick of the sweep, and a step of everything; the verbs that Scenario was asked meanwhile."""
    bench.clock.jump(seconds)
    bench.studio.calls.clear()
    await ticked(bench)
    for id_ in MANY:
        await bench.step(id_)
    return bench.studio.calls


async def left_to_the_pages(bench: Bench) -> None:
    """Each was read once, and the pages go on from there."""
    await look(bench)
    await look(bench)
    assert "job" not in await look(bench)


async def fates(bench: Bench) -> set[Fate]:
    return {(await bench.get(id_)).fate for id_ in MANY}


async def test_many_are_read_by_pages_and_each_is_read_by_itself_but_once(bench: Bench) -> None:
    assert (await look(bench)).count("job") == len(MANY)
    await left_to_the_pages(bench)
    assert (await look(bench)).count("listed") <= 4


async def test_few_are_read_singly(bench: Bench) -> None:
    for id_ in MANY[:-FEW]:
        bench.studio.finish(f"job_{id_}")
    await look(bench)
    await look(bench)
    calls = await look(bench)
    assert (calls.count("job"), "listed" in calls) == (FEW, False)


async def test_every_end_is_noticed_by_the_page_that_tells_it(bench: Bench) -> None:
    await left_to_the_pages(bench)
    bench.studio.finish("job_1001")
    bench.studio.change("job_1002", status="failure", state=JobState.FAILED, error="no")
    assert "job" not in await look(bench)
    ends = [(await bench.get(id_)).fate for id_ in MANY[:3]]
    assert ends == [Fate.SUCCEEDED, Fate.FAILED, Fate.RUNNING]
    assert bench.studio.expected[-1] == ["asset_job_1001"], "and its assets are read together with others'"


async def test_an_end_does_not_wait_for_the_many_pages_of_what_goes_on(bench: Bench) -> None:
    await left_to_the_pages(bench)
    sweep, told, turned = bench.fates.watching.sweep, bench.studio.listed, asyncio.Event()

    async def listed(status: Status, *wanted: Any, **since: Any) -> AsyncIterator[Job]:
        if status is Status.IN_PROGRESS:
            await turned.wait()
        async for job in told(status, *wanted, **since):
            yield job

    bench.studio.listed = listed
    bench.clock.jump(edit_spacing(len(MANY)))
    await sweep.tick()
    for id_ in MANY[:2]:
        bench.studio.finish(f"job_{id_}")
        bench.clock.jump(1.0)
        await sweep.tick()
        await bench.step(id_)
        assert (await bench.get(id_)).fate is Fate.SUCCEEDED
    assert sweep.reading is not None
    assert not sweep.reading.done(), "and they are turned once at a time"
    turned.set()
    assert await sweep.reading


async def test_what_was_canceled_outside_of_discord_is_noticed_a_few_looks_later(bench: Bench) -> None:
    await left_to_the_pages(bench)
    bench.studio.change("job_1003", status="canceled", state=JobState.CANCELED)
    for _ in range(CANCELED_EVERY):
        if (await bench.get("1003")).fate is Fate.RUNNING:
            assert "job" not in await look(bench)
    assert (await bench.get("1003")).fate is Fate.CANCELED


async def test_a_listing_that_is_late_is_looked_at_again_further_back(bench: Bench) -> None:
    await left_to_the_pages(bench)
    ended = bench.clock.now()
    for _ in range(4):  # later than a usual look reaches back
        await look(bench)
    bench.studio.finish("job_1001")
    bench.studio.changed["job_1001"] = ended
    for _ in range(DEEP_EVERY):
        if (await bench.get("1001")).fate is Fate.RUNNING:
            assert "job" not in await look(bench)
    assert (await bench.get("1001")).fate is Fate.SUCCEEDED


async def test_who_ends_as_the_last_of_many_is_noticed_too(bench: Bench) -> None:
    await left_to_the_pages(bench)
    for id_ in MANY:
        bench.studio.finish(f"job_{id_}")
        await look(bench)
    assert await fates(bench) == {Fate.SUCCEEDED}


async def test_an_end_whose_row_names_no_results_is_read_by_itself(bench: Bench) -> None:
    await left_to_the_pages(bench)
    bench.studio.finish("job_1001")
    whole = bench.studio.world["job_1001"]

    async def listed(status: Status, *_: object, **__: object) -> AsyncIterator[Job]:
        if status is Status.SUCCESS:
            yield replace(whole, asset_ids=())

    bench.studio.listed = listed
    assert (await look(bench)).count("job") == 1
    assert (await bench.get("1001")).fate is Fate.SUCCEEDED


async def test_what_others_of_the_account_make_is_nobodys_business(bench: Bench) -> None:
    await left_to_the_pages(bench)
    for number in range(300):
        bench.studio.put(a_job(f"other_{number}", status="success", state=JobState.SUCCEEDED))
    assert "job" not in await look(bench)
    assert await fates(bench) == {Fate.RUNNING}


async def test_what_the_listing_tells_late_is_told_within_the_overlap(bench: Bench) -> None:
    await left_to_the_pages(bench)
    bench.studio.finish("job_1001")
    told, bench.studio.listed = bench.studio.listed, _empty
    await look(bench)
    bench.studio.listed = told
    await look(bench, OVERLAP.total_seconds() - 2)
    assert (await bench.get("1001")).fate is Fate.SUCCEEDED


async def test_whoever_no_page_mentions_for_a_minute_is_read_singly(bench: Bench) -> None:
    await left_to_the_pages(bench)
    bench.studio.finish("job_1001")
    bench.studio.listed = _empty
    calls = await look(bench, UNSEEN.total_seconds())
    assert calls.count("job") == len(MANY)
    assert (await bench.get("1001")).fate is Fate.SUCCEEDED


@pytest.mark.parametrize("status", WAITING)
async def test_many_that_wait_are_looked_for_in_pages_and_so_read_by_nobody(
    bench: Bench, status: Status
) -> None:
    for id_ in MANY:
        bench.studio.change(f"job_{id_}", status=status)
    await left_to_the_pages(bench)
    asked = [call for _ in range(150) for call in await look(bench)]
    assert "job" not in asked
    bench.studio.change("job_1001", status="in-progress", progress=0.5)
    for _ in range(3):
        assert "job" not in await look(bench)
    progress = bench.process.board.get("1001")
    assert progress is not None
    assert (progress.phase, progress.fraction) == ("in-progress", 0.5)
    bench.studio.finish("job_1002")
    await look(bench)
    assert (await bench.get("1002")).fate is Fate.SUCCEEDED


async def test_few_that_wait_are_worth_no_page(bench: Bench) -> None:
    bench.studio.change("job_1001", status="queued")
    await left_to_the_pages(bench)
    asked = [call for _ in range(61) for call in await look(bench)]
    assert asked.count("job") == 1


async def test_of_very_many_that_no_page_mentions_only_some_are_read_in_one_tick(bench: Bench) -> None:
    woken: list[tuple[str, float]] = []

    def wake(generation_id: str, *, after: float = 0.0) -> None:
        woken.append((generation_id, after))

    relay = Relay(Alone(), bench.clock, tuple)
    sweep = Sweep(bench.studio, bench.clock, wake=wake, moved=lambda a, b, c: None, relay=relay)
    crowd = [running(str(2001 + number)) for number in range(2 * AT_ONCE)]
    bench.studio.listed = _empty
    await sweep.tick()
    for one in crowd:
        sweep.watch(one, a_job(f"job_{one.id}"))
    await sweep.tick()
    assert all(sweep.tells(f"job_{one.id}") for one in crowd)
    bench.clock.jump(UNSEEN.total_seconds())
    await sweep.tick()
    assert [after for _, after in woken] == [place / AT_ONCE for place in range(AT_ONCE)]
    turns = {id_ for id_, _ in woken}
    assert {one.id for one in crowd if not sweep.tells(f"job_{one.id}")} == turns
    bench.clock.jump(1.0)
    await sweep.tick()
    assert {id_ for id_, _ in woken} == {one.id for one in crowd}
    assert len(woken) == len(crowd), "nobody twice"
    for one in crowd:
        sweep.watch(one, a_job(f"job_{one.id}"))
        assert sweep.tells(f"job_{one.id}"), "it was read, and has another minute"
    assert sweep.reading is not None
    await sweep.reading


async def test_progress_comes_by_pages_no_oftener_than_cards_may_be_edited(bench: Bench) -> None:
    await left_to_the_pages(bench)
    bench.studio.change("job_1001", status="in-progress", progress=0.25)
    asked = [call for _ in range(6) for call in await look(bench)]
    assert asked.count("listed") == 6 * 2 + 1 + 2, "what ended, what was canceled, how far the others are"
    progress = bench.process.board.get("1001")
    assert progress is not None
    assert progress.fraction == 0.25


@pytest.mark.parametrize("error", [NotFound("no such route"), BadInput("updatedAfter is unknown")])
async def test_an_api_that_does_not_list_so_is_read_singly_and_asked_again_later(
    bench: Bench, error: ScenarioError
) -> None:
    await left_to_the_pages(bench)
    bench.studio.fail("listed", error)
    assert (await look(bench)).count("job") == len(MANY)
    assert "listed" not in await look(bench)
    assert "listed" in await look(bench, OFF.total_seconds())


async def test_an_api_that_does_not_mind_the_status_is_read_singly(bench: Bench) -> None:
    await left_to_the_pages(bench)

    async def everything(status: Status, *_: object, **__: object) -> AsyncIterator[Job]:
        del status
        for job in bench.studio.world.values():
            yield job

    bench.studio.listed = everything
    assert (await look(bench)).count("job") == len(MANY)


async def test_a_mistake_of_ours_ends_the_pages_for_a_while_and_not_the_watching(bench: Bench) -> None:
    await left_to_the_pages(bench)
    bench.studio.fail("listed", KeyError("ours"))
    assert (await look(bench)).count("job") == len(MANY)
    assert "listed" not in await look(bench)
    assert "listed" in await look(bench, OFF.total_seconds())


async def test_a_listing_that_fails_once_harms_nobody_and_twice_is_not_waited_for(bench: Bench) -> None:
    await left_to_the_pages(bench)
    bench.studio.finish("job_1001")
    bench.studio.fail("listed", Unavailable("502"))
    assert "job" not in await look(bench)
    assert "job" not in await look(bench)
    assert (await bench.get("1001")).fate is Fate.SUCCEEDED
    for id_ in MANY[1:3]:  # seven are left: two more, so that many are
        await bench.put(running(f"9{id_}"))
        bench.studio.put(a_job(f"job_9{id_}"))
        await bench.step(f"9{id_}")
    await look(bench)
    bench.studio.fail("listed", Unavailable("502"), Unavailable("502"))
    await look(bench)
    assert (await look(bench)).count("job") == len(MANY) - 1


async def test_a_clock_that_is_set_back_lets_no_end_be_missed(bench: Bench) -> None:
    await left_to_the_pages(bench)
    bench.clock.correct(-3600)
    assert (await look(bench)).count("job") == len(MANY), "what was known is of an hour from now"
    await left_to_the_pages(bench)
    bench.studio.finish("job_1001")
    assert "job" not in await look(bench)
    assert (await bench.get("1001")).fate is Fate.SUCCEEDED


async def test_a_cancel_is_seen_at_once(bench: Bench) -> None:
    await left_to_the_pages(bench)
    await bench.service.acting.cancel("1001", ME)
    await bench.step("1001")
    assert (await bench.get("1001")).fate is Fate.CANCELED


async def test_a_word_that_nobody_knows_is_read_singly(bench: Bench) -> None:
    await bench.put(running("999"))
    bench.studio.put(a_job("job_999"))
    await bench.step("999")
    bench.studio.change("job_1001", status="aborted")
    await look(bench)
    await look(bench)
    assert (await look(bench, timedelta(seconds=3).total_seconds())).count("job") == 1


async def _empty(status: Status, *_: object, **__: object) -> AsyncIterator[Job]:
    del status
    for job in ():
        yield job


async def test_of_what_is_over_no_page_tells_any_more(bench: Bench) -> None:
    await left_to_the_pages(bench)
    sweep = bench.fates.watching.sweep
    assert sweep.tells("job_1001")
    bench.studio.finish("job_1001")
    await look(bench)
    assert not sweep.tells("job_1001")
