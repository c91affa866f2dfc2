"""The pieces that input schemas are made of."""

from __future__ import annotations

from sandbox.scenario.values import Json

RATIOS = ["1:1", "4:3", "3:4", "9:16", "16:9"]
SEED: Json = {
    "name": "seed",
    "type": "number",
    "label": "Seed",
    "description": "The same seed and inputs repeat a picture.",
    "min": 0,
    "max": 2147483647,
    "step": 1,
}


def prompt(longest: int, **more: object) -> Json:
    """A required prompt of at most `longest` characters."""
    return {
        "name": "prompt",
        "type": "string",
        "label": "Prompt",
        "prompt": True,
        "promptSpark": True,
        "required": {"always": True},
        "minLength": 1,
        "maxLength": longest,
        **more,
    }


def ratio(values: list[str], default: str = "1:1") -> Json:
    """A choice of aspect ratios."""
    return {
        "name": "aspectRatio",
        "type": "string",
        "label": "Aspect ratio",
        "allowedValues": values,
        "default": default,
    }


def side(name: str, low: int, high: int, default: int | None = None) -> Json:
    """A width or a height in pixels, in steps of 16; it moves the price."""
    rule: Json = {
        "name": name,
        "type": "number",
        "label": name.capitalize(),
        "min": low,
        "max": high,
        "step": 16,
        "costImpact": True,
    }
    return rule if default is None else {**rule, "default": default}


def outputs(most: int) -> Json:
    """How many pictures one job makes; it moves the price."""
    return {
        "name": "numOutputs",
        "type": "number",
        "label": "Pictures",
        "min": 1,
        "max": most,
        "step": 1,
        "default": 1,
        "costImpact": True,
    }


def sizes(*presets: tuple[str, int, int], auto: bool = True) -> Json:
    """The presets an app shows for width and height; "Auto" carries no sizes."""
    rows: list[Json] = [{"label": name, "width": width, "height": height} for name, width, height in presets]
    return {
        "resolutionComponent": {
            "label": "Size",
            "widthInput": "width",
            "heightInput": "height",
            "presets": [{"label": "Auto"}, *rows] if auto else rows,
        }
    }


REFERENCES: Json = {
    "name": "referenceImages",
    "type": "file_array",
    "kind": "image",
    "label": "Reference images",
    "costImpact": True,
}


def choice(name: str, values: list[object], default: object = None, **more: object) -> Json:
    """One value of several; their JSON type counts."""
    kind = "string" if isinstance(values[0], str) else "number"
    rule: Json = {"name": name, "type": kind, "allowedValues": values, **more}
    return rule if default is None else {**rule, "default": default}


def number(
    name: str, low: float, high: float, step: float = 1, default: float | None = None, **more: object
) -> Json:
    """A number between two bounds."""
    rule: Json = {"name": name, "type": "number", "min": low, "max": high, "step": step, **more}
    return rule if default is None else {**rule, "default": default}


def flag(name: str, *, default: bool | None = None, **more: object) -> Json:
    """Yes or no."""
    rule: Json = {"name": name, "type": "boolean", **more}
    return rule if default is None else {**rule, "default": default}


def file(name: str, kind: str = "image", **more: object) -> Json:
    """One file of a kind."""
    return {"name": name, "type": "file", "kind": kind, **more}


def files(name: str, most: int, kind: str = "image", **more: object) -> Json:
    """Several files of a kind."""
    return {"name": name, "type": "file_array", "kind": kind, "maxLength": most, **more}


def words(name: str, longest: int, **more: object) -> Json:
    """A text."""
    return {"name": name, "type": "string", "maxLength": longest, **more}


NEEDED: Json = {"always": True}
"""The rule of an input that must always be given."""


def shape(id_: str, name: str, capabilities: list[str], inputs: list[Json], **more: object) -> Json:
    """A model of one odd shape: a cheap and quick public one, unless `more` says otherwise."""
    return {
        "id": f"model_{id_}",
        "name": name,
        "capabilities": capabilities,
        "tags": ["sc:third-party"],
        "inputs": inputs,
        "sandbox": {"price": 2, "edge": 64, "seconds": 1},
        **more,
    }


def whole(name: str, low: int, high: int, **more: object) -> Json:
    """A whole number from `low` to `high`."""
    return {"name": name, "type": "integer", "min": low, "max": high, **more}
