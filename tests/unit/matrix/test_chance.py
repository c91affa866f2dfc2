"""The fault matrix's stories: the same from the same seed, and between them they hold everything there is."""

import pytest

from tests.matrix.__main__ import SAMPLE, SEED, SEQUENCES, main
from tests.matrix.chance import COMMANDS, ENDS, story
from tests.matrix.faults import CATCHES, GATEWAY, NEEDS, PLACES, REQUESTS
from tests.matrix.house import MODELS, WORKFLOW
from tests.matrix.plan import (
    Ask,
    Death,
    End,
    Freeze,
    FullDisk,
    Harm,
    Leap,
    Locked,
    Look,
    Misfortune,
    Outage,
    Press,
    Relent,
    Skew,
    Strike,
)

STORIES = [story(SEED, number) for number in range(1, SEQUENCES + 1)]
ACTS = [step.act for one in STORIES for step in one.steps]
STRUCK = {act.name for act in ACTS if isinstance(act, Strike)}


def test_the_same_seed_tells_the_same_story() -> None:
    assert str(story(7, 42)) == str(story(7, 42))
    assert story(7, 42) == story(7, 42)
    assert len({str(story(7, number)).partition("\n")[2] for number in range(50)}) == 50
    assert story(7, 42).steps != story(8, 42).steps


def test_every_story_asks_and_every_act_names_an_ask_that_came_before() -> None:
    for one in STORIES:
        assert one.asks
        assert [ask.number for ask in one.asks] == list(range(len(one.asks)))
        known: set[int] = set()
        for step in one.steps:
            act = step.act
            if isinstance(act, Death) and act.ask is not None:
                act = act.ask
            if isinstance(act, Ask):
                known.add(act.number)
            if isinstance(act, Press | Look | Misfortune):
                assert act.of in known
            if isinstance(act, Strike) and act.of is not None:
                assert act.of in known


@pytest.mark.parametrize(
    "kind",
    [Ask, Press, Look, Strike, Relent, Outage, Death, Leap, Skew, Freeze, FullDisk, Locked, Misfortune],
)
def test_every_kind_of_act_is_in_them(kind: type) -> None:
    assert sum(isinstance(act, kind) for act in ACTS) >= 15


def test_all_commands_all_ends_and_all_harms_are_in_them() -> None:
    asks = [ask for one in STORIES for ask in one.asks]
    assert {ask.command for ask in asks} == set(COMMANDS)
    assert all(end in [ask.script for ask in asks] for end in ENDS)
    assert {act.harm for act in ACTS if isinstance(act, Misfortune)} == set(Harm)
    assert {act.end for act in ACTS if isinstance(act, Death)} == set(End)


def test_faults_strike_every_place_and_deaths_come_at_every_catch() -> None:
    assert set(GATEWAY) <= STRUCK
    assert {place for place in PLACES if not any(name.startswith(f"{place} ") for name in STRUCK)} == set()
    caught = {act.at.name for act in ACTS if isinstance(act, Death) and act.at is not None}
    assert caught == set(CATCHES)
    assert set(NEEDS) <= set(CATCHES)


def test_every_fault_has_its_place_in_the_figures() -> None:
    for name in REQUESTS:
        assert any(name.startswith(f"{place} ") for place in PLACES), name


def test_every_command_has_a_model_that_is_quick() -> None:
    assert set(MODELS) | {"workflow run"} == set(COMMANDS)
    assert WORKFLOW.startswith("wflow_")


def test_a_story_can_be_told_without_being_played(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--print", "--seed", "17", "--only", "42"]) == 0
    assert capsys.readouterr().out == f"{story(17, 42)}\n"


def test_the_sample_is_a_part_of_the_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--print", "--sample"]) == 0
    told = capsys.readouterr().out
    assert told.count("sequence ") == SEQUENCES // SAMPLE
    assert f"sequence {SAMPLE} of seed {SEED} " in told
