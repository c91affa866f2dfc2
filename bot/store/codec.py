"""Generation ↔ row, card ↔ row. Columns carry the names of the fields.

Reading is tolerant of what a later version may have added: unknown columns and unknown keys of the JSON
columns are left out, missing keys take their defaults.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, fields
from typing import Any, Final, TypeVar, cast

from bot.generation.card import Card, CardState, Removal
from bot.generation.failures import Failure
from bot.generation.model import Fate, GateAnswer, Generation, Membership, Output
from bot.request.ask import Ask, InputFile, TrainedModel
from bot.request.origin import Origin
from bot.scenario.api.records import Json
from bot.store import failure_codec
from bot.vocabulary import Medium

ORIGIN: Final = tuple(field.name for field in fields(Origin))
_OWN: Final = tuple(field.name for field in fields(Generation) if field.name not in {"origin", "on_card"})
_CARD: Final = tuple(field.name for field in fields(Card) if field.name != "origin")
CARD_ROW: Final = "on_card_"
"""Before the names of a card's columns, where they stand beside a generation's."""
_ASKED_IN: Final = "asked_channel_id"
"""The column of a card's `origin.channel_id`: `channel_id` is where it stands now."""
_ASK_KEYS: Final = {"model_settings": "settings", "trained_models": "styles"}
"""Fields of an ask that stand in the database by a shorter or an earlier name."""
_ASK_NAMES: Final = {key: name for name, key in _ASK_KEYS.items()}
_T = TypeVar("_T", Ask, InputFile, TrainedModel, Output, GateAnswer)


def encode(generation: Generation, names: Collection[str] = _OWN) -> dict[str, object]:
    """The columns of the fields `names`, as the table's types take them."""
    row = {name: _plain(getattr(generation, name)) for name in names if name != "membership"}
    if "membership" in names:
        place = generation.membership
        row["group_id"] = None if place is None else place.group_id
        row["group_number"] = None if place is None else place.number
        row["group_size"] = None if place is None else place.size
    return row


def encode_new(generation: Generation) -> dict[str, object]:
    """All columns of a generation."""
    return {
        **encode(generation),
        **{name: getattr(generation.origin, name) for name in ORIGIN},
        "card_id": generation.on_card.id if generation.on_card is not None else None,
    }


def encode_card(card: Card, names: Collection[str] = _CARD) -> dict[str, object]:
    """The columns `names` of a card."""
    return {name: _plain(getattr(card, name)) for name in names}


def encode_new_card(card: Card) -> dict[str, object]:
    """All columns of a card."""
    origin = {name: getattr(card.origin, name) for name in ORIGIN}
    return {**origin, _ASKED_IN: origin["channel_id"], **encode_card(card)}


def decode(row: Mapping[str, Any]) -> Generation:
    """A generation from its columns, and its card's from those that begin with CARD_ROW.

    Raises ValueError for a fate, card or medium that we do not know: guessing one could spend twice.
    """
    values = {name: row[name] for name in _OWN if name != "membership"}
    values["origin"] = Origin(**{name: row[name] for name in ORIGIN})
    values["on_card"] = decode_card(row, before=CARD_ROW) if row["card_id"] is not None else None
    if row["group_id"] is not None:
        values["membership"] = Membership(
            group_id=row["group_id"], number=row["group_number"], size=row["group_size"]
        )
    values["medium"] = Medium(values["medium"])
    values["fate"] = Fate(values["fate"])
    values["ask"] = ask_of(values["ask"])
    values["outputs"] = tuple(_build(Output, _object(one)) for one in values["outputs"] or ())
    values["gate_answers"] = tuple(
        answer for one in values["gate_answers"] or () if (answer := _gate_answer_of(one)) is not None
    )
    if values["failure"] is not None:
        values["failure"] = failure_codec.decode(values["failure"])
    return Generation(**values)


def decode_card(row: Mapping[str, Any], *, before: str = "") -> Card:
    """Raises ValueError for a state that we do not know."""
    values = {name: row[f"{before}{name}"] for name in _CARD}
    origin = {name: row[f"{before}{name}"] for name in ORIGIN if name != "channel_id"}
    values["origin"] = Origin(**origin, channel_id=row[f"{before}{_ASKED_IN}"])
    values["state"] = CardState(values["state"])
    if values["removed"] is not None:
        values["removed"] = _removal(values["removed"])
    return Card(**values)


def ask_of(raw: object) -> Ask:
    """What a member asked for."""
    ask = _object(raw)
    files = tuple(given for one in ask.get("files") or () if (given := input_file_of(one)) is not None)
    trained_models = tuple(
        _build(TrainedModel, _object(one)) for one in ask.get("styles") or () if _object(one).get("model_id")
    )
    renamed = {_ASK_NAMES.get(name, name): one for name, one in ask.items()}
    return _build(Ask, {**renamed, "files": files, "trained_models": trained_models})


def encode_ask(ask: Ask) -> Mapping[str, Json]:
    """What was not asked is not written: most requests are a prompt and little else."""
    kept = {name: one for name, one in asdict(ask).items() if one not in (None, {}, ())}
    return {_ASK_KEYS.get(name, name): one for name, one in kept.items()}


def input_file_of(raw: object) -> InputFile | None:
    """A file that a member gave; None where there is none to be read."""
    return _build(InputFile, _object(raw)) if _object(raw).get("role") else None


def _gate_answer_of(raw: object) -> GateAnswer | None:
    told = _object(raw)
    if not isinstance(told.get("node_id"), str) or not isinstance(told.get("by"), int):
        return None
    return _build(GateAnswer, {**told, "picks": tuple(told.get("picks") or ())})


def _plain(value: object) -> object:
    if isinstance(value, Fate | CardState | Medium | Removal):
        return value.value
    if isinstance(value, Ask):
        return encode_ask(value)
    if isinstance(value, Failure):
        return failure_codec.encode(value)
    if isinstance(value, tuple):
        return [asdict(one) for one in cast("tuple[Output | GateAnswer, ...]", value)]
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str, Json]", value))
    return value


def _removal(raw: str) -> Removal:
    try:
        return Removal(raw)
    except ValueError:
        return Removal.MODERATOR  # a later version's word: the strictest that we know


def _build(kind: type[_T], raw: Mapping[str, Any]) -> _T:
    # null and absent are the same: no field of these has a null that differs from its default
    return kind(**{f.name: raw[f.name] for f in fields(kind) if raw.get(f.name) is not None})


def _object(raw: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", raw) if isinstance(raw, Mapping) else {}
