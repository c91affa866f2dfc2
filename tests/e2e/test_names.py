"""Suggestions by their names, pictures wherever a message has them, and commands that can be clicked."""

import re
from typing import Any

import pytest

from tests.e2e.acting import fate, modal, outcome, says
from tests.e2e.stage import Json, Stage, images, labels, text_of
from tests.e2e.test_commands import private_answer, show, suggested, type_
from tests.e2e.things import picture

pytestmark = pytest.mark.asyncio(loop_scope="session")

SKETCH = "model_scenario-quick-sketch"
ELSEWHERE = "https://pictures.example/fox.png"
APART = "brainstorm"
"""Where messages of kinds are said that others need not know."""
WHEN = "2026-11-29T00:00:00+00:00"


async def choices(one: Stage, name: str, option: str, typed: str = "", **options: Any) -> dict[str, str]:
    """Value → name."""
    asked = {"member": "alice", "channel": "general", "name": name, "focused": option}
    answer = await one.post("/autocomplete", **asked, options={option: typed, **options})
    return {choice["value"]: choice["name"] for choice in answer["choices"]}


# -- names in place of values -------------------------------------------------------------------------


async def test_a_suggestion_says_what_it_is_and_may_come_back_by_its_name(one: Stage) -> None:
    names = await choices(one, "imagine", "model")
    assert re.search(r"^Quick Sketch · pictures · about [\d.]+ CU$", names[SKETCH])
    assert sum(name.endswith(" · default") for name in names.values()) == 1
    assert "model_sandbox-every-input" not in await choices(one, "generate", "model", "every input")
    await outcome(one, "by its whole name", model=names[SKETCH])
    assert [job["model_id"] for job in await one.ledger("by its whole name")] == [SKETCH]
    ratios = await choices(one, "imagine", "aspect_ratio", model=names["model_imagen4-ultra"])
    assert "9:16" in ratios
    voice = next(iter((await choices(one, "speech", "voice")).values()))
    said = await type_(one, "speech", text="by the voice's name", voice=voice)
    await fate(one, said, "succeeded")
    await modal(
        one, await type_(one, "generate", model=(await choices(one, "generate", "model", "sketch"))[SKETCH])
    )
    page = await private_answer(
        one, "models", search=(await choices(one, "models", "search", "sketch"))[SKETCH]
    )
    assert labels(page) == ["Use it"]
    flows = await choices(one, "workflow run", "workflow")
    assert await form(one, await type_(one, "workflow run", workflow=next(iter(flows.values()))))


async def form(one: Stage, interaction: str) -> Json:
    """The modal, or the private message that stands for it."""

    async def opened() -> Json | None:
        told = await one.get(f"/interactions/{interaction}")
        found = await one.answers(interaction)
        return told["modal"] or next((each for each in found if each["components"]), None)

    return await one.until(opened, f"a form for {interaction}")


async def test_requests_of_the_same_words_are_told_apart_and_found_by_their_names(one: Stage) -> None:
    words = "the same words as before, " * 8
    cards = [await outcome(one, words, member="quinn", model=SKETCH) for _ in range(2)]
    names = await suggested(one, member="quinn")
    assert len(set(names.values())) == 2
    assert all(
        re.search(r" · Quick Sketch · \d{4}-\d\d-\d\d \d\d:\d\d:\d\d( · #\d+)?$", name)
        for name in names.values()
    )
    for card in cards:
        number = card["interaction_id"]
        assert f"/show {number}" in text_of(await show(one, names[number], member="quinn"))
    edited = await type_(
        one, "edit", member="quinn", prompt="by the card's name", from_card=names[cards[0]["interaction_id"]]
    )
    await fate(one, edited, "succeeded")
    assert len(await one.ledger("by the card's name")) == 1


# -- pictures in messages -----------------------------------------------------------------------------


def forwarded(**fields: Any) -> Json:
    held: Json = {
        "type": 0,
        "content": "",
        "embeds": [],
        "attachments": [],
        "timestamp": WHEN,
        "edited_timestamp": None,
    }
    return {"attachments": [], "message_snapshots": [{"message": {**held, **fields}}]}


def gallery(**item: Any) -> Json:
    return {"type": 12, "items": [{"media": {"url": "$URL", "proxy_url": "$URL"}, **item}]}


