"""Refusals → sentences, and whether a form would help. Pure."""

from collections.abc import Mapping
from typing import Final

from bot import refusals as errors
from bot.catalogue import ModelFault
from bot.generation import failures
from bot.generation.failures import Failure
from bot.request.compose import beyond_command
from bot.ui.speech.texts import amount, known, listing, say
from bot.ui.speech.words import moment, no_room, problems, quoted, size, unusable


def _limit(refusal: errors.LimitReached) -> str:
    used, allowed = amount(refusal.used), amount(refusal.allowed)
    if refusal.jobs > 1 and refusal.limit is errors.Limit.MEMBER_IN_FLIGHT:
        return no_room(refusal.jobs, used=int(refusal.used), allowed=refusal.allowed)
    text = say(f"refusal.{refusal.limit.value}", count=int(refusal.used), used=used, allowed=allowed)
    if refusal.until is not None:
        text = f"{text} {say('refusal.come_back', when=moment(refusal.until))}"
    return text


def _unknown_model(refusal: errors.UnknownModel) -> str:
    given = quoted(refusal.given, 80)
    if not refusal.nearest:
        return say("refusal.unknown_model", given=given)
    nearest = listing([quoted(name, 80) for name in refusal.nearest[:3]])
    return say("refusal.unknown_model_near", given=given, nearest=nearest)


def _no_picture(refusal: errors.NoPicture) -> str:
    kind = f"takes.{refusal.kind}"
    if refusal.lacking is errors.Lacking.OTHER and known(kind):
        return say("refusal.no_picture_but", kind=say(kind))
    told = f"refusal.no_picture_{refusal.lacking.value}"
    return say(told if known(told) else "refusal.no_picture")


def _cannot_post(refusal: errors.CannotPost) -> str:
    missing = [say(f"permission.{one}") for one in refusal.missing]
    return say("refusal.cannot_post", count=len(missing), missing=listing(missing, "and"))


def _too_many_permutations(refusal: errors.TooManyPermutations) -> str:
    count, each, allowed = refusal.count, refusal.each, amount(refusal.allowed)
    if each == 1:
        return say("refusal.too_many_permutations", asked=_counted(count), allowed=allowed)
    facts = {"asked": _counted(count), "each": amount(each), "total": _counted(count * each)}
    return say("refusal.too_many_permutations_each", **facts, allowed=allowed)


def _counted(count: int) -> str:
    """A number that may be of hundreds of digits."""
    return amount(count) if count < _UNCOUNTED else f"> {amount(_UNCOUNTED)}"


_UNCOUNTED: Final = 1_000_000
"""Nobody reads more digits."""
_FORM_HELPS: Final = (ModelFault.OTHER_TASK, ModelFault.OTHER_MEDIUM)
_FREE: Final = (
    errors.UnknownModel,
    errors.NoDefaultModel,
    errors.NoPromptHelp,
    errors.ModelUnusable,
    errors.InvalidInputs,
    errors.LimitReached,
    errors.PriceMoved,
    errors.FileTooLarge,
    errors.TooManyPermutations,
    errors.NoPicture,
    errors.WhichResult,
    errors.NoSuchResult,
    errors.NotDone,
    errors.CannotPost,
    errors.NotHere,
    errors.Removed,
    errors.Restarting,
    errors.Crowded,
)
"""Refusals of something that would have cost CU."""

_SIMPLE: Final[Mapping[type[errors.Refusal], str]] = {
    errors.NotHere: "refusal.not_here",
    errors.Restarting: "refusal.restarting",
    errors.Crowded: "refusal.crowded",
    errors.NoSuchGeneration: "refusal.no_such_generation",
    errors.NoSuchForm: "refusal.no_such_form",
    errors.Removed: "refusal.removed",
    errors.CannotShow: "refusal.cannot_show",
    errors.TooLate: "refusal.too_late",
    errors.CannotCancel: "refusal.cannot_cancel",
    errors.AlreadyAsked: "refusal.already_asked",
    errors.ScenarioSilent: "refusal.scenario_silent",
    errors.NoDefaultModel: "refusal.no_default_model",
    errors.NoPromptHelp: "refusal.no_prompt_help",
    errors.PriceMoved: "refusal.price_moved",
    errors.NotDone: "refusal.not_done",
    errors.Public: "refusal.public",
    errors.NoRoom: "refusal.no_room_for_it",
    errors.NoSoundboard: "refusal.no_soundboard",
}


def refusal(why: errors.Refusal) -> str:
    """What the asker reads, privately."""
    text = _refusal_text(why)
    return f"{text} {say('refusal.nothing_charged')}" if isinstance(why, _FREE) else text


def form_helps(why: errors.Refusal) -> bool:
    """Whether it says that a command cannot drive the model, which its form can."""
    if isinstance(why, errors.ModelUnusable):
        return why.fault in _FORM_HELPS
    return isinstance(why, errors.InvalidInputs) and beyond_command(why.problems)


def form_would_help(why: Failure | None) -> bool:
    """The same, of a failure that came after the acknowledgement."""
    if isinstance(why, failures.Unusable):
        return why.fault in _FORM_HELPS
    return isinstance(why, failures.Refused) and beyond_command(why.problems)


def _refusal_text(why: errors.Refusal) -> str:
    match why:
        case errors.InvalidInputs():
            return problems(why.problems, why.model_name)
        case errors.LimitReached():
            return _limit(why)
        case errors.NoRight():
            return say(f"refusal.no_right_{why.right}{'_ours' if why.ours else ''}")
        case errors.NoVoice():
            return say(f"refusal.no_voice_{why.why}")
        case errors.UnknownModel():
            return _unknown_model(why)
        case errors.ModelUnusable():
            return unusable(why.name, why.fault, why.detail)
        case errors.FileTooLarge():
            name = quoted(why.filename, 80)
            return say("refusal.file_too_large", name=name, size=size(why.size), allowed=size(why.allowed))
        case errors.TooManyPermutations():
            return _too_many_permutations(why)
        case errors.CannotCancel() if why.word is not None:
            return say("refusal.cannot_cancel_unknown", word=quoted(why.word, 40))
        case errors.NoPicture():
            return _no_picture(why)
        case errors.WhichResult():
            example = f"{why.card_id}-{why.numbers[-1]}"
            return say("refusal.which_result", count=len(why.numbers), example=example)
        case errors.NoSuchResult():
            return say("refusal.no_such_result", count=why.count, number=why.number)
        case errors.GateRefused():
            return say("refusal.gate_refused", reason=quoted(why.reason or "-", 300))
        case errors.CannotPost():
            return _cannot_post(why)
        case errors.NotAllowed():
            return say("refusal.not_allowed", owner=why.owner_id)
        case _:
            return say(_SIMPLE[type(why)])
