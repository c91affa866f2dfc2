"""/generate: a model that nobody saw before, through its form, over real processes."""

import base64
from collections.abc import AsyncGenerator
from io import BytesIO
from typing import Any

import pytest_asyncio
from PIL import Image

from tests.e2e.acting import modal, through_the_button, vanished
from tests.e2e.stage import Json, Stage, labels, stage, text_of

NEW = "model_never-seen-before"
SCHEMA: list[Json] = [
    {"name": "grain", "type": "number", "label": "Grain", "min": 0, "max": 10, "step": 0.5, "default": 2},
    {"name": "mood", "type": "string", "label": "Mood", "allowedValues": ["calm", "wild"], "default": "calm"},
    {
        "name": "prompt",
        "type": "string",
        "label": "Scene",
        "prompt": True,
        "required": {"always": True},
        "maxLength": 500,
    },
    {"name": "tiled", "type": "boolean", "label": "Tiled", "default": False},
    {"name": "frames", "type": "number", "label": "Frames", "allowedValues": [8, 16, 24], "default": 8},
    {"name": "inks", "type": "string_array", "label": "Inks", "allowedValues": ["red", "blue", "gold"]},
    {"name": "weights", "type": "number_array", "label": "Weights", "min": 0, "max": 2},
]
"""Seven inputs: two pages."""


@pytest_asyncio.fixture
async def one() -> AsyncGenerator[Stage]:
    async with stage(MEMBER_IN_FLIGHT="0") as ready:
        await ready.post("/settings", scenario={"seconds": 0})
        yield ready


async def add_model(one: Stage, id_: str = NEW, inputs: list[Json] | None = None, **more: Any) -> None:
    record: Json = {"id": id_, "name": "Never Seen", "inputs": SCHEMA if inputs is None else inputs, **more}
    await one.post("/models", **record)


async def generate(one: Stage, model: str = NEW, *, member: str = "alice", **options: Any) -> str:
    answer = await one.post(
        "/command",
        member=member,
        channel="general",
        name="generate",
        options={"model": model, **options},
    )
    return str(answer["interaction_id"])


async def submit(one: Stage, interaction: str, values: Json, *, member: str = "alice") -> str:
    await modal(one, interaction)
    answer = await one.post("/submit", member=member, interaction_id=interaction, values=values)
    return str(answer["interaction_id"])


async def form(one: Stage, words: str) -> Json:
    """The private message of the one form there is, as soon as it says this."""

    async def look() -> Json | None:
        found = [each for each in await one.messages() if each["ephemeral"] and words in text_of(each)]
        return found[-1] if found else None

    return await one.until(look, f"a form that says {words!r}")


async def inputs_of(one: Stage, prompt: str) -> Json:
    (job,) = await one.ledger(prompt)
    return {name: value for name, value in job["inputs"].items() if name != "seed"}


async def begin(one: Stage) -> Json:
    """A form of a model that the bot learns of only now: its schema is read, then a button opens it."""
    await add_model(one)
    asked = await generate(one)
    message = await one.answer(asked)
    assert message["ephemeral"]
    assert labels(message) == ["Open the form", "Discard"]
    return message


async def first_page(one: Stage, values: Json) -> Json:
    """The form's message after its first page."""
    opened = await one.press(await begin(one), "Open the form")
    page = await modal(one, opened)
    assert page["title"] == "Never Seen (1 of 2)"
    named = [part["component"]["custom_id"] for part in page["components"]]
    assert named == ["prompt", "grain", "mood", "tiled", "frames"]
    await submit(one, opened, values)
    return await form(one, values["prompt"])


async def test_a_model_added_at_run_time_is_used_over_two_pages(one: Stage) -> None:
    values = {"prompt": "a quiet harbor", "grain": "3,5", "mood": ["wild"], "frames": ["16"]}
    message = await first_page(one, values)
    assert "All required fields are filled in" in text_of(message)
    assert labels(message) == [
        "Generate",
        "More settings (2 of 2)",
        "Change answers",
        "Start over",
        "Discard",
    ]
    opened = await one.press(message, "More settings (2 of 2)")
    assert (await modal(one, opened))["title"] == "Never Seen (2 of 2)"
    await submit(one, opened, {"inks": ["red", "gold"], "weights": "0.5, 1"})
    message = await form(one, "red, gold")
    assert await one.ledger() == []
    pressed = await one.press(message, "Generate")
    card = await one.settled(pressed)
    assert not card["ephemeral"]
    assert await inputs_of(one, "a quiet harbor") == {
        "prompt": "a quiet harbor",
        "grain": 3.5,
        "mood": "wild",
        "frames": 16,
        "inks": ["red", "gold"],
        "weights": [0.5, 1],
    }
    assert one.record(pressed)["command"] == "generate"
    await vanished(one, message)  # the form leaves nothing behind


