"""Whatever a file has become, its card ends, with the file; and where a decoder is missing, with a word.

`MUTANTS=500 python -m pytest …` looks at more than the few files of every run. One that ends or holds
the renderer is not kept: what it is, and in which version of which decoder, is told to its maker.
"""

import asyncio
import contextlib
import functools
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.cards.ports import Result
from bot.renderer.process import Renderer
from bot.renderer.resources import MIB, Limits
from bot.ui.exhibits.exhibit import Exhibit, Remark, Shape
from bot.ui.exhibits.prepare import prepare
from bot.ui.exhibits.rendering import Small, Undrawn
from tests.support import odd
from tests.support.files import MADE, inks, made, moving, noise, raw, saved, tiff

EXAMPLES = int(os.environ.get("MUTANTS", "3"))
PLAIN = ("PNG", "JPEG", "WEBP", "GIF", "AVIF", "TIFF", "BMP", "ICO", "JPEG2000", "PPM", "TGA")
"""Pillow's names of all that it is let open, but for HEIF."""


def deep(scale: float, kind: str) -> bytes:
    return tiff((odd.ramp((48, 32)) * scale).astype(kind), ">" if kind == "uint16" else "<")


WHOLE: Mapping[str, tuple[Callable[[], bytes], str]] = {
    **{
        kind: (
            partial(odd.encoded, noise((48, 32)), kind),
            "image/jp2" if kind == "JPEG2000" else f"image/{kind.lower()}",
        )
        for kind in PLAIN
    },
    **{
        f"moving {kind}": (partial(moving, kind, (48, 32), 3), f"image/{kind.lower()}")
        for kind in ("PNG", "GIF", "WEBP", "AVIF")
    },
    **{form: (partial(odd.written, MADE[form][0]), MADE[form][1]) for form in ("exr", "hdr", "heic", "svg")},
    "MPO": (lambda: odd.mpo(noise((48, 32)), noise((16, 16))), "image/jpeg"),
    "turned JPEG": (lambda: odd.turned(noise((48, 32))), "image/jpeg"),
    "PNG with a profile": (
        lambda: odd.encoded(noise((48, 32)), "PNG", icc_profile=odd.swapped_profile()),
        "image/png",
    ),
    "16-bit PNG": (lambda: odd.encoded(Image.fromarray(odd.ramp()), "PNG"), "image/png"),
    "CMYK TIFF": (
        lambda: odd.encoded(noise((48, 32), "CMYK"), "TIFF", icc_profile=inks()),
        "image/tiff",
    ),
    "16-bit TIFF": (lambda: deep(1, "uint16"), "image/tiff"),
    "float TIFF": (lambda: deep(1 / 65535, "float32"), "image/tiff"),
    "32-bit TIFF": (lambda: deep(30_000, "int32"), "image/tiff"),
    "exr in parts": (partial(odd.written, odd.exr_parts), "image/x-exr"),
    "plain hdr": (odd.hdr_backward, "image/vnd.radiance"),
    **{f"svg {name}": (partial(bytes, data), "image/svg+xml") for name, data in odd.DRAWN.items()},
    **{f"svg {name}": (text.encode, "image/svg+xml") for name, text in odd.LACKING.items()},
}
"""Every format and every kind of it that is read in its own way."""


@pytest.fixture(scope="module")
def runner() -> Generator[asyncio.Runner]:
    with asyncio.Runner() as one:
        yield one


@pytest.fixture(scope="module")
def renderer(runner: asyncio.Runner) -> Generator[Renderer]:
    one = Renderer(Limits(seconds=5.0))
    yield one
    runner.run(one.__aexit__(None, None, None))


@functools.cache
def whole(kind: str) -> bytes:
    return WHOLE[kind][0]()


def test_every_format_that_is_opened_is_mutated() -> None:
    from bot.ui.exhibits import pictures

    assert set(PLAIN) == set(pictures._READ)  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize("kind", WHOLE)
def test_what_is_mutated_was_a_picture(
    tmp_path: Path, runner: asyncio.Runner, renderer: Renderer, kind: str
) -> None:
    result = raw(tmp_path, whole(kind), WHOLE[kind][1])
    (exhibit,) = runner.run(prepare([result], stem="a", limit=10 * MIB, rendering=renderer))
    assert exhibit.attachments[0].embeddable


