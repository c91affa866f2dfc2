"""What a model's record shows of it: a thumbnail, example pictures, and how it usually performs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from sandbox.scenario.assets import Asset
from sandbox.scenario.catalogue import HEAVY_KEYS, Model
from sandbox.scenario.media.make import Plan
from sandbox.scenario.prices import LEAST, price
from sandbox.scenario.sizes import count
from sandbox.scenario.values import Json, amount, id_from

EXAMPLES = 2
SIDE = 512
MADE = 1_780_304_400.0
"""When the examples were made, in unix seconds: 2026-06-01 09:00 UTC."""
COMPUTED = "2026-09-15T09:00:00.000Z"
SECONDS = {"image": 9.0, "image-hdr": 24.0, "video": 95.0, "audio": 18.0, "3d": 240.0, "text": 4.0}
"""What one output usually takes, in seconds."""
SUBJECTS = (
    "a lighthouse at sunset",
    "a fox in an autumn forest",
    "a castle above a misty valley",
    "a neon city in the rain",
    "a caravan in the desert",
    "an astronaut under a violet planet",
    "a geometric poster of a garden",
    "ribbons of paper in the wind",
    "a frozen harbor in winter",
)


def example_ids(model: Model) -> list[str]:
    """The ids of its examples: the same in every sandbox."""
    return [id_from("asset_", f"{model.id} {number}") for number in range(EXAMPLES)]


def examples(model: Model) -> list[Asset]:
    """The pictures behind `exampleAssetIds` and the thumbnail."""
    return [_example(model, number, asset_id) for number, asset_id in enumerate(example_ids(model))]


def _example(model: Model, number: int, asset_id: str) -> Asset:
    dice = hashlib.sha256(f"{model.id} {number}".encode()).digest()
    prompt = SUBJECTS[dice[0] % len(SUBJECTS)]
    seed = int.from_bytes(dice[1:4], "big")
    return Asset(
        id=asset_id,
        created=MADE,
        mime_type="image/jpeg",
        model_id=model.id,
        prompt=prompt,
        seed=seed,
        width=SIDE,
        height=SIDE,
        plan=Plan(look="picture", format="jpeg", prompt=prompt, seed=seed, width=SIDE, height=SIDE),
        public=True,
    )


def shown(model: Model, link: Callable[[str], str], *, heavy: bool) -> Json:
    """The record with what belongs to it; `heavy` with inputs and uiConfig, as only single reads send it. A
    thumbnail or stats that its record sets to null are left out."""
    ids = example_ids(model)
    record: Json = {
        "exampleAssetIds": ids,
        "thumbnail": {"assetId": ids[0], "url": link(ids[0])},
        **({"performanceStats": stats(model)} if model.record["privacy"] == "public" else {}),
        **model.record,
    }
    left_out = () if heavy else HEAVY_KEYS
    nothing = ("thumbnail", "performanceStats")
    return {
        name: value
        for name, value in record.items()
        if name not in left_out and not (name in nothing and value is None)
    }


def stats(model: Model) -> Json:
    """Median price and times by variant; the variants are the capabilities, and the tiers of resolution."""
    tiers = model.behavior.tiers.get("resolution") or {"": 1.0}
    rows = [
        _variant(model, str(capability), tier, factor)
        for capability in model.record["capabilities"]
        for tier, factor in tiers.items()
    ]
    return {"default": rows[0]["variantKey"] if rows else None, "variants": rows}


def _variant(model: Model, capability: str, tier: str, factor: float) -> Json:
    given = {"resolution": tier} if tier else {}
    cost = price(model, given).total / count(model, given)
    usual = SECONDS[model.behavior.medium] * model.behavior.slow * (0.6 + 0.4 * factor)
    row: Json = {
        "variantKey": f"{capability}:{tier}" if tier else capability,
        "capability": capability,
        "computedAt": COMPUTED,
        "costPerAssetP50CU": amount(cost),
        "costPerAssetMinCU": amount(max(LEAST, cost * 0.5)),
        "costPerAssetMaxCU": amount(cost * 3),
        "inferenceLatencyP50Sec": amount(usual),
        "inferenceLatencyP75Sec": amount(usual * 1.4),
        "totalLatencyP50Sec": amount(usual * 1.15),
        "totalLatencyP75Sec": amount(usual * 1.7),
    }
    return {**row, "resolution": tier} if tier else row
