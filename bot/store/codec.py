"""Generation ↔ row. Columns carry the names of the fields.

Reading is tolerant of what a later version may have added: unknown columns and unknown keys of the JSON
columns are left out, missing keys take their defaults.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, fields
from typing import Any, Final, TypeVar, cast

from bot.generation.failures import Failure
from bot.generation.model import Card, Fate, Generation, Output, Removal
from bot.request.ask import Ask, InputFile, TrainedModel
from bot.scenario.api.records import Json
from bot.store import failure_codec
from bot.vocabulary import Medium

_FIELDS: Final = tuple(field.name for field in fields(Generation))
_ASK_KEYS: Final = {"model_settings": "settings", "trained_models": "styles"}
"""Fields of an ask that stand in the database by a shorter or an earlier name."""
_ASK_NAMES: Final = {key: name for name, key in _ASK_KEYS.items()}
_T = TypeVar("_T", Ask, InputFile, TrainedModel, Output)


def encode(generation: Generation, names: Collection[str] = _FIELDS) -> dict[str, object]:
    """The columns `names`, as the table's types take them."""
    return {name: _plain(getattr(generation, name)) for name in names}


def decode(row: Mapping[str, Any]) -> Generation:
    """Raises ValueError for a fate, card or medium that we do not know: guessing one could spend twice."""
    values = {name: row[name] for name in _FIELDS}
    values["medium"] = Medium(values["medium"])
    values["fate"] = Fate(values["fate"])
    values["card"] = Card(values["card"])
    if values["removed"] is not None:
        values["removed"] = _removal(values["removed"])
    ask = _object(values["ask"])
    files = tuple(given for one in ask.get("files") or () if (given := input_file_of(one)) is not None)
    trained_models = tuple(
        _build(TrainedModel, _object(one)) for one in ask.get("styles") or () if _object(one).get("model_id")
    )
    renamed = {_ASK_NAMES.get(name, name): one for name, one in ask.items()}
    values["ask"] = _build(Ask, {**renamed, "files": files, "trained_models": trained_models})
    values["outputs"] = tuple(_build(Output, _object(one)) for one in values["outputs"] or ())
    if values["failure"] is not None:
        values["failure"] = failure_codec.decode(values["failure"])
    return Generation(**values)


def input_file_of(raw: object) -> InputFile | None:
    """A file that a member gave; None where there is none to be read."""
    return _build(InputFile, _object(raw)) if _object(raw).get("role") else None


def _plain(value: object) -> object:
    if isinstance(value, Fate | Card | Medium | Removal):
        return value.value
    if isinstance(value, Ask):
        # what was not asked is not written: most requests are a prompt and little else
        kept = {name: one for name, one in asdict(value).items() if one not in (None, {}, ())}
        return {_ASK_KEYS.get(name, name): one for name, one in kept.items()}
    if isinstance(value, Failure):
        return failure_codec.encode(value)
    if isinstance(value, tuple):
        return [asdict(one) for one in cast("tuple[Output, ...]", value)]
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
