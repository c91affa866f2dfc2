"""Jobs under a word that we do not know: `aborted` may be an end, `post-processing` is none.

Such a word alone ends nothing, however long it lasts. Other signs are believed once nothing has changed for
a while: results that are there, an error that is set. Without any the place is given back after hours; the
job is watched on, slowly, and what it still makes is shown.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.clock import Clock
from bot.generation.model import Generation
from bot.scenario.api.moderation import moderated
from bot.scenario.api.records import Job, JobState
from bot.vocabulary import Medium
from bot.workflow_gates.gates import open_gate

SIGN: Final = timedelta(seconds=10)
"""How long a job must stand still before an error, or results at 100 %, are taken for its end: one that is
tried again may tell of its first failure for a moment."""
SLOW_READ: Final = 300.0
"""Seconds between two reads of a job that has not moved for hours."""

# Run times on record: pictures, sounds and texts up to 2 minutes, films to 6, meshes 17 to 21, a splat an
# hour. Twice that long a job that names some results may be at work on the others.
_MAKING: Final = {
    Medium.IMAGE: timedelta(minutes=4),
    Medium.AUDIO: timedelta(minutes=4),
    Medium.TEXT: timedelta(minutes=4),
    Medium.VIDEO: timedelta(minutes=12),
    Medium.THREE_D: timedelta(hours=2),
}
# Far more than that: hours. Nothing is lost by it, for what comes later is still shown.
_STUCK: Final = {
    Medium.IMAGE: timedelta(hours=1),
    Medium.AUDIO: timedelta(hours=1),
    Medium.TEXT: timedelta(hours=1),
    Medium.VIDEO: timedelta(hours=2),
    Medium.THREE_D: timedelta(hours=6),
}


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a job looked like, and since when."""

    job: Job
    since: datetime


class Standstill:
    """Remembers how long each such job has not changed. In memory: a new process looks anew, and believes
    Scenario's own word on the last change only where that is hours ago."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: dict[str, _Seen] = {}
        self._let_go: set[str] = set()

    @property
    def let_go(self) -> frozenset[str]:
        """Generations that hold no place any more, though their jobs may not be over."""
        return frozenset(self._let_go)

    def believed(self, generation: Generation, job: Job) -> Job:
        """The job as the signs tell it: at its end, or as it came."""
        if job.state is not JobState.ACTIVE or job.known:
            self.forget(generation.id)
            return job
        still = self._still(generation.id, job)
        usual = _usual(generation, job)
        made = bool(job.asset_ids or job.urls or job.text)
        sure = job.error is not None or job.progress == 1
        if made and still >= (SIGN if sure else _MAKING[usual]):
            return replace(job, state=JobState.SUCCEEDED)
        if job.error is not None and not made and still >= SIGN:
            stopped = moderated(job.error, job.hint)
            return replace(job, state=JobState.FAILED, moderated=stopped, refunded=None)
        told = self._clock.now() - job.updated_at if job.updated_at is not None else still
        if max(still, told) >= _STUCK[usual] and open_gate(job.flow) is None:
            self._let_go.add(generation.id)
        return job

    def release(self, generation_id: str) -> bool:
        """Let go of the place because its member asked to cancel. False for a job whose word is known."""
        if generation_id not in self._seen:
            return False
        self._let_go.add(generation_id)
        return True

    def forget(self, generation_id: str) -> None:
        """It is over, or its word is one that we know."""
        self._seen.pop(generation_id, None)
        self._let_go.discard(generation_id)

    def _still(self, generation_id: str, job: Job) -> timedelta:
        """How long nothing of it has changed, as far as we saw it ourselves."""
        now = self._clock.now()
        seen = self._seen.get(generation_id)
        if seen is None or seen.job != job:
            self._seen[generation_id] = seen = _Seen(job, now)
        return now - seen.since


def _usual(generation: Generation, job: Job) -> Medium:
    """By which medium's times it is measured: a workflow's steps may be anything."""
    return Medium.THREE_D if job.flow else generation.medium
