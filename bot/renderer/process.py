"""The bot's side of the renderer: one process, started for the first picture, killed when it oversteps."""

import asyncio
import contextlib
import json
import logging
import os
import stat
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Self, TypeVar, cast

from bot.renderer.resources import MIB, Limits, resident
from bot.renderer.wire import Malformed, pack, unpack
from bot.scenario.api.records import File
from bot.ui.exhibits.exhibit import Attachment, Remark
from bot.ui.exhibits.rendering import Encode, Encoded, Fit, Fitted, Sheet, Small, Undrawn

log = logging.getLogger(__name__)

T = TypeVar("T")

TRIES: Final = 2
LOOK_EVERY: Final = 0.04
"""Seconds between two looks at its memory."""
START: Final = 60.0
"""Seconds until a process that does not even begin is given up."""
GOODBYE: Final = 2.0
"""Seconds for one that is about to go by itself."""
_LINE: Final = 8 * MIB
"""Bytes of an answer."""
_TAIL: Final = 2000
"""Bytes of its last words."""
_ROOT: Final = Path(__file__).parents[2]
COMMAND: Final = (sys.executable, "-P", "-m", "bot.renderer")
_INHERITED: Final = (
    *("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "SYSTEMROOT"),
    *("LD_LIBRARY_PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"),
)
"""What of our environment the renderer has: no setting of the bot's, above all no secret."""


class Renderer:
    """`Rendering` and `Sounding`, in a process of its own. One picture or sound at a time, in the order of
    asking; what oversteps a limit goes to the end of the line, and after its second try is not drawn."""

    def __init__(self, limits: Limits | None = None, *, command: Sequence[str] = COMMAND) -> None:
        self._limits = limits or Limits()
        self._command = command
        self._turn = asyncio.Lock()
        self._process: _Process | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._end()

    @property
    def pid(self) -> int | None:
        """None while there is nothing to draw."""
        return self._process.pid if self._process is not None else None

    async def fit(self, wanted: Fit) -> Fitted:
        try:
            fitted = await self.made("fit", wanted, Fitted)
        except Undrawn as error:
            log.warning("a result is not drawn: %s", error)
            return Fitted(remarks=(error.why,))
        if fitted.attachment is None or await asyncio.to_thread(_is_ours, fitted.attachment, wanted.file):
            return fitted
        log.error("the renderer names a file that is not the result's")
        return Fitted(remarks=(Remark.BROKEN,))

    async def small(self, wanted: Small) -> bytes:
        return await self.made("small", wanted, bytes)

    async def sheet(self, wanted: Sheet) -> bytes:
        return await self.made("sheet", wanted, bytes)

    async def encode(self, wanted: Encode) -> Encoded:
        return await self.made("encode", wanted, Encoded)

    async def made(self, job: str, wanted: object, kind: type[T]) -> T:
        """What this kind of work makes of what is wanted, as the type it is to have. Raises Undrawn."""
        order = json.dumps({"job": job, "wanted": pack(wanted)}).encode() + b"\n"
        for attempt in range(1, TRIES + 1):
            try:
                async with self._turn:
                    return await self._asked(order, kind)
            except Undrawn as error:
                if error.why not in {Remark.SLOW, Remark.GREEDY, Remark.BROKEN} or attempt == TRIES:
                    raise
                log.warning("the renderer is replaced, and tries again: %s", error)
        raise AssertionError("every try returns or raises")

    async def _asked(self, order: bytes, kind: type[T]) -> T:
        goes_on, grace = False, 0.0
        try:
            process = await self._running()
            answer = await self._watched(process, order)
            grace = GOODBYE
            if "undrawn" in answer:
                why, said = Remark(answer["undrawn"]), repr(answer.get("said"))[:_TAIL]
                goes_on = not answer.get("last")
                raise Undrawn(why, said)
            made = unpack(kind, answer["done"])
            goes_on = not answer.get("last")
            return made
        except (OSError, EOFError, ValueError, KeyError, RecursionError, Malformed) as error:
            raise Undrawn(Remark.BROKEN, await self._last_words(error)) from error
        finally:
            if not goes_on:
                await self._end(grace)

    async def _running(self) -> "_Process":
        if self._process is not None and not self._process.alive:
            await self._end()
        if self._process is None:
            self._process = await _Process.start(self._command, self._limits)
        return self._process

    async def _watched(self, process: "_Process", order: bytes) -> dict[str, Any]:
        """The answer to an order. Raises Undrawn for one that oversteps, and what reading raises."""
        asking = asyncio.create_task(process.ask(order))
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._limits.seconds
        try:
            while True:
                await asyncio.wait({asking}, timeout=LOOK_EVERY)
                if asking.done():
                    return asking.result()
                if loop.time() >= deadline:
                    raise Undrawn(Remark.SLOW, f"more than {self._limits.seconds:g} s")
                if resident(process.pid) > self._limits.memory:
                    raise Undrawn(Remark.GREEDY, f"more than {self._limits.memory // MIB} MiB")
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    async def _last_words(self, error: Exception) -> str:
        process = self._process
        await self._end(GOODBYE if isinstance(error, EOFError) else 0.0)  # until then there may be more
        said = process.tail if process is not None else b""
        return f"{type(error).__name__} {said!r}" if said else type(error).__name__

    async def _end(self, grace: float = 0.0) -> None:
        process, self._process = self._process, None
        if process is not None:
            # the caller may be canceled over and over; the process goes all the same
            await asyncio.shield(asyncio.ensure_future(process.end(grace)))


class _Process:
    """One renderer's process, ready for orders."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.tail = b""
        """The end of what it said on its standard error."""
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls, command: Sequence[str], limits: Limits) -> Self:
        """Raises OSError, EOFError, ValueError, TimeoutError (an OSError) when none can be had."""
        pipe = asyncio.subprocess.PIPE
        # from the loop's own thread: the system binds a child's life to the thread that starts it
        one = cls(
            await asyncio.create_subprocess_exec(
                *command,
                *(str(os.getpid()), str(limits.seconds), str(limits.memory)),
                stdin=pipe,
                stdout=pipe,
                stderr=pipe,
                env=environment(),
                limit=_LINE,
            )
        )
        try:
            async with asyncio.timeout(START):
                await one.answer()
        except BaseException:
            await one.end()
            raise
        return one

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def ask(self, order: bytes) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(order)
        await self._process.stdin.drain()
        return await self.answer()

    async def answer(self) -> dict[str, Any]:
        """Its next line. Raises EOFError when it died, ValueError or Malformed for what is none."""
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        return _object(line)

    async def end(self, grace: float = 0.0) -> None:
        """grace: seconds for one that is about to go by itself. To kill one that has just gone would take its
        status from whoever waits for it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await self._process.wait()
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        await self._listening

    async def _listen(self) -> None:
        assert self._process.stderr is not None
        while said := await self._process.stderr.read(4096):
            self.tail = (self.tail + said)[-_TAIL:]


def _object(line: bytes) -> dict[str, Any]:
    told: object = json.loads(line)
    if not isinstance(told, dict):
        raise Malformed("no answer")
    return cast("dict[str, Any]", told)


def environment() -> dict[str, str]:
    """All that a renderer knows of ours."""
    kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    # whatever a library puts aside is swept with our own, also after one that was killed
    places = {"PYTHONPATH": str(_ROOT), "TMPDIR": tempfile.gettempdir()}
    # threads of its own would each take memory, and the cores are the bot's too
    return {**kept, **places, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def _is_ours(attachment: Attachment, file: File) -> bool:
    """Whether what is attached is the file itself or a plain file beside it, of the size that is said."""
    if attachment.path is None or Path(attachment.filename).name != attachment.filename:
        return False
    if attachment.path != file.path and attachment.path.parent != file.path.parent:
        return False
    try:
        found = attachment.path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size == attachment.size
