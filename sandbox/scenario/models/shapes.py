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
    words,
)
from sandbox.scenario.values import Json


def _model(id_: str, name: str, capabilities: list[str], inputs: list[Json], **more: object) -> Json:
    return {
        "id": f"model_{id_}",
        "name": name,
        "capabilities": capabilities,
        "tags": ["sc:third-party"],
        "inputs": inputs,
        "sandbox": {"price": 2, "edge": 64, "seconds": 1},
        **more,
    }


def _whole(name: str, low: int, high: int, **more: object) -> Json:
    return {"name": name, "type": "integer", "min": low, "max": high, **more}


_SQUARES = ["square_hd", "square", "portrait_4_3", "portrait_16_9", "landscape_4_3", "landscape_16_9"]
_LANGUAGES: list[object] = [
    *("", "ar", "as", "az", "be", "bg", "bn", "bs", "ca", "cs", "cy", "da", "de", "el", "en", "es", "et"),
    *("fa", "fi", "fil", "fr", "gl", "gu", "ha", "he", "hi", "hr", "hu", "hy", "id", "is", "it", "ja", "ka"),
    *("kk", "kn", "ko", "lt", "lv", "mk", "ml", "mr", "ms", "nl", "no", "pl"),
]
_VOICES: list[object] = [
    f"{first}{second}"
    for first in ("Ach", "Bel", "Cor", "Dio", "Eri", "Fen")
    for second in ("a", "ion", "nar", "ux", "is")
]
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
_MULTI = {
    "name": "multiPrompt",
    "type": "inputs_array",
    "label": "Shots",
    "maxLength": 6,
    "inputs": [words("prompt", 500, required=NEEDED), choice("duration", ["3", "5", "10"], "5")],
}
_RGB = {
    "name": "colors",
    "type": "inputs_array",
    "label": "Colors",
    "maxLength": 5,
    "inputs": [_whole(name, 0, 255, required=NEEDED) for name in ("r", "g", "b")],
}

