"""A PgBouncer of the tests' own before a PostgreSQL server, in transaction mode: no two transactions of a
client need have the same connection."""

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.support.postgres import PATIENCE, free_port, started, user_of_servers


@contextmanager
def pooled(server: str) -> Generator[str]:
    """The address of `server` through a pooler. Skips where there is none."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        pytest.skip("no pooler: install Debian's package `pgbouncer`")
    url, user, port = make_url(server), user_of_servers(), free_port()
    with tempfile.TemporaryDirectory(prefix="imagine-pgbouncer-") as folder:
        file, log = Path(folder) / "pgbouncer.ini", Path(folder) / "log"
        file.write_text(
            f"""[databases]
* = host={url.host} port={url.port} user={url.username}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
auth_type = any
pool_mode = transaction
default_pool_size = 10
max_client_conn = 200
unix_socket_dir =
"""
        )
        for path in (Path(folder), file):
            path.chmod(0o755)
        with started([program, str(file)], log, user, cwd=Path("/")) as process:
            try:
                _wait_for(process, port, log)
                yield url.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
            finally:
                process.send_signal(signal.SIGINT)
                process.wait(PATIENCE)


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.02)
