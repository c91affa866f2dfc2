"""What members give is handed in once, before anything is priced or bought, and survives a restart."""

import asyncio
from dataclasses import replace
from typing import Any, cast

import pytest

from bot.generation.model import Ask, FailureKind, Fate, Generation, Given, pending_files, with_assets
from bot.generation.ports import Delayed, FileGone
from bot.scenario.errors import BadInput, FileTooBig, Unavailable
from bot.scenario.records import Json
from tests.support.bench import Bench, a_bench
from tests.support.builders import a_generation
from tests.support.clock import until
from tests.support.intake import FakeIntake

PICTURE = Given(
    role="image", filename="cat.png", url="https://cdn.discordapp.com/cat.png", content_type="image/png"
)
OTHER = replace(PICTURE, filename="dog.png", url="https://cdn.discordapp.com/dog.png")


def with_files(id_: str = "1001", *files: Given, **inputs: Json) -> Generation:
    given = files or (PICTURE,)
    return a_generation(id_, ask=Ask(prompt="a cat", files=given), inputs={"prompt": "a cat", **inputs})


def test_marks_are_found_and_filled_wherever_they_stand() -> None:
    inputs: dict[str, Json] = {
        "a": "upload:0",
        "b": ["x", "upload:2"],
        "c": [{"d": "upload:0"}],
        "e": "upload: not",
    }
    assert pending_files(inputs) == (0, 2)
    filled = with_assets(inputs, {0: "asset_a", 2: "asset_b"})
    assert filled == {"a": "asset_a", "b": ["x", "asset_b"], "c": [{"d": "asset_a"}], "e": "upload: not"}
    assert pending_files(filled) == ()


async def test_a_file_is_handed_in_before_the_price_and_the_purchase(bench: Bench) -> None:
    bench.studio.cost = 4.0
    await bench.put(with_files(image="upload:0"))
    assert await bench.step() == 0.0
    assert (await bench.get()).inputs == {"prompt": "a cat", "image": "asset_upload1"}
    assert bench.studio.posts == []
    await bench.step()
    await bench.step()
    assert bench.studio.posts == [{"prompt": "a cat", "image": "asset_upload1"}]
    assert bench.studio.uploads == ["cat.png"]


async def test_who_repeats_the_request_starts_from_the_asset(bench: Bench) -> None:
    await bench.put(with_files(image="upload:0"))
    await bench.step()
    assert (await bench.get()).ask.files == (replace(PICTURE, asset_id="asset_upload1"),)


async def test_the_same_bytes_are_handed_in_once(bench: Bench) -> None:
    for id_ in ("1", "2"):
        await bench.put(with_files(id_, image="upload:0"))
        await bench.step(id_)
    assert bench.studio.uploads == ["cat.png"]
    assert (await bench.get("2")).inputs == {"prompt": "a cat", "image": "asset_upload1"}


async def test_the_same_bytes_at_the_same_time_are_handed_in_once(bench: Bench) -> None:
    for id_ in ("1", "2"):
        await bench.put(with_files(id_, image="upload:0"))
    gate = bench.studio.hold("upload")
    steps = [asyncio.create_task(bench.step(id_)) for id_ in ("1", "2")]
    locks = bench.process.admission._supply._handing  # pyright: ignore[reportPrivateUsage]

    def both_are_there() -> bool:
        """One hands the file in, and the other waits for it; or, wrongly, both hand it in."""
        waiting = any(cast("Any", lock)._waiters for lock in locks.values())
        return waiting or bench.studio.calls.count("upload") == 2

    await until(both_are_there, "both to be there")
    await until(lambda: "upload" in bench.studio.calls, "one to be handed in")
    gate.set()
    await asyncio.gather(*steps)
    assert bench.studio.uploads == ["cat.png"]


async def test_an_asset_that_is_gone_at_scenario_is_handed_in_again(bench: Bench) -> None:
    await bench.put(with_files("1", image="upload:0"))
    await bench.step("1")
    bench.studio.gone.add("asset_upload1")
    await bench.put(with_files("2", image="upload:0"))
    await bench.step("2")
    assert (await bench.get("2")).inputs == {"prompt": "a cat", "image": "asset_upload2"}


async def test_several_files_each_find_their_place(bench: Bench) -> None:
    await bench.put(with_files("1001", PICTURE, OTHER, images=["upload:1", "upload:0"]))
    await bench.step()
    assert (await bench.get()).inputs == {"prompt": "a cat", "images": ["asset_upload1", "asset_upload2"]}
    assert bench.studio.uploads == ["dog.png", "cat.png"]


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [(FileGone("404"), FailureKind.FILE_LOST), (FileTooBig("big", cap=1), FailureKind.FILE_REFUSED)],
)
async def test_a_file_that_cannot_be_had_ends_it_unbought(trouble: Exception, kind: FailureKind) -> None:
    intake = FakeIntake()
    intake.behind[PICTURE.url or ""] = trouble
    async with a_bench(intake=intake) as bench:
        await bench.put(with_files(image="upload:0"))
        await bench.step()
        ended = await bench.get()
        assert ended.fate is Fate.FAILED
        assert ended.failure is not None
        assert ended.failure.kind is kind
        assert bench.studio.posts == []


async def test_a_file_that_scenario_refuses_ends_it_with_scenarios_words(bench: Bench) -> None:
    bench.studio.fail("upload", BadInput("not a picture"))
    await bench.put(with_files(image="upload:0"))
    await bench.step()
    failure = (await bench.get()).failure
    assert failure is not None
    assert (failure.kind, failure.reason) == (FailureKind.FILE_REFUSED, "not a picture")


async def test_an_outage_on_either_side_is_waited_out(bench: Bench) -> None:
    bench.studio.fail("upload", Unavailable("502"))
    await bench.put(with_files(image="upload:0"))
    assert (await bench.step() or 0) > 0
    assert (await bench.get()).fate is Fate.REQUESTED
    assert await bench.step() == 0.0


async def test_discord_that_is_slow_is_waited_out() -> None:
    intake = FakeIntake()
    intake.behind[PICTURE.url or ""] = Delayed("503")
    async with a_bench(intake=intake) as bench:
        await bench.put(with_files(image="upload:0"))
        assert (await bench.step() or 0) > 0
        intake.behind.clear()
        assert await bench.step() == 0.0
