"""The fault matrix's judge: it acquits what is right, and every doctored account is told for what it is."""

from dataclasses import replace
from typing import Any

import pytest

from tests.matrix.chance import story
from tests.matrix.figures import Outcome, verdict
from tests.matrix.judge import KINDS, judge
from tests.matrix.seen import Asked, Job, Note, Pressed, Row, Seen

JOB = Job("job_1", "a heron", "model_tiny 7", cu=5)
ROW = Row("100", "a heron", "succeeded", "settled", job_id="job_1")
CARD = Note("> a heron\nCost: 5 CU\n/show 100", frozenset({"Again", "Delete"}), kinds=("image",))
ASKED = Asked("100", "a heron", "imagine", "alice", "answered", row=ROW, notes=(CARD,))
RIGHT = Seen(asked=(ASKED,), jobs=(JOB,))

FREE = Row("100", "a heron", "failed", "settled", failure="unreachable")
NOTICE = Note("Scenario could not be reached. Nothing was charged.", card=False)
SILENCE = Note("", card=False)
RUNNING = Note("> a heron\n**Drawing**\n/show 100", frozenset({"Cancel"}))
LOST_COUNT = Row("100", "a heron", "failed", "settled", failure="maybe_charged")
MAYBE = replace(CARD, text="No picture\nIt may have been charged.", kinds=())


def seen(row: Row | None = ROW, *notes: Note, jobs: tuple[Job, ...] = (JOB,), **asked: Any) -> Seen:
    """The right account with another row, other messages, other facts."""
    told = replace(ASKED, row=row, notes=notes or ASKED.notes, **asked)
    return replace(RIGHT, asked=(told,), jobs=jobs)


def kinds(account: Seen) -> set[str]:
    return {wrong.kind for wrong in judge(account)}


@pytest.mark.parametrize(
    "account",
    [
        RIGHT,
        seen(FREE, NOTICE, jobs=()),
        seen(LOST_COUNT, MAYBE),
        seen(LOST_COUNT, MAYBE, jobs=()),
        seen(None, NOTICE, jobs=()),
        seen(None, SILENCE, jobs=(), state="failed"),
        seen(replace(FREE, fate="canceled", card="kept", failure=None), SILENCE, jobs=(), state="failed"),
        seen(None, SILENCE, jobs=(), deleted=True),
        seen(ROW, replace(RUNNING, beyond=True), CARD),
        seen(ROW, replace(CARD, copy=True), replace(CARD, copy=True)),
        seen(replace(ROW, card="kept"), replace(CARD, text="could not be fetched · 5 CU", kinds=())),
        seen(replace(FREE, card="kept"), SILENCE, jobs=(), out_of_reach=True),
    ],
)
def test_what_is_right_is_acquitted(account: Seen) -> None:
    assert judge(account) == []


@pytest.mark.parametrize(
    ("account", "kind"),
    [
        # a job of nobody
        (replace(RIGHT, jobs=(JOB, Job("job_2", "a crane", "model_tiny 8"))), "lost"),
        (seen(FREE, NOTICE), "lost"),
        (seen(jobs=()), "lost"),
        (seen(replace(FREE, failure=None), NOTICE, jobs=()), "lost"),
        (seen(replace(FREE, failure="failed"), NOTICE, jobs=()), "lost"),
        # one of too many
        (replace(RIGHT, jobs=(JOB, replace(JOB, id="job_2"))), "doubled"),
        (replace(RIGHT, asked=(ASKED, replace(ASKED, id="101", row=replace(ROW, id="101")))), "doubled"),
        (seen(ROW, CARD, CARD), "doubled"),
        (replace(RIGHT, strangers=(replace(FREE, id="7"),)), "doubled"),
        # not over
        (seen(replace(ROW, fate="running")), "stuck"),
        (seen(replace(ROW, card="live")), "stuck"),
        (seen(ROW, CARD, RUNNING), "stuck"),
        (seen(ROW, replace(RUNNING, labels=frozenset({"Generate", "Cancel"}))), "stuck"),
        (seen(ROW, CARD, Note("", loading=True), state="acknowledged"), "stuck"),
        (seen(ROW, CARD, Note("", loading=True, copy=True)), "stuck"),
        (seen(None, SILENCE, jobs=(), state="acknowledged"), "stuck"),
        (replace(RIGHT, pressed=(Pressed("9", "acknowledged", owed=True),)), "stuck"),
        (seen(FREE, NOTICE, jobs=(), probe=True), "stuck"),
        (seen(None, NOTICE, jobs=(), probe=True), "stuck"),
        # not told, or not the truth
        (seen(ROW, replace(CARD, text="> a heron\n/show 100")), "untold"),
        (seen(ROW, replace(CARD, text="Cost: 9 CU")), "untold"),
        (seen(ROW, replace(CARD, kinds=())), "untold"),
        (seen(ROW, replace(CARD, kinds=("text",))), "untold"),
        (seen(ROW, SILENCE), "untold"),
        (seen(replace(ROW, card="kept"), replace(RUNNING, beyond=True), out_of_reach=True), "untold"),
        (seen(replace(FREE, card="kept"), SILENCE, jobs=()), "untold"),
        (
            seen(
                replace(ROW, fate="failed", failure="failed"), replace(CARD, text="5 CU. Nothing was charged")
            ),
            "untold",
        ),
        (seen(LOST_COUNT, replace(MAYBE, text="No picture. Nothing was charged.")), "untold"),
        (seen(replace(ROW, fate="canceled"), replace(CARD, text="5 CU")), "untold"),
        (seen(None, SILENCE, jobs=()), "untold"),
        # more than was agreed
        (replace(seen(jobs=(replace(JOB, cu=9),)), threshold=7), "overrun"),
        (replace(RIGHT, allowance=4), "overrun"),
        (seen(state="failed"), "overrun"),
        # the machinery
        (replace(RIGHT, violations=("unknown key",)), "broken"),
        (replace(RIGHT, process=("it ended by itself",)), "broken"),
    ],
)
def test_a_doctored_account_is_told_for_what_it_is(account: Seen, kind: str) -> None:
    assert kind in kinds(account)


