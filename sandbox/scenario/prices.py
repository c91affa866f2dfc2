"""What a request costs, in CU with decimals."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.scenario.catalogue import Model
from sandbox.scenario.sizes import count, size
from sandbox.scenario.values import Json, amount

MEGAPIXEL = 1024 * 1024


@dataclass(frozen=True)
class Price:
    """The parts of a price; `total` is what the account is charged."""

    generation: float
    quality_gate: float

    @property
    def total(self) -> float:
        return amount(self.generation + self.quality_gate)

    def details(self) -> Json:
        """`costDetails`: cost by action; the parts sum to the total."""
        parts = {"custom-generation": self.generation, "quality-gate": self.quality_gate}
        return {name: cost for name, cost in parts.items() if cost}

    def answer(self) -> Json:
        """The cost keys of a generate answer, dry or paid."""
        return {
            "creativeUnitsCost": self.total,
            "creativeUnitsDiscount": 0,
            "costDetails": self.details(),
        }


def price(model: Model, inputs: Json) -> Price:
    """The price of these accepted inputs: it grows with outputs, with area and with tiers."""
    behaviour = model.behaviour
    each = behaviour.price
    if behaviour.area:
        width, height = size(model, inputs)
        each *= 0.5 + 0.5 * width * height / MEGAPIXEL
    for name, factors in behaviour.tiers.items():
        default = next((rule.get("default") for rule in model.inputs if rule["name"] == name), None)
        each *= factors.get(str(inputs.get(name, default)), 1)
    pictures = count(model, inputs)
    # Prices move in quarters, so that sums stay exact.
    return Price(amount(round(each * 4) / 4 * pictures), amount(behaviour.quality_gate * pictures))
