"""Records with sensible fields, of which a test names those it is about."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.catalogue import ModelFault
from bot.generation import failures
from bot.generation.failures import Failure, FailureKind
from bot.generation.model import Card, Fate, Generation
from bot.refusals import Limit
from bot.request.ask import Ask
from bot.scenario.api.records import Input, Job, JobState, Model
from bot.service.service import Origin
from bot.vocabulary import Medium
from tests.support.clock import START

if TYPE_CHECKING:  # it takes all of Discord's library along
    from bot.ui.cards.render import CardMessage

OWNER = 7
STRANGER = 8
MODERATOR = 9
APPLICATION = 99
CHANNEL = 555
GUILD = 42
MODEL = "model_flux"

PROMPT = Input(name="prompt", type="string", prompt=True, required={"always": True}, max_length=4000)
SEED = Input(name="seed", type="number", min=0, max=2**31 - 1, step=1)


def a_model(id_: str = MODEL, **changes: Any) -> Model:
    """A trained, featured text-to-image model that takes a prompt and a seed."""
    fields: dict[str, Any] = {
        "id": id_,
        "name": "Flux",
        "capabilities": ("txt2img",),
        "tags": ("sc:featured",),
        "inputs": (PROMPT, SEED),
    }
    return Model(**{**fields, **changes})


def a_generation(id_: str = "1001", **changes: Any) -> Generation:
    """A recorded, acknowledged, not yet submitted request whose inputs are known."""
    fields: dict[str, Any] = {
        "id": id_,
        "command": "imagine",
        "medium": Medium.IMAGE,
        "owner_id": OWNER,
        "application_id": APPLICATION,
        "guild_id": GUILD,
        "channel_id": CHANNEL,
        "locale": "en-US",
        "owner_locale": "en-US",
        "private": False,
        "spoiler": False,
        "attachment_limit": 10 * 1024 * 1024,
        "model_id": MODEL,
        "model_name": "Flux",
        "ask": Ask(prompt="a cat"),
        "inputs": {"prompt": "a cat", "seed": int(id_) if id_.isdigit() else 1},
        "card": Card.LIVE,
        "created_at": START,
        "token": f"token-{id_}",
        "token_expires_at": START + timedelta(minutes=14),
        "message_id": 70_000,
    }
    return Generation(**{**fields, **changes})


def unbought(id_: str = "1001", **changes: Any) -> Generation:
    """A request that was never acknowledged, as `record` wants it."""
    return a_generation(id_, **{"card": Card.UNACKNOWLEDGED, "message_id": None, **changes})


def running(id_: str = "1001", **changes: Any) -> Generation:
    fields: dict[str, Any] = {"fate": Fate.RUNNING, "job_id": f"job_{id_}", "submitted_at": START, "cu": 4.0}
    return a_generation(id_, **{**fields, **changes})


def a_failure(kind: FailureKind, **changes: Any) -> Failure:
    """One of this kind that knows no more than it must."""
    failure: Failure
    match kind:
        case FailureKind.REFUSED:
            failure = failures.Refused(model_name="Flux", problems=())
        case FailureKind.UNUSABLE:
            failure = failures.Unusable(model_name="Flux", fault=ModelFault.DEPRECATED)
        case FailureKind.PLAN_LOCKED:
            failure = failures.PlanLocked()
        case FailureKind.NOT_FOUND:
            failure = failures.NotFound()
        case FailureKind.NO_MODEL:
            failure = failures.NoModel()
        case FailureKind.OVER_BUDGET:
            failure = failures.OverBudget(limit=Limit.MEMBER_CU_PER_DAY, price=6.5, spent=4.0, allowed=10.0)
        case FailureKind.NOT_CONFIRMED:
            failure = failures.NotConfirmed(price=60.0)
        case (
            FailureKind.BAD_INPUT | FailureKind.FORBIDDEN | FailureKind.WRONG_KEY | FailureKind.OUT_OF_CREDITS
        ):
            failure = failures.Rejected(kind=kind)
        case _:
            failure = failures.Simple(kind=kind)
    return replace(failure, **changes)


def a_job(id_: str = "job_1", **changes: Any) -> Job:
    fields: dict[str, Any] = {
        "id": id_,
        "status": "in-progress",
        "state": JobState.ACTIVE,
        "model_id": MODEL,
        "created_at": START,
    }
    return Job(**{**fields, **changes})


def _sees_nothing(channel_id: int) -> bool:
    del channel_id
    return False


def an_origin(id_: str = "1001", **changes: Any) -> Origin:
    fields: dict[str, Any] = {
        "interaction_id": id_,
        "application_id": APPLICATION,
        "guild_id": GUILD,
        "channel_id": CHANNEL,
        "owner_id": OWNER,
        "locale": "en-US",
        "owner_locale": "en-US",
        "token": f"token-{id_}",
        "attachment_limit": 10 * 1024 * 1024,
        "own_app": False,
        "moderates": lambda: False,
        "dm": False,
        "sees": _sees_nothing,
    }
    return Origin(**{**fields, **changes})


def alts_of(card: "CardMessage") -> tuple[str, ...]:
    """The alt text of each of its files."""
    return tuple(one.alt for one in card.attachments)