def test_a_yes_and_a_silent_scenario_allow_what_is_dear() -> None:
    dear = replace(CARD, text="Cost: 9 CU")
    bought = replace(seen(ROW, dear, jobs=(replace(JOB, cu=9),)), threshold=7)
    assert kinds(bought) == {"overrun"}
    assert judge(replace(bought, unpriced=True)) == []
    assert judge(replace(bought, asked=tuple(replace(one, agreed=True) for one in bought.asked))) == []


def test_a_card_that_nobody_can_look_at_any_more_may_be_told_again_if_it_could_not_be_noted() -> None:
    twice = seen(ROW, replace(CARD, beyond=True), CARD)
    assert kinds(twice) == {"doubled"}
    assert judge(replace(twice, unwritten=True)) == []
    assert kinds(replace(seen(ROW, CARD, CARD), unwritten=True)) == {"doubled"}
    thrice = seen(ROW, replace(CARD, beyond=True), CARD, CARD)
    assert kinds(replace(thrice, unwritten=True)) == {"doubled"}


def test_files_that_discord_refused_are_offered_as_originals_and_named() -> None:
    told = replace(CARD, kinds=(), text=f"{CARD.text}\nDiscord did not accept the files here.")
    assert kinds(seen(ROW, told)) == {"untold"}
    assert judge(seen(ROW, replace(told, labels=told.labels | {"Original"}))) == []


def test_what_was_refunded_does_not_count_for_the_day() -> None:
    back = replace(JOB, refunded=True)
    failed = replace(ROW, fate="failed", failure="failed")
    told = replace(CARD, text="No picture. The cost of 5 CU was refunded.", kinds=())
    assert judge(replace(seen(failed, told, jobs=(back,)), allowance=4)) == []


def test_one_doubt_excuses_one_job_only() -> None:
    account = seen(LOST_COUNT, MAYBE, jobs=(JOB, replace(JOB, id="job_2")))
    assert [wrong.kind for wrong in judge(account)] == ["lost"]


def test_the_verdict_counts_every_kind() -> None:
    wrongs = judge(replace(RIGHT, violations=("unknown key",), jobs=()))
    told = dict(verdict([Outcome(story(1, 1), tuple(wrongs))]))
    assert set(told) == set(KINDS)
    assert {kind: many for kind, many in told.items() if many != "0"} == {"lost": "1", "broken": "1"}


OTHER = replace(ROW, id="100-2", job_id="job_2")
BOTH = (JOB, replace(JOB, id="job_2", seed="model_tiny 8"))


def several(*others: Row, note: Note, jobs: tuple[Job, ...] = BOTH) -> Seen:
    """One request that became several jobs."""
    account = seen(ROW, note, jobs=jobs)
    return replace(account, asked=tuple(replace(one, others=others) for one in account.asked))


def test_of_several_jobs_one_card_tells_the_sum() -> None:
    assert judge(several(OTHER, note=replace(CARD, text="Cost: 10 CU"))) == []
    assert kinds(several(OTHER, note=CARD)) == {"untold"}
    back = (JOB, replace(BOTH[1], refunded=True))
    failed = replace(OTHER, fate="failed", failure="failed")
    assert judge(several(failed, note=CARD, jobs=back)) == []
    free = replace(OTHER, job_id=None, fate="failed", failure="bad_input")
    assert (
        judge(several(free, note=replace(CARD, text=f"{CARD.text} Nothing was charged."), jobs=(JOB,))) == []
    )


@pytest.mark.parametrize(
    ("other", "jobs", "kind"),
    [
        (replace(OTHER, fate="running"), BOTH, "stuck"),
        (replace(OTHER, job_id=None, failure=None, fate="failed"), (JOB,), "lost"),
        (replace(OTHER, job_id="job_1"), (JOB,), "doubled"),
        (OTHER, (*BOTH, replace(BOTH[1], id="job_3")), "doubled"),
    ],
)
def test_each_of_several_jobs_is_looked_at(other: Row, jobs: tuple[Job, ...], kind: str) -> None:
    assert kind in kinds(several(other, note=replace(CARD, text="Cost: 10 CU"), jobs=jobs))
