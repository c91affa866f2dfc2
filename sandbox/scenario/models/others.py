"""Skyboxes, text models, and one model with every kind of input."""

from __future__ import annotations

from sandbox.scenario.models.parts import (
    NEEDED,
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

SKYBOX: Json = {
    "id": "model_scenario-skybox-flux",
    "name": "Skybox",
    "shortDescription": "A whole surrounding, twice as wide as high.",
    "capabilities": ["txt2img", "img2img"],
    "tags": ["sc:skybox"],
    "source": "scenario",
    "inputs": [
        prompt(2048),
        choice("style", ["standard", "anime", "fantasy", "realistic"], "standard", label="Style"),
        words("negativePrompt", 1000, label="Leave out"),
        number(
            "negativePromptStrength",
            0,
            10,
            0.1,
            label="Strength of the negative prompt",
            required={"ifDefined": {"negativePrompt": {"message": "Say how strongly."}}},
        ),
        file("image", label="Start image", parent=True),
        number("strength", 0.01, 1, 0.01, 0.75, label="Strength"),
        number("geometryEnforcement", 0, 100, 1, label="Geometry"),
        SEED,
    ],
    "sandbox": {"price": 8, "format": "jpeg", "shape": "2:1", "edge": 1448},
}

HDRI: Json = {
    "id": "model_scenario-skybox-hdri",
    "name": "Skybox HDRI",
    "shortDescription": "Light for your scenes: an EXR behind a JPEG preview.",
    "capabilities": ["txt2img"],
    "tags": ["sc:skybox"],
    "source": "scenario",
    "inputs": [prompt(2048), number("exposure", -4, 4, 0.5, 0, label="Exposure"), SEED],
    "sandbox": {"price": 14.5, "medium": "image-hdr", "shape": "2:1", "edge": 724},
}

LLM: Json = {
    "id": "model_scenario-llm",
    "name": "Scenario LLM",
    "shortDescription": "Writes: captions, stories, prompts.",
    "capabilities": ["txt2txt", "img2txt"],
    "tags": ["sc:featured", "tool"],
    "source": "scenario",
    "inputs": [
        prompt(20_000, costImpact=True),
        words("systemPrompt", 10_000, label="Role"),
        files("images", 5, label="Pictures"),
        number("maxTokens", 16, 4096, 1, 256, label="Longest answer", costImpact=True),
        number("temperature", 0, 2, 0.1, 1, label="Temperature"),
    ],
    "sandbox": {"price": 0.5, "per": {"maxTokens": 512}, "slow": 0.4, "moderated": ["gore"]},
}

CAPTION: Json = {
    "id": "model_scenario-image-caption",
    "name": "Caption",
    "shortDescription": "Says what is in a picture. Its words are in the job, not in a file.",
    "capabilities": ["img2txt"],
    "tags": ["tool"],
    "source": "scenario",
    "inputs": [
        file("image", label="Picture", required=NEEDED),
        choice("detailsLevel", ["action", "action+style"], "action", label="Detail"),
    ],
    "sandbox": {"price": 0.25, "slow": 0.3, "reply": "output"},
}

EVERYTHING: Json = {
    "id": "model_sandbox-every-input",
    "name": "Every Input",
    "shortDescription": "A stand-in's own: one input of every type there is.",
    "capabilities": ["txt2img", "img2img"],
    "tags": ["sc:third-party", "imagine:hidden"],
    "inputs": [
        prompt(800),
        ratio(["1:1", "16:9"], "1:1"),
        number("steps", 1, 40, 1, 20, label="Steps", group="Quality", costImpact=True),
        number("guidance", 0, 12.5, 0.25, 4.5, label="Guidance", group="Quality"),
        flag("tiling", default=False, label="Tiling"),
        file("image", label="Start image", parent=True, maxSize=10_485_760),
        file("mask", label="Mask", maskFrom="image"),
        files("referenceImages", 3, label="References"),
        file("clip", "video", label="Motion", minDuration=1, maxDuration=10, maxSize=20_971_520),
        file("voice", "audio", label="Voice", minDuration=0.5, maxDuration=30),
        file("shape", "3d", label="Shape"),
        file("light", "image-hdr", label="Light"),
        file("script", "text", label="Script", maxSize=65_536),
        {
            "name": "styles",
            "type": "string_array",
            "label": "Styles",
            "maxLength": 3,
            "allowedValues": ["ink", "wash", "crayon", "clay"],
        },
        {"name": "keywords", "type": "string_array", "label": "Keywords", "minLength": 1, "maxLength": 5},
        {
            "name": "weights",
            "type": "number_array",
            "label": "Weights",
            "min": 0,
            "max": 1,
            "step": 0.1,
            "maxLength": 4,
        },
        {
            "name": "lora",
            "type": "model",
            "label": "Style model",
            "modelTypes": ["flux.1-lora", "flux.1-composition"],
        },
        {
            "name": "loras",
            "type": "model_array",
            "label": "Style models",
            "maxLength": 2,
            "modelTypes": ["flux.1-lora"],
        },
        {
            "name": "shots",
            "type": "inputs_array",
            "label": "Shots",
            "maxLength": 4,
            "inputs": [
                words("text", 200, label="What happens", required=NEEDED, minLength=1),
                number("seconds", 1, 10, 1, 3, label="Seconds"),
                file("still", label="Still"),
            ],
        },
        choice("mode", ["fast", "fine"], "fast", label="Mode", costImpact=True),
        number(
            "refine",
            1,
            5,
            1,
            label="Refinement",
            required={"conditional": {"operator": "and", "values": {"mode": ["fine"], "tiling": [False]}}},
        ),
        words(
            "background",
            7,
            label="Background",
            color=True,
            required={"always": False},
        ),
        outputs(4),
        SEED,
    ],
    "uiConfig": {
        "selects": {"mode": {"fast": "Fast", "fine": "Fine"}},
        "lorasComponent": {
            "label": "Styles",
            "modelInput": "loras",
            "scaleInput": "weights",
            "modelIdInput": "lora",
        },
    },
    "sandbox": {
        "price": 5.25,
        "per": {"steps": 20},
        "adds": {"clip": 0.75},
        "tiers": {"mode": {"fast": 1, "fine": 2}},
    },
}

START = (SKYBOX, HDRI, LLM, CAPTION, EVERYTHING)
