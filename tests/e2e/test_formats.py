"""Results and uploads in every format that has its own way of going wrong: the right picture and words.

What is delivered is opened by another library than the one that wrote it.
"""

import base64
import io
import json
from collections.abc import AsyncGenerator
from functools import partial
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from PIL import Image

from tests.e2e.acting import facts
from tests.e2e.stage import Json, Stage, images, labels, stage, text_of
from tests.e2e.test_every_model import by_form
from tests.e2e.things import png, upload
from tests.support import odd
from tests.support.files import film, inks, moving, noise, pyav, sound, tiff
from tests.support.odd import branded, encoded, svg

pytestmark = pytest.mark.asyncio(loop_scope="session")

LIMIT = 10 * 1024 * 1024
RAMP = odd.ramp()
NO_FONT = "Shown without its text, for which there is no font here. Press Original for the complete file."
REDUCED = "This is a smaller copy; the original exceeds the file size limit here. Press Original to get it."


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house() -> AsyncGenerator[Stage]:
    async with stage(MEMBER_IN_FLIGHT="0") as ready:
        yield ready


def result(data: bytes, mime: str, kind: str = "image", thumbnail: bytes | None = None) -> Json:
    told: Json = {"base64": base64.b64encode(data).decode(), "mime": mime, "kind": kind}
    return told if thumbnail is None else {**told, "thumbnail": base64.b64encode(thumbnail).decode()}


async def made(one: Stage, prompt: str, *results: Json) -> Json:
    """The card of a job with these results."""
    await scripted(one, prompt_contains=prompt, results=list(results), times=1)
    return await one.settled(await one.imagine(prompt))


async def scripted(one: Stage, **script: Any) -> None:
    body = io.BytesIO(json.dumps(script).encode())  # a large one goes from a stream
    await one.call("POST", "/script", data=body, headers={"Content-Type": "application/json"})


async def files(one: Stage, card: Json) -> dict[str, bytes]:
    """What is attached, by the number and ending: "1.png". What an embed shows is among it."""
    links = {link.partition("?")[0].rpartition("/")[2]: link for link in images(card)}
    links |= {file["filename"]: file["url"] for file in card["attachments"]}
    return {name.partition("-")[2].partition("-")[2]: await one.fetch(link) for name, link in links.items()}


