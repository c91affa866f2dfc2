"""A SQLite file carried over to a server's database: everything that it remembers, or nothing.

What goes on there goes on here: nobody holds it, so whoever joins the server's database first takes it over,
and a purchase that was under way is looked for before anything is bought again. The file gets another name,
for a bot that went on with it too would buy the same requests again.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, Table, exists, insert, select

from bot.store.address import parse_address
from bot.store.database import Database
from bot.store.dialects import keep_writers_out, unhurried
from bot.store.errors import BadDatabaseUrl, CannotOpen, NotEmpty
from bot.store.opening import bring_up, lock, told
from bot.store.schema import require_newest
from bot.store.tables import cards, drafts, generations, metadata, models, notes, uploads

CARRIED: Final = (generations, cards, notes, models, uploads, drafts)
"""All but what processes tell each other (`process`, `word`, `claim`, `shard`, `identify`): there were
none."""
AT_ONCE: Final = 500
"""Rows in memory."""
SUFFIX: Final = ".carried-over"


async def carry_over(source: str, target: str) -> Mapping[str, int]:
    """Bring all rows of a SQLite file into an empty database of a server, which is migrated first.

    source: the file's address. It must be of this version's form, and no bot may be using it. Afterwards the
    file is called `….carried-over`, and is otherwise as it was.
    Returns how many rows of each table there were. Raises NotEmpty, and the other errors of `errors`; then
    nothing was carried over.
    """
    here, there = parse_address(source), parse_address(target)
    if here.file is None:
        raise BadDatabaseUrl("only a SQLite file can be carried over: --from sqlite:///file")
    if there.sqlite:
        raise BadDatabaseUrl("a file is carried over to PostgreSQL: set DATABASE_URL to postgresql://…")
    if not here.file.exists():
        raise CannotOpen(f"{here.file}: there is no such file")
    with lock(here.file):
        await bring_up(target)
        old = Database(here)
        try:
            with told(here):
                await require_newest(old)
            new = Database(there)
            try:
                with told(there):
                    counts = await new.write(_carry, old.engine, there.told)
            finally:
                await new.close()
        finally:
            await old.close()  # now nothing of it stands beside the file any more
        _rename(here.file)
    return counts


def _carry(connection: Connection, old: Engine, where: str) -> dict[str, int]:
    unhurried(connection)
    keep_writers_out(connection, metadata.sorted_tables)
    for table in metadata.sorted_tables:
        if connection.scalar(select(exists(select(table)))):
            raise NotEmpty(where, table.name)
    with old.connect() as reading:
        return {table.name: copy_rows(reading, connection, table) for table in CARRIED}


def copy_rows(reading: Connection, connection: Connection, table: Table) -> int:
    """Insert what one connection reads of a table by the other one. How many rows."""
    count = 0
    for rows in reading.execution_options(yield_per=AT_ONCE).execute(select(table)).mappings().partitions():
        connection.execute(insert(table), [dict(row) for row in rows])
        count += len(rows)
    return count


def _rename(file: Path) -> None:
    try:
        file.rename(f"{file}{SUFFIX}")
    except OSError as error:
        raise CannotOpen(
            f"everything was carried over, but {file} could not be renamed ({error.strerror}): put it away,"
            " for a bot that used it would buy again what goes on elsewhere"
        ) from error
