"""The models that we know: rows from Scenario's listings, schemas read one by one, both with their age."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

from bot.catalogue import faults
from bot.catalogue.faults import ModelFault
from bot.catalogue.media import makes, may_make, medium_of
from bot.catalogue.search import Index, plain
from bot.clock import Clock
from bot.scenario.errors import Forbidden, NotFound, Rejected, ScenarioError, WrongKey
from bot.scenario.records import Model
from bot.scenario.sizing import ratio_choices

log = logging.getLogger(__name__)

LISTINGS: Final = ("private", "public")
REMEDY: Final = "copy them again from Project Settings → API Keys"
REFRESH: Final = timedelta(hours=1)
MOST_CHOICES: Final = 25
WARM: Final = 40
"""Schemas that are read ahead: more than a picker shows, and few enough to be polite."""
WARM_AT_ONCE: Final = 4
FIRST_RETRY: Final = 1.0
LAST_RETRY: Final = 300.0
"""Seconds after a refresh that failed; each wait is twice the one before."""


class ModelSource(Protocol):
    """What the catalogue needs of Scenario. The client satisfies it, and so does the port `Studio`."""

    def models(self, *, privacy: str) -> AsyncIterator[Model]:
        """Every model of `private` or `public`, all pages, without schemas."""
        ...

    async def model(self, model_id: str) -> Model:
        """A model with its schema. Raises the errors of `bot.scenario.errors`."""
        ...


class Catalogue:
    """Answers from memory, except `read`. What is stale is served until something newer was read."""

    def __init__(
        self,
        source: ModelSource,
        clock: Clock,
        *,
        default_model: str | None = None,
        max_age: timedelta = timedelta(hours=1),
    ) -> None:
        """
        default_model: the id that the operator chose; None to take the first featured one.
        max_age: how old a schema may be before `read` asks Scenario again.
        """
        self.plan_level: int | None = None
        """The team's plan on the scale of `Model.access_restriction`; None while it is not known."""
        self.trouble: ScenarioError | None = None
        """What kept the last refresh from being complete."""
        self._source = source
        self._clock = clock
        self._default_id = default_model
        self._max_age = max_age
        self._listed: dict[str, dict[str, Model]] = {}
        self._read: dict[str, tuple[Model, datetime]] = {}
        self._models: dict[str, Model] = {}
        self._names: dict[str, list[str]] = {}
        self._indexes: dict[tuple[str | None, str | None, int | None], Index] = {}
        self._ratios: dict[str, tuple[object, Sequence[str]]] = {}
        self._reading: dict[str, asyncio.Task[Model]] = {}

    @property
    def loaded(self) -> bool:
        """Whether both listings were read, so that a model that is not here does not exist."""
        return all(privacy in self._listed for privacy in LISTINGS)

    # -- keeping up to date ---------------------------------------------------------------------------

    async def run(self) -> None:
        """Keep the catalogue fresh until canceled: at once, soon again after a failure, then every hour."""
        retry = FIRST_RETRY
        while True:
            try:
                complete = await self.refresh()
                await self._warm()
            except Exception:  # whatever it is: a loop that ended here would let the models grow old unseen
                log.exception("the catalogue could not be refreshed")
                complete = False
            await self._clock.sleep(REFRESH.total_seconds() if complete else retry)
            retry = FIRST_RETRY if complete else min(LAST_RETRY, retry * 2)

    async def refresh(self) -> bool:
        """Read both listings. One that fails keeps its old rows and is logged; True when none failed."""
        complete, self.trouble = True, None
        for privacy in LISTINGS:
            try:
                rows = {model.id: model async for model in self._source.models(privacy=privacy)}
            except (NotFound, Forbidden) as error:
                # this API or this key has no such listing, and asking again does not make one
                log.warning("no listing of %s models: %s", privacy, error)
                self._listed.setdefault(privacy, {})
            except ScenarioError as error:
                log.warning("the listing of %s models could not be read: %s", privacy, error)
                if isinstance(error, WrongKey):
                    log.warning("Scenario accepts neither SCENARIO_API_KEY nor its secret: %s", REMEDY)
                self.trouble = error
                complete = False
            else:
                self._listed[privacy] = rows
        self._rebuild()
        log.info("the catalogue knows %d models", len(self._models))
        return complete

    async def _warm(self) -> None:
        """Read schemas ahead, the most useful first, a few at a time."""
        if self._default_id is not None:
            await self._read_ahead(self._default_id)
        gate = asyncio.Semaphore(WARM_AT_ONCE)

        async def one(model_id: str) -> None:
            async with gate:
                await self._read_ahead(model_id)

        # the order of an empty search: own, featured, others
        useful = self._index_of("image", "txt").search("", WARM)
        await asyncio.gather(*(one(model.id) for model in useful))

    async def _read_ahead(self, model_id: str) -> None:
        try:
            # half the age, or an hourly round would find schemas that are just not old enough
            await self._read_fresh(model_id, self._max_age / 2)
        except ScenarioError as error:
            log.info("the schema of %s could not be read ahead: %s", model_id, error)

    # -- reading --------------------------------------------------------------------------------------

    def get(self, model_id: str) -> Model | None:
        """From memory; `inputs` is None while its schema was not read."""
        return self._models.get(model_id)

    async def read(self, model_id: str) -> Model:
        """With its schema: from memory, unless that is older than `max_age`.

        Readers of one model share one request. Where Scenario does not answer, an old schema is better than
        none. Raises Rejected when Scenario says no; else Unavailable, Unreachable or Busy.
        """
        try:
            return await self._read_fresh(model_id, self._max_age)
        except Rejected:
            raise
        except ScenarioError as error:
            if model_id not in self._read:
                raise
            log.warning("an old schema of %s is used: %s", model_id, error)
            return self._models[model_id]

    async def _read_fresh(self, model_id: str, max_age: timedelta) -> Model:
        known = self._read.get(model_id)
        if known is not None and self._clock.now() - known[1] < max_age:
            return self._models[model_id]
        task = self._reading.get(model_id)
        if task is None:
            task = asyncio.create_task(self._fetch(model_id), name=f"read {model_id}")
            self._reading[model_id] = task
            task.add_done_callback(partial(self._fetched, model_id))
        return await asyncio.shield(task)  # one reader that gives up must not take it from the others

    def _fetched(self, model_id: str, task: asyncio.Task[Model]) -> None:
        self._reading.pop(model_id, None)
        if not task.cancelled():
            task.exception()  # looked at, also where every reader has given up

    async def _fetch(self, model_id: str) -> Model:
        model = await self._source.model(model_id)
        self._read[model_id] = (model, self._clock.now())
        known = self._models.get(model_id)
        self._models[model_id] = model
        if known is None or replace(known, inputs=model.inputs, sizes=model.sizes) != model:
            self._index()
        return model

    def _rebuild(self) -> None:
        """Put the listed rows and the schemas together."""
        models: dict[str, Model] = {}
        for privacy in LISTINGS:
            for model_id, row in self._listed.get(privacy, {}).items():
                models.setdefault(model_id, self._with_schema(row))
        now = self._clock.now()
        for model_id, (model, at) in list(self._read.items()):
            if model_id in models:
                continue
            if now - at < self._max_age or model_id == self._default_id or not self.loaded:
                models[model_id] = model  # in no listing, but it answers to its id
            else:
                del self._read[model_id]
        self._models = models
        self._index()

    def _with_schema(self, row: Model) -> Model:
        known = self._read.get(row.id)
        if known is None:
            return row
        # the row is newer than the record that came with the schema: it may say "deprecated" by now
        return replace(row, inputs=known[0].inputs, sizes=known[0].sizes)

    def _index(self) -> None:
        self._indexes.clear()
        self._names = {}
        for model in self._models.values():
            self._names.setdefault(_name_key(model.name), []).append(model.id)

    # -- choosing -------------------------------------------------------------------------------------

    def usable(self, model: Model) -> ModelFault | None:
        """What stands against using this model as it is; None where nothing does."""
        return faults.fault(model, self.plan_level)

    def unfit(self, model: Model, medium: str) -> ModelFault | None:
        """What stands against using this model for `medium`: `usable`, and that it surely makes another."""
        surely_other = not may_make(model, medium, None) and medium_of(model) is not None
        return self.usable(model) or (ModelFault.OTHER_MEDIUM if surely_other else None)

    def detail(self, model: Model, fault: ModelFault) -> str | None:
        """The replacement's name, the status, the type, or the plan's name."""
        detail = faults.detail(model, fault)
        successor = self._models.get(detail or "") if fault is ModelFault.DEPRECATED else None
        return successor.name if successor is not None else detail

    def find(self, text: str) -> Model | None:
        """By id, or by a name that one model has, or one usable model: to the letter but for its case, else
        whatever its punctuation."""
        text = text.strip()
        if not text:
            return None
        model = self._models.get(text)
        if model is not None:
            return model
        alike = [self._models[model_id] for model_id in self._names.get(_name_key(text), ())]
        same = [model for model in alike if model.name.casefold() == text.casefold()]
        for named in (same, alike):
            usable = [model for model in named if self.usable(model) is None]
            for found in (named, usable):
                if len(found) == 1:
                    return found[0]
        return None

    def nearest(self, text: str, limit: int = 3) -> list[str]:
        """Names of usable models that look like `text`, best first."""
        return (
            [model.name for model in self._index_of(None, None).search(text, limit)] if text.strip() else []
        )

    def default(self, medium: str = "image") -> Model | None:
        """The model for a member who named none; None while no suitable one is known.

        The operator's choice holds even before it is read: then it is a bare row with an id only.
        """
        if self._default_id is not None:
            chosen = self._models.get(self._default_id) or Model(id=self._default_id, name=self._default_id)
            if medium == "image" or makes(chosen, medium):
                return chosen
        usable = [model for model in self._models.values() if self.usable(model) is None]
        sure = [model for model in usable if makes(model, medium)]
        perhaps = [model for model in usable if may_make(model, medium)]
        featured = (model for model in sure if model.featured)
        return next((model for group in (featured, sure, perhaps) for model in group), None)

    def suggest_models(
        self, text: str, *, medium: str | None, limit: int = MOST_CHOICES, source: str | None = "txt"
    ) -> list[Model]:
        """Usable models that make `medium` (None: any) out of `source` (see `media`), for a picker: best
        first, never more than 25."""
        found = self._index_of(medium, source).search(text, max(0, min(limit, MOST_CHOICES)))
        return [self._models[model.id] for model in found]  # the index may be older than a schema

    def suggest_ratios(self, model_id: str | None, text: str) -> list[str]:
        """Aspect ratios that the model (None: the default one) offers; common ones while its schema is not
        known. Those that fit what was typed; all where none does, since no other is accepted."""
        model = self.find(model_id) if model_id else self.default()
        offered = self._ratios_of(model or Model(id="", name=""))
        typed = text.strip().casefold().replace("x", ":").replace("/", ":")
        fitting = [ratio for ratio in offered if ratio.casefold().startswith(typed)]
        return list(fitting or offered)[:MOST_CHOICES]

    def _ratios_of(self, model: Model) -> Sequence[str]:
        # kept, because for free widths and heights they take 20 ms, and a picker asks at every letter
        known = self._ratios.get(model.id)
        if known is None or known[0] != model.inputs:
            known = self._ratios[model.id] = (model.inputs, ratio_choices(model))
        return known[1]

    def _index_of(self, medium: str | None, source: str | None) -> Index:
        key = (medium, source, self.plan_level)
        index = self._indexes.get(key)
        if index is None:
            usable = (model for model in self._models.values() if self.usable(model) is None)
            index = Index(model for model in usable if medium is None or may_make(model, medium, source))
            self._indexes[key] = index
        return index


def _name_key(name: str) -> str:
    return plain(name) or name.casefold()  # a name may be all punctuation
