"""Why a model cannot be used as it stands. Pure."""

from collections.abc import Collection
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from bot.scenario.api.records import Model
from bot.vocabulary import COMPOSITION

_PLANS: Final = MappingProxyType({0: "Free", 25: "Starter", 50: "Pro", 75: "Max", 100: "Enterprise"})
_PARTS: Final = ("-lora", COMPOSITION)
"""How the types end that Scenario runs only through a base model."""


class ModelFault(StrEnum):
    """Why a model cannot be used, or not by this command."""

    DEPRECATED = "deprecated"
    NOT_TRAINED = "not_trained"
    DRAFT = "draft"
    EMPTY = "empty"
    NEEDS_BASE = "needs_base"
    OTHER_MEDIUM = "other_medium"
    OTHER_TASK = "other_task"
    PLAN = "plan"


def is_trained(model: Model) -> bool:
    """Whether this is a trained model or a composition that runs through a base model."""
    return model.type.endswith(_PARTS)


def fault(
    model: Model, plan_level: int | None = None, *, based: Collection[str] = frozenset()
) -> ModelFault | None:
    """The first reason against using `model`, None where there is none.

    plan_level: the team's, on the scale of `Model.access_restriction`. While it is not known, no model is
    held to be locked: Scenario will say so itself.
    based: types of trained models for which there is a base model to run them through.
    """
    if model.replaced_by is not None:
        return ModelFault.DEPRECATED
    if model.status != "trained":
        return ModelFault.DRAFT if model.is_workflow else ModelFault.NOT_TRAINED
    if model.type.endswith(COMPOSITION) and model.concepts == ():
        return ModelFault.EMPTY
    if is_trained(model) and model.type not in based:
        return ModelFault.NEEDS_BASE
    if plan_level is not None and (model.access_restriction or 0) > plan_level:
        return ModelFault.PLAN
    return None


def detail(model: Model, found: ModelFault) -> str | None:
    """The replacement's id, the status, the type, or the plan's name."""
    match found:
        case ModelFault.DEPRECATED:
            return model.replaced_by or None
        case ModelFault.NOT_TRAINED | ModelFault.DRAFT:
            return model.status
        case ModelFault.NEEDS_BASE:
            return model.type
        case ModelFault.EMPTY | ModelFault.OTHER_MEDIUM | ModelFault.OTHER_TASK:
            return None
        case ModelFault.PLAN:
            level = model.access_restriction
            return None if level is None else plan_name(level)


def plan_name(level: int) -> str:
    """The plan of Scenario that `Model.access_restriction` means."""
    return _PLANS.get(level, str(level))
