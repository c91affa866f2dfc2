"""Every command: what Discord is told of it, and that each option reaches the request as what it is."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import discord
import pytest
import pytest_asyncio
from discord import app_commands

from bot.actions.actions import Place
from bot.catalogue.tasks import Task
from bot.client import ImagineBot
from bot.refusals import CannotPost, InvalidInputs, NoDefaultModel, NoPicture
from bot.request.ask import Ask, InputFile, TrainedModel
from bot.scenario.api.records import Input
from bot.ui.actions import candidates
from tests.support.bench import Bench, a_bench
from tests.support.builders import GUILD, OWNER, PROMPT, a_generation, a_model
from tests.support.interactions import interaction_fields

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def nothing() -> None:
    pass


@asynccontextmanager
async def a_bot() -> AsyncGenerator[ImagineBot]:
    async with ImagineBot(aiohttp.TCPConnector(), on_setup=nothing) as made:
        for name in COGS:
            await made.load_extension(f"cogs.{name}")
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot() -> AsyncGenerator[ImagineBot]:
    """For all tests that leave it as it is."""
    async with a_bot() as made:
        yield made


COGS = (
    *("about", "audio", "edit", "generate", "imagine", "jobs"),
    *("models", "pictures", "prompt", "show", "three_d", "tools", "video", "workflow"),
)

# -- what Discord is told -----------------------------------------------------------------------------

PROMPTED = "prompt! 3 1-4000"
SPARE_PROMPT = "prompt 3 1-4000"
MODEL, CARD, RATIO = "model~ 3 1-100", "from_card~ 3 1-100", "aspect_ratio~ 3 1-30"
COUNT, SEED, SETTINGS = "count 4 1-8", "seed 4 0-4294967295", "settings~ 3 1-1000"
PRIVATE, SPOILER, DRAFT = "private 5", "spoiler 5", "draft 5"

TOLD: dict[str, list[str]] = {
    "help": [],
    "about": [],
    "jobs": [],
    "show": ["id!~ 3 1-100"],
    "models": [
        "search~ 3 1-100",
        "medium 3 of image video audio 3d text workflow",
        "purpose 3 of imagine edit video music sound speech 3d upscale cutout vectorize",
    ],
    "generate": ["model!~ 3 1-100", PRIVATE, SPOILER],
    "workflow run": ["workflow!~ 3 1-100", PRIVATE, SPOILER],
    "prompt improve": [PROMPTED],
    "prompt describe": ["image 11", CARD],
    "imagine": [
        *(PROMPTED, MODEL, RATIO, COUNT, SEED, "negative_prompt 3 1-2000", PRIVATE, SPOILER),
        *("reference 11", "reference_2 11", "reference_3 11", "models~ 3 1-500", SETTINGS, DRAFT),
    ],
    "edit": [
        *(PROMPTED, "image 11", CARD, "mask 11", "reference 11", MODEL, RATIO, COUNT, SEED),
        *(SETTINGS, PRIVATE, SPOILER, DRAFT),
    ],
    "video": [
        *(SPARE_PROMPT, "first_frame 11", CARD, "last_frame 11", "duration 10 1.0-600.0", RATIO),
        *("sound 5", MODEL, SEED, SETTINGS, PRIVATE, SPOILER, DRAFT),
    ],
    "3d": [
        *(SPARE_PROMPT, "image 11", "image_2 11", "image_3 11", "image_4 11", CARD, MODEL, SEED),
        *(SETTINGS, PRIVATE, SPOILER),
    ],
    "music": [
        *(PROMPTED, "duration 10 1.0-600.0", "lyrics 3 1-4000", "instrumental 5", MODEL, SEED),
        *(SETTINGS, PRIVATE),
    ],
    "sound": [PROMPTED, "duration 10 0.5-600.0", "loop 5", CARD, MODEL, SEED, SETTINGS, PRIVATE],
    "speech": ["text! 3 1-4000", "voice~ 3 1-100", MODEL, SETTINGS, PRIVATE],
    "upscale": ["image 11", CARD, "factor 10 1.0-16.0", MODEL, SETTINGS, PRIVATE, SPOILER],
    "cutout": ["image 11", CARD, MODEL, SETTINGS, PRIVATE, SPOILER],
    "vectorize": ["image 11", CARD, MODEL, SETTINGS, PRIVATE, SPOILER],
}
"""Each option in its order: ! needed, ~ suggested while it is typed, its type, from-to."""


def commands(bot: ImagineBot) -> dict[str, Any]:
    """By the name that is typed."""
    return {
        one.qualified_name: one for one in bot.tree.walk_commands() if isinstance(one, app_commands.Command)
    }


def told(bot: ImagineBot, name: str) -> list[str]:
    payload = commands(bot)[name].to_dict(bot.tree)
    return [_line(option) for option in payload["options"]]


def _line(option: dict[str, Any]) -> str:
    marks = "!" * option["required"] + "~" * bool(option.get("autocomplete"))
    low = option.get("min_value", option.get("min_length"))
    high = option.get("max_value", option.get("max_length"))
    bounds = f" {low}-{high}" if low is not None else ""
    choices = [choice["value"] for choice in option.get("choices") or ()]
    listed = f" of {' '.join(choices)}" if choices else ""
    return f"{option['name']}{marks} {option['type']}{bounds}{listed}"


async def test_every_command_and_option_is_told_as_it_was_promised(bot: ImagineBot) -> None:
    assert {name: told(bot, name) for name in commands(bot)} == TOLD


async def test_every_option_is_described_in_its_own_words(bot: ImagineBot) -> None:
    for name, command in commands(bot).items():
        for option in command.to_dict(bot.tree)["options"]:
            assert option["description"] not in {"", "…", option["name"]}, (name, option["name"])


async def test_the_menus_on_messages_are_there_and_go_with_their_cog() -> None:
    async with ImagineBot(aiohttp.TCPConnector(), on_setup=nothing) as bot:

        def menus() -> list[str]:
            return sorted(one.name for one in bot.tree.get_commands(type=discord.AppCommandType.message))

        await bot.load_extension("cogs.pictures")
        assert menus() == ["Animate", "Describe", "Edit", "Make 3D", "Use as reference"]
        await bot.unload_extension("cogs.pictures")
        assert menus() == []


# -- what becomes of what was typed -------------------------------------------------------------------


class Service:
    """Keeps what it is asked for."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.given_for: list[tuple[str, str, str]] = []
        self.policy = self.asking = self.showing = self

    def check_served(self, guild_id: int | None) -> None:
        assert guild_id == GUILD

    async def request(self, place: Any, ask: Ask, acknowledge: Any, **how: Any) -> None:
        acknowledged = await acknowledge()
        self.requests.append(
            {"id": place.origin.interaction_id, "ask": ask, "hidden": acknowledged.ephemeral, **how}
        )

    async def recent(self, owner_id: int) -> list[Any]:
        assert owner_id == OWNER
        return []

    async def given(self, place: Place, caller: Any, role: str) -> InputFile:
        self.given_for.append((str(place), caller.origin.interaction_id, role))
        return InputFile(role=role, filename=str(place), asset_id="asset_made", content_type="image/*")


