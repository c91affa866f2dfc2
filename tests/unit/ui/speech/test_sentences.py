"""Each refusal and each failure has its own sentence, with its facts, and none of what came from outside
formats, links or pings."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot import refusals as errors
from bot.catalogue.faults import ModelFault
from bot.generation import failures
from bot.generation.card import CardState
from bot.generation.failures import FailureKind
from bot.generation.model import Fate
from bot.schema.inputs import Constraint, Problem
from bot.ui.speech import refusals, words
from tests.support.builders import a_failure, a_generation, running
from tests.support.sentences import sentences

EVIL = "**@here** <@7>"
TAME = r"\*\*\@here\*\* \<\@7\>"
WHEN = datetime(2030, 1, 2, tzinfo=UTC)
SOON = "<t:1893542400:R>"
FREE = "Nothing was charged."


def english(key: str, **facts: object) -> str:
    return sentences("en")[key].format(**facts)


BACK = english("refusal.come_back", when=SOON)
PROBLEM = Problem(input="steps", label=EVIL, rule=Constraint.REQUIRED)

REFUSED: list[tuple[errors.Refusal, str, bool]] = [
    (errors.UnknownModel(EVIL, ()), english("refusal.unknown_model", given=TAME), True),
    (
        errors.UnknownModel("flx", ("a", EVIL, "c", "d")),
        english("refusal.unknown_model_near", given="flx", nearest=f"a, {TAME}, or c"),
        True,
    ),
    (
        errors.LimitReached(errors.Limit.QUEUE, used=9.0, allowed=8.0),
        english("refusal.queue", count="9", allowed="8"),
        True,
    ),
    (
        errors.LimitReached(errors.Limit.MEMBER_CU_PER_DAY, used=12.5, allowed=12.0, until=WHEN),
        " ".join((english("refusal.member_cu_per_day", used="12.5", allowed="12"), BACK)),
        True,
    ),
    (
        errors.FileTooLarge(EVIL, 3_000_000, 380 * 1024),
        english("refusal.file_too_large", name=TAME, size="2.9 MB", allowed="380 KB"),
        True,
    ),
    (errors.GateRefused(EVIL), english("refusal.gate_refused", reason=TAME), False),
    (errors.GateRefused(""), english("refusal.gate_refused", reason=r"\-"), False),
    (
        errors.CannotPost(["attach_files", "embed_links"]),
        english("refusal.cannot_post", missing="Attach Files and Embed Links"),
        True,
    ),
    (errors.NotAllowed(7), english("refusal.not_allowed", owner=7), False),
    (errors.NotHere(), english("refusal.not_here"), True),
    (errors.Restarting(), english("refusal.restarting"), True),
    (errors.NoSuchGeneration(), english("refusal.no_such_generation"), False),
    (errors.NoSuchForm(), english("refusal.no_such_form"), False),
    (errors.TooLate(), english("refusal.too_late"), False),
    (errors.CannotCancel(), english("refusal.cannot_cancel"), False),
    (errors.AlreadyAsked(), english("refusal.already_asked"), False),
    (errors.ScenarioSilent(), english("refusal.scenario_silent"), False),
    (errors.NoDefaultModel(), english("refusal.no_default_model"), True),
    (errors.NoPicture(), english("refusal.no_picture"), True),
    (errors.InvalidInputs("Flux", (PROBLEM,)), words.problem(PROBLEM, "Flux"), True),
]


@pytest.mark.parametrize(("why", "told", "free"), REFUSED)
def test_a_refusal_has_its_own_sentence_and_says_when_it_is_free(
    why: errors.Refusal, told: str, free: bool
) -> None:
    assert refusals.refusal(why) == (f"{told} {FREE}" if free else told)


def test_a_problems_label_and_model_are_quoted() -> None:
    told = words.problem(Problem(input="x", label=EVIL, rule=Constraint.UNKNOWN, given=EVIL), EVIL)
    assert TAME in told
    assert "<@7>" not in told
    assert "**@here**" not in told


@pytest.mark.parametrize("fault", list(ModelFault))
@pytest.mark.parametrize("detail", [None, EVIL])
def test_a_model_that_cannot_be_used_is_named_with_its_reason(fault: ModelFault, detail: str | None) -> None:
    told = refusals.refusal(errors.ModelUnusable(EVIL, fault, detail=detail))
    key = f"refusal.model_{fault.value}"
    wanted = f"{key}_for" if detail and f"{key}_for" in sentences("en") else key
    assert told == f"{english(wanted, name=TAME, detail=TAME)} {FREE}"


def failed(kind: FailureKind, **changes: Any) -> str:
    """Of a request that bought nothing."""
    return words.failure(a_generation(fate=Fate.FAILED, failure=a_failure(kind, **changes)))


FAILED: list[tuple[str, str]] = [
    (failed(FailureKind.BAD_INPUT, reason=EVIL), english("failure.bad_input", reason=TAME)),
    (failed(FailureKind.BAD_INPUT), english("failure.bad_input", reason=r"\-")),
    (failed(FailureKind.PLAN_LOCKED, reason="r"), english("failure.plan_locked_unnamed")),
    (
        failed(FailureKind.PLAN_LOCKED, required_plan=EVIL),
        english("failure.plan_locked", plan=TAME),
    ),
    (
        failed(FailureKind.OVER_BUDGET, price=5.5, spent=8.0, allowed=10),
        english("failure.over_budget_ever", price="5.5", allowed="10"),
    ),
    (
        failed(FailureKind.OVER_BUDGET, price=5.5, spent=8.0, allowed=10, until=WHEN),
        " ".join((english("failure.over_budget", price="5.5", spent="8", allowed="10"), BACK)),
    ),
    (failed(FailureKind.NOT_CONFIRMED, price=60.0), english("failure.not_confirmed", price="60")),
    (
        failed(FailureKind.UNUSABLE, model_name=EVIL, fault=ModelFault.PLAN, detail="pro"),
        english("refusal.model_plan_for", name=TAME, detail="pro"),
    ),
    (
        failed(FailureKind.UNUSABLE, model_name=EVIL, fault=ModelFault.PLAN),
        english("refusal.model_plan", name=TAME),
    ),
    (failed(FailureKind.UNUSABLE, model_name="x", fault=None), english("failure.unusable")),
    (
        failed(FailureKind.WRONG_KEY, reason=EVIL, hint="h"),
        f"{english('failure.wrong_key')}\n{english('failure.reason', reason=TAME + '. h')}",
    ),
    (failed(FailureKind.FILE_LOST), english("failure.file_lost")),
    (failed(FailureKind.UNREACHABLE), english("failure.unreachable")),
]


@pytest.mark.parametrize(("told", "wanted"), FAILED)
def test_a_failure_that_bought_nothing_says_why_and_that_it_is_free(told: str, wanted: str) -> None:
    assert told == f"{wanted}\n{FREE}"


def test_problems_are_told_as_they_were_found() -> None:
    other = Problem(input="steps", label="Steps", rule=Constraint.MAX, given=60, maximum=50.0)
    told = failed(FailureKind.REFUSED, model_name="Flux", problems=(PROBLEM, other))
    assert told == "\n".join((words.problem(PROBLEM, "Flux"), words.problem(other, "Flux"), FREE))


@pytest.mark.parametrize(
    ("changes", "cost"),
    [
        ({"refunded": True}, english("cost.refunded", cu="4.5")),
        ({"refunded": False}, english("cost.kept", cu="4.5")),
        ({"refunded": None}, english("cost.refund_unknown", cu="4.5")),
        ({"cu": None}, english("cost.perhaps")),
    ],
)
def test_what_a_failed_job_cost_is_told(changes: dict[str, Any], cost: str) -> None:
    why = failures.Simple(kind=FailureKind.MODERATED)
    fields: dict[str, Any] = {"cu": 4.5, **changes}
    told = words.failure(running(fate=Fate.FAILED, failure=why, **fields))
    assert told == "\n".join(part for part in (english("failure.moderated"), cost) if part)


def test_a_failed_job_may_be_tried_again_unless_scenario_has_a_hint() -> None:
    bare = running(fate=Fate.FAILED, failure=failures.Simple(kind=FailureKind.FAILED), refunded=True)
    told = f"{english('failure.failed')} {english('failure.try_again')}\n{english('cost.refunded', cu='4')}"
    assert words.failure(bare) == told
    hinted = running(
        fate=Fate.FAILED,
        failure=failures.Simple(kind=FailureKind.FAILED, reason="r", hint=EVIL),
        refunded=True,
    )
    assert words.failure(hinted).splitlines() == [
        english("failure.failed"),
        english("failure.reason", reason=f"r. {TAME}"),
        english("cost.refunded", cu="4"),
    ]


@pytest.mark.parametrize(
    ("kind", "cost"),
    [
        (FailureKind.NO_OUTPUT, english("cost.charged", cu="4")),
        (FailureKind.MAYBE_CHARGED, ""),
        (FailureKind.JOB_LOST, ""),
    ],
)
def test_what_may_have_been_charged_claims_neither(kind: FailureKind, cost: str) -> None:
    told = words.failure(running(fate=Fate.FAILED, failure=a_failure(kind), refunded=True))
    assert told == "\n".join(part for part in (english(f"failure.{kind.value}"), cost) if part)


def test_a_cancel_says_what_it_cost() -> None:
    assert words.failure(a_generation(fate=Fate.CANCELED)) == english("card.canceled_free")
    paid = running(fate=Fate.CANCELED, refunded=True)
    assert words.failure(paid) == f"{english('card.canceled_cost')} {english('cost.refunded', cu='4')}"
    unknown = running(fate=Fate.CANCELED, cu=None)
    assert words.failure(unknown) == f"{english('card.canceled_cost')} {english('cost.perhaps')}"
    assert words.failure(a_generation(fate=Fate.FAILED)) == ""


# -- small words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (1, "1 KB"),
        (1535, "1 KB"),
        (1537, "2 KB"),
        (1024 * 1024 - 1, "1024 KB"),
        (1024 * 1024, "1 MB"),
        (1024 * 1024 * 5 // 2, "2.5 MB"),
    ],
)
def test_bytes_are_told_in_round_numbers(count: int, told: str) -> None:
    assert words.size(count) == told


@pytest.mark.parametrize(
    ("changes", "link"),
    [
        ({}, "https://discord.com/channels/42/555/70000"),
        ({"guild_id": None}, "https://discord.com/channels/@me/555/70000"),
        ({"message_id": None}, None),
        ({"channel_id": None}, None),
        ({"private": True}, None),
        ({"card": CardState.KEPT}, None),
    ],
)
def test_a_card_is_linked_to_where_it_is(changes: dict[str, Any], link: str | None) -> None:
    assert words.card_link(a_generation(**changes)) == link


def test_a_moment_is_discords_own() -> None:
    assert words.moment(WHEN) == SOON
    assert words.moment(WHEN + timedelta(seconds=1), "f") == "<t:1893542401:f>"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- a", r"\- a"),
        ("a - b", "a - b"),
        ("+1", r"\+1"),
        ("http://x", r"http\://x"),
        ("a:b", "a:b"),
        ("# big", r"\# big"),
        ("a\\b", r"a\\b"),
        ("`c` ~s~ |h| [l](x)", r"\`c\` \~s\~ \|h\| \[l\](x)"),
        ("two\nlines\tand more", "two lines and more"),
        ("\u202eturned\u2066", "turned"),
    ],
)
def test_each_kind_of_formatting_is_taken_out(text: str, told: str) -> None:
    assert words.quoted(text, 100) == told
