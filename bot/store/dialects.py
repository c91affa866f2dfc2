"""Everything in which SQLite and PostgreSQL differ. No other module names a database.

SQLite runs on one connection. Its writers exclude each other anyway, and waiting in a thread's line is
fair and free, where waiting on the file's lock is a sleep-and-look; it also keeps an in-memory database
whole, which lives and dies with its connection.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy
from sqlalchemy import ColumnElement, Connection, Engine, Insert, Table, event, text
from sqlalchemy.pool import StaticPool

from bot.store.address import Address
from bot.store.errors import CannotOpen

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

IDS_AT_ONCE: Final = 500
"""SQLite and PostgreSQL both bound the parameters of one statement."""

_WRITES: Final = "generation_store_writes"
_EXCLUSIVE_KEY: Final = 0x67656E31  # any number, the same in every process: the name of one lock
_TAKEOVER_KEY: Final = 0x67656E32
_DIVIDING_KEY: Final = 0x67656E33
_HOLDER: Final = "generation_store_holder"
_TELLS: Final = "generation_store_tells"
_SERVER_CONNECTIONS: Final = 5  # a small server has a hundred, for all who use it
_SERVER_DEFAULTS: Final = {
    "client_encoding": "utf8",
    # What waits for a server ends: the kernel's patience is minutes to hours.
    "connect_timeout": "10",  # seconds
    "tcp_user_timeout": "30000",  # milliseconds
    "keepalives_idle": "30",  # seconds
}

_BEGIN_ON_SERVER: Final = (
    "SET LOCAL statement_timeout = 30000;"  # milliseconds
    # A server that was told not to wait for its log loses its last commits when it is killed, and a lost
    # `submitting` is a job bought twice. Whatever waits for more (`remote_apply`) is left as it is.
    "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'"
)

_PRAGMAS: Final = (
    "PRAGMA journal_mode=WAL",
    # FULL, not NORMAL: with NORMAL a power cut may undo the last commits, and a lost `submitting` is a
    # job bought twice. It costs one fsync a commit, at about four commits a generation.
    "PRAGMA synchronous=FULL",
    "PRAGMA busy_timeout=5000",  # milliseconds; for a person's sqlite3 shell or a backup beside us
    "PRAGMA foreign_keys=ON",
)


def connections(address: Address) -> int:
    """How many connections a process has to the database, at most."""
    return 1 if address.sqlite else _SERVER_CONNECTIONS


def create_engine(address: Address) -> Engine:
    """An engine that has connected to nothing yet.

    Raises CannotOpen when the driver is not installed, or when the address has options that are none.
    """
    # the parameters are prompts and interaction tokens, and errors are logged
    options: dict[str, Any] = {"hide_parameters": True}
    if address.sqlite:
        options |= {"poolclass": StaticPool}
    else:
        options |= {"pool_size": connections(address), "max_overflow": 0, "pool_pre_ping": True}
        options |= {"connect_args": server_options(address)}
    try:
        engine = sqlalchemy.create_engine(address.url, **options)
    except ImportError as error:
        raise CannotOpen(f"the driver {address.url.get_driver_name()} is not installed") from error
    if address.sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        _refuse_unknown_options(address)
        event.listen(engine, "begin", _begin_server)
    return engine


def server_options(address: Address) -> dict[str, str | None]:
    """What the address leaves open."""
    given = {name: value for name, value in _SERVER_DEFAULTS.items() if name not in address.url.query}
    # nothing is prepared on the server: a pooler between may give each transaction another connection
    return {**given, "prepare_threshold": None}


def _refuse_unknown_options(address: Address) -> None:
    """Raise CannotOpen for what is not libpq's: the driver would take it for its own, `autocommit` too."""
    from psycopg.pq import Conninfo

    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    for name in address.url.query:
        if name not in known:
            raise CannotOpen(f"PostgreSQL knows no option {name!r} of a connection")


def for_writes(engine: Engine) -> Engine:
    """The same engine and pool, whose transactions take SQLite's write lock when they begin."""
    return engine.execution_options(**{_WRITES: True})


def exclude_others(connection: Connection) -> None:
    """Let no other transaction that calls this run beside ours, until ours ends. For `for_writes` only."""
    if connection.dialect.name == "postgresql":  # on SQLite BEGIN IMMEDIATE has done it
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _EXCLUSIVE_KEY})


def keep_writers_out(connection: Connection, tables: Iterable[Table]) -> None:
    """Let nobody else write to these until our transaction ends. On a server only."""
    names = ", ".join(table.name for table in tables)
    connection.execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))


def only_one_takes_over(connection: Connection) -> bool:
    """Whether no other transaction is taking over, nor will be until ours ends. On a server only."""
    return bool(connection.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _TAKEOVER_KEY}))


def only_one_divides(connection: Connection) -> None:
    """Let no other transaction that calls this run beside ours, until ours ends. On a server only."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _DIVIDING_KEY})


def hold_as(engine: Engine, number: int) -> None:
    """From now on its transactions are those of the process of this number (`leases`)."""
    engine.update_execution_options(**{_HOLDER: number})


def tell_others(engine: Engine, *, wanted: bool) -> None:
    """Whether its transactions tell other processes what they moved (`told`)."""
    engine.update_execution_options(**{_TELLS: wanted})


def tells_others(connection: Connection) -> bool:
    """Whether there is anybody to be told what this transaction moves."""
    return connection.get_execution_options().get(_TELLS, False)


def holder_of(connection: Connection) -> int | None:
    """The number of the process whose transaction this is; None where one has the database to itself."""
    return connection.get_execution_options().get(_HOLDER)


def unhurried(connection: Connection) -> None:
    """Let this transaction's statements take as long as they take."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))


def insert_or_replace(
    connection: Connection,
    table: Table,
    values: dict[str, object],
    *,
    where: ColumnElement[bool] | None = None,
) -> Insert:
    """Insert the row, or overwrite the one with the same primary key. where: only if that one is so."""
    keys = [column.name for column in table.primary_key]
    rest = {name: value for name, value in values.items() if name not in keys}
    row = _insert(connection, table).values(values)
    return row.on_conflict_do_update(index_elements=keys, set_=rest, where=where)


def insert_or_replace_rows(connection: Connection, table: Table) -> Insert:
    """The same for many rows at once, which are given as the statement's parameters."""
    keys = [column.name for column in table.primary_key]
    rest = [column.name for column in table.columns if column.name not in keys]
    row = _insert(connection, table)
    return row.on_conflict_do_update(index_elements=keys, set_={name: row.excluded[name] for name in rest})


def insert_or_leave(connection: Connection, table: Table, values: dict[str, object]) -> Insert:
    """Insert the row, unless there is one with the same primary key."""
    return _insert(connection, table).values(values).on_conflict_do_nothing()


def _insert(connection: Connection, table: Table) -> "sqlite.Insert | postgresql.Insert":
    # imported where it is needed: PostgreSQL's comes with every driver's, a third of a second at each start
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)


def _begin_server(connection: Connection) -> None:
    # What waits for a lock ends too. LOCAL: behind a pooler the session is not ours alone, and what a session
    # begins with is not every pooler's to pass on.
    connection.exec_driver_sql(_BEGIN_ON_SERVER)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver would begin a transaction by itself, but only before an INSERT, UPDATE or DELETE: a check
    # and the write that depends on it would not be one transaction. None leaves BEGIN to us.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once when somebody wrote in between;
    # IMMEDIATE takes the write lock before it reads.
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
