"""The scenes by name, and which words call for which. Each paints a whole canvas with one palette; the dice
decide composition and detail."""

from __future__ import annotations

import random
from collections.abc import Callable

from sandbox.scenario.art import land, made
from sandbox.scenario.art.canvas import Canvas
from sandbox.scenario.art.palettes import Palette

Scene = Callable[[Canvas, Palette, random.Random], None]

SCENES: dict[str, Scene] = {
    "mountains": land.mountains,
    "city": made.city,
    "sea": land.sea,
    "lighthouse": land.lighthouse,
    "dunes": land.dunes,
    "forest": land.forest,
    "cosmos": made.cosmos,
    "ribbons": made.ribbons,
    "tiles": made.tiles,
}
WORDS = {
    "city": "city cityscape skyline street tower neon cyber town robot car",
    "lighthouse": "lighthouse",
    "sea": "sea ocean beach ship boat island harbour harbor wave whale water",
    "cosmos": "space planet galaxy astronaut rocket alien cosmos universe",
    "forest": "forest tree wood jungle fox deer fairy garden mushroom frog",
    "dunes": "desert dune sand camel pyramid",
    "mountains": "mountain castle dragon valley lake snow cabin village",
    "ribbons": "abstract paper wave music",
    "tiles": "pattern poster geometric logo tile quilt",
}
