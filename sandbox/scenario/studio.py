"""The stand-in studio: its models, jobs, assets and money, and what tests may set on it."""

from __future__ import annotations

import random
from typing import Any

from sandbox.scenario import files, flow, jobs, making, prompting, showcase
from sandbox.scenario.assets import Asset, Shelf
from sandbox.scenario.catalogue import Catalogue, Model
from sandbox.scenario.jobs import Job
from sandbox.scenario.links import Signer
from sandbox.scenario.media import writing
from sandbox.scenario.options import PLANS, Options
from sandbox.scenario.prices import Price, factor_now, price
from sandbox.scenario.register import Register
from sandbox.scenario.schema import Check, Checked
from sandbox.scenario.scripts import FAILED, MODERATED, Script
from sandbox.scenario.uploads import Uploads
from sandbox.scenario.values import Json, Now, Refusal, Reports, new_id
from sandbox.scenario.webhooks import Webhooks
from sandbox.scenario.workflows import Workflow, Workflows

PREFIX = "/scenario"
"""Where the routes are mounted."""
_PLAIN = Script()


class Studio:
    """State and verbs of the stand-in. Only pushes run in the background: states are read off the clock."""

    def __init__(self, clock: Now, wire: Reports, origin: str, *, options: Options | None = None) -> None:
        self.clock = clock
        self.wire = wire
        self.origin = origin
        """`http://127.0.0.1:PORT`; may be set once the port is known, links are made when asked for."""
        self.options = options or Options()
        self.catalogue = Catalogue()
        self.shelf = Shelf(self.options)
        self._put_out_at: dict[str, float] = {}
        self.catalogue.fill(self.options.models)
        for model in self.catalogue.all():
            self._put_out(model)
        self.workflows = Workflows()
        self.uploads = Uploads(self)
        self.signer = Signer()
        self.jobs = Register()
        self.webhooks = Webhooks(clock, self.options)
        self._node_jobs: dict[str, Job] = {}
        self._scripts: list[Script] = []
        self._script_count = 0

    def ledger(self) -> list[Json]:
        """One line for each paid POST, oldest first: `{job_id, model_id, inputs, status, cu, refunded, ended,
        told, assets}`; `assets` says of each by its id when its record was first given out."""
        now = self.clock.now()
        return [{**job.ledger(now), "assets": self._told(job)} for job in self.jobs]

    def _told(self, job: Job) -> Json:
        found = {asset_id: self.shelf.find(asset_id) for asset_id in job.asset_ids}
        return {asset_id: asset.told_at for asset_id, asset in found.items() if asset is not None}

    def script(self, spec: Json) -> Json:
        """Decide what becomes of coming jobs (keys: see `Script`). Returns the rule with its id.
        ValueError for a wrong one."""
        self._script_count += 1
        rule = Script.read(spec, f"script_{self._script_count}")
        self._scripts.append(rule)
        return rule.listing()

    def scripts(self) -> list[Json]:
        """The rules with their `hits`, oldest first."""
        return [rule.listing() for rule in self._scripts]

    def clear_scripts(self, script_id: str | None = None) -> None:
        """Remove one rule, or all of them."""
        self._scripts = [rule for rule in self._scripts if script_id is not None and rule.id != script_id]

    def configure(self, **options: Any) -> None:
        """Change options (see `Options`); ValueError names an unknown option or a wrong value."""
        self.options.change(**options)
        if "models" in options:
            for model in self.catalogue.fill(self.options.models):
                self._put_out(model)

    def add_model(self, record: Json) -> None:
        """Offer one more model, or replace one; only `id` is required. ValueError when it cannot be one."""
        self._put_out(self.catalogue.add(record))

    def _put_out(self, model: Model) -> None:
        self._put_out_at[model.id] = self.clock.now()
        for example in showcase.examples(model):
            self.shelf.add(example)

    def show_model(self, model: Model, *, heavy: bool) -> Json:
        """The model's public record; only `heavy` with inputs."""
        return showcase.shown(model, self._link_to, heavy=heavy)

    def _link_to(self, asset_id: str) -> str:
        asset = self.shelf.find(asset_id)
        return self.link(asset) if asset else ""

    def find_job(self, job_id: str) -> Job:
        """The job, or the refusal the API gives."""
        job = self.jobs.find(job_id) or self._node_jobs.get(job_id)
        if job is None:
            raise Refusal(404, f"Job {job_id} not found")
        return job

    def visible(self, asset: Asset) -> bool:
        """Whether the asset exists by now: a job's files do once it succeeded."""
        now = self.clock.now()
        if asset.job_id is not None:
            return self.find_job(asset.job_id).status(now) == "success"
        return asset.created <= now

    def find_asset(self, asset_id: str) -> Asset:
        asset = self.shelf.find(asset_id)
        if asset is None or not self.visible(asset):
            raise Refusal(404, f"Asset {asset_id} not found")
        return asset

    def link(self, asset: Asset, extension: str | None = None) -> str:
        """A signed link to the asset's file, or to a conversion or the original of it."""
        path = f"{PREFIX}/cdn/assets/{asset.id}.{extension or asset.extension}"
        return self.origin + self.signer.sign(path, self.clock.now() + self.options.link_seconds)

    def spent(self) -> float:
        """CU used so far, refunds taken off."""
        return self.jobs.spent(self.clock.now())

    def estimate(self, model_id: str, body: Any) -> Price:
        """The price of a request that passes every check; Refusal otherwise. Nothing is bought."""
        model, checked, given = self._check(model_id, body, keep=False)
        return self._price(model, checked.inputs, given, paid=False)

    def submit(self, model_id: str, body: Any) -> Job:
        """Buy a generation. Refusal when it is not allowed; then nothing was bought."""
        self._check(model_id, body, keep=False)
        self._admit("custom", "parallelCustomJobs", self.options.parallel)
        model, checked, given = self._check(model_id, body, keep=True)
        cost = self._price(model, checked.inputs, given, paid=True)
        self._afford(cost)
        if checked.dropped:
            self.wire.violate("scalar sent to an array input", model=model_id, inputs=checked.dropped)
        job = self._create(model, checked.inputs, cost)
        self._keep(job)
        return job

    def _price(self, model: Model, inputs: Json, given: files.Files, *, paid: bool) -> Price:
        cost = price(model, inputs, given.find)
        factor = factor_now(model, self.clock.now() - self._put_out_at[model.id], paid=paid)
        return cost if factor == 1 else cost.times(factor)

    def estimate_words(self, kind: str, body: Any) -> Price:
        """The price of a call that writes words; Refusal when it is not allowed. kind: see `prompting`."""
        return prompting.price(kind, prompting.checked(files.Files(self, keep=False), kind, body))

    def write(self, kind: str, body: Any) -> Job:
        """Buy such a call. Refusal when it is not allowed; then nothing was bought."""
        cost = self.estimate_words(kind, body)
        self._afford(cost)
        inputs = prompting.checked(files.Files(self, keep=True), kind, body)
        rule = self._rule(kind, str(inputs.get("prompt") or ""))
        job = prompting.job_of(kind, inputs, cost, rule, self.clock.now())
        self._keep(job)
        return job

    def estimate_workflow(self, workflow_id: str, body: Any) -> Price:
        """The price of a run; Refusal when it is not allowed."""
        workflow, checked = self._check_workflow(workflow_id, body, keep=False)
        return flow.Run(self, workflow, checked.inputs, self.clock.now(), _PLAIN).rehearse()

    def run_workflow(self, workflow_id: str, body: Any) -> Job:
        """Buy a run. Refusal when it is not allowed; then nothing was bought."""
        self._check_workflow(workflow_id, body, keep=False)
        self._admit("workflow", "parallelWorkflowRuns", self.options.parallel_workflows)
        workflow, checked = self._check_workflow(workflow_id, body, keep=True)
        inputs, now = checked.inputs, self.clock.now()
        cost = flow.Run(self, workflow, inputs, now, _PLAIN).rehearse()
        self._afford(cost)
        if checked.dropped:
            self.wire.violate("scalar sent to an array input", model=workflow_id, inputs=checked.dropped)
        script = self._decide(workflow.model, making.prompt_of(workflow.model, inputs))
        error, hint = MODERATED if script.outcome == "moderated" else FAILED
        job = Job(
            id=new_id("job_"),
            model_id=workflow.id,
            inputs=inputs,
            created=now,
            stages=[],
            price=cost,
            error=script.error or error,
            hint=script.hint or hint,
            words=script.words,
            disable_refund=script.refund is False,
            cancelable=script.cancelable,
            type="workflow",
            workflow_id=workflow.id,
        )
        run = flow.Run(self, workflow, inputs, now, script)
        job.flow = run
        run.attach(job)
        self._keep(job)
        self.keep_node_jobs(run)
        return job

    def _keep(self, job: Job) -> None:
        self.jobs.add(job)
        self.webhooks.expect(job)

    def keep_node_jobs(self, run: flow.Run) -> None:
        """The jobs of a run's nodes can be read by their ids; they are in no list and in no ledger."""
        self._node_jobs.update((job.id, job) for job in run.jobs)

    def _check_workflow(self, workflow_id: str, body: Any, *, keep: bool) -> tuple[Workflow, Checked]:
        workflow = self.workflows.get(workflow_id)
        if not workflow.runs:
            raise Refusal(400, f"Workflow {workflow_id} is not ready")
        given = files.Files(self, keep=keep)
        return workflow, Check(workflow.model, given, strict=self.options.strict_inputs).run(body)

    def cancel(self, job: Job) -> None:
        """Ask for a job's end; Refusal where the API does not let it be canceled."""
        now = self.clock.now()
        status = job.status(now)
        allowed = job.cancelable
        if allowed is None:
            rules = {
                "always": True,
                "never": False,
                "waiting": status in jobs.WAITING,
                "model": job.pending_cancel and status == "pending",
            }
            # A run ends only when somebody rejects a gate.
            allowed = rules[self.options.cancel] and job.workflow_id is None
        if not allowed:
            raise Refusal(400, "Cannot cancel this type of job")
        if not job.active(now):
            raise Refusal(400, "Job is already finished")
        job.cancel(now)
        self.jobs.moved(job)

    def _check(self, model_id: str, body: Any, *, keep: bool) -> tuple[Model, Checked, files.Files]:
        model = self.catalogue.get(model_id)
        self._check_plan(model)
        if model.type != "custom" and not self.options.trained_direct:
            raise Refusal(400, "Custom models only are supported for this endpoint")
        given = files.Files(self, keep=keep)
        problem = given.model_problem(model.id)
        if problem:
            raise Refusal(400, problem)
        if not model.inputs and model.type != "custom":
            # Trained models carry no inputs; run directly, they take what their documents show.
            base = self.catalogue.get("model_flux-1-dev")
            model = Model({**model.record, "inputs": base.inputs}, base.behavior)
        check = Check(model, given, strict=self.options.strict_inputs)
        return model, check.run(body), given

    def _check_plan(self, model: Model) -> None:
        level = int(model.record.get("accessRestrictions") or 0)
        level = max(level, PLANS[self.options.require_plan.get(model.id, "free")])
        if level > PLANS[self.options.plan]:
            plan = next(word for word, reach in PLANS.items() if reach >= level)
            raise Refusal(
                403,
                f"ModelAccessRestrictedError: model {model.id} requires the {plan} plan",
                details={"modelId": model.id, "requiredPlan": plan},
            )

    def _admit(self, kind: str, action: str, limit: int) -> None:
        if self.jobs.active(kind, self.clock.now()) >= limit:
            raise Refusal(
                429,
                f"Too many {kind} jobs at once (limit {limit})",
                details={"actionName": action, "actionLimit": limit},
            )

    def _afford(self, cost: Price) -> None:
        if self.spent() + cost.total > self.options.creative_units:
            raise Refusal(403, "Not enough creative units left in this period")

    def _create(self, model: Model, inputs: Json, cost: Price) -> Job:
        prompt = making.prompt_of(model, inputs)
        script = self._decide(model, prompt)
        now = self.clock.now()
        words = model.behavior.moderated
        moderated = script.outcome == "moderated" or (
            script is _PLAIN and any(word in prompt.casefold() for word in words)
        )
        end = {"never": None, "moderated": "failure"}.get(script.outcome, script.outcome)
        default_error, default_hint = MODERATED if moderated else FAILED
        job = Job(
            id=new_id("job_"),
            model_id=model.id,
            inputs=inputs,
            created=now,
            stages=[],
            price=cost,
            error=script.error or default_error,
            hint=script.hint or default_hint,
            words=script.words,
            disable_refund=_no_refund(model, script),
            cancelable=script.cancelable,
            pending_cancel=model.behavior.pending,
        )
        job.stages = self._stages(job, model, script, "failure" if moderated else end)
        self._make_assets(job, model, script)
        return job

    def _decide(self, model: Model, prompt: str) -> Script:
        return self._rule(model.id, prompt)

    def _rule(self, model_id: str, prompt: str) -> Script:
        for rule in self._scripts:
            if rule.matches(model_id, prompt):
                rule.hits += 1
                return rule
        return _PLAIN

    def _stages(self, job: Job, model: Model, script: Script, end: str | None) -> list[jobs.Stage]:
        seconds = script.length()
        if seconds is None:
            seconds = self.options.seconds * model.behavior.slow
        speed = self.options.speed
        if script.stages is not None:
            parts = [(str(word), float(length) / speed) for word, length in script.stages]
            return jobs.stretch(job.created, parts or [("queued", 0.0)], end)
        # About one job in four meets a cold start.
        warming = sum(job.id.encode()) % 4 == 0
        pending = model.behavior.pending
        return jobs.timeline(job.created, seconds / speed, end, pending=pending, warming=warming)

    def _make_assets(self, job: Job, model: Model, script: Script) -> None:
        last = job.stages[-1]
        if last.status != "success":
            return
        for asset in making.files_of(job, model, script, self.shelf.find, last.at):
            self.shelf.add(asset)
            if not asset.hidden:
                job.asset_ids.append(asset.id)
        if model.behavior.reply == "output" and not job.asset_ids:
            dice = random.Random(job.id)
            job.output = {
                "text": writing.text(dice, making.prompt_of(model, job.inputs) or "this picture", 60)
            }


def _no_refund(model: Model, script: Script) -> bool:
    if script.refund is not None:
        return not script.refund
    return bool(model.record.get("disableRefund"))
