import asyncio
import errno
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from bot.store import (
    CannotOpen,
    DatabaseInUse,
    NewerDatabase,
    OlderDatabase,
    SqlStore,
    StoreError,
    look_into,
    migrate,
    open_store,
)
from bot.store.address import Address, parse_address
from bot.store.database import Database
from bot.store.errors import DatabaseBusy
from bot.store.migrations.indexes import METADATA
from bot.store.schema import alembic_config, newest


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "imagine.db"


@pytest.fixture
async def database(file: Path) -> AsyncGenerator[Database]:
    async with opened(file) as database:
        yield database


@asynccontextmanager
async def opened(file: Path) -> AsyncGenerator[Database]:
    database = Database(parse_address(f"sqlite:///{file}"))
    try:
        yield database
    finally:
        await database.close()


def names_in(directory: Path) -> list[str]:
    return sorted(one.name for one in directory.iterdir())


def schema_of(file: Path) -> set[str]:
    connection = sqlite3.connect(file)
    try:
        rows = connection.execute(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name <> 'alembic_version'"
        ).fetchall()
    finally:
        connection.close()
    return {" ".join(sql.replace('"', "").split()) for (sql,) in rows}


# -- the schema ---------------------------------------------------------------------------------------


async def test_the_scripts_lead_to_what_the_tables_say(database: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    def differences(connection: Connection) -> Any:
        return compare_metadata(MigrationContext.configure(connection), METADATA)

    await migrate(database)
    assert await database.read(differences) == []


async def test_the_scripts_lead_to_the_very_statements_of_the_tables(
    database: Database, file: Path, tmp_path: Path
) -> None:
    # What compare_metadata does not look at: the conditions of partial indexes, the names of constraints.
    await migrate(database)
    other = tmp_path / "other.db"
    async with opened(other) as direct:
        await direct.write(METADATA.create_all)
    assert schema_of(file) == schema_of(other)


async def test_migrating_twice_changes_nothing(database: Database, file: Path) -> None:
    await migrate(database)
    first = schema_of(file)
    await migrate(database)
    assert schema_of(file) == first


async def test_migrating_from_two_places_at_once(database: Database, file: Path) -> None:
    async with opened(file) as other:
        for one in (database, other):  # two who turn a new file's WAL on at once do not wait for each other
            await one.read(lambda _: None)
        await asyncio.gather(migrate(database), migrate(other))


async def test_two_files_migrate_at_once(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.db" for number in range(4)]
    async with AsyncExitStack() as stack:
        databases = [await stack.enter_async_context(opened(file)) for file in files]
        await asyncio.gather(*map(migrate, databases))
    assert len({frozenset(schema_of(file)) for file in files}) == 1


async def test_a_migration_that_fails_leaves_nothing_behind(database: Database, file: Path) -> None:
    def fail(_c: object, _u: object, statement: str, *_: object) -> None:
        if "CREATE TABLE note" in statement:
            raise RuntimeError("power cut")

    event.listen(database.engine, "before_cursor_execute", fail)
    with pytest.raises(RuntimeError, match="power cut"):
        await migrate(database)
    event.remove(database.engine, "before_cursor_execute", fail)
    assert schema_of(file) == set()
    await migrate(database)


async def test_what_was_handed_in_before_it_had_a_table_is_still_known_and_ages_from_now(
    database: Database,
) -> None:
    def as_it_was(connection: Connection) -> None:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
        for key, words in (("upload:ab12", "asset_1"), ("upload:cd34", ""), ("commands:1", "hash")):
            connection.execute(text("INSERT INTO note VALUES (:key, :words)"), {"key": key, "words": words})

    from alembic import command

    await database.write(as_it_was)
    before = datetime.now(UTC)
    await migrate(database)
    store = SqlStore(database)
    assert (await store.uploads.known("ab12"), await store.uploads.known("cd34")) == ("asset_1", None)
    assert (await store.note("upload:ab12"), await store.note("commands:1")) == (None, "hash")
    assert await store.uploads.erase(before) == 0
    assert await store.uploads.erase(datetime.now(UTC) + timedelta(seconds=1)) == 1


def test_the_newest_revision_is_told_by_the_names_of_the_scripts() -> None:
    from alembic.script import ScriptDirectory

    assert [newest()] == ScriptDirectory.from_config(alembic_config()).get_heads()


async def test_a_file_of_this_version_is_opened_without_alembic_and_the_other_database(file: Path) -> None:
    async with open_store(f"sqlite:///{file}"):
        pass
    code = f"""
import asyncio, sys
from bot.store import open_store
async def main():
    async with open_store("sqlite:///{file}"):
        return [name for name in ("alembic", "sqlalchemy.dialects.postgresql") if name in sys.modules]
print(asyncio.run(main()))
"""
    said = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert said.stdout.strip() == "[]"


async def test_a_database_of_a_newer_version_is_refused(file: Path) -> None:
    async with open_store(f"sqlite:///{file}"):
        pass
    connection = sqlite3.connect(file)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(NewerDatabase, match="9999"):
        async with open_store(f"sqlite:///{file}"):
            pass


# -- only a look --------------------------------------------------------------------------------------


async def test_a_look_is_allowed_beside_the_process_that_has_the_file_and_changes_nothing(file: Path) -> None:
    url = f"sqlite:///{file}"
    async with open_store(url) as store, look_into(url) as seen:
        await store.remember("health", "now")
        assert await seen.note("health") == "now"
        with pytest.raises(DatabaseInUse):
            async with open_store(url):
                pass


@pytest.mark.parametrize(("revision", "error"), [("9999", NewerDatabase), ("0001", OlderDatabase)])
async def test_a_look_into_another_versions_database_is_refused_and_does_not_migrate_it(
    file: Path, revision: str, error: type[StoreError]
) -> None:
    url = f"sqlite:///{file}"
    async with open_store(url):
        pass
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    connection.close()
    with pytest.raises(error):
        async with look_into(url):
            pass
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(revision,)]
    connection.close()


async def test_a_look_makes_no_file_and_no_schema(file: Path) -> None:
    url = f"sqlite:///{file}"
    with pytest.raises(CannotOpen, match="no such file"):
        async with look_into(url):
            pass
    assert names_in(file.parent) == []
    sqlite3.connect(file).close()
    with pytest.raises(OlderDatabase, match="bot migrate"):
        async with look_into(url):
            pass
    assert schema_of(file) == set()


# -- SQLite's settings --------------------------------------------------------------------------------


async def test_the_settings_that_durability_rests_on(database: Database) -> None:
    def settings(connection: Connection) -> dict[str, Any]:
        names = ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
        return {name: connection.scalar(text(f"PRAGMA {name}")) for name in names}

    found = await database.read(settings)
    assert found == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 5000, "foreign_keys": 1}


