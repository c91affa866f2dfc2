"""Every sentence is there, and is used."""

import ast
import string
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest

import cogs.models
from bot import refusals as errors
from bot.actions.actions import EXPRESSIONS, RECIPES, Action
from bot.catalogue import ModelFault, Task
from bot.generation.failures import FailureKind
from bot.generation.model import Fate
from bot.refusals import Lacking, Limit, Refusal
from bot.request.attach import ROLES
from bot.request.roles import OPTIONS as MEANINGS
from bot.schema.inputs import Constraint, Problem
from bot.ui.cards.render import MAKING
from bot.ui.exhibits.exhibit import Remark
from bot.ui.interactions.asking import require_posting
from bot.ui.models import summary as models
from bot.ui.speech import refusals, words
from bot.ui.speech.languages import english
from bot.ui.speech.texts import known, listing, say
from bot.vocabulary import Medium
from cogs.about import PARTS
from tests.support.builders import a_failure, a_generation
from tests.support.clock import START
from tests.support.sentences import every_form

ROOT = Path(__file__).parents[4]
ENGLISH = every_form("en")
STATUSES = ("pending", "queued", "warming-up", "in-progress", "processing", "finalizing", "canceling")
"""Scenario's words for a job that is not over."""

PLAIN = (Lacking.NONE, Lacking.OTHER)
"""Told without a key of their own."""


@cache
def sources() -> Mapping[str, list[ast.AST]]:
    """Every file that speaks, and its syntax."""
    return {
        str(source.relative_to(ROOT)): list(ast.walk(ast.parse(source.read_text())))
        for folder in ("bot", "cogs")
        for source in (ROOT / folder).rglob("*.py")
        if any(call in source.read_text() for call in ("say(", "known(", "word(", "label_key"))
    }


def described() -> list[tuple[str, list[str]]]:
    """Each command with its options, as the cogs name them to `requesting.described`."""
    found: list[tuple[str, list[str]]] = []
    for path in sorted((ROOT / "cogs").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "described":
                command, *options = [one.value for one in node.args if isinstance(one, ast.Constant)]
                found.append((str(command), [str(option) for option in options]))
    return found


DESCRIBED = described()

# every key that is put together at run time, by the line that does it
DYNAMIC: Mapping[str, list[str]] = {
    "phase.{}": [f"phase.{status}" for status in STATUSES if status not in MAKING],
    "remark.{}": [f"remark.{remark}" for remark in Remark],
    "alt.{}": [f"alt.{tool}" for tool in (Task.CUTOUT, Task.UPSCALE, Task.VECTORIZE)],
    "kind.{}": [f"kind.{kind}" for kind in (*Medium, "file")],
    "label.{}": [
        f"label.{name}"
        for name in (
            *("prompt", "count", "seed", "aspect_ratio", "negative_prompt", "settings", "styles", "draft"),
            *MEANINGS,
            *ROLES,
        )
    ],
    "takes.{}": [
        f"takes.{kind}" for kind in ("image", "image-hdr", "video", "audio", "3d", "text", "document", "json")
    ],
    "wants.{}": [f"wants.{one}" for one in ("number", "whole", "boolean", "text", "file", "model")],
    "choice.needs_{}": [f"choice.needs_{one}" for one in ("txt", "img", "video", "audio", "3d")],
    "failure.not_found_{}": [f"failure.not_found_{one}" for one in ("file", "style", "other")],
    "problem.{}": [f"problem.{rule.value}" for rule in Constraint],
    "failure.{}": [f"failure.{kind.value}" for kind in FailureKind],
    "failure.over_budget{}": [
        f"failure.over_budget{whose}{ever}" for whose in ("", "_guild", "_all") for ever in ("", "_ever")
    ],
    "refusal.{}": [f"refusal.{limit.value}" for limit in Limit],
    "refusal.model_{}": [f"refusal.model_{fault.value}" for fault in ModelFault],
    "{}_for": ["refusal.model_deprecated_for", "refusal.model_plan_for"],
    "name.{}": [f"name.{option}" for _, options in DESCRIBED for option in options],
    "{}.{}": [
        f"{command}.{option}"
        for command, options in DESCRIBED
        for option in options
        if known(f"{command}.{option}")
    ],
    "option.{}": [
        f"option.{option}"
        for command, options in DESCRIBED
        for option in options
        if not known(f"{command}.{option}")
    ],
    "action.{}": [f"action.{action}" for action in Action],
    "words.{}": ["words.words", *(f"words.{one}" for one, recipe in RECIPES.items() if recipe.asks)],
    "added.{}": [f"added.{one}" for one in EXPRESSIONS],
    "task.{}": [f"task.{task.value}" for task in Task],
    "making.{}": [f"making.{one}" for one in (*Medium, "workflow")],
    "step.{}": [key for key in ENGLISH if key.startswith("step.")],
    "node.{}": [f"node.{state}" for state in ("done", "now", "waiting", "failed", "skipped")],
    "help.{}": [
        f"help.{one}"
        for one in (
            *PARTS,
            *(limit.value for limit in Limit if limit.value.endswith("cu_per_day")),
        )
    ],
    "help.field.{}": [f"help.field.{one}" for one in PARTS],
    "refusal.no_picture_{}": [f"refusal.no_picture_{one.value}" for one in Lacking if one not in PLAIN],
    "refusal.no_right_{}{}": [
        f"refusal.no_right_{right}{whose}" for right in errors.Right for whose in ("", "_ours")
    ],
    "refusal.no_voice_{}": [f"refusal.no_voice_{why}" for why in errors.Unheard],
    "models.medium_{}": [f"models.medium_{one}" for one in models.MEDIA],
    "models.source_{}": [f"models.source_{one}" for one in models.SOURCES],
    "models.choice_{}": [f"models.choice_{one}" for one in cogs.models.MEDIA],
    "permission.{}": ["permission.attach_files", "permission.embed_links"],
}


def literals() -> Iterator[str]:
    """Every string in the sources, with `{}` for what is put in at run time."""
    for name, nodes in sources().items():
        for node in nodes if name != "bot/ui/speech/texts.py" else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
            elif isinstance(node, ast.JoinedStr):
                yield "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
                )


