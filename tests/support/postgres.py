"""A PostgreSQL server of the tests' own: on loopback, in a folder that goes with it, and without its safety.

Debian's package `postgresql` is enough; nothing of the system's own servers is touched. Such a server refuses
to be run by root, so where the tests are root it is run as the user that the package brings.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import pytest

PROGRAMS: Final = Path("/usr/lib/postgresql")
PATIENCE: Final = 30.0
"""Seconds until a server that does not answer is an error."""
_QUICK: Final = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=16MB")


@contextmanager
def named_or_own() -> Generator[str]:
    """The address of the server in TEST_POSTGRES_URL, else of one started here. Skips without either."""
    named = os.environ.get("TEST_POSTGRES_URL")
    if named:
        with _database_of_this_worker(named) as url:
            yield url
        return
    with a_server() as server:
        yield server.url


@contextmanager
def _database_of_this_worker(named: str) -> Generator[str]:
    """Workers that share a server would empty each other's tables: each makes a database of its own."""
    import psycopg
    from psycopg import sql
    from sqlalchemy.engine import make_url

    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        yield named
        return
    url = make_url(named)
    own = f"{url.database}_{worker}"
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        name = sql.Identifier(own)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(name))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            yield url.set(database=own).render_as_string(hide_password=False)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def _programs() -> Path | None:
    """The folder with the newest server's programs."""
    found = sorted(PROGRAMS.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if found:
        return found[-1].parent
    elsewhere = shutil.which("initdb")
    return Path(elsewhere).resolve().parent if elsewhere else None


class Server:
    """A server that can be killed, and started again over the same data."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._log, self._user, self._port = folder / "log", user_of_servers(), free_port()
        data = folder / "data"
        if self._user is not None:
            os.chown(folder, self._user.pw_uid, self._user.pw_gid)
        made = ["--auth=trust", "--username=imagine", "--encoding=UTF8", "--locale=C", "--no-sync"]
        with started([programs / "initdb", f"--pgdata={data}", *made], self._log, self._user) as making:
            assert making.wait(PATIENCE) == 0, self._log.read_text()
        options = [word for one in _QUICK for word in ("-c", one)]
        where = ["-D", data, "-h", "127.0.0.1", "-p", str(self._port), "-k", ""]
        self._serve: list[str | Path] = [programs / "postgres", *where, *options]
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"postgresql://imagine@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Return once it takes connections."""
        self._process = started(self._serve, self._log, self._user)
        _wait_for(self._process, self._port, self._log)

    def kill(self) -> None:
        """At once, as in a crash; every connection ends."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGQUIT)
            process.wait(PATIENCE)


@contextmanager
def a_server() -> Generator[Server]:
    """One started here, which a test may kill. Skips without the programs."""
    programs = _programs()
    if programs is None:
        pytest.skip("no PostgreSQL server: install Debian's package `postgresql`, or set TEST_POSTGRES_URL")
    with tempfile.TemporaryDirectory(prefix="imagine-postgres-") as folder:
        server = Server(programs, Path(folder))
        try:
            server.start()
            yield server
        finally:
            server.kill()  # nothing of it is kept


def user_of_servers() -> pwd.struct_passwd | None:
    """Who is to run it; None for whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    known = {one.pw_name: one for one in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


def started(
    command: list[str | Path], log: Path, user: pwd.struct_passwd | None, *, cwd: Path | None = None
) -> subprocess.Popen[bytes]:
    """A server's process, as this user where one is named. Its words go to the log."""
    with log.open("ab") as out:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd=cwd or log.parent,
            user=None if user is None else user.pw_uid,
            group=None if user is None else user.pw_gid,
            extra_groups=None if user is None else [],
        )


def free_port() -> int:
    """One that nobody listens on, just now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Until it takes connections. Raises AssertionError with its log when it ends instead, or never does."""
    import psycopg

    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            psycopg.connect(f"host=127.0.0.1 port={port} user=imagine dbname=postgres").close()
        except psycopg.OperationalError:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
        else:
            return
