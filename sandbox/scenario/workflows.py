"""Workflows on offer: records as the API gives them. Inputs and nodes as `GET /workflows/{id}` shows them."""

from __future__ import annotations

import copy
from collections.abc import Mapping

from sandbox.scenario.catalogue import Behavior, Model, check_inputs
from sandbox.scenario.models.parts import NEEDED, RATIOS, choice, file, number, words
from sandbox.scenario.values import Json, Refusal, as_list, as_object, texts

GATES = ("user-approval", "user-selection")
NODE_TYPES = ("custom-model", *GATES)
"""Types of nodes that the stand-in runs."""


def _ref(name: str, kind: str, node: str, of: str) -> Json:
    return {"name": name, "type": kind, "ref": {"node": node, "name": of}}


def _fixed(name: str, kind: str, value: object) -> Json:
    return {"name": name, "type": kind, "value": value}


def _text(name: str, label: str, longest: int, **more: object) -> Json:
    return words(name, longest, label=label, prompt=True, required=NEEDED, minLength=1, **more)


POSTER: Json = {
    "id": "wflow_Poster8s2kQm4nVb7x",
    "name": "Poster in print size",
    "shortDescription": "A picture, then twice as large.",
    "description": "Draws your words and enlarges the picture for print.",
    "tagSet": ["poster", "print"],
    "outputAssetKinds": ["image"],
    "inputs": [
        _text("text1", "What should be on it?", 1500),
        choice("select1", [*RATIOS], "3:4", label="Shape"),
    ],
    "flow": [
        {
            "id": "image1",
            "type": "custom-model",
            "modelId": "model_imagen4-ultra",
            "inputs": [
                _ref("prompt", "string", "workflow", "text1"),
                _ref("aspectRatio", "string", "workflow", "select1"),
            ],
        },
        {
            "id": "upscale1",
            "type": "custom-model",
            "modelId": "model_sc-upscale-v3",
            "dependsOn": ["image1"],
            "inputs": [_ref("image", "file", "image1", "all"), _fixed("scalingFactor", "number", 2)],
        },
    ],
}

SCENE: Json = {
    "id": "wflow_Scene4d9pTz6wLc2h",
    "name": "Living scene",
    "shortDescription": "A picture; when you approve it, a clip.",
    "description": "Draws a first frame, waits for your approval, and lets it move.",
    "tagSet": ["video"],
    "outputAssetKinds": ["image", "video"],
    "inputs": [
        _text("text1", "The scene", 2000),
        words("text2", 2000, label="What moves", default="a slow camera"),
        choice("select1", ["5", "10"], "5", label="Seconds", costImpact=True),
    ],
    "flow": [
        {
            "id": "image1",
            "type": "custom-model",
            "modelId": "model_z-image",
            "includeOutputsInWorkflowJob": True,
            "inputs": [
                _ref("prompt", "string", "workflow", "text1"),
                _fixed("aspectRatio", "string", "16:9"),
            ],
        },
        {
            "id": "approval1",
            "type": "user-approval",
            "dependsOn": ["image1"],
            "inputs": [_ref("image", "file", "image1", "all")],
        },
        {
            "id": "video1",
            "type": "custom-model",
            "modelId": "model_kling-v3-i2v-pro",
            "dependsOn": ["approval1"],
            "inputs": [
                _ref("startImage", "file", "image1", "all"),
                _ref("prompt", "string", "workflow", "text2"),
                _ref("duration", "string", "workflow", "select1"),
            ],
        },
    ],
}

FIGURE: Json = {
    "id": "wflow_Figure7t1vXk9sRj5g",
    "name": "Figure from a sketch",
    "shortDescription": "Several drafts; you pick; it becomes an object, with a story.",
    "description": "Draws drafts, lets you pick the best, builds them in 3D and writes a text about them.",
    "tagSet": ["3d", "character"],
    "outputAssetKinds": ["image", "3d", "text"],
    "inputs": [
        _text("text1", "The figure", 1500),
        number("number1", 2, 4, 1, 4, label="Drafts", costImpact=True),
        file("file1", label="A picture to go by"),
    ],
    "flow": [
        {
            "id": "image1",
            "type": "custom-model",
            "modelId": "model_google-gemini-3-1-flash",
            "includeOutputsInWorkflowJob": True,
            "inputs": [
                _ref("prompt", "string", "workflow", "text1"),
                _ref("numOutputs", "number", "workflow", "number1"),
                _ref("referenceImages", "file_array", "workflow", "file1"),
                _fixed("resolution", "string", "512"),
            ],
        },
        {
            "id": "selection1",
            "type": "user-selection",
            "dependsOn": ["image1"],
            "inputs": [{**_ref("items", "file_array", "image1", "all"), "min": 1, "max": 4}],
        },
        {
            "id": "mesh1",
            "type": "custom-model",
            "modelId": "model_meshy-7-img23d",
            "dependsOn": ["selection1"],
            "inputs": [_ref("images", "file_array", "selection1", "all")],
        },
        {
            "id": "story1",
            "type": "custom-model",
            "modelId": "model_scenario-llm",
            "dependsOn": ["selection1"],
            "inputs": [_ref("prompt", "string", "workflow", "text1")],
        },
    ],
}