def said() -> Iterator[tuple[str, str]]:
    """Every key that stands as a literal in a call of `say` or `known`, and where."""
    for name, nodes in sources().items():
        for node in nodes:
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id in {"say", "word"} and isinstance(node.args[0], ast.Constant):
                yield cast("str", node.args[0].value), f"{name}:{node.lineno}"


def test_every_key_that_the_code_says_has_a_sentence() -> None:
    missing = {key: where for key, where in said() if not known(key)}
    assert not missing
    assert len(list(said())) > 40


def test_every_key_that_is_put_together_has_a_sentence() -> None:
    missing = [key for keys in DYNAMIC.values() for key in keys if not known(key)]
    assert not missing


def test_no_sentence_is_unused() -> None:
    used = {*literals(), *(key for key, _ in said()), *(key for keys in DYNAMIC.values() for key in keys)}
    assert sorted(set(ENGLISH) - used) == []


def test_every_pattern_of_keys_in_the_code_is_known_here() -> None:
    heads = {key.partition(".")[0] for key in ENGLISH}
    patterns = {one for one in literals() if "{}" in one and " " not in one and one.split(".")[0] in heads}
    assert patterns <= set(DYNAMIC)


SECTIONS = {
    section: sorted(key for key in ENGLISH if key.partition(".")[0] == section)
    for section in sorted({key.partition(".")[0] for key in ENGLISH})
}
"""The keys by what stands before their dot: a test for each of five hundred would be mostly pytest's work."""


@pytest.mark.parametrize("section", SECTIONS)
def test_a_sentence_reads_like_one(section: str) -> None:
    for key, text in [(one, text) for one in SECTIONS[section] for text in ENGLISH[one]]:
        assert text == text.strip(), key
        assert text, key
        assert "  " not in text, key
        assert all(name is None or name.isidentifier() for _, name, _, _ in string.Formatter().parse(text))
        if section in {"failure", "refusal", "answer"} and key != "failure.refused":
            assert text[-1] in ".?}", key


def test_what_is_said_is_what_the_file_has() -> None:
    assert set(english()) == set(ENGLISH)
    assert say("button.cancel") == ENGLISH["button.cancel"][0] == "Cancel"


