"""The context menus of a message: its picture becomes the start of something else."""

import pytest

from tests.e2e.acting import modal
from tests.e2e.stage import Json, Stage
from tests.e2e.things import picture

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def opened(one: Stage, menu: str, message: str) -> str:
    """The interaction whose modal the menu opened."""
    asked = await one.post(
        "/command", member="alice", channel="general", name=menu, options={"target": message}
    )
    interaction = str(asked["interaction_id"])
    await modal(one, interaction)
    return interaction


@pytest.mark.parametrize(
    ("menu", "words", "kept"),
    [
        ("Edit", "prompt", "referenceImages"),
        ("Use as reference", "prompt", "referenceImages"),
        ("Animate", "prompt", "image"),
        ("Make 3D", "texturePrompt", "images"),
    ],
)
async def test_a_messages_picture_goes_into_the_form_and_then_to_scenario(
    one: Stage, menu: str, words: str, kept: str
) -> None:
    said = await one.post(
        "/say", member="bob", channel="general", content="look", files=[picture(f"{menu}.png")]
    )
    form = await opened(one, menu, str(said["message_id"]))
    value = f"{menu}: by the sea"
    await one.post("/submit", member="alice", interaction_id=form, values={words: value})
    pressed: set[str] = set()

    async def bought() -> Json | None:
        """The job, where need be by the button of the form's message."""
        jobs = [job for job in await one.ledger() if job["inputs"].get(words) == value]
        for message in [] if jobs else await one.messages():
            buttons = [button for row in message["components"] for button in row["components"]]
            ready = any(button.get("label") == "Generate" for button in buttons)
            if message["ephemeral"] and ready and message["id"] not in pressed:
                pressed.add(message["id"])
                await one.press(message, "Generate")
        return jobs[0] if jobs else None

    job = await one.until(bought, f"the job behind {menu}")
    assert str(job["inputs"][kept]).strip("[']").startswith("asset_")


async def test_a_picture_that_only_an_embed_shows_can_be_edited(one: Stage) -> None:
    shown = {"attachments": [], "embeds": [{"type": "image", "image": {"url": "$URL"}}]}
    said = await one.post("/say", member="bob", channel="general", files=[picture("seen.png")], fields=shown)
    await opened(one, "Edit", str(said["message_id"]))
