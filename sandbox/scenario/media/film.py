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
ZOOM = 0.28
"""Share of the picture that the camera leaves out at the end."""


def frame(first: Image.Image, last: Image.Image | None, size: tuple[int, int], share: float) -> Image.Image:
    """The frame at this share of the film, 0 to 1."""
    width, height = first.size
    left, top = ZOOM * share * width * 0.7, ZOOM * share * height * 0.4
    seen = (round(left), round(top), round(left + width * (1 - ZOOM * share)), 0)
    seen = (*seen[:3], round(top + height * (1 - ZOOM * share)))
    shot = scaled(first.crop(seen), size)
    return shot if last is None else Image.blend(shot, scaled(last, size), share)


def mp4(
    first: Image.Image,
    last: Image.Image | None,
    size: tuple[int, int],
    seconds: float,
    samples: Samples | None,
) -> bytes:
    """H.264 in MP4, its index in front so that a browser can begin at once; AAC with `samples`."""
    av = pyav()
    # The index moves to the front in a second pass, for which the library opens the file by its name.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
            _write(container, (first, last), size, round(seconds * RATE), samples)
        return path.read_bytes()


def _write(
    container: Any,
    ends: tuple[Image.Image, Image.Image | None],
    size: tuple[int, int],
    frames: int,
    samples: Samples | None,
) -> None:
    picture_of = pyav().VideoFrame.from_image
    stream: Any = container.add_stream("libx264", rate=RATE)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    # One thread: the same bytes on any machine.
    stream.options = {"preset": "ultrafast", "crf": "27", "threads": "1"}
    track: Any = None
    if samples is not None:
        track = container.add_stream("aac", rate=sound.RATE)
        track.codec_context.layout = "mono"
    for number in range(max(2, frames)):
        picture = frame(*ends, size, number / max(1, frames - 1))
        container.mux(stream.encode(picture_of(picture)))
    container.mux(stream.encode(None))
    if samples is not None:
        sound.encode(container, track, samples)
