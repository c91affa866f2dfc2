"""Choosing among the models in memory: by name, by default, for a picker, and what stands against one."""

from collections.abc import Callable, Collection, Hashable, Sequence
from typing import Any, Final, TypeVar

from bot import discord_limits
from bot.catalogue import faults
from bot.catalogue.families import standing
from bot.catalogue.faults import ModelFault, is_trained
from bot.catalogue.media import makes, may_make, medium_of
from bot.catalogue.search import Index, plain
from bot.catalogue.tasks import Task, does, liking, needs, suits, taken
from bot.scenario.api.records import Model
from bot.schema.sizing import ratio_choices
from bot.schema.trained import KNOWN_BASES, loras_inputs

T = TypeVar("T")

TRAINED_TASKS: Final = (Task.IMAGINE, Task.EDIT)
"""What trained models are good for: all that we know make pictures."""


class Choosing:
    """Answers from memory, and never waits."""

    def __init__(self, default_model: str | None) -> None:
        """default_model: the id that the operator chose; None to take the first featured one."""
        self.plan_level: int | None = None
        """The team's plan on the scale of `Model.access_restriction`; None while it is not known."""
        self._default_id = default_model
        self._models: dict[str, Model] = {}
        self._names: dict[str, list[str]] | None = None
        self._index: Index | None = None
        self._parts: dict[object, Index] = {}
        self._defaults: dict[object, str | None] = {}
        self._based: frozenset[str] | None = None
        self._ratios: dict[str, tuple[object, Sequence[str]]] = {}
        self._worked_out: dict[object, Any] = {}

    # -- what stands against a model --------------------------------------------------------------------

    def usable(self, model: Model) -> ModelFault | None:
        """What stands against using this model at all; None where nothing does. A trained model is usable
        where there is a base to run it through."""
        return faults.fault(model, self.plan_level, based=self._with_base())

    def unfit(self, model: Model, medium: str) -> ModelFault | None:
        """What stands against calling this model itself for `medium`: a trained one needs its base, and
        another surely makes something else."""
        surely_other = not may_make(model, medium, None) and medium_of(model) is not None
        found = faults.fault(model, self.plan_level)
        return found or (ModelFault.OTHER_MEDIUM if surely_other else None)

    def unfit_for(self, model: Model, task: Task) -> ModelFault | None:
        """What stands against using this model for `task`: `usable`, and that it surely does another."""
        found = self.usable(model)
        if found is not None:
            return found
        if is_trained(model) and task not in TRAINED_TASKS:
            return ModelFault.NEEDS_BASE if task is Task.GENERATE else ModelFault.OTHER_TASK
        return None if does(model, task) else ModelFault.OTHER_TASK

    def fits(self, model: Model, task: Task, sources: frozenset[str]) -> bool:
        """Whether nothing stands against it for `task`, with just what the member gives (`tasks.suits`)."""
        return self.unfit_for(model, task) is None and suits(model, task, sources)

    def detail(self, model: Model, fault: ModelFault) -> str | None:
        """The replacement's name, the status, the type, or the plan's name."""
        detail = faults.detail(model, fault)
        successor = self._models.get(detail or "") if fault is ModelFault.DEPRECATED else None
        return successor.name if successor is not None else detail

    # -- by name ----------------------------------------------------------------------------------------

    def get(self, model_id: str) -> Model | None:
        """From memory; `inputs` is None while its schema was not read."""
        return self._models.get(model_id)

    def find(self, text: str) -> Model | None:
        """By id, or by a name that one model has, or one usable model: to the letter but for its case, else
        whatever its punctuation."""
        text = text.strip()
        if not text:
            return None
        model = self._models.get(text)
        if model is not None:
            return model
        alike = [self._models[model_id] for model_id in self._by_name().get(_name_key(text), ())]
        same = [model for model in alike if model.name.casefold() == text.casefold()]
        for named in (same, alike):
            usable = [model for model in named if self.usable(model) is None]
            for found in (named, usable):
                if len(found) == 1:
                    return found[0]
        return None

    def begun(self, beginning: str) -> Model | None:
        """The one model, or one usable model, whose name begins so, whatever its punctuation."""
        wanted = plain(beginning)
        alike = [model for model in self._models.values() if plain(model.name).startswith(wanted)]
        usable = [model for model in alike if self.usable(model) is None]
        return next((found[0] for found in (alike, usable) if wanted and len(found) == 1), None)

    def nearest(self, text: str, limit: int = 3) -> list[str]:
        """Names of usable models that look like `text`, best first."""
        if not text.strip():
            return []
        return [model.name for model in self._part("usable", lambda _: True).search(text, limit)]

    # -- by default -------------------------------------------------------------------------------------

    def default(self, medium: str = "image") -> Model | None:
        """The model for a member who named none; None while no suitable one is known.

        The operator's choice holds even before it is read: then it is a bare row with an id only.
        """
        chosen = self._operators()
        if chosen is not None and (medium == "image" or makes(chosen, medium)):
            return chosen
        usable = [
            model
            for model in self._models.values()
            if not model.is_workflow and not model.hidden and self.unfit(model, medium) is None
        ]
        sure = [model for model in usable if makes(model, medium)]
        perhaps = [model for model in usable if may_make(model, medium)]
        featured = (model for model in sure if model.featured)
        return next((model for group in (featured, sure, perhaps) for model in group), None)

    def default_for(self, task: Task, sources: frozenset[str] | None = None) -> Model | None:
        """The model for a member who named none for `task`; None where none is known. See `does` for the
        sources. The operator's choice holds where it does this; before it is read, for /imagine only."""
        chosen = self._operators()
        if chosen is not None and task is not Task.GENERATE:
            known = bool(chosen.capabilities)
            if does(chosen, task, sources) and (known or task is Task.IMAGINE):
                return chosen
        key = (task, sources, self.plan_level)
        if key not in self._defaults:
            able = (
                model
                for model in self._models.values()
                if not is_trained(model)
                and (not model.hidden or model.is_help)
                and self.usable(model) is None
                and suits(model, task, sources)
            )
            best = min(able, key=lambda model: liking(model, task), default=None)
            self._defaults[key] = None if best is None else best.id
        found = self._defaults[key]
        return None if found is None else self._models[found]

    def is_operators(self, model_id: str) -> bool:
        """Whether the operator chose this one for members who name none."""
        return model_id != "" and model_id == self._default_id

    def _operators(self) -> Model | None:
        if self._default_id is None:
            return None
        return self._models.get(self._default_id) or Model(id=self._default_id, name=self._default_id)

    def family(self, model: Model) -> list[Model]:
        """The usable models that are others of this one's family (`catalogue.families`), by name."""
        own = standing(model).family
        found = self._part(("family", own), lambda one: not is_trained(one) and standing(one).family == own)
        return [self._models[one.id] for one in found.search("") if own and one.id != model.id]

    # -- for pickers ------------------------------------------------------------------------------------

    def suggest_models(
        self,
        text: str,
        *,
        medium: str | None,
        limit: int = discord_limits.CHOICES,
        source: str | None = "txt",
    ) -> list[Model]:
        """Models that can be called themselves and make `medium` (None: any) out of `source` (see `media`),
        for a picker: best first, never more than 25."""

        def wanted(model: Model) -> bool:
            if medium is None:
                return not is_trained(model)
            return not is_trained(model) and not model.is_workflow and may_make(model, medium, source)

        return self._search(self._part((medium, source), wanted), text, limit)

    def suggest_for(
        self,
        text: str,
        *,
        task: Task,
        sources: frozenset[str] | None = None,
        limit: int = discord_limits.CHOICES,
    ) -> list[Model]:
        """Usable models that do `task` with what the member gives, for a picker: best first, never more
        than 25. Trained models are among those that make pictures.

        Behind those that the words fit stand others that they fit, which need something else for `task`
        (`tasks.needs`): who types a name knows what is wanted.
        """

        def wanted(model: Model) -> bool:
            return (task in TRAINED_TASKS or not is_trained(model)) and suits(model, task, sources)

        def other(model: Model) -> bool:
            return not is_trained(model) and does(model, task) and not wanted(model)

        fitting = self._part((task, sources), wanted)
        limit = max(0, min(limit, discord_limits.CHOICES))
        if not plain(text):
            return self._search(fitting, text, limit)
        found = fitting.search(text, limit, misspelled=False)
        found += self._part((task, sources, "others"), other).search(text, limit, misspelled=False)
        return [self._models[model.id] for model in found[:limit]] or self._search(fitting, text, limit)

    def lacking(self, model: Model, task: Task, sources: frozenset[str] | None = None) -> str | None:
        """What stands between this suggestion and `task`: the source that it needs ("img", "video", "audio",
        "3d"), or "txt" where it takes none of what is given; None where nothing does."""
        if is_trained(model) or suits(model, task, sources):
            return None
        return needs(model, task) or "txt"

    def trained_models(self) -> list[Model]:
        """All usable trained models and compositions, the team's own first."""
        return self._part("styles", is_trained).search("")

    def browse(self, text: str, medium: str | None = None, task: Task | None = None) -> list[Model]:
        """All usable models whose name fits, best first: of a medium, "workflow", or all; that do `task`, or
        whatever they do."""

        def wanted(model: Model) -> bool:
            if task is not None and not (does(model, task) or (is_trained(model) and task in TRAINED_TASKS)):
                return False
            if medium is None or model.is_workflow:
                return medium in (None, "workflow")
            return medium != "workflow" and may_make(model, medium, None)

        found = self._part(("browse", medium, task), wanted).search(text)
        return [self._models[model.id] for model in found]

    def suggest_ratios(self, model_id: str | None, text: str) -> list[str]:
        """Aspect ratios that the model (None: the default one) offers; common ones while its schema is not
        known. Those that fit what was typed; all where none does, since no other is accepted."""
        model = self.find(model_id) if model_id else self.default()
        offered = self._ratios_of(model or Model(id="", name=""))
        typed = text.strip().casefold().replace("x", ":").replace("/", ":")
        fitting = [ratio for ratio in offered if ratio.casefold().startswith(typed)]
        return list(fitting or offered)[: discord_limits.CHOICES]

    def _ratios_of(self, model: Model) -> Sequence[str]:
        # kept, because for free widths and heights they take 20 ms, and a picker asks at every letter
        known = self._ratios.get(model.id)
        if known is None or known[0] != model.inputs:
            known = self._ratios[model.id] = (model.inputs, ratio_choices(model))
        return known[1]

    # -- bases of trained models ------------------------------------------------------------------------

    def base_for(self, types: Collection[str]) -> Model | str | None:
        """What trained models of these types run through together.

        A model in memory whose schema takes them all (`loras_of`), the known one before others; else the
        known one's id, to be read; None where there is none.
        """
        wanted = frozenset(types)
        known = {KNOWN_BASES.get(one) for one in wanted}
        named = known.pop() if len(known) == 1 else None
        able = [
            model
            for model in self._models.values()
            if wanted and wanted <= loras_of(model) and faults.fault(model, self.plan_level) is None
        ]
        best = min(able, key=lambda model: (model.id != named, *liking(model, Task.IMAGINE)), default=None)
        return best or named

    def _with_base(self) -> frozenset[str]:
        """Types of trained models that can be run."""
        if self._based is None:
            self._based = frozenset(KNOWN_BASES).union(*map(loras_of, self._models.values()))
        return self._based

    # -- what was worked out of the models, until they change --------------------------------------------

    def worked_out(self, key: Hashable, work: Callable[[], T]) -> T:
        """What this makes of the models, which nothing but they decides: kept under `key` until one of them
        changes."""
        full = (key, self.plan_level)
        if full not in self._worked_out:
            self._worked_out[full] = work()
        return self._worked_out[full]

    def _replace(self, models: dict[str, Model]) -> None:
        self._models = models
        self._forget()
        self._worked_out.clear()

    def _put(self, model: Model) -> None:
        known = self._models.get(model.id)
        self._models[model.id] = model
        self._worked_out.clear()
        if known is None or _face(known) != _face(model):
            self._forget()

    def _forget(self) -> None:
        self._names = self._index = self._based = None
        self._parts.clear()
        self._defaults.clear()

    def _by_name(self) -> dict[str, list[str]]:
        if self._names is None:
            self._names = {}
            for model in self._models.values():
                self._names.setdefault(_name_key(model.name), []).append(model.id)
        return self._names

    def _part(self, what: object, wanted: Callable[[Model], bool]) -> Index:
        """The usable models that are wanted and may be offered, as an index that is kept under `what`."""
        key = (what, self.plan_level)
        part = self._parts.get(key)
        if part is None:
            if self._index is None:
                self._index = Index(self._models.values())
            part = self._parts[key] = self._index.only(
                lambda model: wanted(model) and not model.hidden and self.usable(model) is None
            )
        return part

    def _search(self, part: Index, text: str, limit: int) -> list[Model]:
        found = part.search(text, max(0, min(limit, discord_limits.CHOICES)))
        return [self._models[model.id] for model in found]  # the index may be older than a schema


def loras_of(model: Model) -> frozenset[str]:
    """The types of trained models that this one's schema takes; none while it is not known."""
    places = loras_inputs(model)
    if places is None:
        return frozenset()
    specs = (model.input(name) for name in (places.models, places.model_id) if name)
    return frozenset(one for spec in specs if spec is not None for one in spec.model_types)


def _face(model: Model) -> object:
    """What indexes are made of."""
    return (
        model.name,
        model.type,
        model.status,
        model.privacy,
        model.capabilities,
        model.tags,
        model.access_restriction,
        model.description,
        taken(model),
        tuple(needs(model, task) for task in (Task.IMAGINE, Task.MUSIC)),
        loras_of(model),
    )


def _name_key(name: str) -> str:
    return plain(name) or name.casefold()  # a name may be all punctuation
