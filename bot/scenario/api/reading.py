"""JSON objects of Scenario → jobs and assets. Pure, and deaf to nulls, missing and unknown fields.

Where sources disagree about a field both spellings are read (`jobId` and `id`, `failure` and `failed`,
`metadata.assetIds` and `result.images`). Field facts: the seeds, the SDK's types and captured records.
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from bot.scenario.api import loose
from bot.scenario.api.loose import Object, as_list, as_object, number, text, texts, whole
from bot.scenario.api.moderation import moderated
from bot.scenario.api.records import Asset, Job, JobState, Json, Node, Status
from bot.scenario.api.replies import clean, sentence
from bot.vocabulary import ASSET_ID

_STATES: Final[Mapping[str, JobState]] = {
    **{status.value: status.state for status in Status},
    "succeeded": JobState.SUCCEEDED,
    "completed": JobState.SUCCEEDED,
    "failed": JobState.FAILED,
    "error": JobState.FAILED,
    "cancelled": JobState.CANCELED,
}
SELECTION: Final = "user-selection"
"""The type of a node at which somebody has to choose."""
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
    model_id = _model_id(job, meta, inputs or {})
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
        updated_at=loose.moment(job.get("updatedAt")),
        flow=_flow(meta.get("flow") or job.get("flow")),
    )


def read_far(row: Object) -> Job | None:
    """No more than how far it is: who, in which status, and with what progress."""
    found = job_id(row)
    if found is None:
        return None
    status = _status(row.get("status"))
    state = _STATES.get(status, JobState.ACTIVE)
    return Job(id=found, status=status, state=state, progress=_progress(row.get("progress")))


def is_part(row: Object) -> bool:
    """Whether a job is one step of a workflow's run: such a one was not asked for by itself."""
    meta = as_object(row.get("metadata"))
    run = text(meta.get("workflowJobId"), row.get("workflowJobId"))
    if run is not None:
        return run != job_id(row)
    kind = text(row.get("jobType"), row.get("type"))
    return kind not in {None, "workflow"} and text(meta.get("workflowId"), row.get("workflowId")) is not None


def _model_id(job: Object, meta: Object, inputs: Object) -> str | None:
    """What was run. A workflow's run may have an input of the name `modelId`, which it is not."""
    workflow = text(meta.get("workflowId"), job.get("workflowId"))
    if workflow is not None and not is_part(job):
        return workflow
    return text(job.get("modelId"), meta.get("modelId"), inputs.get("modelId"))


def _flow(value: Json) -> tuple[Node, ...]:
    nodes = (_node(row) for row in as_list(value) if isinstance(row, dict))
    return tuple(node for node in nodes if node is not None)


def _node(row: Object) -> Node | None:
    found = text(row.get("id"), row.get("nodeId"))
    if found is None:
        return None
    kind = _status(row.get("type"))
    made = [_item(one) for one in as_list(row.get("assets"))] or list(texts(row.get("assetIds")))
    if kind == SELECTION:  # of its items none may be left out, for the answer counts them
        shown = [_item(one) for one in as_list(row.get("items"))] or made
        least, most = _bounds(row)
    else:
        shown = [one for one in made if one]
        least, most = 1, 100
    return Node(
        id=found,
        type=kind,
        status=_status(row.get("status")),
        name=text(row.get("name"), row.get("label"), row.get("title")),
        depends_on=texts(row.get("dependsOn")),
        asset_ids=tuple(shown),
        least=least,
        most=most,
    )


def _item(value: Json) -> str:
    """An asset's id, or a text that may be chosen; "" for what cannot be read."""
    body = as_object(value)
    return text(value, body.get("assetId"), body.get("id"), body.get("value")) or ""


def _bounds(row: Object) -> tuple[int, int]:
    """How many a selection takes, by the `min` and `max` of its array input."""
    for one in map(as_object, as_list(row.get("inputs"))):
        if (text(one.get("type")) or "").endswith("_array"):
            least, most = _first(one, "min", "minLength"), _first(one, "max", "maxLength")
            least = 1 if least is None else max(0, least)
            return least, max(1, least, 100 if most is None else most)
    return 1, 100


def _first(row: Object, *keys: str) -> int | None:
    return next((found for key in keys if (found := whole(row.get(key))) is not None), None)


def _echoes(job: Object, meta: Object) -> tuple[Json, ...]:
    return (meta.get("input"), meta.get("inputs"), job.get("input"), job.get("inputs"))


def _status(value: Json) -> str:
    """In lower case with dashes, whether it came as `IN_PROGRESS`, `in progress` or `inProgress`."""
    return _plain_word(value) if isinstance(value, str) else "unknown"


@lru_cache(maxsize=64)
def _plain_word(value: str) -> str:
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
        if value.startswith(ASSET_ID):
            ids[value] = None
        elif value.startswith(("https://", "http://")):
            urls[value] = None
    elif isinstance(value, list):
        for one in value:
            _collect(one, ids, urls, depth + 1)
    elif isinstance(value, dict):
        asset_id = text(value.get("assetId")) or text(value.get("id"))
        if asset_id is not None and ("assetId" in value or asset_id.startswith(ASSET_ID)):
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
        # of several that an endpoint wrote the first is the one that was asked for
        several = texts([*as_list(value.get("prompts")), *as_list(value.get("captions"))])
        named = named or next(iter(several), None)
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
        duration=number(properties.get("duration")),
        original_url=_link(body.get("originalFileUrl")),
        original_mime_type=text(body.get("originalMimeType")),
        stills=_stills(body),
        last_frame=text(as_object(body.get("lastFrame")).get("assetId")),
        text=_whole_text(properties),
    )


def _stills(body: Object) -> tuple[str, ...]:
    """A made preview shows most, a first frame least: it is often black."""
    places = (body.get(key) for key in ("preview", "thumbnail", "firstFrame", "lastFrame"))
    links = [_link(as_object(one).get("url") if isinstance(one, dict) else one) for one in places]
    return tuple(dict.fromkeys(link for link in links if link is not None))


def _link(value: Json) -> str | None:
    return value if isinstance(value, str) and value.startswith(("https://", "http://")) else None


def _whole_text(properties: Object) -> str | None:
    preview = properties.get("preview")
    return preview if properties.get("hasFullPreview") is True and isinstance(preview, str) else None
