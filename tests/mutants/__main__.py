"""`python -m tests.mutants`: change the code a little, many times, and see whether the tests notice."""

import argparse
import functools
import random
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path
from queue import SimpleQueue
from typing import Final, TextIO

from tests.mutants import judge
from tests.mutants.changes import Mutant, mutants
from tests.mutants.cover import KEPT, ROOT, load, who_names, who_runs

FOLDERS: Final = (
    *(
        "scenario",
        "schema",
        "catalogue",
        "request",
        "generation",
        "pricing",
        "workflow_gates",
        "actions",
        "cards",
        "service",
        "forms",
    ),
    *("store", "ui", "renderer", "operator", "metrics", "pushes", "bot", "cogs"),
)
LEAST: Final = 90
"""Percent of each folder's mutants that must be noticed."""
_NO_CODE: Final = frozenset({"bot/__main__.py"})
"""Two lines."""


@dataclass(kw_only=True)
class Tally:
    """What became of a folder's mutants."""

    unit: int = 0
    end_to_end: int = 0
    alive: list[Mutant] = field(default_factory=list[Mutant])
    equal: int = 0

    @property
    def judged(self) -> int:
        return self.unit + self.end_to_end + len(self.alive)

    @property
    def rate(self) -> float:
        return 100 * (self.unit + self.end_to_end) / self.judged if self.judged else 100.0


def files_of(folder: str) -> list[Path]:
    if folder == "cogs":
        found = (ROOT / "cogs").glob("*.py")
    elif folder == "bot":
        found = (ROOT / "bot").glob("*.py")
    else:
        found = (path for path in (ROOT / "bot" / folder).rglob("*.py") if "migrations" not in path.parts)
    return [path for path in sorted(found) if path.relative_to(ROOT).as_posix() not in _NO_CODE]


@functools.cache
def of_folder(folder: str) -> list[Mutant]:
    return [
        one
        for path in files_of(folder)
        for one in mutants(path.relative_to(ROOT).as_posix(), path.read_bytes())
    ]


@dataclass(frozen=True, kw_only=True)
class Equivalent:
    """A mutant that no test can notice."""

    file: str
    change: str
    because: str
    on: str = ""
    """Part of its line, if the same change of another line could be noticed."""

    def is_(self, one: Mutant) -> bool:
        return (one.path, one.told) == (self.file, self.change) and self.on in one.on


def equivalents() -> list[Equivalent]:
    told = tomllib.loads((Path(__file__).parent / "equivalent.toml").read_text())
    return [Equivalent(**one) for one in told.get("mutant", [])]


def drawn(folder: str, *, count: int | None, seed: int, only: str | None = None) -> list[Mutant]:
    """The folder's mutants, or so many of them."""
    every = [one for one in of_folder(folder) if only is None or only in one.path]
    if count is None or count >= len(every):
        return every
    return sorted(
        random.Random(f"{seed}:{folder}").sample(every, count), key=lambda one: (one.path, one.start)
    )


def _unit(mutant: Mutant, ids: Sequence[str]) -> bool:
    if not ids:
        return False
    with tempfile.TemporaryDirectory(prefix="imagine-mutant-") as folder:
        return judge.noticed(mutant, ids, Path(folder))


def _who_runs(lines: Mapping[str, Mapping[int, list[str]]], one: Mutant) -> list[str]:
    """Of a file of constants alone nobody runs a line: then those whose file names it."""
    found = who_runs(lines, one.path, one.line, one.last, imported=one.imported)
    return found or who_names(lines, one.path)


