"""Large libraries without full types, loaded when first needed."""

from __future__ import annotations

import importlib
from typing import Any


def pyav() -> Any:
    """PyAV: containers and codecs of sound and film."""
    return importlib.import_module("av")


def open_exr() -> Any:
    """OpenEXR."""
    return importlib.import_module("OpenEXR")
