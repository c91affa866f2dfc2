"""Taking times so that a busy machine spoils both sides of a ratio alike."""

import os
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from statistics import median

Timed = Callable[[int], Awaitable[object]]
"""Does the nth piece of work."""

MICRO = 1e6


async def alternate(count: int, *works: Timed) -> list[float]:
    """The median µs of each work, taken in turns: one, the other, one, the other."""
    taken: list[list[float]] = [[] for _ in works]
    for number in range(count):
        for times, work in zip(taken, works, strict=True):
            began = time.perf_counter()
            await work(number)
            times.append((time.perf_counter() - began) * MICRO)
    return [median(times) for times in taken]


def alternate_calls(count: int, *works: Callable[[], object]) -> list[float]:
    """The same for plain functions."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(count):
        for times, work in zip(taken, works, strict=True):
            began = time.perf_counter()
            work()
            times.append((time.perf_counter() - began) * MICRO)
    return [median(times) for times in taken]


def high(values: Sequence[float], share: float = 0.99) -> float:
    """The value below which this share lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def resident(pid: int) -> float:
    """KiB of memory that a process holds now. Linux only."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return float(line.split()[1])
    raise RuntimeError(f"process {pid} has no memory of its own any more")


def cpu(pid: int) -> float:
    """Seconds that a process and its children took so far, those that ended included. Linux only."""
    return sum(_ticks(each) for each in (pid, *children(pid))) / os.sysconf("SC_CLK_TCK")


def children(pid: int) -> list[int]:
    """The processes that this one started and that are still there."""
    return [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in _children(task)]


def _children(task: Path) -> list[str]:
    try:
        return (task / "children").read_text().split()
    except OSError:  # the thread has just ended
        return []


def _ticks(pid: int) -> int:
    try:
        # the name, which may have anything in it, is in brackets
        facts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has just gone; its parent has its times now
        return 0
    return sum(map(int, facts[11:15]))
