"""One stuck thing stops only its own kind: seventy of one, and the one of another kind goes on."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from bot.cards.ports import Result, Shown
from bot.generation.admission import Lack
from bot.generation.fates import LACKS, PURCHASES
from bot.generation.loop import Loop
from bot.generation.model import Fate, Generation, Output
from bot.generation.progress import Progress
from bot.request.ask import Ask, InputFile
from bot.scenario.api.records import JobState, Node
from bot.workflow_gates.gates import APPROVAL
from tests.support.bench import Bench
from tests.support.builders import a_generation, a_job, running, unbought

STUCK = 70
FREE = "9000"

Make = Callable[[str], Generation]


def with_a_file(name: str) -> Generation:
    given = InputFile(role="image", filename="cat.png", url=f"https://cdn.discordapp.com/{name}")
    return a_generation(name, ask=Ask(files=(given,)), inputs={"image": "upload:0"})


def unread(name: str) -> Generation:
    return a_generation(name, inputs=None)


def priced(name: str) -> Generation:
    return a_generation(name, price=1.0)


def uncertain(name: str) -> Generation:
    return a_generation(name, fate=Fate.UNCERTAIN)


def ended(name: str) -> Generation:
    return running(name, fate=Fate.FAILED)


def made(name: str) -> Generation:
    return running(name, fate=Fate.SUCCEEDED, outputs=(Output(asset_id=f"asset_{name}"),))


@asynccontextmanager
async def going(loop: Loop) -> AsyncGenerator[None]:
    task = asyncio.create_task(loop.run())
    try:
        async with asyncio.timeout(60):
            yield
    finally:
        await loop.stop(0)
        await task


async def crowd(bench: Bench, stuck: Make, free: Make, loop: Loop) -> None:
    """Seventy of the one kind come first, and one of the other behind them."""
    for generation in (*(stuck(str(1000 + n)) for n in range(STUCK)), free(FREE)):
        await bench.put(generation)
        loop.wake(generation.id)


async def posted(bench: Bench, count: int) -> None:
    """Wait for so many paid POSTs."""
    while len(bench.studio.posts) < count:
        bench.studio.sent.clear()
        await bench.studio.sent.wait()


@pytest.mark.parametrize(
    ("verb", "stuck", "free"),
    [
        ("upload", with_a_file, a_generation),
        ("model", unread, priced),
        ("job", running, a_generation),
        ("jobs", uncertain, a_generation),
    ],
)
async def test_what_lacks_nothing_is_bought(bench: Bench, verb: str, stuck: Make, free: Make) -> None:
    bench.studio.hold(verb)
    await crowd(bench, stuck, free, bench.fates)
    async with going(bench.fates):
        await bench.studio.sent.wait()
    assert len(bench.studio.posts) == 1


async def test_the_price_before_a_purchase_waits_behind_no_first_price(bench: Bench) -> None:
    bench.reborn(confirm_above=1000.0)
    bench.studio.hold("price")
    await crowd(bench, a_generation, priced, bench.fates)
    async with going(bench.fates):
        while bench.studio.calls.count("price") <= LACKS[Lack.PRICE]:  # noqa: ASYNC110 - a held call tells nobody
            await asyncio.sleep(0)


async def test_requests_that_discord_does_not_speak_of_keep_nobody_from_buying(bench: Bench) -> None:
    bench.delivery.gate = asyncio.Event()
    await crowd(bench, unbought, a_generation, bench.fates)
    async with going(bench.fates):
        await bench.studio.sent.wait()


async def test_purchases_without_an_answer_keep_no_job_from_being_read(bench: Bench) -> None:
    over = asyncio.Event()
    bench.process.writer.on_over(lambda id_: over.set() if id_ == FREE else None)
    bench.studio.put(replace(a_job(f"job_{FREE}"), state=JobState.FAILED, status="failure"))
    bench.studio.hold("submit")
    await crowd(bench, priced, running, bench.fates)
    async with going(bench.fates):
        await over.wait()
    assert (await bench.get(FREE)).fate is Fate.FAILED


async def test_the_next_takes_the_place_of_whoever_is_done_and_all_come_through(bench: Bench) -> None:
    gate = bench.studio.hold("upload")
    await crowd(bench, with_a_file, with_a_file, bench.fates)
    async with going(bench.fates):
        gate.set()
        await posted(bench, STUCK + 1)
    assert len(bench.studio.uploads) == STUCK + 1


async def test_who_waited_for_a_share_and_was_canceled_meanwhile_is_not_bought(bench: Bench) -> None:
    gate = bench.studio.hold("submit")
    await crowd(bench, priced, priced, bench.fates)
    async with going(bench.fates):
        await bench.studio.sent.wait()
        waiting = await bench.get(FREE)
        canceled = replace(waiting, fate=Fate.CANCELED, canceled_by=waiting.origin.owner_id)
        assert await bench.store.save(waiting, canceled) is not None
        gate.set()
        await posted(bench, STUCK)
    assert (await bench.get(FREE)).fate is Fate.CANCELED
    assert len(bench.studio.posts) == STUCK


async def test_a_stop_waits_for_what_is_under_way_and_not_for_what_has_not_begun(bench: Bench) -> None:
    gate = bench.studio.hold("submit")
    await crowd(bench, priced, priced, bench.fates)
    task = asyncio.create_task(bench.fates.run())
    async with asyncio.timeout(60):
        await posted(bench, PURCHASES)
        stopping = asyncio.create_task(bench.fates.stop(grace=60))
        await asyncio.sleep(0)
        gate.set()
        await stopping
    await task
    assert len(bench.studio.posts) == PURCHASES
    assert {one.fate for one in await bench.store.unfinished()} == {Fate.REQUESTED, Fate.RUNNING}


# -- cards --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("free", [ended, running])
async def test_files_that_do_not_come_keep_no_other_card_back(bench: Bench, free: Make) -> None:
    shown = asyncio.Event()
    bench.delivery.during = shown.set
    bench.studio.hold("fetch")
    await crowd(bench, made, free, bench.cards)
    async with going(bench.cards):
        await shown.wait()
    assert [edit.id for edit in bench.delivery.edits] == [FREE]


async def test_pictures_of_gates_that_do_not_come_keep_no_other_progress_back(bench: Bench) -> None:
    gate = Node(id="ask", type=APPROVAL, status="pending", asset_ids=("asset_a",))

    def at_gate(name: str) -> Generation:
        bench.process.board.put(name, Progress(phase="in-progress", nodes=(gate,)))
        return running(name, model_id="wflow_1")

    shown = asyncio.Event()
    bench.delivery.during = shown.set
    bench.studio.hold("fetch")
    await crowd(bench, at_gate, running, bench.cards)
    async with going(bench.cards):
        await shown.wait()
    assert [edit.id for edit in bench.delivery.edits] == [FREE]


async def test_progress_that_discord_does_not_take_keeps_no_last_word_back(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled = asyncio.Event()

    async def show(generation: Generation, progress: Progress | None, results: Sequence[Result]) -> Shown:
        if not generation.fate.final:
            await asyncio.Event().wait()
        settled.set()
        return Shown(message_id=None, channel_id=None)

    monkeypatch.setattr(bench.delivery, "show", show)
    await crowd(bench, running, ended, bench.cards)
    async with going(bench.cards):
        await settled.wait()


async def test_who_waited_for_a_price_and_was_canceled_meanwhile_is_not_asked_for(bench: Bench) -> None:
    bench.reborn(confirm_above=1000.0)
    gate = bench.studio.hold("price")
    await crowd(bench, a_generation, a_generation, bench.fates)
    async with going(bench.fates):
        while bench.studio.calls.count("price") < LACKS[Lack.PRICE]:  # noqa: ASYNC110 - a held call tells nobody
            await asyncio.sleep(0)
        waiting = await bench.get(FREE)
        canceled = replace(waiting, fate=Fate.CANCELED, canceled_by=waiting.origin.owner_id)
        assert await bench.store.save(waiting, canceled) is not None
        bench.studio.calls.clear()
        gate.set()
        await posted(bench, STUCK)
    assert bench.studio.calls.count("price") == STUCK - LACKS[Lack.PRICE]