def judged(chosen: Mapping[str, Sequence[Mutant]], *, stale: bool, workers: int) -> dict[str, Tally]:
    """By the unit and contract tests."""
    lines, equal = load(stale=stale), equivalents()
    tallies = {folder: Tally() for folder in chosen}
    with ProcessPoolExecutor(workers, mp_context=get_context("fork"), initializer=judge.preload) as pool:
        _must_live(chosen, lines, pool)
        waiting = [
            (folder, one, pool.submit(_unit, one, _who_runs(lines, one)))
            for folder, found in chosen.items()
            for one in found
            if not any(same.is_(one) for same in equal)
        ]
        for number, (folder, one, verdict) in enumerate(waiting, start=1):
            if verdict.result():
                tallies[folder].unit += 1
            else:
                tallies[folder].alive.append(one)
                _say(f"{number}/{len(waiting)} alive: {one.path}:{one.line} {one.told}", to=sys.stderr)
    for folder, found in chosen.items():
        tallies[folder].equal = sum(any(same.is_(one) for same in equal) for one in found)
    return tallies


def _must_live(
    chosen: Mapping[str, Sequence[Mutant]], lines: Mapping[str, Mapping[int, list[str]]], pool: Executor
) -> None:
    """Where nothing is changed nothing may be noticed, or no verdict means anything."""
    for one in (found[0] for found in chosen.values() if found):
        same = replace(one, start=0, end=0, text="")
        ids = _who_runs(lines, one)
        if pool.submit(_unit, same, ids).result():
            raise SystemExit(f"tests fail without any change: {ids[:20]}")


def try_end_to_end(tallies: Iterable[Tally], *, workers: int) -> None:
    """What the quick tests let live, in real processes: in as many trees at once as there are workers."""
    with ExitStack() as stack, ThreadPoolExecutor(workers) as pool:
        trees: SimpleQueue[Path] = SimpleQueue()
        for _ in range(workers):
            trees.put(stack.enter_context(judge.a_tree()))

        def noticed(one: Mutant) -> bool:
            tree = trees.get()
            try:
                return judge.noticed_end_to_end(one, tree)
            finally:
                trees.put(tree)

        waiting = [(tally, one, pool.submit(noticed, one)) for tally in tallies for one in tally.alive]
        for number, (tally, one, verdict) in enumerate(waiting, start=1):
            if verdict.result():
                tally.alive.remove(one)
                tally.end_to_end += 1
            said = "noticed" if verdict.result() else "alive"
            _say(
                f"end to end {number}/{len(waiting)} {said}: {one.path}:{one.line} {one.told}", to=sys.stderr
            )


def table(tallies: Mapping[str, Tally]) -> str:
    head = "| Folder | Mutants | Killed by unit tests | End to end | Set aside | Alive | Killed |"
    rows = [
        (folder, one.judged, one.unit, one.end_to_end, one.equal, len(one.alive), f"{one.rate:.0f} %")
        for folder, one in tallies.items()
    ]
    return "\n".join([head, "|---|" + "--:|" * 6, *(f"| {' | '.join(map(str, row))} |" for row in rows)])


def _say(words: str, *, to: TextIO = sys.stdout) -> None:
    to.write(f"{words}\n")
    to.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status is 1 where a folder stays below the mark."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--folder", choices=FOLDERS, action="append", help="only this one; may be repeated")
    parser.add_argument("--file", help="only files with this in their path")
    parser.add_argument("--count", type=int, default=40, help="mutants of each folder; 0: all")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="survivors are not tried end to end")
    parser.add_argument(
        "--stale", action="store_true", help="take the last map of lines, though the code changed"
    )
    asked = parser.parse_args(arguments)
    chosen = {
        folder: drawn(folder, count=asked.count or None, seed=asked.seed, only=asked.file)
        for folder in asked.folder or FOLDERS
    }
    tallies = judged(chosen, stale=asked.stale, workers=asked.workers)
    if not asked.quick:
        try_end_to_end(tallies.values(), workers=asked.workers)
    alive = [
        f"{one.path}:{one.line} [{one.kind}] {one.told}" for tally in tallies.values() for one in tally.alive
    ]
    (KEPT / "alive.txt").write_text("\n".join([*alive, ""]))
    _say("\n".join([table(tallies), *alive]))
    return int(any(tally.rate < LEAST for tally in tallies.values()))


if __name__ == "__main__":
    sys.exit(main())
