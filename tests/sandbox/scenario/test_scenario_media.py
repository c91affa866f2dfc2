"""Files of every medium, opened for real."""

from __future__ import annotations

import io
import itertools
import tempfile
import wave
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from sandbox.clock import Clock
from sandbox.scenario import Studio, pictures
from sandbox.scenario.formats import FORMATS
from sandbox.scenario.media import probe
from sandbox.scenario.media.heavy import open_exr, pyav
from sandbox.scenario.media.make import Plan, make
from tests.support.files import trimesh

Call = Callable[..., Awaitable[tuple[int, dict[str, Any]]]]
Fetch = Callable[..., Awaitable[tuple[int, str, bytes]]]


async def made(call: Call, clock: Clock, model_id: str, **inputs: Any) -> list[dict[str, Any]]:
    """The assets of one job, read one by one."""
    status, body = await call("POST", f"/generate/custom/{model_id}", inputs)
    assert status == 200, body
    clock.advance(100)
    job = (await call("GET", f"/jobs/{body['job']['jobId']}"))[1]["job"]
    assert job["status"] == "success"
    ids = job["metadata"]["assetIds"]
    return [(await call("GET", f"/assets/{each}"))[1]["asset"] for each in ids]


async def one(call: Call, clock: Clock, model_id: str, **inputs: Any) -> dict[str, Any]:
    assets = await made(call, clock, model_id, **inputs)
    assert len(assets) == 1
    return assets[0]


async def drawn(call: Call, clock: Clock) -> str:
    """The id of a small picture."""
    asset = await one(call, clock, "model_bfl-flux-1-dev", prompt="a fox", width=256, height=192, seed=1)
    return asset["id"]


def streams(body: bytes) -> tuple[list[str], float, int]:
    """Codecs, seconds and decoded frames of the first stream, all of it decoded."""
    with pyav().open(io.BytesIO(body)) as container:
        names = [each.codec_context.name for each in container.streams]
        frames = sum(1 for _ in container.decode(container.streams[0]))
        return names, container.duration / 1_000_000, frames


async def test_a_film_plays_and_tells_the_truth(call: Call, clock: Clock, fetch: Fetch) -> None:
    film = await one(call, clock, "model_kling-v2-6-t2v-pro", prompt="a fox", aspectRatio="9:16")
    status, kind, body = await fetch(film["url"])
    assert (status, kind, film["kind"], film["mimeType"]) == (200, "video/mp4", "video", "video/mp4")
    names, seconds, frames = streams(body)
    told = film["properties"]
    assert names == ["h264"]
    assert (told["size"], told["nbFrames"], told["duration"]) == (
        len(body),
        frames,
        pytest.approx(seconds, 0.01),
    )
    assert seconds == pytest.approx(5, 0.02)
    assert told["height"] > told["width"]
    # A browser begins before it has everything.
    assert body.index(b"moov") < body.index(b"mdat")
    looks: list[Image.Image] = []
    for name in ("firstFrame", "lastFrame", "thumbnail", "preview"):
        _, kind, picture = await fetch(film[name]["url"])
        image = Image.open(io.BytesIO(picture))
        assert (kind, image.size) == ("image/jpeg", (told["width"], told["height"]))
        looks.append(image)
        assert (await call("GET", f"/assets/{film[name]['assetId']}"))[1]["asset"]["isHidden"] is True
    assert looks[0].tobytes() != looks[1].tobytes()
    assert [each["id"] for each in (await call("GET", "/assets"))[1]["assets"]] == [film["id"]]


@pytest.mark.parametrize("sounding", [False, True])
def test_a_coarse_film_is_as_long_and_as_large_with_less_in_it(sounding: bool) -> None:
    fine = Plan(look="film", format="mp4", prompt="a fox", width=320, height=180, seconds=5, sound=sounding)
    told = [streams(make(plan, {})) for plan in (fine, replace(fine, canvas=10_000))]
    assert [(names, round(seconds, 1)) for names, seconds, _ in told] == [
        (["h264", "aac"] if sounding else ["h264"], 5.0)
    ] * 2
    assert [frames for *_, frames in told] == [40, 10]


