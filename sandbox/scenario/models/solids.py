"""Models that make 3D objects."""

from __future__ import annotations

from sandbox.scenario.models.parts import NEEDED, SEED, choice, files, flag, number, prompt, words
from sandbox.scenario.values import Json

MESHY_TEXT: Json = {
    "id": "model_meshy-txt23d",
    "name": "Meshy (text)",
    "shortDescription": "An object out of words.",
    "capabilities": ["txt23d"],
    "tags": ["sc:featured", "sc:third-party"],
    "inputs": [
        prompt(600),
        choice("artStyle", ["realistic", "sculpture"], "realistic", label="Style"),
        number("targetPolycount", 100, 300_000, 1, 30_000, label="Triangles"),
        flag("enablePbr", default=False, label="PBR maps", costImpact=True),
        SEED,
    ],
    "sandbox": {"price": 30, "tiers": {"enablePbr": {"True": 1.25}}, "slow": 3},
}

MESHY_IMAGE: Json = {
    "id": "model_meshy-7-img23d",
    "name": "Meshy 7 (images)",
    "shortDescription": "An object out of one to four pictures of it.",
    "capabilities": ["img23d"],
    "tags": ["sc:third-party"],
    "inputs": [
        files("images", 4, minLength=1, label="Pictures", required=NEEDED, parent=True, costImpact=True),
        flag("shouldTexture", default=True, label="Texture", costImpact=True),
        words(
            "texturePrompt",
            600,
            label="Texture",
            hint="Only with a texture.",
        ),
        choice("topology", ["triangle", "quad"], "triangle", label="Topology"),
    ],
    "sandbox": {"price": 40, "adds": {"images": 2.5}, "tiers": {"shouldTexture": {"False": 0.5}}, "slow": 3},
}

RODIN: Json = {
    "id": "model_rodin-hyper3d-v2-5",
    "name": "Rodin 2.5",
    "shortDescription": "Fine objects out of pictures or words; sends a picture of the object first.",
    "capabilities": ["img23d", "txt23d"],
    "tags": ["sc:third-party"],
    "inputs": [
        files("images", 5, label="Pictures", parent=True),
        words(
            "prompt",
            1000,
            label="Prompt",
            prompt=True,
            required={"ifNotDefined": {"images": {"message": "Describe the object, or give pictures."}}},
        ),
        choice("quality", ["low", "medium", "high"], "medium", label="Quality", costImpact=True),
        SEED,
    ],
    "sandbox": {
        "price": 80,
        "tiers": {"quality": {"low": 0.5, "medium": 1, "high": 1.5}},
        "picture_first": True,
        "slow": 4,
    },
}

START = (MESHY_TEXT, MESHY_IMAGE, RODIN)
