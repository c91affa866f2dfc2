"""From Scenario's words to ours: what a job or an error means for a generation. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.generation import failures
from bot.generation.failures import Failure, FailureKind, Missing
from bot.generation.model import Fate, Generation, Output
from bot.request.roles import PROMPTS, SEEDS
from bot.scenario.api import loose
from bot.scenario.api.errors import Forbidden, NotFound, OutOfCredits, PlanLocked, Rejected, WrongKey
from bot.scenario.api.prompting import names_help
from bot.scenario.api.records import Inputs, Job, JobState, Json, Submission
from bot.scenario.api.workflows import names_workflow
from bot.vocabulary import ASSET_ID

_ID: Final = re.compile(r"\b(asset|model|wflow)_[A-Za-z0-9_-]+")
_FILES: Final = re.compile(r"\b(?:assets?|files?|images?|videos?|audios?)\b", re.IGNORECASE)
_BARE: Final = frozenset({"http", "not", "found", "resource"})
"""Words of a 404 that names nothing."""
_WORD: Final = re.compile(r"[a-z]+")
_MODELS: Final = re.compile(r"\bmodels?\b|\bworkflows?\b", re.IGNORECASE)


def missing(reason: str, model_id: str) -> Missing | None:
    """What a 404 to a submission is about beside the model itself: a file, a trained model that the inputs
    name, or something else; None for the model, or where nothing is named."""
    ids = {found[0]: found[1] for found in _ID.finditer(reason)}
    if model_id in ids:
        return None
    if "asset" in ids.values() or (not ids and _FILES.search(reason)):
        return Missing.FILE
    if ids:
        return Missing.TRAINED_MODEL
    bare = _BARE.issuperset(_WORD.findall(reason.casefold()))
    return None if bare or _MODELS.search(reason) else Missing.OTHER


def failure_of(error: Rejected, *, model_id: str = "") -> Failure:
    """A definite no to a submission, as a failure that bought nothing.

    model_id: what was submitted to; "" for a no to something else.
    """
    reason, trace = error.reason or None, error.trace
    match error:
        case PlanLocked():
            return failures.PlanLocked(reason=reason, trace=trace, required_plan=error.required_plan)
        case NotFound():
            about = missing(error.reason, model_id) if model_id else None
            return failures.NotFound(reason=reason, trace=trace, about=about)
        case Forbidden():
            kind = FailureKind.FORBIDDEN
        case WrongKey():
            kind = FailureKind.WRONG_KEY
        case OutOfCredits():
            kind = FailureKind.OUT_OF_CREDITS
        case _:
            kind = FailureKind.BAD_INPUT
    return failures.Rejected(kind=kind, reason=reason, trace=trace)


def bought(generation: Generation, submission: Submission) -> Generation:
    """The generation once its purchase was answered. Words that stand in the answer are kept with the job's
    id, for no later one may have them."""
    job, text = submission.job, submission.text
    cu = submission.cu if job.cu is None else job.cu
    outputs = () if text is None else (Output(text=text),)
    return replace(generation, fate=Fate.RUNNING, job_id=job.id, cu=cu, outputs=outputs)


def ended(generation: Generation, job: Job, now: datetime) -> Generation:
    """The generation after its job came to an end."""
    cu = generation.cu if job.cu is None else job.cu
    over = replace(generation, finished_at=now, cu=cu, refunded=job.refunded)
    if job.state is JobState.CANCELED:
        return replace(over, fate=Fate.CANCELED)
    if job.state is JobState.FAILED:
        kind = FailureKind.MODERATED if job.moderated else FailureKind.FAILED
        return replace(
            over, fate=Fate.FAILED, failure=failures.Simple(kind=kind, reason=job.error, hint=job.hint)
        )
    # what the answer to the purchase gave comes first: those are the very words
    outputs = (
        generation.outputs
        or tuple(Output(asset_id=asset) for asset in job.asset_ids)
        or tuple(Output(url=url) for url in job.urls)
    )
    if not outputs and job.text:
        outputs = (Output(text=job.text),)
    if not outputs:
        return replace(
            over, fate=Fate.FAILED, failure=failures.Simple(kind=FailureKind.NO_OUTPUT, hint=job.hint)
        )
    return replace(over, fate=Fate.SUCCEEDED, outputs=outputs, refunded=None)


def same_request(job: Job, generation: Generation) -> bool | None:
    """Whether a listed job is what this generation asked for; None where that cannot be told.

    False is used as a proof that nothing was bought, so it is said only of what surely is another request:
    Scenario may trim a prompt or round a size before it echoes them.
    """
    if job.model_id not in {None, generation.model_id} and not names_help(generation.model_id):
        return False
    echo, sent = job.inputs, generation.inputs or {}
    if not echo:
        return None
    words = [_alike(echo[name], sent[name]) for name in _worded(generation) if name in echo]
    if False in words:
        return False
    seeds = [_same(echo[name], sent[name]) for name in _named(sent, SEEDS) if name in echo]
    if seeds:
        return all(seeds)
    if not words or _named(sent, SEEDS):
        return None  # a seed that was sent and is not echoed may be any
    return True if all(_same(echo[name], sent[name]) for name in sent if name in echo) else None


def says_words_of(job: Job, others: Sequence[Generation], generation: Generation) -> bool:
    """Whether a listed job has the very words of one of the others, and not those of this generation: one
    prompt of several may be the beginning of another."""
    echo = job.inputs or {}
    said = {name: _plain_words(echo[name]) for name in _worded(generation) if name in echo}
    if not said or all(
        _plain_words((generation.inputs or {}).get(name)) == one for name, one in said.items()
    ):
        return False
    return any(
        all(_plain_words((other.inputs or {}).get(name)) == one for name, one in said.items())
        for other in others
    )


def _plain_words(value: Json) -> str:
    return " ".join(str(value).split())


def _worded(generation: Generation) -> list[str]:
    """The inputs that hold the member's words. A workflow calls them what it likes: `text1`."""
    sent = generation.inputs or {}
    found = _named(sent, PROMPTS)
    if found or not names_workflow(generation.model_id):
        return found
    return [name for name, value in sent.items() if isinstance(value, str) and not value.startswith(ASSET_ID)]


def _named(sent: Inputs, plain_names: Sequence[str]) -> list[str]:
    return [name for name in sent if loose.plain(name) in plain_names]


def _alike(echoed: Json, sent: Json) -> bool:
    """Whether two prompts may be the same one: equal but for white space, or one cut short."""
    if not isinstance(echoed, str) or not isinstance(sent, str):
        return _same(echoed, sent)
    one, other = " ".join(echoed.split()), " ".join(sent.split())
    return one.startswith(other) or other.startswith(one)


def _same(echoed: Json, sent: Json) -> bool:
    """Equal, but for spelling: a seed comes back as a number or as text."""
    if isinstance(echoed, list) and isinstance(sent, list):
        return len(echoed) == len(sent) and all(map(_same, echoed, sent))
    if isinstance(echoed, Mapping) and isinstance(sent, Mapping):
        return echoed.keys() == sent.keys() and all(_same(echoed[key], sent[key]) for key in sent)
    if isinstance(echoed, bool) or isinstance(sent, bool):
        return echoed is sent
    if echoed == sent:
        return True
    return (
        isinstance(echoed, int | float | str)
        and isinstance(sent, int | float | str)
        and _number(echoed) is not None
        and _number(echoed) == _number(sent)
    )


def _number(value: float | str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None
