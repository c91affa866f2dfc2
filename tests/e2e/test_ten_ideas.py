"""The script in docs/ten-ideas.md, gesture by gesture, with the settings as they are by default."""

import re

import pytest

from tests.e2e.acting import says
from tests.e2e.stage import ROOT, Json, Stage, images, labels, stage, text_of

SCRIPT = ROOT / "docs" / "ten-ideas.md"
_STEP = re.compile(r"^\| (\d+) \| (?:`/imagine prompt: (.+)`|\*\*(\w+)\*\*) \| (\d+) \|$", re.MULTILINE)


def steps() -> list[tuple[str, str]]:
    """Each gesture: the prompt that is typed, or the button that is pressed."""
    return [(prompt, label) for _, prompt, label, _ in _STEP.findall(SCRIPT.read_text())]


def test_the_script_counts_its_gestures() -> None:
    counted = [(int(number), int(total)) for number, _, _, total in _STEP.findall(SCRIPT.read_text())]
    assert counted == [(one, one) for one in (*range(1, 11), 1, 2)]


async def picture(house: Stage, asked: str) -> Json:
    card = await house.settled(asked)
    assert house.record(asked)["fate"] == "succeeded", text_of(card)
    return card


@pytest.mark.asyncio(loop_scope="session")
async def test_ten_ideas_become_ten_pictures_and_the_eleventh_takes_two_gestures() -> None:
    async with stage() as house:
        *ideas, (variations, _), (_, yes) = steps()
        asked = [await house.imagine(prompt) for prompt, _ in ideas]
        cards = [await picture(house, one) for one in asked]
        assert [len(images(card)) for card in cards] == [1] * 10
        assert sorted(job["inputs"]["prompt"] for job in await house.ledger()) == sorted(
            prompt for prompt, _ in ideas
        )
        together = await house.imagine(variations)
        question = await says(house, together, "10 pictures")
        assert yes in labels(question)
        await house.press(question, yes)
        card = await picture(house, together)
        assert "10: rain, ink" in text_of(card)
        assert len(await house.ledger()) == 20
