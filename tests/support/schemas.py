"""Random input schemas of every type and rule, as our records and as the API's JSON, with values for them.

Drawn with `random.Random` from a seed, since thousands of whole schemas are minutes for Hypothesis alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from bot.scenario.api.records import Input, Json, Model
from sandbox.scenario.catalogue import Behavior
from sandbox.scenario.catalogue import Model as SandboxModel

TYPES = (
    "string",
    "number",
    "boolean",
    "file",
    "model",
    "string_array",
    "number_array",
    "file_array",
    "model_array",
    "inputs_array",
)
FAMILIES = {"model_moss": "flux.1-lora", "model_ink": "flux.1-lora", "model_crew": "flux.1-composition"}
"""Trained models that exist."""
FILES = ("asset_a", "asset_b", "upload:0", "data:image/png;base64,AAAA", "data:video/mp4;base64,AAAA")
_LETTERS = 'abXYé ,1"'
_ODD: tuple[Json, ...] = (None, "", [], True, "yes", "5 sec", 5, "5", [None, ""], {"a": 1}, "1e999", "[1]")


def a_schema(draw: Random) -> Model:
    """A model with up to five inputs, whose rules name each other and do not contradict themselves."""
    return Model(id="model_a", name="A", inputs=_fields(draw, TYPES))


def a_body(draw: Random, model: Model, *, strict: bool) -> dict[str, Json]:
    """Some of the inputs, mostly acceptable. strict: with the JSON types that the schema wants."""
    return _body(draw, model.inputs or (), strict=strict)


def sandbox_model(model: Model) -> SandboxModel:
    """The same schema in the API's spelling."""
    record = {"id": model.id, "type": model.type, "inputs": [_raw(one) for one in model.inputs or ()]}
    return SandboxModel(record, Behavior())


# Schemas


def _fields(draw: Random, types: Sequence[str]) -> tuple[Input, ...]:
    names = draw.sample("abcdef", draw.randint(1, 5))
    bare = [_input(draw, name, draw.choice(types)) for name in names]
    return tuple(replace(one, **_relations(draw, one, bare)) for one in bare)


def _input(draw: Random, name: str, kind: str) -> Input:
    constraints: dict[str, Any] = {"label": draw.choice((None, f"Label {name}"))}
    single = kind.removesuffix("_array")
    if single in ("string", "number") and draw.random() < 0.4:
        made = {_number(draw) if single == "number" else _choice(draw) for _ in range(draw.randint(1, 4))}
        constraints["allowed_values"] = tuple(made)
    elif single == "number":
        low, high = sorted((_number(draw), _number(draw)))
        constraints["min"], constraints["max"] = (
            draw.choice((None, float(low))),
            draw.choice((None, float(high))),
        )
        constraints["step"] = draw.choice((None, 1.0, 8.0, 16.0, 0.05, 0.1, 0.01, 2.5))
    if kind != single or (single in ("string", "model") and "allowed_values" not in constraints):
        short, long = sorted((draw.randint(0, 2), draw.randint(1, 12)))
        constraints["min_length"], constraints["max_length"] = (
            draw.choice((None, short)),
            draw.choice((None, long)),
        )
    if single == "file":
        constraints["kind"] = draw.choice((None, "image", "video"))
    if single == "model":
        constraints["model_types"] = draw.choice(((), ("flux.1-lora",), ("flux.1-composition",)))
    if kind == "inputs_array":
        constraints["inputs"] = _fields(draw, TYPES[:-1])
    return Input(name=name, type=kind, **constraints)


