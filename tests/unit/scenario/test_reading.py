"""Both spellings of everything, and records with anything missing."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.scenario.api.reading import read_asset, read_job
from bot.scenario.api.reading_models import read_model, read_workflow
from bot.scenario.api.records import Job, JobState


def job(body: dict[str, Any] | None = None, /, **fields: Any) -> Job:
    read = read_job(body or {"job": {"jobId": "job_1", **fields}})
    assert read is not None
    return read


@pytest.mark.parametrize(
    ("record", "found"),
    [
        ({"jobId": "job_1"}, "job_1"),
        ({"id": "job_1"}, "job_1"),
        ({"id": "other", "jobId": "job_1"}, "job_1"),
        ({"id": "job_1", "jobId": None}, "job_1"),
        ({"id": 17}, "17"),
        ({}, None),
        ({"jobId": ""}, None),
    ],
)
def test_either_job_id(record: dict[str, Any], found: str | None) -> None:
    read = read_job({"job": record})
    assert (read and read.id) == found


@pytest.mark.parametrize(
    ("word", "status", "state"),
    [
        ("pending", "pending", JobState.ACTIVE),
        ("queued", "queued", JobState.ACTIVE),
        ("warming-up", "warming-up", JobState.ACTIVE),
        ("in-progress", "in-progress", JobState.ACTIVE),
        ("IN_PROGRESS", "in-progress", JobState.ACTIVE),
        ("inProgress", "in-progress", JobState.ACTIVE),
        ("processing", "processing", JobState.ACTIVE),
        ("finalizing", "finalizing", JobState.ACTIVE),
        ("success", "success", JobState.SUCCEEDED),
        ("Succeeded", "succeeded", JobState.SUCCEEDED),
        ("completed", "completed", JobState.SUCCEEDED),
        ("failure", "failure", JobState.FAILED),
        ("FAILED", "failed", JobState.FAILED),
        ("error", "error", JobState.FAILED),
        ("canceled", "canceled", JobState.CANCELED),
        ("cancelled", "cancelled", JobState.CANCELED),
        ("post-processing", "post-processing", JobState.ACTIVE),
        ("", "unknown", JobState.ACTIVE),
        (None, "unknown", JobState.ACTIVE),
        (7, "unknown", JobState.ACTIVE),
    ],
)
def test_states(word: object, status: str, state: JobState) -> None:
    read = job(status=word)
    assert (read.status, read.state) == (status, state)


@pytest.mark.parametrize(
    ("progress", "share"),
    [
        (0.4, 0.4),
        (1, 1.0),
        (40, 0.4),
        (250, 1.0),
        (-1, 0.0),
        ("0.5", 0.5),
        (None, None),
        (True, None),
        ("x", None),
    ],
)
def test_progress(progress: object, share: float | None) -> None:
    assert job(progress=progress).progress == share


@pytest.mark.parametrize(
    ("body", "ids", "urls"),
    [
        ({"job": {"id": "j", "metadata": {"assetIds": ["asset_a", "asset_b", "asset_a"]}}}, "ab", ()),
        ({"job": {"id": "j", "assetIds": ["asset_a"]}}, "a", ()),
        ({"job": {"id": "j", "metadata": {"assetIds": [{"assetId": "asset_a"}]}}}, "a", ()),
        (
            {"job": {"id": "j", "result": {"images": [{"url": "https://x/1"}, {"url": "https://x/2"}]}}},
            "",
            (1, 2),
        ),
        ({"job": {"id": "j", "result": {"videos": ["https://x/1"]}}}, "", (1,)),
        ({"job": {"id": "j", "result": ["https://x/1", None, 3, "words"]}}, "", (1,)),
        ({"job": {"id": "j", "result": {"images": [{"url": "https://x/1", "assetId": "asset_a"}]}}}, "a", ()),
        ({"job": {"id": "j", "images": [{"url": "https://x/1"}]}}, "", (1,)),
        ({"job": {"id": "j", "metadata": {"assetIds": []}, "result": {"images": ["https://x/1"]}}}, "", (1,)),
        ({"job": {"id": "j", "metadata": {"output": {"url": "https://x/1"}}}}, "", (1,)),
        ({"job": {"id": "j"}, "asset": {"id": "asset_a", "url": "https://x/1"}}, "a", ()),
        ({"job": {"id": "j"}, "images": [{"url": "https://x/1"}]}, "", (1,)),
        ({"job": {"id": "j", "metadata": None, "result": None}}, "", ()),
    ],
)
def test_results_in_every_place(body: dict[str, Any], ids: str, urls: tuple[int, ...]) -> None:
    read = job(body)
    assert read.asset_ids == tuple(f"asset_{one}" for one in ids)
    assert read.urls == tuple(f"https://x/{one}" for one in urls)


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ("words", "words"),
        ({"text": "words"}, "words"),
        (["one", {"text": "two"}], "one\ntwo"),
        ({"score": 3}, '{"score": 3}'),
        ({}, None),
        (None, None),
    ],
)
def test_a_result_that_is_text(output: object, text: str | None) -> None:
    assert job(metadata={"output": output}).text == text


def test_errors_and_hints() -> None:
    read = job(status="failure", metadata={"error": "Blocked by the content policy", "hint": "Rephrase"})
    assert (read.error, read.hint, read.moderated) == ("Blocked by the content policy", "Rephrase", True)
    read = job(status="failed", error={"message": "GPU lost"})
    assert (read.error, read.hint, read.moderated) == ("GPU lost", None, False)
    read = job(status="success", metadata={"error": "flagged"})
    assert not read.moderated


@pytest.mark.parametrize(
    ("billing", "cu"),
    [
        ({"cuCost": 9, "cuCostDetails": {"quality-gate": 1.75}}, 10.75),
        ({"cuCost": 9}, 9),
        ({"cuCost": "9.5", "cuDiscount": 1}, 9.5),
        # a split that lists the generation too must not count it twice
        ({"cuCost": 9, "cuCostDetails": {"custom-generation": 9, "quality-gate": 1.75}}, 10.75),
        ({"cuCostDetails": {"custom-generation": 9, "quality-gate": 1.75}}, 10.75),
        ({"cuCost": 9, "cuCostDetails": {"quality-gate": None}}, 9),
        ({}, None),
        (None, None),
    ],
)
def test_what_was_charged(billing: object, cu: float | None) -> None:
    assert job(billing=billing).cu == cu


def test_what_was_charged_flattened() -> None:
    assert job(cuCost=4).cu == 4


@pytest.mark.parametrize(
    ("status", "billing", "refunded"),
    [
        ("failure", {"cuCost": 9}, True),
        ("failure", {"cuCost": 9, "disableRefund": False}, True),
        ("failure", {"cuCost": 9, "disableRefund": True}, False),
        ("failure", {}, None),
        ("failure", None, None),
        ("success", {"cuCost": 9}, None),
        ("canceled", {"cuCost": 9}, None),
    ],
)
def test_refunds(status: str, billing: object, refunded: bool | None) -> None:
    assert job(status=status, billing=billing).refunded is refunded


def test_what_xai_moderation_keeps_is_not_called_refunded() -> None:
    meta = {"error": "flagged", "input": {"prompt": "p"}}
    read = job(status="failure", billing={"cuCost": 4}, metadata=meta, modelId="model_xai-grok")
    assert read.refunded is None


def test_the_echo() -> None:
    read = job(
        metadata={"input": {"modelId": "model_a", "prompt": "p"}}, createdAt="2026-10-02T21:20:16.925Z"
    )
    assert read.inputs == {"modelId": "model_a", "prompt": "p"}
    assert read.model_id == "model_a"
    assert read.created_at == datetime(2026, 10, 2, 21, 20, 16, 925000, UTC)
    assert job(metadata={"input": {}}).inputs is None
    assert job(createdAt="yesterday").created_at is None
    assert job(createdAt=1790976016925).created_at == read.created_at


def test_a_model_with_its_schema() -> None:
    read = read_model(
        {
            "id": "model_a",
            "name": "A",
            "shortDescription": "d",
            "tags": ["sc:featured", None, "deprecated:model_b"],
            "accessRestrictions": 50,
            "inputs": [
                {
                    "name": "prompt",
                    "type": "string",
                    "prompt": True,
                    "required": {"always": True},
                    "maxLength": 9.0,
                },
                {
                    "name": "size",
                    "type": "NUMBER",
                    "min": 1,
                    "max": "8",
                    "allowedValues": [1, "2", None, {"value": 3}],
                },
                {"type": "string"},
                None,
                {"name": "odd", "required": True, "min": True},
            ],
            "uiConfig": {
                "resolutionComponent": {
                    "widthInput": "width",
                    "heightInput": "height",
                    "presets": [{"label": "16:9", "width": 1344, "height": 768}, {"label": "Auto"}, None],
                }
            },
        }
    )
    assert read is not None
    assert read.featured
    assert read.replaced_by == "model_b"
    assert read.inputs is not None
    assert [one.name for one in read.inputs] == ["prompt", "size", "odd"]
    prompt, size, odd = read.inputs
    assert (prompt.required, prompt.max_length, prompt.prompt) == ({"always": True}, 9, True)
    assert (size.type, size.max, size.allowed_values) == ("number", 8.0, (1, "2", 3))
    assert (odd.type, odd.required, odd.min) == ("string", {"always": True}, None)
    assert read.sizes is not None
    assert [(one.label, one.width) for one in read.sizes.presets] == [("16:9", 1344), ("Auto", None)]


def test_a_models_row() -> None:
    read = read_model({"id": "model_a"}, privacy="private")
    assert read is not None
    assert (read.name, read.privacy, read.inputs, read.sizes) == ("model_a", "private", None, None)
    assert read_model({"name": "nameless"}) is None


def test_an_asset() -> None:
    read = read_asset(
        {
            "id": "asset_a",
            "url": "https://cdn.cloud.scenario.com/a?x",
            "mimeType": "image/png",
            "properties": {"size": 12, "width": 3},
            "metadata": {"seed": 41.0, "height": 4},
            "nsfw": ["nudity", {"label": "gore"}, None],
        }
    )
    assert read is not None
    assert (read.size, read.width, read.height, read.seed) == (12, 3, 4, "41")
    assert read.nsfw == ("nudity", "gore")
    empty = read_asset({"url": None, "properties": None, "nsfw": None}, "asset_b")
    assert empty is not None
    assert (empty.id, empty.url, empty.size) == ("asset_b", None, None)


def test_an_asset_of_another_medium() -> None:
    read = read_asset(
        {
            "id": "asset_a",
            "url": "https://c/a.jpg",
            "originalFileUrl": "https://c/a.exr?x",
            "originalMimeType": "image/x-exr",
            "thumbnail": {"assetId": "asset_t", "url": "https://c/t"},
            "preview": {"assetId": "asset_p", "url": "https://c/p"},
            "firstFrame": {"assetId": "asset_f", "url": "https://c/t"},
            "lastFrame": {"url": None},
            "properties": {"duration": "5.2", "preview": " two\nlines ", "hasFullPreview": True},
        }
    )
    assert read is not None
    assert (read.original_url, read.original_mime_type) == ("https://c/a.exr?x", "image/x-exr")
    assert read.stills == ("https://c/p", "https://c/t")
    assert (read.duration, read.text) == (5.2, " two\nlines ")
    assert read.last_frame is None


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"assetId": "asset_z", "url": "https://c/z"}, "asset_z"),
        ({}, None),
        ("https://c/z", None),
        (None, None),
    ],
)
def test_the_last_picture_of_a_film_is_an_asset_of_its_own(told: Any, found: str | None) -> None:
    read = read_asset({"id": "a", "lastFrame": told})
    assert read is not None
    assert read.last_frame == found


@pytest.mark.parametrize(
    "properties",
    [
        {"preview": "the beg"},
        {"preview": "the beg", "hasFullPreview": False},
        {"preview": "the beg", "hasFullPreview": "yes"},
        {"preview": None, "hasFullPreview": True},
        None,
    ],
)
def test_half_a_text_is_none(properties: Any) -> None:
    read = read_asset({"id": "asset_a", "properties": properties, "preview": "words", "thumbnail": None})
    assert read is not None
    assert (read.text, read.stills, read.original_url, read.duration) == (None, (), None, None)


# Workflow runs


def test_a_run_is_of_its_workflow_and_a_step_of_its_model() -> None:
    run = {"workflowId": "wflow_a", "input": {"modelId": "model_x"}}
    assert job(jobType="workflow", metadata=run).model_id == "wflow_a"
    assert job(metadata=run).model_id == "wflow_a"
    step = {"workflowId": "wflow_a", "workflowJobId": "job_9", "modelId": "model_a"}
    assert job(jobType="custom", metadata=step).model_id == "model_a"
    assert job(jobType="custom", metadata={"workflowId": None, "modelId": "model_a"}).model_id == "model_a"


def test_the_nodes_of_a_run() -> None:
    flow = [
        {
            "id": "n1",
            "type": "custom-model",
            "status": "success",
            "label": "Draw",
            "assets": [{"assetId": "asset_1", "url": "https://c/1"}, None, {"assetId": "asset_2"}],
        },
        {"id": "n2", "type": "user_approval", "status": "PENDING", "dependsOn": ["n1", None]},
        {
            "nodeId": "n3",
            "type": "userSelection",
            "status": "processing",
            "dependsOn": None,
            "items": ["asset_1", None, {"assetId": "asset_2"}, 7, "asset_1"],
            "inputs": [
                {"name": "if", "type": "boolean", "max": 9},
                {"type": "file_array", "min": 2, "max": 3.0},
            ],
        },
        {"id": "n4"},
        {"type": "list"},
        None,
    ]
    first, approval, selection, bare = job(metadata={"flow": flow}).flow
    assert (first.type, first.status, first.name) == ("custom-model", "success", "Draw")
    assert first.asset_ids == ("asset_1", "asset_2")
    assert (approval.type, approval.status, approval.depends_on) == ("user-approval", "pending", ("n1",))
    assert (selection.id, selection.type) == ("n3", "user-selection")
    # an index is a place among the items, so what cannot be read keeps its place
    assert selection.asset_ids == ("asset_1", "", "asset_2", "7", "asset_1")
    assert (selection.least, selection.most) == (2, 3)
    assert (bare.type, bare.status, bare.least, bare.most) == ("unknown", "unknown", 1, 100)


@pytest.mark.parametrize(
    ("inputs", "bounds"),
    [
        (None, (1, 100)),
        ([{"type": "string_array"}], (1, 100)),
        ([{"type": "string_array", "min": None, "max": 4}], (1, 4)),
        ([{"type": "string_array", "minLength": 2, "maxLength": 5}], (2, 5)),
        ([{"type": "string_array", "min": 0}], (0, 100)),
        ([{"type": "string_array", "min": 5, "max": 2}], (5, 5)),
    ],
)
def test_how_many_a_selection_takes(inputs: Any, bounds: tuple[int, int]) -> None:
    [node] = job(metadata={"flow": [{"id": "n", "type": "user-selection", "inputs": inputs}]}).flow
    assert (node.least, node.most) == bounds


WORDS = """
    job jobId id status progress metadata assetIds result images url billing cuCost cuCostDetails error hint
    input output createdAt inputs name type required allowedValues uiConfig resolutionComponent widthInput
    heightInput presets label width properties size seed nsfw tags always modelId workflowId workflowJobId
    flow assets items dependsOn min max preview thumbnail hasFullPreview duration selects options value
    variants lorasComponent modelInput performanceStats variantKey concepts exampleAssetIds outputAssetKinds
    hasFlow kind
"""
KEYS = st.sampled_from(WORDS.split())
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("asset_x"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=25,
)


@given(st.dictionaries(KEYS, anything, max_size=8))
def test_no_record_breaks_it(body: Any) -> None:
    for read in (
        read_job(body, "known"),
        read_model(body, "known"),
        read_workflow(body, "known"),
        read_asset(body, "known"),
    ):
        assert read is not None
        assert read.id
    found = read_job(body, "known")
    assert found is not None
    json.dumps(found.inputs)