DRAFT: Json = {
    "id": "wflow_Mural3x5bYn8qDw1f",
    "name": "Mural (unfinished)",
    "shortDescription": "Not ready to run.",
    "description": "Somebody is still building it.",
    "status": "draft",
    "inputs": [_text("text1", "The mural", 1000)],
    "flow": [],
}

START = (POSTER, SCENE, FIGURE, DRAFT)

_DEFAULTS: Json = {
    "name": "",
    "description": "",
    "shortDescription": "",
    "status": "ready",
    "privacy": "private",
    "tagSet": [],
    "inputs": [],
    "flow": [],
    "editorInfo": {},
    "authorId": "user_sandbox",
    "ownerId": "proj_sandbox",
    "createdAt": "2026-08-03T09:00:00.000Z",
    "updatedAt": "2026-09-20T09:00:00.000Z",
}


class Workflow:
    """One workflow; `model` lets its inputs be checked like those of a model."""

    def __init__(self, record: Json) -> None:
        self.record = record
        self.id = str(record["id"])
        self.nodes: list[Json] = record["flow"]
        self.model = Model({"id": self.id, "type": "custom", "inputs": record["inputs"]}, Behavior())

    @property
    def runs(self) -> bool:
        return self.record["status"] == "ready" and bool(self.nodes)

    def shown(self, *, full: bool) -> Json:
        """The record; `full` with its two heaviest fields."""
        record = {**self.record, "hasFlow": bool(self.nodes)}
        if full:
            return {**record, "flow": [{"status": "pending", **node} for node in self.nodes]}
        return {name: value for name, value in record.items() if name not in ("flow", "editorInfo")}


class Workflows:
    """All workflows, in the order they were added."""

    def __init__(self) -> None:
        self._workflows: dict[str, Workflow] = {}
        for record in START:
            self.add(record)

    def add(self, record: Json) -> None:
        """Add or replace one; ValueError when it cannot be one. Nodes stand in the order they run."""
        known = {**copy.deepcopy(_DEFAULTS), **copy.deepcopy(record)}
        if not isinstance(known.get("id"), str) or not known["id"]:
            raise ValueError("a workflow needs an id")
        check_inputs(known["inputs"])
        _check_flow(known["flow"])
        self._workflows[known["id"]] = Workflow(known)

    def get(self, workflow_id: str) -> Workflow:
        """The workflow, or the refusal the API gives."""
        workflow = self._workflows.get(workflow_id)
        if workflow is None:
            raise Refusal(404, f"Workflow {workflow_id} not found")
        return workflow

    def chosen(self, query: Mapping[str, str]) -> list[Workflow]:
        """What a listing with these filters shows: private ones unless something else is asked for."""
        privacy, status = query.get("privacy", "private"), query.get("status")
        if privacy not in ("private", "public", "unlisted"):
            raise Refusal(400, "privacy must be one of: private, public, unlisted")
        if status not in (None, "draft", "ready"):
            raise Refusal(400, "status must be one of: draft, ready")
        tags = {tag for tag in query.get("tags", "").split(",") if tag}
        return [
            each
            for each in self._workflows.values()
            if each.record["privacy"] == privacy
            and status in (None, each.record["status"])
            and (not tags or tags & set(each.record["tagSet"]))
        ]


def _check_flow(flow: object) -> None:
    before: set[str] = set()
    for each in as_list(flow) or []:
        node = as_object(each) or {}
        if node.get("type") not in NODE_TYPES or not isinstance(node.get("id"), str):
            raise ValueError(f"a node of `flow` has an id and a type of {', '.join(NODE_TYPES)}")
        if not set(texts(node.get("dependsOn", [])) or ["?"] if node.get("dependsOn") else []) <= before:
            raise ValueError("`dependsOn` names nodes that come before")
        before.add(str(node["id"]))
