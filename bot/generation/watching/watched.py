"""The jobs that run, as far as anybody has read of them: who was read, who was mentioned, who is due."""

import math
from collections import Counter
from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final

from bot.generation.model import Generation
from bot.scenario.api.records import Job

UNSEEN: Final = timedelta(minutes=1)
"""How long a job may go unmentioned before it is read singly."""
AT_ONCE: Final = 50
"""So many unmentioned jobs are read in one second, and of very many as many as make it half a minute for all:
a listing that is silent on one may be silent on each."""
UNTOLD: Final = 2 * UNSEEN
"""… and so long at the most, with its turn among the others."""


@dataclass(slots=True)
class Running:
    """A job that runs."""

    generation_id: str
    card_id: str | None
    read_at: datetime
    """When it was last read by itself."""
    seen_at: datetime
    """When anything last mentioned it."""
    status: str
    """Scenario's word of then."""


class Watched:
    """All of them, by their ids."""

    def __init__(self) -> None:
        self._jobs: dict[str, Running] = {}
        """The longest unmentioned first."""
        self._due: set[str] = set()
        """Those whose turn it is to be read singly."""

    def __len__(self) -> int:
        return len(self._jobs)

    def __contains__(self, job_id: str) -> bool:
        return job_id in self._jobs

    def get(self, job_id: str) -> Running | None:
        """None for one that nobody here waits for."""
        return self._jobs.get(job_id)

    def read(self, generation: Generation, job: Job, now: datetime) -> None:
        """It was read by itself, and runs."""
        self.forget(job.id)
        card_id = None if generation.on_card is None else generation.on_card.id
        self._jobs[job.id] = Running(generation.id, card_id, read_at=now, seen_at=now, status=job.status)

    def mention(self, job: Job, now: datetime) -> Running | None:
        """Something says how far it is. None for one that nobody here waits for."""
        one = self._jobs.pop(job.id, None)
        if one is not None:
            one.seen_at, one.status = now, job.status
            self._jobs[job.id] = one
            self._due.discard(job.id)
        return one

    def forget(self, job_id: str) -> None:
        """Nobody waits for this one any more."""
        self._jobs.pop(job_id, None)
        self._due.discard(job_id)

    def clear(self) -> None:
        """Nothing that was read counts any more."""
        self._jobs.clear()
        self._due.clear()

    def generations(self) -> list[str]:
        """The ids of what they are for."""
        return [one.generation_id for one in self._jobs.values()]

    def is_left_to_pages(self, job_id: str, since: datetime, now: datetime) -> bool:
        """Whether it was read by itself since then, and nobody needs to read it now."""
        one = self._jobs.get(job_id)
        if one is None or job_id in self._due:
            return False
        return one.read_at >= since and now - one.seen_at < UNTOLD

    def fall_due(self, now: datetime, within: float, *, but: Container[str]) -> dict[str, float]:
        """The ids of the generations whose jobs are to be read singly, as nothing mentioned them for so long,
        and in how many seconds each: spread over `within`. Each is told once. but: jobs that are over."""
        most = max(AT_ONCE, math.ceil(2 * len(self._jobs) * within / UNSEEN.total_seconds()))
        unseen = takewhile(lambda item: now - item[1].seen_at >= UNSEEN, self._jobs.items())
        turns = [id_ for id_, _ in unseen if id_ not in but and id_ not in self._due][:most]
        self._due.update(turns)
        return {self._jobs[id_].generation_id: within * place / most for place, id_ in enumerate(turns)}

    def statuses(self, *, but: Container[str]) -> Counter[str]:
        """How many say what, as far as is known. but: jobs that are over."""
        return Counter(one.status for id_, one in self._jobs.items() if id_ not in but)
