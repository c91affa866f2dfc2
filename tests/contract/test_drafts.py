"""What every `Drafts` promises, whatever is behind it. See `bot/forms/draft.py`."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.forms import Answers, Draft, Drafts, Refused
from bot.generation.card import CardState
from bot.generation.model import Fate
from bot.generation.ports import Guard
from bot.refusals import LimitReached
from bot.request.ask import Ask, InputFile
from bot.store import SqlStore, open_store
from tests.support.builders import changed, unbought
from tests.support.stores import a_store, a_store_in

NOW = datetime(2026, 3, 1, 12, 0, 0, 123457, tzinfo=UTC)
FULL = Draft(
    id="1234567890123456789",
    owner_id=2**63 - 1,
    model_id="model_a",
    answers=Answers(
        values={"prompt": "a fox\nand \U0001f98a", "shape": ["16:9"], "several": ["a", "b"]},
        files={
            "image": (
                InputFile(
                    role="image",
                    filename="fox.png",
                    url="https://cdn.test/fox.png",
                    content_type="image/png",
                    size=12,
                    width=3,
                    height=4,
                    duration=1.5,
                ),
                InputFile(role="image", asset_id="asset_1"),
            )
        },
        parent_id="77",
    ),
    private=True,
    spoiler=True,
    created_at=NOW,
)
BARE = Draft(id="2", owner_id=7, model_id="model_a", private=False, spoiler=False, created_at=NOW)


REFUSED = replace(
    BARE, id="3", refused=Refused(command="edit", ask=Ask(prompt="a {red fox", seed=7), parent_id="77")
)


@pytest.fixture(params=["sqlite", "file"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[SqlStore]:
    async with a_store() if request.param == "sqlite" else a_store_in(tmp_path / "imagine.db") as opened:
        yield opened


@pytest.fixture
def drafts(store: SqlStore) -> Drafts:
    return store.drafts


@pytest.mark.parametrize("draft", [FULL, BARE, REFUSED], ids=["full", "bare", "refused"])
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


async def test_what_was_removed_is_neither_saved_nor_brought_back(drafts: Drafts) -> None:
    await drafts.add(BARE)
    assert await drafts.remove(BARE.id)
    assert not await drafts.remove(BARE.id)
    assert not await drafts.save(BARE)
    assert await drafts.get(BARE.id) is None


async def test_of_many_requests_one_is_what_the_form_becomes(store: SqlStore) -> None:
    await store.drafts.add(FULL)
    asked = [unbought(f"{number}") for number in range(8)]
    told = await asyncio.gather(
        *(store.record(one, Guard(), draft_id=FULL.id) for one in asked), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in told) == [*["AlreadyAsked"] * 7, "NoneType"]
    assert [await store.get(one.id) is not None for one in asked].count(True) == 1
    assert await store.drafts.get(FULL.id) is None
    assert not await store.drafts.save(FULL)
    assert not await store.drafts.remove(FULL.id)


async def test_what_a_limit_refuses_leaves_the_form_as_it_was(store: SqlStore) -> None:
    await store.drafts.add(FULL)
    with pytest.raises(LimitReached):
        await store.record(unbought("1"), Guard(member_in_flight=0), draft_id=FULL.id)
    assert await store.drafts.get(FULL.id) == FULL


async def test_a_form_whose_request_was_dropped_is_as_it_was_and_can_become_another(store: SqlStore) -> None:
    await store.drafts.add(FULL)
    first = unbought("1")
    await store.record(first, Guard(), draft_id=FULL.id)
    await store.erase_tokens(NOW)
    assert await store.drafts.erase(NOW) == 0, "whether it is acknowledged is not known"
    assert await store.save(first, changed(first, fate=Fate.CANCELED, card=CardState.KEPT)) is not None
    assert await store.drafts.erase(NOW) == 0
    assert await store.drafts.get(FULL.id) == FULL
    await store.record(unbought("2"), Guard(), draft_id=FULL.id)
    assert await store.drafts.get(FULL.id) is None


async def test_a_form_whose_request_goes_on_is_erased_at_the_next_look(store: SqlStore) -> None:
    await store.drafts.add(FULL)
    asked = unbought("1")
    await store.record(asked, Guard(), draft_id=FULL.id)
    assert await store.save(asked, changed(asked, card=CardState.LIVE, message_id=5)) is not None
    assert await store.drafts.erase(NOW) == 1
    live = await store.get("1")
    assert live is not None
    await store.save(live, changed(live, fate=Fate.CANCELED, card=CardState.KEPT))
    assert await store.drafts.get(FULL.id) is None


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
