"""What commands and buttons call to fill in a form. Deciding and spending stay with `service.service`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from bot import discord_limits
from bot.catalogue import Catalogue, ModelFault
from bot.catalogue.faults import is_trained
from bot.catalogue.search import looks_like_id
from bot.catalogue.tasks import Task
from bot.clock import Clock
from bot.forms.controls import Control, control_of, field_id, most_files, parts_of, whole_id
from bot.forms.draft import LIFE, Answers, Draft, Drafts, Raw, Refused
from bot.forms.pages import Page, described, page_with, pages_of, without_defaults
from bot.forms.values import raw_of, value_of
from bot.refusals import ModelUnusable, NoSuchForm, NotAllowed, ScenarioSilent, UnknownModel
from bot.request.ask import UPLOAD, Ask, InputFile
from bot.request.compose import compose
from bot.request.prepare import trained_of
from bot.request.roles import SEEDS, prompt_input
from bot.scenario.api.errors import Forbidden, NotFound, PlanLocked, ScenarioError
from bot.scenario.api.records import Input, Inputs, Json, Model
from bot.schema.inputs import Problem, check
from bot.schema.settings_text import resolve

WORDS: Final = ""
"""The field of a prompt before the model's own name for it is known: no model has an input of that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A draft as the model reads it."""

    draft: Draft
    model: Model
    pages: tuple[Page, ...]
    ask: Ask
    problems: tuple[Problem, ...]

    @property
    def task(self) -> Task:
        return Task.WORKFLOW if self.model.is_workflow else Task.GENERATE

    @property
    def faulty(self) -> int | None:
        """The first page with a problem."""
        return next((n for one in self.problems if (n := page_with(self.pages, one.input)) is not None), None)


