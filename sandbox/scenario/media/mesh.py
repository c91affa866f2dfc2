"""Objects: something turned on a lathe, colored by a picture wrapped around it, as GLB and as a view."""

from __future__ import annotations

import json
import math
import random
import struct
from dataclasses import dataclass

from PIL import Image, ImageDraw

from sandbox.scenario.art.canvas import FINE, Canvas, Color, mix, scaled

AROUND = 28
RINGS = 18
Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mesh:
    """Corners with a color each, and triangles of corners."""

    points: list[Point]
    colors: list[Color]
    faces: list[tuple[int, int, int]]


def lathe(dice: random.Random, skin: Image.Image) -> Mesh:
    """A closed body of rings between two poles."""
    waves = [(dice.uniform(0.04, 0.22), dice.uniform(1, 4), dice.uniform(0, 6)) for _ in range(3)]
    colors = scaled(skin.convert("RGB"), (AROUND, RINGS + 2)).tobytes()
    points: list[Point] = [(0.0, 1.0, 0.0)]
    for ring in range(RINGS):
        share = (ring + 1) / (RINGS + 1)
        bulge = sum(size * math.sin(turns * math.pi * share + at) for size, turns, at in waves)
        radius = max(0.06, (0.5 + bulge) * math.sin(math.pi * share) ** 0.6)
        for step in range(AROUND):
            angle = 2 * math.pi * step / AROUND
            points.append((radius * math.cos(angle), 1 - 2 * share, radius * math.sin(angle)))
    points.append((0.0, -1.0, 0.0))
    rows = [colors[3 * at : 3 * at + 3] for at in range(AROUND * (RINGS + 2))]
    skin_colors = [rows[0], *rows[AROUND : AROUND * (RINGS + 1)], rows[-1]]
    return Mesh(points=points, colors=[(r, g, b) for r, g, b in skin_colors], faces=_faces())


def _faces() -> list[tuple[int, int, int]]:
    last = 1 + RINGS * AROUND
    faces: list[tuple[int, int, int]] = []
    for step in range(AROUND):
        following = (step + 1) % AROUND
        faces.append((0, 1 + following, 1 + step))
        for ring in range(RINGS - 1):
            high, low = 1 + ring * AROUND, 1 + (ring + 1) * AROUND
            faces.append((high + step, high + following, low + step))
            faces.append((high + following, low + following, low + step))
        faces.append((last, last - AROUND + step, last - AROUND + following))
    return faces


def glb(mesh: Mesh) -> bytes:
    """Binary glTF 2.0 with vertex colors."""
    places = b"".join(struct.pack("<3f", *point) for point in mesh.points)
    tints = b"".join(struct.pack("<4B", *color, 255) for color in mesh.colors)
    corners = b"".join(struct.pack("<3H", *face) for face in mesh.faces)
    corners += bytes(-len(corners) % 4)
    views = [
        {"buffer": 0, "byteOffset": 0, "byteLength": len(places), "target": 34962},
        {"buffer": 0, "byteOffset": len(places), "byteLength": len(tints), "target": 34962},
        {"buffer": 0, "byteOffset": len(places) + len(tints), "byteLength": len(corners), "target": 34963},
    ]
    bounds = list(zip(*mesh.points, strict=True))
    accessors = [
        {
            "bufferView": 0,
            "componentType": 5126,
            "count": len(mesh.points),
            "type": "VEC3",
            "min": [_float32(min(each)) for each in bounds],
            "max": [_float32(max(each)) for each in bounds],
        },
        {
            "bufferView": 1,
            "componentType": 5121,
            "normalized": True,
            "count": len(mesh.colors),
            "type": "VEC4",
        },
        {"bufferView": 2, "componentType": 5123, "count": 3 * len(mesh.faces), "type": "SCALAR"},
    ]
    scene = {
        "asset": {"version": "2.0", "generator": "sandbox"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": "object"}],
        "meshes": [
            {"primitives": [{"attributes": {"POSITION": 0, "COLOR_0": 1}, "indices": 2, "material": 0}]}
        ],
        "materials": [{"pbrMetallicRoughness": {"metallicFactor": 0, "roughnessFactor": 0.8}}],
        "bufferViews": views,
        "accessors": accessors,
        "buffers": [{"byteLength": len(places) + len(tints) + len(corners)}],
    }
    told = json.dumps(scene, separators=(",", ":")).encode()
    told += b" " * (-len(told) % 4)
    data = places + tints + corners
    total = 12 + 8 + len(told) + 8 + len(data)
    head = struct.pack("<4sII", b"glTF", 2, total)
    return (
        head
        + struct.pack("<I4s", len(told), b"JSON")
        + told
        + struct.pack("<I4s", len(data), b"BIN\0")
        + data
    )


def fbx(mesh: Mesh) -> bytes:
    """FBX 7.4 as text, with one mesh in the scene."""
    numbers = [f"{part:.6g}" for point in mesh.points for part in point]
    # the last corner of each face is negated, minus one
    corners = [str(part) for one, two, three in mesh.faces for part in (one, two, -three - 1)]
    return "\n".join(
        [
            "; FBX 7.4.0 project file",
            "FBXHeaderExtension:  {",
            "\tFBXHeaderVersion: 1003",
            "\tFBXVersion: 7400",
            '\tCreator: "sandbox"',
            "}",
            "Objects:  {",
            '\tGeometry: 1001, "Geometry::object", "Mesh" {',
            f"\t\tVertices: *{len(numbers)} {{",
            f"\t\t\ta: {','.join(numbers)}",
            "\t\t}",
            f"\t\tPolygonVertexIndex: *{len(corners)} {{",
            f"\t\t\ta: {','.join(corners)}",
            "\t\t}",
            "\t\tGeometryVersion: 124",
            "\t}",
            '\tModel: 1002, "Model::object", "Mesh" {',
            "\t\tVersion: 232",
            "\t}",
            "}",
            "Connections:  {",
            '\tC: "OO",1001,1002',
            '\tC: "OO",1002,0',
            "}",
            "",
        ]
    ).encode()


def _float32(number: float) -> float:
    return struct.unpack("<f", struct.pack("<f", number))[0]


def view(mesh: Mesh, size: tuple[int, int], sky: list[Color]) -> Image.Image:
    """The object seen a little from above, lit from the left."""
    width, height = size[0] * FINE, size[1] * FINE
    canvas = Canvas(width, height)
    canvas.wash(sky)
    brush = ImageDraw.Draw(canvas.image)
    scale = min(width, height) * 0.36
    tilt = math.radians(22)
    turned = [
        (x, y * math.cos(tilt) - z * math.sin(tilt), y * math.sin(tilt) + z * math.cos(tilt))
        for x, y, z in mesh.points
    ]
    for face in sorted(mesh.faces, key=lambda each: sum(turned[at][2] for at in each)):
        corners = [turned[at] for at in face]
        light = _light(corners)
        tint = mesh.colors[face[0]]
        shade = mix((10, 12, 24), tint, 0.35 + 0.65 * light)
        brush.polygon([(width / 2 + x * scale, height / 2 - y * scale) for x, y, _ in corners], fill=shade)
    return scaled(canvas.image, size)


def _light(corners: list[Point]) -> float:
    (ax, ay, az), (bx, by, bz), (cx, cy, cz) = corners
    ux, uy, uz, vx, vy, vz = bx - ax, by - ay, bz - az, cx - ax, cy - ay, cz - az
    nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    length = math.sqrt(nx * nx + ny * ny + nz * nz) or 1.0
    return min(1.0, abs(-0.5 * nx + 0.6 * ny + 0.62 * nz) / length)