async def test_a_film_begins_and_ends_with_what_is_given(call: Call, clock: Clock, fetch: Fetch) -> None:
    first = await drawn(call, clock)
    last = await one(call, clock, "model_bfl-flux-1-dev", prompt="the sea", width=256, height=192)
    inputs = {"image": first, "lastFrameImage": last["id"], "duration": 4, "resolution": "480p"}
    film = await one(call, clock, "model_bytedance-seedance-2-0", **inputs)
    assert (film["metadata"]["type"], film["metadata"]["parentId"]) == ("img2video", first)
    _, _, body = await fetch(film["url"])
    assert streams(body)[0] == ["h264", "aac"]
    size = (film["properties"]["width"], film["properties"]["height"])
    assert size == (320, 240)
    for name, source in (("firstFrame", first), ("lastFrame", last["id"])):
        _, _, frame = await fetch(film[name]["url"])
        _, asset = await call("GET", f"/assets/{source}")
        _, _, given = await fetch(asset["asset"]["url"])
        seen = pictures.opened(frame).convert("L").resize((8, 6))
        wanted = pictures.opened(given).convert("L").resize((8, 6))
        assert max(abs(a - b) for a, b in zip(seen.tobytes(), wanted.tobytes(), strict=True)) < 24


async def test_sounds_can_be_heard(call: Call, clock: Clock, fetch: Fetch) -> None:
    speech = await one(call, clock, "model_google-gemini-3-1-flash-tts", prompt="Good evening, everyone.")
    _, kind, body = await fetch(speech["url"])
    with wave.open(io.BytesIO(body)) as file:
        seconds = file.getnframes() / file.getframerate()
        samples = memoryview(file.readframes(file.getnframes())).cast("h")
    assert kind == "audio/wav"
    assert max(samples) > 2000
    told = speech["properties"]
    assert (told["sampleRate"], told["channels"], told["size"]) == (24000, 1, len(body))
    assert told["duration"] == pytest.approx(seconds, 0.01)
    music = await one(call, clock, "model_elevenlabs-music-v2", prompt="a waltz", durationSeconds=7)
    _, kind, body = await fetch(music["url"])
    names, seconds, frames = streams(body)
    assert (kind, seconds, frames > 50) == ("audio/mpeg", pytest.approx(7, 0.02), True)
    assert names[0].startswith("mp3")
    assert music["properties"]["duration"] == pytest.approx(7, 0.02)
    # The live one was seen to send MP3 where WAV was asked for.
    odd = await one(call, clock, "model_sonilo-v1-1-text-to-sound-effects", prompt="rain", audioFormat="wav")
    assert odd["mimeType"] == "audio/mpeg"
    asked = await one(call, clock, "model_minimax-music-3-0", prompt="a slow song", audioFormat="wav")
    assert asked["mimeType"] == "audio/wav"


async def test_objects_load_and_have_a_picture(call: Call, clock: Clock, fetch: Fetch) -> None:
    inputs = {"images": [await drawn(call, clock)]}
    solid = await one(call, clock, "model_meshy-7-img23d", **inputs)
    _, kind, body = await fetch(solid["url"])
    scene = trimesh().load(io.BytesIO(body), file_type="glb", process=False)
    (mesh,) = scene.geometry.values()
    told = solid["properties"]
    assert (kind, told["vertexCount"], told["faceCount"]) == (
        "model/gltf-binary",
        len(mesh.vertices),
        len(mesh.faces),
    )
    assert mesh.is_watertight
    assert mesh.volume > 0
    assert len({tuple(each) for each in mesh.visual.vertex_attributes["color"]}) > 20
    _, kind, view = await fetch(solid["thumbnail"]["url"])
    assert (kind, pictures.opened(view).size) == ("image/webp", (640, 640))


async def test_rodin_sends_a_picture_before_the_object(call: Call, clock: Clock) -> None:
    assets = await made(call, clock, "model_rodin-hyper3d-v2-5", prompt="a kettle")
    assert [(each["mimeType"], each["outputIndex"]) for each in assets] == [
        ("image/webp", 0),
        ("model/gltf-binary", 1),
    ]


