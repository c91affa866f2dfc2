"""What a request will cost, by dry run, remembered for a while."""

import json
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final

from bot.catalogue import Catalogue
from bot.clock import Clock
from bot.generation.ports import Studio
from bot.scenario import loose
from bot.scenario.records import Inputs, Json, Model

LASTS: Final = timedelta(minutes=10)
MOST: Final = 500
_WORDS: Final = frozenset({"prompt", "negativeprompt", "text", "lyrics", "seed"})
"""Inputs that move no price unless the schema says so."""


class PriceBook:
    """Prices by model and by those inputs that move them."""

    def __init__(self, studio: Studio, catalogue: Catalogue, clock: Clock) -> None:
        self._studio = studio
        self._catalogue = catalogue
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, datetime]] = OrderedDict()

    async def ask(self, model_id: str, inputs: Inputs) -> float | None:
        """CU; None where the API names no price. Raises what `Studio.price` raises: a dry run is Scenario's
        own check of the inputs too."""
        key = price_key(self._catalogue.get(model_id), model_id, inputs)
        known = self._known.get(key)
        if known is not None and self._clock.now() - known[1] < LASTS:
            return known[0]
        price = await self._studio.price(model_id, inputs)
        if price is None:
            return None
        self._known[key] = (price.cu, self._clock.now())
        self._known.move_to_end(key)
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        return price.cu


def price_key(model: Model | None, model_id: str, inputs: Inputs) -> str:
    """The same for requests that must cost the same: the inputs marked `costImpact` and every file, or, for a
    model that marks none, all but words and seeds."""
    specs = {spec.name: spec for spec in (model.inputs if model is not None else None) or ()}
    marked = {name for name, spec in specs.items() if spec.cost_impact}
    moving: dict[str, Json] = {}
    for name in sorted(inputs):
        spec = specs.get(name)
        is_file = spec is not None and spec.type.startswith("file")
        if name in marked or is_file or (not marked and loose.plain(name) not in _WORDS):
            moving[name] = inputs[name]
    return json.dumps([model_id, moving], sort_keys=True)
