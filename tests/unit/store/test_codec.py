from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.generation import failures
from bot.generation.failures import FailureKind
from bot.generation.model import Fate, GateAnswer, Output
from bot.request.ask import Ask
from bot.store.codec import CARD_ROW, decode, encode, encode_new, encode_new_card
from bot.store.tables import cards, generations
from tests.support.builders import a_generation

GENERATION = a_generation(
    "1",
    ask=Ask(prompt="a fox", seed=5),
    inputs={"prompt": "a fox"},
    fate=Fate.FAILED,
    created_at=datetime(2026, 3, 1, tzinfo=UTC),
    outputs=(Output(asset_id="a"),),
    failure=failures.Simple(kind=FailureKind.MODERATED),
)


def row(**changes: Any) -> dict[str, Any]:
    """As it is read: its own columns, and its card's beside them."""
    card = {f"{CARD_ROW}{name}": value for name, value in encode_new_card(GENERATION.card).items()}
    return {**encode_new(GENERATION), **card, **changes}


def test_the_columns_are_the_fields() -> None:
    assert {column.name for column in generations.columns} == encode_new(GENERATION).keys()
    assert {column.name for column in cards.columns} == encode_new_card(GENERATION.card).keys()


def test_a_job_without_a_card_comes_back_without_one() -> None:
    alone = replace(GENERATION, on_card=None)
    assert decode({**row(), **encode_new(alone)}) == alone


def test_a_row_gives_back_its_generation() -> None:
    assert decode(row()) == GENERATION


def test_only_the_asked_columns_are_encoded() -> None:
    assert encode(GENERATION, {"fate", "failure"}) == {
        "fate": "failed",
        "failure": {"kind": "moderated", "reason": None, "hint": None, "facts": {}},
    }


def test_what_a_later_version_added_is_left_out() -> None:
    later = row(
        a_new_column=1,
        ask={"prompt": "a fox", "seed": 5, "style": "ink"},
        outputs=[{"asset_id": "a", "kind": "image"}],
        failure={"kind": "moderated", "facts": {"x": 1}, "severity": 3},
    )
    assert decode(later) == GENERATION


def test_an_unknown_kind_of_failure_is_a_plain_failure() -> None:
    failure = decode(row(failure={"kind": "eclipse", "reason": "r"})).failure
    assert failure == failures.Simple(kind=FailureKind.FAILED, reason="r")


@pytest.mark.parametrize("ask", [{}, {"prompt": None}, None, [], "text"])
def test_an_ask_without_a_prompt_reads_as_an_empty_one(ask: object) -> None:
    assert decode(row(ask=ask)).ask == Ask(prompt="")


@pytest.mark.parametrize("ask", [Ask(prompt="x", draft_of=""), Ask(draft_of="model_x"), Ask(full_of="1-3")])
def test_a_draft_stays_one_also_while_nobody_knows_of_which_model(ask: Ask) -> None:
    drafted = replace(GENERATION, ask=ask)
    assert decode({**row(), **encode_new(drafted)}) == drafted


def test_no_outputs_read_as_none() -> None:
    assert decode(row(outputs=None)).outputs == ()


def test_words_that_are_a_result_come_back_whole() -> None:
    outputs = (Output(text="roses\nare"), Output(asset_id="a"))
    assert decode(row(**encode(replace(GENERATION, outputs=outputs), {"outputs"}))).outputs == outputs


@pytest.mark.parametrize("column", ["fate", f"{CARD_ROW}state", "medium"])
def test_a_fate_card_or_medium_is_not_guessed(column: str) -> None:
    with pytest.raises(ValueError, match="eclipse"):
        decode(row(**{column: "eclipse"}))


def test_a_gates_answer_that_a_later_version_words_otherwise_is_left_out_and_the_others_stay() -> None:
    told = [{"node_id": "a", "by": 7, "picks": [2], "choosing": True, "note": "x"}, {"node_id": "b"}, "no"]
    answer = GateAnswer(node_id="a", by=7, picks=(2,), choosing=True)
    assert decode(row(gate_answers=told)) == replace(GENERATION, gate_answers=(answer,))
    assert decode(row(gate_answers=None)) == GENERATION  # as it stood before the column was there
