"""Models that make video."""

from __future__ import annotations

from sandbox.scenario.models.parts import (
    NEEDED,
    SEED,
    choice,
    file,
    files,
    flag,
    number,
    prompt,
    ratio,
    words,
)
from sandbox.scenario.values import Json

KLING: Json = {
    "id": "model_kling-v2-6-t2v-pro",
    "name": "Kling 2.6 Pro (text)",
    "shortDescription": "Short clips out of words, with steady motion.",
    "capabilities": ["txt2video"],
    "tags": ["sc:featured", "sc:third-party"],
    "inputs": [
        prompt(2500),
        ratio(["16:9", "9:16", "1:1"], "16:9"),
        choice("duration", ["5", "10"], "5", label="Seconds", costImpact=True),
        flag("generateAudio", default=False, label="Sound", costImpact=True),
        words("negativePrompt", 2500, label="Leave out", default=""),
        number("cfgScale", 0, 1, 0.1, 0.5, label="Faithfulness"),
    ],
    "uiConfig": {"selects": {"duration": {"5": "5 seconds", "10": "10 seconds"}}},
    "sandbox": {
        "price": 35,
        "per": {"duration": 5},
        "tiers": {"generateAudio": {"True": 1.5}},
        "slow": 2,
        "moderated": ["gore", "nude"],
    },
}

KLING_IMAGE: Json = {
    "id": "model_kling-v3-i2v-pro",
    "name": "Kling 3 Pro (image)",
    "shortDescription": "Brings one picture to life.",
    "capabilities": ["img2video"],
    "tags": ["sc:third-party"],
    "inputs": [
        file("startImage", label="Start image", required=NEEDED, parent=True),
        file("endImage", label="End image"),
        words("prompt", 2500, label="Prompt", prompt=True, promptSpark=True),
        choice("duration", ["5", "10"], "5", label="Seconds", costImpact=True),
        flag("generateAudio", default=True, label="Sound", costImpact=True),
    ],
    "sandbox": {
        "price": 42,
        "per": {"duration": 5},
        "tiers": {"generateAudio": {"True": 1.25}},
        "slow": 2,
        "last": "endImage",
    },
}

SEEDANCE: Json = {
    "id": "model_bytedance-seedance-2-0",
    "name": "Seedance 2.0",
    "shortDescription": "Clips with sound, from words, from first and last frames, or from references.",
    "capabilities": ["txt2video", "img2video", "video2video"],
    "tags": ["sc:featured", "sc:third-party"],
    "inputs": [
        words(
            "prompt",
            4000,
            label="Prompt",
            prompt=True,
            promptSpark=True,
            required={"ifNotDefined": {"image": {"message": "Describe the clip, or give a first frame."}}},
        ),
        file(
            "image",
            label="First frame",
            parent=True,
            description="The clip begins with it. Cannot be combined with reference images.",
            required={"ifDefined": {"lastFrameImage": {"message": "A last frame needs a first frame."}}},
        ),
        file("lastFrameImage", label="Last frame"),
        files("referenceImages", 9, label="Reference images", description="Cannot be combined with image."),
        files(
            "referenceVideos",
            3,
            "video",
            label="Reference videos",
            minDuration=2,
            maxDuration=15,
            maxSize=52_428_800,
            costImpact=True,
        ),
        choice(
            "duration", [-1, *range(4, 16)], 5, label="Seconds", costImpact=True, hint="-1 lets it decide."
        ),
        choice("resolution", ["480p", "720p", "1080p", "4k"], "720p", label="Resolution", costImpact=True),
        ratio(["adaptive", "21:9", "16:9", "4:3", "1:1", "3:4", "9:16"], "adaptive"),
        flag("generateAudio", default=True, label="Sound"),
        SEED,
    ],
    "uiConfig": {"selects": {"duration": {"-1": "Automatic", "5": "5 seconds", "10": "10 seconds"}}},
    "sandbox": {
        "price": 28,
        "per": {"duration": 5},
        "adds": {"referenceVideos": 1.25},
        "tiers": {"resolution": {"480p": 0.5, "720p": 1, "1080p": 2.25, "4k": 5}},
        "exclusive": [["image", "referenceImages"], ["lastFrameImage", "referenceImages"]],
        "last": "lastFrameImage",
        "slow": 2,
    },
}

VEO_FAST: Json = {
    "id": "model_veo3-1-fast",
    "name": "Veo 3.1 Fast",
    "shortDescription": "Quick clips; say whether they should sound.",
    "capabilities": ["txt2video", "img2video"],
    "tags": ["sc:third-party"],
    "disableRefund": True,
    "inputs": [
        prompt(10000),
        flag("generateAudio", label="Sound", required=NEEDED, costImpact=True),
        choice("duration", [4, 6, 8], 8, label="Seconds", costImpact=True),
        choice("resolution", ["720p", "1080p"], "720p", label="Resolution"),
        ratio(["16:9", "9:16"], "16:9"),
        file("image", label="First frame", parent=True),
        file(
            "lastFrameImage",
            label="Last frame",
            description="Needs a first frame.",
        ),
        files("referenceImages", 3, label="Reference images", description="Cannot be combined with image."),
        SEED,
    ],
    "sandbox": {
        "price": 5,
        "per": {"duration": 1},
        "tiers": {"generateAudio": {"True": 1.5}},
        "exclusive": [["image", "referenceImages"]],
        "last": "lastFrameImage",
        "slow": 1.5,
        "moderated": ["celebrity", "gore"],
    },
}

VEO: Json = {
    **VEO_FAST,
    "id": "model_veo3-1",
    "name": "Veo 3.1",
    "shortDescription": "Clips with all of its care; say whether they should sound.",
    "sandbox": {**VEO_FAST["sandbox"], "price": 10, "slow": 2},
}

START = (KLING, KLING_IMAGE, SEEDANCE, VEO_FAST, VEO)
