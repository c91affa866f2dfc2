"""Trained models and compositions: no inputs of their own, used through a base model."""

from __future__ import annotations

from sandbox.scenario.values import Json


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
MOSS = _trained(
    "model_hqTeamMossLora2cGh7w",
    "Moss and Stone",
    "flux.2-dev-lora",
    "Overgrown ruins.",
    trainingImagesNumber=22,
)
PAPER = _trained(
    "model_hqTeamPaperLora9vTq1z", "Cut Paper", "zimage-lora", "Layers of paper.", trainingImagesNumber=15
)
RETOUCH = _trained(
    "model_hqTeamRetouchLora6yPd3n",
    "House Retouch",
    "flux.1-kontext-lora",
    "The studio's way to retouch.",
    capabilities=["img2img"],
    trainingImagesNumber=40,
)
GLASS = _trained(
    "model_scGlassLora4kWm8r",
    "Stained Glass",
    "flux.1-lora",
    "Leaded windows, for everyone.",
    privacy="public",
    trainingImagesNumber=28,
)
UNFINISHED = _trained(
    "model_hqTeamTrainingLora1aa2b",
    "Harbor (training)",
    "flux.1-lora",
    "Not yet trained.",
    status="training",
    trainingImagesNumber=12,
    thumbnail=None,
)
EMPTY = _trained(
    "model_hqTeamEmptyBlend7h8j", "Empty Blend", "flux.1-composition", "Nothing in it yet.", concepts=[]
)

START = (INK, CLAY, BLEND, MOSS, PAPER, RETOUCH, GLASS, UNFINISHED, EMPTY)
