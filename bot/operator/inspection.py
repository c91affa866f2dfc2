"""What became of a request, for whoever runs the bot: read from the store beside the bot that it serves."""

from typing import TypedDict

from bot.generation.group import jobs_of
from bot.generation.model import Generation
from bot.store import look_into


class Told(TypedDict):
    """One generation. Its ids are text: a number so long is rounded by many readers of JSON."""

    generation: str
    interaction: str
    """The command or press that asked for it."""
    fate: str
    card: str | None
    """None for a job that nobody is shown."""
    job_id: str | None
    price: float | None
    """CU, as it was told before the purchase."""
    cu: float | None
    """CU that were charged."""


async def inspect(url: str, interaction_id: str) -> list[Told]:
    """What became of that interaction, job by job; nothing if it made no generation. Raises StoreError."""
    async with look_into(url) as store:
        shown = await store.shown(interaction_id) or await store.get(interaction_id)
    return [] if shown is None else [_told(job) for job in jobs_of(shown)]


def _told(job: Generation) -> Told:
    return Told(
        generation=job.id,
        interaction=job.origin.interaction_id,
        fate=job.fate.value,
        card=job.card_state.value if job.card_state is not None else None,
        job_id=job.job_id,
        price=job.price,
        cu=job.cu,
    )
