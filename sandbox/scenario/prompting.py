"""The endpoints that write words: a job like any other, whose words stand in the answer too."""

from __future__ import annotations

import random
from typing import Any

from sandbox.scenario import files, jobs
from sandbox.scenario.jobs import Job
from sandbox.scenario.prices import Price
from sandbox.scenario.scripts import FAILED, MODERATED, Script
from sandbox.scenario.values import Json, Refusal, as_list, as_number, as_object, new_id, texts

MODES = ("completion", "contextual", "contextual-v2", "image-editing", "inventive", "structured")
DETAILS = ("action", "action+style")
COST = {"prompt": 0.5, "caption": 0.25}
"""CU of one call, for each word list that comes back."""
ANSWERS = {"prompt": "prompts", "caption": "captions"}
TYPES = {"prompt": "generate-prompt", "caption": "caption"}
"""`jobType` of each."""
_TAKES = {
    "prompt": {
        *("mode", "prompt", "modelId", "image", "images", "assetIds", "numResults", "seed"),
        *("temperature", "topP", "ensureIPCleared"),
    },
    "caption": {
        *("images", "assetIds", "detailsLevel", "modelId", "seed", "temperature", "topP"),
        *("ensureIPCleared", "unwantedSequences"),
    },
}
_PICTURE: Json = {"name": "images", "kind": "image"}
_MORE = (
    "soft morning light, long shadows, fine detail",
    "wide angle, muted colors, a hint of mist",
    "close framing, warm tones, gentle depth of field",
    "overcast sky, quiet mood, painterly texture",
)
_SEEN = (
    "a calm landscape under a pale sky, wide brush strokes, cool palette",
    "hills beside still water, low sun, flat shapes in few colors",
    "a quiet shore with distant mountains, grainy light, soft edges",
)


def job_of(kind: str, inputs: Json, cost: Price, script: Script, now: float) -> Job:
    """A paid call. It is over at once, unless the script gives it a length."""
    error, hint = MODERATED if script.outcome == "moderated" else FAILED
    end = {"never": None, "moderated": "failure"}.get(script.outcome, script.outcome)
    return Job(
        id=new_id("job_"),
        model_id="",
        inputs=inputs,
        created=now,
        stages=jobs.stretch(now, [("in-progress", script.length() or 0.0)], end),
        price=cost,
        error=script.error or error,
        hint=script.hint or hint,
        disable_refund=script.refund is False,
        cancelable=script.cancelable,
        output={ANSWERS[kind]: _words(kind, inputs)},
        words=script.words,
        type=TYPES[kind],
    )


def words_of(kind: str, job: Job, now: float) -> Json:
    """What the answer says beside the job: its words, once there are any."""
    name = ANSWERS[kind]
    return {name: job.output[name] if job.output is not None and job.status(now) == "success" else []}


def price(kind: str, inputs: Json) -> Price:
    """kind: `prompt` or `caption`."""
    count = as_number(inputs.get("numResults")) or len(as_list(inputs.get("images")) or [1])
    return Price(COST[kind] * count, 0.0, action=f"{kind}-generation")


def _words(kind: str, inputs: Json) -> list[Any]:
    dice = random.Random(str(inputs.get("seed")))
    if kind == "caption":
        return [*(dice.choice(_SEEN) for _ in as_list(inputs.get("images")) or [])]
    words = str(inputs.get("prompt") or "a picture").rstrip(" .,")
    count = int(as_number(inputs.get("numResults")) or 1)
    return [*(f"{words}, {dice.choice(_MORE)}" for _ in range(count))]


def checked(taken: files.Files, kind: str, body: Any) -> Json:
    """The inputs, with an asset for each picture. Refusal where they are wrong."""
    given = as_object(body)
    if given is None:
        raise Refusal(400, "Body must be an object")
    inputs: Json = {**given}
    unknown = sorted(set(inputs) - _TAKES[kind])
    if unknown:
        raise Refusal(400, f"Input {unknown[0]} is unknown")
    if kind == "prompt":
        if inputs.get("mode") not in MODES:
            raise Refusal(400, f"Input mode must be one of: {', '.join(MODES)}")
        if inputs["mode"] == "completion" and not str(inputs.get("prompt") or "").strip():
            raise Refusal(400, "Input prompt is required")
    else:
        pictures = texts(inputs.get("images"))
        if not pictures:
            raise Refusal(400, "Input images is required")
        if inputs.get("detailsLevel", DETAILS[0]) not in DETAILS:
            raise Refusal(400, f"Input detailsLevel must be one of: {', '.join(DETAILS)}")
        inputs["images"] = [taken.take_file(one, _PICTURE) for one in pictures]
    if "seed" in inputs and as_number(inputs["seed"]) is None:
        raise Refusal(400, "Input seed must be a number")
    return inputs
