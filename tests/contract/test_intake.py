"""What members give comes from Discord's own hosts, over a real wire, and is what Discord says that it is."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import stamina
from aiohttp import web

from bot.clock import SystemClock
from bot.generation.ports import Delayed, FileGone
from bot.request.ask import InputFile
from bot.scenario.api.errors import FileTooBig
from bot.scenario.download import bare
from bot.ui.commands.intake import ATTEMPTS, DiscordIntake
from tests.contract.scripted import Cue, Handler, endless, reset, says, serving

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
PAGE = b"<!doctype html><html><title>Just a moment</title></html>"


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:  # pyright: ignore[reportUnusedFunction] (a fixture)
    with stamina.set_testing(True, attempts=ATTEMPTS):
        yield


async def served() -> AsyncIterator[Cue]:
    told = Cue()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", told.handle)
    async with serving(app) as origin:
        told.origin = origin
        yield told


cue = pytest.fixture(served)
elsewhere = pytest.fixture(served)


@pytest.fixture
async def intake(cue: Cue) -> AsyncIterator[DiscordIntake]:
    async with aiohttp.ClientSession() as session, bare(session) as naked:
        yield DiscordIntake(naked, f"{cue.origin}/api/v10", SystemClock())


def given(url: str | None, **facts: Any) -> InputFile:
    told: dict[str, Any] = {"role": "image", "filename": "a.png", "url": url, "content_type": "image/png"}
    return InputFile(**{**told, **facts})


async def test_a_file_of_discords_is_fetched(cue: Cue, intake: DiscordIntake, tmp_path: Path) -> None:
    cue.answers = [says(200, PNG)]
    file = await intake.fetch(given(f"{cue.origin}/attachments/1/a.png?ex=1"), tmp_path / "it", cap=1000)
    assert (file.path.read_bytes(), file.mime_type) == (PNG, "image/png")
    assert cue.asked == [("GET", "/attachments/1/a.png?ex=1")]


async def test_no_other_address_is_asked(
    cue: Cue, elsewhere: Cue, intake: DiscordIntake, tmp_path: Path
) -> None:
    """An embed's picture may be anywhere, and a link of Discord's may lead away."""
    elsewhere.answers = [says(200, PNG)]
    port = cue.origin.rpartition(":")[2]
    for url in (
        f"{elsewhere.origin}/a.png",
        f"http://localhost:{port}/a.png",  # the same machine by another name is another origin
        f"https://127.0.0.1:{port}/a.png",
        "http://cdn.discordapp.com/a.png",
        "http://cdn.discordapp.com:443/a.png",
        "https://cdn.discordapp.com.evil.example/a.png",
        "https://user@cdn.discordapp.com/a.png",
        "file:///etc/hostname",
        None,
    ):
        with pytest.raises(FileGone):
            await intake.fetch(given(url), tmp_path / "it", cap=1000)
    cue.answers = [says(302, Location=f"{elsewhere.origin}/a.png")]
    with pytest.raises(FileGone):
        await intake.fetch(given(f"{cue.origin}/a.png"), tmp_path / "it", cap=1000)
    assert (elsewhere.asked, len(cue.asked)) == ([], 1)


@pytest.mark.parametrize(
    ("handler", "kind", "times"),
    [
        (says(404), FileGone, 1),
        (says(503), Delayed, ATTEMPTS),
        (reset, Delayed, ATTEMPTS),
        (endless, FileTooBig, 1),
    ],
)
async def test_what_does_not_come_is_told_apart(
    cue: Cue, intake: DiscordIntake, tmp_path: Path, handler: Handler, kind: type[Exception], times: int
) -> None:
    cue.answers = [handler]
    with pytest.raises(kind):
        await intake.fetch(given(f"{cue.origin}/a.png"), tmp_path / "it", cap=1000)
    assert len(cue.asked) >= times
    assert not (tmp_path / "it").exists()


@pytest.mark.parametrize(
    "facts", [{"size": len(PNG)}, {}, {"content_type": "image/*", "filename": "picture"}]
)
async def test_a_page_in_its_place_is_asked_again(
    cue: Cue, intake: DiscordIntake, tmp_path: Path, facts: dict[str, Any]
) -> None:
    wanted = given(f"{cue.origin}/a.png", **facts)
    cue.answers = [says(200, PAGE, Content_Type="image/png"), says(200, PNG)]
    file = await intake.fetch(wanted, tmp_path / "it", cap=1000)
    assert file.path.read_bytes() == PNG
    cue.answers = [says(200, PAGE)]
    with pytest.raises(Delayed):
        await intake.fetch(wanted, tmp_path / "it", cap=1000)


async def test_what_a_member_named_wrongly_is_no_page(
    cue: Cue, intake: DiscordIntake, tmp_path: Path
) -> None:
    cue.answers = [says(200, PAGE)]
    file = await intake.fetch(given(f"{cue.origin}/a.png", size=len(PAGE)), tmp_path / "it", cap=1000)
    assert (file.mime_type, len(cue.asked)) == ("text/html", 1)  # what it is good for is said elsewhere
