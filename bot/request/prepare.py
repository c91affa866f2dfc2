"""From what a member named to what will be sent: which model, with which trained models, and which inputs.

The same rules serve both moments: before the acknowledgement from memory alone, and after it with reading.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from bot.catalogue import Catalogue, ModelFault
from bot.catalogue.faults import is_trained
from bot.catalogue.search import looks_like_id
from bot.catalogue.tasks import Task
from bot.refusals import (
    InvalidInputs,
    ModelUnusable,
    NoDefaultModel,
    NoPromptHelp,
    Refusal,
    TooManyPermutations,
    UnknownModel,
)
from bot.request.ask import Ask, TrainedModel, sources_of
from bot.request.compose import choose_seed, compose
from bot.request.drafts import ANY, DRAFT, as_draft, unread
from bot.request.parts import is_typed, parts_of
from bot.request.permutations import count_of
from bot.scenario.api.errors import NotFound
from bot.scenario.api.prompting import names_help
from bot.scenario.api.records import Inputs, Model
from bot.schema.constraints import Constraint, Problem
from bot.schema.trained import TRAINED
from bot.vocabulary import COMPOSITION

_MOST_READS: Final = 8
MOST_PERMUTATIONS: Final = 16
"""How many pictures one prompt may stand for, unless the operator says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of the jobs that a request becomes."""

    ask: Ask
    inputs: Inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What is known of a request. `inputs` is None while a schema is missing from memory."""

    model_id: str
    """"" for a default that is not known yet."""
    model_name: str
    ask: Ask
    inputs: Inputs | None = None
    others: tuple[Part, ...] = ()
    """The request's other jobs, where the model does not make as many at once as were asked for, or where
    the prompt stands for several."""
    missing: str | None = None
    """The id of the model that must be read first; "" for the listing itself."""


