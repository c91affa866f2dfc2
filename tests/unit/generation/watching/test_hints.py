"""What pushes name is read, together and once; whatever they say, nothing is believed."""

import asyncio
from collections.abc import AsyncIterator, Collection

import pytest

from bot.generation.model import Fate
from bot.generation.watching.announced import ENOUGH, GRACE, OFTEN, SELDOM
from bot.generation.watching.hints import AGAIN, EARLY, KNOWN, MOST_EARLY, WINDOW, Hinted
from bot.generation.watching.sweep import FEW_FAILURES
from bot.generation.watching.watched import UNSEEN
from bot.scenario.api.errors import BadInput, Unavailable
from bot.scenario.api.records import Job, JobState, Status
from tests.support.bench import Bench, a_bench
from tests.support.builders import a_job, running
from tests.support.clock import breathe, until

IDS = [str(1001 + number) for number in range(5)]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """A few jobs run, each was read once, and the loop goes on."""
    async with a_bench() as one:
        loop = asyncio.create_task(one.fates.run())
        for id_ in IDS:
            await put(one, id_)
        one.studio.calls.clear()
        yield one
        await one.fates.stop(1.0)
        await loop


async def put(bench: Bench, id_: str) -> None:
    """A job runs, and was read by itself just now."""
    await bench.put(running(id_))
    bench.studio.put(a_job(f"job_{id_}"))
    bench.fates.wake(id_)
    await settled(bench, 0.0)


async def hear(bench: Bench, *ids: str, passed: bool = False) -> list[str]:
    """A push names these jobs, and a window passes; what Scenario was asked meanwhile."""
    bench.studio.calls.clear()
    bench.fates.watching.hints.hear([f"job_{id_}" for id_ in ids], passed=passed)
    await settled(bench, WINDOW)
    return bench.studio.calls


async def settled(bench: Bench, seconds: float) -> None:
    """So much time passes, and whoever is due takes his step."""
    whole, rest = divmod(seconds, 0.5)
    for part in (*[0.5] * int(whole), rest):
        await bench.clock.advance(part)
        await until(lambda: not vars(bench.fates)["_stepping"], "the steps under way")
        await breathe()


async def fate(bench: Bench, id_: str) -> Fate:
    return (await bench.get(id_)).fate


async def test_one_is_read_by_itself_a_window_after_it_was_named(bench: Bench) -> None:
    bench.studio.finish("job_1001")
    assert await hear(bench, "1001") == ["job"]
    assert await fate(bench, "1001") is Fate.SUCCEEDED


async def test_several_of_one_window_are_read_by_one_page_and_so_are_their_assets(bench: Bench) -> None:
    hints = bench.fates.watching.hints
    for id_ in IDS[:3]:
        bench.studio.finish(f"job_{id_}")
        hints.hear([f"job_{id_}"])
        await bench.clock.advance(WINDOW / 4)
    await settled(bench, WINDOW)
    assert bench.studio.calls == ["listed"]
    assert [await fate(bench, id_) for id_ in IDS[:3]] == [Fate.SUCCEEDED] * 3
    assert sorted(bench.studio.expected[-1]) == [f"asset_job_{id_}" for id_ in IDS[:3]]


async def test_what_did_not_succeed_is_read_by_itself_while_it_is_rare(bench: Bench) -> None:
    bench.studio.finish("job_1001")
    bench.studio.change("job_1002", status="failure", state=JobState.FAILED, error="no")
    assert await hear(bench, "1001", "1002") == ["listed", "job"]
    assert await fate(bench, "1002") is Fate.FAILED
    for id_ in IDS[2:]:
        bench.studio.change(f"job_{id_}", status="failure", state=JobState.FAILED, error="no")
    assert len(IDS[2:]) > FEW_FAILURES
    assert await hear(bench, *IDS[2:]) == ["listed", "listed"]


@pytest.mark.parametrize("error", [Unavailable("502"), BadInput("updatedAfter is unknown"), KeyError("ours")])
async def test_where_the_page_cannot_be_read_each_is_read_by_itself(bench: Bench, error: Exception) -> None:
    for id_ in IDS[:2]:
        bench.studio.finish(f"job_{id_}")
    bench.studio.fail("listed", error)
    assert await hear(bench, *IDS[:2]) == ["listed", "job", "job"]
    assert [await fate(bench, id_) for id_ in IDS[:2]] == [Fate.SUCCEEDED] * 2