SHAPES: tuple[Json, ...] = (
    _model(
        "shape-recraft-v4-1",
        "Recraft Shape 4.1",
        ["txt2img"],
        [prompt(1000), choice("imageSize", list(_SQUARES), "square_hd", label="Image size"), _RGB],
    ),
    _model(
        "shape-recraft-v4",
        "Recraft Shape 4",
        ["txt2img"],
        [
            prompt(1000),
            ratio(["Not set", "1:1", "4:3", "16:9"], "Not set"),
            choice("size", ["1024x1024", "1365x1024", "1024x1365"], "1024x1024", label="Size"),
        ],
    ),
    _model(
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
    _model(
        "shape-flux-2-max",
        "Flux Shape 2 Max",
        ["txt2img"],
        [prompt(2000), choice("resolution", ["1 MP", "2 MP", "4 MP"], "1 MP", label="Resolution"), SEED],
    ),
    _model(
        "shape-z-image",
        "Z Shape",
        ["txt2img", "img2img"],
        [
            prompt(2000),
            words("negativePrompt", 500, prompt=True),
            _whole("width", 256, 2048, step=16),
            _whole("height", 256, 2048, step=16),
            {**outputs(4), "default": 4},
            choice("inferenceType", ["txt2img", "img2img"], "txt2img"),
            file("image"),
            number("strength", 0, 1, 0.01, 0.7, required={"when": {"inferenceType": ["img2img"]}}),
            SEED,
        ],
    ),
    _model(
        "shape-seedream",
        "Seedream Shape",
        ["txt2img"],
        [
            prompt(2000),
            _whole("maxImages", 1, 15, default=1, label="Most pictures"),
            ratio([*RATIOS, "21:9"]),
        ],
    ),
    _model(
        "shape-upscale-number",
        "Upscale Shape 3",
        ["img2img"],
        [file("image", required=NEEDED, parent=True), number("upscaleFactor", 1, 16, 1, 2)],
        tags=["image-upscale", "tool"],
        sandbox={"price": 1, "makes": "upscale"},
    ),
    _model(
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
    _model(
        "shape-upscale-4k",
        "Gemini Upscale Shape",
        ["img2img"],
        [file("image", required=NEEDED, parent=True), choice("upscaleFactor", ["4k"], "4k")],
        tags=["image-upscale", "tool"],
        sandbox={"price": 1, "makes": "upscale"},
    ),
    _model(
        "shape-upscale-crisp",
        "Crisp Upscale Shape",
        ["img2img"],
        [file("image", required=NEEDED, parent=True, maxSize=5_242_880)],
        tags=["image-upscale", "tool"],
        sandbox={"price": 1, "makes": "upscale"},
    ),
    _model(
        "shape-vectorize",
        "Recraft Vectorize Shape",
        ["img2img"],
        [file("referenceImage", required=NEEDED, parent=True, maxSize=5_242_880)],
        tags=["vectorize", "tool"],
        sandbox={"price": 1, "makes": "vector", "format": "svg"},
    ),
    _model(
        "shape-lut",
        "LUT Shape",
        ["img2img"],
        [file("image", required=NEEDED, parent=True), choice("lut", _FILMS, label="Film look")],
        tags=["tool"],
        sandbox={"price": 1, "makes": "edit"},
    ),
    _model(
        "shape-kling-t2v",
        "Kling Shape V3",
        ["txt2video"],
        [
            words(
                "prompt",
                2500,
                prompt=True,
                required={"ifNotDefined": {"multiPrompt": {"message": "Either."}}},
            ),
            _MULTI,
            choice("duration", [str(n) for n in range(3, 16)], "5", label="Seconds"),
            ratio(["16:9", "9:16", "1:1"], "16:9"),
        ],
    ),
    _model(
        "shape-kling-omni",
        "Kling Shape Omni",
        ["txt2video", "img2video"],
        [
            prompt(2500),
            words("multiPrompt", 5000, label="Shots as JSON"),
            file("image"),
            choice("duration", ["3", "5", "10"], "5"),
        ],
    ),
    _model(
        "shape-sora",
        "Sora Shape 2",
        ["txt2video", "img2video"],
        [
            prompt(2000),
            choice("duration", [4, 8, 12, 16, 20], 4),
            file("inputImage", parent=True),
            choice("size", ["1280x720", "720x1280"], "1280x720"),
        ],
    ),
    _model(
        "shape-hailuo",
        "Hailuo Shape",
        ["img2video"],
        [
            words("prompt", 2000, prompt=True),
            file("firstFrameImage", required=NEEDED, parent=True),
            file("lastFrameImage"),
            choice("duration", [6, 10], 6),
            choice("resolution", ["768p", "1080p"], "768p"),
        ],
    ),
    _model(
        "shape-r2v",
        "Reference Shape Video",
        ["img2video"],
        [prompt(2000), files("referenceImages", 4, minLength=1, required=NEEDED)],
    ),
    _model(
        "shape-lipsync",
        "Lipsync Shape",
        ["img2video", "audio2video"],
        [file("image", required=NEEDED, parent=True), file("audio", "audio", label="Audio", required=NEEDED)],
    ),
    _model(
        "shape-video-to-audio",
        "Dubbing Shape",
        ["video2audio", "video2video"],
        [file("video", "video", label="Video", required=NEEDED), words("prompt", 500, prompt=True)],
        sandbox={"price": 2, "medium": "audio", "makes": "effect", "seconds": 1},
    ),
    _model(
        "shape-tts-gemini",
        "Gemini Shape Speech",
        ["txt2audio"],
        [prompt(4000), choice("voice", _VOICES, "Acha", label="Voice")],
        tags=["speech"],
        sandbox={"price": 1, "makes": "speech"},
    ),
    _model(
        "shape-tts-eleven",
        "Eleven Shape Speech",
        ["txt2audio"],
        [
            words("text", 4000, prompt=True, required=NEEDED),
            choice("languageCode", _LANGUAGES, "", label="Language"),
            choice("outputFormat", ["", "mp3", "wav"], ""),
        ],
        tags=["speech"],
        sandbox={"price": 1, "makes": "speech"},
    ),
    _model(
        "shape-music-sections",
        "Music Shape Advanced",
        ["txt2audio"],
        [
            {
                "name": "sections",
                "type": "inputs_array",
                "label": "Sections",
                "maxLength": 30,
                "minLength": 1,
                "required": NEEDED,
                "inputs": [
                    words("text", 300, required=NEEDED),
                    number("durationSeconds", 3, 120, 1, 10),
                    {"name": "positiveStyles", "type": "string_array"},
                ],
            }
        ],
        tags=["music"],
        sandbox={"price": 2, "makes": "music", "seconds": 1},
    ),
    _model(
        "shape-lyria-3",
        "Lyria Shape 3",
        ["txt2audio", "img2audio"],
        [words("prompt", 2000, prompt=True), files("images", 10)],
        tags=["music"],
        sandbox={"price": 2, "makes": "music", "seconds": 1},
    ),
    _model(
        "shape-opus",
        "Opus Shape Music",
        ["txt2audio"],
        [prompt(2000), choice("format", ["opus", "ogg", "m4a", "aac"], "opus")],
        tags=["music"],
        sandbox={"price": 2, "makes": "music", "seconds": 1, "format": "opus", "format_input": "format"},
    ),
    _model(
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
    _model(
        "shape-tripo-image",
        "Tripo Shape Image",
        ["img23d"],
        [
            file("image", required=NEEDED, parent=True),
            choice("poseMode", ["", "a-pose", "t-pose"], "", label="Pose"),
            _whole("faceLimit", 100, 20000),
        ],
        sandbox={"price": 3},
    ),
    _model(
        "shape-remesh",
        "Remesh Shape",
        ["3d23d"],
        [
            file("model", "3d", label="Model", required=NEEDED),
            choice("topology", ["quad", "triangle"], "triangle"),
        ],
        sandbox={"price": 3},
    ),
    _model(
        "shape-animate",
        "Animate Shape",
        ["3d23d"],
        [
            file("model", "3d", label="Model", required=NEEDED),
            _whole("actionId", 0, 600, default=0, required=NEEDED),
        ],
        sandbox={"price": 3, "format": "fbx"},
    ),
    _model(
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
    _model(
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
    _model(
        "shape-tomorrow",
        "Tomorrow Shape",
        ["txt2img"],
        [prompt(500), {"name": "aura", "type": "hologram", "label": "Aura"}],
    ),
)
