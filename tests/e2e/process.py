"""Processes of this project. `forked` ones share the seconds of imports; everything else is their own.

A server process imports the bot and the sandbox once, and each process begins as a fork of it: with its own
environment, folder and streams it runs the module as `python -m` does, and it ends, or is killed, as such a
process is. That `python -m` itself works, imports included, is shown by the tests that start it so.
"""

import faulthandler
import gc
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import chdir
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).parents[2]

_PRELOADED = (__name__, "bot.cli", "bot.app", "bot.operator.check", "alembic.command", "sandbox.app")


class Process(Protocol):
    """What the tests need of a process; `subprocess.Popen` has it."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None:
        """The exit status, a signal's negative number, or None while it runs."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """Raises subprocess.TimeoutExpired."""
        ...

    def send_signal(self, sig: int) -> None: ...


class Start(Protocol):
    """A way to begin `python -m module`. Standard output and error are appended to the two files."""

    def __call__(
        self, module: str, /, *arguments: str, environment: Mapping[str, str], cwd: Path, out: Path, err: Path
    ) -> Process: ...


def fresh(
    module: str,
    /,
    *arguments: str,
    environment: Mapping[str, str],
    cwd: Path,
    out: Path,
    err: Path,
    python: str | None = None,
) -> Process:
    """From nothing, as an operator does it; with another Python where one is named."""
    with out.open("ab") as stdout, err.open("ab") as stderr:
        return subprocess.Popen(
            [python or sys.executable, "-m", module, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            cwd=cwd,
            env=environment,
        )


def forked(
    module: str, /, *arguments: str, environment: Mapping[str, str], cwd: Path, out: Path, err: Path
) -> Process:
    """A process that has its imports behind it."""
    process = _context().Process(
        target=_live,
        args=(module, arguments, dict(environment), str(cwd), str(out), str(err)),
        daemon=True,  # whoever is forgotten ends with the tests
    )
    with chdir(ROOT):  # the server, which begins with the first process, imports from its folder
        process.start()
    return Forked(process)


class Forked:
    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process
        assert process.pid is not None
        self.pid = process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        status = self._process.exitcode
        if status is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0.0)
        return status

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_PRELOADED))
    return context


def _live(
    module: str, arguments: Sequence[str], environment: Mapping[str, str], cwd: str, out: str, err: str
) -> None:
    """Be `python -m module`. Exceptions and SystemExit end the process as they end any other."""
    gc.freeze()  # what was there before is no garbage of this process, and its memory is shared
    for number, path in ((1, out), (2, err)):
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    tempfile.tempdir = None  # of this environment, not of the server's
    faulthandler.register(signal.SIGUSR1, all_threads=True)  # so that a test can ask where it stands
    sys.argv[1:] = arguments
    runpy.run_module(module, run_name="__main__", alter_sys=True)
