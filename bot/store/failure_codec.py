"""Failure ↔ JSON: `{"kind", "reason", "hint", "facts"}`, where the facts hold what only some kinds know.

Reading is tolerant, and never raises: what is missing or odd reads as unknown, and a kind that we do not know
is a failed job's.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, TypedDict, TypeVar, cast

from bot.catalogue import ModelFault
from bot.generation import failures
from bot.generation.failures import Failure, FailureKind, Missing
from bot.refusals import Limit
from bot.scenario.api.records import Json
from bot.schema.inputs import Constraint, Problem

_BY_THE_DAY: Final = frozenset({Limit.MEMBER_CU_PER_DAY, Limit.GUILD_CU_PER_DAY, Limit.CU_PER_DAY})
_Word = TypeVar("_Word", bound=StrEnum)


def encode(failure: Failure) -> dict[str, Json]:
    """As it stands in a row."""
    return {
        "kind": failure.kind.value,
        "reason": failure.reason,
        "hint": failure.hint,
        "facts": _facts(failure),
    }


def _facts(failure: Failure) -> dict[str, Json]:
    match failure:
        case failures.Refused():
            return {"model": failure.model_name, "problems": [_row(one) for one in failure.problems]}
        case failures.Unusable():
            fault = None if failure.fault is None else failure.fault.value
            return {"model": failure.model_name, "fault": fault, "detail": failure.detail}
        case failures.Rejected():
            return _given(trace=failure.trace)
        case failures.PlanLocked():
            return _given(required_plan=failure.required_plan, trace=failure.trace)
        case failures.NotFound():
            about = None if failure.about is None else failure.about.value
            return _given(about=about, trace=failure.trace)
        case failures.NoModel():
            return _given(model=failure.model_id)
        case failures.OverBudget():
            return {
                "limit": failure.limit.value,
                "price": failure.price,
                "spent": failure.spent,
                "allowed": failure.allowed,
                "until": None if failure.until is None else failure.until.isoformat(),
            }
        case failures.NoRoom():
            return {"jobs": failure.jobs, "used": failure.used, "allowed": failure.allowed}
        case failures.NotConfirmed():
            return {"price": failure.price, **_given(unseen=failure.unseen or None)}
        case failures.Simple():
            return {}


def _given(**facts: Json) -> dict[str, Json]:
    """Those that are known."""
    return {name: one for name, one in facts.items() if one is not None}


def _row(problem: Problem) -> Json:
    return {
        "input": problem.input,
        "label": problem.label,
        "rule": problem.rule.value,
        "given": problem.given,
        "allowed": list(problem.allowed),
        "minimum": problem.minimum,
        "maximum": problem.maximum,
        "step": problem.step,
        "nearest": list(problem.nearest),
    }


class _Said(TypedDict):
    reason: str | None
    hint: str | None


def decode(raw: object) -> Failure:
    """A failure as this or an earlier version wrote it down."""
    whole = _object(raw)
    told = _Said(reason=_text(whole.get("reason")), hint=_text(whole.get("hint")))
    facts = _object(whole.get("facts"))
    trace = _text(facts.get("trace"))
    match _word(FailureKind, whole.get("kind")) or FailureKind.FAILED:
        case FailureKind.REFUSED:
            problems = tuple(one for row in _list(facts.get("problems")) if (one := _problem(row)))
            return failures.Refused(model_name=str(facts.get("model")), problems=problems, **told)
        case FailureKind.UNUSABLE:
            return failures.Unusable(
                model_name=str(facts.get("model")),
                fault=_word(ModelFault, facts.get("fault")),
                detail=_text(facts.get("detail")),
                **told,
            )
        case FailureKind.PLAN_LOCKED:
            plan = facts.get("required_plan")
            return failures.PlanLocked(required_plan=None if plan is None else str(plan), trace=trace, **told)
        case FailureKind.NOT_FOUND:
            return failures.NotFound(about=_word(Missing, facts.get("about")), trace=trace, **told)
        case FailureKind.NO_MODEL:
            model_id = str(facts["model"]) if "model" in facts else None
            return failures.NoModel(model_id=model_id, **told)
        case FailureKind.OVER_BUDGET:
            return failures.OverBudget(
                limit=_limit(facts.get("limit")),
                price=_number(facts.get("price")),
                spent=_number(facts.get("spent")),
                allowed=_number(facts.get("allowed")),
                until=_moment(facts.get("until")),
                **told,
            )
        case FailureKind.NO_ROOM:
            jobs, used, allowed = (int(_number(facts.get(name)) or 0) for name in ("jobs", "used", "allowed"))
            return failures.NoRoom(jobs=jobs, used=used, allowed=allowed, **told)
        case FailureKind.NOT_CONFIRMED:
            unseen = bool(facts.get("unseen"))
            return failures.NotConfirmed(price=_number(facts.get("price")), unseen=unseen, **told)
        case (
            FailureKind.BAD_INPUT | FailureKind.FORBIDDEN | FailureKind.WRONG_KEY | FailureKind.OUT_OF_CREDITS
        ) as kind:
            return failures.Rejected(kind=kind, trace=trace, **told)
        case kind:
            return failures.Simple(kind=kind, **told)


def _problem(raw: Json) -> Problem | None:
    """None where it names no rule that we know: there is no sentence for it."""
    row = _object(raw)
    rule = _word(Constraint, row.get("rule"))
    if rule is None:
        return None
    return Problem(
        input=str(row.get("input")),
        label=str(row.get("label")),
        rule=rule,
        given=row.get("given"),
        allowed=tuple(_list(row.get("allowed"))),
        minimum=_number(row.get("minimum")),
        maximum=_number(row.get("maximum")),
        step=_number(row.get("step")),
        nearest=tuple(_list(row.get("nearest"))),
    )


def _object(raw: object) -> Mapping[str, Json]:
    return cast("Mapping[str, Json]", raw) if isinstance(raw, Mapping) else {}


def _list(raw: Json) -> list[Json]:
    return raw if isinstance(raw, list) else []


def _text(raw: Json) -> str | None:
    return raw if isinstance(raw, str) else None


def _number(raw: Json) -> float | None:
    return raw if isinstance(raw, int | float) else None


def _word(words: type[_Word], raw: Json) -> _Word | None:
    try:
        return words(raw)
    except ValueError:
        return None


def _limit(raw: Json) -> Limit:
    """The member's own for the older rows, which name none, and for one that is no limit of a day's CU."""
    limit = _word(Limit, raw)
    return Limit.MEMBER_CU_PER_DAY if limit is None or limit not in _BY_THE_DAY else limit


def _moment(raw: Json) -> datetime | None:
    try:
        return datetime.fromisoformat(raw) if isinstance(raw, str) else None
    except ValueError:
        return None
