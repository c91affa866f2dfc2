"""The models a new stand-in offers, as data: public record, and under `sandbox` how they behave here.

`sandbox` keys: see `Behaviour` in `catalogue.py`.
Facts about real models are the shapes of their inputs; wording, prices and looks are our own.
"""

from __future__ import annotations

from sandbox.scenario.values import Json

RATIOS = ["1:1", "4:3", "3:4", "9:16", "16:9"]
SEED: Json = {
    "name": "seed",
    "type": "number",
    "label": "Seed",
    "description": "The same seed and inputs repeat a picture.",
    "min": 0,
    "max": 2147483647,
    "step": 1,
}


def prompt(longest: int, **more: object) -> Json:
    """A required prompt of at most `longest` characters."""
    return {
        "name": "prompt",
        "type": "string",
        "label": "Prompt",
        "prompt": True,
        "promptSpark": True,
        "required": {"always": True},
        "minLength": 1,
        "maxLength": longest,
        **more,
    }


def ratio(values: list[str], default: str = "1:1") -> Json:
    """A choice of aspect ratios."""
    return {
        "name": "aspectRatio",
        "type": "string",
        "label": "Aspect ratio",
        "allowedValues": values,
        "default": default,
    }


def side(name: str, low: int, high: int, default: int | None = None) -> Json:
    """A width or a height in pixels, in steps of 16; it moves the price."""
    rule: Json = {
        "name": name,
        "type": "number",
        "label": name.capitalize(),
        "min": low,
        "max": high,
        "step": 16,
        "costImpact": True,
    }
    return rule if default is None else {**rule, "default": default}


def outputs(most: int) -> Json:
    """How many pictures one job makes; it moves the price."""
    return {
        "name": "numOutputs",
        "type": "number",
        "label": "Pictures",
        "min": 1,
        "max": most,
        "step": 1,
        "default": 1,
        "costImpact": True,
    }


def sizes(*presets: tuple[str, int, int], auto: bool = True) -> Json:
    """The presets an app shows for width and height; "Auto" carries no sizes."""
    rows: list[Json] = [{"label": name, "width": width, "height": height} for name, width, height in presets]
    return {
        "resolutionComponent": {
            "label": "Size",
            "widthInput": "width",
            "heightInput": "height",
            "presets": [{"label": "Auto"}, *rows] if auto else rows,
        }
    }


REFERENCES: Json = {
    "name": "referenceImages",
    "type": "file_array",
    "kind": "image",
    "label": "Reference images",
    "costImpact": True,
}
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


def _trained(model_id: str, name: str, kind: str, text: str, **more: object) -> Json:
    """A trained model: no inputs of its own, used through a base model."""
    return {
        "id": model_id,
        "name": name,
        "shortDescription": text,
        "type": kind,
        "privacy": "private",
        "source": "scenario",
        "custom": True,
        "capabilities": ["txt2img", "img2img"],
        "tags": [],
        **more,
    }


INK = _trained(
    "model_hqTeamInkLora3mXb9c", "Ink Lines", "flux.1-lora", "Pen and ink.", trainingImagesNumber=18
)
CLAY = _trained(
    "model_hqTeamClayLora8dNt4v", "Clay World", "flux.1-lora", "Soft clay figures.", trainingImagesNumber=31
)
BLEND = _trained(
    "model_hqTeamBlend5sRf6y",
    "Ink and Clay",
    "flux.1-composition",
    "Both looks in one.",
    concepts=[{"modelId": INK["id"], "scale": 0.8}, {"modelId": CLAY["id"], "scale": 0.6}],
)

START: tuple[Json, ...] = (
    IMAGEN,
    FLUX_BFL,
    FLUX,
    GEMINI,
    GPT_IMAGE,
    SKETCH,
    LOCKED,
    GUARDED,
    OLD,
    TEAM,
    INK,
    CLAY,
    BLEND,
)
"""Everything a new stand-in offers."""
