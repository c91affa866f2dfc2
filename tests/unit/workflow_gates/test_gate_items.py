"""What a workflow's gate is about: each item in its own place, whatever the items are."""

import pytest

from bot.cards.loop import ASK_AGAIN
from bot.generation.progress import Progress
from bot.scenario.api.errors import LinkRefused
from bot.scenario.api.records import Node
from bot.service.service import Actor
from bot.workflow_gates.gates import APPROVAL, SELECTION, open_gate
from tests.support.bench import Bench
from tests.support.builders import OWNER, a_job, running

ODD = ("asset_1", "asset_1", "", "asset_2")


def node(*items: str, type_: str = SELECTION) -> Node:
    return Node(id="ask", type=type_, status="pending", asset_ids=items)


async def drawn(bench: Bench, *items: str, type_: str = SELECTION) -> list[str | None]:
    """The assets that the card is given for a gate about these, in order; None for one that is not there."""
    bench.process.board.put("1001", Progress(phase="processing", nodes=(node(*items, type_=type_),)))
    await bench.put(running(model_id="wflow_1"))
    assert await bench.cards.step("1001") == ASK_AGAIN
    (edit,) = bench.delivery.edits
    return [None if one is None else one.id for one in edit.assets]


def test_a_selections_items_keep_their_places() -> None:
    gate = open_gate((node(*ODD),))
    assert gate is not None
    assert gate.asset_ids == ODD
    assert gate.takes == (1, 4)


def test_a_selection_without_items_of_its_own_counts_those_before_it() -> None:
    before = Node(id="draw", type="custom-model", status="success", asset_ids=("asset_1", "asset_1"))
    pick = Node(id="ask", type=SELECTION, status="pending", depends_on=("draw",))
    gate = open_gate((before, pick))
    assert gate is not None
    assert gate.asset_ids == ("asset_1", "asset_1")


def test_what_is_approved_is_named_once() -> None:
    gate = open_gate((node(*ODD, type_=APPROVAL),))
    assert gate is not None
    assert gate.asset_ids == ("asset_1", "asset_2")


async def test_every_item_is_drawn_in_its_place_and_fetched_once(bench: Bench) -> None:
    assert await drawn(bench, *ODD) == ["asset_1", "asset_1", None, "asset_2"]
    assert bench.studio.calls.count("fetch") == 2


async def test_an_item_that_cannot_be_had_leaves_its_place_empty(bench: Bench) -> None:
    bench.studio.fail("fetch", None, LinkRefused("not Scenario's"))
    assert await drawn(bench, "asset_1", "asset_2", "asset_3") == ["asset_1", None, "asset_3"]


async def test_items_of_several_media_are_not_sorted(bench: Bench) -> None:
    bench.studio.kinds |= {"asset_1": "image", "asset_2": "video", "asset_3": "image"}
    bench.studio.mime_types |= {"asset_2": "video/mp4"}
    assert await drawn(bench, "asset_1", "asset_2", "asset_3") == ["asset_1", "asset_2", "asset_3"]


async def test_a_gate_about_nothing_fetches_nothing(bench: Bench) -> None:
    assert await drawn(bench, "") == []
    assert bench.studio.calls == []


@pytest.mark.parametrize("pick", range(len(ODD)))
async def test_a_choice_is_sent_by_its_place(bench: Bench, pick: int) -> None:
    bench.studio.put(a_job("job_1001", flow=(node(*ODD),)))
    await bench.put(running(model_id="wflow_1"))
    await bench.service.acting.answer_gate("1001", 0, Actor(id=OWNER, moderator=False), picks=[pick])
    assert bench.studio.gate_answers == [("job_1001", "ask", (pick,))]