@pytest.mark.parametrize(
    ("call", "index"),
    [
        ("unfinished", "generation_open_idx"),
        ("unsettled", "card_live_idx"),
        ("under_way", "generation_open_idx"),
        ("of_owner", "generation_owner_idx"),
        ("charges", "generation_charge_idx"),
        ("erase_tokens", "card_token_idx"),
        ("owned_jobs", "sqlite_autoindex_generation"),
    ],
)
async def test_no_question_reads_the_whole_table(database: Database, call: str, index: str) -> None:
    await migrate(database)
    asked: list[tuple[str, Any]] = []

    def remember(_c: object, _u: object, statement: str, parameters: Any, *_: object) -> None:
        if "generation" in statement or "card" in statement:
            asked.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", remember)
    now = datetime(2026, 3, 1, tzinfo=UTC)
    store = SqlStore(database)
    arguments: dict[str, tuple[Any, ...]] = {
        "of_owner": (7,),
        "under_way": (7,),
        "charges": ("model_a",),
        "erase_tokens": (now,),
        "owned_jobs": (["a", "b"],),
    }
    await getattr(store, call)(*arguments.get(call, ()))
    event.remove(database.engine, "before_cursor_execute", remember)
    ((statement, parameters),) = asked
    plan = await database.read(
        lambda connection: connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    )
    assert index in str(plan)


async def test_errors_do_not_repeat_what_was_written(database: Database) -> None:
    # Errors are logged; the parameters are prompts and interaction tokens.
    store = SqlStore(database)
    with pytest.raises(Exception, match="no such table") as failed:
        await store.remember("key", "a secret")
    assert "a secret" not in str(failed.value)


# -- opening and closing ------------------------------------------------------------------------------


