"""Workflows: listed and read as models, priced and run by PUT, their gates answered once."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.scenario.api import errors
from bot.scenario.api.records import JobState
from bot.scenario.client import ScenarioClient
from tests.contract.scripted import Cue, Handler, reset, routed, says

READY = {
    "id": "wflow_a",
    "name": "Turnaround",
    "status": "ready",
    "hasFlow": True,
    "outputAssetKinds": ["image"],
    "inputs": [{"name": "text1", "type": "string", "label": "Idea"}],
}
RUN: dict[str, Any] = {
    "job": {
        "jobId": "job_1",
        "jobType": "workflow",
        "status": "queued",
        "ownerId": "proj_1",
        "metadata": {"workflowId": "wflow_a", "input": {"text1": "p"}},
    },
    "workflow": {"id": "wflow_a", "status": "ready"},
    "creativeUnitsCost": 12.5,
}


pytestmark = pytest.mark.usefixtures("no_waiting")


async def test_the_listing(cue: Cue, client: ScenarioClient) -> None:
    draft = {"id": "wflow_b", "name": None, "status": "draft", "hasFlow": False}
    cue.answers = [
        says(200, {"workflows": [], "nextPaginationToken": "t"}),
        says(200, {"workflows": [READY, draft, None, {}], "nextPaginationToken": None}),
    ]
    rows = [row async for row in client.workflows()]
    assert [(row.id, row.status, row.is_workflow) for row in rows] == [
        ("wflow_a", "trained", True),
        ("wflow_b", "draft", True),
    ]
    base = "/v1/workflows?privacy=private&full=false&pageSize=100"
    assert [path for _, path in cue.asked] == [base, f"{base}&paginationToken=t"]


@pytest.mark.parametrize(("status", "kind"), [(404, errors.NotFound), (403, errors.Forbidden)])
async def test_an_account_without_workflows(
    cue: Cue, client: ScenarioClient, status: int, kind: type[errors.ScenarioError]
) -> None:
    cue.answers = [says(status, {"reason": "no"})]
    with pytest.raises(kind):
        _ = [row async for row in client.workflows()]
    assert len(cue.asked) == 1


async def test_one_is_read_by_its_id(cue: Cue, client: ScenarioClient) -> None:
    cue.answers = [says(200, {"workflow": READY})]
    read = await client.model("wflow_a")
    assert (read.name, read.type, read.capabilities) == ("Turnaround", "workflow", ("txt2img",))
    assert [one.label for one in read.inputs or ()] == ["Idea"]
    assert cue.asked == [("GET", "/v1/workflows/wflow_a")]
    cue.answers = [says(404, {"reason": "Workflow wflow_a not found"})]
    with pytest.raises(errors.NotFound):
        await client.model("wflow_a")


async def test_a_run_is_priced_and_bought(cue: Cue, client: ScenarioClient) -> None:
    cue.answers = [says(269, {"creativeUnitsCost": 12.5, "job": {}}), says(200, RUN)]
    price = await client.price("wflow_a", {"text1": "p"})
    assert price is not None
    assert price.cu == 12.5
    bought = await client.submit("wflow_a", {"text1": "p"})
    assert (bought.job.id, bought.job.model_id, bought.cu) == ("job_1", "wflow_a", 12.5)
    assert bought.job.inputs == {"text1": "p"}
    assert cue.asked == [
        ("PUT", "/v1/workflows/wflow_a/run?dryRun=true"),
        ("PUT", "/v1/workflows/wflow_a/run"),
    ]
    assert [json.loads(body) for body in cue.bodies] == [{"text1": "p"}] * 2


async def test_a_dry_run_of_a_workflow_is_sent_once(cue: Cue, client: ScenarioClient) -> None:
    cue.answers = [reset]
    with pytest.raises(errors.Unavailable):
        await client.price("wflow_a", {"text1": "p"})
    assert len(cue.asked) == 1
    cue.answers = [says(404, {"reason": "Not found"})]
    assert await client.price("wflow_a", {}) is None
    cue.answers = [says(404, {"reason": "Workflow wflow_a not found"})]
    with pytest.raises(errors.NotFound):
        await client.price("wflow_a", {})


async def test_runs_are_listed_and_their_steps_are_not(cue: Cue, client: ScenarioClient) -> None:
    step = {"workflowId": "wflow_a", "workflowJobId": "job_1", "input": {"prompt": "p"}}
    own = {"workflowId": "wflow_a", "workflowJobId": "job_3"}
    jobs: list[dict[str, Any]] = [
        RUN["job"],
        {"jobId": "job_2", "jobType": "custom", "status": "queued", "metadata": step},
        {"jobId": "job_3", "jobType": "workflow", "status": "queued", "metadata": own},
        {"jobId": "job_4", "jobType": "custom", "metadata": {"workflowId": "wflow_a"}},
        {"jobId": "job_5", "jobType": "custom", "metadata": {"modelId": "model_a", "workflowId": None}},
    ]
    cue.answers = [says(200, {"jobs": jobs})]
    listed = [job async for job in client.jobs(created_after=datetime.now(UTC))]
    assert [(job.id, job.model_id) for job in listed] == [
        ("job_1", "wflow_a"),
        ("job_3", "wflow_a"),
        ("job_5", "model_a"),
    ]
    assert "type" not in cue.asked[0][1]


# Gates


def gate(answer: Handler, job: dict[str, Any] | None = None) -> Handler:
    return routed(
        {
            "GET /v1/jobs/job_1": [says(200, {"job": job or RUN["job"]})],
            "PUT /v1/workflows/wflow_a/user-approval": [answer],
            "PUT /v1/workflows/wflow_a/user-selection": [answer],
        }
    )


@pytest.mark.parametrize("yes", [True, False])
async def test_an_approval(cue: Cue, client: ScenarioClient, yes: bool) -> None:
    cue.answers = [gate(says(200, RUN))]
    await client.approve("wflow_a", "job_1", "node_1", yes=yes)
    assert cue.asked[1] == ("PUT", "/v1/workflows/wflow_a/user-approval?projectId=proj_1")
    assert json.loads(cue.bodies[1]) == {
        "nodeId": "node_1",
        "workflowJobId": "job_1",
        "action": "approve" if yes else "reject",
    }


async def test_a_selection(cue: Cue, client: ScenarioClient) -> None:
    cue.answers = [gate(says(200, b""), {"jobId": "job_1", "status": "in-progress", "ownerId": None})]
    await client.choose("wflow_a", "job_1", "node_1", [2, 0])
    await client.choose("wflow_a", "job_1", "node_1", [])
    assert cue.asked[1] == ("PUT", "/v1/workflows/wflow_a/user-selection")
    named = {"nodeId": "node_1", "workflowJobId": "job_1"}
    assert json.loads(cue.bodies[1]) == {**named, "action": "select", "selectedIndices": [2, 0]}
    assert json.loads(cue.bodies[3]) == {**named, "action": "reject"}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reset, errors.Unavailable),
        (says(503), errors.Unavailable),
        (says(429), errors.Unavailable),
        (says(400, {"reason": "Node is not waiting"}), errors.BadInput),
        (says(409, {"reason": "already decided"}), errors.BadInput),
        (says(403), errors.Forbidden),
        (says(404), errors.NotFound),
    ],
)
async def test_a_gate_is_answered_once(
    cue: Cue, client: ScenarioClient, answer: Handler, kind: type[errors.ScenarioError]
) -> None:
    cue.answers = [gate(answer)]
    with pytest.raises(kind):
        await client.approve("wflow_a", "job_1", "node_1", yes=True)
    with pytest.raises(kind):
        await client.choose("wflow_a", "job_1", "node_1", [0])
    assert len([method for method, _ in cue.asked if method == "PUT"]) == 2


async def test_a_waiting_run(cue: Cue, client: ScenarioClient) -> None:
    flow = [
        {"id": "n1", "type": "custom-model", "status": "success", "assets": [{"assetId": "asset_1"}]},
        {"id": "n2", "type": "user-selection", "status": "pending", "items": ["asset_1", "asset_2"]},
    ]
    job = {**RUN["job"], "status": "in-progress", "metadata": {"workflowId": "wflow_a", "flow": flow}}
    cue.answers = [says(200, {"job": job})]
    read = await client.job("job_1")
    assert (read.state, read.asset_ids) == (JobState.ACTIVE, ())
    assert [(node.id, node.type, node.asset_ids) for node in read.flow] == [
        ("n1", "custom-model", ("asset_1",)),
        ("n2", "user-selection", ("asset_1", "asset_2")),
    ]