class Nothing:
    """A catalogue that knows no model: every name is taken as it stands."""

    def find(self, text: str) -> None:
        del text

    get = find


class Response:
    def __init__(self) -> None:
        self.deferred: list[bool] = []

    def is_done(self) -> bool:
        return bool(self.deferred)

    async def defer(self, *, ephemeral: bool, thinking: bool) -> Any:
        assert thinking
        self.deferred.append(ephemeral)
        return SimpleNamespace(message_id=70_000, is_ephemeral=lambda: ephemeral)


def a_client(**parts: Any) -> Any:
    return SimpleNamespace(**{"service": Service(), "catalogue": Nothing(), "forms": None, **parts})


def interaction(**changes: Any) -> Any:
    fields = interaction_fields(client=a_client(), response=Response(), namespace=SimpleNamespace())
    return SimpleNamespace(**{**fields, **changes})


def attached(name: str) -> Any:
    return SimpleNamespace(
        filename=f"{name}.png",
        url=f"https://cdn.discordapp.com/{name}.png",
        content_type="image/png",
        size=1000,
        width=64,
        height=32,
        duration=None,
        proxy_url=f"https://media.discordapp.net/{name}.png",
        is_spoiler=lambda: False,
    )


def file(name: str, role: str) -> InputFile:
    return InputFile(
        role=role,
        filename=f"{name}.png",
        url=f"https://cdn.discordapp.com/{name}.png",
        content_type="image/png",
        size=1000,
        width=64,
        height=32,
    )


