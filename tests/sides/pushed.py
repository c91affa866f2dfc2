"""This bot, told by Scenario's pushes what ended."""

import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from tests.sides import ours
from tests.sides.side import Live, Report, Task, main


@asynccontextmanager
async def opened(task: Task, report: Report) -> AsyncGenerator[Live]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with ours.opened(task, report, port=port) as live:
        yield live


if __name__ == "__main__":
    main(opened)
