"""Many jobs at once: pages of the listing tell of their ends, not a read of each."""

import asyncio

import pytest

from tests.bench.house import Tape, requests
from tests.e2e.matrix import crowd
from tests.e2e.stage import Json, Stage, images

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOW_MANY = 24


async def watched(house: Stage, *, seconds: float) -> tuple[list[Json], list[Json]]:
    """So many pictures; their cards, and what crossed the wire meanwhile."""
    await house.post("/script", seconds=seconds)
    async with Tape(house) as tape:
        asked = await asyncio.gather(
            *(house.imagine(f"lamp {number}", member=f"member{number}") for number in range(HOW_MANY))
        )
        cards = [await house.settled(one, member=f"member{n}") for n, one in enumerate(asked)]
        return cards, await tape.look()


def reads(records: list[Json]) -> int:
    """Requests for one job."""
    return sum("/jobs/" in record["path"] for record in requests(records, "scenario", "GET", "/jobs"))


async def test_many_are_watched_by_pages() -> None:
    async with crowd() as house:
        cards, records = await watched(house, seconds=8)
        assert [len(images(card)) for card in cards] == [1] * HOW_MANY
        assert reads(records) < 2 * HOW_MANY  # singly it would be every two seconds
        assets = requests(records, "scenario", "", "/v1/assets")
        assert 0 < len(assets) < HOW_MANY / 2


@pytest.mark.parametrize("fault", ["ragged", "refused"])
async def test_no_listing_is_so_odd_that_an_end_is_missed(fault: str) -> None:
    async with crowd() as house:
        if fault == "ragged":
            await house.post("/settings", scenario={"ragged_pages": True})
        else:
            await house.post(
                "/faults", half="scenario", kind="status", status=400, method="GET", path="/jobs", times=None
            )
        cards, _ = await watched(house, seconds=3)
        assert [len(images(card)) for card in cards] == [1] * HOW_MANY
