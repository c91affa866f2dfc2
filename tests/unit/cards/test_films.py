"""Which films Discord plays."""

import tracemalloc
from pathlib import Path

import pytest

from bot.cards.films import is_played
from tests.support.files import film

H264 = ("mp4", "libx264", "yuv420p")


@pytest.mark.parametrize(
    ("made", "mime", "played"),
    [
        (H264, "video/mp4", True),
        (("mov", "libx264", "yuv420p"), "video/quicktime", True),
        (("mov", "prores_ks", "yuv422p10le"), "video/quicktime", False),
        (("mov", "mjpeg", "yuvj420p"), "video/quicktime", False),
        (("mp4", "mpeg4", "yuv420p"), "video/mp4", False),
        (("webm", "libvpx", "yuv420p"), "video/webm", True),
        (("matroska", "libx264", "yuv420p"), "video/x-matroska", False),
        (("avi", "mpeg4", "yuv420p"), "video/x-msvideo", False),
    ],
)
def test_by_container_and_coding(tmp_path: Path, made: tuple[str, str, str], mime: str, played: bool) -> None:
    path = tmp_path / "film"
    path.write_bytes(film(*made))
    assert is_played(path, mime) is played


@pytest.mark.parametrize("keep", [0, 4, 20, 200, 900])
def test_a_film_whose_index_cannot_be_read_is_left_to_discord(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "film"
    path.write_bytes(film(*H264)[:keep])
    assert is_played(path, "video/mp4")


def test_an_index_with_a_size_of_eight_bytes_is_read_like_any_other(tmp_path: Path) -> None:
    path = tmp_path / "film"
    made = film("mov", "prores_ks", "yuv422p10le")
    at = made.index(b"moov") - 4
    size = int.from_bytes(made[at : at + 4], "big")
    wide = b"\0\0\0\1moov" + (size + 8).to_bytes(8, "big")
    path.write_bytes(made[:at] + wide + made[at + 8 :])
    assert not is_played(path, "video/quicktime")


def test_sizes_that_lead_nowhere_end_the_search(tmp_path: Path) -> None:
    path = tmp_path / "film"
    for size in (b"\0\0\0\0", b"\0\0\0\1", b"\0\0\0\7", b"\xff\xff\xff\xff"):
        for name in (b"mdat", b"moov"):
            path.write_bytes(size + name + b"\0" * 40)
            assert is_played(path, "video/mp4")


def test_of_a_large_index_only_the_way_to_its_codings_is_read(tmp_path: Path) -> None:
    path = tmp_path / "film"
    made = film("mov", "prores_ks", "yuv422p10le")
    at = made.index(b"moov") - 4
    size = int.from_bytes(made[at : at + 4], "big")
    more = 16 * 1024 * 1024
    large = (size + more).to_bytes(4, "big") + b"moov" + more.to_bytes(4, "big") + b"free" + bytes(more - 8)
    path.write_bytes(made[:at] + large + made[at + 8 :])
    tracemalloc.start()
    try:
        assert not is_played(path, "video/quicktime")
        held = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert held < more / 20


def test_a_film_of_nothing_but_boxes_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "film"
    path.write_bytes(b"\0\0\0\x08free" * 500_000 + film("mov", "prores_ks", "yuv422p10le"))
    assert is_played(path, "video/quicktime")
