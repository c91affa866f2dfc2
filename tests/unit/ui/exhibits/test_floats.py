"""Pictures of light: the right layer, in its frame, the right way up, as bright as it should be."""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bot.ui.exhibits.floats import read_exr, read_hdr
from bot.ui.exhibits.megapixels import TooManyPixels

RED, DARK = np.zeros((4, 6, 3), np.float32), np.full((4, 6), 0.05, np.float32)
RED[..., 0] = 0.5


def written(path: Path, *parts: tuple[dict[str, Any], dict[str, Any]]) -> Path:
    openexr: Any = importlib.import_module("OpenEXR")
    common = {"compression": openexr.ZIP_COMPRESSION, "type": openexr.scanlineimage}
    made = [
        openexr.Part({**common, "name": f"p{at}", **header}, channels)
        for at, (header, channels) in enumerate(parts)
    ]
    with openexr.File(made) as file:
        file.write(str(path))
    return path


def colors(layer: str, pixels: Any = RED) -> dict[str, Any]:
    """The three channels of a layer, each by itself."""
    return {f"{layer}{name}": np.ascontiguousarray(pixels[..., at]) for at, name in enumerate("RGB")}


def is_red(image: Image.Image, at: tuple[int, int] = (3, 2)) -> bool:
    found: Any = image.getpixel(at)
    return found[0] > 60 and found[1] < 10


AO: dict[str, Any] = {f"AO.{name}": DARK for name in "RGB"}


LAYERS: list[Any] = [
    [({}, {**AO, **colors("")})],
    [({}, {**AO, **colors("ViewLayer.Combined."), **colors("ViewLayer.Normal.", RED[..., ::-1])})],
    [({}, {**colors("Diffuse.", RED[..., ::-1]), **colors("rgba.")})],
    [({}, {"Z": DARK, **colors("Only.")})],
    [({}, {"Z": DARK}), ({}, colors(""))],
    [({}, AO), ({}, {"Z": DARK}), ({}, colors(""))],
]


@pytest.mark.parametrize("parts", LAYERS)
def test_the_layer_with_the_picture_is_shown(tmp_path: Path, parts: Any) -> None:
    image = read_exr(written(tmp_path / "a", *parts))
    assert image.size == (6, 4)
    assert is_red(image)


def window(left: int, top: int, right: int, bottom: int) -> Any:
    return np.array([left, top], np.int32), np.array([right, bottom], np.int32)


def test_a_picture_less_than_its_frame_stands_where_it_belongs(tmp_path: Path) -> None:
    header = {"dataWindow": window(12, 21, 17, 24), "displayWindow": window(10, 20, 29, 31)}
    image = read_exr(written(tmp_path / "a", (header, colors(""))))
    assert image.size == (20, 12)
    assert is_red(image, (2, 1))
    assert is_red(image, (7, 4))
    for outside in ((1, 1), (8, 4), (2, 0), (7, 5), (19, 11)):
        assert image.getpixel(outside) == (0, 0, 0)


def test_a_picture_beyond_its_frame_is_cropped(tmp_path: Path) -> None:
    header = {"dataWindow": window(-2, -1, 3, 2), "displayWindow": window(0, 0, 1, 1)}
    pixels = RED.copy()
    pixels[1, 2] = (0.0, 0.5, 0.0)  # at the origin of the frame
    image = read_exr(written(tmp_path / "a", (header, colors("", pixels))))
    assert image.size == (2, 2)
    assert [is_red(image, at) for at in ((0, 0), (1, 0), (0, 1))] == [False, True, True]


@pytest.mark.parametrize("light", [1e-4, 1.0, 5e3, 6e6, 3e11])
def test_light_of_any_strength_is_exposed_by_its_range(tmp_path: Path, light: float) -> None:
    ramp = np.linspace(0.2, 1.8, 24, dtype=np.float32).reshape(4, 6) * np.float32(light)
    image = read_exr(written(tmp_path / "a", ({}, dict.fromkeys("RGB", ramp))))
    gray = np.asarray(image)[..., 0].astype(int).ravel()
    assert 20 < gray[0] < 90
    assert 90 < gray[12] < 150
    assert 130 < gray[-1] < 200
    assert (np.diff(gray) >= 0).all()


def test_too_many_layers_are_refused_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "a", ({}, colors("")), ({}, {"Z": DARK}))
    monkeypatch.setattr("bot.ui.exhibits.floats._MOST_BYTES", 4 * 6 * 4 * 4 - 1)
    with pytest.raises(TooManyPixels):
        read_exr(path)


# -- the rows of an HDR -----------------------------------------------------------------------------------


@pytest.mark.parametrize("vertical", ["-", "+"])
@pytest.mark.parametrize("horizontal", ["+", "-"])
@pytest.mark.parametrize("by_columns", [False, True])
def test_rows_may_come_in_any_order(tmp_path: Path, vertical: str, horizontal: str, by_columns: bool) -> None:
    seen = np.zeros((3, 5, 4), np.uint8)
    seen[..., 3] = 128
    seen[0, :, 0] = seen[:, 0, 1] = 200  # red along the top, green down the left
    stored = seen[:: -1 if vertical == "+" else 1, :: -1 if horizontal == "-" else 1]
    axes = [f"{vertical}Y 3", f"{horizontal}X 5"]
    if by_columns:
        stored, axes = stored.swapaxes(0, 1), axes[::-1]
    path = tmp_path / "a.hdr"
    path.write_bytes(f"#?RADIANCE\n\n{' '.join(axes)}\n".encode() + stored.tobytes())
    image = np.asarray(read_hdr(path))
    assert image.shape == (3, 5, 3)
    assert (image[..., 0] > 100).tolist() == [[True] * 5, [False] * 5, [False] * 5]
    assert (image[..., 1] > 100).tolist() == [[True, *[False] * 4]] * 3


@pytest.mark.parametrize("line", ["-Y 4 -Y 4", "-Y 4", "+X 4 +X 4", "-Y 0 +X 9", "Y 4 X 4"])
def test_a_header_that_tells_no_size_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "a.hdr"
    path.write_bytes(f"#?RADIANCE\n\n{line}\n".encode() + bytes(64))
    with pytest.raises(ValueError, match=r"size|large"):
        read_hdr(path)
