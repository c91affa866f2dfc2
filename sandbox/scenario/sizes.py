"""How large a picture the inputs ask for, and how many."""

from __future__ import annotations

from typing import Any

from sandbox.scenario.catalogue import Model
from sandbox.scenario.values import Json, as_number, digits

BATCH_INPUTS = ("numOutputs", "numImages", "numSamples", "batchSize", "count")
TIERS = {"512": 512, "1K": 1024, "2K": 2048, "4K": 4096, "720p": 960, "1080p": 1440}


def _value(model: Model, inputs: Json, name: str) -> Any:
    if name in inputs:
        return inputs[name]
    return next((rule.get("default") for rule in model.inputs if rule["name"] == name), None)


def size(model: Model, inputs: Json) -> tuple[int, int]:
    """Width and height in pixels: given sides first, else the ratio at the tier's area, else a square."""
    width, height = as_number(_value(model, inputs, "width")), as_number(_value(model, inputs, "height"))
    if width and height:
        return int(width), int(height)
    if width or height:
        return int(width or height or 1024), int(height or width or 1024)
    edge = TIERS.get(str(_value(model, inputs, "resolution")), 1024)
    return _shape(str(_value(model, inputs, "aspectRatio") or ""), edge)


def _shape(ratio: str, edge: int) -> tuple[int, int]:
    across, _, down = ratio.partition(":")
    wide, high = digits(across), digits(down)
    if not wide or not high:
        return edge, edge
    proportion = wide / high
    return _sixteenth(edge * proportion**0.5), _sixteenth(edge / proportion**0.5)


def _sixteenth(length: float) -> int:
    return max(16, round(length / 16) * 16)


def count(model: Model, inputs: Json) -> int:
    """How many pictures one job makes."""
    for name in BATCH_INPUTS:
        number = as_number(_value(model, inputs, name))
        if number is not None and any(rule["name"] == name for rule in model.inputs):
            return max(1, int(number))
    return 1
