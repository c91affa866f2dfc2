"""An action on a result → the request that it is: by which model, with what. Pure, from memory.

What is offered on a card and what a press does are one rule: a plan is there, or it is not.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from bot.actions.actions import RECIPES, Action, Place, Recipe, Words
from bot.catalogue import Catalogue
from bot.catalogue.tasks import Task
from bot.generation.group import Group
from bot.generation.model import Generation
from bot.request.ask import Ask, InputFile, sources_of
from bot.request.compose import compose
from bot.request.drafts import as_full
from bot.request.parts import in_words
from bot.request.roles import by_name, seed_in
from bot.scenario.api import loose
from bot.scenario.api.records import Input, Json, Model
from bot.schema.inputs import accepts
from bot.vocabulary import Medium

KINDS: Final[Mapping[Medium, str]] = MappingProxyType({Medium.THREE_D: "model"})
"""The first half of a content type, where it is not the medium's own name."""
_PICTURES: Final = frozenset({Medium.IMAGE})
_FILMS: Final = frozenset({Medium.VIDEO})
_SOUNDS: Final = frozenset({Medium.AUDIO})
_BEGINS_WITH: Final = MappingProxyType(
    {
        Action.UPSCALE: _PICTURES | _FILMS,
        Action.FULL: _PICTURES | _FILMS,
        Action.EXTEND: _FILMS,
        Action.SOUND: _FILMS,
        Action.SOUNDBOARD: _SOUNDS,
        Action.VOICE: _SOUNDS,
    }
)
_STRENGTHS: Final = ("strength", "denoisingstrength", "denoise")
"""Inputs that say how far a model may leave the picture; others may say how much of it to keep."""
_SWITCHES: Final = ("inferencetype", "mode")
"""Inputs by which a model is told that it begins with a picture."""
_FROM_PICTURE: Final = "img2img"
_FAR: Final[Mapping[Action, float]] = MappingProxyType({Action.VARY: 0.45, Action.STRONG: 0.85})
"""How far a variation goes, of what the model's input allows."""
_SOME_WORDS: Final = "a picture"
"""Stand for what nobody has written yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A request that is ready to be made."""

    task: Task
    model_id: str | None
    """None while the models are not known: the default will be taken."""
    ask: Ask


def begins_with(action: Action, medium: Medium) -> bool:
    """Whether an action begins with results of this medium."""
    return medium in _BEGINS_WITH.get(action, _PICTURES)


def words_of(generation: Generation) -> str:
    """The words that say what is seen: those that asked for it, or for what it was made from. Of several jobs
    with words of their own those that stand for all."""
    asked = generation.ask.typed if isinstance(generation, Group) else generation.ask.prompt
    told = (asked, *(one.subject for one in generation.ask.files))
    return next((words for words in told if words.strip()), "")


def offered(catalogue: Catalogue, generation: Generation, medium: Medium) -> frozenset[Action]:
    """What can be done with what this finished generation made. medium: of its main results."""
    found = {Action.DETAILS}
    if generation.ask.prompt.strip() and generation.command not in {Task.WORKFLOW, Task.PROMPT}:
        found.add(Action.WORDS)
        if improved(catalogue, generation) is not None:
            found.add(Action.IMPROVE)
    if generation.card.private and generation.origin.guild_id is not None:
        found.add(Action.SHARE)
    if not any(output.asset_id for output in generation.outputs):
        return frozenset(found)
    found |= _expressions(generation, medium)
    seed, here = seed_in(generation.inputs or {}), Place(generation.card.id)
    drafts = begins_with(Action.FULL, medium)
    if drafts and full(catalogue, generation, here, words_of(generation), seed) is not None:
        found.add(Action.FULL)
    for action, recipe in RECIPES.items():
        given = Medium.IMAGE if action is Action.EXTEND else medium  # its last picture
        kind = KINDS.get(given, given.value)
        some = InputFile(role=recipe.role, asset_id="asset_", content_type=f"{kind}/*")
        if begins_with(action, medium) and _is_able(catalogue, action, generation, some):
            found.add(action)
    return frozenset(found)


def _is_able(catalogue: Catalogue, action: Action, source: Generation, given: InputFile) -> bool:
    """Whether there is a plan. Where the source's own words don't matter, it is the same for every card."""

    def work() -> bool:
        return plan(catalogue, action, source, given) is not None

    if RECIPES[action].words is Words.KEPT:
        return work()
    return catalogue.worked_out((action, given.content_type), work)


def _expressions(generation: Generation, medium: Medium) -> set[Action]:
    """What a channel or its server may get of it: a voice message, a picture on nothing, a sound. Where the
    app is only its member's, it may add nothing to a server, and write nothing of its own accord."""
    if generation.origin.own_app:
        return set()
    # a voice message cannot be hidden
    found = {Action.VOICE} if medium is Medium.AUDIO and not generation.spoiler else set[Action]()
    if generation.origin.guild_id is None:
        return found
    if medium is Medium.IMAGE and generation.command == Task.CUTOUT:
        return {Action.EMOJI, Action.STICKER}
    return found | ({Action.SOUNDBOARD} if medium is Medium.AUDIO else set[Action]())


