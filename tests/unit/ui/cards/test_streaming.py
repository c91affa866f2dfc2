"""A large file on its way from Scenario through the disk to Discord, over real wires and by the library."""

import asyncio
import hashlib
import json
import os
import tracemalloc
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, cast

import aiohttp
import discord
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from discord.http import Route
from yarl import URL

from bot.cards.ports import Result
from bot.connections import DiscordConnector
from bot.generation.model import Fate, Generation, Output
from bot.generation.ports import Delayed
from bot.scenario.api.hosts import Hosts
from bot.scenario.api.records import Asset, File
from bot.scenario.download import download
from bot.ui.cards.allowances import Allowances
from bot.ui.cards.delivery import DiscordDelivery
from bot.ui.cards.ways import BREAKS
from bot.ui.exhibits.here import HERE
from bot.vocabulary import Medium
from tests.support.builders import running
from tests.support.clock import START, HeldClock, until

MIB = 1024 * 1024
LARGE = 20 * MIB
BLOCK = bytes(range(256)) * 1024
BROKEN = 0
"""In the place of a status: the connection ends in the middle of the file."""
FILM = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"

MESSAGE: dict[str, Any] = {
    "id": "70000",
    "type": 0,
    "channel_id": "555",
    "author": {"id": "9", "username": "imagine", "discriminator": "0", "avatar": None},
    "content": "",
    "attachments": [],
    "embeds": [],
    "timestamp": "2030-01-01T00:00:00+00:00",
    "edited_timestamp": None,
    "tts": False,
    "mention_everyone": False,
    "mentions": [],
    "mention_roles": [],
    "pinned": False,
    "flags": 0,
}


