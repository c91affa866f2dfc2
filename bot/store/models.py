"""The catalogue's shelf in SQL: one row for each model. Its contract is in `bot.catalogue.shelf`."""

import logging
from collections.abc import Collection, Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.catalogue.shelf import Shelved
from bot.store.dialects import for_writes, insert_or_replace_rows
from bot.store.model_codec import decode_model, encode_model
from bot.store.tables import models

_IDS_AT_ONCE: Final = 500  # SQLite and PostgreSQL both bound the parameters of one statement

_m: Final = models.c

log = logging.getLogger(__name__)


_T = TypeVar("_T")


class Whole(Protocol):
    """Runs a transaction to its end, also when its caller is canceled: `SqlStore.whole`."""

    async def __call__(self, work: Coroutine[Any, Any, _T]) -> _T: ...


class SqlShelf:
    """The table `model` of a store, open for as long as that is."""

    def __init__(self, engine: AsyncEngine, whole: Whole) -> None:
        self._reads = engine
        self._writes = for_writes(engine)
        self._whole = whole

    async def load(self) -> Sequence[Shelved]:
        """Everything that was saved. A row that cannot be read is left out."""
        return await self._whole(self._load())

    async def save(
        self, rows: Sequence[Shelved], *, gone: Collection[str], listed: Mapping[str, datetime]
    ) -> None:
        """Write, remove, and note when listings were read; all in one transaction."""
        await self._whole(self._save(rows, list(gone), listed))

    async def _load(self) -> list[Shelved]:
        async with self._reads.connect() as connection:
            rows = (await connection.execute(select(models))).mappings().all()
        shelved: list[Shelved] = []
        for row in rows:
            try:
                model = decode_model(row["row"])
            except ValueError as error:
                log.warning("a model that was kept cannot be read: %s", error)
                continue
            shelved.append(
                Shelved(
                    model=model, privacy=row["privacy"], listed_at=row["listed_at"], read_at=row["read_at"]
                )
            )
        return shelved

    async def _save(self, rows: Sequence[Shelved], gone: list[str], listed: Mapping[str, datetime]) -> None:
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
        async with self._writes.begin() as connection:
            for start in range(0, len(gone), _IDS_AT_ONCE):
                await connection.execute(delete(models).where(_m.id.in_(gone[start : start + _IDS_AT_ONCE])))
            if written:
                await connection.execute(insert_or_replace_rows(connection, models), written)
            for privacy, moment in listed.items():
                older = (_m.privacy == privacy, _m.listed_at < moment)
                await connection.execute(update(models).where(*older).values(listed_at=moment))
