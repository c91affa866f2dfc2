"""What tests share: a sandbox with a connected bot, for those that leave it as they found it; a browser."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.e2e.acting import tidy
from tests.e2e.browser import browser, lending, needed
from tests.e2e.stage import Stage, stage

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of the page run in one event loop, to which their browser belongs."""
    for item in items:
        of_a_page = item.path.parent == HERE and item.path.name.startswith("test_page")
        if of_a_page and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session", autouse=True)
async def chromium_is_lent() -> AsyncGenerator[None]:
    """One Chromium for all who look at a page. It takes longer to start than to look."""
    async with lending():
        yield


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def common_house() -> AsyncGenerator[Stage]:
    """The stage that most modules share."""
    async with stage(MEMBER_IN_FLIGHT="0", RECONCILE_SECONDS="4") as ready:
        await ready.until(lambda: knows_every_schema(ready), "the bot to have read every schema")
        yield ready


@pytest.fixture(scope="session")
def house(common_house: Stage) -> Stage:
    """The stage itself; a module that needs other settings has a `house` of its own. Where the bot's answers
    matter, ask for `one`."""
    return common_house


async def knows_every_schema(stage: Stage) -> bool:
    """Whether the bot has read the schema of each model that it suggests: from then on it refuses at once.
    Trained ones have none."""
    asked: dict[str, Any] = {"member": "alice", "channel": "general", "name": "imagine"}
    asked |= {"options": {}, "focused": "model"}
    choices: list[dict[str, str]] = (await stage.post("/autocomplete", **asked))["choices"]
    rows: list[dict[str, Any]] = []
    for privacy in ("private", "public"):
        rows += (await stage.scenario(f"/models?privacy={privacy}&pageSize=500"))["models"]
    own = {row["id"] for row in rows if row["type"] == "custom"}
    wanted = [choice["value"] for choice in choices if choice["value"] in own]
    records: list[dict[str, Any]] = (await stage.get("/wire"))["records"]
    read = {record.get("path") for record in records if record.get("status") == 200}
    return bool(wanted) and all(f"/scenario/v1/models/{model_id}" in read for model_id in wanted)


@pytest_asyncio.fixture(loop_scope="session")
async def one(house: Stage) -> AsyncGenerator[Stage]:
    """The shared stage, lent to one test and tidied after it. Tests that use it run in the session's loop."""
    async with tidy(house) as lent:
        yield lent


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browsing() -> AsyncGenerator[Browser]:
    """One Chromium for all tests of the page: each opens a window of its own in it."""
    async with browser(needed()) as opened:
        yield opened
