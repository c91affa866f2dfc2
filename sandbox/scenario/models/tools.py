"""Models that change a picture: edit, enlarge, cut out, trace."""

from __future__ import annotations

from sandbox.scenario.models.parts import (
    NEEDED,
    RATIOS,
    SEED,
    choice,
    file,
    files,
    flag,
    number,
    outputs,
    prompt,
    ratio,
    words,
)
from sandbox.scenario.values import Json

KONTEXT: Json = {
    "id": "model_flux-kontext-editing",
    "name": "Flux Kontext",
    "shortDescription": "Changes what you name and leaves the rest.",
    "capabilities": ["img2img"],
    "tags": ["sc:featured", "sc:third-party", "image-editing"],
    "inputs": [
        prompt(2048, label="Instruction"),
        files("referenceImages", 4, minLength=1, label="Pictures", required=NEEDED, parent=True),
        ratio(["auto", *RATIOS, "21:9"], "auto"),
        number("guidance", 1, 10, 0.1, 2.5, label="Guidance"),
        {"name": "loras", "type": "model_array", "maxLength": 4, "modelTypes": ["flux.1-kontext-lora"]},
        {"name": "lorasScale", "type": "number_array", "min": 0, "max": 2, "step": 0.05},
        outputs(4),
        SEED,
    ],
    "uiConfig": {
        "lorasComponent": {"label": "LoRAs", "modelInput": "loras", "scaleInput": "lorasScale"},
    },
    "sandbox": {"price": 6, "makes": "edit", "moderated": ["gore", "nude"]},
}

QWEN: Json = {
    "id": "model_qwen-image-edit-2511",
    "name": "Qwen Image Edit 2511",
    "shortDescription": "Edits one to three pictures, with a mask where only a part should change.",
    "capabilities": ["img2img", "inpaint"],
    "tags": ["sc:third-party", "image-editing"],
    "inputs": [
        prompt(2000, label="Instruction"),
        files("images", 3, minLength=1, label="Pictures", required=NEEDED, parent=True),
        file("mask", label="Mask", maskFrom="images", description="White is what may change."),
        words("negativePrompt", 1000, label="Leave out", default=""),
        number("numInferenceSteps", 4, 50, 1, 28, label="Steps", costImpact=True),
        choice("outputFormat", ["png", "jpeg", "webp"], "png", label="File"),
        {
            "name": "loras",
            "type": "model_array",
            "maxLength": 3,
            "modelTypes": ["qwen-image-edit-2511-lora"],
        },
        {"name": "lorasScale", "type": "number_array", "min": 0, "max": 2, "step": 0.05},
        SEED,
    ],
    "uiConfig": {
        "lorasComponent": {"label": "LoRAs", "modelInput": "loras", "scaleInput": "lorasScale"},
    },
    "sandbox": {
        "price": 4.5,
        "per": {"numInferenceSteps": 28},
        "makes": "edit",
        "format_input": "outputFormat",
    },
}

UPSCALE: Json = {
    "id": "model_sc-upscale-v3",
    "name": "Upscale 3",
    "shortDescription": "Larger and sharper.",
    "capabilities": ["img2img"],
    "tags": ["sc:featured", "image-upscale", "tool"],
    "source": "scenario",
    "inputs": [
        file("image", label="Picture", required=NEEDED, parent=True, maxSize=31_457_280, costImpact=True),
        choice("scalingFactor", [2, 4], 2, label="Factor", costImpact=True),
        choice("preset", ["precise", "balanced", "creative"], "balanced", label="Preset"),
        words("prompt", 1000, label="Details", prompt=True),
    ],
    "sandbox": {"price": 3, "area": True, "makes": "upscale"},
}

UPSCALE_TEXTURE: Json = {
    "id": "model_sc-upscale-flux-texture",
    "name": "Upscale Texture",
    "shortDescription": "Enlarges seamless textures and keeps their seams.",
    "capabilities": ["img2img_texture", "img2img"],
    "tags": ["image-upscale", "sc:texture", "tool"],
    "source": "scenario",
    "inputs": [
        file("image", label="Texture", required=NEEDED, parent=True, costImpact=True),
        number("upscaleFactor", 2, 8, 1, 2, label="Factor", costImpact=True),
    ],
    "sandbox": {"price": 4.25, "area": True, "makes": "upscale", "format": "jpeg"},
}

BRIA: Json = {
    "id": "model_bria-remove-background",
    "name": "Bria Background Removal",
    "shortDescription": "Leaves the subject, takes the rest away.",
    "capabilities": ["img2img"],
    "tags": ["sc:third-party", "remove-background", "tool"],
    "inputs": [
        file("image", label="Picture", required=NEEDED, parent=True),
        flag("preserveAlpha", default=True, label="Keep transparency"),
    ],
    "sandbox": {"price": 3, "makes": "cutout", "slow": 0.5},
}

PHOTOROOM: Json = {
    "id": "model_photoroom-background-removal",
    "name": "Photoroom Background Removal",
    "shortDescription": "Cuts out, and puts a plain color behind if asked.",
    "capabilities": ["img2img"],
    "tags": ["sc:third-party", "remove-background", "tool"],
    "inputs": [
        file("image", label="Picture", required=NEEDED, parent=True),
        words("backgroundColor", 7, label="Background", color=True, placeholder="#ffffff"),
        choice("outputFormat", ["png", "webp"], "png", label="File"),
    ],
    "sandbox": {"price": 1.25, "makes": "cutout", "format_input": "outputFormat", "slow": 0.5},
}

RECRAFT: Json = {
    "id": "model_recraft-vectorize",
    "name": "Recraft Vectorize",
    "shortDescription": "A picture as SVG.",
    "capabilities": ["img2img"],
    "tags": ["sc:third-party", "vectorize", "tool"],
    "inputs": [file("image", label="Picture", required=NEEDED, parent=True, maxSize=5_242_880)],
    "sandbox": {"price": 2, "makes": "vector", "format": "svg", "slow": 0.5},
}

VTRACER: Json = {
    "id": "model_vtracer-vectorize",
    "name": "VTracer",
    "shortDescription": "A picture as SVG, in as few colors as you like.",
    "capabilities": ["img2img"],
    "tags": ["vectorize", "tool"],
    "source": "scenario",
    "inputs": [
        file("image", label="Picture", required=NEEDED, parent=True),
        number("colorPrecision", 1, 8, 1, 6, label="Colors"),
        choice("mode", ["spline", "polygon", "pixel"], "spline", label="Mode"),
    ],
    "sandbox": {"price": 0.5, "makes": "vector", "format": "svg", "slow": 0.25},
}

START = (KONTEXT, QWEN, UPSCALE, UPSCALE_TEXTURE, BRIA, PHOTOROOM, RECRAFT, VTRACER)
