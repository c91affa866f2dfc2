"""/models: what a list and a page say, its buttons, and its pictures."""

import asyncio
import io
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import discord
import pytest
from PIL import Image

import cogs.models
from bot.catalogue import Catalogue
from bot.client import ImagineBot
from bot.refusals import ScenarioSilent, UnknownModel
from bot.scenario.api.errors import Forbidden, Refetch, Unavailable
from bot.scenario.api.records import WORKFLOW, Asset, File, Input, Model, Variant
from bot.ui import colors
from bot.ui.commands import browsing
from bot.ui.commands.browsing import PageButton, UseButton
from bot.ui.models import gallery
from bot.ui.models import summary as models
from bot.ui.models.gallery import Gallery
from bot.ui.speech.texts import speaking
from tests.support.builders import a_model
from tests.support.clock import HeldClock
from tests.support.studio import FakeStudio

OLD = a_model("model_imagen3", name="Imagen 3", tags=("deprecated:model_imagen4-ultra",))
NEW = a_model("model_imagen4-ultra", name="Imagen 4 Ultra")


# -- words --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("capabilities", "told"),
    [
        (("txt2img",), "Makes pictures from text"),
        (("txt2img", "img2img"), "Makes pictures from text or pictures"),
        (
            ("img2video", "txt2video", "txt2audio"),
            "Makes videos from text or pictures; Makes sound from text",
        ),
        (("img23d",), "Makes 3D models from pictures"),
        ((), ""),
        (("controlnet",), ""),
    ],
)
def test_what_it_makes_out_of_what(capabilities: tuple[str, ...], told: str) -> None:
    assert models.made_of(a_model(capabilities=capabilities)) == told


@pytest.mark.parametrize(
    ("variants", "told"),
    [
        ([], []),
        ([Variant()], []),
        ([Variant(cu=9, seconds=12.4)], ["about 9 CU", "12 s"]),
        ([Variant(cu=9.0), Variant(cu=10.756)], ["about 9 to 10.76 CU"]),
        ([Variant(seconds=0.2)], ["1 s"]),
        ([Variant(seconds=30), Variant(seconds=200)], ["30 s to 3 min 20 s"]),
        ([Variant(cu=0)], ["about 0 CU"]),
    ],
)
def test_what_it_took_lately(variants: list[Variant], told: list[str]) -> None:
    assert models.hints(variants) == told


def test_ways_that_read_alike_are_told_once() -> None:
    ways = [Variant(capability=one, resolution="1K", cu=9.0) for one in ("txt2img", "img2img")]
    told = dict(models.details(a_model(variants=(*ways, Variant(resolution="2K", cu=18.0)))))
    assert told["Recent cost and time"] == "1K: about 9 CU\n2K: about 18 CU"


def test_for_whom_it_is() -> None:
    style = a_model(type="flux.1-lora", privacy="private", access_restriction=75, disable_refund=True)
    assert models.marks(style) == [
        "your team's own",
        "trained model",
        "needs the Max plan",
        "failures are not refunded",
    ]
    assert models.marks(a_model(access_restriction=0)) == []


def test_every_field_of_a_page_fits_discord() -> None:
    wild = Input(name="*x*" * 60, type="string", required={"always": True})
    model = a_model(
        inputs=(
            *(replace(wild, name=f"{wild.name}{n}") for n in range(60)),
            Input(name="seed", type="number"),
        ),
        variants=tuple(Variant(resolution="|" * 500, cu=1.5, seconds=99.0) for _ in range(40)),
        concepts=("a", "b"),
        privacy="private",
    )
    for locale in ("en-US", "fr"):
        with speaking(locale):
            fields = models.details(model)
            assert len(fields) == 5
            assert all(0 < len(name) <= 256 and 0 < len(value) <= 1024 for name, value in fields)
            assert models.summary(model)


