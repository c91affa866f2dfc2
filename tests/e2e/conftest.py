"""One sandbox with one connected bot, shared by the tests that leave a stage as they found it."""

from collections.abc import AsyncGenerator

import pytest_asyncio

from tests.e2e.acting import tidy
from tests.e2e.stage import Stage, stage


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house() -> AsyncGenerator[Stage]:
    """The stage itself. Where the bot's answers matter, ask for `one`."""
    async with stage(MEMBER_IN_FLIGHT="0", RECONCILE_SECONDS="4") as ready:
        yield ready


@pytest_asyncio.fixture(loop_scope="session")
async def one(house: Stage) -> AsyncGenerator[Stage]:
    """The shared stage, lent to one test and tidied after it. Tests that use it run in the session's loop."""
    async with tidy(house) as lent:
        yield lent
