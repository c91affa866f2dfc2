"""Answers that are not what they should be: half an emoji, a page for a file, a status that nobody knows."""

import io
from typing import Any

from PIL import Image

from tests.e2e.acting import PAID, told_privately
from tests.e2e.side import TINY, delivered, fault, playing, running, side_by_side, spoiled
from tests.e2e.stage import Json, Stage, images, text_of
from tests.e2e.things import picture

PAGES: list[Json] = [
    {"body": "<!doctype html><title>503</title>", "headers": {"content-type": "text/html"}},
    {"body": {"reason": "Internal error"}},
    {
        "body": "<?xml version='1.0'?><Error><Code>SlowDown</Code></Error>",
        "headers": {"content-type": "image/png"},
    },
    {"body": "Service Unavailable", "headers": {"content-type": "image/png"}},
]
FOUR: Json = {"name": "numOutputs", "type": "number", "min": 1, "max": 4, "step": 1, "default": 4}
EDITOR = "model_qwen-image-edit-2511"


async def test_every_strange_answer_is_told_for_what_it_is() -> None:
    async with playing(MEMBER_IN_FLIGHT="1", MEMBER_WAITING="0") as one:
        await one.call(
            "POST", "/models", json={**TINY, "id": "model_four", "inputs": [*TINY["inputs"], FOUR]}
        )
        await side_by_side(
            half_an_emoji_of_scenarios(one),
            half_an_emoji_in_a_status(one),
            half_an_emoji_in_a_refusal(one),
            nul_of_a_members(one),
            an_unknown_end_with_an_error(one),
            an_unknown_end_with_results(one),
            an_unknown_end_without_a_sign(one),
            four_pictures_by_default(one),
        )
        await side_by_side(*(a_page_in_a_results_place(one, number) for number in range(len(PAGES))))
        await a_page_in_the_place_of_what_a_member_gave(one)


async def half_an_emoji_of_scenarios(one: Stage) -> None:
    prompt = "a failure with half an emoji"
    script = {"outcome": "failure", "error": "Out of fo\ud83d", "hint": "Try \ude00 a cat"}
    await one.post("/script", prompt_contains=prompt, **script)
    card = await one.settled(await one.imagine(prompt, member="half"), member="half")
    assert "Out of fo\ufffd. Try \ufffd a cat" in text_of(card)
    assert len(await one.ledger(prompt)) == 1


async def half_an_emoji_in_a_status(one: Stage) -> None:
    prompt = "a job that waits with half an emoji"
    await one.post("/script", prompt_contains=prompt, stages=[["wai\ud83dting", 4]])
    generation = await one.imagine(prompt, member="waiting")

    async def told() -> bool:
        return any(
            "wai\ufffdting" in text_of(each) for each in await one.answers(generation, member="waiting")
        )

    await one.until(told, "the card to show what can be read of the status")
    await delivered(one, generation, prompt, member="waiting")


async def half_an_emoji_in_a_refusal(one: Stage) -> None:
    prompt = "a purchase that is refused with half an emoji"
    spec: Json = {"status": 400, "message": "no fo\ud83d here", "body_contains": prompt}
    await fault(one, "scenario", "status", **PAID_ONLY, **spec)
    generation = await one.imagine(prompt, member="refused")
    assert "no fo\ufffd here" in await told_privately(one, generation, prompt, member="refused")


async def nul_of_a_members(one: Stage) -> None:
    generation = await one.imagine("typed \0", member="typing")
    await delivered(one, generation, "typed \ufffd", member="typing")


async def an_unknown_end_with_an_error(one: Stage) -> None:
    prompt = "a job that is aborted"
    words = {"failure": "aborted"}
    await one.post("/script", prompt_contains=prompt, outcome="failure", words=words, error="Out of foxes")
    card = await one.settled(await one.imagine(prompt, member="aborted"), member="aborted")
    told = text_of(card)
    assert "Out of foxes" in told
    assert "does not say whether" in told
    assert len(await one.ledger(prompt)) == 1


async def an_unknown_end_with_results(one: Stage) -> None:
    prompt = "a job that is all done"
    await one.post("/script", prompt_contains=prompt, words={"success": "all-done"})
    await delivered(one, await one.imagine(prompt, member="done"), prompt, member="done")


async def an_unknown_end_without_a_sign(one: Stage) -> None:
    """Cancel promises nothing, and whoever wants it no more may ask for something else."""
    prompt = "a job that ends in a word"
    await one.post("/script", prompt_contains=prompt, outcome="canceled", words={"canceled": "dissolved"})
    generation = await one.imagine(prompt, member="puzzled")
    await running(one, generation)

    async def puzzling() -> Json | None:
        found = await one.answers(generation, member="puzzled")
        return found[-1] if found and "dissolved" in text_of(found[-1]) else None

    card = await one.until(puzzling, "the card to show the word")
    limited = await one.answer(await one.imagine("something else", member="puzzled"), member="puzzled")
    assert "Nothing was charged" in limited["content"]  # the place is taken
    pressed = await one.press(card, "Cancel", member="puzzled")
    said = (await one.answer(pressed, member="puzzled"))["content"]
    assert "dissolved" in said
    assert "may have been charged" in said
    assert "will still arrive" not in said
    prompt = "something after all"
    await delivered(one, await one.imagine(prompt, member="puzzled"), prompt, member="puzzled")


async def four_pictures_by_default(one: Stage) -> None:
    prompt = "as many as a model likes"
    card = await one.settled(await one.imagine(prompt, member="one", model="model_four"), member="one")
    assert len(images(card)) == 1
    (job,) = await one.ledger(prompt)
    assert job["inputs"]["numOutputs"] == 1


async def a_page_in_a_results_place(one: Stage, number: int) -> None:
    prompt = f"a picture behind page {number}"
    broken = await fault(one, "scenario", "garbage", path="/cdn/assets/*", method="GET", **PAGES[number])
    generation = await one.imagine(prompt, member=f"reader{number}")
    card = await delivered(one, generation, prompt, member=f"reader{number}")
    await spoiled(one, broken)
    (link,) = images(card)
    with Image.open(io.BytesIO(await one.fetch(link))) as shown:
        assert shown.size == (128, 128)
    assert len(card["attachments"]) == 0  # nothing beside it


async def a_page_in_the_place_of_what_a_member_gave(one: Stage) -> None:
    prompt = "an edit of what came late"
    broken = await fault(one, "discord", "garbage", path="/cdn/*", method="GET", **PAGES[0])
    options: dict[str, Any] = {"prompt": prompt, "model": EDITOR, "image": picture()}
    asked = {"member": "giver", "channel": "general", "name": "edit", "options": options}
    generation = (await one.post("/command", **asked))["interaction_id"]
    await delivered(one, generation, prompt, member="giver")
    await spoiled(one, broken)


PAID_ONLY: Json = {name: value for name, value in PAID.items() if name != "half"}
