"""Files that go in: whole, to where they may go, and with a plain word when they cannot."""

import json
import wave
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from aiohttp import web
from PIL import Image

from bot.scenario import uploads
from bot.scenario.api import errors
from bot.scenario.api.records import File
from bot.scenario.client import ScenarioClient
from sandbox.scenario.studio import Studio
from tests.contract.scripted import Cue, Handler, connected, reset, routed, says, serving
from tests.contract.test_client import Bench, Now, a_bench
from tests.support.clock import HeldClock


def a_sound() -> bytes:
    """A WAV of 1044 bytes."""
    made = BytesIO()
    with wave.open(made, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(bytes(range(250)) * 4)
    return made.getvalue()


WAV = a_sound()


def a_file(folder: Path, content: bytes, mime: str = "application/octet-stream") -> File:
    path = folder / "given"
    path.write_bytes(content)
    return File(path=path, size=len(content), mime_type=mime)


def a_picture(side: int) -> bytes:
    """An incompressible PNG: about 3 * side * side bytes."""
    image = Image.frombytes("RGB", (side, side), Random(1).randbytes(3 * side * side))
    made = BytesIO()
    image.save(made, "PNG")
    return made.getvalue()


pytestmark = pytest.mark.usefixtures("no_waiting")


# Against the sandbox


class Hurried(HeldClock):
    """The client's waits move the sandbox's clock and take no time."""

    def __init__(self, now: Now) -> None:
        super().__init__(auto=True)
        self._sandbox = now

    async def sleep(self, seconds: float) -> None:
        self._sandbox.ahead += seconds
        await super().sleep(seconds)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with a_bench(clock=Hurried) as bench:
        yield bench


def stored(studio: Studio, asset_id: str) -> bytes | None:
    return studio.find_asset(asset_id).content


async def test_a_small_picture_goes_within_one_request(bench: Bench, tmp_path: Path) -> None:
    picture = a_picture(50)
    asset_id = await bench.client.upload(a_file(tmp_path, picture), name="cat.png")
    assert stored(bench.studio, asset_id) == picture
    [asset] = await bench.client.assets([asset_id])
    assert (asset.kind, asset.mime_type, asset.width) == ("image", "image/png", 50)


async def test_a_large_picture_goes_in_parts(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "PART", 100_000)
    picture = a_picture(300)
    assert len(picture) > 200_000
    asset_id = await bench.client.upload(a_file(tmp_path, picture), name="cat.png")
    assert stored(bench.studio, asset_id) == picture
    link = await bench.client.original(asset_id)
    file = await bench.client.fetch(link, tmp_path / "back", cap=2**24)
    assert file.path.read_bytes() == picture


async def test_a_sound_is_known_by_its_bytes(bench: Bench, tmp_path: Path) -> None:
    asset_id = await bench.client.upload(a_file(tmp_path, WAV, "image/png"), name="a.png")
    [asset] = await bench.client.assets([asset_id])
    assert (asset.kind, asset.mime_type) == ("audio", "audio/wav")


async def test_what_scenario_cannot_import(bench: Bench, tmp_path: Path) -> None:
    broken = b"\x89PNG\r\n\x1a\n" + b"\0" * 200_000
    with pytest.raises(errors.BadInput, match="Invalid image"):
        await bench.client.upload(a_file(tmp_path, broken), name="cat.png")
    with pytest.raises(errors.BadInput, match="empty"):
        await bench.client.upload(a_file(tmp_path, b""), name="cat.png")


async def test_a_link_that_ran_out_is_read_anew(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "PART", 400)
    put = bench.studio.uploads.put
    seen: list[str] = []

    def receive(upload_id: str, number: str, body: bytes) -> None:
        if number == "1":
            bench.now.ahead += 10_000  # while the first part was under way the other links ran out
            bench.studio.uploads.get(upload_id).created = bench.now.now()
        seen.append(number)
        put(upload_id, number, body)

    monkeypatch.setattr(bench.studio.uploads, "put", receive)
    asset_id = await bench.client.upload(a_file(tmp_path, WAV), name="a.wav")
    assert stored(bench.studio, asset_id) == WAV
    assert seen == ["1", "2", "3"]


# Against a script


@pytest.fixture
async def client(cue: Cue) -> AsyncIterator[ScenarioClient]:
    async with connected(f"{cue.origin}/v1", clock=HeldClock(auto=True)) as client:
        yield client


def upload(status: str, **more: Any) -> Handler:
    return says(200, {"upload": {"id": "upload_1", "status": status, **more}})


def links(cue: Cue, count: int = 1) -> list[dict[str, Any]]:
    """In no order, as a listing may have them."""
    return [{"number": n, "url": f"{cue.origin}/bucket/{n}?Signature=s3cr3t"} for n in range(count, 0, -1)]


IMPORTED = upload("imported", entityId="asset_1")


def script(cue: Cue, parts: list[dict[str, Any]], **changes: list[Handler]) -> dict[str, list[Handler]]:
    """An upload that works, but for the changes: create, part, complete, look."""
    steps = {
        "create": [upload("pending", parts=parts)],
        "part": [says(200)],
        "complete": [upload("complete")],
        "look": [upload("validating"), upload("a-new-word"), upload("imported"), IMPORTED],
    } | changes
    table = {
        "POST /v1/uploads": steps["create"],
        "POST /v1/uploads/upload_1/action": steps["complete"],
        "GET /v1/uploads/upload_1": steps["look"],
    }
    for number in range(1, 4):
        table[f"PUT /bucket/{number}"] = steps["part"]
    cue.answers = [routed(table)]
    return table


def puts(cue: Cue) -> list[int]:
    return [at for at, (method, _) in enumerate(cue.asked) if method == "PUT"]


async def test_what_an_upload_looks_like(
    cue: Cue, client: ScenarioClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "PART", 400)
    script(cue, links(cue, 3))
    assert await client.upload(a_file(tmp_path, WAV), name="é.wav") == "asset_1"
    assert json.loads(cue.bodies[0]) == {
        "kind": "audio",
        "fileName": "é.wav",
        "contentType": "audio/wav",
        "fileSize": len(WAV),
        "parts": 3,
    }
    sent = puts(cue)
    assert [cue.asked[at][1] for at in sent] == [f"/bucket/{n}?Signature=s3cr3t" for n in (1, 2, 3)]
    assert b"".join(cue.bodies[at] for at in sent) == WAV
    for at in sent:
        headers = cue.headers[at]
        assert (headers["content-type"], headers["content-length"]) == ("audio/wav", str(len(cue.bodies[at])))
        assert not {"authorization", "cookie", "transfer-encoding"} & set(headers)
    assert json.loads(cue.bodies[sent[-1] + 1]) == {"action": "complete"}


async def test_a_part_that_is_cut_off_is_sent_again_whole(
    cue: Cue, client: ScenarioClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "PART", 400)
    script(cue, links(cue, 3), part=[says(200), reset, says(503), says(200)])
    assert await client.upload(a_file(tmp_path, WAV), name="a.wav") == "asset_1"
    sent = puts(cue)
    assert [cue.asked[at][1][8] for at in sent] == ["1", "2", "2", "2", "3"]
    assert cue.bodies[sent[1]] == cue.bodies[sent[2]] == cue.bodies[sent[3]] == WAV[400:800]


async def test_an_upload_that_the_wire_cuts_half_way(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    content, arrived, cuts = WAV * 2000, bytearray(), [3]

    async def bucket(request: web.Request) -> web.StreamResponse:
        arrived.clear()
        if cuts[0] > 0:
            cuts[0] -= 1
            arrived.extend(await request.content.readexactly(1_000_000))
            return await reset(request)
        arrived.extend(await request.read())
        return web.Response(status=204)

    table: dict[str, list[Handler]] = {}
    app = web.Application(client_max_size=2**26)
    app.router.add_put("/bucket/1", bucket)
    app.router.add_route("*", "/{tail:.*}", routed(table))
    async with serving(app) as origin, connected(f"{origin}/v1", clock=HeldClock(auto=True)) as client:
        parts = [{"number": 1, "url": f"{origin}/bucket/1?Signature=s3cr3t"}]
        table["POST /v1/uploads"] = [upload("pending", parts=parts)]
        table["POST /v1/uploads/upload_1/action"] = [upload("complete")]
        table["GET /v1/uploads/upload_1"] = [IMPORTED]
        with pytest.raises(errors.Unavailable) as caught:
            await client.upload(a_file(tmp_path, content), name="a.wav")
        assert "s3cr3t" not in repr(caught.value) + caplog.text
        cuts[0] = 2
        assert await client.upload(a_file(tmp_path, content), name="a.wav") == "asset_1"
    assert arrived == content


async def test_a_part_that_is_refused(cue: Cue, client: ScenarioClient, tmp_path: Path) -> None:
    fresh = upload("pending", parts=links(cue))
    script(cue, links(cue), part=[says(403), says(200)], look=[fresh, IMPORTED])
    assert await client.upload(a_file(tmp_path, WAV), name="a.wav") == "asset_1"
    script(cue, links(cue), part=[says(403, b"<Error>AccessDenied</Error>")], look=[fresh])
    with pytest.raises(errors.Rejected, match="refused") as caught:
        await client.upload(a_file(tmp_path, WAV), name="a.wav")
    assert caught.value.status == 403
    assert len(puts(cue)) == 4


@pytest.mark.parametrize("status", [301, 302, 307])
async def test_a_part_follows_no_redirect(
    cue: Cue, client: ScenarioClient, tmp_path: Path, status: int
) -> None:
    moved = says(status, None, Location="/elsewhere")
    script(cue, links(cue), part=[moved], look=[upload("pending", parts=links(cue))])
    with pytest.raises(errors.Rejected):
        await client.upload(a_file(tmp_path, WAV), name="a.wav")
    assert "/elsewhere" not in [path for _, path in cue.asked]


@pytest.mark.parametrize(
    "link",
    [
        "http://169.254.169.254/1?s3cr3t",
        "https://evil.example/1?s3cr3t",
        "http://bucket.s3.amazonaws.com/1?s3cr3t",
        "https://amazonaws.com.evil.example/1?s3cr3t",
        "https://[s3cr3t/",
    ],
)
async def test_parts_go_nowhere_else(cue: Cue, client: ScenarioClient, tmp_path: Path, link: str) -> None:
    script(cue, [{"number": 1, "url": link}])
    with pytest.raises(errors.Rejected) as caught:
        await client.upload(a_file(tmp_path, WAV), name="a.wav")
    assert "s3cr3t" not in repr(caught.value)
    assert [path for _, path in cue.asked] == ["/v1/uploads"]


@pytest.mark.parametrize(
    "parts",
    [
        None,
        [],
        [{"number": 2, "url": "https://scenario.com/2"}],
        [{"number": 1, "url": None}],
        [{"number": n, "url": "https://scenario.com/1"} for n in (1, 2)],
        "none",
    ],
)
async def test_links_that_do_not_fit_the_parts(
    cue: Cue, client: ScenarioClient, tmp_path: Path, parts: Any
) -> None:
    table = script(cue, parts, look=[upload("pending", parts=parts)])
    with pytest.raises(errors.Unavailable):
        await client.upload(a_file(tmp_path, WAV), name="a.wav")
    assert puts(cue) == []
    table["GET /v1/uploads/upload_1"] = [upload("pending", parts=links(cue)), IMPORTED]
    assert await client.upload(a_file(tmp_path, WAV), name="a.wav") == "asset_1"


async def test_an_import_that_never_ends(cue: Cue, tmp_path: Path) -> None:
    clock = HeldClock(auto=True)
    async with connected(f"{cue.origin}/v1", clock=clock) as client:
        script(cue, links(cue), look=[upload("validating")])
        with pytest.raises(errors.Unavailable, match="in time"):
            await client.upload(a_file(tmp_path, WAV), name="a.wav")
    assert uploads.IMPORT <= clock.monotonic() <= uploads.IMPORT + 5
    assert clock.slept == sorted(clock.slept)
    assert len(clock.slept) < 60


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"status": "failed", "errorMessage": "Not a sound"}, "Not a sound"),
        ({"status": "FAILED", "errorMessage": None}, "the file could not be imported"),
    ],
)
async def test_an_import_that_fails(
    cue: Cue, client: ScenarioClient, tmp_path: Path, record: dict[str, Any], reason: str
) -> None:
    script(cue, links(cue), look=[upload("validating"), says(200, {"upload": {"id": "upload_1", **record}})])
    with pytest.raises(errors.BadInput) as caught:
        await client.upload(a_file(tmp_path, WAV), name="a.wav")
    assert caught.value.reason == reason


