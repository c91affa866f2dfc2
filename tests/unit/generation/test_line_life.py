"""A request in its member's own line: nothing is brought for it, and it moves on by itself, however the
earlier one ends and whatever dies in between."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.cards.ports import Unshowable
from bot.generation import failures
from bot.generation.card import CardState
from bot.generation.fates import WAITING_LOOK
from bot.generation.group import jobs_of
from bot.generation.model import UNSEEN_HOLDS, Fate, key_of
from bot.generation.pacing import Patience
from bot.generation.ports import Acknowledged, Guard
from bot.generation.progress import LINE, Progress
from bot.refusals import Limit, LimitReached
from bot.request.ask import Ask, InputFile
from bot.scenario.api.errors import Busy
from bot.scenario.api.records import JobState, Node
from bot.service.asking import RUSH
from bot.service.service import Actor, NotAcknowledged, Policy
from bot.ui.cards.render import phase_of
from bot.ui.speech import refusals
from bot.workflow_gates.gates import APPROVAL
from tests.support.bench import Bench, a_bench
from tests.support.builders import MODEL, OWNER, STRANGER, a_caller, a_generation, a_job, running
from tests.support.clock import until
from tests.support.stores import a_store
from tests.support.studio import SILENT_LOST, refusal
from tests.support.survival import World

ME = Actor(id=OWNER, moderator=False)
TWO = Guard(member_in_flight=2, member_waiting=3)


@asynccontextmanager
async def a_line(guard: Guard = TWO, **options: object) -> AsyncGenerator[Bench]:
    async with a_bench(policy=Policy(guard=guard), guard=guard, **options) as bench:
        await warm(bench)
        yield bench


async def warm(bench: Bench) -> None:
    await bench.process.catalogue.refresh()
    await bench.process.catalogue.read(MODEL)


@asynccontextmanager
async def going_on(bench: Bench) -> AsyncGenerator[None]:
    """The fate loop by itself. Its clock stands: whoever only looks again later does nothing."""
    loop = bench.fates
    task = asyncio.create_task(loop.run())
    try:
        yield
    finally:
        await loop.stop(1.0)
        task.cancel()


async def ask(bench: Bench, *ids: str, owner: int = OWNER, **fields: object) -> None:
    for id_ in ids:
        wanted = Ask(prompt=f"idea {id_}", **fields)  # pyright: ignore[reportArgumentType]
        await bench.service.asking.request(a_caller(id_, owner_id=owner), wanted, bench.acknowledge)
        bench.clock.jump(0.001)


def stands(bench: Bench, id_: str) -> tuple[str, int | None] | None:
    progress = bench.process.board.get(id_)
    return None if progress is None else (progress.phase, progress.position)


async def fates(bench: Bench, *ids: str) -> list[Fate]:
    return [(await bench.get(id_)).fate for id_ in ids]


async def become(bench: Bench, wanted: list[Fate], *ids: str) -> None:
    """Wait until these are so far."""
    async with asyncio.timeout(20):
        while await fates(bench, *ids) != wanted:  # noqa: ASYNC110 (a store tells nobody)
            await asyncio.sleep(0.001)


def prompts(bench: Bench) -> list[object]:
    return [post["prompt"] for post in bench.studio.posts]


async def full(bench: Bench, *waiting: str) -> None:
    """Two are running, and these wait."""
    await ask(bench, "1", "2", *waiting)
    await until(lambda: len(bench.studio.world) == 2, "both purchases")
    for place, id_ in enumerate(waiting, start=1):
        await until(lambda id_=id_, place=place: stands(bench, id_) == (LINE, place), f"{id_} to stand")


# -- while it waits -------------------------------------------------------------------------------------


async def test_nothing_is_brought_for_what_waits_and_it_holds_nobodys_place() -> None:
    async with a_line(capacity=3) as bench, going_on(bench):
        await full(bench)
        calls = len(bench.studio.calls)
        given = InputFile(role="image", filename="a.png", url="https://cdn.discordapp.com/a.png")
        lacking = {"ask": Ask(prompt="p", files=(given,)), "inputs": {"prompt": "p", "image": "upload:0"}}
        await bench.put(a_generation("3", created_at=bench.clock.now(), **lacking))
        bench.fates.wake("3")
        await ask(bench, "4")
        await until(lambda: stands(bench, "4") == (LINE, 2), "the line")
        assert len(bench.studio.calls) == calls
        assert bench.process.queue.waiting() == []
        assert [(await bench.get(id_)).price for id_ in "34"] == [None, None]
        await ask(bench, "5", owner=STRANGER)  # the third place is anybody else's
        await until(lambda: len(bench.studio.world) == 3, "the purchase of somebody else")
        assert prompts(bench) == ["idea 1", "idea 2", "idea 5"]


async def test_the_line_is_as_long_as_it_may_be_and_says_so() -> None:
    async with a_line() as bench, going_on(bench):
        await full(bench, "3", "4", "5")
        with pytest.raises(LimitReached) as raised:
            await ask(bench, "6")
        assert (raised.value.limit, raised.value.used, raised.value.allowed) == (Limit.MEMBER_IN_FLIGHT, 5, 5)
        told = refusals.refusal(raised.value)
        assert told.startswith("You have 5 jobs in progress or waiting; the limit is 5.")
        assert told.endswith("Nothing was charged.")
        bench.studio.finish("job_1")
        bench.fates.wake("1")
        await until(lambda: len(bench.studio.world) == 3, "the next purchase")
        await ask(bench, "6")
        await until(lambda: stands(bench, "6") == (LINE, 3), "the line to have room")


async def test_without_a_line_more_are_refused_as_ever() -> None:
    async with a_line(replace(TWO, member_waiting=0)) as bench:
        await ask(bench, "1", "2")
        with pytest.raises(LimitReached):
            await ask(bench, "3")


async def test_its_card_says_what_it_waits_for() -> None:
    async with a_line() as bench, going_on(bench):
        await full(bench, "3", "4")
        shown = await bench.get("4")
        told = phase_of(shown, bench.process.board.get("4"))
        assert told == "Waiting for your earlier requests, number 2 in your line"
        assert phase_of(shown, Progress(phase=LINE)) == "Waiting for a free slot"


async def test_it_can_be_canceled_and_the_others_move_up() -> None:
    async with a_line() as bench, going_on(bench):
        await full(bench, "3", "4")
        await bench.service.acting.cancel("3", ME)
        await until(lambda: stands(bench, "4") == (LINE, 1), "the next one to move up")
        assert await fates(bench, "3", "4") == [Fate.CANCELED, Fate.REQUESTED]
        bench.studio.finish("job_1")
        bench.fates.wake("1")
        await until(lambda: len(bench.studio.posts) == 3, "the next purchase")
        assert prompts(bench)[-1] == "idea 4"


async def test_one_whose_message_is_deleted_leaves_the_line() -> None:
    async with a_line() as bench, going_on(bench):
        await full(bench, "3", "4")
        bench.delivery.forever = Unshowable("gone", deleted=True)
        await bench.cards.step("3")
        await until(lambda: stands(bench, "4") == (LINE, 1), "the next one to move up")
        assert await fates(bench, "3") == [Fate.CANCELED]


# -- it moves on by itself ------------------------------------------------------------------------------


async def succeeded(bench: Bench) -> None:
    bench.studio.finish("job_1")
    bench.fates.wake("1")


async def failed(bench: Bench) -> None:
    bench.studio.change("job_1", status="failure", state=JobState.FAILED)
    bench.fates.wake("1")


async def canceled(bench: Bench) -> None:
    await bench.service.acting.cancel("1", ME)


async def lost(bench: Bench) -> None:
    del bench.studio.world["job_1"]
    bench.fates.wake("1")


async def kept(bench: Bench) -> None:
    """Its card is gone, and the job ends all the same."""
    bench.delivery.forever = Unshowable("gone", deleted=True)
    bench.process.board.put("1", Progress(phase="in-progress"))
    await bench.cards.step("1")
    assert (await bench.get("1")).card_state is CardState.KEPT
    await succeeded(bench)


@pytest.mark.parametrize("end", [succeeded, failed, canceled, lost, kept])
async def test_however_the_earlier_one_ends_the_next_one_is_bought(
    end: Callable[[Bench], Awaitable[None]],
) -> None:
    async with a_line(patience=Patience(missing=timedelta(0))) as bench, going_on(bench):
        await full(bench, "3", "4")
        await end(bench)
        await until(lambda: "idea 3" in prompts(bench), "the next purchase")
        await until(lambda: stands(bench, "4") == (LINE, 1), "the last one to move up")
        (first,) = await fates(bench, "1")
        assert first.final


async def test_one_that_fails_before_its_purchase_lets_the_next_one_through() -> None:
    async with a_line(confirm_above=1000.0) as bench:
        bench.studio.hold("price")
        async with going_on(bench):
            await ask(bench, "1", "2", "3")
            await until(lambda: stands(bench, "3") == (LINE, 1), "the line")
            await bench.service.acting.cancel("2", ME)
            bench.studio.gates["price"].set()
            await until(lambda: len(bench.studio.posts) == 2, "both purchases")
            assert prompts(bench) == ["idea 1", "idea 3"]


async def test_what_is_proven_absent_is_bought_before_what_waits_behind_it() -> None:
    patience = Patience(reconcile=timedelta(seconds=5), passes=1)
    async with a_line(replace(TWO, member_in_flight=1), patience=patience) as bench, going_on(bench):
        bench.studio.answers.append(SILENT_LOST)
        await ask(bench, "1", "2")
        await until(lambda: stands(bench, "2") == (LINE, 1), "the line")
        for _ in range(20):
            await bench.clock.advance(1.0)
            await asyncio.sleep(0.01)
        await until(lambda: bench.studio.world, "the purchase after the proof")
        assert prompts(bench) == ["idea 1", "idea 1"]
        assert stands(bench, "2") == (LINE, 1)


async def test_what_scenarios_ceiling_sends_back_keeps_its_place_before_the_line() -> None:
    async with a_line(replace(TWO, member_in_flight=1)) as bench, going_on(bench):
        bench.studio.answers.append(refusal(Busy("429", retry_after=timedelta(seconds=3))))
        await ask(bench, "1", "2")
        await until(lambda: stands(bench, "1") == ("waiting", 1), "the queue")
        await until(lambda: stands(bench, "2") == (LINE, 1), "the line")
        await bench.clock.advance(3.0)
        await until(lambda: bench.studio.world, "the purchase")
        assert prompts(bench) == ["idea 1", "idea 1"]


async def test_a_run_whose_question_nobody_sees_gives_its_place_back_after_an_hour() -> None:
    async with a_line(replace(TWO, member_in_flight=1)) as bench:
        gate = Node(id="ask", type=APPROVAL, status="pending")
        bench.studio.put(a_job("job_1001", flow=(gate,)))
        await bench.put(running(model_id="wflow_1"))
        await bench.step()
        await ask(bench, "2")
        bench.delivery.forever = Unshowable("no way is open")
        await bench.cards.step("1001")
        await bench.step()
        assert await bench.step("2") == WAITING_LOOK  # nobody wakes it: it looks by itself
        bench.clock.jump(UNSEEN_HOLDS.total_seconds() + 1)
        for _ in range(2):
            await bench.step("2")
        assert await fates(bench, "1001", "2") == [Fate.RUNNING, Fate.RUNNING]


async def test_what_was_never_acknowledged_leaves_the_line() -> None:
    async def lost() -> Acknowledged:
        raise NotAcknowledged("reset", sure=False)

    async with a_line() as bench, going_on(bench):
        await full(bench)
        await bench.service.asking.request(a_caller("3"), Ask(prompt="unheard"), lost)
        await ask(bench, "4")
        await until(lambda: stands(bench, "4") is not None, "the line")
        await bench.clock.advance(1.0)  # Discord is asked, and has no such message
        await become(bench, [Fate.CANCELED], "3")
        await until(lambda: stands(bench, "4") == (LINE, 1), "the next one to move up")


async def test_who_is_acknowledged_later_is_not_overtaken() -> None:
    """Discord took the answer to the second one sooner; the line is in the order in which they were asked."""
    slow = asyncio.Event()

    async def acknowledged() -> Acknowledged:
        await slow.wait()
        return Acknowledged(message_id=70_000, ephemeral=False)

    async with a_line() as bench, going_on(bench):
        await full(bench)
        ask_slowly = bench.service.asking.request(a_caller("3"), Ask(prompt="idea 3"), acknowledged)
        asking = asyncio.create_task(ask_slowly)
        async with asyncio.timeout(20):
            while await bench.store.get("3") is None:  # noqa: ASYNC110 (a store tells nobody)
                await asyncio.sleep(0.001)
        bench.clock.jump(0.001)
        await ask(bench, "4")
        await bench.clock.advance(RUSH)  # it was held back for the one that Discord still waits for
        await until(lambda: stands(bench, "4") == (LINE, 2), "the line")
        slow.set()
        await asking
        await until(lambda: stands(bench, "3") == (LINE, 1), "the line")


async def test_what_discord_refused_to_have_acknowledged_leaves_the_line_at_once() -> None:
    async def refused() -> Acknowledged:
        raise NotAcknowledged("404", sure=True)

    async with a_line() as bench, going_on(bench):
        await full(bench)
        await bench.service.asking.request(a_caller("3"), Ask(prompt="unheard"), refused)
        await ask(bench, "4")
        await until(lambda: stands(bench, "4") == (LINE, 1), "the line")


# -- several jobs ---------------------------------------------------------------------------------------


async def test_a_request_for_more_than_may_be_had_at_once_is_bought_in_turns() -> None:
    ids = [key_of("1", number) for number in range(1, 6)]
    async with a_line(confirm_above=1000.0) as bench, going_on(bench):
        bench.studio.cost = 3.0
        await ask(bench, "1", count=5)
        await until(lambda: stands(bench, "1-5") == (LINE, 3), "the line")
        await until(lambda: len(bench.studio.world) == 2, "the first two")
        assert [(await bench.get(id_)).price for id_ in ids] == [3.0] * 5  # one price, of all
        for done in range(1, 4):
            bench.studio.finish(f"job_{done}")
            bench.fates.wake(ids[done - 1])
            await until(lambda done=done: len(bench.studio.world) == 2 + done, "the next one")
        await become(bench, [Fate.SUCCEEDED] * 3 + [Fate.RUNNING] * 2, *ids)
        assert len({str(post["seed"]) for post in bench.studio.posts}) == 5


async def test_cancel_takes_the_waiting_jobs_of_a_request_along() -> None:
    async with a_line() as bench, going_on(bench):
        await ask(bench, "1", count=5)
        await until(lambda: len(bench.studio.world) == 2, "the first two")
        await bench.service.acting.cancel("1", ME)
        await ask(bench, "2")
        await until(lambda: "idea 2" in prompts(bench), "the next request")
        shown = await bench.store.shown("1")
        assert shown is not None
        assert {job.fate for job in jobs_of(shown)} == {Fate.CANCELED}


async def test_more_jobs_than_the_line_is_long_are_refused_whole() -> None:
    async with a_line() as bench:
        with pytest.raises(LimitReached) as raised:
            await ask(bench, "1", count=6)
        assert "takes 6 jobs at once; the limit is 5" in refusals.refusal(raised.value)
        await ask(bench, "2")
        with pytest.raises(LimitReached) as raised:
            await ask(bench, "3", count=5)
        assert "you have 1 of 5 in progress or waiting" in refusals.refusal(raised.value)


async def test_what_is_divided_late_waits_in_line_or_ends_whole() -> None:
    async with a_line() as bench:
        bench.reborn()  # which knows no model yet
        await ask(bench, "1", count=5)
        await ask(bench, "2")
        await warm(bench)
        await bench.step("1")
        alone = await bench.get("1")
        assert (alone.fate, bench.studio.posts) == (Fate.FAILED, [])
        assert alone.failure == failures.NoRoom(jobs=5, used=1, allowed=5)
        await bench.service.acting.cancel("2", ME)
        bench.reborn()
        await ask(bench, "3", count=5)
        await warm(bench)
        async with going_on(bench):
            bench.fates.wake("3")
            await until(lambda: stands(bench, "3-5") == (LINE, 3), "the line")
            await until(lambda: len(bench.studio.world) == 2, "the first two")


# -- death ----------------------------------------------------------------------------------------------


async def test_after_a_restart_the_line_is_as_it_was_and_moves_on() -> None:
    async with a_line() as bench:
        async with going_on(bench):
            await full(bench, "3", "4")
        bench.reborn()
        await bench.fates.adopt()
        async with going_on(bench):
            await until(lambda: stands(bench, "4") == (LINE, 2), "the line")
            assert len(bench.studio.posts) == 2
            await succeeded(bench)
            await until(lambda: "idea 3" in prompts(bench), "the next purchase")


async def test_what_ended_while_nobody_lived_frees_its_place_for_the_next_process() -> None:
    async with a_line() as bench:
        async with going_on(bench):
            await full(bench, "3", "4")
        bench.studio.finish("job_1")
        bench.studio.finish("job_2")
        bench.reborn()
        await bench.fates.adopt()
        async with going_on(bench):
            await until(lambda: len(bench.studio.posts) == 4, "all purchases")
        assert prompts(bench) == [f"idea {number}" for number in (1, 2, 3, 4)]


@pytest.mark.parametrize("crossing", range(1, 60, 2))
async def test_death_at_any_point_of_a_line_buys_nothing_twice_and_leaves_nobody_standing(
    crossing: int,
) -> None:
    async with a_store() as store:
        world = World(store, policy=Policy(guard=Guard(member_in_flight=1, member_waiting=5)))
        world.life.left = crossing
        await world.ask(count=2)
        await world.ask()
        await world.ask()
        for _ in range(4):
            await world.tick()
            world.check_money()
        await world.to_the_end()
        await world.check_end()
        over = [row.fate for row in await world.rows()]
        assert over.count(Fate.SUCCEEDED) == len(over) - over.count(Fate.CANCELED)
        assert len(world.asked) == 3
