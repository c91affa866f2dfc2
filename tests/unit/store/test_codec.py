from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.generation import failures
from bot.generation.failures import FailureKind
from bot.generation.model import Card, Fate, Generation, Output
from bot.request.ask import Ask
from bot.store.codec import decode, encode
from bot.store.tables import generations
from bot.vocabulary import Medium

GENERATION = Generation(
    id="1",
    command="imagine",
    medium=Medium.IMAGE,
    owner_id=7,
    application_id=8,
    guild_id=9,
    channel_id=10,
    locale="en",
    owner_locale="fr",
    private=False,
    spoiler=False,
    attachment_limit=10,
    model_id="m",
    model_name="M",
    ask=Ask(prompt="a fox", seed=5),
    inputs={"prompt": "a fox"},
    fate=Fate.FAILED,
    card=Card.LIVE,
    created_at=datetime(2026, 3, 1, tzinfo=UTC),
    outputs=(Output(asset_id="a"),),
    failure=failures.Simple(kind=FailureKind.MODERATED),
)


def row(**changes: Any) -> dict[str, Any]:
    return {**encode(GENERATION), **changes}


def test_the_columns_are_the_fields() -> None:
    assert [column.name for column in generations.columns] == [field.name for field in fields(Generation)]


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


def test_no_outputs_read_as_none() -> None:
    assert decode(row(outputs=None)).outputs == ()


def test_words_that_are_a_result_come_back_whole() -> None:
    outputs = (Output(text="roses\nare"), Output(asset_id="a"))
    assert decode(row(**encode(replace(GENERATION, outputs=outputs), {"outputs"}))).outputs == outputs


@pytest.mark.parametrize("column", ["fate", "card", "medium"])
def test_a_fate_card_or_medium_is_not_guessed(column: str) -> None:
    with pytest.raises(ValueError, match="eclipse"):
        decode(row(**{column: "eclipse"}))
