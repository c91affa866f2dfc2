"""Whatever a reply has become on its way, every reader gives a record or none, and nothing escapes.

`MUTANTS=2000 python -m pytest …` looks at more than the few that every run looks at.
"""

import contextlib
import copy
import json
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.scenario.api import files, jobs, workflows
from bot.scenario.api.errors import Rejected, ScenarioError, Unavailable, Uncertain
from bot.scenario.api.exchange import parse_done
from bot.scenario.api.reading import is_part, job_id, read_asset, read_job
from bot.scenario.api.reading_models import read_model, read_workflow
from bot.scenario.api.replies import Reply, failure

EXAMPLES = int(os.environ.get("MUTANTS", "60"))

JOB: dict[str, Any] = {
    "job": {
        "jobId": "job_1",
        "jobType": "workflow",
        "status": "success",
        "progress": 0.5,
        "createdAt": "2026-11-28T10:00:00.000Z",
        "statusHistory": [{"date": "2026-11-28T10:00:00.000Z", "status": "queued"}],
        "billing": {"cuCost": 10, "cuDiscount": 0.0, "cuCostDetails": {"generation": 8, "tax": 2}},
        "metadata": {
            "assetIds": ["asset_1"],
            "inputs": {"prompt": "a fox", "numOutputs": 1, "seed": "7"},
            "modelId": "model_a",
            "workflowId": "wflow_a",
            "error": {"reason": "no", "details": ["nsfw"]},
            "output": ["words"],
            "flow": [
                {
                    "id": "n1",
                    "type": "user-selection",
                    "status": "pending",
                    "items": [{"assetId": "asset_1"}, "asset_2", 3],
                    "inputs": [{"type": "string_array", "min": 1, "max": 2}],
                    "dependsOn": ["n0"],
                    "assets": [{"assetId": "asset_3"}],
                }
            ],
        },
    },
    "creativeUnitsCost": 10,
}
ASSET: dict[str, Any] = {
    "asset": {
        "id": "asset_1",
        "url": "https://cdn.scenario.com/1?sig=a",
        "mimeType": "image/png",
        "kind": "image",
        "status": "success",
        "properties": {
            "size": 10,
            "width": 4,
            "height": 4,
            "duration": 2.5,
            "hasFullPreview": True,
            "preview": "a",
        },
        "metadata": {"seed": "7", "type": "inference-txt2img"},
        "nsfw": ["nudity"],
        "originalFileUrl": "https://cdn.scenario.com/2",
        "preview": {"assetId": "asset_2", "url": "https://cdn.scenario.com/3"},
        "thumbnail": {"assetId": "asset_3", "url": "https://cdn.scenario.com/4"},
        "firstFrame": {"assetId": "asset_4", "url": "https://cdn.scenario.com/5"},
    }
}
MODEL: dict[str, Any] = {
    "id": "model_a",
    "name": "Sketch",
    "type": "custom",
    "status": "trained",
    "capabilities": ["txt2img"],
    "tags": ["sc:featured"],
    "thumbnail": {"assetId": "asset_1", "url": "https://cdn.scenario.com/1"},
    "exampleAssetIds": ["asset_1"],
    "createdAt": "2026-11-28T10:00:00.000Z",
    "accessRestrictions": 0,
    "inputs": [
        {
            "name": "prompt",
            "type": "string",
            "required": {"always": True},
            "default": "",
            "minLength": 1,
            "maxLength": 2048,
            "prompt": True,
        },
        {"name": "size", "type": "number", "min": 256, "max": 1024, "step": 64, "allowedValues": [256, 512]},
        {"name": "loras", "type": "inputs_array", "inputs": [{"name": "model", "type": "model"}]},
    ],
    "uiConfig": {
        "selects": {"size": {"256": "Small", "512": {"label": "Large"}}},
        "resolutionComponent": {
            "widthInput": "width",
            "heightInput": "height",
            "presets": [{"label": "1:1", "width": 512, "height": 512}, {"label": "Auto"}],
        },
        "lorasComponent": {"modelInput": "model", "scaleInput": "scale", "modelIdInput": "base"},
    },
    "performanceStats": {"variants": [{"capability": "txt2img", "inferenceLatencyP50": 2.5}]},
}
WORKFLOW: dict[str, Any] = {
    "workflow": {**MODEL, "id": "wflow_a", "status": "ready", "outputAssetKinds": ["image"], "flow": []}
}

READERS: Mapping[str, tuple[dict[str, Any], Callable[[Any], object]]] = {
    "job": (JOB, read_job),
    "job's id": (JOB["job"], job_id),
    "step": (JOB["job"], is_part),
    "asset": (ASSET["asset"], read_asset),
    "model": (MODEL, read_model),
    "workflow": (WORKFLOW["workflow"], read_workflow),
}

COST: dict[str, Any] = {"creativeUnitsCost": 10, "costDetails": {"generation": 8, "tax": 2}}
UPLOAD: dict[str, Any] = {
    "upload": {
        "id": "upload_1",
        "status": "pending",
        "parts": [{"number": 1, "url": "https://cdn.scenario.com/1"}, {"url": "https://cdn.scenario.com/2"}],
        "entityId": "asset_1",
        "entity": {"id": "asset_1"},
        "errorMessage": {"reason": "no", "details": ["too large"]},
    }
}
LIMITS: dict[str, Any] = {
    "plan": "cu-pro",
    "limits": {"parallelCustomJobs": 5, "parallelWorkflowRuns": {"value": 2}},
}
REFUSAL: dict[str, Any] = {
    "error": {"reason": "no", "errors": [{"message": "too many", "detail": {"modelId": "model_a"}}]},
    "traceId": "t1",
    "remainingSeconds": 3,
    "actionName": "generate",
    "actionLimit": 5,
    "requiredPlan": {"name": "Pro"},
}


