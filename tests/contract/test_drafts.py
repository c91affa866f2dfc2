"""What every `Drafts` promises, whatever is behind it. See `bot/forms/draft.py`."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.forms import Answers, Draft, Drafts
from bot.generation.model import Given
from bot.store import open_store
from tests.support.drafts import MemoryDrafts

NOW = datetime(2026, 3, 1, 12, 0, 0, 123457, tzinfo=UTC)
FULL = Draft(
    id="1234567890123456789",
    owner_id=2**63 - 1,
    model_id="model_a",
    answers=Answers(
        values={"prompt": "a fox\nand \U0001f98a", "shape": ["16:9"], "several": ["a", "b"]},
        files={
            "image": (
                Given(
                    role="image",
                    filename="fox.png",
                    url="https://cdn.test/fox.png",
                    content_type="image/png",
                    size=12,
                    width=3,
                    height=4,
                    duration=1.5,
                ),
                Given(role="image", asset_id="asset_1"),
            )
        },
        parent_id="77",
    ),
    private=True,
    spoiler=True,
    created_at=NOW,
)
BARE = Draft(id="2", owner_id=7, model_id="model_a", created_at=NOW)


@pytest.fixture(params=["memory", "sqlite", "file"])
async def drafts(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Drafts]:
    if request.param == "memory":
        yield MemoryDrafts()
        return
    url = "sqlite://" if request.param == "sqlite" else f"sqlite:///{tmp_path / 'imagine.db'}"
    async with open_store(url) as store:
        yield store.drafts


@pytest.mark.parametrize("draft", [FULL, BARE], ids=["full", "bare"])
async def test_what_is_kept_comes_back_as_it_was(drafts: Drafts, draft: Draft) -> None:
    assert await drafts.get(draft.id) is None
    await drafts.add(draft)
    assert await drafts.get(draft.id) == draft


async def test_a_draft_that_is_there_is_not_overwritten_by_a_new_one(drafts: Drafts) -> None:
    await drafts.add(FULL)
    await drafts.add(replace(FULL, answers=Answers()))
    assert await drafts.get(FULL.id) == FULL


async def test_answers_are_saved_and_nothing_else(drafts: Drafts) -> None:
    await drafts.add(BARE)
    answered = replace(BARE, answers=FULL.answers)
    assert await drafts.save(answered)
    assert await drafts.get(BARE.id) == answered


async def test_what_was_taken_is_neither_saved_nor_brought_back(drafts: Drafts) -> None:
    await drafts.add(BARE)
    assert await drafts.take(BARE.id) == BARE
    assert not await drafts.save(BARE)
    assert await drafts.get(BARE.id) is None


async def test_of_many_takers_one_gets_it(drafts: Drafts) -> None:
    await drafts.add(FULL)
    taken = await asyncio.gather(*(drafts.take(FULL.id) for _ in range(8)))
    assert [one for one in taken if one is not None] == [FULL]


async def test_only_what_was_begun_before_is_erased(drafts: Drafts) -> None:
    old = replace(BARE, id="1", created_at=NOW - timedelta(microseconds=1))
    await drafts.add(old)
    await drafts.add(BARE)
    assert await drafts.erase(NOW) == 1
    assert await drafts.get("1") is None
    assert await drafts.get("2") == BARE
    assert await drafts.erase(NOW) == 0


async def test_drafts_outlive_the_process(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'imagine.db'}"
    async with open_store(url) as store:
        await store.drafts.add(FULL)
    async with open_store(url) as store:
        assert await store.drafts.get(FULL.id) == FULL
