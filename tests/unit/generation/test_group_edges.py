"""Several jobs of one request where something comes between: a price, a silent purchase, late files."""

from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.cards.news import is_refusal
from bot.generation import failures
from bot.generation.card import CardState
from bot.generation.failures import FailureKind
from bot.generation.group import gather, jobs_of
from bot.generation.model import Fate, Generation, Membership, key_of
from bot.generation.ports import Delayed, Guard
from bot.refusals import LimitReached
from bot.request.ask import Ask, InputFile
from bot.request.compose import compose, shares
from bot.scenario.api.errors import NotFound, OutOfCredits, Unavailable
from bot.scenario.api.records import Ceilings, File, Input
from bot.service.porter import Porter
from bot.service.service import Actor, Policy, price_name
from bot.ui.speech import words
from tests.support.bench import Bench, a_bench
from tests.support.builders import MODEL, OWNER, PROMPT, SEED, a_caller, a_generation, a_model
from tests.support.clock import HeldClock
from tests.support.groups import IDS, ask, shown, steps, warm
from tests.support.studio import SILENT_LOST, refusal

ME = Actor(id=OWNER, moderator=False)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with a_bench() as one:
        yield one


async def asked(bench: Bench, **options: object) -> None:
    """Four pictures of a model that makes one, whose inputs are known."""
    await warm(bench, **options)
    await ask(bench)


def places(bench: Bench, count: int) -> None:
    bench.process.queue.set(Ceilings(jobs=count))


def job(number: int, size: int = 2, **facts: Any) -> Generation:
    place = Membership(group_id="1001", number=number, size=size)
    return replace(a_generation("1001", **facts), id=key_of("1001", number), membership=place)


# -- money ----------------------------------------------------------------------------------------------


async def test_a_job_that_comes_back_is_not_bought_at_the_price_before(bench: Bench) -> None:
    """Its silent purchase proved to be none; meanwhile the others rose, and were agreed to."""
    bench.studio.answers.append(SILENT_LOST)
    bench.studio.cost = 10.0
    await asked(bench, confirm_above=25.0, capacity=1)
    await steps(bench)
    await bench.service.acting.confirm("1001", ME)
    bench.studio.forever["jobs"] = Unavailable("listing")
    await steps(bench, IDS[:1], times=2)
    assert (await bench.get()).fate is Fate.UNCERTAIN
    bench.clock.jump(60)
    bench.studio.cost = 20.0
    places(bench, 2)
    await steps(bench, IDS[1:])
    places(bench, 0)
    await bench.service.acting.confirm("1001", ME, price_name(await shown(bench)))
    del bench.studio.forever["jobs"]
    for _ in range(8):
        await bench.step()
        bench.clock.jump(3)
    assert (await bench.get()).fate is Fate.REQUESTED
    bench.clock.jump(60)
    places(bench, 4)
    await steps(bench, [IDS[1], IDS[0]])
    first = await bench.get()
    assert (first.fate, first.price, first.risen) == (Fate.REQUESTED, 20.0, True)


