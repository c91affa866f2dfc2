"""A skip is a promise that somebody else ran the test: in CI there is nobody else, so there it fails."""

import os
import sys
from collections.abc import Generator

import pytest

# Every worker and dozens of processes import the same files: where the bytecode's cache is turned off, each
# of them compiles them all again, half a second for a bot and several for a worker.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where several workers share the tests, each begins with its part of the end-to-end ones, whose waiting
    leaves the cores to others, and none is left alone with them at the end."""
    workers = int(getattr(config, "workerinput", {}).get("workercount", 1))
    if workers < 2:
        return
    modules: dict[str, list[pytest.Item]] = {}
    for item in items:
        modules.setdefault(item.nodeid.partition("::")[0], []).append(item)
    slow = [name for name in modules if name.startswith("tests/e2e/")]
    others = [item for name, found in modules.items() if name not in slow for item in found]
    parts: list[list[pytest.Item]] = [[] for _ in range(workers)]
    for number, name in enumerate(sorted(slow, key=lambda one: -len(modules[one]))):
        parts[number % workers] += modules[name]
    share = len(items) // workers  # a worker's first tests are as many in a row
    items[:] = []
    for part in parts:
        fill = max(0, share - len(part))
        items += part + others[:fill]
        del others[:fill]
    items += others


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    del item, call
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped in CI, where nothing may be missing: {report.longrepr}"
    return report
