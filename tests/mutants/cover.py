"""Which tests run which lines, measured once and kept under artefacts/."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Collection, Container, Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[2]
KEPT: Final = ROOT / "artefacts" / "mutants"
QUICK: Final = ("tests/unit", "tests/contract")
_UNRELATED: Final = (
    "tests/unit/test_bench.py",
    "tests/unit/test_mutants.py",
    "tests/unit/matrix/test_chance.py",
    "tests/unit/matrix/test_judge.py",
    "tests/unit/test_papers.py",
    "tests/unit/test_architecture.py",
)

_FOLDER: Final = "IMAGINE_MUTANTS_COVER"
"""Where the plugin leaves what it measured."""

_SHARED: Final = "shared by "
"""How a context begins that is many tests': then comes how their ids begin."""
_ALL: Final = "all tests"
"""In place of a file, for tests that run no line of ours but look at what others made."""

Lines = dict[str, dict[int, list[str]]]
"""File → line → ids of tests. Line 0: tests that run any line of it."""


def fingerprint() -> str:
    """Of everything that the map depends on but the tests themselves."""
    paths = [
        path
        for folder in ("bot", "cogs", "sandbox", "tests/support")
        for path in (ROOT / folder).rglob("*.py")
    ]
    paths += [path for folder in QUICK for path in (ROOT / folder).rglob("*.py") if not _holds_tests(path)]
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(_name(path).encode() + path.read_bytes())
    return digest.hexdigest()