def made(role: str) -> InputFile:
    return InputFile(role=role, filename="77", asset_id="asset_made", content_type="image/*")


async def typed(bot: ImagineBot, name: str, asked: Any, **options: Any) -> Any:
    command = commands(bot)[name]
    return await command.callback(command.binding, asked, **options)


IMAGE, MASK, REFERENCE = attached("image"), attached("mask"), attached("reference")
EVERYTHING: dict[str, tuple[dict[str, Any], Task, Ask]] = {
    "imagine": (
        {
            "prompt": "a fox",
            "aspect_ratio": "16:9",
            "count": 3,
            "seed": 7,
            "negative_prompt": "rain",
            "reference": IMAGE,
            "reference_2": MASK,
            "reference_3": REFERENCE,
            "models": "Ink:0.5",
            "settings": "steps=4",
            "draft": True,
        },
        Task.IMAGINE,
        Ask(
            prompt="a fox",
            aspect_ratio="16:9",
            count=3,
            seed=7,
            negative_prompt="rain",
            model_settings={"steps": "4"},
            files=(file("image", "reference"), file("mask", "reference"), file("reference", "reference")),
            trained_models=(TrainedModel(model_id="Ink", name="Ink", scale=0.5),),
            draft_of="",
        ),
    ),
    "edit": (
        {
            "prompt": "bluer",
            "image": IMAGE,
            "mask": MASK,
            "reference": REFERENCE,
            "aspect_ratio": "1:1",
            "count": 2,
            "seed": 8,
            "settings": "steps=5",
        },
        Task.EDIT,
        Ask(
            prompt="bluer",
            aspect_ratio="1:1",
            count=2,
            seed=8,
            model_settings={"steps": "5"},
            files=(file("image", "image"), file("mask", "mask"), file("reference", "reference")),
        ),
    ),
    "video": (
        {
            "prompt": "it runs",
            "first_frame": IMAGE,
            "last_frame": MASK,
            "duration": 4.5,
            "aspect_ratio": "9:16",
            "sound": False,
            "seed": 9,
            "settings": "steps=6",
        },
        Task.VIDEO,
        Ask(
            prompt="it runs",
            aspect_ratio="9:16",
            seed=9,
            options={"duration": 4.5, "sound": False},
            model_settings={"steps": "6"},
            files=(file("image", "first_frame"), file("mask", "last_frame")),
        ),
    ),
    "3d": (
        {
            "prompt": "a chair",
            "image": IMAGE,
            "image_2": MASK,
            "image_3": REFERENCE,
            "image_4": IMAGE,
            "seed": 10,
            "settings": "steps=7",
        },
        Task.THREE_D,
        Ask(
            prompt="a chair",
            seed=10,
            model_settings={"steps": "7"},
            files=tuple(file(name, "image") for name in ("image", "mask", "reference", "image")),
        ),
    ),
    "music": (
        {
            "prompt": "slow jazz",
            "duration": 30.0,
            "lyrics": "la la",
            "instrumental": False,
            "seed": 11,
            "settings": "steps=8",
        },
        Task.MUSIC,
        Ask(
            prompt="slow jazz",
            seed=11,
            options={"duration": 30.0, "lyrics": "la la", "instrumental": False},
            model_settings={"steps": "8"},
        ),
    ),
    "sound": (
        {"prompt": "a door", "duration": 1.5, "loop": True, "seed": 12, "settings": "steps=9"},
        Task.SOUND,
        Ask(prompt="a door", seed=12, options={"duration": 1.5, "loop": True}, model_settings={"steps": "9"}),
    ),
    "speech": (
        {"text": "hello", "voice": "Ada", "settings": "steps=10"},
        Task.SPEECH,
        Ask(prompt="hello", options={"voice": "Ada"}, model_settings={"steps": "10"}),
    ),
    "upscale": (
        {"image": IMAGE, "factor": 2.0, "settings": "steps=11"},
        Task.UPSCALE,
        Ask(options={"factor": 2.0}, model_settings={"steps": "11"}, files=(file("image", "image"),)),
    ),
    "cutout": (
        {"image": IMAGE, "settings": "steps=12"},
        Task.CUTOUT,
        Ask(model_settings={"steps": "12"}, files=(file("image", "image"),)),
    ),
    "vectorize": (
        {"image": IMAGE, "settings": "steps=13"},
        Task.VECTORIZE,
        Ask(model_settings={"steps": "13"}, files=(file("image", "image"),)),
    ),
}
WITHOUT_SPOILER = {"music", "sound", "speech"}
FROM_CARD = {
    "edit": "image",
    "video": "first_frame",
    "sound": "video",
    "3d": "image",
    "upscale": "image",
    "cutout": "image",
    "vectorize": "image",
}


