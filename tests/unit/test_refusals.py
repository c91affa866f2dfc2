"""What a traceback says of a refusal that nobody turned into a sentence: its facts."""

import pytest

from bot.catalogue import ModelFault
from bot.refusals import (
    CannotCancel,
    CannotPost,
    InvalidInputs,
    Limit,
    LimitReached,
    ModelUnusable,
    NotAllowed,
    Refusal,
)
from bot.schema.constraints import Constraint, Problem


def problem(name: str) -> Problem:
    return Problem(input=name, label=name.title(), rule=Constraint.REQUIRED)


@pytest.mark.parametrize(
    ("refusal", "text"),
    [
        (ModelUnusable("Flux", ModelFault.DEPRECATED), "Flux: deprecated"),
        (
            InvalidInputs("Flux", [problem("steps"), problem("size")]),
            "Flux: steps, size",
        ),
        (LimitReached(Limit.QUEUE, 100, used=101), "queue: 101 of 100"),
        (CannotPost(["attach_files", "embed_links"]), "attach_files, embed_links"),
        (NotAllowed(42), "42"),
        (CannotCancel(), ""),
        (CannotCancel(word="frozen"), "frozen"),
    ],
)
def test_a_refusal_names_its_facts(refusal: Refusal, text: str) -> None:
    assert str(refusal) == text
