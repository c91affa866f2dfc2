"""`python -m tests.peers [name …]`: other people's clients against the sandbox, one after the other.

Each step of each client is a line. Exit status 1 when a step failed. `environments.py` says what is installed
for it, and where. With the variable DISCORD_OPENAPI, what they said is also held against that specification.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.e2e.process import fresh
from tests.e2e.stage import Stage
from tests.openapi.specification import Specification
from tests.peers.environments import PEERS, NotPrepared, Peer
from tests.peers.judge import STEPS, Judge, picture


async def play(peer: Peer, folder: Path, specification: Specification | None) -> bool:
    """One client's whole part. Whether every step went well."""
    given = picture()
    (folder / "fox.png").write_bytes(given)
    async with Stage(folder, start=fresh) as stage:
        await stage.post("/settings", wire={"bodies": True})
        stage.bot = _started(peer, stage)
        judge = Judge(stage, peer, given, specification)
        for step in STEPS:
            what = step.__name__.replace("_", " ")
            try:
                await step(judge)
            except AssertionError as failed:
                _say(f"{peer.name:10} FAILED: {what}\n{failed}\n{stage.log.read_text()[-4000:]}")
                return False
            _say(f"{peer.name:10} {what}")
    return True


def _started(peer: Peer, stage: Stage) -> "subprocess.Popen[bytes]":
    arguments = stage.addresses["discord_base_url"], stage.addresses["discord_token"]
    with stage.log.open("ab") as log:
        return subprocess.Popen(
            [*peer.command(), *arguments, str(stage.folder / "fox.png")],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=peer.environment(),
        )


async def _all(peers: list[Peer]) -> int:
    failed: list[str] = []
    spec = os.environ.get("DISCORD_OPENAPI")
    specification = Specification.load(Path(spec)) if spec else None
    for peer in peers:
        try:
            await asyncio.to_thread(peer.prepare)
        except NotPrepared as reason:
            _say(f"{peer.name:10} FAILED: could not be installed\n{reason}")
            failed.append(peer.name)
            continue
        with tempfile.TemporaryDirectory(prefix="imagine-peers-") as folder:
            if not await play(peer, Path(folder), specification):
                failed.append(peer.name)
    missing = f", not {', '.join(failed)}" if failed else ""
    _say(f"{len(peers) - len(failed)} of {len(peers)} clients are at home{missing}")
    return 1 if failed else 0


def _say(line: str) -> None:
    sys.stdout.write(line + os.linesep)
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.peers", description=__doc__)
    names = {one.name: one for one in PEERS}
    parser.add_argument("names", nargs="*", metavar="name", help=f"of: {', '.join(names)}; all by default")
    asked: list[str] = parser.parse_args().names or list(names)
    unknown = [name for name in asked if name not in names]
    if unknown:
        parser.error(f"there is no client {unknown[0]!r}")
    return asyncio.run(_all([names[name] for name in asked]))


if __name__ == "__main__":
    sys.exit(main())
