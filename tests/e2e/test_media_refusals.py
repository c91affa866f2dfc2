"""What cannot be made is refused before a single CU is spent, and the member reads what to change."""

import re
from collections.abc import AsyncGenerator
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e.acting import all_known, told_privately
from tests.e2e.stage import Json, Stage, labels, stage, text_of
from tests.e2e.things import picture, upload

pytestmark = pytest.mark.asyncio(loop_scope="session")

FLUX = "model_bfl-flux-1-dev"
GEMINI = "model_google-gemini-3-1-flash"
SKETCH = "model_scenario-quick-sketch"
QWEN = "model_qwen-image-edit-2511"
SONG = upload("song.mp3", b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x00" * 400)

Row = tuple[str, dict[str, Any], tuple[str, ...]]
"""The command, its options, and what the member must read."""

ROWS: dict[str, Row] = {
    "wrong enum": (
        "imagine",
        {"model": GEMINI, "settings": "resolution=9K"},
        ("**resolution**", "“9K” isn't available", "512, 1K, 2K, or 4K"),
    ),
    "off step": (
        "imagine",
        {"model": FLUX, "settings": "guidance=3.33"},
        ("**guidance**", "3.33", "steps of 0.1", "3.3 or 3.4"),
    ),
    "too small": (
        "imagine",
        {"model": FLUX, "settings": "guidance=-1"},
        ("**guidance**", "The minimum is 0."),
    ),
    "too long": (
        "imagine",
        {"model": SKETCH, "prompt": "y" * 501},
        ("**prompt** is too long", "501 characters; the maximum is 500"),
    ),
    "missing conditional": (
        "imagine",
        {"model": FLUX, "settings": "controlImage=asset_abc"},
        ("**controlMode** is required.",),
    ),
    "a mask where none is taken": (
        "edit",
        {"model": "model_flux-kontext-editing", "image": picture(), "mask": picture("mask.png", "black")},
        ("**mask**", "Flux Kontext has no input for this file", "It takes Pictures"),
    ),
    "a sound as a picture": (
        "imagine",
        {"model": GEMINI, "reference": SONG},
        ("**reference**", "Gemini 3.1 Flash Image"),
    ),
    "a sound to edit": ("edit", {"model": QWEN, "image": SONG}, ("**image**", "an image")),
    "a file where none is taken": (
        "imagine",
        {"model": SKETCH, "reference": picture()},
        ("**reference**", "Quick Sketch takes no files"),
    ),
    "a file of 300 MB": (
        "upscale",
        {"image": {"name": "huge.png", "size": 300_000_000}},
        ("huge.png", "286.1 MB", "the limit is 200 MB", "Attach a smaller one"),
    ),
    "a locked model": (
        "imagine",
        {"model": "Luma Uni 1 Max"},
        ("Luma Uni 1 Max needs Scenario's Enterprise plan", "Choose another one"),
    ),
    "an unknown name": (
        "imagine",
        {"model": "Gemini 3.1 Flsh"},
        ("There is no model called “Gemini 3.1 Flsh”", "Did you mean", "Gemini 3.1 Flash Image"),
    ),
    "an unknown id": ("video", {"model": "model_no-such-film"}, ("does not know this model",)),
    "a deprecated model": (
        "imagine",
        {"model": "Imagen 3"},
        ("Imagen 3 is no longer offered", "Imagen 4 Ultra replaces it"),
    ),
    "an untrained model": (
        "imagine",
        {"model": "Harbor (training)"},
        ("Harbor (training) is not ready", "training is not finished"),
    ),
    "an untrained one among styles": (
        "imagine",
        {"models": "Harbor (training):0.5"},
        ("Harbor (training) is not ready", "training is not finished"),
    ),
    "an empty composition": (
        "imagine",
        {"model": "model_hqTeamEmptyBlend7h8j"},
        ("with no trained models in it yet",),
    ),
    "an unknown setting": (
        "imagine",
        {"model": FLUX, "settings": "guidence=3"},
        ("**guidence**", "The closest is guidance."),
    ),
    "unreadable settings": (
        "imagine",
        {"model": FLUX, "settings": "more magic please"},
        ("**settings**", "Write name=value"),
    ),
    "a style of another family": (
        "imagine",
        {"model": FLUX, "models": "Moss and Stone:0.8"},
        ("“Moss and Stone” belongs to another family", "flux.1-lora"),
    ),
    "styles of two families": (
        "imagine",
        {"models": "Ink Lines, Moss and Stone"},
        ("no model takes these together", "trained models of one family"),
    ),
    "a scale of 3": ("imagine", {"models": "Ink Lines:3"}, ("3 is too large", "The maximum is 2.")),
    "an unknown style's id": (
        "imagine",
        {"models": "Ink Lines, model_no-such-style"},
        ("does not know this model",),
    ),
    "an unknown style": (
        "imagine",
        {"models": "Ink Line:0.5"},
        ("There is no model called “Ink Line”", "Did you mean Ink Lines"),
    ),
    "a film model for a picture": (
        "imagine",
        {"model": "model_kling-v2-6-t2v-pro"},
        ("Kling 2.6 Pro (text) is for something else", "Choose another one"),
    ),
    "a picture model for music": ("music", {"model": SKETCH}, ("Quick Sketch is for something else",)),
    "an edit without a picture": ("edit", {}, ("**image** is required.",)),
}
"""By what is wrong with it."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house() -> AsyncGenerator[Stage]:
    async with stage(MEMBER_IN_FLIGHT="0") as ready:
        await all_known(ready)
        yield ready


def plain(text: str) -> str:
    """The text as Discord shows it: a backslash before a mark is not seen."""
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", text)


async def posted(one: Stage) -> list[Json]:
    """What the bot has sent to Scenario that is no question."""
    records = (await one.get("/wire"))["records"]
    return [each for each in records if each.get("half") == "scenario" and each["method"] in {"POST", "PUT"}]


async def told(one: Stage, command: str, options: dict[str, Any], prompt: str) -> str:
    """The private answer to a command that must cost nothing."""
    asked = await one.post("/command", member="alice", channel="general", name=command, options=options)
    return plain(await told_privately(one, str(asked["interaction_id"]), prompt))


@pytest.mark.parametrize("wrong", ROWS)
async def test_it_is_refused_free_and_says_what_to_change(one: Stage, wrong: str) -> None:
    command, options, wanted = ROWS[wrong]
    worded = {"imagine", "edit", "video", "music"}
    options = {"prompt": wrong, **options} if command in worded else options
    before, ledger = await posted(one), await one.ledger()
    said = await told(one, command, options, str(options.get("prompt")))
    for words in wanted:
        assert words in said
    assert await one.ledger() == ledger
    assert await posted(one) == before


async def test_a_menu_on_a_message_without_a_picture_says_so(one: Stage) -> None:
    message = await one.post("/say", member="alice", channel="general", content="only words", files=[])
    ledger = await one.ledger()
    for menu in ("Use as reference", "Edit", "Animate", "Make 3D"):
        target = {"target": message["message_id"]}
        asked = await one.post("/command", member="alice", channel="general", name=menu, options=target)
        answer = await one.answer(str(asked["interaction_id"]))
        assert answer["ephemeral"]
        assert "This message has no picture" in text_of(answer)
        assert labels(answer) == []
    assert await one.ledger() == ledger


async def test_a_card_that_nobody_knows_is_no_picture_to_edit(one: Stage) -> None:
    ledger = await one.ledger()
    options = {"prompt": "from nowhere", "from_card": "123456"}
    asked = await one.post("/command", member="alice", channel="general", name="edit", options=options)
    answer = await one.answer(str(asked["interaction_id"]))
    assert answer["ephemeral"]
    assert "This request doesn't exist, or you can't see it." in text_of(answer)
    assert await one.ledger() == ledger


async def test_more_styles_than_fit_are_counted(one: Stage) -> None:
    for number in range(7):
        style: Json = {"id": f"model_look-{number}", "name": f"Look {number}", "type": "flux.1-lora"}
        await one.post("/models", **style, inputs=[], privacy="private", custom=True)
    before, ledger = await posted(one), await one.ledger()
    options = {"prompt": "all looks", "model": FLUX}
    options["models"] = ", ".join(f"model_look-{number}:0.5" for number in range(7))
    said = await told(one, "imagine", options, "all looks")
    assert "**models**: 7 given; the maximum is 6." in said
    assert await one.ledger() == ledger
    assert await posted(one) == before


async def test_bytes_that_are_no_picture_whatever_their_name_are_refused_free(one: Stage) -> None:
    """Discord goes by the name, so that only Scenario's import finds out."""
    ledger = await one.ledger()
    fake = upload("fake.png", b"these are words, and no picture at all" * 20)
    options = {"prompt": "no picture", "model": QWEN, "image": fake}
    asked = await one.post("/command", member="alice", channel="general", name="edit", options=options)
    said = await told_privately(one, str(asked["interaction_id"]), "no picture")
    assert "could not use the file you attached" in said
    assert "Attach another one" in said
    assert await one.ledger() == ledger
