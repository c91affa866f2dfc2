"""Pushes over HTTP: what knows the path is read for ids, and everything else is turned away unread."""

import asyncio
import gzip
import json
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from bot import health
from bot.pushes import receiving
from bot.pushes.receiving import LARGEST, PATH, Receipt, Receiver

TOKEN = "t" * 43


@dataclass
class Ear:
    """What was heard, and what became of each request."""

    heard: list[set[str]] = field(default_factory=list[set[str]])
    counted: list[Receipt] = field(default_factory=list[Receipt])
    url: str = ""

    def hear(self, ids: Collection[str]) -> None:
        self.heard.append({*ids})

    async def send(self, data: Any, *, path: str = PATH + TOKEN, method: str = "POST", **headers: str) -> int:
        async with aiohttp.ClientSession() as session:
            url, named = f"{self.url}{path}", {name.replace("_", "-"): each for name, each in headers.items()}
            async with session.request(method, url, data=data, headers=named) as answer:
                assert await answer.read() == b"" or answer.status == 404
                return answer.status


@asynccontextmanager
async def listening() -> AsyncGenerator[Ear]:
    ear = Ear()
    receiver = Receiver(TOKEN, ear.hear, ear.counted.append)
    async with health.serve("127.0.0.1", 0, {}, more=[receiver.route]) as port:
        ear.url = f"http://127.0.0.1:{port}"
        yield ear


def named(job: str = "job_1") -> bytes:
    return json.dumps({"data": {"jobId": job}}).encode()


async def test_a_push_is_answered_and_its_ids_are_heard() -> None:
    async with listening() as ear:
        assert await ear.send(named()) == 204
        assert await ear.send(gzip.compress(named("job_2")), Content_Encoding="gzip") == 204
        assert ear.heard == [{"job_1"}, {"job_2"}]
        assert ear.counted == [Receipt.HEARD] * 2


@pytest.mark.parametrize(
    ("path", "method"),
    [
        (PATH + "t" * 42, "POST"),
        (PATH + "u" * 43, "POST"),
        (PATH + "%ed%a0%80", "POST"),
        (PATH + "é" * 43, "POST"),
        (PATH, "POST"),
        (PATH + TOKEN + "/more", "POST"),
        (PATH + TOKEN, "GET"),
        (PATH + TOKEN, "DELETE"),
    ],
)
async def test_a_stranger_meets_the_same_answer_as_on_any_path_that_is_not_there(
    path: str, method: str
) -> None:
    async with listening() as ear:
        assert await ear.send(named(), path=path, method=method) == 404
        assert ear.heard == []
        assert Receipt.HEARD not in ear.counted


async def test_nothing_of_what_a_stranger_sends_is_waited_for() -> None:
    async with listening() as ear, asyncio.timeout(20):

        async def endless() -> AsyncGenerator[bytes]:
            yield b"{"
            await asyncio.Event().wait()

        assert await ear.send(endless(), path=PATH + "guess") == 404


@pytest.mark.parametrize("body", [b"", b"job_1", b"\xff", b"[" * 10_000])
async def test_what_is_no_json_is_refused(body: bytes) -> None:
    async with listening() as ear:
        assert await ear.send(body) == 400
        assert (ear.heard, ear.counted) == ([], [Receipt.UNREADABLE])


@pytest.mark.parametrize("packed", [False, True])
async def test_what_is_too_large_is_refused_packed_or_not(packed: bool) -> None:
    largest = json.dumps({"x": "y" * (LARGEST - 9)}).encode()
    assert len(largest) == LARGEST
    async with listening() as ear:
        for body, status in ((largest, 204), (largest + b" ", 413)):
            sent = gzip.compress(body) if packed else body
            assert await ear.send(sent, **({"Content_Encoding": "gzip"} if packed else {})) == status
    assert ear.counted == [Receipt.HEARD, Receipt.TOO_LARGE]


async def test_one_that_does_not_come_to_its_end_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "PATIENCE", 0.05)
    over = asyncio.Event()

    async def slow() -> AsyncGenerator[bytes]:
        yield b"{"
        await over.wait()

    async with listening() as ear:
        assert await ear.send(slow()) == 400
        over.set()


async def test_no_more_are_taken_in_a_second_than_can_be_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "MOST", 3)
    async with listening() as ear:
        statuses = await asyncio.gather(*(ear.send(named()) for _ in range(40)))
        taken = statuses.count(204)
        assert 3 <= taken < 40
        assert statuses.count(429) == 40 - taken == ear.counted.count(Receipt.LIMITED)
        assert len(ear.heard) == taken
        await asyncio.sleep(1.0)  # the limiter has the event loop's own clock
        assert await ear.send(named()) == 204
