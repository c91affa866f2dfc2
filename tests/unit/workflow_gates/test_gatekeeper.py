"""Answers to a workflow's gate: in time, too late, twice, after a restart, while Scenario is away."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import pytest

from bot.generation.model import Fate, GateAnswer, Generation, Output
from bot.refusals import CannotCancel, GateRefused, NotAllowed, ScenarioSilent, TooLate
from bot.scenario.api.errors import BadInput, NotFound, ScenarioError, Unavailable
from bot.scenario.api.records import JobState, Node
from bot.service.service import Actor
from bot.workflow_gates.gates import APPROVAL, SELECTION
from tests.support.bench import Bench
from tests.support.builders import OWNER, STRANGER, a_generation, a_job, running

ME = Actor(id=OWNER, moderator=False)
DRAWN = Node(id="draw", type="custom-model", status="success", asset_ids=("asset_1", "asset_2"))


def a_gate(type_: str, status: str = "pending") -> Node:
    return Node(id="ask", type=type_, status=status, depends_on=("draw",))


async def waiting(bench: Bench, *nodes: Node, **changes: Any) -> Generation:
    """A run at these nodes, of which this process has read nothing yet."""
    bench.studio.put(a_job("job_1001", flow=nodes))
    return await bench.put(running(model_id="wflow_1", **changes))


async def answer(
    bench: Bench, number: int = 1, *, picks: Sequence[int] | None = None, yes: bool = True
) -> None:
    await bench.service.acting.answer_gate("1001", number, ME, picks=picks, yes=yes)


@pytest.mark.parametrize("read", [True, False])
@pytest.mark.parametrize(
    ("type_", "picks", "yes", "told"),
    [
        (APPROVAL, None, True, True),
        (APPROVAL, None, False, False),
        (SELECTION, [1], True, (1,)),
        (SELECTION, None, False, ()),
    ],
)
async def test_an_answer_reaches_the_gate_also_before_anything_was_read(
    bench: Bench, type_: str, picks: Sequence[int] | None, yes: bool, told: object, read: bool
) -> None:
    await waiting(bench, DRAWN, a_gate(type_))
    if read:
        await bench.step()
    await answer(bench, picks=picks, yes=yes)
    assert bench.studio.gate_answers == [("job_1001", "ask", told)]
    assert bench.studio.calls.count("job") == 1  # what was read is not read again


@pytest.mark.parametrize("number", [0, 2])
async def test_another_number_is_a_gate_that_is_over(bench: Bench, number: int) -> None:
    await waiting(bench, DRAWN, a_gate(APPROVAL))
    with pytest.raises(TooLate):
        await answer(bench, number)
    assert bench.studio.gate_answers == []


async def test_an_answered_gate_is_over(bench: Bench) -> None:
    await waiting(bench, DRAWN, a_gate(APPROVAL, "success"))
    with pytest.raises(TooLate):
        await answer(bench)


async def test_what_is_no_run_under_way_has_no_gate_and_nothing_is_read(bench: Bench) -> None:
    await bench.put(running("1001"))
    await bench.put(a_generation("1002", model_id="wflow_1"))
    for generation_id in ("1001", "1002"):
        with pytest.raises(TooLate):
            await bench.service.acting.answer_gate(generation_id, 1, ME, picks=None)
    assert bench.studio.calls == []


async def test_a_stranger_does_not_answer(bench: Bench) -> None:
    await waiting(bench, DRAWN, a_gate(APPROVAL))
    with pytest.raises(NotAllowed):
        await bench.service.acting.answer_gate("1001", 1, Actor(id=STRANGER, moderator=False), picks=None)


@pytest.mark.parametrize("verb", ["job", "approve"])
async def test_a_silent_scenario_is_told_as_silent(bench: Bench, verb: str) -> None:
    await waiting(bench, DRAWN, a_gate(APPROVAL))
    bench.studio.fail(verb, Unavailable("502"))
    with pytest.raises(ScenarioSilent):
        await answer(bench)


@pytest.mark.parametrize(
    ("error", "told"), [(NotFound("no such job"), TooLate), (BadInput("no"), GateRefused)]
)
async def test_a_no_to_the_read_is_told_as_what_it_is(
    bench: Bench, error: ScenarioError, told: type[Exception]
) -> None:
    await waiting(bench, DRAWN, a_gate(APPROVAL))
    bench.studio.fail("job", error)
    with pytest.raises(told) as caught:
        await answer(bench)
    if isinstance(caught.value, GateRefused):
        assert caught.value.reason == "no"


@pytest.mark.parametrize("state", [JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELED])
@pytest.mark.parametrize("read", [True, False])
async def test_a_run_that_is_over_waits_for_nobody_whatever_its_nodes_say(
    bench: Bench, state: JobState, read: bool
) -> None:
    await waiting(bench, DRAWN, a_gate(APPROVAL))
    if read:
        await bench.step()
    bench.studio.change("job_1001", state=state)
    bench.studio.forever["approve"] = BadInput("over")
    with pytest.raises(TooLate):
        await answer(bench)
    if state is JobState.CANCELED:
        await bench.service.acting.cancel("1001", ME)  # as it was wished
    else:
        with pytest.raises(TooLate):
            await bench.service.acting.cancel("1001", ME)


async def test_an_answer_that_scenario_refuses_says_why(bench: Bench) -> None:
    await waiting(bench, DRAWN, a_gate(APPROVAL))
    bench.studio.fail("approve", BadInput("not yours"))
    with pytest.raises(GateRefused, match="not yours"):
        await answer(bench)


async def test_an_answer_is_too_late_when_somebody_elses_was_quicker(bench: Bench) -> None:
    await waiting(bench, DRAWN, a_gate(APPROVAL))
    await bench.step()
    bench.studio.change("job_1001", flow=(DRAWN, a_gate(APPROVAL, "success")))
    bench.studio.fail("approve", BadInput("answered"))
    with pytest.raises(TooLate):
        await answer(bench)


@pytest.mark.parametrize(("type_", "no"), [(APPROVAL, False), (SELECTION, ())])
async def test_a_cancel_right_after_a_restart_is_a_no_at_the_gate(
    bench: Bench, type_: str, no: object
) -> None:
    await waiting(bench, DRAWN, a_gate(type_))
    bench.studio.cancelable = False  # as workflow runs are
    await bench.service.acting.cancel("1001", ME)
    assert bench.studio.gate_answers == [("job_1001", "ask", no)]


async def test_a_cancel_is_sent_where_the_nodes_cannot_be_read(bench: Bench) -> None:
    await waiting(bench, DRAWN, a_gate(APPROVAL))
    bench.studio.fail("job", Unavailable("502"))
    await bench.service.acting.cancel("1001", ME)
    assert bench.studio.calls == ["job", "cancel"]


async def test_a_run_that_waits_for_nobody_is_not_canceled_from_afar(bench: Bench) -> None:
    await waiting(bench, DRAWN)
    bench.studio.cancelable = False
    with pytest.raises(CannotCancel):
        await bench.service.acting.cancel("1001", ME)
    assert bench.studio.world["job_1001"].state is JobState.ACTIVE


# -- what stays on record ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_", "picks", "yes", "kept"),
    [
        (APPROVAL, None, True, {"choosing": False, "yes": True, "picks": ()}),
        (APPROVAL, None, False, {"choosing": False, "yes": False, "picks": ()}),
        (SELECTION, [1, 0], True, {"choosing": True, "yes": True, "picks": (2, 1)}),
        (SELECTION, None, False, {"choosing": True, "yes": False, "picks": ()}),
    ],
)
async def test_what_was_answered_and_by_whom_outlives_the_process(
    bench: Bench, type_: str, picks: Sequence[int] | None, yes: bool, kept: dict[str, object]
) -> None:
    await waiting(bench, DRAWN, replace(a_gate(type_), name="Best draft"))
    await answer(bench, picks=picks, yes=yes)
    bench.reborn()
    (told,) = (await bench.get()).gate_answers
    assert told == GateAnswer(node_id="ask", name="Best draft", by=OWNER, **cast("Any", kept))


@pytest.mark.parametrize("error", [BadInput("no"), Unavailable("502")])
async def test_what_scenario_did_not_take_was_answered_by_nobody(bench: Bench, error: ScenarioError) -> None:
    await waiting(bench, DRAWN, a_gate(APPROVAL))
    bench.studio.fail("approve", error)
    with pytest.raises((GateRefused, ScenarioSilent)):
        await answer(bench)
    assert (await bench.get()).gate_answers == ()


async def test_a_run_that_was_over_before_it_was_written_down_says_it_all_the_same(bench: Bench) -> None:
    """The last gate's answer may end the run while it is on its way to the store."""
    before = await waiting(bench, DRAWN, a_gate(APPROVAL))
    approve = bench.studio.approve

    async def ended(*args: Any, **options: Any) -> None:
        await approve(*args, **options)
        over = replace(before, fate=Fate.SUCCEEDED, outputs=(Output(asset_id="asset_1"),))
        assert await bench.store.save(before, over) is not None

    bench.studio.approve = ended  # type: ignore[method-assign]
    await answer(bench)
    standing = await bench.get()
    assert (standing.fate, [one.by for one in standing.gate_answers]) == (Fate.SUCCEEDED, [OWNER])


async def test_each_gate_of_a_run_has_its_answer_in_their_order(bench: Bench) -> None:
    second = replace(a_gate(SELECTION), id="then", depends_on=("ask",))
    await waiting(bench, DRAWN, a_gate(APPROVAL), second)
    await answer(bench)
    bench.studio.change("job_1001", flow=(DRAWN, a_gate(APPROVAL, "success"), second))
    await bench.step()
    await answer(bench, 2, picks=[0])
    assert [(one.node_id, one.picks) for one in (await bench.get()).gate_answers] == [
        ("ask", ()),
        ("then", (1,)),
    ]


async def test_of_two_gates_that_are_answered_at_once_both_are_on_record(bench: Bench) -> None:
    other = replace(a_gate(APPROVAL), id="also")
    generation = await waiting(bench, DRAWN, a_gate(APPROVAL), other)
    acting = bench.service.acting
    told = [GateAnswer(node_id=id_, name="", choosing=False, yes=True, picks=(), by=OWNER) for id_ in "ab"]
    keep = acting._keep_answer  # pyright: ignore[reportPrivateUsage]
    await asyncio.gather(*(keep(generation, one) for one in told))
    assert [*(await bench.get()).gate_answers] == told
