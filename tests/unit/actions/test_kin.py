"""Which cards a card names before and behind it, and to whom."""

from typing import Any

import pytest

from bot.actions.actions import Place
from bot.actions.kin import ALONE, kin_of
from bot.generation.card import CardState, Removal
from bot.generation.model import Fate, Generation, Output
from bot.request.ask import Ask, InputFile
from bot.ui.actions import chain
from tests.support.bench import Bench, a_bench
from tests.support.builders import OWNER, STRANGER, a_generation


def done(id_: str, **changes: Any) -> Generation:
    fields: dict[str, Any] = {"fate": Fate.SUCCEEDED, "outputs": (Output(asset_id="asset_a"),)}
    return a_generation(id_, **{**fields, "job_id": f"job_{id_}", **changes})


def child(id_: str, name: str, **changes: Any) -> Generation:
    file = InputFile(role="image", filename=name, asset_id="asset_a", subject="a cat")
    ask = Ask(files=(file,))
    card = name.partition("-")[0]
    fields = {"ask": ask, "parent_id": card, "built_on": card, "command": "upscale"}
    return done(id_, **{**fields, **changes})


async def lines(bench: Bench, id_: str) -> list[str]:
    return chain.lines(await kin_of(bench.store, await bench.get(id_)))


async def test_parent_and_children_are_named_with_links() -> None:
    async with a_bench() as bench:
        await bench.put(done("1001", message_id=71))
        await bench.put(child("1002", "1001-3", message_id=72, owner_id=STRANGER))
        await bench.put(child("1003", "1001-1", message_id=73, command="cutout"))
        url = "https://discord.com/channels/42/555"
        assert await lines(bench, "1002") == [f"-# made from number 3 of [a cat]({url}/71)"]
        cut, large = f"[Background removed]({url}/73)", f"[Upscale]({url}/72)"
        told = f"-# built on this: {cut} by <@{OWNER}> and {large} by <@{STRANGER}>"
        assert await lines(bench, "1001") == [told]
        kin = await kin_of(bench.store, await bench.get("1002"))
        assert kin.place == Place("1001", 3)


async def test_what_only_repeats_a_request_or_came_to_nothing_builds_on_nothing() -> None:
    async with a_bench() as bench:
        await bench.put(done("1001"))
        await bench.put(done("1002", parent_id="1001"))  # Again
        await bench.put(child("1003", "1001", fate=Fate.FAILED, outputs=()))
        assert await lines(bench, "1001") == await lines(bench, "1002") == []
        assert await kin_of(bench.store, await bench.get("1001")) == ALONE


async def test_a_card_names_what_was_built_on_it_however_often_its_request_was_repeated() -> None:
    async with a_bench() as bench:
        await bench.put(done("1001"))
        await bench.put(child("1002", "1001", message_id=72))
        for number in range(30):
            await bench.put(done(str(2000 + number), parent_id="1001"))
        (line,) = await lines(bench, "1001")
        assert "/72)" in line


async def test_a_full_picture_is_built_on_its_draft() -> None:
    async with a_bench() as bench:
        await bench.put(done("1001", message_id=71))
        full = Ask(prompt="a cat", seed=5, full_of="1001-2")
        built = {"parent_id": "1001", "built_on": "1001"}
        await bench.put(done("1002", ask=full, message_id=72, **built))
        url = "https://discord.com/channels/42/555"
        assert await lines(bench, "1002") == [f"-# made from number 2 of [a cat]({url}/71)"]
        assert f"({url}/72)" in (await lines(bench, "1001"))[0]


@pytest.mark.parametrize(("private", "told"), [(True, 1), (False, 0)])
async def test_a_private_card_is_named_on_its_owners_private_ones_only(private: bool, told: int) -> None:
    async with a_bench() as bench:
        await bench.put(done("1001", private=True))
        await bench.put(child("1002", "1001", private=private))
        await bench.put(child("1003", "1002", private=True, owner_id=STRANGER))
        assert len(await lines(bench, "1002")) == told
        assert len(await lines(bench, "1001")) == 1  # the owner sees both


async def test_a_card_without_a_message_is_named_by_its_number_and_an_unknown_one_not_at_all() -> None:
    async with a_bench() as bench:
        await bench.put(done("1001", card=CardState.KEPT))
        await bench.put(child("1002", "1001"))
        await bench.put(child("1003", "404"))
        assert await lines(bench, "1002") == ["-# made from a cat (/show 1001)"]
        assert await lines(bench, "1003") == []


async def test_of_many_the_newest_are_named() -> None:
    async with a_bench() as bench:
        await bench.put(done("1001"))
        for number in range(7):
            await bench.put(child(f"200{number}", "1001"))
        (line,) = await lines(bench, "1001")
        assert line.count("Upscale") == 5
        assert "2 more" in line


@pytest.mark.parametrize(
    "changes",
    [
        {"card": CardState.KEPT, "removed": Removal.MODERATOR},
        {"card": CardState.KEPT, "removed": Removal.OWNER},
        {"channel_id": 556},
        {"guild_id": None, "channel_id": 557},
        {"guild_id": 43},
    ],
    ids=["taken away by a moderator", "by its owner", "another channel", "direct messages", "another server"],
)
async def test_what_not_everybody_who_sees_the_card_may_see_is_not_named(changes: dict[str, Any]) -> None:
    async with a_bench() as bench:
        await bench.put(done("1001"))
        await bench.put(child("1002", "1001", owner_id=STRANGER, **changes))
        await bench.put(done("1003", **changes))
        await bench.put(child("1004", "1003", owner_id=STRANGER))
        assert await lines(bench, "1001") == await lines(bench, "1004") == []
