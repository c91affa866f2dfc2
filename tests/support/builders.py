"""Records with sensible fields, of which a test names those it is about."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.catalogue import ModelFault
from bot.generation import failures
from bot.generation.card import CARD_FIELDS, Card, CardState
from bot.generation.failures import Failure, FailureKind
from bot.generation.model import Fate, Generation
from bot.refusals import Limit
from bot.request.ask import Ask
from bot.request.origin import Origin
from bot.scenario.api.records import Input, Job, JobState, Model
from bot.service.service import Caller
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


_ON_CARD = CARD_FIELDS - {"channel_id", "state"}


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


def _a_caller(id_: str, changes: dict[str, Any]) -> Origin:
    """Takes what is an origin's out of `changes`."""
    fields: dict[str, Any] = {
        "interaction_id": id_,
        "application_id": APPLICATION,
        "owner_id": OWNER,
        "guild_id": GUILD,
        "channel_id": CHANNEL,
        "locale": "en-US",
        "owner_locale": "en-US",
        "own_app": False,
    }
    return Origin(**{name: changes.pop(name, value) for name, value in fields.items()})


def a_card(id_: str = "1001", **changes: Any) -> Card:
    """A live public card. Its origin's fields may be named beside its own."""
    at = changes.get("channel_id", CHANNEL)
    origin = changes.pop("origin", None) or _a_caller(id_, changes)
    fields: dict[str, Any] = {
        "id": id_,
        "origin": origin,
        "state": CardState.LIVE,
        "private": False,
        "attachment_limit": 10 * 1024 * 1024,
        "channel_id": at,
        "message_id": 70_000,
        "token": f"token-{id_}",
        "token_expires_at": START + timedelta(minutes=14),
    }
    return Card(**{**fields, **changes})


def a_generation(id_: str = "1001", **changes: Any) -> Generation:
    """A recorded, acknowledged, not yet submitted request whose inputs are known.

    The fields of its origin and of its card may be named beside its own; `card` is the card's state.
    """
    id_ = changes.pop("id", id_)
    on_card = {name: changes.pop(name) for name in _ON_CARD & changes.keys()}
    if "card" in changes:
        on_card["state"] = changes.pop("card")
    at = changes.get("channel_id", CHANNEL)
    origin = _a_caller(id_, changes)
    fields: dict[str, Any] = {
        "id": id_,
        "origin": origin,
        "on_card": a_card(id_, origin=origin, **{"channel_id": at, **on_card}),
        "command": "imagine",
        "medium": Medium.IMAGE,
        "spoiler": False,
        "model_id": MODEL,
        "model_name": "Flux",
        "ask": Ask(prompt="a cat"),
        "inputs": {"prompt": "a cat", "seed": int(id_) if id_.isdigit() else 1},
        "created_at": START,
    }
    return Generation(**{**fields, **changes})


def changed(generation: Generation, **changes: Any) -> Generation:
    """The same with other values, named as `a_generation` takes them; a channel is where the card stands."""
    own = {field.name for field in fields(Generation)} - {"origin", "on_card"}
    origins = {field.name for field in fields(Origin)} - {"channel_id"}
    asked = {name: changes[name] for name in origins & changes.keys()}
    shown = {name: changes[name] for name in CARD_FIELDS & changes.keys()}
    if "card" in changes:
        shown["state"] = changes["card"]
    strange = changes.keys() - own - asked.keys() - shown.keys() - {"card"}
    assert not strange, strange
    origin = replace(generation.origin, **asked)
    card = replace(generation.card, origin=replace(generation.card.origin, **asked), **shown)
    mine = {name: value for name, value in changes.items() if name in own}
    if "id" in mine:
        card = replace(card, id=mine["id"])
    return replace(generation, origin=origin, on_card=card, **mine)


def unbought(id_: str = "1001", **changes: Any) -> Generation:
    """A request that was never acknowledged, as `record` wants it."""
    return a_generation(id_, **{"card": CardState.UNACKNOWLEDGED, "message_id": None, **changes})


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
        case FailureKind.NO_ROOM:
            failure = failures.NoRoom(jobs=4, used=1, allowed=4)
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


async def _sees_nothing(channel_id: int) -> bool:
    del channel_id
    return False


def a_caller(id_: str = "1001", **changes: Any) -> Caller:
    """Somebody who asks, without any right over others. The fields of the origin may be named too."""
    origin = _a_caller(id_, changes)
    fields: dict[str, Any] = {
        "origin": origin,
        "token": f"token-{id_}",
        "attachment_limit": 10 * 1024 * 1024,
        "moderates": lambda: False,
        "dm": False,
        "sees": _sees_nothing,
    }
    return Caller(**{**fields, **changes})


def alts_of(card: "CardMessage") -> tuple[str, ...]:
    """The alt text of each of its files."""
    return tuple(one.alt for one in card.attachments)
