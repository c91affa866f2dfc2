"""Sound from words: music, effects and a kind of speech, as samples and as files."""

from __future__ import annotations

import io
import random
import wave
from typing import TYPE_CHECKING, Any

from sandbox.scenario.media.heavy import pyav

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

RATE = 24_000
"""Samples per second, in one channel."""
MOST_SECONDS = 600.0
BEAT = 0.5
LETTER_SECONDS = 0.07
SCALES = ((0, 2, 4, 7, 9), (0, 3, 5, 7, 10), (0, 2, 3, 7, 8))
CHORDS = ((0, 4, 7), (9, 12, 16), (5, 9, 12), (7, 11, 14))
VOWELS = {"a": (800, 1150), "e": (400, 2000), "i": (270, 2300), "o": (450, 800), "u": (325, 700)}
"""The two formants of each vowel in Hz."""


def music(dice: random.Random, seconds: float) -> Samples:
    """Chords, a bass and a tune, in a loop of eight seconds."""
    import numpy as np

    root = dice.randint(40, 52)
    scale = dice.choice(SCALES)
    order = dice.sample(CHORDS, len(CHORDS))
    bar = round(4 * BEAT * RATE)
    loop = np.zeros(bar * len(order), dtype=np.float32)
    for number, chord in enumerate(order):
        at = number * bar
        for note in chord:
            _add(loop, at, _pluck(root + 12 + note, 4 * BEAT, 0.10))
        _add(loop, at, _pluck(root + chord[0] % 12, 2 * BEAT, 0.22))
        _add(loop, at + bar // 2, _pluck(root + chord[0] % 12, 2 * BEAT, 0.18))
        for step in range(8):
            if dice.random() < 0.7:
                pitch = root + 24 + dice.choice(scale)
                _add(loop, at + round(step * BEAT / 2 * RATE), _pluck(pitch, BEAT, 0.16))
    return _faded(_tiled(loop, seconds))


def effect(dice: random.Random, seconds: float, *, loop: bool = False) -> Samples:
    """Noise through a moving filter, with a tone that slides."""
    import numpy as np

    length = _length(seconds)
    time = np.arange(length, dtype=np.float32) / RATE
    width = dice.randint(4, 90)
    noise = np.random.default_rng(dice.getrandbits(32)).standard_normal(length + width)
    # A moving mean lets only the lower part of the noise through.
    sums = np.cumsum(noise)
    soft = (sums[width:] - sums[:-width]) / width**0.5
    pulse = 0.55 + 0.45 * np.sin(2 * np.pi * dice.uniform(0.3, 4) * time + dice.uniform(0, 6))
    low, high = dice.uniform(80, 400), dice.uniform(200, 1400)
    slide = np.sin(2 * np.pi * (low * time + (high - low) * time * time / (2 * max(seconds, 0.1))))
    mixed = (0.22 * soft * pulse + 0.25 * slide * pulse[::-1]).astype(np.float32)
    return mixed if loop else _faded(mixed)


def speech(dice: random.Random, text: str, seconds: float) -> Samples:
    """A voice that hums the text's letters; what it says is not to be understood."""
    import numpy as np

    pitch = dice.uniform(95, 230)
    loop = np.zeros(_length(seconds), dtype=np.float32)
    letters = [each for each in text.casefold() if each.isalnum() or each.isspace()] or ["a"]
    step = len(loop) / len(letters)
    phase = np.arange(round(step * 1.4) + 1, dtype=np.float32) / RATE
    window = np.hanning(len(phase)).astype(np.float32)
    for number, letter in enumerate(letters):
        if letter.isspace():
            continue
        formants = VOWELS.get(letter)
        tone = np.zeros(len(phase), dtype=np.float32)
        for harmonic in range(1, 9):
            each = pitch * harmonic * (1 + 0.06 * np.sin(number * 0.7))
            near = max((1 / (1 + abs(each - one) / 160) for one in formants), default=0) if formants else 0.12
            tone += (near * 0.22 * np.sin(2 * np.pi * each * phase)).astype(np.float32)
        _add(loop, round(number * step), tone * window)
    return _faded(loop)


def speech_seconds(text: str) -> float:
    """How long a text takes to read, in seconds."""
    return round(min(60.0, max(1.0, len(text) * LETTER_SECONDS)), 2)


def wav(samples: Samples) -> bytes:
    """A WAV file, 16 bits."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(whole_numbers(samples).tobytes())
    return out.getvalue()


CODECS = {
    "mp3": ("mp3", "mp3"),
    "opus": ("ogg", "libopus"),
    "ogg": ("ogg", "libopus"),
    "m4a": ("ipod", "aac"),
    "aac": ("adts", "aac"),
}
"""Format → container and codec."""

QUICK = {
    "mp3": {"compression_level": "7"},
    "libopus": {"compression_level": "0"},
    "aac": {"aac_coder": "fast"},
}
"""Codec → options with which it takes half the time. What they cost is not to be heard in hums and noise."""


def coded(samples: Samples, name: str) -> bytes:
    """A file of one of `CODECS`."""
    av = pyav()
    out = io.BytesIO()
    container_name, codec = CODECS[name]
    with av.open(out, "w", format=container_name) as container:
        stream = track(container, codec)
        stream.codec_context.bit_rate = 64_000
        encode(container, stream, samples)
    return out.getvalue()


def track(container: Any, codec: str) -> Any:
    """A new stream of one channel in an open PyAV container."""
    stream: Any = container.add_stream(codec, rate=RATE, options=QUICK[codec])
    stream.codec_context.layout = "mono"
    return stream


def encode(container: Any, stream: Any, samples: Samples) -> None:
    """Write the samples into a stream of an open PyAV container."""
    av = pyav()
    frame = av.AudioFrame.from_ndarray(whole_numbers(samples).reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = RATE
    resampler = av.AudioResampler(
        format=stream.codec_context.format,
        layout="mono",
        rate=RATE,
        frame_size=stream.codec_context.frame_size,
    )
    for one in (frame, None):
        for part in resampler.resample(one):
            container.mux(stream.encode(part))
    container.mux(stream.encode(None))


def whole_numbers(samples: Samples) -> NDArray[np.int16]:
    """Samples of -1 to 1 as 16 bits."""
    import numpy as np

    return (np.clip(samples, -1, 1) * 32_000).astype(np.int16)


def _length(seconds: float) -> int:
    return max(1, round(min(MOST_SECONDS, max(0.1, seconds)) * RATE))


def _pluck(note: float, seconds: float, loud: float) -> Samples:
    import numpy as np

    time = np.arange(round(seconds * RATE), dtype=np.float32) / RATE
    pitch = 440.0 * 2 ** ((note - 69) / 12)
    tone = np.sin(2 * np.pi * pitch * time) + 0.4 * np.sin(4 * np.pi * pitch * time)
    return (loud * tone * np.exp(-time * 3 / seconds) * np.minimum(1, time * 200)).astype(np.float32)


def _add(loop: Samples, at: int, tone: Samples) -> None:
    room = min(len(tone), len(loop) - at)
    if room > 0:
        loop[at : at + room] += tone[:room]


def _tiled(loop: Samples, seconds: float) -> Samples:
    import numpy as np

    return np.resize(loop, _length(seconds))


def _faded(samples: Samples) -> Samples:
    import numpy as np

    edge = min(len(samples) // 2, RATE // 4)
    if edge:
        samples[-edge:] *= np.linspace(1, 0, edge, dtype=np.float32)
    return samples