class Forms:
    """Begin, fill, look, take."""

    def __init__(self, drafts: Drafts, catalogue: Catalogue, clock: Clock) -> None:
        self._drafts = drafts
        self._catalogue = catalogue
        self._clock = clock
        self._bare: set[str] = set()

    # -- models ---------------------------------------------------------------------------------------

    def find(self, given: str) -> str:
        """The id of the model, or the workflow, that is meant, from memory. Raises UnknownModel,
        ModelUnusable."""
        model = self._catalogue.find(given)
        if model is not None:
            return self._usable(model).id
        name = given.strip()
        if self._catalogue.loaded and not looks_like_id(name):
            raise UnknownModel(name, self._catalogue.nearest(name))
        return name

    def on_base(self, model_id: str) -> tuple[str, Ask | None]:
        """For a trained model the base that it runs on, and the request to begin with; else the model."""
        model = self._catalogue.get(model_id)
        if model is None or not is_trained(model):
            return model_id, None
        base = self._catalogue.base_for({model.type})
        if base is None:
            return model_id, None
        return base if isinstance(base, str) else base.id, Ask(trained_models=(trained_of(model),))

    def known(self, model_id: str) -> Model | None:
        """The model where its schema is in memory. Raises ModelUnusable."""
        model = self._catalogue.get(model_id)
        if model is None or (model.inputs is None and model_id not in self._bare):
            return None
        return self._usable(model)

    async def read(self, model_id: str) -> Model:
        """The model with its schema, asked for where memory has none. Raises UnknownModel, ModelUnusable,
        ScenarioSilent."""
        try:
            model = await self._catalogue.read(model_id)
        except PlanLocked as error:
            raise ModelUnusable(model_id, ModelFault.PLAN, detail=error.required_plan) from error
        except (NotFound, Forbidden) as error:
            raise UnknownModel(model_id, self._catalogue.nearest(model_id)) from error
        except ScenarioError as error:
            raise ScenarioSilent from error
        if model.inputs is None:
            self._bare.add(model.id)  # its record has none: not to be asked for again and again
        return self._usable(model)

    def _usable(self, model: Model) -> Model:
        fault = self._catalogue.usable(model)
        if fault is not None:
            raise ModelUnusable(model.name, fault, detail=self._catalogue.detail(model, fault))
        return model

    def _resolve(self, given: str) -> str:
        model = self._catalogue.find(given)
        return given if model is None else model.id

    def of_ask(self, model_id: str, ask: Ask, *, parent_id: str | None = None) -> tuple[str, Answers]:
        """The model whose form this request needs, and its answers: those whose places memory knows, or else
        its words. A trained model's form is its base's."""
        on_base, with_trained = self.on_base(model_id)
        model = self._catalogue.get(on_base)
        whole = replace(
            ask, trained_models=(*(with_trained.trained_models if with_trained else ()), *ask.trained_models)
        )
        if model is None or model.inputs is None:
            return on_base, Answers(values={WORDS: ask.prompt} if ask.prompt else {}, parent_id=parent_id)
        return on_base, answers_of(model, whole, placed(model, whole), parent_id=parent_id)

    # -- drafts ---------------------------------------------------------------------------------------

    async def begin(
        self,
        draft_id: str,
        owner_id: int,
        model_id: str,
        *,
        private: bool = False,
        spoiler: bool = False,
        answers: Answers | None = None,
    ) -> Draft:
        """Keep a new form. draft_id: of the interaction that began it."""
        draft = Draft(
            id=draft_id,
            owner_id=owner_id,
            model_id=model_id,
            answers=Answers() if answers is None else answers,
            private=private,
            spoiler=spoiler,
            created_at=self._clock.now(),
        )
        await self._drafts.add(draft)
        return draft

    async def keep(
        self, draft_id: str, owner_id: int, refused: Refused, *, model: str, private: bool, spoiler: bool
    ) -> Draft:
        """Keep a command that was refused, to be sent again. draft_id: of its interaction. model: as it was
        named."""
        draft = Draft(
            id=draft_id,
            owner_id=owner_id,
            model_id=model,
            private=private,
            spoiler=spoiler,
            created_at=self._clock.now(),
            refused=refused,
        )
        await self._drafts.add(draft)
        return draft

    async def get(self, draft_id: str, owner_id: int) -> Draft:
        """Raises NoSuchForm, NotAllowed."""
        draft = await self._drafts.get(draft_id)
        if draft is None or self._clock.now() - draft.created_at > LIFE:
            raise NoSuchForm
        if draft.owner_id != owner_id:
            raise NotAllowed(draft.owner_id)
        return draft

    async def fill(
        self,
        draft_id: str,
        owner_id: int,
        values: Mapping[str, Raw],
        files: Mapping[str, tuple[InputFile, ...]],
    ) -> Draft:
        """Keep what was submitted of one page, by the fields' ids: "" and [] where nothing was filled in, but
        no files leave those that were given before. Raises NoSuchForm, NotAllowed."""
        draft = await self.get(draft_id, owner_id)
        merged = {**draft.answers.values}
        for name, raw in values.items():
            if raw and raw != [""]:
                merged[name] = _kept(merged.get(name), raw)
            elif WORDS in merged:
                merged[name] = ""  # else the words from before would come back into an emptied field
            else:
                merged.pop(name, None)
        merged = _newest(merged, draft.answers.values)
        given = {**draft.answers.files, **{name: some for name, some in files.items() if some}}
        return await self._save(replace(draft, answers=replace(draft.answers, values=merged, files=given)))

    async def clear(self, draft_id: str, owner_id: int) -> Draft:
        """Start over. Raises NoSuchForm, NotAllowed."""
        draft = await self.get(draft_id, owner_id)
        return await self._save(replace(draft, answers=Answers(parent_id=draft.answers.parent_id)))

    async def _save(self, draft: Draft) -> Draft:
        if not await self._drafts.save(draft):
            raise NoSuchForm
        return draft

    async def discard(self, draft_id: str, owner_id: int) -> None:
        """Raises NoSuchForm, NotAllowed."""
        await self._drafts.remove((await self.get(draft_id, owner_id)).id)

    async def erase(self) -> int:
        """Forget the drafts whose time is over. How many they were."""
        return await self._drafts.erase(self._clock.now() - LIFE)

    # -- answers --------------------------------------------------------------------------------------

    def look(self, draft: Draft, model: Model) -> Filled:
        """What the answers ask for, and what is wrong with them."""
        model = described(model)
        draft = replace(draft, answers=_worded(draft.answers, model))
        values, files = self._read(draft.answers, model)
        places: dict[str, Json] = {}
        for number, one in enumerate(files):
            held = places.setdefault(one.role, [])
            assert isinstance(held, list)
            held.append(one.asset_id or f"{UPLOAD}{number}")
        problems = check(model, {**values, **places}).problems
        asked = without_defaults(model, values)
        prompt = prompt_input(model)
        words = asked.pop(prompt.name, "") if prompt is not None and prompt.type == "string" else ""
        ask = Ask(
            prompt=words if isinstance(words, str) else str(words), model_settings=asked, files=tuple(files)
        )
        return Filled(draft=draft, model=model, pages=pages_of(model), ask=ask, problems=problems)

    def _read(self, answers: Answers, model: Model) -> tuple[dict[str, Json], list[InputFile]]:
        values: dict[str, Json] = {}
        files: list[InputFile] = []
        for page in pages_of(model):
            for one in page.fields:
                if one.control is Control.FILES:
                    some = answers.files.get(one.id, ())[: most_files(one.spec)]
                    files += [replace(given, role=one.spec.name) for given in some]
                elif (raw := answers.values.get(one.id)) is not None:
                    value = value_of(one.spec, raw, self._resolve)
                    values[one.spec.name] = _joined(values.get(one.spec.name), value)
        return values, files