def test_words_of_scenarios_are_cut_at_forty_letters() -> None:
    long = "x" * 60
    told = dict(
        models.details(
            a_model(
                inputs=(Input(name="a", label=long, type="string"),),
                variants=(Variant(resolution=long, cu=3.0),),
            )
        )
    )
    assert told["Recent cost and time"] == f"{'x' * 39}…: about 3 CU"
    assert told["Inputs (required in bold)"] == f"{'x' * 39}…"
    needed = (Input(name="a", label=long, type="string", required={"always": True}),)
    assert dict(models.details(a_model(inputs=needed)))["Inputs (required in bold)"] == f"**{'x' * 39}…**"


def test_what_must_be_given_stands_out() -> None:
    prompt = Input(name="prompt", type="string", required={"always": True})
    seed = Input(name="seed", type="number", label="Seed", required={"always": False})
    told = dict(models.details(a_model(inputs=(prompt, seed))))
    assert told["Inputs (required in bold)"] == "**prompt** and Seed"


# -- a stage ------------------------------------------------------------------------------------------


class Answer:
    """An interaction of ours that keeps what it was answered."""

    def __init__(self, catalogue: Catalogue, shown: Gallery | None = None, tree: object = None) -> None:
        self.client = SimpleNamespace(service=None, catalogue=catalogue, forms=None, gallery=shown, tree=tree)
        self.locale = discord.Locale.british_english
        self.namespace = SimpleNamespace()
        self.edits: list[dict[str, Any]] = []
        self.said: list[str] = []
        self.deferred: list[dict[str, Any]] = []
        self.response = SimpleNamespace(defer=self._defer, is_done=lambda: False, send_message=self._say)

    async def _defer(self, **how: Any) -> None:
        self.deferred.append(how)

    async def _say(self, text: str, **_: Any) -> None:
        self.said.append(text)

    async def edit_original_response(self, **what: Any) -> None:
        self.edits.append(what)

    @property
    def last(self) -> dict[str, Any]:
        return self.edits[-1]

    @property
    def titles(self) -> list[str]:
        return [embed.title for embed in self.last["embeds"]]

    @property
    def buttons(self) -> dict[str, str]:
        view = self.last["view"]
        rows: list[Any] = view.to_components() if view is not None else []
        return {part["label"]: part["custom_id"] for row in rows for part in row["components"]}


@pytest.fixture
def studio() -> FakeStudio:
    return FakeStudio(
        HeldClock(), OLD, NEW, *(a_model(f"model_{n:02}", name=f"Brush {n:02}") for n in range(12))
    )


@pytest.fixture
async def catalogue(studio: FakeStudio) -> Catalogue:
    made = Catalogue(studio, HeldClock())
    await made.refresh()
    return made


async def show(catalogue: Catalogue, text: str = "", medium: str | None = None, **more: Any) -> Answer:
    answer = Answer(catalogue, **more)
    await browsing.show(cast("Any", answer), text, medium)
    return answer


async def press(answer: Answer, label: str) -> None:
    """Press a button as after a restart: by its custom id alone."""
    custom_id = answer.buttons[label]
    for kind in browsing.ALL:
        match = kind.__discord_ui_compiled_template__.fullmatch(custom_id)
        if match is not None:
            button = await kind.from_custom_id(cast("Any", answer), cast("Any", None), match)
            await button.press(cast("Any", answer))
            return
    raise AssertionError(custom_id)


# -- the list -----------------------------------------------------------------------------------------


async def test_the_list_has_pages_that_can_be_turned(catalogue: Catalogue) -> None:
    answer = await show(catalogue)
    assert answer.last["content"] == "**13 models** · page 1 of 3"
    assert answer.titles == [f"{n + 1}. Brush {n:02}" for n in range(5)]
    assert list(answer.buttons) == [*(f"See {n}" for n in range(1, 6)), "Next"]
    await press(answer, "Next")
    assert answer.titles == [f"{n - 4}. Brush {n:02}" for n in range(5, 10)]
    await press(answer, "Next")
    assert answer.titles == ["1. Brush 10", "2. Brush 11", "3. Imagen 4 Ultra"]
    assert list(answer.buttons) == ["See 1", "See 2", "See 3", "Previous"]
    await press(answer, "Previous")
    assert answer.last["content"] == "**13 models** · page 2 of 3"


