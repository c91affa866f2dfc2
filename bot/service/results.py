"""Which results a card shows, in its order, and one of them as the start of something else."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.actions.actions import Place
from bot.actions.planning import KINDS, words_of
from bot.cards.results import medium_of_asset, rank
from bot.generation.group import first_numbers, jobs_of
from bot.generation.model import Generation
from bot.generation.ports import Studio
from bot.refusals import Lacking, NoPicture, NoSuchResult, ScenarioSilent, WhichResult
from bot.request.ask import InputFile
from bot.request.roles import seed_in
from bot.scenario.api.errors import ScenarioError
from bot.scenario.api.records import Asset
from bot.vocabulary import Medium

log = logging.getLogger(__name__)

PATIENCE: Final = 1.0
"""Seconds that Scenario may take of the three in which Discord wants its answer."""
_FRAMES: Final = frozenset({"first_frame"})
"""Roles in which a film stands for its last picture: what begins with it goes on from there."""


@dataclass(frozen=True, slots=True)
class Made:
    """One result that something can be made of."""

    asset_id: str
    medium: Medium
    number: int
    """From 1: as it is counted on the card, or on its sheet."""
    words: str
    """That asked for it."""
    last_frame: str | None = None
    """Of a film: the asset that its last picture is, where Scenario names one."""
    seed: int | None = None
    """That makes this very result, where that is known."""
    duration: float | None = None
    """Seconds, of what plays, where Scenario says."""


class Results:
    """Reads what became of a generation's outputs."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    async def of(self, generation: Generation) -> Sequence[Made]:
        """The results of the card's main medium, in the order in which they are seen and counted there.

        What is gone at Scenario is on no card and counts for none. Where Scenario does not say in a moment
        what is there, a picture that is the only result is meant all the same; of several nobody knows which
        one a number means, nor of a film its last picture: raises ScenarioSilent.
        """
        wanted = [one for job in jobs_of(generation) for one in _ids(job)]
        told: Mapping[str, Asset] | None = None
        try:
            async with asyncio.timeout(PATIENCE):
                told = {one.id: one for one in (await self._studio.assets(wanted) if wanted else ())}
        except (ScenarioError, TimeoutError) as error:
            if len(wanted) > 1 or generation.medium is not Medium.IMAGE:
                raise ScenarioSilent from error
            log.info("the result is taken as it is on record: %s", type(error).__name__)
        made = _counted(generation, told)
        if generation.permuted:
            return made
        main = [one for one in made if one.medium is made[0].medium]
        return [replace(one, number=number) for number, one in enumerate(main, start=1)]


def _ids(job: Generation) -> list[str]:
    return [output.asset_id for output in job.outputs if output.asset_id is not None]


def _counted(generation: Generation, assets: Mapping[str, Asset] | None) -> list[Made]:
    """As the card orders them: job by job, what was asked for first; each with its place on a sheet.

    assets: those that are there; None where nobody said.
    """
    first, asked, found = first_numbers(generation), generation.medium, list[Made]()
    for job in jobs_of(generation):
        there = [one for one in _ids(job) if assets is None or one in assets]
        told = {one: None if assets is None else assets[one] for one in there}
        media = {id_: (one and medium_of_asset(one)) or asked for id_, one in told.items()}
        ordered = sorted(there, key=lambda id_, media=media: rank(media[id_], asked))
        words = words_of(job)
        for number, id_ in enumerate(ordered, start=first[job.id]):
            asset = told[id_]
            last, lasts = (asset.last_frame, asset.duration) if asset else (None, None)
            found.append(Made(id_, media[id_], number, words, last, _seed(job, asset), lasts))
    return sorted(found, key=lambda one: rank(one.medium, asked))


def _seed(job: Generation, asset: Asset | None) -> int | None:
    """Scenario's word for this very result; else the one that was sent, if it was sent for this result alone:
    of several each has one of its own."""
    if asset is not None and asset.seed is not None and asset.seed.isdecimal():
        return int(asset.seed)
    return seed_in(job.inputs or {}) if len(_ids(job)) == 1 else None


def meant(generation: Generation, made: Sequence[Made], number: int | None) -> Made:
    """The result of that number. Raises NoPicture where there is none at all, WhichResult, NoSuchResult."""
    if not made:
        raise NoPicture(Lacking.NOTHING if generation.fate.final else Lacking.NOT_YET)
    numbers = tuple(one.number for one in made)
    if number is None and len(made) > 1:
        raise WhichResult(generation.card.id, numbers)
    one = made[0] if number is None else next((one for one in made if one.number == number), None)
    if one is None:
        raise NoSuchResult(number or 0, len(made))
    return one


def place_of(generation: Generation, made: Sequence[Made], one: Made) -> Place:
    """Where this one of them stands: a number is named where there are several."""
    return Place(generation.card.id, one.number if len(made) > 1 else None)


def as_file(generation: Generation, made: Sequence[Made], number: int | None, role: str) -> InputFile:
    """The same as a file; of a film that another one is to begin with, its last picture."""
    one = meant(generation, made, number)
    place = place_of(generation, made, one)
    asset_id, medium = one.asset_id, one.medium
    if role in _FRAMES and medium is Medium.VIDEO:
        if one.last_frame is None:
            raise NoPicture(Lacking.LAST_FRAME)
        asset_id, medium = one.last_frame, Medium.IMAGE
    return InputFile(
        role=role,
        filename=str(place),
        asset_id=asset_id,
        content_type=f"{KINDS.get(medium, medium.value)}/*",
        spoiler=generation.spoiler,
        subject=one.words,
    )
