"""Inside the renderer's process: orders come in, one a line, and each is answered by one line."""

import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO, Any, Final

from bot.renderer.resources import Limits, allow_time, confine, end_with, resident
from bot.renderer.wire import pack, unpack
from bot.scenario.api.records import Json
from bot.ui.exhibits.exhibit import Remark
from bot.ui.exhibits.rendering import Undrawn

IDLE: Final = 60.0
"""Seconds without an order after which the process ends: the next order starts another."""
MOST_SAID: Final = 300
"""Characters of an error's text."""


@dataclass(frozen=True, slots=True)
class Job:
    """A kind of work."""

    takes: type[Any]
    does: Callable[[Any], object]
    """May raise Undrawn, and a MemoryError."""


def serve(jobs: Mapping[str, Job]) -> None:
    """Do what standard input asks for until it ends. The arguments are the parent's id and the limits."""
    parent, seconds, memory = sys.argv[1:4]
    limits = Limits(seconds=float(seconds), memory=int(memory))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # they are for the parent, which ends in order
    end_with(int(parent))
    answers = _kept_for_answers()
    confine(limits)
    orders: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(sys.stdin.buffer, orders), daemon=True).start()
    _say(answers, {"ready": True})
    while True:
        try:
            order = orders.get(timeout=IDLE)
        except queue.Empty:
            return
        allow_time(limits.seconds)
        answer = _answered(jobs, order)
        # Libraries leak and keep: what leaves the next picture too little makes room for a fresh process.
        # Not by the system's count of the peak, which begins with that of the process that started this one.
        last = bool(answer.pop("last", False)) or resident(os.getpid()) > limits.memory // 2
        _say(answers, {**answer, "last": last})
        if last:
            return


def _kept_for_answers() -> IO[bytes]:
    """Standard output, kept from everybody else: libraries print."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _read(lines: IO[bytes], orders: "queue.SimpleQueue[bytes]") -> None:
    for line in lines:
        orders.put(line)
    os._exit(0)  # whoever asked is gone


def _say(answers: IO[bytes], answer: Mapping[str, Json]) -> None:
    answers.write(json.dumps(answer).encode() + b"\n")
    answers.flush()


def _answered(jobs: Mapping[str, Job], order: bytes) -> dict[str, Json]:
    try:
        told = json.loads(order)
        job = jobs[told["job"]]
        return {"done": pack(job.does(unpack(job.takes, told["wanted"])))}
    except Undrawn as error:
        return _undrawn(error.why, error.said, last=error.why is Remark.GREEDY)
    except MemoryError:
        return _undrawn(Remark.GREEDY, "", last=True)
    except Exception as error:
        return _undrawn(Remark.UNREAD, f"{type(error).__name__}: {error}", last=False)
    except (
        BaseException
    ) as error:  # a library's panic, or its exit: in what state it left things nobody knows
        return _undrawn(Remark.UNREAD, f"{type(error).__name__}: {error}", last=True)


def _undrawn(why: Remark, said: str, *, last: bool) -> dict[str, Json]:
    return {"undrawn": why.value, "said": said[:MOST_SAID], "last": last}
