"""What a traceback says of a refusal that nobody turned into a sentence: its facts."""

from collections.abc import Callable

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
    UnknownModel,
)
from bot.schema.constraints import Constraint, Problem


def problem(name: str) -> Problem:
    return Problem(input=name, label=name.title(), rule=Constraint.REQUIRED)


@pytest.mark.parametrize(
    ("refused", "text"),
    [
        (lambda: UnknownModel("flax", ["Flux"]), "flax"),
        (lambda: ModelUnusable("Flux", ModelFault.DEPRECATED), "Flux: deprecated"),
        (lambda: InvalidInputs("Flux", [problem("steps"), problem("size")]), "Flux: steps, size"),
        (lambda: LimitReached(Limit.QUEUE, 100, used=101), "queue: 101 of 100"),
        (lambda: CannotPost(["attach_files", "embed_links"]), "attach_files, embed_links"),
        (lambda: NotAllowed(42), "42"),
        (CannotCancel, ""),
        (lambda: CannotCancel(word="frozen"), "frozen"),
    ],
)
def test_a_refusal_names_its_facts(refused: Callable[[], Refusal], text: str) -> None:
    assert str(refused()) == text
