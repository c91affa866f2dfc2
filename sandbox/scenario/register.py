"""All paid jobs, kept so that what a list shows and what an account used are found without looking at each.

A job's state is read off the clock. When it changes next is known, so that only those whose moment has come
are looked at again; they stand by their status, in the order in which they changed. A run of a workflow goes
on when somebody acts: there are few of them, and each is looked at every time.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from itertools import count

from sandbox.scenario.jobs import TERMINAL, Job
from sandbox.scenario.values import amount


class Register:
    """Jobs by their ids, by their creation and by their last change."""

    def __init__(self) -> None:
        self._all: dict[str, Job] = {}
        self._runs: dict[str, Job] = {}
        self._standing: dict[str, dict[str, Job]] = {}
        """Status → the jobs in it, by their last change, without runs."""
        self._status: dict[str, str] = {}
        self._updated: dict[str, float] = {}
        """When each of those in them last changed."""
        self._moved = False
        """Whether the steps of a job's progress may have moved, so that it changed sooner than others."""
        self._moments: list[tuple[float, int, Job]] = []
        self._numbers = count()
        self._charged = 0.0
        """What the jobs cost that are no runs, without what was given back."""

    def add(self, job: Job) -> None:
        """Keep a job that was paid for just now."""
        self._all[job.id] = job
        if job.flow is not None:
            self._runs[job.id] = job
            return
        self._charged += job.price.total
        self._expect(job, job.created)

    def moved(self, job: Job) -> None:
        """Its future is another one now."""
        if job.id in self._status:
            self._expect(job, job.created)
            self._moved = True

    def find(self, job_id: str) -> Job | None:
        return self._all.get(job_id)

    def __iter__(self) -> Iterator[Job]:
        """Oldest first."""
        return iter(self._all.values())

    def newest(self) -> Iterator[Job]:
        """Newest first."""
        return reversed(self._all.values())

    def changed(self, now: float, status: str | None = None) -> Iterable[Job]:
        """Those of one status, or all, the last changed first."""
        self._catch_up(now)
        standing = reversed(self._standing.get(status, {}).values()) if status is not None else None
        runs = [job for job in self._runs.values() if status is None or job.status(now) == status]
        if standing is not None and not runs:
            return standing
        jobs = [*runs, *(standing if standing is not None else self._plain())]
        return sorted(jobs, key=lambda job: job.updated(now), reverse=True)

    def active(self, kind: str, now: float) -> int:
        """How many of this kind, `custom` or `workflow`, are not over."""
        self._catch_up(now)
        if kind == "workflow":
            return sum(job.active(now) for job in self._runs.values())
        return sum(len(jobs) for status, jobs in self._standing.items() if status not in TERMINAL)

    def spent(self, now: float) -> float:
        """CU, without what was given back."""
        self._catch_up(now)
        runs = sum(job.price.total for job in self._runs.values() if not job.refunded(now))
        return amount(self._charged + runs)

    def _plain(self) -> Iterator[Job]:
        return (job for jobs in self._standing.values() for job in jobs.values())

    def _expect(self, job: Job, at: float) -> None:
        heapq.heappush(self._moments, (at, next(self._numbers), job))

    def _catch_up(self, now: float) -> None:
        """Look at those whose moment has come, and bring them to where they stand now."""
        due: dict[str, Job] = {}
        while self._moments and self._moments[0][0] <= now:
            job = heapq.heappop(self._moments)[2]
            due[job.id] = job
        for job in sorted(due.values(), key=lambda job: job.updated(now)):
            self._stand(job, now)
        if self._moved:
            self._moved = False
            for status, jobs in self._standing.items():
                in_order = sorted(jobs.values(), key=lambda job: self._updated[job.id])
                self._standing[status] = {job.id: job for job in in_order}

    def _stand(self, job: Job, now: float) -> None:
        status, before = job.status(now), self._status.get(job.id)
        if before in TERMINAL:
            return
        updated = job.updated(now)
        if before != status or self._updated[job.id] != updated:  # else it keeps its place
            if before is not None:
                del self._standing[before][job.id]
            self._status[job.id], self._updated[job.id] = status, updated
            self._standing.setdefault(status, {})[job.id] = job
        if job.refunded(now):
            self._charged -= job.price.total
        following = job.changes(now)
        if following is not None:
            self._expect(job, following)
