"""A workflow's open gate is a question: it is looked for, it comes back by /show, and it holds no place for
ever when nobody can see it."""

from datetime import timedelta
from typing import Any

import pytest

from bot.cards.loop import ASK_AGAIN
from bot.cards.ports import Shown, Unshowable
from bot.generation.card import CardState, Removal
from bot.generation.model import UNSEEN_HOLDS, Fate, Generation
from bot.generation.ports import Acknowledged, Guard
from bot.generation.progress import Progress
from bot.refusals import LimitReached
from bot.scenario.api.records import JobState, Node
from bot.service.service import comes_back
from bot.workflow_gates.gates import APPROVAL
from tests.support.bench import Bench
from tests.support.builders import OWNER, STRANGER, a_caller, a_job, running, unbought

DM = 9_000
GATE = Node(id="ask", type=APPROVAL, status="pending")


async def at_gate(bench: Bench, **changes: Any) -> Generation:
    """A run that waits for somebody's yes, as both loops know it."""
    bench.studio.put(a_job("job_1001", flow=(GATE,)))
    await bench.put(running(model_id="wflow_1", **changes))
    await bench.step()
    return await bench.get()


async def unseen(bench: Bench, **changes: Any) -> Generation:
    """The same, with no way left to show it."""
    await at_gate(bench, **changes)
    bench.delivery.forever = Unshowable("no way is open")
    assert await bench.cards.step("1001") is None
    bench.delivery.forever = None
    kept = await bench.get()
    assert (kept.fate, kept.card_state, kept.card.removed) == (Fate.RUNNING, CardState.KEPT, None)
    return kept


async def test_an_open_gate_is_looked_for_and_drawn_again_only_where_it_is_not_found(bench: Bench) -> None:
    await at_gate(bench)
    assert await bench.cards.step("1001") == ASK_AGAIN
    bench.clock.jump(ASK_AGAIN)
    bench.delivery.reached = True
    assert await bench.cards.step("1001") == ASK_AGAIN
    assert (len(bench.delivery.edits), bench.delivery.looks) == (1, ["1001"])
    bench.clock.jump(ASK_AGAIN)
    bench.delivery.reached, bench.delivery.place = False, Shown(message_id=81_000, channel_id=DM)
    assert await bench.cards.step("1001") == ASK_AGAIN
    moved = await bench.get()
    assert (moved.card.message_id, moved.card.channel_id, moved.card.token) == (81_000, DM, None)


async def test_a_run_that_asks_nothing_is_not_looked_for(bench: Bench) -> None:
    await bench.put(running())
    bench.process.board.put("1001", Progress(phase="processing", fraction=0.5))
    assert await bench.cards.step("1001") is None


@pytest.mark.parametrize("private", [True, False])
async def test_show_brings_a_gate_back_to_its_owner_and_the_card_lives_there(
    bench: Bench, private: bool
) -> None:
    kept = await unseen(bench, private=private)
    origin = a_caller("2002", channel_id=777)
    assert comes_back(await bench.service.showing.look("1001", origin), origin)

    async def acknowledge() -> Acknowledged:
        return Acknowledged(message_id=82_000, ephemeral=private)

    await bench.service.showing.show(origin, kept, acknowledge)
    back = await bench.get()
    assert (back.card_state, back.card.message_id, back.card.channel_id) == (CardState.LIVE, 82_000, 777)
    assert await bench.cards.step("1001") == ASK_AGAIN
    (edit,) = bench.delivery.edits
    assert edit.progress is not None
    assert edit.progress.nodes == (GATE,)
    assert bench.delivery.copies == []


async def test_what_comes_back_is_drawn_also_where_nothing_is_known_of_it_yet(bench: Bench) -> None:
    kept = await unseen(bench, shown_revision=1)
    bench.reborn()
    await bench.service.showing.show(a_caller("2002"), kept, bench.acknowledge)
    await bench.cards.step("1001")
    assert len(bench.delivery.edits) == 1


async def test_only_its_owner_brings_back_what_is_under_way(bench: Bench) -> None:
    kept = await unseen(bench)
    assert not comes_back(kept, a_caller("2002", owner_id=STRANGER))
    assert not comes_back(running(), a_caller("2002"))


async def test_the_end_of_an_unseen_run_tries_every_way_once_more(bench: Bench) -> None:
    await unseen(bench)
    bench.studio.put(a_job("job_1001", state=JobState.CANCELED, status="canceled"))
    await bench.step()
    await bench.cards.step("1001")
    over = await bench.get()
    assert (over.fate, over.card_state) == (Fate.CANCELED, CardState.SETTLED)
    assert len(bench.delivery.of("1001")) == 1


async def test_an_end_that_nobody_can_be_told_either_stays_kept(bench: Bench) -> None:
    await unseen(bench)
    bench.studio.put(a_job("job_1001", state=JobState.CANCELED, status="canceled"))
    bench.delivery.forever = Unshowable("no way is open")
    await bench.step()
    for _ in range(2):
        assert await bench.cards.step("1001") is None
    assert (await bench.get()).card_state is CardState.KEPT


@pytest.mark.parametrize(
    ("removed", "after", "counts"),
    [
        (None, UNSEEN_HOLDS - timedelta(seconds=1), True),
        (None, UNSEEN_HOLDS + timedelta(seconds=1), False),
        (Removal.OWNER, UNSEEN_HOLDS + timedelta(seconds=1), True),
    ],
)
async def test_a_run_that_waits_unseen_for_long_holds_no_place_of_its_member(
    bench: Bench, removed: Removal | None, after: timedelta, counts: bool
) -> None:
    await bench.put(running(model_id="wflow_1", card=CardState.KEPT, removed=removed))
    bench.clock.jump(after.total_seconds())
    new = unbought("1002", created_at=bench.clock.now(), owner_id=OWNER)
    if counts:
        with pytest.raises(LimitReached):
            await bench.store.record(new, Guard(member_in_flight=1))
    else:
        await bench.store.record(new, Guard(member_in_flight=1))
        assert (await bench.get("1002")).fate is Fate.REQUESTED
