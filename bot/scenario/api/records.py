"""Scenario's records as we read them: frozen, tolerant, and no wider than what we use.

Field names are Scenario's own, in snake case. An unknown status is kept and stays active: a guess
could turn a running, paid job into a failure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Inputs: TypeAlias = Mapping[str, Json]


class JobState(StrEnum):
    """What a job's status word comes down to."""

    ACTIVE = "active"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


class Status(StrEnum):
    """The words by which a listing of jobs can be asked (`GET /jobs?status=`, Scenario's SDK)."""

    PENDING = "pending"
    QUEUED = "queued"
    WARMING_UP = "warming-up"
    IN_PROGRESS = "in-progress"
    FINALIZING = "finalizing"
    SUCCESS = "success"
    FAILURE = "failure"
    CANCELED = "canceled"

    @property
    def state(self) -> JobState:
        """What it comes down to."""
        return _ENDS.get(self, JobState.ACTIVE)


_ENDS: Final = {
    Status.SUCCESS: JobState.SUCCEEDED,
    Status.FAILURE: JobState.FAILED,
    Status.CANCELED: JobState.CANCELED,
}


ACTIVE_WORDS: Final = frozenset(
    {
        *(status.value for status in Status if status.state is JobState.ACTIVE),
        *("processing", "running", "starting", "created", "waiting", "canceling", "cancelling"),
    }
)
"""Statuses of a job that is not over. Any other word counts as active too, and is doubted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job as Scenario tells it (`GET /jobs/{id}`)."""

    id: str
    status: str
    """Scenario's word in lower case with dashes: `queued`, `warming-up`, `in-progress`, …"""
    state: JobState
    progress: float | None = None
    """0 to 1; None where Scenario does not say."""
    asset_ids: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    """Links of results that came without asset ids (`result.images[].url`). Credentials: never shown."""
    text: str | None = None
    """A result that is no asset (`metadata.output`)."""
    model_id: str | None = None
    inputs: Inputs | None = None
    """The echo of what was asked; None where the API does not echo."""
    error: str | None = None
    hint: str | None = None
    moderated: bool = False
    """A provider refused the content; the same request may pass on another model."""
    cu: float | None = None
    """What the whole job was charged, in CU."""
    refunded: bool | None = None
    """Whether a failure gave the CU back; None where Scenario does not say."""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    """When Scenario says that it changed last."""
    flow: tuple["Node", ...] = ()
    """A workflow run's nodes, in order."""

    @property
    def known(self) -> bool:
        """Whether `status` is a word that we know: what an unknown one comes to, other signs must tell."""
        return self.state is not JobState.ACTIVE or self.status in ACTIVE_WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One node of a workflow run (`metadata.flow[]`)."""

    id: str
    type: str
    """Scenario's word: `custom-model`, `user-approval`, `user-selection`, …"""
    status: str
    """Scenario's word in lower case with dashes: `pending`, `processing`, `success`, `failure`, …"""
    name: str | None = None
    depends_on: tuple[str, ...] = ()
    asset_ids: tuple[str, ...] = ()
    """What it made, or for a selection what there is to choose from, in the order that indices count: there
    "" stands for what cannot be read."""
    least: int = 1
    most: int = 100
    """How many items a selection takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """The answer to a paid POST."""

    job: Job
    cu: float | None = None
    text: str | None = None
    """A result that the answer itself gave, beside the job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceilings:
    """How many of a team's may run at once, by what Scenario counts apart; None where it does not say."""

    jobs: int | None = None
    runs: int | None = None
    """Runs of workflows, also those that wait for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """The answer to a dry run. CU are decimals."""

    cu: float
    details: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file that Scenario holds (`GET /assets/{id}`)."""

    id: str
    url: str | None
    """Signed and short-lived: a credential. Read the asset again for a fresh one."""
    mime_type: str | None = None
    kind: str | None = None
    status: str = "success"
    size: int | None = None
    width: int | None = None
    height: int | None = None
    seed: str | None = None
    nsfw: tuple[str, ...] = ()
    duration: float | None = None
    """Seconds."""
    original_url: str | None = None
    """The real file behind a `url` that is only a picture of it (EXR, HDR). A credential too."""
    original_mime_type: str | None = None
    stills: tuple[str, ...] = ()
    """Links of pictures that stand for it, best first: preview, thumbnail, first frame. Credentials."""
    last_frame: str | None = None
    """Of a film: the asset that its last picture is."""
    text: str | None = None
    """A text's words, where the record has them whole (`preview` with `hasFullPreview`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Bytes that were fetched, on disk. Whoever asked for them deletes them."""

    path: Path
    size: int
    mime_type: str
    """Decided by the bytes; where they tell less than the answer's header, by that."""
    shown: str | None = None
    """What the bytes alone show, if they show anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One entry of a model's input schema. See `schema.inputs` for how the rules are applied."""

    name: str
    type: str
    label: str | None = None
    description: str | None = None
    hint: str | None = None
    placeholder: str | None = None
    group: str | None = None
    required: Mapping[str, Json] | None = None
    default: Json = None
    allowed_values: tuple[Json, ...] = ()
    min: float | None = None
    max: float | None = None
    step: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    min_duration: float | None = None
    max_duration: float | None = None
    """Seconds of a file."""
    max_size: float | None = None
    """Bytes of a file."""
    kind: str | None = None
    """Of a file: image (also where absent), image-hdr, video, audio, 3d, text, document, json."""
    model_types: tuple[str, ...] = ()
    mask_from: str | None = None
    """The input whose picture this one masks."""
    parent: bool = False
    """What is made descends from the file given here."""
    prompt: bool = False
    cost_impact: bool = False
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """What an app calls the allowed values (`uiConfig.selects`), by their text."""
    inputs: tuple["Input", ...] = ()
    """The fields of an `inputs_array`'s objects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SizePreset:
    """A row of `uiConfig.resolutionComponent.presets`; an "Auto" row has no sizes."""

    label: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SizePresets:
    """`uiConfig.resolutionComponent`: which inputs are the size, and the sizes that are offered."""

    width_input: str
    height_input: str
    presets: tuple[SizePreset, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LorasInputs:
    """`uiConfig.lorasComponent`: which inputs of a base model take trained models and their scales."""

    models: str
    scales: str | None = None
    model_id: str | None = None
    """The input that takes one trained model or a composition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A row of `performanceStats.variants`: what a way to use the model took and cost lately."""

    capability: str | None = None
    resolution: str | None = None
    cu: float | None = None
    """Median, in CU."""
    seconds: float | None = None
    """Median, from the request to the result."""
    seconds_at_most: float | None = None
    """Three in four were done by then."""


HIDDEN: Final = "imagine:hidden"
"""A tag that a team gives a model at Scenario which people should not be offered, such as one for tests."""
WORKFLOW: Final = "workflow"
"""The `type` of a workflow read as a model: its inputs have the same schema, and it runs the same way."""
PROMPT_HELP: Final = "prompt-help"
"""Our word for the `type` of an endpoint that writes words, read as a model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model, or a workflow. A listing's rows carry no schema: there `inputs` is None."""

    id: str
    name: str
    type: str = "custom"
    description: str | None = None
    status: str = "trained"
    privacy: str = "public"
    capabilities: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    access_restriction: int | None = None
    """0 Free, 25 Starter, 50 Pro, 75 Max, 100 Enterprise."""
    disable_refund: bool = False
    inputs: tuple[Input, ...] | None = None
    sizes: SizePresets | None = None
    loras: LorasInputs | None = None
    thumbnail: str | None = None
    """A link, signed and short-lived."""
    example_asset_ids: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = ()
    concepts: tuple[str, ...] | None = None
    """Ids of the trained models in a composition; None where its record does not say."""

    @property
    def is_workflow(self) -> bool:
        """Whether it is run, with steps and gates, and not generated with."""
        return self.type == WORKFLOW

    @property
    def is_help(self) -> bool:
        """Whether it is an endpoint that writes words."""
        return self.type == PROMPT_HELP

    @property
    def featured(self) -> bool:
        """Whether Scenario itself puts it first."""
        return "sc:featured" in self.tags

    @property
    def hidden(self) -> bool:
        """Whether it is there for whoever knows its name or id, and is offered to nobody."""
        return HIDDEN in self.tags

    @property
    def replaced_by(self) -> str | None:
        """The id that a `deprecated:` tag names, "" where it names none; None while in use."""
        for tag in self.tags:
            if tag.startswith("deprecated"):
                return tag.partition(":")[2]
        return None

    def input(self, name: str) -> Input | None:
        """None where it has no input of this name, or its inputs are not known."""
        return next((one for one in self.inputs or () if one.name == name), None)