def improved(catalogue: Catalogue, generation: Generation) -> Plan | None:
    """The request for better words than those that asked for it; None where nothing writes such words."""
    asked = Ask(prompt=words_of(generation))
    helper = catalogue.default_for(Task.PROMPT, sources_of(asked))
    if helper is None and catalogue.loaded:
        return None
    return Plan(task=Task.PROMPT, model_id=None if helper is None else helper.id, ask=asked)


def full(catalogue: Catalogue, source: Generation, place: Place, words: str, seed: int | None) -> Plan | None:
    """The request for what `source` is a draft of, with the words and the seed of its result at `place`;
    None where it is no draft."""
    task, model = Task(source.command), catalogue.get(source.model_id)
    if model is None or seed is None:
        return None
    asked = in_words(replace(source.ask, count=None, seed=seed, full_of=str(place)), words, task)
    found = as_full(catalogue, model, asked, task)
    return None if found is None else Plan(task=task, model_id=found[0].id, ask=found[1])


def plan(
    catalogue: Catalogue, action: Action, source: Generation, given: InputFile, words: str = _SOME_WORDS
) -> Plan | None:
    """The request that makes `action` of `given`, a result of `source`; None where no model does that.

    words: what was written, for an action that asks.
    """
    recipe = RECIPES[action]
    base = _worded(recipe, Ask(files=(given,)), given.subject or words_of(source), words)
    if not catalogue.loaded:
        return Plan(task=recipe.task, model_id=None, ask=base)
    models = _models(catalogue, recipe, base)
    if action in _FAR:
        found = _variation(catalogue, source, base, models, strong=action is Action.STRONG)
    else:
        found = next(((model, base) for model in models if _takes(model, base)), None)
    return None if found is None else Plan(task=recipe.task, model_id=found[0].id, ask=found[1])


def _worded(recipe: Recipe, ask: Ask, known: str, written: str) -> Ask:
    match recipe.words:
        case Words.NONE:
            return ask
        case Words.KEPT:
            return in_words(ask, known, recipe.task)
        case Words.OFFERED | Words.NEW:
            return replace(ask, prompt=written)


def _models(catalogue: Catalogue, recipe: Recipe, ask: Ask) -> Iterator[Model]:
    """Those that may do it, best first: the one that the command would take, then others."""
    sources = sources_of(ask)
    default = catalogue.default_for(recipe.task, sources)
    if default is None:
        return
    yield default
    others = catalogue.suggest_for("", task=recipe.task, sources=sources)
    yield from (model for model in others if model.id != default.id)


def _takes(model: Model, ask: Ask) -> bool:
    """Whether it takes this, as far as its schema is known: Scenario's own check comes before any CU."""
    return model.inputs is None or not compose(ask, model, seed=None, one=True).problems


# -- variations -----------------------------------------------------------------------------------------


def _variation(
    catalogue: Catalogue, source: Generation, base: Ask, models: Iterator[Model], *, strong: bool
) -> tuple[Model, Ask] | None:
    """The picture and its words once more, by the model that made it where that takes pictures."""
    own = catalogue.get(source.model_id)
    if own is not None and catalogue.fits(own, Task.IMAGINE, sources_of(base)):
        asks = (
            replace(
                base,
                aspect_ratio=ratio,
                negative_prompt=source.ask.negative_prompt,
                trained_models=trained,
            )
            for ratio in dict.fromkeys((source.ask.aspect_ratio, None))
            for trained in dict.fromkeys((source.ask.trained_models, ()))
        )
        found = _first(own, asks, strong=strong)
        if found is not None:
            return found
    tried = (_first(model, (base,), strong=strong) for model in models)
    return next((found for found in tried if found is not None), None)


def _first(model: Model, asks: Iterator[Ask] | tuple[Ask, ...], *, strong: bool) -> tuple[Model, Ask] | None:
    """The first of these that the model takes, told how far it may go. A strong variation needs a model that
    can be told so."""
    settings = _how_far(model, Action.STRONG if strong else Action.VARY)
    if settings is None:
        return None
    told = (replace(ask, model_settings=settings) for ask in asks)
    return next(((model, ask) for ask in told if _takes(model, ask)), None)


def _how_far(model: Model, action: Action) -> dict[str, Json] | None:
    """The inputs that say how far it may leave the picture; None where that cannot be said and must be."""
    switch = by_name(model, _SWITCHES)
    settings: dict[str, Json] = {}
    if switch is not None and _FROM_PICTURE in switch.allowed_values:
        settings[switch.name] = _FROM_PICTURE
    spec = by_name(model, _STRENGTHS)
    value = None if spec is None else _value(spec, _FAR[action])
    if spec is not None and value is not None:
        return {**settings, spec.name: value}
    return None if action is Action.STRONG else settings


def _value(spec: Input, far: float) -> float | None:
    low, high = (0.0 if spec.min is None else spec.min), (1.0 if spec.max is None else spec.max)
    step = spec.step or 0.01
    value = loose.number(round(low + round((high - low) * far / step) * step, 6))
    return value if value is not None and accepts(spec, value) else None