async def test_a_page_that_is_no_more_is_the_last_one(catalogue: Catalogue) -> None:
    answer = await show(catalogue, "brush 1", "image")
    assert answer.last["content"] == "**3 models** for “brush 1” · page 1 of 1"
    await PageButton("9:image:brush 0").press(cast("Any", answer))
    assert answer.last["content"] == "**11 models** for “brush 0” · page 3 of 3"
    await PageButton("x").press(cast("Any", answer))
    assert answer.last["content"] == "**13 models** · page 1 of 3"


async def test_a_search_of_any_length_fits_its_buttons(studio: FakeStudio) -> None:
    long = "brush " * 40
    studio.catalogued = {f"m{n}": a_model(f"m{n}", name=long + str(n)) for n in range(6)}
    catalogue = Catalogue(studio, HeldClock())
    await catalogue.refresh()
    answer = await show(catalogue, long, "workflow")
    assert answer.last["view"] is None  # none of them is a workflow
    answer = await show(catalogue, long, "image")
    assert len(answer.buttons["Next"]) == 100
    await press(answer, "Next")
    assert len(answer.titles) == 1


async def test_a_model_whose_id_fits_no_button_is_listed_all_the_same(studio: FakeStudio) -> None:
    studio.catalogued = {"x" * 99: a_model("x" * 99, name="Long")}
    catalogue = Catalogue(studio, HeldClock())
    await catalogue.refresh()
    answer = await show(catalogue)
    assert answer.titles == ["1. Long"]
    assert answer.last["view"] is None


async def test_nothing_found_says_so(catalogue: Catalogue, studio: FakeStudio) -> None:
    assert (await show(catalogue, "qqqq")).last["content"] == (
        "No model matches “qqqq”. Try fewer letters, or leave the search empty."
    )
    assert "no such model" in (await show(catalogue, "", "3d")).last["content"]
    assert "still loading" in (await show(Catalogue(studio, HeldClock()))).last["content"]


async def test_an_old_list_says_how_old_it_is(studio: FakeStudio) -> None:
    clock = HeldClock()
    catalogue = Catalogue(studio, clock)
    await catalogue.refresh()
    read = clock.now()
    clock.jump(timedelta(days=1).total_seconds())
    studio.forever["models"] = Unavailable()
    await catalogue.refresh()
    answer = await show(catalogue)
    assert f"was loaded <t:{int(read.timestamp())}:R>" in answer.last["content"]
    studio.forever.clear()
    await catalogue.refresh()
    assert "was loaded" not in (await show(catalogue)).last["content"]


async def test_hostile_names_format_nothing(studio: FakeStudio) -> None:
    studio.catalogued = {"m": a_model("m", name="@everyone [x](https://x) **b**" + "y" * 200)}
    catalogue = Catalogue(studio, HeldClock())
    await catalogue.refresh()
    (title,) = (await show(catalogue)).titles
    assert "\\[x\\]" in title
    assert len(title) <= 256


# -- one model ----------------------------------------------------------------------------------------


async def test_a_model_that_is_gone_is_explained(catalogue: Catalogue) -> None:
    for text in ("model_imagen3", "Imagen 3"):
        answer = await show(catalogue, text)
        embed = answer.last["embed"]
        assert embed.description == ("The model Imagen 3 is no longer offered. Imagen 4 Ultra replaces it.")
        assert answer.last["view"] is None
        assert embed.color.value == colors.FAILED
    assert "Imagen 3" not in str((await show(catalogue, "imagen")).titles)


