from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine.interfaces import CacheStats

from bot.generation.card import CardState
from bot.generation.model import UNFINISHED as UNFINISHED_FATES
from bot.store import SqlStore
from bot.store.tables import LIVE, UNFINISHED, Moment, Words
from tests.support.clock import START
from tests.support.stores import a_store

DIALECT = sqlite.dialect()


def test_the_written_out_conditions_name_the_fates_of_the_model() -> None:
    names = ", ".join(f"'{fate.value}'" for fate in sorted(UNFINISHED_FATES))
    assert str(UNFINISHED) == f"fate IN ({names})"
    assert str(LIVE) == f"state = '{CardState.LIVE.value}'"


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 3, 1, 12, 30, 15, 999999, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ],
)
def test_a_moment_comes_back_exactly(moment: datetime) -> None:
    column = Moment()
    stored = column.process_bind_param(moment, DIALECT)
    assert column.process_result_value(stored, DIALECT) == moment


def test_a_moment_of_another_zone_is_stored_as_the_same_instant() -> None:
    column, east = Moment(), timezone(timedelta(hours=5, minutes=30))
    moment = datetime(2026, 3, 1, 5, 30, tzinfo=east)
    assert column.process_bind_param(moment, DIALECT) == column.process_bind_param(
        datetime(2026, 3, 1, tzinfo=UTC), DIALECT
    )


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        Moment().process_bind_param(datetime(2026, 3, 1), DIALECT)  # noqa: DTZ001 (the point of it)


def test_nothing_is_stored_as_nothing() -> None:
    for column in (Moment(), Words()):
        assert column.process_bind_param(None, DIALECT) is None
        assert column.process_result_value(None, DIALECT) is None


async def read(store: SqlStore) -> None:
    await store.get("1")


async def erase(store: SqlStore) -> None:
    await store.uploads.erase(START)


@pytest.mark.parametrize(("table", "call"), [("generation", read), ("upload", erase)])
async def test_a_statement_is_compiled_once(
    table: str, call: Callable[[SqlStore], Awaitable[object]]
) -> None:
    # to compile one takes longer than to run it; a type that cannot be a key would compile it every time
    found: list[bool] = []

    def note(*about: Any) -> None:
        if f"FROM {table}" in about[2]:
            found.append(about[4].cache_hit is CacheStats.CACHE_HIT)

    async with a_store() as store:
        event.listen(vars(store)["_database"].engine, "after_cursor_execute", note)
        await call(store)
        found.clear()
        await call(store)
    assert found == [True]


def test_words_that_no_database_holds_are_replaced() -> None:
    assert Words().process_bind_param("a\0b\ud83dc\U0001f98a", DIALECT) == "a\ufffdb\ufffdc\U0001f98a"