def tests() -> dict[str, str]:
    """Files of quick tests → what stands in them, as a digest."""
    paths = [path for folder in QUICK for path in sorted((ROOT / folder).rglob("*.py")) if _holds_tests(path)]
    return {
        _name(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
        if _name(path) not in _UNRELATED
    }


def load(*, stale: bool = False) -> Lines:
    """The map. Tests that changed are measured anew; all of them if the code did. stale: not then."""
    kept, now, files = KEPT / "lines.json", fingerprint(), tests()
    told: dict[str, Any] = json.loads(kept.read_text()) if kept.exists() else {}
    known: dict[str, str] = told.get("tests", {})
    if not stale and told.get("fingerprint") != now:
        known = told = {}
    lines: Lines = {
        path: {int(line): ids for line, ids in found.items()} for path, found in told.get("lines", {}).items()
    }
    changed = [file for file, digest in files.items() if known.get(file) != digest]
    gone = {file for file in known if file not in files}
    if changed or gone:
        lines = _merged(_without(lines, gone.union(changed)), _measured(changed) if changed else {})
        kept.write_text(json.dumps({"fingerprint": now, "tests": files, "lines": lines}))
    return lines


def _measured(files: Iterable[str]) -> Lines:
    """Of these files of tests. One that fails without any change says nothing: it is named and left out."""
    KEPT.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pytest", *files, "-q", "-p", "tests.mutants.cover"]
    with tempfile.TemporaryDirectory(dir=KEPT) as folder:
        subprocess.run(command, cwd=ROOT, env={**os.environ, _FOLDER: folder}, check=False)
        failed, ran = (
            set(Path(folder, f"{name}.txt").read_text().splitlines()) for name in ("failed", "ran")
        )
        lines = _read(Path(folder, "coverage"), ran)
    if failed:
        sys.stderr.write("".join(f"left out, it fails as it is: {one}\n" for one in sorted(failed)))
    return {
        path: {line: [one for one in ids if one not in failed] for line, ids in found.items()}
        for path, found in lines.items()
    }


def _without(lines: Lines, files: Container[str]) -> Lines:
    return {
        path: {
            line: [one for one in ids if one.partition("::")[0] not in files] for line, ids in found.items()
        }
        for path, found in lines.items()
    }


def _merged(one: Lines, other: Lines) -> Lines:
    return {
        path: {
            line: sorted({*one.get(path, {}).get(line, ()), *other.get(path, {}).get(line, ())})
            for line in one.get(path, {}).keys() | other.get(path, {}).keys()
        }
        for path in one.keys() | other.keys()
    }


def _holds_tests(path: Path) -> bool:
    return path.name.startswith("test_")


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def who_runs(
    lines: Mapping[str, Mapping[int, Iterable[str]]],
    path: str,
    first: int,
    last: int,
    *,
    imported: bool = False,
) -> list[str]:
    """Ids of the tests that run any of these lines of a file. A line that is run at import is everybody's who
    runs its file, and of those that stand in its mirrored place: what a table is like notices also who runs
    none of its lines, and the test that happened to import it first may look at something else.

    imported: it is known to be one.
    """
    own = lines.get(path, {})
    found = {one for line in range(first, last + 1) for one in own.get(line, ())}
    if found and not imported:
        return sorted(found)
    places = mirrored(path)
    near = {one for told in lines.values() for one in told.get(0, ()) if one.startswith(places)}
    return sorted(near.union(found, own.get(0, ())))


def who_names(lines: Mapping[str, Mapping[int, Iterable[str]]], path: str) -> list[str]:
    """Ids of the tests whose file names this module of ours."""
    name = path.removesuffix(".py").replace("/", ".")
    every = sorted(lines.get(_ALL, {}).get(0, ()))
    files = {one.partition("::")[0] for one in every}
    naming = {file for file in files if name in (ROOT / file).read_text()}
    return [one for one in every if one.partition("::")[0] in naming]


def mirrored(path: str) -> tuple[str, ...]:
    """How the ids of the unit tests for a file of ours begin."""
    top, *folders, name = path.removesuffix(".py").split("/")
    if folders:
        return (f"tests/unit/{'/'.join(folders)}/",)
    if top == "cogs":
        return tuple(f"tests/unit/test_{one}" for one in ("cogs", "commands", "every_command"))
    return (f"tests/unit/test_{name}",)


def _read(data: Path, every: Collection[str]) -> Lines:
    from coverage import CoverageData

    read = CoverageData(basename=str(data))
    read.read()
    lines: Lines = {_ALL: {0: sorted(every)}}
    for file in read.measured_files():
        told: dict[int, list[str]] = {}
        for line, contexts in read.contexts_by_lineno(file).items():
            told[line] = whose(contexts, every)
        told[0] = sorted({one for ids in told.values() for one in ids})
        lines[Path(file).relative_to(ROOT).as_posix()] = told
    return lines


def whose(contexts: Iterable[str], every: Collection[str]) -> list[str]:
    """The tests among these contexts, and those that share a fixture. every: all tests."""
    found = {one for one in contexts if one and not one.startswith(_SHARED)}
    for shared in (one.removeprefix(_SHARED) for one in contexts if one.startswith(_SHARED)):
        found |= {one for one in every if one.startswith(shared)}
    return sorted(found)


# -- the plugin that measures ---------------------------------------------------------------------------

_measuring: list[Any] = []
_contexts: list[str] = []
"""Where it is now, and what that is part of."""
_ran: set[str] = set()
_failed: set[str] = set()


def pytest_configure() -> None:
    from coverage import Coverage

    measure = Coverage(
        data_file=str(Path(os.environ[_FOLDER], "coverage")),
        source=[str(ROOT / "bot"), str(ROOT / "cogs")],
        config_file=False,
    )
    measure.erase()
    measure.start()
    _measuring.append(measure)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    with _in_context(item.nodeid):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """What a fixture of a whole module does is done for all its tests, not for the first one alone."""
    place = request.node.nodeid
    if fixturedef.scope == "function" or not place:
        return (yield)
    with _in_context(f"{_SHARED}{place}"):
        return (yield)


@contextmanager
def _in_context(name: str) -> Generator[None]:
    _contexts.append(name)
    _measuring[0].switch_context(name)
    try:
        yield
    finally:
        _contexts.pop()
        _measuring[0].switch_context(_contexts[-1] if _contexts else "")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _ran.add(report.nodeid)
    if report.failed:
        _failed.add(report.nodeid)


def pytest_unconfigure() -> None:
    _measuring[0].stop()
    _measuring[0].save()
    for name, ids in (("ran", _ran), ("failed", _failed)):
        Path(os.environ[_FOLDER], f"{name}.txt").write_text("".join(f"{one}\n" for one in sorted(ids)))
