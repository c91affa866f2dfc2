"""A run of a workflow: when each node starts and ends, and what waits for a member.

Like a job's, its future is written down as far as it is known; a gate's end is known when somebody acts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from sandbox.scenario import making
from sandbox.scenario.assets import Asset, Shelf
from sandbox.scenario.catalogue import Catalogue, Model
from sandbox.scenario.jobs import Job, Stage, timeline
from sandbox.scenario.options import Options
from sandbox.scenario.prices import Price, price
from sandbox.scenario.scripts import Script
from sandbox.scenario.values import Json, Refusal, amount, as_list, as_number, as_object, new_id, texts
from sandbox.scenario.workflows import GATES, Workflow

BEGIN = 0.1
"""Seconds that a run is queued."""
MOST_PICKS = 100
_PLAIN = Script()


class Place(Protocol):
    """What a run needs of the studio."""

    options: Options
    catalogue: Catalogue
    shelf: Shelf

    def link(self, asset: Asset) -> str: ...


@dataclass
class Node:
    """A node of one run."""

    spec: Json
    start: float | None = None
    end: float | None = None
    result: str = "success"
    """What it is once `end` has come."""
    values: Json = field(default_factory=dict[str, Any])
    outputs: list[str] = field(default_factory=list[str])
    """Ids of assets it hands on."""
    items: list[str] = field(default_factory=list[str])
    job: Job | None = None

    @property
    def id(self) -> str:
        return str(self.spec["id"])

    @property
    def gate(self) -> bool:
        return self.spec["type"] in GATES

    @property
    def inputs(self) -> list[Json]:
        return self.spec.get("inputs") or []

    @property
    def needs(self) -> list[str]:
        """Ids of the nodes that must have ended before."""
        return texts(self.spec.get("dependsOn")) or []

    def bounds(self) -> tuple[int, int]:
        """How many items may be picked."""
        rule: Json = self.inputs[0] if self.inputs else {}
        low, high = as_number(rule.get("min", 1)), as_number(rule.get("max", MOST_PICKS))
        return int(1 if low is None else low), min(int(high or MOST_PICKS), len(self.items))


class Run:
    """One run. A rehearsal keeps nothing and passes every gate: that is how a price is found."""

    def __init__(self, place: Place, workflow: Workflow, inputs: Json, now: float, script: Script) -> None:
        self._place = place
        self._workflow = workflow
        self._inputs = inputs
        self._script = script
        self._begin = now + BEGIN / place.options.speed
        self._drafts: dict[str, Asset] = {}
        self.nodes = {str(spec["id"]): Node(spec) for spec in workflow.nodes}
        self.jobs: list[Job] = []
        """The jobs of nodes that started or will."""

    def rehearse(self) -> Price:
        """The price of the whole run."""
        self._schedule(None)
        parts = [node.job.price for node in self.nodes.values() if node.job]
        total = sum(part.generation for part in parts), sum(part.quality_gate for part in parts)
        return Price(amount(total[0]), amount(total[1]))

    def attach(self, job: Job) -> None:
        """Begin, as the flow of this job."""
        job.stages = [Stage(job.created, "queued"), Stage(self._begin, "in-progress")]
        self._proceed(job)

    def approve(self, job: Job, node_id: str, action: object, now: float) -> None:
        """Answer an approval; Refusal when there is nothing to answer."""
        node = self._waiting(node_id, "user-approval", now)
        if action not in (None, "approve", "reject"):
            raise Refusal(400, "action must be one of: approve, reject")
        self._decide(job, node, now, list(node.items) if action != "reject" else None)

    def select(self, job: Job, node_id: str, action: object, indices: object, now: float) -> None:
        """Answer a selection; Refusal when there is nothing to answer or the picks are wrong."""
        node = self._waiting(node_id, "user-selection", now)
        if action not in ("select", "reject"):
            raise Refusal(400, "action must be one of: select, reject")
        if action == "reject":
            self._decide(job, node, now, None)
            return
        picks = as_list(indices)
        low, high = node.bounds()
        if picks is None or not low <= len(picks) <= high:
            raise Refusal(400, f"selectedIndices must be an array of {low} to {high} indices")
        whole = [each for each in picks if isinstance(each, int) and not isinstance(each, bool)]
        if len(whole) != len(picks) or any(not 0 <= each < len(node.items) for each in whole):
            raise Refusal(400, f"selectedIndices must be whole numbers from 0 to {len(node.items) - 1}")
        if len(set(whole)) != len(whole):
            raise Refusal(400, "selectedIndices must not repeat")
        self._decide(job, node, now, [node.items[each] for each in whole])

    def progress(self, now: float) -> float:
        """Share of nodes that have ended."""
        done = sum(node.end is not None and node.end <= now for node in self.nodes.values())
        return round(done / max(1, len(self.nodes)), 4)

    def changed(self, now: float) -> float | None:
        """When a node last started or ended."""
        times = [at for node in self.nodes.values() for at in (node.start, node.end) if at is not None]
        return max((at for at in times if at <= now), default=None)

    def shown(self, now: float, *, over: bool) -> list[Json]:
        """`metadata.flow`; `over` when the run has ended, so that what did not run never will."""
        return [self._shown(node, now, over=over) for node in self.nodes.values()]

    def _status(self, node: Node, now: float, *, over: bool) -> str:
        if node.end is not None and node.end <= now:
            return node.result
        if over:
            return "skipped"
        if node.start is not None and node.start <= now:
            return self._place.options.gate_status if node.gate else "processing"
        return "pending"

    def _shown(self, node: Node, now: float, *, over: bool) -> Json:
        status = self._status(node, now, over=over)
        begun = node.start is not None and node.start <= now
        told: Json = {**node.spec, "status": status}
        told["inputs"] = [
            {**rule, "value": node.values[rule["name"]]} if begun and rule["name"] in node.values else rule
            for rule in node.inputs
        ]
        if begun and node.job is not None:
            told["jobId"] = node.job.id
        if begun and node.items and node.spec["type"] == "user-selection":
            told["items"] = node.items
        if status == "success":
            found = [self._place.shelf.find(each) for each in node.outputs]
            told["assets"] = [{"assetId": one.id, "url": self._place.link(one)} for one in found if one]
        return told

    def _waiting(self, node_id: str, kind: str, now: float) -> Node:
        node = self.nodes.get(node_id)
        if node is None:
            raise Refusal(404, f"Node {node_id} not found")
        if node.spec["type"] != kind:
            raise Refusal(400, f"Node {node_id} is not a {kind} node")
        if node.start is None or node.start > now or node.end is not None:
            raise Refusal(400, f"Node {node_id} is not waiting for a decision")
        return node

    def _decide(self, job: Job, node: Node, now: float, passed: list[str] | None) -> None:
        node.end = now
        if passed is None:
            node.result = "rejected"
            job.stages.append(Stage(now, "canceled"))
            return
        node.outputs = passed
        self._proceed(job)

    def _proceed(self, job: Job) -> None:
        self._schedule(job)
        ended = [node.end for node in self.nodes.values() if node.end is not None]
        failed = next((node for node in self.nodes.values() if node.result == "failure"), None)
        if failed is not None and failed.end is not None:
            outcome = "canceled" if self._script.outcome == "canceled" else "failure"
            job.stages.append(Stage(failed.end, outcome))
        elif len(ended) == len(self.nodes):
            job.stages.append(Stage(max(ended, default=self._begin), "success"))
            job.asset_ids = self._results()

    def _results(self) -> list[str]:
        used = {name for node in self.nodes.values() for name in node.needs}
        return [
            asset_id
            for node in self.nodes.values()
            if not node.gate and (node.id not in used or node.spec.get("includeOutputsInWorkflowJob"))
            for asset_id in node.outputs
        ]

    def _schedule(self, job: Job | None) -> None:
        for node in self.nodes.values():
            before = [self.nodes[name] for name in node.needs]
            ends = [one.end for one in before if one.end is not None and one.result == "success"]
            if node.start is not None or len(ends) < len(before):
                continue
            node.start = max(ends, default=self._begin)
            node.values = self._values(node)
            if node.gate:
                node.items = [each for one in before for each in one.outputs]
                if job is None:
                    node.end, node.outputs = node.start, node.items[: max(1, node.bounds()[0])]
            else:
                self._run(node, node.start, job)

    def _values(self, node: Node) -> Json:
        values: Json = {}
        for rule in node.inputs:
            value: Any = rule.get("value")
            ref = as_object(rule.get("ref"))
            if ref is not None:
                value = self._looked_up(ref, many=str(rule["type"]).endswith("_array"))
            if value not in (None, "", []):
                values[rule["name"]] = value
        return values

    def _looked_up(self, ref: Json, *, many: bool) -> Any:
        if ref["node"] != "workflow":
            outputs = self.nodes[ref["node"]].outputs
            return list(outputs) if many else next(iter(outputs), None)
        rules = {str(rule["name"]): rule for rule in self._workflow.model.inputs}
        default = (rules.get(ref["name"]) or {}).get("default")
        value: Any = self._inputs.get(ref["name"], default)
        if not many or value is None:
            return value
        return as_list(value) or [value]

    def _find(self, asset_id: str) -> Asset | None:
        return self._drafts.get(asset_id) or self._place.shelf.find(asset_id)

    def _run(self, node: Node, start: float, job: Job | None) -> None:
        model = self._place.catalogue.get(str(node.spec["modelId"]))
        ending = {"never": None, "success": "success"}.get(self._script.outcome, "failure")
        end = start + self._seconds(model)
        node.job = Job(
            id=new_id("job_"),
            model_id=model.id,
            inputs=node.values,
            created=start,
            stages=timeline(start, end - start, ending),
            price=price(model, node.values, self._find),
            workflow_id=self._workflow.id,
            workflow_job_id=job.id if job else None,
        )
        node.end = end if ending else None
        node.result = ending or "success"
        if ending == "success" or job is None:
            node.end = end
            self._make(node, model, end, keep=self._place.shelf.add if job else None)
        if job is not None:
            node.job.error, node.job.hint = job.error, job.hint
            self.jobs.append(node.job)

    def _make(self, node: Node, model: Model, end: float, keep: Callable[[Asset], None] | None) -> None:
        if node.job is None:
            return
        for asset in making.files_of(node.job, model, _PLAIN, self._find, end):
            self._drafts[asset.id] = asset
            if keep is not None:
                keep(asset)
            if not asset.hidden:
                node.outputs.append(asset.id)
        node.job.asset_ids = list(node.outputs)

    def _seconds(self, model: Model) -> float:
        models = sum(not node.gate for node in self.nodes.values())
        length = self._script.length()
        if length is not None:
            return length / max(1, models) / self._place.options.speed
        return self._place.options.seconds * model.behavior.slow / self._place.options.speed
