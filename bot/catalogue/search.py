"""Finding models by a few typed letters. Pure.

Not an edit distance: what is typed into a picker is the beginning of something, and a distance ranks
"flux" nearer to "flow" than to "FLUX.1 Kontext [max]". So: beginnings before insides before scattered
letters, and only where nothing fits, shared pairs of letters for a misspelling. Over 700 models that is
about a millisecond, where difflib takes twenty.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.scenario.api.records import Model
from bot.vocabulary import HELP_ID, MODEL_ID, WORKFLOW_ID

_SEPARATORS: Final = re.compile(r"[\W_]+")
_ALIKE: Final = 0.35
"""Least share of letter pairs for a misspelling: "sedream" and "Seedream 5 Pro" share 0.59."""
_LONGEST: Final = 100
"""Characters of a query that are looked at."""

# scores
_EXACT: Final = 6.0
_BEGINS: Final = 5.0
_WORD_BEGINS: Final = 4.0
_WORDS_BEGIN: Final = 3.0
_INSIDE: Final = 2.0
_IN_ID: Final = 1.5


@dataclass(frozen=True, slots=True)
class _Entry:
    model: Model
    name: str
    words: tuple[str, ...]
    packed: str
    key: str
    exact: frozenset[str]
    pairs: frozenset[str]
    rank: tuple[int, str, str]


class Index:
    """Models prepared for searching."""

    def __init__(self, models: Iterable[Model]) -> None:
        self._entries = sorted(map(_entry, models), key=lambda entry: entry.rank)

    def only(self, wanted: Callable[[Model], bool]) -> "Index":
        """An index of some of these models. Much cheaper than one made anew."""
        part = Index(())
        part._entries = [entry for entry in self._entries if wanted(entry.model)]
        return part

    def search(self, text: str, limit: int | None = None, *, misspelled: bool = True) -> list[Model]:
        """The models that fit, best first: by how well they fit, then own before featured before others.

        misspelled: where none fits, those that are spelled alike.
        """
        query = plain(text[:_LONGEST])
        if not query:
            return [entry.model for entry in self._entries[:limit]]
        found = _best([(_score(entry, query), entry) for entry in self._entries], limit)
        return found if found or not misspelled else _best(_alike(self._entries, query), limit)


def looks_like_id(text: str) -> bool:
    """Scenario's ids: a model that no listing shows may still be there to run."""
    return text.startswith((MODEL_ID, WORKFLOW_ID, HELP_ID)) and not any(mark.isspace() for mark in text)


def plain(text: str) -> str:
    """Lower case, letters and digits only, single spaces, so that "Flux.1_dev" is "flux 1 dev"."""
    return _SEPARATORS.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def _best(scored: Sequence[tuple[float, _Entry]], limit: int | None) -> list[Model]:
    fitting = [(score, entry) for score, entry in scored if score > 0]
    fitting.sort(key=lambda pair: -pair[0])  # stable: equal scores keep the order of ranks
    return [entry.model for _, entry in fitting[:limit]]


def _entry(model: Model) -> _Entry:
    name, key = plain(model.name), plain(model.id.removeprefix(MODEL_ID))
    group = 0 if model.privacy == "private" else 1 if model.featured else 2
    return _Entry(
        model=model,
        name=name,
        words=tuple(name.split()),
        packed=name.replace(" ", ""),
        key=key,
        exact=frozenset({name, key, plain(model.id)}),
        pairs=_pairs(name),
        rank=(group, name, model.id),
    )


def _score(entry: _Entry, query: str) -> float:
    if query in entry.exact:
        return _EXACT
    if entry.name.startswith(query):
        return _BEGINS
    if f" {query}" in f" {entry.name}":
        return _WORD_BEGINS
    asked = query.split()
    if all(any(word.startswith(one) for word in entry.words) for one in asked):
        return _WORDS_BEGIN
    if query.replace(" ", "") in entry.packed or all(one in entry.name for one in asked):
        return _INSIDE
    if all(one in entry.key for one in asked):
        return _IN_ID
    return 0.0


def _alike(entries: Sequence[_Entry], query: str) -> list[tuple[float, _Entry]]:
    asked = _pairs(query)
    scored: list[tuple[float, _Entry]] = []
    for entry in entries:
        shared = 2 * len(asked & entry.pairs) / ((len(asked) + len(entry.pairs)) or 1)
        scored.append((shared if shared >= _ALIKE else 0.0, entry))
    return scored


def _pairs(text: str) -> frozenset[str]:
    """The pairs of neighboring letters, with the beginnings and ends of words."""
    padded = f" {text} "
    return frozenset(padded[at : at + 2] for at in range(len(padded) - 1))
