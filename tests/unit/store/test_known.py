"""What is known of what goes on: the same as a query would say, without the query."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

from bot.generation.card import LEGAL_CARDS, CardState, Removal
from bot.generation.group import divided
from bot.generation.model import LEGAL_FATES, Fate, Generation
from bot.generation.ports import Guard, JobTaken
from bot.request.prepare import Part
from bot.store import SqlStore, open_store
from bot.store.address import parse_address
from bot.store.database import Database
from tests.support.builders import running, unbought
from tests.support.clock import START

FREE = Guard()


class Both:
    """A store that serves a file, and one that reads the same file and knows nothing."""

    def __init__(self, ours: SqlStore, table: SqlStore, database: Database) -> None:
        self.ours, self.table = ours, table
        self.reads: list[str] = []
        event.listen(database.engine, "before_cursor_execute", self._heard)

    async def same(self, *ids: str) -> None:
        for id_ in ids:
            assert await self.ours.get(id_) == await self.table.get(id_)
            assert await self.ours.shown(id_) == await self.table.shown(id_)
            assert await self.ours.group(id_) == await self.table.group(id_)

    def _heard(self, *heard: Any) -> None:
        if heard[2].startswith("SELECT"):
            self.reads.append(heard[2])


@pytest.fixture
async def both(tmp_path: Path) -> AsyncGenerator[Both]:
    url = f"sqlite:///{tmp_path / 'imagine.db'}"
    async with AsyncExitStack() as stack:
        ours = await stack.enter_async_context(open_store(url))
        other = Database(parse_address(url))
        stack.push_async_callback(other.close)
        yield Both(ours, SqlStore(other), ours._database)  # pyright: ignore[reportPrivateUsage]


def _group(key: str, size: int) -> list[Generation]:
    first = unbought(key)
    return divided(
        first, [Part(ask=first.ask, inputs={"prompt": "a cat", "seed": n}) for n in range(1, size)]
    )


class Walk:
    """Moves at random, of which some are no longer possible when they come."""

    def __init__(self, store: SqlStore, seed: int, *, first: int = 1000) -> None:
        self.store, self.random = store, Random(seed)
        self.seen: dict[str, Generation] = {}
        self._number = first

    async def step(self) -> None:
        if not self.seen or self.random.random() < 0.1:
            await self._record()
        else:
            moves = [self._fate, self._fate, self._card, self._both, self._note, self._tokens]
            await self.random.choice(moves)()

    async def _record(self) -> None:
        self._number += 1
        jobs = _group(str(self._number), self.random.choice([1, 1, 3]))
        await self.store.record(jobs[0], FREE, siblings=jobs[1:])
        self.seen |= {job.id: job for job in jobs}

    def _any(self) -> Generation:
        """As somebody saw it once."""
        return self.seen[self.random.choice(sorted(self.seen))]

    def _moved(self, job: Generation) -> Generation:
        fate = self.random.choice(sorted(LEGAL_FATES[job.fate] | {job.fate}))
        if fate is Fate.SUBMITTING and not job.acknowledged:
            return job
        job_id = f"job_{job.id}" if fate is Fate.RUNNING else job.job_id
        return replace(job, fate=fate, job_id=job_id, price=float(self.random.randrange(9)))

    async def _fate(self) -> None:
        job = self._any()
        await self._save(job, self._moved(job))

    async def _both(self) -> None:
        job = self._any()
        moved = self._moved(job)
        if job.card_state is CardState.UNACKNOWLEDGED:
            await self._save(job, moved.carded(state=CardState.LIVE, message_id=9))

    async def _save(self, before: Generation, after: Generation) -> None:
        siblings = [
            (one, replace(one, price=1.0))
            for one in self.seen.values()
            if one.on_card == before.on_card and one.id != before.id and self.random.random() < 0.5
        ]
        saved = await self.store.save(before, after, siblings=siblings)
        for id_ in [before.id, *(one.id for one, _ in siblings)] if saved is not None else ():
            self.seen[id_] = await self._read(id_)

    async def _card(self) -> None:
        job = self._any()
        state = self.random.choice(sorted(LEGAL_CARDS[job.card.state] | {job.card.state}))
        card = replace(job.card, state=state, shown_revision=self.random.randrange(5))
        if await self.store.save_card(job.card, card) and self.random.random() < 0.7:
            self.seen[job.id] = await self._read(job.id)

    async def _note(self) -> None:
        job = self._any()
        self.seen[job.id] = await self._read(job.id)

    async def _tokens(self) -> None:
        await self.store.erase_tokens(START + timedelta(minutes=self.random.choice([1, 20])))

    async def _read(self, id_: str) -> Generation:
        row = await self.store.get(id_)
        assert row is not None
        return row


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_written_it_is_known_as_a_query_would_tell_it(both: Both, seed: int) -> None:
    walk = Walk(both.ours, seed)
    for _ in range(60):
        await walk.step()
        await both.same(*walk.seen)


@pytest.mark.parametrize("seed", range(3))
async def test_also_where_many_write_at_the_same_time(both: Both, seed: int) -> None:
    walks = [Walk(both.ours, seed * 100 + number, first=number * 1000) for number in range(6)]
    for _ in range(20):
        # each walks beside the others, and they share transactions
        await asyncio.gather(*(walk.step() for walk in walks))
    for walk in walks:
        await both.same(*walk.seen)


async def test_what_goes_on_is_read_by_no_query(both: Both) -> None:
    first, *others = _group("1001", 3)
    await both.ours.record(first, FREE, siblings=others)
    await both.ours.record(running("2001"), FREE)
    del both.reads[:]
    assert await both.ours.get("1001-2") == others[0]
    assert await both.ours.group("1001") == [first, *others]
    assert await both.ours.shown("1001") is not None
    row = await both.ours.get("2001")
    assert row is not None
    saved = await both.ours.save(row, replace(row, fate=Fate.SUCCEEDED))
    assert saved is not None
    assert (saved.revision, saved.fate) == (2, Fate.SUCCEEDED)
    assert both.reads == []


async def test_what_an_earlier_process_left_is_read_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'imagine.db'}"
    jobs = _group("1001", 2)
    async with open_store(url) as store:
        await store.record(jobs[0], FREE, siblings=jobs[1:])
        await store.record(running("2001"), FREE)
    async with AsyncExitStack() as stack:
        ours = await stack.enter_async_context(open_store(url))
        await ours.unfinished()
        await ours.unsettled()
        reader = Both(ours, ours, ours._database)  # pyright: ignore[reportPrivateUsage]
        assert await ours.get("1001-2") == jobs[1]
        assert await ours.shown("2001") == running("2001")
        assert reader.reads == []


async def test_what_is_over_and_shown_is_known_no_more(both: Both) -> None:
    done = running()
    await both.ours.record(done, FREE)
    ended = await both.ours.save(done, replace(done, fate=Fate.SUCCEEDED))
    assert ended is not None
    settled = replace(ended.card, state=CardState.SETTLED)
    assert await both.ours.save_card(ended.card, settled)
    del both.reads[:]
    assert await both.ours.get(done.id) == replace(ended, on_card=settled)
    assert len(both.reads) == 1
    # and its card comes back
    assert await both.ours.save_card(settled, replace(settled, state=CardState.LIVE))
    await both.same(done.id)


async def test_who_believes_something_else_is_told_no_and_reads_it_anew(both: Both) -> None:
    row = running()
    await both.ours.record(row, FREE)
    await both.table.save(row, replace(row, fate=Fate.CANCELED))  # a person's hand, beside the bot
    assert await both.ours.save(row, replace(row, fate=Fate.SUCCEEDED)) is None
    await both.same(row.id)


async def test_a_job_id_that_is_taken_changes_nothing(both: Both) -> None:
    await both.ours.record(running("1001"), FREE)
    other = unbought("1002", card=CardState.LIVE, fate=Fate.SUBMITTING)
    await both.ours.record(other, FREE)
    with pytest.raises(JobTaken):
        await both.ours.save(other, replace(other, fate=Fate.RUNNING, job_id="job_1001"))
    await both.same("1001", "1002")


async def test_new_jobs_of_a_request_stand_on_its_card_as_that_is_by_then(both: Both) -> None:
    """The schema was read for seconds, and meanwhile the card was taken away."""
    first = unbought("1001", card=CardState.LIVE)
    await both.ours.record(first, FREE)
    asked = divided(first, [Part(ask=first.ask, inputs={"prompt": "a cat", "seed": 2})])
    gone = replace(first.card, state=CardState.KEPT, removed=Removal.OWNER)
    assert await both.ours.save_card(first.card, gone)
    await both.ours.divide(first, asked[0], asked[1:], FREE)
    await both.same("1001", "1001-2")
    other = await both.ours.get("1001-2")
    assert other is not None
    assert other.card == gone


@pytest.mark.parametrize("of_card", [True, False])
async def test_after_a_commit_of_which_nobody_knows_the_row_is_read_again(both: Both, of_card: bool) -> None:
    row = running()
    await both.ours.record(row, FREE)

    def fail(_: Connection) -> None:
        raise OperationalError("COMMIT", {}, sqlite3.OperationalError("disk I/O error"))

    engine = both.ours._database.engine  # pyright: ignore[reportPrivateUsage]
    event.listen(engine, "commit", fail)
    moved, placed = replace(row, canceled_by=7), replace(row.card, message_id=5)
    writing = both.ours.save_card(row.card, placed) if of_card else both.ours.save(row, moved)
    with pytest.raises(OperationalError):
        await writing
    event.remove(engine, "commit", fail)
    del both.reads[:]
    await both.same(row.id)
    assert both.reads, "it was asked for"
