"""A price above the threshold waits for somebody's yes, and keeps nobody back meanwhile."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from bot.generation.admission import CONFIRM_WITHIN
from bot.generation.failures import FailureKind
from bot.generation.model import Fate
from bot.generation.ports import Guard
from bot.generation.progress import CONFIRM
from bot.refusals import AlreadyAsked, Limit, LimitReached, NotAllowed, TooLate
from bot.request.ask import Ask, InputFile
from bot.scenario.api.errors import Busy, Unavailable
from bot.service.service import Actor
from tests.support.bench import Bench, a_bench
from tests.support.builders import MODERATOR, OWNER, STRANGER, a_generation, unbought

ME = Actor(id=OWNER, moderator=False)


async def asked(bench: Bench, id_: str = "1001", cost: float = 80.0) -> None:
    """A request that waits for a yes."""
    bench.studio.cost = cost
    await bench.put(a_generation(id_))
    await bench.step(id_)
    await bench.step(id_)


async def test_a_dear_request_waits_for_a_yes_and_costs_nothing_until_then(bench: Bench) -> None:
    bench.reborn(confirm_above=50.0)
    await asked(bench)
    waiting = await bench.get()
    assert (waiting.fate, waiting.price, waiting.confirmed_by) == (Fate.REQUESTED, 80.0, None)
    progress = bench.process.board.get("1001")
    assert progress is not None
    assert progress.phase == CONFIRM
    assert bench.studio.posts == []


@pytest.mark.parametrize("cost", [49.5, 50.0])
async def test_up_to_the_threshold_nobody_is_asked(bench: Bench, cost: float) -> None:
    bench.reborn(confirm_above=50.0)
    await asked(bench, cost=cost)
    assert len(bench.studio.posts) == 1


async def test_a_yes_sends_it_and_is_remembered(bench: Bench) -> None:
    bench.reborn(confirm_above=50.0)
    await asked(bench)
    await bench.service.acting.confirm("1001", ME)
    bench.reborn()
    await bench.step()
    bought = await bench.get()
    assert (bought.fate, bought.confirmed_by) == (Fate.RUNNING, OWNER)
    assert len(bench.studio.posts) == 1


async def test_a_second_yes_changes_nothing(bench: Bench) -> None:
    bench.reborn(confirm_above=50.0)
    await asked(bench)
    await bench.service.acting.confirm("1001", ME)
    with pytest.raises(AlreadyAsked):
        await bench.service.acting.confirm("1001", ME)
    await bench.step()
    with pytest.raises(TooLate):
        await bench.service.acting.confirm("1001", ME)
    assert len(bench.studio.posts) == 1


async def test_a_moderator_may_say_yes_and_a_stranger_may_not(bench: Bench) -> None:
    bench.reborn(confirm_above=50.0)
    await asked(bench)
    with pytest.raises(NotAllowed):
        await bench.service.acting.confirm("1001", Actor(id=STRANGER, moderator=False))
    saved = await bench.service.acting.confirm("1001", Actor(id=MODERATOR, moderator=True))
    assert saved.confirmed_by == MODERATOR


async def test_without_a_yes_it_ends_after_an_hour_unbought(bench: Bench) -> None:
    bench.reborn(confirm_above=50.0)
    await asked(bench)
    bench.clock.jump((CONFIRM_WITHIN + timedelta(seconds=1)).total_seconds())
    await bench.step()
    ended = await bench.get()
    assert ended.failure is not None
    assert (ended.failure.kind, ended.price, ended.bought) == (FailureKind.NOT_CONFIRMED, None, False)
    with pytest.raises(TooLate):
        await bench.service.acting.confirm("1001", ME)


async def test_cancel_while_it_waits_costs_nothing(bench: Bench) -> None:
    bench.reborn(confirm_above=50.0)
    await asked(bench)
    canceled = await bench.service.acting.cancel("1001", ME)
    assert (canceled.fate, canceled.bought) == (Fate.CANCELED, False)
    await bench.step()
    assert bench.studio.posts == []


async def test_one_that_waits_for_a_yes_keeps_nobody_back(bench: Bench) -> None:
    bench.reborn(confirm_above=50.0, capacity=1)
    await asked(bench, "1")
    bench.studio.cost = 4.0
    await bench.put(a_generation("2", inputs={"prompt": "a dog", "seed": 2}, model_id="model_other"))
    await bench.step("2")
    await bench.step("2")
    assert (await bench.get("2")).fate is Fate.RUNNING


# -- who takes a place in the queue -------------------------------------------------------------------

ABOVE = 50.0
FILE: Mapping[str, Any] = {"ask": Ask(files=(InputFile(role="image"), InputFile(role="image")))}
STANDING: list[tuple[str, Mapping[str, Any], bool]] = [
    ("it lacks nothing", {}, True),
    ("a price that asks nobody", {"price": ABOVE}, True),
    ("a price that waits for a yes", {"price": ABOVE + 0.01}, False),
    ("a price that has its yes", {"price": 900.0, "confirmed_by": OWNER}, True),
    ("one whose price rose after the yes", {"price": 90.0, "agreed": 60.0, "confirmed_by": OWNER}, False),
    ("one whose price rose by a tenth", {"price": 66.0, "agreed": 60.0, "confirmed_by": OWNER}, True),
    ("no schema yet", {"inputs": None}, False),
    ("a file on its way", {**FILE, "inputs": {"prompt": "p", "image": "upload:0"}}, False),
    ("one of several files", {**FILE, "inputs": {"images": ["upload:1", "asset_1"]}}, False),
    ("a file deep within", {**FILE, "inputs": {"refs": [{"image": "upload:0"}]}}, False),
    ("a file that was handed in", {**FILE, "inputs": {"image": "asset_1"}}, True),
    ("a prompt about a file", {"inputs": {"prompt": 'say "upload:0", ["upload:0" or \\"upload:0'}}, True),
]


@pytest.mark.parametrize(("row", "waits"), [row[1:] for row in STANDING], ids=[row[0] for row in STANDING])
async def test_the_queue_counts_whom_the_line_counts(row: Mapping[str, Any], waits: bool) -> None:
    guard = Guard(queue=1, confirm_above=ABOVE)
    async with a_bench(confirm_above=ABOVE) as bench:
        stands = await bench.put(a_generation("1", **row))
        assert bench.process.admission.holds_place(stands) is waits
        if not waits:
            await bench.store.record(unbought("2"), guard)
            return
        with pytest.raises(LimitReached):
            await bench.store.record(unbought("2"), guard)


async def test_open_questions_of_one_member_are_still_bounded() -> None:
    guard = Guard(queue=1, member_in_flight=2, confirm_above=ABOVE)
    async with a_bench(confirm_above=ABOVE) as bench:
        for name in ("1", "2"):
            await bench.put(a_generation(name, price=ABOVE + 1))
        with pytest.raises(LimitReached) as reached:
            await bench.store.record(unbought("3"), guard)
        assert reached.value.limit is Limit.MEMBER_IN_FLIGHT
        await bench.store.record(unbought("4", owner_id=OWNER + 1), guard)


async def test_an_outage_is_over_when_scenario_is_too_busy_to_tell_a_price(bench: Bench) -> None:
    bench.reborn(confirm_above=1000.0)
    await bench.put(a_generation())
    for error in (Unavailable("502"), Busy("429", retry_after=timedelta(seconds=7)), Unavailable("502")):
        bench.studio.fail("price", error)
        await bench.step()
        assert (await bench.get()).fate is Fate.REQUESTED
        bench.clock.jump(400)
    await bench.step()
    assert (await bench.get()).fate is Fate.RUNNING


async def test_one_whose_price_scenario_is_too_busy_to_tell_says_that_it_waits(bench: Bench) -> None:
    bench.reborn(confirm_above=1000.0)
    await bench.put(a_generation())
    bench.studio.fail("price", Busy("429", retry_after=timedelta(seconds=7)))
    assert await bench.step() == 7.0
    progress = bench.process.board.get("1001")
    assert progress is not None
    assert (progress.phase, progress.position) == ("waiting", 1)
    assert bench.process.told == ["1001"]
    await bench.step()
    assert (await bench.get()).fate is Fate.RUNNING
