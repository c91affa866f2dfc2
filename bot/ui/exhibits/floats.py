"""Pictures of light instead of colors (EXR, HDR), made visible.

NumPy and OpenEXR are loaded when the first one comes.
"""

import importlib
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeAlias

from PIL import Image

from bot.ui.exhibits.megapixels import TooManyPixels, require_few

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Window: TypeAlias = Sequence[Sequence[int]]
"""The first and the last pixel, each across and down."""

Strips: TypeAlias = (
    "Callable[[slice], tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.floating]]]"
)
"""Red, green and blue of these rows."""

EXR_MAGIC: Final = b"\x76\x2f\x31\x01"
HDR_MAGICS: Final = (b"#?RADIANCE", b"#?RGBE")
_MOST_BYTES: Final = 320 * 1024 * 1024
"""Of decoded pixels, four a value: a panorama 7,000 wide passes, a larger one is shown by its still."""
_STRIP: Final = 128
"""Rows that are made visible at once."""
_GREY: Final = 0.18
_BRIGHTEST: Final = 1e12
"""Of any light: its square is still a number."""
_RESOLUTION: Final = re.compile(rb"([-+])([XY]) +(\d{1,6}) +([-+])([XY]) +(\d{1,6})")


# -- EXR ------------------------------------------------------------------------------------------------


def read_exr(path: Path) -> Image.Image:
    """The part and layer with the picture, in its frame. Raises ValueError for a file that is damaged, too
    large, or without a picture."""
    exr: Any = importlib.import_module("OpenEXR")  # it has no types
    with exr.File(str(path), header_only=True) as file:
        parts = [_Part.of(part.header) for part in file.parts]  # a closed file's headers are empty
    if 4 * sum(math.prod(_sides(*part.data)) * len(part.names) for part in parts) > _MOST_BYTES:
        raise TooManyPixels("the layers are too many for a preview")
    number, layer = max(
        ((at, _layer(part.names)) for at, part in enumerate(parts)), key=lambda one: one[1].rank
    )
    if not layer.channels:
        raise ValueError("the picture has no colors that could be read")
    part = parts[number]
    require_few(*_sides(*part.frame))
    with exr.File(str(path), separate_channels=True, num_threads=1) as file:
        channels = file.parts[number].channels
        colors = [channels[name].pixels for name in layer.channels]
    return _framed(_visible_arrays(colors, *_sides(*part.data)), part)


@dataclass(frozen=True, slots=True)
class _Part:
    """What its header says of one part: the pixels that it has, the frame they belong to, its channels."""

    data: Window
    frame: Window
    names: tuple[str, ...]

    @classmethod
    def of(cls, header: Any) -> "_Part":
        data, frame = (
            tuple(tuple(map(int, corner)) for corner in header[name])
            for name in ("dataWindow", "displayWindow")
        )
        return cls(data, frame, tuple(str(channel.name) for channel in header["channels"]))


@dataclass(frozen=True, slots=True)
class _Layer:
    """Which channels are red, green and blue, and how likely they are the picture."""

    rank: tuple[int, int, int] = (0, 0, 0)
    channels: tuple[str, ...] = ()


_BEAUTIES: Final = ("", "combined", "rgba", "rgb", "beauty", "color", "colour", "composite")
"""What the layer with the picture is called: nothing, or one of these, the surest first."""
_GRAYS: Final = ("Y", "L", "V", "R", "Z")


def _layer(names: Sequence[str]) -> _Layer:
    """The likeliest layer of a part: the root's colors, a render's "Combined", others, at last a gray one."""
    layers: dict[str, dict[str, str]] = {}
    for name in names:
        layer, _, channel = name.rpartition(".")
        layers.setdefault(layer, {})[channel.upper()] = name
    found = [_Layer()]
    for at, (layer, channels) in enumerate(layers.items()):
        own = layer.rpartition(".")[2].casefold()
        place = _BEAUTIES.index(own) if own in _BEAUTIES else len(_BEAUTIES)
        if all(color in channels for color in "RGB"):
            found.append(_Layer((2, -place, -at), tuple(channels[color] for color in "RGB")))
        elif gray := [channels[one] for one in _GRAYS if one in channels][:1]:
            found.append(_Layer((2 if layer == "" and "Y" in channels else 1, -place, -at), tuple(gray * 3)))
    return max(found, key=lambda one: one.rank)


def _sides(low: Sequence[int], high: Sequence[int]) -> tuple[int, int]:
    width, height = high[0] - low[0] + 1, high[1] - low[1] + 1
    if width < 1 or height < 1:
        raise ValueError("the picture has no size")
    return width, height