def test_an_unknown_key_or_a_missing_fact_is_our_mistake() -> None:
    with pytest.raises(KeyError):
        say("no.such.key")
    with pytest.raises(KeyError):
        say("cost.cu")


def test_what_a_member_wrote_is_never_taken_for_a_place() -> None:
    assert say("cost.cu", cu="{secret}") == "{secret} CU"


@pytest.mark.parametrize(
    ("words_", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b, or c")]
)
def test_a_listing_reads_like_one(words_: list[str], text: str) -> None:
    assert listing(words_) == text


# -- failures -----------------------------------------------------------------------------------------

FACTS: Mapping[FailureKind, dict[str, Any]] = {
    FailureKind.PLAN_LOCKED: {"required_plan": "pro"},
    FailureKind.REFUSED: {
        "problems": (Problem(input="count", label="count", rule=Constraint.MAX, given=3, maximum=1),)
    },
}


def failed(kind: FailureKind, **changes: Any) -> str:
    facts = changes.pop("facts", FACTS.get(kind, {}))
    failure = a_failure(kind, reason="the reason", hint="the hint", **facts)
    return words.failure(a_generation(fate=Fate.FAILED, failure=failure, **changes))


@pytest.mark.parametrize(
    ("limit", "whose"),
    [
        (Limit.MEMBER_CU_PER_DAY, "you have used 4 of your 10 CU"),
        (Limit.GUILD_CU_PER_DAY, "this server has used 4 of its 10 CU"),
        (Limit.CU_PER_DAY, "everyone together has used 4 of the 10 CU"),
    ],
)
def test_a_price_over_a_limit_names_whose_and_when_there_is_room(limit: Limit, whose: str) -> None:
    text = failed(FailureKind.OVER_BUDGET, facts={"limit": limit, "until": START})
    assert f"This would cost 6.5 CU, and {whose}" in text
    assert f"Try again <t:{int(START.timestamp())}:R>." in text
    never = failed(FailureKind.OVER_BUDGET, facts={"limit": limit})
    assert "10 CU per 24 hours" in never
    assert "Try again <t" not in never
    unpriced = failed(FailureKind.OVER_BUDGET, facts={"limit": limit, "price": None})
    assert "None" not in unpriced
    assert whose[1:] in unpriced


@pytest.mark.parametrize("kind", list(FailureKind))
def test_every_failure_of_something_unbought_says_that_it_was_free(kind: FailureKind) -> None:
    text = failed(kind)
    unknowable = kind in {FailureKind.MAYBE_CHARGED, FailureKind.JOB_LOST}
    assert (say("cost.none") in text) is not unknowable
    assert ("may have been charged" in text) is unknowable


@pytest.mark.parametrize("kind", list(FailureKind))
@pytest.mark.parametrize(("refunded", "key"), [(True, "refunded"), (False, "kept"), (None, "refund_unknown")])
def test_every_failure_of_something_bought_says_what_became_of_the_cu(
    kind: FailureKind, refunded: bool | None, key: str
) -> None:
    text = failed(kind, job_id="job_1", cu=4.0, refunded=refunded)
    assert say("cost.none") not in text
    if kind in {FailureKind.MAYBE_CHARGED, FailureKind.JOB_LOST}:
        assert "may have been charged" in text
    elif kind is FailureKind.NO_OUTPUT:
        assert say("cost.charged", cu="4") in text
    else:
        assert say(f"cost.{key}", cu="4") in text


@pytest.mark.parametrize("kind", [FailureKind.FAILED, FailureKind.MODERATED, FailureKind.BAD_INPUT])
def test_scenarios_own_words_are_on_the_card(kind: FailureKind) -> None:
    assert "the reason" in failed(kind)
    if kind is not FailureKind.BAD_INPUT:
        assert "the hint" in failed(kind)


def test_every_failure_reads_differently() -> None:
    first_lines = [failed(kind).splitlines()[0] for kind in FailureKind]
    assert len(set(first_lines)) == len(first_lines)


def test_a_plan_lock_names_the_plan_where_it_is_known() -> None:
    assert "pro" in failed(FailureKind.PLAN_LOCKED)
    assert "larger" in failed(FailureKind.PLAN_LOCKED, facts={})


def test_what_went_missing_from_the_record_does_no_harm() -> None:
    assert failed(FailureKind.REFUSED, facts={})
    assert words.failure(a_generation(fate=Fate.FAILED)) == ""


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, say("card.canceled_free")),
        ({"job_id": "j", "cu": 4.0, "refunded": True}, say("cost.refunded", cu="4")),
        ({"job_id": "j", "cu": 4.0}, say("cost.refund_unknown", cu="4")),
    ],
)
def test_a_cancel_says_what_it_cost(changes: dict[str, Any], text: str) -> None:
    said_ = words.failure(a_generation(fate=Fate.CANCELED, **changes))
    assert text in said_
    assert said_ == said_.strip()


