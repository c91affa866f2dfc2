"""Files: assets, signed links, conversions and uploads."""

from __future__ import annotations

import base64
import io
from collections.abc import Awaitable, Callable
from typing import Any

from PIL import Image

from sandbox.clock import Clock
from sandbox.scenario import Studio
from sandbox.scenario.assets import Shelf
from sandbox.scenario.options import Options
from sandbox.wire import Wire

Call = Callable[..., Awaitable[tuple[int, dict[str, Any]]]]
Fetch = Callable[..., Awaitable[tuple[int, str, bytes]]]
IMAGEN = "/generate/custom/model_imagen4-ultra"


def png(width: int = 32, height: int = 20) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "png")
    return out.getvalue()


async def picture(call: Call, clock: Clock, path: str = IMAGEN, **inputs: Any) -> dict[str, Any]:
    _, body = await call("POST", path, {"prompt": "a quiet lake", **inputs})
    job_id = body["job"]["jobId"]
    clock.advance(10)
    _, body = await call("GET", f"/jobs/{job_id}")
    _, body = await call("GET", f"/assets/{body['job']['metadata']['assetIds'][0]}")
    return body["asset"]


async def test_an_asset_tells_the_truth_about_its_file(call: Call, clock: Clock, fetch: Fetch) -> None:
    asset = await picture(call, clock, aspectRatio="16:9", seed=11, negativePrompt="people")
    status, kind, body = await fetch(asset["url"])
    assert (status, kind) == (200, "image/png")
    assert asset["properties"] == {"size": len(body), "width": 1360, "height": 768}
    assert Image.open(io.BytesIO(body)).size == (1360, 768)
    facts = asset["metadata"]
    assert (facts["type"], facts["seed"], facts["aspectRatio"]) == ("txt2img", "11", "16:9")
    assert (asset["status"], asset["kind"], facts["prompt"]) == ("success", "image", "a quiet lake")


async def test_the_same_seed_repeats_and_another_does_not(call: Call, clock: Clock, fetch: Fetch) -> None:
    urls = [(await picture(call, clock, seed=seed))["url"] for seed in (5, 5, 6)]
    one, same, other = [(await fetch(url))[2] for url in urls]
    assert one == same
    assert one != other


async def test_files_exist_only_after_success(call: Call, studio: Studio) -> None:
    _, body = await call("POST", IMAGEN, {"prompt": "x"})
    assert body["job"]["status"] == "queued"
    hidden = studio.shelf.all()[0].id
    assert await call("GET", f"/assets/{hidden}") == (404, {"reason": f"Asset {hidden} not found"})
    assert (await call("POST", "/assets/get-bulk", {"assetIds": [hidden]}))[1] == {"assets": []}


async def test_links_expire_and_refuse_credentials_and_changes(
    call: Call, clock: Clock, fetch: Fetch, studio: Studio, wire: Wire
) -> None:
    url = (await picture(call, clock))["url"]
    assert {"Expires", "Key-Pair-Id", "Signature"} == {
        each.split("=")[0] for each in url.split("?")[1].split("&")
    }
    status, _, _ = await fetch(url, headers={"Authorization": "Basic eDp5"})
    assert status == 400
    assert wire.violations[0]["what"] == "credentials sent to a signed link"
    assert (await fetch(url.split("?")[0]))[0] == 403
    assert (await fetch(url.replace("Expires=", "Expires=9")))[0] == 403
    clock.advance(3601)
    status, kind, _ = await fetch(url)
    assert (status, kind) == (403, "application/xml")
    studio.configure(cdn_down=True)
    assert (await fetch(url))[0] == 503


async def test_links_may_redirect(call: Call, clock: Clock, fetch: Fetch, studio: Studio) -> None:
    studio.configure(cdn_redirects=True)
    url = (await picture(call, clock))["url"]
    assert (await fetch(url, allow_redirects=False))[0] == 302
    assert (await fetch(url))[:2] == (200, "image/png")