async def test_pictures_out_of_pictures(call: Call, clock: Clock, fetch: Fetch) -> None:
    source = await drawn(call, clock)

    async def opened(asset: dict[str, Any]) -> Image.Image:
        return pictures.opened((await fetch(asset["url"]))[2])

    larger = await one(call, clock, "model_sc-upscale-flux-texture", image=source, upscaleFactor=5)
    assert ((await opened(larger)).size, larger["metadata"]["type"]) == ((1280, 960), "upscale")
    cut = await one(call, clock, "model_bria-remove-background", image=source)
    image = await opened(cut)
    assert (image.mode, image.getpixel((0, 0))[3], image.getpixel((128, 96))[3]) == ("RGBA", 0, 255)  # pyright: ignore[reportOptionalSubscript, reportIndexIssue]
    on_white = {"image": source, "backgroundColor": "#ffffff", "outputFormat": "webp"}
    plain = await one(call, clock, "model_photoroom-background-removal", **on_white)
    assert ((await opened(plain)).mode, plain["mimeType"]) == ("RGB", "image/webp")
    edit = await one(
        call, clock, "model_qwen-image-edit-2511", prompt="make it night", images=[source], seed=3
    )
    assert ((await opened(edit)).size, edit["metadata"]["parentId"]) == ((1184, 880), source)
    again = await one(
        call, clock, "model_qwen-image-edit-2511", prompt="make it night", images=[source], seed=3
    )
    assert (await fetch(edit["url"]))[2] == (await fetch(again["url"]))[2]


async def test_vectors_are_svg_and_become_png(call: Call, clock: Clock, fetch: Fetch) -> None:
    source = await drawn(call, clock)
    for model_id in ("model_recraft-vectorize", "model_vtracer-vectorize"):
        vector = await one(call, clock, model_id, image=source)
        _, kind, body = await fetch(vector["url"])
        root = ET.fromstring(body)  # noqa: S314 - our own file
        assert (kind, root.tag) == ("image/svg+xml", "{http://www.w3.org/2000/svg}svg")
        assert (root.get("width"), root.get("height")) == ("256", "192")
        assert len(root) > 3
        _, answer = await call("POST", f"/assets/{vector['id']}/download", {"targetFormat": "png"})
        _, kind, picture = await fetch(answer["url"])
        assert (kind, pictures.opened(picture).size) == ("image/png", (256, 192))
        _, same = await call("POST", f"/assets/{vector['id']}/download", {"targetFormat": "svg"})
        assert (await fetch(same["url"]))[2] == body


async def test_light_is_an_exr_behind_a_jpeg(call: Call, clock: Clock, fetch: Fetch) -> None:
    sky = await one(call, clock, "model_scenario-skybox-hdri", prompt="a field at dawn")
    assert (sky["kind"], sky["mimeType"], sky["originalMimeType"]) == (
        "image-hdr",
        "image/jpeg",
        "image/x-exr",
    )
    _, kind, preview = await fetch(sky["url"])
    assert (kind, pictures.opened(preview).size) == ("image/jpeg", (1024, 512))
    _, kind, body = await fetch(sky["originalFileUrl"])
    assert kind == "image/x-exr"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sky.exr"
        path.write_bytes(body)
        with open_exr().File(str(path)) as file:
            pixels = file.channels()["RGB"].pixels
    assert pixels.shape == (512, 1024, 3)
    assert float(pixels.max()) > 1
    _, original = await call("POST", f"/assets/{sky['id']}/download")
    assert original["mimeType"] == "image/x-exr"
    assert (await fetch(original["url"]))[2] == body
    _, png = await call("POST", f"/assets/{sky['id']}/download", {"targetFormat": "png"})
    assert pictures.facts((await fetch(png["url"]))[2]) == ("image/png", 1024, 512)


async def test_texts_are_files_with_a_preview(call: Call, clock: Clock, fetch: Fetch) -> None:
    short = await one(call, clock, "model_scenario-llm", prompt="a title", maxTokens=40)
    _, kind, body = await fetch(short["url"])
    assert (kind, short["kind"], short["properties"]["hasFullPreview"]) == ("text/plain", "text", True)
    assert short["properties"]["preview"] == body.decode()
    long = await one(call, clock, "model_scenario-llm", prompt="a story", maxTokens=2000)
    whole = (await fetch(long["url"]))[2].decode()
    told = long["properties"]
    assert (told["hasFullPreview"], told["charCount"]) == (False, len(whole))
    assert whole.startswith(told["preview"])
    assert 900 < len(told["preview"].encode()) <= 1024


async def test_words_that_are_no_file_are_in_the_job(call: Call, clock: Clock) -> None:
    inputs = {"image": await drawn(call, clock)}
    _, body = await call("POST", "/generate/custom/model_scenario-image-caption", inputs)
    clock.advance(10)
    metadata = (await call("GET", f"/jobs/{body['job']['jobId']}"))[1]["job"]["metadata"]
    assert metadata["assetIds"] == []
    assert len(metadata["output"]["text"]) > 40