def test_a_cancel_of_unknown_cost_ends_in_no_loose_space() -> None:
    said_ = words.failure(a_generation(fate=Fate.CANCELED, job_id="j"))
    assert said_ == said_.strip()


# -- refusals -----------------------------------------------------------------------------------------

PROBLEM = Problem(input="count", label="count", rule=Constraint.MAX, given=3, maximum=1, nearest=(1,))
REFUSALS: list[Refusal] = [
    errors.NoDefaultModel(),
    errors.NoPromptHelp(),
    errors.UnknownModel("x"),
    errors.UnknownModel("x", ["y", "z"]),
    *(errors.ModelUnusable("Flux", fault) for fault in ModelFault),
    errors.ModelUnusable("Flux", ModelFault.DEPRECATED, detail="model_new"),
    errors.InvalidInputs("Flux", [PROBLEM]),
    *(errors.LimitReached(limit, 4, used=4) for limit in Limit),
    errors.LimitReached(Limit.MEMBER_CU_PER_DAY, 10, used=12.5, until=START),
    errors.Restarting(),
    errors.Crowded(),
    errors.NotHere(),
    errors.FileTooLarge("film.mp4", 300_000_000, 200_000_000),
    errors.TooManyPermutations(18, 16),
    errors.TooManyPermutations(2**800, 16, each=8),
    errors.GateRefused("409"),
    *(errors.NoPicture(lacking, "video") for lacking in Lacking),
    errors.NoPicture(Lacking.OTHER, None),
    errors.CannotPost(["attach_files", "embed_links"]),
    errors.NoSuchGeneration(),
    errors.NoSuchForm(),
    errors.Removed(),
    errors.CannotShow(),
    errors.NotAllowed(7),
    errors.TooLate(),
    errors.AlreadyAsked(),
    errors.CannotCancel(),
    errors.PriceMoved(),
    errors.ScenarioSilent(),
    errors.WhichResult("1001", [1, 2, 3, 4]),
    errors.NoSuchResult(5, 4),
    errors.NotDone(),
    errors.Public(),
    *(errors.NoRight(right, ours=ours) for right in errors.Right for ours in (True, False)),
    *(errors.NoVoice(why) for why in errors.Unheard),
    errors.NoRoom(),
    errors.NoSoundboard(),
]


def test_every_refusal_is_tried_here() -> None:
    assert {type(one) for one in REFUSALS} == set(Refusal.__subclasses__())


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: type(one).__name__)
def test_every_refusal_has_a_sentence(refusal: Refusal) -> None:
    text = refusals.refusal(refusal)
    assert text[-1] in ".?)"
    assert "None" not in text
    assert "{" not in text
    assert len(text) <= 2000


def test_a_refusal_that_can_end_says_when_to_come_back() -> None:
    refusal = errors.LimitReached(Limit.MEMBER_CU_PER_DAY, 10, used=12.5, until=START)
    assert f"<t:{int(START.timestamp())}:R>" in refusals.refusal(refusal)


def test_every_permission_that_is_asked_for_has_a_name() -> None:
    assert require_posting.__doc__
    for name in ("attach_files", "embed_links"):
        assert known(f"permission.{name}")


@pytest.mark.parametrize("error", Refusal.__subclasses__())
def test_every_refusal_reaches_the_root_and_stands_in_the_tree(error: type[Refusal]) -> None:
    assert errors.__doc__ is not None
    assert error.__name__ in errors.__doc__
