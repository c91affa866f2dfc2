"""JSON objects of Scenario → records. Pure, and deaf to nulls, missing and unknown fields.

Where sources disagree about a field both spellings are read (`jobId` and `id`, `failure` and `failed`,
`metadata.assetIds` and `result.images`). Field facts: the seeds, the SDK's types and captured records.
"""

import json
import re
from collections.abc import Mapping
from typing import Final

from bot.scenario import loose
from bot.scenario.loose import Object, as_list, as_object, number, text, texts, whole
from bot.scenario.moderation import moderated
from bot.scenario.records import Asset, Input, Job, JobState, Json, Model, SizePreset, SizePresets
from bot.scenario.refusals import clean, sentence

_STATES: Final[Mapping[str, JobState]] = {
    "success": JobState.SUCCEEDED,
    "succeeded": JobState.SUCCEEDED,
    "completed": JobState.SUCCEEDED,
    "failure": JobState.FAILED,
    "failed": JobState.FAILED,
    "error": JobState.FAILED,
    "canceled": JobState.CANCELED,
    "cancelled": JobState.CANCELED,
}
_MAIN_ACTIONS: Final = frozenset({"customgeneration", "generation", "total"})
"""Keys of a cost split that mean the generation itself, which `cuCost` already counts."""


def job_id(job: Object) -> str | None:
    """The id under whichever name it came. An empty `job` object of a dry run has none."""
    return text(job.get("jobId"), job.get("job_id"), job.get("id"))


def read_job(body: Object, known_id: str | None = None) -> Job | None:
    """The job in a reply's body or in a row of a listing; None where there is no id.

    known_id: the id that was asked for, in case the reply does not repeat it.
    """
    job = as_object(body.get("job")) or body
    found = job_id(job) or known_id
    if found is None:
        return None
    meta = as_object(job.get("metadata"))
    status = _status(job.get("status"))
    state = _STATES.get(status, JobState.ACTIVE)
    error = _words(meta.get("error"), job.get("error"), meta.get("errorMessage"))
    hint = _words(meta.get("hint"), job.get("hint"))
    asset_ids, urls = _results(job, meta, body if body is not job else {})
    inputs = next((one for one in map(as_object, _echoes(job, meta)) if one), None)
    model_id = text(job.get("modelId"), meta.get("modelId"), (inputs or {}).get("modelId"))
    refused = state is JobState.FAILED and moderated(error, hint)
    return Job(
        id=found,
        status=status,
        state=state,
        progress=_progress(job.get("progress")),
        asset_ids=asset_ids,
        urls=urls,
        text=_output_text(meta.get("output")),
        model_id=model_id,
        inputs=inputs,
        error=error,
        hint=hint,
        moderated=refused,
        cu=_charged(job),
        refunded=_refunded(job, state, unsure=refused and "xai" in (model_id or "")),
        created_at=loose.moment(job.get("createdAt")),
    )


def _echoes(job: Object, meta: Object) -> tuple[Json, ...]:
    return (meta.get("input"), meta.get("inputs"), job.get("input"), job.get("inputs"))


def _status(value: Json) -> str:
    """In lower case with dashes, whether it came as `IN_PROGRESS`, `in progress` or `inProgress`."""
    if not isinstance(value, str):
        return "unknown"
    word = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", value.strip())
    return re.sub(r"[-_\s]+", "-", word).casefold() or "unknown"


def _progress(value: Json) -> float | None:
    """0 to 1. Above 1 it is read as percent: both are on record."""
    share = number(value)
    if share is None:
        return None
    return min(1.0, max(0.0, share / 100 if share > 1 else share))


def _words(*values: Json) -> str | None:
    for value in values:
        found = sentence(value)
        if found:
            return clean(found)
    return None


