"""However many progress edits hang, a last word stands behind none of them but its own card's."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from bot.cards.loop import FACT_SPACING, PICTURES, PROGRESS
from bot.generation.card import CardState
from bot.generation.model import Fate, Generation, Membership, Output, key_of
from bot.generation.ports import Acknowledged, Delayed, Guard
from bot.generation.progress import CONFIRM, Progress
from bot.request.ask import Ask
from tests.support.bench import Bench
from tests.support.builders import a_caller, running, unbought
from tests.support.clock import breathe, until

CROWD = [str(number) for number in range(2001, 2041)]


@asynccontextmanager
async def hanging(bench: Bench, *ids: str, bucket: str | None = None) -> AsyncGenerator[None]:
    """The card loop runs, and Discord answers nothing. Each has something to show."""
    bench.delivery.gate = asyncio.Event()
    for id_ in ids:
        await put(bench, running(id_), bucket)
    task = asyncio.create_task(bench.cards.run())
    try:
        yield
    finally:
        bench.delivery.gate.set()
        await bench.cards.stop(1)
        await task


async def put(bench: Bench, generation: Generation, bucket: str | None = None) -> None:
    await bench.put(generation)
    if bucket is not None:
        bench.delivery.buckets[generation.id] = (bucket, 0.0)
    bench.cards.tell(generation.id)


async def hang(bench: Bench, count: int) -> None:
    """So many are on their way, and no more of them come."""
    for _ in range(3 * count):
        await bench.clock.advance(0.1)
        await asyncio.sleep(0.001)
    await until(lambda: bench.delivery.held >= count, f"{count} to hang")
    await bench.clock.advance(1)
    assert bench.delivery.held == count


def half_made(id_: str) -> tuple[Generation, Generation]:
    """Two jobs of one card, of which the first has its picture."""
    first = running(id_, fate=Fate.SUCCEEDED, outputs=(Output(asset_id="a"),))
    first = replace(first, membership=Membership(group_id=id_, number=1, size=2))
    place = Membership(group_id=id_, number=2, size=2)
    second = replace(running(id_), id=key_of(id_, 2), job_id=f"job_{id_}_2", membership=place)
    return first, replace(second, on_card=first.card, origin=first.origin)


async def finish(bench: Bench, id_: str, *, card: str | None = None) -> None:
    row = await bench.get(id_)
    over = replace(row, fate=Fate.SUCCEEDED, outputs=(Output(asset_id="a"),), revision=row.revision + 1)
    assert await bench.store.save(row, over)
    bench.cards.tell(card or id_, final=True)


async def test_in_one_bucket_one_hangs_and_the_last_word_of_another_goes_at_once(bench: Bench) -> None:
    async with hanging(bench, *CROWD, bucket="channel"):
        await hang(bench, 1)
        last = next(id_ for id_ in CROWD if id_ not in bench.delivery.begun)
        await finish(bench, last)
        await hang(bench, 2)
        assert bench.delivery.begun[1:] == [last]


async def test_where_no_place_is_left_a_waiting_cards_own_last_word_goes_at_once(bench: Bench) -> None:
    async with hanging(bench, *CROWD):
        await hang(bench, PROGRESS)
        last = next(id_ for id_ in CROWD if id_ not in bench.delivery.begun)
        await finish(bench, last)
        await hang(bench, PROGRESS + 1)
        assert bench.delivery.begun[PROGRESS:] == [last]


async def test_everybody_in_line_is_shown_in_the_end(bench: Bench) -> None:
    async with hanging(bench, *CROWD, bucket="channel"):
        await hang(bench, 1)
        assert bench.delivery.gate is not None
        bench.delivery.gate.set()

        def shown() -> set[str]:
            return {edit.id for edit in bench.delivery.edits}

        for place in range(1, len(CROWD) + 1):  # one in each spacing, at least
            await bench.clock.advance(FACT_SPACING)
            await until(lambda place=place: len(shown()) >= place, f"{place} of them")
        assert shown() == set(CROWD)


async def test_pictures_of_groups_hold_few_places_and_none_of_those_for_last_words(bench: Bench) -> None:
    for id_ in CROWD:
        first, second = half_made(id_)
        await bench.store.record(first, Guard(), siblings=[second])
    async with hanging(bench):
        for id_ in CROWD:
            bench.cards.tell(id_)
        await hang(bench, PICTURES)
        await put(bench, running("1001"))
        await hang(bench, PICTURES + 1)  # there are places left for words
        last = next(id_ for id_ in CROWD if id_ not in bench.delivery.begun)
        await finish(bench, key_of(last, 2), card=last)
        await hang(bench, PICTURES + 2)
        assert bench.delivery.begun[PICTURES:] == ["1001", last]


async def test_a_question_is_asked_while_all_progress_hangs(bench: Bench) -> None:
    async with hanging(bench, *CROWD):
        await hang(bench, PROGRESS)
        bench.process.board.put("1001", Progress(phase=CONFIRM))
        await put(bench, unbought("1001", card=CardState.LIVE))
        await hang(bench, PROGRESS + 1)
        assert bench.delivery.begun[-1] == "1001"


async def test_a_bucket_at_rest_is_left_alone_until_it_has_room_again(bench: Bench) -> None:
    await bench.put(running())
    bench.delivery.buckets["1001"] = ("channel", 4.5)
    assert await bench.cards.step("1001") == 4.5
    assert bench.delivery.begun == []
    bench.delivery.buckets["1001"] = ("channel", 0.0)
    assert await bench.cards.step("1001") is None
    assert bench.delivery.begun == ["1001"]


@pytest.mark.parametrize("trouble", [Delayed("no"), RuntimeError("native"), asyncio.CancelledError()])
async def test_an_edit_that_fails_keeps_nobodys_turn(bench: Bench, trouble: BaseException) -> None:
    for id_ in ("1001", "1002"):
        await bench.put(running(id_))
        bench.delivery.buckets[id_] = ("channel", 0.0)
    bench.delivery.trouble.append(trouble)  # pyright: ignore[reportArgumentType]
    await asyncio.gather(bench.cards.step("1001"), return_exceptions=True)
    assert await bench.cards.step("1002") is None
    assert [edit.id for edit in bench.delivery.edits] == ["1002"]
    await breathe()


async def test_a_thousand_live_cards_give_way_to_an_acknowledgement(bench: Bench) -> None:
    crowd = [str(number) for number in range(10_001, 11_001)]
    seen: list[int] = []

    async def acknowledge() -> Acknowledged:
        seen.append(len(bench.delivery.begun))
        for _ in range(9):
            await bench.clock.advance(0.1)
            await asyncio.sleep(0.002)
        seen.append(len(bench.delivery.begun))
        return Acknowledged(message_id=1, ephemeral=False)

    async with hanging(bench, *crowd):
        await hang(bench, PROGRESS)
        assert bench.delivery.gate is not None
        bench.delivery.gate.set()  # Discord answers again, and 976 wait for it
        await bench.service.asking.request(a_caller("1001"), Ask(prompt="a cat"), acknowledge)
        before, after = seen
        assert before == after < len(crowd)
        while len(bench.delivery.begun) < len(crowd):
            await bench.clock.advance(0.1)
            await asyncio.sleep(0.001)
