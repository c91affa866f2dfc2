"""A skip is a promise that somebody else ran the test: in CI there is nobody else, so there it fails."""

import os
import sys
from collections.abc import Generator

import pytest

# Every worker and dozens of processes import the same files: where the bytecode's cache is turned off, each
# of them compiles them all again, half a second for a bot and several for a worker.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


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
