"""Models with the odd schemas that Scenario's catalogue has: one for each shape. They are on offer where the
setting `models` asks for more than the usual few; `many.py` makes more of each.

Facts about real models are the shapes of their inputs; wording, prices and looks are our own.
"""

from __future__ import annotations

from sandbox.scenario.models.parts import (
    NEEDED,
    RATIOS,
    SEED,
    choice,
    file,
    files,
    number,
    outputs,
    prompt,
    ratio,
    shape,
    whole,
    words,
)
from sandbox.scenario.models.shapes_timed import TIMED
from sandbox.scenario.values import Json

_SQUARES = ["square_hd", "square", "portrait_4_3", "portrait_16_9", "landscape_4_3", "landscape_16_9"]
_FILMS: list[object] = [
    f"{maker} {film}"
    for maker in ("Kodak", "Fuji", "Agfa", "Ilford", "Rollei", "Cinestill")
    for film in (
        "Portra",
        "Gold",
        "Velvia",
        "Provia",
        "Vista",
        "Pan",
        "Retro",
        "Ektar",
        "Superia",
        "Astia",
        "Delta",
        "Ortho",
        "Sepia",
        "Night",
        "Bleach",
        "Mono",
        "Faded",
        "Teal",
    )
]
_RGB = {
    "name": "colors",
    "type": "inputs_array",
    "label": "Colors",
    "maxLength": 5,
    "inputs": [whole(name, 0, 255, required=NEEDED) for name in ("r", "g", "b")],
}

