"""Landscapes: mountains, sea, dunes, forest."""

from __future__ import annotations

import math
import random

from sandbox.scenario.art.canvas import Bar, Canvas, Color, Point, mix
from sandbox.scenario.art.lines import ground, jagged, rolling, sky
from sandbox.scenario.art.palettes import Palette


def mountains(canvas: Canvas, palette: Palette, dice: random.Random) -> None:
    """Ridges in the mist, sometimes over a lake, with firs in front."""
    width, height = canvas.width, canvas.height
    lake = dice.random() < 0.45
    horizon = height * (0.7 if lake else 0.85)
    sky(canvas, palette, dice, horizon)
    layers = dice.randint(4, 6)
    for layer in range(layers):
        share = layer / (layers - 1)
        base = horizon * (0.62 + 0.36 * share)
        line = jagged(dice, width, base, height * (0.16 - 0.1 * share))
        color = mix(palette.far, palette.near, share**1.2)
        haze = mix(color, palette.horizon, 0.55 * (1 - share * 0.7))
        canvas.shape(ground(line, horizon + 2), [color, mix(color, haze, 0.6), haze])
        if layer == 0 and not palette.dark:
            canvas.veil(base, horizon, palette.horizon, 0.0, 0.5)
    if lake:
        canvas.mirror(horizon, palette.top, 0.32)
        canvas.veil(horizon - height * 0.02, horizon + height * 0.05, palette.light, 0.0, 0.25)
    else:
        canvas.wash([mix(palette.near, palette.horizon, 0.25), palette.near], horizon)
    shore = rolling(dice, width, height * 0.95, height * 0.025, 0.8)
    canvas.shape(ground(shore, height + 2), [palette.near, mix(palette.near, (0, 0, 0), 0.4)])
    grove(canvas, palette, dice, shore)


def pine(x: float, foot: float, high: float) -> list[Point]:
    """The outline of a fir tree."""
    tiers: list[Point] = [(x, foot - high)]
    for tier in range(1, 5):
        wide, low = high * 0.055 * (tier + 0.6), foot - high + high * 0.23 * tier
        tiers += [(x + wide, low), (x + wide * 0.55, low - high * 0.03)]
    left = [(2 * x - across, down) for across, down in reversed(tiers[1:])]
    return [*tiers, (x, foot), *left]


def grove(canvas: Canvas, palette: Palette, dice: random.Random, line: list[Point]) -> None:
    """Firs along a line, thick at one side."""
    side = dice.choice((0.0, 1.0))
    firs: list[list[Point]] = []
    for _ in range(26):
        far = abs(dice.gauss(0, 0.3))
        x, foot = line[min(len(line) - 1, int(abs(side - min(1.0, far)) * (len(line) - 1)))]
        firs.append(pine(x, foot + canvas.unit * 0.02, canvas.unit * dice.uniform(0.07, 0.24)))
    dark = mix(palette.near, (0, 0, 0), 0.35)
    canvas.shapes(firs, [mix(dark, palette.far, 0.15), dark])


def sea(canvas: Canvas, palette: Palette, dice: random.Random) -> None:
    """A horizon over water, a path of light on it, islands and perhaps a sail."""
    width, height, unit = canvas.width, canvas.height, canvas.unit
    line = height * dice.uniform(0.48, 0.64)
    x = sky(canvas, palette, dice, line)
    if dice.random() < 0.7:
        isle = jagged(dice, width * dice.uniform(0.35, 0.7), line, height * 0.05)
        shift = width * dice.uniform(-0.15, 0.6)
        isle = [(px + shift, min(line, py - height * 0.03)) for px, py in isle]
        canvas.shape(
            ground([(isle[0][0] - unit * 0.08, line), *isle, (isle[-1][0] + unit * 0.08, line)], line + 1),
            [palette.far, mix(palette.far, palette.horizon, 0.5)],
        )
    water = [mix(palette.horizon, palette.far, 0.35), mix(palette.middle, palette.near, 0.4), palette.near]
    canvas.wash(water, line)
    canvas.veil(line, line + height * 0.05, palette.light, 0.35, 0.0)
    glitter: list[Bar] = []
    for _ in range(150):
        depth = dice.random() ** 1.3
        wy = line + (height - line) * depth
        spread = unit * (0.02 + 0.22 * depth)
        wx, length = dice.gauss(x, spread), unit * (0.008 + 0.07 * depth * dice.random())
        thick = unit * (0.0016 + 0.0035 * depth)
        glitter.append((wx - length, wy, wx + length, wy + thick))
    canvas.bars(glitter, [palette.light, palette.light], 0.6, soft=True)
    for _ in range(70):
        depth = dice.random()
        wx, wy = dice.uniform(0, width), line + (height - line) * depth
        length = unit * (0.01 + 0.09 * depth)
        tint = mix(palette.horizon, palette.middle, dice.random())
        canvas.bars([(wx, wy, wx + length, wy + unit * (0.001 + 0.003 * depth))], [tint, tint], 0.35)
    if dice.random() < 0.8:
        sail(canvas, palette, dice, line)


