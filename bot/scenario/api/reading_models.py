"""JSON objects of Scenario → models, their input schemas, and workflows, which are read as models. Pure, and
deaf to nulls, missing and unknown fields.
"""

from collections.abc import Mapping
from typing import Final

from bot.scenario.api import loose
from bot.scenario.api.languages import LANGUAGES
from bot.scenario.api.loose import Object, as_list, as_object, number, text, texts, whole
from bot.scenario.api.records import (
    WORKFLOW,
    Input,
    Json,
    LorasInputs,
    Model,
    SizePreset,
    SizePresets,
    Variant,
)

_MADE: Final[Mapping[str, str]] = {
    "image": "img",
    "image-hdr": "img",
    "video": "video",
    "audio": "audio",
    "3d": "3d",
    "text": "txt",
    "document": "txt",
    "json": "txt",
}
"""How capabilities call the kinds of files."""
_SAME_TYPES: Final[Mapping[str, str]] = {
    "integer": "number",
    "int": "number",
    "float": "number",
    "integer_array": "number_array",
}
"""Further words for a type; a whole number is a number in steps of one."""
_FILES: Final = frozenset({"file", "file_array"})


def read_model(body: Object, known_id: str | None = None, *, privacy: str = "public") -> Model | None:
    """One model; None where there is no id. `inputs` stays None where the record has no schema."""
    found = text(body.get("id"), body.get("modelId")) or known_id
    if found is None:
        return None
    ui = as_object(body.get("uiConfig"))
    return Model(
        id=found,
        name=text(body.get("name")) or found,
        type=text(body.get("type")) or "custom",
        description=text(body.get("shortDescription"), body.get("description")),
        status=(text(body.get("status")) or "trained").casefold(),
        privacy=text(body.get("privacy")) or privacy,
        capabilities=texts(body.get("capabilities")),
        tags=texts(body.get("tags")),
        access_restriction=whole(body.get("accessRestrictions")),
        disable_refund=body.get("disableRefund") is True,
        inputs=_schema(body, ui),
        sizes=_sizes(as_object(ui.get("resolutionComponent"))),
        loras=_loras(as_object(ui.get("lorasComponent"))),
        thumbnail=_url(body.get("thumbnail")),
        example_asset_ids=_ids(body.get("exampleAssetIds"), "id", "assetId"),
        variants=_variants(as_object(body.get("performanceStats"))),
        concepts=None if body.get("concepts") is None else _ids(body.get("concepts"), "modelId", "id"),
    )


def read_workflow(body: Object, known_id: str | None = None) -> Model | None:
    """One workflow as a model; None where there is no id. One that can run has the status "trained", as a
    hosted model has; one that cannot has Scenario's own word, or "empty"."""
    found = text(body.get("id"), body.get("workflowId")) or known_id
    if found is None:
        return None
    ui = as_object(body.get("uiConfig"))
    inputs = _schema(body, ui)
    return Model(
        id=found,
        name=text(body.get("name")) or found,
        type=WORKFLOW,
        description=text(body.get("shortDescription"), body.get("description")),
        status=_workflow_status(body),
        privacy=text(body.get("privacy")) or "private",
        capabilities=_workflow_capabilities(texts(body.get("outputAssetKinds")), inputs or ()),
        tags=texts(body.get("tagSet")) or texts(body.get("tags")),
        inputs=inputs,
        sizes=_sizes(as_object(ui.get("resolutionComponent"))),
        loras=_loras(as_object(ui.get("lorasComponent"))),
        thumbnail=_url(body.get("thumbnail")) or _url(body.get("after")),
    )


def _workflow_status(body: Object) -> str:
    status = (text(body.get("status")) or "ready").casefold()
    if status != "ready":
        return status
    told = body.get("hasFlow")
    # a row without either says nothing, and Scenario will
    empty = told is False or (not isinstance(told, bool) and body.get("flow") == [])
    return "empty" if empty else "trained"


def _workflow_capabilities(kinds: tuple[str, ...], inputs: tuple[Input, ...]) -> tuple[str, ...]:
    """`txt2img` and the like: out of the file that it cannot do without, else out of text."""
    needed = (
        one.kind or "image"
        for one in inputs
        if one.type in _FILES and (one.required or {}).get("always") is True
    )
    source = _MADE.get(next(needed, "text"), "txt")
    made = (_MADE.get(kind.casefold()) for kind in kinds)
    return tuple(dict.fromkeys(f"{source}2{one}" for one in made if one is not None))


def _schema(body: Object, ui: Object) -> tuple[Input, ...] | None:
    rows = body.get("inputs")
    return _inputs(rows, as_object(ui.get("selects"))) if isinstance(rows, list) else None


def _inputs(rows: list[Json], selects: Object) -> tuple[Input, ...]:
    read = (_input(row, selects) for row in rows if isinstance(row, dict))
    return tuple({one.name: one for one in read if one is not None}.values())


