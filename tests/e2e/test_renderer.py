"""What decodes and draws is another process: what it cannot do ends as a card with the file and a word."""

import asyncio
import base64
import contextlib
import io
import os
import signal
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image

from tests.e2e.stage import Json, Stage, images, labels, stage, text_of
from tests.support.files import DRAWING

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(
        not Path("/proc/self/environ").exists(), reason="looks at processes as Linux shows them"
    ),
]

OVERLAID = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
    + "".join(f'<circle cx="50" cy="50" r="45" fill="#{n:03x}" fill-opacity="0.5"/>' for n in range(200))
    + "</svg>"
).encode()
"""An ordinary drawing, if one of much paint: seconds of work for a processor."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house() -> AsyncGenerator[Stage]:
    async with stage(MEMBER_IN_FLIGHT="0", RENDER_SECONDS="1") as ready:
        yield ready


async def asked(one: Stage, prompt: str, data: bytes, mime: str) -> str:
    """An /imagine whose result is this file."""
    result = {"base64": base64.b64encode(data).decode(), "mime": mime, "kind": "image"}
    await one.post("/script", outcome="success", seconds=0, results=[result])
    return await one.imagine(prompt)


def renderers(one: Stage) -> list[int]:
    """The bot's children."""
    assert one.bot is not None
    found: list[str] = []
    for task in Path(f"/proc/{one.bot.pid}/task").iterdir():
        with contextlib.suppress(OSError):  # the thread has just ended
            found += (task / "children").read_text().split()
    return [int(child) for child in found]


async def appeared(one: Stage, but: list[int]) -> int:
    async def look() -> int | None:
        found = [pid for pid in renderers(one) if pid not in but]
        return found[0] if found else None

    return await one.until(look, "a renderer")


async def delivered(one: Stage, card: Json) -> dict[str, bytes]:
    """The files beside the card by their endings; Discord does not list those that stand inside it."""
    return {
        str(each["filename"]).rpartition(".")[2]: await one.fetch(each["url"]) for each in card["attachments"]
    }


async def test_a_drawing_that_takes_too_long_is_delivered_as_it_is_with_a_word(one: Stage) -> None:
    generation = await asked(one, "much paint", OVERLAID, "image/svg+xml")
    first = await appeared(one, [])
    environment = await asyncio.to_thread(Path(f"/proc/{first}/environ").read_bytes)
    assert b"PATH=" in environment
    for secret in ("discord_token", "scenario_key", "scenario_secret"):
        assert one.addresses[secret].encode() not in environment
    second = await appeared(one, [first])
    card = await one.settled(generation)
    assert not {first, second} & set(renderers(one))
    assert await delivered(one, card) == {"svg": OVERLAID}
    assert images(card) == []
    assert "There is no preview of this SVG file: rendering it took too long." in text_of(card)
    assert "Original" in labels(card)
    # and nobody after it suffers
    plain = await one.settled(await asked(one, "little paint", DRAWING, "image/svg+xml"))
    assert len(images(plain)) == 1


async def test_a_renderer_that_is_killed_from_outside_is_replaced_and_the_card_is_finished(
    one: Stage,
) -> None:
    await end_idle(one)
    generation = await asked(one, "killed once", DRAWING, "image/svg+xml")
    os.kill(await appeared(one, []), signal.SIGKILL)
    card = await one.settled(generation)
    assert await delivered(one, card) == {"svg": DRAWING}
    assert len(images(card)) == 1
    # in the middle of its work, and twice
    await end_idle(one)
    generation = await asked(one, "killed twice", OVERLAID, "image/svg+xml")
    killed: list[int] = []
    for _ in range(2):
        killed.append(await appeared(one, killed))
        os.kill(killed[-1], signal.SIGKILL)
    card = await one.settled(generation)
    assert await delivered(one, card) == {"svg": OVERLAID}
    assert "There is no preview of this SVG file: rendering it failed twice." in text_of(card)


async def end_idle(one: Stage) -> None:
    """The one that waits for more."""
    for pid in renderers(one):
        os.kill(pid, signal.SIGKILL)

    async def none() -> bool:
        return not renderers(one)

    await one.until(none, "it to be gone")


async def test_more_than_fifty_megapixels_are_not_drawn_and_the_card_says_so(
    one: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    buffer = io.BytesIO()
    Image.new("1", (7200, 7200)).save(buffer, "PNG")
    card = await one.settled(await asked(one, "a wall", buffer.getvalue(), "image/png"))
    assert await delivered(one, card) == {"png": buffer.getvalue()}
    assert images(card) == []
    assert "This picture is too large for a preview. Press Original for the file." in text_of(card)
    assert "Original" in labels(card)
    answer = await one.answer(await one.press(card, "Original"))
    assert answer["ephemeral"]
    said = text_of(answer)
    link = said[said.index("http") :].split(">")[0].split(")")[0].split()[0]
    # the bot's own limit of pixels, where its code was loaded into this process, is no business of this look
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    with Image.open(io.BytesIO(await one.fetch(link)), formats=("PNG",)) as image:
        assert image.size == (7200, 7200)