async def test_a_listing_that_was_refused_is_not_asked_for_a_while(bench: Bench) -> None:
    bench.studio.fail("listed", BadInput("updatedAfter is unknown"))
    await hear(bench, *IDS[:2])
    await settled(bench, AGAIN)
    assert await hear(bench, *IDS[2:4]) == ["job", "job"]


async def test_a_push_that_is_not_true_costs_a_read_and_changes_nothing(bench: Bench) -> None:
    assert await hear(bench, "1001") == ["job"]
    assert await fate(bench, "1001") is Fate.RUNNING
    bench.studio.finish("job_1001")
    await settled(bench, 2.0)
    assert await fate(bench, "1001") is Fate.SUCCEEDED, "it is read on as before"


async def test_a_push_that_is_repeated_costs_one_read_in_a_while(bench: Bench) -> None:
    assert await hear(bench, "1001") == ["job"]
    for _ in range(5):
        assert await hear(bench, "1001") == []
    bench.studio.finish("job_1001")
    await settled(bench, AGAIN)
    assert bench.studio.calls == ["job"]
    assert await fate(bench, "1001") is Fate.SUCCEEDED
    assert await hear(bench, "1001") == []


async def test_what_does_not_run_here_costs_nothing_and_is_offered_to_others(bench: Bench) -> None:
    hints = bench.fates.watching.hints
    offered: list[Collection[str]] = []
    counted: list[Hinted] = []

    def offer(job_ids: Collection[str]) -> Collection[str]:
        offered.append(job_ids)
        return ()

    hints.pass_on, hints.heard = offer, counted.append
    hints.hear(["job_strange", "generation.completed", "2026-11-30"])
    hints.hear(["job_other"], passed=True)
    await settled(bench, 1.0)
    assert bench.studio.calls == []
    assert offered == [["job_strange"]]
    assert counted == [Hinted.UNKNOWN] * 2


async def test_what_does_not_run_anywhere_yet_is_offered_again_until_it_is_passed_on_or_forgotten(
    bench: Bench,
) -> None:
    hints = bench.fates.watching.hints
    offered: list[Collection[str]] = []
    theirs: list[str] = []

    def offer(job_ids: Collection[str]) -> Collection[str]:
        offered.append([*job_ids])
        return [one for one in job_ids if one in theirs]

    hints.pass_on = offer
    hints.hear(["job_1", "job_2"])
    hints.hear(["job_3"], passed=True)
    theirs.append("job_1")
    hints.offer_again()
    hints.offer_again()
    assert [sorted(each) for each in offered] == [["job_1", "job_2"], ["job_1", "job_2"], ["job_2"]]
    await bench.clock.advance(EARLY)
    hints.offer_again()
    assert len(offered) == 3


async def test_each_that_a_push_names_is_counted(bench: Bench) -> None:
    counted: list[Hinted] = []
    bench.fates.watching.hints.heard = counted.append
    bench.studio.finish("job_1001")
    await settled(bench, 2.0)
    await hear(bench, "1001", "1002", "none")
    assert sorted(counted) == [Hinted.OVER, Hinted.RUNNING, Hinted.UNKNOWN]


async def test_a_push_that_comes_before_the_answer_to_the_purchase_is_remembered(bench: Bench) -> None:
    hints = bench.fates.watching.hints
    hints.hear(["job_2001", "job_2002"])
    await bench.clock.advance(EARLY - 1.0)
    await put(bench, "2001")
    bench.studio.calls.clear()
    bench.studio.finish("job_2001")
    await settled(bench, WINDOW)
    assert "job" in bench.studio.calls
    assert await fate(bench, "2001") is Fate.SUCCEEDED
    await settled(bench, 1.0)
    await put(bench, "2002")
    assert vars(hints)["_due"] == {}, "but not for ever"


async def test_no_stranger_fills_the_memory(bench: Bench) -> None:
    hints = bench.fates.watching.hints
    hints.hear([f"job_strange_{number}" for number in range(MOST_EARLY + 10)])
    assert len(vars(hints)["_early"]) == MOST_EARLY


async def test_nothing_stays_of_what_is_over(bench: Bench) -> None:
    for id_ in IDS:
        bench.studio.finish(f"job_{id_}")
    await hear(bench, *IDS)
    await settled(bench, AGAIN)
    hints = bench.fates.watching.hints
    for kept in ("_running", "_jobs", "_due", "_not_before", "_early"):
        assert vars(hints)[kept] == {}, kept


# -- how pages become rarer --------------------------------------------------------------------------


async def announced(bench: Bench, times: int) -> None:
    """So many jobs end, each named by a push."""
    for number in range(times):
        id_ = str(5001 + number)
        await put(bench, id_)
        bench.studio.finish(f"job_{id_}")
        await hear(bench, id_)
    assert bench.fates.watching.hints.announced.relied_on


