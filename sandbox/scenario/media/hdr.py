"""Pictures with more light than a screen shows, as OpenEXR."""

from __future__ import annotations

import tempfile
from pathlib import Path

from PIL import Image

from sandbox.scenario.media.heavy import open_exr

MAGIC = b"\x76\x2f\x31\x01"
BRIGHTEST = 8.0
"""What a white pixel becomes; 1.0 is a screen's white."""


def exr(picture: Image.Image) -> bytes:
    """The picture as half floats in linear light; its lights are up to BRIGHTEST."""
    import numpy as np

    library = open_exr()
    width, height = picture.size
    flat = np.frombuffer(picture.convert("RGB").tobytes(), dtype=np.uint8)
    shares = flat.reshape(height, width, 3).astype(np.float32) / 255
    light = shares**2.2 * (1 + (BRIGHTEST - 1) * shares**8)
    header = {"compression": library.ZIP_COMPRESSION, "type": library.scanlineimage}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "light.exr"
        with library.File(header, {"RGB": light.astype(np.float16)}) as file:
            file.write(str(path))
        return path.read_bytes()
