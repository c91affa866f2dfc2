"""Models and workflows with everything that they may say, and with anything missing."""

from typing import Any

import pytest

from bot.scenario.api.reading_models import read_model, read_workflow
from bot.scenario.api.records import Input, LorasInputs, Model, Variant


def model(**fields: Any) -> Model:
    read = read_model({"id": "model_a", **fields})
    assert read is not None
    return read


def workflow(**fields: Any) -> Model:
    read = read_workflow({"id": "wflow_a", **fields})
    assert read is not None
    return read


def an_input(row: dict[str, Any], selects: Any = None) -> Input:
    read = model(inputs=[{"name": "a", **row}], uiConfig={"selects": selects}).inputs
    assert read is not None
    return read[0]


def test_what_an_input_says_of_itself() -> None:
    read = an_input(
        {
            "type": "file",
            "hint": "Sharp ones work best",
            "placeholder": "a cat",
            "group": "Frames",
            "kind": "video",
            "minDuration": 2,
            "maxDuration": "10.5",
            "maxSize": 1e8,
            "maskFrom": "image",
            "parent": True,
        }
    )
    assert (read.hint, read.placeholder, read.group) == ("Sharp ones work best", "a cat", "Frames")
    assert (read.min_duration, read.max_duration, read.max_size) == (2.0, 10.5, 1e8)
    assert (read.kind, read.mask_from, read.parent) == ("video", "image", True)


def test_an_input_of_nulls() -> None:
    names = ("hint", "placeholder", "group", "minDuration", "maxSize", "maskFrom", "parent", "inputs")
    read = an_input(dict.fromkeys(names, None))
    assert read == Input(name="a", type="string")


@pytest.mark.parametrize(
    ("selects", "labels"),
    [
        ({"a": {"5": "Five seconds", "-1": "Auto"}}, {"5": "Five seconds", "-1": "Auto"}),
        ({"a": {"hd": {"label": "High"}, "x": None}}, {"hd": "High"}),
        ({"a": [{"value": 5, "label": "Five"}, {"value": None, "label": "?"}, None]}, {"5": "Five"}),
        ({"a": {"options": [{"value": "hd", "label": "High"}]}}, {"hd": "High"}),
        ({"b": {"5": "Five"}}, {}),
        ({"a": None}, {}),
        (None, {}),
        ([], {}),
    ],
)
def test_labels_of_choices(selects: Any, labels: dict[str, str]) -> None:
    assert dict(an_input({"allowedValues": [5, "hd"]}, selects).labels) == labels


def test_labels_that_stand_with_the_choices() -> None:
    read = an_input({"allowedValues": [{"value": 8, "label": "Eight"}, 9]}, {"a": {"9": "Nine"}})
    assert read.allowed_values == (8, 9)
    assert dict(read.labels) == {"8": "Eight", "9": "Nine"}


def test_the_fields_of_an_inputs_array() -> None:
    fields = [{"name": "prompt", "type": "string", "required": {"always": True}}, {"name": None}, 3]
    read = an_input({"type": "inputs_array", "inputs": fields})
    assert [(one.name, one.type, one.required) for one in read.inputs] == [
        ("prompt", "string", {"always": True})
    ]


def test_where_trained_models_go() -> None:
    component = {
        "label": "LoRAs",
        "modelInput": "loras",
        "scaleInput": "lorasScale",
        "modelIdInput": "modelId",
    }
    assert model(uiConfig={"lorasComponent": component}).loras == LorasInputs(
        models="loras", scales="lorasScale", model_id="modelId"
    )
    assert model(
        uiConfig={"lorasComponent": {"modelInput": "loras", "scaleInput": None}}
    ).loras == LorasInputs(models="loras")
    for ui in (None, {}, {"lorasComponent": None}, {"lorasComponent": {"label": "x"}}):
        assert model(uiConfig=ui).loras is None