async def test_a_price_that_could_not_be_written_is_not_taken_for_agreed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another job was submitted between the look at the others and the reservation for all of them."""
    bench.studio.cost = 10.0
    await asked(bench, confirm_above=25.0, capacity=0)
    await steps(bench)
    await bench.service.acting.confirm("1001", ME)
    bench.clock.jump(60)
    bench.studio.cost = 20.0
    places(bench, 4)
    together = bench.process.writer.together

    async def racing(generation: Generation) -> Sequence[Generation]:
        found = await together(generation)
        monkeypatch.undo()
        second = await bench.get(IDS[1])
        await bench.store.save(second, replace(second, fate=Fate.SUBMITTING))
        return found

    monkeypatch.setattr(bench.process.writer, "together", racing)
    await bench.step()
    assert ((await bench.get()).fate, bench.studio.posts) == (Fate.REQUESTED, [])


def test_what_may_have_been_charged_is_told_before_any_refusal() -> None:
    refused = job(1, fate=Fate.FAILED, failure=failures.Rejected(kind=FailureKind.OUT_OF_CREDITS))
    silent = job(2, fate=Fate.FAILED, failure=failures.Simple(kind=FailureKind.MAYBE_CHARGED))
    whole = gather([refused, silent])
    assert not is_refusal(whole)
    assert "Nothing was charged" not in words.failure(whole)


async def test_a_silent_purchase_among_refusals_keeps_its_card(bench: Bench) -> None:
    no = refusal(OutOfCredits("no"))
    bench.studio.answers.extend([no, SILENT_LOST, no, no])
    bench.studio.forever["jobs"] = NotFound("no listing")
    await asked(bench)
    await steps(bench, times=6)
    await bench.cards.step("1001")
    assert (await shown(bench)).card.state is CardState.SETTLED
    assert (bench.delivery.withdrawn, len(bench.delivery.edits)) == ([], 1)


def test_a_charge_whose_price_nobody_knew_is_no_overcharge() -> None:
    known: dict[str, Any] = {"fate": Fate.SUCCEEDED, "cu": 10.0}
    jobs = [job(n, 4, **known, price=None if n == 1 else 10.0, job_id=f"j{n}") for n in (1, 2, 3, 4)]
    assert words.overcharged(gather(jobs)) == ""


def test_a_refund_hides_no_overcharge() -> None:
    back = job(1, fate=Fate.FAILED, cu=10.0, price=10.0, refunded=True, job_id="j1")
    dear = job(2, fate=Fate.SUCCEEDED, cu=15.0, price=10.0, job_id="j2")
    assert "15" in words.overcharged(gather([back, dear]))


def test_each_reason_is_told_with_what_it_cost() -> None:
    no = job(1, 3, fate=Fate.FAILED, failure=failures.Rejected(kind=FailureKind.BAD_INPUT, reason="no"))
    silent = job(2, 3, fate=Fate.FAILED, failure=failures.Simple(kind=FailureKind.MAYBE_CHARGED))
    made = job(3, 3, fate=Fate.SUCCEEDED, cu=4.0, job_id="j3")
    whole = gather([no, silent, made])
    lines = words.unmade(whole).split("1 of 3 failed: ")  # type: ignore[arg-type]
    assert len(lines) == 3


# -- how many -------------------------------------------------------------------------------------------


def batching(least: int, most: int) -> Input:
    return Input(name="numSamples", type="number", min=least, max=most, step=1, default=least)


@pytest.mark.parametrize(
    ("batch", "count", "sizes"),
    [
        (None, 3, [1, 1, 1]),
        (batching(1, 4), 4, [4]),
        (batching(1, 4), 6, [3, 3]),
        (batching(1, 4), 5, [1] * 5),
        (batching(4, 8), 2, [2]),  # it makes four at least: not divided, and refused
        (batching(2, 2), 4, [2, 2]),
    ],
)
def test_no_more_are_made_than_were_asked_for(batch: Input | None, count: int, sizes: list[int]) -> None:
    model = a_model(inputs=(PROMPT, SEED, *((batch,) if batch is not None else ())))
    parts = shares(Ask(prompt="x", count=count), model)
    assert [part.count for part in parts] == sizes
    refused = any(compose(part, model, seed=1, one=True).problems for part in parts)
    assert refused == (sizes == [2])


@pytest.mark.parametrize(
    ("bounds", "seed", "seeds"),
    [
        ({"min": 0, "max": 100, "step": 10}, 20, [20, 30, 40]),
        ({"min": 0, "max": 2, "step": 1}, 1, [1, 2, 0]),
        ({"min": 0, "max": 1, "step": 1}, 0, None),
        ({"min": 0, "max": 100, "step": 1}, 100, [100, 99, 98]),
    ],
)
def test_the_seeds_that_follow_are_ones_that_the_model_takes(
    bounds: dict[str, Any], seed: int, seeds: list[int] | None
) -> None:
    model = a_model(inputs=(PROMPT, Input(name="seed", type="number", **bounds)))
    parts = shares(Ask(prompt="x", count=3, seed=seed), model)
    assert [part.seed for part in parts] == (seeds or [seed])


async def test_a_stuck_job_that_was_let_go_ends_no_request_that_turns_out_to_be_several(
    bench: Bench,
) -> None:
    guard = Guard(member_in_flight=4)
    bench.reborn(policy=Policy(guard=guard), guard=guard)
    await bench.put(a_generation("500", fate=Fate.RUNNING, job_id="job_x"))
    bench.process.admission.let_go = lambda: frozenset({"500"})
    await bench.service.asking.request(a_caller(), Ask(prompt="a cat", count=4), bench.acknowledge)
    await bench.process.catalogue.refresh()
    await bench.step()
    assert len(jobs_of(await shown(bench))) == 4


async def test_four_that_do_not_fit_close_the_queue_for_nobody() -> None:
    porter = Porter(HeldClock())
    with pytest.raises(LimitReached):
        async with porter.desk():
            raise _queue_is_full(jobs=4)
    await porter.admit()
    with pytest.raises(LimitReached):
        async with porter.desk():
            raise _queue_is_full(jobs=1)
    with pytest.raises(LimitReached):
        await porter.admit()


def _queue_is_full(*, jobs: int) -> LimitReached:
    from bot.refusals import Limit

    return LimitReached(Limit.QUEUE, 3, used=3 if jobs == 1 else 0, jobs=jobs)


# -- files and cards ------------------------------------------------------------------------------------


async def running(bench: Bench) -> list[str]:
    await asked(bench)
    await steps(bench, times=2)
    await bench.cards.step("1001")
    return list(bench.studio.world)


async def look(bench: Bench) -> None:
    bench.clock.jump(2)
    await steps(bench)
    await bench.cards.step("1001")


async def test_the_patience_with_a_file_begins_anew_with_each_trouble(bench: Bench) -> None:
    jobs = await running(bench)
    bench.studio.trouble["fetch"] = deque([Unavailable("503")])
    bench.studio.finish(jobs[0])
    await look(bench)
    bench.clock.jump(60)
    await bench.cards.step("1001")
    bench.clock.jump(31 * 60)
    for job_id in jobs[1:]:
        bench.studio.finish(job_id)
    bench.studio.trouble["fetch"] = deque([Unavailable("503")])
    await look(bench)
    assert (await shown(bench)).card.state is CardState.LIVE
    bench.clock.jump(60)
    await bench.cards.step("1001")
    assert len(bench.delivery.edits[-1].files) == 4


async def test_what_was_made_after_a_card_was_kept_tries_every_way_once_more(bench: Bench) -> None:
    jobs = await running(bench)
    card = (await shown(bench)).card
    await bench.store.save_card(card, replace(card, state=CardState.KEPT))
    for job_id in jobs:
        bench.studio.finish(job_id)
    await look(bench)
    assert (await shown(bench)).card.state is CardState.SETTLED


async def test_a_file_that_is_late_keeps_no_question_back(bench: Bench) -> None:
    bench.studio.cost = 10.0
    await asked(bench, confirm_above=25.0, capacity=1)
    await steps(bench)
    await bench.service.acting.confirm("1001", ME)
    await steps(bench, times=2)
    await bench.cards.step("1001")
    bench.studio.finish(next(iter(bench.studio.world)))
    bench.studio.cost = 20.0
    bench.studio.forever["fetch"] = Unavailable("503")
    bench.clock.jump(60)
    await steps(bench, times=3)
    await bench.cards.step("1001")
    progress = bench.delivery.edits[-1].progress
    assert progress is not None
    assert progress.phase == "confirm"


async def test_a_deleted_card_buys_no_further_picture(bench: Bench) -> None:
    await asked(bench, capacity=1)
    await steps(bench, times=2)
    await bench.cards.step("1001")
    bench.studio.finish(next(iter(bench.studio.world)))
    await bench.step()
    bench.delivery.reached = True
    await look(bench)
    edits = len(bench.delivery.edits)
    places(bench, 0)
    bench.delivery.reached = False
    second = await bench.get(IDS[1])
    await bench.store.save(second, replace(second, agreed=1.0))
    bench.clock.jump(5)
    await bench.cards.step("1001")
    assert len(bench.delivery.edits) == edits + 1  # drawn, which finds out that it is gone


async def test_nothing_of_a_deleted_card_stays_in_memory(bench: Bench) -> None:
    jobs = await running(bench)
    for job_id in jobs[:2]:
        bench.studio.finish(job_id)
    bench.clock.jump(2)
    await steps(bench)
    bench.studio.trouble["fetch"] = deque([None, Unavailable("503")])
    await bench.cards.step("1001")
    await bench.service.acting.delete("1001", ME)
    for job_id in jobs[2:]:
        bench.studio.finish(job_id)
    await look(bench)
    assert not vars(vars(bench.cards)["_fetching"])["_since"]


async def test_what_one_job_does_for_all_the_others_do_not_do_again(bench: Bench) -> None:
    bench.studio.cost = 10.0
    await asked(bench, capacity=0, confirm_above=1000.0)
    for id_ in IDS:
        assert await bench.process.admission.price(await bench.get(id_)) == 0.0
    assert bench.studio.calls.count("price") == 1


async def test_the_files_of_one_request_are_brought_once(bench: Bench) -> None:
    bench.studio.catalogued[MODEL] = a_model(
        inputs=(PROMPT, SEED, Input(name="image", type="file", kind="image"))
    )
    bench.reborn(capacity=0)
    await bench.process.catalogue.refresh()
    await bench.process.catalogue.read(MODEL)
    given = InputFile(role="image", filename="cat.png", url="https://cdn.discordapp.com/cat.png")
    ask = Ask(prompt="a cat", count=4, files=(given,))
    await bench.service.asking.request(a_caller(), ask, bench.acknowledge)
    await steps(bench, times=2)
    images = {str((job.inputs or {})["image"]) for job in jobs_of(await shown(bench))}
    assert len(bench.studio.uploads) == len(images) == 1
    assert not images.pop().startswith("upload:")


async def test_the_patience_with_a_members_file_is_each_requests_own(bench: Bench) -> None:
    def given(name: str) -> Generation:
        file = InputFile(role="image", filename="cat.png", url=f"https://cdn.discordapp.com/{name}")
        return a_generation(name, ask=Ask(files=(file,)), inputs={"image": "upload:0"})

    bench.reborn(intake=Late())
    await bench.put(given("1"))
    await bench.step("1")
    bench.clock.jump(3600)
    await bench.put(given("2"))
    await bench.step("2")
    assert (await bench.get("2")).fate is Fate.REQUESTED
    await bench.step("1")
    assert isinstance((await bench.get("1")).failure, failures.Simple)


class Late:
    """Discord does not give files for now."""

    async def fetch(self, given: InputFile, into: Path, *, cap: int) -> File:
        del given, into, cap
        raise Delayed("503")


async def test_files_that_are_late_are_tried_ever_more_seldom_card_by_card(bench: Bench) -> None:
    jobs = await running(bench)
    bench.studio.finish(jobs[0])
    bench.studio.forever["fetch"] = Unavailable("503")
    bench.clock.jump(2)
    await steps(bench)
    waits = list[float]()
    for _ in range(3):
        bench.clock.jump(60)
        waits.append(await bench.cards.step("1001") or 0.0)
    assert waits == [1.0, 2.0, 4.0]
    bench.studio.forever.clear()
    bench.clock.jump(60)
    assert await bench.cards.step("1001") is None
