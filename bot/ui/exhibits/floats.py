"""Pictures of light instead of colours (EXR, HDR), made visible.

NumPy and OpenEXR are loaded when the first one comes.
"""

import importlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from PIL import Image

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EXR_MAGIC: Final = b"\x76\x2f\x31\x01"
HDR_MAGICS: Final = (b"#?RADIANCE", b"#?RGBE")
_MOST_BYTES: Final = 320 * 1024 * 1024
"""Of decoded pixels, four a value: a panorama 7,000 wide passes, a larger one is shown by its still."""
_MOST_HDR_PIXELS: Final = 34_000_000
_STRIP: Final = 128
"""Rows that are made visible at once."""
_GREY: Final = 0.18
_RESOLUTION: Final = re.compile(rb"-Y (\d{1,6}) \+X (\d{1,6})")


def read_exr(path: Path) -> Image.Image:
    """Raises ValueError for a file that is damaged, too large, or without a picture."""
    exr: Any = importlib.import_module("OpenEXR")  # it has no types
    with exr.File(str(path), header_only=True) as file:
        header = file.header()
        low, high = header["dataWindow"]
        width, height = int(high[0]) - int(low[0]) + 1, int(high[1]) - int(low[1]) + 1
        values = width * height * len(header["channels"])
    if width < 1 or height < 1 or 4 * values > _MOST_BYTES:
        raise ValueError("the picture is too large to be made visible")
    layers: dict[str, NDArray[np.float32]] = {}
    with exr.File(str(path), separate_channels=True, num_threads=1) as file:
        for name, channel in file.channels().items():
            layers.setdefault(name.rpartition(".")[2].upper(), channel.pixels)
    colours = [layers[name] for name in "RGB" if name in layers]
    if len(colours) != 3:
        colours = [layers[name] for name in ("Y", "L", "V", "R", "Z") if name in layers][:1] * 3
    return _visible(colours, width, height)


def read_hdr(path: Path) -> Image.Image:
    """Radiance's format: RGBE, its rows packed or plain. Raises ValueError for a damaged or too large one."""
    import numpy as np

    with path.open("rb") as file:
        width, height = _hdr_size(file)
        if width * height > _MOST_HDR_PIXELS or not width * height:
            raise ValueError("the picture is too large to be made visible")
        rgbe = np.zeros((height, width, 4), np.uint8)
        packed = memoryview(file.read())
    at = 0
    for row in range(height):
        at = _hdr_row(packed, at, rgbe[row])
    scale = np.ldexp(np.float32(1.0), rgbe[..., 3].astype(np.int32) - 136).astype(np.float32)
    colours = [rgbe[..., number].astype(np.float32) * scale for number in range(3)]
    return _visible(colours, width, height)


def _hdr_size(file: BinaryIO) -> tuple[int, int]:
    for _ in range(64):
        line = file.readline(1024).strip()
        match = _RESOLUTION.fullmatch(line)
        if match is not None:
            return int(match[2]), int(match[1])
    raise ValueError("the picture does not say how large it is")


def _hdr_row(packed: memoryview, at: int, row: "NDArray[np.uint8]") -> int:
    """Unpack one row and return where the next begins."""
    import numpy as np

    width = row.shape[0]
    mark = bytes(packed[at : at + 4])
    if mark[:2] != b"\x02\x02" or int.from_bytes(mark[2:4]) != width:
        plain = np.frombuffer(packed[at : at + 4 * width], np.uint8)
        row[:] = plain.reshape(width, 4)
        return at + 4 * width
    starts, counts, at = _runs(packed, at + 4, 4 * width)
    lengths = np.where(counts > 128, counts - 128, counts)
    # a run repeats the byte behind its count; a stretch is the bytes behind it, one after the other
    ends = np.cumsum(lengths)
    numbers: NDArray[np.intp] = np.arange(4 * width, dtype=np.intp)
    steps = numbers - np.repeat(ends - lengths, lengths)
    places = np.repeat(starts + 1, lengths) + np.where(np.repeat(counts > 128, lengths), 0, steps)
    row[:] = np.frombuffer(packed, np.uint8)[places].reshape(4, width).T
    return at


def _runs(packed: memoryview, at: int, values: int) -> "tuple[NDArray[np.intp], NDArray[np.intp], int]":
    """Where each run of a row begins, its count byte, and where the next row begins. Only this is done one by
    one: where a run begins is not known before the one ahead of it is."""
    import numpy as np

    starts: list[int] = []
    while values > 0:
        count = packed[at]
        starts.append(at)
        if not count:
            raise ValueError("a run of nothing")
        values -= count - 128 if count > 128 else count
        at += 2 if count > 128 else count + 1
    if values:
        raise ValueError("a run beyond its row")
    found = np.array(starts, np.intp)
    return found, np.frombuffer(packed, np.uint8)[found].astype(np.intp), at


def _visible(colours: "list[NDArray[np.float32]]", width: int, height: int) -> Image.Image:
    """Exposed for the middle of its brightness, highlights rolled off (Reinhard), then sRGB's curve."""
    import numpy as np

    layers = [layer for layer in colours if layer.shape == (height, width)]
    if len(layers) != 3:
        raise ValueError("the picture has no colours that could be read")
    exposure = _exposure(layers)
    out = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, _STRIP):
        for number, layer in enumerate(layers):
            light = _finite(layer[top : top + _STRIP]) * exposure
            # a light of 4 is white: what is brighter is only white too
            mapped = np.clip(light * (1 + light / 16) / (1 + light), 0, 1)
            curve = np.where(mapped <= 0.0031308, mapped * 12.92, 1.055 * mapped ** (1 / 2.4) - 0.055)
            out[top : top + _STRIP, :, number] = (curve * 255 + 0.5).astype(np.uint8)
    return Image.fromarray(out)


def _exposure(layers: "list[NDArray[np.float32]]") -> float:
    """What brings the picture's middle (the mean of the logarithms) to a middle grey."""
    import numpy as np

    every = max(1, max(layers[0].shape) // 512)
    red, green, blue = (_finite(layer[::every, ::every]) for layer in layers)
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    lit = luminance[luminance > 1e-6]
    if not lit.size:
        return 1.0
    middle = float(np.exp(np.log(lit).mean()))
    return float(np.clip(_GREY / middle, 1 / 64, 64))


def _finite(layer: "NDArray[np.float32]") -> "NDArray[np.float32]":
    import numpy as np

    light = np.asarray(layer, np.float32)
    return np.clip(np.nan_to_num(light, nan=0.0, posinf=1e6, neginf=0.0), 0, 1e6)
