"""The port `bot.generation.ports.Uploads` over SQL: which bytes are which asset, and when they were given."""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, select

from bot.store.database import Database
from bot.store.dialects import insert_or_replace
from bot.store.tables import uploads

_u: Final = uploads.c


class SqlUploads:
    """The table `upload` of a store, open for as long as that is."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known(self, digest: str) -> str | None:
        """The asset that these bytes became, if that is remembered."""
        return await self._database.read(_known, digest)

    async def keep(self, digest: str, asset_id: str, now: datetime) -> None:
        """Remember it, as given at this moment."""
        await self._database.write(_keep, digest, asset_id, now)

    async def erase(self, before: datetime) -> int:
        """Forget what nobody gave since that moment; how many."""
        return await self._database.write(_erase, before)


def _known(connection: Connection, digest: str) -> str | None:
    return connection.scalar(select(_u.asset_id).where(_u.digest == digest))


def _keep(connection: Connection, digest: str, asset_id: str, now: datetime) -> None:
    row: dict[str, object] = {"digest": digest, "asset_id": asset_id, "given_at": now}
    connection.execute(insert_or_replace(connection, uploads, row))


def _erase(connection: Connection, before: datetime) -> int:
    return connection.execute(delete(uploads).where(_u.given_at < before)).rowcount
