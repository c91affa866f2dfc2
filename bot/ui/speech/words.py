"""Facts → sentences: failures, costs, problems. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.catalogue import ModelFault
from bot.catalogue.tasks import Task
from bot.generation import failures
from bot.generation.card import CardState
from bot.generation.failures import Failure, FailureKind, Missing
from bot.generation.group import Group, overcharge
from bot.generation.model import Fate, Generation
from bot.refusals import Limit
from bot.scenario.api.loose import sound
from bot.scenario.api.records import Json
from bot.schema.inputs import Constraint, Problem
from bot.ui.speech.texts import amount, known, listing, say
from bot.vocabulary import Medium

_BIDI: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_FORMATTING: Final = re.compile(r"[\\*_`~|\[\]<>@#]|:(?=//)|^[-+]")
QUIET: Final = "-# "
"""Before a line that Discord writes small."""
_MOST_OFFERED: Final = 12
_ENDS: Final = ".!?…:;,。！？"


def cut(text: str, most: int) -> str:
    """At most `most` characters, with an ellipsis where something was cut."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def plain(text: str) -> str:
    """Hostile text on one line, without characters that turn the writing around."""
    kept = _BIDI.sub("", text)
    # what was written down before text was cleaned where it is read may still hold half an emoji
    kept = sound("".join(char if unicodedata.category(char) != "Cc" else " " for char in kept))
    return " ".join(kept.split())


def quoted(text: str, most: int) -> str:
    """Hostile text for a place that renders markdown: nothing in it pings, links or formats.

    Escaping may double the length.
    """
    return _FORMATTING.sub(r"\\\g<0>", cut(plain(text), most))


def joined(*sentences: str) -> str:
    """On one line. Of what others wrote, each but the last gets the full stop that it may lack."""
    told = [one for one in map(str.rstrip, sentences) if one]
    ended = (one if one[-1] in _ENDS else f"{one}." for one in told[:-1])
    return " ".join((*ended, *told[-1:]))


def number(value: Json) -> str:
    """A number without needless zeros, as a member may type it back; anything else as text."""
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def size(count: int) -> str:
    """Bytes in words: "12 MB", "380 KB"."""
    if count < 1024 * 1024:
        return say("size.kb", size=amount(max(1, round(count / 1024))))
    return say("size.mb", size=amount(round(count / 1024 / 1024, 1)))


def moment(when: datetime, style: str = "R") -> str:
    """Discord's own timestamp, which counts by itself in the reader's language."""
    return f"<t:{int(when.timestamp())}:{style}>"


def card_link(generation: Generation) -> str | None:
    """Where the card is; None for one that has no message, or one that no link leads to."""
    if generation.card.message_id is None or generation.card.channel_id is None or generation.card.private:
        return None
    if generation.card.state is CardState.KEPT:
        return None
    server = generation.origin.guild_id or "@me"
    return f"https://discord.com/channels/{server}/{generation.card.channel_id}/{generation.card.message_id}"


# -- costs ----------------------------------------------------------------------------------------------


def cost_of_failure(generation: Generation) -> str:
    """What a generation without a result cost, and whether that came back."""
    failure = generation.failure
    if failure is not None and failure.kind in {FailureKind.MAYBE_CHARGED, FailureKind.JOB_LOST}:
        return ""
    if not generation.bought:
        return say("cost.none")
    if generation.cu is None:
        return "" if generation.refunded else say("cost.perhaps")
    cu = amount(generation.cu)
    if failure is not None and failure.kind is FailureKind.NO_OUTPUT:
        return say("cost.charged", cu=cu)
    match generation.refunded:
        case True:
            return say("cost.refunded", cu=cu)
        case False:
            return say("cost.kept", cu=cu)
        case None:
            return say("cost.refund_unknown", cu=cu)


def overcharged(generation: Generation) -> str:
    """That it cost more than anybody had said; "" where it did not."""
    sums = overcharge(generation)
    return "" if sums is None else say("cost.overcharged", price=amount(sums[0]), cu=amount(sums[1]))


# -- problems -------------------------------------------------------------------------------------------


def problem(one: Problem, model: str) -> str:
    """One value that a model does not accept: what is wrong, what is accepted, what is nearest."""
    offered = _offered(one)
    nearest = listing([quoted(number(value), 60) for value in one.nearest])
    text = say(
        _problem_key(one, offered),
        label=_label(one),
        model=quoted(model, 80),
        given=_given(one),
        count=_length(one),
        allowed=offered,
        minimum=_bound(one, one.minimum),
        maximum=_bound(one, one.maximum),
        step=number(one.step),
        nearest=nearest,
    )
    if nearest and one.rule in {Constraint.ALLOWED, Constraint.UNKNOWN}:
        text = f"{text} {say('problem.nearest', nearest=nearest)}"
    return text