def pages(key: str, row: Any) -> dict[str, Any]:
    return {key: [row, row], "nextPaginationToken": "t"}


REPLIES: Mapping[str, tuple[dict[str, Any], Callable[[Reply], object]]] = {
    "a job": (JOB, partial(jobs.parse_job, job_id="job_1")),
    "jobs": (pages("jobs", JOB["job"]), jobs.parse_jobs),
    "what was bought": (JOB, jobs.parse_submission),
    "a price": ({**COST, "job": {}}, jobs.parse_price),
    "a model": ({"model": MODEL}, partial(jobs.parse_model, model_id="model_a")),
    "models": (pages("models", MODEL), partial(jobs.parse_models, privacy="public")),
    "teams": ({"teams": [{"id": "team_1"}, {"teamId": "team_2"}]}, jobs.parse_teams),
    "ceilings": (LIMITS, jobs.parse_ceilings),
    "a plan": (LIMITS, jobs.parse_plan),
    "an asset": (ASSET, files.parse_asset),
    "assets": ({"assets": [ASSET["asset"]] * 2}, files.parse_assets),
    "a link": ({"url": "https://cdn.scenario.com/1", "downloadUrl": "a"}, files.parse_link),
    "an upload": (UPLOAD, files.parse_upload),
    "a workflow": (WORKFLOW, partial(workflows.parse_workflow, workflow_id="wflow_a")),
    "workflows": (pages("workflows", WORKFLOW["workflow"]), workflows.parse_workflows),
    "an owner": ({"job": {"ownerId": "proj_1"}, "ownerId": "proj_2"}, workflows.parse_owner),
}
"""Every answer that is a success, and who reads it."""

ODD: Final[list[Any]] = [
    *(None, True, "", " ", "\ud800", "x" * 5000, 0, -1, 10**400, 1e308, float("inf"), float("nan")),
    *([], {}, [[]], [None], {"": None}, {"id": {}}, [{"id": []}]),
    *("2026-99-99", "1e999", "https://", "http://[", "data:,"),
]
anything: Final[st.SearchStrategy[Any]] = st.recursive(
    st.sampled_from(ODD) | st.text(max_size=5) | st.integers(),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in it: what holds it, and under which key or number."""
    entries: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        entries = list(cast("dict[Any, Any]", value).items())
    elif isinstance(value, list):
        entries = list(enumerate(cast("list[Any]", value)))
    for key, inner in entries:
        yield value, key
        yield from places(inner)


@st.composite
def mutated(draw: st.DrawFn, whole: dict[str, Any]) -> dict[str, Any]:
    body = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 6))):
        found = [*places(body)]
        if not found:
            break
        holder, key = draw(st.sampled_from(found))
        match draw(st.sampled_from(["replace", "drop", "move"])):
            case "drop":
                del holder[key]
            case "move":
                holder[key] = copy.deepcopy(draw(st.sampled_from([inner[at] for inner, at in found])))
            case _:
                holder[key] = copy.deepcopy(draw(anything))
    return body


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_nothing_escapes_a_reader(reader: str, data: st.DataObject) -> None:
    whole, read = READERS[reader]
    body = data.draw(mutated(whole))
    found = read(json.loads(json.dumps(body)))  # as it comes over the wire
    assert found is None or isinstance(found, (str, bool)) or repr(found)


@pytest.mark.parametrize("reader", READERS)
def test_what_is_mutated_was_read_whole(reader: str) -> None:
    whole, read = READERS[reader]
    assert read(whole) is not None


# -- whole answers ----------------------------------------------------------------------------------------


def reply(body: bytes, status: int = 200) -> Reply:
    return Reply(status=status, body=body, at=datetime(2026, 11, 28, tzinfo=UTC))


@st.composite
def spoiled(draw: st.DrawFn, whole: dict[str, Any]) -> bytes:
    """A body whose values changed, and where it is worst its text too."""
    body = bytearray(
        json.dumps(draw(mutated(whole)), ensure_ascii=draw(st.booleans())).encode(errors="replace")
    )
    if draw(st.booleans()):
        at = draw(st.integers(0, len(body)))
        body[at : at + draw(st.integers(0, 40))] = draw(st.binary(max_size=4))
    return bytes(body)


@pytest.mark.parametrize("answer", REPLIES)
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_an_answer_is_read_or_is_a_named_error(answer: str, data: st.DataObject) -> None:
    whole, told = REPLIES[answer]
    body = data.draw(spoiled(whole))
    # a paid POST that was taken is never a no, and a read that cannot be read may be asked again
    wanted = Uncertain if answer == "what was bought" else Unavailable
    with contextlib.suppress(wanted):
        repr(told(reply(body)))


@pytest.mark.parametrize("answer", REPLIES)
def test_what_is_spoiled_was_understood(answer: str) -> None:
    whole, told = REPLIES[answer]
    found = told(reply(json.dumps(whole).encode()))
    assert found
    assert getattr(found, "rows", True)


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), status=st.integers(100, 599).filter(lambda one: not 200 <= one < 300))
def test_every_refusal_has_a_name_and_a_reason(data: st.DataObject, status: int) -> None:
    answer = reply(data.draw(spoiled(REFUSAL)), status)
    assert failure(answer).reason
    with pytest.raises((Rejected, Unavailable)):
        parse_done(answer)
    for _, told in REPLIES.values():
        with pytest.raises(ScenarioError):
            told(answer)
