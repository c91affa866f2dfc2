"""Pictures that move: copied so that they still do, in the one format that moves in every Discord."""

import math
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageOps

from bot.clock import Clock, SystemClock
from bot.ui.exhibits.pixels import as_srgb

_MOVING: Final = frozenset({"GIF", "PNG", "WEBP", "AVIF"})
"""Pillow's names of formats whose further pictures are movement. Elsewhere they are pages, sizes or views."""
_WORK: Final = 40_000_000
"""Pixels of all frames of one copy together: the library keeps each in memory, and takes a second for five
million."""
_MOST_FRAMES: Final = 150
_SHORTEST: Final = 20
"""Milliseconds of a frame: viewers show shorter ones for a tenth of a second."""
_TRIES: Final = 3
_PATIENCE: Final = 10.0
"""Seconds after which no more frames are begun: the renderer has fifteen, and a still may have to be made."""
_CLOCK: Final = SystemClock()
_SMALLEST: Final = 64
"""Pixels of the longer side below which a still says more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """A copy that moves."""

    path: Path
    size: int
    width: int
    height: int
    """Of the copy."""


class _TooLong(Exception):
    """The copy is not done in time."""


def moves(image: Image.Image) -> bool:
    """Whether it is more than one picture, one after the other."""
    return image.format in _MOVING and len(_numbers(image)) > 1


def moving_copy(image: Image.Image, into: Path, limit: int, *, clock: Clock | None = None) -> Moving | None:
    """A GIF of at most `limit` bytes; None if that would be too coarse or take too long.

    into: the path without an ending.
    Raises one of UNREADABLE.
    """
    path = into.with_name(f"{into.name}.gif")
    try:
        made = _within(image, path, limit, _Watch(clock or _CLOCK))
    except _TooLong:
        made = None
    if made is None:
        path.unlink(missing_ok=True)
    return made


class _Watch:
    """Lets through as many frames as there is time for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until = clock.monotonic() + _PATIENCE

    def look(self, image: Image.Image, number: int) -> None:
        """Go to that frame. Raises _TooLong."""
        if self._clock.monotonic() > self._until:
            raise _TooLong
        image.seek(number)


def _within(image: Image.Image, path: Path, limit: int, watch: _Watch) -> Moving | None:
    numbers = _numbers(image)
    step = -(-len(numbers) // _MOST_FRAMES)
    kept = -(-len(numbers) // step)
    scale = min(1.0, math.sqrt(_WORK / (kept * image.width * image.height)))
    for _ in range(_TRIES):
        if scale < 1 and scale * max(image.size) < _SMALLEST:
            break
        made = _write(image, path, scale, numbers, step, watch)
        if made.size <= limit:
            return made
        # the bytes shrink about as the pixels do
        scale *= min(0.9, 0.92 * math.sqrt(limit / made.size))
    return None


def _numbers(image: Image.Image) -> range:
    """The frames; a PNG may begin with a picture for those who show no movement."""
    first = 1 if getattr(image, "default_image", False) else 0
    return range(first, int(getattr(image, "n_frames", 1)))


def _write(image: Image.Image, path: Path, scale: float, numbers: range, step: int, watch: _Watch) -> Moving:
    options: dict[str, Any] = {"duration": _durations(image, numbers, step, watch)}
    if image.format != "GIF" or "loop" in image.info:  # a GIF without the word plays once
        options["loop"] = image.info.get("loop", 0)
    frames = _frames(image, scale, numbers[::step], watch)
    first = next(frames)
    if first.mode == "RGBA":  # what is clear again must be cleared
        options["disposal"] = 2
    first.save(path, "GIF", save_all=True, append_images=frames, **options)
    return Moving(path=path, size=path.stat().st_size, width=first.width, height=first.height)


def _durations(image: Image.Image, numbers: range, step: int, watch: _Watch) -> list[int]:
    """Milliseconds of each frame that is kept: its own, and those of the ones that are left out behind it."""
    told: list[float] = []
    for number in numbers:
        watch.look(image, number)
        image.load()  # some formats tell only then
        told.append(float(image.info.get("duration") or 100))
    sums = (sum(told[at : at + step]) for at in range(0, len(told), step))
    return [max(_SHORTEST, round(one / 10) * 10) for one in sums]


def _frames(image: Image.Image, scale: float, numbers: range, watch: _Watch) -> Generator[Image.Image]:
    for number in numbers:
        watch.look(image, number)
        frame = ImageOps.exif_transpose(as_srgb(image.copy()))
        if scale < 1:
            size = (max(1, round(frame.width * scale)), max(1, round(frame.height * scale)))
            frame = frame.convert("RGBA" if _has_alpha(frame) else "RGB").resize(size, reducing_gap=2.0)
        yield _opaque_or_not(frame)


def _has_alpha(frame: Image.Image) -> bool:
    return "A" in frame.getbands() or "transparency" in frame.info


def _opaque_or_not(frame: Image.Image) -> Image.Image:
    """A GIF's pixel is there or not: what is half there is laid on white."""
    if not _has_alpha(frame):
        return frame.convert("RGB")
    rgba = frame.convert("RGBA")
    alpha = rgba.getchannel("A").point([0] * 128 + [255] * 128)
    white = Image.new("RGBA", rgba.size, "white")
    white.alpha_composite(rgba)
    white.putalpha(alpha)
    return white
