"""The judge that holds our traffic against a specification, with a small one."""

from typing import Any

import pytest

from tests.openapi.checking import complaints
from tests.openapi.specification import Specification

Json = dict[str, Any]

ID: Json = {"type": "string", "pattern": "^[0-9]+$"}
COMPONENTS: Json = {
    "schemas": {
        "MessageAttachmentRequest": {"type": "object", "properties": {"id": ID}, "required": ["id"]},
        "InnerErrors": {"properties": {"_errors": {"items": {"properties": {"code": {"type": "integer"}}}}}},
        "MessageResponse": {"type": "object", "required": ["id"], "properties": {"id": ID}},
        "Text": {"type": "object", "properties": {"type": {"enum": [1]}, "text": {"maxLength": 3}}},
        "Poll": {"type": "object", "properties": {"type": {"enum": [2]}}, "required": ["poll"]},
    },
    "responses": {"Error": {"content": {"application/json": {"schema": {"required": ["code"]}}}}},
}


def body(schema: Json) -> Json:
    return {"content": {"application/json": {"schema": schema}}}


ATTACHMENTS: Json = {"items": {"$ref": "#/components/schemas/MessageAttachmentRequest"}}
SENT: Json = {
    "properties": {"attachments": ATTACHMENTS},
    "anyOf": [{"$ref": "#/components/schemas/Poll"}, {"$ref": "#/components/schemas/Text"}],
}
ANSWERS: Json = {
    "200": body({"$ref": "#/components/schemas/MessageResponse"}),
    "204": {"description": "nothing"},
    "4XX": {"$ref": "#/components/responses/Error"},
}
PATHS: Json = {
    "/messages/{id}": {"get": {"operationId": "one", "responses": ANSWERS}},
    "/messages/@original": {
        "parameters": [{"in": "query", "name": "wait"}],
        "patch": {"operationId": "edit", "requestBody": body(SENT), "responses": ANSWERS},
        "get": {"operationId": "original", "responses": ANSWERS},
    },
}


@pytest.fixture(scope="module")
def specification() -> Specification:
    return Specification({"paths": PATHS, "components": COMPONENTS})


def edit(sent: object, answer: object = None, status: int = 204, **more: Any) -> Json:
    record = {"kind": "request", "method": "PATCH", "path": "/discord/api/v10/messages/@original"}
    return {**record, "query": {}, "sent": sent, "answer": answer, "status": status, **more}


TEXT: Json = {"type": 1, "text": "abc"}


@pytest.mark.parametrize(
    "record",
    [
        edit(TEXT),
        edit(TEXT, {"id": "5"}, 200, query={"wait": "1"}),
        edit(TEXT, {"code": 0}, 404),
        edit(TEXT, None, 0),
        edit(TEXT, "trouble of the network's", 502),
        edit({**TEXT, "attachments": [{"id": 0}, {"id": "1"}]}),
        edit(None, path="/scenario/v1/jobs"),
        {"kind": "event", "direction": "out", "name": "MESSAGE_CREATE", "data": {"id": "5"}},
        {"kind": "event", "direction": "in", "name": "IDENTIFY"},
        {"kind": "violation", "what": "another's business"},
    ],
)
def test_what_is_allowed(specification: Specification, record: Json):
    assert complaints(specification, [record]) == []


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (edit({**TEXT, "text": "abcd"}), "edit, sent: text: "),
        (edit({**TEXT, "attachments": [{"id": -1}]}), "edit, sent: attachments/0/id: "),
        (edit(TEXT, {"id": "x"}, 200), "edit, 200: id: "),
        (edit(TEXT, {"message": "no code"}, 429), "edit, 429: (all of it): "),
        (edit(TEXT, {"id": "5"}, 204), "edit, 204: a body where there is none"),
        (edit(TEXT, None, 301), "edit, 301: it has no such answer"),
        (edit(TEXT, query={"weight": "1"}), "edit: it has no query key 'weight'"),
        (edit(TEXT, method="PUT"), "PUT /messages/@original: not in the specification"),
        (edit(TEXT, None, 204, method="GET"), "original, sent: it takes no body"),
        (
            {"kind": "event", "direction": "out", "name": "MESSAGE_UPDATE", "data": {}},
            "MESSAGE_UPDATE, MessageResponse: ",
        ),
    ],
)
def test_what_is_not(specification: Specification, record: Json, words: str):
    [found] = complaints(specification, [record])
    assert found.startswith(words)


def test_the_same_complaint_is_made_once(specification: Specification):
    [found] = complaints(specification, [edit({**TEXT, "text": "abcd"})] * 3)
    assert found.endswith("(3 times)")
