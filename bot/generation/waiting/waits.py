"""What is told of a wait: the place, and about how long it is until the result.

The estimate is made when the place changes, and stands until then: a card is edited for its place anyway, and
never for the estimate alone.
"""

from bisect import bisect_left
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from bot.generation.model import Generation
from bot.generation.progress import LINE, WAITING, Progress, ProgressBoard
from bot.generation.queue import Pool, Queue, pool_of
from bot.generation.waiting.usual import Usual

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
TOLD: Final = (
    *range(10, _MINUTE, 10),
    *range(_MINUTE, 10 * _MINUTE, _MINUTE),
    *range(10 * _MINUTE, 2 * _HOUR, 5 * _MINUTE),
    *range(2 * _HOUR, 24 * _HOUR, _HOUR),
)
"""Seconds that are told, of two the longer one: nobody knows it better, and beyond that nobody knows."""


class Waits:
    """Foretells from the queue, the lines, and how long jobs usually take."""

    def __init__(self, queue: Queue, usual: Usual, board: ProgressBoard) -> None:
        self._queue = queue
        self._usual = usual
        self._board = board

    async def in_queue(self, generation: Generation) -> Progress:
        """Of one that waits for a free place, as long as it has one."""
        place = self._queue.position(generation)
        told = self._told(generation, WAITING, place)
        if told is not None or place is None:
            return told or Progress(phase=WAITING)
        await self._usual.read({generation.model_id, *self._queue.flying(generation)})
        usual = self._known(generation)
        begins = None if usual is None else self._begins(generation, place, usual)
        about = None if usual is None or begins is None else _about(begins + usual)
        return Progress(phase=WAITING, position=place, about=about)

    async def in_line(self, generation: Generation) -> Progress:
        """Of one that waits in its member's own line."""
        lines, place = self._queue.lines, self._queue.lines.position(generation)
        told = self._told(generation, LINE, place)
        if told is not None or place is None or lines.at_once is None:
            return told or Progress(phase=LINE)
        owner = generation.origin.owner_id
        ahead = [*lines.models(owner)]
        await self._usual.read({generation.model_id, *self._queue.flying(generation), *ahead})
        usual = self._known(generation)
        # those who are through take turns with other members first, as this one will
        last = self._queue.furthest(generation, lines.through(owner))
        turn = None if usual is None else self._begins(generation, last, usual)
        if usual is None or turn is None:
            return Progress(phase=LINE, position=place)
        each = turn + self._mean({model: ahead.count(model) for model in ahead}, usual)
        about = _about(each * place / lines.at_once + turn + usual)
        return Progress(phase=LINE, position=place, about=about)

    async def usual(self, generation: Generation) -> timedelta | None:
        """How long its job will take, as its model's jobs usually do, roughly; None where nobody knows."""
        if pool_of(generation) is Pool.RUNS:
            return None  # it may wait for people
        await self._usual.read({generation.model_id})
        usual = self._known(generation)
        return None if usual is None else _about(usual)

    def _told(self, generation: Generation, phase: str, place: int | None) -> Progress | None:
        """What was foretold of the same place; None where it is another one, or nothing was."""
        before = self._board.get(generation.id)
        if before is None or before.about is None or (before.phase, before.position) != (phase, place):
            return None
        return before

    def _known(self, generation: Generation) -> float | None:
        """Seconds that its job will take; None where nobody knows: a workflow may wait for people."""
        return None if pool_of(generation) is Pool.RUNS else self._usual.of(generation.model_id)

    def _begins(self, generation: Generation, place: int, usual: float) -> float | None:
        """Seconds until whoever has this place begins, if 0 is one that is under way: those that fly end one
        after the other. None where others than we keep the places."""
        flying = self._queue.flying(generation)
        if not place:
            return 0.0
        return place * self._mean(flying, usual) / sum(flying.values()) if flying else None

    def _mean(self, models: Mapping[str, int], otherwise: float) -> float:
        """Seconds that one of these takes. otherwise: … one whose model nothing is known of."""
        took = [(self._usual.of(model) or otherwise, count) for model, count in models.items()]
        counted = sum(count for _, count in took)
        return sum(seconds * count for seconds, count in took) / counted if counted else otherwise


def _about(seconds: float) -> timedelta | None:
    index = bisect_left(TOLD, seconds)
    return timedelta(seconds=TOLD[index]) if index < len(TOLD) else None