async def test_every_command_that_makes_something_is_among_them() -> None:
    assert {name for name, lines in TOLD.items() if SETTINGS in lines} == EVERYTHING.keys()
    assert {name for name, lines in TOLD.items() if CARD in lines} == {*FROM_CARD, "prompt describe"}
    assert {name for name in EVERYTHING if SPOILER not in TOLD[name]} == WITHOUT_SPOILER


@pytest.mark.parametrize("spoiler", [True, False])
@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize("name", EVERYTHING)
async def test_everything_that_is_typed_is_asked_for(
    bot: ImagineBot, name: str, private: bool, spoiler: bool
) -> None:
    options, task, ask = EVERYTHING[name]
    asked = interaction()
    how: dict[str, Any] = {"model": "model_x", "private": private}
    if name not in WITHOUT_SPOILER:
        how["spoiler"] = spoiler
    await typed(bot, name, asked, **options, **how)
    assert asked.client.service.requests == [
        {
            "id": "1001",
            "ask": ask,
            "hidden": private,  # whoever may not see it must not see the acknowledgement either
            "task": task,
            "model_id": "model_x",
            "private": private,
            "spoiler": spoiler and name not in WITHOUT_SPOILER,
        }
    ]


@pytest.mark.parametrize("name", EVERYTHING)
async def test_what_is_not_typed_is_not_asked_for(bot: ImagineBot, name: str) -> None:
    options, task, full = EVERYTHING[name]
    needed = {option: options[option] for option in ("prompt", "text", "image") if option in options}
    asked = interaction()
    await typed(bot, name, asked, **needed)
    (request,) = asked.client.service.requests
    image = "image" in needed
    assert request["ask"] == Ask(prompt=full.prompt, files=full.files[:1] if image else ())
    assert (request["task"], request["model_id"]) == (task, None)
    assert (request["private"], request["spoiler"], request["hidden"]) == (False, False, False)


@pytest.mark.parametrize("number", ["77", "#77", " 77 "])
@pytest.mark.parametrize("name", FROM_CARD)
async def test_a_card_stands_in_for_the_file_and_comes_first(bot: ImagineBot, name: str, number: str) -> None:
    options, _, full = EVERYTHING[name]
    role = FROM_CARD[name]
    asked = interaction()
    await typed(bot, name, asked, **options, from_card=number)
    (request,) = asked.client.service.requests
    assert asked.client.service.given_for == [("77", "1001", role)]
    assert request["ask"].files == (made(role), *full.files)


@pytest.mark.parametrize("number", ["77-3", "#77-3", "a fox · 3/4 · #77-3"])
async def test_of_a_card_with_several_one_is_named(bot: ImagineBot, number: str) -> None:
    asked = interaction()
    await typed(bot, "upscale", asked, from_card=number)
    assert asked.client.service.given_for == [("77-3", "1001", "image")]


