"""Rows of what goes on, as they stand: a process that nobody writes beside reads none of them twice.

It follows the writes in the order in which they were committed, so it says what a query would say. A row is
in it until its fate is final and its card shows that: few, however long the table.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from bot.generation.card import CARD_FIELDS, Card, CardState
from bot.generation.model import FATE_FIELDS, Generation
from bot.generation.ports import Move
from bot.scenario.api.loose import sound
from bot.store.rows import differing

_ENDED: Final = frozenset({CardState.SETTLED, CardState.KEPT})


class Known:
    """What goes on, by its ids."""

    def __init__(self, *, alone: bool) -> None:
        """alone: whether nobody else writes. Else nothing is ever known, and everything is read."""
        self._alone = alone
        self._jobs: dict[str, Generation] = {}
        self._cards: dict[str, list[str]] = {}
        """The jobs that are known of each card."""
        self.changes = 0
        """How many writes it has followed."""

    def get(self, generation_id: str) -> Generation | None:
        """None where it is not known, which says nothing of whether there is one."""
        return self._jobs.get(generation_id)

    def holds(self, moves: Iterable[Move]) -> bool:
        """Whether all of these are known."""
        return all(after.id in self._jobs for _, after in moves)

    def on_card(self, card_id: str) -> list[Generation] | None:
        """All jobs of this card, in the order of their numbers; None where not all are known."""
        jobs = [self._jobs[id_] for id_ in self._cards.get(card_id, ())]
        if not jobs:
            return None
        if len(jobs) == 1 and jobs[0].membership is None:
            return jobs
        place = jobs[0].membership
        if len(jobs) != (1 if place is None else place.size):
            return None
        return sorted(jobs, key=_number)

    def group(self, group_id: str) -> list[Generation] | None:
        """The jobs of this request, in the same way."""
        first = self._jobs.get(group_id)
        if first is None or first.on_card is None or first.membership is None:
            return None
        if first.membership.group_id != group_id:
            return None
        return self.on_card(first.on_card.id)

    def put(self, jobs: Sequence[Generation]) -> None:
        """They were written, or read, as they stand in the order of the writes."""
        if not self._alone:
            return
        for job in jobs:
            self._jobs[job.id] = job
            if job.on_card is not None:
                ids = self._cards.setdefault(job.on_card.id, [])
                if job.id not in ids:
                    ids.append(job.id)
        for job in jobs:
            self._let_go(job)

    def add(self, jobs: Sequence[Generation]) -> None:
        """New jobs of a request that is known. They stand on its card as that is by now, whatever it was when
        they were made; where it is not known, neither are they."""
        for job in jobs:
            ids = () if job.on_card is None else self._cards.get(job.on_card.id, ())
            if ids:
                self.put([replace(job, on_card=self._jobs[ids[0]].on_card)])

    def put_read(self, jobs: Sequence[Generation], since: int) -> None:
        """They were read, when `changes` was `since`: what was written later is not overwritten."""
        if since == self.changes:
            self.put([job for job in jobs if job.id not in self._jobs])

    def follow(self, moves: Sequence[Move]) -> Generation | None:
        """These moves were written: the first one's row as it stands now; None where it is not known."""
        self.changes += 1
        for before, after in moves:
            row = self._jobs.get(after.id)
            names = differing(before, after, FATE_FIELDS)
            if row is not None and names:
                changed: dict[str, Any] = {name: _stored(getattr(after, name)) for name in names}
                self._jobs[after.id] = replace(row, revision=row.revision + 1, **changed)
        before, after = moves[0]
        if before.on_card is not None and after.on_card is not None:
            self._move_card(before.on_card, after.on_card)
        standing = self._jobs.get(after.id)
        for _, one in moves:
            if (row := self._jobs.get(one.id)) is not None:
                self._let_go(row)
        return standing

    def follow_card(self, before: Card, after: Card) -> None:
        """This move of a card was written."""
        self.changes += 1
        self._move_card(before, after)
        for id_ in self._cards.get(after.id, ())[:1]:
            self._let_go(self._jobs[id_])

    def erase_tokens(self, now: datetime) -> None:
        """Tokens that expired before `now` were erased."""
        self.changes += 1
        for card_id, ids in self._cards.items():
            card = self._jobs[ids[0]].card
            if card.token is not None and card.token_expires_at is not None and card.token_expires_at < now:
                self._change_card(card_id, lambda card: replace(card, token=None))

    def forget(self, moves: Iterable[Move]) -> None:
        """These do not stand as they were believed to: they are read again."""
        for _, after in moves:
            row = self._jobs.get(after.id)
            if row is not None:
                self._drop([row.id] if row.on_card is None else self._cards[row.on_card.id])

    def forget_card(self, card_id: str) -> None:
        """The same of this card."""
        self._drop(self._cards.get(card_id, ()))

    def _move_card(self, before: Card, after: Card) -> None:
        names = differing(before, after, CARD_FIELDS)
        if names:
            changed: dict[str, Any] = {name: getattr(after, name) for name in names}

            def move(card: Card) -> Card:
                shown = max(card.shown_revision, after.shown_revision)  # never backwards, as in the table
                return replace(card, **{**changed, "shown_revision": shown})

            self._change_card(after.id, move)

    def _change_card(self, card_id: str, change: Callable[[Card], Card]) -> None:
        ids = self._cards.get(card_id, ())
        if ids:
            card = change(self._jobs[ids[0]].card)
            for id_ in ids:
                self._jobs[id_] = replace(self._jobs[id_], on_card=card)

    def _let_go(self, job: Generation) -> None:
        """Know nothing of it any more, if it is over: a card goes as a whole."""
        ids = [job.id] if job.on_card is None else self._cards.get(job.on_card.id, [])
        jobs = [self._jobs[id_] for id_ in ids if id_ in self._jobs]
        if jobs and all(one.fate.final and (one.card_state in _ENDED or not one.on_card) for one in jobs):
            self._drop(ids)

    def _drop(self, ids: Iterable[str]) -> None:
        for id_ in list(ids):
            row = self._jobs.pop(id_, None)
            if row is not None and row.on_card is not None:
                self._cards.pop(row.on_card.id, None)


def as_stored(job: Generation) -> Generation:
    """As it will be read again: no database keeps every word of a model's name."""
    name = sound(job.model_name)
    return job if name == job.model_name else replace(job, model_name=name)


def _stored(value: object) -> object:
    return sound(value) if type(value) is str else value


def _number(job: Generation) -> int:
    return 1 if job.membership is None else job.membership.number
