"""The verbs of Scenario's API.

The `protocol` modules know what to ask and what an answer means, `transport` carries it, `uploads` and
`download` carry files. This module decides which question answers which verb, and remembers what an API does
not offer.
"""

import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import aiohttp

from bot.clock import Clock
from bot.scenario.api import files as protocol_files
from bot.scenario.api import jobs as protocol
from bot.scenario.api import prompting
from bot.scenario.api import workflows as protocol_workflows
from bot.scenario.api.errors import (
    BadInput,
    Busy,
    Forbidden,
    NotFound,
    Rejected,
    ScenarioError,
    Unavailable,
    Uncertain,
    Unreachable,
    WrongKey,
)
from bot.scenario.api.exchange import Request, of_read, parse_done
from bot.scenario.api.hosts import of_files
from bot.scenario.api.records import (
    Asset,
    Ceilings,
    File,
    Inputs,
    Job,
    JobState,
    Model,
    Price,
    Status,
    Submission,
)
from bot.scenario.api.replies import Reply
from bot.scenario.api.workflows import names_workflow
from bot.scenario.download import bare, download
from bot.scenario.gathering import Gathering
from bot.scenario.transport import SUBMIT, Transport, attempts, unheard
from bot.scenario.uploads import Uploads
from bot.scenario.webhooks import Webhooks

log = logging.getLogger(__name__)

T = TypeVar("T")

MANY_PAGES: Final = 10_000
"""Most pages of what ended at once: whoever shares the account may end far more jobs than we do."""
PAGES_REST: Final = 0.05
"""Seconds between two pages of what goes on: nobody waits for them, and a hundred in a row would keep
everybody else from the event loop."""
TEAMS: Final = 5
"""Most teams that are asked for their limits; a key belongs to one, as a rule."""


