"""Which results a card shows, in its order, and one of them as the start of something else."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.actions.actions import Place
from bot.actions.planning import KINDS, words_of
from bot.cards.results import medium_of_asset, rank
from bot.generation.group import jobs_of
from bot.generation.model import Generation
from bot.generation.ports import Studio
from bot.refusals import Lacking, NoPicture, NoSuchResult, WhichResult
from bot.request.ask import InputFile
from bot.scenario.api.errors import ScenarioError
from bot.vocabulary import Medium

log = logging.getLogger(__name__)

PATIENCE: Final = 1.0
"""Seconds that Scenario may take of the three in which Discord wants its answer."""


@dataclass(frozen=True, slots=True)
class Made:
    """One result that something can be made of."""

    asset_id: str
    medium: Medium


class Results:
    """Reads what became of a generation's outputs."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    async def of(self, generation: Generation) -> Sequence[Made]:
        """The results of the card's main medium, in the order in which they are seen and counted there.

        What is gone at Scenario is on no card and counts for none. Where Scenario does not say in a moment,
        all that was made counts, in the order in which it was.
        """
        ids = [output.asset_id for output in generation.outputs if output.asset_id is not None]
        made = [Made(one, generation.medium) for one in ids]
        if ids:
            try:
                async with asyncio.timeout(PATIENCE):
                    made = await self._read(generation)
            except (ScenarioError, TimeoutError) as error:
                log.info("results are taken as they are on record: %s", type(error).__name__)
        return [one for one in made if one.medium is made[0].medium]

    async def _read(self, generation: Generation) -> list[Made]:
        """As `cards.fetching` orders them: job by job, and then what was asked for first."""
        asked, found = generation.medium, list[Made]()
        for job in jobs_of(generation):
            ids = [output.asset_id for output in job.outputs if output.asset_id is not None]
            assets = await self._studio.assets(ids) if ids else ()
            made = [Made(asset.id, medium_of_asset(asset) or asked) for asset in assets]
            found += sorted(made, key=lambda one: rank(one.medium, asked))
        return sorted(found, key=lambda one: rank(one.medium, asked))


def as_file(generation: Generation, made: Sequence[Made], number: int | None, role: str) -> InputFile:
    """The result of that number. Raises NoPicture where there is none at all, WhichResult, NoSuchResult."""
    if not made:
        raise NoPicture(Lacking.NOTHING if generation.fate.final else Lacking.NOT_YET)
    if number is None and len(made) > 1:
        raise WhichResult(generation.card.id, len(made))
    if number is not None and not 1 <= number <= len(made):
        raise NoSuchResult(number, len(made))
    one = made[(number or 1) - 1]
    place = Place(generation.card.id, number if len(made) > 1 else None)
    return InputFile(
        role=role,
        filename=str(place),
        asset_id=one.asset_id,
        content_type=f"{KINDS.get(one.medium, one.medium.value)}/*",
        spoiler=generation.spoiler,
        subject=words_of(generation),
    )
