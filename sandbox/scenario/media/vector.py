"""SVG: a picture traced in a few colors."""

from __future__ import annotations

from PIL import Image

from sandbox.scenario.art.canvas import scaled

FINEST = 72
"""Cells along the longer side."""


def traced(source: Image.Image, colors: int = 12) -> tuple[Image.Image, tuple[int, int]]:
    """The picture in cells of so many colors, and the size it stands for."""
    width, height = source.size
    scale = min(1.0, FINEST / max(width, height))
    small = scaled(source.convert("RGB"), (max(1, round(width * scale)), max(1, round(height * scale))))
    return small.quantize(max(2, colors)).convert("RGB"), (width, height)


def svg(cells: Image.Image, size: tuple[int, int]) -> bytes:
    """The cells as rectangles, neighbors of one color joined."""
    across, down = cells.size
    paths: dict[str, list[str]] = {}
    raw = cells.tobytes()
    for y in range(down):
        x = 0
        while x < across:
            color = raw[3 * (y * across + x) :][:3]
            end = x
            while end < across and raw[3 * (y * across + end) :][:3] == color:
                end += 1
            paths.setdefault(color.hex(), []).append(f"M{x} {y}h{end - x}v1h-{end - x}z")
            x = end
    drawn = "".join(f'<path fill="#{color}" d="{"".join(parts)}"/>' for color, parts in paths.items())
    head = f'width="{size[0]}" height="{size[1]}" viewBox="0 0 {across} {down}" preserveAspectRatio="none"'
    start = f'<svg xmlns="http://www.w3.org/2000/svg" {head} shape-rendering="crispEdges">'
    return f"{start}{drawn}</svg>".encode()
