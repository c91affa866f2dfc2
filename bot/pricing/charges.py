"""What charges teach about a model's price. Pure.

Scenario says which inputs move a price (`costImpact`), and it does not say it of all of them: a voice may be
charged by the length of its text and have nothing marked. So whatever was charged counts as known only for
requests that are alike in all that may move a price, and lengths of words may always move it: a price is
taken to grow with them. Where charges alike in all that is marked differ, something unmarked moves it too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.scenario.api import loose
from bot.scenario.api.records import Inputs, Json, Model

BELIEVED: Final = timedelta(hours=24)
"""How long a charge above its dry run speaks against the next dry run."""
_SAME: Final = 1.001
_WORDS: Final = frozenset({"prompt", "negativeprompt", "text", "lyrics"})
_SEED: Final = "seed"


Lengths = Mapping[str, int]
"""Characters by input."""
RISE: Final = 1.1
"""A price that grows by more than a tenth is another price."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What one purchase came to, in CU."""

    inputs: Inputs
    cu: float
    foretold: float | None = None
    at: datetime
    """When it was bought."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a request will cost, as far as anybody can tell."""

    cu: float | None = None
    sure: bool = False
    """Scenario said so, or charged as much for a request that was alike. Else it is the nearest there is."""
    by: tuple[Charge, ...] = field(default=(), compare=False, repr=False)
    """The charges that were looked at, where it is not sure."""


def foretell(
    dry: float | None, charges: Sequence[Charge], model: Model | None, inputs: Inputs, now: datetime
) -> Told:
    """What `inputs` will cost, by a dry run (None: there is none) and by the model's charges, newest first.

    A dry run is believed, unless the newest charge for the like was above its own dry run.
    """
    alike = _alike(charges, model, inputs)
    if dry is None:
        return _estimate(alike, charges, inputs)
    moves, lengths = _moves(alike), _lengths(inputs)
    last = next((one for one in alike if not moves or _within(_lengths(one.inputs), lengths)), None)
    if last is None or last.foretold is None or now - last.at > BELIEVED:
        return Told(cu=dry, sure=True)
    lied = last.cu > last.foretold * RISE
    return Told(cu=max(dry, last.cu) if lied else dry, sure=True)


def _estimate(alike: Sequence[Charge], charges: Sequence[Charge], inputs: Inputs) -> Told:
    """By charges alone: the same request's, a longer one's, or the longest's drawn out; else the last one."""
    if not alike:
        return Told(cu=charges[0].cu if charges else None)
    lengths = _lengths(inputs)
    same = next((one for one in alike if _lengths(one.inputs) == lengths), None)
    if same is not None:
        return Told(cu=same.cu, sure=True)
    longer = [one for one in alike if _within(lengths, _lengths(one.inputs))]
    if longer:
        return Told(cu=min(longer, key=lambda one: _length(one.inputs)).cu, sure=True)
    longest = max(alike, key=lambda one: _length(one.inputs))
    if not _moves(alike):
        return Told(cu=alike[0].cu)
    return Told(cu=longest.cu * max(1.0, _length(inputs) / max(1, _length(longest.inputs))))


def _alike(charges: Sequence[Charge], model: Model | None, inputs: Inputs) -> list[Charge]:
    """The charges of requests with the same price, but for the lengths of their words."""
    moving = Moving(model)
    those = moving.of(inputs)
    alike = [one for one in charges if moving.of(one.inputs) == those]
    by_length: dict[frozenset[tuple[str, int]], float] = {}
    for one in alike:
        before = by_length.setdefault(frozenset(_lengths(one.inputs).items()), one.cu)
        if not _equal(before, one.cu):  # something that nobody marked moves it
            anything = Moving(None)
            those = anything.of(inputs)
            return [other for other in alike if anything.of(other.inputs) == those]
    return alike


def _moves(alike: Sequence[Charge]) -> bool:
    """Whether longer words were charged more."""
    told = [(one.cu * _SAME, one.cu, _lengths(one.inputs)) for one in alike]
    return any(
        bound < cu and lengths != others and _within(lengths, others)
        for bound, _, lengths in told
        for _, cu, others in told
    )


class Moving:
    """Of a model's inputs those that may move its price, beside the lengths of words: what is marked
    `costImpact` and every file, or, for a model that marks none, all but words and seeds."""

    def __init__(self, model: Model | None) -> None:
        specs = (model.inputs if model is not None else None) or ()
        marked = frozenset(spec.name for spec in specs if spec.cost_impact)
        files = frozenset(spec.name for spec in specs if spec.type.startswith("file"))
        self._names = marked | files if marked else None
        """None: any of them."""

    def of(self, inputs: Inputs) -> Inputs:
        """Equal for requests that must cost the same but for the lengths of their words."""
        return {
            name: value
            for name, value in inputs.items()
            if (self._names is None or name in self._names)
            and not _is_words(name, value)
            and loose.plain(name) != _SEED
        }


def _is_words(name: str, value: Json) -> bool:
    return isinstance(value, str) and loose.plain(name) in _WORDS


def _lengths(inputs: Inputs) -> Lengths:
    return {name: len(str(value)) for name, value in inputs.items() if _is_words(name, value)}


def _length(inputs: Inputs) -> int:
    return sum(_lengths(inputs).values())


def _within(lengths: Lengths, bound: Lengths) -> bool:
    """Whether no words are longer than those."""
    return all(length <= bound.get(name, 0) for name, length in lengths.items())


def _equal(one: float, other: float) -> bool:
    return max(one, other) <= min(one, other) * _SAME