def _input(row: Object, selects: Object) -> Input | None:
    name = text(row.get("name"))
    if name is None:
        return None
    required = row.get("required")
    allowed = as_list(row.get("allowedValues"))
    kind = (text(row.get("type")) or "string").casefold()
    step = number(row.get("step"))
    return Input(
        name=name,
        type=_SAME_TYPES.get(kind, kind),
        label=text(row.get("label")),
        description=text(row.get("description")),
        hint=text(row.get("hint")),
        placeholder=text(row.get("placeholder")),
        group=text(row.get("group")),
        required={"always": True} if required is True else as_object(required) or None,
        default=row.get("default"),
        allowed_values=tuple(_choices(allowed)),
        min=number(row.get("min")),
        max=number(row.get("max")),
        step=1.0 if step is None and kind.startswith("int") else step,
        min_length=whole(row.get("minLength")),
        max_length=whole(row.get("maxLength")),
        min_duration=number(row.get("minDuration")),
        max_duration=number(row.get("maxDuration")),
        max_size=number(row.get("maxSize")),
        kind=text(row.get("kind")),
        model_types=texts(row.get("modelTypes")),
        mask_from=text(row.get("maskFrom")),
        parent=row.get("parent") is True,
        prompt=row.get("prompt") is True,
        cost_impact=row.get("costImpact") is True,
        labels=_named_languages(name, allowed) | _labels(allowed) | _labels(selects.get(name)),
        inputs=_inputs(as_list(row.get("inputs")), {}),
    )


def _named_languages(name: str, allowed: list[Json]) -> dict[str, str]:
    """Labels for the codes of languages, which some schemas list bare."""
    if not loose.plain(name).startswith("language") and not loose.plain(name).endswith("language"):
        return {}
    codes = [one for one in allowed if isinstance(one, str) and one.casefold() in LANGUAGES]
    return {code: LANGUAGES[code.casefold()] for code in codes}


def _labels(value: Json) -> dict[str, str]:
    """Value → label, out of `{value: label}` or rows of `{value, label}`."""
    if isinstance(value, dict):
        rows = value.get("options")
        if isinstance(rows, list):
            return _labels(rows)
        pairs = [(key, text(one, as_object(one).get("label"))) for key, one in value.items()]
    else:
        pairs = [
            (text(row.get("value")) or "", text(row.get("label"), row.get("name")))
            for row in map(as_object, as_list(value))
        ]
    return {key.strip(): label for key, label in pairs if key.strip() and label is not None}


def _choices(values: list[Json]) -> list[Json]:
    """Allowed values as they are, for their types matter; `{value, label}` objects give their value."""
    bare = [value.get("value") if isinstance(value, dict) else value for value in values]
    return [value for value in bare if isinstance(value, str | int | float)]


def _sizes(component: Object) -> SizePresets | None:
    width, height = text(component.get("widthInput")), text(component.get("heightInput"))
    if width is None or height is None:
        return None
    presets = [
        SizePreset(
            label=text(row.get("label")) or "", width=whole(row.get("width")), height=whole(row.get("height"))
        )
        for row in map(as_object, as_list(component.get("presets")))
        if row
    ]
    return SizePresets(width_input=width, height_input=height, presets=tuple(presets))


def _loras(component: Object) -> LorasInputs | None:
    models = text(component.get("modelInput"))
    if models is None:
        return None
    return LorasInputs(
        models=models, scales=text(component.get("scaleInput")), model_id=text(component.get("modelIdInput"))
    )


def _url(value: Json) -> str | None:
    """A link, or the link of an `{assetId, url}` object."""
    found = value.get("url") if isinstance(value, dict) else value
    return found if isinstance(found, str) and found.startswith(("https://", "http://")) else None


def _ids(value: Json, *keys: str) -> tuple[str, ...]:
    """Ids out of a list of ids or of objects that have one under the first of `keys`."""
    found = (
        text(*(one.get(key) for key in keys)) if isinstance(one, dict) else text(one)
        for one in as_list(value)
    )
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _variants(stats: Object) -> tuple[Variant, ...]:
    """The rows, the one that Scenario compares models by first."""
    rows = [row for row in as_list(stats.get("variants")) if isinstance(row, dict)]
    rows.sort(key=lambda row: row.get("variantKey") != stats.get("default"))
    read = map(_variant, rows)
    return tuple(one for one in read if one is not None)


def _variant(row: Object) -> Variant | None:
    """None for a row that has neither a price nor a time."""
    key, _, tier = (text(row.get("variantKey")) or "").partition(":")
    values = {loose.plain(name): number(value) for name, value in row.items()}

    def first(*names: str) -> float | None:
        return next((found for name in names if (found := values.get(name)) is not None), None)

    cu = first("costperassetp50cu", "costp50cu", "costp50")
    seconds = first("totallatencyp50sec", "inferencelatencyp50sec")
    if cu is None and seconds is None:
        return None
    return Variant(
        capability=text(row.get("capability")) or key or None,
        resolution=text(row.get("resolution")) or tier or None,
        cu=cu,
        seconds=seconds,
        seconds_at_most=first("totallatencyp75sec", "inferencelatencyp75sec"),
    )