class Preparer:
    """Chooses the model and checks the inputs."""

    def __init__(
        self, catalogue: Catalogue, random: Random, *, permutations: int = MOST_PERMUTATIONS
    ) -> None:
        """permutations: how many pictures a prompt may stand for."""
        self._catalogue = catalogue
        self._random = random
        self._permutations = permutations

    def from_memory(self, ask: Ask, model_id: str | None, task: Task) -> Prepared:
        """As far as memory goes. Raises TooManyPermutations, UnknownModel, NoDefaultModel, NoPromptHelp,
        ModelUnusable, InvalidInputs."""
        self._check_permutations(ask, task)
        return self._prepare(ask, model_id, task, ())

    def _check_permutations(self, ask: Ask, task: Task) -> None:
        count, each = count_of(ask.prompt) if is_typed(ask, task) else 1, ask.count or 1
        if count > 1 and count * each > self._permutations:
            raise TooManyPermutations(count, self._permutations, each=each)

    async def by_reading(self, ask: Ask, model_id: str | None, task: Task) -> Prepared:
        """With every model read that is needed. Raises what `from_memory` raises, and what reading raises;
        `missing` is "" while no default model can be known."""
        read: set[str] = set()
        while True:
            prepared = self._prepare(ask, model_id, task, read)
            if not prepared.missing or len(read) >= _MOST_READS:
                return prepared
            read.add(prepared.missing)
            try:
                await self._catalogue.read(prepared.missing)
            except NotFound:
                if prepared.missing == prepared.model_id:
                    raise
                # this account has no such base model: the trained one is tried at its own id

    def _prepare(self, ask: Ask, model_id: str | None, task: Task, read: Collection[str]) -> Prepared:
        trained_models: list[TrainedModel] = []
        for trained_model in ask.trained_models:
            known = self._catalogue.find(trained_model.model_id)
            named = self._catalogue.loaded and not looks_like_id(trained_model.model_id)
            if known is None and (named or trained_model.model_id in read):
                raise UnknownModel(trained_model.name, self._catalogue.nearest(trained_model.name))
            if known is None:
                return _unread(ask, model_id or "", trained_model.model_id)
            fault = self._catalogue.usable(known)
            if fault is not None and fault is not ModelFault.NEEDS_BASE:
                raise self._unusable(known, fault)
            trained_models.append(replace(trained_of(known), scale=trained_model.scale))
        chosen = self._choose(model_id, task, ask, trained_models, read)
        if isinstance(chosen, str):
            return _unread(ask, chosen, chosen)
        if needs_base(self._catalogue, chosen):
            trained_models.insert(0, trained_of(chosen))
            base = self._base(trained_models)
            if isinstance(base, str) and base in read:
                base = None  # it was read, and is no base for this
            if base is None and len(trained_models) == 1:
                # some accounts take a trained model at its own id
                return self._compose(replace(ask, trained_models=()), chosen, read, task)
            if base is None:
                raise self._no_base(trained_models)
            if isinstance(base, str):
                return _unread(ask, chosen.id, base, name=chosen.name)
            return self._compose(replace(ask, trained_models=tuple(trained_models)), base, read, task)
        fault = self._catalogue.unfit_for(chosen, task)
        if fault is not None:
            raise self._unusable(chosen, fault)
        return self._compose(replace(ask, trained_models=tuple(trained_models)), chosen, read, task)

    def _unusable(self, model: Model, fault: ModelFault) -> ModelUnusable:
        return ModelUnusable(model.name, fault, detail=self._catalogue.detail(model, fault))

    def _no_base(self, trained_models: Sequence[TrainedModel]) -> Refusal:
        """Several may each have a base and none in common."""
        if len(trained_models) > 1:
            return InvalidInputs("", (Problem(input=TRAINED, label=TRAINED, rule=Constraint.MIXED),))
        return ModelUnusable(trained_models[0].name, ModelFault.NEEDS_BASE)

    def _compose(self, ask: Ask, model: Model, read: Collection[str], task: Task) -> Prepared:
        if model.inputs is None and model.id not in read:
            return Prepared(model_id=model.id, model_name=model.name, ask=ask, missing=model.id)
        if ask.draft_of == ANY:
            return self._draft(ask, model, read, task)
        # a form shows how many, and stays as it was filled in
        one = task not in {Task.GENERATE, Task.WORKFLOW}
        first, *others = [self._part(part, model, one=one) for part in parts_of(ask, model, task)]
        return Prepared(
            model_id=model.id,
            model_name=model.name,
            ask=first.ask,
            inputs=first.inputs,
            others=tuple(others),
        )

    def _draft(self, ask: Ask, model: Model, read: Collection[str], task: Task) -> Prepared:
        """A cheaper one of the same, once every model is read that may make it. Raises InvalidInputs where
        there is none, or the model itself would not take what was asked."""
        # first as if no draft were wanted: what the model does not take is told as that
        self._compose(replace(ask, draft_of=None), model, read, task)
        missing = next((one for one in unread(self._catalogue, model, ask, task) if one not in read), None)
        if missing is not None:
            return Prepared(model_id=model.id, model_name=model.name, ask=ask, missing=missing)
        found = as_draft(self._catalogue, model, ask, task)
        if found is None:
            none = Problem(input=DRAFT, label=DRAFT, rule=Constraint.NO_DRAFT, given=True)
            raise InvalidInputs(model.name, (none,))
        chosen, drafted = found
        return self._compose(drafted, chosen, read, task)

    def _part(self, ask: Ask, model: Model, *, one: bool) -> Part:
        seed = choose_seed(model, self._random)
        checked = compose(ask, model, seed=seed, type_of=self._type_of, one=one)
        if checked.problems:
            raise InvalidInputs(model.name, checked.problems)
        return Part(ask=ask, inputs=checked.values)

    def _type_of(self, model_id: str) -> str | None:
        known = self._catalogue.get(model_id)
        return None if known is None else known.type

    def _choose(
        self,
        model_id: str | None,
        task: Task,
        ask: Ask,
        trained_models: Sequence[TrainedModel],
        read: Collection[str],
    ) -> Model | str:
        """A bare id where memory does not know the model; "" for a default that cannot be known yet."""
        # never refused because the catalogue is still loading: the model is read after the acknowledgement
        if model_id:
            known = self._catalogue.find(model_id)
            if known is not None:
                return known
            if self._catalogue.loaded and names_help(model_id):
                raise NoPromptHelp
            if self._catalogue.loaded and not looks_like_id(model_id):
                raise UnknownModel(model_id, self._catalogue.nearest(model_id))
            return model_id
        if trained_models:
            base = self._base(trained_models)
            if base is None or (isinstance(base, str) and base in read):
                raise self._no_base(trained_models)
            return base
        default = self._catalogue.default_for(task, sources_of(ask))
        if default is None and self._catalogue.loaded:
            raise NoPromptHelp if task is Task.PROMPT else NoDefaultModel
        return default or ""

    def _base(self, trained_models: Sequence[TrainedModel]) -> Model | str | None:
        models = [self._catalogue.get(trained_model.model_id) for trained_model in trained_models]
        return self._catalogue.base_for({model.type for model in models if model is not None})


def needs_base(catalogue: Catalogue, model: Model) -> bool:
    """Whether this is a finished trained model, which runs on another one."""
    return is_trained(model) and catalogue.usable(model) in {None, ModelFault.NEEDS_BASE}


def trained_of(model: Model) -> TrainedModel:
    """A trained model as a request names it."""
    return TrainedModel(model_id=model.id, name=model.name, composition=model.type.endswith(COMPOSITION))


def _unread(ask: Ask, model_id: str, missing: str, *, name: str | None = None) -> Prepared:
    return Prepared(model_id=model_id, model_name=name or model_id, ask=ask, missing=missing)
