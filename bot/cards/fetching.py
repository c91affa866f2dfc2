"""Results on their way from Scenario to a folder: with patience, and no more of them than a card can use."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from bot.cards.films import is_played
from bot.cards.ports import Result
from bot.cards.results import in_order, medium_of_asset, medium_of_result, mime_of_result, rank
from bot.clock import Clock
from bot.generation.model import Generation, Output
from bot.generation.ports import Delayed, Studio
from bot.scenario.api.errors import FileTooBig, LinkRefused, NotFound, ScenarioError, Unavailable
from bot.scenario.api.pages import is_page
from bot.scenario.api.records import Asset, File
from bot.scenario.api.sniff import kind_of
from bot.vocabulary import Medium

log = logging.getLogger(__name__)

FETCH_CAP: Final = 256 * 1024 * 1024
"""Bytes of the largest picture that is fetched at all: a picture can be made smaller, nothing else can."""
STILL_CAP: Final = 32 * 1024 * 1024
"""Bytes of a picture that stands for a result."""
MOST_FETCHED: Final = 16
"""Files of one generation that are fetched. A message holds ten, of which some may not fit."""
FETCH_PATIENCE: Final = timedelta(minutes=30)
"""How long after its end a generation's files are tried before the card says that they cannot be had."""
GATE_PATIENCE: Final = timedelta(minutes=1)
"""The same for the pictures at a workflow's gate: somebody waits to answer, and can without them."""
TOLD_AFTER: Final = timedelta(minutes=1)
"""From then on the card says that a file cannot be had, and offers Original, while it is still tried."""
_STILLS_TRIED: Final = 3

Link = tuple[Asset | None, str]


