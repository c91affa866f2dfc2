"""What a request will cost: asked for it alone, each time.

No price is kept in memory: it moves while it lies there, and by more than what a schema says. What is kept
are the charges, on the generations themselves (`charges` says what they teach).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from bot.catalogue import Catalogue
from bot.clock import Clock
from bot.pricing.charges import Charge, Told, foretell
from bot.scenario.api.records import Inputs, Price


class DryRuns(Protocol):
    """Scenario, as far as it tells prices."""

    async def price(self, model_id: str, inputs: Inputs) -> Price | None:
        """What these inputs would cost; None if Scenario does not say. Raises ScenarioError."""
        ...


class Charges(Protocol):
    """The store, as far as it keeps charges."""

    async def charges(self, model_id: str) -> Sequence[Charge]:
        """What the model's newest purchases were charged, newest first; free failures left out."""
        ...


class PriceBook:
    """Foretells by dry run and by what was charged before."""

    def __init__(self, studio: DryRuns, catalogue: Catalogue, store: Charges, clock: Clock) -> None:
        self._studio = studio
        self._catalogue = catalogue
        self._store = store
        self._clock = clock

    async def ask(self, model_id: str, inputs: Inputs) -> Told:
        """Raises what `Studio.price` raises: a dry run is Scenario's own check of the inputs too."""
        price = await self._studio.price(model_id, inputs)
        charges = await self._store.charges(model_id)
        dry = None if price is None else price.cu
        told = foretell(dry, charges, self._catalogue.get(model_id), inputs, self._clock.now())
        return told if told.sure else replace(told, by=tuple(charges))
