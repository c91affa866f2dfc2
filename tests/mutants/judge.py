"""Whether the tests notice a mutant: in a forked child that imports our code, with everything else loaded."""

import contextlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Generator, Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final, cast

from tests.mutants.changes import Mutant
from tests.mutants.cover import ROOT

PATIENCE: Final = 90.0
"""Seconds in which nothing comes to an end: a mutant that hangs is noticed by everybody."""
_DIED: Final = 70
_VERDICTS: Final = frozenset({0, 1, 2, -signal.SIGKILL})
"""What the child's end may mean: all passed, one failed, the file cannot be imported, the time was over."""
MOST: Final = 400
"""Tests that one mutant is tried with."""
_LOADED: Final = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
"""Of what is loaded before pytest could look at it, and holds no assertion of ours."""
_LIBRARIES: Final = (
    "aiohttp.web",
    "alembic.command",
    "alembic.runtime.migration",
    "discord.ext.commands",
    "hypothesis.stateful",
    "hypothesis.strategies",
    "numpy",
    "orjson",
    "PIL.Image",
    "PIL.ImageOps",
    "psycopg",
    "pytest",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.dialects.sqlite",
    "stamina",
)
_END_TO_END: Final = {
    "bot/catalogue/": ("test_models.py", "test_generate.py", "test_media_refusals.py"),
    "bot/forms/": ("test_generate.py", "test_menus.py"),
    "bot/generation/": (
        "test_refusals.py",
        "test_buttons.py",
        "test_scenario_faults.py",
        "test_workflows.py",
    ),
    "bot/cards/": ("test_buttons.py", "test_scenario_faults.py", "test_media_life.py"),
    "bot/workflow_gates/": ("test_workflows.py",),
    "bot/request/": ("test_refusals.py", "test_options.py", "test_media_life.py"),
    "bot/schema/": ("test_refusals.py", "test_options.py", "test_generate.py"),
    "bot/service/": ("test_refusals.py", "test_buttons.py", "test_workflows.py", "test_commands.py"),
    "bot/scenario/": ("test_refusals.py", "test_options.py", "test_scenario_faults.py"),
    "bot/store/": ("test_imagine.py", "test_commands.py", "test_generate.py"),
    "bot/renderer/": ("test_renderer.py", "../unit/renderer"),  # whose processes no fork of ours reaches
    "bot/ui/exhibits/": ("test_media_life.py",),
    "bot/ui/": (
        "test_buttons.py",
        "test_refusals.py",
        "test_languages.py",
        "test_places.py",
        "test_generate.py",
    ),
    "bot/app.py": (
        "test_imagine.py",
        "test_shutdown.py",
        "test_check.py::test_a_running_bot_tells_which_part_is_not_ready",
        "test_check.py::test_commands_that_were_never_synced_are_missed_and_sync_helps",
        "test_media_life.py",
    ),
    "bot/operator/check.py": ("test_check.py",),
    "bot/cli.py": ("test_cli.py", "test_check.py"),
    "bot/client.py": ("test_imagine.py", "test_generate.py", "test_commands.py", "test_gateway_faults.py"),
    "bot/connections.py": ("test_imagine.py", "test_shares.py"),
    "bot/operator/demo.py": ("test_cli.py",),
    "bot/health.py": ("test_check.py::test_a_running_bot_tells_which_part_is_not_ready",),
    "bot/operator/inspection.py": ("test_cli.py",),
    "bot/metrics/": ("test_metrics.py", "test_pushes.py"),
    "bot/pushes/": ("test_pushes.py",),
    "bot/parts.py": ("test_imagine.py", "test_workflows.py", "test_buttons.py", "test_media_life.py"),
    "bot/settings.py": ("test_cli.py", "test_check.py"),
    "bot/tree.py": (
        "test_check.py::test_commands_that_were_never_synced_are_missed_and_sync_helps",
        "test_imagine.py",
        "test_refusals.py",
    ),
    "bot/": ("test_imagine.py", "test_cli.py"),
    "cogs/": ("test_commands.py", "test_options.py", "test_menus.py", "test_media_life.py"),
}
"""The end-to-end tests that a survivor is tried with, by the beginning of its path; the longest fits."""


def preload() -> None:
    """What no mutant is of, once for all children."""
    for name in _LIBRARIES:
        importlib.import_module(name)


def noticed(mutant: Mutant, ids: Sequence[str], folder: Path) -> bool:
    """Whether a test of these fails. folder: for what the child writes."""
    chosen = _chosen(mutant, ids)
    status = _in_child(mutant, chosen, folder)
    if status == 4 and "while loading conftest" in (folder / "out").read_text():
        return True  # what every test needs cannot even be imported
    if status == 4:  # an id has gone: what the mutant changes is among the parameters
        status = _in_child(mutant, sorted({one.partition("::")[0] for one in chosen}), folder)
    if status not in _VERDICTS:
        raise RuntimeError(f"no verdict, but {status}: {(folder / 'out').read_text()[-3000:]}")
    return status != 0