class Fetching:
    """Fetches what was made, and remembers since when it has been trying."""

    def __init__(self, studio: Studio, clock: Clock) -> None:
        self._studio = studio
        self._clock = clock
        # by what is fetched too: a gate's pictures must not use up the patience with the results
        self._since: dict[tuple[str, tuple[Output, ...]], datetime] = {}

    def is_late(self, generation: Generation) -> bool:
        """Whether whoever waits should be told by now that a file cannot be had."""
        since = self._since.get((generation.id, generation.outputs))
        return since is not None and self._clock.now() - since >= TOLD_AFTER

    def forget(self, generation_id: str) -> None:
        """The card is over, or it was one try."""
        for key in [key for key in self._since if key[0] == generation_id]:
            del self._since[key]

    async def fetch(
        self, generation: Generation, folder: Path, *, patience: timedelta = FETCH_PATIENCE
    ) -> list[Result]:
        """All results, the main ones first. Raises Delayed while more may still come; returns what there is,
        even nothing, once patience is over. A file that can never come keeps no other one back.

        folder: other generations may have their files in it too."""
        results = [Result(text=output.text) for output in generation.outputs if output.text is not None]
        trouble: ScenarioError | None = None
        links: Sequence[Link] = []
        try:
            links = await self._links(generation)
        except ScenarioError as error:
            trouble = error
        for number, (asset, url) in enumerate(_in_order(links, generation.medium)):
            if number >= MOST_FETCHED:
                results.append(Result(asset=asset))
                continue
            try:
                into = folder / f"{generation.id}-{number}"
                results.append(await self._result(generation, asset, url, into))
            except LinkRefused as error:
                log.warning("a result is left out: %s", error)
            except ScenarioError as error:
                trouble = error
        if trouble is not None:
            self._wait_or_give_up(generation, trouble, len(results), patience)
        else:
            self._since.pop((generation.id, generation.outputs), None)  # the patience is for one trouble
        ordered = in_order(results, generation.medium)
        return await self._with_stills(ordered, folder / f"{generation.id}-still")

    def _wait_or_give_up(
        self, generation: Generation, trouble: ScenarioError, fetched: int, patience: timedelta
    ) -> None:
        now = self._clock.now()
        if now - self._since.setdefault((generation.id, generation.outputs), now) < patience:
            raise Delayed(f"a result could not be fetched: {trouble}") from trouble
        log.error("results are given up: %d of %d fetched", fetched, len(generation.outputs))

    async def _result(self, generation: Generation, asset: Asset | None, url: str, into: Path) -> Result:
        """One result; without its file where that is larger than could be used."""
        medium = medium_of_asset(asset)
        if medium is Medium.TEXT and asset is not None and asset.text is not None:
            return Result(asset=asset, text=asset.text)
        reducible = asset is None or medium in {None, Medium.IMAGE}
        cap = FETCH_CAP if reducible else min(FETCH_CAP, generation.card.attachment_limit)
        try:
            file = await self._studio.fetch(url, into, cap=cap)
        except FileTooBig as error:
            log.info("a result is not fetched: %s", error)
            return Result(asset=asset)
        if _is_page(file, asset, generation.medium):
            raise Unavailable(f"a page ({file.mime_type}) came in its place")
        result = Result(file=file, asset=asset)
        if medium_of_result(result) is not Medium.VIDEO:
            return result
        played = await asyncio.to_thread(is_played, file.path, mime_of_result(result))
        return replace(result, unplayed=not played)

    # -- pictures that stand for what cannot be seen --------------------------------------------------

    async def _with_stills(self, results: list[Result], into: Path) -> list[Result]:
        pictured = any(
            result.file is not None and medium_of_result(result) is Medium.IMAGE for result in results
        )
        return [
            replace(result, still=await self._still(result.asset, into.with_name(f"{into.name}-{number}")))
            if result.asset is not None and _wants_still(result, pictured=pictured)
            else result
            for number, result in enumerate(results)
        ]

    async def _still(self, asset: Asset, into: Path) -> File | None:
        """The best of the asset's stills that can be had. Only a comfort: it delays nothing."""
        for url in asset.stills[:_STILLS_TRIED]:
            try:
                file = await self._studio.fetch(url, into, cap=STILL_CAP)
            except ScenarioError as error:
                log.info("a still cannot be had: %s", error)
                continue
            if medium_of_result(Result(file=file)) is Medium.IMAGE:
                return file
        return None

    # -- links ----------------------------------------------------------------------------------------

    async def _links(self, generation: Generation) -> list[Link]:
        """A fresh link for each output: the old ones expire."""
        ids = [output.asset_id for output in generation.outputs if output.asset_id is not None]
        if ids:
            assets = {asset.id: asset for asset in await self._studio.assets(ids)}
            if not assets or not all(asset.url for asset in assets.values()):
                raise NotFound("an asset of this job has no link yet")
            return [(assets[id_], url) for id_ in ids if id_ in assets and (url := assets[id_].url)]
        return [(None, url) for url in await fresh_urls(self._studio, generation)]


async def fresh_urls(studio: Studio, generation: Generation) -> list[str]:
    """An API without assets gives its links in the job."""
    kept = [output.url for output in generation.outputs if output.url is not None]
    if generation.job_id is None or not kept:
        return kept
    job = await studio.job(generation.job_id)
    return list(job.urls) or kept


def _in_order(links: Sequence[Link], asked: Medium) -> list[Link]:
    """By what Scenario says of them: the bytes are not here yet."""
    return sorted(links, key=lambda link: rank(medium_of_asset(link[0]) or asked, asked))


def _is_page(file: File, asset: Asset | None, asked: Medium) -> bool:
    """Whether words came in the place of what Scenario says that this is, or else of what was asked for."""
    told = asset is not None and (asset.kind is not None or asset.mime_type is not None)
    return is_page(
        file,
        kind=asset.kind if asset is not None and told else asked.value,
        declared=asset.mime_type if asset is not None else None,
        told_size=asset.size if asset is not None else None,
    )


def _wants_still(result: Result, *, pictured: bool) -> bool:
    """Whether a picture must stand for it. `pictured`: there is a picture among the results already."""
    match medium_of_result(result):
        case Medium.VIDEO:
            return result.file is None or result.unplayed
        case Medium.THREE_D:
            return not pictured
        case Medium.IMAGE:
            return result.file is None or kind_of(mime_of_result(result)) == "image-hdr"
        case _:
            return False
