"""The catalogue's shelf in SQL: one row for each model. Its contract is in `bot.catalogue.shelf`."""

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, select, update

from bot.catalogue.shelf import Shelved
from bot.store.database import Database
from bot.store.dialects import IDS_AT_ONCE, insert_or_replace_rows
from bot.store.model_codec import decode_model, encode_model
from bot.store.tables import models

_m: Final = models.c

log = logging.getLogger(__name__)


class SqlShelf:
    """The table `model` of a store, open for as long as that is."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self) -> Sequence[Shelved]:
        """Everything that was saved. A row that cannot be read is left out."""
        return await self._database.read(_load)

    async def save(
        self, rows: Sequence[Shelved], *, gone: Collection[str], listed: Mapping[str, datetime]
    ) -> None:
        """Write, remove, and note when listings were read; all in one transaction."""
        await self._database.write(_save, rows, list(gone), listed)


def _load(connection: Connection) -> list[Shelved]:
    shelved: list[Shelved] = []
    for row in connection.execute(select(models)).mappings():
        try:
            model = decode_model(row["row"])
        except ValueError as error:
            log.warning("a model that was kept cannot be read: %s", error)
            continue
        shelved.append(
            Shelved(model=model, privacy=row["privacy"], listed_at=row["listed_at"], read_at=row["read_at"])
        )
    return shelved


def _save(
    connection: Connection, rows: Sequence[Shelved], gone: list[str], listed: Mapping[str, datetime]
) -> None:
    written = [
        {
            "id": row.model.id,
            "privacy": row.privacy,
            "row": encode_model(row.model),
            "listed_at": row.listed_at,
            "read_at": row.read_at,
        }
        for row in rows
    ]
    for start in range(0, len(gone), IDS_AT_ONCE):
        connection.execute(delete(models).where(_m.id.in_(gone[start : start + IDS_AT_ONCE])))
    if written:
        connection.execute(insert_or_replace_rows(connection, models), written)
    for privacy, moment in listed.items():
        older = (_m.privacy == privacy, _m.listed_at < moment)
        connection.execute(update(models).where(*older).values(listed_at=moment))
