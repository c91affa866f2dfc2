"""One file out of an asset's words, seed and sources: the same bytes each time."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from PIL import Image

from sandbox.scenario import pictures
from sandbox.scenario.art import palettes
from sandbox.scenario.media import edits, film, hdr, mesh, sound, vector, writing
from sandbox.scenario.padding import padded

EARLIEST = 64
"""Sides of a picture that only colors something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a file is made from."""

    look: str
    """`picture`, `edit`, `upscale`, `cutout`, `vector`, `hdr`, `film`, `frame`, `music`, `effect`, `speech`,
    `object`, `view` or `text`."""
    format: str
    """A key of `FORMATS`."""
    prompt: str = ""
    seed: int = 0
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    sound: bool = False
    share: float = 0.0
    """Of a `frame`: its place in the film, 0 to 1."""
    amount: float = 0.0
    """Of a `text` its tokens, of a `vector` its colors; 0 = as usual."""
    detail: str = ""
    """Of `speech` the voice, of a `cutout` the color behind; of an `effect` whether it loops."""
    uses: dict[str, str] = field(default_factory=dict[str, str])
    """Role (`source`, `mask`, `last`) → asset id of the file it is made from."""
    least_bytes: int = 0
    canvas: int = pictures.MOST_PIXELS
    """Pixels that a scene is painted with at most."""


Sources = Mapping[str, bytes]


def make(plan: Plan, sources: Sources) -> bytes:
    """The file. `sources` are the bytes behind `plan.uses`, by role; unreadable ones are drawn instead."""
    if plan.look in ("music", "effect", "speech"):
        samples = _samples(plan)
        body = sound.wav(samples) if plan.format == "wav" else sound.coded(samples, plan.format)
        return padded(body, plan.format, plan.least_bytes)
    if plan.look == "film":
        first, last = _ends(plan, sources)
        samples = sound.effect(_dice(plan), plan.seconds) if plan.sound else None
        coarse = plan.canvas < pictures.SMOOTH
        body = film.mp4(first, last, (plan.width, plan.height), plan.seconds, samples, coarse=coarse)
        return padded(body, plan.format, plan.least_bytes)
    if plan.look == "object":
        write = mesh.fbx if plan.format == "fbx" else mesh.glb
        return padded(write(_mesh(plan, sources)), plan.format, plan.least_bytes)
    if plan.look == "text":
        said = writing.text(_dice(plan), plan.prompt, plan.amount)
        return padded(said.encode(errors="replace"), plan.format, plan.least_bytes)
    if plan.look == "hdr" and plan.format == "exr":
        return padded(hdr.exr(_scene(plan)), plan.format, plan.least_bytes)
    if plan.format == "svg":
        return padded(vector.svg(*_traced(plan, sources)), plan.format, plan.least_bytes)
    return pictures.encode(_picture(plan, sources), plan.format, plan.least_bytes)


def raster(plan: Plan, sources: Sources) -> Image.Image:
    """An SVG's picture in pixels."""
    cells, size = _traced(plan, sources)
    return cells.resize(size, Image.Resampling.NEAREST)  # pyright: ignore[reportUnknownMemberType]


def _picture(plan: Plan, sources: Sources) -> Image.Image:
    source = _source(sources, "source")
    match plan.look:
        case "frame":
            first, last = _ends(plan, sources)
            return film.frame(first, last, (plan.width, plan.height), plan.share)
        case "view":
            palette = palettes.choose(plan.prompt, _dice(plan))
            return mesh.view(_mesh(plan, sources), (plan.width, plan.height), palette.sky)
        case "upscale" if source:
            return edits.enlarged(source, (plan.width, plan.height))
        case "cutout":
            return edits.cut_out(source or _scene(plan), plan.detail)
        case "edit" | "picture" if source:
            return edits.edited(source, _scene(plan), _source(sources, "mask"))
        case _:
            return _scene(plan)


def _ends(plan: Plan, sources: Sources) -> tuple[Image.Image, Image.Image | None]:
    """First and last frame of a film, at its size; a source is cropped to its shape."""
    size = (plan.width, plan.height)
    source, last = _source(sources, "source"), _source(sources, "last")
    first = _scene(plan, *size) if source is None else _filling(source, size)
    return first, None if last is None else _filling(last, size)


def _filling(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    width, height = image.size
    scale = max(size[0] / width, size[1] / height)
    across, down = size[0] / scale, size[1] / scale
    left, top = (width - across) / 2, (height - down) / 2
    box = (left, top, left + across, top + down)
    picture = image.convert("RGB")
    return picture.resize(size, Image.Resampling.BILINEAR, box=box)  # pyright: ignore[reportUnknownMemberType]


def _traced(plan: Plan, sources: Sources) -> tuple[Image.Image, tuple[int, int]]:
    colors = 2 ** round(plan.amount) if plan.amount else 12
    return vector.traced(_source(sources, "source") or _scene(plan), min(64, colors))


def _mesh(plan: Plan, sources: Sources) -> mesh.Mesh:
    skin = _source(sources, "source") or _scene(plan, EARLIEST, EARLIEST)
    return mesh.lathe(_dice(plan), skin)


def _samples(plan: Plan) -> sound.Samples:
    dice = _dice(plan)
    if plan.look == "music":
        return sound.music(dice, plan.seconds)
    if plan.look == "speech":
        return sound.speech(random.Random(plan.detail or plan.seed), plan.prompt, plan.seconds)
    return sound.effect(dice, plan.seconds, loop=plan.detail == "loop")


def _scene(plan: Plan, width: int = 0, height: int = 0) -> Image.Image:
    size = (width or plan.width or 512, height or plan.height or 512)
    return pictures.draw(plan.prompt, plan.seed, *size, most_pixels=plan.canvas)


def _source(sources: Sources, role: str) -> Image.Image | None:
    body = sources.get(role)
    if body is None:
        return None
    try:
        return pictures.opened(body)
    except (OSError, SyntaxError, ValueError):
        return None


def _dice(plan: Plan) -> random.Random:
    words = f"{' '.join(plan.prompt.split())}\n{plan.seed}".encode(errors="surrogatepass")
    return random.Random(int.from_bytes(hashlib.sha256(words).digest()[:8], "big"))