SHAPES: tuple[Json, ...] = (
    shape(
        "shape-recraft-v4-1",
        "Recraft Shape 4.1",
        ["txt2img"],
        [prompt(1000), choice("imageSize", list(_SQUARES), "square_hd", label="Image size"), _RGB],
    ),
    shape(
        "shape-recraft-v4",
        "Recraft Shape 4",
        ["txt2img"],
        [
            prompt(1000),
            ratio(["Not set", "1:1", "4:3", "16:9"], "Not set"),
            choice("size", ["1024x1024", "1365x1024", "1024x1365"], "1024x1024", label="Size"),
        ],
    ),
    shape(
        "shape-runway-image",
        "Runway Shape Image",
        ["txt2img", "img2img"],
        [
            prompt(1000),
            ratio(["1920:1080", "1080:1920", "1024:1024", "1360:768"], "1920:1080"),
            files("referenceImages", 3),
            SEED,
        ],
    ),
    shape(
        "shape-flux-2-max",
        "Flux Shape 2 Max",
        ["txt2img"],
        [prompt(2000), choice("resolution", ["1 MP", "2 MP", "4 MP"], "1 MP", label="Resolution"), SEED],
    ),
    shape(
        "shape-z-image",
        "Z Shape",
        ["txt2img", "img2img"],
        [
            prompt(2000),
            words("negativePrompt", 500, prompt=True),
            whole("width", 256, 2048, step=16),
            whole("height", 256, 2048, step=16),
            {**outputs(4), "default": 4},
            choice("inferenceType", ["txt2img", "img2img"], "txt2img"),
            file("image"),
            number("strength", 0, 1, 0.01, 0.7, required={"when": {"inferenceType": ["img2img"]}}),
            SEED,
        ],
    ),
    shape(
        "shape-seedream",
        "Seedream Shape",
        ["txt2img"],
        [
            prompt(2000),
            whole("maxImages", 1, 15, default=1, label="Most pictures"),
            ratio([*RATIOS, "21:9"]),
        ],
    ),
    shape(
        "shape-upscale-number",
        "Upscale Shape 3",
        ["img2img"],
        [file("image", required=NEEDED, parent=True), number("upscaleFactor", 1, 16, 1, 2)],
        tags=["image-upscale", "tool"],
        sandbox={"price": 1, "makes": "upscale"},
    ),
    shape(
        "shape-upscale-text",
        "Topaz Upscale Shape",
        ["img2img"],
        [
            file("image", required=NEEDED, parent=True),
            choice("upscaleFactor", ["None", "2x", "4x", "6x"], "2x"),
        ],
        tags=["image-upscale", "tool"],
        sandbox={"price": 1, "makes": "upscale"},
    ),
    shape(
        "shape-upscale-4k",
        "Gemini Upscale Shape",
        ["img2img"],
        [file("image", required=NEEDED, parent=True), choice("upscaleFactor", ["4k"], "4k")],
        tags=["image-upscale", "tool"],
        sandbox={"price": 1, "makes": "upscale"},
    ),
    shape(
        "shape-upscale-crisp",
        "Crisp Upscale Shape",
        ["img2img"],
        [file("image", required=NEEDED, parent=True, maxSize=5_242_880)],
        tags=["image-upscale", "tool"],
        sandbox={"price": 1, "makes": "upscale"},
    ),
    shape(
        "shape-vectorize",
        "Recraft Vectorize Shape",
        ["img2img"],
        [file("referenceImage", required=NEEDED, parent=True, maxSize=5_242_880)],
        tags=["vectorize", "tool"],
        sandbox={"price": 1, "makes": "vector", "format": "svg"},
    ),
    shape(
        "shape-lut",
        "LUT Shape",
        ["img2img"],
        [file("image", required=NEEDED, parent=True), choice("lut", _FILMS, label="Film look")],
        tags=["tool"],
        sandbox={"price": 1, "makes": "edit"},
    ),
    *TIMED,
    shape(
        "shape-tripo-text",
        "Tripo Shape Text",
        ["txt23d"],
        [
            prompt(1000),
            file("textureImage", label="Texture image"),
            {
                "name": "modelSeed",
                "type": "integer",
                "min": 0,
                "max": 9999,
                "label": "Seed",
                "group": "Settings",
            },
            {
                "name": "textureSeed",
                "type": "integer",
                "min": 0,
                "max": 9999,
                "label": "Seed",
                "group": "Texture",
            },
        ],
        sandbox={"price": 3},
    ),
    shape(
        "shape-tripo-image",
        "Tripo Shape Image",
        ["img23d"],
        [
            file("image", required=NEEDED, parent=True),
            choice("poseMode", ["", "a-pose", "t-pose"], "", label="Pose"),
            whole("faceLimit", 100, 20000),
        ],
        sandbox={"price": 3},
    ),
    shape(
        "shape-remesh",
        "Remesh Shape",
        ["3d23d"],
        [
            file("model", "3d", label="Model", required=NEEDED),
            choice("topology", ["quad", "triangle"], "triangle"),
        ],
        sandbox={"price": 3},
    ),
    shape(
        "shape-animate",
        "Animate Shape",
        ["3d23d"],
        [
            file("model", "3d", label="Model", required=NEEDED),
            whole("actionId", 0, 600, default=0, required=NEEDED),
        ],
        sandbox={"price": 3, "format": "fbx"},
    ),
    shape(
        "shape-motion",
        "Motion Shape",
        ["txt23d"],
        [prompt(500), {"name": "output.fps", "type": "integer", "min": 12, "max": 60, "default": 30}],
        uiConfig={"selects": {"outputFormat": {"fbx": "FBX"}}},
        custom=True,
        trainingProgress={},
        parameters={},
        trainingImagePairs=[],
        complianceMetadata={"maintainer": "x"},
        sandbox={"price": 3, "format": "fbx"},
    ),
    shape(
        "shape-video-frames",
        "Frames Shape",
        ["txt2img", "img2img", "video2img"],
        [
            prompt(2000),
            file("video", "video"),
            number("videoFps", 0.1, 24, 0.1, 1),
            files("referenceImages", 5),
        ],
    ),
    shape(
        "shape-tomorrow",
        "Tomorrow Shape",
        ["txt2img"],
        [prompt(500), {"name": "aura", "type": "hologram", "label": "Aura"}],
    ),
)