@st.composite
def mutated(draw: st.DrawFn, whole: bytes) -> bytes:
    body = bytearray(whole)
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, max(0, len(body) - 1)))
        match draw(st.sampled_from(["set", "cut", "drop", "double", "word"])):
            case "set":
                body[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
            case "cut":
                del body[at:]
            case "drop":
                del body[at : at + draw(st.integers(1, 64))]
            case "double":
                body[at:at] = body[at : at + draw(st.integers(1, 64))]
            case _:
                body[at : at + 4] = draw(
                    st.sampled_from([b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"\0\0\xff\xff"])
                )
    return bytes(body)


@pytest.mark.parametrize("kind", WHOLE)
@settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_no_mutated_file_escapes_the_renderer(
    tmp_path: Path, runner: asyncio.Runner, renderer: Renderer, kind: str, data: st.DataObject
) -> None:
    body = data.draw(mutated(whole(kind)))
    result = raw(tmp_path, body, WHOLE[kind][1], "mutant")
    for limit in (10 * MIB, max(1, len(body) - 1)):
        work = prepare([result], stem="imagine-7", limit=limit, rendering=renderer)
        (exhibit,) = runner.run(work)
        assert exhibit.attachments or exhibit.shape is Shape.LEFT_OUT
        if 0 < len(body) <= limit:
            assert exhibit.attachments
        assert sum(each.size for each in exhibit.attachments) <= 2 * limit
    with contextlib.suppress(Undrawn):
        small = runner.run(renderer.small(Small(path=tmp_path / "mutant", side=64)))
        assert small.startswith(b"\xff\xd8")


# -- decoders that are not there --------------------------------------------------------------------------


async def shown(result: Result) -> Exhibit:
    (exhibit,) = await prepare([result], stem="imagine-7", limit=10 * MIB)
    return exhibit


@pytest.mark.parametrize(
    ("form", "decoder"), [("heic", "pillow_heif"), ("exr", "OpenEXR"), ("exr", "numpy"), ("hdr", "numpy")]
)
async def test_without_a_decoder_the_file_is_attached_and_a_word_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, decoder: str
) -> None:
    from bot.ui.exhibits import pictures

    result = made(tmp_path, form)
    pictures._learn_heif.cache_clear()  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setitem(sys.modules, decoder, None)
    exhibit = await shown(result)
    assert [file.filename for file in exhibit.attachments] == [f"imagine-7-1.{form}"]
    assert (exhibit.remarks, exhibit.format) == ((Remark.MISSING,), form.upper())
    still = saved(tmp_path, Image.new("RGB", (8, 8)), "PNG").file
    exhibit = await shown(Result(file=result.file, still=still))
    assert [file.embeddable for file in exhibit.attachments] == [False, True]


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")  # which is told on the card
async def test_fifty_megapixels_are_drawn_and_more_are_not(tmp_path: Path) -> None:
    whole = await shown(saved(tmp_path, Image.new("1", (10_000, 5_000)), "PNG"))
    assert (whole.attachments[0].width, whole.remarks) == (10_000, ())
    large = await shown(saved(tmp_path, Image.new("1", (10_000, 5_001)), "PNG"))
    assert (large.attachments[0].embeddable, large.remarks) == (False, (Remark.PIXELS,))
    assert large.attachments[0].filename == "imagine-7-1.png"


def test_the_bots_own_process_never_loads_a_decoder() -> None:
    told = "import sys, bot.app, bot.cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "bot.ui.cards.delivery" in loaded
    assert loaded.isdisjoint({"PIL", "numpy", "OpenEXR", "resvg_py", "pillow_heif", "soundfile", "soxr"})


# -- large ones -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "mode"), [("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("JPEG", "RGB"), ("JPEG", "CMYK")]
)
async def test_a_large_picture_is_halved_before_it_is_copied(tmp_path: Path, kind: str, mode: str) -> None:
    from bot.ui.exhibits import pictures

    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    image = Image.linear_gradient("L").resize((6_100, 4_001)).convert(mode)
    assert image.width * image.height > pictures.MANY_PIXELS
    result = saved(tmp_path, image, kind, exif=exif)
    assert result.file is not None
    (exhibit,) = await prepare([result], stem="a", limit=result.file.size - 1)
    (file,) = exhibit.attachments
    assert (exhibit.shape, file.filename) == (Shape.REDUCED, "a-1.jpg")
    assert (exhibit.width, exhibit.height) == (4_001, 6_100)
    assert file.path is not None
    with Image.open(file.path) as copy:
        assert max(copy.size) <= 3_050
        assert copy.height > copy.width
        # the gradient runs from dark to light, now from right to left
        dark, light = (copy.convert("L").getpixel((copy.width * part // 8, 99)) for part in (7, 1))
        assert isinstance(dark, int)
        assert isinstance(light, int)
        assert dark < 64 < 192 < light
