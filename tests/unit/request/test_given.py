"""`from_card` and the menus on cards: what an earlier generation gives, and to whom."""

from dataclasses import replace
from typing import Any

import pytest

from bot.actions.actions import Place
from bot.generation import failures
from bot.generation.card import CardState
from bot.generation.failures import FailureKind
from bot.generation.model import Fate, Generation, Output
from bot.refusals import Lacking, NoPicture, NoSuchGeneration
from bot.request.ask import InputFile
from bot.vocabulary import Medium
from tests.support.bench import Bench
from tests.support.builders import CHANNEL, GUILD, STRANGER, a_caller, a_generation, running

ASSET = Output(asset_id="asset_a")


def done(**changes: Any) -> Generation:
    fields: dict[str, Any] = {"fate": Fate.SUCCEEDED, "outputs": (ASSET,), **changes}
    return running(**fields)


async def _its_channel(channel_id: int) -> bool:
    return channel_id == CHANNEL


async def _another_channel(channel_id: int) -> bool:
    return channel_id == CHANNEL + 1


@pytest.mark.parametrize(
    ("changes", "viewer"),
    [
        ({}, {}),
        ({"private": True}, {}),
        ({"card": CardState.KEPT}, {}),
        ({"private": True}, {"guild_id": None, "channel_id": 1}),
        ({}, {"owner_id": STRANGER}),
        ({}, {"owner_id": STRANGER, "channel_id": 9, "sees": _its_channel}),
    ],
)
async def test_whoever_may_see_it_may_use_it(
    bench: Bench, changes: dict[str, Any], viewer: dict[str, Any]
) -> None:
    await bench.put(done(**changes))
    given = await bench.service.showing.given(Place("1001"), a_caller("2002", **viewer), "image")
    assert given == InputFile(
        role="image", filename="1001", asset_id="asset_a", content_type="image/*", subject="a cat"
    )


@pytest.mark.parametrize(
    ("changes", "viewer"),
    [
        ({"private": True}, {"owner_id": STRANGER}),
        ({}, {"owner_id": STRANGER, "guild_id": GUILD + 1}),
        ({}, {"owner_id": STRANGER, "guild_id": None}),
        ({}, {"owner_id": STRANGER, "channel_id": 9}),
        ({}, {"owner_id": STRANGER, "channel_id": 9, "sees": _another_channel}),
        ({"channel_id": None}, {"owner_id": STRANGER, "channel_id": None}),
        ({"fate": Fate.FAILED, "job_id": None, "cu": None}, {"owner_id": STRANGER}),
    ],
)
async def test_what_is_not_theirs_to_see_does_not_exist(
    bench: Bench, changes: dict[str, Any], viewer: dict[str, Any]
) -> None:
    await bench.put(done(**{"failure": failures.Rejected(kind=FailureKind.BAD_INPUT), **changes}))
    with pytest.raises(NoSuchGeneration):
        await bench.service.showing.given(Place("1001"), a_caller("2002", **viewer), "image")
    with pytest.raises(NoSuchGeneration):
        await bench.service.showing.given(Place("404"), a_caller("2002", **viewer), "image")


@pytest.mark.parametrize(
    "outputs", [(), (Output(text="words"), Output(url="https://cdn.scenario.com/x"))], ids=["none", "words"]
)
async def test_what_holds_no_file_is_told_as_that(bench: Bench, outputs: tuple[Output, ...]) -> None:
    await bench.put(done(outputs=outputs))
    with pytest.raises(NoPicture) as told:
        await bench.service.showing.given(Place("1001"), a_caller("2002"), "image")
    assert told.value.lacking is Lacking.NOTHING


@pytest.mark.parametrize(
    ("medium", "content_type"),
    [
        (Medium.IMAGE, "image/*"),
        (Medium.VIDEO, "video/*"),
        (Medium.AUDIO, "audio/*"),
        (Medium.THREE_D, "model/*"),
        (Medium.TEXT, "text/*"),
    ],
)
async def test_it_is_of_the_kind_that_was_made(bench: Bench, medium: Medium, content_type: str) -> None:
    await bench.put(done(medium=medium, outputs=(Output(text="x"), ASSET, Output(asset_id="asset_b"))))
    given = await bench.service.showing.given(Place("1001", 1), a_caller("2002"), "reference")
    assert (given.role, given.asset_id, given.content_type) == ("reference", "asset_a", content_type)


async def test_an_unfinished_one_gives_nothing(bench: Bench) -> None:
    await bench.put(a_generation())
    await bench.put(replace(running("1002"), job_id="job_2"))
    for number in ("1001", "1002"):
        with pytest.raises(NoPicture) as told:
            await bench.service.showing.given(Place(number), a_caller("2002"), "image")
        assert told.value.lacking is Lacking.NOT_YET
