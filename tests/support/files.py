"""Real files of every medium, made on the spot, and results that carry them.

The libraries of media take long to import, so each is imported by whoever uses it.
"""

from __future__ import annotations

import importlib
import io
import random
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PIL import Image

from bot.cards.ports import Result
from bot.scenario.api.records import Asset, File

if TYPE_CHECKING:
    import numpy as np

DRAWING: Final = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20">'
    b'<rect width="40" height="20" fill="#ff0000"/></svg>'
)


def noise(size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    """A picture that does not compress."""
    count = size[0] * size[1] * len(Image.new(mode, (1, 1)).getbands())
    return Image.frombytes(mode, size, random.Random(1).randbytes(count))


def of_file(path: Path, mime_type: str, /, **facts: Any) -> Result:
    """facts: of the asset; none, no asset."""
    asset = Asset(id="asset_1", url="https://cdn.scenario.com/1", **facts) if facts else None
    return Result(file=File(path=path, size=path.stat().st_size, mime_type=mime_type), asset=asset)


def raw(folder: Path, data: bytes, mime_type: str, /, name: str = "raw", **facts: Any) -> Result:
    path = folder / name
    path.write_bytes(data)
    return of_file(path, mime_type, **facts)


def saved(folder: Path, image: Image.Image, kind: str, name: str = "0", **options: Any) -> Result:
    path = folder / name
    image.save(path, kind, **options)
    return of_file(path, f"image/{kind.lower()}")


def light(width: int = 64, height: int = 32) -> np.ndarray[Any, np.dtype[np.float32]]:
    """A ramp from dark to far beyond white, reddest at the right."""
    import numpy as np

    ramp = np.linspace(0.01, 40, width, dtype=np.float32)
    pixels = np.zeros((height, width, 3), np.float32)
    pixels[..., 0] = ramp
    pixels[..., 1] = pixels[..., 2] = ramp / 4
    return pixels


def exr(path: Path, **options: Any) -> None:
    openexr: Any = importlib.import_module("OpenEXR")
    header = {"compression": openexr.ZIP_COMPRESSION, "type": openexr.scanlineimage}
    with openexr.File(header, options or {"RGB": light().astype("float16")}) as file:
        file.write(str(path))


def hdr(path: Path, *, packed: bool = True, size: tuple[int, int] = (64, 32)) -> None:
    """Radiance's RGBE, with runs and plain stretches (of rows up to 254 wide), or without any packing."""
    import numpy as np

    pixels = light(*size)
    height, width, _ = pixels.shape
    _, exponent = np.frexp(pixels.max(axis=2))
    scaled = np.ldexp(pixels, 8 - exponent[..., None])
    rgbe = np.dstack([np.clip(scaled, 0, 255).astype(np.uint8), (exponent + 128).astype(np.uint8)])
    rows: list[bytes] = []
    for row in rgbe:
        if not packed:
            rows.append(row.tobytes())
            continue
        rows.append(b"\x02\x02" + width.to_bytes(2, "big"))
        for channel in range(4):
            values = row[:, channel].tobytes()
            half = width // 2
            rows.append(bytes([half]) + values[:half])
            rows.extend(bytes([128 + 1, value]) for value in values[half:])
    head = f"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y {height} +X {width}\n".encode()
    path.write_bytes(head + b"".join(rows))


def heic(path: Path) -> None:
    heif: Any = importlib.import_module("pillow_heif")
    heif.from_pillow(Image.new("RGB", (64, 32), "teal")).save(path)


def mp4(path: Path, *, size: tuple[int, int] = (64, 36), frames: int = 12) -> None:
    av = pyav()
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=12)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number in range(frames):
            picture = Image.new("RGB", size, (number * 20 % 256, 80, 120))
            container.mux(stream.encode(av.VideoFrame.from_image(picture)))
        container.mux(stream.encode())


def film(form: str, codec: str, pixels: str = "yuv420p") -> bytes:
    """A short film in any container and coding."""
    av = pyav()
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=form) as container:
        stream = container.add_stream(codec, rate=12)
        stream.width, stream.height, stream.pix_fmt = 64, 48, pixels
        for number in range(4):
            frame = av.VideoFrame.from_image(Image.new("RGB", (64, 48), (number * 60, 80, 120)))
            container.mux(stream.encode(frame.reformat(format=pixels)))
        container.mux(stream.encode())
    return buffer.getvalue()


