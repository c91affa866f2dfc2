"""Results and uploads in every format that has its own way of going wrong: the right picture and words.

What is delivered is opened by another library than the one that wrote it.
"""

import base64
import gzip
import importlib
import io
import json
import tempfile
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from PIL import Image, ImageCms

from tests.e2e.acting import facts
from tests.e2e.stage import Json, Stage, images, labels, stage, text_of
from tests.e2e.test_every_model import by_form
from tests.e2e.things import png, upload
from tests.support.files import film, hdr, inks, moving, noise, pyav, sound, tiff

pytestmark = pytest.mark.asyncio(loop_scope="session")

COLORS: Any = ImageCms  # it has few types
LIMIT = 10 * 1024 * 1024
SVG = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
RAMP = np.linspace(0, 65535, 64 * 48).astype(np.uint16).reshape(48, 64)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house() -> AsyncGenerator[Stage]:
    async with stage(MEMBER_IN_FLIGHT="0") as ready:
        yield ready


def result(data: bytes, mime: str, kind: str = "image", thumbnail: bytes | None = None) -> Json:
    told: Json = {"base64": base64.b64encode(data).decode(), "mime": mime, "kind": kind}
    return told if thumbnail is None else {**told, "thumbnail": base64.b64encode(thumbnail).decode()}


async def made(one: Stage, prompt: str, *results: Json) -> Json:
    """The card of a job with these results."""
    script = json.dumps({"prompt_contains": prompt, "results": list(results), "times": 1}).encode()
    # a large body goes from a stream
    await one.call("POST", "/script", data=io.BytesIO(script), headers={"Content-Type": "application/json"})
    return await one.settled(await one.imagine(prompt))


async def files(one: Stage, card: Json) -> dict[str, bytes]:
    """What is attached, by the number and ending: "1.png". What an embed shows is among it."""
    links = {link.partition("?")[0].rpartition("/")[2]: link for link in images(card)}
    links |= {file["filename"]: file["url"] for file in card["attachments"]}
    return {name.partition("-")[2].partition("-")[2]: await one.fetch(link) for name, link in links.items()}


def frames(data: bytes) -> list[Any]:
    """A picture's or film's frames as arrays, by another library than the one that wrote them."""
    with pyav().open(io.BytesIO(data)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def padded(data: bytes) -> bytes:
    """Over the limit, with nothing more to see."""
    return data + bytes(LIMIT + 1 - len(data))


def svg(inside: str, size: str = 'viewBox="0 0 40 20"', before: str = "") -> str:
    return f"{before}<svg {SVG} {size}>{inside}</svg>"


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
        result(padded(saved(Image.fromarray(RAMP), "PNG")), "image/png"),
    )
    got = await files(one, card)
    assert sorted(got) == ["1.png", "1.tif", "2.png", "2.tif", "3.png", "3.tif", "4.jpg"]
    for name in ("1.png", "2.png", "3.png", "4.jpg"):
        assert is_ramp(frames(got[name])[0]), name
    assert "Shown as a smaller copy" in text_of(card)