def _relations(draw: Random, one: Input, siblings: Sequence[Input]) -> dict[str, Any]:
    """`required`, `default` and `maskFrom`."""
    others = [other for other in siblings if other.name != one.name]
    found: dict[str, Any] = {}
    how = draw.choice(("no", "always", "default", "never", "ifDefined", "ifNotDefined", "conditional"))
    if how in ("always", "default"):
        found["required"] = {"always": True}
        found["default"] = _typed(draw, one) if how == "default" else draw.choice((None, "", []))
    elif how == "never":
        found["required"] = {"always": False}
    elif others and how.startswith("if"):
        # one other: what several mean, and whether a default counts, nobody documents
        message = draw.choice(({"message": "needed"}, "needed", {}))
        found["required"] = {how: {draw.choice(others).name: message}}
    elif others and how == "conditional":
        named = draw.sample(others, min(len(others), draw.randint(1, 2)))
        values = {other.name: [_typed(draw, other)] for other in named}
        found["required"] = {"conditional": {"operator": draw.choice(("and", "or")), "values": values}}
    if others and one.type == "file" and draw.random() < 0.5:
        found["mask_from"] = draw.choice(others).name
    return found


def _raw(spec: Input) -> dict[str, Any]:
    names: Mapping[str, object] = {
        "label": spec.label,
        "required": spec.required,
        "default": spec.default,
        "allowedValues": list(spec.allowed_values) or None,
        "min": spec.min,
        "max": spec.max,
        "step": spec.step,
        "minLength": spec.min_length,
        "maxLength": spec.max_length,
        "kind": spec.kind,
        "modelTypes": list(spec.model_types) or None,
        "maskFrom": spec.mask_from,
        "inputs": [_raw(one) for one in spec.inputs] or None,
    }
    return {"name": spec.name, "type": spec.type} | {
        key: one for key, one in names.items() if one is not None
    }


# Values


def _body(draw: Random, specs: Sequence[Input], *, strict: bool) -> dict[str, Json]:
    body: dict[str, Json] = {}
    for spec in specs:
        if draw.random() < 0.8:
            body[spec.name] = _typed(draw, spec) if strict or draw.random() < 0.6 else _loose(draw, spec)
    if draw.random() < 0.05:
        body["other"] = "x"
    return body


def _typed(draw: Random, spec: Input) -> Json:
    """A value of the right JSON type, which may break a rule."""
    if not spec.type.endswith("_array"):
        return _one(draw, spec)
    length = draw.choice((0, 1, 1, 2, 3, spec.min_length or 1))
    if spec.type == "inputs_array":
        return [_body(draw, spec.inputs, strict=True) for _ in range(length)]
    return [_one(draw, spec) for _ in range(length)]


def _loose(draw: Random, spec: Input) -> Json:
    """A value as people or an older schema may have written it, or of another type altogether."""
    value = _typed(draw, spec)
    match draw.randint(0, 4):
        case 0:
            return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        case 1:
            return value[0] if isinstance(value, list) and value else [value]
        case 2:
            return draw.choice(_ODD)
        case 3 if isinstance(value, str):
            return value.upper()
        case _:
            return draw.choice((_text(draw, 0), _number(draw)))


def _one(draw: Random, spec: Input) -> Any:
    kind = spec.type.removesuffix("_array")
    if spec.allowed_values and kind in ("string", "number") and draw.random() < 0.8:
        return draw.choice(spec.allowed_values)
    match kind:
        case "number":
            return _on_grid(draw, spec) if spec.step and draw.random() < 0.8 else _number(draw)
        case "boolean":
            return draw.random() < 0.5
        case "file":
            return draw.choice(FILES)
        case "model":
            return draw.choice(sorted(FAMILIES))
        case _:
            # an empty text in an array is left out here, and counted by the sandbox
            return _text(draw, 1 if spec.type.endswith("_array") else 0)


def _on_grid(draw: Random, spec: Input) -> float:
    origin = draw.choice((0.0, spec.min or 0.0))
    return round(origin + draw.randint(-3, 40) * (spec.step or 1.0), 6)


def _number(draw: Random) -> float:
    return draw.choice((draw.randint(-40, 40), draw.randint(-4000, 4000) / 100))


def _choice(draw: Random) -> str:
    return draw.choice((_text(draw, 1), "5", "5s", "-1", "1K", "512"))


def _text(draw: Random, least: int) -> str:
    return "".join(draw.choices(_LETTERS, k=draw.randint(least, 13)))