@pytest.mark.parametrize("name", ["edit", "upscale", "cutout", "vectorize", "prompt describe"])
async def test_a_card_alone_is_a_picture_and_no_picture_at_all_is_refused(bot: ImagineBot, name: str) -> None:
    words = {"prompt": "bluer"} if name == "edit" else {}
    asked = interaction()
    await typed(bot, name, asked, **words, from_card="77")
    assert asked.client.service.requests[0]["ask"].files == (made("image"),)
    asked = interaction()
    with pytest.raises(InvalidInputs) as refused:
        await typed(bot, name, asked, **words)
    (problem,) = refused.value.problems
    assert (problem.input, problem.rule.value) == ("image", "required")
    assert asked.client.service.requests == []


async def test_better_words_are_for_whoever_asked(bot: ImagineBot) -> None:
    asked = interaction()
    await typed(bot, "prompt improve", asked, prompt="a fox")
    (request,) = asked.client.service.requests
    assert (request["task"], request["ask"], request["private"]) == (Task.PROMPT, Ask(prompt="a fox"), True)


@pytest.mark.parametrize("name", EVERYTHING)
async def test_where_nothing_can_be_posted_nothing_is_asked_for(bot: ImagineBot, name: str) -> None:
    asked = interaction(app_permissions=discord.Permissions(attach_files=True))
    with pytest.raises(CannotPost):
        await typed(bot, name, asked, **EVERYTHING[name][0])
    assert asked.client.service.requests == []


@pytest.mark.parametrize("name", EVERYTHING)
async def test_settings_that_cannot_be_read_are_refused(bot: ImagineBot, name: str) -> None:
    asked = interaction()
    with pytest.raises(InvalidInputs):
        await typed(bot, name, asked, **{**EVERYTHING[name][0], "settings": "=4"})
    assert asked.client.service.requests == []


async def test_styles_that_cannot_be_read_are_refused(bot: ImagineBot) -> None:
    with pytest.raises(InvalidInputs):
        await typed(bot, "imagine", interaction(), prompt="x", models="Ink:soft")


# -- what is suggested while somebody types -----------------------------------------------------------

SHAPES = {"imagine": ("1:1", "16:9"), "edit": ("3:2", "2:3"), "video": ("9:16", "21:9")}
VOICE = Input(name="voice", type="string", allowed_values=("Ada", "Bo"))
STEPS = Input(name="steps", type="number", min=1, max=50)
START_FRAME = Input(name="image", type="file", kind="image")


def one_for_each_task() -> list[Any]:
    """Models of which each does one task only, so that a wrong one is seen."""

    shapes = {
        name: Input(name="aspectRatio", type="string", allowed_values=allowed)
        for name, allowed in SHAPES.items()
    }

    def one(name: str, capability: str, *inputs: Input) -> Any:
        return a_model(
            f"model_{name.replace(' ', '-').lower()}",
            name=name,
            capabilities=(capability,),
            inputs=(PROMPT, *inputs),
        )

    return [
        one("Painter", "txt2img", shapes["imagine"], Input(name="paint", type="number")),
        one("Kontext Edit", "img2img", START_FRAME, Input(name="editing", type="number"), shapes["edit"]),
        one("Mover", "txt2video", START_FRAME, Input(name="moving", type="number"), shapes["video"]),
        one("Music Maker", "txt2audio", Input(name="playing", type="number")),
        one("Sound Effects", "txt2audio", Input(name="ringing", type="number")),
        one("Speech TTS", "txt2audio", VOICE, Input(name="talking", type="number")),
        one("Shaper", "txt23d", Input(name="shaping", type="number")),
        one("Upscaler", "img2img", START_FRAME, Input(name="growing", type="number")),
        one("Remove Background", "img2img", START_FRAME, Input(name="cutting", type="number")),
        one("Vectorize", "img2img", START_FRAME, Input(name="tracing", type="number")),
    ]


