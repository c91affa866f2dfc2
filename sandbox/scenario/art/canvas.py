"""A canvas with the few strokes the scenes need. Edges are smooth: shapes are drawn at twice the size."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache, lru_cache

from PIL import Image, ImageDraw

Color = tuple[int, int, int]
Point = tuple[float, float]
Box = tuple[int, int, int, int]
Bar = tuple[float, float, float, float]
"""Left, top, right, bottom."""
Place = Callable[[Sequence[Point]], list[Point]]
"""Moves points from the canvas onto a mask."""
Put = Callable[[ImageDraw.ImageDraw, Place], None]

FINE = 2
"""How many times larger shapes are drawn before they are brought to size."""


def mix(one: Color, other: Color, share: float) -> Color:
    """The color between two; share 0 gives the first, 1 the second."""
    if share <= 0 or one == other:
        return one
    if share >= 1:
        return other
    (red, green, blue), (redder, greener, bluer) = one, other
    return (
        round(red + (redder - red) * share),
        round(green + (greener - green) * share),
        round(blue + (bluer - blue) * share),
    )


def blend(stops: Sequence[Color], share: float) -> Color:
    """The color at this share of a run of colors."""
    place = min(1.0, max(0.0, share)) * (len(stops) - 1)
    index = min(int(place), len(stops) - 2)
    return mix(stops[index], stops[index + 1], place - index)


class Canvas:
    """An RGB picture under the brush; lengths are in pixels, `unit` is its shorter side."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self.unit = min(width, height)
        self.image = Image.new("RGB", (width, height))

    def wash(self, stops: Sequence[Color], top: float = 0, bottom: float | None = None) -> None:
        """Fill from top to bottom with a vertical run of colors."""
        low = self.height if bottom is None else round(bottom)
        box = (0, round(top), self.width, low)
        if box[3] > box[1]:
            self.image.paste(scaled(_column(stops, box[3] - box[1]), (self.width, box[3] - box[1])), box)

    def shape(self, points: Sequence[Point], stops: Sequence[Color], opacity: float = 1.0) -> None:
        """A filled polygon, colored from its top to its bottom."""
        self.shapes([points], stops, opacity)

    def shapes(
        self, outlines: Sequence[Sequence[Point]], stops: Sequence[Color], opacity: float = 1.0
    ) -> None:
        """Many filled polygons in one go, sharing one run of colors."""

        def put(brush: ImageDraw.ImageDraw, place: Place) -> None:
            for points in outlines:
                brush.polygon(place(points), fill=255)

        self._stamp([point for points in outlines for point in points], stops, opacity, put)

    def disc(self, x: float, y: float, radius: float, stops: Sequence[Color], opacity: float = 1.0) -> None:
        """A filled circle, colored from its top to its bottom."""
        corners = [(x - radius, y - radius), (x + radius, y + radius)]
        self._stamp(
            corners, stops, opacity, lambda brush, place: brush.ellipse(_flat(place(corners)), fill=255)
        )

    def pie(self, x: float, y: float, radius: float, start: float, color: Color) -> None:
        """A quarter of a circle around (x, y), from `start` degrees clockwise."""
        corners = [(x - radius, y - radius), (x + radius, y + radius)]

        def put(brush: ImageDraw.ImageDraw, place: Place) -> None:
            brush.pieslice(_flat(place(corners)), start, start + 90, fill=255)

        self._stamp(corners, [color, color], 1.0, put)

    def dots(self, spots: Sequence[tuple[float, float, float]], color: Color, opacity: float = 1.0) -> None:
        """Many small circles (x, y, radius) in one go."""

        def put(brush: ImageDraw.ImageDraw, place: Place) -> None:
            for x, y, radius in spots:
                brush.ellipse(_flat(place([(x - radius, y - radius), (x + radius, y + radius)])), fill=255)

        edges = [(x + side * r, y + side * r) for x, y, r in spots for side in (-1, 1)]
        self._stamp(edges, [color, color], opacity, put)

    def bars(
        self, boxes: Sequence[Bar], stops: Sequence[Color], opacity: float = 1.0, *, soft: bool = False
    ) -> None:
        """Many rectangles in one go, sharing one run of colors; `soft` ones have round ends."""

        def put(brush: ImageDraw.ImageDraw, place: Place) -> None:
            for left, top, right, bottom in boxes:
                corners = _flat(place([(left, top), (right, bottom)]))
                if soft:
                    brush.rounded_rectangle(corners, radius=(bottom - top) * FINE / 2, fill=255)
                else:
                    brush.rectangle(corners, fill=255)

        edges = [corner for left, top, right, bottom in boxes for corner in ((left, top), (right, bottom))]
        self._stamp(edges, stops, opacity, put)

    def glow(self, x: float, y: float, radius: float, color: Color, opacity: float) -> None:
        """Light that fades from (x, y) outwards."""
        size = max(2, round(radius * 2))
        mask = _faded(size, opacity)
        self.image.paste(color, (round(x - radius), round(y - radius)), mask)

    def veil(self, top: float, bottom: float, color: Color, start: float, end: float) -> None:
        """Mist between two heights; its opacity runs from `start` to `end`."""
        high, low = round(top), round(bottom)
        if low <= high:
            return
        gray = [round(share * 255) for share in (start, end)]
        column = _column([(value, value, value) for value in gray], low - high).convert("L")
        mask = scaled(column, (self.width, low - high))
        self.image.paste(color, (0, high), mask)

    def mirror(self, line: float, tint: Color, strength: float) -> None:
        """Below `line`, the picture above it, upside down, drawn out and tinted as on water."""
        at = round(line)
        depth = self.height - at
        if depth < 2 or at < 2:
            return
        above = self.image.crop((0, max(0, at - depth), self.width, at)).transpose(
            Image.Transpose.FLIP_TOP_BOTTOM
        )
        rough = scaled(above, (max(2, self.width // 3), max(2, depth // 14)), Image.Resampling.BOX)
        image = scaled(rough, (self.width, depth), Image.Resampling.BICUBIC)
        self.image.paste(Image.blend(image, Image.new("RGB", image.size, tint), strength), (0, at))

    def _stamp(self, edges: Sequence[Point], stops: Sequence[Color], opacity: float, put: Put) -> None:
        """Color what `put` draws on a mask around these edges."""
        if not edges:
            return
        box = _bounds(edges)
        left, top = max(box[0], 0), max(box[1], 0)
        right, bottom = min(box[2], self.width), min(box[3], self.height)
        if right <= left or bottom <= top:
            return
        mask = Image.new("L", ((right - left) * FINE, (bottom - top) * FINE))

        def place(points: Sequence[Point]) -> list[Point]:
            return [((x - left) * FINE, (y - top) * FINE) for x, y in points]

        put(ImageDraw.Draw(mask), place)
        small = mask.reduce(FINE)
        if opacity < 1:
            small = mapped(small, _dimmed(opacity))
        first, last = (top - box[1]) / (box[3] - box[1]), (bottom - box[1]) / (box[3] - box[1])
        if len(set(stops)) == 1:
            self.image.paste(stops[0], (left, top, right, bottom), small)
            return
        shown = [blend(stops, first + (last - first) * step / 8) for step in range(9)]
        paint = scaled(_column(shown, bottom - top), (right - left, bottom - top))
        self.image.paste(paint, (left, top), small)


def _flat(corners: Sequence[Point]) -> Bar:
    (left, top), (right, bottom) = corners
    return left, top, right, bottom


def _bounds(points: Sequence[Point]) -> Box:
    across, down = [x for x, _ in points], [y for _, y in points]
    left, top = math.floor(min(across)), math.floor(min(down))
    return left, top, max(left + 1, math.ceil(max(across))), max(top + 1, math.ceil(max(down)))


def _column(stops: Sequence[Color], height: int) -> Image.Image:
    """One pixel wide, from the first color to the last."""
    colors = [blend(stops, row / max(1, height - 1)) for row in range(height)]
    return Image.frombytes("RGB", (1, height), b"".join(map(bytes, colors)))


def _faded(size: int, opacity: float) -> Image.Image:
    """A mask of light: strong in the middle, nothing at the rim."""
    return scaled(_light(opacity), (size, size))


@cache
def _disc() -> tuple[Image.Image, list[float]]:
    """Dark in the middle; and how near the middle each of its values is, 0 to 1."""
    disc = Image.radial_gradient("L")
    rim = disc.getpixel((0, disc.height // 2))
    edge = float(rim) if isinstance(rim, int | float) else 255.0
    return disc, [max(0.0, 1 - value / edge) for value in range(256)]


@lru_cache(maxsize=64)
def _light(opacity: float) -> Image.Image:
    disc, near = _disc()
    return mapped(disc, [round(255 * opacity * each * each) for each in near])


@lru_cache(maxsize=64)
def _dimmed(opacity: float) -> list[int]:
    """Each value of a mask at this opacity."""
    return [round(value * opacity) for value in range(256)]


# Pillow's types name numpy, which is not installed: these two keep the unknown out of all other lines.
def scaled(image: Image.Image, size: tuple[int, int], how: int = Image.Resampling.BILINEAR) -> Image.Image:
    """The image at another size."""
    return image.resize(size, how)  # pyright: ignore[reportUnknownMemberType]


def mapped(image: Image.Image, table: Sequence[int]) -> Image.Image:
    """The image with each value looked up in a table of 256."""
    return image.point(table)  # pyright: ignore[reportUnknownMemberType]
