"""Choosing by task: pickers, defaults, trained models and what they run through."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.catalogue import Catalogue, ModelFault, Task
from bot.clock import SystemClock
from bot.scenario.api.errors import Forbidden, NotFound, ScenarioError, Unavailable
from bot.scenario.api.records import WORKFLOW, Input, LorasInputs, Model
from bot.schema.trained import KNOWN_BASES

FEATURED = ("sc:featured",)
WORDS = frozenset({"txt"})
PICTURE = frozenset({"img"})


def model(model_id: str, capabilities: str = "txt2img", **changes: Any) -> Model:
    fields: dict[str, Any] = {"id": model_id, "name": model_id.removeprefix("model_").title()}
    fields |= {"capabilities": tuple(capabilities.split()), **changes}
    return Model(**fields)


class Source:
    """Lists what it was given, private ones apart."""

    def __init__(self, *models: Model) -> None:
        self.rows = {one.id: one for one in models}

    async def models(self, *, privacy: str) -> AsyncIterator[Model]:
        for one in self.rows.values():
            if one.privacy == privacy:
                yield one

    async def model(self, model_id: str) -> Model:
        return self.rows[model_id]


class Studio(Source):
    """A source with workflows, or with trouble about them."""

    def __init__(
        self, *models: Model, runs: Sequence[Model] = (), error: ScenarioError | None = None
    ) -> None:
        super().__init__(*models)
        self.runs = runs
        self.error = error

    async def workflows(self) -> AsyncIterator[Model]:
        for one in self.runs:
            yield one
        if self.error is not None:
            raise self.error


async def known(*models: Model, **options: Any) -> Catalogue:
    catalogue = Catalogue(Source(*models), SystemClock(), **options)
    assert await catalogue.refresh()
    return catalogue


def ids(models: Sequence[Model]) -> list[str]:
    return [one.id for one in models]


FOX = model("model_fox", tags=FEATURED)
LORA = model("model_moss", "txt2img img2img", type="flux.1-lora", privacy="private")
MIX = model("model_mix", "txt2img img2img", type="flux.1-composition")
ODD = model("model_odd", type="sd9-lora")


# -- trained models -----------------------------------------------------------------------------------


async def test_trained_models_are_picked_like_any_other_where_a_base_is_known() -> None:
    catalogue = await known(FOX, LORA, MIX, ODD)
    assert ids(catalogue.suggest_for("", task=Task.IMAGINE)) == ["model_moss", "model_fox", "model_mix"]
    assert ids(catalogue.suggest_for("moss", task=Task.EDIT)) == ["model_moss"]
    assert ids(catalogue.suggest_for("", task=Task.GENERATE)) == ["model_fox"]
    assert ids(catalogue.trained_models()) == ["model_moss", "model_mix"]
    assert ids(catalogue.suggest_models("", medium="image")) == [
        "model_fox"
    ]  # those that are called themselves


async def test_what_stands_against_a_trained_model() -> None:
    catalogue = await known(FOX, LORA, ODD)
    assert catalogue.unfit_for(LORA, Task.IMAGINE) is None
    assert catalogue.unfit_for(LORA, Task.VIDEO) is ModelFault.OTHER_TASK
    assert catalogue.unfit_for(LORA, Task.GENERATE) is ModelFault.NEEDS_BASE
    assert catalogue.unfit_for(ODD, Task.IMAGINE) is ModelFault.NEEDS_BASE
    assert catalogue.unfit(LORA, "image") is ModelFault.NEEDS_BASE  # nobody routes it there
    assert catalogue.nearest("moss") == ["Moss"]


async def test_a_trained_model_is_no_default() -> None:
    assert (await known(LORA)).default_for(Task.IMAGINE, WORDS) is None
    assert (await known(LORA)).default() is None


@pytest.mark.parametrize("types", [["flux.1-lora"], ["flux.1-lora", "flux.1-composition"]])
async def test_an_unread_base_is_named_by_its_id(types: list[str]) -> None:
    assert (await known(FOX)).base_for(types) == "model_bfl-flux-1-dev"


@pytest.mark.parametrize("kind", list(KNOWN_BASES))
async def test_a_known_family_is_answered_before_its_base_was_read(kind: str) -> None:
    assert (await known(FOX)).base_for([kind]) == KNOWN_BASES[kind]


async def test_types_without_one_base_in_common_have_none() -> None:
    catalogue = await known(FOX)
    assert catalogue.base_for(["flux.1-lora", "flux.2-dev-lora"]) is None
    assert catalogue.base_for(["sd9-lora"]) is None
    assert catalogue.base_for([]) is None


def base(model_id: str, *types: str, **changes: Any) -> Model:
    takes = Input(name="loras", type="model_array", model_types=types)
    return model(model_id, inputs=(takes,), loras=LorasInputs(models="loras"), **changes)


async def test_a_schema_that_takes_them_all_is_the_base() -> None:
    other = base("model_any", "flux.1-lora", "sd9-lora", tags=FEATURED)
    named = base(KNOWN_BASES["flux.1-lora"], "flux.1-lora")
    catalogue = await known(other, named, ODD)
    assert catalogue.base_for(["flux.1-lora"]) == named
    assert catalogue.base_for(["flux.1-lora", "sd9-lora"]) == other
    assert catalogue.unfit_for(ODD, Task.IMAGINE) is None
    gone = base(named.id, "flux.1-lora", tags=("deprecated:model_any",))
    assert (await known(other, gone)).base_for(["flux.1-lora"]) == other
    failed = base(named.id, "flux.1-lora", status="failed")
    assert (await known(other, failed)).base_for(["flux.1-lora"]) == other


async def test_a_featured_base_comes_before_another() -> None:
    plain, shiny = base("model_a", "sd9-lora"), base("model_b", "sd9-lora", tags=FEATURED)
    assert (await known(plain, shiny)).base_for(["sd9-lora"]) == shiny


async def test_a_base_is_known_by_its_inputs_without_the_component() -> None:
    bare = replace(base("model_bare", "sd9-lora"), loras=None)
    assert (await known(bare)).base_for(["sd9-lora"]) == bare


async def test_both_inputs_of_a_base_count() -> None:
    inputs = (
        Input(name="loras", type="model_array", model_types=("flux.1-lora",)),
        Input(name="modelId", type="model", model_types=("flux.1-lora", "flux.1-composition")),
    )
    loras = LorasInputs(models="loras", scales="lorasScale", model_id="modelId")
    dev = model("model_dev", inputs=inputs, loras=loras)
    assert (await known(dev)).base_for(["flux.1-composition", "flux.1-lora"]) == dev


# -- workflows ----------------------------------------------------------------------------------------

RUN = model("wflow_a", "", type=WORKFLOW, privacy="private", name="Poster", inputs=())


async def test_workflows_are_listed_with_their_schemas() -> None:
    catalogue = Catalogue(Studio(FOX, runs=[RUN]), SystemClock())
    assert await catalogue.refresh()
    assert catalogue.suggest_for("", task=Task.WORKFLOW) == [RUN]
    assert ids(catalogue.suggest_for("", task=Task.IMAGINE)) == ["model_fox"]
    assert catalogue.unfit_for(RUN, Task.WORKFLOW) is None
    assert catalogue.unfit_for(RUN, Task.GENERATE) is ModelFault.OTHER_TASK
    assert catalogue.unfit_for(FOX, Task.WORKFLOW) is ModelFault.OTHER_TASK
    assert catalogue.default() == FOX
    assert catalogue.suggest_models("", medium="image") == [FOX]
    assert catalogue.suggest_models("", medium=None, source=None) == [RUN, FOX]
    assert catalogue.browse("", "workflow") == [RUN]
    assert catalogue.browse("", "image") == [FOX]
    assert catalogue.browse("") == [RUN, FOX]


@pytest.mark.parametrize("error", [NotFound(status=404), Forbidden(status=403)], ids=repr)
async def test_an_account_without_workflows_is_whole(error: ScenarioError) -> None:
    catalogue = Catalogue(Studio(FOX, error=error), SystemClock())
    assert await catalogue.refresh()
    assert catalogue.loaded


async def test_workflows_that_cannot_be_read_now_are_tried_again() -> None:
    source = Studio(FOX, runs=[RUN])
    catalogue = Catalogue(source, SystemClock())
    await catalogue.refresh()
    source.error = Unavailable()
    assert not await catalogue.refresh()
    assert catalogue.get("wflow_a") == RUN


# -- what films need ------------------------------------------------------------------------------------

FILM, MOVES = model("model_film", "txt2video"), model("model_moves", "img2video", name="Film that moves")
LIPS = model(
    "model_lips",
    "txt2video",
    name="Film lips",
    inputs=(Input(name="audio", type="file", kind="audio", required={"always": True}),),
)
START = model(
    "model_start",
    "txt2video",
    name="Film from here",
    inputs=(Input(name="image", type="file", required={"always": True}),),
)
FILMS = (FOX, LORA, LIPS, MOVES, FILM)


# -- defaults -----------------------------------------------------------------------------------------


async def test_each_task_has_its_own_default() -> None:
    catalogue = await known(
        FOX,
        model("model_kontext", "img2img"),
        model("model_film", "txt2video"),
        model("model_moves", "img2video", tags=FEATURED),
        model("model_lyria", "txt2audio"),
        model("model_upscale", "img2img"),
    )

    def default(task: Task, *sources: str) -> str | None:
        found = catalogue.default_for(task, frozenset(sources) or None)
        return found and found.id

    assert default(Task.IMAGINE, "txt") == "model_fox"
    assert default(Task.EDIT, "img") == "model_kontext"
    assert default(Task.VIDEO) == "model_moves"
    assert default(Task.VIDEO, "txt") == "model_film"
    assert default(Task.VIDEO, "txt", "img") == "model_moves"
    assert default(Task.MUSIC, "txt") == "model_lyria"
    assert default(Task.SPEECH, "txt") is None
    assert default(Task.UPSCALE, "img") == "model_upscale"
    assert default(Task.THREE_D) is None


async def test_a_default_is_made_for_its_task_where_one_is() -> None:
    catalogue = await known(
        model("model_any", "txt2audio img2img", tags=FEATURED),
        model("model_lyria", "txt2audio"),
        model("model_kontext", "img2img"),
    )
    for task, sources, chosen in (
        (Task.MUSIC, WORDS, "model_lyria"),
        (Task.SOUND, WORDS, "model_any"),
        (Task.EDIT, PICTURE, "model_kontext"),
    ):
        found = catalogue.default_for(task, sources)
        assert found is not None
        assert found.id == chosen


async def test_no_default_needs_what_the_command_has_no_option_for() -> None:
    catalogue = await known(replace(LIPS, tags=FEATURED), FILM)
    for sources in (None, WORDS):
        found = catalogue.default_for(Task.VIDEO, sources)
        assert found is not None
        assert found.id == "model_film"


async def test_no_default_needs_what_the_member_does_not_give() -> None:
    catalogue = await known(replace(START, tags=FEATURED), FILM)
    for sources, chosen in ((WORDS, "model_film"), (WORDS | PICTURE, "model_start")):
        found = catalogue.default_for(Task.VIDEO, sources)
        assert found is not None
        assert found.id == chosen


async def test_a_default_takes_what_is_given() -> None:
    catalogue = await known(replace(FILM, tags=FEATURED), MOVES)
    for sources, chosen in ((WORDS, "model_film"), (PICTURE, "model_moves")):
        found = catalogue.default_for(Task.VIDEO, sources)
        assert found is not None
        assert found.id == chosen


async def test_the_operators_choice_gives_way_to_what_the_member_gives() -> None:
    owl = model("model_owl", "img2img", tags=FEATURED)
    catalogue = await known(FOX, owl, MOVES, default_model="model_owl")
    for task, sources, chosen in (
        (Task.IMAGINE, WORDS, "model_fox"),
        (Task.IMAGINE, PICTURE, "model_owl"),
        (Task.VIDEO, PICTURE, "model_moves"),
    ):
        found = catalogue.default_for(task, sources)
        assert found is not None
        assert found.id == chosen


# -- pickers for what is given --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sources", "text", "offered"),
    [
        (WORDS, "", {"model_film"}),
        (PICTURE, "", {"model_moves"}),
        (None, "", {"model_film", "model_moves"}),
        (WORDS, "film", ["model_film", "model_lips", "model_moves"]),
        (PICTURE, "film", ["model_moves", "model_film", "model_lips"]),
        (WORDS, "lips", ["model_lips"]),
        (WORDS, "moss", set[str]()),
    ],
)
async def test_a_picker_offers_what_takes_what_is_given_and_behind_it_what_was_typed(
    sources: frozenset[str] | None, text: str, offered: list[str] | set[str]
) -> None:
    catalogue = await known(*FILMS)
    found = ids(catalogue.suggest_for(text, task=Task.VIDEO, sources=sources))
    if isinstance(offered, list):
        assert found == offered
    else:
        assert set(found) == offered
        assert len(found) == len(offered)


async def test_a_picker_offers_first_what_needs_nothing_else_than_its_command_can_give() -> None:
    score = replace(START, id="model_score", capabilities=("txt2audio",))
    catalogue = await known(START, LIPS, score)
    assert ids(catalogue.suggest_for("", task=Task.VIDEO, sources=WORDS)) == []
    assert ids(catalogue.suggest_for("", task=Task.VIDEO)) == ["model_start"]
    assert ids(catalogue.suggest_for("", task=Task.MUSIC)) == []
    assert len(catalogue.suggest_for("", task=Task.GENERATE)) == 3  # a form has a field for everything


@pytest.mark.parametrize(
    ("one", "task", "sources", "lacks"),
    [
        (FILM, Task.VIDEO, WORDS, None),
        (FILM, Task.VIDEO, None, None),
        (FILM, Task.VIDEO, PICTURE, "txt"),
        (MOVES, Task.VIDEO, PICTURE, None),
        (MOVES, Task.VIDEO, WORDS, "img"),
        (LIPS, Task.VIDEO, WORDS, "audio"),
        (LIPS, Task.GENERATE, WORDS, None),
        (START, Task.VIDEO, WORDS, "img"),
        (START, Task.VIDEO, PICTURE | WORDS, None),
        (LORA, Task.IMAGINE, WORDS, None),
    ],
)
async def test_a_picker_says_what_a_suggestion_lacks(
    one: Model, task: Task, sources: frozenset[str] | None, lacks: str | None
) -> None:
    assert (await known(*FILMS)).lacking(one, task, sources) == lacks


@pytest.mark.parametrize(
    ("task", "shown"),
    [
        (None, {"model_fox", "model_moss", "model_lips", "model_moves", "model_film"}),
        (Task.IMAGINE, {"model_fox", "model_moss"}),
        (Task.EDIT, {"model_moss"}),
        (Task.VIDEO, {"model_lips", "model_moves", "model_film"}),
        (Task.MUSIC, set[str]()),
    ],
)
async def test_browsing_by_task_shows_what_does_it(task: Task | None, shown: set[str]) -> None:
    assert set(ids((await known(*FILMS)).browse("", task=task))) == shown


async def test_the_operators_choice_holds_for_what_it_does() -> None:
    catalogue = await known(FOX, model("model_owl", "txt2img img2img"), default_model="model_owl")
    for task in (Task.IMAGINE, Task.EDIT):
        found = catalogue.default_for(task)
        assert found is not None
        assert found.id == "model_owl"
    unread = await known(FOX, model("model_kontext", "img2img"), default_model="model_owl")
    chosen = unread.default_for(Task.IMAGINE, WORDS)
    assert chosen == Model(id="model_owl", name="model_owl")
    found = unread.default_for(Task.EDIT)
    assert found is not None
    assert found.id == "model_kontext"


async def test_locked_models_leave_every_picker_when_the_plan_is_known() -> None:
    locked = model("model_locked", access_restriction=75)
    catalogue = await known(FOX, locked)
    assert locked in catalogue.suggest_for("", task=Task.IMAGINE)
    catalogue.plan_level = 50
    assert locked not in catalogue.suggest_for("", task=Task.IMAGINE)
    assert locked not in catalogue.browse("")
    assert catalogue.unfit_for(locked, Task.IMAGINE) is ModelFault.PLAN


# -- models that are offered to nobody ----------------------------------------------------------------


async def test_a_model_made_for_tests_is_offered_to_nobody_and_still_answers_to_its_name() -> None:
    """The tag is the team's own to give."""
    hidden = model("model_a", "txt2img img2img", name="A Test", tags=("sc:featured", "imagine:hidden"))
    catalogue = await known(hidden, model("model_b", "txt2img img2img"))
    assert [one.id for one in catalogue.suggest_for("", task=Task.IMAGINE)] == ["model_b"]
    assert [one.id for one in catalogue.suggest_for("a test", task=Task.GENERATE)] == []
    assert [one.id for one in catalogue.browse("")] == ["model_b"]
    assert catalogue.nearest("a tes") == []
    default, fallback = catalogue.default_for(Task.IMAGINE, WORDS), catalogue.default()
    assert default is not None
    assert fallback is not None
    assert (default.id, fallback.id) == ("model_b", "model_b")
    found = catalogue.find("A Test")
    assert found is not None
    assert catalogue.unfit_for(found, Task.IMAGINE) is None