async def test_one_page_in_memory_is_a_modal_at_once_and_its_submit_the_request(one: Stage) -> None:
    fits = [SCHEMA[2], SCHEMA[1]]
    await add_model(one, inputs=fits)
    await one.answer(await generate(one))  # from here on the schema is in memory
    asked = await generate(one, private=True)
    assert (await modal(one, asked))["title"] == "Never Seen"
    submitted = await submit(one, asked, {"prompt": "a fast harbor"})
    card = await one.settled(submitted)
    assert card["ephemeral"]
    # what was left as it was shown is the model's own default, which is not ours to send
    assert await inputs_of(one, "a fast harbor") == {"prompt": "a fast harbor"}


async def test_a_restart_between_two_pages_and_while_a_modal_is_open_loses_nothing(one: Stage) -> None:
    message = await first_page(one, {"prompt": "a patient harbor", "mood": ["wild"]})
    await one.kill_bot()
    await one.start_bot()

    opened = await one.press(message, "More settings (2 of 2)")

    async def told() -> str | None:
        """At once a modal, or after the schema was read the same message again."""
        return (await one.get(f"/interactions/{opened}"))["answer"]

    await one.until(told, "an answer to the press")
    if not (await one.get(f"/interactions/{opened}"))["modal"]:
        message = await form(one, "a patient harbor")
        opened = await one.press(message, "More settings (2 of 2)")
    await modal(one, opened)
    await one.kill_bot()
    await one.start_bot()
    await submit(one, opened, {"inks": ["blue"]})
    message = await form(one, "blue")
    assert "a patient harbor" in text_of(message)

    pressed = await one.press(message, "Generate")
    await one.settled(pressed)
    expected = {"prompt": "a patient harbor", "mood": "wild", "inks": ["blue"]}
    assert await inputs_of(one, "a patient harbor") == expected


async def test_the_button_to_a_form_works_after_the_process_that_offered_it_was_killed(one: Stage) -> None:
    offer = await begin(one)
    await one.kill_bot()
    await one.start_bot()
    opened = await through_the_button(one, await one.press(offer, "Open the form"))
    await submit(one, opened, {"prompt": "a lasting harbor", "mood": ["wild"]})
    await one.settled(await one.press(await form(one, "a lasting harbor"), "Generate"))
    assert await inputs_of(one, "a lasting harbor") == {"prompt": "a lasting harbor", "mood": "wild"}


async def test_two_presses_of_generate_are_one_request(one: Stage) -> None:
    message = await first_page(one, {"prompt": "one harbor"})
    first = await one.press(message, "Generate")
    second = await one.press(message, "Generate")
    answers = [one.record(each) for each in (first, second)]

    async def both_answered() -> bool:
        nonlocal answers
        answers = [one.record(each) for each in (first, second)]
        states = [(await one.get(f"/interactions/{each}"))["answer"] for each in (first, second)]
        return all(states) and any(row.get("card") == "settled" for row in answers)

    await one.until(both_answered, "both presses to be answered and one to be done")
    assert len([row for row in answers if row]) == 1
    assert len(await one.ledger("one harbor")) == 1


async def test_a_bad_value_is_named_and_corrected_with_the_answers_kept(one: Stage) -> None:
    message = await first_page(one, {"prompt": "a grainy harbor", "grain": "99", "mood": ["wild"]})
    assert "**Grain**: 99 is too large. The maximum is 10." in text_of(message)
    assert "Generate" not in labels(message)
    opened = await one.press(message, "Change answers")
    parts = [part["component"] for part in (await modal(one, opened))["components"]]
    shown = {part["custom_id"]: part for part in parts}
    assert shown["prompt"]["value"] == "a grainy harbor"
    assert shown["grain"]["value"] == "99"
    assert [each["default"] for each in shown["mood"]["options"]] == [False, True]
    await submit(one, opened, {"grain": "9"})
    message = await form(one, "All required fields are filled in")
    assert await one.ledger() == []
    await one.settled(await one.press(message, "Generate"))
    expected = {"prompt": "a grainy harbor", "grain": 9, "mood": "wild"}
    assert await inputs_of(one, "a grainy harbor") == expected


