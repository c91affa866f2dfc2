"""Fresh links to what was made, for whoever may see it, and for nobody else."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.cards.originals import expiry_of
from bot.generation.model import Fate, Generation, Output
from bot.generation.ports import Guard
from bot.refusals import AlreadyAsked, NoSuchGeneration, NotHere, ScenarioSilent
from bot.scenario.api.errors import NotFound, Unavailable
from bot.service.service import Policy
from tests.support.bench import Bench, a_bench
from tests.support.builders import CHANNEL, STRANGER, a_caller, a_job, running
from tests.support.clock import START


def done(**changes: Any) -> Generation:
    fields: dict[str, Any] = {
        "fate": Fate.SUCCEEDED,
        "outputs": (Output(asset_id="asset_a"), Output(asset_id="asset_b")),
        "finished_at": START,
    }
    return running(**{**fields, **changes})


async def _its_channel(channel_id: int) -> bool:
    return channel_id == CHANNEL


async def links(bench: Bench, **origin: Any) -> list[str]:
    return [one.url for one in await bench.service.showing.originals("1001", a_caller("2", **origin))]


async def test_every_press_signs_anew_for_every_file(bench: Bench) -> None:
    await bench.put(done())
    assert await links(bench) == [f"https://cdn.scenario.com/original/asset_{one}" for one in "ab"]
    assert bench.studio.calls.count("original") == 2


async def test_who_may_see_the_card_may_have_the_originals(bench: Bench) -> None:
    await bench.put(done())
    assert len(await links(bench, owner_id=STRANGER)) == 2
    assert len(await links(bench, owner_id=STRANGER + 1, channel_id=9, sees=_its_channel)) == 2


@pytest.mark.parametrize(
    ("card", "origin"),
    [
        ({"private": True}, {}),
        ({}, {"guild_id": 1}),
        ({}, {"channel_id": 9}),
        ({"guild_id": None, "channel_id": 3}, {"guild_id": None, "channel_id": 4}),
    ],
)
async def test_nobody_else_gets_a_link_or_costs_a_request(
    bench: Bench, card: dict[str, Any], origin: dict[str, Any]
) -> None:
    await bench.put(done(**card))
    with pytest.raises(NoSuchGeneration):
        await links(bench, owner_id=STRANGER, **origin)
    assert "original" not in bench.studio.calls


async def test_a_server_that_is_not_served_gets_none() -> None:
    async with a_bench(policy=Policy(guard=Guard(), guild_ids=frozenset({1}))) as bench:
        await bench.put(done())
        with pytest.raises(NotHere):
            await links(bench)


async def test_a_double_click_signs_once(bench: Bench) -> None:
    await bench.put(done())
    await links(bench)
    with pytest.raises(AlreadyAsked):
        await links(bench)


async def test_what_is_gone_is_left_out_and_an_outage_is_told(bench: Bench) -> None:
    await bench.put(done())
    bench.studio.fail("original", NotFound("gone"), None)
    assert len(await links(bench)) == 1
    bench.clock.jump(60)
    bench.studio.fail("original", Unavailable("502"))
    with pytest.raises(ScenarioSilent):
        await links(bench)


async def test_without_assets_the_job_gives_fresh_links(bench: Bench) -> None:
    await bench.put(done(outputs=(Output(url="https://cdn.scenario.com/old"),)))
    bench.studio.put(a_job("job_1001", urls=("https://cdn.scenario.com/new",)))
    assert await links(bench) == ["https://cdn.scenario.com/new"]


async def test_a_link_is_in_no_repr_that_a_log_might_show(bench: Bench) -> None:
    await bench.put(done())
    (first, _) = await bench.service.showing.originals("1001", a_caller("2"))
    assert "https" not in repr(first)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("Expires=1800000000&Signature=x", datetime(2027, 1, 15, 8, tzinfo=UTC)),
        ("X-Amz-Date=20270115T080000Z&X-Amz-Expires=600", datetime(2027, 1, 15, 8, 10, tzinfo=UTC)),
        ("Policy=abc", None),
        ("Expires=soon", None),
        ("X-Amz-Date=yesterday&X-Amz-Expires=600", None),
        ("X-Amz-Date=20270115T080000Z&X-Amz-Expires=ever", None),
        ("", None),
    ],
)
def test_a_link_says_when_it_stops_working_where_it_does(query: str, told: datetime | None) -> None:
    assert expiry_of(f"https://cdn.scenario.com/a.png?{query}") == told
