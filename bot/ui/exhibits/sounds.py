"""A sound in the form that Discord wants, and how it looks. What is decoded here may come from anywhere.

libsndfile and soxr are loaded when the first one comes.
"""

import importlib
import io
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from bot.ui.exhibits.exhibit import Remark
from bot.ui.exhibits.rendering import Encode, Encoded, SoundForm, Undrawn

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE: Final = 48_000
"""Samples a second of what is made: the only rate at which Opus is decoded everywhere."""
POINTS: Final = 256
"""Most of a waveform."""
_POINTS_A_SECOND: Final = 10
_MOST_CHANNELS: Final = 8
_MOST_RATE: Final = 384_000
_FADE: Final = RATE // 50
"""Samples in which a sound that is cut short dies away: else it would click."""
_FORMS: Final = {SoundForm.VOICE: ("OGG", "OPUS"), SoundForm.CLIP: ("MP3", "MPEG_LAYER_III")}
_CHANNELS: Final = {SoundForm.VOICE: 1, SoundForm.CLIP: 2}
"""At the most."""


def encoded(wanted: Encode) -> Encoded:
    """The sound, or its beginning. Raises Undrawn, MemoryError."""
    try:
        import soundfile

        importlib.import_module("soxr")
    except (ImportError, OSError) as error:  # OSError: there is no libsndfile
        raise Undrawn(Remark.MISSING, str(error)) from error
    try:
        with soundfile.SoundFile(str(wanted.path)) as source:
            return _encoded(source, wanted)
    except (soundfile.SoundFileError, ValueError, TypeError) as error:
        raise Undrawn(Remark.UNREAD, str(error)) from error


def _encoded(source: Any, wanted: Encode) -> Encoded:
    import soundfile

    if not 1 <= source.channels <= _MOST_CHANNELS or not 1 <= source.samplerate <= _MOST_RATE:
        raise Undrawn(Remark.UNREAD, f"{source.channels} channels at {source.samplerate} Hz")
    channels = min(source.channels, _CHANNELS[wanted.form])
    left, written, peaks, cut = round(wanted.longest * RATE), 0, list[float](), False
    into = io.BytesIO()
    form, codec = _FORMS[wanted.form]
    with soundfile.SoundFile(into, "w", RATE, channels, codec, format=form) as made:
        for block in _resampled(source, channels):
            cut = len(block) > left
            kept = block[:left]
            if cut:
                _die_away(kept)
            made.write(kept)
            _see(peaks, kept, written)
            written += len(kept)
            left -= len(kept)
            if cut:
                break
    if not written:
        raise Undrawn(Remark.UNREAD, "no sound in it")
    return Encoded(data=into.getvalue(), seconds=written / RATE, waveform=_waveform(peaks), cut=cut)


def _resampled(source: Any, channels: int) -> "Iterator[NDArray[np.float32]]":
    """A second at a time, of so many channels, at our rate."""
    import numpy as np
    import soxr

    stream = soxr.ResampleStream(source.samplerate, RATE, channels, dtype="float32")
    while True:
        read = source.read(source.samplerate, dtype="float32", always_2d=True)
        mixed = read if source.channels == channels else read.mean(axis=1, keepdims=True).repeat(channels, 1)
        last = len(read) < source.samplerate
        block = stream.resample_chunk(np.ascontiguousarray(mixed, dtype=np.float32), last=last)
        yield np.clip(np.nan_to_num(block), -1.0, 1.0).reshape(-1, channels)
        if last:
            return


def _die_away(block: "NDArray[np.float32]") -> None:
    import numpy as np

    fade = min(_FADE, len(block))
    if fade:
        block[-fade:] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)[:, None]


def _see(peaks: list[float], block: "NDArray[np.float32]", begins: int) -> None:
    """Take down how loud it becomes, ten times a second. begins: samples before this block."""
    step, at = RATE // _POINTS_A_SECOND, 0
    while at < len(block):
        ends = at + step - (begins + at) % step
        peak = float(abs(block[at:ends]).max())
        if (begins + at) % step:
            peaks[-1] = max(peaks[-1], peak)
        else:
            peaks.append(peak)
        at = ends


def _waveform(peaks: list[float]) -> bytes:
    """At most 256 points of a byte each; the loudest is 255."""
    loudest = max(peaks) or 1.0
    count = min(POINTS, len(peaks))
    edges = [at * len(peaks) // count for at in range(count + 1)]
    grouped = (max(peaks[one:other]) for one, other in pairwise(edges))
    return bytes(round(255 * one / loudest) for one in grouped)
