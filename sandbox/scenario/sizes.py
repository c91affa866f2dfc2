"""How large, how long and how many: what accepted inputs ask for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.scenario.assets import Asset
from sandbox.scenario.catalogue import Model
from sandbox.scenario.media.sound import speech_seconds
from sandbox.scenario.values import Json, as_list, as_number, digits

BATCH_INPUTS = ("numOutputs", "numImages", "numSamples", "batchSize", "count")
LENGTH_INPUTS = ("durationSeconds", "duration", "seconds", "length")
FACTOR_INPUTS = ("upscaleFactor", "scalingFactor", "scaleFactor", "scale")
TIERS = {"512": 512, "1K": 1024, "2K": 2048, "4K": 4096, "720p": 960, "1080p": 1440}
FILM_EDGES = {"480p": 240, "720p": 360, "1080p": 540, "4k": 720}
"""Shorter side of a film in pixels: half of the real one, so that a test need not wait."""
USUAL_SECONDS = {"film": 5.0, "music": 20.0, "effect": 4.0}
LONGEST_SIDE = 4096
LONGEST_FILM = 20.0

Find = Callable[[str], Asset | None]
"""The asset behind an id, if there is one."""


def value(model: Model, inputs: Json, name: str) -> Any:
    """What is given, else the default."""
    if name in inputs:
        return inputs[name]
    return next((rule.get("default") for rule in model.inputs if rule["name"] == name), None)


def given_files(model: Model, inputs: Json) -> list[tuple[Json, str]]:
    """Rule and asset id of every file given, in the schema's order."""
    found: list[tuple[Json, str]] = []
    for rule in model.inputs:
        if str(rule["type"]) in ("file", "file_array"):
            given = inputs.get(str(rule["name"]))
            ids = as_list(given) if isinstance(given, list) else [given]
            found += [(rule, each) for each in ids or [] if isinstance(each, str) and each]
    return found


def source(model: Model, inputs: Json, find: Find) -> Asset | None:
    """The file that the result comes from: the input marked as parent, else the first one that is no mask."""
    given = [(rule, each) for rule, each in given_files(model, inputs) if not rule.get("maskFrom")]
    given = [pair for pair in given if pair[0]["name"] != model.behavior.last]
    first = next((each for rule, each in given if rule.get("parent")), given[0][1] if given else None)
    return find(first) if first else None


def size(model: Model, inputs: Json, parent: Asset | None = None) -> tuple[int, int]:
    """Width and height in pixels: given sides first, else the ratio at the tier's area, else a square.
    Without a ratio of its own, a result has the shape of its parent."""
    behavior = model.behavior
    if behavior.makes == "film":
        return _film_size(model, inputs, parent)
    if behavior.makes == "upscale" and parent and parent.width:
        factor = next(
            (as_number(value(model, inputs, name)) for name in FACTOR_INPUTS if _has(model, name)), 2
        )
        return _within(parent.width * (factor or 2), parent.height * (factor or 2))
    if behavior.makes in ("cutout", "vector") and parent and parent.width:
        return _within(parent.width, parent.height)
    width, height = as_number(value(model, inputs, "width")), as_number(value(model, inputs, "height"))
    if width and height:
        return int(width), int(height)
    if width or height:
        return int(width or height or 1024), int(height or width or 1024)
    edge = TIERS.get(str(value(model, inputs, "resolution")), behavior.edge)
    return _shape(_proportion(model, inputs, parent), edge)


def _has(model: Model, name: str) -> bool:
    return any(rule["name"] == name for rule in model.inputs)


def _within(width: float, height: float) -> tuple[int, int]:
    scale = min(1.0, LONGEST_SIDE / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _proportion(model: Model, inputs: Json, parent: Asset | None) -> float:
    wanted = value(model, inputs, "aspectRatio") or model.behavior.shape
    across, _, down = str(wanted or "").partition(":")
    wide, high = digits(across), digits(down)
    if wide and high:
        return wide / high
    return parent.width / parent.height if parent and parent.width and parent.height else 1.0


def _film_size(model: Model, inputs: Json, parent: Asset | None) -> tuple[int, int]:
    edge = FILM_EDGES.get(str(value(model, inputs, "resolution")).lower(), 360)
    proportion = _proportion(model, inputs, parent)
    if proportion == 1.0 and value(model, inputs, "aspectRatio") != "1:1" and parent is None:
        proportion = 16 / 9
    proportion = min(4.0, max(0.25, proportion))
    if proportion >= 1:
        return _even(edge * proportion), edge
    return edge, _even(edge / proportion)


def _even(length: float) -> int:
    return max(16, round(length / 2) * 2)


def _shape(proportion: float, edge: int) -> tuple[int, int]:
    if proportion == 1.0:
        return edge, edge
    return _sixteenth(edge * proportion**0.5), _sixteenth(edge / proportion**0.5)


def _sixteenth(length: float) -> int:
    return max(16, round(length / 16) * 16)


def count(model: Model, inputs: Json) -> int:
    """How many files of the same kind one job makes."""
    for name in BATCH_INPUTS:
        number = as_number(value(model, inputs, name))
        if number is not None and _has(model, name):
            return max(1, int(number))
    return 1


def seconds(model: Model, inputs: Json, prompt: str, parent: Asset | None) -> float:
    """Length of a film or a sound: the input's, else the parent's, else what is usual."""
    behavior = model.behavior
    for name in LENGTH_INPUTS:
        length = measured(value(model, inputs, name)) if _has(model, name) else None
        if length is not None and length > 0:
            return min(length, LONGEST_FILM) if behavior.medium == "video" else length
    if behavior.makes == "speech":
        return speech_seconds(prompt)
    if parent and parent.seconds:
        return min(parent.seconds, LONGEST_FILM)
    return behavior.seconds or USUAL_SECONDS.get(behavior.makes, 0.0)


def measured(given: Any) -> float | None:
    """A number, also as a text such as `"5"` or `"5s"`; None for anything else."""
    if isinstance(given, str):
        try:
            return float(given.strip().rstrip("s"))
        except ValueError:
            return None
    return as_number(given)


def amount_of(model: Model, inputs: Json, name: str, find: Find) -> float | None:
    """How much of an input there is: a number's value, a file's seconds (1 without), a text's characters, the
    sum of a list's items; None where nothing is given or the model decides (-1)."""
    given = value(model, inputs, name)
    kind = next((str(rule["type"]) for rule in model.inputs if rule["name"] == name), "")
    if isinstance(given, bool):
        return float(given)
    if given in (None, "", []):
        return None
    if kind.startswith("file"):
        ids = as_list(given) if isinstance(given, list) else [given]
        assets = [find(str(each)) for each in ids or []]
        return sum(asset.seconds or 1.0 if asset else 1.0 for asset in assets)
    items = as_list(given)
    if items is not None:
        return float(len(items))
    number = measured(given)
    if number is None:
        return float(len(str(given)))
    return number if number >= 0 else None
