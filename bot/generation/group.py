"""A request that became several jobs: one price, one yes, one card, one Cancel.

Its jobs are generations like any other and differ in their seed, or in their prompt where the member's words
stand for several. Until they are bought they move together; from then on each goes its own way, and only the
card sees them as one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Final

from bot.generation.failures import FailureKind
from bot.generation.model import Fate, Generation, Membership, key_of
from bot.generation.progress import Progress, ProgressBoard
from bot.pricing.charges import RISE
from bot.request.ask import as_typed
from bot.request.prepare import Part

_UNDER_WAY: Final = (Fate.RUNNING, Fate.UNCERTAIN, Fate.SUBMITTING, Fate.REQUESTED)
"""The fate that a card names, of several: the one that is furthest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Generation):
    """Several jobs as their card shows them: one generation, whose facts are the sums of theirs."""

    jobs: tuple[Generation, ...]
    """In the order of their numbers."""

    @property
    def bought(self) -> bool:
        """Whether CU were, or may have been, spent for any of them."""
        return any(job.bought for job in self.jobs)

    @property
    def group_price(self) -> float | None:
        """It is the whole request."""
        return self.price

    def carded(self, **changes: Any) -> "Group":
        """The same, with these changes to the card that all of them stand on."""
        card = replace(self.card, **changes)
        return replace(self, on_card=card, jobs=tuple(replace(job, on_card=card) for job in self.jobs))

    @property
    def permuted(self) -> bool:
        return any(job.permuted for job in self.jobs)

    @property
    def done(self) -> int:
        """How many of them have a result."""
        return sum(job.fate is Fate.SUCCEEDED for job in self.jobs)


def divided(first: Generation, others: Sequence[Part]) -> list[Generation]:
    """The generations of a request: its first one, and one for each of its other jobs."""
    if not others:
        return [first]
    key, size = first.origin.interaction_id, 1 + len(others)
    jobs = [replace(first, membership=Membership(group_id=key, number=1, size=size))]
    for number, other in enumerate(others, start=2):
        place = Membership(group_id=key, number=number, size=size)
        job = replace(first, id=key_of(key, number), membership=place, ask=other.ask, inputs=other.inputs)
        jobs.append(job)
    return jobs


def jobs_of(shown: Generation) -> tuple[Generation, ...]:
    """The generations that a card shows."""
    return shown.jobs if isinstance(shown, Group) else (shown,)


def first_numbers(shown: Generation) -> dict[str, int]:
    """The number that the first picture of each of its jobs has on a sheet, from 1, by the job's id. What
    came to nothing keeps its numbers: nobody's picture has another one later."""
    found: dict[str, int] = {}
    number = 1
    for job in jobs_of(shown):
        found[job.id] = number
        number += max(len(job.outputs), job.ask.count or 1)
    return found


def gather(jobs: Sequence[Generation]) -> Generation:
    """What one card shows of these, which are one request: itself, or a Group.

    jobs: at least one, in the order of their numbers.
    """
    if len(jobs) == 1:
        return jobs[0]
    asking = [job for job in jobs if _asks(job)]
    fate = Fate.REQUESTED if asking else _fate_of(jobs)
    made = [job for job in jobs if job.fate is Fate.SUCCEEDED]
    failed = sorted((job for job in jobs if job.failure is not None), key=_gravity)
    lead = asking[0] if asking else next(job for job in jobs if job.fate is fate)
    charged = [job for job in jobs if job.cu is not None]
    kept = [job for job in charged if not job.refunded]
    untold = any(job.bought and job.cu is None for job in jobs)
    values = {field.name: getattr(lead, field.name) for field in fields(Generation)}
    values |= {
        "id": jobs[0].card.id,
        "ask": replace(as_typed(jobs[0].ask), count=_count(jobs)),
        "inputs": jobs[0].inputs,
        "fate": fate,
        "revision": sum(job.revision for job in jobs),
        "submitted_at": _first(job.submitted_at for job in jobs),
        "finished_at": max((job.finished_at for job in jobs if job.finished_at), default=None),
        "job_id": next((job.job_id for job in jobs if job.job_id is not None), None),
        "price": _sum(job.price for job in asking or jobs),
        "agreed": _sum(job.agreed if job.agreed is not None else job.price for job in asking or jobs),
        "cu": None if untold else _sum(job.cu for job in kept or jobs),
        "refunded": _refunded(lead, charged),
        "outputs": tuple(output for job in made for output in job.outputs),
        "failure": failed[0].failure if failed and not made and fate.final else None,
    }
    return Group(**values, jobs=tuple(jobs))


def _count(jobs: Sequence[Generation]) -> int:
    """How many pictures were asked for, of each prompt."""
    return sum(job.ask.count or 1 for job in jobs) // len({job.ask.prompt for job in jobs})


def _fate_of(jobs: Sequence[Generation]) -> Fate:
    """Of jobs under way that of the furthest; of jobs that are over the best that came of them."""
    order = (*_UNDER_WAY, Fate.SUCCEEDED, Fate.FAILED, Fate.CANCELED)
    fates = {job.fate for job in jobs}
    return next(fate for fate in order if fate in fates)


def _asks(job: Generation) -> bool:
    """Whether somebody was asked for a yes to its price and has not answered."""
    return job.fate is Fate.REQUESTED and job.asked_at is not None and job.confirmed_by is None


def overcharge(shown: Generation) -> tuple[float, float] | None:
    """CU that were foretold, and CU that were charged, if that is more than a tenth above. Jobs of which one
    of the two is not known, or whose charge came back, say nothing."""
    known = [
        (job.price, job.cu)
        for job in jobs_of(shown)
        if job.price is not None and job.cu is not None and not job.refunded
    ]
    foretold, charged = sum(price for price, _ in known), sum(cu for _, cu in known)
    return (foretold, charged) if charged > foretold * RISE else None


def progress_of(shown: Generation, board: ProgressBoard) -> Progress | None:
    """How far what a card shows is. Once a picture of several stands there, the pictures tell that."""
    if not isinstance(shown, Group):
        return board.get(shown.id)
    told = [(job, board.get(job.id)) for job in shown.jobs]
    lead = next((progress for job, progress in told if job.fate is shown.fate and progress), None)
    if lead is None or shown.done:
        return None if lead is None else replace(lead, fraction=None)
    parts = [1.0 if job.fate.final else (progress and progress.fraction) or 0.0 for job, progress in told]
    longest = max((progress.about for _, progress in told if progress and progress.about), default=None)
    return replace(lead, fraction=sum(parts) / len(parts), about=lead.about and longest)


def _refunded(lead: Generation, charged: Sequence[Generation]) -> bool | None:
    """Of what `cu` sums: whether it came back."""
    kept = [job.refunded for job in charged if not job.refunded]
    if not kept:
        return lead.refunded if not charged else True
    return None if None in kept else False


def _gravity(job: Generation) -> tuple[bool, bool]:
    """Of several failures first what may have been charged, then what was bought."""
    assert job.failure is not None
    return job.failure.kind is not FailureKind.MAYBE_CHARGED, not job.bought


def _first(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _sum(amounts: Iterable[float | None]) -> float | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None