@pytest_asyncio.fixture(loop_scope="module")
async def bench() -> AsyncGenerator[Bench]:
    async with a_bench() as made:
        made.studio.catalogued = {model.id: model for model in one_for_each_task()}
        made.studio.catalogued["wflow_1"] = a_model(
            "wflow_1", name="Poster", capabilities=(), type="workflow"
        )
        await made.process.catalogue.refresh()
        for model_id in made.studio.catalogued:
            await made.process.catalogue.read(model_id)
        yield made


SUGGESTED = {
    "imagine": ("model_painter", "paint="),
    "edit": ("model_kontext-edit", "editing="),
    "video": ("model_mover", "moving="),
    "3d": ("model_shaper", "shaping="),
    "music": ("model_music-maker", "playing="),
    "sound": ("model_sound-effects", "ringing="),
    "speech": ("model_speech-tts", "talking="),
    "upscale": ("model_upscaler", "growing="),
    "cutout": ("model_remove-background", "cutting="),
    "vectorize": ("model_vectorize", "tracing="),
}


async def suggested(bot: ImagineBot, bench: Bench, name: str, option: str, text: str = "") -> list[str]:
    command = commands(bot)[name]
    parameter = next(one for one in command._params.values() if str(one.display_name) == option)
    client = SimpleNamespace(service=bench.service, catalogue=bench.process.catalogue, forms=bench.forms)
    asked = interaction(client=client)
    choices = await parameter.autocomplete(asked, text)
    return [choice.value for choice in choices]


@pytest.mark.parametrize("name", SUGGESTED)
async def test_models_and_settings_are_those_of_the_task(bot: ImagineBot, bench: Bench, name: str) -> None:
    model, setting = SUGGESTED[name]
    assert await suggested(bot, bench, name, "model") == [model]
    assert setting in await suggested(bot, bench, name, "settings")


@pytest.mark.parametrize("name", SHAPES)
async def test_shapes_are_those_of_the_tasks_model(bot: ImagineBot, bench: Bench, name: str) -> None:
    assert tuple(await suggested(bot, bench, name, "aspect_ratio")) == SHAPES[name]


async def test_voices_are_those_of_the_model_that_speaks(bot: ImagineBot, bench: Bench) -> None:
    assert await suggested(bot, bench, "speech", "voice") == ["Ada", "Bo"]
    assert await suggested(bot, bench, "speech", "voice", "b") == ["Bo"]


async def test_any_model_is_suggested_for_a_form_and_any_workflow_for_a_run(
    bot: ImagineBot, bench: Bench
) -> None:
    assert {*await suggested(bot, bench, "generate", "model")} == {one.id for one in one_for_each_task()}
    assert await suggested(bot, bench, "workflow run", "workflow") == ["wflow_1"]


@pytest.mark.parametrize(("name", "option"), [*((one, "from_card") for one in FROM_CARD), ("show", "id")])
async def test_cards_are_the_members_own(bot: ImagineBot, bench: Bench, name: str, option: str) -> None:
    await bench.put(a_generation("77"))
    await bench.put(a_generation("78", owner_id=OWNER + 1))
    assert await suggested(bot, bench, name, option) == ["77"]


# -- forms --------------------------------------------------------------------------------------------


