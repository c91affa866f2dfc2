"""A SQLite file carried over to PostgreSQL: everything, in one piece, and only where there is room for it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select

from bot.catalogue import Shelved
from bot.generation.model import BOUGHT_PERHAPS, Fate
from bot.generation.ports import Guard
from bot.store import (
    BadDatabaseUrl,
    CannotOpen,
    DatabaseInUse,
    NotEmpty,
    OlderDatabase,
    bring_up,
    carry_over,
    look_into,
    migrate,
    open_store,
)
from bot.store.address import parse_address
from bot.store.database import Database
from bot.store.migrations import carrying
from bot.store.migrations.carrying import CARRIED, SUFFIX
from bot.store.tables import metadata, notes
from tests.contract.test_drafts import FULL as FORM
from tests.contract.test_migrations import ROWS, as_it_was
from tests.contract.test_store import FULL, NOW, new
from tests.contract.test_uploads import FOX
from tests.support.bench import Process
from tests.support.builders import a_model
from tests.support.clock import HeldClock
from tests.support.delivery import FakeDelivery
from tests.support.stores import a_store_at
from tests.support.studio import FakeStudio

Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture
async def server(postgres: str) -> AsyncGenerator[str]:
    """A server's database without a row."""
    async with a_store_at(postgres):
        yield postgres


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file with rows of an earlier version, of every fate and card, and of each kind that there is."""
    file = tmp_path_factory.mktemp("carried") / "imagine.db"
    asyncio.run(_fill(file))
    return file.read_bytes()


async def _fill(file: Path) -> None:
    old = Database(parse_address(address(file)))
    await old.write(as_it_was)
    await migrate(old)
    await old.close()
    async with open_store(address(file)) as store:
        await store.record(FULL, Guard())
        await store.record(new("77", ask=replace(new().ask, prompt="half a \ud800 pair, and \0")), Guard())
        await store.drafts.add(FORM)
        await store.uploads.keep(FOX, "asset_1", NOW)
        shelved = Shelved(model=a_model(), privacy="public", listed_at=NOW, read_at=NOW + timedelta(1))
        await store.shelf.save([shelved], gone=[], listed={"public": NOW})
        await store.remember("plan_level", "50")


@pytest.fixture
def file(tmp_path: Path, filled: bytes) -> Path:
    file = tmp_path / "imagine.db"
    file.write_bytes(filled)
    return file


async def rows(url: str) -> Rows:
    def all_of(connection: Connection) -> Rows:
        found: Rows = {}
        for table in CARRIED:
            told = [dict(row) for row in connection.execute(select(table)).mappings()]
            found[table.name] = sorted(told, key=lambda row: str(row[next(iter(table.primary_key)).name]))
        return found

    database = Database(parse_address(url))
    try:
        return await database.read(all_of)
    finally:
        await database.close()


async def none_in(url: str) -> bool:
    return all(not found for found in (await rows(url)).values())


def there(file: Path) -> bool:
    return file.exists()


def around(file: Path) -> list[str]:
    """What lies beside it, but for its lock."""
    return [path.name for path in file.parent.iterdir() if path.name != f"{file.name}.lock"]


def address(file: Path) -> str:
    return f"sqlite:///{file}"


async def test_every_row_is_there_as_it_was_and_the_file_has_another_name(file: Path, server: str) -> None:
    before = await rows(address(file))
    assert all(before.values())
    counts = await carry_over(address(file), server)
    assert counts == {name: len(found) for name, found in before.items()}
    assert counts["generation"] == len(ROWS) + 2
    after = await rows(server)
    assert after == before
    assert not there(file)
    kept = file.with_name(f"{file.name}{SUFFIX}")
    assert await rows(address(kept)) == before
    assert not [name for name in around(file) if not name.startswith(kept.name)]


async def test_whoever_joins_takes_up_what_goes_on_and_looks_before_it_buys(file: Path, server: str) -> None:
    await carry_over(address(file), server)
    unfinished = {row["id"]: Fate(row["fate"]) for row in ROWS if not Fate(row["fate"]).final}
    assert unfinished.keys() > {id_ for id_, fate in unfinished.items() if fate in BOUGHT_PERHAPS}
    async with open_store(server) as store:
        taken = await store.holding.look()
        assert set(unfinished) <= set(taken.generations)
        for generation_id, fate in unfinished.items():
            found = await store.get(generation_id)
            assert found is not None
            assert store.holding.mine(found.holder)
            assert found.fate is fate
        clock = HeldClock()
        process = Process(store, FakeStudio(clock), FakeDelivery(), clock)
        (sent,) = [row["id"] for row in ROWS if (row["fate"], row["card"]) == ("submitting", "live")]
        await process.fates.step(sent)
        found = await store.get(sent)
        assert found is not None
        assert found.fate is Fate.UNCERTAIN
        assert await store.drafts.get(FORM.id) == FORM
        assert await store.uploads.known(FOX) == "asset_1"
        assert await store.note("plan_level") == "50"


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=str)
async def test_where_something_is_already_nothing_is_carried_over(
    table: Any, file: Path, server: str
) -> None:
    rows_of = await rows(address(file))
    row = rows_of[table.name][0] if table.name in rows_of else _a_row(table.name)
    database = Database(parse_address(server))

    def put(connection: Connection) -> None:
        connection.execute(insert(table), [row])

    await database.write(put)
    await database.close()
    with pytest.raises(NotEmpty) as refused:
        await carry_over(address(file), server)
    assert refused.value.table == table.name
    assert "nothing was carried over" in str(refused.value)
    others = {name: found for name, found in (await rows(server)).items() if name != table.name}
    assert not any(others.values())
    assert there(file)


def _a_row(table: str) -> dict[str, Any]:
    return {
        "process": {"number": 900, "name": "a:1", "revision": "0007", "joined_at": NOW, "until": NOW},
        "word": {"holder": 1, "generation_id": "1", "card_id": None},
        "claim": {"interaction_id": "1", "at": NOW},
        "shard": {"count": 2, "id": 0},
        "identify": {"bucket": 0, "at": NOW},
    }[table]


async def test_what_breaks_off_half_way_leaves_nothing_and_may_be_done_again(
    file: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[str] = []
    whole = carrying.copy_rows

    def breaks(reading: Connection, connection: Connection, table: Any) -> int:
        if len(copied) == 3:
            raise OSError("the disk is gone")
        copied.append(table.name)
        return whole(reading, connection, table)

    monkeypatch.setattr(carrying, "copy_rows", breaks)
    with pytest.raises(CannotOpen, match="the disk is gone"):
        await carry_over(address(file), server)
    assert await none_in(server)
    assert there(file)
    monkeypatch.setattr(carrying, "copy_rows", whole)
    await carry_over(address(file), server)
    assert not await none_in(server)


async def test_more_rows_than_are_held_in_memory_come_too(
    tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrying, "AT_ONCE", 7)
    file = tmp_path / "many.db"
    await bring_up(address(file))
    old = Database(parse_address(address(file)))

    def put(connection: Connection) -> None:
        connection.execute(insert(notes), [{"key": f"{number:03}", "text": "x"} for number in range(50)])

    await old.write(put)
    await old.close()
    assert (await carry_over(address(file), server))["note"] == 50
    assert [row["key"] for row in (await rows(server))["note"]] == [f"{number:03}" for number in range(50)]


async def test_a_bot_that_starts_meanwhile_waits_for_the_end(
    file: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would write rows into what is still being filled."""
    begun, starting = asyncio.Event(), asyncio.get_running_loop()
    whole, seen = carrying.copy_rows, list[asyncio.Task[Sequence[str]]]()

    async def start() -> Sequence[str]:
        async with open_store(server) as store:
            await store.remember("plan_level", "75")
            return [one.id for one in await store.unfinished()]

    def begin() -> None:
        seen.append(asyncio.create_task(start()))
        begun.set()

    def slowly(reading: Connection, connection: Connection, table: Any) -> int:
        if not begun.is_set():
            starting.call_soon_threadsafe(begin)
            asyncio.run_coroutine_threadsafe(begun.wait(), starting).result(10)
        return whole(reading, connection, table)

    monkeypatch.setattr(carrying, "copy_rows", slowly)
    counts = await carry_over(address(file), server)
    found = await seen[0]
    assert len(found) == sum(not Fate(row["fate"]).final for row in ROWS) + 1
    assert counts["note"] == 1
    assert [row["text"] for row in (await rows(server))["note"] if row["key"] == "plan_level"] == ["75"]


