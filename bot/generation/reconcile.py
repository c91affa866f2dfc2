"""Finding the job that a silent POST may have bought."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from bot.generation import learn
from bot.generation.model import Generation
from bot.generation.ports import Store, Studio
from bot.scenario.api.records import Job

MARGIN: Final = timedelta(minutes=10)
"""How far before the submission jobs are looked at: clocks differ, and what is left out counts as absent."""


async def find_job(store: Store, studio: Studio, generation: Generation) -> tuple[Job | None, bool]:
    """The oldest job with our inputs that no generation holds; and whether finding none would be a proof.

    It is none while there are jobs of the model, held by nobody, of which the listing does not tell enough.
    Raises what `Studio.jobs` raises.
    """
    since = (generation.submitted_at or generation.created_at) - MARGIN
    others = await _of_other_words(store, generation)
    ours: list[Job] = []
    unclear: list[str] = []
    async for job in studio.jobs(created_after=since):
        match learn.same_request(job, generation):
            case True if learn.says_words_of(job, others, generation):
                pass
            case True:
                ours.append(job)
            case None:
                unclear.append(job.id)
            case False:
                pass
    owned = await store.owned_jobs([*(job.id for job in ours), *unclear])
    free = [job for job in ours if job.id not in owned]
    sure = all(job_id in owned for job_id in unclear)
    return min(free, key=lambda job: job.created_at or since, default=None), sure


async def _of_other_words(store: Store, generation: Generation) -> Sequence[Generation]:
    """The jobs of its request that have other words, and may have the same seed."""
    if generation.membership is None or not generation.permuted:
        return ()
    group = await store.group(generation.membership.group_id)
    return [job for job in group if job.ask.prompt != generation.ask.prompt]