async def test_a_locked_model_names_its_plan_and_has_no_button(studio: FakeStudio) -> None:
    studio.catalogued["model_luma"] = a_model("model_luma", name="Luma", access_restriction=100)
    catalogue = Catalogue(studio, HeldClock())
    await catalogue.refresh()
    assert "Use it" in (await show(catalogue, "model_luma")).buttons  # nobody knows the plan yet
    catalogue.plan_level = 50
    answer = await show(catalogue, "model_luma")
    assert answer.buttons == {}
    assert "needs Scenario's Enterprise plan" in answer.last["embed"].description
    assert "Enterprise" in str(answer.last["embed"].fields)


async def test_a_press_shows_one_model_with_its_schema(catalogue: Catalogue) -> None:
    answer = await show(catalogue, "ultra")
    await press(answer, "See 1")
    assert answer.deferred == [{"ephemeral": True, "thinking": True}]
    embed = answer.last["embed"]
    assert (embed.title, embed.footer.text) == ("Imagen 4 Ultra", "model_imagen4-ultra")
    assert embed.color.value == colors.DONE
    fields = {field.name: field.value for field in embed.fields}
    assert fields == {
        "What it does": "Makes pictures from text",
        "Inputs (required in bold)": "**prompt** and seed",
    }
    assert answer.buttons == {"Use it": "m1:use:model_imagen4-ultra"}


@pytest.mark.parametrize("error", [Unavailable(), Forbidden()], ids=repr)
async def test_a_model_is_shown_without_its_schema_where_that_cannot_be_had(
    error: Any, catalogue: Catalogue, studio: FakeStudio
) -> None:
    studio.forever["model"] = error
    answer = await show(catalogue, "model_00")
    assert answer.last["embed"].title == "Brush 00"


async def test_an_id_that_nobody_knows_is_refused(catalogue: Catalogue, studio: FakeStudio) -> None:
    with pytest.raises(UnknownModel):
        await show(catalogue, "model_nowhere")
    del studio.catalogued["model_00"]
    with pytest.raises(UnknownModel):
        await show(catalogue, "model_00")
    studio.forever["model"] = Unavailable()
    with pytest.raises(ScenarioSilent):
        await show(catalogue, "wflow_nowhere")


async def test_a_model_in_no_listing_is_shown_by_its_id(catalogue: Catalogue, studio: FakeStudio) -> None:
    studio.catalogued["model_new"] = a_model("model_new", name="Fresh")
    assert (await show(catalogue, "model_new")).last["embed"].title == "Fresh"


# -- use it -------------------------------------------------------------------------------------------


async def nothing() -> None:
    pass


@pytest.fixture
async def bot() -> AsyncGenerator[ImagineBot]:
    async with ImagineBot(aiohttp.TCPConnector(), on_setup=nothing) as made:
        await made.load_extension("cogs.imagine")
        await made.load_extension("cogs.models")
        yield made


