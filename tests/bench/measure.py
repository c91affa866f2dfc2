"""Taking times so that a busy machine spoils both sides of a ratio alike."""

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