def _offered(one: Problem) -> str:
    """What is accepted, in one line; of a long list how much of it is not shown."""
    if one.rule is Constraint.TYPE and one.allowed == ("object",):
        return " ".join(f"{quoted(number(field), 60)}=…" for field in one.nearest[:3]) or "{…}"
    said = [value for value in one.allowed if value not in ("", None)]
    shown = [_allowed(one.rule, value) for value in said[:_MOST_OFFERED]]
    if len(said) > len(shown):
        shown.append(say("list.more", count=len(said) - len(shown)))
    return listing(shown)


def _problem_key(one: Problem, offered: str) -> str:
    if one.rule is Constraint.UNKNOWN and offered and not known(f"label.{one.input}"):
        return "problem.unknown_offers"
    if one.input == "count" and one.maximum == 1:
        return "problem.one_at_a_time"
    if one.rule is Constraint.TYPE:
        return _type_key(one)
    if one.rule is Constraint.TOO_LONG and isinstance(one.given, list):
        return "problem.too_many"
    if one.rule is Constraint.TOO_SHORT and isinstance(one.given, list):
        return "problem.too_few"
    if one.rule is Constraint.NO_PLACE and not offered:
        return "problem.no_files"
    if one.rule is Constraint.TWICE and offered:
        return "problem.twice_with"
    if one.rule is Constraint.SYNTAX and one.input == "styles":
        return "problem.syntax_styles"
    return f"problem.{one.rule.value}"


def _type_key(one: Problem) -> str:
    if one.allowed == ("object",):
        return "problem.type_object"
    ends = one.minimum is not None and one.maximum is not None
    return "problem.type_between" if ends else "problem.type"


def _label(one: Problem) -> str:
    """Our own option as the member knows it, else what the model calls its input."""
    return say(f"label.{one.label}") if known(f"label.{one.label}") else quoted(one.label, 120)


def _allowed(rule: Constraint, value: Json) -> str:
    """An accepted value; of kinds of files and of our own options their word."""
    words = {
        Constraint.KIND: f"takes.{value}",
        Constraint.TWICE: f"label.{value}",
        Constraint.TYPE: f"wants.{value}",
    }
    key = words.get(rule, "")
    return say(key) if known(key) else quoted(number(value), 60)


def _length(one: Problem) -> int:
    """Of a text its characters, of several how many they are."""
    return len(one.given) if isinstance(one.given, str | list) else 0


def _given(one: Problem) -> str:
    """The value; of a file its megabytes or seconds."""
    if one.rule in _MEASURED:
        return _bound(one, one.given)
    return quoted(number(one.given), 80)


_MEASURED: Final = frozenset({Constraint.TOO_BIG, Constraint.TOO_BRIEF, Constraint.TOO_LASTING})
"""What no member types: it may be written as the language has it."""
_COUNTED: Final = frozenset({Constraint.TOO_SHORT, Constraint.TOO_LONG})


def _bound(one: Problem, value: Json) -> str:
    """A limit of the value's, or of what is counted or measured in it."""
    if one.rule is Constraint.TOO_BIG and isinstance(value, int | float):
        return amount(float(f"{value / 1_000_000:.3g}"))
    return amount(value) if one.rule in _MEASURED | _COUNTED else number(value)


def problems(rows: Sequence[Problem], model: str) -> str:
    return cut("\n".join(problem(one, model) for one in rows), 1500)


# -- failures -------------------------------------------------------------------------------------------


def failure(generation: Generation) -> str:
    """Why there is no result, what it cost, and what to do next."""
    if generation.fate is Fate.CANCELED:
        cost = cost_of_failure(generation)
        if not generation.bought:
            return say("card.canceled_free")
        return f"{say('card.canceled_cost')} {cost}".rstrip()
    why = generation.failure
    if why is None:
        return ""
    cost = cost_of_failure(generation)
    happened = _what_happened(why) if _is_there(generation) else say("failure.no_prompt_help")
    parts = [happened, _in_scenarios_words(why), overcharged(generation), cost]
    return "\n".join(part for part in parts if part)


def _is_there(generation: Generation) -> bool:
    """Whether the account has what was asked: of a model that is gone other sentences speak."""
    if generation.command != Task.PROMPT:
        return True
    match generation.failure:
        case failures.NotFound(about=None) | failures.PlanLocked():
            return False
        case failures.Rejected(kind=kind):
            return kind is not FailureKind.FORBIDDEN
        case _:
            return True


