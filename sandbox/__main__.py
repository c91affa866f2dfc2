"""`python -m sandbox`: one line of JSON on standard output when ready, logs on standard error."""

import argparse
import asyncio
import logging
import signal
import sys

from sandbox.app import Sandbox
from sandbox.json import dump


def main() -> int:
    """Run until SIGTERM or SIGINT. Exit status 0, or 1 when the port is taken."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A stand-in Discord and Scenario.")
    parser.add_argument("--port", type=int, default=0, help="0, the default, picks a free one")
    parser.add_argument(
        "--host-check",
        choices=("strict", "off"),
        default="strict",
        help="whether the control API refuses foreign Host and Origin headers",
    )
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    try:
        asyncio.run(run(chosen.port, host_check=chosen.host_check == "strict"))
    except OSError as taken:
        sys.stderr.write(f"cannot listen on port {chosen.port}: {taken}\n")
        return 1
    return 0


async def run(port: int, *, host_check: bool) -> None:
    """Serve, say so, and wait for a signal."""
    ended = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, ended.set)
    async with Sandbox(port, host_check=host_check) as sandbox:
        sys.stdout.write(dump(sandbox.addresses) + "\n")
        sys.stdout.flush()
        await ended.wait()


if __name__ == "__main__":
    sys.exit(main())