async def test_a_file_that_a_bot_is_using_is_left_alone(file: Path, server: str) -> None:
    async with open_store(address(file)):
        with pytest.raises(DatabaseInUse):
            await carry_over(address(file), server)
    assert await none_in(server)


async def test_a_file_of_an_earlier_version_is_migrated_first_by_whoever_means_to(
    tmp_path: Path, server: str
) -> None:
    file = tmp_path / "imagine.db"
    old = Database(parse_address(address(file)))
    await old.write(as_it_was)
    await old.close()
    with pytest.raises(OlderDatabase):
        await carry_over(address(file), server)
    assert await none_in(server)
    await bring_up(address(file))
    assert (await carry_over(address(file), server))["generation"] == len(ROWS)


async def test_only_a_file_that_is_there_is_carried_and_only_to_a_server(file: Path, server: str) -> None:
    with pytest.raises(BadDatabaseUrl, match="only a SQLite file"):
        await carry_over("sqlite://", server)
    with pytest.raises(BadDatabaseUrl, match="only a SQLite file"):
        await carry_over(server, server)
    with pytest.raises(BadDatabaseUrl, match="DATABASE_URL"):
        await carry_over(address(file), address(file.with_name("other.db")))
    with pytest.raises(CannotOpen, match="no such file"):
        await carry_over(address(file.with_name("missing.db")), server)
    assert not there(file.with_name("missing.db"))


async def test_a_file_that_cannot_be_renamed_is_said_to_be_put_away(
    file: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(_: Path, __: str) -> None:
        raise PermissionError(1, "not permitted")

    monkeypatch.setattr(Path, "rename", refuses)
    with pytest.raises(CannotOpen, match=r"everything was carried over, .*\(not permitted\): put it away"):
        await carry_over(address(file), server)
    async with look_into(server) as store:
        assert await store.get(FULL.id) is not None
