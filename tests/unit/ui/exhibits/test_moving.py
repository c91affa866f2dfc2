"""Pictures that move still do, where that fits; and a file that ends too early is known without decoding."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.scenario.api.records import File
from bot.ui.exhibits.exhibit import Remark, Shape
from bot.ui.exhibits.fitting import Fitted, fitted
from bot.ui.exhibits.moving import moving_copy
from tests.support.clock import HeldClock
from tests.support.files import moving, noise, pyav

MIB = 1024 * 1024


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """How busy the machine is says nothing here."""
    monkeypatch.setattr("bot.ui.exhibits.moving._CLOCK", HeldClock())


def fit(folder: Path, data: bytes, limit: int = 10 * MIB) -> Fitted:
    path = folder / "raw"
    path.write_bytes(data)
    return fitted(File(path=path, size=len(data), mime_type=""), "imagine-7-1", limit)


def played(made: Fitted) -> list[tuple[int, ...]]:
    """The frames' colors in the middle, as another library than the one that wrote them reads them."""
    assert made.attachment is not None
    with pyav().open(str(made.attachment.path)) as container:
        frames: list[Any] = [frame.to_image() for frame in container.decode(video=0)]
    return [frame.getpixel((frame.width // 2, frame.height // 2)) for frame in frames]


def test_an_avif_that_moves_becomes_a_gif_that_does(tmp_path: Path) -> None:
    made = fit(tmp_path, moving("AVIF"))
    assert made.attachment is not None
    assert (made.attachment.filename, made.shape, made.remarks) == ("imagine-7-1.gif", Shape.CONVERTED, ())
    reds = [red for red, _, _ in played(made)]
    assert len(reds) == 6
    assert reds == pytest.approx([0, 51, 102, 153, 204, 255], abs=8)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_what_moves_and_is_too_large_becomes_a_smaller_one_that_moves(tmp_path: Path, kind: str) -> None:
    data = moving(kind, (240, 180), grain=True)
    made = fit(tmp_path, data, len(data) // 2)
    assert made.attachment is not None
    assert (made.attachment.filename, made.shape, made.remarks) == ("imagine-7-1.gif", Shape.REDUCED, ())
    assert made.attachment.size <= len(data) // 2
    assert (made.attachment.width, made.attachment.height) == (240, 180)
    reds = [red for red, _, _ in played(made)]
    assert len(reds) == 6
    assert reds[0] + 60 < reds[-1]


def test_what_moves_and_is_far_too_large_is_a_still_with_a_word(tmp_path: Path) -> None:
    made = fit(tmp_path, moving("GIF", (240, 180), grain=True), 3000)
    assert made.attachment is not None
    assert (made.attachment.filename, made.remarks) == ("imagine-7-1.jpg", (Remark.STILL,))


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_what_moves_and_fits_is_untouched(tmp_path: Path, kind: str) -> None:
    made = fit(tmp_path, moving(kind))
    assert made.attachment is not None
    assert made.attachment.path == tmp_path / "raw"
    assert (made.shape, made.remarks) == (Shape.WHOLE, ())


class Ticking(HeldClock):
    """A second passes from each look to the next."""

    def monotonic(self) -> float:
        self.jump(1)
        return super().monotonic()


@pytest.mark.parametrize(("frames", "copied"), [(5, True), (6, False)])
def test_a_copy_that_takes_too_long_is_given_up(tmp_path: Path, frames: int, copied: bool) -> None:
    """Each frame is looked at twice: ten looks are ten seconds."""
    with Image.open(io.BytesIO(moving("AVIF", count=frames))) as image:
        made = moving_copy(image, tmp_path / "copy", MIB, clock=Ticking())
    assert (made is not None) is copied
    assert (tmp_path / "copy.gif").exists() is copied


def test_a_still_says_that_it_is_one_if_there_was_no_time_to_move(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.ui.exhibits.moving._PATIENCE", -1)
    made = fit(tmp_path, moving("AVIF"))
    assert made.attachment is not None
    assert (made.attachment.filename, made.remarks) == ("imagine-7-1.png", (Remark.STILL,))


def test_a_gif_keeps_its_time_and_what_is_clear(tmp_path: Path) -> None:
    frames = [Image.new("RGBA", (64, 64), (0, 0, 0, 0)) for _ in range(300)]
    for number, frame in enumerate(frames):
        frame.paste((number % 256, 0, 255, 255), (0, 0, 20, 20))
    buffer = io.BytesIO()
    frames[0].save(buffer, "PNG", save_all=True, append_images=frames[1:], duration=30, loop=0)
    with Image.open(buffer) as image:
        made = moving_copy(image, tmp_path / "copy", MIB)
    assert made is not None
    with Image.open(made.path) as image:
        copied: Any = image
        assert (copied.format, copied.n_frames) == ("GIF", 150)
        assert copied.info["duration"] == 60  # each stands for two
        copied.seek(7)
        assert copied.convert("RGBA").getpixel((40, 40))[3] == 0


def test_a_second_picture_in_a_jpeg_is_no_movement(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    noise((90, 60)).save(buffer, "MPO", save_all=True, append_images=[Image.new("RGB", (90, 60), "red")])
    made = fit(tmp_path, buffer.getvalue())
    assert made.attachment is not None
    assert (made.attachment.filename, made.shape) == ("imagine-7-1.jpg", Shape.WHOLE)
    small = fit(tmp_path, buffer.getvalue(), 4000)
    assert small.attachment is not None
    assert (small.attachment.filename, small.shape, small.remarks) == (
        "imagine-7-1.jpg",
        Shape.REDUCED,
        (),
    )


# -- cut short --------------------------------------------------------------------------------------------


def saved(kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    noise((60, 40)).save(buffer, kind, **options)
    return buffer.getvalue()


WHOLE = [
    saved("PNG"),
    saved("JPEG"),
    saved("JPEG", progressive=True),
    saved("JPEG", restart_marker_blocks=2),
    saved("JPEG", comment=b"a picture in it, which ends: \xff\xd8\xff\xd9"),
    saved("MPO", save_all=True, append_images=[noise((60, 40))]),
    saved("GIF"),
    moving("GIF"),
    moving("PNG"),
    moving("WEBP"),
]


@pytest.mark.parametrize("number", range(len(WHOLE)))
def test_a_file_that_ends_too_early_is_told_of_and_a_whole_one_is_not(tmp_path: Path, number: int) -> None:
    data = WHOLE[number]
    for behind in (b"", b"\0" * 7, b"behind the picture"):
        assert fit(tmp_path, data + behind).remarks == ()
    for part in (0.5, 0.9):
        made = fit(tmp_path, data[: int(len(data) * part)])
        wanted: tuple[Remark, ...] = (Remark.CUT,)
        if b"MPF\0" in data and part == 0.9:
            wanted = ()  # only the first of its pictures is shown
        elif data.startswith(b"RIFF"):
            wanted = (Remark.UNREAD,)  # Pillow reads no part of a WEBP
        assert made.remarks == wanted


# -- sides and sizes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_sides_are_those_that_are_shown(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    made = fit(tmp_path, saved("JPEG", exif=exif))
    assert made.attachment is not None
    assert made.attachment.path == tmp_path / "raw"
    wanted = (60, 40) if orientation < 5 else (40, 60)
    assert (made.attachment.width, made.attachment.height) == wanted


@pytest.mark.filterwarnings(
    "ignore::PIL.Image.DecompressionBombWarning"
)  # a filter of ours, which pytest drops
@pytest.mark.parametrize(("sides", "attached"), [((7200, 7000), True), ((12_000, 9000), False)])
def test_above_fifty_megapixels_there_is_no_preview(
    tmp_path: Path, sides: tuple[int, int], attached: bool
) -> None:
    buffer = io.BytesIO()
    Image.new("1", sides).save(buffer, "PNG")
    made = fit(tmp_path, buffer.getvalue())
    assert made.remarks == (Remark.PIXELS,)
    assert (made.attachment is not None) == attached
    assert made.attachment is None or not made.attachment.embeddable
    assert fit(tmp_path, buffer.getvalue(), 100) == Fitted(remarks=(Remark.PIXELS,))