async def test_a_profile_is_applied_and_a_second_picture_is_not_shown_twice(one: Stage) -> None:
    swapped = bytearray(COLORS.ImageCmsProfile(COLORS.createProfile("sRGB")).tobytes())
    red, green = swapped.index(b"rXYZ"), swapped.index(b"gXYZ")
    swapped[red : red + 4], swapped[green : green + 4] = b"gXYZ", b"rXYZ"
    at = swapped.index("sRGB".encode("utf-16-be"))
    swapped[at : at + 8] = "Swap".encode("utf-16-be")
    flat = Image.new("RGB", (64, 48), (255, 0, 0))
    mpo = saved(noise((64, 48)), "MPO", save_all=True, append_images=[flat])
    card = await made(
        one,
        "f2",
        result(saved(flat, "TIFF", icc_profile=bytes(swapped)), "image/tiff"),
        result(padded(saved(flat, "PNG", icc_profile=bytes(swapped))), "image/png"),
        result(mpo, "image/jpeg"),
        result(saved(Image.new("CMYK", (64, 48), (255, 0, 0, 0)), "TIFF", icc_profile=inks()), "image/tiff"),
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
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = saved(Image.new("RGB", (60, 40), "teal"), "JPEG", exif=exif)
    await one.post("/script", results=[result(turned, "image/jpeg")], times=1)
    options = {"image": upload("shoe.png", png("navy"))}
    asked = await one.post("/command", member="alice", channel="general", name="cutout", options=options)
    card = await one.settled(str(asked["interaction_id"]))
    assert facts(card)["Size"].endswith("40 × 60")
    alt = card["embeds"][0]["image"].get("description") or card["attachments"][0].get("description")
    assert alt.startswith("Background removed from shoe.png (picture made with ")


# -- movement ---------------------------------------------------------------------------------------------


async def test_what_moves_goes_on_moving_where_that_fits(one: Stage) -> None:
    card = await made(
        one,
        "f3",
        result(moving("AVIF"), "image/avif"),
        result(padded(moving("GIF")), "image/gif"),
        result(padded(moving("PNG")), "image/png"),
    )
    got = await files(one, card)
    assert sorted(got) == ["1.gif", "2.gif", "3.gif"]
    for data in got.values():
        reds = [int(frame[20, 20, 0]) for frame in frames(data)]
        assert reds == pytest.approx([0, 51, 102, 153, 204, 255], abs=8)
    assert "still" not in text_of(card)


# -- drawings ---------------------------------------------------------------------------------------------

RECT = '<rect width="40mm" height="20mm" fill="red"/>'
ILLUSTRATOR = """<?xml version="1.0"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd" [
<!ENTITY ns_svg "http://www.w3.org/2000/svg"><!ENTITY st0 "fill:red;">]>
<svg xmlns="&ns_svg;" viewBox="0 0 40 20"><a href="mailto:a@b.c">
<rect style="&st0;" width="40" height="20"/></a></svg>"""
OUTSIDE = '<!DOCTYPE svg [<!ENTITY a SYSTEM "/etc/hostname">]>'
HTML = '<foreignObject width="9" height="9"><p xmlns="http://www.w3.org/1999/xhtml">a</p></foreignObject>'


async def test_drawings_of_every_hand_are_drawn(one: Stage) -> None:
    sized = svg(RECT, 'width="40mm" height="20mm"')
    card = await made(
        one,
        "f5",
        *(
            result(data, "image/svg+xml")
            for data in (
                sized.encode(),
                ILLUSTRATOR.encode(),
                svg(RECT).encode("utf-16"),
                gzip.compress(svg(RECT).encode()),
            )
        ),
    )
    got = await files(one, card)
    assert sorted(got) == ["1.png", "1.svg", "2.png", "2.svg", "3.png", "3.svg", "4.png", "4.svgz"]
    for number in range(1, 5):
        picture = frames(got[f"{number}.png"])[0]
        assert picture.shape[1] == pytest.approx(2 * picture.shape[0], rel=0.02)
        assert picture[500, 1000].tolist() == [255, 0, 0]
    assert "Original" not in labels(card)


async def test_what_a_drawing_lacks_is_told(one: Stage) -> None:
    whole = '<rect width="40" height="20" fill="red"/>'
    drawings = (
        svg(f'{whole}<image href="https://example.com/a.png"/>'),
        svg(f"{whole}{HTML}"),
        svg('<rect width="40" height="20" fill="oklch(0.6 0.25 30)"/>'),
        svg(f'{whole}<rect width="9" height="9"><animate attributeName="x" to="9" dur="1s"/></rect>'),
        svg("&a;", before=OUTSIDE),
    )
    card = await made(
        one,
        "f6",
        *(result(drawing.encode(), "image/svg+xml") for drawing in drawings),
        result(saved(noise((64, 48)), "PNG")[:-4000], "image/png"),
    )
    told = text_of(card)
    for sentence in (
        "Shown without the pictures that lie on the web. Original has all.",
        "Shown without the HTML inside. Original has all.",
        "Shown without some of its colors, which are black here. Original has all.",
        "Shown as a still of a moving picture. Press Original for the one that moves.",
        "No preview could be made of this SVG file.",
        "This PNG file is damaged: it ends too early, and a part of the picture is missing.",
    ):
        assert sentence in told
    assert "Original" in labels(card)
    assert {"5.svg", "6.png"} <= set(await files(one, card))


# -- light ------------------------------------------------------------------------------------------------


def exr(path: Path) -> None:
    """Depth first, then a picture brighter than white in the middle of its frame, with another layer."""
    openexr: Any = importlib.import_module("OpenEXR")
    common = {"compression": openexr.ZIP_COMPRESSION, "type": openexr.scanlineimage}
    window = (np.array([10, 5], np.int32), np.array([29, 14], np.int32))
    frame = (np.array([0, 0], np.int32), np.array([39, 19], np.int32))
    even, dark = np.full((10, 20), 9000.0, np.float32), np.full((10, 20), 0.1, np.float32)
    windows = {"dataWindow": window, "displayWindow": frame}
    beauty = {"R": even, "G": dark, "B": dark, **{f"AO.{name}": dark for name in "RGB"}}
    parts = [
        openexr.Part({**common, "name": "depth", **windows}, {"Z": dark}),
        openexr.Part({**common, "name": "beauty", **windows}, beauty),
    ]
    with openexr.File(parts) as file:
        file.write(str(path))


def written(make: Callable[[Path], None]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder) / "file")
        return (Path(folder) / "file").read_bytes()


