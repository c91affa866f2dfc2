"""Models that make pictures from words."""

from __future__ import annotations

from sandbox.scenario.models.parts import (
    RATIOS,
    REFERENCES,
    SEED,
    choice,
    number,
    outputs,
    prompt,
    ratio,
    side,
    sizes,
)
from sandbox.scenario.values import Json

LORA_TYPES = ["flux.1-lora"]

IMAGEN: Json = {
    "id": "model_imagen4-ultra",
    "name": "Imagen 4 Ultra",
    "shortDescription": "Careful light and fine detail from a plain description.",
    "capabilities": ["txt2img"],
    "tags": ["sc:featured", "sc:third-party"],
    "inputs": [
        prompt(2000, placeholder="What should be in the picture?"),
        ratio(RATIOS),
        {"name": "negativePrompt", "type": "string", "label": "Leave out", "maxLength": 1000, "default": ""},
        SEED,
    ],
    "sandbox": {"price": 10},
}

IMAGEN_FAST: Json = {
    "id": "model_imagen4-fast",
    "name": "Imagen 4 Fast",
    "shortDescription": "The quick one of the Imagens: a first look for a fraction of the price.",
    "capabilities": ["txt2img"],
    "tags": ["sc:third-party"],
    "inputs": [prompt(2000), ratio(RATIOS), outputs(4), SEED],
    "sandbox": {"price": 2, "slow": 0.5, "edge": 512},
}

IDEOGRAM: Json = {
    "id": "model_ideogram-v4",
    "name": "Ideogram 4",
    "shortDescription": "Lettering, at three speeds and prices.",
    "capabilities": ["txt2img"],
    "tags": ["sc:third-party"],
    "inputs": [
        prompt(4000),
        choice("imageSize", ["square_hd", "portrait_16_9", "landscape_16_9"], "square_hd"),
        choice("renderingSpeed", ["TURBO", "BALANCED", "QUALITY"], "BALANCED", costImpact=True),
        outputs(4),
        SEED,
    ],
    "sandbox": {"price": 6, "tiers": {"renderingSpeed": {"TURBO": 0.5, "BALANCED": 1, "QUALITY": 1.5}}},
}

FLUX_BFL: Json = {
    "id": "model_bfl-flux-1-dev",
    "name": "Flux 1 Dev",
    "shortDescription": "Free sizes, LoRA styles and control over each step.",
    "capabilities": ["txt2img", "img2img"],
    "tags": ["sc:third-party"],
    "inputs": [
        prompt(2048),
        side("width", 128, 2048, 1024),
        side("height", 128, 2048, 1024),
        {"name": "guidance", "type": "number", "min": 0, "max": 10, "step": 0.1, "default": 3.5},
        {"name": "numInferenceSteps", "type": "number", "min": 1, "max": 50, "step": 1, "default": 28},
        SEED,
        {"name": "image", "type": "file", "kind": "image", "label": "Start image", "parent": True},
        {
            "name": "strength",
            "type": "number",
            "min": 0,
            "max": 1,
            "step": 0.01,
            "default": 0.8,
            "description": "How far the result may leave the start image.",
        },
        {
            "name": "controlImage",
            "type": "file",
            "kind": "image",
            "description": "Guides the composition. Cannot be combined with image.",
        },
        {
            "name": "controlMode",
            "type": "string",
            "allowedValues": ["canny", "depth", "pose"],
            "required": {"ifDefined": {"controlImage": {"message": "Choose how the control image is read."}}},
        },
        {"name": "modelId", "type": "model", "modelTypes": ["flux.1-lora", "flux.1-composition"]},
        {"name": "loras", "type": "model_array", "maxLength": 6, "modelTypes": LORA_TYPES, "default": []},
        {"name": "lorasScale", "type": "number_array", "min": 0, "max": 2, "step": 0.05, "default": []},
    ],
    "uiConfig": {
        **sizes(
            ("1:1", 1024, 1024),
            ("4:3", 1152, 864),
            ("3:4", 864, 1152),
            ("16:9", 1344, 752),
            ("9:16", 752, 1344),
        ),
        "lorasComponent": {
            "label": "LoRAs",
            "modelInput": "loras",
            "scaleInput": "lorasScale",
            "modelIdInput": "modelId",
        },
    },
    "sandbox": {"price": 9, "area": True, "quality_gate": 1.75, "exclusive": [["image", "controlImage"]]},
}

