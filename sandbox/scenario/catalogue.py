"""The models on offer: records as the API gives them, and how each behaves here."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, fields
from typing import Any

from sandbox.scenario.formats import FORMATS, USUAL
from sandbox.scenario.models import START
from sandbox.scenario.models.many import many
from sandbox.scenario.values import Json, Refusal, as_list, as_number, as_object

MAKES = {
    "image": ("picture", "edit", "upscale", "cutout", "vector"),
    "image-hdr": ("hdr",),
    "video": ("film",),
    "audio": ("effect", "music", "speech"),
    "3d": ("object",),
    "text": ("text",),
}
"""Medium → what can be made of it, the usual first."""
REPLIES = ("asset", "output")
_MEDIA = {"img": "image", "video": "video", "audio": "audio", "3d": "3d", "txt": "text"}
"""What a capability says after its `2`."""
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
    "trainingImagesNumber": 0,
    "accessRestrictions": 0,
    "createdAt": "2026-06-01T09:00:00.000Z",
    "updatedAt": "2026-09-15T09:00:00.000Z",
}


@dataclass(frozen=True)
class Behavior:
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
    """Jobs wait as `pending` first, and may be canceled while they do."""
    slow: float = 1.0
    """Factor on a job's length."""
    format: str = ""
    """A key of `FORMATS`; by the medium where it is empty."""
    exclusive: tuple[tuple[str, str], ...] = ()
    """Pairs of inputs that only the description forbids to combine."""
    medium: str = ""
    """`image`, `image-hdr`, `video`, `audio`, `3d` or `text`; by the first capability where it is empty."""
    makes: str = ""
    """What exactly, see `MAKES`; the medium's usual where it is empty."""
    format_input: str = ""
    """An input that names the format."""
    per: dict[str, float] = field(default_factory=dict[str, float])
    """Input → how much of it the price is for: a number, seconds of a file, characters of a text, files."""
    adds: dict[str, float] = field(default_factory=dict[str, float])
    """Input → CU more for each of it, counted as with `per`; a true flag is one."""
    moves: tuple[tuple[float, float], ...] = ()
    """Seconds since the model was put out → factor on its price from then on, dry run and charge alike."""
    charged: float = 1.0
    """Factor on what is charged, beside what the dry run says."""
    seconds: float = 0.0
    """Length of what it makes, where no input tells."""
    shape: str = ""
    """Aspect ratio where no input tells."""
    edge: int = 1024
    """Side of a square of usual size, in pixels."""
    last: str = ""
    """The input with a film's last frame."""
    picture_first: bool = False
    """A WEBP picture of the object comes before its file."""
    reply: str = "asset"
    """`output`: a text is in the job's `metadata.output`, and there is no file."""


@dataclass(frozen=True)
class Model:
    """One model: its public record and its behavior."""

    record: Json
    behavior: Behavior

    @property
    def id(self) -> str:
        return str(self.record["id"])

    @property
    def type(self) -> str:
        return str(self.record["type"])

    @property
    def inputs(self) -> list[Json]:
        return self.record.get("inputs") or []


class Catalogue:
    """All models, in the order they were added."""

    def __init__(self) -> None:
        self._models: dict[str, Model] = {}
        self._generated: list[str] = []
        for record in START:
            self.add(record)

    def add(self, record: Json) -> Model:
        """Add or replace a model. Missing keys get defaults; ValueError when the record cannot be one."""
        known = copy.deepcopy(record)
        behavior = _behavior(known.pop("sandbox", {}), known.get("capabilities"))
        if not isinstance(known.get("id"), str) or not known["id"]:
            raise ValueError("a model record needs an id")
        check_inputs(known.get("inputs"))
        if "privacy" in known and known["privacy"] not in ("private", "public", "unlisted"):
            raise ValueError("`privacy` must be one of private, public, unlisted")
        model = Model({**copy.deepcopy(_DEFAULTS), **known}, behavior)
        self._models[model.id] = model
        return model

    def fill(self, total: int) -> list[Model]:
        """Have `total` public models: the usual ones, and generated ones in place of earlier ones. Those that
        are new."""
        for model_id in self._generated:
            self._models.pop(model_id, None)
        added = [self.add(record) for record in many(total, list(START))]
        self._generated = [model.id for model in added]
        return added

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


def _behavior(given: Any, capabilities: Any) -> Behavior:
    table = as_object(given)
    known = {each.name for each in fields(Behavior)}
    if table is None or not set(table) <= known:
        raise ValueError(f"`sandbox` of a model is an object with keys of {', '.join(sorted(known))}")
    for name in ("price", "quality_gate", "slow", "seconds", "edge", "charged"):
        if as_number(table.get(name, 1)) is None:
            raise ValueError(f"`sandbox.{name}` must be a number")
    for name in ("per", "adds"):
        amounts = as_object(table.get(name, {}))
        if amounts is None or not all(as_number(each) for each in amounts.values()):
            raise ValueError(f"`sandbox.{name}` is an object of numbers that are not 0")
    moves = _moves(table.get("moves", []))
    medium = table.get("medium") or _medium(capabilities)
    if medium not in MAKES:
        raise ValueError(f"`sandbox.medium` must be one of {', '.join(MAKES)}")
    makes = table.get("makes") or MAKES[medium][0]
    if makes not in MAKES[medium]:
        raise ValueError(f"`sandbox.makes` of {medium} must be one of {', '.join(MAKES[medium])}")
    name = table.get("format") or ("svg" if makes == "vector" else USUAL[medium])
    usable = [each for each, facts in FORMATS.items() if facts.kind == medium]
    if name not in usable:
        raise ValueError(f"`sandbox.format` of {medium} must be one of {', '.join(usable)}")
    if table.get("reply", "asset") not in REPLIES:
        raise ValueError(f"`sandbox.reply` must be one of {', '.join(REPLIES)}")
    pairs = [(str(one), str(other)) for one, other in table.get("exclusive", [])]
    given_fields: Json = {
        **table,
        "moderated": tuple(table.get("moderated", ())),
        "exclusive": tuple(pairs),
        "moves": moves,
        "medium": medium,
        "makes": makes,
        "format": name,
    }
    return Behavior(**given_fields)


def _moves(given: Any) -> tuple[tuple[float, float], ...]:
    """`moves` of a model, checked."""
    moves: list[tuple[float, float]] = []
    for each in as_list(given) or ([] if given == [] else [None]):
        pair = as_list(each) or []
        numbers = [as_number(one) for one in pair]
        if len(numbers) != 2 or numbers[0] is None or numbers[1] is None or min(pair) < 0:
            raise ValueError("`sandbox.moves` is a list of [seconds, factor], none below 0")
        moves.append((numbers[0], numbers[1]))
    return tuple(moves)


def _medium(capabilities: Any) -> str:
    first = next((each for each in as_list(capabilities) or [] if isinstance(each, str)), "")
    target = first.partition("2")[2].partition("_")[0]
    # `3d23d` has two of them.
    return _MEDIA.get("3d" if first.endswith("23d") else target, "image")


def check_inputs(inputs: Any) -> None:
    """ValueError when these cannot be the inputs of a model or a workflow."""
    if inputs is None:
        return
    rules = as_list(inputs)
    if rules is None or not all({"name", "type"} <= set(as_object(rule) or {}) for rule in rules):
        raise ValueError("`inputs` is a list of objects with name and type")