@pytest.mark.parametrize("name", sorted(FORMATS))
async def test_a_script_may_ask_for_any_format(
    call: Call, clock: Clock, fetch: Fetch, studio: Studio, name: str
) -> None:
    studio.script({"format": name, "bytes": 300_000})
    inputs = {"prompt": "a hat", "width": 256, "height": 160}
    asset = await one(call, clock, "model_bfl-flux-1-dev", **inputs)
    url = asset["originalFileUrl"] if name == "exr" else asset["url"]
    _, kind, body = await fetch(url)
    assert kind == FORMATS[name].mime
    if name not in ("opus", "ogg"):  # an Ogg file is not filled up: readers take filler for damage
        assert 300_000 <= len(body) < 300_010 if name not in ("wav", "exr") else len(body) >= 300_000
    facts = probe.read(body, FORMATS[name].kind, kind)
    assert facts.mime == ("audio/ogg" if name == "opus" else kind)  # both are Ogg
    if name in ("mp4", "mp3", "wav"):
        assert streams(body)[2] > 10
    if name == "glb":
        assert len(trimesh().load(io.BytesIO(body), file_type="glb", force="mesh").faces) > 100


async def test_one_job_may_make_files_of_several_kinds(call: Call, clock: Clock, studio: Studio) -> None:
    studio.script({"files": ["webp", "mp3", "txt"]})
    assets = await made(call, clock, "model_imagen4-ultra", prompt="a bell")
    assert [each["kind"] for each in assets] == ["image", "audio", "text"]
    for wrong in ({"format": "xcf"}, {"files": ["png", "xcf"]}, {"files": "png"}):
        with pytest.raises(ValueError, match="must be"):
            studio.script(wrong)


@pytest.mark.parametrize(
    "plan",
    [
        Plan(look="film", format="mp4", width=96, height=64, seconds=1, sound=True, prompt="a bird", seed=4),
        Plan(look="music", format="mp3", seconds=2, prompt="a bird", seed=4),
        Plan(look="effect", format="wav", seconds=1, prompt="a bird", seed=4),
        Plan(look="speech", format="mp3", seconds=1, prompt="a bird", seed=4),
        Plan(look="object", format="glb", prompt="a bird", seed=4),
        Plan(look="hdr", format="exr", width=32, height=16, prompt="a bird", seed=4),
        Plan(look="vector", format="svg", width=64, height=64, prompt="a bird", seed=4),
        Plan(look="text", format="txt", prompt="a bird", seed=4, amount=50),
        Plan(look="picture", format="avif", width=64, height=48, prompt="a bird", seed=4),
        Plan(look="picture", format="heif", width=64, height=48, prompt="a bird", seed=4),
    ],
    ids=lambda plan: f"{plan.look}-{plan.format}",
)
def test_the_same_words_and_seed_make_the_same_bytes(plan: Plan) -> None:
    first = make(plan, {})
    assert first == make(plan, {})
    other = Plan(**{name: getattr(plan, name) for name in plan.__slots__ if name != "seed"}, seed=5)
    assert first != make(other, {})


async def test_examples_are_there_in_every_sandbox(call: Call, fetch: Fetch, studio: Studio) -> None:
    _, public = await call("GET", "/models?privacy=public")
    shown: set[str] = set()
    for model in public["models"]:
        variants = model["performanceStats"]["variants"]
        assert variants
        assert all(each["costPerAssetP50CU"] > 0 < each["totalLatencyP50Sec"] for each in variants)
        shown |= {model["thumbnail"]["assetId"], *model["exampleAssetIds"]}
    assert len(shown) == 2 * len(public["models"])
    for model in itertools.islice(public["models"], 3):
        assert pictures.facts((await fetch(model["thumbnail"]["url"]))[2]) == ("image/jpeg", 512, 512)
        _, example = await call("GET", f"/assets/{model['exampleAssetIds'][1]}")
        assert (example["asset"]["privacy"], example["asset"]["kind"]) == ("public", "image")
    assert (await call("GET", "/assets"))[1]["assets"] == []
    studio.add_model({"id": "model_plain", "thumbnail": None, "performanceStats": None})
    _, plain = await call("GET", "/models/model_plain")
    assert not {"thumbnail", "performanceStats"} & set(plain["model"])
