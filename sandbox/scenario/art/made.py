"""Made things: a city, a planet, cut paper, a quilt."""

from __future__ import annotations

import math
import random

from sandbox.scenario.art.canvas import Bar, Canvas, Color, Point, blend, mix
from sandbox.scenario.art.lines import WHITE, ground, rolling, sky
from sandbox.scenario.art.palettes import Palette


def city(canvas: Canvas, palette: Palette, dice: random.Random) -> None:
    """A skyline with lit windows over a wet street or a river."""
    width, height = canvas.width, canvas.height
    street = height * dice.uniform(0.78, 0.86)
    sky(canvas, palette, dice, street)
    canvas.glow(width / 2, street, canvas.unit * 0.7, palette.horizon, 0.6)
    for layer, tall in enumerate((0.62, 0.5, 0.36)):
        share = (layer + 1) / 3
        color = mix(mix(palette.far, palette.horizon, 0.45), palette.near, share)
        block(canvas, palette, dice, street, height * tall, color, lit=share)
        canvas.veil(street - height * 0.3, street, palette.horizon, 0.0, 0.4 * (1 - share))
    canvas.mirror(street, palette.near, 0.38)
    canvas.bars([(0, street - height * 0.004, width, street + height * 0.004)], [palette.near, palette.near])
    for _ in range(26):
        x, y = dice.uniform(0, width), street + (height - street) * dice.random()
        length = canvas.unit * dice.uniform(0.02, 0.09)
        color = dice.choice((palette.light, palette.accent, palette.horizon))
        canvas.bars([(x, y, x + length, y + canvas.unit * 0.003)], [color, color], 0.5)