class ScenarioClient:
    """One account's access. The session, and the connector with its limits, are the caller's."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        key: str,
        secret: str,
        clock: Clock,
        *,
        paid: aiohttp.ClientSession | None = None,
        files: aiohttp.ClientSession | None = None,
        heard: Callable[[str, ScenarioError | None, float], None] | None = None,
    ) -> None:
        """
        session: for whatever has none of its own.
        base_url: with the version, as in `https://api.cloud.scenario.com/v1`.
        paid, files: with connections of their own, so that neither waits for the other's, or for reads.
        heard: hears of each request; first whether it is of the `reads`, the `paid` or the `files`.
        """

        def a_share(of: aiohttp.ClientSession | None, name: str) -> Transport:
            hears = unheard if heard is None else partial(heard, name)
            return Transport(of or session, base_url, key, secret, clock, hears)

        self._api, self._paid, self._files = (
            a_share(None, "reads"),
            a_share(paid, "paid"),
            a_share(files, "files"),
        )
        self._uploads = Uploads(self._files)
        self.webhooks = Webhooks(self._api)
        self._bulk = True
        self._gathered = Gathering(self._assets, most=protocol_files.BULK, clock=clock)
        self._dry_run = True

    async def probe(self) -> None:
        """Ask the cheapest question that needs the key. Raises WrongKey, Forbidden, Unavailable, …"""
        await self._api.read(
            protocol.build_one_model(), lambda reply: protocol.parse_models(reply, privacy="private")
        )

    async def model(self, model_id: str) -> Model:
        """A model, or a workflow or an endpoint that writes words by its id. Raises NotFound, Forbidden,
        Unavailable."""
        if prompting.names_help(model_id):
            return prompting.model_of(model_id)  # it has no record of its own
        if names_workflow(model_id):
            return await self._api.read(
                protocol_workflows.build_workflow(model_id),
                lambda reply: protocol_workflows.parse_workflow(reply, model_id),
            )
        return await self._api.read(
            protocol.build_model(model_id), lambda reply: protocol.parse_model(reply, model_id)
        )

    async def models(self, *, privacy: str) -> AsyncIterator[Model]:
        """Every model of `private` or `public`, as rows without schemas."""
        async for model in self._api.rows(
            lambda token: protocol.build_models(privacy, token),
            lambda reply: protocol.parse_models(reply, privacy=privacy),
        ):
            yield model

    async def workflows(self) -> AsyncIterator[Model]:
        """The account's own workflows, read as models. Raises NotFound where there are none to be had,
        Forbidden, Unavailable."""
        async for workflow in self._api.rows(
            protocol_workflows.build_workflows, protocol_workflows.parse_workflows
        ):
            yield workflow

    async def helps(self) -> AsyncIterator[Model]:
        """The account's endpoints that write words, read as models: those that say what an example costs, by
        a dry run of each, or that there is something wrong with it. Raises WrongKey, Unavailable."""
        for model in prompting.HELPS if self._dry_run else ():
            try:
                reply = await self._api.once(prompting.build_example(model.id))
                estimate = protocol.parse_price(reply)
            except BadInput:
                yield model  # it is there, and does not like the example: the price is asked for again anyway
                continue
            except (NotFound, Forbidden):
                continue
            except Unreachable as error:
                raise Unavailable(error.reason) from None
            except Busy as error:
                raise of_read(error) from None
            if estimate.stray is not None:
                self._buys_by_dry_run(estimate.stray)
            if not self._dry_run:
                return
            if estimate.price is not None:
                yield model

    def _buys_by_dry_run(self, stray: Job) -> None:
        """Better no prices than pictures bought by asking what they cost."""
        self._dry_run = False
        log.error("a dry run was answered with the job %s: no more dry runs", stray.id)

    async def price(self, model_id: str, inputs: Inputs) -> Price | None:
        """What it would cost, by one dry run that is never repeated; None where none is offered or named.

        An API without dry runs answers 404. A 404 that names the model or something among the inputs is about
        those and is raised; any other is taken as "no dry run", this time: it is not remembered, for one
        wrong answer would take the prices away for good. So is a 403 that names no model: the plan has no
        dry runs. Of an endpoint that writes words both say that it is not there: it is offered for its price.
        Raises Rejected, Busy, Unavailable.
        """
        if not self._dry_run:
            return None
        try:
            estimate = protocol.parse_price(await self._api.once(_dry(model_id, inputs)))
        except NotFound as error:
            ids = (model_id, *protocol.ids_among(inputs))
            if prompting.names_help(model_id) or protocol.names(error.reason, *ids):
                raise
            return None
        except Forbidden as error:
            # a plan without estimates may still buy; a lock on the model itself names it
            named = prompting.names_help(model_id) or protocol.names(error.reason, model_id)
            if named or getattr(error, "model_id", None) is not None:
                raise
            return None
        except Unreachable as error:
            raise Unavailable(error.reason) from None
        if estimate.stray is not None:
            self._buys_by_dry_run(estimate.stray)
        return estimate.price

    async def submit(
        self, model_id: str, inputs: Inputs, *, still: Callable[[], bool] = lambda: True
    ) -> Submission:
        """Buy one job, with one POST, or one PUT for a workflow. still: whether it may be sent, asked as late
        as can be. Raises Withheld where not, Rejected, Busy, Unreachable, Uncertain."""
        request = _paid(model_id, inputs)
        try:
            reply = await self._paid.once(request, SUBMIT, still=still)
        except Unavailable as error:
            raise Uncertain(error.reason) from None
        if prompting.names_help(model_id):
            return prompting.parse_help(reply, model_id)
        return protocol.parse_submission(reply)

    async def job(self, job_id: str) -> Job:
        """Raises NotFound, Unavailable."""
        return await self._api.read(
            protocol.build_job(job_id), lambda reply: protocol.parse_job(reply, job_id)
        )

    async def jobs(self, *, created_after: datetime) -> AsyncIterator[Job]:
        """Every job of this account created since. Raises NotFound where there is no listing, and Unavailable
        rather than end early: what is missing from a whole listing was never bought."""
        # by Scenario's clock: ours may be off by more than a caller's margin
        since = created_after + self._api.ahead
        async for job in self._api.rows(
            lambda token: protocol.build_jobs(since, token), protocol.parse_jobs, whole=True
        ):
            yield job

    async def listed(
        self,
        status: Status,
        wanted: protocol.Wanted,
        *,
        updated_after: datetime | None = None,
        page: int = protocol.JOBS_PAGE,
    ) -> AsyncIterator[Job]:
        """This account's jobs of one status, that changed since, and are wanted; `page` jobs in one answer.
        Of those that go on, how far each is, without hurry. Raises Rejected, Unavailable."""
        goes_on = status.state is JobState.ACTIVE
        told = protocol.parse_far if goes_on else protocol.parse_jobs
        since = None if updated_after is None else updated_after + self._api.ahead
        async for job in self._api.rows(
            lambda token: protocol.build_listed(status, since, token, page=page),
            lambda reply: told(reply, wanted),
            whole=True,
            most=MANY_PAGES,
            rest=PAGES_REST if goes_on else 0.0,
        ):
            yield job

    async def cancel(self, job_id: str) -> Job:
        """Ask for a cancel and read the job again. Raises BadInput when it goes on all the same."""
        refusal: Rejected | None = None
        try:
            await self._api.read(protocol.build_cancel(job_id), parse_done)
        except WrongKey:
            raise
        except Rejected as error:
            refusal = error
        job = await self.job(job_id)
        if refusal is not None and job.state is JobState.ACTIVE:
            raise BadInput(refusal.reason, status=refusal.status, trace=refusal.trace)
        return job

    async def assets(self, asset_ids: Sequence[str]) -> Sequence[Asset]:
        """The assets in the order asked, without those that are gone. Raises Rejected, Unavailable."""
        found = await self._gathered.get(dict.fromkeys(asset_ids))
        return [found[asset_id] for asset_id in asset_ids if asset_id in found]

    def expect(self, asset_ids: Collection[str], *, within: float = 0.0) -> None:
        """They will be asked for one after the other: read them now, or within so many seconds, together.
        Raises nothing."""
        self._gathered.expect(asset_ids, within=within)

    async def fetch(self, url: str, into: Path, *, cap: int) -> File:
        """A result, or a still of one. Raises LinkRefused, FileTooBig, Refetch, Unavailable; then nothing is
        left on disk."""
        if self._files.session.closed:
            raise Unavailable("closed")
        hosts = of_files(self._api.base)
        async with bare(self._files.session) as session:
            async for attempt in attempts():
                with attempt:
                    return await download(session, url, into, cap=cap, hosts=hosts, now=self._api.clock.now())
        raise AssertionError("unreachable")

    async def upload(self, file: File, *, name: str) -> str:
        """Hand in a file and wait until Scenario has imported it. The asset's id.

        name: what Scenario shall call it, with its ending.
        Raises BadInput when Scenario cannot use it, else Rejected, Unavailable.
        """
        return await self._uploads.upload(file, name)

    async def original(self, asset_id: str) -> str:
        """A fresh link to the original file: a credential. Raises NotFound, Rejected, Unavailable."""
        link: str | None = None
        # refused, there may be no such route; the asset itself will say whether there is none
        with contextlib.suppress(NotFound, BadInput, Forbidden):
            link = await self._api.read(protocol_files.build_original(asset_id), protocol_files.parse_link)
        if link is None:
            asset = await self._api.read(
                protocol_files.build_asset(asset_id),
                lambda reply: protocol_files.parse_asset(reply, asset_id),
            )
            link = protocol_files.link_or_none(asset.original_url or asset.url)
        if link is None:
            raise NotFound("the asset has no link")
        return link

    async def approve(self, workflow_id: str, job_id: str, node_id: str, *, yes: bool) -> None:
        """Answer an approval gate, with one PUT; a no ends the run. Raises Rejected (BadInput where it was
        answered before), Unavailable: then read the job, for the answer may have arrived."""
        project = await self._project(job_id)
        await self._answer(protocol_workflows.build_approval(workflow_id, job_id, node_id, project, yes=yes))

    async def choose(self, workflow_id: str, job_id: str, node_id: str, picks: Sequence[int]) -> None:
        """Answer a selection gate, indices from 0; none ends the run. As `approve`."""
        project = await self._project(job_id)
        await self._answer(protocol_workflows.build_selection(workflow_id, job_id, node_id, project, picks))

    async def _project(self, job_id: str) -> str | None:
        return await self._api.read(protocol.build_job(job_id), protocol_workflows.parse_owner)

    async def _answer(self, request: Request) -> None:
        try:
            parse_done(await self._api.once(request))
        except Unreachable as error:
            raise Unavailable(error.reason) from None

    async def ceilings(self) -> Ceilings:
        """How many the team may run at once, by the first of the key's teams that says so."""
        return await self._of_team(protocol.parse_ceilings) or Ceilings()

    async def plan_level(self) -> int | None:
        """The team's plan on the scale of `Model.access_restriction`, by the first team that says so."""
        return await self._of_team(protocol.parse_plan)

    async def _of_team(self, told: Callable[[Reply], T | None]) -> T | None:
        try:
            teams = await self._api.read(protocol.build_teams(), protocol.parse_teams)
        except (NotFound, Forbidden):
            return None
        for team in teams[:TEAMS]:
            try:
                found = await self._api.read(protocol.build_limits(team), told)
            except (NotFound, Forbidden):
                continue
            if found is not None:
                return found
        return None

    async def _assets(self, asset_ids: list[str]) -> dict[str, Asset]:
        if self._bulk and len(asset_ids) > 1:
            try:
                return await self._api.read(
                    protocol_files.build_assets(asset_ids), protocol_files.parse_assets
                )
            except (NotFound, BadInput) as error:
                # A 404 that names an asset is about that one; any other means that there is no such route.
                gone = isinstance(error, NotFound) and not protocol.names(error.reason, *asset_ids)
                self._bulk = not gone
        found = [await self._asset(asset_id) for asset_id in asset_ids]
        return {asset.id: asset for asset in found if asset is not None}

    async def _asset(self, asset_id: str) -> Asset | None:
        try:
            return await self._api.read(
                protocol_files.build_asset(asset_id),
                lambda reply: protocol_files.parse_asset(reply, asset_id),
            )
        except NotFound:
            return None


def _paid(model_id: str, inputs: Inputs) -> Request:
    if prompting.names_help(model_id):
        return prompting.build_help(model_id, inputs)
    if names_workflow(model_id):
        return protocol_workflows.build_run(model_id, inputs)
    return protocol.build_generation(model_id, inputs)


def _dry(model_id: str, inputs: Inputs) -> Request:
    if prompting.names_help(model_id):
        return prompting.build_help(model_id, inputs, dry=True)
    if names_workflow(model_id):
        return protocol_workflows.build_run(model_id, inputs, dry=True)
    return protocol.build_price(model_id, inputs)
