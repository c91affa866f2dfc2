"""Why there is no result, as facts. `ui.speech.words` holds the sentences.

Failure
├── Refused       our own check said no, before anything was spent
├── Unusable      the model cannot be used as it stands
├── Rejected      Scenario said no to the submission, and bought nothing
├── PlanLocked    the same: the team's plan does not include the model
├── NotFound      the same: something that the request names is gone or hidden
├── NoModel       none was named, and none is set or featured; or the operator's own is gone
├── OverBudget    the foretold price does not fit under a limit
├── NoRoom        its jobs are more than its member may have at once
├── NotConfirmed  nobody said yes to the price in time
└── Simple        its kind says everything but Scenario's own words
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal, TypeAlias

from bot.catalogue import ModelFault
from bot.refusals import Limit
from bot.schema.inputs import Problem


class FailureKind(StrEnum):
    """Why there is no result. Each reads differently on the card."""

    REFUSED = "refused"  # our own check, before anything was spent
    UNUSABLE = "unusable"  # our own look at the model
    BAD_INPUT = "bad_input"  # Scenario's check (400)
    PLAN_LOCKED = "plan_locked"
    FORBIDDEN = "forbidden"
    WRONG_KEY = "wrong_key"
    OUT_OF_CREDITS = "out_of_credits"
    NOT_FOUND = "not_found"  # the model is gone or hidden
    MODERATED = "moderated"  # a provider refused the content
    FAILED = "failed"  # the job itself failed
    NO_OUTPUT = "no_output"  # success without a result
    MAYBE_CHARGED = "maybe_charged"  # we cannot know whether the POST bought a job
    JOB_LOST = "job_lost"  # Scenario no longer knows a job that it accepted
    NO_MODEL = "no_model"  # none was named, and none is set or featured
    UNREACHABLE = "unreachable"  # an outage outlasted our patience before anything was bought
    OVER_BUDGET = "over_budget"  # the foretold price does not fit the member's day
    NO_ROOM = "no_room"  # several jobs, and its member may not have so many at once
    FILE_LOST = "file_lost"  # a file that the member gave cannot be fetched any more
    FILE_REFUSED = "file_refused"  # Scenario could not use a file that the member gave
    NOT_CONFIRMED = "not_confirmed"  # nobody said yes to the price in time


class Missing(StrEnum):
    """What is gone, where it is not the model."""

    FILE = "file"
    TRAINED_MODEL = "style"  # as the rows and the sentences' keys have it
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Worded:
    reason: str | None = None
    """Scenario's own words."""
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Traced(_Worded):
    trace: str | None = None
    """Scenario's trace id, for a support request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(_Worded):
    """Our own check said no after the request was acknowledged."""

    kind: ClassVar[Literal[FailureKind.REFUSED]] = FailureKind.REFUSED
    model_name: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable(_Worded):
    """The model turned out not to be usable after the request was acknowledged."""

    kind: ClassVar[Literal[FailureKind.UNUSABLE]] = FailureKind.UNUSABLE
    model_name: str
    fault: ModelFault | None
    """None for a later version's word."""
    detail: str | None = None
    """The replacement's id, the status, the type, or the plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected(_Traced):
    """A definite no of Scenario's, which bought nothing."""

    kind: Literal[
        FailureKind.BAD_INPUT, FailureKind.FORBIDDEN, FailureKind.WRONG_KEY, FailureKind.OUT_OF_CREDITS
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLocked(_Traced):
    """The team's plan does not include the model."""

    kind: ClassVar[Literal[FailureKind.PLAN_LOCKED]] = FailureKind.PLAN_LOCKED
    required_plan: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFound(_Traced):
    """Something that the request names is gone or hidden."""

    kind: ClassVar[Literal[FailureKind.NOT_FOUND]] = FailureKind.NOT_FOUND
    about: Missing | None = None
    """None for the model, and where nothing is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoModel(_Worded):
    """None was named, and none is set or featured."""

    kind: ClassVar[Literal[FailureKind.NO_MODEL]] = FailureKind.NO_MODEL
    model_id: str | None = None
    """The operator's choice, where that is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverBudget(_Worded):
    """The price does not fit under a limit of a day's CU."""

    kind: ClassVar[Literal[FailureKind.OVER_BUDGET]] = FailureKind.OVER_BUDGET
    limit: Limit
    price: float | None
    """None where nobody could tell one."""
    spent: float | None
    """CU, as `allowed`. None, both, only in a row that lacks them."""
    allowed: float | None
    until: datetime | None = None
    """When there is room again; None if there never is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoRoom(_Worded):
    """It turned out to be several jobs, and there is no room for so many at once."""

    kind: ClassVar[Literal[FailureKind.NO_ROOM]] = FailureKind.NO_ROOM
    jobs: int
    used: int
    """Jobs under way, as `allowed`."""
    allowed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotConfirmed(_Worded):
    """Nobody said yes to the price in time."""

    kind: ClassVar[Literal[FailureKind.NOT_CONFIRMED]] = FailureKind.NOT_CONFIRMED
    price: float | None
    unseen: bool = False
    """Whether the question could be shown to nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simple(_Worded):
    """Its kind says everything but Scenario's own words."""

    kind: Literal[
        FailureKind.MODERATED,
        FailureKind.FAILED,
        FailureKind.NO_OUTPUT,
        FailureKind.MAYBE_CHARGED,
        FailureKind.JOB_LOST,
        FailureKind.UNREACHABLE,
        FailureKind.FILE_LOST,
        FailureKind.FILE_REFUSED,
    ]


Failure: TypeAlias = (
    Refused
    | Unusable
    | Rejected
    | PlanLocked
    | NotFound
    | NoModel
    | OverBudget
    | NoRoom
    | NotConfirmed
    | Simple
)
