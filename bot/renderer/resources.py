"""What a renderer may take, and how it is held to it from inside.

Time and resident memory are watched from outside (`renderer.process`): what hangs in native code runs no
Python.
"""

import os
import sys
from dataclasses import dataclass
from typing import Final

MIB: Final = 1024 * 1024
ROOM: Final = 160 * MIB
"""Bytes of memory asked for but never touched: libraries, stacks, what is freed and not given back."""
MOST_WRITTEN: Final = 512 * MIB
"""Bytes of one file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Of one picture."""

    seconds: float = 15.0
    memory: int = 448 * MIB
    """Bytes, resident, of the whole process."""


def confine(limits: Limits) -> None:
    """Bound this process, as far as the system can. A great deal of memory at once is refused before anybody
    outside could look; no huge file is written, and no image of the memory when it crashes."""
    if sys.platform == "win32":
        return
    import resource

    for what, most in (
        (resource.RLIMIT_DATA, limits.memory + ROOM),
        (resource.RLIMIT_FSIZE, MOST_WRITTEN),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        resource.setrlimit(what, (_within(most, hard), hard))


def _within(most: int, hard: int) -> int:
    """Nobody may be given more than the system's own limit. -1: it has none."""
    return most if hard < 0 else min(most, hard)


def allow_time(seconds: float) -> None:
    """The processor's time for the next piece of work: the end of a renderer that nobody is left to kill."""
    if sys.platform == "win32":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    most = int(used.ru_utime + used.ru_stime + 2 * seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (_within(most, hard), hard))


def end_with(parent: int) -> None:
    """End when the parent ends, however it does, also while native code runs. Linux; elsewhere the end of the
    orders ends this process as soon as Python runs again."""
    if sys.platform == "linux":
        import ctypes
        import signal

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if sys.platform != "win32" and os.getppid() != parent:  # it ended before it could be bound to
        os._exit(1)


def resident(pid: int) -> int:
    """Bytes that a process holds now; 0 where the system does not say, or the process is gone."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:  # noqa: PTH123 (a thousand times a minute)
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