def sail(canvas: Canvas, palette: Palette, dice: random.Random, line: float) -> None:
    """A small boat."""
    size = canvas.unit * dice.uniform(0.06, 0.12)
    x, y = canvas.width * dice.uniform(0.15, 0.85), line + size * dice.uniform(0.25, 0.9)
    dark = mix(palette.near, (0, 0, 0), 0.3)

    def at(*points: Point) -> list[Point]:
        return [(x + across * size, y + down * size) for across, down in points]

    canvas.shape(at((-0.5, 0), (0.55, 0), (0.35, 0.2), (-0.35, 0.2)), [dark, dark])
    big, small = at((0, -1.5), (0, -0.06), (0.6, -0.06)), at((-0.05, -1.25), (-0.05, -0.06), (-0.42, -0.06))
    canvas.shape(big, [palette.light, mix(palette.light, palette.accent, 0.35)])
    canvas.shape(small, [palette.accent, palette.accent])
    canvas.bars([(x - size * 0.4, y + size * 0.24, x + size * 0.4, y + size * 0.27)], [dark, dark], 0.4)


def lighthouse(canvas: Canvas, palette: Palette, dice: random.Random) -> None:
    """The sea, and on a rock in it a tower with two bands, whose lamp is lit."""
    sea(canvas, palette, dice)
    height, unit = canvas.height, canvas.unit
    x, foot = canvas.width * dice.uniform(0.28, 0.72), height * dice.uniform(0.66, 0.76)
    tall, wide = min(unit * 0.46, foot * 0.7), unit * 0.05
    dark, top = mix(palette.near, (0, 0, 0), 0.3), foot - tall
    rock = jagged(dice, unit * 0.42, foot + unit * 0.02, unit * 0.05)
    shift = x - (rock[0][0] + rock[-1][0]) / 2
    rock = [(px + shift, min(foot + unit * 0.03, py)) for px, py in rock]
    low = foot + unit * 0.05
    canvas.shape([(rock[0][0], low), *rock, (rock[-1][0], low)], [mix(dark, palette.far, 0.35), dark])

    def tower(above: float, below: float) -> list[Point]:
        """A slice of it, in shares of its height from the top: it is narrower there."""
        up, down = wide * (0.6 + 0.4 * above), wide * (0.6 + 0.4 * below)
        high, deep = top + tall * above, top + tall * below
        return [(x - up, high), (x + up, high), (x + down, deep), (x - down, deep)]

    canvas.shape(tower(0, 1), [mix(palette.light, (255, 255, 255), 0.5), mix(palette.light, dark, 0.3)])
    for above in (0.2, 0.6):
        canvas.shape(tower(above, above + 0.2), [palette.accent, mix(palette.accent, dark, 0.35)])
    lamp = top - unit * 0.035
    canvas.bars([(x - wide * 0.85, top - unit * 0.012, x + wide * 0.85, top)], [dark, dark])
    canvas.bars(
        [(x - wide * 0.45, lamp - unit * 0.025, x + wide * 0.45, top)], [palette.light, palette.light]
    )
    canvas.shape(
        [
            (x - wide * 0.7, lamp - unit * 0.02),
            (x, lamp - unit * 0.075),
            (x + wide * 0.7, lamp - unit * 0.02),
        ],
        [palette.accent, dark],
    )
    reach, side = float(canvas.width), dice.choice((-1, 1))
    beam = [(x, lamp), (x + side * reach, lamp - unit * 0.26), (x + side * reach, lamp + unit * 0.1)]
    canvas.shape(beam, [palette.light, palette.light], 0.28)
    canvas.glow(x, lamp, unit * 0.16, mix(palette.light, (255, 255, 255), 0.4), 0.85)


def dunes(canvas: Canvas, palette: Palette, dice: random.Random) -> None:
    """Sweeping dunes, each with a lit and a shaded flank."""
    width, height = canvas.width, canvas.height
    horizon = height * dice.uniform(0.5, 0.62)
    sky(canvas, palette, dice, horizon + height * 0.1)
    layers = dice.randint(5, 7)
    for layer in range(layers):
        share = layer / (layers - 1)
        base = horizon + (height * 0.92 - horizon) * share
        line = rolling(dice, width, base, height * (0.03 + 0.06 * share), 0.7 + 0.5 * dice.random())
        lit = mix(mix(palette.far, palette.horizon, 0.65), palette.far, share)
        shade = mix(palette.far, palette.near, 0.35 + 0.6 * share)
        canvas.shape(ground(line, height + 2), [mix(lit, palette.light, 0.3), lit, shade])
        slope(canvas, palette, dice, line, shade)