async def test_several_pictures_and_bulk_reads(call: Call, clock: Clock, fetch: Fetch, wire: Wire) -> None:
    path = "/generate/custom/model_google-gemini-3-1-flash"
    _, body = await call("POST", path, {"prompt": "three hats", "numOutputs": 3, "resolution": "512"})
    clock.advance(5)
    _, body = await call("GET", f"/jobs/{body['job']['jobId']}")
    ids = body["job"]["metadata"]["assetIds"]
    _, body = await call("POST", "/assets/get-bulk", {"assetIds": [*ids, "asset_none"]})
    assert [asset["id"] for asset in body["assets"]] == ids
    files = [await fetch(asset["url"]) for asset in body["assets"]]
    assert {kind for _, kind, _ in files} == {"image/jpeg"}
    assert len({content for _, _, content in files}) == 3
    assert (await call("POST", "/assets/get-bulk", {"assetIds": ["x"] * 201}))[0] == 400
    assert wire.violations[0]["what"] == "limit broken"
    _, page = await call("GET", "/assets?pageSize=2&modelId=model_google-gemini-3-1-flash")
    assert len(page["assets"]) == 2
    _, rest = await call("GET", f"/assets?pageSize=2&paginationToken={page['nextPaginationToken']}")
    assert len(rest["assets"]) == 1
    assert "nextPaginationToken" not in rest


async def test_downloads_in_other_formats(call: Call, clock: Clock, fetch: Fetch) -> None:
    asset_id = (await picture(call, clock))["id"]
    _, same = await call("POST", f"/assets/{asset_id}/download")
    assert same["mimeType"] == "image/png"
    for target, kind in (("jpg", "image/jpeg"), ("webp", "image/webp"), ("gif", "image/gif")):
        _, body = await call("POST", f"/assets/{asset_id}/download", {"targetFormat": target})
        status, got, content = await fetch(body["url"])
        assert (status, got, body["mimeType"]) == (200, kind, kind)
        assert Image.MIME[Image.open(io.BytesIO(content)).format or ""] == kind
    refused = await call("POST", f"/assets/{asset_id}/download", {"targetFormat": "mp4"})
    assert refused == (400, {"reason": "Invalid target format"})


def encoded(body: bytes) -> str:
    return base64.b64encode(body).decode()


async def test_a_script_hands_over_the_results_of_the_next_job_byte_by_byte(
    call: Call, clock: Clock, fetch: Fetch, studio: Studio
) -> None:
    page, still = b"<!doctype html><title>503</title>", png(8, 6)
    given: list[dict[str, str]] = [
        {"base64": encoded(page), "mime": "image/png", "kind": "image"},
        {"base64": encoded(png(9, 7)), "mime": "image/x-unheard", "kind": "image"},
        {"base64": encoded(b"no film"), "mime": "video/mp4", "kind": "video", "thumbnail": encoded(still)},
        {"base64": encoded("é".encode()), "mime": "text/plain; charset=utf-8", "kind": "text"},
        {"base64": "", "mime": "application/json", "kind": "json"},
    ]
    rule = studio.script({"prompt_contains": "lake", "results": given})
    _, bought = await call("POST", IMAGEN, {"prompt": "a quiet lake"})
    clock.advance(10)
    _, body = await call("GET", f"/jobs/{bought['job']['jobId']}")
    ids = body["job"]["metadata"]["assetIds"]
    _, body = await call("POST", "/assets/get-bulk", {"assetIds": ids})
    assets = body["assets"]
    assert [(each["mimeType"], each["kind"]) for each in assets] == [(r["mime"], r["kind"]) for r in given]
    assert [each["properties"] for each in assets[:3]] == [
        {"size": len(page)},
        {"size": len(png(9, 7)), "width": 9, "height": 7},
        {"size": 7},
    ]
    assert assets[3]["properties"] == {"size": 2, "preview": "é", "hasFullPreview": True}
    files = [await fetch(each["url"]) for each in assets]
    assert [found[2] for found in files] == [base64.b64decode(each["base64"]) for each in given]
    assert [found[1] for found in files][:2] == ["image/png", "image/x-unheard"]
    assert [("thumbnail" in each) for each in assets] == [False, False, True, False, False]
    assert await fetch(assets[2]["thumbnail"]["url"]) == (200, "image/png", still)
    _, link = await call("POST", f"/assets/{ids[0]}/download", {"targetFormat": "jpeg"})
    assert (await fetch(link["url"]))[0] == 400  # an error page becomes no picture
    assert studio.scripts() == [rule | {"hits": 1}]
    assert (rule["times"], (await picture(call, clock))["properties"]["width"]) == (1, 1024)