async def looks(bench: Bench, seconds: int) -> list[str]:
    """What Scenario is asked in so many seconds."""
    bench.studio.calls.clear()
    await settled(bench, seconds)
    return bench.studio.calls


async def test_while_pushes_tell_every_end_few_are_left_to_them_too(bench: Bench) -> None:
    await announced(bench, int(SELDOM))
    await looks(bench, 4)  # whoever was not left to the pages yet is read once more
    calls = await looks(bench, 30)
    assert calls.count("job") == 0
    assert calls.count("listed") <= 30 / SELDOM * 3 + 30 / 3 + 1, "what ended seldom, progress as before"
    bench.studio.finish("job_1001")
    assert await hear(bench, "1001") == ["job"]
    assert await fate(bench, "1001") is Fate.SUCCEEDED


async def test_an_end_of_which_no_push_came_is_found_by_the_next_page_and_has_all_read_as_before(
    bench: Bench,
) -> None:
    await announced(bench, int(SELDOM))
    await looks(bench, 4)
    bench.studio.finish("job_1001")
    await looks(bench, int(SELDOM) + 1)
    assert await fate(bench, "1001") is Fate.SUCCEEDED
    await looks(bench, int(GRACE) + 1)
    assert bench.fates.watching.hints.announced.pace == OFTEN
    bench.studio.finish("job_1002")
    await looks(bench, 3)
    assert await fate(bench, "1002") is Fate.SUCCEEDED, "read singly again, since they are few"


async def test_when_pushes_and_pages_are_both_gone_each_is_read_by_itself(bench: Bench) -> None:
    await announced(bench, ENOUGH)
    await looks(bench, 4)

    async def nothing(status: Status, *_: object, **__: object) -> AsyncIterator[Job]:
        del status
        for job in ():
            yield job

    bench.studio.listed = nothing
    bench.studio.finish("job_1001")
    await looks(bench, int(UNSEEN.total_seconds()) + 1)
    assert await fate(bench, "1001") is Fate.SUCCEEDED


async def test_a_canceled_job_of_which_no_push_comes_says_nothing_of_pushes(bench: Bench) -> None:
    await announced(bench, ENOUGH)
    bench.studio.change("job_1001", status="canceled", state=JobState.CANCELED)
    bench.fates.watching.hints.hear(["job_1001"])
    bench.studio.change("job_1002", status="canceled", state=JobState.CANCELED)
    await looks(bench, 70)
    assert await fate(bench, "1002") is Fate.CANCELED
    assert bench.fates.watching.hints.announced.relied_on


async def test_results_that_come_after_the_push_are_waited_for(bench: Bench) -> None:
    await announced(bench, ENOUGH)
    await looks(bench, 4)
    bench.studio.change("job_1001", status="success", state=JobState.SUCCEEDED)
    assert await hear(bench, "1001") == ["job"]
    assert await fate(bench, "1001") is Fate.RUNNING
    bench.studio.finish("job_1001")
    await settled(bench, 4.0)
    assert await fate(bench, "1001") is Fate.SUCCEEDED


async def test_a_read_that_fails_is_tried_again_soon_though_pages_tell_of_the_job(bench: Bench) -> None:
    await announced(bench, ENOUGH)
    await looks(bench, 4)
    bench.studio.finish("job_1001")
    bench.studio.fail("job", Unavailable("502"))
    await hear(bench, "1001")
    assert await fate(bench, "1001") is Fate.RUNNING
    await settled(bench, 5.0)
    assert await fate(bench, "1001") is Fate.SUCCEEDED


async def test_an_end_too_soon_for_others_to_know_the_job_says_nothing_of_pushes_among_several(
    bench: Bench,
) -> None:
    hints = bench.fates.watching.hints
    await announced(bench, ENOUGH)
    failures: list[float] = []
    hints.announced.failed = lambda: failures.append(bench.clock.monotonic())
    for shared, age, counts in ((True, KNOWN - 0.1, 0), (True, KNOWN + 0.1, 1), (False, KNOWN - 0.1, 1)):
        hints.shared = lambda shared=shared: shared
        hints.follow(running("9001"), tells=True)
        bench.clock.jump(age)
        hints.follow(running("9001"), tells=True)  # read once more
        hints.ended("job_9001", tells=True)
        bench.clock.jump(GRACE)
        assert hints.announced.pace
        assert len(failures) == counts, (shared, age)
        failures.clear()
