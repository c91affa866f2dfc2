"""What a suggestion is called, and that its name means the same where Discord sends it for its value."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

import cogs.edit
import cogs.imagine
import cogs.show
from bot.catalogue.tasks import Task
from bot.forms import Forms
from bot.generation.card import CardState
from bot.generation.model import Fate, Output
from bot.refusals import Lacking, NoPicture, UnknownModel
from bot.request.ask import Ask
from bot.scenario.api.records import WORKFLOW, Input, Model, Variant
from bot.ui.commands import browsing, params
from bot.ui.forms import flow as forms
from bot.ui.models.suggestions import labeled_choices, model_meant, result_meant, searched
from bot.ui.speech.texts import speaking
from tests.support.bench import Bench, a_bench
from tests.support.builders import PROMPT, a_generation, a_model, running
from tests.support.clock import START
from tests.unit.test_cogs import interaction

LONG = "The model of a name that goes on and on "
MODELS = (
    a_model(name="Flux", variants=(Variant(cu=9.0), Variant(cu=12.0))),
    a_model("model_imagen", name="Imagen · Ultra", tags=()),
    a_model("model_twin_a", name="Twin", tags=()),
    a_model("model_twin_b", name="Twin", tags=()),
    a_model("model_long_a", name=LONG * 4 + "one", tags=()),
    a_model("model_long_b", name=LONG * 4 + "two", tags=()),
    a_model("model_longest", name="Quite another " + LONG * 4, tags=()),
    a_model("model_" + "x" * 94, name="Twin", tags=()),
    a_model("model_turned", name="Tur\u202ened\nlines", tags=()),
    a_model("model_film", name="Film", capabilities=("txt2video", "img2video"), tags=()),
    Model(id="wflow_a", name="Poster", type=WORKFLOW),
)


@pytest.fixture
async def bench() -> AsyncGenerator[Bench]:
    async with a_bench() as made:
        made.studio.catalogued = {one.id: one for one in MODELS}
        await made.process.catalogue.refresh()
        yield made


async def suggested(bench: Bench, typed: str = "", task: Task = Task.IMAGINE) -> dict[str, str]:
    """Value → name."""
    choices = await params.complete_model(task)(interaction(bench), typed)
    assert all(1 <= len(choice.name) <= 100 and choice.name == choice.name.strip() for choice in choices)
    return {choice.value: choice.name for choice in choices}


# -- models -------------------------------------------------------------------------------------------


async def test_a_model_says_what_it_makes_what_that_costs_and_whether_it_is_the_default(bench: Bench) -> None:
    names = await suggested(bench)
    assert names["model_flux"] == "Flux · pictures · about 9 to 12 CU · default"
    assert names["model_imagen"] == "Imagen · Ultra · pictures"
    assert (await suggested(bench, task=Task.VIDEO)) == {"model_film": "Film · videos · default"}
    assert (await suggested(bench, task=Task.WORKFLOW)) == {"wflow_a": "Poster · workflow"}
    with speaking("fr"):
        assert (await suggested(bench))["model_flux"] == "Flux · images · environ 9 à 12 CU · par défaut"


async def test_models_of_one_name_are_told_apart_and_none_is_suggested_that_cannot_be_meant(
    bench: Bench,
) -> None:
    names = await suggested(bench)
    assert names["model_twin_a"] == "Twin · model_twin_a"
    assert names["model_long_a"].endswith("… · model_long_a")
    assert len(set(names.values())) == len(names) == 9
    assert names["model_" + "x" * 94] == "model_" + "x" * 94


async def test_every_name_in_a_picker_is_understood_as_its_model(bench: Bench) -> None:
    catalogue = bench.process.catalogue
    for task in (Task.IMAGINE, Task.VIDEO, Task.GENERATE, Task.WORKFLOW):
        for locale in ("en-US", "fr"):
            with speaking(locale):
                for model_id, name in (await suggested(bench, task=task)).items():
                    meant = model_meant(catalogue, name)
                    assert meant is not None, name
                    assert meant.id == model_id
    priced = replace(MODELS[0], variants=(Variant(cu=99.0),))
    bench.studio.catalogued[priced.id] = priced
    await catalogue.refresh()  # the price is another one by the time the name comes back
    meant = model_meant(catalogue, "Flux · pictures · about 9 to 12 CU · default")
    assert meant is not None
    assert meant.id == "model_flux"
    assert model_meant(catalogue, "Twin") is None
    assert model_meant(catalogue, "Nothing · pictures") is None
    assert model_meant(catalogue, "…") is None


async def test_a_name_that_is_taken_up_again_finds_its_model(bench: Bench) -> None:
    name = (await suggested(bench))["model_flux"]
    assert list(await suggested(bench, name)) == ["model_flux"]
    assert searched(bench.process.catalogue, "fl · x") == "fl · x"


async def imagine(bench: Bench, prompt: str = "a cat", **options: Any) -> None:
    callback = cast("Any", cogs.imagine.Imagine.imagine).callback
    await callback(cogs.imagine.Imagine(), interaction(bench), prompt, **options)


async def test_a_command_takes_a_models_suggestion_for_the_model(bench: Bench) -> None:
    await imagine(bench, model=(await suggested(bench))["model_twin_b"])
    assert (await bench.get()).model_id == "model_twin_b"


async def test_what_is_no_name_is_refused_as_before(bench: Bench) -> None:
    with pytest.raises(UnknownModel):
        await imagine(bench, model="nobody · pictures")


@pytest.mark.parametrize(("task", "model_id"), [(Task.GENERATE, "model_flux"), (Task.WORKFLOW, "wflow_a")])
async def test_a_form_opens_by_a_suggestions_name(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, task: Task, model_id: str
) -> None:
    found: list[str] = []

    def on_base(_: Forms, known: str) -> tuple[str, None]:
        found.append(known)
        raise NoPicture

    monkeypatch.setattr(Forms, "on_base", on_base)
    name = (await suggested(bench, task=task))[model_id]
    with pytest.raises(NoPicture):
        await forms.open_form(interaction(bench), name)
    assert found == [model_id]


async def test_other_pickers_know_the_model_by_its_suggestions_name(bench: Bench) -> None:
    shape = Input(name="aspectRatio", type="string", allowed_values=("1:1", "5:4"))
    bench.studio.catalogued["model_flux"] = a_model(inputs=(PROMPT, shape))
    await bench.process.catalogue.refresh()
    await bench.process.catalogue.read("model_flux")
    named = SimpleNamespace(model="Flux · pictures · about 9 CU · default")
    asked = interaction(bench, namespace=named)
    assert [one.value for one in await params.complete_ratio(Task.IMAGINE)(asked, "")] == ["1:1", "5:4"]
    assert [one.value for one in await params.complete_settings(Task.IMAGINE)(asked, "asp")] == [
        "aspectRatio="
    ]


async def test_a_name_in_models_shows_the_model(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    async def show_model(_: object, model_id: str) -> None:
        shown.append(model_id)

    monkeypatch.setattr(browsing, "show_model", show_model)
    await browsing.show(interaction(bench), "Flux · pictures · about 9 to 12 CU · default", None)
    assert shown == ["model_flux"]


# -- values with labels -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offered", "told"),
    [
        ([("Anna, warm", "v1"), ("Ben", "v2")], [("Anna, warm", "v1"), ("Ben", "v2")]),
        ([("Anna", "v1"), ("anna", "v2")], [("v1", "v1"), ("v2", "v2")]),
        ([("v2", "v1"), ("Ben", "v2")], [("v1", "v1"), ("Ben", "v2")]),  # it would mean the other one
        ([("L" * 101, "v1")], [("v1", "v1")]),
        ([(" Anna ", "v1"), ("\u202e", "v2")], [("Anna", "v1"), ("v2", "v2")]),
        ([("Anna", "v" * 101), ("Ben", "")], []),
    ],
)
def test_a_label_is_shown_only_where_it_can_be_sent(
    offered: Sequence[tuple[str, str]], told: Sequence[tuple[str, str]]
) -> None:
    assert [(choice.name, choice.value) for choice in labeled_choices(offered)] == told


# -- earlier requests ---------------------------------------------------------------------------------


async def made(bench: Bench, number: int, prompt: str, **changes: Any) -> None:
    fields: dict[str, Any] = {
        "fate": Fate.CANCELED,
        "card": CardState.SETTLED,
        "ask": Ask(prompt=prompt),
        "created_at": START + timedelta(minutes=number),
    }
    await bench.put(a_generation(str(1000 + number), **{**fields, **changes}))


async def requests(bench: Bench, typed: str = "") -> dict[str, str]:
    """Value → name."""
    choices = await params.complete_generation(interaction(bench), typed)
    assert all(1 <= len(choice.name) <= 100 for choice in choices)
    return {choice.value: choice.name for choice in choices}


async def test_requests_of_the_same_words_are_told_apart_by_model_and_time(bench: Bench) -> None:
    words = "the same words " * 20
    await made(bench, 1, words)
    await made(bench, 2, words, model_name="Imagen")
    await made(bench, 3, words, model_name="Imagen")
    await made(bench, 4, "other words")
    names = await requests(bench)
    assert names["1004"] == "other words"
    assert names["1001"].endswith(f"… · Flux · {START + timedelta(minutes=1):%Y-%m-%d %H:%M:%S}")
    assert names["1003"].endswith(f"… · Imagen · {START + timedelta(minutes=3):%Y-%m-%d %H:%M:%S}")
    assert len(set(names.values())) == 4
    assert list(await requests(bench, names["1001"])) == ["1001"]


async def test_requests_of_one_moment_are_told_apart_by_their_numbers(bench: Bench) -> None:
    for number in (1, 2):
        await made(bench, number, "twice", created_at=START)
    when = f"{START:%Y-%m-%d %H:%M:%S}"
    told = {f"twice · Flux · {when} · #1001", f"twice · Flux · {when} · #1002"}
    assert set((await requests(bench)).values()) == told


async def test_of_a_request_with_several_results_each_is_suggested_and_understood(bench: Bench) -> None:
    pictures = tuple(Output(asset_id=f"asset_{number}") for number in range(3))
    await made(bench, 1, "a fox " * 30, outputs=pictures)
    await made(bench, 2, "a cat")
    found = {one.value: one.name for one in await params.complete_result(interaction(bench), "")}
    assert [*found] == ["1002", "1001-1", "1001-2", "1001-3"]
    for place, name in found.items():
        assert len(name) <= 100
        assert (result_meant(name) or "1002") == place
    for typed, values in (
        ("1001-2", ["1001-2"]),
        ("#1001", ["1001-1", "1001-2", "1001-3"]),
        ("cat", ["1002"]),
    ):
        assert [one.value for one in await params.complete_result(interaction(bench), typed)] == values


@pytest.mark.parametrize(
    "prompt", ["a cat", "the same words " * 20, "line\none", "  spaces  in ", "1002", "#"]
)
async def test_show_takes_a_requests_suggestion_for_the_request(bench: Bench, prompt: str) -> None:
    await made(bench, 1, prompt)
    await made(bench, 2, prompt)
    await made(bench, 3, "another one")
    callback = cast("Any", cogs.show.Show.show).callback
    found: list[str] = []

    async def look(number: str, _: object) -> Any:
        found.append(number)
        raise NoPicture

    bench.service.showing.look = look  # type: ignore[method-assign]
    names = await requests(bench)
    for name in names.values():
        with pytest.raises(NoPicture):
            await callback(cogs.show.Show(), interaction(bench), name)
    assert found == list(names)


async def know_an_editor(bench: Bench) -> None:
    picture = Input(name="image", type="file")
    bench.studio.catalogued["model_edit"] = a_model(
        "model_edit", name="Edit", capabilities=("img2img",), inputs=(PROMPT, picture)
    )
    await bench.process.catalogue.refresh()
    await bench.process.catalogue.read("model_edit")


async def test_of_words_that_several_have_the_newest_is_meant(bench: Bench) -> None:
    for number in (1, 2):
        await made(bench, number, "A cat", outputs=(Output(asset_id=f"asset_{number}"),))
    await know_an_editor(bench)
    callback = cast("Any", cogs.edit.Edit.edit).callback
    await callback(cogs.edit.Edit(), interaction(bench, id=2001), "x", from_card="a cat", model="model_edit")
    (given,) = (await bench.get("2001")).ask.files
    assert given.asset_id == "asset_2"


@pytest.mark.parametrize(
    ("row", "lacking"),
    [(running(), Lacking.NOT_YET), (a_generation(fate=Fate.FAILED), Lacking.NOTHING)],
)
async def test_what_has_no_result_is_refused_for_the_true_reason(
    bench: Bench, row: Any, lacking: Lacking
) -> None:
    await bench.put(row)
    callback = cast("Any", cogs.edit.Edit.edit).callback
    with pytest.raises(NoPicture) as refused:
        await callback(cogs.edit.Edit(), interaction(bench, id=2001), "x", from_card="1001")
    assert refused.value.lacking is lacking


async def test_what_is_made_from_a_hidden_result_is_hidden(bench: Bench) -> None:
    await know_an_editor(bench)
    await made(bench, 1, "secret", spoiler=True, outputs=(Output(asset_id="asset_1"),))
    callback = cast("Any", cogs.edit.Edit.edit).callback
    await callback(cogs.edit.Edit(), interaction(bench, id=2001), "x", from_card="1001")
    assert (await bench.get("2001")).spoiler
