"""Files that once came out white, black, twice, still or under a wrong name, made on the spot in any size."""

from __future__ import annotations

import gzip
import importlib
import io
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PIL import Image, ImageCms

from tests.support.files import hdr, noise

if TYPE_CHECKING:
    import numpy as np

Size = tuple[int, int]
"""Width and height."""

_COLORS: Any = ImageCms  # it has few types


def written(make: Callable[[Path], None]) -> bytes:
    """What is written by something that takes a path."""
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder) / "file")
        return (Path(folder) / "file").read_bytes()


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def soft(size: Size, mode: str = "RGB") -> Image.Image:
    """Soft noise, which takes room as a photograph does."""
    small = noise((max(1, size[0] // 8), max(1, size[1] // 8)), mode)
    return small.resize(size, Image.Resampling.BICUBIC)


# -- pixels -----------------------------------------------------------------------------------------------


def ramp(size: Size = (64, 48)) -> np.ndarray[Any, np.dtype[np.uint16]]:
    """From black to white in 16 bits, line by line."""
    import numpy as np

    return np.linspace(0, 65535, size[0] * size[1]).astype(np.uint16).reshape(size[1], size[0])


def deep_noise(size: Size) -> np.ndarray[Any, np.dtype[np.uint16]]:
    """16 bits that do not compress."""
    import numpy as np

    return np.random.default_rng(1).integers(0, 65536, (size[1], size[0]), dtype=np.uint16)


def swapped_profile() -> bytes:
    """sRGB with red and green changed over, under a name that no library takes for sRGB's."""
    swapped = bytearray(_COLORS.ImageCmsProfile(_COLORS.createProfile("sRGB")).tobytes())
    red, green = swapped.index(b"rXYZ"), swapped.index(b"gXYZ")
    swapped[red : red + 4], swapped[green : green + 4] = b"gXYZ", b"rXYZ"
    at = swapped.index("sRGB".encode("utf-16-be"))
    swapped[at : at + 8] = "Swap".encode("utf-16-be")
    return bytes(swapped)


def turned(image: Image.Image) -> bytes:
    """A JPEG that is seen a quarter turn from how it is stored."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(image, "JPEG", exif=exif)


def mpo(image: Image.Image, second: Image.Image) -> bytes:
    """A JPEG with a second picture inside."""
    return encoded(image, "MPO", save_all=True, append_images=[second])


# -- drawings ---------------------------------------------------------------------------------------------

SVG: Final = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def svg(inside: str, size: str = 'viewBox="0 0 40 20"', before: str = "") -> str:
    return f"{before}<svg {SVG} {size}>{inside}</svg>"


UNITS: Final[Mapping[str, str]] = {
    unit: svg(
        f'<rect width="{wide}{unit}" height="{wide / 2}{unit}" fill="red"/>'
        f'<line y1="{wide / 4}{unit}" x2="{wide}{unit}" y2="{wide / 4}{unit}" '
        f'stroke="blue" stroke-width="{wide / 8}{unit}"/>'
        f'<text x="{wide / 8}{unit}" y="{wide * 0.46}{unit}" font-size="{wide / 8}{unit}">Words</text>',
        f'width="{wide}{unit}" height="{wide / 2}{unit}"',
    )
    for unit, wide in {"mm": 40, "cm": 4, "in": 2, "pt": 120, "pc": 10}.items()
}
"""A red field, twice as wide as high, with a blue stroke a quarter of its height through the middle and words
below it; all measured in the unit that the drawing is named by."""

RECT: Final = '<rect width="40mm" height="20mm" fill="red"/>'
WHOLE: Final = '<rect width="40" height="20" fill="red"/>'
ILLUSTRATOR: Final = """<?xml version="1.0"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd" [
<!ENTITY ns_svg "http://www.w3.org/2000/svg"><!ENTITY st0 "fill:red;">]>
<svg xmlns="&ns_svg;" viewBox="0 0 40 20"><a href="mailto:a@b.c">
<rect style="&st0;" width="40" height="20"/></a></svg>"""
_HTML: Final = (
    '<foreignObject width="9" height="9"><p xmlns="http://www.w3.org/1999/xhtml">a</p></foreignObject>'
)

DRAWN: Final[Mapping[str, bytes]] = {
    "measured in mm": svg(RECT, 'width="40mm" height="20mm"').encode(),
    "of Illustrator, with a mailto link": ILLUSTRATOR.encode(),
    "in UTF-16": svg(RECT).encode("utf-16"),
    "packed": gzip.compress(svg(RECT).encode()),
}
"""Drawings of every hand. Each is a red field, twice as wide as high."""
LACKING: Final[Mapping[str, str]] = {
    "with a picture on the web": svg(f'{WHOLE}<image href="https://example.com/a.png"/>'),
    "with HTML inside": svg(f"{WHOLE}{_HTML}"),
    "with newer colors": svg('<rect width="40" height="20" fill="oklch(0.6 0.25 30)"/>'),
    "that moves": svg(
        f'{WHOLE}<rect width="9" height="9"><animate attributeName="x" to="9" dur="1s"/></rect>'
    ),
}
"""Drawings of which a part cannot be drawn."""


# -- light ------------------------------------------------------------------------------------------------


def exr_parts(path: Path, *, size: Size = (20, 10), layer: str = "") -> None:
    """Depth first, then a picture far brighter than white in the middle of a frame twice as wide and high,
    beside a darker layer that comes before it.

    layer: of the picture's channels, with its dot; none, the root.
    """
    import numpy as np

    openexr: Any = importlib.import_module("OpenEXR")
    width, height = size
    left, top = width // 2, height // 2
    common = {"compression": openexr.ZIP_COMPRESSION, "type": openexr.scanlineimage}
    window = (np.array([left, top], np.int32), np.array([left + width - 1, top + height - 1], np.int32))
    frame = (np.array([0, 0], np.int32), np.array([2 * width - 1, 2 * height - 1], np.int32))
    even = np.full((height, width), 9000.0, np.float32)
    dark = np.full((height, width), 0.1, np.float32)
    windows = {"dataWindow": window, "displayWindow": frame}
    beauty = {f"AO.{name}": dark for name in "RGB"}
    beauty |= {f"{layer}R": even, f"{layer}G": dark, f"{layer}B": dark}
    parts = [
        openexr.Part({**common, "name": "depth", **windows}, {"Z": dark}),
        openexr.Part({**common, "name": "beauty", **windows}, beauty),
    ]
    with openexr.File(parts) as file:
        file.write(str(path))


def hdr_backward() -> bytes:
    """Radiance's format with rows that run from the right, from the bottom up."""
    return written(lambda path: hdr(path, packed=False)).replace(b"-Y 32 +X 64", b"+Y 32 -X 64")


# -- containers and notations -----------------------------------------------------------------------------


def branded(data: bytes, brand: bytes) -> bytes:
    """An MP4 of another major brand."""
    assert data[4:8] == b"ftyp"
    return data[:8] + brand + data[12:]


GLTF: Final = b'{"asset": {"version": "2.0"}, "scenes": []}'
DAE: Final = (
    b'<?xml version="1.0"?><COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1"/>'
)
XML: Final = b"<?xml version='1.0'?><a>" + b"<b/>" * 900 + b"</a>"