async def test_a_form_is_started_over_and_discarded(one: Stage) -> None:
    message = await first_page(one, {"prompt": "no harbor"})
    await one.press(message, "Start over")
    message = await form(one, "Nothing is filled in yet")
    await one.press(message, "Discard")
    assert labels(await form(one, "Discarded")) == []
    assert await one.ledger() == []


async def test_what_cannot_be_used_is_refused_privately(one: Stage) -> None:
    await add_model(one, "model_old", tags=["deprecated:model_imagen4-ultra"])
    for model, words in (("model_no-such", "no model"), ("model_old", "no longer offered")):
        answer = await one.answer(await generate(one, model))
        assert answer["ephemeral"]
        assert words in text_of(answer)
        assert labels(answer) == []
    assert await one.ledger() == []


NOT_ASKED_FOR = {
    "model_luma-uni-1-max",  # the team's plan does not have it
    "model_imagen3",  # about to be removed
    "model_scGlassLora4kWm8r",  # a style, which runs on another model
    "model_sandbox-every-input",  # the team hides it
}


async def test_every_model_is_suggested(one: Stage) -> None:
    asked: Json = {"member": "alice", "channel": "general", "name": "generate"}
    models: list[Json] = []
    page: Json = {}
    while not models or page.get("nextPaginationToken"):
        token = f"&paginationToken={page['nextPaginationToken']}" if page else ""
        page = await one.scenario(f"/models?privacy=public&pageSize=100{token}")
        models += page["models"]
    assert len(models) > 25

    async def missing() -> set[str]:
        """Each is looked for by its own name: no more than 25 are suggested at once."""
        found: set[str] = set()
        for name in {model["name"] for model in models}:
            asked["options"] = {"model": name}
            choices = (await one.post("/autocomplete", **asked, focused="model"))["choices"]
            found |= {choice["value"] for choice in choices}
        return {model["id"] for model in models} - found

    async def only_those() -> bool:
        return await missing() == NOT_ASKED_FOR

    await one.until(only_those, "every model to be suggested but those")


async def test_a_file_is_given_in_the_form_and_arrives_as_an_asset(one: Stage) -> None:
    picture: Json = {"name": "start", "type": "file", "kind": "image", "label": "Start"}
    await add_model(one, inputs=[SCHEMA[2], {**picture, "required": {"always": True}}])
    message = await one.answer(await generate(one))
    opened = await one.press(message, "Open the form")
    data = BytesIO()
    Image.new("RGB", (64, 48), "teal").save(data, "PNG")
    file = {"name": "start.png", "bytes": base64.b64encode(data.getvalue()).decode()}
    submitted = await submit(one, opened, {"prompt": "a harbor from a picture", "start": [file]})
    card = await one.settled(submitted)
    assert not card["ephemeral"]
    sent = await inputs_of(one, "a harbor from a picture")
    assert str(sent["start"]).startswith("asset_")


async def test_a_workflow_is_run_through_the_same_form(one: Stage) -> None:
    command: Json = {"member": "alice", "channel": "general", "name": "workflow run"}
    asked: Json = {**command, "options": {"workflow": ""}}

    async def some() -> list[Json]:
        return (await one.post("/autocomplete", **asked, focused="workflow"))["choices"]

    chosen = (await one.until(some, "workflows to be suggested"))[0]["value"]
    answer = await one.post("/command", **command, options={"workflow": chosen})
    interaction = await through_the_button(one, str(answer["interaction_id"]))
    page = await modal(one, interaction)
    texts = [each["component"]["custom_id"] for each in page["components"] if each["component"]["type"] == 4]
    submitted = await submit(one, interaction, {texts[0]: "a harbor by a workflow"})

    async def recorded() -> Json:
        return one.record(submitted)

    row = await one.until(recorded, "the workflow to be asked for")
    assert (row["command"], row["model_id"]) == ("workflow", chosen)
