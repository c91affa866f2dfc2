from dataclasses import replace
from typing import Any

import pytest

from bot.catalogue.faults import ModelFault, detail, fault
from bot.scenario.api.records import Model


def model(**changes: Any) -> Model:
    return replace(Model(id="model_a", name="A"), **changes)


@pytest.mark.parametrize(
    ("changes", "found", "said"),
    [
        ({}, None, None),
        ({"tags": ("deprecated:model_b", "sc:featured")}, ModelFault.DEPRECATED, "model_b"),
        ({"tags": ("deprecated",)}, ModelFault.DEPRECATED, None),
        ({"status": "training"}, ModelFault.NOT_TRAINED, "training"),
        ({"status": "failed"}, ModelFault.NOT_TRAINED, "failed"),
        ({"type": "flux.1-lora"}, ModelFault.NEEDS_BASE, "flux.1-lora"),
        ({"type": "flux.1-composition"}, ModelFault.NEEDS_BASE, "flux.1-composition"),
        ({"type": "zimage-lora"}, ModelFault.NEEDS_BASE, "zimage-lora"),
        ({"tags": ("deprecated:x",), "status": "new", "type": "a-lora"}, ModelFault.DEPRECATED, "x"),
        ({"status": "new", "type": "a-lora"}, ModelFault.NOT_TRAINED, "new"),
    ],
)
def test_what_stands_against_a_model(
    changes: dict[str, Any], found: ModelFault | None, said: str | None
) -> None:
    one = model(**changes)
    assert fault(one) is found
    if found is not None:
        assert detail(one, found) == said


@pytest.mark.parametrize(
    ("restriction", "level", "locked"),
    [
        (100, None, False),  # nobody knows the plan: Scenario will say so itself
        (None, 0, False),
        (0, 0, False),
        (50, 50, False),
        (75, 50, True),
        (25, 0, True),
    ],
)
def test_a_plan_locks_only_when_it_is_known_to_be_too_small(
    restriction: int | None, level: int | None, locked: bool
) -> None:
    found = fault(model(access_restriction=restriction), level)
    assert found is (ModelFault.PLAN if locked else None)


@pytest.mark.parametrize(
    ("restriction", "name"), [(75, "Max"), (100, "Enterprise"), (60, "60"), (None, None)]
)
def test_the_plan_is_named(restriction: int | None, name: str | None) -> None:
    assert detail(model(access_restriction=restriction), ModelFault.PLAN) == name
