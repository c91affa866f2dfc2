"""The models on offer: records as the API gives them, and how each behaves here."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, fields
from typing import Any

from sandbox.scenario.records import START
from sandbox.scenario.values import Json, Refusal, as_list, as_number, as_object

FORMATS = ("png", "jpeg", "webp")
HEAVY_KEYS = ("inputs", "uiConfig")
"""Keys that only `GET /models/{id}` sends; lists and bulk reads leave them out."""

_DEFAULTS: Json = {
    "type": "custom",
    "status": "trained",
    "privacy": "public",
    "custom": False,
    "source": "other",
    "capabilities": ["txt2img"],
    "tags": [],
    "collectionIds": [],
    "exampleAssetIds": [],
    "trainingImagesNumber": 0,
    "accessRestrictions": 0,
    "createdAt": "2026-06-01T09:00:00.000Z",
    "updatedAt": "2026-09-15T09:00:00.000Z",
}


@dataclass(frozen=True)
class Behaviour:
    """How a model acts here; none of it shows in its record."""

    price: float = 5.0
    """CU for one picture, of one megapixel where `area` counts."""
    area: bool = False
    """The price grows with width times height."""
    tiers: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    """Input name → its value → factor on the price."""
    quality_gate: float = 0.0
    """A fee for each picture, charged beside the price."""
    moderated: tuple[str, ...] = ()
    """Words in a prompt that the provider refuses: the job fails."""
    pending: bool = False
    """Jobs wait as `pending` first, and may be cancelled while they do."""
    slow: float = 1.0
    """Factor on a job's length."""
    format: str = "png"
    """`png`, `jpeg` or `webp`."""
    exclusive: tuple[tuple[str, str], ...] = ()
    """Pairs of inputs that only the description forbids to combine."""


@dataclass(frozen=True)
class Model:
    """One model: its public record and its behaviour."""

    record: Json
    behaviour: Behaviour

    @property
    def id(self) -> str:
        return str(self.record["id"])

    @property
    def type(self) -> str:
        return str(self.record["type"])

    @property
    def inputs(self) -> list[Json]:
        return self.record.get("inputs") or []

    def row(self) -> Json:
        """The record as lists and bulk reads send it."""
        return {key: value for key, value in self.record.items() if key not in HEAVY_KEYS}


class Catalogue:
    """All models, in the order they were added."""

    def __init__(self) -> None:
        self._models: dict[str, Model] = {}
        for record in START:
            self.add(record)

    def add(self, record: Json) -> Model:
        """Add or replace a model. Missing keys get defaults; ValueError when the record cannot be one."""
        known = copy.deepcopy(record)
        behaviour = _behaviour(known.pop("sandbox", {}))
        if not isinstance(known.get("id"), str) or not known["id"]:
            raise ValueError("a model record needs an id")
        _check_inputs(known.get("inputs"))
        model = Model({**copy.deepcopy(_DEFAULTS), **known}, behaviour)
        self._models[model.id] = model
        return model

    def find(self, model_id: str) -> Model | None:
        return self._models.get(model_id)

    def get(self, model_id: str) -> Model:
        """The model, or the refusal the API gives."""
        model = self.find(model_id)
        if model is None:
            raise Refusal(404, f"Model {model_id} not found")
        return model

    def all(self) -> list[Model]:
        return list(self._models.values())


def _behaviour(given: Any) -> Behaviour:
    table = as_object(given)
    known = {each.name for each in fields(Behaviour)}
    if table is None or not set(table) <= known:
        raise ValueError(f"`sandbox` of a model is an object with keys of {', '.join(sorted(known))}")
    for name in ("price", "quality_gate", "slow"):
        if as_number(table.get(name, 1)) is None:
            raise ValueError(f"`sandbox.{name}` must be a number")
    if table.get("format", "png") not in FORMATS:
        raise ValueError(f"`sandbox.format` must be one of {', '.join(FORMATS)}")
    pairs = [(str(one), str(other)) for one, other in table.get("exclusive", [])]
    given_fields: Json = {**table, "moderated": tuple(table.get("moderated", ())), "exclusive": tuple(pairs)}
    return Behaviour(**given_fields)


def _check_inputs(inputs: Any) -> None:
    if inputs is None:
        return
    rules = as_list(inputs)
    if rules is None or not all({"name", "type"} <= set(as_object(rule) or {}) for rule in rules):
        raise ValueError("`inputs` is a list of objects with name and type")
