"""The files of the scene `renderer`, made on the spot: ordinary drawings from small to large, large pictures,
and every file that once came out wrong."""

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from PIL import Image

from tests.support import odd
from tests.support.files import MADE, film, hdr, inks, moving, noise, sound, tiff

Result = dict[str, str]
"""A result as the control API takes it."""

_OVER: Final = (3000, 2400)
"""Sides of a picture that is over Discord's limit where its pixels are not packed."""
_FILM: Final = (800, 600)
"""Sides of a moving picture, some twelve frames of which are over the limit."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file of the scene."""

    mime: str
    make: Callable[[], bytes]
    kind: str = "image"
    """Scenario's."""
    thumbnail: bool = False
    """Whether Scenario has a picture of it."""

    def result(self) -> Result:
        told = {"base64": _text(self.make()), "mime": self.mime, "kind": self.kind}
        if self.thumbnail:
            told["thumbnail"] = _text(odd.encoded(odd.soft((1280, 720)), "PNG"))
        return told


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def drawing(paths: int) -> bytes:
    """As a vectorizer writes them: so many small shapes of few points each, side by side."""
    side = max(1, round(paths**0.5))
    step = 1000 / side
    shapes = "".join(
        f'<path d="M{step * (n % side):.1f} {step * (n // side):.1f}h{step:.1f}c3 5 7 9 1 {step:.1f}z" '
        f'fill="#{n * 7919 % 4096:03x}"/>'
        for n in range(paths)
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 1000">{shapes}</svg>'.encode()


def painted(layers: int) -> bytes:
    """Few shapes and much paint: each covers nearly all that is below it."""
    shapes = "".join(
        f'<circle cx="50" cy="50" r="45" fill="#{n * 7919 % 4096:03x}" fill-opacity="0.5"/>'
        for n in range(layers)
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">{shapes}</svg>'.encode()


def photograph(kind: str, megapixels: float, mode: str = "RGB") -> bytes:
    """Soft noise in six by five."""
    width = round((megapixels * 1e6 * 1.2) ** 0.5)
    height = int(megapixels * 1e6 / width)
    options = {"compress_level": 1} if kind == "PNG" else {"quality": 92} if kind == "JPEG" else {}
    return odd.encoded(odd.soft((width, height), mode), kind, **options)


def _profiled() -> bytes:
    """Over the limit, with a profile of its own."""
    return odd.encoded(noise(_OVER), "PNG", compress_level=1, icc_profile=odd.swapped_profile())


def _inked() -> bytes:
    return odd.encoded(odd.soft(_OVER, "CMYK"), "TIFF", icc_profile=inks())


def _plain(data: bytes) -> Callable[[], bytes]:
    return lambda: data


def _made(form: str) -> Callable[[], bytes]:
    return partial(odd.written, MADE[form][0])


_SVG: Final = "image/svg+xml"
_DRAWINGS: Final[Mapping[str, InputFile]] = {
    "a drawing of 100 shapes": InputFile(_SVG, partial(drawing, 100)),
    "… of 5,000 shapes": InputFile(_SVG, partial(drawing, 5_000)),
    "… of 60,000 shapes": InputFile(_SVG, partial(drawing, 60_000)),
    "… of 60 layers of paint": InputFile(_SVG, partial(painted, 60)),
    "… of 600 layers of paint": InputFile(_SVG, partial(painted, 600)),
    **{f"… measured in {unit}": InputFile(_SVG, _plain(text.encode())) for unit, text in odd.UNITS.items()},
    **{f"… {name}": InputFile(_SVG, _plain(data)) for name, data in odd.DRAWN.items() if "mm" not in name},
    **{f"… {name}": InputFile(_SVG, _plain(text.encode())) for name, text in odd.LACKING.items()},
}
_PICTURES: Final[Mapping[str, InputFile]] = {
    "a PNG of 1 megapixel": InputFile("image/png", partial(photograph, "PNG", 1)),
    "… of 16 megapixels": InputFile("image/png", partial(photograph, "PNG", 16)),
    "… of 49.9 megapixels": InputFile("image/png", partial(photograph, "PNG", 49.9)),
    "… with transparency": InputFile("image/png", partial(photograph, "PNG", 49.9, "RGBA")),
    "… of 50.1 megapixels": InputFile("image/png", partial(photograph, "PNG", 50.1)),
    "… that ends too early": InputFile("image/png", lambda: photograph("PNG", 4)[:-200_000]),
    "… with a profile, over the limit": InputFile("image/png", _profiled),
    "… of 16-bit gray, over the limit": InputFile(
        "image/png", lambda: odd.encoded(Image.fromarray(odd.deep_noise(_OVER)), "PNG", compress_level=1)
    ),
    "a JPEG of 49.9 megapixels": InputFile("image/jpeg", partial(photograph, "JPEG", 49.9)),
    "… turned by EXIF": InputFile("image/jpeg", lambda: odd.turned(odd.soft(_OVER))),
    "… with a second picture inside": InputFile(
        "image/jpeg", lambda: odd.mpo(odd.soft(_OVER), odd.soft((640, 480)))
    ),
    "a TIFF of 16 megapixels": InputFile("image/tiff", partial(photograph, "TIFF", 16)),
    "… of 16 bits, the greater byte first": InputFile("image/tiff", lambda: tiff(odd.ramp(_OVER), ">")),
    "… of floats from 0 to 1": InputFile(
        "image/tiff", lambda: tiff(odd.ramp(_OVER) / np.float32(65535), "<")
    ),
    "… of whole numbers of 32 bits": InputFile(
        "image/tiff", lambda: tiff(odd.ramp(_OVER).astype(np.int32) * 30_000, "<")
    ),
    "… in CMYK with a profile": InputFile("image/tiff", _inked),
    "a WEBP of 16 megapixels": InputFile("image/webp", partial(photograph, "WEBP", 16)),
    "a HEIC": InputFile(MADE["heic"][1], _made("heic")),
    "an AVIF that moves": InputFile("image/avif", partial(moving, "AVIF", _FILM, 60, speed=10)),
    "… of 200 frames of 1080 pixels a side": InputFile(
        "image/avif", partial(moving, "AVIF", (1080, 1080), 200, speed=10)
    ),
    "a PNG that moves, over the limit": InputFile("image/png", partial(moving, "PNG", _FILM, 12, grain=True)),
    "a GIF that moves, over the limit": InputFile("image/gif", partial(moving, "GIF", _FILM, 30, grain=True)),
    "a WEBP that moves, over the limit": InputFile(
        "image/webp", partial(moving, "WEBP", _FILM, 12, grain=True, lossless=True)
    ),
}
_LIGHT: Final[Mapping[str, InputFile]] = {
    "an EXR": InputFile(MADE["exr"][1], _made("exr"), "image-hdr"),
    "… of 8 megapixels, depth first, AO beside it, far above 1, in a frame": InputFile(
        MADE["exr"][1],
        partial(odd.written, partial(odd.exr_parts, size=(2000, 1000))),
        "image-hdr",
    ),
    "… with its picture in Combined": InputFile(
        MADE["exr"][1],
        partial(odd.written, partial(odd.exr_parts, size=(1000, 500), layer="View.Combined.")),
        "image-hdr",
    ),
    "an HDR": InputFile(
        MADE["hdr"][1], partial(odd.written, partial(hdr, size=(2048, 1024), packed=False)), "image-hdr"
    ),
    "… with another row order": InputFile(MADE["hdr"][1], odd.hdr_backward, "image-hdr"),
}
_OTHERS: Final[Mapping[str, InputFile]] = {
    "AAC in an MP4 (isom)": InputFile("audio/mp4", partial(sound, "mp4", "aac"), "audio"),
    "AAC in an MP4 (mp42)": InputFile(
        "audio/mp4", lambda: odd.branded(sound("mp4", "aac"), b"mp42"), "audio"
    ),
    "Opus in a WEBM": InputFile("audio/webm", partial(sound, "webm", "libopus"), "audio"),
    "a glTF": InputFile("model/gltf+json", _plain(odd.GLTF), "3d", thumbnail=True),
    "a Collada mesh": InputFile("model/vnd.collada+xml", _plain(odd.DAE), "3d", thumbnail=True),
    "XML without a name": InputFile("application/xml", _plain(odd.XML), "document"),
    "an MKV": InputFile("video/x-matroska", partial(film, "matroska", "libx264"), "video", thumbnail=True),
    "an AVI": InputFile("video/x-msvideo", partial(film, "avi", "mpeg4"), "video", thumbnail=True),
    "a MOV in ProRes": InputFile(
        "video/quicktime", partial(film, "mov", "prores_ks", "yuv422p10le"), "video", thumbnail=True
    ),
}
FILES: Final[Mapping[str, InputFile]] = {**_DRAWINGS, **_PICTURES, **_LIGHT, **_OTHERS}


def results(names: tuple[str, ...]) -> Iterator[tuple[str, Result]]:
    """One after the other, each made when its turn comes."""
    for name in names:
        yield name, FILES[name].result()
