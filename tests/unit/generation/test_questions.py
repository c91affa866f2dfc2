"""A price that somebody must say yes to: the question reaches its member, or the request ends."""

import asyncio
from typing import Any

import pytest

from bot.cards.loop import ASK_AGAIN
from bot.cards.ports import Shown, Unshowable
from bot.generation import failures
from bot.generation.card import Card, CardState, Removal
from bot.generation.model import Fate, Generation
from bot.generation.progress import CONFIRM
from bot.service.service import Actor
from tests.support.bench import Bench
from tests.support.builders import MODERATOR, OWNER, a_generation
from tests.support.clock import breathe

DM = 9_000


async def asked(bench: Bench, **changes: Any) -> Generation:
    """One whose price waits for a yes."""
    bench.reborn(confirm_above=50.0)
    await bench.put(a_generation(price=80.0, **changes))
    await bench.step()
    progress = bench.process.board.get("1001")
    assert progress is not None
    assert progress.phase == CONFIRM
    return await bench.get()


async def loops(bench: Bench) -> None:
    """Both loops, until it is over."""
    bench.fates.wake("1001")
    bench.cards.wake("1001")
    tasks = [asyncio.create_task(loop.run()) for loop in (bench.fates, bench.cards)]
    async with asyncio.timeout(10):
        while not (await bench.get()).fate.final:
            await breathe()
    for loop in (bench.fates, bench.cards):
        await loop.stop(0.01)
    await asyncio.gather(*tasks)


async def test_a_question_that_moved_is_asked_there_and_its_old_token_is_forgotten(bench: Bench) -> None:
    await asked(bench)
    bench.delivery.place = Shown(message_id=81_000, channel_id=DM)
    await bench.cards.step("1001")
    moved = await bench.get()
    assert (moved.card.message_id, moved.card.channel_id, moved.card.token) == (81_000, DM, None)
    await bench.service.acting.confirm("1001", Actor(id=OWNER, moderator=False))
    await bench.step()
    assert (await bench.get()).fate is Fate.RUNNING


async def test_a_question_whose_move_could_not_be_written_down_is_asked_again_at_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a full disk it stood in a direct message and was looked for where it had been: its buttons stayed
    when the request was long over."""
    await asked(bench)
    bench.delivery.place = Shown(message_id=81_000, channel_id=DM)

    async def full(before: Card, after: Card) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(bench.store, "save_card", full)
        with pytest.raises(OSError, match="full"):
            await bench.cards.step("1001")
    bench.clock.jump(10)
    await bench.cards.step("1001")
    moved = await bench.get()
    assert (moved.card.message_id, moved.card.channel_id, moved.card.token) == (81_000, DM, None)


async def test_a_question_that_reaches_nobody_ends_the_request_at_once(bench: Bench) -> None:
    await asked(bench)
    bench.delivery.forever = Unshowable("neither way is open")
    await loops(bench)
    over = await bench.get()
    assert (over.fate, over.card_state, over.price) == (Fate.FAILED, CardState.KEPT, None)
    assert over.failure == failures.NotConfirmed(price=80.0, unseen=True)
    assert bench.studio.posts == []


async def test_a_question_that_somebody_deleted_is_found_within_minutes_and_is_a_no(bench: Bench) -> None:
    await asked(bench)
    assert await bench.cards.step("1001") == ASK_AGAIN
    assert 0 < (await bench.cards.step("1001") or 0) <= ASK_AGAIN, "not drawn again before its time"
    assert len(bench.delivery.edits) == 1
    bench.clock.jump(ASK_AGAIN)
    bench.delivery.forever = Unshowable("10008", deleted=True)
    await loops(bench)
    over = await bench.get()
    assert (over.fate, over.card.state, over.card.removed) == (
        Fate.CANCELED,
        CardState.KEPT,
        Removal.SOMEBODY,
    )
    assert bench.studio.posts == []


async def test_a_question_whose_card_a_moderator_deletes_is_a_no(bench: Bench) -> None:
    await asked(bench)
    await bench.service.acting.delete("1001", Actor(id=MODERATOR, moderator=True))
    await bench.step()
    assert (await bench.get()).fate is Fate.CANCELED