def _results(job: Object, meta: Object, beside: Object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Asset ids, else links: from the metadata, the result, the output, else from beside the job."""
    ids = texts(meta.get("assetIds")) or texts(job.get("assetIds"))
    if ids:
        return ids, ()
    places = (
        (meta.get("assetIds"), meta.get("assets"), job.get("assetIds"), job.get("assets")),
        (job.get("result"), job.get("images"), job.get("asset")),
        (meta.get("output"), job.get("output")),
        (beside.get("asset"), beside.get("assets"), beside.get("images"), beside.get("result")),
    )
    for place in places:
        found: dict[str, None] = {}
        urls: dict[str, None] = {}
        for value in place:
            _collect(value, found, urls)
        if found or urls:
            return tuple(found), tuple(urls)
    return (), ()


def _collect(value: Json, ids: dict[str, None], urls: dict[str, None], depth: int = 0) -> None:
    """Sort what `value` refers to into asset ids and links. An entry with both counts by its id."""
    if isinstance(value, str):
        if value.startswith("asset_"):
            ids[value] = None
        elif value.startswith(("https://", "http://")):
            urls[value] = None
    elif isinstance(value, list):
        for one in value:
            _collect(one, ids, urls, depth + 1)
    elif isinstance(value, dict):
        asset_id = text(value.get("assetId")) or text(value.get("id"))
        if asset_id is not None and ("assetId" in value or asset_id.startswith("asset_")):
            ids[asset_id] = None
        elif isinstance(value.get("url"), str):
            _collect(value["url"], ids, urls, depth + 1)
        elif depth < 3:
            for one in value.values():
                _collect(one, ids, urls, depth + 1)


def _output_text(value: Json) -> str | None:
    if isinstance(value, list):
        return "\n".join(one for one in map(_output_text, value) if one) or None
    if isinstance(value, dict):
        named = text(*(value.get(key) for key in ("text", "output", "content", "result", "message")))
        return named or (json.dumps(value, ensure_ascii=False) if value else None)
    return text(value)


def _charged(job: Object) -> float | None:
    """`cuCost` plus the add-ons. A split that also lists the generation itself does not count it twice."""
    billing = as_object(job.get("billing"))
    main = number(billing.get("cuCost"))
    if main is None:
        main = number(job.get("cuCost"))
    details = {key: number(value) for key, value in as_object(billing.get("cuCostDetails")).items()}
    addons = [cu for key, cu in details.items() if cu is not None and loose.plain(key) not in _MAIN_ACTIONS]
    if main is None:
        everything = [cu for cu in details.values() if cu is not None]
        return sum(everything) if everything else None
    return main + sum(addons)


def _refunded(job: Object, state: JobState, *, unsure: bool) -> bool | None:
    """Failures are refunded unless `disableRefund`. unsure: xAI keeps the CU of what its moderation stopped,
    and the record does not say so."""
    billing = as_object(job.get("billing"))
    if state is not JobState.FAILED or not billing or unsure:
        return None
    return billing.get("disableRefund") is not True


def read_asset(body: Object, known_id: str | None = None) -> Asset | None:
    """One asset; None where there is no id."""
    found = text(body.get("id"), body.get("assetId")) or known_id
    if found is None:
        return None
    properties, meta = as_object(body.get("properties")), as_object(body.get("metadata"))
    url = body.get("url")
    labels = [text(one, as_object(one).get("label")) for one in as_list(body.get("nsfw"))]
    return Asset(
        id=found,
        url=url if isinstance(url, str) and url else None,
        mime_type=text(body.get("mimeType")),
        kind=text(body.get("kind"), meta.get("kind")),
        status=(text(body.get("status")) or "success").casefold(),
        size=whole(properties.get("size")),
        width=whole(properties.get("width")) or whole(meta.get("width")),
        height=whole(properties.get("height")) or whole(meta.get("height")),
        seed=text(meta.get("seed")),
        nsfw=tuple(label for label in labels if label),
    )


def read_model(body: Object, known_id: str | None = None, *, privacy: str = "public") -> Model | None:
    """One model; None where there is no id. `inputs` stays None where the record has no schema."""
    found = text(body.get("id"), body.get("modelId")) or known_id
    if found is None:
        return None
    inputs = body.get("inputs")
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
        inputs=_inputs(inputs) if isinstance(inputs, list) else None,
        sizes=_sizes(as_object(ui.get("resolutionComponent"))),
    )


def _inputs(rows: list[Json]) -> tuple[Input, ...]:
    read = (_input(row) for row in rows if isinstance(row, dict))
    return tuple({one.name: one for one in read if one is not None}.values())


def _input(row: Object) -> Input | None:
    name = text(row.get("name"))
    if name is None:
        return None
    required = row.get("required")
    return Input(
        name=name,
        type=(text(row.get("type")) or "string").casefold(),
        label=text(row.get("label")),
        description=text(row.get("description")),
        required={"always": True} if required is True else as_object(required) or None,
        default=row.get("default"),
        allowed_values=tuple(_choices(as_list(row.get("allowedValues")))),
        min=number(row.get("min")),
        max=number(row.get("max")),
        step=number(row.get("step")),
        min_length=whole(row.get("minLength")),
        max_length=whole(row.get("maxLength")),
        kind=text(row.get("kind")),
        model_types=texts(row.get("modelTypes")),
        prompt=row.get("prompt") is True,
        cost_impact=row.get("costImpact") is True,
    )


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