def block(
    canvas: Canvas,
    palette: Palette,
    dice: random.Random,
    street: float,
    tall: float,
    color: Color,
    *,
    lit: float,
) -> None:
    """One row of houses, with lit windows and a few bright signs."""
    x, unit = -canvas.unit * dice.uniform(0, 0.05), canvas.unit
    houses: list[Bar] = []
    while x < canvas.width:
        wide = unit * dice.uniform(0.04, 0.11)
        top = street - tall * dice.uniform(0.35, 1.0)
        houses.append((x, top, x + wide, street))
        if dice.random() < 0.3:
            houses.append((x + wide * 0.46, top - unit * dice.uniform(0.02, 0.08), x + wide * 0.54, top))
        elif dice.random() < 0.4:
            houses.append((x + wide * 0.2, top - unit * 0.02, x + wide * 0.8, top))
        x += wide + unit * dice.choice((0, 0, 0.006, 0.02))
    canvas.bars(houses, [mix(color, palette.middle, 0.25), color])
    panes: dict[Color, list[Bar]] = {}
    pane = unit * 0.0062
    tints = (palette.light, mix(palette.light, palette.accent, 0.5), palette.accent)
    for left, top, right, bottom in houses:
        across, down = int((right - left) / (pane * 2.4)), int((bottom - top) / (pane * 3))
        for at in range(across * down):
            if dice.random() < 0.34 * lit:
                px, py = left + pane * (0.9 + 2.4 * (at % across)), top + pane * (1.2 + 3 * (at // across))
                panes.setdefault(dice.choice(tints), []).append((px, py, px + pane, py + pane * 1.5))
    for tint, boxes in panes.items():
        canvas.bars(boxes, [tint, tint], 0.35 + 0.6 * lit)


def cosmos(canvas: Canvas, palette: Palette, dice: random.Random) -> None:
    """Stars, colored mist, a shaded planet with a ring, a moon."""
    width, height, unit = canvas.width, canvas.height, canvas.unit
    black = mix(palette.near, (2, 3, 12), 0.7)
    canvas.wash([black, mix(palette.top, black, 0.45), black])
    for _ in range(7):
        tint = dice.choice((palette.middle, palette.accent, palette.horizon, palette.far))
        canvas.glow(
            dice.uniform(0, width),
            dice.uniform(0, height),
            unit * dice.uniform(0.25, 0.6),
            tint,
            dice.uniform(0.2, 0.45),
        )
    for radius, many in ((0.0008, 170), (0.0016, 60), (0.003, 12)):
        spots = [(dice.uniform(0, width), dice.uniform(0, height), unit * radius) for _ in range(many)]
        canvas.dots(spots, mix(palette.light, WHITE, 0.6), 0.9)
    x, y, radius = (
        width * dice.uniform(0.3, 0.7),
        height * dice.uniform(0.35, 0.65),
        unit * dice.uniform(0.17, 0.29),
    )
    tilt, wide = dice.uniform(-0.5, 0.5), radius * dice.uniform(1.7, 2.1)
    ring = dice.random() < 0.75
    canvas.glow(x, y, radius * 1.9, palette.horizon, 0.5)
    if ring:
        hoop(canvas, palette, (x, y), wide, tilt, back=True)
    canvas.disc(
        x, y, radius, [mix(palette.light, palette.accent, 0.25), palette.accent, palette.far, palette.near]
    )
    for band in range(5):
        at = -0.7 + 0.33 * band + dice.uniform(-0.08, 0.08)
        half = radius * math.sqrt(max(0.0, 1 - at * at)) * 0.985
        thick = radius * dice.uniform(0.02, 0.07)
        canvas.bars(
            [(x - half, y + radius * at, x + half, y + radius * at + thick)], [palette.horizon] * 2, 0.22
        )
    if ring:
        hoop(canvas, palette, (x, y), wide, tilt, back=False)
    mx, my, small = x + radius * dice.choice((-1.7, 1.7)), y - radius * dice.uniform(0.7, 1.3), radius * 0.17
    canvas.disc(mx, my, small, [palette.light, mix(palette.far, palette.near, 0.5)])


def hoop(canvas: Canvas, palette: Palette, middle: Point, wide: float, tilt: float, *, back: bool) -> None:
    """One half of a planet's ring, behind it or before it."""
    turns = [math.pi + math.pi * step / 60 if back else math.pi * step / 60 for step in range(61)]
    for scale, tint, opacity in (
        (1.0, palette.light, 0.75),
        (0.86, palette.accent, 0.6),
        (0.76, palette.horizon, 0.5),
    ):

        def edge(length: float) -> list[Point]:
            flat = [(math.cos(turn) * length, math.sin(turn) * length * 0.24) for turn in turns]
            cos, sin = math.cos(tilt), math.sin(tilt)
            return [(middle[0] + px * cos - py * sin, middle[1] + px * sin + py * cos) for px, py in flat]

        canvas.shape([*edge(wide * scale), *reversed(edge(wide * scale * 0.9))], [tint, tint], opacity)


def ribbons(canvas: Canvas, palette: Palette, dice: random.Random) -> None:
    """Layers of cut paper, each with a soft shadow on the one behind."""
    width, height = canvas.width, canvas.height
    canvas.wash([palette.light, palette.horizon])
    canvas.glow(width * dice.uniform(0.2, 0.8), height * 0.15, canvas.unit * 0.6, WHITE, 0.6)
    layers = dice.randint(8, 11)
    run = [
        palette.light,
        palette.horizon,
        palette.accent,
        palette.middle,
        palette.far,
        palette.top,
        palette.near,
    ]
    for layer in range(layers):
        share = (layer + 1) / layers
        line = rolling(
            dice,
            width,
            height * (0.1 + 0.86 * share),
            height * dice.uniform(0.03, 0.09),
            dice.uniform(0.5, 1.1),
        )
        lowest = max(y for _, y in line)
        for step in range(3):
            lifted = [(px, py - canvas.unit * 0.006 * (3 - step)) for px, py in line]
            canvas.shape(ground(lifted, lowest), [palette.near, palette.near], 0.08)
        color = blend(run, share)
        shown = [mix(color, WHITE, 0.16), color, mix(color, palette.near, 0.3)]
        canvas.shape(ground(line, min(height + 2.0, lowest + height * 0.3)), shown)


def tiles(canvas: Canvas, palette: Palette, dice: random.Random) -> None:
    """A quilt of quarter circles and discs."""
    across = dice.randint(4, 7)
    side = canvas.unit / across
    paper = mix(palette.light, palette.horizon, 0.3)
    canvas.wash([paper, paper])
    colors = [palette.near, palette.far, palette.accent, palette.horizon, palette.middle, palette.top]
    for row in range(math.ceil(canvas.height / side)):
        for column in range(math.ceil(canvas.width / side)):
            tile(canvas, dice, colors, paper, (column * side, row * side), side)


def tile(
    canvas: Canvas, dice: random.Random, colors: list[Color], paper: Color, corner: Point, side: float
) -> None:
    """One square of the quilt."""
    left, top = corner
    back, front, third = dice.sample([*colors, paper], 3)
    canvas.bars([(left, top, left + side, top + side)], [back, back])
    kind = dice.randrange(5)
    if kind <= 1:
        turn = dice.randrange(4)
        x, y = left + side * (turn in (1, 2)), top + side * (turn in (2, 3))
        canvas.pie(x, y, side, turn * 90, front)
        canvas.pie(x, y, side * 0.5, turn * 90, third)
    elif kind == 2:
        canvas.disc(left + side / 2, top + side / 2, side * 0.42, [front, front])
        canvas.disc(left + side / 2, top + side / 2, side * 0.2, [third, third])
    elif kind == 3:
        canvas.shape([(left, top), (left + side, top), (left, top + side)], [front, front])
        canvas.disc(left + side * 0.7, top + side * 0.7, side * 0.16, [third, third])
    else:
        for step in range(0, 6, 2):
            canvas.bars(
                [(left, top + side * step / 6, left + side, top + side * (step + 1) / 6)], [front, front]
            )
