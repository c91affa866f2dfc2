"""Small video and audio files, encoded for the tests that play or measure them."""

from fractions import Fraction
from io import BytesIO

from PIL import Image

from tests.support.files import pyav

RATE = 8000
FRAMES = 10
"""Frames a second."""


def video(seconds: float = 2.0, *, width: int = 160, height: int = 90, kind: str = "mp4") -> bytes:
    """A film of changing colors."""
    av, out = pyav(), BytesIO()
    with av.open(out, mode="w", format=kind) as container:
        stream = container.add_stream("libx264" if kind == "mp4" else "libvpx", rate=FRAMES)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(round(seconds * FRAMES)):
            shade = Image.new("RGB", (width, height), (number * 9 % 256, 90, 160))
            frame = av.VideoFrame.from_image(shade)
            frame.pts, frame.time_base = number, Fraction(1, FRAMES)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


def sound(seconds: float = 1.0, *, kind: str = "mp3") -> bytes:
    """Silence of that length."""
    av, out = pyav(), BytesIO()
    with av.open(out, mode="w", format=kind) as container:
        rate = 44_100 if kind == "mp3" else RATE
        stream = container.add_stream("mp3" if kind == "mp3" else "pcm_s16le", rate=rate)
        left = round(seconds * rate)
        while left > 0:
            size = min(left, 1152)
            frame = av.AudioFrame(format="s16p" if kind == "mp3" else "s16", layout="mono", samples=size)
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            frame.sample_rate, frame.pts = rate, round(seconds * rate) - left
            container.mux(stream.encode(frame))
            left -= size
        container.mux(stream.encode(None))
    return out.getvalue()