def _worded(answers: Answers, model: Model) -> Answers:
    """With the words from before the schema in the prompt's own field, unless that was filled in since."""
    prompt = prompt_input(model)
    if prompt is None or WORDS not in answers.values:
        return answers
    own = {name: raw for name, raw in answers.values.items() if name != WORDS}
    return replace(answers, values={field_id(prompt.name): answers.values[WORDS], **own})


def _newest(merged: Mapping[str, Raw], before: Mapping[str, Raw]) -> dict[str, Raw]:
    """Of the parts of one choice those that changed, where only some did: who chooses in a second select does
    not first look for the one with the old choice."""
    changed = {name for name, raw in merged.items() if raw != before.get(name)}
    chosen_anew = {whole_id(name) for name in changed} - {None}
    return {name: raw for name, raw in merged.items() if name in changed or whole_id(name) not in chosen_anew}


def _joined(before: Json, value: Json) -> Json:
    """What was chosen in several parts of one choice."""
    if before is None:
        return value
    return [
        *(before if isinstance(before, list) else [before]),
        *(value if isinstance(value, list) else [value]),
    ]


def _kept(before: Raw | None, raw: Raw) -> Raw:
    """A text that was too long to be shown whole and came back unchanged stays whole."""
    if isinstance(before, str) and isinstance(raw, str) and len(before) > discord_limits.FIELD_TEXT:
        return before if raw == before[: discord_limits.FIELD_TEXT] else raw
    return raw


def answers_of(
    model: Model, ask: Ask, inputs: Inputs | None = None, *, parent_id: str | None = None
) -> Answers:
    """The form of a request that was made: to be changed and made anew, with a new seed.

    inputs: what was sent for it, where that is known: it holds what the request's own words became.
    """
    model = described(model)
    prompt = prompt_input(model)
    sent: dict[str, Json] = dict(ask.model_settings if inputs is None else inputs)
    if prompt is not None and ask.prompt:
        sent.setdefault(prompt.name, ask.prompt)
    values: dict[str, Raw] = {}
    files: dict[str, tuple[InputFile, ...]] = {}
    for spec in model.inputs or ():
        if spec.type in {"file", "file_array"}:
            given = _files_of(spec, sent.get(spec.name), ask)
            if given:
                files[field_id(spec.name)] = given
        elif not _is_seed(spec) and (raw := raw_of(spec, sent.get(spec.name))) is not None:
            values |= _in_parts(spec, raw)
    return Answers(values=values, files=files, parent_id=parent_id)


def _in_parts(spec: Input, raw: Raw) -> dict[str, Raw]:
    """An answer by the ids of the fields that hold it."""
    if control_of(spec) not in {Control.CHOICE, Control.CHOICES} or isinstance(raw, str):
        return {field_id(spec.name): raw}
    parts = parts_of(spec)
    found = {id_: [key for key in raw if key in keys] for id_, keys in parts.items()}
    strange = [key for key in raw if not any(key in keys for keys in parts.values())]
    first = next(iter(parts))
    found[first] = [*found[first], *strange]  # no choice any more: the check will say so
    return {id_: list(keys) for id_, keys in found.items() if keys}


def placed(model: Model, ask: Ask) -> Inputs:
    """What a request that was not made yet asks of this model, as far as the model takes it."""
    if model.inputs is None:
        return {}
    named = resolve(model, ask.model_settings).values
    return {**named, **compose(ask, model, seed=None).values}


def _files_of(spec: Input, sent: Json, ask: Ask) -> tuple[InputFile, ...]:
    found = [one for one in ask.files if one.role == spec.name]
    if found and sent is None:
        return tuple(found)
    taken: list[InputFile] = []
    for one in sent if isinstance(sent, list) else [sent]:
        if not isinstance(one, str) or one.startswith("data:"):
            continue
        number = one[len(UPLOAD) :] if one.startswith(UPLOAD) else ""
        if number.isdigit() and int(number) < len(ask.files):
            taken.append(replace(ask.files[int(number)], role=spec.name))
        elif not number:
            taken.append(InputFile(role=spec.name, asset_id=one))
    return tuple(taken)


def _is_seed(spec: Input) -> bool:
    return spec.name.replace("_", "").replace("-", "").casefold() in SEEDS
