"""The machine under both loops: take what is due, bring it one step forward, come back when it says so."""

import asyncio
import logging
import random
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager

from bot.clock import Clock
from bot.endings import ENDINGS
from bot.generation.agenda import Agenda
from bot.generation.pacing import backoff
from bot.logs import about

log = logging.getLogger(__name__)


class Loop(ABC):
    """Steps generations, each one at a time, many side by side.

    A step that raises, whatever it raises, is logged and tried again later with growing waits: nothing is
    ever dropped because of an error, since the store, and not this loop, remembers what is unfinished.

    What may take long is done `apart`, in a share of its own: however much of one kind is stuck, steps of
    every other kind go on.
    """

    def __init__(self, clock: Clock, *, width: int = 64) -> None:
        """width: how many generations may be in a step at once, but for those that went apart."""
        self._clock = clock
        self._agenda = Agenda(clock)
        self._places = width
        self._stepping: dict[str, asyncio.Task[None]] = {}
        self._placed: set[str] = set()
        self._queued: set[str] = set()
        self._woken: set[str] = set()
        self._failures: dict[str, int] = {}
        self._stopping = asyncio.Event()
        self.failed = 0
        """Steps that raised, so far."""

    @abstractmethod
    async def step(self, generation_id: str) -> float | None:
        """Bring one generation forward. Seconds until the next look, or None for: only when woken."""

    @property
    def stopping(self) -> bool:
        """Whether it takes nothing new any more."""
        return self._stopping.is_set()

    @property
    def failing(self) -> Collection[str]:
        """Ids of those whose last step raised, and which wait longer each time."""
        return self._failures.keys()

    def rank(self, generation_id: str) -> int:
        """Lower goes first among those due together."""
        del generation_id
        return 0

    def wake(self, generation_id: str, *, after: float = 0.0) -> None:
        """Something changed: look at it `after` seconds from now at the latest."""
        if generation_id in self._stepping:
            self._woken.add(generation_id)  # the running step may have read the old state
        else:
            self._agenda.put(generation_id, after=after, rank=self.rank(generation_id))

    @asynccontextmanager
    async def apart(self, generation_id: str, share: asyncio.Semaphore) -> AsyncGenerator[bool]:
        """What a step does in here holds one of the share's places, and none of those that all have in
        common. True: it had to wait for it, so that what it read before may be old."""
        if self._stopping.is_set():
            raise asyncio.CancelledError  # not begun, so left to the next process
        self._give_back(generation_id)
        waits = share.locked()
        self._queued.add(generation_id)
        try:
            await share.acquire()
        finally:
            self._queued.discard(generation_id)
        try:
            yield waits
        finally:
            share.release()

    def _give_back(self, generation_id: str) -> None:
        if generation_id in self._placed:
            self._placed.discard(generation_id)
            self._places += 1
            if self._places == 1:
                self._agenda.stir()  # whoever is due waited for it

    async def run(self) -> None:
        """Step what is due until `stop`."""
        try:
            while not self._stopping.is_set():
                # taken in the same breath as the stop, or not at all: left to the next process
                due = self._agenda.due() if self._places else None
                if due is None:
                    await self._agenda.wait(timely=self._places > 0)
                else:
                    self._start(due)
        finally:
            self._agenda.close()

    async def stop(self, grace: float) -> None:
        """Take nothing new; give the steps under way `grace` seconds, then cancel them. Those that wait for
        their share have not begun.

        A step that is cut short leaves a state on disk that the next process brings forward.
        """
        self._stopping.set()
        self._agenda.stir()
        for waiting in self._queued & self._stepping.keys():
            self._stepping[waiting].cancel()
        under_way = set(self._stepping.values())
        if not under_way:
            return
        _, late = await asyncio.wait(under_way, timeout=grace)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)

    def _start(self, generation_id: str) -> None:
        if generation_id in self._stepping:
            self._woken.add(generation_id)
            return
        self._places -= 1
        self._placed.add(generation_id)
        task = asyncio.create_task(self._step(generation_id), name=f"{type(self).__name__} {generation_id}")
        self._stepping[generation_id] = task

    async def _step(self, generation_id: str) -> None:
        wait: float | None = None
        try:
            with about(generation_id):
                try:
                    wait = await self.step(generation_id)
                    self._failures.pop(generation_id, None)
                except ENDINGS as ending:
                    if not _is_foreign(ending):
                        raise
                    wait = self._failed(generation_id, ending)
                except BaseException as error:  # native code raises what is no Exception
                    wait = self._failed(generation_id, error)
        finally:
            del self._stepping[generation_id]
            self._give_back(generation_id)
            if generation_id in self._woken:
                self._woken.discard(generation_id)
                if generation_id not in self._failures:  # a failing step keeps its growing waits
                    wait = 0.0
            if wait is not None:
                self._agenda.put(generation_id, after=wait, rank=self.rank(generation_id))

    def _failed(self, generation_id: str, error: BaseException) -> float:
        """Seconds until the next try."""
        self.failed += 1
        failures = self._failures[generation_id] = self._failures.get(generation_id, 0) + 1
        wait = backoff(failures) * random.uniform(0.75, 1.0)
        log.error("a step failed %d times in a row; again in %.1f s", failures, wait, exc_info=error)
        return wait


def _is_foreign(ending: BaseException) -> bool:
    """Whether something was called off that the step waited for, and not the step itself."""
    task = asyncio.current_task()
    return isinstance(ending, asyncio.CancelledError) and task is not None and not task.cancelling()