FLUX: Json = {
    "id": "model_flux-1-dev",
    "name": "Flux 1 Dev (ratio)",
    "shortDescription": "The Flux of the getting-started page: a prompt and a ratio.",
    "capabilities": ["txt2img"],
    "tags": ["sc:third-party"],
    "inputs": [prompt(2048), ratio(RATIOS), SEED],
    "sandbox": {"price": 9},
}

GEMINI: Json = {
    "id": "model_google-gemini-3-1-flash",
    "name": "Gemini 3.1 Flash Image",
    "shortDescription": "Understands long instructions and reference pictures.",
    "capabilities": ["txt2img", "img2img"],
    "tags": ["sc:featured", "sc:third-party"],
    "inputs": [
        prompt(8192),
        {**REFERENCES, "maxLength": 14},
        ratio(["auto", *RATIOS, "21:9", "2:3", "3:2"], "auto"),
        {
            "name": "resolution",
            "type": "string",
            "allowedValues": ["512", "1K", "2K", "4K"],
            "default": "1K",
            "costImpact": True,
        },
        outputs(4),
        SEED,
    ],
    "uiConfig": {
        "selects": {"resolution": {"512": "Draft", "1K": "Standard", "2K": "Large", "4K": "Very large"}}
    },
    "sandbox": {
        "price": 6,
        "tiers": {"resolution": {"512": 0.75, "1K": 1, "2K": 1.5, "4K": 2.5}},
        "moderated": ["gore", "nude"],
        "format": "jpeg",
    },
}

GPT_IMAGE: Json = {
    "id": "model_openai-gpt-image-2",
    "name": "GPT Image 2",
    "shortDescription": "Draws text and diagrams, up to ten pictures at once.",
    "capabilities": ["txt2img", "img2img", "inpaint"],
    "tags": ["sc:third-party"],
    "inputs": [
        prompt(32000),
        {
            **REFERENCES,
            "maxLength": 10,
            "required": {"ifDefined": {"mask": {"message": "A mask needs a reference image."}}},
        },
        {"name": "mask", "type": "file", "kind": "image", "maskFrom": "referenceImages"},
        side("width", 16, 3840),
        side("height", 16, 3840),
        {
            "name": "quality",
            "type": "string",
            "allowedValues": ["auto", "low", "medium", "high"],
            "default": "auto",
            "costImpact": True,
        },
        {"name": "background", "type": "string", "allowedValues": ["auto", "opaque", "transparent"]},
        outputs(10),
    ],
    "uiConfig": sizes(
        ("1:1", 1024, 1024),
        ("3:2", 1536, 1024),
        ("2:3", 1024, 1536),
        ("16:9", 1920, 1088),
        ("9:16", 1088, 1920),
    ),
    "sandbox": {
        "price": 8,
        "area": True,
        "tiers": {"quality": {"auto": 1, "low": 0.5, "medium": 1, "high": 2.25}},
        "pending": True,
    },
}

SKETCH: Json = {
    "id": "model_scenario-quick-sketch",
    "name": "Quick Sketch",
    "shortDescription": "Needs only words and is done at once.",
    "capabilities": ["txt2img"],
    "tags": [],
    "inputs": [prompt(500)],
    "sandbox": {"price": 1.5, "slow": 0.5, "format": "webp"},
}

LOCKED: Json = {
    "id": "model_luma-uni-1-max",
    "name": "Luma Uni 1 Max",
    "shortDescription": "Large cinematic frames. Needs the Enterprise plan.",
    "capabilities": ["txt2img"],
    "tags": ["sc:third-party"],
    "accessRestrictions": 100,
    "inputs": [prompt(4000), ratio([*RATIOS, "21:9"], "16:9"), SEED],
    "sandbox": {"price": 24},
}

GUARDED: Json = {
    "id": "model_xai-grok-imagine-image-2-0",
    "name": "Grok Imagine 2",
    "shortDescription": "Bold and quick. What its provider refuses is charged all the same.",
    "capabilities": ["txt2img"],
    "tags": ["sc:third-party"],
    "disableRefund": True,
    "inputs": [prompt(4000), ratio(RATIOS), outputs(4)],
    "sandbox": {"price": 4, "moderated": ["celebrity", "gore", "nude", "weapon"], "format": "jpeg"},
}