@pytest.fixture
def opened(bot: ImagineBot, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What forms were opened with."""
    forms: list[tuple[Any, ...]] = []

    async def open_form(asked: Any, model: str, **how: Any) -> None:
        forms.append((asked.id, model, how))

    for name in ("generate", "workflow run"):
        monkeypatch.setitem(commands(bot)[name].callback.__globals__, "open_form", open_form)
    monkeypatch.setattr(candidates, "open_form", open_form)
    return forms


@pytest.mark.parametrize(("name", "option"), [("generate", "model"), ("workflow run", "workflow")])
@pytest.mark.parametrize("private", [True, False, None])
@pytest.mark.parametrize("spoiler", [True, False, None])
async def test_a_form_is_opened_as_private_and_hidden_as_it_was_asked_for(
    bot: ImagineBot,
    opened: list[tuple[Any, ...]],
    name: str,
    option: str,
    private: bool | None,
    spoiler: bool | None,
) -> None:
    how = {key: one for key, one in {"private": private, "spoiler": spoiler}.items() if one is not None}
    await typed(bot, name, interaction(), **{option: "model_x"}, **how)
    assert opened == [(1001, "model_x", {"private": bool(private), "spoiler": bool(spoiler)})]


MENUS = {
    "Use as reference": ("model_kontext-edit", "reference"),
    "Edit": ("model_kontext-edit", "image"),
    "Animate": ("model_mover", "first_frame"),
    "Make 3D": ("model_shaper-2", "image"),
}


def message(*attachments: Any) -> Any:
    return SimpleNamespace(
        id=5,
        author=SimpleNamespace(id=3),
        content="",
        attachments=[*attachments],
        embeds=[],
        components=[],
        stickers=[],
        message_snapshots=[],
    )


@pytest.mark.parametrize("name", MENUS)
async def test_a_menu_opens_the_form_of_its_tasks_model_with_the_picture_in_its_place(
    bot: ImagineBot, bench: Bench, opened: list[tuple[Any, ...]], name: str
) -> None:
    for id_, capability in (("model_painter-2", "img2img"), ("model_shaper-2", "img23d")):
        bench.studio.catalogued[id_] = a_model(
            id_, name=id_, capabilities=("txt2img", capability), inputs=(PROMPT, START_FRAME)
        )
    await bench.process.catalogue.refresh()
    model, role = MENUS[name]
    menu = cast("Any", bot.tree.get_command(name, type=discord.AppCommandType.message))
    asked = interaction(client=a_client(catalogue=bench.process.catalogue))
    await menu.callback(asked, message(IMAGE))
    assert opened == [(1001, model, {"ask": Ask(files=(file("image", role),))})]


async def test_a_menu_without_a_model_for_it_or_without_a_picture_is_refused(
    bot: ImagineBot, opened: list[tuple[Any, ...]]
) -> None:
    async with a_bench() as empty:
        menu = cast("Any", bot.tree.get_command("Animate", type=discord.AppCommandType.message))
        asked = interaction(client=a_client(catalogue=empty.process.catalogue))
        with pytest.raises(NoDefaultModel):
            await menu.callback(asked, message(IMAGE))
        with pytest.raises(NoPicture):
            await menu.callback(asked, message())
    assert opened == []


# -- /models ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "told_"),
    [
        ({}, ("", None, None)),
        ({"search": "fox", "purpose": "nonsense"}, ("fox", None, None)),
        ({"search": "f", "medium": "3d", "purpose": "edit"}, ("f", "3d", Task.EDIT)),
    ],
)
async def test_models_are_shown_privately_by_search_and_medium(
    bot: ImagineBot, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], told_: tuple[Any, ...]
) -> None:
    shown: list[tuple[Any, ...]] = []

    async def show(asked: Any, text: str, medium: str | None, task: Task | None) -> None:
        shown.append((asked.response.deferred, text, medium, task))

    monkeypatch.setitem(commands(bot)["models"].callback.__globals__, "show", show)
    await typed(bot, "models", interaction(), **options)
    assert shown == [([True], *told_)]


async def test_models_are_searched_within_the_medium_that_was_chosen(bot: ImagineBot, bench: Bench) -> None:
    assert {*await suggested(bot, bench, "models", "search")} >= {"model_mover", "model_painter"}
    command = commands(bot)["models"]
    client = a_client(service=bench.service, catalogue=bench.process.catalogue)
    for medium, ids in (("video", ["model_mover"]), ("3d", ["model_shaper"]), ("workflow", ["wflow_1"])):
        asked = interaction(client=client, namespace=SimpleNamespace(medium=medium))
        choices = await command._params["search"].autocomplete(asked, "")
        assert [choice.value for choice in choices] == ids
    asked = interaction(client=client, namespace=SimpleNamespace(medium="nonsense"))
    assert len(await command._params["search"].autocomplete(asked, "")) == 11


async def test_the_buttons_of_the_list_are_known_after_a_restart(bot: ImagineBot) -> None:
    from bot.ui.commands.browsing import ALL

    known = cast("Any", bot)._connection._view_store._dynamic_items.values()
    assert {*ALL} <= {*known}