def frames(data: bytes) -> list[Any]:
    """A picture's or film's frames as arrays, by another library than the one that wrote them."""
    with pyav().open(io.BytesIO(data)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def padded(data: bytes) -> bytes:
    """Over the limit, with nothing more to see."""
    return data + bytes(LIMIT + 1 - len(data))


def is_ramp(picture: Any) -> bool:
    if picture.shape != (48, 64, 3):
        return False
    wanted = np.linspace(0, 255, 64 * 48).reshape(48, 64)
    far = np.abs(picture[..., 0].astype(int) - wanted).max()
    return bool(far <= 4 and np.ptp(picture, axis=2).max() <= 2)


# -- pixels -----------------------------------------------------------------------------------------------


async def test_deep_pixels_are_neither_black_nor_white(one: Stage) -> None:
    card = await made(
        one,
        "f1",
        result(tiff(RAMP, ">"), "image/tiff"),
        result(tiff(RAMP / np.float32(65535), "<"), "image/tiff"),
        result(tiff(RAMP.astype(np.int32) * 30_000, "<"), "image/tiff"),
        result(padded(encoded(Image.fromarray(RAMP), "PNG")), "image/png"),
    )
    got = await files(one, card)
    assert sorted(got) == ["1.png", "1.tif", "2.png", "2.tif", "3.png", "3.tif", "4.jpg"]
    for name in ("1.png", "2.png", "3.png", "4.jpg"):
        assert is_ramp(frames(got[name])[0]), name
    assert REDUCED in text_of(card)


async def test_a_profile_is_applied_and_a_second_picture_is_not_shown_twice(one: Stage) -> None:
    swapped = odd.swapped_profile()
    flat = Image.new("RGB", (64, 48), (255, 0, 0))
    mpo = odd.mpo(noise((64, 48)), flat)
    card = await made(
        one,
        "f2",
        result(encoded(flat, "TIFF", icc_profile=swapped), "image/tiff"),
        result(padded(encoded(flat, "PNG", icc_profile=swapped)), "image/png"),
        result(mpo, "image/jpeg"),
        result(
            encoded(Image.new("CMYK", (64, 48), (255, 0, 0, 0)), "TIFF", icc_profile=inks()), "image/tiff"
        ),
    )
    got = await files(one, card)
    assert sorted(got) == ["1.png", "1.tif", "2.jpg", "3.jpg", "4.png", "4.tif"]
    assert got["3.jpg"] == mpo
    for name, color in (("1.png", [0, 255, 0]), ("2.jpg", [0, 255, 0]), ("4.png", [255, 0, 0])):
        assert frames(got[name])[0][20, 20].tolist() == pytest.approx(color, abs=60)
    assert all(
        b"iCCP" not in got[name] and b"ICC_PROFILE" not in got[name] for name in ("1.png", "2.jpg", "4.png")
    )


async def test_a_tool_without_words_says_what_it_did_and_the_card_the_sides_that_are_seen(one: Stage) -> None:
    """The picture of each is turned by EXIF, over the limit or below it, and once shown by its copy."""
    turned = odd.turned(Image.new("RGB", (60, 40), "teal"))
    options = {"image": upload("shoe.png", png("navy"))}
    for command, data, words in (
        ("cutout", turned, "Background removed from shoe.png (picture made with "),
        ("upscale", padded(turned), "Enlarged copy of shoe.png (picture made with "),
    ):
        await scripted(one, results=[result(data, "image/jpeg")], times=1)
        asked = await one.post("/command", member="alice", channel="general", name=command, options=options)
        card = await one.settled(str(asked["interaction_id"]))
        assert facts(card)["Size"].endswith("40 × 60")
        alt = card["embeds"][0]["image"].get("description") or card["attachments"][0].get("description")
        assert alt.startswith(words)
        ((_, shown),) = (await files(one, card)).items()
        if command == "upscale":  # only a copy is upright by itself
            assert frames(shown)[0].shape == (60, 40, 3)
        else:
            assert shown == turned


# -- movement ---------------------------------------------------------------------------------------------


async def test_what_moves_goes_on_moving_where_that_fits(one: Stage) -> None:
    card = await made(
        one,
        "f3",
        result(moving("AVIF"), "image/avif"),
        result(padded(moving("GIF")), "image/gif"),
        result(padded(moving("PNG")), "image/png"),
        result(padded(moving("WEBP", lossless=True)), "image/webp"),
    )
    got = await files(one, card)
    assert sorted(got) == [f"{number}.gif" for number in range(1, 5)]
    for data in got.values():
        reds = [int(frame[20, 20, 0]) for frame in frames(data)]
        assert reds == pytest.approx([0, 51, 102, 153, 204, 255], abs=8)
    assert "still" not in text_of(card)


async def test_what_moves_gives_up_pixels_first_and_at_last_its_movement_and_says_so(one: Stage) -> None:
    """The other files take nearly all that one message may carry: a quarter of a MiB is left for each."""
    mass = [b"%PDF-1.7\n" + bytes(size - 9) for size in (LIMIT, LIMIT, LIMIT * 35 // 100 - 1024)]
    room = 256 * 1024
    wide, long = moving("PNG", (240, 180), 8, grain=True), moving("GIF", (64, 48), 100, grain=True)
    assert min(len(wide), len(long)) > room
    card = await made(
        one,
        "f4",
        *(result(data, "application/pdf", "document") for data in mass),
        result(wide, "image/png"),
        result(long, "image/gif"),
    )
    told = text_of(card)
    assert "This is a smaller copy. Press Original for the file as it was made." in told
    assert REDUCED not in told  # each by itself is within this place's limit
    assert "This is a still from a moving picture. Press Original for the one that moves." in told
    assert "Original" in labels(card)
    got = await files(one, card)
    papers = sorted(data for name, data in got.items() if name.endswith(".pdf"))
    assert papers == sorted(mass)
    (moved,) = [data for name, data in got.items() if name.endswith(".gif")]
    (still,) = [data for name, data in got.items() if not name.endswith((".gif", ".pdf"))]
    assert len(moved) <= room + 1024
    seen = frames(moved)
    height, width, _ = seen[0].shape
    assert 64 <= width < 240
    assert width == pytest.approx(height * 4 / 3, abs=2)
    means = [float(frame[..., 0].mean()) for frame in seen]
    assert means == pytest.approx([51 + 0.6 * 255 * at / 7 for at in range(8)], abs=12)
    (frame,) = frames(still)
    assert frame.shape == (48, 64, 3)
    assert float(frame[..., 0].mean()) == pytest.approx(51, abs=12)  # the first of them


# -- drawings ---------------------------------------------------------------------------------------------


async def test_drawings_of_every_hand_are_drawn(one: Stage) -> None:
    drawings = list(odd.DRAWN.values())
    card = await made(one, "f5", *(result(data, "image/svg+xml") for data in drawings))
    got = await files(one, card)
    assert sorted(got) == ["1.png", "1.svg", "2.png", "2.svg", "3.png", "3.svg", "4.png", "4.svgz"]
    for number, drawing in enumerate(drawings, start=1):
        picture = frames(got[f"{number}.png"])[0]
        assert picture.shape[1] == pytest.approx(2 * picture.shape[0], rel=0.02)
        assert picture[500, 1000].tolist() == [255, 0, 0]
        assert drawing in got.values()
    assert "Original" not in labels(card)


async def test_drawings_measured_in_any_unit_are_drawn_with_strokes_and_words(one: Stage) -> None:
    drawings = [text.encode() for text in odd.UNITS.values()]
    card = await made(one, "f5 in units", *(result(data, "image/svg+xml") for data in drawings))
    got = await files(one, card)
    for number, unit in enumerate(odd.UNITS, start=1):
        picture = frames(got[f"{number}.png"])[0].astype(int)
        height, width, _ = picture.shape
        assert width == pytest.approx(2 * height, rel=0.02), unit
        red = (picture == [255, 0, 0]).all(axis=2)
        blue = (picture == [0, 0, 255]).all(axis=2)
        assert red[height // 8].all(), unit
        # the stroke is a quarter of the height, and in the middle
        assert blue[:, width // 2].mean() == pytest.approx(0.25, abs=0.01), unit
        assert blue[height // 2].all(), unit
        # with its words, or where no font is installed with a sentence about them
        letters = (picture.max(axis=2) < 40)[height * 5 // 8 + 20 : height - 20]
        assert (0.01 < letters.mean() < 0.3) != (NO_FONT in text_of(card)), unit
        assert got[f"{number}.svg"] == drawings[number - 1]


async def test_what_a_drawing_lacks_is_told(one: Stage) -> None:
    outside = svg("&a;", before='<!DOCTYPE svg [<!ENTITY a SYSTEM "/etc/hostname">]>')
    drawings = (*odd.LACKING.values(), outside)
    card = await made(
        one,
        "f6",
        *(result(drawing.encode(), "image/svg+xml") for drawing in drawings),
        result(encoded(noise((64, 48)), "PNG")[:-4000], "image/png"),
    )
    told = text_of(card)
    for sentence in (
        "Shown without the pictures that it loads from the web. Press Original for the complete file.",
        "Shown without the HTML inside it. Press Original for the complete file.",
        "Some of its colors are shown as black here. Press Original for the complete file.",
        "This is a still from a moving picture. Press Original for the one that moves.",
        "No preview could be made of this SVG file.",
        "This PNG file is damaged: it ends too early, and part of the picture is missing.",
    ):
        assert sentence in told
    assert "Original" in labels(card)
    assert {"5.svg", "6.png"} <= set(await files(one, card))


# -- light ------------------------------------------------------------------------------------------------


async def test_light_is_framed_exposed_and_the_right_way_up(one: Stage) -> None:
    root = odd.written(odd.exr_parts)
    combined = odd.written(partial(odd.exr_parts, layer="View.Combined."))
    card = await made(
        one,
        "f7",
        result(root, "image/x-exr", "image-hdr"),
        result(odd.hdr_backward(), "image/vnd.radiance", "image-hdr"),
        result(combined, "image/x-exr", "image-hdr"),
    )
    got = await files(one, card)
    assert sorted(got) == ["1.exr", "1.png", "2.hdr", "2.png", "3.exr", "3.png"]
    assert (got["1.exr"], got["2.hdr"], got["3.exr"]) == (root, odd.hdr_backward(), combined)
    for name in ("1.png", "3.png"):
        picture = frames(got[name])[0]
        assert picture.shape == (20, 40, 3)
        assert picture[2, 2].tolist() == [0, 0, 0]
        red, green, blue = picture[10, 20].tolist()
        assert 100 < red < 250
        assert max(green, blue) < 40
    ramp = frames(got["2.png"])[0][5, :, 0].astype(int)
    assert (np.diff(ramp) <= 0).all()  # its rows ran from the right
    assert ramp[0] > 200 > 60 > ramp[-1]


# -- sound, films, meshes, notations ----------------------------------------------------------------------


async def test_each_file_has_its_own_ending(one: Stage) -> None:
    aac, opus = sound("mp4", "aac"), sound("webm", "libopus")
    assert aac[8:12] == b"isom"
    card = await made(
        one,
        "f8",
        result(aac, "audio/mp4", "audio"),
        result(branded(aac, b"mp42"), "audio/mp4", "audio"),
        result(opus, "audio/webm", "audio"),
        result(odd.GLTF, "model/gltf+json", "3d"),
        result(odd.DAE, "model/vnd.collada+xml", "3d"),
        result(odd.XML, "application/xml", "document"),
    )
    got: dict[str, list[bytes]] = {}
    for file in card["attachments"]:
        got.setdefault(file["filename"].rpartition(".")[2], []).append(await one.fetch(file["url"]))
    assert got == {
        "m4a": [aac, branded(aac, b"mp42")],
        "webm": [opus],
        "gltf": [odd.GLTF],
        "dae": [odd.DAE],
        "xml": [odd.XML],
    }
    alts = [file.get("description") or "" for file in card["attachments"]]
    assert sum("Audio" in alt for alt in alts) == 3
    assert not any("Video" in alt for alt in alts)


async def test_a_film_that_is_not_played_has_scenarios_picture_and_a_word(one: Stage) -> None:
    thumbnail = png("teal")
    films = {
        "mkv": (film("matroska", "libx264"), "video/x-matroska"),
        "avi": (film("avi", "mpeg4"), "video/x-msvideo"),
        "mov": (film("mov", "prores_ks", "yuv422p10le"), "video/quicktime"),
        "mp4": (film("mp4", "libx264"), "video/mp4"),
    }
    card = await made(one, "f9", *(result(data, mime, "video", thumbnail) for data, mime in films.values()))
    got = await files(one, card)
    assert sorted(name.rpartition(".")[2] for name in got) == [
        "avi",
        "mkv",
        "mov",
        "mp4",
        "png",
        "png",
        "png",
    ]
    whole = {name.rpartition(".")[2]: data for name, data in got.items() if not name.endswith("png")}
    assert whole == {ending: data for ending, (data, _) in films.items()}
    pictures = [data for name, data in got.items() if name.endswith("preview.png")]
    assert [frames(data)[0][96, 128].tolist() for data in pictures] == [[0, 128, 128]] * 3
    assert "Discord can't play these MKV, AVI, and MOV files. Open them in another player." in text_of(card)


async def test_sound_in_a_films_container_is_handed_in_as_sound(one: Stage) -> None:
    inputs: list[Json] = [
        {"name": "prompt", "type": "string", "prompt": True, "required": {"always": True}},
        {"name": "first", "type": "file", "kind": "audio", "label": "First"},
        {"name": "second", "type": "file", "kind": "audio", "label": "Second"},
    ]
    await one.post("/models", id="model_two-voices", name="Two Voices", inputs=inputs)
    values: Json = {
        "prompt": "f10",
        "first": [{**upload("a.m4a", sound("mp4", "aac")), "content_type": "audio/mp4"}],
        "second": [{**upload("b.webm", sound("webm", "libopus")), "content_type": "audio/webm"}],
    }
    card = await by_form(one, "model_two-voices", values)
    (job,) = await one.ledger("f10")
    assert images(card), text_of(card)
    for name in ("first", "second"):
        asset = (await one.scenario(f"/assets/{job['inputs'][name]}"))["asset"]
        assert asset["kind"] == "audio"
