"""Who goes first on the wire: a last word before everybody's progress."""

import pytest

from tests.e2e.side import playing
from tests.e2e.stage import Json, Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

TOKENS_OVER = {"half": "discord", "kind": "status", "status": 401, "code": 50027, "path": "/webhooks/*"}
"""As after a quarter of an hour: what is shown from then on is shown by the bot's own right."""
CROWD = 24


async def wire(one: Stage) -> list[Json]:
    return (await one.get("/wire"))["records"]


def edits(rows: list[Json]) -> list[str]:
    """Messages that were edited by the bot's own right, in this order."""
    edited = (row["path"] for row in rows if row.get("method") == "PATCH" and "/channels/" in row["path"])
    return [path.rpartition("/")[2] for path in edited]


async def test_a_last_word_goes_while_the_one_progress_edit_of_its_channel_hangs() -> None:
    async with playing(scenario={"seconds": 600, "parallel": 2 * CROWD}) as one:
        await one.post("/script", prompt_contains="the short one", seconds=8)
        await one.fault(**TOKENS_OVER, times=None)
        for number in range(CROWD):
            await one.imagine(f"number {number}", member=f"member{number}")
        hangs = await one.fault(
            half="discord", kind="hold", method="PATCH", path="/channels/*", skip=3, times=1
        )
        await one.held(hangs)
        before = len(edits(await wire(one)))
        last = await one.imagine("the short one", member="zoe")
        card = await one.settled(last, member="zoe")
        assert edits(await wire(one))[before:] == [card["id"]]
        await one.heal()


async def test_a_last_word_stands_behind_one_progress_edit_at_the_most_in_a_busy_channel() -> None:
    async with playing(scenario={"seconds": 600, "parallel": 2 * CROWD}) as one:
        await one.post("/settings", discord={"buckets": {"channel_edits": [4, 2.0]}})
        await one.post("/script", prompt_contains="the short one", seconds=10)
        await one.fault(**TOKENS_OVER, times=None)
        for number in range(CROWD):
            await one.imagine(f"number {number}", member=f"member{number}")
        last = await one.imagine("the short one", member="zoe")
        card = await one.settled(last, member="zoe")
        rows = await wire(one)
        # the last word is the only one that still tries its token, and then stands in line
        begun = max(number for number, row in enumerate(rows) if row.get("status") == 401)
        assert len(set(edits(rows[:begun]))) > CROWD // 3
        # one edit was on its way when that was answered, one more may begin before the bot has read it
        assert edits(rows[begun:]).index(card["id"]) <= 2
        assert [row for row in rows if row.get("status") == 429] == []
        await one.heal()
