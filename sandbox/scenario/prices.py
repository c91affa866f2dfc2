"""What a request costs, in CU with decimals."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sandbox.scenario.catalogue import Model
from sandbox.scenario.sizes import Find, amount_of, count, size, source, value
from sandbox.scenario.values import Json, amount

MEGAPIXEL = 1024 * 1024
LEAST = 0.25
"""Prices move in quarters, so that sums stay exact."""


@dataclass(frozen=True)
class Price:
    """The parts of a price; `total` is what the account is charged."""

    generation: float
    quality_gate: float
    action: str = "custom-generation"

    @property
    def total(self) -> float:
        return amount(self.generation + self.quality_gate)

    def details(self) -> Json:
        """`costDetails`: cost by action; the parts sum to the total."""
        parts = {self.action: self.generation, "quality-gate": self.quality_gate}
        return {name: cost for name, cost in parts.items() if cost}

    def times(self, factor: float) -> Price:
        """So many times as much; the fee beside it stays."""
        return Price(amount(_quarters(self.generation * factor)), self.quality_gate, self.action)

    def answer(self) -> Json:
        """The cost keys of a generate answer, dry or paid."""
        return {
            "creativeUnitsCost": self.total,
            "creativeUnitsDiscount": 0,
            "costDetails": self.details(),
        }


def _nobody(_asset_id: str) -> None:
    return None


def price(model: Model, inputs: Json, find: Find = _nobody) -> Price:
    """The price of these accepted inputs: it grows with outputs, area, tiers, and amounts of inputs. `find`
    looks up files given: their length and size may count."""
    behavior = model.behavior
    each = behavior.price
    if behavior.area:
        width, height = size(model, inputs, source(model, inputs, find))
        each *= 0.5 + 0.5 * width * height / MEGAPIXEL
    for name, factors in behavior.tiers.items():
        each *= factors.get(str(value(model, inputs, name)), 1)
    for name, usual in behavior.per.items():
        given = amount_of(model, inputs, name, find)
        each *= given / usual if given is not None else 1
    for name, more in behavior.adds.items():
        each += more * (amount_of(model, inputs, name, find) or 0)
    rounded = _quarters(each) if behavior.price > 0 else 0.0
    pictures = count(model, inputs)
    return Price(amount(rounded * pictures), amount(behavior.quality_gate * pictures))


def factor_now(model: Model, age: float, *, paid: bool) -> float:
    """What a price is multiplied with `age` seconds after the model was put out.

    paid: when it is charged, and not only foretold.
    """
    reached = [(begins, factor) for begins, factor in model.behavior.moves if age >= begins]
    moved = max(reached)[1] if reached else 1.0
    return moved * (model.behavior.charged if paid else 1.0)


def _quarters(cost: float) -> float:
    return max(LEAST, round(cost / LEAST) * LEAST) if math.isfinite(cost) else LEAST