def slope(canvas: Canvas, palette: Palette, dice: random.Random, line: list[Point], shade: Color) -> None:
    """The shaded side of a dune: all that lies beyond a winding edge from its crest down."""
    crest = min(range(12, len(line) - 12), key=lambda at: line[at][1])
    away = dice.choice((-1, 1))
    flank = line[crest:] if away > 0 else line[: crest + 1][::-1]
    x, y = line[crest]
    reach, deep = canvas.width * dice.uniform(0.25, 0.5), canvas.height * dice.uniform(0.3, 0.42)
    edge: list[Point] = []
    for step in range(31):
        share = step / 30
        sway = 0.1 * math.sin(share * math.tau)
        edge.append((x + away * reach * (share**1.6 - sway), y + deep * share**0.85))
    end = edge[-1][1]
    canvas.shape(
        [*flank, (flank[-1][0], end), *reversed(edge)], [mix(shade, palette.near, 0.25), shade], 0.45
    )


def forest(canvas: Canvas, palette: Palette, dice: random.Random) -> None:
    """Trunks fading into mist, shafts of light, sparks in the air."""
    width, height, unit = canvas.width, canvas.height, canvas.unit
    mist = mix(palette.horizon, palette.light, 0.35)
    canvas.wash([mix(palette.middle, palette.far, 0.4), mist, mix(palette.far, palette.near, 0.4)])
    x, y = width * dice.uniform(0.25, 0.75), height * dice.uniform(0.2, 0.42)
    canvas.glow(x, y, unit * 0.75, palette.light, 0.85)
    for layer in range(4):
        share = layer / 3
        color = mix(mix(palette.far, mist, 0.6), mix(palette.near, (0, 0, 0), 0.25), share)
        trunks(canvas, dice, color, share)
        floor = rolling(dice, width, height * (0.74 + 0.07 * layer), height * 0.02, 1.2)
        canvas.shape(ground(floor, height + 2), [mix(color, mist, 0.25), color])
        canvas.veil(height * 0.45, height * (0.8 + 0.05 * layer), mist, 0.0, 0.4 * (1 - share))
    shafts: list[list[Point]] = []
    for _ in range(4):
        reach, lean, wide = height * 1.1, dice.uniform(-0.5, 0.5) * width, unit * dice.uniform(0.03, 0.09)
        start, end = y - height * 0.4, y + reach
        shafts.append(
            [(x - wide * 0.2, start), (x + wide * 0.2, start), (x + lean + wide, end), (x + lean - wide, end)]
        )
    canvas.shapes(shafts, [palette.light, palette.light], 0.1)
    sparks = [
        (dice.uniform(0, width), height * dice.uniform(0.35, 0.95), unit * dice.uniform(0.002, 0.006))
        for _ in range(30)
    ]
    for px, py, radius in sparks[:12]:
        canvas.glow(px, py, radius * 6, palette.accent, 0.5)
    canvas.dots(sparks, mix(palette.accent, palette.light, 0.6), 0.9)


def trunks(canvas: Canvas, dice: random.Random, color: Color, share: float) -> None:
    """One row of trunks with branches; nearer rows are fewer and thicker."""
    width, height, unit = canvas.width, canvas.height, canvas.unit
    foot = height * (0.78 + 0.08 * share)
    outlines: list[list[Point]] = []
    for _ in range(round((14 - 9 * share) * max(0.6, width / unit))):
        x, wide = dice.uniform(-0.05, 1.05) * width, unit * dice.uniform(0.008, 0.016) * (1 + 2.4 * share)
        lean = unit * dice.uniform(-0.03, 0.03)
        right = [(x + wide * 0.6 + lean, -2.0), (x + wide, foot), (x + wide * 1.7, foot + wide)]
        left = [(x - wide * 1.7, foot + wide), (x - wide, foot), (x - wide * 0.6 + lean, -2.0)]
        outlines.append([*right, *left])
        for _ in range(3):
            at, side = height * dice.uniform(0.05, 0.5), dice.choice((-1, 1))
            reach = unit * dice.uniform(0.05, 0.15)
            bx = x + lean * (1 - at / foot)
            outlines.append([(bx, at), (bx, at + wide * 0.7), (bx + side * reach, at - reach * 0.55)])
    canvas.shapes(outlines, [color, color])
