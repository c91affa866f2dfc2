"""Which tests run which lines, measured once and kept under artefacts/."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Generator, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[2]
KEPT: Final = ROOT / "artefacts" / "mutants"
QUICK: Final = ("tests/unit", "tests/contract")
_UNRELATED: Final = (
    "tests/unit/test_bench.py",
    "tests/unit/test_papers.py",
    "tests/unit/test_architecture.py",
)

Lines = dict[str, dict[int, list[str]]]
"""File → line → ids of tests. Line 0: tests that run any line of it."""


def fingerprint() -> str:
    """Of everything that the map depends on."""
    digest = hashlib.sha256()
    for folder in ("bot", "cogs", "sandbox", *QUICK, "tests/support"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def load(*, stale: bool = False) -> Lines:
    """The map, measured anew if anything has changed since. stale: an old one will do."""
    kept = KEPT / "lines.json"
    now = fingerprint()
    if kept.exists():
        told = json.loads(kept.read_text())
        if stale or told["fingerprint"] == now:
            return {
                path: {int(line): ids for line, ids in lines.items()} for path, lines in told["lines"].items()
            }
    KEPT.mkdir(parents=True, exist_ok=True)
    ignored = [f"--ignore={one}" for one in _UNRELATED]
    command = [sys.executable, "-m", "pytest", *QUICK, *ignored, "-q", "-p", "tests.mutants.cover"]
    subprocess.run(command, cwd=ROOT, check=True)
    lines = _read(KEPT / "coverage")
    kept.write_text(json.dumps({"fingerprint": now, "lines": lines}))
    return lines


def who_runs(lines: Mapping[int, Iterable[str]], first: int, last: int) -> list[str]:
    """Ids of the tests that run any of these lines; of a line that is run at import, of its file."""
    found = {one for line in range(first, last + 1) for one in lines.get(line, ())}
    return sorted(found or set(lines.get(0, ())))


def _read(data: Path) -> Lines:
    from coverage import CoverageData

    read = CoverageData(basename=str(data))
    read.read()
    lines: Lines = {}
    for file in read.measured_files():
        told: dict[int, list[str]] = {}
        for line, contexts in read.contexts_by_lineno(file).items():
            told[line] = sorted(one for one in contexts if one)
        told[0] = sorted({one for ids in told.values() for one in ids})
        lines[Path(file).relative_to(ROOT).as_posix()] = told
    return lines


# -- the plugin that measures ---------------------------------------------------------------------------

_measuring: list[Any] = []


def pytest_configure() -> None:
    from coverage import Coverage

    measure = Coverage(
        data_file=str(KEPT / "coverage"), source=[str(ROOT / "bot"), str(ROOT / "cogs")], config_file=False
    )
    measure.erase()
    measure.start()
    _measuring.append(measure)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    _measuring[0].switch_context(item.nodeid)
    try:
        return (yield)
    finally:
        _measuring[0].switch_context("")


def pytest_unconfigure() -> None:
    _measuring[0].stop()
    _measuring[0].save()