def sound(form: str, codec: str) -> bytes:
    """A second of a tone in any container, also one that films use."""
    import numpy as np

    av = pyav()
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=form) as container:
        stream = container.add_stream(codec, rate=48000, layout="mono")
        tone = (np.sin(np.arange(48000) / 20) * 0.3).astype(np.float32).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(tone, format="flt", layout="mono")
        frame.sample_rate = 48000
        resampler = av.AudioResampler(stream.format, "mono", 48000, stream.frame_size or None)
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(part))
        container.mux(stream.encode())
    return buffer.getvalue()


def moving(
    kind: str, size: tuple[int, int] = (64, 48), count: int = 6, *, grain: bool = False, **options: Any
) -> bytes:
    """A picture that moves from black to red, a tenth of a second each. grain: it does not compress."""
    frames: list[Image.Image] = []
    for number in range(count):
        frame = Image.new("RGB", size, (number * 255 // (count - 1), 0, 0))
        if grain:
            frame = Image.blend(frame, noise(size), 0.4)
        frames.append(frame)
    buffer = io.BytesIO()
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:], duration=100, loop=0, **options)
    return buffer.getvalue()


def wav(path: Path) -> None:
    import numpy as np

    av = pyav()
    with av.open(str(path), "w", format="wav") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        tone = (np.sin(np.arange(4000) / 5) * 9000).astype(np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(tone, format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())


def trimesh() -> Any:
    """The library for meshes."""
    return importlib.import_module("trimesh")


def pyav() -> Any:
    """The library for films and sounds, without its types, which do not know all that is used here."""
    return importlib.import_module("av")


def glb(path: Path) -> None:
    path.write_bytes(trimesh().creation.box().export(file_type="glb"))


def svg(path: Path) -> None:
    path.write_bytes(DRAWING)


MADE: Final[Mapping[str, tuple[Callable[[Path], None], str]]] = {
    "mp4": (mp4, "video/mp4"),
    "wav": (wav, "audio/wav"),
    "glb": (glb, "model/gltf-binary"),
    "exr": (exr, "image/x-exr"),
    "hdr": (hdr, "image/vnd.radiance"),
    "heic": (heic, "image/heic"),
    "svg": (svg, "image/svg+xml"),
}


def made(folder: Path, form: str, **facts: Any) -> Result:
    """A result in one of these formats."""
    make, mime_type = MADE[form]
    path = folder / form
    make(path)
    return of_file(path, mime_type, **facts)


def inks() -> bytes:
    """A CMYK profile of strange inks: what should be cyan is printed red, and everything else white."""
    table = b"".join(
        bytes([138, 208, 195] if number & 8 else [255, 128, 128])
        for number in range(16)  # Lab
    )
    line = bytes(range(256))
    lut = b"mft1" + bytes(4) + bytes([4, 3, 2, 0])
    lut += struct.pack(">9i", *(65536 if at % 4 == 0 else 0 for at in range(9)))
    lut += line * 4 + table + line * 3
    lut += bytes(-len(lut) % 4)
    desc = b"desc" + bytes(4) + struct.pack(">I", 5) + b"Inks\0" + bytes(78)
    desc += bytes(-len(desc) % 4)
    white = b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061)
    tags: list[bytes] = []
    at, body = 128 + 4 + 3 * 12, b""
    for name, data in ((b"A2B0", lut), (b"desc", desc), (b"wtpt", white)):
        tags.append(name + struct.pack(">II", at + len(body), len(data)))
        body += data
    rest = struct.pack(">I", len(tags)) + b"".join(tags) + body
    head = struct.pack(
        ">I4sI4s4s4s12s4s",
        128 + len(rest),
        bytes(4),
        0x02400000,
        b"prtr",
        b"CMYK",
        b"Lab ",
        bytes(12),
        b"acsp",
    )
    head += bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + rest


def tiff(pixels: np.ndarray[Any, Any], order: str) -> bytes:
    """One channel in any depth and byte order ("<" or ">"), as no library here writes it."""
    height, width = pixels.shape
    data = pixels.astype(pixels.dtype.newbyteorder("<" if order == "<" else ">")).tobytes()
    told = {"u": 1, "i": 2, "f": 3}[pixels.dtype.kind]
    tags = {256: width, 257: height, 258: 8 * pixels.itemsize, 259: 1, 262: 1, 273: 8, 277: 1}
    tags |= {278: height, 279: len(data), 339: told}
    rows = [struct.pack(f"{order}HHII", tag, 4, 1, value) for tag, value in tags.items()]
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, 8 + len(data))
    return head + data + struct.pack(f"{order}H", len(rows)) + b"".join(rows) + bytes(4)
