"""Discord's OpenAPI specification as a judge of single documents. It is Discord's file and no part of this
project; it calls itself a preview, and where the documentation differs, `_amended` follows that.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import jsonschema_rs

Json = dict[str, Any]

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Operation:
    """One method of one path. `sent` is the schema of its JSON body, `answers` those by status (or 4XX)."""

    name: str
    query: frozenset[str]
    sent: Json | None
    answers: Mapping[str, Json | None]

    def answer(self, status: int) -> Json | None:
        """The schema of the answer with that status; None for one without a body. Raises KeyError."""
        for key in (str(status), f"{status // 100}XX"):
            if key in self.answers:
                return self.answers[key]
        raise KeyError(status)


class Specification:
    """The file, read once."""

    def __init__(self, document: Json) -> None:
        self._components = _amended(document["components"])
        self._routes = sorted(self._read(document["paths"]), key=lambda one: one[0])
        self._validator = lru_cache(None)(self._compiled)

    @classmethod
    def load(cls, path: Path) -> "Specification":
        """Raises OSError and ValueError."""
        return cls(json.loads(path.read_text()))

    def operation(self, method: str, path: str) -> Operation | None:
        """What the specification has at this path; a literal step beats a placeholder."""
        for _, known, pattern, operation in self._routes:
            if known == method.lower() and pattern.fullmatch(path):
                return operation
        return None

    def flaws(self, schema: Json, value: object) -> list[str]:
        """What is wrong with the value, each with its path."""
        validator = self._validator(json.dumps(schema))
        return [text for error in validator.iter_errors(value) for text in _told(error)]

    def component(self, name: str) -> Json:
        """The schema of one of Discord's objects. Raises KeyError."""
        assert name in self._components["schemas"], name
        return {"$ref": f"#/components/schemas/{name}"}

    def _compiled(self, schema: str) -> jsonschema_rs.Draft202012Validator:
        whole = {"components": self._components, **json.loads(schema)}
        return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)

    def _read(self, paths: Json) -> Iterator[tuple[tuple[int, str], str, re.Pattern[str], Operation]]:
        for path, item in paths.items():
            holes = path.count("{")
            pattern = re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)))
            for method in METHODS:
                if method in item:
                    shared = item.get("parameters", [])
                    yield (holes, path), method, pattern, self._operation(item[method], shared)

    def _operation(self, said: Json, shared: list[Json]) -> Operation:
        parameters = [*shared, *said.get("parameters", [])]
        query = frozenset(str(one["name"]) for one in parameters if one.get("in") == "query")
        answers = {status: _body(self._response(one)) for status, one in said["responses"].items()}
        return Operation(said["operationId"], query, _body(said.get("requestBody", {})), answers)

    def _response(self, said: Json) -> Json:
        name = str(said.get("$ref", "")).rpartition("/")[2]
        return self._components["responses"][name] if name else said


def _body(holder: Json) -> Json | None:
    return cast(Json, holder.get("content", {}).get("application/json", {})).get("schema")


def _amended(components: Json) -> Json:
    """The components, with what Discord's documentation says otherwise, or every library does otherwise."""
    schemas: Json = components["schemas"]
    for name, schema in schemas.items():
        held: Json = schema.get("properties", {})
        if "Attachment" in name and "Request" in name and "id" in held:
            # The number of a file in the form: the documentation's own example has a number, no text.
            held["id"] = {"anyOf": [held["id"], {"type": "integer", "minimum": 0}]}
    # The codes inside `errors` are words, as in the documentation's examples.
    inner: Json = schemas["InnerErrors"]["properties"]["_errors"]
    inner["items"] = {"type": "object", "required": ["code", "message"]}
    return components


def _told(error: Any) -> list[str]:
    """The error in words; of a choice between shapes, what is wrong with the one that fits best."""
    branches: list[list[Any]] | None = getattr(error.kind, "context", None)
    if branches:
        return _told_all(min(branches, key=_unfit))
    where = "/".join(map(str, error.instance_path)) or "(all of it)"
    return [f"{where}: {error.message[-160:]}"]


def _told_all(errors: list[Any]) -> list[str]:
    return [text for error in errors for text in _told(error)]


def _unfit(errors: list[Any]) -> tuple[bool, int]:
    """A branch of another `type` is another thing, however few its errors are."""
    other = any([*error.instance_path][-1:] == ["type"] for error in errors)
    return other, len(errors)
