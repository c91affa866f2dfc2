"""The renderer's process: what oversteps is ended and replaced, and nothing escapes."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image

from bot.renderer import process
from bot.renderer.process import Renderer
from bot.renderer.resources import MIB, Limits, resident
from bot.scenario.api.records import File
from bot.ui.exhibits.exhibit import Attachment, Remark, Shape
from bot.ui.exhibits.rendering import Fit, Fitted, Small, Undrawn
from tests.support.clumsy import Text
from tests.support.files import DRAWING

CLUMSY = (sys.executable, "-m", "tests.support.clumsy")
PATIENCE = 20.0


def clumsy(seconds: float = 20.0, memory: int = 192) -> Renderer:
    return Renderer(Limits(seconds=seconds, memory=memory * MIB), command=CLUMSY)


@pytest_asyncio.fixture
async def renderer() -> AsyncGenerator[Renderer]:
    async with clumsy() as one:
        yield one


async def undrawn(renderer: Renderer, job: str, text: str = "") -> Undrawn:
    with pytest.raises(Undrawn) as caught:
        await renderer.made(job, Text(text), str)
    return caught.value


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 (another process brings it about)
            await asyncio.sleep(0.01)


def gone(pid: int) -> bool:
    """Ended; one that nobody has taken leave of yet counts too."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


# -- what oversteps ---------------------------------------------------------------------------------------


async def test_what_takes_too_long_is_ended_after_two_tries_and_the_next_one_is_drawn(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    async with clumsy(seconds=0.3) as renderer:
        slow = asyncio.create_task(undrawn(renderer, "sleep", str(begun)))
        await until(begun.exists)
        first = renderer.pid
        begun.unlink()
        await until(begun.exists)
        second = renderer.pid
        assert (await slow).why is Remark.SLOW
        assert first is not None
        assert second is not None
        assert first != second
        assert gone(first)
        assert gone(second)
        assert await renderer.made("chatter", Text("on it goes"), str) == "on it goes"


async def test_others_are_drawn_between_the_two_tries(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    async with clumsy(seconds=0.5) as renderer:
        slow = asyncio.create_task(undrawn(renderer, "sleep", str(begun)))
        await until(begun.exists)
        assert await renderer.made("number", Text("abc"), int) == 3
        assert not slow.done()
        assert (await slow).why is Remark.SLOW


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody watches another's memory")
@pytest.mark.parametrize(("job", "much"), [("swell", "200"), ("gulp", str(2 * 1024 * MIB))])
async def test_what_takes_too_much_memory_is_ended(renderer: Renderer, job: str, much: str) -> None:
    assert (await undrawn(renderer, job, much)).why is Remark.GREEDY
    assert renderer.pid is None  # in what state it is left nobody knows
    assert await renderer.made(job, Text("2"), str) == "2"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody knows how much it keeps")
async def test_what_keeps_half_of_what_it_may_take_makes_room_for_a_fresh_one() -> None:
    ours = bytearray(b"x") * (256 * MIB)  # what the bot itself holds is none of its business
    async with clumsy(memory=480) as renderer:
        assert await renderer.made("number", Text("a"), int) == 1
        first = renderer.pid
        assert first is not None
        less = 200 * MIB - resident(first)
        assert await renderer.made("hoard", Text(str(less)), str) == str(less)
        assert len(ours) > 0
        assert renderer.pid == first
        assert await renderer.made("hoard", Text(str(80 * MIB)), str) == str(80 * MIB)
        assert renderer.pid is None


@pytest.mark.parametrize("status", ["0", "9"])
async def test_one_that_dies_is_replaced_and_its_last_words_are_told(renderer: Renderer, status: str) -> None:
    error = await undrawn(renderer, "leave", status)
    assert error.why is Remark.BROKEN
    assert error.said.startswith("EOFError ")
    assert "what a library says last" in error.said
    assert await renderer.made("number", Text("a"), int) == 1


async def test_one_that_is_killed_from_outside_does_its_work_again(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    async with clumsy() as renderer:
        working = asyncio.create_task(undrawn(renderer, "sleep", str(begun)))
        for _ in range(2):
            await until(begun.exists)
            begun.unlink()
            assert renderer.pid is not None
            os.kill(renderer.pid, signal.SIGKILL)
        assert (await working).why is Remark.BROKEN


@pytest.mark.parametrize(("job", "stays"), [("stumble", True), ("panic", False)])
async def test_whatever_is_raised_is_a_word_about_that_file(
    renderer: Renderer, job: str, stays: bool
) -> None:
    await renderer.made("number", Text("a"), int)
    first = renderer.pid
    error = await undrawn(renderer, job, "over a file")
    assert (error.why, "over a file" in error.said) == (Remark.UNREAD, True)
    assert renderer.pid == (first if stays else None)
    assert await renderer.made("number", Text("ab"), int) == 2


async def test_what_libraries_print_is_no_answer(renderer: Renderer) -> None:
    assert await renderer.made("chatter", Text("printed"), str) == "printed"
    assert await renderer.made("number", Text("abc"), int) == 3


async def test_an_answer_of_another_kind_is_none(renderer: Renderer) -> None:
    with pytest.raises(Undrawn) as caught:
        await renderer.made("number", Text("abc"), str)
    assert caught.value.why is Remark.BROKEN


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("/nowhere/at/all",), "FileNotFoundError"),
        ((sys.executable, "-c", "print('hello')"), "JSONDecodeError"),
        ((sys.executable, "-c", "print('[]')"), "Malformed"),
    ],
)
async def test_where_none_can_be_started_there_is_a_word_too(command: tuple[str, ...], said: str) -> None:
    async with Renderer(command=command) as renderer:
        error = await undrawn(renderer, "number")
        assert (error.why, error.said) == (Remark.BROKEN, said)


