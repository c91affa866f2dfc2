"""What tests decide about coming jobs: outcome, length, files, words."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from sandbox.scenario import results
from sandbox.scenario.formats import FORMATS
from sandbox.scenario.values import Json, as_list, as_number, as_object

OUTCOMES = ("success", "failure", "canceled", "moderated", "never")

FAILED = (
    "The model provider returned an error while generating.",
    "Try again in a moment, or choose another model.",
)
MODERATED = (
    "Request blocked by the provider's content policy.",
    "Rephrase the prompt, or try another model: the same words often pass elsewhere.",
)
_GOLDEN = (5**0.5 - 1) / 2
"""Its multiples, cut to what is behind the point, are spread as evenly as can be, however many there are."""


@dataclass
class Script:
    """One rule; a submission takes the first rule that matches it and has uses left."""

    id: str = ""
    prompt_contains: str = ""
    """Text that the prompt must contain, in any case; empty matches every prompt."""
    model_id: str = ""
    """Only jobs of this model; empty matches every model."""
    times: int | None = None
    """How many submissions it decides; None = until removed."""
    outcome: str = "success"
    seconds: float | list[Any] | None = None
    """Length of the job; 0 = the answer to the POST is final already. `[least, most]`: spread evenly between
    the two, in the same order whenever the script is used anew."""
    error: str | None = None
    hint: str | None = None
    refund: bool | None = None
    """Whether a failure gives the CU back; None = as the model says."""
    assets: int | None = None
    """How many files the job makes, 0 included; None = as many as were asked for."""
    bytes: int | None = None
    """Least size of each file; it is padded to it."""
    format: str | None = None
    """What each file is, whatever the model makes; a key of `FORMATS`."""
    files: list[str] | None = None
    """The files of the job in order, by format, of any kinds: `["webp", "mp4", "txt"]`."""
    results: list[Any] | None = None
    """The files of the job in order, byte by byte: `[{"base64", "mime", "kind", "thumbnail"}]`. They are
    those of the next matching job only, unless `times` says otherwise."""
    nsfw: list[str] | None = None
    """What Scenario says of the files' content: `["nudity"]`."""
    words: dict[str, str] = field(default_factory=dict[str, str])
    """Status words replaced in answers about these jobs."""
    stages: list[Any] | None = None
    """Active stages instead of the usual ones: `[["queued", 0.5], ["post-processing", 2]]`."""
    cancelable: bool | None = None
    """Whether the cancel action works; None = as the options and the model say."""
    hits: int = 0

    @classmethod
    def read(cls, spec: Json, script_id: str) -> Script:
        """A checked script; ValueError tells what is wrong."""
        known = {each.name for each in fields(cls)} - {"id", "hits"}
        unknown = sorted(set(spec) - known)
        if unknown:
            raise ValueError(f"unknown key(s) {', '.join(unknown)}; known: {', '.join(sorted(known))}")
        once: Json = {} if spec.get("results") is None else {"times": 1}
        given: Json = {**once, **spec, "id": script_id}
        script = cls(**given)
        script._check()
        return script

    def _check(self) -> None:
        if self.outcome not in OUTCOMES:
            raise ValueError(f"outcome must be one of {', '.join(OUTCOMES)}")
        if self.format is not None and self.format not in FORMATS:
            raise ValueError(f"format must be one of {', '.join(FORMATS)}")
        span = as_list(self.seconds)
        if span is not None and not _is_span(span):
            raise ValueError("seconds must be a number or [least, most]")
        for name in ("times", "assets", "bytes", *(["seconds"] if span is None else [])):
            value = getattr(self, name)
            if value is not None and ((as_number(value) is None) or value < 0):
                raise ValueError(f"{name} must be a number of at least 0")
        if self.files is not None and not all(each in FORMATS for each in as_list(self.files) or [""]):
            raise ValueError(f"files must be a list of {', '.join(FORMATS)}")
        self._check_results()
        if self.nsfw is not None and not all(isinstance(one, str) for one in as_list(self.nsfw) or [None]):
            raise ValueError("nsfw must be a list of texts")
        words = as_object(self.words)
        if words is None or not all(isinstance(word, str) for word in words.values()):
            raise ValueError("words must be an object of texts")
        for stage in self.stages or []:
            pair = as_list(stage)
            if pair is None or len(pair) != 2 or not isinstance(pair[0], str) or as_number(pair[1]) is None:
                raise ValueError("stages must be a list of [word, seconds]")

    def _check_results(self) -> None:
        if self.results is None:
            return
        taken = [name for name in ("assets", "bytes", "format", "files") if getattr(self, name) is not None]
        if taken:
            raise ValueError(f"results say everything about the files; without them goes {', '.join(taken)}")
        results.read(self.results)

    def matches(self, model_id: str, prompt: str) -> bool:
        if self.times is not None and self.hits >= self.times:
            return False
        if self.model_id and self.model_id != model_id:
            return False
        return self.prompt_contains.casefold() in prompt.casefold()

    def length(self) -> float | None:
        """Seconds of the job that it decided last; None leaves them to the model."""
        span = as_list(self.seconds)
        if span is None:
            return as_number(self.seconds)
        least, most = span
        return least + (most - least) * (self.hits * _GOLDEN % 1.0)

    def listing(self) -> Json:
        """The rule as the control API shows it."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


def _is_span(given: list[Any]) -> bool:
    numbers = [number for number in map(as_number, given) if number is not None]
    return len(given) == len(numbers) == 2 and 0 <= numbers[0] <= numbers[1]
