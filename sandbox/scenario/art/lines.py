"""Lines and skies that several scenes share."""

from __future__ import annotations

import itertools
import math
import random

from sandbox.scenario.art.canvas import Bar, Canvas, Color, Point, mix
from sandbox.scenario.art.palettes import Palette

WHITE: Color = (255, 255, 255)


def jagged(dice: random.Random, width: float, base: float, rough: float) -> list[Point]:
    """A mountain line: halves again and again, each time shifted a little less."""
    heights = [dice.uniform(-rough, rough) for _ in range(3)]
    shift = rough
    while len(heights) < 129:
        finer = [heights[0]]
        for left, right in itertools.pairwise(heights):
            finer += [(left + right) / 2 + dice.uniform(-shift, shift), right]
        heights, shift = finer, shift * 0.52
    return [(width * at / (len(heights) - 1), base - height) for at, height in enumerate(heights)]


def rolling(dice: random.Random, width: float, base: float, rough: float, waves: float = 1.0) -> list[Point]:
    """A soft line of hills or cloth."""
    turns = [(waves * dice.uniform(0.6, 1.4) * k, dice.uniform(0, math.tau), rough / k) for k in (1, 2, 4)]
    steps = 120
    return [
        (
            width * at / steps,
            base
            - sum(high * math.sin(often * math.tau * at / steps + begin) for often, begin, high in turns),
        )
        for at in range(steps + 1)
    ]


def ground(line: list[Point], bottom: float) -> list[Point]:
    """The line closed downwards."""
    return [*line, (line[-1][0], bottom), (line[0][0], bottom)]


def sky(canvas: Canvas, palette: Palette, dice: random.Random, horizon: float) -> float:
    """Sky down to the horizon: stars at dark, a sun or a moon, a few clouds. Returns the light's x."""
    canvas.wash(palette.sky, 0, horizon)
    unit = canvas.unit
    if palette.dark:
        spots = [
            (
                dice.uniform(0, canvas.width),
                horizon * dice.random() ** 1.6,
                unit * dice.uniform(0.0006, 0.002),
            )
            for _ in range(110)
        ]
        canvas.dots(spots, mix(palette.light, WHITE, 0.4), 0.85)
    x = canvas.width * dice.uniform(0.18, 0.82)
    y = horizon * dice.uniform(0.3, 0.82)
    radius = unit * dice.uniform(0.045, 0.1)
    canvas.glow(x, y, radius * 6, palette.light, 0.45)
    canvas.glow(x, y, radius * 2.4, palette.light, 0.6)
    canvas.disc(x, y, radius, [mix(palette.light, WHITE, 0.5), palette.light])
    for _ in range(dice.randint(2, 5)):
        cloud(canvas, palette, dice, horizon)
    return x


def cloud(canvas: Canvas, palette: Palette, dice: random.Random, horizon: float) -> None:
    """A long flat cloud of a few round bars."""
    x, y = canvas.width * dice.uniform(-0.1, 1), horizon * dice.uniform(0.08, 0.75)
    color = mix(palette.horizon, palette.light, dice.uniform(0.2, 0.8))
    bars: list[Bar] = []
    for _ in range(dice.randint(2, 4)):
        length, thick = canvas.width * dice.uniform(0.06, 0.24), canvas.unit * dice.uniform(0.008, 0.016)
        left, top = x + canvas.width * dice.uniform(-0.06, 0.1), y + canvas.unit * dice.uniform(-0.02, 0.02)
        bars.append((left, top - thick, left + length, top + thick))
    canvas.bars(bars, [color, color], 0.45, soft=True)