OLD: Json = {
    "id": "model_imagen3",
    "name": "Imagen 3",
    "shortDescription": "Kept for old projects; its successor is Imagen 4 Ultra.",
    "capabilities": ["txt2img"],
    "tags": ["sc:third-party", "deprecated:model_imagen4-ultra"],
    "inputs": [prompt(1000), ratio(RATIOS), SEED],
    "sandbox": {"price": 5},
}

TEAM: Json = {
    "id": "model_hqTeamStorybook7w2kPq",
    "name": "Storybook (team)",
    "shortDescription": "The team's own picture-book look.",
    "type": "custom",
    "privacy": "private",
    "source": "scenario",
    "custom": True,
    "capabilities": ["txt2img"],
    "tags": ["storybook"],
    "trainingImagesNumber": 24,
    "inputs": [
        prompt(1500),
        ratio(["1:1", "4:3", "3:4"]),
        {
            "name": "mood",
            "type": "string",
            "label": "Mood",
            "allowedValues": ["calm", "merry", "spooky"],
            "required": {"always": False},
        },
        {"name": "tags", "type": "string_array", "maxLength": 3, "allowedValues": ["ink", "wash", "crayon"]},
        {"name": "border", "type": "boolean", "default": False},
        SEED,
    ],
    "sandbox": {"price": 7.25},
}


def _lora_inputs(kind: str, most: int) -> list[Json]:
    return [
        {"name": "loras", "type": "model_array", "maxLength": most, "modelTypes": [kind], "default": []},
        {"name": "lorasScale", "type": "number_array", "min": 0, "max": 2, "step": 0.05, "default": []},
    ]


LORAS: Json = {"label": "LoRAs", "modelInput": "loras", "scaleInput": "lorasScale"}

_FLUX_2_SIDES = (side("width", 256, 2048, 1024), side("height", 256, 2048, 1024))
_FLUX_2_SIZES = sizes(("1:1", 1024, 1024), ("16:9", 1344, 752), ("9:16", 752, 1344), auto=False)

FLUX_2: Json = {
    "id": "model_bfl-flux-2-dev",
    "name": "Flux 2 Dev",
    "shortDescription": "The next Flux: references, LoRA styles, up to four megapixels.",
    "capabilities": ["txt2img", "img2img"],
    "tags": ["sc:third-party"],
    "inputs": [
        prompt(4096),
        *_FLUX_2_SIDES,
        number("guidance", 0, 20, 0.1, 4, label="Guidance"),
        number("numInferenceSteps", 4, 50, 1, 28, label="Steps"),
        {**REFERENCES, "maxLength": 8},
        *_lora_inputs("flux.2-dev-lora", 3),
        SEED,
    ],
    "uiConfig": {**_FLUX_2_SIZES, "lorasComponent": LORAS},
    "sandbox": {"price": 7, "area": True, "quality_gate": 1.75},
}

FLUX_2_TURBO: Json = {
    **FLUX_2,
    "id": "model_bfl-flux-2-turbo",
    "name": "Flux 2 Turbo",
    "shortDescription": "Flux 2 in a few steps, for a first look.",
    "inputs": [prompt(4096), *_FLUX_2_SIDES, {**REFERENCES, "maxLength": 4}, SEED],
    "uiConfig": _FLUX_2_SIZES,
    "sandbox": {"price": 1.5, "area": True, "slow": 0.5},
}

Z_IMAGE: Json = {
    "id": "model_z-image",
    "name": "Z-Image",
    "shortDescription": "Small, quick and cheap, with LoRA styles.",
    "capabilities": ["txt2img"],
    "tags": ["sc:third-party"],
    "inputs": [
        prompt(2000),
        ratio([*RATIOS, "3:2", "2:3"]),
        number("numInferenceSteps", 4, 30, 1, 8, label="Steps"),
        *_lora_inputs("zimage-lora", 3),
        outputs(4),
        SEED,
    ],
    "uiConfig": {"lorasComponent": LORAS},
    "sandbox": {"price": 1.75, "slow": 0.6, "format": "jpeg"},
}

START = (
    IMAGEN,
    IMAGEN_FAST,
    IDEOGRAM,
    FLUX_BFL,
    FLUX,
    GEMINI,
    GPT_IMAGE,
    SKETCH,
    LOCKED,
    GUARDED,
    OLD,
    TEAM,
    FLUX_2,
    FLUX_2_TURBO,
    Z_IMAGE,
)