def film(size: int) -> bytes:
    return FILM + BLOCK * ((size - len(FILM)) // len(BLOCK))


class World:
    """Both ends of the way. Neither keeps what it reads."""

    def __init__(self) -> None:
        self.answers: deque[int | None] = deque()
        """Of the next uploads: a status or BROKEN; None: nothing is read, no answer comes. Without, 200."""
        self.got: list[tuple[int, str]] = []
        """Of each upload that was read to its end: bytes of its file, and what they come to."""
        self.begun = 0
        self._over = asyncio.Event()

    @asynccontextmanager
    async def up(self) -> AsyncGenerator[str]:
        app = web.Application()
        app.router.add_get("/file", self._file)
        app.router.add_route("*", "/api/{path:.*}", self._upload)
        async with TestServer(app) as server:
            yield str(server.make_url("/")).rstrip("/")
            self._over.set()

    async def _file(self, request: web.Request) -> web.StreamResponse:
        left = int(request.query["size"]) - len(FILM)
        answer = web.StreamResponse(headers={"Content-Type": "video/mp4"})
        await answer.prepare(request)
        await answer.write(FILM)
        for _ in range(left // len(BLOCK)):
            await answer.write(BLOCK)
        return answer

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        self.begun += 1
        status = self.answers.popleft() if self.answers else 200
        if status is None:
            await self._over.wait()
        if status == BROKEN:
            await request.content.readany()
            assert request.transport is not None
            request.transport.abort()  # with most of it unread, and its answer lost
        if request.content_type == "multipart/form-data":
            self.got += [await _read(request)]
        else:
            await request.read()
        if status == 429:
            return self._answered(429, {"retry_after": 0.001, "message": "slower"}, Via="1.1 google")
        if status == 413:
            return self._answered(413, {"code": 40005, "message": "too large"})
        return self._answered(status or 500, MESSAGE)

    @staticmethod
    def _answered(status: int, document: Any, **headers: str) -> web.Response:
        body = json.dumps(document).encode()
        return web.Response(status=status, body=body, headers={"Content-Type": "application/json", **headers})


async def _read(request: web.Request) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    async for part in await request.multipart():
        if isinstance(part, aiohttp.BodyPartReader) and part.filename:
            while chunk := await part.read_chunk(256 * 1024):
                size += len(chunk)
                digest.update(chunk)
    return size, digest.hexdigest()


@asynccontextmanager
async def wired(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[tuple[World, DiscordDelivery, str]]:
    world, clock = World(), HeldClock(auto=True)
    async with AsyncExitStack() as stack:
        base = await stack.enter_async_context(world.up())
        monkeypatch.setattr(Route, "BASE", f"{base}/api")
        allowances = Allowances(clock)
        client = discord.Client(intents=discord.Intents.none())
        session = await stack.enter_async_context(
            aiohttp.ClientSession(connector=DiscordConnector(), trace_configs=[allowances.trace])
        )
        monkeypatch.setattr(client.http, "_HTTPClient__session", session)
        client.http._global_over = asyncio.Event()  # pyright: ignore[reportPrivateUsage]
        client.http._global_over.set()  # pyright: ignore[reportPrivateUsage]
        yield world, DiscordDelivery(cast("Any", client), clock, HERE, allowances), base


def done(id_: str = "1001", **changes: Any) -> Generation:
    made: dict[str, Any] = {"fate": Fate.SUCCEEDED, "outputs": (Output(asset_id="a"),), "finished_at": START}
    return running(id_, **{**made, "attachment_limit": 2 * LARGE, "medium": Medium.VIDEO, **changes})


def on_disk(folder: Path, size: int = LARGE) -> list[Result]:
    path = folder / "film"
    path.write_bytes(film(size))
    file = File(path=path, size=path.stat().st_size, mime_type="video/mp4")
    return [Result(file=file, asset=Asset(id="a", url=None, kind="video", mime_type="video/mp4"))]


def open_in(folder: Path) -> list[str]:
    """Files below the folder that this process holds open."""
    found: list[str] = []
    for held in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the one by which they are listed
            found.append(str(held.readlink()))
    return [path for path in found if path.startswith(str(folder))]


@pytest.mark.parametrize("count", [1, 8])
async def test_the_way_of_a_large_file_holds_a_small_part_of_it_in_memory(
    count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with wired(monkeypatch) as (world, delivery, base), aiohttp.ClientSession() as session:
        hosts = Hosts(origins=(URL(base),))

        async def carry(number: int, size: int) -> None:
            into = tmp_path / f"{number}"
            file = await download(
                session, f"{base}/file?size={size}", into, cap=2 * LARGE, hosts=hosts, now=START
            )
            asset = Asset(id="a", url=None, kind="video", mime_type="video/mp4")
            await delivery.show(done(f"{1001 + number}"), None, [Result(file=file, asset=asset)])

        await carry(100, MIB)  # whatever is imported and kept at the first time
        tracemalloc.start()
        try:
            await asyncio.gather(*(carry(number, LARGE) for number in range(count)))
            held = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert [size for size, _ in world.got[1:]] == [len(film(LARGE))] * count
        assert held < count * LARGE / 5
        assert open_in(tmp_path) == []


async def test_each_try_of_an_upload_begins_at_the_files_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with wired(monkeypatch) as (world, delivery, _):
        world.answers += [429, 429, 200]
        await delivery.show(done(), None, on_disk(tmp_path, MIB))
    whole = film(MIB)
    assert world.got == [(len(whole), hashlib.sha256(whole).hexdigest())] * 3
    assert open_in(tmp_path) == []


async def test_a_file_that_discord_refuses_as_too_large_is_left_out_and_words_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with wired(monkeypatch) as (world, delivery, _):
        world.answers += [413]
        shown = await delivery.show(done(), None, on_disk(tmp_path))
        assert (shown.message_id, world.begun) == (70_000, 2)
    assert open_in(tmp_path) == []


async def test_where_files_break_off_each_time_words_stand_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with wired(monkeypatch) as (world, delivery, _):
        results = on_disk(tmp_path)
        world.answers += [BROKEN] * BREAKS
        for _ in range(BREAKS - 1):
            with pytest.raises(Delayed):
                await delivery.show(done(), None, results)
        shown = await delivery.show(done(), None, results)
        assert (shown.message_id, world.begun) == (70_000, BREAKS + 1)
        # and what is known of one card is forgotten once it stands
        world.answers += [BROKEN]
        with pytest.raises(Delayed):
            await delivery.show(done(), None, results)
    assert open_in(tmp_path) == []


async def test_a_small_file_that_breaks_off_is_never_taken_for_a_large_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with wired(monkeypatch) as (world, delivery, _):
        results = on_disk(tmp_path, MIB)
        for _ in range(2 * BREAKS):
            world.answers += [BROKEN]
            with pytest.raises(Delayed):
                await delivery.show(done(), None, results)
        await delivery.show(done(), None, results)
        assert [size for size, _ in world.got] == [len(film(MIB))]


async def test_an_upload_that_is_called_off_leaves_no_file_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with wired(monkeypatch) as (world, delivery, _):
        world.answers += [None]
        showing = asyncio.create_task(delivery.show(done(), None, on_disk(tmp_path)))
        await until(lambda: world.begun, "the upload")
        assert len(open_in(tmp_path)) == 1
        showing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await showing
        await until(lambda: not open_in(tmp_path), "the file to be closed")


async def test_a_file_that_is_gone_before_it_is_sent_is_tried_again_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with wired(monkeypatch) as (world, delivery, _):
        results = on_disk(tmp_path, MIB)
        assert results[0].file is not None
        results[0].file.path.unlink()
        with pytest.raises(Delayed):
            await delivery.show(done(), None, results)
        assert world.begun == 0
    assert open_in(tmp_path) == []


async def test_a_file_that_was_cut_since_its_size_was_told_holds_nothing_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with wired(monkeypatch) as (world, delivery, _):
        results = on_disk(tmp_path)
        assert results[0].file is not None
        os.truncate(results[0].file.path, MIB)
        async with asyncio.timeout(20):
            await delivery.show(done(), None, results)
        assert [size for size, _ in world.got] == [MIB]
