"""The benchmark runs and prints its table. How fast anything is depends on the machine and is no test."""

import json

import pytest

from tests.bench import house
from tests.bench.__main__ import SCENES, main
from tests.bench.report import HEAD
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
    assert all({"scene", "what", "to", "ratio", "value", "base", "unit"} == set(row) for row in rows)
