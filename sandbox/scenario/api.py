"""The HTTP face: which route does what, and how refusals are answered."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox import json
from sandbox.scenario import account, listing
from sandbox.scenario.api_files import FileApi
from sandbox.scenario.api_webhooks import WebhookApi
from sandbox.scenario.api_workflows import WorkflowApi
from sandbox.scenario.bodies import read_body, read_json
from sandbox.scenario.jobs import Job, bare_record, record
from sandbox.scenario.options import PLANS
from sandbox.scenario.prices import Price
from sandbox.scenario.prompting import words_of
from sandbox.scenario.values import Json, Refusal, texts

if TYPE_CHECKING:
    from sandbox.scenario.studio import Studio

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

DRY_RUN = 269
"""Status of a dry run's answer."""
MAX_MODELS = 100
JOB_LIST_QUERY = frozenset(
    {
        "pageSize",
        "paginationToken",
        "status",
        "type",
        "types",
        "workflowId",
        "authorId",
        "createdAfter",
        "updatedAfter",
        "hideResults",
        "projectId",
    }
)


class Api:
    """Routes of one studio."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._files = FileApi(studio)

    def routes(self) -> list[web.RouteDef]:
        """Everything below the studio's PREFIX: `/v1/…` with basic auth, `/cdn/…` by signed links."""
        offered = [
            ("GET", "/models", "models", self.models),
            ("POST", "/models/get-bulk", "models_bulk", self.models_bulk),
            ("GET", "/models/{model_id}", "model", self.model),
            ("POST", "/generate/custom/{model_id}", "generate", self.generate),
            ("POST", "/generate/prompt", "prompt", self.words),
            ("POST", "/generate/caption", "caption", self.words),
            ("GET", "/jobs", "jobs", self.jobs),
            ("GET", "/jobs/{job_id}", "job", self.job),
            ("POST", "/jobs/{job_id}/action", "job_action", self.job_action),
            ("GET", "/teams", "teams", self.teams),
            ("GET", "/teams/{team_id}/limits", "limits", self.limits),
            ("GET", "/projects", "projects", self.projects),
            ("GET", "/usages", "usages", self.usages),
            *self._files.table(),
            *WebhookApi(self._studio).table(),
            *WorkflowApi(self._studio).table(),
        ]
        routes = [web.route(how, f"/v1{path}", self._guard(name, run)) for how, path, name, run in offered]
        return [
            *routes,
            *self._files.cdn(),
            web.route("*", "/{tail:.*}", self._unknown),
        ]

    def _guard(self, name: str, handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            options = self._studio.options
            if options.down:
                return json.reply({"reason": "Service unavailable"}, 503)
            if not self._authorized(request):
                return json.reply({"reason": "Unauthorized"}, 401)
            if not options.offers(name):
                return json.reply({"reason": "Not found"}, 404)
            try:
                return await handler(request)
            except Refusal as refusal:
                return json.reply(refusal.body(), refusal.status)

        return guarded

    def _authorized(self, request: web.Request) -> bool:
        scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            given = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            return False
        options = self._studio.options
        return hmac.compare_digest(given, f"{options.key}:{options.secret}".encode())

    async def _unknown(self, request: web.Request) -> web.StreamResponse:
        self._studio.wire.violate("unknown route", half="scenario", method=request.method, path=request.path)
        return json.reply({"reason": "Not found"}, 404)

    async def models(self, request: web.Request) -> web.StreamResponse:
        page = listing.page(request.query, most=500, default=100)
        chosen = listing.choose_models(request.query, self._studio.catalogue.all())
        models, following = page.cut(chosen)
        return _listed("models", [self._studio.show_model(model, heavy=False) for model in models], following)

    async def models_bulk(self, request: web.Request) -> web.StreamResponse:
        ids = texts((await read_body(self._studio, request)).get("modelIds"))
        if ids is None or not 1 <= len(ids) <= MAX_MODELS:
            raise Refusal(400, f"modelIds must be an array of 1 to {MAX_MODELS} model ids")
        found = [self._studio.catalogue.find(model_id) for model_id in ids]
        rows = [self._studio.show_model(model, heavy=False) for model in found if model]
        return json.reply({"models": rows})

    async def model(self, request: web.Request) -> web.StreamResponse:
        model = self._studio.catalogue.get(request.match_info["model_id"])
        return json.reply({"model": self._studio.show_model(model, heavy=True)})

    async def generate(self, request: web.Request) -> web.StreamResponse:
        studio, model_id = self._studio, request.match_info["model_id"]
        sold = await self._sold(request, partial(studio.estimate, model_id), partial(studio.submit, model_id))
        if not isinstance(sold, Job):
            return sold
        if studio.options.bare:
            return json.reply({"job": {"id": sold.id, "status": self._show(sold)["status"]}})
        return json.reply({"job": self._show(sold), **sold.price.answer()})

    async def words(self, request: web.Request) -> web.StreamResponse:
        studio, kind = self._studio, request.path.rpartition("/")[2]
        sold = await self._sold(request, partial(studio.estimate_words, kind), partial(studio.write, kind))
        if not isinstance(sold, Job):
            return sold
        said = words_of(kind, sold, studio.clock.now())
        return json.reply({"job": self._show(sold), **said, **sold.price.answer()})

    async def _sold(
        self, request: web.Request, estimate: Callable[[Any], Price], buy: Callable[[Any], Job]
    ) -> Job | web.StreamResponse:
        """The job that the request's body buys; the answer to one that only asks for the price."""
        dry = self._dry(request)
        body = await read_json(self._studio, request)
        try:
            return json.reply(estimate(body).answer(), DRY_RUN) if dry else buy(body)
        except Refusal as refusal:
            # What the published schema forbids, a careful client never sends.
            if refusal.reason.startswith(("Input ", "Body ")):
                self._studio.wire.violate("input refused", path=request.path, reason=refusal.reason)
            raise

    def _dry(self, request: web.Request) -> bool:
        """Whether this is a dry run. Refusal where there are none."""
        studio, dry = self._studio, request.query.get("dryRun")
        if dry is not None and not studio.options.offers("dry_run"):
            raise Refusal(404, "Not found")
        if dry is not None and PLANS[studio.options.plan] < PLANS[studio.options.dry_run_plan]:
            needed = {"requiredPlan": studio.options.dry_run_plan}
            raise Refusal(403, "Your plan does not include cost estimates", details=needed)
        if dry not in (None, "true", "api"):
            raise Refusal(400, "dryRun must be one of: true, api")
        return dry is not None

    def _show(self, job: Job) -> Json:
        studio = self._studio
        now = studio.clock.now()
        if not studio.options.bare:
            return record(job, now, studio.options)
        assets = [studio.shelf.find(asset_id) for asset_id in job.asset_ids]
        images: list[Json] = [{"url": studio.link(asset)} for asset in assets if asset]
        return bare_record(job, now, {"failure": "failed", **studio.options.words}, images)

    async def job(self, request: web.Request) -> web.StreamResponse:
        return json.reply({"job": self._show(self._studio.find_job(request.match_info["job_id"]))})

    async def jobs(self, request: web.Request) -> web.StreamResponse:
        studio, query = self._studio, request.query
        unknown = sorted(set(query) - JOB_LIST_QUERY)
        if unknown:
            studio.wire.violate("unknown query parameter", path=request.path, names=unknown)
        now = studio.clock.now()
        try:
            page = listing.page(query, most=100, default=50)
            chosen = listing.choose_jobs(query, studio.jobs, now, studio.options.listing_lag)
        except Refusal as refusal:
            studio.wire.violate("listing refused", path=request.path, reason=refusal.reason)
            raise
        jobs, following = page.cut(chosen, ragged=studio.options.ragged_pages)
        return _listed("jobs", [record(job, now, studio.options) for job in jobs], following)

    async def job_action(self, request: web.Request) -> web.StreamResponse:
        job = self._studio.find_job(request.match_info["job_id"])
        if (await read_body(self._studio, request)).get("action") != "cancel":
            raise Refusal(400, "action must be one of: cancel")
        self._studio.cancel(job)
        return json.reply({"job": self._show(job)})

    async def teams(self, request: web.Request) -> web.StreamResponse:
        return json.reply({"teams": [account.team(self._studio)]})

    async def limits(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["team_id"] != account.TEAM_ID:
            raise Refusal(404, "Team not found")
        return json.reply(account.limits(self._studio))

    async def projects(self, request: web.Request) -> web.StreamResponse:
        return json.reply({"projects": [account.project(self._studio)]})

    async def usages(self, request: web.Request) -> web.StreamResponse:
        return json.reply({"usages": [account.usage(self._studio)]})


def _listed(name: str, rows: list[Json], following: str | None) -> web.Response:
    answer: Json = {name: rows}
    if following is not None:
        answer["nextPaginationToken"] = following
    return json.reply(answer)