async def test_use_it_opens_the_models_form_and_a_gone_one_is_explained(
    studio: FakeStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    async def open_form(_: object, model: str) -> None:
        opened.append(model)

    monkeypatch.setattr(browsing, "open_form", open_form)
    studio.catalogued["model_moss"] = a_model("model_moss", name="Moss", type="flux.1-lora")
    catalogue = Catalogue(studio, HeldClock())
    await catalogue.refresh()
    answer = Answer(catalogue)
    for model_id in (NEW.id, "model_moss", OLD.id):
        await UseButton(model_id).press(cast("Any", answer))
    assert opened == [NEW.id, "model_moss"]
    assert "no longer offered" in answer.said[-1]
    with pytest.raises(UnknownModel):
        await UseButton("model_nowhere").press(cast("Any", answer))


@pytest.mark.parametrize(("one", "other"), list(combinations(browsing.ALL, 2)))
async def test_no_custom_id_fits_two_templates(one: type[Any], other: type[Any]) -> None:
    assert other.__discord_ui_compiled_template__.match(one("0:image:x").custom_id) is None
    assert one.__discord_ui_compiled_template__.match(other("0:image:x").custom_id) is None


async def test_discord_is_told_the_command(bot: ImagineBot) -> None:
    told = next(one.to_dict(bot.tree) for one in bot.tree.get_commands() if one.name == "models")
    search, medium, purpose = told["options"]
    assert (search["name"], search["autocomplete"], search["required"]) == ("search", True, False)
    assert [choice["value"] for choice in medium["choices"]] == [
        "image",
        "video",
        "audio",
        "3d",
        "text",
        "workflow",
    ]
    assert {"edit", "upscale", "speech"} < {choice["value"] for choice in purpose["choices"]}


async def test_the_search_is_completed_within_the_medium(studio: FakeStudio) -> None:
    studio.catalogued["wflow_a"] = Model(id="wflow_a", name="Poster", type=WORKFLOW)
    studio.catalogued["model_film"] = a_model("model_film", name="Film", capabilities=("txt2video",))
    catalogue = Catalogue(studio, HeldClock())
    await catalogue.refresh()
    answer = Answer(catalogue)
    answer.namespace.medium = "video"
    choices = await cogs.models.complete_search(cast("Any", answer), "")
    assert [(choice.name, choice.value) for choice in choices] == [("Film", "model_film")]
    answer.namespace.medium = "nonsense"
    assert len(await cogs.models.complete_search(cast("Any", answer), "")) == 15


# -- pictures -----------------------------------------------------------------------------------------


class Cdn:
    """Assets and files; counts what is fetched."""

    def __init__(self) -> None:
        self.fetched: list[str] = []
        self.gate: asyncio.Event | None = None
        self.broken: set[str] = set()
        self.size = (900, 600)

    async def assets(self, asset_ids: Sequence[str]) -> Sequence[Asset]:
        kinds = {"asset_film": "video", "asset_sound": "audio"}
        stills = {"asset_film": ("https://still",)}
        return [
            Asset(id=id_, url=f"https://{id_}", kind=kinds.get(id_), stills=stills.get(id_, ()))
            for id_ in asset_ids
        ]

    async def fetch(self, url: str, into: Path, *, cap: int) -> File:
        self.fetched.append(url)
        if self.gate is not None:
            await self.gate.wait()
        if url in self.broken:
            raise Refetch("HTTP 403 for the file")
        if url == "https://noise":
            into.write_bytes(b"noise")  # noqa: ASYNC240 (a few bytes)
        else:
            Image.new("RGBA", self.size, (200, 30, 30, 128)).save(into, "PNG")
        return File(path=into, size=1, mime_type="image/png")


def picture(data: bytes | None) -> tuple[str | None, tuple[int, int]]:
    assert data is not None
    with Image.open(io.BytesIO(data)) as image:
        return image.format, image.size


SEEN = a_model(thumbnail="https://thumb", example_asset_ids=("asset_a", "asset_b"))


async def test_a_thumbnail_is_a_small_copy_that_is_fetched_once() -> None:
    cdn = Cdn()
    shown = Gallery(cdn)
    (first,) = await shown.thumbnails([SEEN], patience=5)
    assert picture(first) == ("JPEG", (256, 171))
    renewed = replace(SEEN, thumbnail="https://thumb?signed=again")
    assert await shown.thumbnails([renewed], patience=5) == [first]
    assert cdn.fetched == ["https://thumb"]


async def test_a_page_of_ones_own_has_an_example() -> None:
    cdn = Cdn()
    thumbnail, example = await Gallery(cdn).portraits(SEEN, patience=5)
    assert picture(thumbnail)[1] == (256, 171)
    assert picture(example)[1] == (900, 600)
    assert sorted(cdn.fetched) == ["https://asset_a", "https://thumb"]


@pytest.mark.parametrize(
    ("model", "fetched"),
    [
        (a_model(example_asset_ids=("asset_a",)), ["https://asset_a"]),  # there is no thumbnail
        (a_model(example_asset_ids=("asset_film",)), ["https://still"]),
        (a_model(example_asset_ids=("asset_sound",)), []),
        (a_model(), []),
        (a_model(thumbnail="https://noise"), ["https://noise"]),
        (a_model(thumbnail="https://thumb"), ["https://thumb"]),
    ],
)
async def test_what_stands_for_a_model(model: Model, fetched: list[str]) -> None:
    cdn = Cdn()
    cdn.broken = {"https://thumb"}
    (found,) = await Gallery(cdn).thumbnails([model], patience=5)
    assert cdn.fetched == fetched
    assert (found is not None) is (fetched in (["https://asset_a"], ["https://still"]))


async def test_a_slow_picture_is_there_the_next_time() -> None:
    cdn = Cdn()
    cdn.gate = asyncio.Event()
    shown = Gallery(cdn)
    assert await shown.thumbnails([SEEN], patience=0.01) == [None]
    again = asyncio.create_task(shown.thumbnails([SEEN], patience=60))
    await asyncio.sleep(0)
    cdn.gate.set()
    (found,) = await again
    assert picture(found)[0] == "JPEG"
    assert cdn.fetched == ["https://thumb"]


async def test_a_page_does_not_wait_for_its_pictures_beyond_its_patience() -> None:
    cdn = Cdn()
    cdn.gate = asyncio.Event()
    async with asyncio.timeout(5):
        assert await Gallery(cdn).portraits(SEEN, patience=0.01) == (None, None)
    cdn.gate.set()


async def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    cdn = Cdn()
    shown = Gallery(cdn)
    (one,) = await shown.thumbnails([SEEN], patience=5)
    assert one is not None
    monkeypatch.setattr(gallery, "MOST", 2 * len(one))
    for n in range(4):
        await shown.thumbnails([replace(SEEN, id=f"m{n}")], patience=5)
    await shown.thumbnails([replace(SEEN, id="m3")], patience=5)
    assert len(cdn.fetched) == 5
    await shown.thumbnails([SEEN], patience=5)
    assert len(cdn.fetched) == 6  # it was let go


async def test_pictures_are_attached_and_no_link_is_shown(studio: FakeStudio) -> None:
    studio.catalogued = {SEEN.id: replace(SEEN, description="d")}
    catalogue = Catalogue(studio, HeldClock())
    await catalogue.refresh()
    answer = await show(catalogue, shown=Gallery(Cdn()))
    assert answer.last["embeds"][0].thumbnail.url == "attachment://model-1.jpg"
    (thumbnail,) = answer.last["attachments"]
    assert (thumbnail.filename, picture(thumbnail.fp.read())) == ("model-1.jpg", ("JPEG", (256, 171)))
    await press(answer, "See 1")
    embed = answer.last["embed"]
    assert (embed.thumbnail.url, embed.image.url) == (
        "attachment://thumbnail.jpg",
        "attachment://example.jpg",
    )
    assert [(file.filename, picture(file.fp.read())[1]) for file in answer.last["attachments"]] == [
        ("example.jpg", (900, 600)),
        ("thumbnail.jpg", (256, 171)),
    ]
    assert "https://" not in str(embed.to_dict())


@pytest.mark.parametrize(("count", "more"), [(30, ""), (31, "1 more"), (40, "10 more")])
def test_a_models_page_names_thirty_inputs_and_how_many_more_there_are(count: int, more: str) -> None:
    inputs = tuple(Input(name=f"in{number}", type="number") for number in range(count))
    told = " ".join(text for _, text in models.details(a_model(inputs=inputs)))
    assert "in29" in told
    assert "in30" not in told
    assert more in told
    assert ("more" in told) == bool(more)