def no_room(jobs: int, *, used: int, allowed: float) -> str:
    """Why a request for several jobs is refused, and whether there will ever be room for it."""
    key = "failure.no_room_ever" if jobs > allowed else "failure.no_room"
    return say(key, jobs=jobs, used=number(used), allowed=amount(allowed))


def unmade(group: Group) -> str:
    """What of several jobs came to nothing, and why; "" where all did."""
    reasons = failed_by_reason(group)
    lost, jobs = sum(job.fate is Fate.CANCELED for job in group.jobs), len(group.jobs)
    lines = [say("group.failed", count=len(some), jobs=jobs, why=why) for why, some in reasons.items()]
    if lost:
        lines.append(say("group.canceled", count=lost, jobs=jobs))
    return "\n".join(lines)


def failed_by_reason(group: Group) -> dict[str, list[Generation]]:
    """Those of its jobs that failed, by what became of them in words."""
    reasons: dict[str, list[Generation]] = {}
    for job in group.jobs:
        if job.fate is Fate.FAILED:
            reasons.setdefault(failure(job), []).append(job)
    return reasons


def plain_failure(generation: Generation) -> str:
    """The same without a word of anybody else's, for where those are refused."""
    title = "card.failed" if generation.medium is Medium.IMAGE else "card.failed_other"
    number = say("card.number", id=generation.id)
    return "\n".join(part for part in (say(title), cost_of_failure(generation), number) if part)


def _what_happened(why: Failure) -> str:
    match why:
        case failures.Refused():
            return say("failure.refused", problems=problems(why.problems, why.model_name))
        case failures.Unusable(fault=ModelFault() as fault):
            return unusable(why.model_name, fault, why.detail)
        case failures.Rejected(kind=FailureKind.BAD_INPUT):
            return say("failure.bad_input", reason=quoted(why.reason or "-", 500))
        case failures.PlanLocked(required_plan=str() as plan):
            return say("failure.plan_locked", plan=quoted(plan, 60))
        case failures.PlanLocked():
            return say("failure.plan_locked_unnamed")
        case failures.OverBudget():
            return _over_budget(why)
        case failures.NoModel(model_id=str() as model_id):
            return say("failure.no_model_set", model=quoted(model_id, 100))
        case failures.NotFound(about=Missing() as about):
            return say(f"failure.not_found_{about.value}")
        case failures.NoRoom():
            return no_room(why.jobs, used=why.used, allowed=why.allowed)
        case failures.NotConfirmed():
            return _not_confirmed(why)
        case failures.Simple(kind=FailureKind.FAILED, hint=None):
            return f"{say('failure.failed')} {say('failure.try_again')}"
        case (
            failures.Unusable()
            | failures.Rejected()
            | failures.NoModel()
            | failures.NotFound()
            | failures.Simple()
        ):
            return say(f"failure.{why.kind.value}")


def _not_confirmed(why: failures.NotConfirmed) -> str:
    if why.price is None:
        unseen, answered_not = "failure.not_confirmed_unseen_unpriced", "failure.not_confirmed_unpriced"
        return say(unseen if why.unseen else answered_not)
    key = "failure.not_confirmed_unseen" if why.unseen else "failure.not_confirmed"
    return say(key, price=amount(why.price))


_WHOSE: Final[Mapping[Limit, str]] = {Limit.GUILD_CU_PER_DAY: "_guild", Limit.CU_PER_DAY: "_all"}


def _over_budget(why: failures.OverBudget) -> str:
    """Which limit, what is left of it, and when there is room again."""
    spent, allowed = amount(why.spent), amount(why.allowed)
    if why.price is None:
        text = say(f"refusal.{why.limit.value}", used=spent, allowed=allowed)
    else:
        whose = _WHOSE.get(why.limit, "")
        key = f"failure.over_budget{f'{whose}_ever' if why.until is None else whose}"
        text = say(key, price=amount(why.price), spent=spent, allowed=allowed)
    if why.until is None:
        return text
    return f"{text} {say('refusal.come_back', when=moment(why.until))}"


def _in_scenarios_words(why: Failure) -> str:
    if why.kind in {
        FailureKind.BAD_INPUT,
        FailureKind.PLAN_LOCKED,
        FailureKind.REFUSED,
        FailureKind.UNUSABLE,
    }:
        return ""
    said = joined(why.reason or "", why.hint or "")
    return say("failure.reason", reason=quoted(said, 600)) if said else ""


def unusable(name: str, fault: ModelFault, detail: str | None) -> str:
    """Why a model cannot be used. detail: what the fault is about."""
    key = f"refusal.model_{fault.value}"
    if detail and known(f"{key}_for"):
        key = f"{key}_for"
    return say(key, name=quoted(name, 80), detail=quoted(detail or "", 80))
