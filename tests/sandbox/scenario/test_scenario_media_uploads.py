"""Uploads of every kind: what they really are is read, and a model's limits on files hold."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

import pytest

from sandbox.clock import Clock
from sandbox.scenario import Studio, pictures
from sandbox.scenario.media.make import Plan, make
from sandbox.wire import Wire

Call = Callable[..., Awaitable[tuple[int, dict[str, Any]]]]
Fetch = Callable[..., Awaitable[tuple[int, str, bytes]]]
EVERY = "/generate/custom/model_sandbox-every-input"
SEEDANCE = "/generate/custom/model_bytedance-seedance-2-0"


@cache
def files() -> dict[str, tuple[str, str, bytes]]:
    """Kind, type and bytes of one file of each sort."""
    return {
        "film": (
            "video",
            "video/mp4",
            make(Plan(look="film", format="mp4", width=96, height=64, seconds=3, sound=True), {}),
        ),
        "song": ("audio", "audio/mpeg", make(Plan(look="effect", format="mp3", seconds=2), {})),
        "tone": ("audio", "audio/wav", make(Plan(look="effect", format="wav", seconds=0.2), {})),
        "solid": ("3d", "model/gltf-binary", make(Plan(look="object", format="glb"), {})),
        "note": ("text", "text/plain", "Zwölf Füchse\n🦊".encode()),
        "light": ("image", "image/x-exr", make(Plan(look="hdr", format="exr", width=8, height=8), {})),
        "photo": ("image", "image/heic", pictures.encode(pictures.draw("a fox", 1, 40, 30), "heif")),
    }


async def uploaded(
    call: Call, clock: Clock, fetch: Fetch, kind: str, mime: str, body: bytes, parts: int = 1
) -> dict[str, Any]:
    """The upload after it was imported, or failed."""
    described = {
        "kind": kind,
        "fileName": "file",
        "contentType": mime,
        "fileSize": len(body),
        "parts": parts,
    }
    _, answer = await call("POST", "/uploads", described)
    upload = answer["upload"]
    size = -(-len(body) // parts)
    for number, part in enumerate(upload["parts"]):
        piece = body[number * size : (number + 1) * size]
        assert (await fetch(part["url"], "PUT", data=piece))[0] == 200
    await call("POST", f"/uploads/{upload['id']}/action", {"action": "complete"})
    clock.advance(1)
    return (await call("GET", f"/uploads/{upload['id']}"))[1]["upload"]


async def shelved(call: Call, clock: Clock, fetch: Fetch, name: str) -> dict[str, Any]:
    """The asset of one of `files`."""
    upload = await uploaded(call, clock, fetch, *files()[name])
    assert upload["status"] == "imported", upload
    return (await call("GET", f"/assets/{upload['entityId']}"))[1]["asset"]


async def test_what_a_file_really_is_is_read(call: Call, clock: Clock, fetch: Fetch) -> None:
    film = await shelved(call, clock, fetch, "film")
    told = film["properties"]
    assert (film["kind"], film["metadata"]["type"], told["width"], told["height"]) == (
        "video",
        "uploaded-video",
        96,
        64,
    )
    assert told["duration"] == pytest.approx(3, 0.05)
    assert (await fetch(film["url"]))[2] == files()["film"][2]
    song = await shelved(call, clock, fetch, "song")
    assert (song["kind"], song["properties"]["sampleRate"]) == ("audio", 24000)
    assert song["properties"]["duration"] == pytest.approx(2, 0.05)
    solid = await shelved(call, clock, fetch, "solid")
    assert (solid["metadata"]["type"], solid["properties"]["faceCount"] > 100) == ("uploaded-3d", True)
    note = await shelved(call, clock, fetch, "note")
    assert (note["properties"]["preview"], note["properties"]["hasFullPreview"]) == ("Zwölf Füchse\n🦊", True)
    light = await shelved(call, clock, fetch, "light")
    assert (light["kind"], light["mimeType"]) == ("image-hdr", "image/x-exr")
    photo = await shelved(call, clock, fetch, "photo")
    assert (photo["properties"]["width"], photo["kind"]) == (40, "image")
    _, png = await call("POST", f"/assets/{photo['id']}/download", {"targetFormat": "png"})
    assert pictures.facts((await fetch(png["url"]))[2]) == ("image/png", 40, 30)
    assert (await call("POST", f"/assets/{film['id']}/download", {"targetFormat": "gif"}))[0] == 400
    _, same = await call("POST", f"/assets/{film['id']}/download", {"targetFormat": "mp4"})
    assert same["mimeType"] == "video/mp4"


@pytest.mark.parametrize(
    ("kind", "mime", "name"),
    [
        ("video", "video/mp4", "song"),
        ("video", "video/mp4", "photo"),
        ("audio", "audio/mpeg", "note"),
        ("audio", "audio/mpeg", "solid"),
        ("3d", "model/gltf-binary", "note"),
        ("text", "text/plain", "film"),
        ("image", "image/png", "film"),
        ("model", "application/octet-stream", "note"),
    ],
)
async def test_a_file_that_is_not_what_it_claims_fails(
    call: Call, clock: Clock, fetch: Fetch, kind: str, mime: str, name: str
) -> None:
    upload = await uploaded(call, clock, fetch, kind, mime, files()[name][2])
    assert (upload["status"], upload["errorMessage"]) == ("failed", f"Invalid {kind}")
    assert "entityId" not in upload


async def test_cut_short_files_fail(call: Call, clock: Clock, fetch: Fetch) -> None:
    for name in ("film", "solid"):
        kind, mime, body = files()[name]
        assert (await uploaded(call, clock, fetch, kind, mime, body[: len(body) // 2]))["status"] == "failed"
    kind, mime, body = files()["film"]
    assert (await uploaded(call, clock, fetch, kind, mime, body, parts=3))["status"] == "imported"


async def test_a_models_limits_on_files_hold(
    call: Call, clock: Clock, fetch: Fetch, studio: Studio, wire: Wire
) -> None:
    ids = {name: (await shelved(call, clock, fetch, name))["id"] for name in files()}
    for inputs, reason in (
        ({"clip": ids["song"]}, "Input clip must be of kind video"),
        ({"image": ids["film"]}, "Input image must be of kind image"),
        ({"voice": ids["tone"]}, "Input voice must be at least 0.5 seconds long"),
        ({"light": ids["photo"]}, "Input light must be of kind image-hdr"),
        ({"shape": ids["note"]}, "Input shape must be of kind 3d"),
    ):
        assert await call("POST", EVERY, {"prompt": "x", **inputs}) == (400, {"reason": reason})
    studio.add_model(
        {
            "id": "model_tight",
            "inputs": [
                {"name": "clip", "type": "file", "kind": "video", "maxDuration": 2},
                {"name": "shape", "type": "file", "kind": "3d", "maxSize": 1000},
            ],
        }
    )
    tight = "/generate/custom/model_tight"
    assert (await call("POST", tight, {"clip": ids["film"]}))[1] == {
        "reason": "Input clip must be at most 2 seconds long"
    }
    assert (await call("POST", tight, {"shape": ids["solid"]}))[1] == {
        "reason": "Input shape must be at most 1000 bytes"
    }
    assert studio.ledger() == []
    assert {each["what"] for each in wire.violations} == {"input refused"}
    good = {name: ids[of] for name, of in (("clip", "film"), ("voice", "song"), ("shape", "solid"))}
    assert (await call("POST", EVERY, {"prompt": "x", "light": ids["light"], "script": ids["note"], **good}))[
        0
    ] == 200


async def test_data_urls_of_other_kinds(call: Call) -> None:
    def url(name: str, mime: str) -> str:
        return f"data:{mime};base64,{base64.b64encode(files()[name][2]).decode()}"

    status, body = await call("POST", EVERY, {"prompt": "x", "clip": url("film", "video/mp4")})
    assert status == 200, body
    refused = await call("POST", EVERY, {"prompt": "x", "clip": url("photo", "image/heic")})
    assert refused == (400, {"reason": "Input clip must be of kind video"})
    refused = await call("POST", EVERY, {"prompt": "x", "clip": url("note", "video/mp4")})
    assert refused == (400, {"reason": "Invalid video"})


async def test_prices_move_with_lengths_tiers_sizes_and_files(call: Call, clock: Clock, fetch: Fetch) -> None:
    async def cost(path: str, **inputs: Any) -> float:
        status, body = await call("POST", f"{path}?dryRun=true", inputs)
        assert status == 269, body
        return body["creativeUnitsCost"]

    clip = (await shelved(call, clock, fetch, "film"))["id"]
    base = await cost(SEEDANCE, prompt="x")
    assert await cost(SEEDANCE, prompt="x", duration=10) == 2 * base
    assert await cost(SEEDANCE, prompt="x", duration=-1) == base
    assert await cost(SEEDANCE, prompt="x", resolution="1080p") == 2.25 * base
    # 1.25 CU for each of its three seconds.
    assert await cost(SEEDANCE, prompt="x", referenceVideos=[clip]) == pytest.approx(base + 3.75, abs=0.25)
    kling = "/generate/custom/model_kling-v2-6-t2v-pro"
    assert await cost(kling, prompt="x", duration="10", generateAudio=True) == 3 * await cost(
        kling, prompt="x"
    )
    music = "/generate/custom/model_elevenlabs-music-v2"
    assert await cost(music, prompt="x", durationSeconds=90) == 3 * await cost(music, prompt="x")
    speech = "/generate/custom/model_elevenlabs-tts-v3"
    assert await cost(speech, text="x" * 1000) == 10 * await cost(speech, text="x" * 100)
    upscale = "/generate/custom/model_sc-upscale-v3"
    drawn = base64.b64encode(pictures.encode(pictures.draw("a fox", 1, 1024, 1024), "png")).decode()
    picture = f"data:image/png;base64,{drawn}"
    assert await cost(upscale, image=picture, scalingFactor=4) > 3 * await cost(upscale, image=picture)
    every = await cost(EVERY, prompt="x", steps=21)
    assert every == 5.5
    assert every != int(every)


async def test_uses_of_models_that_cannot_be_used(call: Call, studio: Studio) -> None:
    flux = "/generate/custom/model_bfl-flux-1-dev"
    for inputs, reason in (
        ({"loras": ["model_hqTeamTrainingLora1aa2b"]}, "Model model_hqTeamTrainingLora1aa2b is not trained"),
        ({"modelId": "model_hqTeamEmptyBlend7h8j"}, "Model model_hqTeamEmptyBlend7h8j has no concepts"),
    ):
        assert await call("POST", flux, {"prompt": "x", **inputs}) == (400, {"reason": reason})
    for base, lora in (
        ("model_bfl-flux-2-dev", "model_hqTeamMossLora2cGh7w"),
        ("model_z-image", "model_hqTeamPaperLora9vTq1z"),
    ):
        inputs = {"prompt": "x", "loras": [lora], "lorasScale": [0.8]}
        assert (await call("POST", f"/generate/custom/{base}", inputs))[0] == 200
        _, one = await call("GET", f"/models/{base}")
        assert one["model"]["uiConfig"]["lorasComponent"]["modelInput"] == "loras"
        wrong = {"prompt": "x", "loras": ["model_hqTeamInkLora3mXb9c"]}
        assert (await call("POST", f"/generate/custom/{base}", wrong))[0] == 400


async def test_a_model_nobody_saw_makes_what_it_says(
    call: Call, clock: Clock, fetch: Fetch, studio: Studio
) -> None:
    async def kind(record: dict[str, Any], **inputs: Any) -> str:
        studio.add_model({"id": "model_unseen", **record})
        status, body = await call("POST", "/generate/custom/model_unseen", inputs)
        assert status == 200, body
        clock.advance(20)
        job = (await call("GET", f"/jobs/{body['job']['jobId']}"))[1]["job"]
        _, body = await call("GET", f"/assets/{job['metadata']['assetIds'][0]}")
        assert (await fetch(body["asset"]["url"]))[1] == body["asset"]["mimeType"]
        return f"{body['asset']['kind']} {body['asset']['mimeType']}"

    words: list[dict[str, Any]] = [
        {"name": "libretto", "type": "string", "prompt": True},
        {"name": "mood", "type": "constellation"},
    ]
    assert await kind({"capabilities": ["txt2video"], "inputs": words}, libretto="x") == "video video/mp4"
    assert await kind({"capabilities": ["3d23d"], "inputs": words}, libretto="x") == "3d model/gltf-binary"
    sung = {"inputs": words, "sandbox": {"medium": "audio", "makes": "music", "format": "wav", "seconds": 2}}
    assert await kind(sung, libretto="x", mood={"any": ["thing"]}) == "audio audio/wav"
    assert await kind({"sandbox": {"makes": "vector"}}) == "image image/svg+xml"
    assert await kind({"sandbox": {"medium": "text"}}) == "text text/plain"
    for wrong in (
        {"medium": "smell"},
        {"medium": "video", "makes": "music"},
        {"medium": "audio", "format": "png"},
        {"per": {"duration": 0}},
        {"reply": "letter"},
    ):
        with pytest.raises(ValueError, match="sandbox"):
            studio.add_model({"id": "model_wrong", "sandbox": wrong})
