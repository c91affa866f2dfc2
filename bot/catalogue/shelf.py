"""What the catalogue keeps beyond its process, so that it can answer before Scenario does."""

import asyncio
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from bot.endings import ENDINGS
from bot.scenario.api.records import Model

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """One model as it was last known."""

    model: Model
    """With its schema where that was read; never with its thumbnail, whose link is a credential."""
    privacy: str = ""
    """The listing it stood in; "" for one that was only read."""
    listed_at: datetime | None = None
    read_at: datetime | None = None
    """When its schema was read."""


class Shelf(Protocol):
    """Keeps the catalogue's models. The store has one."""

    async def load(self) -> Sequence[Shelved]:
        """Everything that was saved. A row that cannot be read is left out."""
        ...

    async def save(
        self, rows: Sequence[Shelved], *, gone: Collection[str], listed: Mapping[str, datetime]
    ) -> None:
        """In one transaction: write these rows, remove the models `gone`, and note that the listings
        `listed` were read then, with whatever else stands in them."""
        ...


class Keeper:
    """Writes to a shelf, behind the catalogue's back, what has changed since it was last written."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._kept: dict[str, Shelved] = {}
        self._rows: dict[str, Shelved] = {}
        self._gone: set[str] = set()
        self._listed: dict[str, datetime] = {}
        self._task: asyncio.Task[None] | None = None

    async def load(self) -> Sequence[Shelved]:
        """What is kept; nothing where the shelf fails."""
        try:
            rows = await self._shelf.load()
        except ENDINGS:
            raise
        except BaseException:  # whatever it is: a bot without old models is still a bot
            log.exception("the models kept from earlier could not be loaded")
            return ()
        self._kept = {row.model.id: row for row in rows}
        return rows

    def keep(self, rows: Iterable[Shelved]) -> None:
        """Remember these from now on, where they differ from what is kept."""
        for row in rows:
            bare = replace(row, model=replace(row.model, thumbnail=None))
            if not _same(bare, self._kept.get(bare.model.id)):
                self._rows[bare.model.id] = bare
                self._gone.discard(bare.model.id)
        self._start()

    def keep_all(self, rows: Iterable[Shelved], listed: Mapping[str, datetime]) -> None:
        """Remember these and no others; the listings `listed` were read then."""
        rows = list(rows)
        there = {row.model.id for row in rows}
        self._gone |= self._kept.keys() - there
        self._rows = {id_: row for id_, row in self._rows.items() if id_ in there}
        self._listed |= listed
        self.keep(rows)

    async def finish(self) -> None:
        """Return when everything told so far is written, or has failed to be."""
        while self._task is not None:
            await asyncio.wait([self._task])

    def _start(self) -> None:
        if self._task is None and (self._rows or self._gone or self._listed):
            self._task = asyncio.create_task(self._write(), name="keep models")

    async def _write(self) -> None:
        try:
            while self._rows or self._gone or self._listed:
                rows, gone, listed = self._rows, self._gone, self._listed
                self._rows, self._gone, self._listed = {}, set(), {}
                await self._shelf.save(list(rows.values()), gone=gone, listed=listed)
                self._kept = {id_: row for id_, row in self._kept.items() if id_ not in gone} | rows
        except ENDINGS:
            raise
        except BaseException:  # the next refresh sees the difference again
            log.exception("the models could not be kept")
        finally:
            self._task = None


def _same(row: Shelved, kept: Shelved | None) -> bool:
    """Whether nothing but the time of the listing differs, which is written for a whole listing."""
    return kept is not None and replace(kept, listed_at=row.listed_at) == row