async def test_a_script_makes_large_files(call: Call, clock: Clock, fetch: Fetch, studio: Studio) -> None:
    wanted = 12 * 1024 * 1024
    for name in ("png", "jpeg", "webp"):
        studio.clear_scripts()
        studio.script({"bytes": wanted, "format": name})
        asset = await picture(call, clock)
        _, kind, body = await fetch(asset["url"])
        assert (kind, len(body), asset["properties"]["size"]) == (f"image/{name}", wanted, wanted)
        Image.open(io.BytesIO(body)).load()


async def test_inline_uploads(call: Call, fetch: Fetch) -> None:
    encoded = base64.b64encode(png()).decode()
    for image in (encoded, f"data:image/png;base64,{encoded}"):
        _, body = await call("POST", "/assets", {"name": "ref", "image": image})
        asset = body["asset"]
        assert (asset["metadata"]["type"], asset["properties"]["width"]) == ("uploaded", 32)
        assert (await fetch(asset["url"]))[2] == png()
    assert (await call("POST", "/assets", {"name": "ref", "image": "aGVsbG8="}))[1] == {
        "reason": "Invalid image"
    }
    assert (await call("POST", "/assets", {"name": "ref", "image": "%%"}))[0] == 400
    assert (await call("POST", "/assets", {"image": encoded}))[0] == 400
    inputs = {"prompt": "like this", "image": asset["id"]}
    assert (await call("POST", "/generate/custom/model_bfl-flux-1-dev", inputs))[0] == 200


async def test_uploads_in_parts(call: Call, clock: Clock, fetch: Fetch, wire: Wire) -> None:
    body = png(300, 300)
    described = {
        "kind": "image",
        "fileName": "r.png",
        "contentType": "image/png",
        "fileSize": len(body),
        "parts": 2,
    }
    _, answer = await call("POST", "/uploads", described)
    upload = answer["upload"]
    assert upload["status"] == "pending"
    half = len(body) // 2
    action = f"/uploads/{upload['id']}/action"
    for part, piece in zip(upload["parts"], (body[:half], body[half:]), strict=True):
        assert (await call("POST", action, {"action": "complete"}))[0] == 400
        assert (await fetch(part["url"], "PUT", data=piece))[0] == 200
    refused = await fetch(
        upload["parts"][0]["url"], "PUT", data=b"x", headers={"Authorization": "Basic eDp5"}
    )
    assert refused[0] == 400
    assert wire.violations[0]["what"] == "credentials sent to a signed link"
    seen: list[str] = [(await call("POST", action, {"action": "complete"}))[1]["upload"]["status"]]
    for _ in range(4):
        clock.advance(0.25)
        _, answer = await call("GET", f"/uploads/{upload['id']}")
        seen.append(answer["upload"]["status"])
    assert list(dict.fromkeys(seen)) == ["complete", "validating", "validated", "imported"]
    _, answer = await call("GET", f"/assets/{answer['upload']['entityId']}")
    assert (await fetch(answer["asset"]["url"]))[2] == body


async def test_a_bad_upload_fails_later_with_a_message(call: Call, clock: Clock, fetch: Fetch) -> None:
    described = {"kind": "image", "fileName": "r.png", "contentType": "image/png", "fileSize": 5, "parts": 1}
    _, answer = await call("POST", "/uploads", described)
    await fetch(answer["upload"]["parts"][0]["url"], "PUT", data=b"hello")
    path = f"/uploads/{answer['upload']['id']}"
    await call("POST", f"{path}/action", {"action": "complete"})
    clock.advance(1)
    upload = (await call("GET", path))[1]["upload"]
    assert (upload["status"], upload["errorMessage"]) == ("failed", "Invalid image")
    assert (await call("POST", "/uploads", {**described, "parts": 0}))[0] == 400
    assert (await call("POST", "/uploads", {**described, "kind": "spell"}))[0] == 400
    assert (await call("GET", "/uploads/upload_none"))[0] == 404


async def test_a_forgotten_file_is_drawn_again(
    call: Call, clock: Clock, fetch: Fetch, studio: Studio
) -> None:
    url = (await picture(call, clock, seed=3))["url"]
    before = (await fetch(url))[2]
    fresh = Shelf(Options())
    for asset in studio.shelf.all():
        fresh.add(asset)
    studio.shelf = fresh
    assert (await fetch(url))[2] == before
