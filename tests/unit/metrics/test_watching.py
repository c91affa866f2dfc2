"""The dashboard, the alerts and the papers name what a process tells, and every alert is explained."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.metrics import Metrics
from tests.support.bench import Bench
from tests.support.metrics import names_of, names_told, watched

ROOT = Path(__file__).parents[3]
ALERTS = (ROOT / "ops" / "alerts.yaml").read_text()
DASHBOARD: dict[str, Any] = json.loads((ROOT / "ops" / "dashboard.json").read_text())
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
NAME = re.compile(r"\b(?:imagine|process)_[a-z_]+\b")
MATCHER = re.compile(r'(\w+)(=~|!=|=)"([^"]*)"')
OF_PROMETHEUS = {"instance", "job"}
"""Labels that Prometheus adds to whatever it reads."""


def rules() -> Iterator[tuple[str, str]]:
    """Each alert's name and expression."""
    for rule in ALERTS.split("      - alert: ")[1:]:
        found = re.fullmatch(
            r"(\w+)\n +expr: (?:>-\n)?(.+?)\n(?: +for: \d+m\n)?"
            r" +labels: \{severity: (?:critical|warning|info)\}\n"
            r' +annotations:\n +summary: ".+\."\n',
            rule,
            re.DOTALL,
        )
        assert found is not None, rule
        yield found[1], found[2]


def expressions() -> list[str]:
    panels = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    return panels + [expression for _, expression in rules()]


@pytest.fixture
def metrics(bench: Bench) -> Metrics:
    told = Metrics(bench.clock)
    told.watch(watched(bench))
    return told


def label_values(metrics: Metrics) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for family in metrics.registry.collect():
        for sample in family.samples:
            for label, value in sample.labels.items():
                found.setdefault(label, set()).add(value)
    return found


async def test_whatever_the_dashboard_and_the_alerts_ask_for_is_told(metrics: Metrics) -> None:
    asked = {name for expression in expressions() for name in NAME.findall(expression)}
    assert len(asked) > 25
    assert sorted(asked - names_told(metrics) - {"imagine_bot_info"}) == []


async def test_whatever_they_choose_by_exists_from_the_start(metrics: Metrics) -> None:
    values = label_values(metrics)
    chosen = [found for expression in expressions() for found in MATCHER.findall(expression)]
    assert len(chosen) > 20
    for label, _, value in chosen:
        if label not in OF_PROMETHEUS:
            assert set(value.split("|")) <= values[label], f"{label}={value}"


async def test_every_alert_is_explained_and_every_explanation_has_its_alert() -> None:
    section = OPERATIONS.split("\n### Alerts\n")[1].split("\n## ")[0]
    explained = re.findall(r"^\| `(\w+)` \| \S.+ \| \S.+ \|$", section, re.MULTILINE)
    assert explained == [name for name, _ in rules()]


async def test_every_number_is_explained_and_every_explanation_has_its_number(metrics: Metrics) -> None:
    section = OPERATIONS.split("\n### Metrics\n")[1].split("\n### ")[0]
    explained = {name for name in NAME.findall(section) if name.startswith("imagine_")}
    told = {family.name for family in metrics.registry.collect() if family.name.startswith("imagine_")}
    families = {name.removesuffix("_total").removesuffix("_info") for name in explained}
    assert families == {name.removesuffix("_info") for name in told}


async def test_the_dashboard_shows_every_number_and_its_panels_stand_beside_each_other(
    metrics: Metrics,
) -> None:
    panels = DASHBOARD["panels"]
    shown = {name for panel in panels for target in panel["targets"] for name in NAME.findall(target["expr"])}
    families = [family for family in metrics.registry.collect() if family.name.startswith("imagine_")]
    # which version runs is what the choice of processes is made from
    missing = [family.name for family in families if not shown & names_of(family)]
    assert missing == ["imagine_bot"]
    assert len(families) > 30
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert len(places) == len({panel["id"] for panel in panels}) == len(panels)


async def test_a_shard_is_missed_also_where_none_is_connected() -> None:
    """What counts nothing is no number in Prometheus, and nothing is more than that."""
    counts = [expression for expression in expressions() if "count(count by (shard)" in expression]
    assert len(counts) == 2
    assert all("(imagine_shard_ready" in one and "or vector(0)" in one for one in counts)
