"""The port `bot.forms.Drafts` over SQL. Its contract is in `bot.forms.draft`."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Connection, delete, or_, select, update

from bot.forms.draft import Answers, Draft, Raw, Refused
from bot.generation.card import CardState
from bot.generation.model import Fate
from bot.request.ask import InputFile
from bot.store.codec import ask_of, encode_ask, input_file_of
from bot.store.database import Database
from bot.store.dialects import insert_or_leave
from bot.store.tables import cards, drafts, generations

_d: Final = drafts.c
_g: Final = generations.c

_c: Final = cards.c

_BECAME: Final = select(_g.id).join_from(generations, cards, _c.id == _g.card_id).where(_g.id == _d.taken_by)
_DROPPED: Final = (
    _BECAME.where(_g.fate == Fate.CANCELED.value, _c.state == CardState.KEPT.value, _c.message_id.is_(None))
    .correlate(drafts)
    .exists()
)
"""The request ended before it was ever acknowledged: nobody saw it, and its form is as it was."""
_GOES_ON: Final = (
    _BECAME.where(_c.state != CardState.UNACKNOWLEDGED.value).correlate(drafts).exists() & ~_DROPPED
)
_FREE: Final = or_(_d.taken_by.is_(None), _DROPPED)


class SqlDrafts:
    """Forms that are being filled in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, draft: Draft) -> None:
        """Keep a new one. One of the same id stays as it is."""
        await self._database.write(_add, draft)

    async def get(self, draft_id: str) -> Draft | None:
        """None where it is not there, or became a request."""
        return await self._database.read(_get, draft_id)

    async def save(self, draft: Draft) -> bool:
        """Keep its answers. False where it is not there, or became a request."""
        return await self._database.write(_save, draft)

    async def remove(self, draft_id: str) -> bool:
        """False where it is not there, or became a request."""
        return await self._database.write(_remove, draft_id)

    async def erase(self, before: datetime) -> int:
        """Forget those made before that moment, and those that live on as requests; how many."""
        return await self._database.write(_erase, before)


def _add(connection: Connection, draft: Draft) -> None:
    connection.execute(insert_or_leave(connection, drafts, _encode(draft)))


def _get(connection: Connection, draft_id: str) -> Draft | None:
    row = connection.execute(select(drafts).where(_d.id == draft_id, _FREE)).mappings().one_or_none()
    return None if row is None else _decode({**row})


def _save(connection: Connection, draft: Draft) -> bool:
    statement = update(drafts).where(_d.id == draft.id, _FREE).values(answers=_encode(draft)["answers"])
    return connection.execute(statement).rowcount > 0


def _remove(connection: Connection, draft_id: str) -> bool:
    return connection.execute(delete(drafts).where(_d.id == draft_id, _FREE)).rowcount > 0


def take(connection: Connection, draft_id: str, by: str) -> bool:
    """Let it become the generation `by`, within the caller's transaction. False where it is not there, or is
    another one's."""
    taking = update(drafts).where(_d.id == draft_id, _FREE).values(taken_by=by)
    return connection.execute(taking).rowcount > 0


def _erase(connection: Connection, before: datetime) -> int:
    return connection.execute(delete(drafts).where(or_(_d.created_at < before, _GOES_ON))).rowcount


def _encode(draft: Draft) -> dict[str, object]:
    files = {name: [asdict(one) for one in some] for name, some in draft.answers.files.items()}
    answers: dict[str, object] = {
        "values": dict(draft.answers.values),
        "files": files,
        "parent_id": draft.answers.parent_id,
    }
    if draft.refused is not None:
        refused = draft.refused
        answers["refused"] = {
            "command": refused.command,
            "ask": encode_ask(refused.ask),
            "parent_id": refused.parent_id,
        }
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
    draft = Draft(**{name: value for name, value in row.items() if name not in {"answers", "taken_by"}})
    kept = cast("Mapping[str, Any]", row["answers"])
    values = cast("Mapping[str, Raw]", kept.get("values") or {})
    files = cast("Mapping[str, list[object]]", kept.get("files") or {})
    given: dict[str, tuple[InputFile, ...]] = {
        name: tuple(one for one in map(input_file_of, some) if one is not None)
        for name, some in files.items()
    }
    answers = Answers(values=dict(values), files=given, parent_id=kept.get("parent_id"))
    return replace(draft, answers=answers, refused=_refused(kept.get("refused")))


def _refused(kept: Mapping[str, Any] | None) -> Refused | None:
    if kept is None:
        return None
    return Refused(command=kept["command"], ask=ask_of(kept["ask"]), parent_id=kept.get("parent_id"))
