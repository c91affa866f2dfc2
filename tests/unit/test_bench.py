"""The benchmark runs and prints its table. How fast anything is depends on the machine and is no test."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.bench import house
from tests.bench.__main__ import SCENES, main
from tests.bench.peers import Uneven, check
from tests.bench.report import HEAD, VOID, Row, as_charts, as_table
from tests.bench.sizes import Crowd
from tests.e2e.process import forked


@pytest.fixture(autouse=True)
def quick_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house, "START", forked)


@pytest.mark.parametrize("scene", SCENES)
def test_a_scene_prints_its_table(scene: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--tiny", "--only", scene]) == 0
    head, rule, *rows = capsys.readouterr().out.splitlines()
    assert all(word in head for word in HEAD)
    assert set(rule) == {"|", "-", " "}
    assert rows
    assert all(scene in row for row in rows)


def test_the_same_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--tiny", "--only", "catalogue", "--json"])
    rows = json.loads(capsys.readouterr().out)
    assert all({"scene", "what", "to", "ratio", "value", "base", "unit", "void"} == set(row) for row in rows)


CROWD = Crowd(count=2, least=1.0, most=2.0, rate=10.0)


def a_job(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "job_id": f"job{number}",
        "inputs": {"prompt": f"number {number}"},
        "status": "success",
        "assets": {f"asset{number}": 5.0},
        **changes,
    }


def a_report(**changes: Any) -> dict[str, Any]:
    whole = {
        "submitted": ["job0", "job1"],
        "noticed": {"job0": 4.0, "job1": 4.0},
        "ready": {"asset0": 5.0, "asset1": 5.0},
    }
    return {**whole, **changes}


def test_sides_that_did_the_same_work_are_compared() -> None:
    check("ours", CROWD, [a_job(0), a_job(1)], a_report())


@pytest.mark.parametrize(
    ("changes", "report"),
    [
        ({"inputs": {"prompt": "number 0"}}, {}),
        ({"status": "failure"}, {}),
        ({"status": "in-progress"}, {}),
        ({"assets": {}}, {}),
        ({"assets": {"asset1": None}}, {}),
        ({}, {"submitted": ["job0", "job1", "job1"]}),
        ({}, {"submitted": ["job0"]}),
        ({}, {"noticed": {"job0": 4.0}}),
        ({}, {"ready": {"asset0": 5.0}}),
    ],
    ids=["twice", "failed", "runs", "empty", "untold", "doubled", "unknown", "unnoticed", "unread"],
)
def test_a_side_that_did_other_work_is_not_compared(
    changes: Mapping[str, Any], report: Mapping[str, Any]
) -> None:
    with pytest.raises(Uneven):
        check("ours", CROWD, [a_job(0), a_job(1, **changes)], a_report(**report))


def a_row(what: str = "CPU, 2 jobs", **changes: Any) -> Row:
    fields: dict[str, Any] = {"to": "loops", "value": 1.0, "base": 4.0, "unit": "s", **changes}
    return Row(scene="peers", what=what, **fields)


def test_a_row_that_says_nothing_says_so() -> None:
    assert [VOID in as_table([a_row(void=void)]) for void in (True, False)] == [True, False]


def test_a_chart_has_a_bar_for_each_side() -> None:
    chart = as_charts([a_row(), a_row(to="sdk", base=9.5), a_row("memory")], "CPU")
    assert 'x-axis ["ours", "loops", "sdk"]' in chart
    assert "bar [1, 4, 9.5]" in chart
    assert "memory" not in chart
