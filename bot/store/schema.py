"""Bring a database to the schema of this version."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, inspect, text

from bot.store.database import Database
from bot.store.dialects import exclude_others, unhurried
from bot.store.errors import NewerDatabase, OlderDatabase, OlderProcess
from bot.store.processes.leases import moment, revisions

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

_SCRIPTS: Final = Path(__file__).parent / "migrations"
_ALEMBIC: Final = Lock()  # what its scripts speak to is one for the whole process


async def migrate(database: Database) -> None:
    """Upgrade to the newest schema, in one transaction; nothing to do is fine.

    Raises NewerDatabase when the database is at a revision that is not among our scripts.
    """
    await database.write(_upgrade)


def _upgrade(connection: Connection) -> None:
    exclude_others(connection)  # two processes that start together migrate one after the other
    if _revision(connection) == newest():
        return  # the usual start: without Alembic, which takes a fifth of a second to import
    from alembic import command
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = alembic_config()
    scripts = ScriptDirectory.from_config(config)
    known = {script.revision for script in scripts.walk_revisions()}
    current = MigrationContext.configure(connection).get_current_heads()
    for revision in current:
        if revision not in known:
            raise NewerDatabase(revision)
    _require_understood(connection, scripts, current[0] if current else None)
    config.attributes["connection"] = connection
    unhurried(connection)
    with _ALEMBIC:
        command.upgrade(config, "head")


def _require_understood(connection: Connection, scripts: ScriptDirectory, current: str | None) -> None:
    """Raise OlderProcess while a process lives that could not go on after what is to be changed.

    A script says by `understood_from` the oldest revision whose processes may live on; without, its own.
    """
    if connection.dialect.name != "postgresql" or not inspect(connection).has_table("process"):
        return
    pending = [one for one in scripts.walk_revisions() if current is None or one.revision > current]
    oldest = max(str(getattr(one.module, "understood_from", one.revision)) for one in pending)
    now, _ = moment(connection)
    living = revisions(connection, now)
    older = [name for name, revision in living if revision < oldest]
    if older:
        raise OlderProcess(older)


async def require_newest(database: Database) -> None:
    """Raise NewerDatabase or OlderDatabase if the schema is not this version's. Changes nothing."""
    revision = await database.read(_revision)
    if revision is None or revision < newest():
        raise OlderDatabase
    if revision > newest():
        raise NewerDatabase(revision)


def newest() -> str:
    """The revision that this version needs: our scripts are named by their revision, in their order."""
    return max(path.stem.partition("_")[0] for path in (_SCRIPTS / "versions").glob("[0-9]*.py"))


def _revision(connection: Connection) -> str | None:
    """Where the database stands; None where Alembic has left no single word of it."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revisions = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    return revisions[0] if len(revisions) == 1 else None


def alembic_config() -> Config:
    """Alembic's settings, without a file. A `%` in a path would be read as an interpolation."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    return config
