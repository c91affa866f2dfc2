"""A skip is a promise that somebody else ran the test: in CI there is nobody else, so there it fails."""

import asyncio
import gc
import os
import sys
from collections.abc import Generator

import pytest
from hypothesis import settings

# an example's time says how busy the machine is
settings.register_profile("patient", parent=settings.default, deadline=None)
settings.load_profile("patient")

# Every worker and dozens of processes import the same files: where the bytecode's cache is turned off, each
# of them compiles them all again, half a second for a bot and several for a worker.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

_LONG_FOR_ITS_SIZE = {"test_every_model", "test_examples", "test_shards"}
_ONE_LONG_STORY = 20_000  # bytes: so it begins among the first

gc.disable()  # until everything is imported and collected: nothing of that is garbage


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
    slow = [modules.pop(name) for name in [*modules] if name.startswith("tests/e2e/")]
    others = [item for found in modules.values() for item in found]
    parts = _parts(sorted(slow, key=_weight, reverse=True), workers)
    share = len(items) // workers  # a worker's first tests are as many in a row
    items[:] = []
    for part in parts:
        fill = max(0, share - len(part))
        items += part + others[:fill]
        del others[:fill]
    items += others


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """Half a million objects of tests and libraries live to the end: no search for garbage need see them."""
    gc.freeze()
    gc.enable()


def _weight(module: list[pytest.Item]) -> int:
    """A guess at how long a module takes. Its length tells more than the number of its tests: three long
    stories last longer than thirty refusals."""
    path = module[0].path
    return path.stat().st_size + (_ONE_LONG_STORY if path.stem in _LONG_FOR_ITS_SIZE else 0)


def _parts(modules: list[list[pytest.Item]], workers: int) -> list[list[pytest.Item]]:
    """The modules by worker. What is started once for many tests, and is dear to start, is started by few
    workers: the browser by the first, the shared stage by the next."""
    parts: list[list[pytest.Item]] = [[] for _ in range(workers)]
    houses = max(1, workers // 4)
    lanes = {
        "browsing": parts[:1],
        "common_house": parts[1 : 1 + houses],
        "": parts[1 + houses :] or parts[:1],
    }
    loads = {id(part): 0 for part in parts}
    for module in modules:
        fixtures = {name for item in module for name in getattr(item, "fixturenames", ())}
        lane = next(name for name in lanes if not name or name in fixtures)
        lightest = min(lanes[lane], key=lambda part: loads[id(part)])
        lightest += module
        loads[id(lightest)] += _weight(module)
    return parts


@pytest.fixture(scope="session")
def postgres() -> Generator[str]:
    """The address of a PostgreSQL server."""
    from tests.support import stores
    from tests.support.postgres import named_or_own

    with named_or_own() as url:
        yield url
        asyncio.run(stores.leave(url))


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
