"""What members give is handed in once, before anything is priced or bought, and survives a restart."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from bot.generation.failures import FailureKind
from bot.generation.member_files import Supply
from bot.generation.model import Fate, Generation
from bot.generation.ports import Delayed, FileGone
from bot.request.ask import Ask, InputFile, pending_files, with_assets
from bot.scenario.api.errors import BadInput, FileTooBig, Unavailable
from bot.scenario.api.records import File, Json
from bot.scenario.api.sniff import mime_of
from tests.support.bench import Bench, a_bench
from tests.support.builders import a_generation
from tests.support.clock import until
from tests.support.intake import FakeIntake

PICTURE = InputFile(
    role="image", filename="cat.png", url="https://cdn.discordapp.com/cat.png", content_type="image/png"
)
OTHER = replace(PICTURE, filename="dog.png", url="https://cdn.discordapp.com/dog.png")


def with_files(id_: str = "1001", *files: InputFile, **inputs: Json) -> Generation:
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


@pytest.mark.parametrize(
    ("head", "given", "mime"),
    [
        (b"\0\0\0\x18ftypisom\0\0\0\0", {"filename": "a.m4a", "content_type": "audio/mp4"}, "audio/mp4"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", {"filename": "a.m4a", "content_type": None}, "audio/mp4"),
        (b"\x1a\x45\xdf\xa3\x9f", {"filename": "a.webm", "content_type": "audio/webm"}, "audio/webm"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", {"filename": "a.mp4", "content_type": "video/mp4"}, "video/mp4"),
        (b'{"asset": {"version": "2.0"}}', {"filename": "a.gltf", "content_type": None}, "model/gltf+json"),
    ],
)
async def test_a_file_is_handed_in_as_what_the_member_says_where_its_container_may_be_either(
    bench: Bench, tmp_path: Path, head: bytes, given: dict[str, str | None], mime: str
) -> None:
    path = tmp_path / "a"
    path.write_bytes(head)
    asked: Any = {"role": "audio", "url": "u", **given}
    handed: list[str] = []

    class Told(FakeIntake):
        async def fetch(self, given: InputFile, into: Path, *, cap: int) -> File:
            return File(path=path, size=len(head), mime_type=mime_of(head, ""))

    async def upload(file: File, name: str) -> str:
        handed.append(file.mime_type)
        return "asset_1"

    bench.studio.upload = upload
    supply = Supply(bench.store.uploads, bench.studio, Told(), bench.clock)
    generation = with_files("1001", InputFile(**asked), audio="upload:0")
    assert await supply.bring(generation) == {0: "asset_1"}
    assert handed == [mime]


async def test_a_file_that_discord_does_not_give_for_long_is_no_outage_of_scenarios() -> None:
    intake = FakeIntake()
    intake.behind[PICTURE.url or ""] = Delayed("a page came in its place")
    async with a_bench(intake=intake) as bench:
        await bench.put(with_files(image="upload:0"))
        assert 0 < (await bench.step() or 0) <= 15
        progress = bench.process.board.get("1001")
        assert progress is not None
        assert progress.phase == "uploading"
        bench.clock.jump(bench.process.writer.patience.outage.total_seconds() + 1)
        await bench.step()
        ended = await bench.get()
        assert ended.failure is not None
        assert (ended.failure.kind, ended.price) == (FailureKind.FILE_LOST, None)
        assert bench.studio.posts == []
