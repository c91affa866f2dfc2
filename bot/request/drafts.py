"""A cheap draft, and what it is a draft of: the same model told to take less care, or another of its family.

Pure, from memory. A draft foretells a result only where both begin with the same seed, so neither is
offered without one.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Final

from bot.catalogue import Catalogue
from bot.catalogue.families import Rank, cheaper, standing
from bot.catalogue.tasks import Task, suits
from bot.request.ask import Ask, sources_of
from bot.request.compose import compose
from bot.request.parts import parts_of
from bot.request.roles import SEEDS, by_name, named
from bot.scenario.api import loose
from bot.scenario.api.records import Input, Json, Model
from bot.schema.settings_text import resolve

DRAFT: Final = "draft"
"""Our option's name."""
ANY: Final = ""
"""`Ask.draft_of` of a draft whose model is still to be chosen."""
DRAFTED: Final = frozenset({Task.IMAGINE, Task.EDIT, Task.VIDEO})
"""What is drafted: what is made of words and is seen."""
_CARES: Final = ("renderingspeed", "quality", "imagequality", "outputquality", "renderquality")
"""Inputs that say how much care a model takes, and leave the size as it is."""
_USUAL: Final = 2
_RANKS: Final = {
    **dict.fromkeys(("flash", "draft"), 0),
    **dict.fromkeys(("turbo", "fast", "low"), 1),
    **dict.fromkeys(("balanced", "default", "auto", "medium", "standard", "normal"), _USUAL),
    **dict.fromkeys(("quality", "high", "hd", "best"), 3),
}


def as_draft(catalogue: Catalogue, model: Model, ask: Ask, task: Task) -> tuple[Model, Ask] | None:
    """The draft of what this model would make of the ask; None where there is none. As far as schemas are
    known (`unread`)."""
    careless = _with_less_care(model, ask, task)
    if careless is not None:
        return model, careless
    if by_name(model, SEEDS) is None:
        return None
    drafted = replace(ask, draft_of=model.id)
    quick = _quick(catalogue, model, ask, task)
    return next(((one, drafted) for one in quick if _takes(one, drafted, task)), None)


def unread(catalogue: Catalogue, model: Model, ask: Ask, task: Task) -> list[str]:
    """The ids of models that may draft for this one, and whose schemas are not known."""
    if by_name(model, SEEDS) is None or _with_less_care(model, ask, task) is not None:
        return []
    return [one.id for one in _quick(catalogue, model, ask, task) if one.inputs is None]


def as_full(catalogue: Catalogue, model: Model, ask: Ask, task: Task) -> tuple[Model, Ask] | None:
    """What this ask of `model` is a draft of, with all of it that the full model takes; None where it is no
    draft, or the full model does not take its seed.

    ask: with the seed that made the draft.
    """
    if task not in DRAFTED or ask.seed is None:
        return None
    for full in _full(catalogue, model, ask):
        if not catalogue.fits(full, task, sources_of(ask)):
            continue
        found = next((one for one in _without_the_draft(model, full, ask) if _takes(full, one, task)), None)
        if found is not None:
            return full, found
    return None


def _full(catalogue: Catalogue, model: Model, ask: Ask) -> Iterator[Model]:
    """The one that the draft was asked of, this one with its usual care, the others of its family."""
    asked = catalogue.get(ask.draft_of) if ask.draft_of else None
    if asked is not None and asked.id != model.id:
        yield asked
    if _careless(model, ask):
        yield model
    own = standing(model)
    if own.rank is Rank.QUICK:
        above = [one for one in catalogue.family(model) if standing(one).rank > own.rank]
        yield from sorted((one for one in above if cheaper(model, one)), key=lambda one: standing(one).rank)


def _with_less_care(model: Model, ask: Ask, task: Task) -> Ask | None:
    """The same of the same model, told to take less care; None where it cannot be, or was told how much."""
    care = _care(model)
    if care is None or care[0].name in resolve(model, ask.model_settings).values:
        return None
    spec, value = care
    told = replace(ask, draft_of=model.id, model_settings={**ask.model_settings, spec.name: value})
    return told if _takes(model, told, task) else None


def _quick(catalogue: Catalogue, model: Model, ask: Ask, task: Task) -> list[Model]:
    if standing(model).rank is Rank.QUICK:
        return []
    found = (one for one in catalogue.family(model) if standing(one).rank is Rank.QUICK)
    return [one for one in found if cheaper(one, model) and suits(one, task, sources_of(ask))]


def _without_the_draft(model: Model, full: Model, ask: Ask) -> Iterator[Ask]:
    """What is asked of the full model: all of it first, then less and less of what it may not take."""
    settings = dict(resolve(model, ask.model_settings).values)
    if (care := _care(model)) is not None:
        settings.pop(care[0].name, None)
    shared = {name: value for name, value in settings.items() if full.input(name) is not None}
    plain = replace(ask, draft_of=None)
    for told, ratio, negative in product(
        (settings, shared),
        dict.fromkeys((ask.aspect_ratio, None)),
        dict.fromkeys((ask.negative_prompt, None)),
    ):
        yield replace(plain, model_settings=told, aspect_ratio=ratio, negative_prompt=negative)


def _care(model: Model) -> tuple[Input, Json] | None:
    """The input that says how much care it takes, and the least that is less than the usual. Only where that
    moves the price, and the model takes a seed."""
    if by_name(model, SEEDS) is None:
        return None
    for spec in named(model.inputs or (), _CARES):
        ranked = {str(one): rank for one in spec.allowed_values if (rank := _rank(one)) is not None}
        less = [one for one, rank in ranked.items() if rank < _usual(spec)]
        if spec.cost_impact and less:
            return spec, min(less, key=ranked.__getitem__)
    return None


def _careless(model: Model, ask: Ask) -> bool:
    care = _care(model)
    if care is None:
        return False
    told = _rank(resolve(model, ask.model_settings).values.get(care[0].name))
    return told is not None and told < _usual(care[0])


def _usual(spec: Input) -> int:
    usual = _rank(spec.default)
    return _USUAL if usual is None else usual


def _rank(value: Json) -> int | None:
    return _RANKS.get(loose.plain(value)) if isinstance(value, str) else None


def _takes(model: Model, ask: Ask, task: Task) -> bool:
    """Whether its schema is known and takes every job that this becomes, with a seed."""
    if model.inputs is None or by_name(model, SEEDS) is None:
        return False
    return not any(compose(one, model, seed=None, one=True).problems for one in parts_of(ask, model, task))
