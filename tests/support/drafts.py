"""Drafts in memory; tests/contract/test_drafts.py holds it to the same promises as the store."""

from datetime import datetime

from bot.forms import Draft


class MemoryDrafts:
    def __init__(self) -> None:
        self.held: dict[str, Draft] = {}

    async def add(self, draft: Draft) -> None:
        self.held.setdefault(draft.id, draft)

    async def get(self, draft_id: str) -> Draft | None:
        return self.held.get(draft_id)

    async def save(self, draft: Draft) -> bool:
        if draft.id not in self.held:
            return False
        self.held[draft.id] = draft
        return True

    async def take(self, draft_id: str) -> Draft | None:
        return self.held.pop(draft_id, None)

    async def erase(self, before: datetime) -> int:
        old = [one.id for one in self.held.values() if one.created_at < before]
        for draft_id in old:
            del self.held[draft_id]
        return len(old)