async def test_one_file_serves_one_opener_at_a_time(file: Path, tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(file)
    async with open_store(f"sqlite:///{file}"):
        for name in (file, tmp_path / "link.db"):
            with pytest.raises(DatabaseInUse, match=r"imagine\.db") as refused:
                async with open_store(f"sqlite:///{name}"):
                    pass
            assert refused.value.file == str(file)
    async with open_store(f"sqlite:///{file}") as store:
        assert await store.unfinished() == []


async def test_where_the_kernel_locks_nothing_nothing_is_opened(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a marker file in the lock's place would outlive a killed process, and nobody could start any more
    def flock(_: int, operation: int) -> None:
        del operation
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr("fcntl.flock", flock)
    with pytest.raises(CannotOpen, match=r"imagine\.db: Function not implemented"):
        async with open_store(f"sqlite:///{file}"):
            pass


@pytest.fixture
def garbage(file: Path) -> Path:
    file.write_text("this is not a database, but it is long enough to be looked at as one" * 20)
    return file


async def test_the_lock_is_freed_when_opening_fails(garbage: Path) -> None:
    for _ in range(2):
        with pytest.raises(CannotOpen, match=r"imagine\.db: file is not a database"):
            async with open_store(f"sqlite:///{garbage}"):
                pass


async def test_stores_in_memory_are_apart(file: Path) -> None:
    async with open_store("sqlite://") as one, open_store("sqlite://") as two:
        await one.remember("key", "one")
        assert await two.note("key") is None


async def test_the_directory_of_a_file_is_made(tmp_path: Path) -> None:
    async with open_store(f"sqlite:///{tmp_path / 'new' / 'deeper' / 'a.db'}"):
        pass
    assert (tmp_path / "new" / "deeper" / "a.db").exists()


async def test_a_directory_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(CannotOpen):
        async with open_store(f"sqlite:///{tmp_path}"):
            pass


async def test_an_odd_name_is_a_name(tmp_path: Path) -> None:
    async with open_store(f"sqlite:///{tmp_path / 'a b ü;x=1.db'}") as store:
        await store.remember("key", "text")
    assert names_in(tmp_path) == ["a b ü;x=1.db", "a b ü;x=1.db.lock"]


async def test_closing_leaves_one_file_and_its_lock(file: Path) -> None:
    async with open_store(f"sqlite:///{file}") as store:
        await store.remember("key", "text")
    assert names_in(file.parent) == ["imagine.db", "imagine.db.lock"]


async def test_closing_waits_for_what_a_canceled_caller_left_behind(file: Path) -> None:
    async with open_store(f"sqlite:///{file}") as store:
        task = asyncio.create_task(store.remember("key", "text"))
        await asyncio.sleep(0)
        task.cancel()
    async with open_store(f"sqlite:///{file}") as again:
        assert await again.note("key") == "text"


async def test_a_closed_store_does_not_open_its_file_again(file: Path) -> None:
    async with open_store(f"sqlite:///{file}") as store:
        pass
    with pytest.raises(RuntimeError, match="closed"):
        await store.remember("key", "text")
    assert names_in(file.parent) == ["imagine.db", "imagine.db.lock"]  # no -wal, no -shm


async def test_a_failure_that_nobody_waits_for_is_logged(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(file) as database:  # not migrated: there is no table
        task = asyncio.create_task(SqlStore(database).remember("key", "a secret"))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert "no such table" in caplog.text
    assert "a secret" not in caplog.text


async def test_closing_waits_for_every_thread_and_leaves_none(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def two(_: Address) -> int:
        return 2

    monkeypatch.setattr("bot.store.database.connections", two)
    go_on, ended = Event(), Event()
    before = {*threading.enumerate()}

    def slow(_: Connection) -> None:
        assert go_on.wait(10)
        ended.set()

    async with opened(file) as database:
        task = asyncio.create_task(database.read(slow))
        await asyncio.sleep(0)
        closing = asyncio.create_task(database.close())
        await asyncio.sleep(0)
        closing.cancel()
        for _ in range(3):
            await asyncio.sleep(0)
        assert not closing.done()  # a canceled one waits too: its caller frees the file's lock next
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await closing
        assert ended.is_set()
        await task
    left = {*threading.enumerate()} - before
    assert not [thread for thread in left if thread.name.startswith("store")]


async def test_what_waits_too_long_for_its_thread_is_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.database.PATIENCE", -1)
    async with opened(file) as database:
        begun: list[str] = []
        with pytest.raises(DatabaseBusy, match="busy"):
            await database.write(lambda _: begun.append("too late"))
    assert begun == []


async def test_a_transaction_runs_in_its_callers_context(file: Path) -> None:
    # there the log finds the generation that its lines are about
    about = ContextVar("about", default="-")
    async with opened(file) as database:
        about.set("7")
        assert await database.read(lambda _: about.get()) == "7"


async def test_a_server_that_is_not_there_is_told_without_the_password() -> None:
    pytest.importorskip("psycopg", reason="no driver for PostgreSQL (the extra `postgres`)")
    with pytest.raises(CannotOpen) as refused:
        async with open_store("postgresql://u:hunter2@127.0.0.1:1/n"):
            pass
    assert "hunter2" not in str(refused.value)
    assert str(refused.value).startswith("postgresql://u:***@127.0.0.1:1/n: ")


@pytest.mark.parametrize("option", ["autocommit=true", "prepared_statement_cache_size=0"])
async def test_an_option_that_is_not_the_servers_is_refused(option: str) -> None:
    pytest.importorskip("psycopg", reason="no driver for PostgreSQL (the extra `postgres`)")
    with pytest.raises(CannotOpen, match=option.partition("=")[0]):
        Database(parse_address(f"postgresql://127.0.0.1:1/n?{option}"))


def test_every_error_reaches_the_root() -> None:
    from bot.store import errors

    found = {one for one in vars(errors).values() if getattr(one, "__module__", None) == errors.__name__}
    assert len(found) == 11
    assert all(issubclass(one, StoreError) for one in found)
