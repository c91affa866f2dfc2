"""Where a workflow run waits for a person."""

from typing import Any

import pytest

from bot.scenario.api.records import Node
from bot.workflow_gates.gates import APPROVAL, SELECTION, open_gate


def node(id_: str, type_: str = "custom-model", status: str = "success", **more: Any) -> Node:
    return Node(id=id_, type=type_, status=status, **more)


def test_without_a_gate_there_is_none() -> None:
    assert open_gate(()) is None
    assert open_gate((node("a", status="processing"), node("b", status="pending"))) is None


@pytest.mark.parametrize("status", ["pending", "processing"])
def test_a_gate_opens_when_all_before_it_is_done_whatever_its_own_word(status: str) -> None:
    before = node("draw", asset_ids=("asset_1", "asset_2"))
    gate = open_gate((before, node("ok", APPROVAL, status, depends_on=("draw",))))
    assert gate is not None
    assert (gate.number, gate.node_id, gate.choosing) == (1, "ok", False)
    assert gate.asset_ids == ("asset_1", "asset_2")


@pytest.mark.parametrize("status", ["pending", "processing", "failure"])
def test_a_gate_stays_closed_while_something_before_it_is_not_done(status: str) -> None:
    assert (
        open_gate((node("draw", status=status), node("ok", APPROVAL, "pending", depends_on=("draw",))))
        is None
    )


@pytest.mark.parametrize("status", ["success", "rejected", "failure", "skipped"])
def test_an_answered_gate_is_no_gate(status: str) -> None:
    assert open_gate((node("ok", APPROVAL, status),)) is None


def test_a_selection_offers_its_own_items_within_its_bounds() -> None:
    items = ("asset_1", "asset_2", "asset_3")
    gate = open_gate((node("pick", SELECTION, "processing", asset_ids=items, least=1, most=100),))
    assert gate is not None
    assert gate.choosing
    assert gate.asset_ids == items
    assert gate.takes == (1, 3)


def test_a_selection_that_wants_more_than_there_is_takes_what_there_is() -> None:
    gate = open_gate((node("pick", SELECTION, "pending", asset_ids=("asset_1",), least=2, most=4),))
    assert gate is not None
    assert gate.takes == (1, 1)


def test_the_first_open_gate_is_the_one_to_answer() -> None:
    nodes = (
        node("one", APPROVAL, "success"),
        node("two", APPROVAL, "pending"),
        node("three", APPROVAL, "pending"),
    )
    gate = open_gate(nodes)
    assert gate is not None
    assert gate.node_id == "two"
