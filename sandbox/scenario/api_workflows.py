"""Routes about workflows: lists, single reads, runs, and the answers to what waits in them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox import json
from sandbox.scenario import account, listing
from sandbox.scenario.bodies import read_body, read_json
from sandbox.scenario.flow import Run
from sandbox.scenario.jobs import Job, record
from sandbox.scenario.values import Json, Refusal

if TYPE_CHECKING:
    from sandbox.scenario.studio import Studio

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

DRY_RUN = 269
"""Status of a dry run's answer."""


class WorkflowApi:
    """Handlers about workflows."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def table(self) -> list[tuple[str, str, str, Handler]]:
        """Method, path, route name and handler of each route."""
        return [
            ("GET", "/workflows", "workflows", self.workflows),
            ("GET", "/workflows/{workflow_id}", "workflow", self.workflow),
            ("PUT", "/workflows/{workflow_id}/run", "workflow_run", self.run),
            ("PUT", "/workflows/{workflow_id}/user-approval", "workflow_action", self.approve),
            ("PUT", "/workflows/{workflow_id}/user-selection", "workflow_action", self.select),
        ]

    async def workflows(self, request: web.Request) -> web.StreamResponse:
        page = listing.page(request.query, most=100, default=50)
        full = request.query.get("full") != "false" and request.query.get("privacy") != "public"
        chosen, following = page.cut(self._studio.workflows.chosen(request.query))
        answer: Json = {"workflows": [each.shown(full=full) for each in chosen]}
        if following is not None:
            answer["nextPaginationToken"] = following
        return json.reply(answer)

    async def workflow(self, request: web.Request) -> web.StreamResponse:
        found = self._studio.workflows.get(request.match_info["workflow_id"])
        return json.reply({"workflow": found.shown(full=True)})

    async def run(self, request: web.Request) -> web.StreamResponse:
        studio, workflow_id = self._studio, request.match_info["workflow_id"]
        dry = request.query.get("dryRun")
        if dry is not None and not studio.options.offers("dry_run"):
            raise Refusal(404, "Not found")
        if dry not in (None, "true", "api"):
            raise Refusal(400, "dryRun must be one of: true, api")
        body = await read_json(studio, request)
        try:
            if dry is not None:
                return json.reply(studio.estimate_workflow(workflow_id, body).answer(), DRY_RUN)
            job = studio.run_workflow(workflow_id, body)
        except Refusal as refusal:
            if refusal.reason.startswith(("Input ", "Body ")):
                studio.wire.violate("input refused", workflow=workflow_id, reason=refusal.reason)
            raise
        workflow = studio.workflows.get(workflow_id).shown(full=True)
        return json.reply({"job": self._show(job), "workflow": workflow, **job.price.answer()})

    async def approve(self, request: web.Request) -> web.StreamResponse:
        job, flow, body = await self._gate(request)
        flow.approve(job, str(body["nodeId"]), body.get("action"), self._studio.clock.now())
        return self._acted(job, flow)

    async def select(self, request: web.Request) -> web.StreamResponse:
        job, flow, body = await self._gate(request)
        now = self._studio.clock.now()
        flow.select(job, str(body["nodeId"]), body.get("action"), body.get("selectedIndices"), now)
        return self._acted(job, flow)

    def _acted(self, job: Job, flow: Run) -> web.StreamResponse:
        self._studio.keep_node_jobs(flow)
        self._studio.webhooks.expect(job)
        return json.reply({"job": self._show(job)})

    def _show(self, job: Job) -> Json:
        return record(job, self._studio.clock.now(), self._studio.options)

    async def _gate(self, request: web.Request) -> tuple[Job, Run, dict[str, Any]]:
        studio, workflow_id = self._studio, request.match_info["workflow_id"]
        project = request.query.get("projectId")
        if project is None:
            studio.wire.violate("projectId is missing", path=request.path)
            raise Refusal(400, "projectId is required")
        if project != account.PROJECT_ID:
            raise Refusal(403, "Forbidden")
        studio.workflows.get(workflow_id)
        body = await read_body(studio, request)
        if not isinstance(body.get("nodeId"), str) or not isinstance(body.get("workflowJobId"), str):
            raise Refusal(400, "nodeId and workflowJobId are required")
        job = studio.find_job(body["workflowJobId"])
        if job.workflow_id != workflow_id or not isinstance(job.flow, Run):
            raise Refusal(404, f"Job {job.id} not found")
        if not job.active(studio.clock.now()):
            raise Refusal(400, "Workflow job is already finished")
        return job, job.flow, body
