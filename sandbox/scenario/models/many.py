"""As many public models as the real catalogue has: the usual ones, the odd shapes, and more of each."""

from __future__ import annotations

import copy
from itertools import count

from sandbox.scenario.models.shapes import SHAPES
from sandbox.scenario.values import Json


def many(total: int, usual: list[Json]) -> list[Json]:
    """Records beside the usual ones until there are `total` public models: each shape once, then all of them
    again under other names. Deterministic."""
    public = [one for one in usual if one.get("privacy", "public") == "public"]
    missing = max(0, total - len(public))
    found = [copy.deepcopy(one) for one in SHAPES[:missing]]
    kinds = [*SHAPES, *(one for one in public if one.get("type", "custom") == "custom")]
    for edition in count(2):
        for kind in kinds:
            if len(found) >= missing:
                return found
            found.append(_edition(kind, edition))
    raise AssertionError("count never ends")


def _edition(kind: Json, edition: int) -> Json:
    copied = copy.deepcopy(kind)
    tags = [tag for tag in copied.get("tags", []) if tag != "sc:featured"]
    name = f"{copied['name']}, edition {edition}"
    return {**copied, "id": f"{copied['id']}-e{edition}", "name": name, "tags": tags}
