"""Workflows: lists, prices, runs by the clock, gates that wait, and what becomes of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sandbox.clock import Clock
from sandbox.scenario import Studio
from sandbox.wire import Wire

Call = Callable[..., Awaitable[tuple[int, dict[str, Any]]]]
POSTER = "wflow_Poster8s2kQm4nVb7x"
SCENE = "wflow_Scene4d9pTz6wLc2h"
FIGURE = "wflow_Figure7t1vXk9sRj5g"
DRAFT = "wflow_Mural3x5bYn8qDw1f"
PROJECT = "?projectId=proj_sandbox"


async def start(call: Call, workflow_id: str, **inputs: Any) -> str:
    status, body = await call("PUT", f"/workflows/{workflow_id}/run", {"text1": "a fox", **inputs})
    assert status == 200, body
    assert body["workflow"]["id"] == workflow_id
    return body["job"]["jobId"]


async def read(call: Call, job_id: str) -> dict[str, Any]:
    return (await call("GET", f"/jobs/{job_id}"))[1]["job"]


def states(job: dict[str, Any]) -> dict[str, str]:
    return {node["id"]: node["status"] for node in job["metadata"]["flow"]}


async def kinds(call: Call, ids: list[str]) -> list[str]:
    _, body = await call("POST", "/assets/get-bulk", {"assetIds": ids})
    return [asset["kind"] for asset in body["assets"]]


async def test_lists_and_single_reads(call: Call) -> None:
    _, body = await call("GET", "/workflows")
    assert [each["id"] for each in body["workflows"]] == [POSTER, SCENE, FIGURE, DRAFT]
    assert all("flow" in each for each in body["workflows"])
    _, body = await call("GET", "/workflows?full=false&status=draft")
    assert [(each["id"], each["hasFlow"], "flow" in each) for each in body["workflows"]] == [
        (DRAFT, False, False)
    ]
    _, body = await call("GET", "/workflows?pageSize=3")
    _, rest = await call("GET", f"/workflows?pageSize=3&paginationToken={body['nextPaginationToken']}")
    assert [each["id"] for each in rest["workflows"]] == [DRAFT]
    assert (await call("GET", "/workflows?privacy=public"))[1] == {"workflows": []}
    assert (await call("GET", "/workflows?status=deleted"))[0] == 400
    _, one = await call("GET", f"/workflows/{FIGURE}")
    assert [rule["name"] for rule in one["workflow"]["inputs"]] == ["text1", "number1", "file1"]
    assert one["workflow"]["outputAssetKinds"] == ["image", "3d", "text"]
    assert (await call("GET", "/workflows/wflow_none"))[0] == 404


async def test_a_plain_run_goes_through_its_nodes(call: Call, clock: Clock, studio: Studio) -> None:
    inputs = {"text1": "a fox", "select1": "16:9"}
    status, dry = await call("PUT", f"/workflows/{POSTER}/run?dryRun=true", inputs)
    assert (status, "job" in dry, studio.ledger()) == (269, False, [])
    studio.script({"seconds": 60})
    job_id = await start(call, POSTER, select1="16:9")
    seen: list[dict[str, str]] = []
    progress: list[float] = []
    job = await read(call, job_id)
    for _ in range(40):
        job = await read(call, job_id)
        seen.append(states(job))
        progress.append(job["progress"])
        clock.advance(2)
    order = [tuple(each.values()) for each in seen]
    assert [each for each in dict.fromkeys(order) if set(each) != {"pending"}] == [
        ("processing", "pending"),
        ("success", "processing"),
        ("success", "success"),
    ]
    assert progress == sorted(progress)
    assert (job["status"], job["jobType"], job["metadata"]["workflowId"]) == ("success", "workflow", POSTER)
    assert job["metadata"]["input"] == {"text1": "a fox", "select1": "16:9"}
    upscaled = job["metadata"]["flow"][1]
    assert job["metadata"]["assetIds"] == [each["assetId"] for each in upscaled["assets"]]
    _, body = await call("GET", f"/assets/{job['metadata']['assetIds'][0]}")
    assert (body["asset"]["properties"]["width"], body["asset"]["metadata"]["type"]) == (2720, "upscale")
    part = await read(call, upscaled["jobId"])
    assert (part["status"], part["metadata"]["workflowJobId"]) == ("success", job_id)
    assert part["metadata"]["input"]["image"] == job["metadata"]["flow"][0]["assets"][0]["assetId"]
    line = studio.ledger()[0]
    assert (line["model_id"], len(studio.ledger()), line["status"]) == (POSTER, 1, "success")
    assert line["cu"] == dry["creativeUnitsCost"] > 10


async def test_an_approval_waits_until_somebody_acts(
    call: Call, clock: Clock, studio: Studio, wire: Wire
) -> None:
    job_id = await start(call, SCENE, select1="10")
    path = f"/workflows/{SCENE}/user-approval{PROJECT}"
    answer = {"nodeId": "approval1", "workflowJobId": job_id}
    assert (await call("PUT", path, answer))[1]["reason"] == "Node approval1 is not waiting for a decision"
    clock.advance(100_000)
    job = await read(call, job_id)
    assert (job["status"], "assetIds" in job["metadata"]) == ("in-progress", False)
    assert states(job) == {"image1": "success", "approval1": "processing", "video1": "pending"}
    studio.configure(gate_status="pending")
    assert states(await read(call, job_id))["approval1"] == "pending"
    assert (await call("PUT", path.split("?")[0], answer))[0] == 400
    assert wire.violations[-1]["what"] == "projectId is missing"
    assert (await call("PUT", path, {**answer, "nodeId": "image1"}))[0] == 400
    assert (await call("PUT", path, {**answer, "nodeId": "other"}))[0] == 404
    assert (await call("PUT", path, {**answer, "action": "maybe"}))[0] == 400
    assert (await call("PUT", f"/workflows/{POSTER}/user-approval{PROJECT}", answer))[0] == 404
    status, body = await call("PUT", path, answer)
    assert (status, states(body["job"])["approval1"]) == (200, "success")
    assert (await call("PUT", path, answer))[0] == 400
    clock.advance(1)
    assert states(await read(call, job_id))["video1"] == "processing"
    clock.advance(30)
    job = await read(call, job_id)
    assert job["status"] == "success"
    assert await kinds(call, job["metadata"]["assetIds"]) == ["image", "video"]


async def test_a_selection_takes_some_and_goes_on(call: Call, clock: Clock) -> None:
    job_id = await start(call, FIGURE, number1=3)
    clock.advance(50)
    gate = (await read(call, job_id))["metadata"]["flow"][1]
    assert (gate["status"], len(gate["items"])) == ("processing", 3)
    path = f"/workflows/{FIGURE}/user-selection{PROJECT}"
    answer = {"nodeId": "selection1", "workflowJobId": job_id, "action": "select"}
    for wrong in ([], [3], [-1], [0, 0], [0, 1, 2, 3], ["0"], [True], None):
        assert (await call("PUT", path, {**answer, "selectedIndices": wrong}))[0] == 400, wrong
    assert (await call("PUT", path, {"nodeId": "selection1", "workflowJobId": job_id}))[0] == 400
    _, body = await call("PUT", path, {**answer, "selectedIndices": [2, 0]})
    picked = body["job"]["metadata"]["flow"][1]["assets"]
    assert [each["assetId"] for each in picked] == [gate["items"][2], gate["items"][0]]
    clock.advance(50)
    job = await read(call, job_id)
    mesh = job["metadata"]["flow"][2]
    assert next(rule["value"] for rule in mesh["inputs"]) == [gate["items"][2], gate["items"][0]]
    assert await kinds(call, job["metadata"]["assetIds"]) == ["image"] * 3 + ["3d", "text"]


@pytest.mark.parametrize("which", ["approval", "selection"])
async def test_a_rejection_cancels_the_run(call: Call, clock: Clock, studio: Studio, which: str) -> None:
    workflow_id = SCENE if which == "approval" else FIGURE
    job_id = await start(call, workflow_id)
    clock.advance(50)
    answer = {"nodeId": f"{which}1", "workflowJobId": job_id, "action": "reject"}
    _, body = await call("PUT", f"/workflows/{workflow_id}/user-{which}{PROJECT}", answer)
    job = body["job"]
    assert (job["status"], states(job)[f"{which}1"]) == ("canceled", "rejected")
    assert {"skipped"} == {
        status for name, status in states(job).items() if name not in ("image1", answer["nodeId"])
    }
    assert (await call("PUT", f"/workflows/{workflow_id}/user-{which}{PROJECT}", answer))[0] == 400
    assert studio.ledger()[0]["refunded"] is True


async def test_what_a_run_refuses_costs_nothing(call: Call, studio: Studio) -> None:
    path = f"/workflows/{FIGURE}/run"
    for inputs, reason in (
        ({}, "Input text1 is required"),
        ({"text1": "x", "number1": 9}, "Input number1 must be at most 4"),
        ({"text1": "x", "prompt": "y"}, "Input prompt is not supported by this model"),
        ({"text1": "x", "file1": "asset_none"}, "Asset asset_none not found"),
    ):
        for query in ("", "?dryRun=true"):
            assert (await call("PUT", path + query, inputs))[1] == {"reason": reason}
    assert (await call("PUT", f"/workflows/{DRAFT}/run", {"text1": "x"}))[1] == {
        "reason": f"Workflow {DRAFT} is not ready"
    }
    studio.configure(parallel_workflows=0)
    status, body = await call("PUT", path, {"text1": "x"})
    assert (status, body["details"]["actionName"]) == (429, "parallelWorkflowRuns")
    studio.configure(parallel_workflows=5, creative_units=1)
    assert (await call("PUT", path, {"text1": "x"}))[0] == 403
    assert studio.ledger() == []


async def test_prices_follow_the_inputs(call: Call) -> None:
    async def cost(workflow_id: str, **inputs: Any) -> float:
        _, body = await call("PUT", f"/workflows/{workflow_id}/run?dryRun=api", {"text1": "x", **inputs})
        return body["creativeUnitsCost"]

    assert await cost(SCENE, select1="10") > await cost(SCENE) > 50
    assert await cost(FIGURE, number1=2) < await cost(FIGURE)


async def test_lists_filters_and_no_cancelling(call: Call, clock: Clock, studio: Studio) -> None:
    studio.configure(cancel="always")
    run = await start(call, POSTER)
    _, body = await call("POST", "/generate/custom/model_imagen4-ultra", {"prompt": "x"})
    plain = body["job"]["jobId"]

    async def ids(query: str) -> set[str]:
        return {job["jobId"] for job in (await call("GET", f"/jobs?{query}"))[1]["jobs"]}

    assert await ids("types=workflow") == {run}
    assert await ids("types=custom") == {plain}
    assert await ids("types=custom,workflow") == {run, plain}
    assert await ids(f"workflowId={POSTER}") == {run}
    refused = (400, {"reason": "Cannot cancel this type of job"})
    assert await call("POST", f"/jobs/{run}/action", {"action": "cancel"}) == refused


async def test_scripts_decide_about_runs_too(call: Call, clock: Clock, studio: Studio) -> None:
    studio.script({"model_id": POSTER, "outcome": "failure", "error": "No GPU", "seconds": 4, "times": 1})
    studio.script({"prompt_contains": "never", "outcome": "never"})
    failed, stuck = await start(call, POSTER), await start(call, POSTER, text1="never")
    clock.advance(1000)
    job = await read(call, failed)
    assert (job["status"], job["metadata"]["error"]) == ("failure", "No GPU")
    assert states(job) == {"image1": "failure", "upscale1": "skipped"}
    assert (await read(call, stuck))["status"] == "in-progress"
    assert [line["refunded"] for line in studio.ledger()] == [True, False]


async def test_a_workflow_added_at_run_time(call: Call, clock: Clock, studio: Studio) -> None:
    studio.workflows.add(
        {
            "id": "wflow_new",
            "inputs": [{"name": "text1", "type": "string", "prompt": True}],
            "flow": [
                {
                    "id": "one",
                    "type": "custom-model",
                    "modelId": "model_lyria-2",
                    "inputs": [
                        {"name": "prompt", "type": "string", "ref": {"node": "workflow", "name": "text1"}}
                    ],
                }
            ],
        }
    )
    job_id = await start(call, "wflow_new")
    clock.advance(20)
    assert await kinds(call, (await read(call, job_id))["metadata"]["assetIds"]) == ["audio"]
    nothing: dict[str, Any] = {}
    for wrong in (
        nothing,
        {"id": "w", "flow": [{"id": "a", "type": "spell"}]},
        {"id": "w", "inputs": [nothing]},
    ):
        with pytest.raises(ValueError, match=r"id|inputs|flow"):
            studio.workflows.add(wrong)
