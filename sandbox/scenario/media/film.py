"""Films: a slow camera over a picture, towards a second one where there is a last frame."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from sandbox.scenario.art.canvas import scaled
from sandbox.scenario.media import sound
from sandbox.scenario.media.heavy import pyav

if TYPE_CHECKING:
    from sandbox.scenario.media.sound import Samples

RATE = 8
"""Frames per second."""
COARSE_RATE = 2
"""Of a film that is only to be there: its painting and packing is work for each frame."""
ZOOM = 0.28
"""Share of the picture that the camera leaves out at the end."""


def frame(
    first: Image.Image,
    last: Image.Image | None,
    size: tuple[int, int],
    share: float,
    *,
    how: int = Image.Resampling.BILINEAR,
) -> Image.Image:
    """The frame at this share of the film, 0 to 1."""
    width, height = first.size
    left, top = ZOOM * share * width * 0.7, ZOOM * share * height * 0.4
    seen = (round(left), round(top), round(left + width * (1 - ZOOM * share)), 0)
    seen = (*seen[:3], round(top + height * (1 - ZOOM * share)))
    shot = scaled(first.crop(seen), size, how)
    return shot if last is None else Image.blend(shot, scaled(last, size, how), share)


def mp4(
    first: Image.Image,
    last: Image.Image | None,
    size: tuple[int, int],
    seconds: float,
    samples: Samples | None,
    *,
    coarse: bool = False,
) -> bytes:
    """H.264 in MP4, its index in front so that a browser can begin at once; AAC with `samples`. A coarse one
    is as long, with fewer frames and edges that are not smooth."""
    av = pyav()
    # The index moves to the front in a second pass, for which the library opens the file by its name.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
            _write(container, (first, last), size, seconds, samples, coarse=coarse)
        return path.read_bytes()


def _write(
    container: Any,
    ends: tuple[Image.Image, Image.Image | None],
    size: tuple[int, int],
    seconds: float,
    samples: Samples | None,
    *,
    coarse: bool,
) -> None:
    picture_of = pyav().VideoFrame.from_image
    rate, how = (COARSE_RATE, Image.Resampling.NEAREST) if coarse else (RATE, Image.Resampling.BILINEAR)
    frames = round(seconds * rate)
    stream: Any = container.add_stream("libx264", rate=rate)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    # One thread: the same bytes on any machine.
    stream.options = {"preset": "ultrafast", "crf": "27", "threads": "1"}
    track = None if samples is None else sound.track(container, "aac")
    for number in range(max(2, frames)):
        picture = frame(*ends, size, number / max(1, frames - 1), how=how)
        container.mux(stream.encode(picture_of(picture)))
    container.mux(stream.encode(None))
    if samples is not None:
        sound.encode(container, track, samples)