def noticed_end_to_end(mutant: Mutant, tree: Path) -> bool:
    """Whether end-to-end tests fail in a tree of its own, and what failed passes there without the change.
    tree: from `a_tree`."""
    path = tree / mutant.path
    whole = path.read_bytes()
    path.write_bytes(mutant.applied(whole))
    begin = max((one for one in _END_TO_END if mutant.path.startswith(one)), key=len)
    try:
        failed = _failing([f"tests/e2e/{one}" for one in _END_TO_END[begin]], tree)
    finally:
        path.write_bytes(whole)
    return failed is not None and (not failed or _failing(failed, tree) is None)


def _failing(tests: Sequence[str], tree: Path) -> list[str] | None:
    """The first test that fails, as a list; an empty one where they did not end; None: all pass."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-rfE", "-p", "no:cacheprovider", *tests]
    try:
        ended = subprocess.run(
            command,
            cwd=tree,
            env={**os.environ, "PYTHONPATH": str(tree)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=10 * PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return []
    if ended.returncode == 0:
        return None
    said = ended.stdout.decode(errors="replace")
    return re.findall(r"^(?:FAILED|ERROR) (\S+::.+?)(?: - .*)?$", said, re.MULTILINE)


@contextlib.contextmanager
def a_tree() -> Generator[Path]:
    """A copy of everything, so that processes import the mutant by its path."""
    with tempfile.TemporaryDirectory(prefix="imagine-mutants-") as folder:
        tree = Path(folder) / "tree"
        left_out = shutil.ignore_patterns(".git", ".venv", "artefacts", "__pycache__", ".*_cache")
        shutil.copytree(ROOT, tree, ignore=left_out, symlinks=True)
        yield tree


def _chosen(mutant: Mutant, ids: Sequence[str]) -> list[str]:
    """The likeliest first, since one failure is enough; no server is started where others do."""
    lean = [one for one in ids if "postgresql" not in one] or list(ids)
    path = Path(mutant.path)
    return sorted(lean, key=lambda one: (path.stem not in one, path.parent.name not in one, one))[:MOST]


def _in_child(mutant: Mutant, tests: Sequence[str], folder: Path) -> int:
    child = os.fork()
    if child == 0:
        _live(mutant, tests, folder)
    told, latest = 0, time.monotonic() + PATIENCE
    while time.monotonic() < latest:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if (size := _size(folder / "out")) != told:  # a dot for each test: on a busy machine many are slow
            told, latest = size, time.monotonic() + PATIENCE
        time.sleep(0.01)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -signal.SIGKILL


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _live(mutant: Mutant, tests: Sequence[str], folder: Path) -> None:
    """Be the child: it ends here."""
    status = _DIED
    try:
        os.setsid()
        out = os.open(folder / "out", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(out, 1)
        os.dup2(out, 2)
        sys.meta_path.insert(0, _Finder(mutant))
        import pytest

        plain = ["-x", "-q", "--no-header", "-p", "no:cacheprovider", "--hypothesis-seed=0", *_LOADED]
        status = int(pytest.main([*plain, f"--basetemp={folder / 'files'}", *tests]))
    except BaseException as error:  # the child ends here, and what it died of is not lost
        traceback.print_exc()
        if _warns(error):
            status = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _warns(error: BaseException) -> bool:
    """Whether warnings are all it is: an error like any other, if one that comes only when all
    is torn down."""
    if isinstance(error, BaseExceptionGroup):
        return cast("BaseExceptionGroup[BaseException]", error).split(Warning)[1] is None
    return isinstance(error, Warning)


class _Finder(importlib.abc.MetaPathFinder):
    """Loads one module from its mutant."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant
        name = mutant.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        self._name = name

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None, /
    ) -> importlib.machinery.ModuleSpec | None:
        del path, target
        if fullname != self._name:
            return None
        file = str(ROOT / self._mutant.path)
        return importlib.util.spec_from_file_location(
            fullname, file, loader=_Loader(fullname, file, self._mutant)
        )


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, fullname: str, path: str, mutant: Mutant) -> None:
        super().__init__(fullname, path)
        self._mutant = mutant

    def get_code(self, fullname: str) -> CodeType:
        """Past the cache of bytecode, which is the whole module's."""
        del fullname
        source = self._mutant.applied(Path(self.path).read_bytes())
        return compile(source, self.path, "exec", dont_inherit=True)