def test_what_a_catalogue_shows() -> None:
    read = model(
        thumbnail={"assetId": "asset_t", "url": "https://c/t?x"},
        exampleAssetIds=["asset_1", {"id": "asset_2"}, None, "asset_1"],
        concepts=[{"modelId": "model_x", "scale": 0.8}, {"modelId": None}, "model_y"],
    )
    assert read.thumbnail == "https://c/t?x"
    assert read.example_asset_ids == ("asset_1", "asset_2")
    assert read.concepts == ("model_x", "model_y")
    empty = model(thumbnail=None, exampleAssetIds=None, concepts={}, performanceStats=None)
    assert (empty.thumbnail, empty.example_asset_ids, empty.concepts, empty.variants) == (None, (), (), ())
    assert model(thumbnail="https://c/t").thumbnail == "https://c/t"
    assert model(thumbnail={"url": "data:image/png;base64,"}).thumbnail is None


def test_what_it_took_and_cost_lately() -> None:
    rows = [
        {
            "variantKey": "txt2img:2K",
            "costPerAssetP50CU": 20,
            "inferenceLatencyP50Sec": 30,
            "inferenceLatencyP75Sec": 40,
        },
        {
            "variantKey": "txt2img:1K",
            "capability": "txt2img",
            "resolution": "1K",
            "costPerAssetP50CU": 9.5,
            "costPerAssetMaxCU": 12,
            "inferenceLatencyP50Sec": 8,
            "totalLatencyP50Sec": 10,
            "totalLatencyP75Sec": 15,
        },
        {"variantKey": "img2img", "costPerAssetP50CU": None},
        None,
    ]
    read = model(performanceStats={"variants": rows, "default": "txt2img:1K"})
    assert read.variants == (
        Variant(capability="txt2img", resolution="1K", cu=9.5, seconds=10, seconds_at_most=15),
        Variant(capability="txt2img", resolution="2K", cu=20, seconds=30, seconds_at_most=40),
    )


# Workflows


def test_a_workflow() -> None:
    read = workflow(
        name="Turnaround",
        description="Long words",
        shortDescription="A character from all sides",
        status="ready",
        hasFlow=True,
        privacy="private",
        tagSet=["character"],
        outputAssetKinds=["image", "video", "image-hdr", "future"],
        inputs=[{"name": "text1", "type": "string", "allowedValues": ["a"]}],
        uiConfig={"selects": {"text1": {"a": "First"}}},
        thumbnail=None,
        after={"assetId": "asset_a", "url": "https://c/after"},
    )
    assert (read.name, read.description) == ("Turnaround", "A character from all sides")
    assert (read.type, read.is_workflow, read.status, read.privacy) == (
        "workflow",
        True,
        "trained",
        "private",
    )
    assert (read.tags, read.capabilities) == (("character",), ("txt2img", "txt2video"))
    assert read.inputs is not None
    assert dict(read.inputs[0].labels) == {"a": "First"}
    assert read.thumbnail == "https://c/after"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"status": "ready", "hasFlow": True}, "trained"),
        ({"status": "READY", "hasFlow": True}, "trained"),
        ({"status": "ready", "hasFlow": False}, "empty"),
        ({"status": "ready", "hasFlow": None, "flow": []}, "empty"),
        ({"status": "ready", "flow": [{"id": "n"}]}, "trained"),
        ({"status": "ready"}, "trained"),
        ({"hasFlow": True, "status": None}, "trained"),
        ({"status": "draft", "hasFlow": True}, "draft"),
        ({"status": "deleted"}, "deleted"),
    ],
)
def test_what_cannot_run_is_not_trained(fields: dict[str, Any], status: str) -> None:
    assert workflow(**fields).status == status


def test_a_workflow_that_needs_a_file_makes_things_of_that() -> None:
    needed = {"name": "image1", "type": "file", "kind": "image", "required": {"always": True}}
    optional = {"name": "image2", "type": "file", "kind": "video"}
    kinds = ["3d", "audio"]
    assert workflow(outputAssetKinds=kinds, inputs=[needed]).capabilities == ("img23d", "img2audio")
    assert workflow(outputAssetKinds=kinds, inputs=[optional]).capabilities == ("txt23d", "txt2audio")
    assert workflow(outputAssetKinds=None, inputs=None).capabilities == ()


def test_a_workflows_row() -> None:
    assert read_workflow({"name": "nameless"}) is None
    read = read_workflow({"workflowId": "wflow_a", "name": None, "inputs": None})
    assert read is not None
    assert (read.id, read.name, read.inputs, read.tags) == ("wflow_a", "wflow_a", None, ())
