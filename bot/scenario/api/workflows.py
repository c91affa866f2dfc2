"""Workflows without I/O: what to ask for, and what an answer means. Pure.

A run is paid for like a generation, and its answer is read by `jobs.parse_submission` and `parse_price`.
"""

from collections.abc import Sequence
from typing import Final

from bot.scenario.api import loose
from bot.scenario.api.exchange import Page, Request, listed, page, page_token, read, segment, unreadable
from bot.scenario.api.loose import as_object
from bot.scenario.api.reading_models import read_workflow
from bot.scenario.api.records import Inputs, Json, Model
from bot.scenario.api.replies import Reply
from bot.vocabulary import WORKFLOW_ID

WORKFLOWS_PAGE: Final = 100


def names_workflow(model_id: str) -> bool:
    """Whether an id is a workflow's."""
    return model_id.startswith(WORKFLOW_ID)


def build_workflow(workflow_id: str) -> Request:
    """One workflow, with its inputs."""
    return Request(method="GET", path=f"/workflows/{segment(workflow_id)}")


def build_workflows(token: str | None = None) -> Request:
    """A page of the key's own workflows, drafts too, without their graphs."""
    query = {"privacy": "private", "full": "false", "pageSize": str(WORKFLOWS_PAGE)}
    return Request(method="GET", path="/workflows", query=query | page_token(token))


def build_run(workflow_id: str, inputs: Inputs, *, dry: bool = False) -> Request:
    """The paid PUT: a flat body of the workflow's inputs, by their names."""
    query = {"dryRun": "true"} if dry else {}
    return Request(method="PUT", path=f"/workflows/{segment(workflow_id)}/run", query=query, body=inputs)


def build_approval(
    workflow_id: str, job_id: str, node_id: str, project_id: str | None, *, yes: bool
) -> Request:
    """The answer to a gate that asks for a yes. The project is the job's owner."""
    return _answer(workflow_id, "user-approval", job_id, node_id, project_id, "approve" if yes else "reject")


def build_selection(
    workflow_id: str, job_id: str, node_id: str, project_id: str | None, picks: Sequence[int]
) -> Request:
    """picks: indices from 0 into the node's items; none rejects."""
    if not picks:
        return _answer(workflow_id, "user-selection", job_id, node_id, project_id, "reject")
    chosen: list[Json] = list(picks)
    return _answer(workflow_id, "user-selection", job_id, node_id, project_id, "select", chosen)


def _answer(
    workflow_id: str,
    gate: str,
    job_id: str,
    node_id: str,
    project_id: str | None,
    action: str,
    chosen: list[Json] | None = None,
) -> Request:
    body: dict[str, Json] = {"nodeId": node_id, "workflowJobId": job_id, "action": action}
    if chosen is not None:
        body["selectedIndices"] = chosen
    query = {} if project_id is None else {"projectId": project_id}
    return Request(method="PUT", path=f"/workflows/{segment(workflow_id)}/{gate}", query=query, body=body)


def parse_workflow(reply: Reply, workflow_id: str) -> Model:
    """workflow_id: that of the request, for an answer that does not repeat it."""
    body = read(reply)
    return read_workflow(as_object(body.get("workflow")) or body, workflow_id) or unreadable(reply)


def parse_workflows(reply: Reply) -> Page[Model]:
    """A page of the key's own workflows."""
    body = read(reply)
    return page(map(read_workflow, listed(body, "workflows", reply)), body)


def parse_owner(reply: Reply) -> str | None:
    """The project that a job belongs to. A gate's answer has to name it, unlike anything else."""
    body = read(reply)
    return loose.text((as_object(body.get("job")) or body).get("ownerId"))