PREVIEW = {"type": "image", "url": ELSEWHERE, "thumbnail": {"url": ELSEWHERE, "proxy_url": "$URL"}}
STICKER = {"id": "77", "name": "Wave", "format_type": 1}
HELD = {
    "forwarded": forwarded(attachments="$ATTACHMENTS"),
    "a gallery": {"attachments": [], "flags": 1 << 15, "components": [gallery()]},
    "a forwarded gallery": forwarded(components=[{"type": 17, "components": [gallery()]}]),
    "a preview": {"attachments": [], "embeds": [PREVIEW]},
    "a sticker": {"attachments": [], "sticker_items": [STICKER]},
    "without a type": {
        "attachments": [{"id": "1", "filename": "a.png", "size": 9, "url": "$URL", "proxy_url": "$URL"}]
    },
}


async def opened(one: Stage, fields: Json, menu: str = "Use as reference") -> str:
    """The menu used on a message with these fields. The interaction's id."""
    said = await one.post(
        "/say", member="bob", channel=APART, content="look", files=[picture()], fields=fields
    )
    return await type_(one, menu, channel=APART, target=str(said["message_id"]))


async def test_a_picture_is_taken_from_wherever_a_message_has_it(one: Stage) -> None:
    for where, fields in HELD.items():
        assert await modal(one, await opened(one, fields)), where


async def test_what_was_hidden_in_a_forwarded_message_is_bought_and_hidden(one: Stage) -> None:
    hidden = forwarded(components=[{"type": 17, "spoiler": True, "components": [gallery()]}])
    interaction = await opened(one, hidden, "Edit")
    await modal(one, interaction)
    words = "from a hidden gallery"
    sent = await one.post("/submit", member="alice", interaction_id=interaction, values={"prompt": words})
    generation = str(sent["interaction_id"])
    answer = await form_or_card(one, generation)
    if "Generate" in labels(answer):
        generation = await one.press(answer, "Generate")
    card = await one.settled(generation, channel=APART)
    (job,) = await one.ledger(words)
    assert "asset_" in str(job["inputs"]["referenceImages"])
    assert images(card) == []
    assert [file["filename"].startswith("SPOILER_") for file in card["attachments"]] == [True]


async def form_or_card(one: Stage, interaction: str) -> Json:
    async def answered() -> Json | None:
        found = await one.answers(interaction, channel=APART)
        return next((each for each in found if each["embeds"]), None)

    return await one.until(answered, f"an answer to {interaction}")


async def test_what_cannot_be_had_is_refused_before_the_form_for_the_true_reason(one: Stage) -> None:
    lost: Json = {"attachments": [], "embeds": [{"type": "image", "thumbnail": {"url": ELSEWHERE}}]}
    drawn: Json = {"attachments": [], "sticker_items": [{**STICKER, "format_type": 3}]}
    bare: Json = {"attachments": []}
    for fields, reason in ((lost, "another site"), (drawn, "sticker"), (bare, "no picture")):
        answer = await one.answer(await opened(one, fields), channel=APART)
        assert reason in answer["content"]
        assert "Nothing was charged" in answer["content"]
    await one.post("/script", prompt_contains="not done yet", seconds=600, cancelable=True)
    running = await one.imagine("not done yet")
    card = await says(one, running, "started")
    answer = await one.answer(await type_(one, "Edit", target=card["id"]))
    assert "still in progress" in answer["content"]
    await one.press(card, "Cancel")
    await one.settled(running)


# -- /help and /models --------------------------------------------------------------------------------


async def test_helps_commands_can_be_clicked(one: Stage) -> None:
    told = text_of(await private_answer(one, "help"))
    mentioned = dict(re.findall(r"</([^:>]+):(\d+)>", told))
    menus = {"Use as reference", "Edit", "Animate", "Make 3D", "Describe"}
    commands = set((await one.get("/state"))["commands"]) - menus - {"help"}
    assert {name.split()[0] for name in mentioned} == commands
    assert "workflow run" in mentioned
    assert len(set(mentioned.values())) == len(commands)  # those of one group have one id
    assert "CU" in told
    shown = re.sub(r"<(/[^:>]+):\d+>", r"\1", told)
    assert all(len(line) <= 200 for line in shown.splitlines())  # five lines of a phone


async def test_models_are_filtered_by_what_they_are_for_and_say_which_make_several(one: Stage) -> None:
    listed = await private_answer(one, "models", purpose="upscale")
    assert {embed["title"].partition(". ")[2] for embed in listed["embeds"]} == {
        "Upscale 3",
        "Upscale Texture",
    }
    assert "up to 4 at once" in text_of(await private_answer(one, "models", search="gemini 3.1 flash image"))
    spoken = await choices(one, "models", "search", purpose="speech")
    assert spoken
    assert SKETCH not in spoken
