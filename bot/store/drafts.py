"""The port `bot.forms.Drafts` over SQL. Its contract is in `bot.forms.draft`."""

from collections.abc import Coroutine, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Protocol, TypeVar, cast

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.forms.draft import Answers, Draft, Raw
from bot.generation.model import Given
from bot.store.codec import given_of
from bot.store.dialects import for_writes, insert_or_leave
from bot.store.tables import drafts

_T = TypeVar("_T")
_d = drafts.c


class Whole(Protocol):
    """Runs a transaction to its end, also when its caller is canceled: `SqlStore.whole`."""

    async def __call__(self, work: Coroutine[Any, Any, _T]) -> _T: ...


class SqlDrafts:
    """Forms that are being filled in."""

    def __init__(self, engine: AsyncEngine, whole: Whole) -> None:
        self._reads = engine
        self._writes = for_writes(engine)
        self._whole = whole

    async def add(self, draft: Draft) -> None:
        await self._whole(self._add(draft))

    async def get(self, draft_id: str) -> Draft | None:
        return await self._whole(self._get(draft_id))

    async def save(self, draft: Draft) -> bool:
        return await self._whole(self._save(draft))

    async def take(self, draft_id: str) -> Draft | None:
        return await self._whole(self._take(draft_id))

    async def erase(self, before: datetime) -> int:
        return await self._whole(self._erase(before))

    async def _add(self, draft: Draft) -> None:
        async with self._writes.begin() as connection:
            await connection.execute(insert_or_leave(connection, drafts, _encode(draft)))

    async def _get(self, draft_id: str) -> Draft | None:
        async with self._reads.connect() as connection:
            rows = await connection.execute(select(drafts).where(_d.id == draft_id))
            row = rows.mappings().one_or_none()
        return None if row is None else _decode({**row})

    async def _save(self, draft: Draft) -> bool:
        statement = update(drafts).where(_d.id == draft.id).values(answers=_encode(draft)["answers"])
        async with self._writes.begin() as connection:
            return (await connection.execute(statement)).rowcount > 0

    async def _take(self, draft_id: str) -> Draft | None:
        statement = delete(drafts).where(_d.id == draft_id).returning(*drafts.c)
        async with self._writes.begin() as connection:
            row = (await connection.execute(statement)).mappings().one_or_none()
        return None if row is None else _decode({**row})

    async def _erase(self, before: datetime) -> int:
        async with self._writes.begin() as connection:
            return (await connection.execute(delete(drafts).where(_d.created_at < before))).rowcount


def _encode(draft: Draft) -> dict[str, object]:
    files = {name: [asdict(one) for one in some] for name, some in draft.answers.files.items()}
    answers = {"values": dict(draft.answers.values), "files": files, "parent_id": draft.answers.parent_id}
    return {
        "id": draft.id,
        "owner_id": draft.owner_id,
        "model_id": draft.model_id,
        "answers": answers,
        "private": draft.private,
        "spoiler": draft.spoiler,
        "created_at": draft.created_at,
    }


def _decode(row: Mapping[str, Any]) -> Draft:
    draft = Draft(**{name: value for name, value in row.items() if name != "answers"})
    kept = cast("Mapping[str, Any]", row["answers"])
    values = cast("Mapping[str, Raw]", kept.get("values") or {})
    files = cast("Mapping[str, list[object]]", kept.get("files") or {})
    given: dict[str, tuple[Given, ...]] = {
        name: tuple(one for one in map(given_of, some) if one is not None) for name, some in files.items()
    }
    answers = Answers(values=dict(values), files=given, parent_id=kept.get("parent_id"))
    return replace(draft, answers=answers)