async def test_a_complete_whose_answer_was_lost(cue: Cue, client: ScenarioClient, tmp_path: Path) -> None:
    twice = says(400, {"reason": "Upload is already complete"})
    script(cue, links(cue), complete=[reset, twice])
    assert await client.upload(a_file(tmp_path, WAV), name="a.wav") == "asset_1"
    missing = says(400, {"reason": "Some parts are missing"})
    script(cue, links(cue), complete=[missing], look=[upload("pending", parts=links(cue))])
    with pytest.raises(errors.BadInput, match="missing"):
        await client.upload(a_file(tmp_path, WAV), name="a.wav")


@pytest.mark.parametrize("status", [401, 403, 413, 500])
async def test_an_upload_that_is_not_begun(
    cue: Cue, client: ScenarioClient, tmp_path: Path, status: int
) -> None:
    script(cue, [], create=[says(status, {"reason": "no"})])
    kind = errors.Unavailable if status == 500 else errors.Rejected
    with pytest.raises(kind):
        await client.upload(a_file(tmp_path, WAV), name="a.wav")
    assert puts(cue) == []


async def test_a_file_that_becomes_shorter_is_no_half_upload(
    cue: Cue, client: ScenarioClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(cue, links(cue))
    file = a_file(tmp_path, WAV)
    measure = uploads._source  # pyright: ignore[reportPrivateUsage]

    def then_cut(given: File) -> Any:
        found = measure(given)
        given.path.write_bytes(WAV[:100])
        return found

    monkeypatch.setattr(uploads, "_source", then_cut)
    with pytest.raises(errors.Unavailable):
        await client.upload(file, name="a.wav")
    assert "/v1/uploads/upload_1/action" not in [path for _, path in cue.asked]


async def test_without_uploads_a_picture_goes_inline(
    cue: Cue, client: ScenarioClient, tmp_path: Path
) -> None:
    made = says(200, {"asset": {"id": "asset_1", "status": "pending"}, "job": None})
    ready = says(200, {"asset": {"id": "asset_1", "status": "success"}})
    cue.answers = [routed({"POST /v1/assets": [made], "GET /v1/assets/asset_1": [ready]})]
    assert await client.upload(a_file(tmp_path, a_picture(300)), name="cat.png") == "asset_1"
    with pytest.raises(errors.NotFound):
        await client.upload(a_file(tmp_path, WAV), name="a.wav")
    cue.asked.clear()
    monstrous = b"\x89PNG\r\n\x1a\n" + b"\0" * uploads.INLINE_AT_MOST
    with pytest.raises(errors.NotFound):
        await client.upload(a_file(tmp_path, monstrous), name="cat.png")
    assert [path for _, path in cue.asked] == ["/v1/uploads"]


async def test_without_the_inline_way_a_small_picture_goes_in_parts(
    cue: Cue, client: ScenarioClient, tmp_path: Path
) -> None:
    script(cue, links(cue))
    assert await client.upload(a_file(tmp_path, a_picture(20)), name="cat.png") == "asset_1"
    assert cue.asked[0] == ("POST", "/v1/assets")


async def test_a_small_picture_that_is_refused(cue: Cue, client: ScenarioClient, tmp_path: Path) -> None:
    made = says(200, {"asset": {"id": "asset_1", "status": "pending"}})
    bad = says(200, {"asset": {"id": "asset_1", "status": "error"}})
    cue.answers = [routed({"POST /v1/assets": [made], "GET /v1/assets/asset_1": [bad]})]
    with pytest.raises(errors.BadInput):
        await client.upload(a_file(tmp_path, a_picture(20)), name="cat.png")
    cue.answers = [says(400, {"reason": "Invalid image"})]
    with pytest.raises(errors.BadInput, match="Invalid"):
        await client.upload(a_file(tmp_path, a_picture(20)), name="cat.png")
