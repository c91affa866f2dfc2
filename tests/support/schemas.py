"""Random input schemas of every type and rule, as our records and as the API's JSON, with values for them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from bot.scenario.records import Input, Json, Model
from sandbox.scenario.catalogue import Behaviour
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
PIXEL = "data:image/png;base64,AAAA"
FILES = ("asset_a", "asset_b", "upload:0", PIXEL)

_numbers = st.integers(-40, 40) | st.decimals(-40, 40, places=2).map(float)
_words = st.text("abcXYZ é1", min_size=1, max_size=6)
_steps = st.sampled_from([None, 1.0, 8.0, 16.0, 0.05, 0.1, 0.01, 2.5])


@st.composite
def schemas(draw: st.DrawFn) -> Model:
    """A model with up to five inputs, whose rules name each other and do not contradict themselves."""
    return Model(id="model_a", name="A", inputs=draw(_fields(depth=1)))


@st.composite
def _fields(draw: st.DrawFn, depth: int) -> tuple[Input, ...]:
    names = draw(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=5, unique=True))
    bare = [draw(_input(name, depth)) for name in names]
    return tuple(replace(one, **draw(_relations(one, bare))) for one in bare)


@st.composite
def _input(draw: st.DrawFn, name: str, depth: int) -> Input:
    kind = draw(st.sampled_from(TYPES if depth else TYPES[:-1]))
    rules: dict[str, Any] = {"label": draw(st.none() | st.just(f"Label {name}"))}
    if kind in ("string", "string_array", "number", "number_array") and draw(st.booleans()):
        one = _numbers if kind.startswith("number") else _words | st.sampled_from(["5", "5s", "-1", "1K"])
        rules["allowed_values"] = tuple(draw(st.lists(one, min_size=1, max_size=4, unique=True)))
    elif kind in ("number", "number_array"):
        low, high = sorted((draw(_numbers), draw(_numbers)))
        rules |= {"min": draw(st.sampled_from([None, float(low)])), "step": draw(_steps)}
        rules["max"] = draw(st.sampled_from([None, float(high)]))
    if kind.endswith("_array") or (kind in ("string", "model") and "allowed_values" not in rules):
        short, long = sorted((draw(st.integers(0, 3)), draw(st.integers(1, 12))))
        rules |= {
            "min_length": draw(st.sampled_from([None, short])),
            "max_length": draw(st.sampled_from([None, long])),
        }
    if kind.startswith("file"):
        rules["kind"] = draw(st.sampled_from([None, "image", "video"]))
    if kind.startswith("model"):
        rules["model_types"] = draw(st.sampled_from([(), ("flux.1-lora",), ("flux.1-composition",)]))
    if kind == "inputs_array":
        rules["inputs"] = draw(_fields(depth=depth - 1))
    return Input(name=name, type=kind, **rules)


@st.composite
def _relations(draw: st.DrawFn, one: Input, siblings: list[Input]) -> dict[str, Any]:
    """`required`, `default` and `maskFrom`."""
    others = [other for other in siblings if other.name != one.name]
    found: dict[str, Any] = {}
    how = draw(st.sampled_from(["no", "no", "always", "default", "never", "if", "if_not", "conditional"]))
    if how in ("always", "default"):
        found["required"] = {"always": True}
    if how == "default":
        found["default"] = draw(typed(one))
    if how == "never":
        found["required"] = {"always": False}
    if others and how in ("if", "if_not"):
        message = draw(st.sampled_from([{"message": "needed"}, "needed"]))
        # one other without a default: what several mean, and whether a default counts, nobody documents
        found["required"] = {
            "ifDefined" if how == "if" else "ifNotDefined": {draw(_one_of(others)).name: message}
        }
    if others and how == "conditional":
        wanted = {
            other.name: [draw(typed(other))]
            for other in draw(st.lists(_one_of(others), min_size=1, max_size=2))
        }
        found["required"] = {
            "conditional": {"operator": draw(st.sampled_from(["and", "or"])), "values": wanted}
        }
    if others and one.type == "file" and draw(st.booleans()):
        found["mask_from"] = draw(_one_of(others)).name
    return found


def _one_of(inputs: list[Input]) -> st.SearchStrategy[Input]:
    return st.sampled_from(inputs)


@st.composite
def bodies(draw: st.DrawFn, model: Model, *, strict: bool) -> dict[str, Json]:
    """Some of the inputs, mostly acceptable. strict: with the JSON types that the schema wants."""
    return draw(_body(model.inputs or (), strict))


@st.composite
def _body(draw: st.DrawFn, specs: tuple[Input, ...], strict: bool) -> dict[str, Json]:
    body: dict[str, Json] = {}
    for spec in specs:
        if draw(st.integers(0, 3)):
            body[spec.name] = draw(typed(spec) if strict or draw(st.booleans()) else loosely(spec))
    if not draw(st.integers(0, 9)):
        body["other"] = "x"
    return body


@st.composite
def typed(draw: st.DrawFn, spec: Input) -> Json:
    """A value of the right JSON type, which may break a rule."""
    if not spec.type.endswith("_array"):
        return draw(_one(spec))
    if spec.type == "inputs_array":
        return list(draw(st.lists(_body(spec.inputs, strict=True), max_size=3)))
    return draw(st.lists(_one(spec), max_size=4))


@st.composite
def loosely(draw: st.DrawFn, spec: Input) -> Json:
    """A value as people or an older schema may have written it, or of another type altogether."""
    value = draw(typed(spec))
    match draw(st.integers(0, 4)):
        case 0:
            return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        case 1:
            return value[0] if isinstance(value, list) and value else [value]
        case 2:
            return draw(
                st.sampled_from([None, "", [], True, "yes", "5 sec", 5, "5", [None, ""], {"a": 1}, "1e999"])
            )
        case 3 if isinstance(value, str):
            return value.upper()
        case _:
            return draw(st.text(max_size=8) | _numbers)


def _one(spec: Input) -> st.SearchStrategy[Any]:
    kind = spec.type.removesuffix("_array")
    if spec.allowed_values and kind in ("string", "number"):
        return st.sampled_from(spec.allowed_values) | (_words if kind == "string" else _numbers)
    if kind == "number":
        return _numbers if spec.step is None else _numbers | _on_grid(spec)
    if kind == "boolean":
        return st.booleans()
    return {"file": st.sampled_from(FILES), "model": st.sampled_from(sorted(FAMILIES))}.get(
        kind, st.text("abcXYZ, é1", max_size=14)
    )


@st.composite
def _on_grid(draw: st.DrawFn, spec: Input) -> float:
    origin = (spec.min or 0.0) if draw(st.booleans()) else 0.0
    return round(origin + draw(st.integers(-3, 40)) * (spec.step or 1.0), 6)


def sandbox_model(model: Model) -> SandboxModel:
    """The same schema in the API's spelling."""
    return SandboxModel(
        {"id": model.id, "type": model.type, "inputs": [_raw(one) for one in model.inputs or ()]}, Behaviour()
    )


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
        name: one for name, one in names.items() if one is not None
    }
