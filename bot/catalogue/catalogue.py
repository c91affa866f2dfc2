"""The models that we know: rows from Scenario's listings, schemas read one by one, both with their age."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import product
from typing import Final, Protocol, runtime_checkable

from bot.catalogue.choosing import Choosing
from bot.catalogue.faults import is_trained
from bot.catalogue.search import looks_like_id
from bot.catalogue.shelf import Keeper, Shelf, Shelved
from bot.catalogue.tasks import CHOSEN
from bot.clock import Clock
from bot.endings import ENDINGS
from bot.scenario.api.errors import Forbidden, NotFound, Rejected, ScenarioError, WrongKey
from bot.scenario.api.records import PROMPT_HELP, WORKFLOW, Model
from bot.schema.trained import KNOWN_BASES

log = logging.getLogger(__name__)

LISTINGS: Final = ("private", "public")
REMEDY: Final = "copy them again from Project Settings → API Keys"
REFRESH: Final = timedelta(hours=1)
WARM: Final = 60
"""Schemas that are read ahead: more than a picker shows, and few enough to be polite."""
WARM_AT_ONCE: Final = 4
PATIENCE: Final = 1.5
"""Seconds that a completion waits for a schema: half of what Discord gives it."""
SPARED: Final = timedelta(seconds=10)
"""How long a model that could not be read is left alone by completions: they ask at every letter."""
FIRST_RETRY: Final = 1.0
LAST_RETRY: Final = 300.0
"""Seconds after a refresh that failed; each wait is twice the one before."""


class ModelSource(Protocol):
    """What the catalogue needs of Scenario. The client satisfies it, and so does the port `Studio`."""

    def models(self, *, privacy: str) -> AsyncIterator[Model]:
        """Every model of `private` or `public`, all pages, without schemas."""
        ...

    async def model(self, model_id: str) -> Model:
        """A model with its schema. Raises the errors of `bot.scenario.api.errors`."""
        ...


@runtime_checkable
class WorkflowSource(Protocol):
    """A source that has workflows too."""

    def workflows(self) -> AsyncIterator[Model]:
        """Every workflow that can run, as models of the type "workflow"."""
        ...


@runtime_checkable
class HelpSource(Protocol):
    """A source that may have endpoints which write words."""

    def helps(self) -> AsyncIterator[Model]:
        """Those that this account has, read as models."""
        ...


class Catalogue(Choosing):
    """Answers from memory, except `read`. What is stale is served until something newer was read, also
    after a restart where there is a shelf."""

    def __init__(
        self,
        source: ModelSource,
        clock: Clock,
        *,
        default_model: str | None = None,
        max_age: timedelta = timedelta(hours=1),
        shelf: Shelf | None = None,
        popular: Callable[[], Awaitable[Sequence[str]]] | None = None,
    ) -> None:
        """
        default_model: the id that the operator chose; None to take the first featured one.
        max_age: how old a schema may be before `read` asks Scenario again.
        shelf: keeps the models beyond this process.
        popular: the ids of the models that people use, the most used first.
        """
        super().__init__(default_model)
        self.trouble: ScenarioError | None = None
        """What kept the last refresh from being complete."""
        self._source = source
        self._clock = clock
        self._max_age = max_age
        self._keeper = Keeper(shelf) if shelf is not None else None
        self._listed: dict[str, dict[str, Model]] = {}
        self._listed_at: dict[str, datetime] = {}
        self._read: dict[str, tuple[Model, datetime]] = {}
        self._reading: dict[str, asyncio.Task[Model]] = {}
        self._spared: dict[str, datetime] = {}
        self._withdrawn: set[str] = set()
        self._popular = popular

    @property
    def loaded(self) -> bool:
        """Whether both listings were read, so that a model that is not here does not exist."""
        return all(privacy in self._listed for privacy in LISTINGS)

    @property
    def listed_at(self) -> datetime | None:
        """When the older of both listings was read; None while one is missing."""
        times = [self._listed_at.get(privacy) for privacy in LISTINGS]
        known = [moment for moment in times if moment is not None]
        return min(known) if len(known) == len(times) else None

    # -- keeping up to date ---------------------------------------------------------------------------

    async def run(self) -> None:
        """Keep the catalogue fresh until canceled: what was kept first, then Scenario's at once, soon again
        after a failure, then every hour."""
        await self.load()
        retry = FIRST_RETRY
        while True:
            try:
                complete = await self.refresh()
                await self._warm()
            except ENDINGS:
                raise
            except BaseException:  # whatever it is: else the models would grow old unseen
                log.exception("the catalogue could not be refreshed")
                complete = False
            await self._clock.sleep(REFRESH.total_seconds() if complete else retry)
            retry = FIRST_RETRY if complete else min(LAST_RETRY, retry * 2)

    async def load(self) -> None:
        """Take up what an earlier process kept, as old as it is."""
        rows = await self._keeper.load() if self._keeper is not None else ()
        if not any(row.listed_at for row in rows):
            return  # listings are kept only when all were read, so there is none of them
        for privacy in LISTINGS:
            self._listed.setdefault(privacy, {})
        for row in rows:
            model = row.model
            if row.read_at is not None:
                self._read.setdefault(model.id, (model, row.read_at))
            if row.listed_at is not None:
                self._listed.setdefault(row.privacy, {})[model.id] = model
                known = self._listed_at.get(row.privacy)
                self._listed_at[row.privacy] = max(row.listed_at, known or row.listed_at)
        first = min(self._listed_at.values())
        for privacy in LISTINGS:
            self._listed_at.setdefault(privacy, first)  # it was empty
        self._rebuild()
        log.info("the catalogue knows %d models from earlier", len(self._models))

    async def settle(self) -> None:
        """Return when everything that was read is kept, or has failed to be."""
        if self._keeper is not None:
            await self._keeper.finish()

    async def refresh(self) -> bool:
        """Read all listings. One that fails keeps its old rows and is logged; True when none failed."""
        self.trouble = None
        now = self._clock.now()
        fresh: set[str] = set()
        for name, models in self._listings():
            try:
                rows = {model.id: model async for model in models}
            except (NotFound, Forbidden) as error:
                # this API or this key has no such listing, and asking again does not make one
                log.warning("no listing of %s models: %s", name, error)
                self._listed.setdefault(name, {})
                self._listed_at.setdefault(name, now)
            except ScenarioError as error:
                log.warning("the listing of %s models could not be read: %s", name, error)
                if isinstance(error, WrongKey):
                    log.warning("Scenario accepts neither SCENARIO_API_KEY nor its secret: %s", REMEDY)
                self.trouble = error
            else:
                self._listed[name], self._listed_at[name] = rows, now
                fresh.add(name)
                for model in rows.values():
                    if model.inputs is not None:  # workflows come with theirs
                        self._read[model.id] = (model, now)
        self._rebuild()
        if self._keeper is not None and self.loaded:
            self._keeper.keep_all(self._shelved(self._models), dict.fromkeys(fresh, now))
        log.info("the catalogue knows %d models", len(self._models))
        return self.trouble is None

    def _listings(self) -> Iterator[tuple[str, AsyncIterator[Model]]]:
        for privacy in LISTINGS:
            yield privacy, self._source.models(privacy=privacy)
        if isinstance(self._source, WorkflowSource):
            yield WORKFLOW, self._source.workflows()
        if isinstance(self._source, HelpSource):
            yield PROMPT_HELP, self._source.helps()

    async def _warm(self) -> None:
        """Read schemas ahead, the most useful first, a few at a time."""
        gate = asyncio.Semaphore(WARM_AT_ONCE)

        async def one(model_id: str) -> None:
            async with gate:
                await self._read_ahead(model_id)

        used = await self._used()
        wanted = list(dict.fromkeys([*used, *self._kin(used[:WARM_AT_ONCE]), *self._useful()]))
        await asyncio.gather(*map(one, wanted[:WARM]))

    async def _used(self) -> list[str]:
        """Ids of what people use, as far as those are models that we know."""
        if self._popular is None:
            return []
        try:
            return [one for one in await self._popular() if one in self._models]
        except Exception:  # whatever the store says: what is read ahead without it is useful too
            log.exception("what people use could not be looked up")
            return []

    def _kin(self, model_ids: Iterable[str]) -> list[str]:
        """Ids of the others of these models' families: drafts of theirs, or what they are drafts of."""
        known = (self._models[one] for one in model_ids if one in self._models)
        return [one.id for model in known for one in self.family(model)]

    def _useful(self) -> Iterator[str]:
        """Ids of models whose schema somebody is likely to want, the likeliest first."""
        if self._default_id is not None:
            yield self._default_id
        chosen = (
            self.default_for(task, frozenset({source})) for task, source in product(CHOSEN, ("txt", "img"))
        )
        defaults = list(dict.fromkeys(model.id for model in chosen if model is not None))
        yield from defaults
        yield from self._kin(defaults)
        own = [model for model in self.browse("") if not is_trained(model)]
        yield from (model.id for model in own if model.privacy == "private" and not model.is_workflow)
        yield from (model.id for model in own if model.is_workflow)
        yield from (base for base in KNOWN_BASES.values() if base in self._models)
        yield from (model.id for model in own if model.featured)
        # what an empty picker shows
        yield from (model.id for model in self.suggest_models("", medium="image"))

    async def _read_ahead(self, model_id: str) -> None:
        try:
            # half the age, or an hourly round would find schemas that are just not old enough
            await self._read_fresh(model_id, self._max_age / 2)
        except ScenarioError as error:
            log.info("the schema of %s could not be read ahead: %s", model_id, error)

    # -- reading --------------------------------------------------------------------------------------

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

    async def soon(self, given: str, seconds: float = PATIENCE) -> Model | None:
        """For a completion: the model of this id or name, with its schema where that is in memory or comes
        within `seconds`. One that grew old is served, and read anew behind it. For a trained model the base
        that it runs on. None for one that is not known by then. Raises nothing."""
        model = self._runs(given)
        model_id = model if isinstance(model, str) else model.id if model is not None else given.strip()
        if model_id not in self._models and not looks_like_id(model_id):
            return None
        known = self._read.get(model_id)
        reading = None if self._is_fresh(model_id, self._max_age) else self._begin_reading(model_id)
        if reading is not None and (known is None or known[0].inputs is None):
            waiting = asyncio.create_task(self._clock.sleep(seconds))
            await asyncio.wait({reading, waiting}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
        return self._models.get(model_id)

    def _runs(self, given: str) -> Model | str | None:
        model = self.find(given)
        if model is None or not is_trained(model):
            return model
        return self.base_for({model.type}) or model

    def _is_fresh(self, model_id: str, max_age: timedelta) -> bool:
        known, now = self._read.get(model_id), self._clock.now()
        spared = self._spared.get(model_id)
        failed = spared is not None and now - spared < SPARED
        return failed or (known is not None and now - known[1] < max_age)

    async def _read_fresh(self, model_id: str, max_age: timedelta) -> Model:
        known = self._read.get(model_id)
        if known is not None and self._clock.now() - known[1] < max_age:
            return self._models[model_id]
        # one reader that gives up must not take it from the others
        return await asyncio.shield(self._begin_reading(model_id))

    def _begin_reading(self, model_id: str) -> asyncio.Task[Model]:
        task = self._reading.get(model_id)
        if task is None:
            task = asyncio.create_task(self._fetch(model_id), name=f"read {model_id}")
            self._reading[model_id] = task
            task.add_done_callback(partial(self._fetched, model_id))
        return task

    def _fetched(self, model_id: str, task: asyncio.Task[Model]) -> None:
        self._reading.pop(model_id, None)
        # looked at, also where every reader has given up
        if not task.cancelled() and task.exception() is not None:
            self._spared[model_id] = self._clock.now()
        else:
            self._spared.pop(model_id, None)

    async def _fetch(self, model_id: str) -> Model:
        model = await self._source.model(model_id)
        self._read[model_id] = (model, self._clock.now())
        self._put(model)
        if self._keeper is not None:
            self._keeper.keep(self._shelved([model_id]))
        return model

    def withdraw(self, model_id: str) -> None:
        """It is listed, and answers that it is not there: this process offers it no more."""
        self._withdrawn.add(model_id)
        self._rebuild()

    def _rebuild(self) -> None:
        """Put the listed rows and the schemas together."""
        models: dict[str, Model] = {}
        for rows in self._listed.values():
            for model_id, row in rows.items():
                models.setdefault(model_id, self._with_schema(row))
        now = self._clock.now()
        for model_id, (model, at) in list(self._read.items()):
            if model_id in models:
                continue
            if now - at < self._max_age or model_id == self._default_id or not self.loaded:
                models[model_id] = model  # in no listing, but it answers to its id
            else:
                del self._read[model_id]
        self._replace({id_: model for id_, model in models.items() if id_ not in self._withdrawn})

    def _with_schema(self, row: Model) -> Model:
        known = self._read.get(row.id)
        if known is None:
            return row
        # the row is newer than the record that came with the schema: it may say "deprecated" by now
        read = known[0]
        return replace(
            row,
            inputs=read.inputs,
            sizes=read.sizes,
            loras=read.loras,
            description=row.description or read.description,
            thumbnail=row.thumbnail or read.thumbnail,
            example_asset_ids=row.example_asset_ids or read.example_asset_ids,
            variants=row.variants or read.variants,
            concepts=row.concepts or read.concepts,
        )

    def _shelved(self, model_ids: Iterable[str]) -> Iterator[Shelved]:
        where = {model_id: name for name in reversed(self._listed) for model_id in self._listed[name]}
        for model_id in model_ids:
            name, read = where.get(model_id, ""), self._read.get(model_id)
            yield Shelved(
                model=self._models[model_id],
                privacy=name,
                listed_at=self._listed_at.get(name),
                read_at=None if read is None else read[1],
            )
