"""Sounds, as files."""

import io

import numpy as np
import soundfile


def tone(
    seconds: float,
    *,
    rate: int = 44_100,
    channels: int = 1,
    form: str = "WAV",
    subtype: str | None = None,
    loud: float = 0.5,
) -> bytes:
    """A tone that swells from silence."""
    count = int(seconds * rate)
    swelling = loud * np.linspace(0, 1, count) * np.sin(2 * np.pi * 440 * np.arange(count) / rate)
    into = io.BytesIO()
    data = np.repeat(swelling[:, None], channels, axis=1).astype(np.float32)
    soundfile.write(into, data, rate, subtype, format=form)
    return into.getvalue()
