"""Files that must be decoded: how long everybody waits meanwhile, and the memory of bot and renderer."""

import asyncio
import http.client
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.bench.files import FILES, Result, results
from tests.bench.house import house, older, pid_of
from tests.bench.measure import children, resident
from tests.bench.report import Row
from tests.bench.sizes import Size
from tests.e2e.stage import Json, Stage, images, text_of

SCENE = "renderer"
PAUSE = 100.0
"""ms for which nobody else may be kept waiting."""
MEMORY = 600.0
"""MiB, the bot and its renderer together."""
GIVEN_UP = 60.0
"""Seconds after which a bot is stopped, and reported as such."""
LOOK_EVERY = 0.02


async def renderer(size: Size) -> list[Row]:
    ours = await _played(size, None)
    others = await _played(size, size.against) if size.against is not None else {}
    rows: list[Row] = []
    for name, seen in ours.items():
        rows += seen.rows(name, others.get(name))
    return rows


@dataclass(slots=True)
class Seen:
    """What one file did to a bot, from the request to the card's last word."""

    pause: float = 0.0
    """ms of the longest time without an answer."""
    memory: float = 0.0
    """MiB at the most."""
    seconds: float = 0.0
    ended: bool = True
    card: str = "no last word"
    """What the member sees at last."""

    def rows(self, name: str, older: Self | None) -> list[Row]:
        compared = [
            (f"{name}, pause{self.told()}", "what is allowed", self.pause, PAUSE, "ms"),
            (f"{name}, memory{self.told()}", "what is allowed", self.memory, MEMORY, "MiB"),
        ]
        if older is not None:
            to = f"the older build{older.told()}"
            compared += [
                (f"{name}, pause", to, self.pause, older.pause, "ms"),
                (f"{name}, memory", to, self.memory, older.memory, "MiB"),
                (f"{name}, to the last word", to, self.seconds, older.seconds, "s"),
            ]
        return [Row(scene=SCENE, what=a, to=b, value=c, base=d, unit=e) for a, b, c, d, e in compared]

    def told(self) -> str:
        return "" if self.ended else f" (stopped after {GIVEN_UP:g} s)"


async def _played(size: Size, build: Path | None) -> dict[str, Seen]:
    """Every file, each with a bot that has just started: nothing is left of the file before it."""
    seen: dict[str, Seen] = {}
    async with house(older(build) if build is not None else None) as one:
        for name, result in results(size.files or tuple(FILES)):
            seen[name] = await _shown(one, name, result)
            found = seen[name]
            sys.stderr.write(f"{name}: {found.pause:.0f} ms, {found.memory:.0f} MiB; {found.card}\n")
    return seen


async def _shown(one: Stage, name: str, result: Result) -> Seen:
    port = _free_port()
    await one.start_bot(HTTP_PORT=str(port))
    await one.post("/script", outcome="success", seconds=0, results=[result])
    seen = Seen()
    began = time.perf_counter()
    generation = await one.imagine(name)
    with Pauses(port) as pauses:
        while one.record(generation).get("card") not in {"settled", "kept"}:
            seen.memory = max(seen.memory, _memory(pid_of(one)))
            seen.seconds = time.perf_counter() - began
            if seen.seconds > GIVEN_UP:
                seen.ended = False
                break
            await asyncio.sleep(LOOK_EVERY)
        seen.pause = pauses.longest()
    if seen.ended:
        cards = await one.answers(generation)
        seen.card = _told(cards[-1]) if cards else "nothing"
    await one.kill_bot()
    if not seen.ended:  # the next bot would take the same file up again, and hold as long
        for path in one.folder.glob(f"{one.database.name}*"):
            path.unlink()
    return seen


def _told(card: Json) -> str:
    """The files by their endings, those in embeds first, and the words."""
    links = [*images(card), *(file["url"] for file in card["attachments"])]
    endings = [link.partition("?")[0].rpartition(".")[2] for link in links]
    return " ".join([*endings, *text_of(card).split()])


def _memory(pid: int) -> float:
    """MiB of a process and its children."""
    return sum(_resident(each) for each in (pid, *children(pid))) / 1024


def _resident(pid: int) -> float:
    try:
        return resident(pid)
    except (OSError, RuntimeError):  # it has just gone
        return 0.0


@dataclass
class Pauses:
    """Asks the bot again and again whether it is alive, from a thread of its own."""

    port: int
    _longest: float = 0.0
    _asked: float = 0.0
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run)
        self._asked = time.perf_counter()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def longest(self) -> float:
        """ms until an answer came, or has not come yet."""
        return max(self._longest, time.perf_counter() - self._asked) * 1000

    def _run(self) -> None:
        while not self._over.is_set():
            self._asked = time.perf_counter()
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=GIVEN_UP)
            try:
                connection.request("GET", "/healthz")
                connection.getresponse().read()
            except (OSError, http.client.HTTPException):
                continue  # not yet, or not any more
            finally:
                connection.close()
            self._longest = max(self._longest, time.perf_counter() - self._asked)
            self._over.wait(0.005)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