async def test_one_that_does_not_begin_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "START", 0.05)
    async with Renderer(command=(sys.executable, "-c", "import time; time.sleep(600)")) as renderer:
        assert (await undrawn(renderer, "number")).why is Remark.BROKEN
        assert renderer.pid is None


@pytest.mark.skipif(sys.platform != "linux", reason="other systems' own bounds may be narrower")
async def test_the_system_bounds_it_too_for_when_nobody_is_left_to_watch() -> None:
    async with clumsy(seconds=30, memory=192) as renderer:
        data, file, core, processor = await renderer.made("bounds", Text(), tuple[int, ...])
    assert (data, file, core) == (352 * MIB, 512 * MIB, 0)
    assert 60 <= processor < 120  # twice what a piece of work may take, and what was used before


async def test_a_caller_who_leaves_takes_the_work_along(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    async with clumsy() as renderer:
        working = asyncio.create_task(renderer.made("sleep", Text(str(begun)), str))
        await until(begun.exists)
        pid = renderer.pid
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        assert pid is not None
        await until(lambda: gone(pid))
        assert await renderer.made("number", Text("a"), int) == 1


# -- what it knows, and when it ends ----------------------------------------------------------------------


async def test_it_knows_no_setting_of_the_bots_and_no_library_that_speaks_to_anybody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renderer: Renderer
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # as bot.scratch does
    for name in ("DISCORD_TOKEN", "SCENARIO_API_KEY", "SCENARIO_API_SECRET", "DATABASE_URL", "ANYTHING_ELSE"):
        monkeypatch.setenv(name, "hush")
    found = await renderer.made("surroundings", Text(), tuple[str, ...])
    assert any(each.startswith("PATH=") for each in found)
    assert f"TMPDIR={tmp_path}" in found
    assert [each for each in found if each.endswith("=hush")] == []
    assert "bot.ui.exhibits" in found
    assert {"discord", "aiohttp", "sqlalchemy", "bot.settings", "bot.app"}.isdisjoint(found)
    # with the bot's own half each first picture would wait twice as long for it to begin
    assert {"asyncio", "bot.renderer.process", "bot.ui.exhibits.prepare", "bot.cards"}.isdisjoint(found)


ORPHAN = """
import asyncio, os, sys
from bot.renderer import process
from bot.renderer.process import Renderer
from tests.support.clumsy import Text

async def main():
    renderer = Renderer(command=(sys.executable, "-m", "tests.support.clumsy"))
    working = asyncio.create_task(renderer.made("hold", Text(sys.argv[1]), str))
    while not os.path.exists(sys.argv[1]):
        await asyncio.sleep(0.01)
    print(renderer.pid, flush=True)
    await working

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it ends when Python runs again")
def test_it_ends_with_its_parent_however_that_ends(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ORPHAN, str(tmp_path / "begun")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        assert not gone(pid)
        process.kill()
    asyncio.run(until(lambda: gone(pid)))


async def test_it_ends_when_the_bot_does() -> None:
    async with clumsy() as renderer:
        await renderer.made("number", Text("a"), int)
        pid = renderer.pid
    assert pid is not None
    assert gone(pid)
    assert renderer.pid is None


# -- the real one -----------------------------------------------------------------------------------------


async def test_it_draws(tmp_path: Path) -> None:
    drawing = tmp_path / "0"
    drawing.write_bytes(DRAWING)
    file = File(path=drawing, size=len(DRAWING), mime_type="image/svg+xml")
    wanted = Fit(file=file, stem="imagine-7-1", limit=10 * MIB)
    async with Renderer() as renderer:
        fitted = await renderer.fit(wanted)
        portrait = await renderer.small(Small(path=drawing, side=64))
        with pytest.raises(Undrawn) as caught:
            await renderer.small(Small(path=tmp_path / "none", side=64))
    assert fitted.shape is Shape.CONVERTED
    assert fitted.attachment is not None
    assert fitted.attachment.path == tmp_path / "imagine-7-1.png"
    with Image.open(tmp_path / "imagine-7-1.png") as image:
        assert image.size == (fitted.attachment.width, fitted.attachment.height)
    assert portrait.startswith(b"\xff\xd8")
    assert caught.value.why is Remark.UNREAD


async def test_a_file_that_is_not_the_results_is_never_attached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, others = tmp_path / "ours", tmp_path / "others"
    ours.mkdir()
    others.mkdir()
    picture, secret = ours / "0", others / "secret"
    picture.write_bytes(DRAWING)
    secret.write_bytes(b"hush")
    (ours / "way").symlink_to(secret)
    file = File(path=picture, size=len(DRAWING), mime_type="image/svg+xml")
    wanted = Fit(file=file, stem="a", limit=MIB)
    renderer = Renderer()
    for path in (secret, ours / "way", ours / "none", ours / ".." / "others" / "secret", None):
        attachment = Attachment(filename="a.png", path=path, size=4)

        async def lying(*_: object, told: Attachment = attachment) -> Fitted:
            return Fitted(attachment=told, shape=Shape.WHOLE)

        monkeypatch.setattr(renderer, "made", lying)  # as one that a file has taken over would
        assert await renderer.fit(wanted) == Fitted(remarks=(Remark.BROKEN,))