def _framed(image: Image.Image, part: _Part) -> Image.Image:
    """What was made may be less than the frame, or reach beyond it."""
    size = _sides(*part.frame)
    at = (part.data[0][0] - part.frame[0][0], part.data[0][1] - part.frame[0][1])
    if at == (0, 0) and size == image.size:
        return image
    framed = Image.new("RGB", size)
    framed.paste(image, at)
    return framed


# -- HDR ------------------------------------------------------------------------------------------------


def read_hdr(path: Path) -> Image.Image:
    """Radiance's format: RGBE, its rows packed or plain, in any of the eight orders that a header may tell.
    Raises ValueError for a damaged or too large one."""
    import numpy as np

    with path.open("rb") as file:
        order = _hdr_order(file)
        require_few(order.columns, order.rows)
        if not order.rows * order.columns:
            raise ValueError("the picture has no size")
        rgbe = np.zeros((order.rows, order.columns, 4), np.uint8)
        packed = memoryview(file.read())
    at = 0
    for row in range(order.rows):
        at = _hdr_row(packed, at, rgbe[row])
    rgbe = order.upright(rgbe)

    def strip(rows: slice) -> Any:
        scale = np.ldexp(np.float32(1.0), rgbe[rows, :, 3].astype(np.int32) - 136).astype(np.float32)
        return tuple(rgbe[rows, :, number] * scale for number in range(3))

    return _visible(strip, rgbe.shape[1], rgbe.shape[0])


@dataclass(frozen=True, slots=True)
class _Order:
    """In which order the pixels come: `rows` of `columns`, where a row may be upright or run backward."""

    rows: int
    columns: int
    by_columns: bool
    rows_backward: bool
    columns_backward: bool

    def upright(self, pixels: "NDArray[np.uint8]") -> "NDArray[np.uint8]":
        """From the top, from the left."""
        if self.rows_backward:
            pixels = pixels[::-1]
        if self.columns_backward:
            pixels = pixels[:, ::-1]
        return pixels.swapaxes(0, 1) if self.by_columns else pixels


def _hdr_order(file: BinaryIO) -> _Order:
    for _ in range(64):
        match = _RESOLUTION.fullmatch(file.readline(1024).strip())
        if match is not None and match[2] != match[5]:
            by_columns = match[2] == b"X"
            # a Y that falls is the usual one: from the top down
            backward = [
                sign == (b"+" if axis == b"Y" else b"-")
                for sign, axis in ((match[1], match[2]), (match[4], match[5]))
            ]
            return _Order(int(match[3]), int(match[6]), by_columns, *backward)
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


# -- light ----------------------------------------------------------------------------------------------


def _visible_arrays(colors: "Sequence[NDArray[np.floating]]", width: int, height: int) -> Image.Image:
    if any(layer.shape != (height, width) for layer in colors):
        raise ValueError("the picture has no colors that could be read")
    red, green, blue = colors
    return _visible(lambda rows: (red[rows], green[rows], blue[rows]), width, height)


def _visible(strip: Strips, width: int, height: int) -> Image.Image:
    """Exposed for the middle of its brightness, highlights rolled off (Reinhard), then sRGB's curve."""
    import numpy as np

    exposure = _exposure(strip, width, height)
    out = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, _STRIP):
        rows = slice(top, min(top + _STRIP, height))
        for number, layer in enumerate(strip(rows)):
            light = _finite(layer) * exposure
            # a light of 4 is white: what is brighter is only white too
            mapped = np.clip(light * (1 + light / 16) / (1 + light), 0, 1)
            curve = np.where(mapped <= 0.0031308, mapped * 12.92, 1.055 * mapped ** (1 / 2.4) - 0.055)
            out[rows, :, number] = (curve * 255 + 0.5).astype(np.uint8)
    return Image.fromarray(out)


def _exposure(strip: Strips, width: int, height: int) -> float:
    """What brings the picture's middle (the mean of the logarithms) to a middle gray, whatever that was."""
    import numpy as np

    every = max(1, max(width, height) // 512)
    total, count = 0.0, 0
    for top in range(0, height, every):
        red, green, blue = (_finite(layer[..., ::every]) for layer in strip(slice(top, top + 1)))
        luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
        lit = luminance[luminance > 1e-6]
        total += float(np.log(lit).sum())
        count += lit.size
    return _GREY / math.exp(total / count) if count else 1.0


def _finite(layer: "NDArray[np.float32]") -> "NDArray[np.float32]":
    import numpy as np

    light = np.asarray(layer, np.float32)
    return np.clip(np.nan_to_num(light, nan=0.0, posinf=_BRIGHTEST, neginf=0.0), 0, _BRIGHTEST)
