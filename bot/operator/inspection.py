"""What became of a request, for whoever runs the bot: read from the store beside the bot that it serves."""

from typing import TypedDict

from bot.store import look_into


class Told(TypedDict):
    """One generation. Its ids are text: a number so long is rounded by many readers of JSON."""

    generation: str
    interaction: str
    """The command or press that asked for it."""
    fate: str
    card: str
    job_id: str | None
    price: float | None
    """CU, as it was told before the purchase."""
    cu: float | None
    """CU that were charged."""


async def inspect(url: str, interaction_id: str) -> list[Told]:
    """What became of that interaction; nothing if it made no generation. Raises StoreError."""
    async with look_into(url) as store:
        found = await store.get(interaction_id)
    if found is None:
        return []
    return [
        Told(
            generation=found.id,
            interaction=found.id,
            fate=found.fate.value,
            card=found.card.value,
            job_id=found.job_id,
            price=found.price,
            cu=found.cu,
        )
    ]