async def test_light_is_framed_exposed_and_the_right_way_up(one: Stage) -> None:
    upside_down = written(lambda path: hdr(path, packed=False)).replace(b"-Y 32 +X 64", b"+Y 32 -X 64")
    card = await made(
        one,
        "f7",
        result(written(exr), "image/x-exr", "image-hdr"),
        result(upside_down, "image/vnd.radiance", "image-hdr"),
    )
    got = await files(one, card)
    assert sorted(got) == ["1.exr", "1.png", "2.hdr", "2.png"]
    picture = frames(got["1.png"])[0]
    assert picture.shape == (20, 40, 3)
    assert picture[2, 2].tolist() == [0, 0, 0]
    red, green, blue = picture[10, 20].tolist()
    assert 100 < red < 250
    assert max(green, blue) < 40
    ramp = frames(got["2.png"])[0][5, :, 0].astype(int)
    assert (np.diff(ramp) <= 0).all()  # its rows ran from the right
    assert ramp[0] > 200 > 60 > ramp[-1]


# -- sound, films, meshes, notations ----------------------------------------------------------------------

GLTF = b'{"asset": {"version": "2.0"}, "scenes": []}'
DAE = b'<?xml version="1.0"?><COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1"/>'


async def test_each_file_has_its_own_ending(one: Stage) -> None:
    card = await made(
        one,
        "f8",
        result(sound("mp4", "aac"), "audio/mp4", "audio"),
        result(sound("webm", "libopus"), "audio/webm", "audio"),
        result(GLTF, "model/gltf+json", "3d"),
        result(DAE, "model/vnd.collada+xml", "3d"),
        result(b"<?xml version='1.0'?><a>" + b"<b/>" * 900 + b"</a>", "application/xml", "document"),
    )
    endings = [file["filename"].rpartition(".")[2] for file in card["attachments"]]
    assert sorted(endings) == ["dae", "gltf", "m4a", "webm", "xml"]
    alts = [file.get("description") or "" for file in card["attachments"]]
    assert sum("Audio" in alt for alt in alts) == 2
    assert not any("Video" in alt for alt in alts)


async def test_a_film_that_is_not_played_has_scenarios_picture_and_a_word(one: Stage) -> None:
    thumbnail = png("teal")
    card = await made(
        one,
        "f9",
        result(film("matroska", "libx264"), "video/x-matroska", "video", thumbnail),
        result(film("avi", "mpeg4"), "video/x-msvideo", "video", thumbnail),
        result(film("mov", "prores_ks", "yuv422p10le"), "video/quicktime", "video", thumbnail),
        result(film("mp4", "libx264"), "video/mp4", "video", thumbnail),
    )
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
    pictures = [data for name, data in got.items() if name.endswith("preview.png")]
    assert [frames(data)[0][96, 128].tolist() for data in pictures] == [[0, 128, 128]] * 3
    assert "Discord does not play this MKV, AVI, MOV file. Open it in a player of your own." in text_of(card)


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
